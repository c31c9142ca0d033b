#!/usr/bin/env bats
# The real stub on the wire: each test is a small program for tests/tools/stub_driver.py, which plays
# the harness. What must not happen is waited for briefly; what must happen has a long deadline.

bats_require_minimum_version 1.5.0

setup_file() {
    cd "$BATS_TEST_DIRNAME/../.." || return 1
    export BUILD=${BUILD:-build/release}
    [ -x "$BUILD/bascule-stub" ] || make "$BUILD/bascule-stub" BUILD="$BUILD"
}

setup() {
    cd "$BATS_TEST_DIRNAME/../.." || return 1
}

# The program comes on stdin.
drive() {
    python3 tests/tools/stub_driver.py
}

@test "stub: refuses to run by hand, with a reason" {
    run -2 --separate-stderr "$BUILD/bascule-stub" 3>&- 4>&-
    # shellcheck disable=SC2154 # set by run
    [[ $stderr == *"descriptor 3 is no control socket"* ]]
    [ -z "$output" ]
    run -2 "$BUILD/bascule-stub" --port 80
    [[ $output == *"unknown argument '--port'"* ]]
}

@test "stub: --help and --version" {
    run -0 "$BUILD/bascule-stub" --help
    [[ $output == *"A helper of bascule"* ]]
    run -0 "$BUILD/bascule-stub" --version
    [[ $output == "bascule-stub $(cat VERSION) ("* ]]
}

@test "stub: every path of the API answers, and names its node" {
    drive <<'PY'
with Stub(name=b"backup-1", node=1, peer_port=8080) as stub:
    for path in ["health", "raft/status", "metrics/raft/current", "metrics/raft/chart-data",
                 "metrics/reservations/current", "metrics/dashboard", "providers",
                 "providers/7/seats", "reservations/user", "admin/stats"]:
        answer = stub.get("/api/" + path)
        assert answer.status == 200, path
        assert answer.headers["x-bascule-node"] == "backup-1"
        assert answer.headers["content-type"] == "application/json"
        answer.json()
    raft = stub.get("/api/raft/status?x=1").json()
    for field in ["currentTerm", "currentLeader", "nodeState", "voteRequestCount",
                  "appendEntriesCount", "leaderElectionCount", "timestamp"]:
        assert field in raft, field
    assert raft["nodeState"] == "FOLLOWER" and raft["currentLeader"] == 0
    assert abs(raft["timestamp"] / 1000 - time.time()) < 60
    login = stub.request("POST", "/api/auth/login", {"username": "ada", "password": "x"})
    assert login.status == 200 and login.json()["username"] == "ada"
    first = stub.request("POST", "/api/reservations", {"seat": "A1"})
    second = stub.request("POST", "/api/reservations", {"seat": 17})
    assert (first.status, second.status) == (201, 201)
    assert first.json()["id"] != second.json()["id"]
    assert (first.json()["seat"], second.json()["seat"]) == ("A1", 17)
    gone = stub.request("DELETE", "/api/reservations/1-0-1")
    assert gone.status == 200 and gone.json()["id"] == "1-0-1"
with Stub(node=0) as stub:
    assert stub.get().json()["nodeState"] == "LEADER"
PY
}

@test "stub: 404, 405 with Allow, 400, 413" {
    drive <<'PY'
with Stub() as stub:
    for path in ["/", "/api", "/api/health/", "/api/providers//seats", "/api/providers/a/b/seats",
                 "/api/providers/%ff/seats", "/ws/", "/api/metrics/x/events/stream", "/api/%00"]:
        assert stub.get(path).status == 404, path
    for method, path, allow in [("POST", "/api/health", "GET, HEAD, OPTIONS"),
                                ("GET", "/api/reservations", "POST, OPTIONS"),
                                ("PUT", "/api/reservations/1", "DELETE, OPTIONS"),
                                ("DELETE", "/api/reservations/user", "GET, HEAD, OPTIONS"),
                                ("BREW", "/api/providers", "GET, HEAD, OPTIONS")]:
        answer = stub.request(method, path)
        assert (answer.status, answer.headers.get("allow")) == (405, allow), (method, path)
    for path in ["/api/reservations", "/api/auth/login"]:
        for body in [None, b"", b"{", b"[1]", b"7", b"\xff\xfe", b'{"a":1} x', b"[" * 5000]:
            assert stub.request("POST", path, body).status == 400, body
    edge = b'{"a":"' + b"x" * (2**20 - 8) + b'"}'
    assert len(edge) == 2**20
    with stub.connect() as connection:
        assert connection.request("POST", "/api/reservations", edge).status == 201
        assert connection.request("POST", "/api/reservations", edge + b" ").status == 413
        assert connection.request("GET", "/api/health").status == 200
PY
}

@test "stub: HEAD has the headers of GET and no body" {
    drive <<'PY'
with Stub() as stub, stub.connect() as connection:
    get = connection.request("GET", "/api/providers")
    head = connection.request("HEAD", "/api/providers", X_Request_Id="1-1")
    assert head.status == 200 and head.body == b""
    assert head.headers["content-length"] == str(len(get.body))
    assert connection.settle() and connection.pending == b""
    assert stub.records()[0].answer_hash == first8(b"")
PY
}

@test "stub: CORS as a page on another port needs it, preflight included" {
    drive <<'PY'
ORIGIN = "http://localhost:5173"
with Stub() as stub:
    plain = stub.get()
    assert not [name for name in plain.headers if name.startswith("access-control")]
    answer = stub.get(Origin=ORIGIN)
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.headers["vary"] == "Origin"
    assert "X-Bascule-Node" in answer.headers["access-control-expose-headers"]
    preflight = stub.request("OPTIONS", "/api/reservations/5", Origin=ORIGIN,
                             Access_Control_Request_Method="DELETE",
                             Access_Control_Request_Headers="authorization,x-request-id")
    assert preflight.status == 204 and preflight.body == b""
    assert "DELETE" in preflight.headers["access-control-allow-methods"]
    assert preflight.headers["access-control-allow-headers"] == "authorization,x-request-id"
    assert preflight.headers["allow"] == "DELETE, OPTIONS"
    assert stub.request("OPTIONS", "/nothing", Origin=ORIGIN).status == 404
    stub.set("respond", statuses=[503])
    assert stub.get(Origin=ORIGIN).headers["access-control-allow-origin"] == ORIGIN
PY
}

@test "stub: requests sent in one piece are answered in order" {
    drive <<'PY'
with Stub() as stub, stub.connect() as connection:
    for number in range(200):
        connection.send("GET", f"/api/providers/p{number}/seats", X_Request_Id=f"3-{number}")
    for number in range(200):
        assert connection.read().json()["provider"] == f"p{number}"
    assert [record.request for record in stub.records()] == list(range(200))
PY
}

@test "stub: broken and oversized requests hurt nobody else" {
    drive <<'PY'
with Stub() as stub, stub.connect() as healthy:
    healthy.send("POST", "/api/reservations", Content_Length="11")
    with stub.connect() as connection:
        connection.socket.sendall(b"\x16\x03\x01 nonsense\r\n\r\n")
        assert not connection.settle()
    with stub.connect() as connection:
        connection.send("GET", "/api/health", X_Long="x" * 40000)
        assert connection.read_head()[0] in (400, 413, 431)
    for text in [b"GET", b"GET /api/health HTTP/1.1\r\nHos", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nx"]:
        with stub.connect() as connection:
            connection.socket.sendall(text)
    healthy.socket.sendall(b'{"seat":')
    assert healthy.settle(0.05) and healthy.pending == b""
    healthy.socket.sendall(b'"B1"}'[:3])
    assert healthy.read().status == 400
    assert stub.get().status == 200
PY
}

@test "stub: a slow client gets its answer" {
    drive <<'PY'
with Stub() as stub, stub.connect() as connection:
    for byte in b"GET /api/health HTTP/1.1\r\nHost: stub\r\n\r\n":
        connection.socket.sendall(bytes([byte]))
    assert connection.read().status == 200
PY
}

@test "execution log: what was executed, with hashes, times and paths" {
    drive <<'PY'
with Stub() as stub, stub.connect() as connection:
    before = time.monotonic_ns()
    body = b'{"seat":"C3"}'
    posted = connection.request("POST", "/api/reservations?a=b", body, X_Request_Id="7-41")
    got = connection.request("GET", "/api/raft/status", X_Request_Id="7-42")
    missing = connection.request("GET", "/" + "y" * 80, X_Request_Id="7-43")
    until(lambda: all(record.end for record in stub.records()), "the end of the last answer")
    after = time.monotonic_ns()
    post, get, lost = stub.records()
    assert [(r.committed, r.run, r.request, r.status, METHODS[r.method], r.flags) for r in (post, get, lost)] == [
        (1, 7, 41, 201, "POST", EXECUTED), (1, 7, 42, 200, "GET", EXECUTED), (1, 7, 43, 404, "GET", EXECUTED)]
    assert (post.body_hash, post.answer_hash) == (first8(body), first8(posted.body))
    assert (get.body_hash, get.answer_hash) == (first8(b""), first8(got.body))
    assert (post.path, lost.path) == (b"/api/reservations", b"/" + b"y" * 45)
    times = [time_ns for record in (post, get, lost) for time_ns in (record.start, record.end)]
    assert times == sorted(times) and before <= times[0] and times[-1] <= after
PY
}

@test "execution log: probes, and requests without a proper id, are not in it" {
    drive <<'PY'
with Stub() as stub, stub.connect() as connection:
    connection.request("GET", "/api/health", X_Request_Id="1-1")
    connection.request("GET", "/api/raft/status")
    for text in ["", "1", "1-", "-1", "1-2-3", "a-1", "1-b", "4294967295-1", "1-4294967295", "1 -2",
                 "99999999999999999999-1", "+1-1"]:
        connection.request("GET", "/api/raft/status", X_Request_Id=text)
    assert stub.records() == []
    connection.request("GET", "/api/raft/status", X_Request_Id="4294967294-4294967294")
    assert len(stub.records()) == 1
PY
}

@test "execution log: full is said, and traffic goes on" {
    drive <<'PY'
with Stub(capacity=3) as stub, stub.connect() as connection:
    for number in range(3):
        connection.request("GET", "/api/raft/status", X_Request_Id=f"1-{number}")
    assert not stub.log_is_full()
    assert connection.request("GET", "/api/raft/status", X_Request_Id="1-3").status == 200
    assert stub.log_is_full() and len(stub.records()) == 3
PY
}

@test "execution log: survives SIGKILL in the middle of traffic; no answer without a record" {
    drive <<'PY'
stub = Stub(expect_exit=-9)
with stub:
    connections = [stub.connect() for _ in range(16)]
    answered, sent = {}, 0
    deaths = 0
    for connection in connections:
        connection.waiting = []
    killed = False
    while deaths < len(connections):
        for connection in connections:
            if connection.socket.fileno() < 0:
                continue
            try:
                while len(connection.waiting) < 4:
                    connection.send("POST", "/api/reservations", {"seat": sent}, X_Request_Id=f"1-{sent}")
                    connection.waiting.append(sent)
                    sent += 1
                answer = connection.read()
                answered[connection.waiting.pop(0)] = answer
            except (Closed, OSError):
                connection.socket.close()
                deaths += 1
        if len(answered) > 500 and not killed:
            stub.kill()
            killed = True
    assert stub.wait() == -9
    records = {record.request: record for record in stub.records() if record.committed}
    assert len(records) >= len(answered) > 500
    for number, answer in answered.items():
        assert records[number].answer_hash == first8(answer.body), number
PY
}

@test "control: orders are acknowledged in order, also many at once; unknown numbers clear to 0" {
    drive <<'PY'
with Stub() as stub:
    sent = []
    for _ in range(20):
        number, behaviour = stub.behaviour("slow", by=MS)
        sent.append(stub.order(SET, behaviour=behaviour))
        sent.append(stub.order(CLEAR, clear=number))
    for sequence in sent:
        assert stub.ack(sequence) == 0
    assert stub.clear(4711) == 0
PY
}

@test "control: a packet that makes no sense ends the stub with a reason" {
    drive <<'PY'
def dies(play, reason):
    there, ours = os.pipe()
    saved = os.dup(2)
    os.dup2(ours, 2)
    stub = Stub(expect_exit=1)
    os.dup2(saved, 2)
    os.close(ours)
    with stub:
        play(stub)
        assert stub.wait() == 1
    text = os.read(there, 4096).decode()
    assert reason in text, text

dies(lambda stub: stub.control.send(b"x"), "a control packet of 1 bytes")
dies(lambda stub: stub.control.send(bytes(ctypes.sizeof(Order))), "is not of this version")
dies(lambda stub: stub.control.send(bytes(ctypes.sizeof(Order) + 1)), "a control packet of")
dies(lambda stub: stub.order(9), "kind 9 came out of place")
dies(lambda stub: stub.order(SETTINGS), "settings came twice")
for kind in ["kill", "switch_to"]:
    dies(lambda stub: stub.order(SET, behaviour=stub.behaviour(kind)[1]), "makes no sense")
dies(lambda stub: stub.order(SET, behaviour=stub.behaviour("respond", statuses=[101])[1]), "makes no sense")
dies(lambda stub: [stub.order(SET, behaviour=Behaviour(behaviour=1, kind=KINDS["slow"])) for _ in range(2)],
     "behaviour 1 makes no sense")
PY
}

@test "life: ends at once with the control socket, on SIGTERM, and after exit_after" {
    drive <<'PY'
with Stub() as stub:
    idle, hung = stub.connect(), stub.connect()
    idle.request("GET", "/api/health")
    stub.set("hang")
    hung.send("GET", "/api/raft/status")
    assert hung.settle()
    stub.control.close()
    assert stub.wait() == 0
    assert not idle.settle(PATIENCE_S) and not hung.settle(PATIENCE_S)
with Stub() as stub:
    hung = stub.connect()
    stub.set("hang")
    hung.send("GET", "/api/raft/status")
    stub.kill(signal.SIGTERM)
    assert stub.wait() == 0 and not hung.settle(PATIENCE_S)
with Stub() as stub:
    stub.kill(signal.SIGINT)
    assert stub.get().status == 200
with Stub(exit_after=200 * MS) as stub:
    assert stub.get().status == 200
    assert stub.wait() == 0
def takes_signals(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        masks = re.search(r"^SigBlk:\s*(\w+)$", file.read(), re.MULTILINE)
    return int(masks[1], 16) & 1 << signal.SIGTERM - 1
with Stub(wait=False, start_delay=3600 * S) as stub:
    until(lambda: takes_signals(stub.pid), "SIGTERM handled")
    stub.kill(signal.SIGTERM)
    assert stub.wait() == 0
with Stub(wait=False, start_delay=3600 * S) as stub:
    pass
PY
}

@test "life: dies with its parent, also when the parent is killed" {
    drive <<'PY'
there, ours = os.pipe()
child = os.fork()
if child == 0:
    stub = Stub()
    os.set_inheritable(stub.control.fileno(), True)
    os.write(ours, struct.pack("ii", stub.pid, stub.port))
    signal.pause()
os.close(ours)
pid, port = struct.unpack("ii", os.read(there, 8))
Connection(port).socket.close()
os.kill(child, signal.SIGKILL)
os.waitpid(child, 0)
def gone():
    try:
        Connection(port).socket.close()
    except OSError:
        return True
    return False
until(gone, "the end of the orphan")
PY
}

@test "life: start_delay holds back the port and READY; a taken port is reported" {
    drive <<'PY'
before = time.monotonic_ns()
with Stub(wait=False, start_delay=150 * MS) as stub:
    assert stub.is_refusing()
    report = stub.report()
    assert report.kind == READY and report.at - before >= 150 * MS
    assert stub.get().status == 200
    with Stub(wait=False, port=stub.port, expect_exit=1) as second:
        report = second.report()
        assert (report.kind, report.os_errno) == (FAILED, 98), report.kind
PY
}

@test "life: starts on its port again at once after SIGKILL under load" {
    drive <<'PY'
port = free_port()
for incarnation in range(5):
    with Stub(port=port, incarnation=incarnation, expect_exit=-9) as stub:
        connections = [stub.connect() for _ in range(20)]
        for connection in connections:
            assert connection.request("GET", "/api/raft/status").status == 200
            connection.send("GET", "/api/raft/status")
        stub.kill()
        stub.wait()
PY
}

@test "settings: latency, idle_close, backlog" {
    drive <<'PY'
with Stub(latency=40 * MS) as stub, stub.connect() as connection:
    for _ in range(3):
        start = time.monotonic_ns()
        connection.request("GET", "/api/raft/status", X_Request_Id="1-1")
        assert time.monotonic_ns() - start >= 40 * MS
    until(lambda: all(record.end for record in stub.records()), "the end of the last answer")
    assert all(record.end - record.start >= 40 * MS for record in stub.records())
    others = [stub.connect() for _ in range(50)]
    start = time.monotonic_ns()
    for other in others:
        other.send("GET", "/api/raft/status")
    assert all(other.read().status == 200 for other in others)
    assert time.monotonic_ns() - start < 50 * 40 * MS, "delays must overlap"
with Stub(idle_close=500 * MS) as stub, stub.connect() as connection:
    assert connection.request("GET", "/api/health").status == 200
    start = time.monotonic_ns()
    assert not connection.settle(PATIENCE_S)
    assert time.monotonic_ns() - start >= 500 * MS
with Stub(backlog=1, expect_exit=-9) as stub:
    stub.kill(signal.SIGSTOP)
    os.waitid(os.P_PID, stub.pid, os.WSTOPPED | os.WNOWAIT)
    sockets = []
    for _ in range(6):
        probe = socket.socket()
        probe.settimeout(0.2)
        sockets.append((probe, probe.connect_ex(("127.0.0.1", stub.port))))
    results = [result for _, result in sockets]
    assert results[0] == 0 and results[-1] != 0, results
    stub.kill()
PY
}

@test "refuse: new connections are refused, idle ones close, a running one ends; and back again" {
    drive <<'PY'
with Stub(latency=300 * MS) as stub:
    idle, busy = stub.connect(), stub.connect()
    idle.request("GET", "/api/health")
    busy.send("GET", "/api/raft/status", X_Request_Id="1-1")
    until(stub.records, "the execution of the running request")
    number = stub.set("refuse")
    assert stub.is_refusing()
    assert not idle.settle(PATIENCE_S)
    answer = busy.read()
    assert answer.status == 200 and answer.headers["connection"] == "close"
    assert not busy.settle(PATIENCE_S)
    second = stub.set("refuse")
    assert stub.clear(number) == 0
    assert stub.is_refusing()
    assert stub.clear(second) == 0
    answer = stub.get()
    assert answer.status == 200 and "connection" not in answer.headers
with Stub() as stub:
    for _ in range(50):
        kept = stub.connect()
        assert kept.request("GET", "/api/health").status == 200
        number = stub.set("refuse")
        assert stub.is_refusing()
        stub.clear(number)
        assert stub.get().status == 200
PY
}

@test "refuse: who had connected or sent before it is answered, not reset" {
    drive <<'PY'
with Stub(expect_exit=0) as stub:
    idle = stub.connect()
    idle.request("GET", "/api/health")
    stub.kill(signal.SIGSTOP)
    os.waitid(os.P_PID, stub.pid, os.WSTOPPED | os.WNOWAIT)
    fresh = stub.connect()
    fresh.send("GET", "/api/raft/status")
    idle.send("GET", "/api/raft/status")
    number, behaviour = stub.behaviour("refuse")
    sequence = stub.order(SET, behaviour=behaviour)
    stub.kill(signal.SIGCONT)
    stub.ack(sequence)
    for connection in (idle, fresh):
        assert connection.read().status == 200
        assert not connection.settle(PATIENCE_S)
PY
}

@test "refuse: the end waits a moment for a taken port, then says that it is taken" {
    drive <<'PY'
with Stub(expect_exit=1) as stub:
    number = stub.set("refuse")
    with socket.socket() as thief:
        thief.bind(("127.0.0.1", stub.port))
        thief.listen()
        sequence = stub.order(CLEAR, clear=number)
        report = stub.report()
        assert (report.kind, report.sequence, report.os_errno) == (FAILED, sequence, 98)
with Stub() as stub:
    number = stub.set("refuse")
    with socket.socket() as thief:
        thief.bind(("127.0.0.1", stub.port))
        thief.listen()
        sequence = stub.order(CLEAR, clear=number)
        time.sleep(0.05)
    stub.ack(sequence)
    assert stub.get().status == 200
PY
}

@test "respond: statuses in turn, health spared, hits counted, not executed" {
    drive <<'PY'
with Stub() as stub, stub.connect() as connection:
    number = stub.set("respond", statuses=[500, 503, 429], retry_after=1500 * MS)
    seen = [connection.request("GET", "/api/raft/status", X_Request_Id=f"1-{i}") for i in range(5)]
    assert [answer.status for answer in seen] == [500, 503, 429, 500, 503]
    assert all(answer.headers["retry-after"] == "2" for answer in seen)
    assert seen[0].headers["x-bascule-node"] == "primary"
    assert connection.request("GET", "/api/health").status == 200
    assert stub.clear(number) == 5
    assert connection.request("GET", "/api/raft/status").status == 200
    assert [(r.status, r.flags) for r in stub.records()] == [(s, 0) for s in (500, 503, 429, 500, 503)]
    assert stub.records()[0].answer_hash == first8(seen[0].body)
    number = stub.set("respond")
    answer = connection.request("GET", "/api/raft/status")
    assert answer.status == 503 and "retry-after" not in answer.headers
    stub.clear(number)
    stub.set("respond", statuses=[204])
    answer = connection.request("GET", "/api/raft/status")
    assert (answer.status, answer.body) == (204, b"")
PY
}

@test "respond: path and ratio" {
    drive <<'PY'
with Stub() as stub, stub.connect() as connection:
    number = stub.set("respond", path="/api/reservations")
    assert connection.request("POST", "/api/reservations?x=1", {}).status == 503
    assert connection.request("GET", "/api/reservations/user").status == 200
    assert stub.clear(number) == 1
    number = stub.set("respond", path="/api/health", statuses=[500])
    assert connection.request("GET", "/api/health").status == 500
    assert connection.request("GET", "/api/raft/status").status == 200
    assert stub.clear(number) == 1
    number = stub.set("respond", ratio=500_000)
    bad = sum(connection.request("GET", "/api/raft/status").status == 503 for _ in range(400))
    assert 120 < bad < 280, bad
    assert stub.clear(number) == bad
    number = stub.set("respond", ratio=0)
    assert connection.request("GET", "/api/raft/status").status == 200
    assert stub.clear(number) == 0
PY
}

@test "respond: after_commit executes first" {
    drive <<'PY'
with Stub() as stub, stub.connect() as connection:
    stub.set("respond", after_commit=True, path="/api/reservations")
    answer = connection.request("POST", "/api/reservations", {"seat": 1}, X_Request_Id="1-1")
    assert answer.status == 503
    record, = stub.records()
    assert (record.status, record.flags, record.answer_hash) == (503, EXECUTED, first8(answer.body))
    assert connection.request("GET", "/api/admin/stats").json()["reservations"] == 1
PY
}

@test "slow: late by that much, health included, executed at once; SIGKILL leaves it executed" {
    drive <<'PY'
with Stub(expect_exit=-9) as stub, stub.connect() as connection:
    number = stub.set("slow", by=80 * MS, jitter=20 * MS)
    for path in ["/api/raft/status", "/api/health"]:
        start = time.monotonic_ns()
        assert connection.request("GET", path).status == 200
        assert time.monotonic_ns() - start >= 60 * MS
    assert stub.clear(number) == 2
    stub.set("slow", by=3600 * S)
    connection.send("POST", "/api/reservations", {}, X_Request_Id="1-1")
    until(lambda: stub.records() and stub.records()[0].committed, "the execution")
    stub.kill()
    assert not connection.settle(PATIENCE_S)
    assert connection.pending == b""
    assert (stub.records()[0].committed, stub.records()[0].end) == (1, 0)
PY
}

@test "hang: no byte, connection open, not executed, not logged; others after it go on" {
    drive <<'PY'
with Stub() as stub:
    number = stub.set("hang")
    silent = [stub.connect() for _ in range(3)]
    for connection, path in zip(silent, ["/api/raft/status", "/api/health", "/api/nothing"]):
        connection.send("GET", path, X_Request_Id="1-1")
    for connection in silent:
        assert connection.settle(QUIET_S) and connection.pending == b""
    assert stub.clear(number) == 3
    assert stub.get().status == 200
    for connection in silent:
        assert connection.settle(0.05) and connection.pending == b"", "hung ones stay as they are"
    assert stub.records() == []
    held = stub.open_files()
    silent[0].socket.close()
    silent[1].socket.close()
    until(lambda: stub.open_files() == held - 2, "the stub lets go of connections that were given up")
PY
}

@test "stall: status, full length, that many bytes, then silence" {
    drive <<'PY'
with Stub() as stub:
    held = stub.open_files()
    for after, sent in [(0, 0), (1, 1), (50, 50), (10**9, None)]:
        number = stub.set("stall", after_bytes=after)
        with stub.connect() as connection:
            connection.send("GET", "/api/raft/status", X_Request_Id="1-1")
            status, headers = connection.read_head()
            length = int(headers["content-length"])
            expected = length - 1 if sent is None else sent
            until(lambda: connection.settle(0.02) and len(connection.pending) >= expected, "the first bytes")
            assert connection.settle() and status == 200 and len(connection.pending) == expected
            assert stub.records()[-1].flags == EXECUTED | CUT
            assert stub.records()[-1].end == 0
        until(lambda: stub.records()[-1].end > 0, "the end of a stalled answer that was given up")
        until(lambda: stub.open_files() == held, "no connection left over")
        assert stub.clear(number) == 1
    stub.set("stall")
    with stub.connect() as connection:
        assert connection.request("HEAD", "/api/raft/status").status == 200
        connection.send("GET", "/api/health")
        assert connection.read_head()[0] == 200
        assert connection.settle() and connection.pending == b""
PY
}

@test "truncate: status, full length, that many bytes, then the end" {
    drive <<'PY'
with Stub() as stub:
    held = stub.open_files()
    for after, sent in [(0, 0), (1, 1), (50, 50), (10**9, None)]:
        number = stub.set("truncate", after_bytes=after)
        with stub.connect() as connection:
            connection.send("GET", "/api/raft/status", X_Request_Id="1-1")
            status, headers = connection.read_head()
            expected = int(headers["content-length"]) - 1 if sent is None else sent
            try:
                while True:
                    connection.more()
            except Closed as closed:
                assert closed.args[0] == "end", "a truncated answer ends without a reset"
            assert status == 200 and len(connection.pending) == expected, (after, len(connection.pending))
        assert stub.records()[-1].flags == EXECUTED | CUT
        assert stub.clear(number) == 1
    until(lambda: stub.open_files() == held, "no connection left over")
    full = stub.get(X_Request_Id="1-2")
    assert stub.records()[-1].answer_hash == first8(full.body)
PY
}

@test "trickle: a byte at a time at that rate, and whole in the end" {
    drive <<'PY'
with Stub() as stub, stub.connect() as connection:
    number = stub.set("trickle", rate_bytes=200)
    start = time.monotonic_ns()
    connection.send("GET", "/api/health", X_Request_Id="1-1")
    status, headers = connection.read_head()
    sizes = [len(connection.pending)]
    length = int(headers["content-length"])
    while len(connection.pending) < length:
        before = len(connection.pending)
        connection.more()
        sizes.append(len(connection.pending) - before)
    took = time.monotonic_ns() - start
    assert took >= (length - 1) * S // 200, took
    assert len(sizes) > length / 3, sizes
    assert json.loads(connection.pending)["status"] == "UP"
    connection.pending = b""
    assert stub.clear(number) == 1
    stub.set("trickle", rate_bytes=10**12)
    assert connection.request("GET", "/api/raft/status", X_Request_Id="1-2").json()
    stub.set("stall", after_bytes=5)
    connection.send("GET", "/api/raft/status")
    connection.read_head()
    assert connection.settle() and len(connection.pending) == 5
PY
}

@test "trickle and slow: a caller that leaves is let go" {
    drive <<'PY'
with Stub() as stub:
    held = stub.open_files()
    stub.set("slow", by=100 * MS)
    stub.set("trickle", rate_bytes=20)
    for _ in range(20):
        with stub.connect() as connection:
            connection.send("GET", "/api/raft/status", X_Request_Id="1-1")
            if _ % 2:
                connection.read_head()
    until(lambda: stub.open_files() == held, "all connections gone")
    assert len(stub.records()) == 20 and all(record.end for record in stub.records())
PY
}

@test "gray, unhealthy: the health endpoint tells another story than the traffic" {
    drive <<'PY'
with Stub() as stub, stub.connect() as connection:
    number = stub.set("gray")
    assert connection.request("GET", "/api/health").status == 200
    assert connection.request("GET", "/api/raft/status", X_Request_Id="1-1").status == 503
    assert connection.request("POST", "/api/reservations", {}).status == 503
    assert stub.clear(number) == 2
    number = stub.set("gray", statuses=[500])
    assert connection.request("GET", "/api/raft/status", X_Request_Id="1-2").status == 500
    stub.clear(number)
    assert [record.flags for record in stub.records()] == [0, 0]
    number = stub.set("unhealthy")
    assert connection.request("GET", "/api/health").status == 503
    assert connection.request("GET", "/api/raft/status", X_Request_Id="1-3").status == 200
    assert stub.clear(number) == 1
PY
}

@test "wrong_role: writes get 503 and a hint, reads work" {
    drive <<'PY'
with Stub(peer_port=8081) as stub, stub.connect() as connection:
    number = stub.set("wrong_role")
    for method, path in [("POST", "/api/reservations"), ("DELETE", "/api/reservations/1"), ("PUT", "/x"), ("PATCH", "/x")]:
        answer = connection.request(method, path, {})
        assert answer.status == 503, method
        assert answer.json() == {"error": "not leader", "leader": "http://127.0.0.1:8081"}
        assert answer.headers["x-raft-leader"] == "http://127.0.0.1:8081"
    raft = connection.request("GET", "/api/raft/status").json()
    assert (raft["nodeState"], raft["currentLeader"]) == ("FOLLOWER", 1)
    assert connection.request("OPTIONS", "/api/reservations").status == 204
    assert stub.clear(number) == 4
    assert connection.request("POST", "/api/reservations", {}).status == 201
with Stub() as stub:
    stub.set("wrong_role")
    assert stub.request("POST", "/api/reservations", {}).json()["leader"] == "unknown"
PY
}

@test "behaviours: the last one set wins, different parts add up" {
    drive <<'PY'
with Stub() as stub, stub.connect() as connection:
    first = stub.set("respond", statuses=[500])
    second = stub.set("respond", statuses=[502])
    assert connection.request("GET", "/api/raft/status").status == 502
    slow = stub.set("slow", by=50 * MS)
    cut = stub.set("truncate", after_bytes=3)
    start = time.monotonic_ns()
    with stub.connect() as other:
        other.send("GET", "/api/raft/status", X_Request_Id="1-1")
        assert other.read_head()[0] == 502
        assert not other.settle(PATIENCE_S) and len(other.pending) == 3
    assert time.monotonic_ns() - start >= 50 * MS
    assert stub.records()[0].flags == CUT
    assert stub.clear(second) == 2
    assert stub.clear(cut) == 1
    assert connection.request("GET", "/api/raft/status").status == 500
    assert stub.clear(first) == 1
    assert stub.clear(slow) == 2
PY
}

@test "pause: a stopped stub accepts, and executes what it holds when it goes on" {
    drive <<'PY'
with Stub() as stub, stub.connect() as connection:
    stub.kill(signal.SIGSTOP)
    os.waitid(os.P_PID, stub.pid, os.WSTOPPED | os.WNOWAIT)
    fresh = stub.connect()
    fresh.send("POST", "/api/reservations", {}, X_Request_Id="1-1")
    assert fresh.settle() and fresh.pending == b"" and stub.records() == []
    fresh.socket.close()
    resumed = time.monotonic_ns()
    stub.kill(signal.SIGCONT)
    until(lambda: stub.records() and stub.records()[0].end, "the execution of the abandoned request")
    assert stub.records()[0].flags == EXECUTED and stub.records()[0].start >= resumed
PY
}

@test "many connections: 3,000 at once, all answered" {
    [ "$(ulimit -Hn)" -ge 4096 ] || skip "needs 4096 descriptors"
    drive <<'PY'
import resource
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
with Stub() as stub:
    held = stub.open_files()
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    connections = [stub.connect() for _ in range(3000)]
    for connection in connections:
        connection.send("GET", "/api/raft/status")
    assert all(connection.read().status == 200 for connection in connections)
    for connection in connections:
        connection.send("GET", "/api/health")
    assert all(connection.read().status == 200 for connection in connections)
    for connection in connections:
        connection.socket.close()
    until(lambda: stub.open_files() == held, "all connections gone")
PY
}
