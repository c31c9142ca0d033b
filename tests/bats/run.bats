#!/usr/bin/env bats
# `bascule run` with real processes: verdicts, exit codes, options, and what is written.

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

@test "run: a switch is measured, passes, and everything written is valid" {
    scenario switched <<'YAML'
seed: 3
warmup: 300ms
duration: 1600ms
traffic: {rate: 200/s}
faults:
  - {at: 300ms, kill: primary}
expect:
  switchover: < 300ms
  failed_requests: == 0
  share.backup-1: at least 50%
YAML
    local first
    first=$(free_ports 3)
    start switched --journal --port-base "$first" switched.yaml
    finish switched 0
    ls -A switched.reports >files
    diff files - <<<$'latest.json\nswitched.journal.jsonl\nswitched.json'

    local file=switched.reports/switched.json
    is_valid report "$file"
    report "$file" '.verdict == "pass" and .reasons == [] and .scenario.seed == 3'
    report "$file" '[.expectations[].verdict] == ["pass", "pass", "pass"]'
    report "$file" ".scenario.text == \"$(sed -z 's/\n/\\n/g' switched.yaml)\""
    report "$file" ".scenario.sha256 == \"$(sha256sum <switched.yaml | cut -d' ' -f1)\""
    report "$file" '.runs | length == 1'
    report "$file" '.runs[0].faults[0] | .confirmed_by == "exit" and .applied_ms >= 300
        and .effective_ms >= .applied_ms and .targets == ["primary"]'
    report "$file" '.runs[0].disturbances[0] | .recovered and .was_active and .served_by == ["backup-1"]
        and .switchover_ms > 0 and .switchover_ms < 300'
    report "$file" ".runs[0].nodes[0].url == \"http://127.0.0.1:$first\""
    report "$file" '.runs[0].metrics | .requests == 320 and .switches == 1'
    is_gone
    are_free "$first" 3
}

@test "run: every line of the journal is JSON, and holds the report's figures" {
    scenario told <<'YAML'
seed: 3
warmup: 200ms
duration: 600ms
client: {profile: none}
traffic: {rate: 100/s}
faults:
  - {at: 300ms, kill: primary}
YAML
    start told --journal --repeat 2 --port-base "$(free_ports 3)" told.yaml
    finish told 0
    local journal=told.reports/told.journal.jsonl file=told.reports/told.json
    is_valid journal "$journal" 1000 1000
    "$python" - "$journal" "$file" <<'PY'
import json, sys
with open(sys.argv[1], encoding="utf-8") as file:
    lines = [json.loads(line) for line in file]
with open(sys.argv[2], encoding="utf-8") as file:
    report = json.load(file)
heads = [i for i, line in enumerate(lines) if line["event"] == "run"]
assert heads[0] == 0 and len(heads) == 2 == len(report["runs"]), heads
for run, begin, end in zip(report["runs"], heads, heads[1:] + [len(lines)]):
    head, events = lines[begin], lines[begin + 1:end]
    assert head["seed"] == run["seed"] and head["t0_monotonic"] > 0 and head["t0_realtime"] > 10**18
    assert sorted(event["seq"] for event in events) == list(range(len(events)))
    duration = head["scenario"]["duration_ns"]
    due = {event["request"]: event["at"] for event in events if event["event"] == "request"}
    measured = {request for request, at in due.items() if 0 <= at < duration}
    ends = {event["request"]: event for event in events if event["event"] == "request_end"}
    metrics = run["metrics"]
    assert metrics["requests"] == len(measured) == 60, (metrics["requests"], len(measured))
    good = [request for request in measured
            if ends[request]["outcome"] == "answer" and ends[request]["status"] < 400]
    assert metrics["successes"] == len(good) and 0 < len(good) < 60
    assert metrics["failed_requests"] == len(measured) - len(good)
    executed = {event["request"] for event in events if event["event"] == "executed"}
    assert executed >= set(good), "a success that no log holds"
    worst = max(ends[request]["at"] - due[request] for request in measured) / 1e6
    assert abs(metrics["latency.max"] - worst) < 0.0006, (metrics["latency.max"], worst)
    applied = [event for event in events if event["event"] == "fault_applied"]
    if applied:
        assert abs(run["faults"][0]["applied_ms"] - applied[0]["at"] / 1e6) < 0.0006
PY
}

@test "run: exit codes of failed, known, and announced otherwise" {
    local first
    first=$(free_ports 15)
    broken failed
    { broken known && echo 'known_issue: {why: "no failover", fails: [failed_requests]}' >>known.yaml; }
    { broken other && echo 'known_issue: {why: "x", fails: [switches]}' >>other.yaml; }
    sed -i 's/^expect:.*/expect: {failed_requests: == 0, switches: == 0}/' other.yaml
    { calm cured && echo 'known_issue: {why: "x", fails: [failed_requests]}' >>cured.yaml; }
    start failed --port-base "$first" failed.yaml
    start known --port-base $((first + 3)) known.yaml
    start other --port-base $((first + 6)) other.yaml
    start cured --port-base $((first + 9)) cured.yaml
    finish failed 1
    finish known 0
    finish other 1
    finish cured 1
    report failed.reports/failed.json '.verdict == "fail" and .expectations[0].verdict == "fail"
        and .expectations[0].actual >= 15'
    report known.reports/known.json '.verdict == "known" and .known_issue.why == "no failover"'
    report other.reports/other.json '.verdict == "fail"'
    report cured.reports/cured.json '.verdict == "fail"'
    grep -q '^FAIL failed ' failed.out
    grep -q '^KNOWN known ' known.out
    local name
    for name in failed known other cured; do
        is_valid report "$name.reports/$name.json"
    done
}

@test "run: must, met and not met" {
    local first
    first=$(free_ports 15)
    { broken fails && echo 'must: fail' >>fails.yaml; }
    { calm passes && echo 'must: fail' >>passes.yaml; }
    scenario silent <<'YAML'
seed: 1
warmup: 0s
duration: 200ms
traffic: {rate: 0/s}
must: inconclusive:no_traffic
YAML
    scenario doubted <<'YAML'
seed: 1
warmup: 0s
duration: 200ms
traffic: {rate: 0/s}
must: inconclusive:node_died
YAML
    scenario quiet <<'YAML'
seed: 1
warmup: 0s
duration: 200ms
traffic: {requests: []}
YAML
    start fails --port-base "$first" fails.yaml
    start passes --port-base $((first + 3)) passes.yaml
    start silent --port-base $((first + 6)) silent.yaml
    start doubted --port-base $((first + 9)) doubted.yaml
    start quiet --port-base $((first + 12)) quiet.yaml
    finish fails 0
    finish passes 1
    finish silent 0
    finish doubted 1
    finish quiet 3
    report quiet.reports/quiet.json '.verdict == "inconclusive" and [.reasons[].code] == ["no_traffic"]'
    report silent.reports/silent.json '[.reasons[].code] | index("no_traffic") != null'
}

@test "run: 'requires' skips, with the reason; --strict does not forgive it" {
    calm skipped
    echo "requires: [sh, no-such-program-here]" >>skipped.yaml
    calm met
    echo "requires: [sh]" >>met.yaml
    start skipped --port-base 1 skipped.yaml
    finish skipped 77
    report skipped.reports/skipped.json '.verdict == "skipped" and .runs == []
        and (.reasons[0].text | contains("no-such-program-here"))'
    is_valid report skipped.reports/skipped.json
    grep -q 'no-such-program-here' skipped.out
    start strict --strict skipped.yaml
    finish strict 3
    start both --port-base "$(free_ports 3)" skipped.yaml met.yaml
    finish both 0
    grep -q '^1 passed, 1 skipped' both.out
}

@test "run: --tag selects; an empty selection is exit 2" {
    { calm red && echo 'tags: [a, gate]' >>red.yaml; }
    { calm green && echo 'tags: [b]' >>green.yaml; }
    { calm blue && echo 'tags: [c]' >>blue.yaml; }
    run -2 --separate-stderr bascule run -o reports --tag nothing red.yaml green.yaml
    [[ -z $output && $stderr == *"no scenario has the tag 'nothing'"*"nothing was started" ]]
    [ ! -e reports ]
    start some --tag gate --tag c --port-base "$(free_ports 3)" red.yaml green.yaml blue.yaml
    finish some 0
    ls some.reports >files
    diff files - <<<$'blue.json\nlatest.json\nred.json'
}

@test "run: --repeat, --seed, and the same seed gives the same schedule" {
    local first
    first=$(free_ports 9)
    scenario drawn <<'YAML'
warmup: 0s
duration: 400ms
traffic: {rate: 50/s}
faults:
  - {at: 50ms..350ms, id: early, switch_to: backup-1}
  - {at: 50ms..250ms, id: late, pause: one, for: 100ms}
YAML
    start one --repeat 3 --seed 11 --port-base "$first" drawn.yaml
    start two --repeat 3 --seed 11 --port-base $((first + 3)) drawn.yaml
    start three --port-base $((first + 6)) drawn.yaml
    # The schedule is what counts: a busy machine may make a run inconclusive.
    finish one 0 3
    finish two 0 3
    finish three 0 3
    report one.reports/drawn.json '.scenario.seed == 11'
    # Reruns for noise have the seed of their run.
    local schedule='[.runs[] | select(.rerun_of == null) | [.seed, [.faults[] | .planned_ms, .targets]]]'
    jq -c "$schedule" one.reports/drawn.json >one
    jq -c "$schedule" two.reports/drawn.json >two
    diff one two
    jq -e 'length == 3 and (map(.[0]) == [11, 12, 13]) and (map(.[1]) | unique | length == 3)' one
    # A drawn seed is said, recorded, and of use.
    local seed
    seed=$(sed -n 's/^seed \([0-9]*\), drawn.*/\1/p' three.out)
    report three.reports/drawn.json ".scenario.seed == $seed and .runs[0].seed == $seed"
    start again --seed "$seed" --port-base "$first" drawn.yaml
    finish again 0 3
    diff <(jq -c "$schedule" three.reports/drawn.json) <(jq -c "$schedule" again.reports/drawn.json)
    run ! grep -q drawn, one.out
}

@test "run: --set overrides what the file says" {
    calm set
    start set --set traffic.rate=50/s --set duration=400ms --set expect.requests='== 20' \
        --set repeat=2 --port-base "$(free_ports 3)" set.yaml
    finish set 0
    report set.reports/set.json '[.runs[].metrics.requests] == [20, 20]'
    report set.reports/set.json '[.expectations[].metric] | sort == ["failed_requests", "requests"]'
    run -2 --separate-stderr bascule run -o reports --set traffic.rat=50/s set.yaml
    [[ $stderr == *"--set traffic.rat=50/s: error: unknown key 'rat' in 'traffic' (did you mean 'rate'?)"* ]]
    [ ! -e reports ]
}

@test "run: latest.json names the reports of the last run, and its exit code" {
    calm one
    broken two
    local first
    first=$(free_ports 3)
    start last --port-base "$first" one.yaml two.yaml
    finish last 1
    report last.reports/latest.json '.exit == 1 and .reports == [
        {name: "one", file: "one.json", verdict: "pass"},
        {name: "two", file: "two.json", verdict: "fail"}]'
    start last --port-base "$first" one.yaml
    finish last 0
    report last.reports/latest.json '.exit == 0 and [.reports[].file] == ["one.json"]'
    [ -s last.reports/two.json ]
}

@test "run: 1 wins over 3, 3 over 0, and neither stops the others" {
    scenario silent <<'YAML'
seed: 1
warmup: 0s
duration: 100ms
traffic: {rate: 0/s}
YAML
    calm calm
    broken broken
    local first
    first=$(free_ports 6)
    start all --port-base "$first" broken.yaml silent.yaml calm.yaml
    start some --port-base $((first + 3)) silent.yaml calm.yaml
    finish some 3
    finish all 1
    grep -q '^1 passed, 1 failed, 1 inconclusive' all.out
    grep -q '^1 passed, 1 inconclusive' some.out
}

@test "run: an old report survives a write that fails, and no scrap stays" {
    calm calm
    # A folder in the place of the report cannot be replaced; the journal of the same run can.
    mkdir -p blocked.reports/calm.json/inside
    start blocked --journal --port-base "$(free_ports 3)" calm.yaml
    finish blocked 3
    grep -q '^bascule run: report_unwritten: .*blocked.reports/calm.json' blocked.err
    ls -A blocked.reports >files
    diff files - <<<$'calm.journal.jsonl\ncalm.json\nlatest.json'
    report blocked.reports/latest.json '.exit == 3'
}

@test "run: a report is replaced in one step" {
    calm calm
    local first
    first=$(free_ports 3)
    start calm --port-base "$first" calm.yaml
    finish calm 0
    # Whoever has the old one open keeps it; the new one is another file.
    exec 5<calm.reports/calm.json
    local before
    before=$(sha256sum calm.reports/calm.json)
    start calm --set expect.requests='== 30' --port-base "$first" calm.yaml
    finish calm 0
    [ "$(sha256sum <&5 | cut -d' ' -f1)" = "${before%% *}" ]
    exec 5<&-
    report calm.reports/calm.json '.expectations | length == 2'
}

@test "run: reports go to the folder 'reports' by default; folders are made with their parents" {
    calm calm
    local first
    first=$(free_ports 6)
    start deep -o a/b/c --port-base "$first" calm.yaml
    bascule run --port-base $((first + 3)) calm.yaml >out
    wait "${pid_of[deep]}"
    [ -s reports/calm.json ]
    [ -s a/b/c/calm.json ]
    [ ! -e deep.reports ]
}
