#!/usr/bin/env bats
# `bascule schema`: valid JSON, valid JSON Schema, and what is in the folder schemas.

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

@test "schema: each is a JSON Schema of draft 7" {
    local kind
    for kind in scenario report journal comparison history; do
        bascule schema "$kind" >"$kind.json"
        cmp "$kind.json" "$root/schemas/$kind.schema.json"
        jq -e '."$schema" | test("draft-07")' "$kind.json"
        "$python" - "$kind.json" <<'PY'
import json, sys
from jsonschema import Draft7Validator
with open(sys.argv[1], encoding="utf-8") as file:
    Draft7Validator.check_schema(json.load(file))
PY
    done
}

@test "schema: they refuse what is not theirs" {
    echo '{"schema": "bascule/report/1"}' >empty.json
    run -1 is_valid report empty.json
    [[ $output == *"required"* ]]
    echo '{"at": 1, "seq": "x", "event": "fault"}' >line.jsonl
    run -1 is_valid journal line.jsonl 1 1
    echo '{"name": "x", "durations": "3s"}' >scenario.json
    run -1 is_valid scenario scenario.json
    echo '{"schema": "bascule/history/1", "scenarios": [{"name": "x"}]}' >history.json
    run -1 is_valid history history.json
    jq '.schema = "bascule/comparison/1"' history.json >comparison.json
    run -1 is_valid comparison comparison.json
}

@test "schema: all that a scenario can say is theirs, and what check refuses of programs is not" {
    local file status case
    for file in "$root"/tests/unit/scenario/everything*.yaml; do
        cp "$file" .
        status=0
        is_valid scenario "${file##*/}" || status=$?
        [ "$status" -ne 77 ] || skip "python3-yaml is missing"
        [ "$status" -eq 0 ]
    done
    for case in client-of-two-kinds client-exec-and-direct client-exec-takes-little client-direct-takes-little \
        client-exec-wrong client-exec-empty client-options-without-exec client-direct-url-wrong client-direct-https \
        node-of-two-kinds node-keys-of-another-kind node-external-without-url node-external-wrong node-url-wrong \
        node-command-wrong node-env-wrong node-cwd-wrong node-ready-wrong node-stop-wrong services-wrong \
        services-not-a-list leader-wrong leader-incomplete leader-get-with-body verify-wrong; do
        run -1 is_valid scenario "$root/tests/invalid/$case/scenario.yaml"
    done
}
