#!/usr/bin/env bats
# Faults between client and node: what a client sees, looked at from outside where it matters, and what
# the report says of it. Counts are exact where nothing depends on moments; times are bounded from below
# by the fault and from above generously.

# shellcheck disable=SC2030,SC2031 # each test is a process of its own
# shellcheck source=tests/bats/helpers.bash
source "$BATS_TEST_DIRNAME/helpers.bash"

setup_file() {
    use_build
}
setup() {
    begin_test
    isolate=always
}
teardown() {
    end_test
}

# One connection a request, no second attempt: what hits a connection hits one request.
single() { # single NAME; the keys on stdin
    {
        printf '%s\n' 'seed: 5' 'warmup: 200ms' 'client: {profile: none, keepalive: false, attempt_timeout: 700ms}'
        cat
    } | scenario "$1"
}

# worker NAME: the first process of the scenario's namespaces, once its traffic goes.
worker() {
    local pid
    for pid in $(marked "$1"); do
        if [ "$(awk '{ sub(/.*\) /, ""); print $2 }' "/proc/$pid/stat" 2>/dev/null)" = "${pid_of[$1]}" ]; then
            echo "$pid"
        fi
    done
}

has_worker() {
    [ -n "$(worker "$1")" ] && are_stubs "$1" 3
}

# inside NAME COMMAND...: in the namespaces of the scenario that runs.
inside() {
    wait_until "$patience_s" has_worker "$1"
    local pid
    pid=$(worker "$1")
    shift
    nsenter -t "$pid" -U -n --preserve-credentials "$@"
}

proxies() { # proxies NAME
    local pid
    for pid in $(marked "$1"); do
        if [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = bascule-proxy ]; then
            echo "$pid"
        fi
    done
}

has_proxy() {
    [ -n "$(proxies "$1")" ]
}

# journal NAME FILTER: over all events of NAME's journal, as one list.
journal() {
    jq -se "$2" "$1.reports/$1.journal.jsonl" >/dev/null && return
    echo "$1's journal does not say: $2"
    jq -c 'select(.event | startswith("fault"))' "$1.reports/$1.journal.jsonl"
    return 1
}

# ---- Packets that vanish ---------------------------------------------------------------------------

@test "wire: blackhole: a TCP peer sees silence, no reset, and hears again when it is over" {
    scenario silent <<'YAML'
seed: 5
warmup: 200ms
duration: 60s
client: {attempt_timeout: 300ms, connect_timeout: 200ms}
traffic: {rate: 50/s}
faults:
  - {at: 3s, for: 2s, blackhole: primary}
YAML
    start silent silent.yaml
    inside silent "$python" - <<'PY'
import socket, time

PATIENCE = 20
def connect(timeout):
    return socket.create_connection(("127.0.0.1", 8080), timeout)

def ask(peer, timeout):
    peer.settimeout(timeout)
    peer.sendall(b"GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n")
    return peer.recv(65536)

deadline = time.monotonic() + PATIENCE
while True:
    try:
        open_one, asked = connect(1), connect(1)
        break
    except ConnectionRefusedError: # the node is not up yet
        assert time.monotonic() < deadline
        time.sleep(0.01)
# Asks until nothing comes any more.
try:
    while ask(asked, 0.25):
        assert time.monotonic() < deadline, "the fault never came"
        time.sleep(0.01)
    raise AssertionError("the node closed the connection")
except TimeoutError:
    began = time.monotonic()
# A reset or a refusal would be an OSError of another kind.
silent = 0
for _ in range(2):
    try:
        connect(0.3)
        raise AssertionError("connected through a blackhole")
    except TimeoutError:
        silent += 1
try:
    ask(open_one, 0.3)
    raise AssertionError("an answer through a blackhole")
except TimeoutError:
    silent += 1
assert silent == 3 and time.monotonic() - began < 5
# The kernels on both sides send again until it arrives: neither connection was lost.
for peer in (asked, open_one):
    peer.settimeout(PATIENCE)
    assert peer.recv(65536).startswith(b"HTTP/1.1 200"), "no answer after the fault"
connect(PATIENCE)
PY
    kill -INT "${pid_of[silent]}"
    finish silent 130
    report silent.reports/silent.json '.runs[0].faults[0] | .confirmed_by == "rule" and .hits >= 10
        and .effective_ms >= 3000 and .cleared_ms >= 5000'
    report silent.reports/silent.json '.runs[0].disturbances[0] | .recovered and .switchover_ms >= 150'
}

# The fault comes between two requests, so that one pooled connection waits for the next of them.
one_way() { # one_way NAME DIRECTION
    scenario "$1" <<YAML
seed: 5
warmup: 300ms
duration: 1500ms
client: {profile: none, attempt_timeout: 2s, request_deadline: 2s}
traffic: {rate: 50/s}
faults:
  - {at: 310ms, for: 600ms, blackhole: primary, direction: $2}
YAML
}

# Executions, while the fault held, of requests that were sent while it held: a node may be slow to take up what came before.
# shellcheck disable=SC2016 # variables of jq
executed_in_fault='
    (map(select(.event == "fault_effective"))[0].at) as $from
    | (map(select(.event == "fault_cleared"))[0].at) as $until
    | (map(select(.event == "attempt" and .at > $from and .at < $until) | {(.request | tostring): true}) | add) as $sent
    | map(select(.event == "executed" and .at > $from and .at < $until and $sent[.request | tostring])) | length'

@test "wire: blackhole: in, nothing arrives; out, it is executed and the answer is lost; hits are packets" {
    one_way in in
    one_way out out
    one_way both both
    local name
    for name in in out both; do
        start "$name" --journal "$name.yaml"
    done
    for name in in out both; do
        finish "$name" 0 3
        report "$name.reports/$name.json" ".runs[0].faults[0] | .confirmed_by == \"rule\" and .hits >= 3
            and .params.direction == \"$name\""
    done
    journal in "($executed_in_fault) == 0"
    journal both "($executed_in_fault) == 0"
    journal out "($executed_in_fault) >= 1"
}

@test "wire: blackhole of 50 %: half of the connections, whole ones" {
    scenario half <<'YAML'
seed: 5
warmup: 100ms
duration: 60s
client: {profile: none}
traffic: {rate: 20/s}
faults:
  - {at: 100ms, blackhole: primary, of: 50%}
YAML
    start half half.yaml
    wait_until "$patience_s" has_worker half
    wait_until "$patience_s" is_ruled half
    inside half "$python" - <<'PY'
import socket, time
SYN_SENT = 2
def state(peer): # of struct tcp_info: state, and how often it was sent again
    info = peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 8)
    return info[0], info[2]
peers = []
for _ in range(400):
    peer = socket.socket()
    peer.setblocking(False)
    peer.connect_ex(("127.0.0.1", 8080))
    peers.append(peer)
# Until each is connected, or has asked again in vain.
deadline = time.monotonic() + 20
while any(state(peer) == (SYN_SENT, 0) for peer in peers):
    assert time.monotonic() < deadline
    time.sleep(0.01)
through = [peer for peer in peers if state(peer)[0] != SYN_SENT]
connected = len(through)
# More than 5 standard deviations of a fair coin.
assert 145 < connected < 255, connected
for peer in through:
    peer.setblocking(True)
    peer.settimeout(20)
    peer.sendall(b"GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n")
    assert peer.recv(65536).startswith(b"HTTP/1.1 200")
PY
    kill -INT "${pid_of[half]}"
    finish half 130
}

is_ruled() { # is_ruled NAME: a rule of the packet filter drops
    inside "$1" nft list ruleset 2>/dev/null | grep -q ' drop$'
}

# ---- Bytes -----------------------------------------------------------------------------------------

@test "wire: reset, of all and of half of the connections, as many hits as failures" {
    single all <<'YAML'
duration: 1s
traffic: {rate: 100/s}
faults: [{at: 200ms, for: 500ms, reset: primary}]
YAML
    single half <<'YAML'
duration: 2500ms
traffic: {rate: 100/s}
faults: [{at: 200ms, for: 2s, reset: primary, of: 50%}]
YAML
    single late <<'YAML'
duration: 1s
traffic: {rate: 100/s}
faults: [{at: 200ms, for: 500ms, reset: primary, after_bytes: 100B}]
YAML
    # A reset that arrives before the client looked whether it is connected counts as a refusal.
    local name
    for name in all half late; do
        start "$name" --journal "$name.yaml"
    done
    for name in all half late; do
        finish "$name" 0
        report "$name.reports/$name.json" '.runs[0] | .faults[0].confirmed_by == "proxy"
            and .faults[0].hits == .metrics.failed_requests'
        journal "$name" 'map(select(.event == "request_end" and .outcome != "answer")) | length > 0
            and all(.[]; .outcome == "reset" or .outcome == "refused")'
    done
    # 50 are due while it holds; the moments of its begin and end are not exact.
    report all.reports/all.json '.runs[0].metrics | .requests == 100 and .failed_requests >= 45
        and .failed_requests <= 55'
    report half.reports/half.json '.runs[0].metrics.failed_requests | . >= 60 and . <= 140'
    report late.reports/late.json '.runs[0].metrics.failed_requests | . >= 45 and . <= 55'
}

@test "wire: delay is as long as it says, and everything arrives" {
    single far <<'YAML'
duration: 1s
traffic: {rate: 50/s}
faults: [{at: 0s, delay: primary, by: 100ms}]
expect: {failed_requests: == 0, latency.p50: at least 100ms}
YAML
    single some <<'YAML'
duration: 1s
traffic: {rate: 100/s}
faults: [{at: 0s, delay: primary, by: 100ms, of: 50%}]
expect: {failed_requests: == 0}
YAML
    start far far.yaml
    start some --journal some.yaml
    finish far 0
    finish some 0
    report far.reports/far.json '.runs[0].metrics["latency.p50"] | . >= 100 and . < 150'
    report far.reports/far.json '.runs[0].faults[0].hits | . >= 48 and . <= 52'
    # shellcheck disable=SC2016 # variables of jq
    journal some 'map(select(.event == "request")) as $requests
        | map(select(.event == "request_end")) as $ends
        | [$requests[] as $r | $ends[] | select(.request == $r.request) | .at - $r.at]
        | map(select(. >= 100000000)) | length | . >= 25 and . <= 75'
}

@test "wire: throttle lets so many bytes through, corrupt changes some" {
    single thin <<'YAML'
duration: 1s
traffic: {rate: 10/s}
faults: [{at: 150ms, throttle: primary, rate: 1KiB/s}]
YAML
    single spoilt <<'YAML'
duration: 1s
traffic: {rate: 100/s}
faults: [{at: 0s, corrupt: primary, ratio: 100%}]
YAML
    single touched <<'YAML'
duration: 2s
traffic: {rate: 100/s}
faults: [{at: 0s, corrupt: primary, ratio: 0.5%}]
YAML
    local name
    for name in thin spoilt touched; do
        start "$name" "$name.yaml"
    done
    finish thin 0
    finish spoilt 3 # nothing came through at all
    finish touched 0
    for name in thin spoilt touched; do
        report "$name.reports/$name.json" '.runs[0].faults[0].confirmed_by == "proxy"'
    done
    report thin.reports/thin.json '.runs[0] | .faults[0].hits >= 7
        and (.metrics.failed_requests == 8 or .metrics["latency_ok.p50"] > 100)'
    report spoilt.reports/spoilt.json '.runs[0] | .metrics.successes == 0 and .metrics.failed_requests == 100
        and .faults[0].hits >= 100'
    report touched.reports/touched.json '.runs[0] | .metrics.corrupted >= 10 and .metrics.successes > 20
        and .faults[0].hits >= .metrics.corrupted'
}

@test "wire: slow_close holds the ends of connections back, and no answer" {
    single lingering <<'YAML'
duration: 1s
traffic: {rate: 50/s}
faults: [{at: 0s, slow_close: primary, by: 300ms, jitter: 100ms}]
YAML
    start lingering --journal lingering.yaml
    finish lingering 0
    report lingering.reports/lingering.json '.runs[0] | .metrics.failed_requests == 0
        and .metrics["latency.p50"] < 200'
    report lingering.reports/lingering.json '.runs[0].faults[0] | .kind == "slow_close" and .confirmed_by == "proxy"
        and .params.by_ms == 300 and .params.jitter_ms == 100 and .hits >= 48 and .hits <= 52'
}

@test "wire: flap goes down as often as it says" {
    single flapping <<'YAML'
duration: 1800ms
traffic: {rate: 100/s}
faults: [{at: 200ms, for: 1200ms, flap: primary, every: 400ms, down: 150ms}]
YAML
    start flapping --journal flapping.yaml
    finish flapping 0
    report flapping.reports/flapping.json '.runs[0].disturbances | length == 3 or length == 1'
    report flapping.reports/flapping.json '.runs[0].metrics.failed_requests | . >= 40 and . <= 90'
    journal flapping 'map(select(.event == "fault_applied")) | length == 3'
}

# ---- When it cannot be done ------------------------------------------------------------------------

@test "wire: a proxy that is killed by hand ends the run, inconclusive" {
    single orphaned <<'YAML'
duration: 10m
traffic: {rate: 50/s}
faults: [{at: 100ms, delay: primary, by: 10ms}, {at: 5m, kill: primary}]
YAML
    local began_us=${EPOCHREALTIME/./} name
    cp orphaned.yaml host.yaml && sed -i 's/^name:.*/name: host/' host.yaml
    start orphaned orphaned.yaml
    isolate=never start host --port-base "$(free_ports 3)" host.yaml
    for name in orphaned host; do
        wait_until "$patience_s" are_stubs "$name" 3
        wait_until "$patience_s" has_proxy "$name"
        wait_until "$patience_s" has_passed $((began_us + 1000000))
        kill -KILL "$(proxies "$name")"
    done
    # Long before its end; what was under way is waited for.
    for name in orphaned host; do
        wait_until "$patience_s" has_ended "$name"
        finish "$name" 3
        report "$name.reports/$name.json" '.verdict == "inconclusive"
            and (.reasons[0] | .code == "proxy_died" and (.text | contains("signal 9")))
            and (any(.reasons[]; .code == "interrupted" or .code == "fault_unconfirmed") | not)'
        report "$name.reports/$name.json" '.runs[0].metrics.requests | . > 0 and . < 10000'
        report "$name.reports/latest.json" '.exit == 3'
        is_valid report "$name.reports/$name.json"
    done
}

has_ended() { # has_ended NAME
    ! kill -0 "${pid_of[$1]}" 2>/dev/null
}

@test "wire: a public port that the proxy cannot take is told with its owner" {
    local first owner
    first=$(free_ports 3)
    "$python" -c '
import socket, sys, time
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
time.sleep(60)' $((first + 1)) 3>&- 4>&- &
    owner=$!
    wait_until "$patience_s" is_bound $((first + 1))
    single taken <<'YAML'
duration: 1s
traffic: {rate: 50/s}
faults: [{at: 100ms, for: 500ms, delay: primary, by: 10ms}]
YAML
    isolate=never start taken --port-base "$first" taken.yaml
    finish taken 3
    report taken.reports/taken.json ".reasons[0] | .code == \"port_taken\"
        and (.text | contains(\"port $((first + 1)) \") and contains(\"$owner (python3\"))"
    is_valid report taken.reports/taken.json
    kill "$owner"
    wait "$owner" || true
}

@test "wire: without a packet filter in the kernel, or not for us, faults on packets are skipped" {
    local way
    calm calm
    single dropped <<'YAML'
duration: 1s
traffic: {rate: 50/s}
faults: [{at: 100ms, for: 500ms, blackhole: primary}]
YAML
    isolate=auto
    for way in netfilter rules; do
        under=("$python" "$root/tests/tools/without.py" "$way")
        start "$way" -j 2 calm.yaml dropped.yaml
        start "$way-alone" dropped.yaml
        start "$way-strict" --strict -j 2 calm.yaml dropped.yaml
        isolate=always start "$way-always" -j 2 calm.yaml dropped.yaml
    done
    for way in netfilter rules; do
        finish "$way" 0
        finish "$way-alone" 77
        finish "$way-strict" 3
        finish "$way-always" 3
        report "$way.reports/calm.json" '.verdict == "pass"'
        report "$way.reports/dropped.json" '.verdict == "skipped" and .runs == []'
        report "$way-always.reports/calm.json" '.verdict == "pass"'
        report "$way-always.reports/dropped.json" '.verdict == "inconclusive" and .runs == []'
        local name
        for name in "$way" "$way-alone" "$way-always"; do
            report "$name.reports/dropped.json" '[.reasons[].code] == ["isolation"]
                and (.reasons[0].text | contains("packet filter"))'
            is_valid report "$name.reports/dropped.json"
            [ ! -s "$name.err" ]
        done
    done
}

@test "wire: a program in the place of the proxy, and none at all" {
    single wired <<'YAML'
duration: 1s
traffic: {rate: 50/s}
faults: [{at: 100ms, for: 500ms, delay: primary, by: 10ms}]
YAML
    calm calm
    BASCULE_PROXY=/bin/false start dying wired.yaml
    BASCULE_PROXY=/no/such/proxy start missing wired.yaml calm.yaml
    BASCULE_PROXY=/no/such/proxy start needless calm.yaml
    finish dying 3
    finish missing 3
    finish needless 0
    report dying.reports/wired.json '.verdict == "inconclusive"'
    is_valid report dying.reports/wired.json
    grep -q "'/no/such/proxy'" missing.err
    grep -q 'nothing was started' missing.err
    [ -z "$(ls -A missing.reports)" ]
    [ ! -s needless.err ]
}

@test "wire: a node that is killed behind lost packets is down, and comes back" {
    scenario unseen <<'YAML'
seed: 5
warmup: 200ms
duration: 2s
traffic: {rate: 50/s}
faults:
  - {at: 200ms, for: 1200ms, blackhole: primary}
  - {at: 500ms, for: 400ms, kill: primary}
YAML
    start unseen unseen.yaml
    finish unseen 0 3
    report unseen.reports/unseen.json '.runs[0].faults[1] | .confirmed_by == "exit"
        and .effective_ms != null and .cleared_ms != null'
    report unseen.reports/unseen.json 'any(.reasons[]; .code == "fault_unconfirmed" or .code == "node_not_ready") | not'
}
