#!/usr/bin/env bats
# The documentation is true: its scenarios are valid, its cheap commands work, its links lead somewhere, and no
# key, word or code that the program knows is missing from it.

# shellcheck source=tests/bats/helpers.bash
source "$BATS_TEST_DIRNAME/helpers.bash"

setup_file() {
    use_build
}
setup() {
    begin_test
    documents=("$root"/README.md "$root"/docs/*.md "$root"/reports/README.md "$root"/scenarios/README.md)
    for document in "${documents[@]}"; do # two are named README
        name=${document#"$root/"}
        cp "$document" "${name//\//-}"
    done
    "$root/tests/docs" taken ./*.md
    ln -s "$root/scenarios" "$root/tests" .
}
teardown() {
    end_test
}

# mentions FILE WORD...: each stands in the file as code, alone or at the head of something longer.
mentions() {
    local file=$1 word missing=()
    shift
    [ $# -gt 0 ]
    for word in "$@"; do
        grep -qE -- "\`([^\`]*[^a-z_\`])?$word([^a-z_\`][^\`]*)?\`" "$file" || missing+=("$word")
    done
    [ ${#missing[@]} -eq 0 ] || echo "$file does not tell of: ${missing[*]}"
    [ ${#missing[@]} -eq 0 ]
}

# listed FILE.def: the words of one of the program's own lists.
listed() {
    sed -n 's/^[A-Z_]*([A-Z0-9_]*, "\([a-z0-9_.]*\)".*/\1/p' "$root/harness/scenario/$1"
}

@test "docs: every scenario in them is valid" {
    local file count=0
    for file in taken/*/*.yaml; do
        echo "$file"
        bascule check "$file"
        count=$((count + 1))
    done
    [ "$count" -ge 15 ]
    is_gone
}

@test "docs: commands that start nothing work" {
    local commands number command count=0
    local cheap='^bascule (check|plan|schema|help|--help|--version|[a-z]+ --help)( |$)'
    for commands in taken/*/commands; do
        while IFS=$'\t' read -r number command; do
            [[ $command =~ $cheap ]] || continue
            echo "${commands%/commands}, line $number: $command"
            # One with scenarios of its document, which lie in a folder of their own.
            (
                cd "${commands%/commands}"
                ln -sfn "$root/scenarios" scenarios
                PATH=$BUILD:$PATH bash -euc "$command"
            )
            count=$((count + 1))
        done <"$commands"
    done
    [ "$count" -ge 5 ]
    is_gone
}

@test "docs: what they do with jq works on a report" {
    local number command count=0
    scenario first <<'YAML'
seed: 1
warmup: 200ms
duration: 1500ms
client: {profile: none}
traffic: {rate: 100/s}
faults:
  - {at: 300ms, for: 800ms, kill: primary}
expect: {failed_requests: above 10}
YAML
    bascule run --journal --port-base "$(free_ports 3)" first.yaml
    while IFS=$'\t' read -r number command; do
        [[ $command == jq\ * ]] || continue
        echo "line $number: $command"
        bash -euc "$command" >said
        if [[ $command != *believed* ]]; then # this client believes nothing
            [ -s said ]
        fi
        count=$((count + 1))
    done < <(cat taken/docs-guide/commands)
    [ "$count" -ge 5 ]
    "$root/tests/tools/recompute.py" reports/first.json reports/first.journal.jsonl
}

@test "docs: links lead to files and headings" {
    "$python" - "$root" "${documents[@]#"$root/"}" <<'PY'
import pathlib, re, sys

root = pathlib.Path(sys.argv[1])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")

def text_of(path):
    return re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)

def anchors(path):
    heads = re.findall(r"^#+ (.*)$", text_of(path), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}

dead, seen = [], 0
for name in sys.argv[2:]:
    for link in LINK.findall(text_of(root / name)):
        if "://" in link:
            continue
        seen += 1
        target, _, anchor = link.partition("#")
        path = (root / name).parent / target if target else root / name
        if not path.exists() or (anchor and anchor not in anchors(path)):
            dead.append(f"{name}: {link}")
print("\n".join(dead))
sys.exit(bool(dead) or seen < 20)
PY
}

@test "docs: the language is told whole" {
    local words
    # Every key of the language, from the schema that the program prints.
    bascule schema scenario >scenario.schema
    mapfile -t words < <(jq -r '[.. | objects | .properties? // empty | keys[]] | unique[]' scenario.schema |
        grep -vxF "$(listed metrics.def)")
    mentions docs-scenarios.md "${words[@]}"
    mapfile -t words < <(listed fault_kinds.def)
    mentions docs-scenarios.md "${words[@]}"
    mapfile -t words < <(listed metrics.def | sed 's/\..*//' | sort -u)
    mentions docs-scenarios.md "${words[@]}"
    mentions docs-metrics.md "${words[@]}"
}

@test "docs: every reason code and every option of run is told" {
    local words word
    mapfile -t words < <(listed reasons.def)
    [ "${#words[@]}" -ge 15 ]
    for word in "${words[@]}"; do
        echo "reason $word"
        grep -qE "^\\| \`$word\` \\||\`$word\`.* kept for what is to come" docs-guide.md
    done
    mapfile -t words < <(bascule run --help | sed -n 's/.*  --\([a-z-]*\).*/\1/p; s/.*, --\([a-z-]*\).*/\1/p')
    [ "${#words[@]}" -ge 9 ]
    mentions docs-guide.md "${words[@]/#/--}"
}

@test "docs: every field of reports and journals is told" {
    local words
    bascule schema report >report.schema
    # Figures by name are told elsewhere.
    mapfile -t words < <(jq -r '[.. | objects | .properties? // empty | keys[]] | unique[]' report.schema |
        grep -vxF "$(listed metrics.def)")
    mentions docs-reports.md "${words[@]}"
    bascule schema journal >journal.schema
    mapfile -t words < <(jq -r '.oneOf[].properties | .event.const, (keys - ["at", "seq", "event"])[]' journal.schema |
        sort -u | grep -vx 'run\|schema\|rerun_of\|seed\|scenario')
    mentions docs-reports.md "${words[@]}"
}
