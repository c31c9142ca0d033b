#!/usr/bin/python3
"""Is what a page shows what its report says?

    page_figures.py REPORT.json PAGE.html [REPORT.json PAGE.html ...]

Reads pages as a browser would, without bascule's code, and holds each figure on them against the
report: words and tables, and what is drawn (bands of faults, brackets, marks, lanes). A rounded
figure may be off by half of its last digit. Each difference is a line; exit status 0 if there is
none, 1 if there is one, 2 for wrong usage.
"""

import json
import sys

from pages.drawn import Drawn
from pages.tabled import Tabled


class Both(Tabled, Drawn):
    """All parts of a page."""

    def compare(self):
        for part in (self.whole, self.brief, self.headline, self.expectations, self.timelines,
                     self.records, self.repeats, self.nodes, self.lateness):
            part()
            self.where = ""


def main(arguments):
    if not arguments or len(arguments) % 2 != 0:
        print(__doc__, file=sys.stderr)
        return 2
    wrong = checked = 0
    for report, page in zip(arguments[::2], arguments[1::2]):
        with open(report, encoding="utf-8") as source, open(page, encoding="utf-8") as shown:
            both = Both(json.load(source), shown.read())
        both.compare()
        for line in both.wrong:
            print(f"{page}: {line}")
        wrong += len(both.wrong)
        checked += both.checked
    print(f"{checked} figures of {len(arguments) // 2} pages compared, {wrong} differ")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
