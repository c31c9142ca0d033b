#!/usr/bin/python3
"""The second opinion: every figure of a report, worked out anew from its journal.

    recompute.py REPORT.json JOURNAL.jsonl          every figure, equal to the microsecond
    recompute.py --logs REPORT.json JOURNAL.jsonl   first_success, outage and failback from the
                                                    nodes' execution logs alone, within an error

It shares no code with bascule: docs/metrics.md is followed sentence by sentence,
the plain way rather than the fast one. Each difference is a line; exit status 0 if there is none,
1 if there is one, 2 for wrong usage.
"""

import json
import sys

from witness import alerts
from witness import disturbances as disturbing
from witness import faults as faulting
from witness import journal, judgement, logs, run_figures, status, streams
from witness.requests import read_attempts, read_requests

UNORDERED = ("targets",)  # which of them stands first says nothing
TIMES = ("switch_time", "switchover", "first_success", "detection", "outage", "worst_latency",
         "failback", "stream_switchover", "stream_gap", "status_stale")
RATIOS = ("success_ratio", "attempts_per_request", "herd")


class Differences:
    """Compares what a report says with what the journal tells, and collects where they differ."""

    def __init__(self):
        self.lines = []
        self.compared = 0

    def say(self, place, reported, expected):
        self.lines.append(f"{place}: the report says {reported!r}, the journal tells {expected!r}")

    def same(self, place, reported, expected):
        self.compared += 1
        if reported != expected:
            self.say(place, reported, expected)

    def time(self, place, reported, expected):
        """Milliseconds in the report, nanoseconds here; equal to the microsecond."""
        if expected is not None and expected != journal.UNRECOVERED:
            expected = None if expected == journal.NEVER else microseconds(expected) / 1000
        self.same(place, reported, expected)

    def near(self, place, reported, allowed, within):
        """Equal but for so many nanoseconds to one of those allowed."""
        def fits(expected):
            if isinstance(reported, float) and isinstance(expected, int):
                return abs(reported * journal.MS - expected) <= within
            return reported == expected

        self.compared += 1
        if not any(fits(expected) for expected in allowed):
            shown = [x / journal.MS if isinstance(x, int) else x for x in allowed]
            self.say(f"{place} (within {within / journal.MS:.3f} ms)", reported, shown)

    def ratio(self, place, reported, expected):
        self.same(place, reported, None if expected is None else expected / run_figures.MILLION)

    def tree(self, place, reported, expected, key=""):
        """Dictionaries and lists member by member; the name tells the unit of a number."""
        if isinstance(expected, dict):
            for name, value in expected.items():
                if name not in reported:
                    self.say(f"{place}.{name}", "nothing", value)
                    continue
                unit = key if name in run_figures.PERCENTILES else name
                self.tree(f"{place}.{name}", reported[name], value, unit)
        elif isinstance(expected, list):
            if key in UNORDERED:
                reported, expected = sorted(reported), sorted(expected)
            self.same(f"{place} (length)", len(reported), len(expected))
            for i, (left, right) in enumerate(zip(reported, expected)):
                self.tree(f"{place}[{i}]", left, right, key)
        elif is_time(key):
            self.time(place, reported, expected)
        elif is_ratio(key):
            self.ratio(place, reported, expected)
        else:
            self.same(place, reported, expected)


def is_time(key):
    return (key != "bucket_ms" and key.endswith("_ms")) or key in TIMES or key.split(".")[0] in (
        "latency", "latency_ok", "service")


def is_ratio(key):
    return key in RATIOS or key.startswith("share.")


def microseconds(nanoseconds):
    """Rounded to the nearest, halves away from zero."""
    half = (abs(nanoseconds) + 500) // 1000
    return half if nanoseconds >= 0 else -half


class Measured:
    """One run worked out anew."""

    def __init__(self, run, reported):
        parameters = {fault["id"]: fault["params"] for fault in reported["faults"]}
        self.run = run
        self.attempts = read_attempts(run)
        warm_up, self.requests = read_requests(run, self.attempts)
        self.faults = faulting.read_faults(run, parameters)
        self.effects = faulting.find_effects(run, self.faults)
        self.states = faulting.find_states(run, self.effects)
        dark = faulting.find_dark(run, self.effects)
        disturbing.classify(run, self.requests, dark)
        self.scene = disturbing.Scene(run, self.requests, warm_up, self.faults,
                                      self.effects, dark)
        self.disturbances = disturbing.find_disturbances(self.scene)
        disturbing.assign(self.scene, self.disturbances)
        self.lateness = run_figures.Lateness(run, self.requests, self.faults)

    def figures(self):
        run, requests = self.run, self.requests
        return {
            "seed": run.header["seed"],
            "rerun_of": run.header["rerun_of"],
            "faults": [self.fault(fault) for fault in self.faults],
            "disturbances": [disturbing.figures(self.scene, d, self.states)
                             for d in self.disturbances],
            "metrics": run_figures.metrics(run, requests, self.attempts, self.faults, self.states)
                       | streams.metrics(run, self.scene.callers)
                       | {"status_stale": status.stale(run, self.faults, self.effects,
                                                       self.states, self.requests)},
            "nodes": run_figures.node_figures(run, requests, self.states),
            "alerts": alerts.figures(run),
            "harness": run_figures.harness_figures(run, self.lateness),
            "timeline": run_figures.timeline(run, requests),
            "marks": run_figures.marks(run, requests),
        } | status.figures(run)

    def undisturbed(self):
        """What a run without faults is held to."""
        return {
            "failed": sum(request.failed for request in self.requests),
            "slow": sum(r.disturbed and not r.failed for r in self.requests),
            "silences": len(self.scene.silences),
            "stream_events": sum(time >= 0 for caller in self.scene.callers
                                 for time, _, _ in caller.events),
        }

    def fault(self, fault):
        counts_hits = fault.kind in faulting.COUNTS_HITS
        return {
            "id": fault.id, "kind": fault.kind,
            "targets": [self.run.processes[node] for node in sorted(
                node for node in fault.targets if node is not None)],
            "planned_ms": fault.planned, "applied_ms": fault.applied,
            "effective_ms": fault.effective, "cleared_ms": fault.cleared,
            "confirmed_by": fault.confirmed_by, "refused": fault.refused,
            "hits": fault.hits if counts_hits else None,
            "leader": faulting.leader(self.run, fault),
        }


def compare(report, runs):
    differences, measured = Differences(), {}
    for reported in report["runs"]:
        index = reported["index"]
        if index not in runs:
            differences.say(f"run {index}", "a run", "none")
            continue
        one = Measured(runs[index], reported)
        measured[index] = one.figures()
        differences.tree(f"run {index}", reported, measured[index])
        measured[index]["error"] = one.lateness.of_run()
        for figures, disturbance in zip(measured[index]["disturbances"], one.disturbances):
            figures["error"] = one.lateness.of_disturbance(disturbance)
        measured[index] |= one.undisturbed()
        if reported["verdict"] == "pass" and judgement.is_hollow(report, reported, measured[index]):
            differences.say(f"run {index}.verdict", "pass", "nothing that could pass")
    compare_summary(differences, report["summary"], judgement.summary(measured))
    for number, expectation in enumerate(report["expectations"]):
        compare_expectation(differences, f"expectations[{number}]", expectation, measured)
    return differences


def compare_summary(differences, reported, expected):
    differences.same("summary (metrics)", sorted(reported), sorted(expected))
    for metric in set(reported) & set(expected):
        for name, value in expected[metric].items():
            place = f"summary.{metric}.{name}"
            differences.tree(place, reported[metric][name], value, "n" if name == "n" else metric)


def compare_expectation(differences, place, expectation, measured):
    """The figure must be one that the expectation can be about, its error that of the figure."""
    metric = expectation["metric"]
    name = metric if expectation["run"] is not None else metric.rpartition(".")[0]
    tries = []
    for actual, error in judgement.candidates(measured, expectation):
        attempt = Differences()
        attempt.tree(f"{place} {metric}", expectation["actual"], actual, name)
        if error is not None and actual is not None:
            attempt.time(f"{place} {metric} error", expectation["error"],
                         error if is_time(name) else 0)
        tries.append(attempt)
    best = min(tries, key=lambda attempt: len(attempt.lines))
    differences.lines += best.lines
    differences.compared += best.compared
    if not judgement.is_consistent(expectation, measured):
        differences.say(f"{place} {metric}", expectation["verdict"], "another verdict")


def compare_logs(report, runs):
    """The same times as the nodes' own logs tell them."""
    differences = Differences()
    for reported in report["runs"]:
        one = Measured(runs[reported["index"]], reported)
        within = logs.tolerance(one.run, reported["harness"])
        for number, disturbance in enumerate(reported["disturbances"]):
            place = f"run {reported['index']}.disturbances[{number}]"
            found = logs.figures(one.scene, one.disturbances[number], one.states, within)
            for name, allowed in found:
                differences.near(f"{place}.{name}", disturbance[name], allowed, within)
    return differences


def main(arguments):
    of_logs = arguments[:1] == ["--logs"]
    paths = arguments[1:] if of_logs else arguments
    if len(paths) != 2 or paths[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    with open(paths[0], encoding="utf-8") as file:
        report = json.load(file)
    differences = (compare_logs if of_logs else compare)(report, journal.read(paths[1]))
    for line in differences.lines:
        print(line)
    print(f"{differences.compared} figures compared, {len(differences.lines)} differ")
    return 1 if differences.lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
