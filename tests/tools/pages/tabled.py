"""What a page has in tables and cards."""

import re
from collections import Counter

from pages.page import read_number
from pages.told import Told
from pages.tree import Element, rows_of


class Tabled(Told):
    def records(self):
        for run, part in self.runs():
            for row, one in zip(self.table(part, "Disturbances") or [], run["disturbances"]):
                (_, onset, end, judged, detection, first, switchover, outage, worst, failed, slow,
                 relapses, failback, _) = row
                self.same("judged", judged, "yes" if one["was_active"] else "no")
                for words, key in ((onset, "onset_ms"), (end, "end_ms"),
                                   (detection, "detection_ms"), (first, "first_success_ms"),
                                   (switchover, "switchover_ms"), (outage, "outage_ms"),
                                   (worst, "worst_latency_ms"), (failed, "failed_requests"),
                                   (slow, "slow_requests"), (relapses, "relapses"),
                                   (failback, "failback_ms")):
                    self.figure(f"disturbance at {one['onset_ms']}: {key}", words, one[key])
            for row, one in zip(self.table(part, "Faults") or [], run["faults"]):
                self.same("fault", row[0], one["id"])
                for words, key in zip(row[3:7], ("planned_ms", "applied_ms", "effective_ms",
                                                 "cleared_ms")):
                    self.figure(f"{one['id']}: {key}", words, one[key])
                self.figure(f"{one['id']}: hits", row[8], one["hits"])
            for row, one in zip(self.table(part, "Alerts") or [], run["alerts"]):
                self.same("alert", row[0], one["node"])
                self.figure("raised", row[1], one["raised_ms"])
                self.figure("cleared", row[2], one["cleared_ms"])
            self.changes(run, self.table(part, "What nodes") or [])
            for card in part.all("div", "card"):
                self.card(run, card)

    def changes(self, run, rows):
        wanted = sorted((one["at_ms"], node["name"], one["state"]) for node in run["nodes"]
                        for one in node["states"][node["states"][:1] != [] and
                                                  node["states"][0]["state"] == "able":]
                        + node["believed"])
        if len(rows) == len(wanted):
            for row, one in zip(rows, wanted):
                self.figure(f"{one[1]}: from", row[0], one[0])
            self.same("changes", Counter((row[1], row[3]) for row in rows),
                      Counter(one[1:] for one in wanted))

    def card(self, run, card):
        heading = card.first("h3").text()
        match = re.search(r" at ([\d.,-]+ m?s)$", heading)
        number, half = read_number(match[1])
        for one in run["disturbances"]:
            named = heading.startswith(("recovery: " if one["kind"] == "recovery" else "")
                                       + (one["faults"][0] if one["faults"] else ""))
            if named and abs(one["onset_ms"] - number) <= half + 0.001:
                break
        else:
            self.check(f"no disturbance is {heading}", False)
            return
        story = card.first("p", "story")
        if story is not None:
            self.disturbance_words(run, story.text(), one, heading)
        bars = []
        if card.first("table", "moments") is None:
            return
        for row in card.first("table", "moments").first("tbody").all("tr"):
            name = row.first("code").text()
            wanted = one[f"{name}_ms"]
            self.figure(f"{heading}: {name}", row.all("td")[1].text(), wanted)
            path = row.first("path")
            if path is not None and not isinstance(wanted, str):
                bars.append((float(re.search(r"h([\d.e+-]+)v", path.get("d"))[1]), wanted))
        most = max([wanted for _, wanted in bars], default=0)
        for width, wanted in bars:
            self.near(f"{heading}: bar", width, max(1000 * wanted / max(most, 0.001), 3), 0.1)

    def worst_figures(self, run):
        def worst(key):
            figures = [one[key] for one in run["disturbances"] if one["was_active"]]
            if "unrecovered" in figures:
                return "unrecovered"
            return max([one for one in figures if one is not None], default=None)
        switchover = worst("switchover_ms")
        bounded = any(one["metric"].startswith("switchover")
                      for one in self.report["expectations"])
        return (None if switchover == "unrecovered" and not bounded else switchover,
                worst("outage_ms"), worst("worst_latency_ms"))

    def repeats(self):
        self.where = "repeats"
        table = self.top.by_id("runs")
        by_index = {run["index"]: run for run in self.report["runs"]}
        for row in rows_of(table) if table is not None else []:
            run = by_index[int(re.match(r"\d+", row[0])[0])]
            what = f"run {run['index']}"
            self.same(f"{what}: seed", row[1], str(run["seed"]))
            self.same(f"{what}: verdict", row[2].lower(), run["verdict"])
            for words, wanted in zip(row[3:6], self.worst_figures(run)):
                self.figure(what, words, wanted)
            self.figure(f"{what}: failed", row[6], run["metrics"]["failed_requests"])
            self.figure(f"{what}: requests", row[7], run["metrics"]["requests"])
            self.figure(f"{what}: lateness", row[8], run["harness"]["start_lateness_ms"]["max"])
        for row in self.table(self.top, "Metrics over") or []:
            pool = self.report["summary"][row[0]]
            self.same(f"{row[0]}: n", row[1], str(pool["n"]))
            for words, key in zip(row[2:6], ("min", "p50", "p95", "max")):
                self.figure(f"{row[0]}: {key}", words, pool[key])
        for row in self.top.all("div", "row-strip"):
            metric = row.first("code").text()
            place = {"switchover": 0, "outage": 1, "worst_latency": 2}[metric]
            for dot in row.all("path", "dot"):
                run = by_index[int(dot.get("data-run"))]
                self.figure(f"{metric} of run {run['index']}",
                            dot.get("data-words").split(": ")[1], self.worst_figures(run)[place])

    def nodes(self):
        for run in self.report["runs"]:
            part = self.top.by_id(f"nodes-{run['index']}")
            if part is None:
                continue
            self.where = f"nodes of run {run['index']}"
            by_name = {node["name"]: node for node in run["nodes"]}
            for row in self.table(part, "Nodes of") or []:
                node = by_name[row[0].split(" ")[0]]
                for words, key in zip((row[1], row[2], *row[4:10]), (
                        "requests", "successes", "failures", "retries", "hedges_won",
                        "hedges_lost", "ejections", "breaker_opened")):
                    self.figure(f"{node['name']}: {key}", words, node[key])
                self.figure("share", row[3], run["metrics"].get(f"share.{node['name']}"))
                for words, key in zip(row[10:], ("p50", "p90", "p99", "p999", "max")):
                    self.figure(f"{node['name']}: {key}", words, node["latency"][key])
            metrics = part.first("dl", "metrics")
            for one in metrics.children if metrics is not None else []:
                if isinstance(one, Element):
                    name = one.first("dt").text()
                    self.figure(name, one.first("dd").text(), run["metrics"][name])

    def lateness(self):
        self.where = "lateness"
        part = self.top.by_id("harness")
        if part is None:
            return
        region = part.first("div", "wide")
        run = self.report["runs"][int(region.get("aria-label").split()[-1])]
        for row, key in zip(rows_of(region.first("table")), ("start_lateness_ms",
                                                             "fault_lateness_ms",
                                                             "turn_lateness_ms")):
            for words, share in zip(row[1:4], ("p50", "p99", "max")):
                self.figure(f"{key} {share}", words, run["harness"][key][share])
        table = self.top.by_id("lateness")
        for row in rows_of(table) if table is not None else []:
            harness = self.report["runs"][int(row[0])]["harness"]
            for words, (key, share) in zip(row[1:], (
                    ("start_lateness_ms", "p99"), ("start_lateness_ms", "max"),
                    ("fault_lateness_ms", "max"), ("turn_lateness_ms", "p99"),
                    ("turn_lateness_ms", "max"))):
                self.figure(f"run {row[0]}: {key} {share}", words, harness[key][share])
