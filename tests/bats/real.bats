#!/usr/bin/env bats
# Other people's programs under test: what their scenarios in scenarios/real (which tests/scenarios runs) cannot show.

# shellcheck source=tests/bats/helpers.bash
source "$BATS_TEST_DIRNAME/helpers.bash"

setup_file() {
    use_build
}
setup() {
    begin_test
    # Where Debian puts haproxy and nginx.
    PATH=$PATH:/usr/sbin
    mkdir private
    export TMPDIR=$PWD/private
}
teardown() {
    end_test
}

# cluster NAME: a cluster of etcd under load, once all three serve; its peers get ports that are free.
cluster() {
    local name=$1 peers
    command -v etcd >/dev/null || skip "etcd is not installed"
    peers=$(free_ports 3)
    sed -e "s/1238\([012]\)/@\1/g; s/@0/$peers/g; s/@1/$((peers + 1))/g; s/@2/$((peers + 2))/g" \
        -e 's/^      <<: &settings/&\n        BASCULE_TEST_MARK: from-environment/' \
        "$root/scenarios/real/etcd-leader-killed.yaml" >"$name.yaml"
    start "$name" --port-base "$(free_ports 3)" "$name.yaml"
    are_serving() {
        [ "$(grep -ls 'ready to serve client requests' "$name".reports/*.logs/etcd-?.log | wc -l)" -eq 3 ]
    }
    wait_until "$patience_s" are_serving
    [ "$(marked "$name" | wc -l)" -ge 4 ]
}

is_empty() { # is_empty FOLDER
    [ -z "$(ls -A "$1")" ]
}

nothing_listens() { # nothing_listens FILE: on none of the ports that were given
    local port used
    used=" $(used_listeners | tr '\n' ' ')"
    while read -r port; do
        [[ $used != *" $(printf %04X "$port") "* ]] || return 1
    done <given
}

used_listeners() {
    awk 'FNR > 1 && $4 == "0A" { sub(/.*:/, "", $2); print $2 }' /proc/net/tcp
}

@test "real: nothing is left of a cluster after an interrupt, in namespaces and on the host" {
    local name
    for isolate in auto never; do
        name=interrupted-$isolate
        cluster "$name"
        kill -INT "${pid_of[$name]}"
        finish "$name" 130
        is_gone "$name"
        is_empty private
        nothing_listens
    done
}

@test "real: nothing is left of a cluster whose harness was killed, in namespaces and on the host" {
    local name
    for isolate in auto never; do
        name=killed-$isolate
        cluster "$name"
        [ "$isolate" = auto ] || ! is_empty private
        kill -KILL "${pid_of[$name]}"
        finish "$name" 137
        wait_until "$patience_s" is_gone "$name"
        wait_until "$patience_s" is_empty private
        wait_until "$patience_s" nothing_listens
    done
}

@test "real: a program that is missing skips its scenario, with the reason" {
    PATH=/usr/bin:/bin
    command -v haproxy >/dev/null && skip "haproxy is where programs of everybody are"
    run -77 --separate-stderr bascule run -o skipped "$root/scenarios/real/haproxy-tuned-kill.yaml"
    [[ $output == *"haproxy"* ]]
    jq -e '.verdict == "skipped" and (.reasons[0].text | test("haproxy"))' skipped/haproxy-tuned-kill.json
}

# A load balancer that finds its servers down begins the run by believing it.
@test "real: what the client asks is started once all others are ready" {
    cat >front.py <<'PY'
import http.server, socket, sys

class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(204)
        self.end_headers()

for port in sys.argv[2:]:
    socket.create_connection(("127.0.0.1", int(port)))
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
PY
    scenario front <<YAML
seed: 7
warmup: 200ms
duration: 300ms
nodes:
  - {name: a, stub: {start_delay: 1s}}
  - {name: b}
services:
  - {name: front, port: 8090, command: [$python, front.py, "\$(port)", "\$(port.a)", "\$(port.b)", "\$(port.other)"]}
  - {name: other, port: 8091, command: [$python, front.py, "\$(port)"]}
client: {direct: "http://127.0.0.1:8090"}
traffic: {rate: 20/s}
expect: {failed_requests: == 0}
YAML
    sed -i 's/\[\(.*\)front.py, \(.*\)\]}/[\1front.py, \2], env: {BASCULE_TEST_MARK: from-environment}}/' front.yaml
    isolate=auto
    start front front.yaml
    finish front 0
}
