#!/usr/bin/env bats
# bascule simulate: single runs, many seeds, what is printed and written, and what is refused.

# shellcheck source=tests/bats/helpers.bash
source "$BATS_TEST_DIRNAME/helpers.bash"

setup_file() {
    use_build
}
setup() {
    begin_test
    # Nothing of it may be needed.
    export BASCULE_STUB=/no/such/stub BASCULE_PROXY=/no/such/proxy
}
teardown() {
    end_test
}

# The primary dies at a drawn moment and nobody takes over: the earlier, the more requests fail, so
# that some seeds fail and others pass.
drawn() { # drawn NAME
    scenario "$1" <<'YAML'
warmup: 200ms
duration: 1500ms
client: {profile: none}
traffic: {rate: 100/s}
faults:
  - {at: 500ms..1400ms, kill: primary}
expect: {failed_requests: at most 70}
YAML
}

# What differs between two runs of the same seeds: times and speeds.
without_speed() {
    sed -E 's/[0-9.,]+ (runs\/s|x real time|engine turns\/s)//g; s/ in [0-9.]+ (ms|s|min [0-9]+ s)//g' "$@"
}

first_failing() { # first_failing FILE: the seed that its line names
    sed -nE 's/^.* failed(, the first)? at seed ([0-9]+).*/\2/p' "$1"
}

@test "simulate: the verdict of a run in an instant, with its speed; nothing is started or written" {
    calm calm
    broken broken
    run -1 --separate-stderr bascule simulate calm.yaml broken.yaml
    [ -z "$stderr" ]
    [[ $output =~ (^|$'\n')"PASS calm  worst latency " ]]
    [[ $output =~ $'\n'"FAIL broken  " ]]
    [[ $output == *"failed_requests: 20, expected == 0"* ]]
    [[ $output == *"-> again: bascule simulate --seed 7 broken.yaml"$'\n'* ]]
    [[ $output =~ $'\n'"1 passed, 1 failed; 1."[0-9]+" s in "[0-9.]+" "u?m?s", "[0-9,]+" x real time, "[0-9,]+" engine turns/s"$ ]]
    [ "$(echo ./*.yaml)" = "./broken.yaml ./calm.yaml" ]
    [ ! -e reports ]
}

@test "simulate: opens no socket and runs no program" {
    command -v strace >/dev/null || skip "strace is missing"
    calm calm
    ASAN_OPTIONS=detect_leaks=0 strace -f -o calls -e trace=socket,socketpair,connect,bind,execve \
        "$program" simulate --seeds 20 calm.yaml >/dev/null
    [ "$(grep -c execve calls)" -eq 1 ]
    run ! grep -E '(socket|socketpair|connect|bind)\(' calls
}

@test "simulate: report and journal only on request, as their schemas say" {
    calm calm
    run -0 bascule simulate calm.yaml
    [ ! -e reports ]
    run -0 bascule simulate --report calm.yaml
    [[ $output == *"; reports in reports/" ]]
    [ "$(ls reports)" = calm.json ]
    run -0 bascule simulate --journal -o both calm.yaml
    [ "$(ls both)" = $'calm.journal.jsonl\ncalm.json' ]
    is_valid report both/calm.json
    is_valid journal both/calm.journal.jsonl 1000 100
    report both/calm.json '.environment.isolation == "simulation" and .started_at == null and .wall_ms == null'
    head -n 1 both/calm.journal.jsonl | jq -e '.t0_realtime == null and .t0_monotonic == null'
    # As fast as it was, the figures follow from the journal.
    "$root/tests/tools/recompute.py" both/calm.json both/calm.journal.jsonl
}

@test "simulate: the seed is the option's, else the scenario's, else 1" {
    calm own
    drawn none
    bascule simulate -o a own.yaml >/dev/null
    report a/own.json '.scenario.seed == 7'
    bascule simulate -o a --seed 18446744073709551615 own.yaml >/dev/null
    report a/own.json '.scenario.seed == "18446744073709551615"'
    bascule simulate -o a none.yaml >/dev/null || true
    report a/none.json '.scenario.seed == 1'
}

@test "simulate: the same seed gives the same bytes" {
    local name
    drawn drawn
    sed '/expect/d' drawn.yaml >mixed.yaml
    sed -i 's/drawn/mixed/; s/profile: none/profile: resilient, instances: 3/' mixed.yaml
    for name in a b; do
        bascule simulate --seed 3 --journal --repeat 3 -o $name drawn.yaml mixed.yaml >$name.out || true
    done
    diff -r a b
    diff <(without_speed a.out | sed 's/\ba\//b\//') <(without_speed b.out)
    bascule simulate --seed 4 --journal --repeat 3 -o c drawn.yaml mixed.yaml >/dev/null || true
    run ! cmp a/mixed.journal.jsonl c/mixed.journal.jsonl
}

@test "simulate: seeds: a line a scenario, the first failing seed and why, and how to see it again" {
    local seed
    drawn drawn
    calm calm
    run -1 --separate-stderr bascule simulate --seeds 40 calm.yaml drawn.yaml
    [ -z "$stderr" ]
    echo "$output" >seen
    grep -qE '^calm: 40 seeds, all passed \([0-9.,]+ runs/s, [0-9.,]+ x real time\)$' seen
    grep -qE '^drawn: 40 seeds, [0-9]+ failed(, the first)? at seed [0-9]+, [0-9]+ passed \(' seen
    grep -qE '^  failed +min +[0-9]+ +p50 +[0-9]+ +p95 +[0-9]+ +max +[0-9]+$' seen
    grep -qE '^1 passed, 1 failed; 80 runs in ' seen
    [ ! -e reports ]
    # What it says to do shows the same failure.
    seed=$(first_failing seen)
    again=$(sed -n 's/^  -> again: bascule \(.*\)$/\1/p' seen)
    [ "$again" = "simulate --seed $seed drawn.yaml" ]
    # shellcheck disable=SC2086 # words
    run -1 bascule $again
    why=$(grep -A1 '^FAIL drawn$' seen)
    [[ $why == *"failed_requests: "* && $output == *"$why"* ]]
    # It is the first one: those before it pass.
    [ "$seed" -eq 1 ] || bascule simulate --seeds $((seed - 1)) drawn.yaml
}

@test "simulate: seeds: the line to repeat holds what it takes" {
    drawn drawn
    sed -i 's/^name: .*/name: odd/' drawn.yaml
    mkdir 'a b'
    mv drawn.yaml "a b/o'dd.yaml"
    echo 'repeat: 5' >>"a b/o'dd.yaml"
    run -1 bascule simulate --seeds 30 --set 'traffic.requests=[{path: /api/providers}]' --set traffic.rate=200/s "a b/o'dd.yaml"
    echo "$output" >seen
    again=$(sed -n 's/^  -> again: bascule \(.*\)$/\1/p' seen)
    [[ $again == *" --repeat 1 "* ]]
    eval "run -1 bascule $again"
    [[ $output == *"$(grep -A1 '^FAIL odd$' seen)"* ]]
}

@test "simulate: seeds: the workers' number and order make no difference" {
    local jobs
    drawn drawn
    for jobs in 1 2 5; do
        bascule simulate --seeds 60 -j $jobs --journal -o reports drawn.yaml >$jobs.out || true
        mv reports reports.$jobs
    done
    diff <(without_speed 1.out) <(without_speed 2.out)
    diff <(without_speed 1.out) <(without_speed 5.out)
    diff -r reports.1 reports.2
    diff -r reports.1 reports.5
    # They are those of the seed alone.
    bascule simulate --seed "$(first_failing 1.out)" --journal -o reports drawn.yaml >/dev/null || true
    diff -r reports reports.1
}

@test "simulate: seeds: begin with the scenario's, or the option's" {
    drawn drawn
    echo 'seed: 100' >>drawn.yaml
    run -1 bascule simulate --seeds 30 drawn.yaml
    echo "$output" >seen
    [ "$(first_failing seen)" -ge 100 ]
    run -1 bascule simulate --seed 18446744073709551600 --seeds 16 --set expect.failed_requests=0 drawn.yaml
    [[ $output == *"16 seeds, all failed"*"--seed 18446744073709551600 "* ]]
}

@test "simulate: seeds: known issues and musts are judged seed by seed" {
    broken known
    echo 'known_issue: {why: x, fails: [failed_requests]}' >>known.yaml
    broken canary
    echo 'must: fail' >>canary.yaml
    run -0 bascule simulate --seeds 10 known.yaml canary.yaml
    [[ $output == *"known: 10 seeds, all failed as known ("* ]]
    [[ $output == *"canary: 10 seeds, all passed ("* ]]
    # One that passes on some seeds is no known issue on these.
    drawn sometimes
    echo 'known_issue: {why: x, fails: [failed_requests]}' >>sometimes.yaml
    run -1 bascule simulate --seeds 40 sometimes.yaml
    [[ $output =~ "sometimes: 40 seeds, "[0-9]+" failed".*" failed as known" ]]
}

@test "simulate: seeds that prove nothing are told, and are no pass alone or with --strict" {
    scenario idle <<'YAML'
warmup: 100ms
duration: 3s
faults:
  - {at: 500ms, for: 2500ms, kill: one}
expect: {switchover: < 1s}
YAML
    run -0 bascule simulate --seeds 20 idle.yaml
    [[ $output =~ "idle: 20 seeds, "[0-9]+" proved nothing, the first at seed "[0-9]+", "[0-9]+" passed" ]]
    run -3 bascule simulate --strict --seeds 20 idle.yaml
    [[ $output == *"not_measured: "*"-> again: bascule simulate --seed "* ]]
    run -3 bascule simulate --seeds 20 --set faults.0.kill=backup-2 idle.yaml
    [[ $output == *"idle: 20 seeds, all proved nothing ("* ]]
}

@test "simulate: CI=true is one plain line a scenario, and no escape sequence" {
    drawn drawn
    calm calm
    CI=true TERM=xterm run -1 --separate-stderr bascule simulate --seeds 40 calm.yaml drawn.yaml
    [ -z "$stderr" ]
    echo "$output" >seen
    has_no_escape seen
    [[ ${lines[0]} == "calm: 40 seeds, "* && ${lines[1]} == "drawn: 40 seeds, "* ]]
    run ! grep -q 'p95' seen
}

# on_terminal COMMAND...: runs it on a terminal of its own and prints what appears there.
on_terminal() {
    TERM=xterm "$python" -c 'if True:
        import os, pty, sys
        status = pty.spawn(sys.argv[1:], lambda fd: os.read(fd, 65536), lambda fd: b"")
        sys.exit(os.waitstatus_to_exitcode(status))
    ' "$@" 3>&- 4>&-
}

@test "simulate: on a terminal progress and colours; NO_COLOR and --no-color are obeyed" {
    broken broken
    on_terminal "$program" simulate --seeds 300 broken.yaml >live || true
    grep -qE 'broken  [0-9]+/300 seeds  failed [0-9]+  [0-9,.]+ runs/s' live
    grep -q $'\e\[1;31mFAIL' live
    NO_COLOR=1 on_terminal "$program" simulate --seeds 300 broken.yaml >variable || true
    on_terminal "$program" simulate --no-color broken.yaml >option || true
    run ! grep $'\e\[[0-9;]*m' variable option
}

@test "simulate: --trace tells the story of single runs" {
    broken broken
    run -1 bascule simulate --trace broken.yaml
    [[ $output == "broken, run 0, seed 7"$'\n'* ]]
    [[ $output =~ $'\n'" "+"0.400000  fault kill-1" ]]
    [[ $output =~ $'\n'"journal: "[0-9]+" events, digest "[0-9a-f]+ ]]
    run -2 bascule simulate --trace --seeds 2 broken.yaml
}

@test "simulate: an interruption tells what was done, and leaves nobody" {
    calm calm
    start_simulation() { # start_simulation NAME ARGUMENT...
        local name=$1
        shift
        exec_bascule "$name" simulate "$@" </dev/null >"$name.out" 2>"$name.err" &
        pid_of[$name]=$!
    }
    start_simulation seeds --seeds 10000000 -j 3 calm.yaml
    workers() {
        [ "$(marked seeds | wc -w)" -eq 4 ]
    }
    wait_until "$patience_s" workers
    # Long enough that each has done some: half a second of the processor's time.
    have_worked() {
        local pid
        for pid in $(marked seeds); do
            [ "$pid" -eq "${pid_of[seeds]}" ] ||
                [ "$(awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$pid/stat")" -ge 50 ] || return 1
        done
    }
    wait_until "$patience_s" have_worked
    kill -INT "${pid_of[seeds]}"
    finish seeds 130
    grep -qE '^calm: [0-9]+ of 10000000 seeds, all passed' seeds.out
    grep -q '^interrupted by SIGINT$' seeds.out
    # A long single run; SIGTERM this time.
    start_simulation long --set duration=20h --set traffic.rate=200/s calm.yaml
    catches_term() { # the program, not yet the shell that becomes it
        [ "$(<"/proc/${pid_of[long]}/comm")" = bascule ] &&
            grep -q 'SigCgt:.*[4-7c-f]...$' "/proc/${pid_of[long]}/status"
    }
    wait_until "$patience_s" catches_term
    kill -TERM "${pid_of[long]}"
    finish long 143
    grep -q '^interrupted by SIGTERM$' long.out
}

@test "simulate: a worker that dies is told, and the search goes on" {
    local worker
    calm heavy
    exec_bascule heavy simulate --seeds 3 -j 1 --set duration=200s --set traffic.rate=5000/s heavy.yaml \
        </dev/null >heavy.out 2>heavy.err &
    pid_of[heavy]=$!
    both() {
        [ "$(marked heavy | wc -w)" -eq 2 ]
    }
    wait_until "$patience_s" both
    for worker in $(marked heavy); do
        [ "$worker" -eq "${pid_of[heavy]}" ] || kill -KILL "$worker"
    done
    finish heavy 3
    grep -q '^bascule simulate: heavy, seed 7: its process was ended by signal 9 (SIGKILL)$' heavy.err
    grep -qE '^heavy: 3 seeds, 1 broke off at seed 7, 2 passed' heavy.out
}

@test "simulate: a journal of an earlier run goes with its report, and stays with it" {
    calm calm
    bascule simulate --journal -o old calm.yaml
    mv old/calm.json report.json
    mkdir old/calm.json
    run -3 bascule simulate --report -o old calm.yaml
    [ -s old/calm.journal.jsonl ]
    rmdir old/calm.json
    mv report.json old/calm.json
    bascule simulate --report -o old calm.yaml
    [ "$(cd old && echo *)" = calm.json ]
}

@test "simulate: --shrink writes a scenario that is valid and fails the same" {
    local seed
    drawn drawn
    run -1 bascule simulate --seeds 30 --shrink -o small drawn.yaml
    echo "$output" >seen
    seed=$(first_failing seen)
    [ "$(ls small)" = "drawn-seed-$seed.yaml" ]
    grep -qE "^drawn, seed $seed: shrunk to 1 fault in [0-9]+ simulations$" seen
    grep -q "^  -> for real: bascule run small/drawn-seed-$seed.yaml$" seen
    run -0 bascule check "small/drawn-seed-$seed.yaml"
    run -1 bascule simulate "small/drawn-seed-$seed.yaml"
    [[ $output == *"failed_requests: "*", expected "* ]]
    # A single seed does without a search, and comes to the same.
    run -1 bascule simulate --seed "$seed" --shrink -o single drawn.yaml
    cmp "single/drawn-seed-$seed.yaml" <(sed "s|small/|single/|g" "small/drawn-seed-$seed.yaml")
}

@test "simulate: --shrink of what does not fail is exit 2, in a search it is told" {
    calm calm
    run -2 --separate-stderr bascule simulate --seed 3 --shrink calm.yaml
    [[ -z $output && $stderr == *"calm: seed 3 fails no expectation: there is nothing to shrink"* ]]
    run -0 bascule simulate --seeds 5 --shrink calm.yaml
    [[ $output == *"no seed failed: there is nothing to shrink" ]]
    [ ! -e reports ]
    # Beside one that fails it is left out.
    broken broken
    run -1 --separate-stderr bascule simulate --shrink calm.yaml broken.yaml
    [[ $stderr == *"calm: seed 7 fails no expectation"* ]]
    [ "$(ls reports)" = broken-seed-7.yaml ]
    # The report comes with a search only, and is never left out in silence.
    run -2 --separate-stderr bascule simulate --shrink --journal broken.yaml
    [[ $stderr == *"add '--seeds 1'"* ]]
    run -1 --separate-stderr bascule simulate --seeds 1 --shrink --journal -o both broken.yaml
    [[ -f both/broken-seed-7.yaml && -f both/broken.json && -f both/broken.journal.jsonl ]]
}

@test "simulate: --shrink: what was found to fail wins over a file that cannot be written" {
    broken broken
    broken other
    mkdir -p reports/other-seed-7.yaml
    run -3 --separate-stderr bascule simulate --shrink other.yaml
    run -1 --separate-stderr bascule simulate --shrink broken.yaml other.yaml
    [[ $stderr == *"other-seed-7.yaml"* ]]
    [ -f reports/broken-seed-7.yaml ]
}

@test "simulate: wrong usage is exit 2, and nothing is simulated" {
    local arguments
    calm calm
    for arguments in "--seeds 0" "--seeds x" "--seeds -1" "--seeds 1.5" "--seeds 10000001" "--seeds" \
        "--seed x" "--seed 18446744073709551615 --seeds 2" "-j 0" "--jobs x" "--repeat 0" "--set x" \
        "--trace --seeds 2" "--shrink=1" "--tag none" "--isolate never" "--format pdf" "nothing.yaml"; do
        # shellcheck disable=SC2086 # words
        run -2 --separate-stderr bascule simulate calm.yaml $arguments
        [[ -z $output && $stderr == *[a-z]* ]]
    done
    run -2 bascule simulate
    mkdir empty
    run -2 --separate-stderr bascule simulate empty
    [[ $stderr == *"nothing was simulated"* ]]
    echo 'name: [' >invalid.yaml
    run -2 --separate-stderr bascule simulate --seeds 3 calm.yaml invalid.yaml
    [[ -z $output && $stderr == *"invalid.yaml:1:"* ]]
    [ ! -e reports ]
}

@test "simulate: a folder that cannot be written is exit 3" {
    calm calm
    run -3 --separate-stderr bascule simulate -o /dev/null/reports calm.yaml
    [[ -z $output && $stderr == *"report_unwritten"* ]]
    broken broken
    run -3 --separate-stderr bascule simulate --shrink -o /dev/null/reports broken.yaml
    [[ $stderr == *"/dev/null/reports"* ]]
}
