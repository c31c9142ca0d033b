#!/bin/sh
# Gates a change: runs scenarios for real, leaves reports for people and for CI, and compares them with
# those of the main branch where there are any.
#
#   gate.sh SCENARIO|DIR...
#
#   REPORTS  folder for the reports: JSON, pages (index.html first), JUnit XML, Markdown (reports)
#   BASE     folder with reports of the main branch; none there, none compared (base)
#   REPEAT   runs of each scenario; 8 are enough for a few dozen scenarios to be compared (8)
#   SUMMARY  file that gets the summary as Markdown; that of the job on GitHub, else REPORTS/summary.md
#
# Exit status: that of `bascule run`; if that is 0, also 1 if something became worse than in BASE, and 2
# if BASE cannot be read. Too few runs to compare are said, but fail nothing.
set -u

reports=${REPORTS:-reports}
base=${BASE:-base}
summary=${SUMMARY:-${GITHUB_STEP_SUMMARY:-$reports/summary.md}}

bascule run --strict --jobs 2 --repeat "${REPEAT:-8}" --format html,junit,markdown -o "$reports" "$@"
status=$?
# Nothing was started, so there is nothing to tell.
[ "$status" -eq 2 ] && exit 2

bascule render --format markdown "$reports" >>"$summary"

[ -d "$base" ] || exit "$status"
compared=0
bascule compare --format markdown "$base" "$reports" >>"$summary" || compared=$?
case $compared in
0) echo "Nothing is worse than in $base." ;;
3) echo "Too few runs to say whether something is worse than in $base." ;;
*)
    echo "Worse than in $base, or not comparable with it: see $summary." >&2
    [ "$status" -eq 0 ] && status=$compared
    ;;
esac
exit "$status"
