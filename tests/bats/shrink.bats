#!/usr/bin/env bats
# From a search to a real process: a seed fails in virtual time, --shrink leaves a schedule of few
# faults, and that file fails the same expectation when it is run for real.

load helpers

setup_file() {
    use_build
    export BATS_TEST_TIMEOUT=120
}

setup() {
    begin_test
}

teardown() {
    end_test
}

# The client gives every attempt a second, and callers want an answer in 800 ms: a node that stops
# is too much for it, one that dies is not. Five faults, of which at most two matter.
many_faults() { # many_faults NAME
    scenario "$1" <<'YAML'
duration: 12s
nodes: 4
client: {profile: apiservice, attempt_timeout: 1s, instances: 2}
traffic: {rate: 100/s}
faults:
  - {at: 1s..2s, for: 1900ms, kill: backup-2}
  - {at: 2100ms, for: 2s, slow: one, by: 1ms}
  - {at: 4137ms, for: 2211ms, pause: current}
  - {at: 7s..8s, for: 2s, kill: backup-3}
  - {at: 9s, switch_to: backup-1}
expect:
  switchover: < 800ms
  lost: == 0
YAML
}

at_random() { # at_random NAME
    scenario "$1" <<'YAML'
duration: 30s
client: {profile: apiservice, attempt_timeout: 1s}
traffic: {rate: 100/s}
chaos: {from: 1s, every: 3s, heal: 2s, faults: {kill: 3, terminate: 1, refuse: 1, pause: 1, hang: 1}}
expect:
  switchover: < 800ms
YAML
}

# The one file that --shrink left, of at most two faults, valid, and with a comment for each of them.
is_small() { # is_small FILE
    [ "$(ls reports)" = "${1#reports/}" ]
    [ "$(grep -c '^  - {at: ' "$1")" -le 2 ]
    [ "$(grep -c '^  # ' "$1")" -eq "$(grep -c '^  - {at: ' "$1")" ]
    run -0 bascule check "$1"
}

fails_for_real() { # fails_for_real FILE
    local base
    is_sanitized && return # too slow for a verdict about time
    base=$(free_ports 8)
    run -1 bascule run --port-base "$base" -o real "$1"
    report "real/$(basename "$1" .yaml).json" \
        '.verdict == "fail" and (.expectations | map([.metric, .verdict]) == [["switchover", "fail"]])'
}

@test "shrink: one of five faults, and it fails for real" {
    many_faults many
    run -1 bascule simulate --seed 5 --shrink many.yaml
    [[ $output == *"many, seed 5: shrunk to 1 fault in "* ]]
    is_small reports/many-seed-5.yaml
    grep -qE '^  - \{at: 1s, (for: [0-9.]+s, )?pause: primary\}$' reports/many-seed-5.yaml
    grep -qE '^# switchover < 800ms fails: ' reports/many-seed-5.yaml
    fails_for_real reports/many-seed-5.yaml
}

@test "shrink: a seed of chaos, and it fails for real" {
    local file
    at_random drawn
    run -1 bascule simulate --seeds 50 --shrink drawn.yaml
    file=$(ls reports/drawn-seed-*.yaml)
    is_small "$file"
    run ! grep -q chaos: "$file"
    fails_for_real "$file"
}
