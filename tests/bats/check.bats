#!/usr/bin/env bats
# Bad input through the real program: exit 2, a place in the file, nothing started.

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
    [ ! -e "$BATS_TEST_TMPDIR/reports" ]
}

@test "check: shipped scenarios are valid" {
    cd "$root"
    run -0 --separate-stderr bascule check scenarios
    [ -z "$stderr" ]
    [ "$output" = "$(find scenarios -name '*.yaml' | wc -l) scenarios are valid" ]
}

@test "check: every invalid case gives exactly its expected words, and run does as well" {
    local folder case bad=() cases=0
    for folder in "$root"/tests/invalid/*/; do
        case=${folder%/}
        cd "$folder"
        cases=$((cases + 1))
        local status=0
        "$program" check scenario.yaml >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" || status=$?
        if [ "$status" -ne 2 ] || [ -s "$BATS_TEST_TMPDIR/out" ] ||
            ! cmp -s expected "$BATS_TEST_TMPDIR/err"; then
            bad+=("${case##*/}: exit $status")
            diff expected "$BATS_TEST_TMPDIR/err" | head -5 || true
        fi
    done
    printf '%s\n' "${bad[@]}"
    [ "${#bad[@]}" -eq 0 ]
    [ "$cases" -ge 60 ]
    cd "$root/tests/invalid/many-mistakes"
    run -2 --separate-stderr bascule run -o "$BATS_TEST_TMPDIR/reports" scenario.yaml
    [ "$stderr" = "$(cat expected)"$'\n'"nothing was started" ]
    [ -z "$output" ]
}

@test "check: a missing file, an unreadable one, a folder without scenarios" {
    mkdir empty
    echo "name: x" >empty/README.md
    local path
    for path in missing.yaml empty /dev/null/x.yaml empty/README.md/x; do
        run -2 --separate-stderr bascule check "$path"
        [[ -z $output && $stderr == "$path"*": error: "* ]]
        run -2 --separate-stderr bascule run -o reports "$path"
        [[ -z $output && $stderr == "$path"*": error: "*"nothing was started" ]]
    done
    run -2 --separate-stderr bascule check missing.yaml
    [[ $stderr == *"No such file or directory"* ]]
    run -2 --separate-stderr bascule check empty
    [[ $stderr == *"no scenario"* ]]
    ln -s loop.yaml loop.yaml
    run -2 bascule check loop.yaml
}

@test "check: huge and endless files are refused at once" {
    head -c 2097152 /dev/zero | tr '\0' '#' >huge.yaml
    run -2 --separate-stderr timeout 10 "$program" check huge.yaml
    [[ $stderr == "huge.yaml:"*"error: "*"1 MiB"* ]]
    [ "${#stderr}" -lt 1000 ]
    { echo "name: long"; head -c 2097152 /dev/zero | tr '\0' 'x'; } >long.yaml
    run -2 --separate-stderr timeout 10 "$program" run -o reports long.yaml
    [[ $stderr == "long.yaml:"*"1 MiB"* ]]
    run -2 --separate-stderr timeout 10 "$program" check /dev/zero
    run -2 --separate-stderr timeout 10 "$program" check /dev/null
    head -c 65536 /dev/urandom >junk.yaml
    run -2 --separate-stderr timeout 10 "$program" check junk.yaml
    [[ $stderr == "junk.yaml:"*"error: "* ]]
    # Not a regular file, but a good one.
    run -0 bascule check <(cat "$root"/scenarios/gate/kill-primary.yaml)
}

@test "check: all mistakes of several files in one go" {
    mkdir some
    printf 'name: a\nduration: 0s\nrepeat: 0\n' >some/a.yaml
    printf 'name: b\nfaults: [{at: 1s, kil: primary}]\n' >some/b.yml
    calm good
    run -2 --separate-stderr bascule check some good.yaml gone.yaml
    [ "$(grep -c ': error: ' <<<"$stderr")" -eq 4 ]
    [[ $stderr == *"some/a.yaml:2:11: error: "*"some/a.yaml:3:9: error: "*"some/b.yml:2:19: error: unknown fault 'kil' (did you mean 'kill'?)"*"gone.yaml"* ]]
    [ -z "$output" ]
    # One invalid scenario among valid ones: nothing is started.
    run -2 --separate-stderr bascule run -o reports good.yaml some/a.yaml
    [[ $stderr == *"nothing was started" ]]
    is_gone
}

@test "check: two scenarios of one name, and a scenario named latest" {
    calm one
    cp one.yaml two.yaml
    run -2 --separate-stderr bascule run -o reports one.yaml two.yaml
    [[ $stderr == "two.yaml"*"error: "*"'one'"*"one.yaml"* ]]
    run -2 --separate-stderr bascule check one.yaml two.yaml
    calm latest
    run -2 --separate-stderr bascule check latest.yaml
    [[ $stderr == "latest.yaml"*"error: "*"'latest'"* ]]
    # The same file twice is one scenario.
    run -0 --separate-stderr bascule check one.yaml ./one.yaml "$PWD/one.yaml"
    [ "$output" = "1 scenario is valid" ]
}

# A node, a service, a client and a hook, each a program of its own.
programs() {
    mkdir -p there/bin
    scenario programs <<'YAML'
nodes: [{name: a, command: [./node]}, {name: b, command: [bin/node]}]
services: [{name: lb, command: [no-such-program, -f]}]
client: {exec: [client]}
alerts: {command: [./hook]}
YAML
    mv programs.yaml there/
}

@test "check: each program that is missing, with its place; not those that are required" {
    programs
    run -2 --separate-stderr bascule check there/programs.yaml
    [ "$(grep -c ': error: ' <<<"$stderr")" -eq 5 ]
    [[ $stderr == "there/programs.yaml:2:29: error: './node' is not in the scenario's folder"*"programs.yaml:2:59: error: 'bin/node' is not in"* ]]
    [[ $stderr == *"programs.yaml:3:33: error: 'no-such-program' is neither in the scenario's folder nor on PATH"* ]]
    [[ $stderr == *"programs.yaml:4:17: error: 'client' is neither in"*"programs.yaml:5:20: error: './hook' is not in"* ]]
    run -2 --separate-stderr bascule run -o reports there/programs.yaml
    [[ $stderr == *"nothing was started" ]]
    # From the folder of the scenario, wherever one stands; a program must be executable.
    touch there/node there/bin/node there/client there/hook
    chmod +x there/node there/bin/node there/client there/hook
    run -2 --separate-stderr bascule check there/programs.yaml
    [ "$(grep -c ': error: ' <<<"$stderr")" -eq 1 ]
    echo "requires: [no-such-program]" >>there/programs.yaml
    bascule check there/programs.yaml
    chmod -x there/bin/node
    run -2 --separate-stderr bascule check there/programs.yaml
    [[ $stderr == *"'bin/node' is no program (is it executable?)"* ]]
}

@test "check: a pipe is read like a file, and nobody waits for a writer that never comes" {
    local command
    mkfifo silent
    calm calm
    bascule check <(cat calm.yaml)
    run -2 --separate-stderr timeout 30 "$program" check silent
    [[ $stderr == "silent:1:1: error: it is empty"* ]]
    for command in "compare silent silent" "replay silent" "render silent" "history silent"; do
        # shellcheck disable=SC2086
        run -2 --separate-stderr timeout 30 "$program" $command
        [[ $stderr == "silent:1:1: error: the file is empty"* ]]
    done
    # Its mistakes are told without the line that nobody can read again.
    run -2 --separate-stderr timeout 30 "$program" check <(echo 'rate: 1')
    [[ $stderr == "/dev/fd/"*":1:1: error: "* ]]
}

@test "check: a folder is walked on its own file system" {
    mkdir folder
    calm calm
    mv calm.yaml folder/
    ln -s /proc folder/elsewhere
    run -0 --separate-stderr timeout 30 "$program" check folder
    [ "$output" = "1 scenario is valid" ]
    [ "$stderr" = "folder/elsewhere: passed over: another file system is mounted there; name it by itself" ]
}

@test "check: a name that shows nothing is shown all the same" {
    local command
    for command in check plan run simulate replay render history; do
        run -2 --separate-stderr bascule "$command" ''
        [[ $stderr == "'': error: "*"cannot be opened: No such file or directory"* ]]
    done
    run -2 --separate-stderr bascule run --client $'\xff' "$root/scenarios/gate/kill-primary.yaml"
    [[ $stderr != *$'\xff'* ]]
}

@test "check: other machines are fine to name, and need a word to be reached" {
    scenario far <<'YAML'
nodes: [{name: a, external: true, url: "http://10.255.255.1:81/v1"}, {name: b, external: true, port: 9000}]
client: {direct: "http://localhost.example"}
YAML
    bascule check far.yaml
    run -2 --separate-stderr bascule run -o reports far.yaml
    [[ $stderr == "far.yaml:2:40: error: 'http://10.255.255.1:81/v1' is not on this machine: --allow-remote would permit it"* ]]
    [[ $stderr == *"far.yaml:3:18: error: 'http://localhost.example' is not"*"nothing was started" ]]
    [ "$(grep -c ': error: ' <<<"$stderr")" -eq 2 ]
}

@test "check: what cannot be simulated is told to who names it, and skipped in a folder" {
    mkdir folder
    scenario started <<'YAML'
nodes: [{name: a, command: [./node]}]
YAML
    calm quiet
    mv started.yaml quiet.yaml folder/
    local option
    for option in --repeat=1 --seeds=2 --shrink; do
        run -2 --separate-stderr bascule simulate "$option" folder/started.yaml
        [[ -z $output && $stderr == "folder/started.yaml: error: it cannot be simulated: it starts programs"*"nothing was simulated" ]]
    done
    run -0 --separate-stderr bascule simulate folder
    [[ $output == *"it starts programs"* && $output == *"1 passed, 1 skipped"* ]]
    run -0 --separate-stderr bascule simulate --seeds 2 folder
    [[ $output == *"it starts programs"* ]]
    local settings
    for settings in 'client={exec: [./c]}' 'client={direct: "http://127.0.0.1:8090"}' \
        'nodes=[{name: a, port: 9000, external: true}]' 'services=[{name: s, command: [./s]}]' \
        'leader={get: /s, field: a, is: b}'; do
        run -2 --separate-stderr bascule simulate --set "$settings" folder/quiet.yaml
        [[ $stderr == *"it cannot be simulated: "* ]]
    done
}
