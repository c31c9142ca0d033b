#!/usr/bin/env bats
# Clients that are programs of the user's: a good one, and each way to break the protocol.

# shellcheck source=tests/bats/helpers.bash
source "$BATS_TEST_DIRNAME/helpers.bash"

setup_file() {
    use_build
}
setup() {
    begin_test
    client=$root/tests/clients/echo
}
teardown() {
    end_test
}

# exec_scenario NAME ARGUMENT [LINE...]: the primary is killed at 1 s; more lines of the file come last.
exec_scenario() {
    local name=$1 argument=$2
    shift 2
    {
        echo "name: $name"
        cat <<YAML
seed: 7
warmup: 500ms
duration: 3500ms
client: {exec: [$client${argument:+, $argument}]}
traffic: {rate: 100/s}
faults:
  - {at: 1s, kill: primary}
expect: {success_ratio: at least 0%}
YAML
        printf '%s\n' "$@"
    } >"$name.yaml"
}

# breaks HOW EXIT CODE TEXT: the client that misbehaves so gives that exit status, that reason and
# that text, whatever else is said.
breaks() {
    exec_scenario "$1" "--bad=$1"
    start "$1" --journal "$1.yaml" --port-base "$(free_ports 3)"
    finish "$1" "$2"
    report "$1.reports/$1.json" "any(.runs[0].reasons[]; .code == \"$3\" and (.text | test(\"$4\")))"
}

@test "exec: a good client is measured like one of ours, by the logs of the nodes" {
    exec_scenario good "" 'requires: [python3]'
    sed -i 's/^expect:.*/expect: {switchover: < 1500ms, detection: < 2s, lost: == 0, corrupted: == 0}/' good.yaml
    start good --journal good.yaml --port-base "$(free_ports 3)"
    finish good 0
    "$python" "$root/tests/tools/recompute.py" good.reports/good.json good.reports/good.journal.jsonl
    report good.reports/good.json '.runs[0].metrics["share.backup-1"] > 0.3 and
        .runs[0].disturbances[0].served_by == ["backup-1"]'
    grep -q '"event":"client".*"telemetry"' good.reports/good.journal.jsonl
    grep -q 'echo client: hello' good.reports/good.logs/client-1.log
}

@test "exec: several instances, orders, cancelled callers and streams" {
    scenario full <<YAML
seed: 7
warmup: 500ms
duration: 8s
client: {exec: [$client], instances: 2}
traffic:
  rate: 100/s
  cancel: {ratio: 10%, after: 1ms}
  streams: [{kind: sse, path: /api/metrics/raft/events/stream, count: 2, interval: 100ms}]
faults:
  - {at: 500ms, switch_to: backup-1}
  - {at: 1500ms, kill: backup-1}
  - {at: 7s, reset_failed: true}
expect: {switch_time: < 2s, switchover: < 4s}
YAML
    start full --journal full.yaml --port-base "$(free_ports 3)"
    finish full 0
    "$python" "$root/tests/tools/recompute.py" full.reports/full.json full.reports/full.journal.jsonl
    report full.reports/full.json '.runs[0].metrics | .cancelled > 10 and .stream_lost == 0'
    report full.reports/full.json '[.runs[0].faults[] | .confirmed_by] == ["client", "exit", "client"]'
    [ "$(grep -c '"event":"command".*"done":true' full.reports/full.journal.jsonl)" = 4 ]
    [ "$(grep -c '"event":"stream_open"' full.reports/full.journal.jsonl)" = 2 ]
}

@test "exec: a client that ends before the first fault proves nothing" {
    breaks exit-early 3 client_died 'exited with status 3 before it was ready'
    breaks dies 3 client_died 'exited with status 1'
}

@test "exec: a client that ends after the first fault has failed" {
    breaks dies-on-error 1 client_died 'exited with status 1'
}

@test "exec: lines that are not of the protocol are quoted, and harm no terminal" {
    breaks garbage 3 client_protocol 'no JSON object: Segmentation [?].31mfault'
    breaks twice 3 client_protocol 'answered before: .*response'
    breaks unknown-id 3 client_protocol 'no request has that id: .*4000000000'
}

@test "exec: answers that no node has seen are the client's invention" {
    breaks invents 3 client_protocol 'answered [0-9]+ requests that no node has seen'
    breaks invents-on-error 1 client_protocol 'answered [0-9]+ requests that no node has seen'
    report invents-on-error.reports/invents-on-error.json '.runs[0].metrics.lost >= 1'
    "$python" "$root/tests/tools/recompute.py" invents-on-error.reports/invents-on-error.json \
        invents-on-error.reports/invents-on-error.journal.jsonl
    breaks sloppy-headers 3 client_protocol 'X-Request-Id'
}

@test "exec: a status that no node gave is the client's invention, though it is no success" {
    breaks says-404-on-error 1 client_protocol \
        'answered [0-9]+ requests with a status that no node gave .* request [0-9]+ with 404'
}

@test "exec: a line of more than 10 MiB" {
    breaks long-line 3 client_protocol 'more than 10 MiB: xxx.*bytes'
}

@test "exec: a client that ignores stop is killed, and that is its fault" {
    breaks no-stop 1 client_protocol "ignored 'stop'"
}

@test "exec: a client that reads nothing, and one that never gets ready" {
    exec_scenario deaf --bad=deaf
    sed -i '/^  - /d; /^faults:/d' deaf.yaml
    start deaf deaf.yaml --port-base "$(free_ports 3)"
    breaks silent 3 client_protocol 'did not say within 10 s'
    finish deaf 3
    report deaf.reports/deaf.json 'any(.reasons[]; .code == "client_protocol")'
}

@test "exec: what the client cannot do is not counted against it" {
    exec_scenario plain --bad=plain
    sed -i 's/kill: primary/switch_to: backup-1/' plain.yaml
    start plain plain.yaml --port-base "$(free_ports 3)"
    finish plain 3
    report plain.reports/plain.json '.reasons[0] | .code == "fault_unconfirmed" and
        (.text | test("cannot switch"))'
    exec_scenario streamless --bad=plain
    sed -i 's|100/s|100/s, streams: [{kind: sse, path: /x, interval: 100ms}]|' streamless.yaml
    start streamless streamless.yaml --port-base "$(free_ports 3)"
    finish streamless 3
    report streamless.reports/streamless.json '.reasons[0].code == "not_measured"'
}

@test "exec: nothing of a client outlives a harness that is killed" {
    exec_scenario long ""
    sed -i 's/duration: .*/duration: 60s/' long.yaml
    start long long.yaml --port-base "$(free_ports 3)"
    wait_until "$patience_s" grep -qs hello long.reports/long.logs/client-1.log
    kill -KILL "${pid_of[long]}"
    finish long 137
    wait_until "$patience_s" is_gone long
}

@test "client-check: a good client" {
    bascule client-check -- "$client" >out 2>err
    [ "$(grep -c '^ok ' out)" = 16 ]
    run ! grep -E '^(FAIL|MISSING)' out
    grep -q 'speaks bascule-client/1: 0 failed, 0 missing' out
    grep -q 'echo client: hello' err
}

@test "client-check: features that are missing are no failure" {
    bascule client-check -- "$client" --bad=plain >out 2>err
    [ "$(grep -c '^MISSING ' out)" = 6 ]
}

@test "client-check: says what to mend" {
    check() { # check HOW LINE
        local status=0
        bascule client-check -- "$client" "--bad=$1" >out 2>err || status=$?
        [ "$status" = 1 ] && grep -qE "^FAIL +$2" out || {
            echo "$1: exit $status"
            cat out
            return 1
        }
    }
    check exit-early 'start .*exited with status 3'
    check sloppy-headers 'request id .*X-Request-Id'
    check no-stop "stop .*ignored 'stop'"
    check garbage 'concurrent .*no JSON object'
    check no-failover 'failover .*no request was answered'
}

@test "client-check: misused" {
    run -2 --separate-stderr bascule client-check
    [[ $stderr == *"which program?"* ]]
    run -3 --separate-stderr bascule client-check -- ./not-there
    [[ $stderr == *"'./not-there' is no program"* ]]
}
