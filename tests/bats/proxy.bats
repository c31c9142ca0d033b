#!/usr/bin/env bats
# The real proxy on the wire: each test is a small program for tests/tools/proxy_driver.py, which plays
# harness, client and node. What must not happen is waited for briefly; what must happen has a long
# deadline; times are bounded from below exactly and from above generously.

bats_require_minimum_version 1.5.0

setup_file() {
    cd "$BATS_TEST_DIRNAME/../.." || return 1
    export BUILD=${BUILD:-build/release}
    [ -x "$BUILD/bascule-proxy" ] || make "$BUILD/bascule-proxy" BUILD="$BUILD"
}

setup() {
    cd "$BATS_TEST_DIRNAME/../.." || return 1
}

# The program comes on stdin.
drive() {
    python3 tests/tools/proxy_driver.py
}

# ---- The program -----------------------------------------------------------------------------------

@test "proxy: refuses to run by hand, with a reason" {
    run -2 --separate-stderr "$BUILD/bascule-proxy" 3>&- 4>&-
    # shellcheck disable=SC2154 # set by run
    [[ $stderr == *"descriptor 3 is no control socket"* ]]
    [ -z "$output" ]
    run -2 "$BUILD/bascule-proxy" --port 80
    [[ $output == *"unknown argument '--port'"* ]]
}

@test "proxy: --help and --version" {
    run -0 "$BUILD/bascule-proxy" --help
    [[ $output == *"A helper of bascule"* ]]
    run -0 "$BUILD/bascule-proxy" --version
    [[ $output == "bascule-proxy $(cat VERSION) ("* ]]
}

@test "proxy: ends with the harness, at SIGTERM with 0, and closes what is open" {
    drive <<'PY'
with Proxy() as proxy:
    client, peer = proxy.pair()
    proxy.control.close()
    assert proxy.wait() == 0
    assert rest(client)[1] == "end" and rest(peer)[1] == "end"
    assert proxy.is_refusing()
with Proxy() as proxy:
    proxy.pair()
    proxy.kill(signal.SIGTERM)
    assert proxy.wait() == 0
PY
}

@test "proxy: a killed harness takes it along" {
    drive <<'PY'
def keep(read, write):
    proxy = Proxy()
    os.write(write, struct.pack("=iH", proxy.pid, proxy.port))
    time.sleep(PATIENCE_S)

read, write = os.pipe()
harness = os.fork()
if harness == 0:
    keep(read, write)
    os._exit(1)
pid, port = struct.unpack("=iH", os.read(read, 6))
connect(port).close()
os.kill(harness, signal.SIGKILL)
os.waitpid(harness, 0)
def is_gone():
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True
until(is_gone, "the end of the proxy")
PY
}

@test "proxy: a taken port is reported with its node and reason, exit 1" {
    drive <<'PY'
taken = socket.create_server(("127.0.0.1", 0))
port = taken.getsockname()[1]
with Proxy(1, 2, ports=[free_port(), port], start=False, expect_exit=1) as proxy:
    sequence = proxy.order(START, seed=1)
    report = proxy.report()
    assert (report.kind, report.node, report.os_errno) == (FAILED, 1, errno.EADDRINUSE)
    assert report.sequence == sequence
    proxy.wait()
PY
}

@test "proxy: an order that makes no sense ends it with 1" {
    drive <<'PY'
def wrong(action, start=True):
    with Proxy(start=start, expect_exit=1) as proxy:
        action(proxy)
        proxy.wait()

def fault(**values):
    return lambda proxy: proxy.order(SET, fault=Fault(**{"fault": 1, "of_ppm": 10**6, **values}))

wrong(fault(kind=99))
wrong(fault(kind=KINDS["reset"], node=1))
wrong(fault(kind=KINDS["reset"], of_ppm=10**6 + 1))
wrong(fault(kind=KINDS["delay"], by=-1))
wrong(fault(kind=KINDS["throttle"]))
wrong(fault(kind=KINDS["slow_close"], jitter=-1))
wrong(fault(kind=KINDS["blackhole"], direction=3))
wrong(fault(kind=KINDS["reset"]), start=False)
wrong(lambda proxy: proxy.order(START, seed=1))
wrong(lambda proxy: proxy.order(RELAY, relay=Relay(1, free_port(), 9)))
wrong(lambda proxy: proxy.order(17))
wrong(lambda proxy: proxy.control.send(b"short"))
PY
}

# ---- Without a fault -------------------------------------------------------------------------------

@test "proxy: relays bytes both ways, and ends and resets as what they are" {
    drive <<'PY'
with Proxy() as proxy:
    client, peer = proxy.pair()
    client.sendall(b"question")
    assert exactly(peer, 8) == b"question"
    peer.sendall(b"answer")
    assert exactly(client, 6) == b"answer"
    client.shutdown(socket.SHUT_WR)           # half-closed: the answer still comes
    assert rest(peer) == (b"", "end")
    peer.sendall(b"late")
    peer.close()
    assert rest(client) == (b"late", "end")

    client, peer = proxy.pair()
    peer.sendall(b"bye")
    peer.shutdown(socket.SHUT_WR)             # the other way round
    assert rest(client) == (b"bye", "end")
    client.sendall(b"thanks")
    client.close()
    assert rest(peer) == (b"thanks", "end")

    client, peer = proxy.pair()
    client.sendall(b"x")
    exactly(peer, 1)
    reset(client)
    assert rest(peer) == (b"", "reset")

    for _ in range(50):                       # also when it comes before the proxy looked
        client, peer = proxy.pair()
        peer.sendall(b"half an ans")
        reset(peer)
        assert rest(client) == (b"half an ans", "reset")
    before = proxy.open_files()
    client, peer = proxy.pair()
    client.close()
    peer.close()
    until(lambda: proxy.open_files() <= before, "closed sockets")
PY
}

@test "proxy: who writes to a node that closed gets a reset, as without proxy" {
    drive <<'PY'
with Proxy() as proxy:
    client, peer = proxy.pair()
    peer.close()
    assert rest(client) == (b"", "end")
    client.sendall(b"a pooled connection is used again")
    until(lambda: not is_quiet(client, 0.01) and client.getsockopt(
        socket.SOL_SOCKET, socket.SO_ERROR) in (errno.ECONNRESET, errno.EPIPE), "the reset")
PY
}

@test "proxy: a node that is down resets the client, and one that comes up serves" {
    drive <<'PY'
port = free_port()
with Proxy(port) as proxy:
    for _ in range(3):
        assert proxy.resets_new()
    node = socket.create_server(("127.0.0.1", port))
    client = proxy.connect()
    client.sendall(b"x")
    peer, _ = node.accept()
    assert exactly(peer, 1) == b"x"
PY
}

@test "proxy: megabytes arrive unchanged, both ways at once" {
    drive <<'PY'
import hashlib
SIZE = 64 << 20
data = os.urandom(1 << 20) * (SIZE >> 20)
with Proxy() as proxy:
    client, peer = proxy.pair()
    digests = {}
    def send(name, end):
        end.sendall(data)
        end.shutdown(socket.SHUT_WR)
    def receive(name, end):
        digest = hashlib.sha256()
        while more := end.recv(1 << 18):
            digest.update(more)
        digests[name] = digest.digest()
    threads = [threading.Thread(target=action, args=(name, end), daemon=True)
               for action in (send, receive) for name, end in (("client", client), ("node", peer))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert digests == dict.fromkeys(("client", "node"), hashlib.sha256(data).digest())
PY
}

@test "proxy: a receiver that does not read stops the sender, and memory stays small" {
    drive <<'PY'
def resident():
    with open(f"/proc/{proxy.pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize()

with Proxy() as proxy:
    client, peer = proxy.pair()
    before = resident()
    peer.setblocking(False)
    sent, chunk = 0, bytes(1 << 20)
    while select.select([], [peer], [], QUIET_S)[1]:
        sent += peer.send(chunk)
        assert sent < 1 << 28, "no end of it"
    assert resident() - before < 4 << 20
    got = 0
    while got < sent:
        got += len(client.recv(1 << 20))
    assert got == sent
PY
}

@test "proxy: out of descriptors it waits, and goes on" {
    drive <<'PY'
with Proxy() as proxy:
    limit = proxy.open_files() + 41                # twenty connections and a socket in reserve
    resource.prlimit(proxy.pid, resource.RLIMIT_NOFILE, (limit, limit))
    clients = [proxy.connect() for _ in range(50)]
    for number, client in enumerate(clients):
        client.sendall(bytes([number]))
    def accept_all():
        peers = []
        while not proxy.node.is_unasked():
            peers.append(proxy.node.accept())
        return peers

    served = set()
    while peers := accept_all():
        assert 10 < len(peers) + len(served) and len(peers) < 25
        for peer in peers:
            number = exactly(peer, 1)[0]
            assert is_quiet(clients[number], 0) and number not in served
            served.add(number)
            clients[number].close()
            peer.close()
    assert len(served) == 50, served
PY
}

# ---- Faults ----------------------------------------------------------------------------------------

@test "proxy: reset hits open connections at once and new ones, until it is cleared" {
    drive <<'PY'
with Proxy() as proxy:
    pairs = [proxy.pair() for _ in range(20)]
    before = time.monotonic_ns()
    fault, hits = proxy.set("reset")
    assert hits == 20
    for client, peer in pairs:
        assert rest(client) == (b"", "reset")
        assert rest(peer) == (b"", "reset")
    assert time.monotonic_ns() - before < 100 * MS
    for _ in range(3):
        assert proxy.resets_new()
    assert proxy.node.is_unasked(0.01)        # it never heard of them
    assert proxy.clear(fault) == 23
    client, peer = proxy.pair()
    client.sendall(b"x")
    assert exactly(peer, 1) == b"x"
    peer.shutdown(socket.SHUT_WR)             # half-closed is open, too
    assert rest(client) == (b"", "end")
    fault, hits = proxy.set("reset")
    assert hits == 1
    assert rest(peer) == (b"", "reset")
PY
}

@test "proxy: reset, truncate and stall after so many bytes of the node" {
    drive <<'PY'
with Proxy() as proxy:
    old_client, old_peer = proxy.pair()
    old_peer.sendall(bytes(5000))             # before the fault: does not count
    exactly(old_client, 5000)
    fault, hits = proxy.set("reset", after_bytes=1000)
    assert hits == 1
    old_peer.sendall(bytes(400))
    exactly(old_client, 400)
    client, peer = proxy.pair()
    for one, other, left in ((client, peer, 1000), (old_client, old_peer, 600)):
        other.sendall(bytes(2000))
        assert rest(one) == (bytes(left), "reset")
        assert rest(other)[1] == "reset"
    client, peer = proxy.pair()               # not touched: too little is sent
    assert proxy.clear(fault) == 2
    peer.sendall(bytes(3000))
    exactly(client, 3000)

    fault, _ = proxy.set("truncate", after_bytes=10)
    peer.sendall(bytes(20))
    assert rest(client) == (bytes(10), "end")
    assert proxy.clear(fault) == 1

    fault, _ = proxy.set("stall", after_bytes=10)
    client, peer = proxy.pair()
    client.sendall(b"question")
    assert exactly(peer, 8) == b"question"
    peer.sendall(bytes(20))
    assert exactly(client, 10) == bytes(10)
    assert is_quiet(client)
    client.sendall(b"more")
    assert exactly(peer, 4) == b"more"        # the other direction lives
    assert proxy.clear(fault) == 1
    peer.close()
    assert rest(client) == (bytes(10), "end")
PY
}

@test "proxy: delay holds answers back, keeps their order, and ends without a jump" {
    drive <<'PY'
with Proxy() as proxy:
    client, peer = proxy.pair()
    fault, hits = proxy.set("delay", by=200 * MS)
    assert hits == 1
    start = time.monotonic_ns()
    client.sendall(b"?")
    exactly(peer, 1)
    assert time.monotonic_ns() - start < 150 * MS   # only the way back is late
    peer.sendall(b"first")
    sent = time.monotonic_ns()
    assert is_quiet(client, 0.1)
    touched = proxy.clear(fault)
    peer.sendall(b"second")                         # not delayed, but behind the first
    assert exactly(client, 11) == b"firstsecond"
    assert time.monotonic_ns() - sent >= 200 * MS
    assert touched == 1
    start = time.monotonic_ns()
    peer.sendall(b"third")
    exactly(client, 5)
    assert time.monotonic_ns() - start < 150 * MS
    fault, _ = proxy.set("delay", by=100 * MS, jitter=90 * MS)
    data = os.urandom(2000)
    sent = time.monotonic_ns()
    for i in range(0, len(data), 100):
        peer.sendall(data[i:i + 100])
        time.sleep(0.001)
    peer.close()
    assert rest(client) == (data, "end")
    assert time.monotonic_ns() - sent >= 10 * MS
PY
}

@test "proxy: delay of a hundred milliseconds is one of a hundred milliseconds" {
    drive <<'PY'
with Proxy() as proxy:
    proxy.node.echo()
    proxy.set("delay", by=100 * MS)
    client = proxy.connect()
    times = []
    for _ in range(10):
        start = time.monotonic_ns()
        client.sendall(b"x")
        exactly(client, 1)
        times.append(time.monotonic_ns() - start)
    assert min(times) >= 100 * MS, min(times)
    assert sorted(times)[5] < 150 * MS, times
PY
}

@test "proxy: slow_close holds the end of either side back, no byte and no reset" {
    drive <<'PY'
with Proxy() as proxy:
    fault, hits = proxy.set("slow_close", by=200 * MS)
    assert hits == 0                               # nobody is there
    for turn in (0, 1):
        ends = proxy.pair()
        one, other = ends[turn], ends[1 - turn]
        start = time.monotonic_ns()
        one.sendall(b"bye")
        one.shutdown(socket.SHUT_WR)
        assert exactly(other, 3) == b"bye"
        assert time.monotonic_ns() - start < 150 * MS
        other.sendall(b"still here")
        assert exactly(one, 10) == b"still here"
        assert rest(other) == (b"", "end")
        assert time.monotonic_ns() - start >= 200 * MS
    assert proxy.clear(fault) == 2

    fault, hits = proxy.set("slow_close", by=3600 * S)
    client, peer = proxy.pair()
    untouched, other = proxy.pair()
    reset(peer)                                    # at once
    assert rest(client) == (b"", "reset")
    for writes in (True, False):                   # also once an end is held back
        client, peer = proxy.pair()
        peer.shutdown(socket.SHUT_WR)
        assert is_quiet(client)
        if writes:                                 # a pooled connection that the node has left
            peer.close()
            client.sendall(b"question")
        else:
            reset(peer)
        assert rest(client) == (b"", "reset")
    client, peer = proxy.pair()                    # and where the client's bytes are stuck
    peer.shutdown(socket.SHUT_WR)
    client.setblocking(False)
    while select.select([], [client], [], QUIET_S)[1]:
        client.send(bytes(1 << 20))
    reset(peer)
    client.settimeout(PATIENCE_S)
    assert rest(client) == (b"", "reset")
    client, peer = proxy.pair()
    client.sendall(b"last words")
    client.close()
    assert exactly(peer, 10) == b"last words"
    assert is_quiet(peer)
    assert proxy.clear(fault) == 4                 # and what is held back goes now
    assert rest(peer) == (b"", "end")
    untouched.close()
    assert rest(other) == (b"", "end")
PY
}

@test "proxy: throttle limits both directions to its rate" {
    drive <<'PY'
with Proxy() as proxy:
    client, peer = proxy.pair()
    fault, _ = proxy.set("throttle", rate_bytes=100_000)
    for end, other in ((client, peer), (peer, client)):
        start = time.monotonic_ns()
        end.sendall(bytes(50_000))
        exactly(other, 50_000)
        took = time.monotonic_ns() - start
        assert 480 * MS < took < 1500 * MS, took   # 500 ms but for the burst
    peer.sendall(bytes(1_000_000))
    assert proxy.clear(fault) == 1
    start = time.monotonic_ns()
    exactly(client, 1_000_000)
    assert time.monotonic_ns() - start < 5 * S
PY
}

@test "proxy: corrupt flips bits of answers only, the same ones for the same seed" {
    drive <<'PY'
def answer(seed):
    with Proxy(seed=seed) as proxy:
        fault, _ = proxy.set("corrupt", ratio=100_000)
        client, peer = proxy.pair()
        client.sendall(bytes(1000))
        assert exactly(peer, 1000) == bytes(1000)
        peer.sendall(bytes(10_000))
        got = exactly(client, 10_000)
        assert proxy.clear(fault) == 1
        peer.sendall(bytes(1000))
        assert exactly(client, 1000) == bytes(1000)
        return got

first = answer(1)
changed = [byte for byte in first if byte]
assert 800 < len(changed) < 1200, len(changed)
assert all(byte.bit_count() == 1 for byte in changed)
assert answer(1) == first and answer(2) != first
with Proxy() as proxy:                             # all bytes, and one that hit nothing
    client, peer = proxy.pair()
    never, _ = proxy.set("corrupt", ratio=0)
    peer.sendall(b"x")
    assert exactly(client, 1) == b"x"
    assert proxy.clear(never) == 0
    proxy.set("corrupt", ratio=1_000_000)
    peer.sendall(bytes(100))
    assert 0 not in exactly(client, 100)
PY
}

@test "proxy: blackhole lets nothing through, neither bytes nor ends, and all when it ends" {
    drive <<'PY'
with Proxy() as proxy:
    client, peer = proxy.pair()
    fault, hits = proxy.set("blackhole", direction=OUT)
    assert hits == 1
    client.sendall(b"in")
    assert exactly(peer, 2) == b"in"
    peer.sendall(b"out")
    peer.shutdown(socket.SHUT_WR)
    assert is_quiet(client)
    assert proxy.clear(fault) == 1
    assert rest(client) == (b"out", "end")

    client, peer = proxy.pair()
    fault, _ = proxy.set("blackhole", direction=IN)
    client.sendall(b"in")
    peer.sendall(b"out")
    assert exactly(client, 3) == b"out"
    assert is_quiet(peer)
    late = proxy.connect()                         # accepted, but the node never hears of it
    late.sendall(b"hello")
    assert proxy.node.is_unasked()
    assert proxy.clear(fault) == 2
    assert exactly(peer, 2) == b"in"
    assert exactly(proxy.node.accept(), 5) == b"hello"

    fault, _ = proxy.set("blackhole", direction=BOTH)
    client.sendall(b"in")
    peer.sendall(b"out")
    assert is_quiet(peer) and is_quiet(client, 0.01)
    reset(peer)
    assert is_quiet(client)                        # a reset does not pass either
    assert proxy.clear(fault) == 1
    assert rest(client) == (b"out", "reset")
PY
}

@test "proxy: a blackhole hides that the node is down" {
    drive <<'PY'
for direction in (OUT, BOTH):
    with Proxy(free_port()) as proxy:
        fault, hits = proxy.set("blackhole", direction=direction)
        assert hits == 0
        client = proxy.connect()
        client.sendall(b"x")
        assert is_quiet(client)
        proxy.clear(fault)
        assert rest(client) == (b"", "reset")
PY
}

@test "proxy: refuse closes the listener, open connections live" {
    drive <<'PY'
with Proxy() as proxy:
    client, peer = proxy.pair()
    fault, _ = proxy.set("refuse")
    assert proxy.is_refusing()
    client.sendall(b"x")
    assert exactly(peer, 1) == b"x"
    proxy.clear(fault)
    assert not proxy.is_refusing()
PY
}

@test "proxy: of hits that share of connections, chosen by the seed" {
    drive <<'PY'
def hit(seed):
    with Proxy(seed=seed) as proxy:
        pairs = [proxy.pair() for _ in range(100)]
        fault, hits = proxy.set("reset", of=300_000)
        for client, _ in pairs:                    # those that live, live
            client.settimeout(0.001)
        gone = []
        for client, peer in pairs:
            try:
                peer.sendall(b"x")
                client.settimeout(PATIENCE_S)
                gone.append(client.recv(1) != b"x")
            except ConnectionError:
                gone.append(True)
        assert sum(gone) == hits
        assert proxy.clear(fault) == hits
        return gone

first = hit(7)
assert 10 < sum(first) < 55
assert hit(7) == first and hit(8) != first
PY
}

@test "proxy: faults add up, and each node has its own" {
    drive <<'PY'
nodes = [Node(), Node()]
with Proxy(nodes[0].port, nodes[1].port) as proxy:
    ends = []
    for node, port in zip(nodes, proxy.ports):
        client = connect(port)
        ends.append((client, node.accept()))
    delay, _ = proxy.set("delay", node=1, by=150 * MS)
    cut, _ = proxy.set("truncate", node=1, after_bytes=4)
    start = time.monotonic_ns()
    for _, peer in ends:
        peer.sendall(b"answer")
    assert exactly(ends[0][0], 6) == b"answer"
    assert rest(ends[1][0]) == (b"answ", "end")
    assert time.monotonic_ns() - start >= 150 * MS
    assert (proxy.clear(delay, node=1), proxy.clear(cut, node=1)) == (1, 1)
    assert proxy.clear(99, node=1) == 0            # nothing of that number
    assert is_quiet(ends[0][0], 0.01)
PY
}

@test "proxy: a change acts on open connections and is acknowledged with its time" {
    drive <<'PY'
with Proxy() as proxy:
    pairs = [proxy.pair() for _ in range(200)]
    before = time.monotonic_ns()
    proxy.set("reset")
    assert before < proxy.acked_at < before + 100 * MS, proxy.acked_at - before
    fault, hits = proxy.set("delay", by=MS)
    assert hits == 0 and proxy.clear(fault) == 0   # zero hits, and nobody came
PY
}

@test "proxy: whatever happens at once, it lives, and leaves nothing open" {
    drive <<'PY'
import random

def fault():
    return random.choice([
        ("reset", dict(after_bytes=random.choice([0, 1, 5000]))),
        ("truncate", dict(after_bytes=random.choice([0, 70_000]))),
        ("stall", dict(after_bytes=random.choice([0, 1000]))),
        ("delay", dict(by=random.randrange(20) * MS, jitter=random.randrange(30) * MS)),
        ("slow_close", dict(by=random.randrange(1, 20) * MS, jitter=random.randrange(30) * MS)),
        ("throttle", dict(rate_bytes=random.choice([100, 10**6, 10**9]))),
        ("corrupt", dict(ratio=random.choice([1, 10**6]))),
        ("blackhole", dict(direction=random.choice([BOTH, IN, OUT]))),
        ("refuse", {}),
    ])

def act(end):
    """One thing that a program can do with a socket; True: it is gone."""
    choice = random.randrange(10)
    with contextlib.suppress(OSError):
        if choice < 5:
            end.send(bytes(random.choice([1, 100, 70_000, 1 << 20])))
        elif choice < 8:
            while end.recv(1 << 20):
                pass
        elif choice == 8 and random.randrange(4) == 0:
            end.shutdown(socket.SHUT_WR)
        elif choice == 9 and random.randrange(8) == 0:
            random.choice([reset, socket.socket.close])(end)
            return True
    return False

random.seed(11)
with Proxy() as proxy:
    before = proxy.open_files()
    ends, faults = [], []
    proxy.node.listener.setblocking(False)
    for step in range(6000):
        if step % 30 == 0:
            with contextlib.suppress(OSError):
                ends.append(proxy.connect())
                ends[-1].setblocking(False)
        with contextlib.suppress(OSError):
            ends.append(proxy.node.listener.accept()[0])
            ends[-1].setblocking(False)
        if step % 25 == 0:
            kind, values = fault()
            faults.append(proxy.set(kind, of=random.choice([10**6, 500_000]), **values)[0])
        if len(faults) > 5:
            proxy.clear(faults.pop(random.randrange(len(faults))))
        if ends and act(end := random.choice(ends)):
            ends.remove(end)
    for number in faults:
        proxy.clear(number)
    for end in ends:
        end.close()
    with contextlib.suppress(OSError):
        while True:
            proxy.node.listener.accept()[0].close()
    until(lambda: proxy.open_files() <= before + 34, "closed sockets")   # and 16 pipes, one socket
    proxy.node.listener.settimeout(PATIENCE_S)
    client, peer = proxy.pair()
    client.sendall(b"alive")
    assert exactly(peer, 5) == b"alive"
PY
}
