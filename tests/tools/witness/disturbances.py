"""Which requests were disturbed, which disturbances there were, and the figures of each."""

from bisect import bisect_left
from dataclasses import dataclass, field

from .faults import united
from .journal import MS, NEVER, S, UNRECOVERED

QUIET_NS = S
QUIET_REQUESTS = 10
ACTIVE_WITHIN_NS = 2 * S
SAME_RECOVERY_NS = MS


# ---- Requests in the light of dark time --------------------------------------------------------


def light(dark, start, end):
    """How much of start..end is not dark."""
    return end - start - sum(max(0, min(end, d_end) - max(start, d_start))
                             for d_start, d_end in dark)


def light_moment(dark, start, amount):
    """The moment at which that much time outside the dark has passed since start."""
    moment = start + amount
    for d_start, d_end in dark:
        if d_end > start and d_start < moment:
            moment += d_end - max(d_start, start)
    return moment


def is_excused(run, dark, request):
    if request.open:
        return any(start <= run.drain_end <= end for start, end in dark)
    return any(start <= request.ended <= end + run.slow for start, end in dark)


def classify(run, requests, dark):
    for request in requests:
        own = dark[request.mix]
        if not request.failed and request.latency <= run.slow:
            continue
        if is_excused(run, own, request):
            request.unavoidable = True
        elif request.failed or light(own, request.due, request.ended) > run.slow:
            request.disturbed = True
            request.since = light_moment(own, request.due, run.slow)
            if request.failed and not request.open:
                request.since = min(request.since, request.ended)


# ---- Disturbances ------------------------------------------------------------------------------


@dataclass
class Disturbance:
    kind: str
    onset: int
    end: int
    faults: list = field(default_factory=list)
    targets: set = field(default_factory=set)
    was_active: bool = True
    cut: bool = False  # its end is the onset of the next one
    swallowed: bool = False
    recovery: object = None

    def touches(self, start, end):
        return start < self.end and end >= self.onset


@dataclass
class Recovery:
    """Have callers recovered between onset and end?"""

    recovered: bool
    quiet: bool
    last_end: int
    relapses: int


class Scene:
    """All that disturbances are made of."""

    def __init__(self, run, requests, faults, effects, dark):
        self.run, self.requests, self.faults, self.effects = run, requests, faults, effects
        used = {request.mix for request in requests}
        self.dark = united(interval for mix in used for interval in dark[mix])
        self.disturbed = [request for request in requests if request.disturbed]
        self.dues = [request.due for request in requests if not request.unavoidable]
        self.successes = [request for request in requests if request.success]


def is_quiet(scene, start, end, after):
    """after: the first due time may not be the start itself, where a disturbed request stands."""
    first = bisect_left(scene.dues, start + 1 if after else start)
    count = bisect_left(scene.dues, end) - first
    return end - start >= QUIET_NS and count >= QUIET_REQUESTS


def judge(scene, disturbance, claimed=()):
    """Walks from stretch to stretch; a disturbed request or dark time ends one."""
    onset, end = disturbance.onset, disturbance.end
    own = [r for r in scene.disturbed
           if disturbance.touches(r.due, r.ended) and id(r) not in claimed
           and not (disturbance.cut and r.since >= end)]
    marks = [(r.due, r.due, True) for r in own if r.due >= onset]
    marks += [(max(start, onset), min(stop, end), False) for start, stop in scene.dark
              if start < end and stop > onset]
    marks.sort()
    quiet_from, after_quiet, relapses = None, False, 0
    start, after = onset, False
    for mark_start, mark_end, is_request in marks + [(end, end, None)]:
        if mark_start > start and is_quiet(scene, start, mark_start, after):
            quiet_from = start if quiet_from is None else quiet_from
            after_quiet = True
        if is_request and after_quiet:
            relapses += 1
            after_quiet = False
        if mark_end >= start:
            start, after = mark_end, bool(is_request)
    before = [r for r in own if quiet_from is None or r.due <= quiet_from]
    in_time = all(not r.open and r.ended < end for r in before)
    return Recovery(recovered=quiet_from is not None and in_time, quiet=quiet_from is not None,
                    last_end=max([onset] + [r.ended for r in before]), relapses=relapses)


def returned(scene, time):
    """The effects that ceased just then."""
    return [effect for effect in scene.effects if effect.end == time]


def openings(scene):
    result = [(fault.onset, 0, fault) for fault in scene.faults if fault.opens]
    ends = sorted(end for _, end in scene.dark if 0 < end < scene.run.traffic_end)
    for place, end in enumerate(ends):
        if place + 1 == len(ends) or ends[place + 1] - end > SAME_RECOVERY_NS:
            result.append((end, 1, None))
    return sorted(result, key=lambda opening: opening[:2])


def was_serving(scene, fault, onset):
    return fault.planned <= 0 or any(
        request.node in fault.targets and onset - ACTIVE_WITHIN_NS <= request.ended <= onset
        for request in scene.successes)


def find_disturbances(scene):
    traffic_end = scene.run.traffic_end
    found, claimed = [], set()

    def close(cut_at=None):
        last = found[-1]
        if cut_at is not None:
            last.end, last.cut = cut_at, True
        last.recovery = judge(scene, last, claimed)
        for request in scene.disturbed:
            if (id(request) not in claimed and last.touches(request.due, request.ended)
                    and not (last.cut and request.since >= last.end)):
                claimed.add(id(request))
                request.disturbance = last

    for onset, _, fault in openings(scene):
        if onset >= traffic_end:
            continue
        running = found[-1] if found and found[-1].recovery is None else None
        if running and running.end <= onset and fault is not None:
            close()
            running = None
        if running and fault is not None:
            so_far = Disturbance(running.kind, running.onset, onset, cut=True)
            if not judge(scene, so_far, claimed).recovered:
                join(running, fault, traffic_end)
                continue
        if running:
            close(cut_at=min(onset, running.end))
            running_recovered = running.recovery.recovered
            if fault is None and not running_recovered and running.kind == "fault":
                running.swallowed = True
        found.append(open_fault(scene, fault, onset) if fault else open_recovery(scene, onset))
    if found and found[-1].recovery is None:
        close()
    for disturbance in found:
        if disturbance.swallowed:
            disturbance.was_active = False
    scene.disturbances = found
    return found


def open_fault(scene, fault, onset):
    disturbance = Disturbance("fault", onset, min(fault.cleared, scene.run.traffic_end),
                              [fault], set(fault.targets), was_serving(scene, fault, onset))
    fault.disturbance = disturbance
    return disturbance


def open_recovery(scene, onset):
    back = returned(scene, onset)
    faults = [effect.fault for effect in back if effect.fault is not None]
    return Disturbance("recovery", onset, scene.run.traffic_end,
                       [f for f in scene.faults if f in faults], {effect.node for effect in back})


def join(running, fault, traffic_end):
    running.faults.append(fault)
    running.targets |= set(fault.targets)
    running.end = min(max(running.end, fault.cleared), traffic_end)
    fault.disturbance = running


# ---- The figures of one ------------------------------------------------------------------------


def first_success(scene, disturbance):
    """From the onset to the first success, served by another node, of a request that was on the
    target or was due after the onset."""
    def concerned(request):
        if disturbance.onset <= request.due < disturbance.end:
            return True
        return request.due < disturbance.onset and any(
            attempt.node in disturbance.targets and attempt.start <= disturbance.onset < attempt.end
            for attempt in request.attempts)

    times = [request.ended - disturbance.onset for request in scene.successes
             if request.node not in disturbance.targets and request.ended >= disturbance.onset
             and concerned(request)]
    return min(times, default=None)


def detection(scene, disturbance):
    """Of each client the first time that it gave up a target; of those the last."""
    first = {}
    for event in scene.run.events["belief"]:
        if (event["belief"] == "failed" and scene.run.node(event) in disturbance.targets
                and disturbance.onset <= event["at"] < disturbance.end):
            first.setdefault(event["client"], event["at"] - disturbance.onset)
    return max(first.values(), default=None)


def outage(answers, traffic_end, onset, end):
    """The longest gap between successive answers that overlaps onset..end."""
    times = [0] + [time for time in answers if time < traffic_end] + [traffic_end]
    gaps = [b - a for a, b in zip(times, times[1:])
            if (a < end and b > onset) or (onset == end and a <= onset <= b)]
    return max(gaps, default=None)


def returns(scene, disturbance, states):
    """(node, when it was able again) for each fault of the disturbance and each of its targets. A
    return after dark time belongs to the recovery, if the fault is part of that too."""
    for fault in disturbance.faults:
        for node, target in fault.targets.items():
            able = next((time for time, state, _ in states[node][1:]
                         if state == "able" and time >= target.cleared), NEVER)
            homes = [d for d in scene.disturbances if fault in d.faults and d.onset < able]
            if able < scene.run.traffic_end and homes and homes[-1] is disturbance:
                yield node, able


def failback(scene, disturbance, states, successes):
    """From a node able again to its next success, before anything else happens to it. Never, if it
    was able for a second and was not asked; the worst of all. successes: (node, time)."""
    found = []
    for node, able in returns(scene, disturbance, states):
        limit = min([scene.run.traffic_end] + [effect.start for effect in scene.effects
                                               if effect.node == node and effect.start > able])
        success = min((time for server, time in successes if server == node and time > able),
                      default=NEVER)
        if success <= limit:
            found.append(success - able)
        elif limit - able >= S:
            return UNRECOVERED
    return max(found, default=None)


def figures(scene, disturbance, states):
    """Everything that a report tells of one disturbance, times in nanoseconds."""
    run, recovery = scene.run, disturbance.recovery
    own = [r for r in scene.requests if r.disturbance is disturbance]
    first = first_success(scene, disturbance)
    recovered, switchover, why = recovery.recovered, recovery.last_end - disturbance.onset, None
    if not recovered:
        why = ("a request was still open at the end" if recovery.quiet
               else "no quiet second before the end")
    elif disturbance.kind == "fault" and any(fault.disables() for fault in disturbance.faults):
        if first is None:
            recovered, why = False, "nobody else served"
        else:
            switchover = max(switchover, first)
    if disturbance.swallowed:
        recovered, why = False, "dark"
    served = {}
    for request in sorted((r for r in own if r.success), key=lambda r: (r.ended, r.due)):
        served.setdefault(request.node, request.ended)
    answers = sorted(r.ended for r in scene.requests if r.answered)
    successes = [(r.node, r.ended) for r in scene.successes]
    return {
        "kind": disturbance.kind,
        "faults": [fault.id for fault in disturbance.faults],
        "targets": [name for node, name in enumerate(run.nodes) if node in disturbance.targets],
        "was_active": disturbance.was_active,
        "onset_ms": disturbance.onset,
        "end_ms": disturbance.end,
        "switchover_ms": switchover if recovered else UNRECOVERED,
        "first_success_ms": first,
        "detection_ms": detection(scene, disturbance),
        "outage_ms": outage(answers, run.traffic_end, disturbance.onset, disturbance.end),
        "worst_latency_ms": max((r.latency for r in own), default=None),
        "failed_requests": sum(r.failed and not r.unavoidable for r in own),
        "slow_requests": sum(r.disturbed and not r.failed for r in own),
        "relapses": recovery.relapses,
        "failback_ms": failback(scene, disturbance, states, successes),
        "recovered": recovered,
        "unrecovered_why": why,
        "served_by": [run.nodes[node] for node in served],
    }


def assign(scene, disturbances):
    """A request belongs to the first disturbance that any moment of its life touches; one that is
    unavoidable belongs to none."""
    for request in scene.requests:
        if not request.disturbed and not request.unavoidable:
            request.disturbance = next(
                (d for d in disturbances if d.touches(request.due, request.ended)), None)
