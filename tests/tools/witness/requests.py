"""Requests and attempts as the journal tells them."""

from dataclasses import dataclass, field

from . import arrivals
from .attempts import Attempt
from .journal import NEVER, never


@dataclass
class Request:
    number: int
    due: int
    started: int  # NEVER: not sent
    ended: int
    client: int
    mix: int
    outcome: str = "unfinished"
    status: int = 0
    node: int = None  # who served it
    answer: int = None  # number of the attempt whose answer the caller got
    told: str = None  # hash of the body that the caller got, where somebody tells
    attempts: list = field(default_factory=list)
    disturbed: bool = False
    unavoidable: bool = False
    disturbance: object = None

    @property
    def sent(self):
        return self.started != NEVER

    @property
    def open(self):
        """Never ended: the end of the drain stands in for its end."""
        return self.outcome in ("unsent", "unfinished")

    @property
    def success(self):
        return self.outcome == "answer" and 200 <= self.status < 400

    @property
    def answered_4xx(self):
        return self.outcome == "answer" and 400 <= self.status < 500

    @property
    def answered(self):
        return self.success or self.answered_4xx

    @property
    def cancelled(self):
        """Its caller gave up: neither succeeded nor failed."""
        return self.outcome == "cancelled"

    @property
    def failed(self):
        return not self.cancelled and (self.outcome != "answer" or self.status >= 500)

    @property
    def latency(self):
        return self.ended - self.due


def read_attempts(run):
    """All attempts by number, probes and those of the warm-up too. The one attempt of a client with
    a single URL is none on a node."""
    attempts = {}
    if not run.looked_into:
        return arrivals.read(run)
    for event in run.events["attempt"]:
        attempts[event["attempt"]] = Attempt(
            number=event["attempt"], node=run.node(event), client=event["client"],
            purpose=event["purpose"], start=event["at"], sequence=event["seq"],
            request=event["request"])
    for event in run.events["attempt_end"]:
        attempt = attempts[event["attempt"]]
        attempt.outcome, attempt.end = event["outcome"], event["at"]
        attempt.status, attempt.body_hash = event["status"], event["body_hash"]
    return attempts


def read_requests(run, attempts):
    """Two lists by due time: the requests of the warm-up, and those that are measured."""
    requests = {}
    for event in run.events["request"]:
        requests[event["request"]] = Request(
            number=event["request"], due=event["at"], started=never(event["started"]),
            ended=run.drain_end, client=event["client"], mix=event["mix"],
            outcome="unfinished" if event["started"] is not None else "unsent")
    for event in run.events["request_end"]:
        request = requests[event["request"]]
        request.outcome, request.status = event["outcome"], event["status"]
        if run.looked_into:
            request.node, request.answer = run.node(event), event["attempt"]
        if not request.open:
            request.ended = event["at"]
    for attempt in attempts.values():
        if attempt.request in requests:
            requests[attempt.request].attempts.append(attempt)
    if not run.looked_into:
        arrivals.find_servers(run, requests.values())
    in_order = sorted(requests.values(), key=lambda request: (request.due, request.number))
    return [r for r in in_order if r.due < 0], [r for r in in_order if r.due >= 0]
