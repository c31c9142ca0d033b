"""Which requests were disturbed, which disturbances there were, and the figures of each."""

from bisect import bisect_left
from dataclasses import dataclass, field

from . import streams
from .faults import united
from .journal import MS, NEVER, S, UNRECOVERED

QUIET_NS = S
QUIET_REQUESTS = 10
ACTIVE_WITHIN_NS = 2 * S
SAME_RECOVERY_NS = MS


# ---- Requests in the light of dark time --------------------------------------------------------


def light_moment(dark, start, amount):
    """The moment at which that much time outside the dark has passed since start."""
    moment = start + amount
    for d_start, d_end in dark:
        if d_end > start and d_start < moment:
            moment += d_end - max(d_start, start)
    return moment


def is_excused(run, dark, request):
    if not request.sent:
        return any(start <= request.due <= end for start, end in dark)
    if request.open:
        return any(start <= run.drain_end < end for start, end in dark)
    return any(start <= request.ended <= end + run.slow for start, end in dark)


def classify(run, requests, dark):
    for request in requests:
        own = dark[request.mix]
        if not request.failed and request.latency <= run.slow:
            continue
        if is_excused(run, own, request):
            request.unavoidable = True
        else:
            request.disturbed = True
            request.since = light_moment(own, request.due, run.slow)
            if not request.sent:
                request.since = request.due
            elif request.failed:
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
    aftermath_end: int = None  # of the harm that came only after its end; end if there was none

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
    """All that disturbances are made of. warm_up: requests that are measured by nothing else."""

    def __init__(self, run, requests, warm_up, faults, effects, dark):
        self.run, self.requests, self.faults, self.effects = run, requests, faults, effects
        mixes = len(run.scenario["requests"])
        used = {request.mix for request in requests} | set(range(mixes, len(dark)))
        self.callers = streams.read_callers(run)
        self.silences = streams.disturbed(run, self.callers, dark[mixes:], light_moment)
        self.dark_ends = {end for mix in used for _, end in dark[mix]}
        self.dark = united(interval for mix in used for interval in dark[mix])
        self.signs_of_life = [request for request in warm_up + requests if request.success]
        self.disturbed = [request for request in requests if request.disturbed] + self.silences
        self.dues = [request.due for request in requests
                     if not request.unavoidable and not request.cancelled]
        if not requests:
            self.dues = sorted(time for caller in self.callers for time, _, _ in caller.events)
        self.successes = [request for request in requests if request.success]


def due_between(scene, start, end):
    """How many requests are due in [start, end), unavoidable and cancelled ones left out."""
    return bisect_left(scene.dues, end) - bisect_left(scene.dues, start)


def is_quiet(scene, start, end):
    return end - start >= QUIET_NS and due_between(scene, start, end) >= QUIET_REQUESTS


def belongs(disturbance, request, claimed):
    """To the first disturbance that any moment of its life touches; but what the opening of the
    next one disturbed is the next one's."""
    if id(request) in claimed or not disturbance.touches(request.due, request.ended):
        return False
    return not (disturbance.cut and request.since > disturbance.end)


def judge(scene, disturbance, claimed):
    """Walks from stretch to stretch; a disturbed request or dark time ends one."""
    own = [r for r in scene.disturbed if belongs(disturbance, r, claimed)]
    quiet_from, relapses = walk(scene, disturbance, own, disturbance.end)
    before = [r for r in own if quiet_from is None or r.due < quiet_from]
    in_time = all(not r.open and r.ended < disturbance.end for r in before)
    return Recovery(recovered=quiet_from is not None and in_time, quiet=quiet_from is not None,
                    last_end=max([disturbance.onset] + [r.ended for r in before]),
                    relapses=relapses)


def walk(scene, disturbance, own, end):
    """Where the first quiet stretch begins, None without one, and the relapses up to end."""
    onset = disturbance.onset
    breaks = [(r.due, r.ended if isinstance(r, streams.Silence) else r.due + 1, True)
              for r in own if r.due >= onset]
    breaks += [(onset, s.ended, False) for s in scene.silences
               if s.due < onset < s.ended and not (disturbance.cut and s.since > end)]
    breaks += [(max(dark, onset), min(light, end), False) for dark, light in scene.dark
               if dark < end and light > onset]
    quiet_from, after_quiet, relapses, start = None, False, 0, onset
    for break_start, break_end, is_request in sorted(breaks) + [(end, end, False)]:
        if is_quiet(scene, start, break_start):
            quiet_from = start if quiet_from is None else quiet_from
            after_quiet = True
        if is_request and after_quiet:
            relapses += 1
            after_quiet = False
        start = max(start, break_end)
    return quiet_from, relapses


def add_aftermath(scene, disturbance, until):
    """What is disturbed between its end and the next onset, and belongs to none, is its doing."""
    after = [r for r in scene.disturbed
             if r.disturbance is None and disturbance.end <= r.due < until]
    disturbance.aftermath_end = max([disturbance.end] + [r.ended for r in after])
    for request in after:
        request.disturbance = disturbance
    if after:
        own = [r for r in scene.disturbed if r.disturbance is disturbance]
        _, disturbance.recovery.relapses = walk(scene, disturbance, own, until)


def openings(scene):
    """(time, fault or None for a recovery), in order; recoveries first."""
    result = [(fault.onset, 1, fault) for fault in scene.faults
              if fault.opens and fault.onset < scene.run.traffic_end]
    ends = sorted(end for end in scene.dark_ends if 0 < end < scene.run.traffic_end)
    for place, end in enumerate(ends):
        if place + 1 == len(ends) or ends[place + 1] - end > SAME_RECOVERY_NS:
            result.append((end, 0, None))
    return [(time, fault) for time, _, fault in sorted(result, key=lambda opening: opening[:2])]


def was_active(scene, disturbance):
    """Was a target serving when it began? Always a leader, a service, and a node behind a client of
    which nobody could tell."""
    run = scene.run
    if (disturbance.kind == "recovery"
            or any(f.planned <= 0 or f.target == "leader" for f in disturbance.faults)
            or any(node >= len(run.nodes) for node in disturbance.targets)):
        return True
    if run.looked_into:
        signs = [(r.ended, r.node) for r in scene.signs_of_life]
    elif not all(map(run.keeps_log, disturbance.targets)):
        return True
    else:
        signs = [(e["end"], run.node(e)) for e in run.events["executed"]
                 if None not in (e["end"], e["request"]) and e["status"] < 400]
    signs += [(time, node) for caller in scene.callers for time, _, node in caller.events]
    return any(node in disturbance.targets
               and disturbance.onset - ACTIVE_WITHIN_NS <= time <= disturbance.onset
               for time, node in signs)


def is_swallowed(scene, disturbance):
    """Dark before there was time to recover: the recovery that follows is judged instead."""
    dark = [start for start, end in scene.dark
            if end > disturbance.onset and start < disturbance.end]
    return (bool(dark) and not disturbance.recovery.recovered
            and not is_quiet(scene, disturbance.onset, dark[0]))


def find_disturbances(scene):
    found, claimed = [], set()

    def close(disturbance):
        disturbance.recovery = judge(scene, disturbance, claimed)
        for request in scene.disturbed:
            if belongs(disturbance, request, claimed):
                claimed.add(id(request))
                request.disturbance = disturbance

    for onset, fault in openings(scene):
        running = found[-1] if found and found[-1].end >= onset else None
        if (running and fault and onset < running.end
                and not recovered_by(scene, running, onset, claimed)):
            join(running, fault, scene.run.traffic_end)
            continue
        if running:
            running.end, running.cut = onset, True
        if found:
            close(found[-1])
        found.append(open_fault(scene, fault, onset) if fault else open_recovery(scene, onset))
    if found:
        close(found[-1])
    for disturbance in found:
        disturbance.swallowed = is_swallowed(scene, disturbance)
        disturbance.was_active = not disturbance.swallowed and was_active(scene, disturbance)
    for disturbance, following in zip(found, found[1:] + [None]):
        add_aftermath(scene, disturbance, following.onset if following else scene.run.traffic_end)
    return found


def recovered_by(scene, disturbance, moment, claimed):
    """Judged as if it ended at that moment."""
    so_far = Disturbance(disturbance.kind, disturbance.onset, moment, cut=True)
    return judge(scene, so_far, claimed).recovered


def open_fault(scene, fault, onset):
    disturbance = Disturbance("fault", onset, min(fault.cleared, scene.run.traffic_end), [fault],
                              set(fault.targets))
    fault.disturbance = disturbance
    return disturbance


def open_recovery(scene, onset):
    """Its targets are the nodes on which something was cleared within the last millisecond, its
    faults those cleared last on them."""
    back = [e for e in scene.effects if onset - SAME_RECOVERY_NS <= e.end <= onset
            and e.node < len(scene.run.nodes)]
    last = {node: max(e.end for e in back if e.node == node) for node in {e.node for e in back}}
    faults = [e.fault for e in back if e.fault is not None and e.end == last[e.node]]
    return Disturbance("recovery", onset, scene.run.traffic_end,
                       [fault for fault in scene.faults if fault in faults], set(last))


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
        return request.due >= disturbance.onset or any(
            attempt.node in disturbance.targets and attempt.end > disturbance.onset
            for attempt in request.attempts)

    return min((r.ended - disturbance.onset for r in scene.successes
                if r.node is not None and r.node not in disturbance.targets
                and disturbance.onset <= r.ended <= disturbance.end and concerned(r)),
               default=None)


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


def returns(disturbance, states):
    """(node, when it was able again) for each fault and target cleared not after the end."""
    for fault in disturbance.faults:
        for node, target in fault.targets.items():
            if node >= len(states):
                continue  # a service serves nobody itself
            able = next((time for time, state, _ in states[node][1:]
                         if state == "able" and time >= target.cleared), NEVER)
            if target.cleared <= disturbance.end and able != NEVER:
                yield node, able


def failback(scene, disturbance, states, successes):
    """From a node able again to its first success of a request that began since, before anything
    else happens to it. Never, if it was able for a second and was not asked; the worst of all.
    successes: (node, when the request began, when it ended)."""
    found = []
    for node, able in returns(disturbance, states):
        limit = min([scene.run.traffic_end] + [effect.start for effect in scene.effects
                                               if effect.node == node and effect.start > able])
        success = min((end for server, start, end in successes if server == node and start >= able < end),
                      default=NEVER)
        if success <= limit:
            found.append(success - able)
        elif limit - able >= S:
            return UNRECOVERED
    return max(found, default=None)


def needs_another(run, disturbance):
    """Did a fault leave nodes unable, is there any other node, and does anybody know who serves?"""
    nodes = set(range(len(run.nodes)))
    return (disturbance.kind == "fault" and nodes - disturbance.targets and run.tells_servers
            and any(fault.disables() and nodes & set(fault.targets)
                    for fault in disturbance.faults))


def figures(scene, disturbance, states):
    """Everything that a report tells of one disturbance, times in nanoseconds."""
    run, recovery = scene.run, disturbance.recovery
    own = [r for r in scene.requests if r.disturbance is disturbance]
    spreads = run.scenario["order"] != "primary-first"
    first = None if spreads else first_success(scene, disturbance)
    recovered, switchover, why = recovery.recovered, recovery.last_end - disturbance.onset, None
    if not recovered:
        why = ("a request was still open at the end" if recovery.quiet
               else "no quiet second before the end")
    elif needs_another(run, disturbance) and not spreads and scene.requests:
        if first is None:
            recovered, why = False, "nobody else served"
        else:
            switchover = max(switchover, first)
    if disturbance.swallowed:
        recovered, why = False, "dark"
    served = {}
    for request in sorted((r for r in own if r.success and r.node is not None
                           and r.due < disturbance.end), key=lambda r: (r.ended, r.due)):
        served.setdefault(request.node, request.ended)
    answers = sorted(r.ended for r in scene.requests if r.answered)
    successes = [(r.node, r.started, r.ended) for r in scene.successes]
    return {
        "kind": disturbance.kind,
        "faults": [fault.id for fault in disturbance.faults],
        "targets": [name for node, name in enumerate(run.processes) if node in disturbance.targets],
        "was_active": disturbance.was_active,
        "onset_ms": disturbance.onset,
        "end_ms": disturbance.end,
        "switchover_ms": switchover if recovered else UNRECOVERED,
        "first_success_ms": first,
        "detection_ms": detection(scene, disturbance),
        "outage_ms": (outage(answers, run.traffic_end, disturbance.onset, disturbance.end)
                      if scene.requests else None),
        "worst_latency_ms": max((r.latency for r in own if not r.unavoidable
                                 and (r.disturbed or not r.cancelled)), default=None),
        "failed_requests": sum(r.disturbed and r.failed for r in own),
        "slow_requests": sum(r.disturbed and not r.failed for r in own),
        "relapses": recovery.relapses,
        "failback_ms": (failback(scene, disturbance, states, successes) if run.tells_servers and scene.requests
                        else None),
        "stream_switchover_ms": streams.switchover(run, scene.callers, scene.silences,
                                                   disturbance),
        "recovered": recovered,
        "unrecovered_why": why,
        "served_by": [run.nodes[node] for node in served],
    }


def assign(scene, disturbances):
    """What was not disturbed belongs to the first disturbance that its life touches."""
    for request in scene.requests:
        if not request.disturbed:
            request.disturbance = next(
                (d for d in disturbances if d.touches(request.due, request.ended)), None)
