#!/usr/bin/env bats
# The jobs of docs/ci do what they say: their commands are taken out of the files and run, with a tiny scenario.

# shellcheck source=tests/bats/helpers.bash
source "$BATS_TEST_DIRNAME/helpers.bash"

setup_file() {
    use_build
}

# A project as CI checks it out, with bascule's sources in a folder. Building and installing are only
# rehearsed: of make that there are such targets, of the others that they were asked for.
setup() {
    begin_test
    mkdir -p project/scenarios bin
    for name in apt-get git; do
        # shellcheck disable=SC2016 # for the script
        printf '#!/bin/sh\necho "%s $*" >>"%s/asked"\n' "$name" "$PWD" >"bin/$name"
    done
    # shellcheck disable=SC2016
    printf '#!/bin/sh\necho "make $*" >>"%s/asked"\nexec /usr/bin/make -n "$@" >/dev/null\n' "$PWD" >bin/make
    # shellcheck disable=SC2016
    printf '#!/bin/sh\nBASCULE_TEST_MARK="%s." exec "%s" "$@"\n' "$mark" "$program" >bin/bascule
    chmod +x bin/*
    PATH=$PWD/bin:$PATH
    cd project || return 1
    ln -s "$root" bascule
    unset GITHUB_STEP_SUMMARY REPORTS BASE REPEAT SUMMARY
    export REPEAT=1
}
teardown() {
    end_test
}

# in_scenarios COMMAND...: in the folder of the scenarios.
in_scenarios() {
    (cd scenarios && "$@")
}

# commands_of FILE KEY: what a step of that name, or a list of that key, runs; as a script.
commands_of() {
    "$python" - "$root/docs/ci/$1" "$2" <<'PY'
import sys, yaml

text = open(sys.argv[1], encoding="utf-8").read()
document, wanted = yaml.safe_load(text), sys.argv[2]
if "jobs" in document:
    steps = [step for job in document["jobs"].values() for step in job["steps"]]
    found = [step["run"] for step in steps if step.get("name") == wanted]
else:
    found = [line for job in document.values() for line in job[wanted]]
sys.exit(f"no {wanted}") if not found else print("\n".join(found))
PY
}

# Exactly these commands got the package built and installed.
is_installed() {
    grep -qx 'make -C bascule deps' ../asked
    grep -qx 'make -C bascule -j2 deb' ../asked
    grep -q '^apt-get install .*\./bascule/build/release/bascule_.*\.deb$' ../asked
    [ "$(tail -n 1 ../asked | cut -d' ' -f1)" = apt-get ]
}

has_all_formats() { # has_all_formats NAME
    xmllint --noout "reports/$1.xml" "reports/index.html" --html 2>/dev/null
    grep -q '<testsuite ' "reports/$1.xml"
    grep -q '<title>' "reports/$1.html"
    report "reports/$1.json" '.verdict'
}

@test "ci: the workflow of GitHub gates, tells and keeps" {
    in_scenarios calm tiny
    commands_of github-actions.yml Install >install
    sh -e install
    is_installed
    commands_of github-actions.yml Gate >gate
    export GITHUB_STEP_SUMMARY=$PWD/summary.md
    run -0 sh -e gate
    has_all_formats tiny
    grep -q tiny summary.md
    [[ $output != *"than in base"* ]]

    # The next one is compared with it.
    commands_of github-actions.yml "These are the ones to compare with" >keep
    sh -e keep
    [ -s base/tiny.json ]
    run -0 sh -e gate
    [[ $output == *"than in base"* ]]
}

@test "ci: the job of GitLab gates, tells and keeps" {
    in_scenarios calm tiny
    commands_of gitlab-ci.yml before_script >install
    BASCULE_URL=https://example.org/bascule.git sh -e install
    is_installed
    grep -qx 'git clone --depth 1 https://example.org/bascule.git bascule' ../asked
    commands_of gitlab-ci.yml script >gate
    BASE_POLICY=pull run -0 sh -e gate
    [ ! -e base ]
    BASE_POLICY=pull-push run -0 sh -e gate
    [ -s base/tiny.json ]
    has_all_formats tiny
    grep -q tiny reports/summary.md
}

@test "ci: a scenario that fails, or is wrong, fails the job; its reports are there all the same" {
    in_scenarios broken hurt
    run -1 sh bascule/docs/ci/gate.sh scenarios
    has_all_formats hurt
    grep -q "missed.*failed.*requests.*20" reports/summary.md
    echo 'nme: x' >scenarios/wrong.yaml
    rm -r reports
    run -2 sh bascule/docs/ci/gate.sh scenarios
    [ ! -e reports/summary.md ]
}

@test "ci: what became worse fails the job, though every scenario passed" {
    in_scenarios calm tiny
    sed -i '/^expect/d' scenarios/tiny.yaml
    # Of comparing only its word counts here.
    # shellcheck disable=SC2016
    printf '#!/bin/sh\ncase $1 in compare) echo worse; exit 1 ;; esac\nBASCULE_TEST_MARK="%s." exec "%s" "$@"\n' \
        "$mark" "$program" >../bin/bascule
    mkdir base
    run -1 sh bascule/docs/ci/gate.sh scenarios
    grep -qx worse reports/summary.md
    [[ $output == *"Worse than in base"* ]]
}
