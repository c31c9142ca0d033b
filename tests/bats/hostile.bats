#!/usr/bin/env bats
# A node that breaks every rule there is: what the client makes of it, for real.

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

# ended KIND FILTER: some line of that event in the journal fits.
ended() {
    jq -se "any(.[]; .event == \"$1\" and ($2))" hostile.reports/hostile.journal.jsonl >/dev/null && return
    echo "no $1 with: $2"
    jq -c "select(.event == \"$1\") | [.outcome, .why, .status]" hostile.reports/hostile.journal.jsonl | sort | uniq -c
    return 1
}

@test "hostile: bad HTTP, event streams and WebSockets fail their attempt with a reason, in bounded memory" {
    scenario hostile <<'YAML'
seed: 1
warmup: 200ms
duration: 3s
client: {eject_for: 10ms, eject_for_max: 10ms, health_check: none, attempt_timeout: 500ms}
traffic:
  rate: 100/s
  streams:
    - {kind: sse, path: /api/metrics/raft/events/stream, count: 8, interval: 100ms}
    - {kind: websocket, path: /ws, count: 6, interval: 100ms}
expect:
  failed_requests: 0
  stream_lost: 0
  stream_duplicated: 0
YAML
    # shellcheck disable=SC2034 # see exec_bascule
    under=("$python" "$root/tests/tools/watch_run.py" 2)
    BASCULE_STUB=$root/tests/tools/evil_stub.py \
        start hostile --journal --port-base "$(free_ports 3)" hostile.yaml
    # The machine may be too slow for a verdict: never for the counts.
    finish hostile 0 3
    report hostile.reports/hostile.json '.runs[0].metrics
        | .failed_requests == 0 and .stream_lost == 0 and .stream_duplicated == 0'

    # Requests: each bad answer is none, and another node is asked.
    ended attempt_end '.outcome == "truncated"'
    ended attempt_end '.outcome == "reset"'
    report hostile.reports/hostile.json '.runs[0].nodes[0].failures >= 8'
    # Event streams: too long an event, too long an id, what is none, no HTTP, an end too early.
    ended stream_end '.why == "an event'"'"'s data is too long"'
    ended stream_end '.why == "an event'"'"'s id is too long"'
    ended stream_end '.why == "it is no event stream"'
    ended stream_end '.outcome == "truncated" and .status == 0'
    # WebSockets: a wrong proof, broken frames, a head without end, a no.
    ended stream_end '.why | contains("Sec-WebSocket-Accept")'
    ended stream_end '.why == "it broke the rules of WebSocket"'
    ended stream_end '.why | contains("head is over")'
    # What follows the announced end of a body, and what is of another type, is no event.
    run ! grep -F '"number":999999' hostile.reports/hostile.journal.jsonl
    # Each stream goes on elsewhere.
    ended stream_event '.node != "primary"'
    if ! is_sanitized; then
        jq -e '.seen[0].most | .private < 33554432' hostile.out
    fi
}
