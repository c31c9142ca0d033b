#!/usr/bin/env bats
# Partitions: what nodes see of each other while callers see nothing, asked in the nodes' own networks.

# shellcheck source=tests/bats/helpers.bash
source "$BATS_TEST_DIRNAME/helpers.bash"

setup_file() {
    use_build
}

setup() {
    begin_test
    isolate=always
    unshare --user --map-root-user --net true 2>/dev/null || skip "namespaces are not permitted here"
}

teardown() {
    end_test
}

hold_s=3 # of the fault; more for tests that look at much while it lasts

part() { # part NAME FAULT [NODE...]
    local name=$1 fault=$2 node
    shift 2
    {
        echo "seed: 7"
        echo "warmup: 200ms"
        echo "duration: $((hold_s + 5))s"
        echo "traffic: {rate: 100/s}"
        [ $# -eq 0 ] || echo "nodes:"
        for node; do
            echo "  - {name: $node}"
        done
        echo "faults:"
        echo "  - {at: 2500ms, for: ${hold_s}s, $fault}"
        echo "expect: {failed_requests: == 0, switches: == 0}"
    } | scenario "$name"
    start "$name" "$name.yaml"
}

# node NAME INDEX: the process number of the run's node, told by the address where it listens.
node() {
    local pid address
    address=$(printf ' %02X004D0A:' $((2 * $2 + 1)))
    for pid in $(stubs "$1"); do
        if grep -q "$address.* 0A " "/proc/$pid/net/tcp" 2>/dev/null; then
            echo "$pid"
            return
        fi
    done
    return 1
}

# sees NAME FROM TO WORD [HOW]: what node FROM sees of TO, numbers from 0.
sees() {
    local from to
    from=$(node "$1" "$2") && to=$(node "$1" "$3") || return 1
    [ "$("$python" "$root/tests/tools/between_nodes.py" "${5:-tcp}" "$from" "$to")" = "$4" ]
}

# serves NAME PORT: a caller in the run's own network, where the proxy lives, is answered there.
serves() {
    local pid
    for pid in $(marked "$1"); do
        if grep -qx bascule-proxy "/proc/$pid/comm" 2>/dev/null; then
            [ "$("$python" "$root/tests/tools/between_nodes.py" call "$pid" "$2")" = answers ]
            return
        fi
    done
    return 1
}

are_ready() { # are_ready NAME COUNT
    local i
    for ((i = 0; i < $2; i++)); do
        node "$1" "$i" >/dev/null || return 1
    done
}

# Not before the fault; then it lasts for hold_s.
wait_for_fault() { # wait_for_fault NAME FROM TO
    wait_until 20 sees "$1" "$2" "$3" silent
}

wait_for_nodes() { # wait_for_nodes NAME COUNT
    wait_until "$patience_s" are_ready "$@"
}

@test "partition: the cut off node and the others exchange nothing; callers reach all; then all passes" {
    hold_s=5
    part cut "partition: primary"
    wait_for_nodes cut 3
    sees cut 0 1 open
    sees cut 2 0 open
    "$python" "$root/tests/tools/between_nodes.py" talk "$(node cut 1)" "$(node cut 0)" \
        >talk.out 2>&1 3>&- &
    local talk=$!
    wait_for_fault cut 0 1
    sees cut 0 2 silent
    sees cut 1 0 silent
    sees cut 1 2 open
    serves cut 8080
    serves cut 8081
    serves cut 8082
    sees cut 2 0 silent
    wait_until 20 sees cut 0 1 open
    sees cut 1 0 open
    wait "$talk"
    [ "$(tr '\n' ' ' <talk.out)" = "answers silent answers " ]
    finish cut 0
    report cut.reports/cut.json '.runs[0].faults[0] | .confirmed_by == "rule" and .hits > 0'
}

@test "partition: of several targets, cut off together; nobody else is" {
    part pair "partition: [a, b]" a b c d
    wait_for_nodes pair 4
    sees pair 0 2 open
    wait_for_fault pair 0 2
    sees pair 0 1 open
    sees pair 1 3 silent
    sees pair 2 3 open
    finish pair 0
    report pair.reports/pair.json '.runs[0].faults[0] | .hits > 0 and .targets == ["a", "b"]'
}

@test "partition: groups, and a node in none" {
    part groups "partition: a, groups: [[b, c], [a], [d]]" a b c d e
    wait_for_nodes groups 5
    wait_for_fault groups 0 1
    sees groups 1 2 open
    sees groups 1 3 silent
    sees groups 0 4 open
    sees groups 4 3 open
    finish groups 0
}

@test "partition: one way, only packets to the target vanish" {
    part inward "partition: primary, direction: in"
    wait_for_nodes inward 3
    sees inward 1 0 passed udp
    wait_until 20 sees inward 1 0 lost udp
    sees inward 0 1 passed udp
    sees inward 1 2 passed udp
    wait_until 10 sees inward 1 0 passed udp
    finish inward 0
}

@test "partition: one way, only packets from the target vanish" {
    part outward "partition: primary, direction: out, groups: [[primary], [backup-1]]"
    wait_for_nodes outward 3
    wait_until 20 sees outward 0 1 lost udp
    sees outward 1 0 passed udp
    sees outward 0 2 passed udp
    finish outward 0
}

@test "partition: a killed node comes back to its network, cut off as before" {
    scenario back <<'YAML'
seed: 7
warmup: 200ms
duration: 8s
traffic: {rate: 100/s}
faults:
  - {at: 1s, for: 6s, partition: backup-1}
  - {at: 2s, for: 1s, kill: backup-1}
expect: {failed_requests: == 0}
YAML
    start back back.yaml
    wait_for_nodes back 3
    local before
    before=$(node back 1)
    has_changed() {
        local now
        now=$(node back 1) && [ "$now" != "$before" ]
    }
    wait_until 20 has_changed
    sees back 1 0 silent
    sees back 0 1 silent
    sees back 0 2 open
    finish back 0
    report back.reports/back.json '.runs[0].faults | map(.confirmed_by) == ["rule", "exit"]'
}

@test "partition: run after run in one network" {
    scenario again <<'YAML'
seed: 7
repeat: 3
warmup: 100ms
duration: 400ms
traffic: {rate: 100/s}
faults:
  - {at: 200ms, for: 100ms, partition: minority}
expect: {failed_requests: == 0}
YAML
    start again again.yaml
    finish again 0
    report again.reports/again.json '.runs | length == 3 and all(.faults[0].confirmed_by == "rule")'
}

# networks_left FILE: processes that live in a network of the list.
networks_left() {
    local net
    for net in /proc/[0-9]*/ns/net; do
        readlink "$net" 2>/dev/null || true
    done | grep -Fxf "$1"
}

@test "partition: nothing is left, not even after SIGKILL of the harness" {
    part killed "partition: primary"
    wait_for_nodes killed 3
    local pid
    for pid in $(stubs killed); do
        readlink "/proc/$pid/ns/net"
    done >networks
    [ "$(sort -u networks | wc -l)" -eq 3 ]
    wait_for_fault killed 0 1
    kill -KILL "${pid_of[killed]}"
    finish killed 137
    wait_until 5 is_gone
    run -1 networks_left networks
}

@test "partition: an ordinary user needs no rights" {
    [ "$(id -u)" -eq 0 ] || skip "every test here runs as an ordinary user"
    scenario plain <<'YAML'
seed: 7
warmup: 200ms
duration: 1s
traffic: {rate: 100/s}
faults:
  - {at: 400ms, for: 300ms, partition: minority}
expect: {failed_requests: == 0}
YAML
    local folder
    folder=$(mktemp -d)
    cp plain.yaml "$folder"
    chmod 777 "$folder"
    setpriv --reuid=65534 --regid=65534 --clear-groups "$program" --version >/dev/null 2>&1 ||
        skip "the programs are where an ordinary user cannot start them"
    setpriv --reuid=65534 --regid=65534 --clear-groups env BASCULE_TEST_MARK="$mark.plain." \
        "$program" run -o "$folder/reports" "$folder/plain.yaml"
    report "$folder/reports/plain.json" '.runs[0].faults[0].confirmed_by == "rule"'
    rm -r "$folder"
}

@test "partition: a node reaches a service in spite of its own network" {
    cat >node.py <<'PY'
import socket, sys, time
me, port, service, service_port = sys.argv[1:]
said = b""
while said != b"here":
    try:
        with socket.create_connection((service, int(service_port)), timeout=1) as told:
            said = told.recv(4)
    except OSError:
        time.sleep(0.02)
server = socket.create_server((me, int(port)))
while True:
    server.accept()
PY
    cat >service.py <<'PY'
import socket, sys
server = socket.create_server((sys.argv[1], int(sys.argv[2])))
while True:
    caller, _ = server.accept()
    caller.sendall(b"here")
    caller.close()
PY
    scenario served <<YAML
warmup: 100ms
duration: 1s
traffic: {rate: 0/s}
nodes:
$(for name in a b; do
        echo "  - {name: $name, port: 808$((36#$name - 10)), command: [$python, node.py, \$(address), \$(port), \$(address.teller), \$(port.teller)]}"
    done)
services: [{name: teller, port: 8090, command: [$python, service.py, \$(address), \$(port)]}]
faults: [{at: 100ms, for: 500ms, partition: a}]
YAML
    start served served.yaml
    finish served 3
    report served.reports/served.json '[.reasons[].code] == ["no_traffic"]'
}

@test "partition: a node that listens on another port of its network is not ready" {
    scenario moved <<'YAML'
warmup: 100ms
duration: 1s
faults: [{at: 100ms, for: 500ms, partition: primary}]
YAML
    PORT_OFFSET=1 BASCULE_STUB=$root/tests/tools/lying_stub.py start moved moved.yaml
    finish moved 3
    report moved.reports/moved.json "any(.reasons[]; .code == \"node_not_ready\"
        and (.text | test(\"^node '.*' says it is ready, but nothing listens on port 808[012]$\")))"
    report moved.reports/moved.json '.runs[0].metrics.requests == 0'
}
