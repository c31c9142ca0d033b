#!/usr/bin/env bats
# Scenarios in namespaces of their own, several at once: what is printed, what happens where it is not
# permitted, and that nothing is left, however a run ends.

# shellcheck disable=SC2030,SC2031 # each test is a process of its own
# shellcheck source=tests/bats/helpers.bash
source "$BATS_TEST_DIRNAME/helpers.bash"

nobody=65534

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

# A run that goes on until somebody ends it, with the keys on stdin besides.
endless() { # endless NAME
    {
        printf '%s\n' 'seed: 1' 'warmup: 100ms' 'duration: 60s' 'traffic: {rate: 50/s}'
        [ -t 0 ] || cat
    } | scenario "$1"
}

# What a killed harness may leave the most of: a stopped process, a relay, a rule in the kernel.
busy() { # busy NAME
    endless "$1" <<'YAML'
faults:
  - {at: 100ms, pause: backup-1}
  - {at: 150ms, delay: backup-2, by: 10ms}
  - {at: 200ms, blackhole: primary}
YAML
}

# The same as a machine without namespaces, for root and for everybody.
without_namespaces() { # without_namespaces limit|filter
    if [ "$1" = limit ]; then
        # shellcheck disable=SC2016 # for the inner shell
        under=(unshare -Ur sh -c
            'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"' sh)
    else
        under=("$python" "$root/tests/tools/without.py" namespaces)
    fi
}

# workers NAME: the first process of each scenario's namespaces, in the order of their start.
workers() {
    local pid
    for pid in $(marked "$1"); do
        awk -v pid="$pid" -v parent="${pid_of[$1]}" \
            '{ sub(/.*\) /, "") } $2 == parent { print $20, pid }' "/proc/$pid/stat" 2>/dev/null || true
    done | sort -n | cut -d' ' -f2
}

# networks NAME: the network namespaces of a run, but for that of the test itself.
networks() {
    local pid
    for pid in $(marked "$1"); do
        readlink "/proc/$pid/ns/net" || true
    done | sort -u | grep -vxF "$(readlink /proc/self/ns/net)" || true
}

are_networks() { # are_networks NAME COUNT
    [ "$(networks "$1" | wc -w)" -eq "$2" ]
}

# No process is in one of these namespaces, and none has it open or mounted.
are_networks_gone() { # are_networks_gone NETWORK...
    local network used
    used=$(
        readlink /proc/[0-9]*/ns/net /proc/[0-9]*/fd/* || true
        cat /proc/[0-9]*/mountinfo 2>/dev/null || true
    )
    for network in "$@"; do
        ! grep -qF "$network" <<<"$used" || return 1
    done
}

# Also those of scenarios that were never begun may be missing.
holds_only_reports() { # holds_only_reports NAME
    ! find "$1.reports" -type f ! -name '*.json' 2>/dev/null | grep .
}

# at_once FILE...: there was a moment at which all of these reports' scenarios were under way.
at_once() {
    jq -se 'map((.started_at | sub("\\.(?<ms>[0-9]+)Z$"; "Z") | fromdateiso8601) * 1000
            + (.started_at | capture("\\.(?<ms>[0-9]+)Z$").ms | tonumber)
            | {begin: .}) as $begins
        | [range(length) as $i | $begins[$i].begin + .[$i].wall_ms] as $ends
        | ([$begins[].begin] | max) < ($ends | min)' "$@" >/dev/null
}

# ---- Several at once -------------------------------------------------------------------------------

# Figures that differ from run to run become T; the columns' widths go with them.
without_times() { # and without the numbers of runs, which a rerun for noise shifts
    sed -E 's/, run [0-9]+//; s/[0-9.]+ m?s/T/g; s/ +/ /g; s/(in-turn|at-once)\.reports/REPORTS/g' "$1"
}

@test "isolation: -j 3 prints what one after the other prints, in the order of the inputs" {
    local name
    broken first && sed -i 's/^duration:.*/duration: 900ms/' first.yaml
    calm second
    broken third
    calm fourth
    start at-once -j 3 first.yaml second.yaml third.yaml fourth.yaml
    start in-turn first.yaml second.yaml third.yaml fourth.yaml
    wait_until "$patience_s" are_networks at-once 3
    finish at-once 1
    finish in-turn 1
    diff <(without_times in-turn.out) <(without_times at-once.out)
    [ ! -s at-once.err ]
    grep -oE '^(PASS|FAIL) (first|second|third|fourth)  ' at-once.out | awk '{ print $2 }' |
        head -n 4 | diff - <(printf '%s\n' first second third fourth)
    # All had the same ports, at the same time.
    for name in first second third fourth; do
        report "at-once.reports/$name.json" '[.runs[0].nodes[].url] == ["http://127.0.0.1:8080",
            "http://127.0.0.1:8081", "http://127.0.0.1:8082"] and .environment.isolation == "namespaces"'
        is_valid report "at-once.reports/$name.json"
    done
    at_once at-once.reports/{first,second,third}.json
    run ! at_once in-turn.reports/{first,second}.json
    report at-once.reports/latest.json '[.reports[].name] == ["first", "second", "third", "fourth"]
        and .exit == 1'
}

@test "isolation: --isolate=never runs in turn, on ports of the host" {
    local first
    first=$(free_ports 3)
    calm one
    calm two
    isolate=never start host -j 4 --port-base "$first" one.yaml two.yaml
    wait_until "$patience_s" are_bound "$first" 3
    [ -z "$(networks host)" ]
    finish host 0
    run ! at_once host.reports/{one,two}.json
    report host.reports/one.json ".runs[0].nodes[0].url == \"http://127.0.0.1:$first\"
        and .environment.isolation == \"none\""
    are_free "$first" 3
    run -2 bascule run --isolate=perhaps one.yaml
    [[ $output == *"wants auto, always or never, not 'perhaps'"* ]]
    run -2 bascule run -j 0 one.yaml
}

# leaves_daemons NAME PORT DURATION: a node whose program leaves two processes behind, in a session of
# their own.
leaves_daemons() {
    scenario "$1" <<YAML_END
seed: 7
warmup: 200ms
duration: $3
client: {profile: none}
nodes:
  - name: a
    port: $2
    command: [sh, -c, "(setsid sh -c 'sleep 300 & exec sleep 300' &); exec python3 -m http.server --bind 127.0.0.1 \$(port)"]
    env: {BASCULE_TEST_MARK: "$mark.$1."}
    ready: {http: /, within: 10s}
traffic: {rate: 10/s, requests: [{path: /}]}
expect: {failed_requests: == 0}
YAML_END
}

are_daemons() { # are_daemons NAME COUNT
    local pid
    [ "$(for pid in $(marked "$1"); do cat "/proc/$pid/comm"; done 2>/dev/null | grep -c '^sleep$')" -eq "$2" ]
}

@test "isolation: on the host, too, nothing outlives a run, not even what left its session" {
    local first signal
    first=$(free_ports 3)
    leaves_daemons ends "$first" 1s
    leaves_daemons INT $((first + 1)) 60s
    leaves_daemons HUP $((first + 2)) 60s
    isolate=never
    start ends ends.yaml
    start INT INT.yaml
    start HUP HUP.yaml
    finish ends 0 3
    is_gone ends
    for signal in INT HUP; do
        wait_until "$patience_s" are_daemons "$signal" 2
        kill -"$signal" "${pid_of[$signal]}"
        finish "$signal" 129 130
        is_gone "$signal"
    done
}

@test "isolation: a port of the host that is taken does not matter" {
    local first taker
    first=$(free_ports 3)
    "$python" -c '
import socket, sys, time
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
time.sleep(60)' "$first" 3>&- 4>&- &
    taker=$!
    wait_until "$patience_s" is_bound "$first"
    calm calm
    start free --port-base "$first" calm.yaml
    finish free 0
    kill "$taker"
    wait "$taker" || true
}

# ---- Where it is not permitted ---------------------------------------------------------------------

@test "isolation: forbidden, auto goes on without, says so once, and skips faults on packets" {
    local first way
    first=$(free_ports 9)
    calm one
    calm two
    calm dropped && echo 'faults: [{at: 100ms, for: 100ms, blackhole: primary}]' >>dropped.yaml
    sed -i '/^expect/d' dropped.yaml
    isolate=auto
    for way in limit filter; do
        without_namespaces "$way"
        start "$way" -j 4 --port-base "$first" one.yaml two.yaml dropped.yaml
        first=$((first + 3))
    done
    start strict --strict --port-base "$first" one.yaml dropped.yaml
    finish limit 0
    finish filter 0
    finish strict 3
    for way in limit filter strict; do
        [ "$(wc -l <"$way.err")" -eq 1 ]
        grep -q '^bascule run: no isolation here (cannot make namespaces: .*host' "$way.err"
        grep -q 'user.max_user_namespaces' limit.err
        grep -q 'seccomp profile' filter.err
        report "$way.reports/one.json" '.verdict == "pass" and .environment.isolation == "none"'
        report "$way.reports/dropped.json" '.verdict == "skipped" and .runs == []
            and (.reasons[0].text | contains("namespaces"))'
        is_valid report "$way.reports/dropped.json"
        grep -q 'faults on packets need namespaces' "$way.out"
    done
    run ! at_once limit.reports/{one,two}.json
}

@test "isolation: forbidden, always is exit 3, and nothing was started" {
    local way
    calm calm
    for way in limit filter; do
        without_namespaces "$way"
        start "$way" calm.yaml
        finish "$way" 3
        [ ! -s "$way.out" ]
        grep -q 'isolation is not permitted here: cannot make namespaces' "$way.err"
        grep -q 'nothing was started' "$way.err"
        [ -z "$(ls -A "$way.reports" 2>/dev/null)" ]
    done
}

@test "isolation: an ordinary user needs no more than root" {
    if [ "$(id -u)" -ne 0 ]; then
        skip "this is an ordinary user: the other tests have shown it"
    fi
    local folder
    folder=$(mktemp -d)
    chown "$nobody" "$folder"
    under=(setpriv --reuid "$nobody" --regid "$nobody" --clear-groups)
    if ! "${under[@]}" test -x "$program"; then
        rmdir "$folder"
        skip "the program lies where only root may go"
    fi
    calm calm
    calm dropped && echo 'faults: [{at: 50ms, for: 200ms, blackhole: primary}]' >>dropped.yaml
    sed -i '/^expect/d' dropped.yaml
    cp calm.yaml dropped.yaml "$folder"
    start ordinary -j 2 -o "$folder/reports" "$folder/calm.yaml" "$folder/dropped.yaml" ||
        true
    finish ordinary 0
    report "$folder/reports/calm.json" '.verdict == "pass" and .environment.isolation == "namespaces"'
    report "$folder/reports/dropped.json" '.runs[0].faults[0] | .confirmed_by == "rule" and .hits > 0'
    rm -rf "$folder"
}

# ---- However it ends -------------------------------------------------------------------------------

@test "isolation: a worker that is killed makes its own scenario inconclusive, no other" {
    local victim networks
    calm one && sed -i 's/^duration:.*/duration: 1500ms/' one.yaml
    busy two
    calm three && sed -i 's/^duration:.*/duration: 1500ms/' three.yaml
    start three -j 3 one.yaml two.yaml three.yaml
    wait_until "$patience_s" are_networks three 3
    wait_until "$patience_s" are_stubs three 1 T
    mapfile -t networks < <(networks three)
    victim=$(workers three | sed -n 2p)
    kill -KILL "$victim"
    finish three 3
    report three.reports/one.json '.verdict == "pass"'
    report three.reports/three.json '.verdict == "pass"'
    report three.reports/two.json '.verdict == "inconclusive" and .runs == []
        and (.reasons[0].text | contains("SIGKILL"))'
    is_valid report three.reports/two.json
    grep -oE '^[A-Z]+ (one|two|three)( |$)' three.out | head -n 3 |
        diff - <(printf '%s\n' 'PASS one ' 'INCONCLUSIVE two' 'PASS three ')
    wait_until 5 is_gone three
    wait_until 30 are_networks_gone "${networks[@]}" # the kernel takes them down in its own time
}

@test "isolation: SIGINT and SIGTERM end all that run at once, with their reports" {
    local signal status name networks
    for name in one two three four; do
        busy "$name"
    done
    for signal in INT TERM; do
        start "$signal" -j 3 one.yaml two.yaml three.yaml four.yaml
    done
    for signal in INT TERM; do
        wait_until "$patience_s" are_networks "$signal" 3
        wait_until "$patience_s" are_stubs "$signal" 3 T
        mapfile -t networks < <(networks "$signal")
        kill -s "$signal" "${pid_of[$signal]}"
        status=$([ "$signal" = INT ] && echo 130 || echo 143)
        finish "$signal" "$status"
        is_gone "$signal"
        wait_until 5 are_networks_gone "${networks[@]}"
        for name in one two three; do
            report "$signal.reports/$name.json" 'any(.reasons[]; .code == "interrupted")
                and .runs[0].faults[0].confirmed_by == "stopped"'
            is_valid report "$signal.reports/$name.json"
        done
        [ ! -e "$signal.reports/four.json" ]
        report "$signal.reports/latest.json" ".exit == $status and (.reports | length == 3)"
        grep -q "interrupted by SIG$signal" "$signal.out"
        grep -q '1 of 4 scenarios not begun' "$signal.out"
        holds_only_reports "$signal"
    done
}

@test "isolation: SIGKILL of the harness leaves no process and no namespace" {
    local name networks
    for name in one two three; do
        busy "$name"
    done
    start killed -j 3 one.yaml two.yaml three.yaml
    wait_until "$patience_s" are_networks killed 3
    wait_until "$patience_s" are_stubs killed 3 T
    mapfile -t networks < <(networks killed)
    run ! are_networks_gone "${networks[@]}" # or what is below would show nothing
    kill -KILL "${pid_of[killed]}"
    wait "${pid_of[killed]}" || true
    wait_until 5 is_gone killed
    wait_until 5 are_networks_gone "${networks[@]}"
    holds_only_reports killed
}

@test "isolation: runs that end at random moments leave nothing" {
    local i name began_us status network
    local -A signal_of at_us
    local -a signals=(INT TERM KILL HUP) networks
    busy one
    busy two
    began_us=${EPOCHREALTIME/./}
    for i in {0..19}; do
        name=random-$i
        signal_of[$name]=${signals[RANDOM % 4]}
        at_us[$name]=$((RANDOM * RANDOM % 2500000))
        start "$name" -j 2 one.yaml two.yaml
    done
    for name in $(for i in "${!at_us[@]}"; do echo "${at_us[$i]} $i"; done | sort -n | cut -d' ' -f2); do
        wait_until "$patience_s" has_passed $((began_us + at_us[$name]))
        mapfile -t -O "${#networks[@]}" networks < <(networks "$name")
        kill -s "${signal_of[$name]}" "${pid_of[$name]}"
    done
    for name in "${!at_us[@]}"; do
        echo "$name: SIG${signal_of[$name]} after ${at_us[$name]} us"
        status=0
        wait "${pid_of[$name]}" || status=$?
        case ${signal_of[$name]} in
        INT) [ "$status" -eq 130 ] ;;
        TERM) [ "$status" -eq 143 ] ;;
        HUP) [ "$status" -eq 129 ] ;;
        KILL) [ "$status" -eq 137 ] ;;
        esac
        wait_until 5 is_gone "$name"
        holds_only_reports "$name"
    done
    wait_until 5 are_networks_gone "${networks[@]}"
}

@test "isolation: what names a node that runs already is on the host, the others are not" {
    local port
    port=$(free_ports 2)
    # Another `bascule` holds the nodes that run already.
    isolate=never start held --port-base "$port" <(
        printf '%s\n' 'name: held' 'nodes: 2' 'duration: 60s' 'warmup: 100ms' 'traffic: {rate: 1/s}'
    )
    wait_until "$patience_s" are_bound "$port" 2
    calm inside
    calm outside
    cat >>outside.yaml <<YAML_END
nodes:
  - {name: a, port: $port, external: true}
  - {name: b, url: "http://localhost:$((port + 1))", external: true, ready: {http: /api/health}}
YAML_END
    isolate=auto start both -j 2 inside.yaml outside.yaml
    finish both 0
    report both.reports/inside.json '.environment.isolation == "namespaces"'
    report both.reports/outside.json '.environment.isolation == "none" and .verdict == "pass"'
    isolate=always start forced outside.yaml
    finish forced 3
    report forced.reports/outside.json '.reasons == [{code: "isolation",
        text: "a node is external: it is reached over the host'"'"'s network"}]'
    kill -INT "${pid_of[held]}"
    finish held 130
}
