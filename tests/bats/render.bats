#!/usr/bin/env bats
# bascule render and --format: what a report says in other formats, and what is no report.

# shellcheck source=tests/bats/helpers.bash
source "$BATS_TEST_DIRNAME/helpers.bash"

setup_file() {
    use_build
}
setup() {
    begin_test
}
teardown() {
    end_test
}

# Three reports in old/: one that passed, one that failed, one that failed as it must.
simulated() {
    calm calm
    broken broken
    broken canary
    echo 'must: fail' >>canary.yaml
    run -1 bascule simulate --report -o old "$@" calm.yaml broken.yaml canary.yaml
    said=$output
}

is_junit() { # is_junit FILE...
    xmllint --noout --schema "$root/tests/tools/junit.xsd" "$@"
}

# refused PATTERN: exit 2 with that behind the path; nothing is written in any format.
refused() {
    local format
    for format in html junit markdown text; do
        run -2 --separate-stderr bascule render --format "$format" -o bad.out bad.json
        if [[ -n $output || $stderr != "bad.json:"$1* || $stderr != *$'\n'"nothing was rendered" ]]; then
            echo "wanted: $1"
            echo "$output$stderr"
            return 1
        fi
        [ ! -e bad.out ]
    done
}

@test "render: text has the words of the run itself" {
    local rows='switchover|calm|broken|canary|expected|demands|passed'
    simulated
    run -0 bascule render old
    # The run has a line a scenario as well, and how fast it was.
    said=$(sed -E -e '/^[A-Z]+ [a-z]+  /d' -e 's/^([0-9]+ [a-z][^;]*);.*/\1/' <<<"$said")
    diff <(grep -E "$rows" <<<"$said" | grep -v -- '->' | sort) \
        <(grep -E "$rows" <<<"$output" | grep -v -- '->' | sort)
    [[ $output == *$'\n  -> again: bascule replay --simulate old/broken.json\n'* ]]
    [[ $output == *$'\n1 failed'* || $output == *$'\n2 passed, 1 failed' ]]
    run -0 bascule render old/calm.json
    [[ $output == *"1 passed" && $output != *broken* ]]
}

@test "render: a limit stands everywhere as the scenario writes it" {
    local format
    broken ratio
    sed -i 's/^expect: .*/expect: {success_ratio: at least 99.9%}/' ratio.yaml
    run -1 bascule simulate --report -o old ratio.yaml
    [[ $output == *"success_ratio: 0."*", expected at least 99.9%"* ]]
    for format in text html junit markdown; do
        bascule render --format "$format" old/ratio.json >ratio.out
        grep -q 'at least 99\(\.\|&#46;\)9%' ratio.out
    done
}

@test "render: what it tells to type again works" {
    local again
    simulated
    run -0 bascule render old/broken.json
    again=$(sed -n 's/^  -> again: bascule //p' <<<"$output")
    # shellcheck disable=SC2086 # words
    run -1 bascule $again -o again
    cmp old/broken.json again/broken.json
}

@test "render: JUnit keeps to the rules, one file for a folder" {
    simulated
    run -0 bascule render --format junit -o all.xml old
    [ -z "$output" ]
    is_junit all.xml
    [ "$(xmllint --xpath 'count(//testsuite)' all.xml)" -eq 3 ]
    [ "$(xmllint --xpath 'string(/testsuites/@failures)' all.xml)" -eq 1 ]
    [ "$(xmllint --xpath 'string(//testsuite[@name="broken"]//failure/@message)' all.xml)" = \
        "failed_requests: 20, expected == 0" ]
    bascule render --format junit old/calm.json | is_junit -
    # The rules can tell.
    sed 's/ tests="1"/ tests="one"/' all.xml >bad.xml
    run ! is_junit bad.xml
    sed 's/<testcase /<testcase file="x" /' all.xml >bad.xml
    run ! is_junit bad.xml
}

@test "render: Markdown has a row a scenario and the way back" {
    simulated
    bascule render --format markdown old >all.md
    grep -q '^## ❌ bascule: 2 passed, 1 failed$' all.md
    [ "$(grep -c '^| [^|]* | <code>' all.md)" -ge 3 ]
    grep -q '^bascule replay --simulate old/broken.json$' all.md
    grep -q 'pass (must fail) |$' all.md
    bascule render --format=markdown -o one.md old/calm.json
    [ "$(grep -c '^### ' one.md)" -eq 0 ]
}

@test "render: HTML is a page each, and one that leads to them" {
    simulated
    run -0 bascule render --format html old
    [ "$output" = "3 pages and index.html in old" ]
    for name in calm broken canary; do
        grep -q "./$name.html" old/index.html
        [ -s "old/$name.html" ]
    done
    run -0 bascule render --format html -o pages/new old
    cmp old/index.html pages/new/index.html
    cmp old/calm.html pages/new/calm.html
    bascule render --format html old/calm.json >one.html
    cmp one.html old/calm.html
    cp old/calm.json old/index.json
    run -2 --separate-stderr bascule render --format html old
    [[ $stderr == *"old/index.json: error: the index takes the place of its page"* ]]
}

@test "render: a run writes what --format lists, drawn from its JSON" {
    simulated --format json,html,junit,markdown
    run -0 bash -c 'cd old && echo *'
    [ "$output" = "broken.html broken.json broken.md broken.xml calm.html calm.json calm.md calm.xml \
canary.html canary.json canary.md canary.xml index.html index.md" ]
    is_junit old/*.xml
    for name in calm broken canary; do
        bascule render --format junit "old/$name.json" | cmp - "old/$name.xml"
        bascule render --format markdown "old/$name.json" | cmp - "old/$name.md"
        bascule render --format html "old/$name.json" | cmp - "old/$name.html"
    done
    run -0 bascule simulate -o other --format junit calm.yaml
    [ "$(cd other && echo *)" = "calm.json calm.xml" ]
    run -0 bascule replay --simulate -o again --format markdown old/calm.json
    [ "$(cd again && echo *)" = "calm.json calm.md index.md" ]
}

@test "render: a real run, in workers of its own, is drawn as well" {
    local first
    calm calm
    first=$(free_ports 3)
    start real --port-base "$first" --format html,junit,markdown calm.yaml
    finish real 0 3
    is_junit real.reports/calm.xml
    xmllint --xpath 'string(//testsuite/@timestamp)' real.reports/calm.xml | grep -q '^20'
    [ -s real.reports/index.html ] && [ -s real.reports/calm.html ]
    grep -q '<code>calm</code>' real.reports/index.md
    [ "$(jq -r '.reports[].file' real.reports/latest.json)" = calm.json ]
    bascule render real.reports | grep -q calm
}

@test "render: what is no report is exit 2 with its place, and nothing is half-written" {
    simulated
    head -c 3000 old/broken.json >bad.json
    refused "$(($(wc -l <bad.json) + 1)):[0-9]*: error: the file ends here, but its JSON does not"
    : >bad.json
    refused "1:1: error: the file is empty"
    echo '[]' >bad.json
    refused "1:1: error: this is no report of bascule's"
    jq '.schema = "bascule/report/2" | .tool.version = "9.9.9"' old/broken.json >bad.json
    refused "2:3: error: written by a newer bascule, 9.9.9, as 'bascule/report/2'; this one reads 'bascule/report/1'"
    jq '.runs[0].disturbances[0].outage_ms = 1' old/broken.json >bad.json
    refused "$(grep -n '"digest"' bad.json | cut -d: -f1):3: error: changed since bascule wrote it: its digest does not match"
    jq 'del(.digest)' old/broken.json >bad.json
    refused "$(($(wc -l <bad.json) + 1)):1: error: changed since bascule wrote it: its digest is missing"
    run bascule compare --format json old old
    echo "$output" >bad.json
    refused "2:3: error: this is a comparison, made by bascule compare, and no report"
    bascule history --format json old >bad.json
    refused "2:3: error: this is a history, made by bascule history, and no report"
    # Sealed by who knows how, and nonsense all the same.
    jq '.scenario.text += "#"' old/broken.json | sealed >bad.json
    refused " error: the report was edited: scenario.sha256 is "
    jq 'del(.runs[0].faults[0].planned_ms)' old/broken.json | sealed >bad.json
    refused " error: runs\[0].faults\[0].planned_ms is missing"
    jq '.runs[0].marks[3].count = "many"' old/broken.json | sealed >bad.json
    refused " error: runs\[0].marks\[3].count is no count"
    jq '.verdict = "\u001b[31mpass"' old/broken.json | sealed >bad.json
    refused " error: verdict is '?\[31mpass', which is none of its words"
    truncate -s 200M bad.json
    refused " error: more than 64 MiB are not read"
    # One bad report of a folder spoils none of the pages, and all of them are told.
    jq '.runs = 1' old/broken.json | sealed >old/zzz.json
    jq '.wall_ms = 1' old/broken.json >old/aaa.json
    run -2 --separate-stderr bascule render --format html old
    [[ $stderr == "old/aaa.json:"*": error: changed since"*$'\n'"old/zzz.json: error: runs is no list"$'\n'"nothing was rendered" ]]
    run -1 bash -c 'ls old/*.html 2>/dev/null | grep .'
}

@test "render: a report that was only written otherwise is good" {
    simulated --seed 9007199254740993
    bascule render old/broken.json >wanted.txt
    for tool in "jq ." "jq -cS ." "jq --tab -a ." "$python -m json.tool" "$python -m json.tool --sort-keys"; do
        echo "$tool"
        mkdir -p other/old
        # shellcheck disable=SC2086 # words
        $tool old/broken.json >other/old/broken.json
        run ! cmp -s old/broken.json other/old/broken.json
        (cd other && bascule render old/broken.json) | diff - wanted.txt
    done
}

@test "render: members of a newer bascule are left alone" {
    simulated
    jq '.news = 1 | .runs[0].status = {} | .runs[0].faults[0].leader = null' old/broken.json | sealed >bad.json
    run -0 bascule render bad.json
    [[ $output == *"failed_requests: 20, expected == 0"* ]]
}

@test "render: usage, and a place that cannot be written" {
    simulated
    run -2 --separate-stderr bascule render
    [[ $stderr == *"which report"* ]]
    run -2 --separate-stderr bascule render old old
    [[ $stderr == *"at a time"* ]]
    run -2 --separate-stderr bascule render --format junitt old
    [[ $stderr == *"did you mean 'junit'?"*"html, junit, markdown and text"* ]]
    run -2 --separate-stderr bascule render nowhere.json
    [[ $stderr == *"nowhere.json: error: cannot be opened: No such file"* ]]
    mkdir empty
    run -2 --separate-stderr bascule render empty
    [[ $stderr == *"empty: error: no report (*.json) in this folder"* ]]
    cp old/calm.json before.json
    run -2 --separate-stderr bascule render -o old/../old/calm.json old/calm.json
    [[ $stderr == *"that is the report itself"* ]]
    cmp old/calm.json before.json
    run -3 --separate-stderr bascule render -o nowhere/x.txt old
    [[ $stderr == *"cannot write 'nowhere/x.txt'"* ]]
    run -0 bascule render --help
    [[ $output == *"Example:"*"bascule render"* ]]
}

@test "render, compare, history: a full standard output is exit 3, and told" {
    local words
    simulated
    for words in "render old" "render --format html old/calm.json" "render --format junit old" \
        "render --format markdown old" "compare old old" "compare --format json old old" \
        "compare --format markdown old old" "history old" "history --format html old" \
        "history --format json old"; do
        echo "$words"
        # shellcheck disable=SC2016,SC2086 # the inner shell's; words
        run -3 --separate-stderr bash -c '"$@" >/dev/full' - "$program" $words
        [[ $stderr == "bascule: cannot write to the standard output: "* ]]
    done
}

@test "render: -o names what is no file" {
    simulated
    bascule render --format html old/calm.json >wanted.html
    bascule render --format html -o /dev/stdout old/calm.json | cmp - wanted.html
    bascule render --format html -o /dev/stdout old/calm.json >file.html
    cmp file.html wanted.html
    bascule render --format html -o >(cat >pipe.html) old/calm.json
    wait_until 5 cmp -s pipe.html wanted.html
    run -3 --separate-stderr bascule render -o /dev/full old/calm.json
    [[ $stderr == "bascule render: cannot write '/dev/full': No space left on device" ]]
    # Whoever may, has not replaced them.
    [ -c /dev/full ] && [ -L /dev/stdout ]
}

@test "render: a folder that takes nothing is exit 3" {
    simulated
    run -3 --separate-stderr bascule render --format html -o /dev/null/pages old
    [[ $stderr == "bascule render: cannot create the folder '/dev/null/pages': Not a directory" ]]
    mkdir -p old/calm.html/inside
    run -3 --separate-stderr bascule render --format html old
    [[ $stderr == "bascule render: cannot write 'old/calm.html': "* ]]
    tail -n 1 old/broken.html | grep -q '</html>$'
    [ ! -e old/index.html ]
    [ "$(find old -name '.*' | wc -l)" -eq 0 ]
}

@test "render: a full disk is exit 3, and what was there stays whole" {
    simulated
    mkdir full
    unshare -rm mount -t tmpfs -o size=64k tmpfs full 2>/dev/null || skip "no mounts in a user namespace here"
    # shellcheck disable=SC2016 # expands inside
    run -3 --separate-stderr unshare -rm bash -c '
        mount -t tmpfs -o size=64k tmpfs full || exit 1
        echo page >full/calm.html
        echo index >full/index.html
        head -c 1M /dev/zero >full/filler 2>/dev/null
        "$@"
        status=$?
        cat full/*.html >after
        ls -A full >files
        exit "$status"' - env BASCULE_TEST_MARK="$mark.full." "$program" render --format html -o full old
    [[ -z $output && $stderr == "bascule render: cannot write "*"No space left on device" ]]
    diff after - <<<$'page\nindex'
    diff files - <<<$'calm.html\nfiller\nindex.html'
}

@test "render: what --format could not write is exit 3, and the verdict stays" {
    calm calm
    mkdir -p old/calm.html
    run -3 --separate-stderr bascule simulate -o old --format html calm.yaml
    [[ $stderr == *"report_unwritten: cannot write 'old/calm.html'"* ]]
    report old/calm.json '.verdict == "pass"'
}

@test "render: hostile text is text in every format" {
    # shellcheck disable=SC2016 # no expansion is meant
    local name='<script>alert(1)</script>"]]>&|`x` [a](b) @all ‮ ￿'
    simulated
    jq --arg name "$name"$'\n\e[2J\x01' '.scenario.name = $name | .scenario.file = $name
        | .reasons = [{code: $name, text: $name}] | .expectations[0] |= (.why = $name | .expected = $name)
        | .known_issue = {why: $name, fails: [$name]} | .runs[0].nodes[0].name as $old
        | (.. | select(. == $old)) |= $name' old/broken.json | sealed >hostile.json
    bascule render --format junit -o hostile.xml hostile.json
    is_junit hostile.xml
    bascule render --format markdown -o hostile.md hostile.json
    # shellcheck disable=SC2016
    run ! grep -q '<script\|@all\|`x`' hostile.md
    bascule render -o hostile.txt hostile.json
    bascule render --format html -o hostile.html hostile.json
    run ! grep -q '<script>alert' hostile.html
    has_no_escape hostile.xml hostile.md hostile.txt hostile.html
    run ! grep -qP '[\x00-\x08\x0b-\x1f]' hostile.xml hostile.md hostile.txt hostile.html
}

@test "render: no scenario has the name of an index" {
    calm index
    run -2 --separate-stderr bascule check index.yaml
    [[ $stderr == *"'index' is a file of the report folder"* ]]
}

@test "render: a million requests in two seconds and 500 MiB" {
    is_sanitized && skip "sanitizers take their own time and memory"
    scenario million <<'YAML'
seed: 7
warmup: 0s
duration: 200s
traffic: {rate: 5000/s}
faults:
  - {at: 20s, for: 20s, kill: primary}
YAML
    bascule simulate -o old million.yaml >/dev/null
    report old/million.json '.runs[0].metrics.requests == 1000000'
    for format in html junit markdown text; do
        # shellcheck disable=SC2016 # $0 is the inner shell's
        bash -c 'ulimit -v 512000; exec timeout 2 "$0" render --format "$1" -o "$2" old/million.json' \
            "$program" "$format" "million.$format"
        [ -s "million.$format" ]
    done
    [ "$(stat -c %s million.html)" -lt 614400 ]
}
