#!/usr/bin/env bats
# The shipped adapters with the real clients that they drive: installed from their lock files, checked against
# the protocol, and run in their own scenarios.

# shellcheck source=tests/bats/helpers.bash
source "$BATS_TEST_DIRNAME/helpers.bash"

# One npm install for all runs of the tests, as long as the lock file is the same. What an adapter lacks stands
# in NAME.lacks then.
setup_file() {
    use_build
    # The system's python, since the package is the system's.
    export PATH=/usr/bin:$PATH
    export clients=$BUILD/clients
    mkdir -p "$clients"
    tar -C "$root/clients" --exclude=node_modules --exclude=__pycache__ -cf - . | tar -C "$clients" -xf -
    rm -f "$clients"/*.lacks
    prepare_node apiservice
    prepare_node elastic
    /usr/bin/python3 -c 'import urllib3' 2>/dev/null || echo "python3-urllib3 is not installed" >"$clients/python.lacks"
    has_programs curl jq || echo "curl or jq is not installed" >"$clients/curl.lacks"
}

has_programs() { # has_programs NAME...
    local name
    for name in "$@"; do
        command -v "$name" >/dev/null || return 1
    done
}

prepare_node() { # prepare_node NAME
    local folder=$clients/$1 lacks=$clients/$1.lacks stamp
    stamp=$(sha256sum <"$folder/package-lock.json")
    if ! has_programs node npm || ! node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)'; then
        echo "node 18 or later, or npm, is not installed" >"$lacks"
    elif [ "$(cat "$folder/node_modules/.stamp" 2>/dev/null)" != "$stamp" ]; then
        if (cd "$folder" && timeout 60 npm ci --ignore-scripts --no-audit --no-fund) >"$folder/npm.log" 2>&1; then
            echo "$stamp" >"$folder/node_modules/.stamp"
        else
            echo "npm ci failed: $(grep -m1 -E '^npm (ERR!|error)' "$folder/npm.log")" >"$lacks"
        fi
    fi
}

setup() {
    begin_test
}
teardown() {
    end_test
}

# needs NAME: skips the test, and says why, if the adapter cannot run here.
needs() {
    [ ! -e "$clients/$1.lacks" ] || skip "$(cat "$clients/$1.lacks")"
}

# words_of NAME: program and arguments, as its scenario has them.
words_of() {
    sed -n 's/^  exec: \[\(.*\)\]$/\1/p' "$clients/$1/kill.yaml"
}

# speaks NAME MISSING...: it passes the check, and lacks exactly these; but nothing is said about
# concurrency, which depends on the machine where each request is a process.
speaks() {
    needs "$1"
    local words
    IFS=', ' read -ra words < <(words_of "$1")
    (cd "$clients/$1" && bascule client-check -- "${words[@]}") >out 2>err || {
        cat out err
        return 1
    }
    shift
    diff <(awk '/^MISSING/ && $2 != "concurrent" { print $2 }' out | sort) <(printf '%s\n' "$@" | sort)
}

@test "clients: apiservice speaks the protocol" {
    speaks apiservice cancel
}

@test "clients: elastic speaks the protocol" {
    speaks elastic reset streams switch
}

@test "clients: python speaks the protocol" {
    speaks python cancel reset streams
}

@test "clients: curl speaks the protocol" {
    speaks curl cancel reset status streams switch telemetry
}

# A server that redirects who brings what was sent and came unchanged, and has nothing good at its own target.
redirecting_server() {
    cat <<'PYTHON'
import http.server, sys

class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        fine = (self.path == "/from?a=%20b&c" and body == 'é "\\t"\t\\\n' + "x" * 9000
                and self.headers.get("X-Request-Id") and self.headers.get("X-Mine") == "a: b\\n")
        self.send_response(302 if fine else 400)
        self.send_header("Location", "/to")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self):
        self.send_response(200 if self.path == "/ready" else 500)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *words):
        pass

Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
PYTHON
}

# body_and_redirect NAME: a body with everything that quoting can spoil arrives as it is; the redirect is the answer.
body_and_redirect() {
    needs "$1"
    local port words
    port=$(free_ports 1)
    words=$(words_of "$1" | sed -E "s|(\./)?adapter|$clients/$1/adapter|")
    redirecting_server >server.py
    scenario redirected <<YAML
seed: 7
warmup: 500ms
duration: 1s
nodes:
  - {name: only, port: $port, command: [python3, server.py, "\$(port)"], ready: {http: /ready}}
client: {exec: [$words]}
traffic:
  rate: 10/s
  slow: 5s
  requests:
    - method: POST
      path: "/from?a=%20b&c"
      headers: {X-Mine: 'a: b\\n', Content-Type: text/plain}
      body: "é \"\\\\t\"\\t\\\\\\n$(printf 'x%.0s' {1..9000})"
expect: {failed_requests: == 0}
YAML
    start redirected --journal redirected.yaml
    finish redirected 0 3 # a busy machine
    [ "$(jq -r 'select(.event == "request_end") | .status' redirected.reports/redirected.journal.jsonl | sort -u)" = 302 ]
}

@test "clients: apiservice passes bodies and headers on as they are, and follows no redirect" {
    body_and_redirect apiservice
}

@test "clients: elastic passes bodies and headers on as they are, and follows no redirect" {
    body_and_redirect elastic
}

@test "clients: python passes bodies and headers on as they are, and follows no redirect" {
    body_and_redirect python
}

@test "clients: curl passes bodies and headers on as they are, and follows no redirect" {
    body_and_redirect curl
}

# A known issue says so itself. A sanitized build is too slow for times.
ends_well() { # ends_well FILE
    local good='.verdict == "pass" or .verdict == "known"'
    if is_sanitized; then
        good='[.expectations[] | select(.metric == "lost" or .metric == "corrupted") | .verdict] | length == 2 and all(. == "pass")'
    fi
    jq -e "$good" "$(report_of "$1")" >/dev/null
}

report_of() { # report_of FILE
    echo "all.reports/$(sed -n 's/^name: *//p' "$1").json"
}

@test "clients: the scenarios end as they say" {
    local folder file round files=() again
    for folder in "$clients"/*/; do
        [ ! -e "${folder%/}.lacks" ] || continue
        for file in "$folder"*.yaml; do
            [ ! -e "$file" ] || files+=("$file")
        done
    done
    [ "${#files[@]}" -gt 0 ] || skip "no adapter can run here"
    isolate=auto
    for round in 1 2; do # the neighbours may have been too loud
        start all -j 9 "${files[@]}"
        finish all 0 1 3
        again=()
        for file in "${files[@]}"; do
            ends_well "$file" || again+=("$file")
        done
        files=("${again[@]}")
        [ "${#files[@]}" -gt 0 ] || break
        echo "round $round: not as they say: ${files[*]##*/clients/}"
    done
    for file in "${files[@]}"; do
        report "$(report_of "$file")" false || true
    done
    [ "${#files[@]}" -eq 0 ]
}

@test "clients: a module of the user's, other names, and what it has no method for" {
    needs apiservice
    mkdir src
    cat >src/nodes.ts <<'TS'
export const NODES: string[] = [import.meta.env.VITE_API_BASE_URL, ...import.meta.env.VITE_API_BACKUP_URLS.split(',')];
TS
    cat >src/Api.js <<'JS'
import { NODES } from './nodes';
import './style.css';
export default class Api {
    last = localStorage.getItem('last') ?? 0;
    async ask(path, options) { // answers taken apart, errors as exceptions, and headers forgotten
        for (let i = 0; i < NODES.length; i++) {
            const at = (this.last + i) % NODES.length;
            let answer;
            try {
                answer = await fetch(NODES[at] + path, { method: options.method, body: options.body });
            } catch {
                continue;
            }
            localStorage.setItem('last', this.last = at);
            if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
            return answer.json();
        }
        throw new Error('all nodes are down');
    }
}
JS
    touch src/style.css
    scenario mine <<YAML
seed: 7
warmup: 1s
duration: 3s
client:
  exec: [node, $clients/apiservice/adapter.mjs]
  options: {module: src/Api.js, request: ask}
traffic:
  rate: 20/s
  requests: [{path: /api/raft/status, weight: 3}, {path: /no/such/path}]
faults:
  - {at: 1s, kill: primary}
expect: {switchover: < 1s, lost: == 0}
YAML
    start mine --journal mine.yaml --port-base "$(free_ports 3)"
    finish mine 0 3 # a busy machine
    report mine.reports/mine.json '.runs[0].metrics | .answered_4xx > 0 and .failed_requests == 0 and .switches > 0'
    grep -q '"event":"client".*"features":\[\]' mine.reports/mine.journal.jsonl
}
