# For invariants.bats: scenarios of tests/invariants under the reference client, and under one that is broken.
# Sourced after helpers.bash.
# shellcheck disable=SC2154 # root is from there

# simulated STATUS NAME OPTION...: the report is NAME.json, the journal NAME.journal.jsonl.
written=--journal # or --report alone
simulated() {
    local status=$1 name=$2
    shift 2
    run "-$status" bascule simulate "$written" -o . "$@" "$root/tests/invariants/$name.yaml"
}

# holds NAME [OPTION...]: every expectation of the scenario is kept.
holds() {
    simulated 0 "$@"
}

# broken METRIC NAME OPTION...: a client set like that fails the scenario, and by that expectation: the test can fail.
broken() {
    local metric=$1
    shift
    simulated 1 "$@"
    fails "$metric" "$1"
}

fails() { # fails METRIC NAME
    report "$2.json" "[.expectations[] | select(.verdict == \"fail\") | .metric] | index(\"$1\") != null"
}

# differs NAME OPTION...: another client; the caller looks at its journal, whatever the verdict.
differs() {
    bascule simulate --journal -o . "${@:2}" "$root/tests/invariants/$1.yaml" >"$1.out" || [ $? -ne 2 ]
}

# told NAME FILTER: the lines that a filter of invariants.jq gives for the journal.
told() {
    jq -nc -L "$root/tests/bats" "include \"invariants\"; [inputs] | $2" "$1.journal.jsonl"
}

# never NAME FILTER: nothing speaks against it.
never() {
    told "$@" >told.jsonl
    [ ! -s told.jsonl ] || {
        echo "$1, $2:"
        head -n 5 told.jsonl
        return 1
    }
}

# ever NAME FILTER [AT_LEAST]: something is told: of a broken client, or because the scenario must bite.
ever() {
    told "$1" "$2" >told.jsonl
    [ "$(wc -l <told.jsonl)" -ge "${3:-1}" ] || {
        echo "$1, $2: only $(wc -l <told.jsonl)"
        return 1
    }
}

# is_so NAME FILTER: a condition on the journal.
is_so() {
    [ "$(told "$@")" = true ] || {
        echo "$1: not so: $2"
        return 1
    }
}

# ---- For real --------------------------------------------------------------------------------------

# run_for_real FOLDER [--set CHANGE] NAME...: side by side; reports and journals stay in that folder of the file's own,
# and each test looks at its own.
run_for_real() {
    local folder=$BATS_FILE_TMPDIR/$1 options=()
    shift
    if [ "$1" = --set ]; then
        options=(--set "$2")
        shift 2
    fi
    local files=("${@/#/$root/tests/invariants/}")
    "$BUILD/bascule" run -j 4 --journal -o "$folder" "${options[@]}" "${files[@]/%/.yaml}" \
        >"$folder.out" 2>&1 </dev/null 3>&- 4>&- || true
}

# conclude FOLDER NAME [OPTION...]: copies report and journal. What noise made inconclusive is run again, alone.
conclude() {
    local folder=$BATS_FILE_TMPDIR/$1 name=$2
    shift 2
    cp "$folder/$name.json" "$folder/$name.journal.jsonl" . || cat "$folder.out"
    for _ in 1 2; do
        [ "$(jq -r .verdict "$name.json")" = inconclusive ] || break
        bascule run --journal -o . "$@" "$root/tests/invariants/$name.yaml" || true
    done
}

# holds_for_real FOLDER NAME
holds_for_real() {
    conclude "$@"
    report "$2.json" '.verdict == "pass"'
}

# broken_for_real METRIC FOLDER NAME OPTION...
broken_for_real() {
    local metric=$1
    shift
    conclude "$@"
    fails "$metric" "$2"
}

# Makes the library that lets the clock on the wall jump.
step_clock() {
    local compiler
    read -r -a compiler <<<"${CC:-gcc}"
    export stepped_clock=$BATS_FILE_TMPDIR/stepped_clock.so
    "${compiler[@]}" -O2 -shared -fPIC -o "$stepped_clock" "$root/tests/tools/stepped_clock.c"
}
