#!/usr/bin/env bats
# bascule history: one line a figure over many reports, as a page and as JSON.

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

# report_of DAY SWITCHOVER VERDICT: a report of that day, as a real run would have left it.
report_of() {
    if [ ! -e simulated/frozen.json ]; then
        scenario frozen <<'YAML'
seed: 1
warmup: 200ms
duration: 4s
client: {attempt_timeout: 400ms, health_check: {interval: 10s}}
traffic: {rate: 100/s, slow: 100ms}
faults: [{at: 500ms, for: 2500ms, pause: primary}]
expect: {switchover: < 1s}
YAML
        bascule simulate -o simulated frozen.yaml >/dev/null
    fi
    mkdir -p "days/$1"
    jq --arg day "$1" --argjson ms "$2" --arg verdict "$3" \
        '.started_at = "2026-05-\($day)T09:15:02.117Z" | .verdict = $verdict
        | .runs[0].disturbances[0].switchover_ms = $ms | .summary.switchover.max = $ms' \
        simulated/frozen.json | sealed >"days/$1/frozen.json"
}

five_days() {
    report_of 03 800 fail
    report_of 01 100 pass
    report_of 04 '"unrecovered"' fail
    report_of 02 400 pass
    report_of 05 200 known
}

@test "history: a column a report in order of time, with last, median, worst and verdicts" {
    five_days
    run -0 --separate-stderr bascule history days
    [ -z "$stderr" ]
    [[ $output == "frozen  5 reports, 2026-05-01 to 2026-05-05"$'\n'* ]]
    [[ $output == *$'\n  switchover  ▂▅█!▃  last 200 ms, median 400 ms, worst never\n'* ]]
    [[ $output == *$'\n  verdict     ..FFk  last known\n'* ]]
    LC_ALL=C run -0 --separate-stderr bascule history days
    [[ $output == *$'\n  switchover  .=#!:  last 200 ms'* ]]
    is_ascii "$output"
}

@test "history: simulated reports are a series of their own, a copy counts once" {
    five_days
    cp days/05/frozen.json days/copy.json
    run -0 --separate-stderr bascule history days simulated
    [[ $output == "frozen  5 reports"*$'\nfrozen  1 report, simulated'* ]]
    bascule history --format json days simulated >found.json
    is_valid history found.json
    jq -e '[.scenarios[] | [.simulated, (.reports | length)]] == [[false, 5], [true, 1]]' found.json
}

@test "history: JSON has every report, the page has every figure and needs nothing beside itself" {
    five_days
    bascule history --format json days >found.json
    is_valid history found.json
    jq -e '.schema == "bascule/history/1" and (.scenarios | length) == 1
        and (.scenarios[0].reports | map(.switchover_ms)) == [100, 400, 800, "unrecovered", 200]
        and .scenarios[0].switchover_ms == {last: 200, median: 400, worst: "unrecovered"}' found.json
    bascule history --format html days >page.html
    [ "$(grep -o '<svg viewBox="0 0 360' page.html | wc -l)" -eq 2 ]
    [ "$(grep -c '<td>2026-05-0. 09:15</td>' page.html)" -eq 5 ]
    run ! grep -E '(src|href)="(https?:|//)' page.html
    # What it wrote is no report.
    mv found.json days/
    run -0 --separate-stderr bascule history days
    [[ $output == "frozen  5 reports"* ]]
}

@test "history: figures that are missing leave a gap, not a zero" {
    five_days
    report_of 03 null skipped
    run -0 --separate-stderr bascule history days
    [[ $output == *$'\n  switchover  ▃█ !▅  last 200 ms, median 300 ms, worst never\n'* ]]
    [[ $output == *$'\n  verdict     ..sFk  last known\n'* ]]
    bascule history --format json days >found.json
    is_valid history found.json
    jq -e '.scenarios[0].reports[2].switchover_ms == null' found.json
    # None at all is said, not drawn.
    rm -r days
    report_of 01 null skipped
    run -0 --separate-stderr bascule history days
    [[ $output == *"switchover     last -, median -, worst -"* ]]
    bascule history --format html days >page.html
    grep -q '<b>switchover</b> not measured' page.html
    [ "$(grep -c '<svg viewBox="0 0 360' page.html)" -eq 1 ]
}

@test "history: on a narrow terminal the figures stand below what is drawn" {
    local columns
    five_days
    for columns in 64 65; do
        script -qec "stty cols $columns; '$program' history days" /dev/null >"$columns" </dev/null
    done
    grep -qF '  ▂▅█!▃  last 200 ms' 65
    grep -qE '^ {14}last 200 ms, median 400 ms, worst never' 64
    run ! grep -F '▃  last' 64
}

@test "history: the page leads to the pages of the reports that have one, wherever it is written" {
    five_days
    touch days/02/frozen.html
    mkdir "days/a b"
    cp days/05/frozen.json "days/a b/?.json"
    rm -r days/05
    touch "days/a b/?.html"
    bascule history --format html days >page.html
    [ "$(grep -o '<td><a href="[^"]*"' page.html | sort)" = $'<td><a href="./days/02/frozen.html"\n<td><a href="./days/a%20b/%3F.html"' ]
    bascule history --format html "$PWD/days" >days/02/page.html
    [ "$(grep -o '<td><a href="[^"]*"' days/02/page.html | sort)" = $'<td><a href="../a%20b/%3F.html"\n<td><a href="./frozen.html"' ]
    # To a pipe: from here.
    [ "$(bascule history --format html days | grep -o '<td><a href="[^"]*02/[^"]*"')" = '<td><a href="./days/02/frozen.html"' ]
}

@test "history: only the latest reports are drawn, but all are counted" {
    local day
    report_of 01 100 pass
    for day in {1..44}; do
        jq --arg n "$day" '.started_at = "2026-06-01T09:\($n | ("0" + .)[-2:]):00.000Z"' \
            days/01/frozen.json | sealed >"days/01/$day.json"
    done
    run -0 --separate-stderr bascule history days
    [[ $output == "frozen  45 reports, 2026-05-01 to 2026-06-01; the latest 40 are drawn"* ]]
    [[ $output =~ $'\n  verdict     '\.{40}'  last pass' ]]
}

@test "history: hostile names break neither terminal nor page" {
    report_of 01 100 pass
    jq '.scenario.name = "\u001b[31m</title><script>alert(1)</script>\u0000\""' days/01/frozen.json | sealed >odd.json ||
        jq '.scenario.name = "\u001b[31m</title><script>alert(1)</script>\""' days/01/frozen.json | sealed >odd.json
    run --separate-stderr bascule history odd.json
    has_no_escape - <<<"$output$stderr"
    jq '.scenario.name = "\u001b[31m</title><script>alert(1)</script>\""' days/01/frozen.json | sealed >odd.json
    run -0 --separate-stderr bascule history odd.json
    has_no_escape - <<<"$output"
    bascule history --format html odd.json >page.html
    has_no_escape page.html
    run ! grep '<script>alert' page.html
}

@test "history: bad input is exit 2 and shows nothing" {
    mkdir empty
    run -2 --separate-stderr bascule history empty
    [[ -z $output && $stderr == *"no report (*.json) in this folder"*"nothing was shown" ]]
    run -2 --separate-stderr bascule history
    [[ $stderr == *"which folder of reports?"* ]]
    run -2 --separate-stderr bascule history --format xml empty
    [[ $stderr == *"text, html or json"* ]]
    report_of 01 100 pass
    echo '{"truncated":' >days/bad.json
    run -2 --separate-stderr bascule history --format html days
    [[ -z $output && $stderr == *"days/bad.json"* ]]
    run -0 --separate-stderr bascule history --help
    [[ $output == *"Exit status 0"*"Example:"* ]]
}
