#!/usr/bin/env bats
# Alerts and the program that is told of them.

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

# The primary dies and comes back; a second of health later the incident is over.
dying() { # dying NAME [COMMAND]
    scenario "$1" <<YAML
seed: 7
warmup: 200ms
duration: 5s
traffic: {rate: 100/s}
client: {health_check: {interval: 200ms}}
faults:
  - {at: 300ms, kill: primary, for: 500ms}
alerts: {command: ${2:-[./hook, ops]}}
expect: {failed_requests: == 0}
YAML
}

# A program named hook; its text comes on stdin.
hook() {
    cat >hook
    chmod +x hook
}

# told_as_reported REPORT TOLD: each alert of the report was told once, in these words, and no other.
# A busy machine makes more of them than the scenario means, and more runs.
told_as_reported() {
    jq '[.runs[] | .index as $run | .alerts[] | {run: $run, node, state: "failed", at_ms: .raised_ms},
        (select(.cleared_ms != null) | {run: $run, node, state: "healthy", at_ms: .cleared_ms})] |
        sort' "$1" >expected
    jq -s '[.[] | {run, node, state, at_ms}] | sort' "$2" >was_told
    diff expected was_told
}

@test "alerts: a program is told once when a node fails and once when it is back" {
    dying dying
    hook <<'SH'
#!/bin/sh
echo "$*" >>arguments
cat >>told
SH
    mkdir sub
    mv dying.yaml hook sub
    start told --journal --port-base "$(free_ports 3)" sub/dying.yaml
    finish told 0
    report told.reports/dying.json '.runs[0].alerts[0] | .node == "primary" and
        .cleared_ms >= .raised_ms + 1000 and .hook == {failed: 0, healthy: 0}'
    told_as_reported told.reports/dying.json sub/told
    jq -e -s '.[0].state == "failed" and .[0].node == "primary" and
        all(.schema == "bascule/alert/1" and .scenario == "dying" and
            (.why | length > 0))' sub/told
    [ "$(sort -u sub/arguments)" = ops ]
    "$python" "$root/tests/tools/recompute.py" told.reports/dying.json \
        told.reports/dying.journal.jsonl
}

@test "alerts: in namespaces the program is told too" {
    dying dying
    hook <<<$'#!/bin/sh\ncat >>told'
    isolate=auto start told dying.yaml
    finish told 0
    report told.reports/dying.json '.runs[0].alerts[0].hook.failed == 0'
    told_as_reported told.reports/dying.json told
}

@test "alerts: a program that fails, and one that cannot run, are told but judged by nobody" {
    local first
    first=$(free_ports 6)
    dying dying
    dying unfit "[./unfit]"
    hook <<<$'#!/bin/sh\nexit 3'
    echo "for a shell only" >unfit
    chmod +x unfit
    start failing --port-base "$first" dying.yaml
    start unfit --port-base $((first + 3)) unfit.yaml
    finish failing 0
    finish unfit 0
    report failing.reports/dying.json '.verdict == "pass" and
        .runs[0].alerts[0].hook.failed == 3'
    report unfit.reports/unfit.json '.verdict == "pass" and
        .runs[0].alerts[0].hook.failed == "not_started"'
}

@test "alerts: what still runs when the run is over, or is interrupted, is cut" {
    local first
    first=$(free_ports 6)
    dying dying
    dying long
    sed -i 's/^duration: .*/duration: 60s/' long.yaml
    hook <<'SH'
#!/bin/sh
: >"$(sed 's/.*"scenario":"\([a-z]*\)".*/\1/')"
sleep 60 &
wait
SH
    sed -i 's/^duration: .*/duration: 2s/' dying.yaml
    start short --port-base "$first" dying.yaml
    start long --port-base $((first + 3)) long.yaml
    wait_until "$patience_s" test -e long
    kill -INT "${pid_of[long]}"
    finish long 130
    finish short 0
    is_gone short
    is_gone long
    report short.reports/dying.json '.verdict == "pass" and .runs[0].alerts[0].hook.failed == "cut"'
    report long.reports/long.json '.runs[0].alerts[0].hook.failed == "cut"'
}

@test "alerts: a killed harness leaves no program behind, with namespaces and without" {
    dying host
    dying isolated
    sed -i 's/^duration: .*/duration: 60s/' host.yaml isolated.yaml
    hook <<'SH'
#!/bin/sh
sleep 600 &
: >"$(sed 's/.*"scenario":"\([a-z]*\)".*/\1/')"
wait
SH
    start host --port-base "$(free_ports 3)" host.yaml
    isolate=auto start isolated isolated.yaml
    wait_until "$patience_s" test -e host
    wait_until "$patience_s" test -e isolated
    kill -KILL "${pid_of[host]}" "${pid_of[isolated]}"
    wait_until "$patience_s" is_gone host
    wait_until "$patience_s" is_gone isolated
}

@test "alerts: a program that is missing is a mistake of the scenario, with its place" {
    dying dying
    run -2 --separate-stderr bascule check dying.yaml
    [[ $stderr == "dying.yaml:9:20: error: './hook' is not in the scenario's folder"* ]]
    run -2 --separate-stderr bascule run dying.yaml
    [[ $stderr == *"nothing was started"* ]]
    [ ! -e reports ]
    : >hook
    run -2 --separate-stderr bascule check dying.yaml
    [[ $stderr == *"'./hook' is no program (is it executable?)"* ]]
    chmod +x hook
    bascule check dying.yaml
    run -2 --separate-stderr bascule run --set 'alerts.command=[no-such-program]' dying.yaml
    [[ $stderr == *"alerts.command"*"'no-such-program' is neither in the scenario's folder nor on PATH"* ]]
}

@test "alerts: a program that the scenario requires is a reason to skip it" {
    dying dying "[no-such-program]"
    echo "requires: [no-such-program]" >>dying.yaml
    bascule check dying.yaml
    run -77 bascule run -o reports dying.yaml
}

@test "alerts: a simulation raises them and starts nothing" {
    dying dying
    bascule simulate -o sim dying.yaml
    report sim/dying.json '.runs[0].alerts | length == 1 and .[0].node == "primary" and
        .[0].cleared_ms != null and .[0].hook == null'
    hook <<<$'#!/bin/sh\n: >told'
    bascule simulate dying.yaml
    [ ! -e told ]
}

@test "alerts: replay shows what it would start, and starts it only if told so" {
    dying dying "[./hook, 'two words']"
    hook <<<$'#!/bin/sh\n: >told'
    bascule simulate -o sim dying.yaml
    run -2 --separate-stderr bascule replay -o again --isolate=never sim/dying.json
    [[ $stderr == *"./hook 'two words'"*"--allow-commands"*"nothing was replayed"* ]]
    [ ! -e told ]
    bascule replay --simulate -o again sim/dying.json
    [ ! -e told ]
    bascule replay --allow-commands -o again sim/dying.json
    [ -e told ]
}
