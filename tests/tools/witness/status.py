"""What clients said of the nodes when they were asked, beside what was so."""

from collections import defaultdict

from .journal import NEVER, S

HEALTH = {"method": "GET", "path": "/api/health"}
RECORDS_MAX = 1000
RECORDED_NODES = 20_000


def polls(run):
    """(time, client, events of its nodes) of each answer while there was traffic, by time."""
    found = {}
    for event in run.events["status"]:
        if 0 <= event["at"] < run.traffic_end:
            found.setdefault((event["at"], event["client"]), []).append(event)
    return [(at, client, told) for (at, client), told in found.items()]


def active(told):
    return next((event["node"] for event in told if event["active"]), None)


# ---- The nodes ---------------------------------------------------------------------------------


class Truth:
    """What could be known of the nodes from outside."""

    def __init__(self, run, faults, effects, states):
        self.run, self.states = run, states
        self.isolations = [f for f in faults if f.kind == "isolate"]
        self.visible = [e for e in effects if e.fault is None
                        or (e.fault.disables() and e.fault.blocks(HEALTH))]
        self.failures = defaultdict(list)  # by client and node
        for event in run.events["attempt_end"]:
            good = event["outcome"] == "answer" and event["status"] < 500
            if (event["request"] is not None and not good
                    and event["outcome"] not in ("beaten", "cancelled")):
                self.failures[event["client"], run.node(event)].append(event["at"])

    def stretch(self, node, at):
        """Since when, until when, and what the node is able to do then."""
        times = [time for time, _, _ in self.states[node]] + [NEVER]
        place = max(i for i, time in enumerate(times[:-1]) if i == 0 or time <= at)
        return times[place], times[place + 1], self.states[node][place][1]

    def wrong_since(self, client, node, at, belief):
        """From when on it was to be seen that this is wrong; None: it is not, or was not yet."""
        begin, end, state = self.stretch(node, at)
        if belief == "failed" and state == "able" and not any(
                node in f.targets and f.applied <= at < f.cleared for f in self.isolations):
            return max(begin, 0)
        if belief != "healthy" or state != "unable":
            return None
        seen = [max(e.start, begin) for e in self.visible
                if e.node == node and e.start < end and e.end > begin]
        seen += [time for time in self.failures[client, node] if begin <= time < end]
        seen = [time for time in seen if time <= at]
        return max(min(seen), 0) if seen else None


def stale_of_node(run, truth, client, node, told):
    """told: (time, belief) of each poll. The lengths of the stretches in which it was wrong."""
    judged = [(at, truth.wrong_since(client, node, at, belief)) for at, belief in told]
    since = None
    for place, (at, wrong) in enumerate(judged):
        end = truth.stretch(node, at)[1]
        if wrong is None:
            since = None
            continue
        if since is None:
            earlier = place > 0 and judged[place - 1][0] >= wrong
            since = at if earlier else wrong
        right = next((time for time, other in judged[place + 1:] if other is None), NEVER)
        yield min(right, end, run.traffic_end) - since
        if place + 1 < len(judged) and judged[place + 1][0] >= end:
            since = None


# ---- The active node ---------------------------------------------------------------------------


def is_idle(node, successes, at):
    """Others served in the second before and the second after, and that node did not."""
    before = [served for time, served in successes if at - S < time <= at]
    after = [served for time, served in successes if at < time <= at + S]
    return bool(before) and bool(after) and node not in before + after


def stale_of_active(run, told, successes):
    """told: (time, node or None) of each poll."""
    since = None
    for at, node in told:
        wrong = node is not None and is_idle(node, successes, at)
        if not wrong and since is not None:
            yield at - since
        since = None if not wrong else at if since is None else since
    if since is not None:
        yield run.traffic_end - since


def stale(run, faults, effects, states, requests):
    answers = polls(run)
    if not answers:
        return None
    truth = Truth(run, faults, effects, states)
    successes, of_node, of_active = defaultdict(list), defaultdict(list), defaultdict(list)
    servers = {request.number: run.nodes[request.node] for request in requests
               if request.node is not None}
    for event in run.events["request_end"]:
        if event["outcome"] == "answer" and 200 <= event["status"] < 400:
            node = event["node"] if run.looked_into else servers.get(event["request"])
            if node is not None:
                successes[event["client"]].append((event["at"], node))
    for at, client, told in answers:
        of_active[client].append((at, active(told)))
        for event in told:
            of_node[client, run.node(event)].append((at, event["belief"]))
    found = [0]
    for (client, node), said in of_node.items():
        found.extend(stale_of_node(run, truth, client, node, said))
    for client, said in of_active.items():
        found.extend(stale_of_active(run, said, successes[client]))
    return max(found)


# ---- For the report ----------------------------------------------------------------------------


def figures(run):
    """Entries where a client did not say what it had said before, and how many were left out."""
    last, entries, left_out, nodes = {}, [], 0, 0
    for at, client, told in polls(run):
        said = (active(told), [(event["node"], event["belief"]) for event in told])
        if last.get(client) != said:
            nodes += len(told)
            if len(entries) < RECORDS_MAX and nodes <= RECORDED_NODES:
                entries.append({
                    "at_ms": at, "client": client, "active": said[0],
                    "nodes": [{"name": event["node"], "state": event["belief"],
                               "latency_ms": NEVER if event["latency"] is None
                               else event["latency"]} for event in told]})
            else:
                left_out += 1
        last[client] = said
    return {"status": entries, "status_left_out": left_out}
