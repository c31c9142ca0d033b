"""A journal file as runs, and each run's events by kind. All times are integers, nanoseconds from
the first due time; a time that never came is None in the file and NEVER here."""

import json
from collections import defaultdict

BUILT_IN = ("resilient", "apiservice", "none")  # their attempts are in the journal
US = 1_000
MS = 1_000 * US
S = 1_000 * MS
NEVER = 1 << 63  # later than everything
UNRECOVERED = "unrecovered"  # worse than any limit; the word of the report


class Run:
    """One header line and the events up to the next one, sorted by time and sequence number."""

    def __init__(self, header):
        self.header = header
        self.index = header["run"]
        self.scenario = header["scenario"]
        self.nodes = self.scenario["nodes"]
        self.processes = self.nodes + self.scenario["services"]
        self.looked_into = self.scenario["profile"] in BUILT_IN
        self.slow = self.scenario["slow_ns"]
        self.events = defaultdict(list)
        self.traffic_end = self.scenario["duration_ns"]
        self.drain_end = self.traffic_end

    def add(self, event):
        self.events[event["event"]].append(event)

    def finish(self):
        for events in self.events.values():
            events.sort(key=lambda event: (event["at"], event["seq"]))
        for event in self.events["phase"]:
            if event["phase"] == "traffic_end":
                self.traffic_end = event["at"]
            if event["phase"] == "drain_end":
                self.drain_end = event["at"]

    def node(self, event):
        """The place of the node, or behind all nodes of the service, in the scenario's order; None
        where the event names none."""
        return self.processes.index(event["node"]) if event.get("node") is not None else None

    def keeps_log(self, node):
        return node < len(self.nodes) and self.scenario["node_kinds"][node] == "stub"

    @property
    def has_logs(self):
        """Does every node keep an execution log, and is there any entry?"""
        return bool(self.events["executed"]) and all(map(self.keeps_log, range(len(self.nodes))))

    @property
    def tells_servers(self):
        """Is it known which node served a request?"""
        return self.looked_into or self.has_logs


def read(path):
    """The runs of a journal file, by index."""
    runs = {}
    with open(path, encoding="utf-8") as file:
        run = None
        for line in file:
            event = json.loads(line)
            if event["event"] == "run":
                run = Run(event)
                runs[run.index] = run
            else:
                run.add(event)
    for run in runs.values():
        run.finish()
    return runs


def never(time):
    """A time as the file has it, where null means that it never came."""
    return NEVER if time is None else time


def rank(samples, per_mille):
    """Nearest rank of sorted samples: the smallest with at least that share not above it."""
    place = -(-len(samples) * per_mille // 1000)
    return samples[max(place, 1) - 1]
