#!/bin/sh
# Gates a change: runs scenarios for real, leaves reports for people and for CI, and compares them with
# those of the main branch where there are any.
#
#   gate.sh SCENARIO|DIR...
#
#   REPORTS  folder for the reports, without any yet: JSON, pages (index.html first), Markdown, and for test
#            views *.xml, which is JUnit (reports)
#   BASE     folder with reports of the main branch; none there, none compared (base)
#   REPEAT   runs of each scenario; 8 are enough for a few dozen scenarios to be compared (8)
#   SUMMARY  file that gets the summary as Markdown; that of the job on GitHub, else REPORTS/summary.md
#   WORSE    `tell`: what is worse than in BASE, or cannot be compared with it, fails nothing. For the main
#            branch itself, where the new reports become the base (fail)
#
# Exit status: that of `bascule run`; if that is 0, also 1 if something became worse than in BASE, and 2 if
# BASE cannot be read. Too few runs to compare are said, but fail nothing. 3 is neither good nor bad: the
# machine was too busy, or lacks what a scenario needs; the summary says which.
set -u

reports=${REPORTS:-reports}
base=${BASE:-base}
summary=${SUMMARY:-${GITHUB_STEP_SUMMARY:-$reports/summary.md}}

# has_reports FOLDER
has_reports() {
    [ -n "$(find "$1" -name '*.json' 2>/dev/null | head -n 1)" ]
}

# say TEXT: in the log and in the summary.
say() {
    echo "$1"
    printf '\n%s\n' "$1" >>"$summary"
}

if has_reports "$reports"; then
    echo "gate.sh: there are reports in $reports already, which would be taken for those of this run" >&2
    exit 2
fi
bascule run --strict --jobs 2 --repeat "${REPEAT:-8}" --format html,junit,markdown -o "$reports" "$@"
status=$?
# Nothing was started, so there is nothing to tell.
[ "$status" -eq 2 ] && exit 2

if ! bascule render --format markdown "$reports" >>"$summary" && [ "$status" -eq 0 ]; then
    status=3
fi
# Interrupted: half of it compares with nothing.
[ "$status" -gt 128 ] && exit "$status"

if ! has_reports "$base"; then
    say "There are no reports in $base to compare with."
    exit "$status"
fi
compared=0
bascule compare --format markdown "$base" "$reports" >>"$summary" || compared=$?
case $compared in
0) say "Nothing is worse than in $base." ;;
1) say "Worse than in $base." ;;
3) say "Too few runs to say of everything whether it is worse than in $base." ;;
*) say "What is in $base cannot be compared with; is it of another version of bascule?" ;;
esac
if [ "$compared" -ne 3 ] && [ "$status" -eq 0 ] && [ "${WORSE:-fail}" != tell ]; then
    status=$compared
fi
exit "$status"
