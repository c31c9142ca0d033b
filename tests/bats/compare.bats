#!/usr/bin/env bats
# bascule compare: what is worse, what is not, what cannot be said, and what is refused.

# shellcheck source=tests/bats/helpers.bash
source "$BATS_TEST_DIRNAME/helpers.bash"

setup_file() {
    use_build
}
setup() {
    begin_test
    export BASCULE_STUB=/no/such/stub BASCULE_PROXY=/no/such/proxy LC_ALL=C.UTF-8
}
teardown() {
    end_test
}

is_ascii() { # is_ascii TEXT
    ! grep -qP '[^\x00-\x7F]' <<<"$1"
}

# compared STATUS [OPTION...] BASE HEAD: in words, for `output`; as JSON it must end the same, and fit its schema.
compared() {
    local expected=$1 status=0
    shift
    bascule compare --format json "$@" >said 2>said.why || status=$?
    [ "$status" -eq "$expected" ]
    is_valid comparison said
    run "-$expected" --separate-stderr bascule compare "$@"
}

# The primary freezes at a drawn moment: what callers notice is the limit of an attempt, 400 ms.
frozen() { # frozen NAME
    scenario "$1" <<'YAML'
seed: 1
warmup: 200ms
duration: 4s
client: {attempt_timeout: 400ms, health_check: {interval: 10s}}
traffic: {rate: 100/s, slow: 100ms}
faults: [{at: 500ms..1s, for: 2500ms, pause: primary}]
expect: {switchover: < 1s}
YAML
}

# series FOLDER RUNS [OPTION...]: reports of frozen.yaml in virtual time.
series() {
    local folder=$1 runs=$2
    shift 2
    [ -e frozen.yaml ] || frozen frozen
    bascule simulate -o "$folder" --repeat "$runs" "$@" frozen.yaml >/dev/null
}

slower=(--set client.attempt_timeout=520ms)

@test "compare: a third slower is worse, with exit 1; the other way round it is better, with exit 0" {
    series base 8
    series head 8 --seed 100 "${slower[@]}"
    compared 1 base head
    [ -z "$stderr" ]
    [[ $output =~ switchover\ +[0-9]+\ ms\ ±\ [0-9]+%\ +[0-9]+\ ms\ ±\ [0-9]+%\ +\+[23][0-9]\.[0-9]%\ +[0-9.]+\ +8\+8\ \ WORSE ]]
    [[ $output == *"settings differ: none; client.attempt_timeout=520ms"* ]]
    [[ $output =~ $'\nWORSE: '[1-3]' figure' ]]
    awk 'length > 100 { exit 1 }' <<<"$output"
    compared 0 head base
    [[ $output =~ switchover.*-[12][0-9]\.[0-9]%.*\ better ]]
    [[ $output == *$'\nnothing is worse; '[1-3]' better'* ]]
    # What is ignored is said to be so.
    compared 0 --threshold 50% base head
    [[ $output =~ switchover.*\ small && $output == *"changes up to 50%"* ]]
}

@test "compare: the same report twice is no change, however few its runs" {
    series base 1
    cp base/frozen.json copy.json
    compared 0 base/frozen.json copy.json
    [ -z "$stderr" ]
    [[ $output =~ switchover.*\ =\ +-\ +1\+1 ]]
    [[ $output == *$'\nnothing is worse' ]]
}

@test "compare: too few runs are exit 3, with the number that would do, and that number does" {
    series base 1
    series head 1 --seed 100 "${slower[@]}"
    compared 3 base head
    [[ $output == *"too few runs to say: "* ]]
    [[ $output =~ ([0-9]+)" runs on each side would do: bascule run --repeat "([0-9]+) ]]
    local enough=${BASH_REMATCH[1]}
    [ "$enough" = "${BASH_REMATCH[2]}" ]
    series base "$enough"
    series head "$enough" --seed 100 "${slower[@]}"
    compared 1 base head
    series base $((enough - 1))
    series head $((enough - 1)) --seed 100 "${slower[@]}"
    compared 3 base head
}

@test "compare: all reports of a scenario in a folder are one sample; a copy of one counts once" {
    local part
    for part in 1 2 3 4; do
        series "base/$part" 2 --seed $((10 * part))
        series "head/$part" 2 --seed $((100 * part)) "${slower[@]}"
    done
    cp -r base/4 base/5
    compared 1 base head
    [[ $output =~ switchover.*\ 8\+8\ \ WORSE ]]
    [ "$stderr" = "1 of BASE left out: the same report is there already" ]
}

@test "compare: runs that scatter widely tell from where on a rise would be found" {
    scenario phase <<'YAML'
warmup: 1s
duration: 6s
client: {attempt_timeout: 4s, health_check: {interval: 1s, timeout: 500ms, fall: 1}}
traffic: {rate: 100/s}
faults: [{at: 1s..2s, for: 4s, pause: primary}]
expect: {switchover: < 3s}
YAML
    bascule simulate -o base --repeat 20 --seed 1 phase.yaml >/dev/null
    bascule simulate -o head --repeat 20 --seed 2 phase.yaml >/dev/null
    compared 0 base head
    [[ $output =~ switchover.*\ ~\ +[01]\.[0-9]+\ 20\+20\ \ finds\ from\ \+[1-9][0-9]% ]]
    [[ $output == *$'\nfinds from: '*" smaller rise would probably be missed"* ]]
    jq -e '.scenarios[0].figures[] | select(.metric == "switchover")
        | .outcome == "same" and .detectable > 0.1 and .detectable < 1' said
    # Checks three times as rare are seen all the same.
    bascule simulate -o slow --repeat 20 --seed 3 --set client.health_check.interval=3s phase.yaml >/dev/null
    compared 1 base slow
    jq -e '.scenarios[0].figures[] | select(.metric == "switchover") | .detectable == null' said
}

@test "compare: scenarios that one side lacks are said, nothing in common is exit 3" {
    series base 2
    series head 2
    calm calm
    broken broken
    bascule simulate -o base calm.yaml >/dev/null
    run bascule simulate -o head broken.yaml
    compared 0 base head
    [[ $output == *$'\nbroken\n  ! new: BASE has no report of it\n  ! verdict of HEAD: fail\n'* ]]
    [[ $output == *$'\ncalm\n  ! missing: HEAD has no report of it\n'* ]]
    compared 3 base/calm.json head/broken.json
    [[ $output == *"nothing to compare: no scenario has figures in both"* ]]
}

@test "compare: another text of the scenario is said; virtual and real time are not mixed" {
    series base 4
    sed -i 's/^seed: 1/seed: 1 # changed/' frozen.yaml
    series head 4
    compared 0 base head
    [[ $output == *"! the scenario changed: the reports are of different texts"* ]]
    jq '.started_at = "2026-05-04T09:15:02.117Z"' head/frozen.json | sealed >real.json
    run -2 --separate-stderr bascule compare base real.json
    [ -z "$output" ]
    [[ $stderr == *"'frozen' is simulated in base/frozen.json but real in real.json"*"nothing was compared" ]]
}

@test "compare: runs that never recover are worse than any that do" {
    series base 10
    jq '.runs[].disturbances[] |= (.switchover_ms = "unrecovered" | .recovered = false
        | .unrecovered_why = "nobody else served")' base/frozen.json | sealed >head.json
    compared 1 base head.json
    [[ $output =~ switchover.*\ never\ +never\ .*WORSE ]]
    compared 0 head.json base
    [[ $output =~ switchover.*\ never\ .*\ recovers\ .*better ]]
}

@test "compare: runs that bascule itself doubts are left out, and figures that are missing said" {
    series base 10
    jq '.runs[0:2][] |= (.verdict = "inconclusive" | .reasons = [{code: "starts_late", text: "late"}])
        | .runs[2].disturbances[0].outage_ms = null' base/frozen.json | sealed >head.json
    compared 0 base head.json
    [[ $output =~ switchover.*\ 10\+8 && $output =~ outage.*\ 10\+7 ]]
    [[ $output == *"! 2 inconclusive runs of HEAD left out"* ]]
    [[ $output == *"! 1 run of HEAD without outage"* ]]
    # Nothing left is nothing said.
    jq '.runs[] |= (.verdict = "inconclusive" | .reasons = [{code: "starts_late", text: "late"}])' \
        base/frozen.json | sealed >head.json
    compared 3 base head.json
}

@test "compare: JSON and Markdown say the same as the table" {
    series base 8
    series head 8 --seed 100 "${slower[@]}"
    bascule compare --format json base head >found.json && false
    jq -e '.schema == "bascule/comparison/1" and .verdict == "worse" and .threshold == 0.1
        and (.scenarios | length) == 1' found.json
    jq -e '.scenarios[0].figures[] | select(.metric == "switchover")
        | .outcome == "worse" and .change > 0.2 and .change < 0.35 and .p <= .p_holm and .p_holm <= 0.05
        and .cliffs_delta == 1 and .base.n == 8 and .base.low <= .base.median
        and .base.median <= .base.high' found.json
    run -1 --separate-stderr bascule compare --format markdown base head
    [[ $output == "## bascule compare: WORSE&#58;"* || $output == "## bascule compare: WORSE: "* ]]
    [[ $output =~ \|\ frozen\ \|\ switchover\ \|.*\|\ ❌\ \*\*WORSE\*\*\ \| ]]
    # Its own output in the folder is no report.
    mv found.json head/
    compared 1 base head
    [ -z "$stderr" ]
}

@test "compare: without UTF-8 nothing but ASCII" {
    series base 8
    LC_ALL=C compared 0 base base
    [[ $output == *" +- "* ]]
    is_ascii "$output"
}

@test "compare: truncated, foreign, newer, empty and missing are exit 2 with the place; nothing is compared" {
    local bad
    series base 2
    head -c 500 base/frozen.json >truncated.json
    echo '{"name": "package"}' >foreign.json
    jq '.schema = "bascule/report/2"' base/frozen.json >newer.json
    jq '.runs[1].disturbances[0].switchover_ms = 1' base/frozen.json >edited.json
    jq '.runs[1].disturbances[0].switchover_ms = "soon"' base/frozen.json | sealed >odd.json
    mkdir empty
    for bad in truncated foreign newer edited odd missing; do
        run -2 --separate-stderr bascule compare base "$bad.json"
        [ -z "$output" ]
        [[ $stderr == *"$bad.json"*"nothing was compared" ]]
    done
    run -2 --separate-stderr bascule compare base newer.json
    [[ $stderr == *"bascule/report/2"* ]]
    run -2 --separate-stderr bascule compare base edited.json
    [[ $stderr == "edited.json:"*": error: changed since bascule wrote it: its digest does not match"* ]]
    run -2 --separate-stderr bascule compare base odd.json
    [[ $stderr == "odd.json: error: runs[1].disturbances[0].switchover_ms is no number"* ]]
    run -2 --separate-stderr bascule compare base empty
    [[ $stderr == *"empty: error: no report (*.json) in this folder"* ]]
    cp base/latest.json empty/ 2>/dev/null || echo '{"schema": "bascule/latest/1"}' >empty/latest.json
    run -2 --separate-stderr bascule compare base empty
    [[ $stderr == *"no report"* ]]
    # All of them in one go.
    mkdir bad
    cp truncated.json foreign.json bad/
    run -2 --separate-stderr bascule compare base bad
    [[ $stderr == *truncated.json* && $stderr == *foreign.json* ]]
}

@test "compare: usage errors, and a name that means something to a terminal or to Markdown" {
    run -2 --separate-stderr bascule compare base
    [[ $stderr == *"BASE and HEAD"* ]]
    run -2 --separate-stderr bascule compare --threshold ten a b
    [[ $stderr == *"wants a percentage"* ]]
    run -2 --separate-stderr bascule compare --threshold -5 a b
    run -2 --separate-stderr bascule compare --format xml a b
    [[ $stderr == *"text, markdown or json"* ]]
    run -0 --separate-stderr bascule compare --help
    [[ $output == *"Exit status 0"*"Example:"* ]]
    series base 2
    jq '.scenario.name = "\u001b[31m<b>|`x`"' base/frozen.json | sealed >odd.json
    compared 0 odd.json odd.json
    has_no_escape - <<<"$output"
    run -0 --separate-stderr bascule compare --format markdown odd.json odd.json
    has_no_escape - <<<"$output"
    [[ $output != *"<b>"* && $output != *"|\`"* ]]
    bascule compare --format json odd.json odd.json | jq -e '.scenarios[0].name == "\u001b[31m<b>|`x`"'
}
