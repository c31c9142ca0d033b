"""What was done to which node and when; what that leaves a node able to do; and dark time."""

from dataclasses import dataclass, field

from .journal import NEVER

OPENING = {  # kinds that open a disturbance; restart only of a node that was up
    "kill", "terminate", "pause", "restart", "refuse", "respond", "slow", "hang", "stall",
    "truncate", "trickle", "gray", "unhealthy", "wrong_role", "flap", "reset", "delay", "throttle",
    "corrupt", "slow_close", "blackhole", "partition",
}
FROM_APPLIED = {"kill", "terminate", "restart"}  # harm can begin before the exit is seen
OF_THE_PROCESS = {"kill", "terminate", "pause", "restart"}
# What leaves a node able to answer at least some requests rightly.
MILD = {"unhealthy", "wrong_role", "slow", "trickle", "delay", "throttle", "corrupt", "slow_close",
        "partition"}
HEALTH = "/api/health"
WRITES = {"POST", "PUT", "PATCH", "DELETE"}
COUNTS_HITS = {"respond", "slow", "hang", "stall", "truncate", "trickle", "gray", "unhealthy",
               "wrong_role", "reset", "delay", "throttle", "corrupt", "slow_close", "blackhole",
               "partition"}
WHOLE = 1_000_000  # a ratio of 1, in millionths


@dataclass
class OnTarget:
    """One fault on one of its targets."""

    node: int
    planned: int = NEVER
    applied: int = NEVER
    effective: int = NEVER
    cleared: int = NEVER
    was_up: bool = False
    failed: bool = False

    def awaits(self, word):
        """Could the next event of that kind be about this one?"""
        if self.failed:
            return False
        if word == "applied":
            return self.applied == NEVER
        if word == "failed":
            return self.cleared == NEVER
        return self.applied != NEVER and getattr(self, word) == NEVER and self.cleared == NEVER


@dataclass(eq=False)
class Fault:
    """One application of a fault: of a flap, one down phase."""

    index: int
    id: str
    kind: str
    acts_as: str
    of: int
    after_bytes: int
    path: str
    ratio: int
    statuses: list
    target: str  # "leader" where it was asked for
    targets: dict = field(default_factory=dict)  # by node
    hits: int = 0
    confirmed_by: str = None
    refused: str = None
    disturbance: object = None

    def times(self, name):
        return [getattr(target, name) for target in self.targets.values()]

    @property
    def planned(self):
        return min(self.times("planned"))

    @property
    def applied(self):
        return min(self.times("applied"))

    @property
    def effective(self):
        return max(self.times("effective"))

    @property
    def cleared(self):
        return max(self.times("cleared"))

    @property
    def opens(self):
        if self.applied == NEVER or self.kind not in OPENING:
            return False
        return self.kind != "restart" or any(t.was_up for t in self.targets.values())

    @property
    def onset(self):
        confirmed = min(self.times("effective"))
        if self.acts_as in FROM_APPLIED or confirmed == NEVER:
            return max(0, self.applied)
        return max(0, confirmed)

    @property
    def always(self):
        """Does it hit every request? A gray node knows no ratio."""
        if self.kind == "reset" and self.after_bytes:
            return False  # a short answer passes
        if self.kind in ("reset", "blackhole"):
            return self.of == WHOLE
        return self.ratio == WHOLE or self.kind == "gray"

    def disables(self):
        """Does it leave its targets unable as a whole?"""
        return (self.kind in OPENING - MILD and self.path is None and self.always
                and all(status >= 500 for status in self.statuses))

    def blocks(self, request):
        """Can its target not answer that entry of the mix?"""
        if self.kind == "wrong_role":
            return request["method"] in WRITES
        if self.kind == "unhealthy":
            return request["path"] == HEALTH
        if self.kind in MILD or not self.always:
            return False
        if any(status < 500 for status in self.statuses):
            return False
        if self.path is not None:
            return self.path == request["path"]
        return self.kind not in ("respond", "gray") or request["path"] != HEALTH


@dataclass
class Effect:
    """What a fault, or a process that is not ready, does to one node from..to."""

    node: int
    start: int
    end: int
    fault: Fault = None  # None: the process is not ready


def describe(run, parameters, index):
    described = run.scenario["faults"][index]
    return Fault(
        index=index, id=described["id"], kind=described["kind"], acts_as=described["acts_as"],
        of=described["of_ppm"], after_bytes=described["after_bytes"], path=described["path"],
        ratio=described["ratio_ppm"], target=described["target"],
        statuses=parameters.get(described["id"], {}).get("statuses", []))


def belongs_to(phases, node, word):
    """Which down phase an event tells of: the first that still waits for such a one. Only a failure
    to apply is told at once, before anything else of that phase."""
    waiting = [phase for phase in phases if node in phase.targets
               and phase.targets[node].awaits(word)]
    if word == "failed" and waiting and waiting[-1].targets[node].applied == NEVER:
        return waiting[-1]
    return waiting[0] if waiting else phases[-1]


def read_faults(run, parameters):
    """One record for each time that a fault was planned, by application. parameters: by fault id."""
    faults = {}
    events = [(event["seq"], word, event)
              for word in ("planned", "applied", "effective", "cleared", "failed")
              for event in run.events["fault_" + word]]
    for _, word, event in sorted(events, key=lambda item: item[0]):
        node, phases = run.node(event), faults.setdefault(event["fault"], [])
        again = word == "planned" and phases and node in phases[-1].targets
        if not phases or (again and phases[-1].kind == "flap"):
            phases.append(describe(run, parameters, event["fault"]))
        fault = phases[-1]
        if fault.kind == "flap" and word != "planned":
            fault = belongs_to(phases, node, word)
        note(fault, node, word, event)
    for phases in faults.values():
        for fault in phases:
            if fault.acts_as in OF_THE_PROCESS:
                clear_by_restart(run, fault)
    return sorted((fault for phases in faults.values() for fault in phases),
                  key=lambda f: (f.applied, f.planned, f.index))


def note(fault, node, word, event):
    target = fault.targets.setdefault(node, OnTarget(node))
    if word == "failed":
        target.failed = True
        if event.get("confirmed_by") == "client" and fault.refused is None:
            fault.confirmed_by, fault.refused = "client", event["text"]
    else:
        setattr(target, word, event["at"])
    if word == "applied":
        target.was_up = event["was_up"]
    if word == "effective":
        fault.confirmed_by = event["confirmed_by"]
    if word == "cleared":
        fault.hits += event["hits"]


def clear_by_restart(run, fault):
    """Where nothing says that it was cleared, somebody else may have started the node again."""
    for target in fault.targets.values():
        if target.cleared == NEVER:
            target.cleared = min((event["at"] for event in run.events["node"]
                                  if run.node(event) == target.node and event["state"] == "ready"
                                  and event["at"] > target.applied), default=NEVER)


def leader(run, fault):
    """The answer by which the leader was found, and how old it was when it was hit."""
    asked = [event for event in run.events["leader"] if event["fault"] == fault.index]
    if not asked:
        return None
    age = NEVER if fault.applied == NEVER else fault.applied - asked[-1]["at"]
    return {"said": asked[-1]["text"], "age_ms": age}


def find_effects(run, faults):
    effects = []
    for fault in faults:
        if fault.kind not in OPENING:
            continue
        for target in fault.targets.values():
            start = min(target.applied, target.effective)
            if start < target.cleared and (fault.kind != "restart" or target.was_up):
                effects.append(Effect(target.node, start, target.cleared, fault))
    down_since = {}
    for event in run.events["node"]:
        node = run.node(event)
        if event["state"] == "ready":
            if node in down_since:
                effects.append(Effect(node, down_since.pop(node), event["at"]))
        else:
            down_since.setdefault(node, event["at"])
    effects.extend(Effect(node, start, NEVER) for node, start in down_since.items())
    return effects


def united(intervals):
    """Overlapping and touching intervals made one."""
    result = []
    for start, end in sorted(intervals):
        if result and start <= result[-1][1]:
            result[-1][1] = max(result[-1][1], end)
        else:
            result.append([start, end])
    return result


def common(left, right):
    """What lies in both of two lists of disjoint intervals."""
    result = []
    for a_start, a_end in left:
        for b_start, b_end in right:
            if max(a_start, b_start) < min(a_end, b_end):
                result.append([max(a_start, b_start), min(a_end, b_end)])
    return sorted(result)


def find_dark(run, effects):
    """For each entry of the request mix, then for each of the streams, the intervals in which no
    node could answer it."""
    dark = []
    streams = [{"method": "GET", "path": stream["path"]} for stream in run.scenario["streams"]]
    for request in run.scenario["requests"] + streams:
        shared = [[-NEVER, NEVER]]
        for node in range(len(run.nodes)):
            shared = common(shared, united(
                [effect.start, effect.end] for effect in effects
                if effect.node == node and (effect.fault is None or effect.fault.blocks(request))))
        dark.append(shared)
    return dark


def find_states(run, effects):
    """The state of each node over time: (time, state, why) for each change. Able to begin with."""
    result = []
    for node in range(len(run.nodes)):
        own = [effect for effect in effects if effect.node == node]
        states = [(-run.scenario["warmup_ns"], "able", "")]
        for time in sorted({t for e in own for t in (e.start, e.end) if t != NEVER}):
            holding = [effect for effect in own if effect.start <= time < effect.end]
            unable = [e for e in holding if e.fault is None or e.fault.disables()]
            state = "unable" if unable else "impaired" if holding else "able"
            if states[-1][1] != state:
                states.append((time, state, explain(unable or holding)))
        result.append(states)
    return result


def explain(effects):
    """What weighs on a node, in a word."""
    if not effects:
        return ""
    named = [effect.fault.id for effect in effects if effect.fault is not None]
    return named[0] if named else "down"
