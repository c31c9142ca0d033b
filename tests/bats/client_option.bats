#!/usr/bin/env bats
# bascule run --client: a program in the place of every scenario's client.

# shellcheck source=tests/bats/helpers.bash
source "$BATS_TEST_DIRNAME/helpers.bash"

setup_file() {
    use_build
}

setup() {
    begin_test
    mkdir here scenarios
    # Keeps the line `start` where it runs, then answers as the sample client does.
    cat >here/client <<END
#!$python
import os, sys
line = sys.stdin.readline()
open("start.json", "w").write(line)
open("arguments", "w").write("\n".join(sys.argv[1:]))
reader, writer = os.pipe()
if os.fork() == 0:
    os.write(writer, line.encode())
    while data := os.read(0, 65536):
        os.write(writer, data)
    os._exit(0)
os.close(writer)
os.dup2(reader, 0)
os.execv("$root/tests/clients/echo", ["echo"])
END
    chmod +x here/client
    cat >scenarios/quiet.yaml <<END
name: quiet
seed: 1
warmup: 200ms
duration: 1s
client:
  attempt_timeout: 700ms
  failback: 10s
  hedge: {after: 50ms, budget: 5%}
  health_check: none
  retry: {attempts: 2}
traffic: {rate: 20/s}
expect: {failed_requests: 0, lost: 0}
END
}

teardown() {
    end_test
}

@test "--client: the program runs here, and is told the settings of the scenario's client" {
    cd here
    run -0 --separate-stderr bascule run -o ../reports --client "./client one 'two words'" ../scenarios/quiet.yaml
    [ "$(cat arguments)" = $'one\ntwo words' ]
    jq -e '.options == {profile: "resilient", request_deadline: 4500, attempt_timeout: 700, connect_timeout: 500,
        order: "primary-first", slow_start: null, failback: 10000, failover_on: ["connect", "reset", "timeout", "5xx"],
        eject_after: 1, eject_for: 1000, eject_for_max: 30000, breaker: null, hedge: {after: 50, budget: 0.05},
        health_check: null, keepalive: true,
        retry: {attempts: 2, methods: "idempotent", budget: null, backoff: null, idempotency_key: false}}' start.json
    jq -e '.scenario.client == "./client one '"'two words'"'"' ../reports/quiet.json
}

@test "--client: replay of a report uses the program again, if it may" {
    cd here
    run -0 --separate-stderr bascule run -o ../reports --client ./client ../scenarios/quiet.yaml
    run -2 --separate-stderr bascule replay -o ../replays ../reports/quiet.json
    [[ $output$stderr == *./client* ]]
    rm start.json
    run -0 --separate-stderr bascule replay -o ../replays --allow-commands ../reports/quiet.json
    [ -s start.json ]
}

@test "--client: a client that is a program keeps its options, one URL keeps its place" {
    cd here
    run -0 --separate-stderr bascule run -o ../reports --client ./client \
        --set 'client={exec: [./none], options: {depth: 3}}' ../scenarios/quiet.yaml
    jq -e '.options == {depth: 3}' start.json
    run -2 --separate-stderr bascule run -o ../reports --client ./client \
        --set 'client={direct: "http://127.0.0.1:8090"}' ../scenarios/quiet.yaml
    [[ $stderr == *"no other client can take its place"* ]]
}

@test "--client: what is no program is said before anything starts" {
    local line
    for line in '' '   ' "./client 'half"; do
        run -2 --separate-stderr bascule run --client "$line" scenarios/quiet.yaml
        [[ $stderr == *"a program is wanted"* ]]
    done
    run -2 --separate-stderr bascule run --client ./nobody scenarios/quiet.yaml
    [[ $stderr == *"'./nobody' does not exist here"* ]]
    [[ $stderr == *"nothing was started"* ]]
}
