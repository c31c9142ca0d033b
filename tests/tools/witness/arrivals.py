"""Behind a program or a load balancer nobody sees attempts: what the execution logs of the nodes hold
stands for them, and tells who served."""

from .attempts import Attempt
from .journal import never


def read(run):
    """By number, which is that of the journal's line. An entry without a request is a probe, or the
    opening of a stream; those of the warm-up count for nothing."""
    measured = {event["request"] for event in run.events["request"] if event["at"] >= 0}
    found = {}
    for event in run.events["executed"] if run.has_logs else []:
        number = event["request"]
        if number is not None and number not in measured:
            continue
        found[event["seq"]] = arrival = Attempt(
            number=event["seq"], node=run.node(event), client=None, start=event["at"],
            sequence=event["seq"], request=number, end=never(event["end"]),
            purpose="probe" if number is None else "request", status=event["status"],
            body_hash=event["answer_hash"])
        if event["end"] is not None:
            arrival.outcome = "truncated" if event["cut"] else "answer"
    return found


def told_hashes(run):
    """Of each request the hash of the body as it came to the client, where somebody tells."""
    told = {event["request"]: event["body_hash"] for event in run.events["request_end"]
            if event.get("body_hash") is not None}
    told.update({event["request"]: event["body_hash"] for event in run.events["attempt_end"]
                 if event["outcome"] == "answer"})
    return told


def find_servers(run, requests):
    """Of the arrivals not after the end, the one that explains the answer best: the same body says
    more than the same status; of equals the latest."""
    told = told_hashes(run)
    for request in requests:
        request.told = told.get(request.number)
        in_time = [a for a in request.attempts if a.start <= request.ended]
        if request.outcome != "answer" or not in_time:
            continue
        best = max(in_time, key=lambda a: (request.told is not None and a.body_hash == request.told,
                                           a.status == request.status, a.start, a.sequence))
        request.node, request.answer = best.node, best.number
