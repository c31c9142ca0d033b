"""A report, its page, and how figures on the one are compared with the other."""

import math
import re

from pages.tree import Tree, rows_of

UNITS = {"ms": 1, "s": 1000}
TIMES = ("switchover", "first_success", "detection", "outage", "worst_latency", "failback",
         "stream_switchover", "switch_time", "stream_gap", "status_stale",
         "latency", "latency_ok", "service")


def is_time(metric):
    return metric.split(".")[0] in TIMES


def read_number(words):
    """"1.540 s" is (1540, 0.5): the number and half of its last digit, times in ms."""
    match = re.fullmatch(r"(-?)([\d,]+)(?:\.(\d+))?(?: (ms|s))?", words.strip())
    if match is None:
        raise ValueError(f"'{words}' is no figure")
    sign, whole, digits, unit = match.groups()
    scale = UNITS[unit] if unit else 1
    number = float(f"{whole.replace(',', '')}.{digits or 0}") * scale
    return (-number if sign else number), 0.5 * 10 ** -len(digits or "") * scale


class Page:
    """A report, its page, and the differences."""

    def __init__(self, report, page):
        self.report, self.top = report, Tree(page).top
        self.wrong, self.checked = [], 0
        self.where = ""

    def complain(self, what):
        self.wrong.append(f"{self.where}: {what}")

    def check(self, what, fine):
        self.checked += 1
        if not fine:
            self.complain(what)

    def same(self, what, shown, wanted):
        self.check(f"{what}: the page has {shown!r}, the report {wanted!r}", shown == wanted)

    def figure(self, what, words, wanted):
        """A figure of the report, in words. Counts and ratios are whole."""
        words = words.strip()
        if wanted is None or isinstance(wanted, str):
            self.same(what, words, "-" if wanted is None else "never")
            return
        try:
            number, half = read_number(words)
        except ValueError as error:
            self.check(f"{what}: {error}, but {wanted}", False)
            return
        if "ms" not in words and not words.endswith(" s"):
            half = 0 if "." not in words else 1e-9
        # Behind the last digit of a figure stand the microseconds of the report.
        self.check(f"{what}: the page has {words}, the report {wanted}",
                   abs(number - wanted) <= half + 0.00051 * (half > 0) + 1e-6)

    def near(self, what, shown, wanted, tolerance=1e-6):
        self.check(f"{what}: drawn at {shown}, the report has {wanted}",
                   math.isclose(shown, wanted, rel_tol=1e-5, abs_tol=tolerance))

    def runs(self):
        """Drawn runs and their parts."""
        for run in self.report["runs"]:
            part = self.top.by_id(f"run-{run['index']}")
            if part is not None:
                self.where = f"run {run['index']}"
                yield run, part
        self.where = ""

    def table(self, part, label):
        for region in part.all("div", "wide"):
            if region.get("aria-label").startswith(label):
                return rows_of(region.first("table"))
        return None

    def worst_of(self, run):
        def rank(figure):
            return -1 if figure is None else math.inf if isinstance(figure, str) else figure
        active = [one for one in run["disturbances"] if one["was_active"]]
        return max(active, default=None, key=lambda one: (
            rank(one["switchover_ms"]), rank(one["outage_ms"]), rank(one["worst_latency_ms"]),
            -run["disturbances"].index(one)))
