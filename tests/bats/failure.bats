#!/usr/bin/env bats
# When things go wrong around a run: the exit status and reason that docs/guide.md promises, and nothing left behind.

# shellcheck source=tests/bats/helpers.bash
source "$BATS_TEST_DIRNAME/helpers.bash"

# The one run that takes its 10 s goes on beside the other tests; the last one looks at it.
setup_file() {
    use_build
    BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR begin_test
    export silent_mark=$mark
    calm silent
    BASCULE_STUB=$(fake_stub unready-stub <<<$'#!/bin/sh\nexec sleep 60')
    export BASCULE_STUB
    {
        local began_us=${EPOCHREALTIME/./} status=0
        BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR bascule run -o silent.reports \
            --port-base "$(free_ports 3)" silent.yaml </dev/null || status=$?
        echo "$status $(((${EPOCHREALTIME/./} - began_us) / 1000))" >ended.new
        mv ended.new ended
    } >out 2>&1 3>&- 4>&- &
}
teardown_file() {
    # Not over yet if only some tests were asked for.
    [ -s "$BATS_FILE_TMPDIR/ended" ] || mark=$silent_mark marked | xargs -r kill
    mark=$silent_mark end_test
}
setup() {
    begin_test
}
teardown() {
    end_test
}

# A run that goes on until somebody ends it.
endless() { # endless NAME
    scenario "$1" <<'YAML'
seed: 1
warmup: 100ms
duration: 60s
traffic: {rate: 50/s}
YAML
}

# Stubs that come up only after a while; the keys of a scenario are replaced by `sed`.
sluggish() { # sluggish NAME
    scenario "$1" <<'YAML'
warmup: 0s
duration: 60s
nodes:
  - {name: a, port: 8080, stub: {start_delay: 30s}}
  - {name: b, port: 8081}
  - {name: c, port: 8082, stub: {start_delay: 30s}}
YAML
}

# A program in the place of the stub; its text comes on stdin.
fake_stub() {
    cat >"$1"
    chmod +x "$1"
    echo "$PWD/$1"
}

# ---- Nodes that do not come up, or go down ---------------------------------------------------------

@test "failure: a port that is taken is told with its owner" {
    local first owner
    first=$(free_ports 3)
    "$python" -c '
import socket, sys, time
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
time.sleep(60)' $((first + 1)) 3>&- 4>&- &
    owner=$!
    wait_until "$patience_s" is_bound $((first + 1))
    calm calm
    start taken --port-base "$first" calm.yaml
    finish taken 3
    report taken.reports/calm.json '.verdict == "inconclusive" and .reasons[0].code == "port_taken"'
    report taken.reports/calm.json ".reasons[0].text | contains(\"port $((first + 1)) \")
        and contains(\"$owner (python3\") and contains(\"backup-1\")"
    is_valid report taken.reports/calm.json
    kill "$owner"
    wait "$owner" || true
    is_gone
    are_free "$first" 3
}

@test "failure: a stub that dies at start, one that cannot be started, and none at all" {
    local first
    first=$(free_ports 50)
    calm calm
    BASCULE_STUB=$(fake_stub dying <<<$'#!/bin/sh\nexit 7') \
        start dying --port-base "$first" calm.yaml
    finish dying 3
    report dying.reports/calm.json '.reasons[0] | .code == "node_not_ready"
        and (.text | contains("exited with status 7"))'
    is_valid report dying.reports/calm.json
    # Some of many end before they can be told what they are.
    BASCULE_STUB=/bin/false start many --set nodes=50 --port-base "$first" calm.yaml
    finish many 3
    report many.reports/calm.json 'all(.reasons[]; .code == "node_not_ready")'
    BASCULE_STUB=$(fake_stub broken <<<$'#!/no/such/interpreter') \
        start broken --port-base "$first" calm.yaml
    finish broken 3
    report broken.reports/calm.json '.reasons[0].code == "node_not_ready"'
    BASCULE_STUB=/no/such/stub start missing --port-base "$first" calm.yaml
    finish missing 3
    grep -q "'/no/such/stub'" missing.err
    grep -q 'nothing was started' missing.err
    # Neither beside it nor named.
    cp "$program" lonely
    program=$PWD/lonely start lonely --port-base "$first" calm.yaml
    finish lonely 3
    grep -q 'bascule-stub' lonely.err
    is_gone
}

@test "failure: a node that listens on another port than its own is not ready" {
    local first
    first=$(free_ports 40)
    calm calm && echo 'nodes: 1' >>calm.yaml
    cp calm.yaml wired.yaml && sed -i 's/^name:.*/name: wired/; /^expect/d' wired.yaml
    echo 'faults: [{at: 100ms, delay: primary, by: 1ms}]' >>wired.yaml
    export BASCULE_STUB=$root/tests/tools/lying_stub.py
    PORT_OFFSET=10 start calm --port-base "$first" calm.yaml
    PORT_OFFSET=10 start wired --port-base $((first + 20)) wired.yaml
    finish calm 3
    finish wired 3
    local name
    for name in calm wired; do
        report "$name.reports/$name.json" '.verdict == "inconclusive" and .runs[0].metrics.requests == 0
            and all(.reasons[]; .code == "node_not_ready")'
        is_valid report "$name.reports/$name.json"
        is_gone "$name"
    done
    report calm.reports/calm.json "[.reasons[].text] ==
        [\"node 'primary' says it is ready, but nothing listens on port $first\"]"
    report wired.reports/wired.json 'any(.reasons[]; .text | contains("behind the proxy"))'
    are_free "$first" 40
}

@test "failure: a node that listens on another port once it is restarted: its fault failed" {
    local first
    first=$(free_ports 20)
    endless moved
    sed -i 's/^duration:.*/duration: 2s/' moved.yaml
    echo 'faults: [{at: 200ms, for: 200ms, kill: primary}]' >>moved.yaml
    HONEST_STARTS=1 PORT_OFFSET=10 BASCULE_STUB=$root/tests/tools/lying_stub.py \
        start moved --port-base "$first" moved.yaml
    finish moved 3
    report moved.reports/moved.json '.verdict == "inconclusive"
        and (.reasons | map(.code) | sort) == ["fault_unconfirmed", "node_not_ready"]
        and all(.reasons[]; .text | contains("nothing listens on port"))'
    report moved.reports/moved.json '.runs[0].faults[0] | .confirmed_by == "exit" and .cleared_ms == null'
    is_valid report moved.reports/moved.json
    is_gone
}

@test "failure: a look at a node's port is no request" {
    calm looked
    start looked --journal --port-base "$(free_ports 3)" looked.yaml
    finish looked 0
    jq -se '[map(select(.event == "executed"))[].request] | length == 50 and (unique | length) == 50' \
        looked.reports/looked.journal.jsonl
}

@test "failure: a node that dies without a fault makes the run inconclusive, and ends it" {
    local first
    first=$(free_ports 6)
    endless mid
    endless early
    sed -i 's/^warmup:.*/warmup: 60s/' early.yaml
    start mid --port-base "$first" mid.yaml
    start early --port-base $((first + 3)) early.yaml
    wait_until "$patience_s" are_bound $((first + 3)) 3
    kill -KILL "$(stubs early | head -n 1)"
    wait_until "$patience_s" are_bound "$first" 3
    local ready_us=${EPOCHREALTIME/./}
    wait_until "$patience_s" has_passed $((ready_us + 600000))
    kill -KILL "$(stubs mid | tail -n 1)"
    finish mid 3
    finish early 3
    local name
    for name in mid early; do
        report "$name.reports/$name.json" '.verdict == "inconclusive"
            and (.reasons[0] | .code == "node_died" and (.text | contains("signal 9")))
            and .wall_ms < 50000'
        is_valid report "$name.reports/$name.json"
    done
    # What was measured until then is kept.
    report mid.reports/mid.json '[.reasons[].code] == ["node_died"] and .runs[0].metrics.requests >= 20'
}

# ---- Signals ---------------------------------------------------------------------------------------

# Prepares and starts a run for each moment: as NAME.yaml, on three ports from port_of[NAME] on.
declare -gA port_of
start_moments() {
    local name first
    sluggish before-ready
    sluggish half-ready
    endless warm-up && sed -i 's/^warmup:.*/warmup: 60s/' warm-up.yaml
    endless traffic
    endless paused && echo 'faults: [{at: 100ms, pause: primary}]' >>paused.yaml
    endless all-paused && echo 'faults: [{at: 100ms, pause: all}]' >>all-paused.yaml
    endless down && echo 'faults: [{at: 100ms, for: 50s, kill: primary}]' >>down.yaml
    endless drain && echo 'faults: [{at: 100ms, pause: primary}]' >>drain.yaml
    sed -i 's/^duration:.*/duration: 500ms/' drain.yaml
    echo 'client: {profile: none, request_deadline: 50s, attempt_timeout: 50s}' >>drain.yaml
    endless twice
    endless third && echo 'repeat: 1000' >>third.yaml
    sed -i 's/^duration:.*/duration: 100ms/' third.yaml
    moments=(drain third before-ready half-ready warm-up traffic paused all-paused down twice)
    first=$(free_ports $((3 * ${#moments[@]})))
    for name in "${moments[@]}"; do
        port_of[$name]=$first
        start "$name" --port-base "$first" "$name.yaml"
        first=$((first + 3))
    done
}

runs_done() { # the processes of a run are new ones
    [ "$(stubs third | sort -n | head -n 1)" != "$1" ] && are_stubs third 3
}

# A pause at 100 ms, then 400 ms more of traffic: behind that there is only the drain.
await() { # await NAME: until its moment has come
    local seen_us first=${port_of[$1]}
    case $1 in
    before-ready) wait_until "$patience_s" are_stubs "$1" 3 ;;
    half-ready) wait_until "$patience_s" is_bound $((first + 1)) ;;
    paused | drain) wait_until "$patience_s" are_stubs "$1" 1 T ;;
    all-paused) wait_until "$patience_s" are_stubs "$1" 3 T ;;
    down)
        wait_until "$patience_s" are_bound $((first + 1)) 2
        wait_until "$patience_s" are_stubs "$1" 2
        ;;
    third)
        wait_until "$patience_s" are_stubs "$1" 3
        wait_until "$patience_s" runs_done "$(stubs "$1" | sort -n | head -n 1)"
        ;;
    *) wait_until "$patience_s" are_bound "$first" 3 ;;
    esac
    seen_us=${EPOCHREALTIME/./}
    case $1 in
    drain) wait_until "$patience_s" has_passed $((seen_us + 900000)) ;;
    traffic) wait_until "$patience_s" has_passed $((seen_us + 300000)) ;;
    esac
}

# interrupt SIGNAL STATUS: sends the signal at each moment, and wants each run to end well.
interrupt() {
    local name began_us
    start_moments
    for name in "${moments[@]}"; do
        await "$name"
        kill -s "$1" "${pid_of[$name]}"
        if [ "$name" = twice ]; then # unless it has ended already
            kill -s "$1" "${pid_of[$name]}" 2>/dev/null || true
        fi
    done
    began_us=${EPOCHREALTIME/./}
    for name in "${moments[@]}"; do
        echo "at the moment '$name':"
        finish "$name" "$2"
        is_gone "$name"
        are_free "${port_of[$name]}" 3
        report "$name.reports/$name.json" 'any(.reasons[]; .code == "interrupted")
            and .verdict == "inconclusive"'
        report "$name.reports/latest.json" ".exit == $2"
        is_valid report "$name.reports/$name.json"
        grep -q "interrupted by SIG$1" "$name.out"
        [ ! -s "$name.err" ]
    done
    # Nobody waits for a drain, or for a node that does not answer.
    [ $((${EPOCHREALTIME/./} - began_us)) -lt 10000000 ] || is_sanitized
    # What was measured is written.
    report traffic.reports/traffic.json '.runs[0].metrics.requests >= 5'
    report drain.reports/drain.json '.runs[0].metrics.requests == 25'
    report down.reports/down.json '.runs[0].faults[0].applied_ms >= 100'
    report paused.reports/paused.json '.runs[0].faults[0].confirmed_by == "stopped"'
}

@test "failure: SIGINT at any moment: exit 130, a report that says so, nothing left" {
    interrupt INT 130
}

@test "failure: SIGTERM at any moment: exit 143, a report that says so, nothing left" {
    interrupt TERM 143
}

# As `nohup` has it, and a script for what it starts in the background.
@test "failure: a signal that is ignored when it begins stays ignored" {
    scenario spared <<'YAML'
seed: 7
warmup: 100ms
duration: 1200ms
traffic: {rate: 100/s}
expect: {failed_requests: == 0}
YAML
    local kind
    for kind in auto never; do
        under=(env --ignore-signal=HUP --ignore-signal=INT)
        isolate=$kind start "spared-$kind" --port-base "$(free_ports 3)" spared.yaml
        under=()
        wait_until "$patience_s" are_stubs "spared-$kind" 3
        kill -HUP "${pid_of[spared-$kind]}"
        kill -INT "${pid_of[spared-$kind]}"
        finish "spared-$kind" 0
    done
}

@test "failure: signals at random moments leave nothing, whatever is going on" {
    local i first name moment_us began_us status
    local -A at_us
    first=$(free_ports 24)
    began_us=${EPOCHREALTIME/./}
    for i in {0..7}; do
        name=random-$i
        endless "$name"
        echo 'faults: [{at: 100ms, for: 200ms, kill: primary}, {at: 400ms, pause: backup-1}]' >>"$name.yaml"
        at_us[$name]=$((RANDOM * RANDOM % 1200000))
        start "$name" --port-base $((first + 3 * i)) "$name.yaml"
    done
    for name in $(for i in "${!at_us[@]}"; do echo "${at_us[$i]} $i"; done | sort -n | cut -d' ' -f2); do
        moment_us=${at_us[$name]}
        wait_until "$patience_s" has_passed $((began_us + moment_us))
        kill -INT "${pid_of[$name]}"
    done
    for name in "${!at_us[@]}"; do
        echo "$name: SIGINT after ${at_us[$name]} us"
        status=0
        wait "${pid_of[$name]}" || status=$?
        [ "$status" -eq 130 ]
        # Before the program is under way, it just ends.
        [ ! -e "$name.reports/$name.json" ] ||
            report "$name.reports/$name.json" 'any(.reasons[]; .code == "interrupted")'
        wait_until 2 is_gone "$name"
    done
    are_free "$first" 24
}

@test "failure: an interrupted scenario ends the list, and says what was not begun" {
    calm one
    endless two
    calm three
    start list --port-base "$(free_ports 3)" one.yaml two.yaml three.yaml
    wait_until "$patience_s" grep -q '^PASS one' list.out
    wait_until "$patience_s" are_stubs list 3
    kill -INT "${pid_of[list]}"
    finish list 130
    grep -q '1 of 3 scenarios not begun' list.out
    [ ! -e list.reports/three.json ]
    report list.reports/latest.json '[.reports[].verdict] == ["pass", "inconclusive"]'
}

@test "failure: SIGKILL of the harness takes all stubs along, also a stopped one" {
    local first name
    endless paused && echo 'faults: [{at: 100ms, pause: all}]' >>paused.yaml
    sluggish unready
    endless traffic
    first=$(free_ports 9)
    start paused --port-base "$first" paused.yaml
    start unready --port-base $((first + 3)) unready.yaml
    start traffic --port-base $((first + 6)) traffic.yaml
    wait_until "$patience_s" are_stubs paused 3 T
    wait_until "$patience_s" are_stubs unready 3
    wait_until "$patience_s" are_bound $((first + 6)) 3
    for name in paused unready traffic; do
        kill -KILL "${pid_of[$name]}"
        wait "${pid_of[$name]}" || true
        wait_until 5 is_gone "$name"
        [ ! -e "$name.reports/$name.json" ]
    done
    are_free "$first" 9
}

# A node that is more than one process: the stub, and one of its group that ends by no other signal
# than SIGKILL and has the control channel open.
family_stub() {
    fake_stub family-stub <<SH
#!/bin/sh
trap '' INT TERM HUP
sleep 1000 &
exec "$BUILD/bascule-stub"
SH
}

members() { # members NAME COMM: the processes of a run with that name
    local pid
    for pid in $(marked "$1"); do
        [ "$(cat "/proc/$pid/comm" 2>/dev/null)" != "$2" ] || echo "$pid"
    done
}

are_members() { # are_members NAME COMM COUNT
    [ "$(members "$1" "$2" | wc -w)" -eq "$3" ]
}

@test "failure: SIGKILL of the harness takes along what its nodes started, also stopped" {
    local first name guardian
    first=$(free_ports 6)
    endless stopped && echo 'faults: [{at: 100ms, pause: all}]' >>stopped.yaml
    endless going
    BASCULE_STUB=$(family_stub)
    export BASCULE_STUB
    start stopped --port-base "$first" stopped.yaml
    start going --port-base $((first + 3)) going.yaml
    wait_until "$patience_s" are_stubs stopped 3 T
    wait_until "$patience_s" are_bound $((first + 3)) 3
    for name in stopped going; do
        wait_until "$patience_s" are_members "$name" sleep 3
        guardian=$(members "$name" bascule-guard)
        # It keeps nobody waiting, and only the harness ends it in good order.
        [ "$(ls "/proc/$guardian/fd")" = 0 ]
        [[ $(readlink "/proc/$guardian/fd/0") == socket:* ]]
        kill -INT "$guardian" && kill -TERM "$guardian" && kill -HUP "$guardian"
        kill -KILL "${pid_of[$name]}"
        wait "${pid_of[$name]}" || true
    done
    wait_until 5 is_gone
    are_free "$first" 6
}

@test "failure: a harness whose guardian was killed goes on, and ends in good order" {
    endless lonely
    BASCULE_STUB=$(family_stub) start lonely --port-base "$(free_ports 3)" lonely.yaml
    wait_until "$patience_s" are_members lonely sleep 3
    kill -KILL "$(members lonely bascule-guard)"
    kill -INT "${pid_of[lonely]}"
    finish lonely 130
    is_gone lonely
    report lonely.reports/lonely.json '[.reasons[].code] | contains(["interrupted"])'
}

# ---- Reports that cannot be written ----------------------------------------------------------------

@test "failure: a report folder that cannot be is exit 3, nothing was started" {
    calm calm
    touch file
    run -3 --separate-stderr bascule run -o file/below calm.yaml
    [[ -z $output ]]
    [[ $stderr == *"report_unwritten: "*"file/below"*"Not a directory"*"nothing was started" ]]
    run -3 --separate-stderr bascule run -o /proc/reports calm.yaml
    [[ $stderr == *"report_unwritten: "*"/proc/reports"* ]]
    run -3 --separate-stderr bascule run -o "" calm.yaml
    [[ $stderr == *"report_unwritten: "* ]]
}

@test "failure: a report folder that goes away during the run" {
    endless gone
    sed -i 's/^duration:.*/duration: 400ms/' gone.yaml
    start gone --journal --port-base "$(free_ports 3)" gone.yaml
    wait_until "$patience_s" are_stubs gone 3
    rmdir gone.reports
    finish gone 3
    grep -q '^bascule run: report_unwritten: .*gone.reports/gone.json.*No such file' gone.err
    # The verdict is not lost with the report.
    grep -q '^PASS gone' gone.out
}

@test "failure: a full disk: exit 3, and the old report survives whole" {
    mkdir full
    calm calm
    unshare -rm mount -t tmpfs -o size=64k tmpfs full 2>/dev/null || skip "no mounts in a user namespace here"
    local first
    first=$(free_ports 3)
    # shellcheck disable=SC2016 # expands inside
    run -3 --separate-stderr unshare -rm bash -c '
        mount -t tmpfs -o size=64k tmpfs full || exit 1
        echo "{\"old\": true}" >full/calm.json
        head -c 1M /dev/zero >full/filler 2>/dev/null
        "$@"
        status=$?
        cp full/calm.json after.json
        ls -A full >files
        exit "$status"' - env BASCULE_TEST_MARK="$mark.full." "$program" run --journal -o full \
        --port-base "$first" calm.yaml
    [[ $stderr == *"report_unwritten: "*"full/calm.json"*"No space left on device"* ]]
    [ "$(cat after.json)" = '{"old": true}' ]
    diff files - <<<$'calm.json\nfiller'
    [[ $output == *"PASS calm"* ]]
}

# ---- Resources -------------------------------------------------------------------------------------

@test "failure: a run with stdin closed" {
    calm calm
    run -0 --separate-stderr bascule run -o reports --port-base "$(free_ports 3)" calm.yaml <&-
    [ -z "$stderr" ]
    report reports/calm.json '.verdict == "pass"'
}

# While the program runs: "SCENARIOS-DONE DESCRIPTORS" a line, whenever three stubs are up.
sample_descriptors() {
    local pid=${pid_of[$1]} fds
    while [ -n "$(marked "$1")" ]; do
        fds=("/proc/$pid/fd/"*)
        if are_stubs "$1" 3; then
            echo "$(grep -c '^PASS' "$1.out") ${#fds[@]}"
        fi
    done
}

@test "failure: many scenarios in one invocation leak no descriptor and no process" {
    local i files=()
    for i in {01..12}; do
        calm "s$i"
        echo 'faults: [{at: 100ms, for: 50ms, pause: backup-1}]' >>"s$i.yaml"
        files+=("s$i.yaml")
    done
    start leak --journal --port-base "$(free_ports 3)" "${files[@]}"
    sample_descriptors leak >samples
    finish leak 0
    # The middle of the first four and of the last four: connections come and go, and one that each scenario left
    # would make it eight more.
    sort -n -k2,2 samples | awk '
        $1 < 4 { first[firsts++] = $2 }
        $1 >= 8 { last[lasts++] = $2 }
        END {
            if (firsts < 1 || lasts < 1) { print "too few samples:", firsts, lasts; exit 1 }
            before = first[int(firsts / 2)]
            after = last[int(lasts / 2)]
            print "descriptors of", firsts, "samples:", before, "and of", lasts, "more:", after
            exit after - before > 5
        }'
}

# Wall time besides warm-up and traffic, in ms.
overhead_ms() {
    jq '.wall_ms - 500 | floor' "$1"
}

@test "failure: a run takes no longer than it must" {
    local try best=100000 own first
    calm calm
    first=$(free_ports 3)
    for try in 1 2 3; do
        start "try-$try" --port-base "$first" calm.yaml
        finish "try-$try" 0
        own=$(overhead_ms "try-$try.reports/calm.json")
        best=$((own < best ? own : best))
        [ "$best" -ge 500 ] || break
    done
    echo "besides warm-up and traffic: $best ms"
    [ "$best" -lt 500 ] || is_sanitized
}

@test "failure: 50 stubs are ready soon, and inherit nothing of each other" {
    local first pid fds few=1000 many=0
    calm many
    echo "nodes: 50" >>many.yaml
    sed -i 's/^duration:.*/duration: 2s/' many.yaml
    first=$(free_ports 50)
    start many --port-base "$first" many.yaml
    wait_until "$patience_s" are_bound "$first" 50
    for pid in $(stubs many); do
        fds=("/proc/$pid/fd/"*)
        few=$((${#fds[@]} < few ? ${#fds[@]} : few))
        many=$((${#fds[@]} > many ? ${#fds[@]} : many))
    done
    echo "descriptors of a stub: $few to $many"
    # Connections of clients and probes, but not one for each earlier stub.
    [ $((many - few)) -lt 20 ]
    finish many 0
    report many.reports/many.json '.verdict == "pass" and (.runs[0].nodes | length) == 50'
    is_sanitized || report many.reports/many.json '.wall_ms - 2200 < 3000'
    is_gone
    are_free "$first" 50
}

@test "failure: a node that never becomes ready is given 10 s" {
    local status took_ms
    wait_until "$patience_s" test -s "$BATS_FILE_TMPDIR/ended"
    read -r status took_ms <"$BATS_FILE_TMPDIR/ended"
    [ "$status" -eq 3 ]
    cp "$BATS_FILE_TMPDIR/silent.reports/silent.json" .
    report silent.json '.verdict == "inconclusive" and (.reasons[0] | .code == "node_not_ready"
        and (.text | contains("10 s")))'
    is_valid report silent.json
    [ "$took_ms" -ge 9500 ]
    [ "$took_ms" -le 14000 ] || is_sanitized
    mark=$silent_mark is_gone
}
