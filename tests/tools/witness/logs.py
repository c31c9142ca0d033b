"""first_success, outage and failback as the nodes saw them: from their execution logs and the times
of the faults alone, without a word from the client.

A log tells when a node was done with an answer, not whether the caller still waited for it. Of a
request that several nodes executed, the answer that was ready first is the one the caller got: a
client asks a second node only when it has given up the first, whose answer then comes too late.
"""

from .disturbances import outage
from .journal import MS

LEAST_TOLERANCE_NS = 2 * MS


class Answer:
    def __init__(self, node, start, end, status):
        self.node, self.start, self.end, self.status = node, start, end, status


def read_answers(run):
    """What callers can have got, by time: the first whole answer below 500 to each request."""
    best = {}
    for event in run.events["executed"]:
        if event["request"] is None or event["cut"] or not 200 <= event["status"] < 500:
            continue
        known = best.get(event["request"])
        if known is None or event["end"] < known.end:
            best[event["request"]] = Answer(run.node(event), event["at"], event["end"],
                                            event["status"])
    return sorted(best.values(), key=lambda answer: answer.end)


def tolerance(run, harness):
    """What the two views may differ by, in nanoseconds."""
    rate = run.scenario["rate_micro"]
    late = sum(harness[name]["max"] for name in
               ("start_lateness_ms", "fault_lateness_ms", "turn_lateness_ms"))
    return max(LEAST_TOLERANCE_NS, 10**15 // rate if rate else 0) + round(late * MS)


def first_success(answers, onset, targets):
    times = [answer.end - onset for answer in answers
             if answer.status < 400 and answer.start >= onset and answer.node not in targets]
    return min(times, default=None)


def failback(answers, able, node):
    times = [answer.end - able for answer in answers
             if answer.status < 400 and answer.node == node and answer.end >= able]
    return min(times, default=None)


def figures(run, disturbance, faults, states):
    """(name, what the logs tell) of one disturbance of the report. faults: of that disturbance."""
    answers = read_answers(run)
    targets = {run.nodes.index(name) for name in disturbance["targets"]}
    onset, end = round(disturbance["onset_ms"] * MS), round(disturbance["end_ms"] * MS)
    ends = [answer.end for answer in answers]
    yield "first_success", first_success(answers, onset, targets)
    yield "outage", outage(ends, run.traffic_end, onset, end)
