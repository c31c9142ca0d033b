"""What a page draws: axes, bands, brackets, marks, bars and lanes."""

import json
import math
import re
from collections import Counter

from pages.page import UNITS, Page
from pages.tree import path_of

ORDERS = ("switch_to", "reset_failed")  # of the operator; they hold nothing


class Drawn(Page):
    def timelines(self):
        for run, part in self.runs():
            figure = part.first("figure", "timeline")
            if figure is None:
                continue
            span = float(figure.get("data-span"))
            self.scales(figure)
            self.brackets(run, figure)
            self.fault_rows(run, figure, span)
            self.marks(run, figure)
            self.answers(run, figure)
            self.lanes(run, figure, span)

    def scales(self, figure):
        """What is written at a place of an axis belongs there."""
        for axis in figure.all("div", "axis"):
            for tick in axis.all("span", "tick"):
                at = float(tick.get("style").removeprefix("--t:"))
                self.near("tick", float(tick.text().removesuffix(" s")) * 1000, at)
        row = figure.first("div", "row-marks")
        for label in row.all("span", "y") if row is not None else []:
            scale = row.first("g", "scale").get("data-scale").split()
            low, high, height, padding = [float(one) for one in scale[:4]]
            top = float(re.fullmatch(r"top:([\d.]+)px", label.get("style"))[1])
            share = (height - padding - top) / (height - 2 * padding)
            number, unit = label.text().split()
            self.check(f"{label.text()} stands at {low * (high / low) ** share} ms", math.isclose(
                float(number) * UNITS[unit], low * (high / low) ** share, rel_tol=0.03))

    def brackets(self, run, figure):
        shown = figure.all("span", "bracket")
        wanted = {(one["onset_ms"], one["was_active"]): one for one in run["disturbances"]
                  if one["switchover_ms"] is not None}
        self.check("no bracket is drawn", bool(shown) == bool(wanted))
        for bracket in shown:
            style = dict(one.split(":") for one in bracket.get("style").split(";"))
            at, length = float(style["--t"]), float(style["--w"])
            match = [one for key, one in wanted.items()
                     if abs(key[0] - at) < 0.001 and key[1] != bracket.has_class("idle")]
            if not match:
                self.check(f"a bracket at {at}, but no disturbance", False)
                continue
            one = match[0]
            never = one["switchover_ms"] == "unrecovered"
            self.same("bracket: never", bracket.has_class("never"), never)
            self.near("bracket: length", length,
                      one["end_ms"] - one["onset_ms"] if never else one["switchover_ms"], 0.002)
            tag = bracket.first("span", "tag")
            self.check("a judged bracket without words", tag is not None or not one["was_active"])
            if tag is not None:
                words = re.fullmatch(r"switchover (.*?)(?: \(not judged\))?", tag.text())[1]
                self.figure("bracket", words, one["switchover_ms"])
        worst = self.worst_of(run)
        if worst is not None and worst["switchover_ms"] is not None:
            self.same("worst bracket", len([one for one in shown if one.has_class("worst")]), 1)

    def spans(self, what, path, wanted, span):
        """What rectangles of a path cover, but for the rounding of each edge."""
        shown = [(float(start), float(start) + float(long)) for start, long
                 in re.findall(r"M([\d.e+-]+) [\d.e+-]+h([\d.e+-]+)v", path)]
        wanted = [(max(0, start), min(end, span)) for start, end in wanted if end > 0]
        edges = sorted([(start, side, 1) for side, spans in enumerate((shown, wanted))
                        for start, _ in spans]
                       + [(end, side, -1) for side, spans in enumerate((shown, wanted))
                          for _, end in spans])
        depth, differing, before = [0, 0], 0, 0
        for at, side, step in edges:
            if (depth[0] > 0) != (depth[1] > 0):
                differing += at - before
            depth[side] += step
            before = at
        self.check(f"{what}: {differing} ms of {shown[:5]} do not fit {wanted[:5]}",
                   differing <= span * 1e-6 * (len(edges) + 1))

    def fault_rows(self, run, figure, span):
        faults = run["faults"]
        held = [(one["effective_ms"], span if one["cleared_ms"] is None else one["cleared_ms"])
                for one in faults
                if one["effective_ms"] is not None and one["kind"] not in ORDERS]
        for row in figure.all("div", "row"):
            if row.first("svg") is not None and not row.has_class("axis") \
                    and not self.is_crowded(figure):
                self.spans("band", path_of(row, "band"), held, span)
        if not self.is_crowded(figure):
            self.moments(figure, faults)
        self.tags(figure, faults)

    @staticmethod
    def is_crowded(figure):
        return any("drawn as one" in one.text() for one in figure.all("p", "thinned"))

    def moments(self, figure, faults):
        rows = figure.all("div", "row-fault")
        kinds = {(one["kind"], tuple(one["targets"])) for one in faults}
        self.same("rows of faults", len(rows), min(len(kinds), 24))
        if len(kinds) > 24:
            return
        for word in ("planned", "effective", "cleared"):
            shown = sorted(float(at) for row in rows for at in re.findall(
                r"M([\d.e+-]+) ", path_of(row, word)))
            wanted = sorted(one[f"{word}_ms"] for one in faults if one[f"{word}_ms"] is not None)
            self.same(word, len(shown), len(wanted))
            for at, time in zip(shown, wanted):
                self.near(word, at, time)

    def tags(self, figure, faults):
        """"kill-1 2.000 s to 5.000 s" beside the bars."""
        for tag in figure.all("span", "tag-fault"):
            at = float(tag.get("style").removeprefix("--t:"))
            name = tag.first("bdi").text()
            times = re.findall(r"-?[\d.]+ m?s", tag.text()[len(name):])
            fault = min((one for one in faults if one["id"] == name),
                        key=lambda one: abs((one["applied_ms"] or one["planned_ms"]) - at))
            for words, key in zip(times, ("applied_ms", "cleared_ms")):
                self.figure(f"tag of {name}: {key}", words, fault[key])

    def marks(self, run, figure):
        wanted = Counter()
        for mark in run["marks"]:
            wanted[mark["outcome"]] += mark["count"]
        shown = Counter()
        scale = figure.first("g", "scale")
        points = []
        for path in figure.all("path", "m"):
            if path.get("data-n") == "" or path.get("data-node", None) is None:
                continue
            outcome = next(word for word in path.get("class").split() if word.startswith("o-"))[2:]
            counts = [int(count) for count in path.get("data-n").split()]
            places = re.findall(r"M([\d.e+-]+) ([\d.e+-]+)[hv]([\d.]+)", path.get("d"))
            self.same("marks of a path", len(places), len(counts))
            shown[outcome] += sum(counts)
            points += [(float(x), float(y) + float(long) / 2, path.get("data-node") or None, outcome,
                        count) for (x, y, long), count in zip(places, counts)]
        self.same("requests in marks", dict(shown), dict(wanted))
        if figure.first("ul", "legend") is not None and wanted:
            legend = figure.first("ul", "legend").text()
            for outcome, count in wanted.items():
                self.check(f"the legend lacks {outcome} {count:,}", f"{outcome} {count:,}" in legend)
        if scale is not None and len(points) == len(run["marks"]):
            self.places(run, points, [float(one) for one in scale.get("data-scale").split()])

    def places(self, run, points, scale):
        """Each mark lies in the cell that the report has it in."""
        low, high, height, padding, cell, _ = scale
        wanted = sorted((one["t_ms"], one["latency_ms"], one["node"] or "", one["outcome"],
                         one["count"]) for one in run["marks"])
        shown = []
        for x, y, node, outcome, count in points:
            share = (height - padding - y) / (height - 2 * padding)
            shown.append((x - cell / 2, low * (high / low) ** share / 2 ** 0.125, node or "",
                          outcome, count))
        by_cell = Counter((round(t, 1), node, outcome, count) for t, _, node, outcome, count in shown)
        self.same("cells", by_cell == Counter((round(t, 1), node, outcome, count)
                                              for t, _, node, outcome, count in wanted), True)
        for one, other in zip(sorted(one[1] for one in shown), sorted(one[1] for one in wanted)):
            self.check(f"a mark at {one} ms, the report has {other}",
                       math.isclose(one, max(other, low / 2 ** 0.125), rel_tol=0.03))

    def answers(self, run, figure):
        row = figure.first("div", "row-answers")
        if row is None:
            return
        timeline = run["timeline"]
        width = float(re.search(r" a ([\d.]+) ms", row.first("div", "label").text())[1])
        many = round(width / timeline["bucket_ms"])

        def bars(word):
            return [sum(timeline[word][i:i + many]) for i in range(0, len(timeline[word]), many)]
        most = max(bars("due"))
        self.same("most requests", row.first("span", "y").text(), f"{most:,}")
        for word in ("slow", "failed"):
            area = sum(float(long) * float(tall) for long, tall in re.findall(
                r"h([\d.]+)v([\d.]+)h", path_of(row, word)))
            wanted = sum(count * 36 / most * timeline["bucket_ms"]
                         * min(many, len(timeline[word]) - i * many)
                         for i, count in enumerate(bars(word)))
            self.check(f"{word}: {area} drawn, {wanted} reported",
                       math.isclose(area, wanted, rel_tol=0.01, abs_tol=0.01))

    def lanes(self, run, figure, span):
        told = run["metrics"]["wrong_ejections"] is not None or any(
            node["believed"] for node in run["nodes"])
        for row in figure.all("div", "row-lane"):
            data = row.first("span", "lane-data")
            node = next(one for one in run["nodes"] if one["name"] == data.get("data-node"))
            self.same("a strip of beliefs", "believed" in row.first("small", "strips").text(), told)
            states = json.loads(data.get("data-states"))
            believed = json.loads(data.get("data-believed"))
            if states is not None:
                self.same(f"{node['name']}: states", [tuple(one[:3]) for one in states],
                          [(one["at_ms"], one["state"], one["why"]) for one in node["states"]])
            if believed is not None:
                self.same(f"{node['name']}: believed", [tuple(one) for one in believed],
                          [(one["at_ms"], one["state"], one["why"], one["client"])
                           for one in node["believed"]])
            if self.is_crowded(figure):
                continue
            for state in ("able", "impaired", "unable"):
                ends = [one["at_ms"] for one in node["states"][1:]] + [span]
                self.spans(f"{node['name']}: {state}", path_of(row, f"state-{state}"),
                           [(one["at_ms"], end) for one, end in zip(node["states"], ends)
                            if one["state"] == state], span)
            if told:
                self.beliefs(row, node, span)

    def beliefs(self, row, node, span):
        """When any client believed it, no narrower than a hairline."""
        believed, begun, spans = {}, {}, {"failed": [], "probing": []}
        for one in [*node["believed"], None]:
            if one is not None:
                believed[one["client"]] = one["state"]
            at = span if one is None else one["at_ms"]
            for state, found in spans.items():
                if state in begun and (one is None or state not in believed.values()):
                    found.append((begun.pop(state), at))
                elif state in believed.values():
                    begun.setdefault(state, at)
        for state, found in spans.items():
            self.spans(f"{node['name']}: {state}", path_of(row, f"believed-{state}"),
                       [(start, max(end, start + span / 1000)) for start, end in found], span)
