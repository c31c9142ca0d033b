#!/usr/bin/env bats
# The command line itself: help, usage errors, where output goes, colours.

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

# on_terminal COMMAND...: runs it on a terminal of its own and prints what appears there.
on_terminal() {
    TERM=xterm BASCULE_TEST_MARK=$mark. "$python" -c 'if True:
        import os, pty, sys
        status = pty.spawn(sys.argv[1:], lambda fd: os.read(fd, 65536), lambda fd: b"")
        sys.exit(os.waitstatus_to_exitcode(status))
    ' "$@" 3>&- 4>&-
}

@test "cli: --version tells version and commit" {
    run -0 --separate-stderr bascule --version
    [[ $output =~ ^"bascule $(cat "$root/VERSION") ("[0-9a-z.+-]+")"$ ]]
    [ -z "$stderr" ]
}

@test "cli: --help names every command, each command's --help has an example" {
    local command
    run -0 --separate-stderr bascule --help
    [ -z "$stderr" ]
    for command in run check plan simulate replay render compare history schema; do
        [[ $output =~ $'\n  '$command\ +[a-z] ]]
    done
    [[ $output == *"Example:"*"  bascule "* ]]
    for command in run check plan simulate replay render compare history schema; do
        run -0 --separate-stderr bascule "$command" --help
        [ -z "$stderr" ]
        [[ $output == "Usage: bascule $command"*$'\nExample:\n  bascule '"$command "* ]]
        [ "$output" = "$(bascule help "$command")" ]
    done
    bascule run --help | awk 'length > 100 { exit 1 }'
}

@test "cli: usage errors are exit 2, on stderr, and say what was meant" {
    run -2 --separate-stderr bascule
    [[ -z $output && $stderr == *"Usage: bascule"* ]]
    run -2 --separate-stderr bascule rnu
    [[ -z $output && $stderr == *"unknown command 'rnu' (did you mean 'run'?)"* ]]
    run -2 --separate-stderr bascule xyzzy
    [[ -z $output && $stderr == *"unknown command 'xyzzy'"* && $stderr != *"did you mean"* ]]
    run -2 --separate-stderr bascule --versoin
    [[ -z $output && $stderr == *"unknown option '--versoin' (did you mean '--version'?)"* ]]
    run -2 --separate-stderr bascule run --stric x.yaml
    [[ -z $output && $stderr == *"unknown option '--stric' (did you mean '--strict'?)"* ]]
    run -2 --separate-stderr bascule check --strict x.yaml
    [[ -z $output && $stderr == *"unknown option '--strict'"* ]]
    run -2 --separate-stderr bascule schema reprot
    [[ -z $output && $stderr == *"did you mean 'report'?"* ]]
}

@test "cli: options with missing or wrong values are exit 2, nothing is started" {
    calm calm
    local arguments
    for arguments in "--repeat 0" "--repeat x" "--repeat -1" "--repeat" "--seed 1.5" "--seed=" \
        "--seed 18446744073709551616" "--port-base 0" "--port-base 65536" "--port-base 65534" \
        "--set duration" "--set =1s" "--set duration=x" "--set nothing=1" "--format pdf" "--format text" "--format html," \
        "--strict=yes" "-x"; do
        # shellcheck disable=SC2086 # words
        run -2 --separate-stderr bascule run -o reports calm.yaml $arguments
        [[ -z $output && $stderr == *[a-z]* ]]
    done
    for arguments in run check plan simulate replay render schema; do
        run -2 --separate-stderr bascule "$arguments"
        [[ -z $output && $stderr == *"bascule $arguments --help"* ]]
    done
    [ ! -e reports ]
    is_gone
}

@test "cli: unprintable arguments do not reach the terminal" {
    run -2 --separate-stderr bascule $'r\e[31mun'
    [[ $stderr != *$'\e'* ]]
    run -2 --separate-stderr bascule check $'no\e]0;such\a.yaml'
    [[ $stderr != *$'\e'* && $stderr != *$'\a'* ]]
    run -2 --separate-stderr bascule check $'\xff.yaml'
    [ "$(iconv -f UTF-8 -t UTF-8 <<<"$stderr")" = "$stderr" ]
}

@test "cli: without a terminal no escape byte, results on stdout only" {
    calm calm
    broken broken
    start plain --port-base "$(free_ports 3)" calm.yaml broken.yaml
    finish plain 1
    has_no_escape plain.out plain.err
    [ ! -s plain.err ]
    grep -q '^PASS calm ' plain.out
    grep -q '^FAIL broken ' plain.out
    grep -q '^1 passed, 1 failed; reports in plain.reports/$' plain.out
    # Complaints go to stderr: a report that cannot be replaced.
    mkdir -p torn.reports/calm.json
    start torn --port-base "$(free_ports 3)" calm.yaml
    finish torn 3
    grep -q report_unwritten torn.err
    run ! grep -q 'cannot write' torn.out
}

@test "cli: CI=true is one plain line a scenario" {
    calm one
    calm two
    CI=true on_terminal "$program" run -o reports --port-base "$(free_ports 3)" one.yaml two.yaml >seen
    has_no_escape seen
    # No live line, which would be written over with a carriage return alone.
    run ! grep -q $'\r[^\r]' seen
    [ "$(sed 's/\r$//' seen | grep -c '^PASS \(one\|two\) ')" -eq 2 ]
}

@test "cli: colour and progress on a terminal; NO_COLOR and --no-color are obeyed" {
    local first coloured plain
    calm calm
    first=$(free_ports 9)
    on_terminal "$program" run -o a --port-base "$first" calm.yaml >colour &
    coloured=$!
    NO_COLOR=1 on_terminal "$program" run -o b --port-base $((first + 3)) calm.yaml >variable &
    plain=$!
    on_terminal "$program" run -o c --no-color --port-base $((first + 6)) calm.yaml >option
    wait "$coloured" "$plain" # not for all: the test's own time limit is a child too
    grep -q $'\e\[[0-9;]*m' colour
    grep -q '100/s\|next\|primary' colour
    run ! grep $'\e\[[0-9;]*m' variable option
    grep -q pass variable
    grep -q pass option
}

@test "cli: a full stdout is noticed" {
    [ -e /dev/full ] || skip "no /dev/full here"
    calm calm
    local command
    for command in "--help" "--version" "schema report" "plan calm.yaml" "check calm.yaml"; do
        # shellcheck disable=SC2086 # words
        run -3 bash -c '"$@" >/dev/full' - "$program" $command
        [[ $output == *"cannot write to the standard output: "* ]]
    done
    run -3 bash -c '"$@" >/dev/full' - "$program" --version
    [[ $output == *"No space left on device"* ]]
    run -3 bash -c '"$@" >&-' - "$program" --version
    # A pipe whose reader went away is no reason to die.
    run -3 "$python" - "$program" schema report <<'PY'
import os, subprocess, sys
reader, writer = os.pipe()
os.close(reader)
sys.exit(subprocess.run(sys.argv[1:], stdout=writer).returncode)
PY
}
