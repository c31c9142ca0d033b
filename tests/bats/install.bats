#!/usr/bin/env bats
# What users get: the installed tree, manual pages, completion, the archive of the sources, the package.

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

# Of what is built: a test does not compile.
make_here() {
    make -s -C "$root" -o all BUILD="$BUILD" "$@" 3>&- 4>&-
}

# A fault on the wire, so that stub and proxy are both needed.
on_the_wire() { # on_the_wire NAME
    scenario "$1" <<'YAML'
seed: 7
warmup: 200ms
duration: 800ms
traffic: {rate: 100/s}
faults:
  - {at: 300ms, for: 200ms, delay: primary, by: 5ms}
expect: {failed_requests: == 0}
YAML
}

# is_linked FOLDER: what its documents lead to is there.
is_linked() {
    "$python" - "$1" <<'PY'
import os, re, sys

seen, dead = 0, []
for folder, _, names in os.walk(sys.argv[1], followlinks=True):
    for name in names:
        if not name.endswith(".md"):
            continue
        text = open(os.path.join(folder, name), encoding="utf-8").read()
        for link in re.findall(r"\[[^\]]*\]\(([^)\s#]+)", re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
            if "://" not in link:
                seen += 1
                # As a reader's program would: the path alone, whatever is a link in it.
                path = os.path.normpath(os.path.join(folder, link))
                dead += [] if os.path.exists(path) else [f"{folder}/{name}: {link}"]
print("\n".join(dead))
sys.exit(seen < 50 or bool(dead))
PY
}

@test "install: programs, pages and completion arrive, and uninstall takes all away" {
    local file
    make_here install DESTDIR="$PWD/tree" PREFIX=/usr
    for file in bin/bascule bin/bascule-stub bin/bascule-proxy share/bascule/schemas/report.schema.json \
        share/bascule/scenarios/gate/kill-primary.yaml share/doc/bascule/docs/guide.md \
        share/doc/bascule/docs/ci/gate.sh share/man/man1/bascule.1 share/man/man1/bascule-stub.1 \
        share/man/man1/bascule-proxy.1 share/man/man5/bascule-scenario.5 share/man/man7/bascule-client.7 \
        share/bash-completion/completions/bascule; do
        echo "$file"
        [ -s "tree/usr/$file" ]
    done
    local kind
    for kind in scenario report journal comparison history; do
        cmp <("$program" schema "$kind") "tree/usr/share/bascule/schemas/$kind.schema.json"
    done
    is_linked tree/usr/share/doc/bascule
    touch tree/usr/bin/other
    make_here uninstall DESTDIR="$PWD/tree" PREFIX=/usr
    run -0 find tree ! -type d
    [ "$output" = tree/usr/bin/other ]
}

# manual PAGE: as it is shown.
manual() {
    mandoc -T utf8 "$root/docs/man/$1" | sed 's/.\x08//g'
}

commands_of_program() {
    "$program" --help | sed -n '/^Usage/,/^Example/s/^  \([a-z][a-z-]*\) .*/\1/p'
}

# The names of the options at the head of the lines that come in.
options_named() {
    sed -nE 's/^ +((-[a-z], )?--[a-z-]+).*/\1/p' | tr -d ',' | tr ' ' '\n' | LC_ALL=C sort
}

@test "install: manual page and completion know the options of every command, and no others" {
    local command count=0
    manual bascule.1 >bascule.text
    for command in $(commands_of_program | grep -vx help); do
        echo "$command"
        "$program" "$command" --help | sed '/^Example/,$d' | options_named >told
        sed -n "/^   $command\$/,/^\(   \)\?[a-zA-Z]/{/^   $command\$/d; p}" bascule.text | options_named >shown
        diff told shown
        diff <(grep '^--' told) <(completed bascule "$command" - | tr ' ' '\n' | grep -vx -- --help)
        count=$((count + $(wc -l <told)))
    done
    [ "$count" -ge 50 ]
}

@test "install: the manual pages are well formed and name every command and scenario key" {
    local word
    for page in "$root"/docs/man/*; do
        run -0 mandoc -T lint -W warning "$page"
        [ -z "$output" ]
    done
    diff <(commands_of_program) <(manual bascule.1 | sed -n '/^COMMANDS/,/^[A-Z]/s/^   \([a-z-]*\)$/\1/p')
    manual bascule-scenario.5 >scenario.text
    for word in $("$program" schema scenario | jq -r '.properties | keys[]' | grep -vx schema); do
        echo "$word"
        grep -qw "$word" scenario.text
    done
    # The examples of pages are scenarios.
    for page in bascule-scenario.5 bascule-client.7; do
        awk '/^name:/ { on = 1 } /^\.Ed/ { on = 0 } on' "$root/docs/man/$page" >example.yaml
        bascule check example.yaml
    done
}

@test "install: the Debian package holds programs that work, and says what they need" {
    local package package_name
    make_here deb >made
    package=$(tail -n 1 made)
    cp "$package" first.deb
    make_here deb
    cmp first.deb "$package" # the same bytes
    [ "$(dpkg-deb -f first.deb Version)" = "$(cat "$root/VERSION")" ]
    [ "$(dpkg-deb -f first.deb Architecture)" = "$(dpkg --print-architecture)" ]
    for package_name in $(dpkg-deb -f first.deb Depends | sed 's/([^)]*)//g; s/,/ /g'); do
        dpkg-query -W "$package_name"
    done
    [[ $(dpkg-deb -f first.deb Depends) == *libcurl*libmicrohttpd*libyaml* ]]
    dpkg-deb -x first.deb tree
    (cd tree && dpkg-deb -e ../first.deb ../control && md5sum --quiet -c ../control/md5sums)
    on_the_wire extracted
    program=$PWD/tree/usr/bin/bascule
    bascule run -o out extracted.yaml
    report out/extracted.json '.verdict == "pass" and .runs[0].faults[0].confirmed_by == "proxy"'
}

@test "install: the Debian package can be installed, used and purged on a clean system" {
    local status=0
    is_sanitized && skip "a package is made of a release build"
    make_here deb >made
    CLEAN_SYSTEM_LIMIT_S=$((BATS_TEST_TIMEOUT - 15)) "$root/tests/tools/clean-system" "$(tail -n 1 made)" 2>why || status=$?
    [ "$status" -ne 77 ] || skip "$(tail -n 1 why)"
    cat why
    [ "$status" -eq 0 ]
}

@test "install: the archive of the sources is the same each time, and whole" {
    local name
    git -C "$root" rev-parse HEAD >/dev/null || skip "no git repository"
    name=bascule-$(cat "$root/VERSION")
    make_here dist >made
    cp "$(tail -n 1 made)" first.tar.gz
    make_here dist
    cmp first.tar.gz "$(tail -n 1 made)"
    tar -tvf first.tar.gz >listed
    # shellcheck disable=SC2016 # fields of awk
    run -0 awk -v name="$name/" '$2 != "0/0" || index($6, name) != 1' listed
    [ -z "$output" ]
    mkdir sources
    tar -xf first.tar.gz -C sources --strip-components=1
    cmp "$root/Makefile" sources/Makefile
    [ -x sources/tools/version ]
    # A build without git knows what it is of.
    [[ $(cd sources && tools/version VERSION) == *"\"$(cat sources/COMMIT)\""* ]]
    diff <(git -C "$root" ls-files --deduplicate | while read -r file; do
        [ ! -e "$root/$file" ] || echo "$file"
    done | sort) <(cd sources && find . -type f ! -name COMMIT | sed 's,^\./,,' | sort)
}

@test "install: what the archive holds can be built, tested and installed without git" {
    local name
    git -C "$root" rev-parse HEAD >/dev/null || skip "no git repository"
    # A source that was not yet added is missed by those that were.
    [ -z "$(git -C "$root" ls-files --others --exclude-standard)" ] || skip "git does not know all files here"
    make_here dist >made
    mkdir sources
    tar -xf "$(tail -n 1 made)" -C sources --strip-components=1
    cd sources
    # Of all there is a way to make it; the smallest program is made.
    make -n BUILD="$PWD/build" all build-tests install uninstall DESTDIR="$PWD/tree" >/dev/null 3>&- 4>&-
    make -s BUILD="$PWD/build" "$PWD/build/bascule-proxy" 3>&- 4>&-
    [ "$(build/bascule-proxy --version)" = "bascule-proxy $(cat VERSION) ($(cat COMMIT))" ]
}

# completed WORD...: what is offered for the last of the words, sorted.
completed() {
    (
        # shellcheck source=completions/bascule.bash
        source "$root/completions/bascule.bash"
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
        _bascule "$program" "${@: -1}" "${@: -2:1}"
        printf '%s\n' "${COMPREPLY[@]}" | LC_ALL=C sort | paste -sd ' '
    )
}

@test "completion: commands, options, words and files" {
    local command
    mkdir -p scenarios/gate
    touch scenarios/a.yaml scenarios/b.yml scenarios/c.json scenarios/notes.txt
    for command in run check plan simulate replay render compare history schema help; do
        [[ " $(completed bascule '') " == *" $command "* ]]
    done
    [ "$(completed bascule re)" = "render replay" ]
    [ "$(completed bascule help com)" = compare ]
    [ "$(completed bascule --v)" = --version ]
    [ "$(completed bascule run --s)" = "--seed --set --strict" ]
    [ "$(completed bascule run --is)" = --isolate ]
    [ "$(completed bascule run --isolate '')" = "always auto never" ]
    [ "$(completed bascule run --isolate = al)" = always ]
    [ "$(completed bascule run --isolate =)" = "always auto never" ]
    [ "$(completed bascule run --format json,ht)" = json,html ]
    [ "$(completed bascule render --format '')" = "html junit markdown text" ]
    [ "$(completed bascule compare --format = m)" = markdown ]
    [ "$(completed bascule run --strict scenarios/)" = "scenarios/a.yaml scenarios/b.yml scenarios/gate" ]
    [ "$(completed bascule render scenarios/)" = "scenarios/c.json scenarios/gate" ]
    [ "$(completed bascule run -o scen)" = scenarios ]
    [ "$(completed bascule run -o scenarios/a)" = "" ]
    [ "$(completed bascule schema '')" = "comparison history journal report scenario" ]
    [ "$(completed bascule run --seed '')" = "" ]
    bash --norc --noprofile -ic "source '$root/completions/bascule.bash'; complete -p bascule" 2>/dev/null
}
