#!/usr/bin/env bats
# Pages of real reports: each figure on them is that of the report, and none is large.

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

# simulated FILE...: reports and their pages. What comes of the scenarios does not matter here.
simulated() {
    run --separate-stderr bascule simulate --report --format html -o r "$@"
    echo "$output$stderr"
    [[ $status -eq 0 || $status -eq 1 || $status -eq 3 ]]
}

# truthful: all pages of r.
truthful() {
    local file pairs=()
    for file in r/*.json; do
        [ "$file" = r/latest.json ] || pairs+=("$file" "${file%.json}.html")
    done
    [ "${#pairs[@]}" -ge 2 ]
    "$python" "$root/tests/tools/page_figures.py" "${pairs[@]}"
}

# small NAME: below 600 KiB, and says what that took.
small() {
    local size
    size=$(stat -c %s "r/$1.html")
    echo "$1: $size bytes"
    [ "$size" -lt $((600 * 1024)) ]
    grep -q "To keep the page small" "r/$1.html"
}

@test "pages: their figures are those of the reports, of all scenarios that are shipped" {
    simulated "$root"/scenarios/{gate,findings,canary}
    truthful
}

@test "pages: their figures are those of the reports, of repeats and of many at once" {
    cat >repeats.yaml <<'YAML'
name: repeats
description: "Twice & <more>"
repeat: 8
chaos: {every: 3s, heal: 1s}
duration: 12s
traffic: {rate: 100/s}
expect: {failed_requests: < 5, latency.max.p95: < 1s}
YAML
    cat >crowd.yaml <<'YAML'
name: crowd
duration: 10s
nodes: 30
client: {instances: 20, order: round-robin}
traffic: {rate: 200/s, streams: [{kind: sse, path: /api/metrics/raft/events/stream, count: 3}]}
faults:
  - {at: 2s, for: 4s, hang: minority}
  - {at: 3s, for: 4s, flap: backup-9, every: 500ms, down: 200ms}
  - {at: 8s, for: 1s, respond: backup-3, status: 503, ratio: 50%}
expect: {detection: < 3s, outage: at most 1s}
YAML
    cat >deaf.yaml <<'YAML'
name: deaf
client: {profile: none}
duration: 6s
faults: [{at: 1s, for: 3s, pause: primary}]
expect: {switchover: < 1s, outage: < 3s}
YAML
    simulated repeats.yaml crowd.yaml deaf.yaml
    truthful
    grep -q 'id="description">Twice &amp; &lt;more&gt;</p>' r/repeats.html
}

@test "pages: twenty-four runs of a minute at 1,000 requests a second are one page of 600 KiB" {
    cat >dense.yaml <<'YAML'
name: dense
repeat: 24
duration: 60s
nodes: 5
client: {order: round-robin}
traffic: {rate: 1000/s}
faults:
  - {at: 20s, for: 10s, hang: primary}
  - {at: 40s, for: 10s, respond: backup-1, status: 503, ratio: 50%}
expect: {switchover: < 5s}
YAML
    simulated dense.yaml
    small dense
    [ "$(grep -c '<figure class="timeline"' r/dense.html)" -eq 24 ]
    # The worst has all its marks, and no run has lost one that failed or was slow.
    [ "$(grep -c 'class="thinned">To keep the page small, a mark' r/dense.html)" -le 23 ]
    truthful
}

@test "pages: a thousand nodes, or thousands of faults, are one page of 600 KiB" {
    cat >nodes.yaml <<'YAML'
name: nodes
repeat: 4
duration: 8s
nodes: 1000
client: {order: round-robin}
traffic: {rate: 500/s}
faults: [{at: 2s, kill: minority}]
YAML
    cat >flaps.yaml <<'YAML'
name: flaps
duration: 300s
traffic: {rate: 20/s}
faults: [{at: 1s, for: 290s, flap: primary, every: 100ms, down: 50ms}]
YAML
    simulated nodes.yaml flaps.yaml
    small nodes
    small flaps
    truthful
}
