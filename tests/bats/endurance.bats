#!/usr/bin/env bats
# What a run keeps of a hundred switch-overs (a thousand: tests/soak).

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

@test "endurance: a hundred switch-overs leave no descriptor, no thread, and no memory but the journal's" {
    sed 's/^duration:.*/duration: 12s/; s/for: 8[78]s/for: 10s/; s/at least 1000/at least 100/' \
        "$root/tests/soak.d/switches.yaml" >endurance.yaml
    # shellcheck disable=SC2034 # see exec_bascule
    under=("$python" "$root/tests/tools/watch_run.py" "2.5,10.5")
    start endurance --journal --port-base "$(free_ports 3)" endurance.yaml
    # The machine may be too slow for a verdict, or for each turn of the flap.
    finish endurance 0 1 3
    cat endurance.out
    local file=endurance.reports/soak-switches.json events
    report "$file" '.runs[-1].metrics | .failed_requests == 0 and .stream_lost == 0 and .stream_duplicated == 0'
    is_sanitized || report "$file" '.runs[-1].metrics.switches >= 100'
    [ "$(grep -c '"stream_open"' endurance.reports/soak-switches.journal.jsonl)" -ge 20 ]
    # A burst of requests leaves its connections in the pool for a while; a leak would be one a switch-over.
    jq -e '.seen[1].least.sockets <= .seen[0].least.sockets + 50
        and .seen[1].least.descriptors - .seen[1].least.sockets
            <= .seen[0].least.descriptors - .seen[0].least.sockets + 3
        and .seen[1].least.threads == .seen[0].least.threads
        and .seen[1].least.processes == .seen[0].least.processes
        and .seen[1].least.timers == .seen[0].least.timers
        and .seen[1].least.close_wait == 0' endurance.out
    events=$(wc -l <endurance.reports/soak-switches.journal.jsonl)
    if ! is_sanitized; then # an event of the journal takes some 50 bytes; two thirds of them come between the looks
        jq -e --argjson events "$events" \
            '.seen[1].least.private - .seen[0].least.private < 60 * $events' endurance.out
    fi
}

@test "endurance: ten thousand switch-overs in virtual time, and not one request or event is lost" {
    sed 's/^duration:.*/duration: 800s/; s/for: 8[78]s/for: 790s/; s/at least 1000/at least 10000/' \
        "$root/tests/soak.d/switches.yaml" >endurance.yaml
    bascule simulate --journal -o endurance.reports endurance.yaml
    local file=endurance.reports/soak-switches.json
    report "$file" '.verdict == "pass" and .runs[0].metrics.switches >= 10000'
    report "$file" '.runs[0].nodes[0].ejections >= 5000'
    [ "$(grep -c '"stream_open"' endurance.reports/soak-switches.journal.jsonl)" -ge 1000 ]
    is_gone
}
