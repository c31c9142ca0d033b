"""Long-lived callers: what each of them saw, when it was silent for too long, and its figures."""

from collections import Counter
from dataclasses import dataclass, field

from .journal import NEVER, UNRECOVERED


@dataclass
class Opening:
    number: int
    node: int
    start: int
    end: int = NEVER


@dataclass
class Caller:
    number: int
    entry: int  # of traffic.streams
    interval: int
    events: list = field(default_factory=list)  # (time, number, node) that reached it
    openings: list = field(default_factory=list)


@dataclass
class Silence:
    """Like a request: due an interval after the event before, ended by the next one."""

    caller: Caller
    due: int
    ended: int
    open: bool  # traffic ended first
    since: int = None
    disturbance: object = None


def read_callers(run):
    callers = []
    for entry, stream in enumerate(run.scenario["streams"]):
        callers += [Caller(len(callers) + i, entry, stream["interval_ns"])
                    for i in range(stream["count"])]
    for event in run.events["stream_event"]:
        if not event["dropped"]:
            callers[event["stream"]].events.append((event["at"], event["number"], run.node(event)))
    for event in run.events["stream_open"]:
        callers[event["stream"]].openings.append(
            Opening(event["opening"], run.node(event), event["at"]))
    for event in run.events["stream_end"]:
        for opening in callers[event["stream"]].openings:
            if opening.number == event["opening"]:
                opening.end = event["at"]
    return callers


def silences(run, caller):
    """From event to event since time 0, whatever their length; the last one is cut by the end."""
    before = [time for time, _, _ in caller.events if time < 0]
    times = [before[-1] if before else 0] + [time for time, _, _ in caller.events if time >= 0]
    pairs = [(a, b, False) for a, b in zip(times, times[1:])]
    return pairs + [(times[-1], run.traffic_end, True)]


def is_excused(run, dark, caller, end, is_open):
    if is_open:
        return any(start <= end < light for start, light in dark)
    return any(start <= end <= light + run.slow + caller.interval for start, light in dark)


def disturbed(run, callers, dark, light_moment):
    """The silences that callers notice, by due time. dark: intervals by entry."""
    found = []
    for caller in callers:
        for start, end, is_open in silences(run, caller):
            own = dark[caller.entry]
            if (end - start <= run.slow + caller.interval
                    or is_excused(run, own, caller, end, is_open)):
                continue
            due = start + caller.interval
            found.append(Silence(caller, due, end, is_open, light_moment(own, due, run.slow)))
    return sorted(found, key=lambda silence: silence.due)


def metrics(run, callers):
    lost = duplicated = 0
    numbered = False
    for caller in callers:
        numbers = Counter(number for _, number, _ in caller.events if number > 0)
        if numbers:
            numbered = True
            lost += max(numbers) - min(numbers) + 1 - len(numbers)
            duplicated += sum(numbers.values()) - len(numbers)
    gaps = [end - start for caller in callers for start, end, _ in silences(run, caller)]
    return {
        "stream_gap": max(gaps, default=None),
        "stream_lost": lost if numbered else None,
        "stream_duplicated": duplicated if numbered else None,
    }


def node_at(caller, opening, moment):
    """A client program opens a stream once, and says with each event who serves it."""
    seen = [node for time, _, node in caller.events if time <= moment]
    return opening.node if opening.node is not None or not seen else seen[-1]


def switchover(run, callers, silent, disturbance):
    """From the onset until the worst stream that was on a target gets events from elsewhere."""
    found = []
    if disturbance.kind != "fault" or not set(range(len(run.nodes))) - disturbance.targets:
        return None
    for caller in callers:
        there = [o for o in caller.openings if o.start <= disturbance.onset <= o.end]
        if not there or node_at(caller, there[0], disturbance.onset) not in disturbance.targets:
            continue
        elsewhere = [time for time, _, node in caller.events
                     if disturbance.onset <= time <= disturbance.end
                     and node not in disturbance.targets]
        if elsewhere:
            found.append(elsewhere[0] - disturbance.onset)
        elif any(s.caller is caller and s.disturbance is disturbance
                 and s.due < disturbance.end for s in silent):
            return UNRECOVERED
    return max(found, default=None)
