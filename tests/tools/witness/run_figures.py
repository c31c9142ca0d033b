"""The figures of a whole run: metrics, nodes, lateness, timeline and marks."""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict

from .journal import MS, NEVER, S, UNRECOVERED, rank

MILLION = 1_000_000
PERCENTILES = {"p50": 500, "p90": 900, "p99": 990, "p999": 999, "max": 1000}
BUCKET_NS = 100 * MS
MARKS_MAX = 3000
HERD_ARRIVALS = 50
HERD_WINDOW_NS = 10 * MS
TIMEOUTS = ("timeout", "connect_timeout")


def ratio(part, whole):
    """In millionths, rounded down; None of nothing."""
    return part * MILLION // whole if whole else None


def summary(samples, names=PERCENTILES):
    samples = sorted(samples)
    return {name: rank(samples, per_mille) if samples else None
            for name, per_mille in names.items() if name in PERCENTILES}


# ---- What nodes executed -----------------------------------------------------------------------


def executions(run):
    """Entries of the execution logs, by request."""
    by_request = defaultdict(list)
    for event in run.events["executed"]:
        by_request[event["request"]].append(event)
    return by_request


def duplicates(run, requests, logs):
    """Requests that must not run twice, and did."""
    kinds = run.scenario["requests"]
    return sum(not kinds[r.mix]["idempotent"]
               and sum(entry["executed"] for entry in logs[r.number]) > 1 for r in requests)


def lost(requests, logs):
    """Requests answered with success that no node executed."""
    return sum(r.success and not any(entry["executed"] for entry in logs[r.number])
               for r in requests)


def corrupted(run, requests, logs, attempts):
    """Successes whose body is none that the node says it sent. HEAD has no body to compare."""
    count = 0
    for request in requests:
        if not request.success or request.answer is None:
            continue
        meant = {entry["answer_hash"] for entry in logs[request.number]
                 if run.node(entry) == request.node and entry["method"] != "HEAD"}
        count += bool(meant) and attempts[request.answer].body_hash not in meant
    return count


# ---- The client --------------------------------------------------------------------------------


def switches(requests):
    served = [request.node for request in requests if request.success]
    return sum(a != b for a, b in zip(served, served[1:])) if served else None


def switch_time(run, requests, faults):
    """From `switch_to` to the first success on the node it names, of a request due since."""
    worst = None
    for fault in faults:
        if fault.kind != "switch_to" or fault.applied == NEVER:
            continue
        answers = [event["done"] for event in run.events["command"]
                   if event["fault"] == fault.index]
        served = [r.ended - fault.applied for r in requests
                  if r.success and r.due >= fault.applied and r.node in fault.targets]
        value = min(served) if served and answers and all(answers) else UNRECOVERED
        if worst is None or value == UNRECOVERED or (worst != UNRECOVERED and value > worst):
            worst = value
    return worst


class Beliefs:
    """What each client believed of each node, and when it was in panic."""

    def __init__(self, run):
        self.of_node, self.of_panic = defaultdict(list), defaultdict(list)
        for event in run.events["belief"]:
            self.of_node[event["client"], run.node(event)].append(
                (event["at"], event["seq"], event["belief"]))
        for event in run.events["panic"]:
            self.of_panic[event["client"]].append((event["at"], event["seq"], event["on"]))

    @staticmethod
    def last_before(events, at, sequence, otherwise):
        place = bisect_left(events, (at, sequence))
        return events[place - 1][2] if place else otherwise

    def belief(self, client, node, at, sequence):
        return self.last_before(self.of_node[client, node], at, sequence, "healthy")

    def in_panic(self, client, at, sequence):
        return self.last_before(self.of_panic[client], at, sequence, False)


def wrong_ejections(run, beliefs, states):
    """Ejections of a node that was able, and had been for a second."""
    count = 0
    for event in run.events["belief"]:
        at, node = event["at"], run.node(event)
        before = beliefs.belief(event["client"], node, at, event["seq"])
        if event["belief"] != "failed" or before != "healthy" or at < 0:
            continue
        since, state, _ = [change for change in states[node] if change[0] <= at][-1]
        count += state == "able" and (at - since >= S or since == states[node][0][0])
    return count


def known_bad(requests, beliefs):
    """Requests that paid a timeout on a node already ejected; trials and panic excepted."""
    def paid(attempt):
        return (attempt.purpose == "request" and attempt.outcome in TIMEOUTS
                and beliefs.belief(attempt.client, attempt.node, attempt.start,
                                   attempt.sequence) != "healthy"
                and not beliefs.in_panic(attempt.client, attempt.start, attempt.sequence))

    return sum(any(paid(attempt) for attempt in request.attempts) for request in requests)


def herd(attempts, states):
    """The largest share of a returning node's first-second arrivals within 10 ms."""
    largest = None
    for node, changes in enumerate(states):
        for time, state, _ in changes[1:]:
            starts = sorted(a.start for a in attempts.values()
                            if a.node == node and time <= a.start < time + S)
            if state != "able" or len(starts) < HERD_ARRIVALS:
                continue
            rush = max(bisect_left(starts, start + HERD_WINDOW_NS) - place
                       for place, start in enumerate(starts))
            largest = max(largest or 0, ratio(rush, len(starts)))
    return largest


# ---- All metrics -------------------------------------------------------------------------------


def metrics(run, requests, attempts, faults, states):
    logs, beliefs = executions(run), Beliefs(run)
    sent = [request for request in requests if request.sent]
    successes = [request for request in requests if request.success]
    believes = run.scenario["profile"] != "none"
    result = {
        "requests": len(requests),
        "successes": len(successes),
        "answered_4xx": sum(r.answered_4xx for r in requests),
        "failed_requests": sum(r.failed and not r.unavoidable for r in requests),
        "unavoidable": sum(r.unavoidable for r in requests),
        "success_ratio": ratio(len(successes), len(requests)),
        "attempts_per_request": ratio(sum(len(r.attempts) for r in requests), len(sent)),
        "duplicates": duplicates(run, requests, logs) if requests else None,
        "lost": lost(requests, logs) if requests else None,
        "corrupted": corrupted(run, requests, logs, attempts) if requests else None,
        "switches": switches(requests),
        "switch_time": switch_time(run, requests, faults),
        "wrong_ejections": wrong_ejections(run, beliefs, states) if believes else None,
        "known_bad": known_bad(requests, beliefs) if believes else None,
        "herd": herd(attempts, states),
    }
    families = {
        "latency": [r.latency for r in requests],
        "latency_ok": [r.latency for r in successes],
        "service": [r.ended - r.started for r in sent],
    }
    for family, samples in families.items():
        for name, value in summary(samples).items():
            result[f"{family}.{name}"] = value
    served = Counter(r.node for r in successes)
    for node, name in enumerate(run.nodes):
        result["share." + name] = ratio(served[node], len(successes))
    return result


def node_figures(run, requests, states):
    result = []
    for node, name in enumerate(run.nodes):
        own = [a for r in requests for a in r.attempts if a.node == node]
        result.append({
            "name": name,
            "requests": len(own),
            "successes": sum(r.success and r.node == node for r in requests),
            "failures": sum(a.outcome != "answer" or a.status >= 500 for a in own),
            "latency": summary(min(a.end, run.drain_end) - a.start for a in own),
            "states": [{"at_ms": time, "state": state, "why": why}
                       for time, state, why in states[node]],
            "believed": [{"at_ms": event["at"], "client": event["client"],
                          "state": event["belief"], "why": event["why"]}
                         for event in run.events["belief"] if run.node(event) == node],
        })
    return result


# ---- The harness itself ------------------------------------------------------------------------


class Lateness:
    """Delays of the harness: something was to happen at `planned` and did at `done`."""

    def __init__(self, run, requests, faults):
        self.starts = [(r.due, r.started) for r in requests if r.sent]
        self.faults = [(t.planned, t.applied) for f in faults for t in f.targets.values()
                       if NEVER not in (t.planned, t.applied)]
        self.turns = [(e["at"] - e["lateness"], e["at"])
                      for word in ("turn", "stall") for e in run.events[word] if e["at"] >= 0]

    @staticmethod
    def summary(delays):
        late = summary(done - planned for planned, done in delays)
        return {name: late[name] or 0 for name in ("p50", "p99", "max")}

    def of_run(self):
        return max((done - planned for planned, done in self.starts + self.turns), default=0)

    def of_disturbance(self, disturbance):
        """The largest that lies in its time, or that its own faults had."""
        inside = [done - planned for planned, done in self.starts + self.turns + self.faults
                  if planned <= disturbance.end and done >= disturbance.onset]
        own = [t.applied - t.planned for f in disturbance.faults for t in f.targets.values()
               if NEVER not in (t.planned, t.applied)]
        return max(inside + own, default=0)


def harness_figures(run, lateness):
    rate = run.scenario["rate_micro"]
    return {
        "resolution_ms": 10**15 // rate if rate else None,
        "start_lateness_ms": lateness.summary(lateness.starts),
        "fault_lateness_ms": lateness.summary(lateness.faults),
        "turn_lateness_ms": lateness.summary(lateness.turns),
    }


# ---- Pictures ----------------------------------------------------------------------------------


def timeline(run, requests):
    count = -(-run.traffic_end // BUCKET_NS)
    buckets = [[] for _ in range(count)]
    for request in requests:
        if request.due < run.traffic_end:
            buckets[request.due // BUCKET_NS].append(request)
    return {
        "bucket_ms": BUCKET_NS // MS,
        "due": [len(own) for own in buckets],
        "ok": [sum(outcome(r) == "ok" for r in own) for own in buckets],
        "failed": [sum(outcome(r) == "failed" for r in own) for own in buckets],
        "slow": [sum(outcome(r) == "slow" for r in own) for own in buckets],
        "p99_ms": [rank(sorted(r.latency for r in own), 990) if own else None for own in buckets],
        "by_node": {name: [sum(r.success and r.node == node for r in own) for own in buckets]
                    for node, name in enumerate(run.nodes)},
    }


def outcome(request):
    if request.unavoidable:
        return "unavoidable"
    if request.failed:
        return "failed"
    if request.disturbed:
        return "slow"
    return "4xx" if request.answered_4xx else "ok"
