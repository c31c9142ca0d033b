#!/usr/bin/python3
"""The second opinion: every figure of a report, worked out anew from its journal.

    recompute.py REPORT.json JOURNAL.jsonl          every figure, equal to the microsecond
    recompute.py --logs REPORT.json JOURNAL.jsonl   first_success, outage and failback from the
                                                    nodes' execution logs alone, within an error

It shares no code with bascule. It follows docs/metrics.md sentence by sentence and prefers the
plain way to the fast one. All times are integers, in nanoseconds from the first due time.
Exit status: 0 all is equal, 1 something differs (each difference is one line), 2 bad usage.
"""

import json
import sys
from bisect import bisect_left, bisect_right
from collections import defaultdict

MS = 1_000_000
S = 1_000 * MS
NEVER = 1 << 63  # after everything
MILLION = 1_000_000

UNRECOVERED = "unrecovered"  # as in the report
