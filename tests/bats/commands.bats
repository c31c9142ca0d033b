#!/usr/bin/env bats
# Nodes and services that are programs of the user's: started, hit, stopped, and nothing of them left.

# shellcheck source=tests/bats/helpers.bash
source "$BATS_TEST_DIRNAME/helpers.bash"

setup_file() {
    use_build
}
setup() {
    begin_test
    isolate=auto
    cp "$root/tests/tools/command_node.py" server.py
}
teardown() {
    end_test
}

# shellcheck disable=SC2016 # for the program
# The mark lets teardown find them; FOLDER and NAME make the server use its private folder.
marked_env='BASCULE_TEST_MARK: from-environment, NAME: "$(name)", FOLDER: "$(dir)"'

# entry NAME PORT [WORD...]: a node or service; PORT is the default where it can be moved.
entry() {
    local name=$1 port=$2
    shift 2
    # shellcheck disable=SC2016 # for the program
    printf '  - {name: %s, port: %s, command: [%s, server.py, "$(address)", "$(port)"%s]' \
        "$name" "$port" "$python" "$(printf ', %s' "$@" | sed 's/^, $//')"
    printf ', env: {%s%s}, ready: {http: /health, within: %s}%s}\n' \
        "$marked_env" "${env:+, $env}" "${within:-20s}" "${keys:+, $keys}"
}

# pair NAME: the keys of a scenario with two such nodes; more come on stdin.
pair() {
    {
        printf '%s\n' 'seed: 7' 'warmup: 200ms' 'client: {health_check: {path: /health}}'
        printf '%s\n' 'traffic: {rate: 50/s, requests: [{path: /}]}' 'nodes:'
        entry a 8080 polite
        entry b 8081 polite
        cat
    } | scenario "$1"
}

folder_of() { # folder_of LOG: the private folder that it names
    sed -n 's/^folder //p' "$1" | head -n 1
}

# is_told NAME CODE TEXT: the first reason of the run is that, and says so.
is_told() {
    local told
    told=$(jq -r '.reasons[0] | "\(.code): \(.text)"' "$1.reports/$1.json")
    [[ $told == "$2: "*"$3"* ]] || {
        echo "$told"
        return 1
    }
}

@test "commands: killed, started again, paused; what they write is kept" {
    pair whole <<'YAML'
duration: 6s
faults:
  - {at: 1s, kill: a}
  - {at: 2s, restart: a}
  - {at: 5s, for: 300ms, pause: b}
expect: {failed_requests: == 0}
YAML
    start whole whole.yaml
    finish whole 0
    report whole.reports/whole.json '.runs[-1].faults | map(.confirmed_by) == ["exit", "ready", "stopped"]
        and all(.effective_ms != null and .cleared_ms != null)'
    [ "$(grep -c '^starts a in ' whole.reports/whole.logs/a.log)" -ge 2 ]
    grep -qx "starts b in $PWD secret None" whole.reports/whole.logs/b.log
    grep -qx 'goodbye b SIGTERM' whole.reports/whole.logs/b.log
}

@test "commands: one that is up is restarted by its own signal, and killed if it does not stop" {
    {
        printf '%s\n' 'seed: 7' 'warmup: 200ms' 'duration: 5s' 'traffic: {rate: 20/s, requests: [{path: /}]}'
        printf '%s\n' 'client: {health_check: {path: /health}}' 'nodes:'
        keys='stop: {signal: USR1, within: 10s}' entry a 8080 polite
        keys='stop: {within: 100ms}' entry b 8081 stubborn
        printf '%s\n' 'faults:' '  - {at: 1s, restart: a}' '  - {at: 1s, restart: b}'
    } | scenario again
    start again again.yaml
    finish again 0
    report again.reports/again.json '.runs[-1].faults | all(.effective_ms != null and .cleared_ms != null)'
    grep -qx 'goodbye a SIGUSR1' again.reports/again.logs/a.log
    [ "$(grep -c '^starts b' again.reports/again.logs/b.log)" -ge 2 ]
}

@test "commands: behind the proxy, and in networks of their own" {
    for fault in 'delay: a, by: 20ms' 'partition: a'; do
        pair between <<YAML
duration: 2s
faults: [{at: 1s, for: 500ms, $fault}]
expect: {failed_requests: == 0}
YAML
        start between between.yaml
        finish between 0
        report between.reports/between.json '.runs[-1].faults[0].effective_ms != null'
    done
}

@test "commands: a service may be hit, and the client does not ask it" {
    pair served <<YAML
duration: 4s
services:
$(entry lb 8090)
faults: [{at: 1s, for: 500ms, kill: lb}]
expect: {failed_requests: == 0}
YAML
    start served served.yaml
    finish served 0
    report served.reports/served.json '.runs[-1].faults[0] | .targets == ["lb"] and .confirmed_by == "exit"
        and .cleared_ms != null'
}

@test "commands: a node that is paused to the end is let go before writes are read back from it" {
    pair read-back <<'YAML'
duration: 3s
verify: {get: "/$(request)", field: name}
faults: [{at: 1s, pause: a}]
expect: {lost: == 0}
YAML
    # shellcheck disable=SC2016 # for bascule
    sed -i 's|requests: .*|requests: [{method: POST, path: /, body: "$(request)"}]}|' read-back.yaml
    start read-back --journal read-back.yaml
    finish read-back 0
    report read-back.reports/read-back.json '.runs[0].faults[0].cleared_ms > 3000'
    for node in a b; do
        [ "$(grep '"event":"verified"' read-back.reports/read-back.journal.jsonl |
            grep -c "\"node\":\"$node\".*\"found\":true")" -ge 20 ]
    done
    "$python" "$root/tests/tools/recompute.py" read-back.reports/read-back.json \
        read-back.reports/read-back.journal.jsonl
}

@test "commands: a restart that is over too soon shows nothing about a switchover" {
    pair swift <<'YAML'
duration: 6s
faults: [{at: 1s, restart: a}]
expect: {switchover: < 4s}
YAML
    start swift swift.yaml
    finish swift 3
    report swift.reports/swift.json '.runs[0].reasons | any(.code == "not_measured" and
        (.text | test("too soon to show a switchover")))'
}

@test "commands: one that never answers well is not ready, with the reason" {
    {
        printf '%s\n' 'duration: 1s' 'nodes:'
        within=300ms entry a 8080 late
    } | scenario never
    start never never.yaml
    finish never 3
    is_told never node_not_ready "node 'a' was not ready within 300ms: GET /health at "
}

@test "commands: one that ends before it is ready is quoted" {
    scenario ends <<'YAML'
duration: 1s
nodes:
  - {name: a, port: 8080, command: [sh, -c, "echo no config; exit 4"], ready: {within: 20s}}
YAML
    start ends ends.yaml
    finish ends 3
    is_told ends node_not_ready \
        "node 'a' exited with status 4 before it was ready; it wrote last: no config"
    grep -qx 'no config' ends.reports/ends.logs/a.log
}

@test "commands: a port that somebody has is told with its owner" {
    local port
    isolate=never
    port=$(free_ports 1)
    "$python" -c "
import socket, time
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(('127.0.0.1', $port)); s.listen(9); time.sleep(600)" 3>&- &
    local owner=$!
    wait_until "$patience_s" is_bound "$port"
    {
        printf '%s\n' 'duration: 1s' 'nodes:'
        entry a "$port"
    } | scenario taken
    start taken taken.yaml
    finish taken 3
    kill "$owner"
    is_told taken port_taken "port $port of node 'a' is taken by process $owner ("
}

@test "commands: a variable from the environment is passed on and nowhere written" {
    {
        printf '%s\n' 'duration: 300ms' 'traffic: {rate: 20/s, requests: [{path: /}]}'
        printf '%s\n' 'client: {health_check: {path: /health}}' 'nodes:'
        env='SECRET: from-environment' entry a 8080
    } | scenario secret
    SECRET=xyzzy-4711 start secret secret.yaml --journal
    finish secret 0
    grep -q 'secret xyzzy-4711$' secret.reports/secret.logs/a.log # by the node itself
    run ! grep -rl xyzzy-4711 --exclude-dir=secret.logs secret.reports secret.out secret.err
}

# lasting NAME WORD...: a run that goes on until somebody ends it.
lasting() {
    local name=$1
    shift
    {
        printf '%s\n' 'warmup: 100ms' 'duration: 60s' 'traffic: {rate: 20/s, requests: [{path: /}]}'
        printf '%s\n' 'client: {health_check: {path: /health}}' 'nodes:'
        entry a "$(free_ports 1)" "$@"
    } | scenario "$name"
    start "$name" "$name.yaml"
    wait_until "$patience_s" grep -qs '^listens' "$name.reports/$name.logs/a.log"
}

@test "commands: the private folder is gone after a run, on the host too" {
    local folder
    for isolate in auto never; do
        {
            printf '%s\n' 'duration: 300ms' 'traffic: {rate: 20/s, requests: [{path: /}]}' 'nodes:'
            entry a "$(free_ports 1)"
        } | scenario calm
        start calm calm.yaml
        finish calm 0
        folder=$(folder_of calm.reports/calm.logs/a.log)
        [ -n "$folder" ]
        [ ! -e "$folder" ]
    done
}

@test "commands: nothing is left after an interrupt, nor is the folder" {
    local folder name
    for isolate in auto never; do
        name=interrupted-$isolate
        lasting "$name" polite
        folder=$(folder_of "$name.reports/$name.logs/a.log")
        [ "$isolate" = auto ] || [ -e "$folder/a" ]
        kill -INT "${pid_of[$name]}"
        finish "$name" 130
        grep -qx 'goodbye a SIGTERM' "$name.reports/$name.logs/a.log"
        [ ! -e "$folder" ]
        is_gone "$name"
    done
}

@test "commands: nothing is left of a killed harness, nor is the folder" {
    local folder name
    for isolate in auto never; do
        name=killed-$isolate
        lasting "$name" stubborn
        folder=$(folder_of "$name.reports/$name.logs/a.log")
        [ "$isolate" = auto ] || [ -e "$folder/a" ]
        kill -KILL "${pid_of[$name]}"
        finish "$name" 137
        wait_until 10 is_gone "$name"
        is_away() {
            [ ! -e "$folder" ]
        }
        wait_until 10 is_away
    done
}

@test "commands: one that runs already is reached through the proxy, and left alone" {
    local port
    isolate=never
    port=$(free_ports 1)
    NAME=theirs "$python" server.py 127.0.0.1 "$port" >theirs.log 3>&- &
    local theirs=$!
    wait_until "$patience_s" grep -qs '^listens' theirs.log
    scenario outside <<YAML
seed: 7
warmup: 200ms
duration: 2s
nodes:
  - {name: theirs, url: "http://localhost:$port/v1", external: true, ready: {http: /health, within: 20s}}
client: {health_check: {path: /health}}
traffic: {rate: 50/s, requests: [{path: /}]}
faults: [{at: 1s, for: 500ms, delay: theirs, by: 20ms}]
expect: {failed_requests: == 0}
YAML
    start outside outside.yaml
    finish outside 0
    report outside.reports/outside.json '.runs[-1].faults[0] | .confirmed_by == "proxy" and .hits > 0'
    kill "$theirs" # it can be: it lives
    sed -i 's/within: 20s/within: 1s/' outside.yaml
    start outside outside.yaml
    finish outside 3
    is_told outside node_not_ready "node 'theirs' was not ready within 1s: GET /health at localhost:$port is refused"
}

@test "commands: a client without failover behind a service, which runs in the private folder" {
    {
        printf '%s\n' 'seed: 7' 'warmup: 200ms' 'duration: 1s' 'traffic: {rate: 50/s, requests: [{path: /}]}'
        printf '%s\n' 'client: {direct: "http://localhost:8090/through"}' 'nodes:'
        entry a 8080
        printf '%s\n' 'services:'
        # shellcheck disable=SC2016 # for the program
        keys='cwd: "$(dir)"' entry lb 8090 | sed "s|server.py|$PWD/server.py|"
        printf '%s\n' 'expect: {failed_requests: == 0}'
    } | scenario direct
    start direct direct.yaml
    finish direct 0
    grep -qx "starts lb in $(folder_of direct.reports/direct.logs/lb.log) secret None" \
        direct.reports/direct.logs/lb.log
}
