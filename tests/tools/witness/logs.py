"""first_success, outage and failback as the nodes saw them: from their execution logs and the times
of the faults alone, without a word from the client.

A log tells when a node was done with an answer, not whether the caller still waited for it. Of a
request that several nodes executed, the answer that was ready first is the one the caller got: a
client asks a second node only when it has given up the first, whose answer then comes too late.
"""

from .disturbances import failback, outage
from .journal import MS, NEVER

LEAST_TOLERANCE_NS = 250 * MS  # an answer may wait that long for its caller on a busy machine
RATE_SPAN_NS = 10**15  # rates are in millionths of a request a second


class Answer:
    def __init__(self, run, event):
        self.node, self.status = run.node(event), event["status"]
        self.start, self.end = event["at"], event["end"]
        self.due = due_time(run.scenario, event["request"])


def due_time(scenario, request):
    """By plan: request 0 is the first of the warm-up, number n is due at n / rate."""
    rate = scenario["rate_micro"]
    first = -(scenario["warmup_ns"] * rate // RATE_SPAN_NS)
    return (first + request) * RATE_SPAN_NS // rate


def read_answers(run):
    """What callers can have got, by time: the first whole answer below 500 to each request."""
    best = {}
    for event in run.events["executed"]:
        if event["request"] is None or event["end"] is None or event["cut"]:
            continue
        if not 200 <= event["status"] < 500:
            continue
        known = best.get(event["request"])
        if known is None or event["end"] < known.end:
            best[event["request"]] = Answer(run, event)
    return sorted(best.values(), key=lambda answer: answer.end)


def tolerance(run, harness):
    """What the two views may differ by, in nanoseconds."""
    rate = run.scenario["rate_micro"]
    late = sum(harness[name]["max"] for name in
               ("start_lateness_ms", "fault_lateness_ms", "turn_lateness_ms"))
    return max(LEAST_TOLERANCE_NS, RATE_SPAN_NS // rate if rate else 0) + round(late * MS)


BETWEEN = {"reset", "delay", "throttle", "corrupt", "slow_close", "blackhole"}


def figures(scene, disturbance, states, within):
    """(name, allowed figures) of one disturbance, as far as execution logs can tell: a node does
    not know what became of its answer on the wire."""
    if (not scene.run.has_logs or not scene.requests
            or any(fault.kind in BETWEEN for fault in scene.faults)):
        return
    answers = read_answers(scene.run)
    served = [answer for answer in answers if answer.status < 400]
    yield "outage_ms", [outage([answer.end for answer in answers], scene.run.traffic_end,
                               disturbance.onset, disturbance.end)]
    if scene.run.scenario["order"] == "primary-first":
        yield "first_success_ms", allowed(
            lambda delay: first_success(served, disturbance, delay), within)
    yield "failback_ms", allowed(
        lambda delay: [failback(scene, disturbance, states,
                                [(a.node, a.due, a.end + delay) for a in served])], within)


def allowed(find, within):
    """What is found; and, where an answer came so late that the client may have seen it after the
    end that counts, that there was none."""
    return find(0) + [figure for figure in find(within) if not isinstance(figure, int)]


def first_success(served, disturbance, delay):
    """The first answer from elsewhere to a request that came there after the onset. Whether one
    that was due before had been with the target, the log does not know: both readings."""
    elsewhere = [answer for answer in served if answer.node not in disturbance.targets
                 and answer.start >= disturbance.onset and answer.end + delay <= disturbance.end]
    return [min((answer.end - disturbance.onset for answer in some), default=None)
            for some in (elsewhere, [a for a in elsewhere if a.due >= disturbance.onset])]
