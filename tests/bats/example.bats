#!/usr/bin/env bats
# The committed example reports are what bascule makes of their JSON today.

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

@test "example: every format comes out of the JSON byte for byte; else run tools/example" {
    local file count=0
    "$root/tools/example" "$PWD"
    for file in *.html *.xml *.md *.txt; do
        echo "$file"
        cmp "$file" "$root/reports/example/$file"
        count=$((count + 1))
    done
    [ "$count" -ge 4 ]
    # None is left from a report that is gone.
    diff <(ls) <(cd "$root/reports/example" && find . -type f ! -name '*.json' ! -name '*.yaml' -printf '%f\n' | sort)
}

@test "example: its JSON is valid, of the scenario beside it, and passed" {
    local file name
    for file in "$root"/reports/example/*.json; do
        name=$(basename "$file" .json)
        is_valid report "$file"
        report "$file" '.verdict == "pass" and (.runs | length) >= 3'
        jq -j .scenario.text "$file" | cmp - "$root/reports/example/$name.yaml"
        bascule check "$root/reports/example/$name.yaml"
    done
}

@test "example: the picture of the README is one, and small" {
    local file=$root/docs/images/report.png
    [ "$(head -c 4 "$file" | tail -c 3)" = PNG ]
    [ "$(stat -c %s "$file")" -lt $((150 * 1024)) ]
    grep -q '(docs/images/report.png)' "$root/README.md"
}
