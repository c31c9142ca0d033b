"""The figures of a whole run: metrics, nodes, lateness, timeline and marks."""

from bisect import bisect_left
from collections import Counter, defaultdict

from .journal import MS, NEVER, S, UNRECOVERED, rank

MILLION = 1_000_000
PERCENTILES = {"p50": 500, "p90": 900, "p99": 990, "p999": 999, "max": 1000}
BUCKET_NS = 100 * MS
MARK_NS = 50 * MS
MARKS_MAX = 3000
OUTCOMES = ("ok", "failed", "slow", "answered_4xx", "unavoidable", "cancelled")
HERD_ARRIVALS = 50
HERD_WINDOW_NS = 10 * MS
TIMEOUTS = ("timeout", "connect_timeout")


def ratio(part, whole):
    """In millionths, rounded down; None of nothing."""
    return part * MILLION // whole if whole else None


def summary(samples):
    samples = sorted(samples)
    return {name: rank(samples, per_mille) if samples else None
            for name, per_mille in PERCENTILES.items()}


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


def lost(run, requests, logs):
    """Requests answered with success that no node executed; or, where they were read back, writes
    that were not found."""
    found = run.events["verified"]
    if run.scenario["verify"]:
        known = found and all(event["status"] != 0 for event in found)
        return sum(not event["found"] for event in found) if known else None
    if not run.has_logs:
        return None
    return sum(r.success and not any(entry["executed"] for entry in logs[r.number])
               for r in requests)


def corrupted(run, requests, logs, attempts):
    """Successes whose body is none that the node says it sent. HEAD has no body to compare."""
    def body(request):
        return attempts[request.answer].body_hash if run.looked_into else request.told

    told = (any(a.outcome == "answer" for a in attempts.values()) if run.looked_into
            else any(r.answer is not None and r.told is not None for r in requests))
    if not told:
        return None
    count = 0
    for request in requests:
        if not request.success or request.answer is None or body(request) is None:
            continue
        meant = {entry["answer_hash"] for entry in logs[request.number]
                 if run.node(entry) == request.node and entry["method"] != "HEAD"}
        count += bool(meant) and body(request) not in meant
    return count


# ---- The client --------------------------------------------------------------------------------


def switches(requests):
    """For each client, changes of the serving node over its successes by due time."""
    served = defaultdict(list)
    for request in requests:
        if request.success and request.node is not None:
            served[request.client].append(request.node)
    if not served:
        return None
    return sum(a != b for nodes in served.values() for a, b in zip(nodes, nodes[1:]))


def switch_time(run, requests, faults):
    """From `switch_to` to the first success on the node it names, of a request due since."""
    worst = None
    for fault in faults if run.tells_servers else []:
        if fault.kind != "switch_to":
            continue
        if fault.refused is not None:
            return None
        answers = [event["done"] for event in run.events["command"]
                   if event["fault"] == fault.index]
        served = [r.ended - fault.applied for r in requests
                  if r.success and r.due >= fault.applied and r.node in fault.targets]
        value = min(served) if served and answers else UNRECOVERED
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
        if (event["belief"] != "failed" or before == "failed" or at < 0
                or event["why"] == "isolated"):  # by the operator
            continue
        since, state, _ = [change for change in states[node] if change[0] <= at][-1]
        always = since == states[node][0][0]  # it was able when the run began
        count += state == "able" and (always or at - since >= S)
    return count


def known_bad(requests, beliefs):
    """Requests that paid a timeout on a node already ejected; trials and panic excepted."""
    def paid(attempt):
        return (attempt.purpose == "request" and attempt.outcome in TIMEOUTS
                and beliefs.belief(attempt.client, attempt.node, attempt.start,
                                   attempt.sequence) == "failed"
                and not beliefs.in_panic(attempt.client, attempt.start, attempt.sequence))

    return sum(any(paid(attempt) for attempt in request.attempts) for request in requests)


def herd(run, attempts, states):
    """The largest share within 10 ms of the arrivals (attempts of all kinds, openings of streams) on
    a node in the first second that it is able again, or less if it does not stay so long."""
    largest = None
    arrivals = [(a.node, a.start) for a in attempts.values()]
    arrivals += [(run.node(event), event["at"]) for event in run.events["stream_open"]]
    for node, changes in enumerate(states):
        times = [time for time, _, _ in changes] + [NEVER]
        for place, (time, state, _) in enumerate(changes[1:], start=1):
            until = min(time + S, times[place + 1])
            starts = sorted(start for where, start in arrivals
                            if where == node and time <= start < until)
            if state != "able" or len(starts) < HERD_ARRIVALS:
                continue
            rush = max(bisect_left(starts, start + HERD_WINDOW_NS) - first
                       for first, start in enumerate(starts))
            largest = max(largest or 0, ratio(rush, len(starts)))
    return largest


def tells_beliefs(run):
    """A program may keep what it believes to itself; a client without failover believes nothing."""
    if run.looked_into:
        return run.scenario["profile"] != "none"
    programs = run.events["client"]
    return bool(programs) and all("telemetry" in event["features"] for event in programs)


# ---- All metrics -------------------------------------------------------------------------------


def metrics(run, requests, attempts, faults, states):
    logs, beliefs = executions(run), Beliefs(run)
    sent = [request for request in requests if request.sent]
    successes = [request for request in requests if request.success]
    believes = tells_beliefs(run)
    result = {
        "requests": len(requests),
        "successes": len(successes),
        "answered_4xx": sum(r.answered_4xx for r in requests),
        "failed_requests": sum(r.failed and not r.unavoidable for r in requests),
        "cancelled": sum(r.cancelled for r in requests),
        "unavoidable": sum(r.unavoidable for r in requests),
        "success_ratio": ratio(len(successes), sum(not r.cancelled for r in requests)),
        "attempts_per_request": (ratio(sum(len(r.attempts) for r in requests), len(sent))
                                 if run.tells_servers else None),
        "duplicates": duplicates(run, requests, logs) if run.has_logs else None,
        "lost": lost(run, requests, logs),
        "corrupted": corrupted(run, requests, logs, attempts) if run.has_logs else None,
        "switches": switches(requests) if run.scenario["order"] == "primary-first" else None,
        "switch_time": switch_time(run, requests, faults),
        "wrong_ejections": wrong_ejections(run, beliefs, states) if believes else None,
        "known_bad": known_bad(requests, beliefs) if believes and run.looked_into else None,
        "herd": herd(run, attempts, states),
    }
    families = {
        "latency": [r.latency for r in requests if not r.cancelled],
        "latency_ok": [r.latency for r in successes],
        "service": [r.ended - r.started for r in sent if not r.cancelled],
    }
    for family, samples in families.items():
        for name, value in summary(samples).items():
            result[f"{family}.{name}"] = value
    served = Counter(r.node for r in successes)
    for node, name in enumerate(run.nodes):
        result["share." + name] = (ratio(served[node], len(successes)) if run.tells_servers
                                   else None)
    return result


def first_attempt(request):
    return min(request.attempts, key=lambda a: (a.start, a.sequence)).number


def ejections(run, node):
    """By the clients themselves, not by their operator."""
    return [event for event in run.events["belief"]
            if run.node(event) == node and event["belief"] == "failed" and event["at"] >= 0
            and event["why"] != "isolated"]


def node_figures(run, requests, states):
    result = []
    for node, name in enumerate(run.nodes):
        own = [a for r in requests for a in r.attempts if a.node == node]
        result.append({
            "name": name,
            "requests": len(own),
            "successes": sum(r.success and r.node == node for r in requests),
            "failures": sum(a.outcome not in ("beaten", "cancelled")
                            and (a.outcome != "answer" or a.status >= 500) for a in own),
            "retries": sum(a.purpose != "hedge" and a.number != first_attempt(r)
                           for r in requests for a in r.attempts if a.node == node),
            "hedges_won": sum(a.purpose == "hedge" and r.answer == a.number
                              for r in requests for a in r.attempts if a.node == node),
            "hedges_lost": sum(a.purpose == "hedge" and a.outcome == "beaten" for a in own),
            "ejections": len(ejections(run, node)),
            "breaker_opened": sum(event["why"] == "breaker" for event in ejections(run, node)),
            "latency": summary(max((run.drain_end if a.end == NEVER else a.end) - a.start, 0)
                               for a in own),
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
        """The largest that lies in its time or aftermath, or that the faults had which opened or joined it."""
        inside = [done - planned for planned, done in self.starts + self.turns + self.faults
                  if planned <= disturbance.aftermath_end and done >= disturbance.onset]
        own = [t.applied - t.planned for f in disturbance.faults if f.disturbance is disturbance
               for t in f.targets.values() if NEVER not in (t.planned, t.applied)]
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
    if request.cancelled:
        return "cancelled"
    return "answered_4xx" if request.answered_4xx else "ok"


def latency_cell(latency):
    """The lower edge of a quarter of an octave; single nanoseconds below four."""
    if latency < 4:
        return latency
    quarter = 1 << (latency.bit_length() - 3)
    return latency // quarter * quarter


def marks(run, requests):
    """Cells of due time x latency x serving node x outcome, at most 3,000."""
    def cells(width, with_latency=True, with_node=True):
        return Counter((r.due // width * width,
                        latency_cell(r.latency) if with_latency else 0,
                        -1 if r.node is None or not with_node else r.node, outcome(r))
                       for r in requests)

    width = MARK_NS
    found = cells(width)
    while len(found) > MARKS_MAX and width <= run.traffic_end:
        width *= 2
        found = cells(width)
    if len(found) > MARKS_MAX:
        found = cells(width, with_latency=False)
    if len(found) > MARKS_MAX:
        found = cells(width, with_latency=False, with_node=False)
    return [{"t_ms": time, "latency_ms": latency, "outcome": word, "count": count,
             "node": None if node < 0 else run.nodes[node]}
            for (time, latency, node, word), count in sorted(
                found.items(), key=lambda cell: (cell[0][:2], cell[0][2] % (1 << 16),
                                                 OUTCOMES.index(cell[0][3])))]
