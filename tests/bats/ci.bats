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
    unset GITHUB_STEP_SUMMARY REPORTS BASE REPEAT SUMMARY WORSE
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

# value_of FILE PATH: what stands there, PATH like jq's.
value_of() {
    "$python" -c 'import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)' \
        "$root/docs/ci/$1" | jq -r "$2"
}

# Exactly these commands got the package built and installed, from where it is made.
is_installed() {
    grep -qx 'make -C bascule build-deps' ../asked
    grep -qx 'make -C bascule -j2 deb' ../asked
    /usr/bin/make -n -C bascule deb BUILD=build/release | grep -q "BUILD='build/release' tools/deb"
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
    [[ $output == *"no reports in base to compare with"* ]]

    # The next one is compared with it.
    commands_of github-actions.yml "These are the ones to compare with" >keep
    sh -e keep
    [ -s base/tiny.json ]
    rm -r reports
    run -0 sh -e gate
    [[ $output == *"than in base"* ]]
    grep -q '| tiny |' summary.md
}

@test "ci: the workflow of GitHub keeps to what it says of pins, rights, and forks" {
    local file=$root/docs/ci/github-actions.yml steps='.jobs.gate.steps[]'
    # Each action at a commit, with its version beside it.
    [ "$(grep -c 'uses:' "$file")" -eq "$(grep -cE 'uses: actions/[a-z/-]+@[0-9a-f]{40} # v[0-9.]+$' "$file")" ]
    [ "$(value_of github-actions.yml .permissions)" = "$(jq -n '{contents: "read"}')" ]
    # Pull requests of forks see neither.
    run ! grep -E '(secrets|vars)\.' "$file"
    [ "$(value_of github-actions.yml "$steps | select(.name == \"Keep the reports\") | .if, .with.path")" = \
        "always()"$'\n'reports/ ]
    [ "$(value_of github-actions.yml "[$steps | select(.with.path == \"base\") | .with.key] | unique | length")" -eq 1 ]
    # Of main only, and not if a step before failed.
    [ "$(value_of github-actions.yml "$steps | select(.name | tostring | startswith(\"Keep them\")) | .if")" = \
        "github.event_name == 'push'" ]
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
    rm -r reports
    BASE_POLICY=pull-push run -0 sh -e gate
    [ -s base/tiny.json ]
    has_all_formats tiny
    grep -q tiny reports/summary.md

    # What the job keeps is what there is; the variables that it sets for the default branch are known.
    [ "$(value_of gitlab-ci.yml '.failover.artifacts | .when, .paths[]')" = always$'\n'reports/ ]
    # shellcheck disable=SC2046 # as GitLab expands it
    [ "$(printf '%s\n' $(value_of gitlab-ci.yml .failover.artifacts.reports.junit))" = reports/tiny.xml ]
    [ "$(value_of gitlab-ci.yml '.failover.cache.paths[]')" = base/ ]
    [ "$(value_of gitlab-ci.yml '.failover.rules[0].variables | "\(.BASE_POLICY) \(.WORSE)"')" = "pull-push tell" ]
}

@test "ci: a tag of the sources can be asked for" {
    commands_of gitlab-ci.yml before_script >install
    BASCULE_URL=https://example.org/bascule.git BASCULE_REF=v1 sh -e install
    grep -qx 'git clone --depth 1 --branch v1 https://example.org/bascule.git bascule' ../asked
    # shellcheck disable=SC2016 # GitHub's
    [ "$(value_of github-actions.yml '.jobs.gate.steps[1].with.ref')" = '${{ env.BASCULE_REF }}' ]
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
    [[ $output != *"to compare with"* ]]
}

@test "ci: folders and the summary go where they are wanted" {
    in_scenarios calm tiny
    export REPORTS=new/reports BASE=old
    SUMMARY=told.md run -0 sh bascule/docs/ci/gate.sh scenarios
    [ -s new/reports/tiny.xml ]
    mv new old
    SUMMARY=told.md run -0 sh bascule/docs/ci/gate.sh scenarios
    [ "$(grep -c 'than in old\|in old to compare with' told.md)" -eq 2 ]
    [ ! -e reports ]
}

@test "ci: what could not be run, or could not be told, is no success" {
    in_scenarios calm tiny
    echo 'requires: [no-such-program]' >>scenarios/tiny.yaml
    run -3 sh bascule/docs/ci/gate.sh scenarios
    grep -q no-such-program reports/summary.md
    # A summary that cannot be written.
    sed -i '/^requires/d' scenarios/tiny.yaml
    rm -r reports
    SUMMARY=$PWD run -3 sh bascule/docs/ci/gate.sh scenarios
}

@test "ci: reports of another run are never taken for those of this one" {
    in_scenarios calm tiny
    mkdir -p reports/old
    echo '{}' >reports/old/other.json
    run -2 sh bascule/docs/ci/gate.sh scenarios
    [[ $output == *"reports in reports already"* ]]
    [ ! -e reports/tiny.json ]
}

@test "ci: what became worse fails the job, though every scenario passed; on the main branch it is told" {
    local answer
    in_scenarios calm tiny
    # Of comparing only its word counts here.
    # shellcheck disable=SC2016
    printf '#!/bin/sh\ncase $1 in compare) echo worse; exit $ANSWER ;; esac\nBASCULE_TEST_MARK="%s." exec "%s" "$@"\n' \
        "$mark" "$program" >../bin/bascule
    mkdir base
    echo '{}' >base/tiny.json
    export ANSWER
    for answer in 1:1 2:2 3:0 0:0; do
        ANSWER=${answer%:*}
        rm -rf reports
        run "-${answer#*:}" sh bascule/docs/ci/gate.sh scenarios
        grep -qx worse reports/summary.md
        grep -q 'base' reports/summary.md
    done
    for ANSWER in 1 2; do
        rm -rf reports
        WORSE=tell run -0 sh bascule/docs/ci/gate.sh scenarios
    done
    [[ $output == *"cannot be compared with"* ]]
    # A scenario that failed stays one.
    in_scenarios broken hurt
    rm -rf reports
    ANSWER=2 run -1 sh bascule/docs/ci/gate.sh scenarios
}
