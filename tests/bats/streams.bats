#!/usr/bin/env bats
# Streams of events from the real stub: each test is a small program for tests/tools/stub_driver.py, with
# clients of both kinds that look at every byte. Numbers of events come from the clock, so that no test
# has to know when it ran.

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
    {
        echo 'from event_stream import Events'
        echo 'from websocket_client import *'
        cat
    } | python3 tests/tools/stub_driver.py
}

@test "sse: events are numbered by the clock, the same on every node" {
    drive <<'PY'
with Stub(name=b"one") as one, Stub(name=b"two") as two:
    streams = [Events(stub.connect(), f"/api/metrics/{path}/events/stream")
               for stub in (one, two) for path in ("raft", "reservations", "vcube")]
    opened = [stream.open() for stream in streams]
    assert [stream.headers["x-bascule-node"] for stream in opened] == ["one"] * 3 + ["two"] * 3
    assert {stream.block()[0] for stream in opened} == {"retry: 50"}
    for stream, name in zip(opened, ["one"] * 3 + ["two"] * 3):
        first = stream.event()
        now = time.monotonic_ns() // (50 * MS)
        assert first <= now and stream.data == {"event": first, "node": name}
        assert [stream.event() for _ in range(5)] == list(range(first + 1, first + 6))
        assert time.monotonic_ns() // (50 * MS) >= first + 5, "an event from the future"
    assert one.records() == []
PY
}

@test "sse: Last-Event-ID or lastEventId goes on behind it on another node, up to 10,000 events back" {
    drive <<'PY'
with Stub() as one, Stub() as two:
    with Events(one.connect()) as stream:
        last = stream.event()
    until(lambda: time.monotonic_ns() // (50 * MS) >= last + 3, "three events that nobody saw")
    with Events(two.connect(), Last_Event_ID=str(last)) as stream:
        assert [stream.event() for _ in range(5)] == list(range(last + 1, last + 6))
    with Events(two.connect(), f"/api/metrics/raft/events/stream?lastEventId={last}") as stream:
        assert stream.event() == last + 1
    # A header is what a browser sends when it comes again.
    with Events(two.connect(), "/api/metrics/raft/events/stream?lastEventId=0", Last_Event_ID=str(last)) as stream:
        assert stream.event() == last + 1
    for text in ("x", "-1", "", str(2**64), str(2**63)):
        before = time.monotonic_ns() // (50 * MS)
        with Events(two.connect(), Last_Event_ID=text) as stream:
            assert before < stream.event() <= time.monotonic_ns() // (50 * MS), text
    before = time.monotonic_ns() // MS
    with Events(two.connect(), interval="1ms", Last_Event_ID="0") as stream:
        first = stream.event()
        assert before - 9999 <= first <= time.monotonic_ns() // MS - 9999
        assert [stream.event() for _ in range(10000)] == list(range(first + 1, first + 10001))
PY
}

@test "sse: a real client reads it" {
    drive <<'PY'
import subprocess
with Stub(name=b"backup-1") as stub:
    held = stub.open_files()
    curl = subprocess.Popen(["curl", "-sSN", "-H", "Origin: http://localhost:5173", "-D", "-",
                             f"http://127.0.0.1:{stub.port}/api/metrics/raft/events/stream?interval=20ms"],
                            stdout=subprocess.PIPE, text=True)
    lines = [curl.stdout.readline().rstrip("\r\n") for _ in range(40)]
    curl.terminate()
    curl.wait(PATIENCE_S)
    assert lines[0] == "HTTP/1.1 200 OK"
    assert "Access-Control-Allow-Origin: http://localhost:5173" in lines
    ids = [int(line.removeprefix("id: ")) for line in lines if line.startswith("id: ")]
    assert len(ids) > 5 and ids == list(range(ids[0], ids[0] + len(ids)))
    assert f'data: {{"event":{ids[0]},"node":"backup-1"}}' in lines
    until(lambda: stub.open_files() == held, "the stub lets go of a client that left")
PY
}

@test "sse: signs of life between rare events; wrong intervals are 400, other methods 405" {
    drive <<'PY'
path = "/api/metrics/raft/events/stream"
with Stub() as stub:
    with Events(stub.connect(), interval="1h") as stream:
        assert stream.block() == ["retry: 1000"]
        start = time.monotonic_ns()
        assert stream.block() == [":"]
        assert stream.block() == [":"]
        assert time.monotonic_ns() - start > 1.8 * S
    for wrong in ("0s", "61m", "x", "", "100"):
        answer = stub.get(f"{path}?interval={wrong}", X_Request_Id="1-1")
        assert answer.status == 400 and "interval" in answer.json()["error"], wrong
    assert [record.status for record in stub.records()] == [400] * 5
    assert stub.request("HEAD", path).status == 200
    assert stub.request("POST", path, {}).headers["allow"] == "GET, HEAD, OPTIONS"
    assert stub.request("OPTIONS", path, Origin="http://x").status == 204
PY
}

@test "websocket: events, pings, closes; the opening is checked" {
    drive <<'PY'
with Stub(name=b"one") as stub:
    with WebSocket(stub.connect(), "/ws?interval=50ms", X_Request_Id="1-1") as client:
        message = client.message()
        first = message["event"]
        assert message == {"event": first, "node": "one"} and first <= time.monotonic_ns() // (50 * MS)
        assert [client.event() for _ in range(5)] == list(range(first + 1, first + 6))
        client.send(PING, b"hello")
        opcode, payload = client.receive()
        while opcode == TEXT:
            opcode, payload = client.receive()
        assert (opcode, payload) == (PONG, b"hello")
        record = stub.records()[0]
        assert (record.status, record.path, record.flags, record.end) == (101, b"/ws", EXECUTED, 0)
        client.send(CLOSE, struct.pack("!H", 1000) + b"bye")
        assert client.closed() == 1000
        assert not client.connection.settle(PATIENCE_S)
        until(lambda: stub.records()[0].end, "the end of the stream in the log")
    with WebSocket(stub.connect(), "/ws?interval=1h") as client:
        assert client.receive() == (PING, b""), "a sign of life"
    answer = stub.get("/ws")
    assert answer.status == 426 and answer.headers["upgrade"] == "websocket"
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec_WebSocket_Version": "13"}
    assert stub.get("/ws", **upgrade).status == 400
    key = "dGhlIHNhbXBsZSBub25jZQ=="
    assert stub.get("/ws", **{**upgrade, "Sec_WebSocket_Version": "12"}, Sec_WebSocket_Key=key).status == 426
PY
}

@test "websocket: {\"resume\":N} goes on behind N and says from where; so does lastEventId" {
    drive <<'PY'
with Stub(name=b"one") as stub:
    now = time.monotonic_ns() // (20 * MS)
    with WebSocket(stub.connect(), "/ws?interval=20ms") as client:
        client.resume(now - 5)
        message = client.message()
        while "event" in message:
            assert message["event"] > now, "before the resumption: what comes by itself"
            message = client.message()
        assert message == {"resumed": now - 5, "node": "one"}
        assert [client.event() for _ in range(10)] == list(range(now - 4, now + 6))
        for nonsense in (b"", b"{", b"[]", b'{"resume":-1}', b'{"resume":"5"}', b'{"resume":99999999999999999999}'):
            client.send(TEXT, nonsense)
        client.send(BINARY, b'{"resume":0}')
        assert [client.event() for _ in range(5)] == list(range(now + 6, now + 11))
    with WebSocket(stub.connect(), f"/ws?interval=20ms&lastEventId={now}") as client:
        assert [client.event() for _ in range(5)] == list(range(now + 1, now + 6))
    with WebSocket(stub.connect(), "/ws?interval=1ms") as client:
        client.resume(0)
        message = client.message()
        while "event" in message:
            message = client.message()
        assert message["resumed"] > 0, "the oldest are gone, and it says so"
        assert client.event() == message["resumed"] + 1
PY
}

@test "websocket: a client that breaks the rules is closed with the right code, and alone" {
    drive <<'PY'
wrong = [
    (1002, WebSocket.frame(TEXT, b"x", mask=False)),
    (1002, WebSocket.frame(TEXT, b"x", reserved=4)),
    (1002, WebSocket.frame(3, b"x")),
    (1002, WebSocket.frame(CONTINUATION, b"x")),
    (1002, WebSocket.frame(PING, b"x", fin=False)),
    (1002, WebSocket.frame(CLOSE, b"x")),
    (1002, WebSocket.frame(TEXT, b"x", fin=False) + WebSocket.frame(TEXT, b"y")),
    (1007, WebSocket.frame(TEXT, b"\xff")),
    (1009, WebSocket.frame(TEXT, b"x" * 4097)),
    (1009, WebSocket.frame(TEXT, b"x" * 4000, fin=False) + WebSocket.frame(CONTINUATION, b"x" * 97)),
]
with Stub() as stub, WebSocket(stub.connect(), "/ws?interval=50ms") as other:
    first = other.event()
    held = stub.open_files()
    for code, frames in wrong:
        with WebSocket(stub.connect(), "/ws?interval=1h") as client:
            client.connection.socket.sendall(frames)
            assert client.closed() == code, (code, frames[:20])
            assert not client.connection.settle(PATIENCE_S)
    # Bytes one at a time make no difference, and fragments are one message.
    with WebSocket(stub.connect(), "/ws?interval=1h") as client:
        whole = json.dumps({"resume": 0}).encode()
        for byte in WebSocket.frame(TEXT, whole[:5], fin=False) + WebSocket.frame(PING) + WebSocket.frame(CONTINUATION, whole[5:]):
            client.connection.socket.sendall(bytes([byte]))
        assert client.receive() == (PONG, b"")
        assert client.message()["resumed"] == 0
    until(lambda: stub.open_files() == held, "all connections gone")
    assert [other.event() for _ in range(3)] == list(range(first + 1, first + 4))
PY
}

@test "faults at the opening: respond and gray answer 5xx, hang and slow hold it back, cuts cut" {
    drive <<'PY'
def both(stub, **headers):
    return [Events(stub.connect(), **headers), WebSocket(stub.connect(), "/ws?interval=50ms", **headers)]

with Stub(peer_port=8081) as stub:
    for kind, status in [("respond", 502), ("gray", 500)]:
        number = stub.set(kind, statuses=[status])
        for stream in both(stub, X_Request_Id="1-1"):
            assert stream.connection.read().status == status
        assert stub.clear(number) == 2
    assert [(record.status, record.flags) for record in stub.records()] == [(502, 0), (502, 0), (500, 0), (500, 0)]
    number = stub.set("hang")
    for stream in both(stub):
        assert stream.connection.settle() and stream.connection.pending == b""
    assert stub.clear(number) == 2
    number = stub.set("slow", by=200 * MS)
    start = time.monotonic_ns()
    for stream in both(stub):
        stream.open()
    assert time.monotonic_ns() - start >= 200 * MS
    stub.clear(number)
    for kind in ("stall", "truncate"):
        number = stub.set(kind, after_bytes=4)
        for stream, body in zip(both(stub, X_Request_Id="1-2"), (b"4\r\nretr\r\n", None)):
            stream.open()
            open_still = stream.connection.settle(0.5)
            assert open_still == (kind == "stall"), kind
            assert body is None or stream.connection.pending == body
            assert body is not None or len(stream.connection.pending) == 4
            assert stub.records()[-1].flags == EXECUTED | CUT
        assert stub.clear(number) >= 2
    for kind in ("unhealthy", "wrong_role"):
        number = stub.set(kind)
        for stream in both(stub):
            assert stream.open().event() > 0
        assert stub.clear(number) == 0
PY
}

@test "faults while it runs: hang and stall silence it for good, others end it, slow and trickle bend it" {
    drive <<'PY'
def both(stub):
    return [Events(stub.connect()).open(), WebSocket(stub.connect(), "/ws?interval=50ms").open()]

def is_open(stream):
    return stream.connection.settle()

with Stub() as stub:
    for kind, after, stays in [("hang", 0, True), ("stall", 0, True), ("stall", 20, True), ("truncate", 20, False),
                               ("respond", 0, False), ("gray", 0, False)]:
        streams = both(stub)
        last = [stream.event() for stream in streams]
        number = stub.set(kind, after_bytes=after)
        for stream in streams:
            assert is_open(stream) == stays, kind
        assert stub.clear(number) >= 2, kind
        for stream in streams:
            pending = stream.connection.pending
            if stays:
                assert stream.connection.settle(0.2) and stream.connection.pending == pending, "it stays silent"
            # Whole events that were on their way, and a part of another.
            assert b"id: " not in pending or kind in ("stall", "truncate") or pending.endswith(b"\n\r\n")
    for kind in (0, 1):
        stream = both(stub)[kind]
        first = stream.event()
        path = "/ws" if isinstance(stream, WebSocket) else "/api/metrics/raft/events/stream"
        number = stub.set("slow", by=120 * MS, path=path)
        events = [(stream.event(), time.monotonic_ns()) for _ in range(8)]
        assert [event for event, _ in events] == list(range(first + 1, first + 9)), "nothing lost, nothing twice"
        assert all(at - event * 50 * MS >= 120 * MS for event, at in events[3:])
        stub.clear(number)
        number = stub.set("trickle", rate_bytes=100, path=path)
        start = time.monotonic_ns()
        later = [stream.event() for _ in range(4)]
        assert later == list(range(first + 9, first + 13))
        assert time.monotonic_ns() - start > 500 * MS
        stub.clear(number)
        assert [stream.event() for _ in range(4)] == list(range(first + 13, first + 17))
    assert stub.get("/api/health").status == 200

# Nobody waits for an event that is an hour late once the client has left.
with Stub() as stub:
    held = stub.open_files()
    streams = both(stub)
    for stream in streams:
        stream.event()
    number = stub.set("slow", by=3600 * S)
    for stream in streams:
        assert is_open(stream)
        stream.connection.socket.close()
    until(lambda: stub.open_files() == held, "the stub lets go of them")
    assert stub.clear(number) == 2
PY
}

@test "refuse ends streams in an orderly way; SIGTERM and SIGKILL just end them; pause is silence" {
    drive <<'PY'
with Stub() as stub:
    events, client = Events(stub.connect()).open(), WebSocket(stub.connect(), "/ws?interval=50ms").open()
    events.event()
    client.event()
    number = stub.set("refuse")
    while events.chunk():
        pass
    assert not events.connection.settle(PATIENCE_S)
    assert client.closed() == 1001
    assert not client.connection.settle(PATIENCE_S)
    stub.clear(number)
    with Events(stub.connect()) as stream:
        stub.kill(signal.SIGSTOP)
        os.waitid(os.P_PID, stub.pid, os.WSTOPPED | os.WNOWAIT)
        stream.connection.settle()
        pending = stream.connection.pending
        assert stream.connection.settle() and stream.connection.pending == pending
        stub.kill(signal.SIGCONT)
        first = stream.event()
        assert [stream.event() for _ in range(10)] == list(range(first + 1, first + 11)), "nothing is lost"
for number in (signal.SIGTERM, signal.SIGKILL):
    with Stub(expect_exit=0 if number == signal.SIGTERM else -number) as stub:
        streams = [Events(stub.connect()).open(), WebSocket(stub.connect(), "/ws?interval=50ms").open(),
                   WebSocket(stub.connect(), "/ws?interval=1h").open()]
        for stream in streams[:2]:
            stream.event()
        stub.kill(number)
        for stream in streams:
            assert not stream.connection.settle(PATIENCE_S)
PY
}

@test "a client that reads late holds nobody up, and misses nothing" {
    drive <<'PY'
class Narrow(Connection):
    """Takes little before it is read."""
    def __init__(self, port):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 18)
        self.socket.settimeout(PATIENCE_S)
        self.socket.connect(("127.0.0.1", port))
        self.pending = b""

with Stub() as stub, Events(stub.connect()) as other:
    last = time.monotonic_ns() // (10 * MS) - 8000
    late = [Events(Narrow(stub.port), interval="10ms", Last_Event_ID=str(last)),
            WebSocket(Narrow(stub.port), f"/ws?interval=10ms&lastEventId={last}")]
    first = other.event()
    assert [other.event() for _ in range(10)] == list(range(first + 1, first + 11))
    for stream in late:
        stream.open()
        assert [stream.event() for _ in range(8000)] == list(range(last + 1, last + 8001))
    # More than the kernel holds; a resumption cuts short what the one before it asked for.
    late = WebSocket(Narrow(stub.port), "/ws?interval=10ms").open()
    for _ in range(40):
        late.resume(last)
        other.event()
    told = 0
    while told < 40:
        told += "resumed" in late.message()
    assert [late.event() for _ in range(8000)] == list(range(last + 1, last + 8001))
    held = stub.open_files()
    # Their pings cannot be answered meanwhile: a bounded number of answers waits.
    flood = WebSocket(Narrow(stub.port), f"/ws?interval=10ms&lastEventId={last}").open()
    flood.connection.socket.settimeout(0.5)
    try:
        for _ in range(1000):
            flood.connection.socket.sendall(WebSocket.frame(PING, b"x" * 100) * 10)
    except TimeoutError:
        pass
    assert [other.event() for _ in range(5)]
    flood.connection.socket.close()
    until(lambda: stub.open_files() == held, "the stub lets go of it")
PY
}

@test "many streams: 1,000 of both kinds at once, each with every event; all gone in the end" {
    [ "$(ulimit -Hn)" -ge 4096 ] || skip "needs 4096 descriptors"
    drive <<'PY'
import resource
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
with Stub() as stub:
    held = stub.open_files()
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    streams = [Events(stub.connect(), interval="200ms") if i % 2 else WebSocket(stub.connect(), "/ws?interval=200ms")
               for i in range(1000)]
    for stream in streams:
        stream.open()
    first = [stream.event() for stream in streams]
    for k in range(1, 6):
        assert [stream.event() for stream in streams] == [number + k for number in first]
    assert stub.get().status == 200
    for stream in streams:
        stream.connection.socket.close()
    until(lambda: stub.open_files() == held, "all streams gone")
PY
}
