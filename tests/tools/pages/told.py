"""What a page says in words: the verdict, the answers in brief, and the expectations."""

import math
import re
from collections import Counter

from pages.page import Page, is_time
from pages.tree import Element

DURATION_UNITS = {"h": 3600e3, "m": 60e3, "s": 1e3, "ms": 1, "us": 1e-3, "ns": 1e-6}


class Told(Page):
    def whole(self):
        title = self.top.by_id("title")
        scenario = self.report["scenario"]
        self.same("title", title.first("bdi").text(), scenario["name"])
        self.same("verdict", title.first("span", "badge").text().lower(), self.report["verdict"])
        about = self.top.by_id("description")
        self.same("description", about.text() if about else "", scenario["description"])
        self.same("scenario", self.top.first("pre", "source").text(), scenario["text"])
        facts = {one.first("dt").text(): one.first("dd").text()
                 for one in self.top.first("dl", "facts").children if isinstance(one, Element)}
        self.same("seed", facts["seed"], str(scenario["seed"]))
        self.same("kernel", facts["kernel"], self.report["environment"]["kernel"])

    def expectations(self):
        self.where = "expectations"
        part = self.top.by_id("expectations")
        rows = self.table(part, "Limits") or []
        wanted = self.report["expectations"]
        self.same("how many", len(rows), len(wanted))
        for row, one in zip(rows, wanted):
            verdict, metric, limit, actual, margin, error, run = row
            name = one["metric"]
            self.same("verdict", verdict.lower(), one["verdict"])
            self.check(f"{metric} is not {name}", metric.startswith(name))
            self.check(f"{name}: no fault {one['fault']}",
                       one["fault"] is None or f" of {one['fault']}" in metric)
            self.same(f"{name}: run", run, "pooled" if one["run"] is None else str(one["run"]))
            self.same(f"{name}: limit", limit, one["expected"])
            if one["actual"] is None:
                self.same(f"{name}: actual", actual, "not measured")
            else:
                self.actual(name, actual, one)
                self.margin(name, margin, one)
            if is_time(name):
                self.figure(f"{name}: error", error.replace("± ", ""), one["error"])
        if rows:
            for row, one in zip(part.first("tbody").all("tr"), wanted):
                self.gauge(one["metric"], row.first("svg", "gauge"), one)

    def actual(self, name, words, one):
        """Never rounded onto the wrong side of its limit."""
        self.check(f"{name}: actual {words}, but {one['actual']}", True)
        match = re.fullmatch(r"((?:[\d.]+(?:h|m|s|ms|us|ns))+)", words)
        if match and is_time(name):  # exact, since rounding would hide a miss
            exact = sum(float(number) * DURATION_UNITS[unit] for number, unit
                        in re.findall(r"([\d.]+)(h|ms|us|ns|m|s)", words))
            self.near(f"{name}: actual", exact, one["actual"], 0.0006)
        else:
            self.figure(f"{name}: actual", words, one["actual"])

    def margin(self, name, words, one):
        limit, actual = one["limit"], one["actual"]
        if isinstance(actual, str):
            self.same(f"{name}: margin", words, "beyond any limit")
            return
        if actual == limit:
            self.check(f"{name}: margin {words}", words in ("as expected", "on the limit"))
            return
        match = re.fullmatch(r"(.+) (above|below)(?: \(([\d.e+-]+) %\))?", words)
        if match is None:
            self.check(f"{name}: margin {words}", False)
            return
        self.same(f"{name}: side", match[2], "below" if actual < limit else "above")
        self.figure(f"{name}: distance", match[1], abs(actual - limit))
        if match[3]:
            share = 100 * abs(actual - limit) / abs(limit)
            self.check(f"{name}: {match[3]} %, but {share}",
                       math.isclose(float(match[3]), share, rel_tol=0.006))

    def headline(self):
        """What stands beside the verdict."""
        self.where = "figures"
        part = self.top.by_id("figures")
        if part is None:
            self.same("runs without figures", len(self.report["runs"]), 0)
            return
        shown = {one.first("dt").text(): one.first("dd").text()
                 for one in part.children if isinstance(one, Element)}
        summary = self.report["summary"]
        interrupted = any(one["code"] == "interrupted" for one in self.report["reasons"])
        replaced = {run["rerun_of"] for run in self.report["runs"]}
        counted = [run for run in self.report["runs"] if run["index"] not in replaced]

        def most(metric):
            return summary.get(metric, {}).get("max")

        switchover = most("switchover")
        bounded = any(one["metric"] == "switchover" or one["metric"].startswith("switchover.")
                      for one in self.report["expectations"])
        if interrupted or (switchover == "unrecovered" and not bounded):
            switchover = None
        self.figure("switchover", shown["switchover"], switchover)
        self.figure("outage", shown["outage"], most("outage"))
        latency = most("worst_latency")
        self.figure("worst latency", shown["worst latency"],
                    most("latency.max") if latency is None else latency)
        requests = sum(run["metrics"]["requests"] or 0 for run in counted)
        failed = None if interrupted or not most("requests") else most("failed_requests")
        self.figure("failed", shown["failed"], failed)
        self.figure("requests", shown["requests"], requests)
        self.same("runs", shown["runs"], str(len(counted)))

    def disturbance_words(self, run, words, one, what):
        """The sentences about one disturbance."""
        patterns = (("detection_ms", r"out of rotation(?:, [^ ]+ first,)? after ([\d.,]+ m?s)"),
                    ("detection_ms", r"the last \(client \d+\) after ([\d.,]+ m?s)"),
                    ("first_success_ms", r"served after ([\d.,]+ m?s)"),
                    ("switchover_ms", r"no longer noticed after ([\d.,]+ m?s)"),
                    ("switchover_ms", r"The switchover took ([\d.,]+ m?s)"),
                    ("stream_switchover_ms", r"stream flowed again after ([\d.,]+ m?s)"),
                    ("outage_ms", r"without an answer was ([\d.,]+ m?s)"),
                    ("worst_latency_ms", r"slowest request took ([\d.,]+ m?s)"),
                    ("failed_requests", r"([\d,]+) requests? failed, "),
                    ("slow_requests", r"failed, ([\d,]+) (?:was|were) slow"),
                    ("relapses", r"disturbed again ([\d,]+) time"),
                    ("failback_ms", r"Traffic returned ([\d.,]+ m?s)"))
        for key, pattern in patterns:
            match = re.search(pattern, words)
            if match:
                self.figure(f"{what}: {key}", match[1], one[key])
        self.same(f"{what}: never", bool(re.search("never recovered|seen to recover", words)),
                  one["switchover_ms"] == "unrecovered")
        self.same(f"{what}: nothing", "noticed nothing" in words, one["switchover_ms"] == 0)
        if "No request failed" in words:
            self.same(f"{what}: failed", 0, one["failed_requests"])
        if "none was slow" in words:
            self.same(f"{what}: slow", 0, one["slow_requests"])
        believers = {belief["client"] for node in run["nodes"] if node["name"] in one["targets"]
                     for belief in node["believed"] if belief["state"] == "failed"
                     and one["onset_ms"] <= belief["at_ms"] < one["end_ms"]}
        ejected = [node for node in run["nodes"] if node["name"] in one["targets"] and any(
            belief["state"] == "failed" and one["onset_ms"] <= belief["at_ms"] < one["end_ms"]
            for belief in node["believed"])]
        match = re.search(r"took (\d+) of the (\d+) hit nodes", words)
        if match:
            self.same(f"{what}: nodes taken out", (int(match[1]), int(match[2])),
                      (len(ejected), len(one["targets"])))
        match = re.search(r"the first \(client (\d+)\) after ([\d.]+ m?s)", words)
        if match:
            first = min((belief["at_ms"], belief["client"]) for node in ejected
                        for belief in node["believed"] if belief["state"] == "failed"
                        and one["onset_ms"] <= belief["at_ms"] < one["end_ms"])
            self.same(f"{what}: first client", int(match[1]), first[1])
            self.figure(f"{what}: first client after", match[2], first[0] - one["onset_ms"])
        match = re.search(r"(\d+) of \d+ clients took", words)
        if match:
            self.same(f"{what}: clients", int(match[1]), len(believers))

    def brief(self):
        self.where = "in brief"
        part = self.top.by_id("brief")
        rows = {one.first("dt").text(): one.first("dd")
                for one in part.children if isinstance(one, Element)}
        answer = rows["Good enough?"].text()
        demanded = any(one["code"] == "must" for one in self.report["reasons"])
        first = {"pass": "As it should be" if demanded else
                 "Yes" if self.report["expectations"] else "Nobody asked",
                 "fail": "No", "known": "No, and that is known", "skipped": "Never asked",
                 "inconclusive": "Cannot be said"}[self.report["verdict"]]
        self.check(f"the answer is {answer}", re.match(rf"{first}\b", answer))
        match = re.search(r"(\d+) of (\d+) expectations", answer)
        if match:
            verdicts = Counter(one["verdict"] for one in self.report["expectations"])
            self.same("missed", int(match[1]), verdicts["fail"])
            self.same("expectations", int(match[2]), len(self.report["expectations"]))
        if not self.report["runs"]:
            return
        summaries = [one for one in self.top.by_id("timeline").all("details", "run")
                     if one.get("open", None) is not None]
        index = int(summaries[0].get("data-run")) if summaries else 0
        run = self.report["runs"][index]
        setup = self.top.first("p", "setup").text()
        match = re.match(r"([\d.e+]+) requests a second for ([\d.]+) s ", setup)
        if match:
            self.check(f"the rate is {match[1]}", abs(
                1000 / float(match[1]) - run["harness"]["resolution_ms"]) <= 0.0006)
        if run["disturbances"] and self.worst_of(run) is not None:
            words = rows["Who noticed"].text() + rows["How callers fared"].text()
            self.disturbance_words(run, words, self.worst_of(run), "worst")
        match = re.search(r"([\d,]+) requests met a time", rows["How callers fared"].text())
        self.figure("unavoidable", match[1] if match else "0",
                    run["metrics"]["unavoidable"] or 0)
        hits = rows["What was hit, and when"]
        self.hits(run, [one.text() for one in hits.all("li")], hits.text())

    def hits(self, run, items, words):
        groups = []
        for fault in run["faults"]:
            if groups and all(groups[-1][0][key] == fault[key] for key in ("id", "kind", "targets")):
                groups[-1].append(fault)
            else:
                groups.append([fault])
        if not groups:
            self.check("no fault", words.startswith("Nothing"))
        for group, item in zip(groups[:5], items):
            first, last = group[0], group[-1]
            self.check(f"{item} is not {first['kind']}", item.startswith(first["kind"] + " "))
            if first["applied_ms"] is None:
                self.check(f"{item} was never applied", "never applied" in item)
                continue
            match = re.search(r" at ([\d.,-]+ m?s)", item)
            self.figure(f"{first['id']}: applied", match[1], first["applied_ms"])
            match = re.search(r"(?:until|ready at) ([\d.,]+ m?s)", item)
            if match:
                self.figure(f"{first['id']}: cleared", match[1], last["cleared_ms"])
            match = re.search(r" and (\d+) more times", item)
            self.same(f"{first['id']}: phases", int(match[1]) + 1 if match else 1, len(group))
        if len(groups) > 5 and not items[-1].startswith(f"and {len(groups) - 5} more"):
            self.check(f"{len(groups)} faults, but {items[-1]}", False)

    def gauge(self, what, gauge, one):
        """The bar ends at the actual figure as the line stands at the limit."""
        if gauge is None or not isinstance(one["actual"], (int, float)):
            return
        actual = float(re.match(r"M0 5h([\d.e+-]+)v", gauge.first("path", "gauge-actual").get("d"))[1])
        limit = float(re.match(r"M([\d.e+-]+) 0v", gauge.first("path", "gauge-limit").get("d"))[1])
        self.check(f"{what}: the bar is {actual} of {limit}", actual <= 3 or math.isclose(
            actual / limit, one["actual"] / one["limit"], rel_tol=1e-3))
