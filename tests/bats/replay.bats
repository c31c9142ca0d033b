#!/usr/bin/env bats
# bascule replay: what a report recorded happens again, and a report that was edited is refused.

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

# Times, nodes and parameters that only the seed and the moment tell.
drawn() {
    scenario drawn <<'YAML'
seed: 11
repeat: 3
warmup: 200ms
duration: 4s
traffic: {rate: 100/s}
faults:
  - {at: 500ms..900ms, for: 700ms, kill: current}
  - {at: 1500ms..1900ms, for: 300ms, pause: one}
  - {at: 2s, for: 600ms, every: 200ms, down: 100ms, flap: minority}
  - {at: 2800ms, for: 200ms, respond: others, status: 503, ratio: 50%}
  - {at: 3s, switch_to: backup-1}
  - {at: 3100ms, reset_failed: true}
  - {at: 3200ms..3400ms, for: 200ms, blackhole: one, direction: in}
expect: {success_ratio: at least 1%}
YAML
}

# A report to spoil.
recorded() {
    drawn
    bascule simulate -o old drawn.yaml >/dev/null || [ $? -eq 3 ]
}

# refused TEXT [FILE]: exit 2, with that text, and nothing is replayed.
refused() {
    run -2 --separate-stderr bascule replay --simulate "${2:-bad.json}"
    if [[ -n $output || $stderr != *"$1"* || $stderr != *"nothing was replayed" ]]; then
        echo "wanted: $1"
        echo "$output$stderr"
        return 1
    fi
    [ ! -e reports ]
}

# edited FILTER TEXT: the report after this change is refused so.
edited() {
    jq "$1" old/drawn.json | sealed >bad.json
    refused "bad.json: error: the report was edited: $2"
}

@test "replay: a simulated report comes out again, byte for byte" {
    recorded
    run -0 --separate-stderr bascule replay --simulate -o new old/drawn.json || [ "$status" -eq 3 ]
    [ -z "$stderr" ]
    [[ $output == "old/drawn.json: 3 runs, seed 11, recorded as "*" by bascule $(cat "$root/VERSION")"$'\n'* ]]
    cmp old/drawn.json new/drawn.json
    # jq writes numbers its own way.
    jq . old/drawn.json >pretty.json
    bascule replay --simulate -o newer pretty.json >/dev/null || [ $? -eq 3 ]
    cmp old/drawn.json newer/drawn.json
}

@test "replay: chaos and every shipped scenario that can be simulated come out again" {
    local file name
    for file in "$root"/scenarios/{gate,findings,canary}/*.yaml; do
        name=$(sed -n 's/^name: *//p' "$file")
        bascule simulate --seed 5 -o old "$file" >/dev/null || true
        bascule replay --simulate -o new "old/$name.json" >/dev/null || true
        cmp "old/$name.json" "new/$name.json"
    done
}

@test "replay: what only the run could tell, the current node, is taken from the report" {
    recorded
    jq '.runs[].faults |= map(if .kind == "kill" then .targets = ["backup-2"] else . end)' \
        old/drawn.json | sealed >other.json
    bascule replay --simulate -o new other.json >/dev/null || [ $? -eq 3 ]
    report new/drawn.json '[.runs[].faults[] | select(.kind == "kill").targets] == [["backup-2"], ["backup-2"], ["backup-2"]]'
}

@test "replay: --run takes one run, runs that were replaced are left out" {
    recorded
    bascule replay --simulate --run 1 -o new old/drawn.json >/dev/null || [ $? -eq 3 ]
    diff <(jq '.runs[1] | .index = 0' old/drawn.json) <(jq '.runs[0]' new/drawn.json)
    report new/drawn.json '.scenario.seed == 12 and (.runs | length == 1)'
    jq '.runs |= [.[0], (.[0] | .index = 1 | .rerun_of = 0), (.[1] | .index = 2), (.[2] | .index = 3)]' \
        old/drawn.json | sealed >rerun.json
    bascule replay --simulate -o newer rerun.json >/dev/null || [ $? -eq 3 ]
    cmp old/drawn.json newer/drawn.json
    run -2 --separate-stderr bascule replay --simulate --run 0 rerun.json
    [[ $stderr == *"rerun.json: error: there is no run 0 that counts"* ]]
    run -2 --separate-stderr bascule replay --simulate --run 9 old/drawn.json
    [[ $stderr == *"there is no run 9 that counts"* ]]
}

@test "replay: settings and ports are those of the report" {
    drawn
    bascule simulate --set traffic.rate=50/s --set seed=4 -o old drawn.yaml >/dev/null || [ $? -eq 3 ]
    report old/drawn.json '.scenario.settings == ["traffic.rate=50/s", "seed=4"] and .scenario.port_base == null'
    bascule replay --simulate -o new old/drawn.json >/dev/null || [ $? -eq 3 ]
    cmp old/drawn.json new/drawn.json
    report new/drawn.json '.runs[0].metrics.requests == 200'
}

@test "replay: for real and in virtual time, of a real report" {
    local first
    scenario real <<'YAML'
seed: 3
warmup: 200ms
duration: 3s
traffic: {rate: 100/s}
faults:
  - {at: 500ms..900ms, for: 800ms, kill: one}
  - {at: 2s..2200ms, for: 300ms, pause: current}
expect: {failed_requests: == 0}
YAML
    first=$(free_ports 3)
    start old --port-base "$first" real.yaml
    finish old 0 3
    report old.reports/real.json ".scenario.port_base == $first"
    schedule='.runs[-1].faults | map([.id, .kind, .targets, .params, .planned_ms])'
    run bascule replay --isolate never -o again old.reports/real.json
    [[ $status == [03] && $output == *"; reports in again/" ]]
    report again/real.json '.environment.isolation == "none" and .runs[0].nodes[0].url == "http://127.0.0.1:'"$first"'"'
    diff <(jq -c "$schedule" old.reports/real.json) <(jq -c "$schedule" again/real.json)
    run bascule replay --simulate -o virtual old.reports/real.json
    [[ $status == [03] ]]
    report virtual/real.json '.environment.isolation == "simulation"'
    diff <(jq -c "$schedule" old.reports/real.json) <(jq -c "$schedule" virtual/real.json)
}

@test "replay: what fails says how to see it again" {
    broken broken
    run -1 bascule simulate -o old broken.yaml
    cd old
    run -1 bascule replay --simulate broken.json
    [[ $output == *"recorded as fail by bascule"* && $output == *$'\nFAIL broken\n  failed_requests: 20, expected == 0'* ]]
    [[ $output == *$'\n  -> again: bascule replay --simulate broken.json\n'* ]]
    [[ $output == *"; reports in replays/" ]]
    cmp broken.json replays/broken.json
}

@test "replay: by default it writes beside the reports, which stay comparable" {
    calm kept
    isolate=auto start kept --port-base "$(free_ports 3)" kept.yaml
    finish kept 0 3
    mv kept.reports reports
    run bascule replay --simulate reports/kept.json
    [[ $status == [03] && -f replays/kept.json ]]
    run -0 bascule compare reports reports
    [ "$(bascule history --format json reports | jq '[.. | .reports? // empty | length] | add')" -eq 1 ]
}

@test "replay: a report is never replaced by its own replay" {
    calm calm
    bascule simulate -o old calm.yaml >/dev/null
    cp old/calm.json before.json
    ln -s old link
    run -2 --separate-stderr bascule replay --simulate -o link old/calm.json
    [[ $stderr == *"old/calm.json: error: the replay's report would take its place"* ]]
    cmp old/calm.json before.json
}

@test "replay: no report: exit 2 and why" {
    recorded
    head -c 3000 old/drawn.json >bad.json
    refused "bad.json:$(($(wc -l <bad.json) + 1)):"
    echo '{"a": 1' >bad.json
    refused "bad.json:2:1: error: the file ends here, but its JSON does not"
    : >bad.json
    refused "bad.json:1:"
    head -c 100000 /dev/urandom >bad.json
    refused "bad.json:1:"
    printf '%0100000d' 0 | tr 0 '[' >bad.json
    refused "bad.json:1:"
    echo '{"schema": "bascule/report/1", "schema": "bascule/report/1"}' >bad.json
    refused "duplicate"
    echo '[]' >bad.json
    refused "bad.json:1:1: error: this is no report of bascule's"
    cp "$root/schemas/report.schema.json" bad.json
    refused "bad.json:1:1: error: this is no report of bascule's"
    cp drawn.yaml bad.json
    refused "bad.json:1:"
    jq '.schema = "bascule/report/2" | .tool.version = "9.9.9"' old/drawn.json >bad.json
    refused "bad.json:2:3: error: written by a newer bascule, 9.9.9, as 'bascule/report/2'; this one reads 'bascule/report/1'"
    truncate -s 200M bad.json
    refused "bad.json: error: more than 64 MiB are not read"
    refused "nowhere.json: error: cannot be opened" nowhere.json
    mkdir folder
    refused "folder: error: this is a folder, not a file" folder
    run -2 --separate-stderr bascule replay --simulate /dev/zero
    [[ $stderr == *"/dev/zero: error: more than 64 MiB are not read"* ]]
}

@test "replay: a report with missing or odd members: exit 2 and the place" {
    local path
    recorded
    for path in verdict scenario scenario.file scenario.text scenario.sha256 scenario.seed scenario.settings \
        runs 'runs[0]' 'runs[1].seed' 'runs[0].faults' 'runs[0].verdict' 'runs[2].faults[3].id' \
        'runs[0].faults[1].kind' 'runs[0].faults[0].targets' 'runs[0].faults[0].targets[0]' \
        'runs[0].faults[0].params' 'runs[1].faults[0].planned_ms'; do
        jq ".$path = true" old/drawn.json | sealed >bad.json
        refused "bad.json: error: $path is no "
    done
    jq 'del(.runs[1].faults[2].kind)' old/drawn.json | sealed >bad.json
    refused "bad.json: error: runs[1].faults[2].kind is missing"
    jq '.runs[1].index = 7' old/drawn.json | sealed >bad.json
    refused "bad.json: error: runs[1].index is not 1"
    jq '.runs[1].rerun_of = 1' old/drawn.json | sealed >bad.json
    refused "bad.json: error: runs[1].rerun_of is no number up to 0"
    jq '.runs[0].rerun_of = 0' old/drawn.json | sealed >bad.json
    refused "bad.json: error: runs[0].rerun_of must be null here"
    jq '.scenario.port_base = 70000' old/drawn.json | sealed >bad.json
    refused "bad.json: error: scenario.port_base is no number up to 65535"
    jq '.runs[0].faults[0].planned_ms = 1e300' old/drawn.json | sealed >bad.json
    refused "bad.json: error: runs[0].faults[0].planned_ms is no time of a run"
    jq '.runs = []' old/drawn.json | sealed >bad.json
    refused "bad.json: error: its scenario was not run: there is nothing to replay"
}

@test "replay: an edited report: exit 2, and what does not follow from what" {
    local sum
    recorded
    edited '.scenario.text |= sub("100/s"; "200/s")' "scenario.sha256 is "
    sum=$(jq -r .scenario.sha256 old/drawn.json)
    [[ $stderr == *"$sum, but that of scenario.text is "* ]]
    edited '.scenario.sha256 = "0"' "scenario.sha256 is 0, but that of scenario.text is $sum"
    edited '.scenario.seed = 12' "runs[0].seed is 11, but from scenario.seed follows 12"
    edited '.runs[2].seed = 14' "runs[2].seed is 14, but from scenario.seed follows 13"
    edited '(.scenario.seed, .runs[0].seed) += 5 | .runs[1].seed += 5 | .runs[2].seed += 5' \
        "runs[0].faults[0].planned_ms is "
    edited '.runs[1].faults[0].planned_ms += 1' "runs[1].faults[0].planned_ms is "
    edited '.runs[0].faults[0].id = "kill-9"' "runs[0].faults[0].id is 'kill-9', which neither the scenario"
    edited '.runs[0].faults[0].kind = "pause"' "runs[0].faults[0].kind is 'pause', but the scenario says 'kill'"
    edited '.runs[0].faults[0].params.for_ms = 800' "runs[0].faults[0].params are {\"for_ms\":800"
    edited '.runs[0].faults[0].targets = ["nobody"]' "runs[0].faults[0].targets has 'nobody', which cannot be"
    edited '.runs[0].faults[0].targets += ["backup-2"]' "runs[0].faults[0].targets has 2 nodes, but there must be 1"
    # Another node than the seed draws for `one`.
    edited '.runs[0].faults |= map(if .kind == "pause" then .targets =
            (["primary", "backup-1", "backup-2"] - .targets)[:1] else . end)' "runs[0].faults["
    [[ $stderr == *"which seed 11 does not choose"* ]]
    edited '.runs[0].faults |= map(if .kind == "switch_to" then .targets = ["primary"] else . end)' "runs[0].faults["
    [[ $stderr == *"targets has 'primary', which cannot be"* ]]
    edited '.runs[0].faults |= map(select(.kind != "pause")) | .runs[0].verdict = "pass"' "runs[0].faults has no 'pause-2' at "
    edited '.runs[0].faults |= [.[0]] + .' "runs[0].faults[1].planned_ms is "
    edited '.scenario.settings = ["faults.0.at=600ms"]' "runs[0].faults[0].planned_ms is "
    # A setting that the text does not take is told like a mistake in a scenario.
    jq '.scenario.settings = ["nothing=1"]' old/drawn.json | sealed >bad.json
    refused "unknown key 'nothing'"
}

@test "replay: programs start if the scenario's own file is named, unchanged" {
    scenario hooked <<'YAML'
seed: 11
warmup: 200ms
duration: 2s
faults: [{at: 500ms, kill: primary, for: 500ms}]
alerts: {command: [./hook, "$HOME"]}
YAML
    mkdir here
    mv hooked.yaml here/hooked.yaml
    printf '#!/bin/sh\n: >told\n' >here/hook
    chmod +x here/hook
    bascule simulate -o sim here/hooked.yaml
    run -2 --separate-stderr bascule replay -o again sim/hooked.json
    [[ $stderr == *"  alerts: ./hook '\$HOME'"*"--allow-commands, or name the scenario's file"*"nothing was replayed" ]]
    { cat here/hooked.yaml; echo "# more"; } >other.yaml
    run -2 --separate-stderr bascule replay -o again sim/hooked.json other.yaml
    [[ $stderr == *"other.yaml is not the scenario of the report"* ]]
    run -2 --separate-stderr bascule replay -o again sim/hooked.json gone.yaml
    [[ $stderr == *"gone.yaml"*"nothing was replayed" ]]
    # Settings of the report are not vouched for by the file.
    bascule simulate -o set --set 'alerts.command=[./other]' here/hooked.yaml
    run -2 --separate-stderr bascule replay -o again set/hooked.json here/hooked.yaml
    [[ $stderr == *"settings of the report change what would be started"* ]]
    [ ! -e here/told ]
    # What runs is the program beside the file that was named, not the one of the report.
    mkdir there
    cp here/hooked.yaml there/
    printf '#!/bin/sh\n: >also-told\n' >there/hook
    chmod +x there/hook
    run -0 --separate-stderr bascule replay -o again sim/hooked.json there/hooked.yaml
    [ -e there/also-told ]
    [ ! -e here/told ]
}

@test "replay: wrong usage is exit 2" {
    local arguments
    recorded
    for arguments in "" "old/drawn.json drawn.yaml drawn.yaml" "--run x old/drawn.json" "--run -1 old/drawn.json" \
        "--simulate=1 old/drawn.json" "--isolate maybe old/drawn.json" \
        "--seed 3 old/drawn.json"; do
        # shellcheck disable=SC2086 # words
        run -2 --separate-stderr bascule replay $arguments
        [[ -z $output && $stderr == *"Try 'bascule replay --help'."* ]]
    done
    [ ! -e reports ]
}
