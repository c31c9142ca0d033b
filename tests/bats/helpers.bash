# What the end-to-end tests share: a private program environment a test, tiny scenarios, free ports,
# waiting for conditions, and the proof that nothing survived. Sourced by the .bats files.

bats_require_minimum_version 1.5.0

python=/usr/bin/python3
# shellcheck disable=SC2034 # set by run, used by the tests
stderr=
patience_s=20 # for what must happen; generous, since it ends as soon as it did
case ${MODE:-} in
asan | tsan) patience_s=60 ;;
esac

is_sanitized() {
    [ "$patience_s" -gt 20 ]
}

# ---- Before and after a test -----------------------------------------------------------------------

use_build() {
    cd "$BATS_TEST_DIRNAME/../.." || return 1
    root=$PWD
    BUILD=$(realpath -m "${BUILD:-build/release}")
    export BUILD root
    local name
    for name in bascule bascule-stub bascule-proxy; do
        [ -x "$BUILD/$name" ] || make "$BUILD/$name" BUILD="$BUILD"
    done
}

# A private folder as current one; what a terminal or a CI job would change is taken away.
begin_test() {
    program=$BUILD/bascule
    mark=$$-$RANDOM$RANDOM
    unset NO_COLOR CI TERM BASCULE_STUB BASCULE_PROXY
    cd "$BATS_TEST_TMPDIR" || return 1
}

# Ends what a failed test left, after proving that a good one left nothing.
end_test() {
    local left pid
    if ! wait_until 5 is_gone; then
        left=$(marked)
        for pid in $left; do
            echo "left behind: $pid $(tr '\0' ' ' <"/proc/$pid/cmdline")"
            kill -KILL "$pid" || true
        done
        return 1
    fi
}

# ---- Processes -------------------------------------------------------------------------------------

# The program with a mark in its environment, which everything it starts inherits: other tests run
# the same programs at the same time. A shell's background job would ignore SIGINT. Descriptors of
# Bats stay out, or it waits for a process that survived.
bascule() {
    (exec_bascule foreground "$@")
}

# exec_bascule NAME ARGUMENT...; `under` is a command that makes another world for it.
under=()
exec_bascule() {
    local name=$1
    shift
    exec env --default-signal=INT,TERM,QUIT,HUP BASCULE_TEST_MARK="$mark.$name." \
        "${under[@]}" "$program" "$@" 3>&- 4>&-
}

# marked [NAME]: the processes of what `start NAME` began, or of the whole test.
marked() {
    grep -lsaF "BASCULE_TEST_MARK=$mark.${1:+$1.}" /proc/[0-9]*/environ | cut -d/ -f3
}

# shellcheck disable=SC2120 # NAME may be missing
is_gone() { # is_gone [NAME]
    [ -z "$(marked "$@")" ]
}

# stubs NAME [STATE]: the stubs of a run, all or those in that state of /proc (T, S, R). Between fork
# and exec a child still has the harness's name.
stubs() {
    local pid name state
    for pid in $(marked "$1"); do
        name=$(cat "/proc/$pid/comm" 2>/dev/null) || continue
        # Only the letter behind the name in brackets.
        state=$(sed 's/.*) \(.\).*/\1/' "/proc/$pid/stat" 2>/dev/null) || continue
        if [ "$name" = bascule-stub ] && [ "$state" != Z ] && [ "${2:-$state}" = "$state" ]; then
            echo "$pid"
        fi
    done
}

are_stubs() { # are_stubs NAME COUNT [STATE]
    [ "$(stubs "$1" "${3:-}" | wc -w)" -eq "$2" ]
}

# wait_until SECONDS COMMAND...: polls; fails if the condition does not come true in that time.
wait_until() {
    local limit_us=$((${EPOCHREALTIME/./} + $1 * 1000000))
    shift
    until "$@"; do
        if [ "${EPOCHREALTIME/./}" -gt "$limit_us" ]; then
            echo "waited in vain for: $*" >&2
            return 1
        fi
        sleep 0.02
    done
}

# has_passed MOMENT_US: for conditions that only the clock tells.
has_passed() {
    [ "${EPOCHREALTIME/./}" -ge "$1" ]
}

# start NAME ARGUMENT...: `bascule run` in the background, with the reports in NAME.reports; it is
# pid_of[NAME], and what it says goes to NAME.out and NAME.err. On the host, where ports can be looked
# at, unless `isolate` says otherwise.
declare -gA pid_of
isolate=never
start() {
    local name=$1
    shift
    # The job itself becomes the program: no shell between.
    exec_bascule "$name" run -o "$name.reports" --isolate="$isolate" "$@" </dev/null >"$name.out" 2>"$name.err" &
    pid_of[$name]=$!
}

# finish NAME STATUS...: waits for what start began, and wants one of these exit statuses.
finish() {
    local name=$1 status=0
    shift
    wait "${pid_of[$name]}" || status=$?
    if [[ " $* " != *" $status "* ]]; then
        echo "$name: exit $status, wanted $*"
        cat "$name.out" "$name.err"
        return 1
    fi
}

# ---- Scenarios and ports ---------------------------------------------------------------------------

# scenario NAME: writes NAME.yaml; its keys come on stdin. Short, so that many fit into a minute.
scenario() {
    {
        echo "name: $1"
        cat
    } >"$1.yaml"
}

# A run that passes in half a second.
calm() { # calm NAME
    scenario "$1" <<'YAML'
seed: 7
warmup: 200ms
duration: 300ms
traffic: {rate: 100/s}
expect: {failed_requests: == 0}
YAML
}

# The primary dies and nobody takes over: 20 failed requests, which no noise can fake.
broken() { # broken NAME
    scenario "$1" <<'YAML'
seed: 7
warmup: 200ms
duration: 600ms
client: {profile: none}
traffic: {rate: 100/s}
faults:
  - {at: 400ms, kill: primary}
expect: {failed_requests: == 0}
YAML
}

# Ports that a process holds in any state, as hexadecimal numbers.
used_ports() {
    awk 'FNR > 1 { sub(/.*:/, "", $2); print $2 }' /proc/net/tcp /proc/net/tcp6 2>/dev/null
}

# free_ports COUNT: the first of that many ports in a row, all free, below the ephemeral ones. None is
# given twice in a test.
free_ports() {
    local first try port used
    used=" $(used_ports | tr '\n' ' ')"
    for try in {1..200}; do
        first=$((10000 + RANDOM % (22700 - $1)))
        for ((port = first; port < first + $1; port++)); do
            if [[ $used == *" $(printf %04X "$port") "* ]] ||
                grep -qsx "$port" "$BATS_TEST_TMPDIR/given"; then
                continue 2
            fi
        done
        seq "$first" $((first + $1 - 1)) >>"$BATS_TEST_TMPDIR/given"
        echo "$first"
        return
    done
    echo "no $1 free ports in $try tries" >&2
    return 1
}

# is_bound PORT: somebody listens there.
is_bound() {
    local hex
    hex=$(printf %04X "$1")
    awk -v port=":$hex" 'substr($2, length($2) - 4) == port && $4 == "0A" { found = 1 }
        END { exit !found }' /proc/net/tcp
}

are_bound() { # are_bound FIRST COUNT
    local port
    for ((port = $1; port < $1 + $2; port++)); do
        is_bound "$port" || return 1
    done
}

are_free() { # are_free FIRST COUNT
    local port
    for ((port = $1; port < $1 + $2; port++)); do
        ! is_bound "$port" || return 1
    done
}

# ---- Reports ---------------------------------------------------------------------------------------

# report FILE FILTER: true if the report says so; otherwise shows what it says.
report() {
    jq -e "$2" "$1" >/dev/null && return
    echo "$1 does not say: $2"
    jq -c '[.verdict, .reasons], (.expectations[] | [.metric, .op, .limit, .actual, .verdict])' "$1"
    return 1
}

# sealed: the report on stdin, as if bascule had written it so.
sealed() {
    local file
    file=$(mktemp -p "$BATS_TEST_TMPDIR")
    cat >"$file"
    "$python" "$root/tests/tools/seal.py" "$file" && cat "$file"
}

# is_valid KIND FILE [FIRST LAST]: fits the schema that the program prints, and a report its digest.
is_valid() {
    local kind=$1
    shift
    [ -s "$kind.schema" ] || "$program" schema "$kind" >"$kind.schema"
    "$python" "$root/tests/tools/validate.py" "$kind.schema" "$@" || return
    [ "$kind" != report ] || "$python" "$root/tests/tools/seal.py" --check "$@"
}

# The program made no escape sequence.
has_no_escape() {
    ! grep -q $'\e' "$@"
}
