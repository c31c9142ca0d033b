#!/usr/bin/env bats
# `bascule plan` and `bascule schema`: they print, and start nothing.

# shellcheck source=tests/bats/helpers.bash
source "$BATS_TEST_DIRNAME/helpers.bash"

setup_file() {
    use_build
}
setup() {
    begin_test
    scenario drawn <<'YAML'
duration: 20s
faults:
  - {at: 3s..9s, id: early, kill: primary}
  - {at: 10s..19s, id: late, for: 500ms, pause: backup-1}
YAML
}
teardown() {
    end_test
}

@test "plan: the same seed gives the same plan, another one another" {
    bascule plan --seed 5 drawn.yaml >a
    bascule plan --seed 5 drawn.yaml >b
    bascule plan --seed 6 drawn.yaml >c
    cmp a b
    grep -q '^seed  *5$' a
    run ! diff <(grep -v '^seed' a) <(grep -v '^seed' c)
    is_gone
    [ ! -e reports ]
}

@test "plan: ranges are drawn inside, and a run keeps to them" {
    local seed times=()
    for seed in {1..12}; do
        bascule plan --seed "$seed" drawn.yaml >plan.txt
        times+=("$(awk '$2 == "kill" { print $1 }' plan.txt)")
        awk '$2 == "kill" { sub(/s$/, "", $1); exit !($1 >= 3 && $1 <= 9) }' plan.txt
    done
    # Drawn, not a constant.
    [ "$(printf '%s\n' "${times[@]}" | sort -u | wc -l)" -ge 10 ]
    scenario short <<'YAML'
warmup: 0s
duration: 400ms
faults:
  - {at: 100ms..300ms, switch_to: backup-1}
YAML
    start short --seed 5 --port-base "$(free_ports 3)" short.yaml
    finish short 0
    local planned
    planned=$(bascule plan --seed 5 short.yaml | awk '$2 == "switch_to" { print $1 }')
    report short.reports/short.json ".runs[0].faults[0].planned_ms as \$at | \"${planned%ms}\" | tonumber - \$at | fabs < 0.1"
}

@test "plan: a flap is shown by its first phases, and how many there are" {
    scenario flap <<'YAML'
duration: 12s
faults:
  - {at: 1s, flap: primary, every: 2s, down: 500ms, how: pause}
YAML
    bascule plan flap.yaml >plan.txt
    grep -qE '^ +1s +flap: pause primary for 500ms +flap-1, 6 times, every 2s$' plan.txt
    [ "$(grep -c 'flap: pause' plan.txt)" -eq 3 ]
    [ "$(grep -c 'end of flap-1' plan.txt)" -eq 3 ]
    grep -qE '^ +7s +and 3 more of flap-1, the last at 11s$' plan.txt
}

@test "plan: chaos is drawn as run and simulate draw it, and each run its own" {
    scenario storm <<'YAML'
repeat: 2
warmup: 100ms
duration: 1500ms
traffic: {rate: 200/s}
faults:
  - {at: 50ms, id: own, for: 50ms, pause: backup-2}
chaos: {from: 100ms, until: 1400ms, every: 300ms, heal: 100ms, faults: {kill: 1, pause: 1, slow: 1, respond: 1, stall: 1}}
YAML
    storm_of() { # storm_of SEED: time in ms, kind and target of each fault
        bascule plan --seed "$1" storm.yaml | awk '$2 != "end" && / (own|chaos-[0-9]+)(,|$)/ {
            print $1 ~ /ms$/ ? $1 + 0 : $1 * 1000, $2, $3 }'
    }
    storm_of 7 >plan.7
    storm_of 8 >plan.8
    [ "$(wc -l <plan.7)" -ge 3 ]
    run ! cmp plan.7 plan.8
    start storm --seed 7 --journal --port-base "$(free_ports 3)" storm.yaml
    finish storm 0 3 # a loud neighbour changes no schedule
    run bascule simulate --seed 7 --repeat 2 --report -o simulated storm.yaml
    local seed folder
    for seed in 7 8; do
        for folder in storm.reports simulated; do
            jq -r --argjson seed "$seed" 'first(.runs[] | select(.seed == $seed)).faults[]
                | "\(.planned_ms) \(.kind) \(.targets[0])"' "$folder/storm.json" >"$folder/faults"
            cmp "plan.$seed" "$folder/faults"
        done
    done
    # The journal tells the faults of its run, in the order of their numbers.
    jq -c 'select(.event == "run") | [.scenario.faults[].kind]' storm.reports/storm.journal.jsonl >told
    jq -c '.runs[] | [.faults[].kind]' storm.reports/storm.json | cmp - told
    "$python" "$root/tests/tools/recompute.py" storm.reports/storm.json storm.reports/storm.journal.jsonl
}

@test "plan: chaos is summed up" {
    scenario chaotic <<'YAML'
duration: 20s
chaos: {heal: 3s, faults: {kill: 2, pause: 1}}
YAML
    bascule plan --seed 1 chaotic.yaml >plan.txt
    grep -qxF 'chaos    one fault every 5s from 1s until 16s, undone after 3s' plan.txt
    grep -qxF '         at least 1 healthy; weights: kill 2, pause 1' plan.txt
    [ "$(grep -cE '^ +[0-9.]+s  (kill|pause) [a-z0-9-]+ for 3s +chaos-[0-9]$' plan.txt)" -eq 3 ]
}

@test "plan: programs, services, the client and who leads" {
    scenario programs <<'YAML'
nodes:
  - {name: etcd-1, port: 9001, command: [etcd, --name, "$(name)"], env: {A: b c, TOKEN: from-environment}, cwd: data}
  - {name: far, url: "http://staging.example/v1", external: true}
services: [{name: lb, port: 8090, command: [haproxy]}, {name: worker, command: [./w]}]
client: {exec: [node, "a b.mjs"], options: {module: x}, instances: 2}
leader: {post: /v3/status, field: header.id, same_as: leader}
verify: {get: "/kv/$(request)", field: v}
traffic: {requests: [{method: POST, path: /kv, body: "$(request)"}]}
faults: [{at: 3s, reset: leader, for: 1s}, {at: 5s, kill: lb}]
YAML
    TOKEN=secret bascule plan --seed 1 programs.yaml >plan.txt
    grep -qxF 'nodes    etcd-1 :9001, far http://staging.example/v1' plan.txt
    grep -qxF 'services lb :8090, worker' plan.txt
    grep -qxF "  node etcd-1: etcd --name '\$(name)'  (A='b c', TOKEN from the environment, in data)" plan.txt
    grep -qxF '  service worker: ./w' plan.txt
    grep -qxF "  client: node 'a b.mjs'  (options {\"module\":\"x\"})" plan.txt
    grep -qxF 'client   exec, 2 instances' plan.txt
    grep -qxF 'leader   POST /v3/status: header.id same as leader' plan.txt
    grep -qxF "verify   GET /kv/\$(request): v" plan.txt
    grep -qE '^ +3s  reset the node that says that it leads for 1s' plan.txt
    run ! grep secret plan.txt
    scenario direct <<'YAML'
client: {direct: "http://127.0.0.1:8090/in", attempt_timeout: 2s}
YAML
    bascule plan direct.yaml >plan.txt
    grep -qxF 'client   direct http://127.0.0.1:8090/in; attempt 2s at most, request without limit' plan.txt
}

@test "plan: the seed of the scenario, without one a drawn one" {
    { cat drawn.yaml; echo "seed: 42"; } >own.yaml
    bascule plan own.yaml | grep -q '^seed  *42$'
    bascule plan drawn.yaml >a
    bascule plan drawn.yaml >b
    run ! diff <(grep -v '^seed' a) <(grep -v '^seed' b)
}

@test "plan: an invalid scenario is exit 2" {
    echo "name: bad!" >bad.yaml
    run -2 --separate-stderr bascule plan bad.yaml
    [[ -z $output && $stderr == "bad.yaml:1:7: error: "* ]]
}
