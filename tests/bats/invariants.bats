#!/usr/bin/env bats
# What a perfect failover client keeps, one test for each invariant of docs/invariants.md. The reference client is
# simulated with the scenarios of tests/invariants, and must keep it; then a client that is set wrongly must break it
# there, for that reason, or the test would prove nothing. Where only processes can tell it runs for real.

# shellcheck disable=SC2016 # jq has variables, too
# shellcheck source=tests/bats/helpers.bash
source "$BATS_TEST_DIRNAME/helpers.bash"
# shellcheck source=tests/bats/invariants.bash
source "$BATS_TEST_DIRNAME/invariants.bash"

setup_file() {
    use_build
    # Side by side: most of it is waiting.
    run_for_real good 10-resumed-node 12-replay 24-for-real 37-sums &
    run_for_real bad --set client.retry.methods=all 10-resumed-node &
    step_clock
    LD_PRELOAD=$stepped_clock run_for_real stepped 32-clock &
    wait
}
setup() {
    begin_test
}
teardown() {
    end_test
}

# ---- Availability and time -------------------------------------------------------------------------

@test "invariant 01: a request that may be repeated succeeds while a node is able" {
    holds 01-two-of-three-fail
    broken failed_requests 01-two-of-three-fail --set 'client={retry: {attempts: 1}}'
    broken failed_requests 01-two-of-three-fail --set client.profile=none
}

@test "invariant 02: from any fault of the node in use, callers are served elsewhere within 5 s" {
    written=--report # not 150 MB of a journal
    holds 02-every-fault
    report 02-every-fault.json '[.runs[].disturbances[] | select(.was_active)] | length == 30 * 13'
    broken switchover 02-every-fault --repeat 1 --set client.profile=apiservice
}

@test "invariant 03: no call outlives its deadline, whichever nodes hang" {
    holds 03-hung-nodes
    holds 03-hung-nodes --set client.attempt_timeout=4s # the deadline alone is what bounds it
    broken latency.max 03-hung-nodes --set client.profile=apiservice
}

@test "invariant 04: the deadline covers the body" {
    holds 04-bodies-that-stop
    broken latency.max 04-bodies-that-stop --set client.profile=apiservice
}

@test "invariant 05: without a fault nothing is asked twice and nothing is slower" {
    holds 05-no-fault
    never 05-no-fault 'beliefs("failed")'
    broken attempts_per_request 05-no-fault --set 'client.hedge={after: 1ms, budget: 50%}'
    # Hedges where they belong, and their price.
    holds 05-no-fault --set client.hedge.after=100ms --set 'expect.attempts_per_request=<= 1.05'
    broken latency.p99 05-no-fault --set 'nodes=[{name: primary, port: 8080, stub: {latency: 2ms}}]'
}

@test "invariant 06: nobody pays for a node that is known to be bad" {
    holds 06-known-bad
    broken latency.p90 06-known-bad --set client.profile=apiservice
    broken relapses 06-known-bad \
        --set 'client={eject_for: 1ms, eject_for_max: 1ms, health_check: none}'
}

@test "invariant 07: all nodes down is a true error at once, and no storm" {
    holds 07-all-down
    never 07-all-down invented_endings
    never 07-all-down 'trusted(["primary", "backup-1", "backup-2"]; 5)'
    broken attempts_per_request 07-all-down \
        --set 'client={retry: {attempts: 1000, backoff: 1ms}, eject_after: 1000, health_check: none}'
    # With one request a second: no node is asked by more than that, probes apart.
    holds 07-all-down --set traffic.rate=1/s --set duration=40s --set 'expect={unavoidable: at least 30}'
    is_so 07-all-down '[attempts_on("primary"; 2; 40), attempts_elsewhere("primary"; 2; 40)] | length <= 3 * 38'
    never 07-all-down 'hurried_probes(0.85)'
    differs 07-all-down --set client.health_check.interval=100ms
    ever 07-all-down 'hurried_probes(0.85)'
}

@test "invariant 08: after all were down the first node to return serves, without any help" {
    holds 08-one-comes-back
    broken failback 08-one-comes-back --set client.profile=none
}

@test "invariant 09: a client that starts while its first node is dead or hung serves its first request" {
    holds 09-cold-start-dead
    holds 09-cold-start-hung
    broken switchover 09-cold-start-dead --set client.profile=none
    broken first_success 09-cold-start-hung --set client.profile=apiservice
}

# ---- Correctness -----------------------------------------------------------------------------------

@test "invariant 10: a POST is executed at most once, also by a node that goes on later" {
    holds 10-at-most-once
    broken duplicates 10-at-most-once --set client.retry.methods=all
    # For real: the frozen node does what it was told before, once it goes on.
    holds_for_real good 10-resumed-node
    report 10-resumed-node.json '.runs[0].metrics | .failed_requests > 0 and .duplicates == 0'
    ever 10-resumed-node 'events("executed") | map(select(.node == "primary" and .at > 2e9 and .at < 2.4e9))[]' 10
    broken_for_real duplicates bad 10-resumed-node --set client.retry.methods=all
}

@test "invariant 11: a POST that certainly reached nobody is sent to the next node" {
    holds 11-refused
    holds 11-never-accepted
    broken failed_requests 11-refused --set client.retry.attempts=1
    broken failed_requests 11-never-accepted --set client.retry.attempts=1
}

@test "invariant 12: what is sent again is the same request, byte for byte" {
    holds_for_real good 12-replay
    never 12-replay changed_bodies
    ever 12-replay 'events("executed") | group_by(.request)[] | select(length == 2)' 20
    # One other body in the log would be seen.
    jq -c '(select(.event == "executed" and .node == "backup-1") | .body_hash) = "0123456789abcdef"' \
        12-replay.journal.jsonl >other.journal.jsonl
    ever other changed_bodies
}

@test "invariant 13: 4xx is an answer: it is passed on, and nothing else happens" {
    holds 13-client-errors
    never 13-client-errors 'events("belief")[]'
    never 13-client-errors invented_endings
    broken switches 13-client-errors --set 'faults.0.statuses=[500]'
}

@test "invariant 14: a node that asks for peace gets it, and no call waits past its deadline for that" {
    holds 14-retry-after
    never 14-retry-after 'disturbed_peace(3)'
    broken failback 14-retry-after --set client.profile=none
    ever 14-retry-after 'disturbed_peace(3)'
    holds 14-retry-after-from-all
}

@test "invariant 15: where all nodes fail the caller gets the answer of one of them" {
    holds 15-true-error
    never 15-true-error invented_endings
    is_so 15-true-error 'events("request_end") | between(1.1; 2.9) | map(.status) | unique - [500, 502, 504] == []'
    # Another status would be seen.
    jq -c '(select(.event == "request_end" and .status >= 500) | .status) = 503' 15-true-error.journal.jsonl \
        >other.journal.jsonl
    ever other invented_endings
}

@test "invariant 16: half an answer is never a success" {
    holds 16-broken-answers
    ever 16-broken-answers 'events("attempt_end")[] | select(.outcome == "truncated")' 3
    # What is whole but wrong passes, for HTTP has no checksum; it is counted all the same.
    broken corrupted 16-broken-answers --set 'faults=[{at: 1s, for: 4s, corrupt: current, ratio: 0.1%}]'
}

@test "invariant 17: a URL that fails everywhere ejects nobody and disturbs no other URL" {
    holds 17-poison
    never 17-poison 'beliefs("failed")'
    differs 17-poison --set client.profile=apiservice
    ever 17-poison 'beliefs("failed")'
}

@test "invariant 18: a caller that gives up blames nobody, and nothing follows" {
    holds 18-callers-give-up
    never 18-callers-give-up 'events("belief")[]'
    never 18-callers-give-up attempts_after_the_end
    # Its attempts end with it.
    is_so 18-callers-give-up '(events("request_end") | map(select(.outcome == "cancelled") | [.request, .at])) ==
        (events("attempt_end") | map(select(.outcome == "cancelled") | [.request, .at]))'
    # The same impatience as a limit of the client is a failure of the node.
    broken switches 18-callers-give-up --set client.attempt_timeout=100ms
}

@test "invariant 19: a fault of one node changes nothing about the others" {
    holds 19-only-one-is-bad
    never 19-only-one-is-bad 'beliefs_about_others("primary")'
    never 19-only-one-is-bad 'attempts_on("backup-2"; -1; 14)'
    differs 19-only-one-is-bad --set 'client={profile: apiservice, attempt_timeout: 1s}'
    ever 19-only-one-is-bad 'beliefs_about_others("primary")'
}

# ---- Load ------------------------------------------------------------------------------------------

@test "invariant 20: while all nodes are overloaded requests are multiplied by no more than the budget" {
    holds 20-all-overloaded
    broken attempts_per_request 20-all-overloaded --set 'client={eject_after: 1000}'
}

@test "invariant 21: many clients do not come back to a node in step, and try it one at a time" {
    holds 21-fifty-clients
    never 21-fifty-clients 'overlapping("trial")'
    ever 21-fifty-clients 'events("attempt")[] | select(.purpose == "trial")'
    # Several trials at once, on nodes that take their time: they would be seen.
    differs 21-fifty-clients --set 'client={instances: 5, breaker: {failures: 2, open: 2s, trials: 5}}' \
        --set 'nodes=[{name: primary, port: 8080, stub: {latency: 100ms}}, {name: backup-1, port: 8081}]'
    ever 21-fifty-clients 'overlapping("trial")'
}

@test "invariant 22: probes are few, never two at once, and go on while a node hangs" {
    holds 22-probes
    never 22-probes 'overlapping("probe")'
    never 22-probes 'hurried_probes(0.89)'
    never 22-probes 'missing_probes(1.61)'
    differs 22-probes --set client.health_check.interval=500ms
    ever 22-probes 'hurried_probes(0.89)'
    differs 22-probes --set client.health_check.nodes=failed
    is_so 22-probes 'events("attempt") | map(select(.purpose == "probe") | .node) | unique == ["primary"]'
}

@test "invariant 23: a node that returns gets its share bit by bit" {
    holds 23-slow-start
    is_so 23-slow-start 'return_s("primary") < 3'
    ramp='return_s("primary") as $s | [range(4) as $i | share("primary"; 3 + $s + $i; 4 + $s + $i)]
        | .[0] < 0.4 and .[0] < .[1] and .[1] < .[2] and .[2] < .[3]'
    is_so 23-slow-start "$ramp"
    is_so 23-slow-start 'share("primary"; 10.5; 12) == 1'
    differs 23-slow-start --set client.slow_start=1ms
    run ! is_so 23-slow-start "$ramp"
}

# ---- State -----------------------------------------------------------------------------------------

@test "invariant 24: a node that only looks alive is known to be bad within its bound" {
    holds 24-lies
    report 24-lies.json '.runs[0].disturbances | length == 4 and all(.was_active and .detection_ms != null)'
    holds_for_real good 24-for-real
    report 24-for-real.json '.runs[0].disturbances | map(.detection_ms) | . != [] and all(. != null)'
    # A client that trusts whatever accepts a connection.
    differs 24-lies --set 'client={health_check: none, failover_on: [connect]}'
    report 24-lies.json '.runs[0].disturbances | map(select(.detection_ms == null)) | length >= 3'
}

@test "invariant 25: a node that is well again is used again, with and without traffic" {
    holds 25-traffic
    broken failback 25-traffic --set client.profile=apiservice
    holds 25-no-traffic
    is_so 25-no-traffic 'return_s("backup-1") < 2.7'
    never 25-no-traffic 'attempts_on("backup-1"; 0; 12)'
    differs 25-no-traffic --set client.health_check.interval=3s
    run ! is_so 25-no-traffic 'return_s("backup-1") < 2.7'
}

@test "invariant 26: the first node of the list is taken again once it is well, unless it is declared sticky" {
    holds 26-order
    broken share.primary 26-order --set client.failback=sticky
    holds 26-order --set client.failback=sticky --set 'expect={share.backup-1: at least 60%, failed_requests: 0}'
}

@test "invariant 27: a node that flaps is not followed, whatever its period, and costs no request" {
    local each
    for each in "every=100ms --set faults.0.down=50ms" "every=300ms --set faults.0.down=100ms" \
        "every=1s --set faults.0.down=500ms" "every=2s --set faults.0.down=500ms" "every=10s --set faults.0.down=5s"; do
        # shellcheck disable=SC2086 # words
        holds 27-flapping --set faults.0.$each
    done
    broken switches 27-flapping --set \
        'client={eject_for: 1ms, eject_for_max: 1ms, health_check: {interval: 50ms, timeout: 40ms, rise: 1}}'
}

@test "invariant 28: failures in a row are a row, and 4xx is no part of it" {
    holds 28-every-other-fails
    never 28-every-other-fails 'events("belief")[]'
    broken share.primary 28-every-other-fails --set client.eject_after=1
    holds 28-with-client-errors
    ever 28-with-client-errors 'beliefs("failed")'
    broken answered_4xx 28-with-client-errors --set client.eject_after=50
}

@test "invariant 29: what an attempt from before a change says afterwards is no news" {
    holds 29-late-failure
    is_so 29-late-failure '[beliefs("failed")] | length == 1'
    ever 29-late-failure '[beliefs("healthy")][0].at as $back
        | events("attempt_end")[] | select(.node == "primary" and .outcome == "timeout" and .at > $back)'
    broken wrong_ejections 29-late-failure --set 'client={profile: apiservice}'
    holds 29-late-success
    never 29-late-success 'beliefs("healthy")'
    ever 29-late-success '[beliefs("failed")][0].at as $out
        | events("attempt_end")[] | select(.node == "primary" and .status < 300 and .request and .at > $out)'
}

@test "invariant 30: two hundred failures at once are one switch" {
    holds 30-two-hundred-at-once
    ever 30-two-hundred-at-once 'events("attempt_end")[] | select(.outcome == "reset")' 150
    is_so 30-two-hundred-at-once '[events("active")[] | select(.at >= 1e9) | .node] == ["backup-1"]'
    never 30-two-hundred-at-once 'attempts_on("backup-2"; -1; 4)'
    broken switches 30-two-hundred-at-once --set client.profile=apiservice
}

@test "invariant 31: the operator's switch holds until its node fails; a dead one is refused; a reset is no cure" {
    holds 31-operator
    never 31-operator 'attempts_elsewhere("backup-2"; 2; 8)'
    is_so 31-operator '[events("command")[].done] == [true]'
    holds 31-refused
    is_so 31-refused '[events("command")[].done] == [false]'
    never 31-refused 'attempts_elsewhere("primary"; -1; 6)'
    holds 31-reset
    is_so 31-reset '[events("belief")[] | select(.at < 5e9) | .belief] == ["failed", "healthy", "failed"]'
}

@test "invariant 32: the clock on the wall is asked for nothing that has a length" {
    case ${MODE:-} in asan | tsan) skip "nothing can be loaded before a sanitizer" ;; esac
    # It steps by two hours, eight times while the node is out.
    [ "$(LD_PRELOAD=$stepped_clock date +%s)" -gt $((EPOCHSECONDS + 3000)) ] ||
        [ "$(LD_PRELOAD=$stepped_clock date +%s)" -lt $((EPOCHSECONDS - 3000)) ]
    under=(env LD_PRELOAD="$stepped_clock")
    holds_for_real stepped 32-clock
    is_so 32-clock '.[0].t0_realtime / 1e9 - now | . > 3000 or . < -3000'
    is_so 32-clock '([beliefs("probing")][0].at - [beliefs("failed")][0].at) / 1e9 | . >= 1 and . < 1.3'
}

# So many open sockets of callers lead to that port.
are_sockets_to() { # are_sockets_to PORT LEAST MOST
    local hex count
    hex=$(printf %04X "$1")
    count=$(awk -v port=":$hex" 'substr($3, length($3) - 4) == port && $4 ~ /^(01|02|08)$/' /proc/net/tcp | wc -l)
    [ "$count" -ge "$2" ] && [ "$count" -le "$3" ]
}

@test "invariant 33: sockets to a failed node are closed, and a client whose nodes hang ends at once" {
    local first began_us
    first=$(free_ports 3)
    start hung --port-base "$first" "$root/tests/invariants/33-resources.yaml"
    # Requests wait on the frozen node until it is ejected; then a probe and a trial are all that goes there.
    wait_until "$patience_s" are_sockets_to "$first" 50 1000
    wait_until "$patience_s" are_sockets_to "$first" 0 3
    wait_until "$patience_s" are_stubs hung 3 T
    began_us=${EPOCHREALTIME/./}
    kill -INT "${pid_of[hung]}"
    finish hung 130
    [ $((${EPOCHREALTIME/./} - began_us)) -lt 4000000 ]
    is_gone hung
    are_sockets_to "$first" 0 0
}

# ---- Streams and reporting -------------------------------------------------------------------------

@test "invariant 34: every event of a stream comes once and in order, whatever happens to its node" {
    local seed
    holds 34-events
    for seed in 1 2 3; do
        holds 34-events --seed $seed --repeat 1
        never 34-events open_twice
        never 34-events not_resumed
        ever 34-events 'events("stream_open")[] | select(.at > 0)' 30
    done
    # Somebody who forgets the last event, or opens another stream before the old one is closed, would be seen.
    jq -c '(select(.event == "stream_open" and .at > 0) | .last_event) -= 1' 34-events.journal.jsonl \
        >other.journal.jsonl
    ever other not_resumed
    jq -c '(select(.event == "stream_end") | .seq) += 50' 34-events.journal.jsonl >other.journal.jsonl
    ever other open_twice
    broken stream_gap 34-events --repeat 1 --set client.profile=apiservice
}

@test "invariant 35: a silent stream is opened elsewhere, a hopeless one ever more slowly, a finished one never" {
    holds 35-silence
    # Nothing but the silence itself tells: no probe, no ejection.
    holds 35-silence --set 'client={health_check: none, failover_on: [connect]}'
    broken stream_switchover 35-silence --set client.profile=apiservice
    holds 35-accept-then-close
    is_so 35-accept-then-close '(events("stream_open") | map(.at / 1e9)) as $at
        | ($at | map(select(. > 1 and . < 2)) | length) >= 6
        and ($at | map(select(. > 11 and . < 21)) | length) <= 15'
    holds 35-no-content
    never 35-no-content 'opened_after_final(204)'
    differs 35-no-content --set faults.0.status=503
    ever 35-no-content 'opened_after_final(503)'
}

@test "invariant 36: what the client says of its nodes is what they do; an incident is one alert and its end" {
    holds 36-alerts
    is_so 36-alerts 'events("alert") | length == 4'
    never 36-alerts odd_alerts
    # A client that does not look at its nodes.
    broken status_stale 36-alerts --set client.profile=apiservice
    ever 36-alerts odd_alerts
}

@test "invariant 37: what the client counts is what the nodes wrote down" {
    holds_for_real good 37-sums
    never 37-sums unequal_sums
    "$root/tests/tools/recompute.py" 37-sums.json 37-sums.journal.jsonl
    "$root/tests/tools/recompute.py" --logs 37-sums.json 37-sums.journal.jsonl
    # Failures have latencies, too, and attempts are not calls.
    report 37-sums.json '.runs[0].nodes[0] | .failures >= 1 and .latency.max != null'
    report 37-sums.json '.runs[0].metrics.attempts_per_request > 1'
    # A line less, or a success made quicker, would be seen.
    grep -v '"executed".*"request":100,' 37-sums.journal.jsonl >other.journal.jsonl
    ever other unequal_sums
    jq -c '(select(.event == "request_end" and .request == 80) | .outcome) = "reset"' 37-sums.journal.jsonl \
        >other.journal.jsonl
    run ! "$root/tests/tools/recompute.py" 37-sums.json other.journal.jsonl
}

# ---- The table -------------------------------------------------------------------------------------

@test "invariants: each has its test, its line in docs/invariants.md, and scenarios that are valid" {
    local number file
    bascule check "$root"/tests/invariants/*.yaml
    for number in {01..37}; do
        grep -q "^@test \"invariant $number: " "$BATS_TEST_FILENAME"
        grep -q "^| $number |" "$root/docs/invariants.md"
    done
    for file in "$root"/tests/invariants/*.yaml; do
        file=${file##*/}
        grep -q "^name: ${file%.yaml}$" "$root/tests/invariants/$file"
        grep -qF "\`${file%.yaml}\`" "$root/docs/invariants.md"
        grep -qE "[ /]${file%.yaml}\b" "$BATS_TEST_FILENAME"
    done
}
