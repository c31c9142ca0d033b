"""Starts a real bascule-stub and plays its harness: control socket, execution log, raw HTTP.

Only the Python standard library. The structures mirror backends-stub/control.h and execution_log.h;
a stub refuses packets of another size, so a difference cannot pass unnoticed. Sockets are raw, for
the tests look at bytes and at the state of connections. Every wait has a deadline.

Usage in a test:    stub_driver.py < test.py     (runs the program on stdin with these names known)
"""

import ctypes
import fcntl
import hashlib
import json
import os
import re
import select
import signal
import socket
import struct
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.join(os.environ.get("BUILD", os.path.join(ROOT, "build/release")), "bascule-stub")
PATIENCE_S = 20.0  # for what must happen
QUIET_S = 0.3      # for what must not

NEVER = 2**63 - 1
MS = 10**6
S = 10**9
VERSION = 1
LOG_VERSION = 2
SETTINGS, SET, CLEAR = 0, 1, 2
READY, FAILED, ACK = 0, 1, 2
EXECUTED, CUT = 1, 2
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
RECORDS_OFFSET = 8192
F_ADD_SEALS, SEAL_SEAL, SEAL_SHRINK, SEAL_GROW = 1033, 1, 2, 4


def fault_kinds():
    with open(os.path.join(ROOT, "harness/scenario/fault_kinds.def"), encoding="ascii") as file:
        words = re.findall(r'^FAULT_KIND\(\w+, "(\w+)"', file.read(), re.MULTILINE)
    return {word: number for number, word in enumerate(words)}


KINDS = fault_kinds()


class Settings(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char * 72),
        ("seed", ctypes.c_uint64),
        ("latency", ctypes.c_int64),
        ("start_delay", ctypes.c_int64),
        ("idle_close", ctypes.c_int64),
        ("exit_after", ctypes.c_int64),
        ("backlog", ctypes.c_uint32),
        ("port", ctypes.c_uint16),
        ("node", ctypes.c_uint16),
        ("incarnation", ctypes.c_uint16),
        ("peer_port", ctypes.c_uint16),
    ]


class Behaviour(ctypes.Structure):
    _fields_ = [
        ("behaviour", ctypes.c_uint32),
        ("kind", ctypes.c_uint32),
        ("ratio_ppm", ctypes.c_uint32),
        ("status_count", ctypes.c_uint32),
        ("statuses", ctypes.c_uint16 * 16),
        ("path", ctypes.c_char * 256),
        ("retry_after", ctypes.c_int64),
        ("by", ctypes.c_int64),
        ("jitter", ctypes.c_int64),
        ("after_bytes", ctypes.c_uint64),
        ("rate_bytes", ctypes.c_uint64),
        ("after_commit", ctypes.c_bool),
    ]


class Subject(ctypes.Union):
    _fields_ = [("settings", Settings), ("behaviour", Behaviour), ("clear", ctypes.c_uint32)]


class Order(ctypes.Structure):
    _fields_ = [
        ("version", ctypes.c_uint32),
        ("kind", ctypes.c_uint32),
        ("sequence", ctypes.c_uint64),
        ("subject", Subject),
    ]


class Report(ctypes.Structure):
    _fields_ = [
        ("version", ctypes.c_uint32),
        ("kind", ctypes.c_uint32),
        ("sequence", ctypes.c_uint64),
        ("at", ctypes.c_int64),
        ("hits", ctypes.c_uint64),
        ("os_errno", ctypes.c_int32),
    ]


class Record(ctypes.Structure):
    _fields_ = [
        ("committed", ctypes.c_uint32),
        ("run", ctypes.c_uint32),
        ("request", ctypes.c_uint32),
        ("status", ctypes.c_uint16),
        ("method", ctypes.c_uint8),
        ("flags", ctypes.c_uint8),
        ("start", ctypes.c_int64),
        ("end", ctypes.c_int64),
        ("body_hash", ctypes.c_uint64),
        ("answer_hash", ctypes.c_uint64),
        ("path", ctypes.c_char * 47),
    ]


def first8(data):
    return int.from_bytes(hashlib.sha256(data).digest()[:8], "big")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(condition, what):
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, f"never happened: {what}"
        time.sleep(0.002)


def high(descriptor):
    """A copy that no dup2 onto 3 or 4 can hit."""
    return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10)


class Closed(Exception):
    """The stub closed; what came before is in args."""


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)


class Connection:
    """One TCP connection and the bytes that came over it."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        self.pending = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, method, path, body=None, **headers):
        head = {"Host": "stub", **{name.replace("_", "-"): text for name, text in headers.items()}}
        if body is not None:
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
            head.setdefault("Content-Length", str(len(body)))
        lines = [f"{method} {path} HTTP/1.1"] + [f"{name}: {text}" for name, text in head.items()]
        self.socket.sendall("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b""))

    def more(self):
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError as error:
            raise Closed("reset", self.pending) from error
        if not data:
            raise Closed("end", self.pending)
        self.pending += data

    def read_head(self):
        while b"\r\n\r\n" not in self.pending:
            self.more()
        head, self.pending = self.pending.split(b"\r\n\r\n", 1)
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines:
            name, text = line.split(":", 1)
            headers[name.strip().lower()] = text.strip()
        return int(first.split()[1]), headers

    def read(self, head_only=False):
        status, headers = self.read_head()
        length = int(headers.get("content-length", 0))
        if head_only or status in (204, 304):
            length = 0
        while len(self.pending) < length:
            self.more()
        body, self.pending = self.pending[:length], self.pending[length:]
        return Answer(status, headers, body)

    def request(self, method, path, body=None, **headers):
        self.send(method, path, body, **headers)
        return self.read(head_only=method == "HEAD")

    def settle(self, quiet_s=QUIET_S):
        """All that comes until nothing does for a while; True: still open, False: the stub closed."""
        while select.select([self.socket], [], [], quiet_s)[0]:
            try:
                self.more()
            except Closed:
                return False
        return True


class Stub:
    """A stub, ready unless told otherwise. Leaving the `with` block ends it and checks how."""

    def __init__(self, wait=True, capacity=100000, port=None, expect_exit=0, **settings):
        self.port = port or free_port()
        self.sequence = 0
        self.expect_exit = expect_exit
        self.exit_status = None
        self.capacity = capacity
        self.behaviours = 0
        control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.control = control
        self.control.settimeout(PATIENCE_S)
        self.log = self.make_log(settings.get("node", 0), settings.get("incarnation", 0))
        self.pid = self.spawn(theirs)
        theirs.close()
        values = {
            "name": b"primary", "seed": 1, "idle_close": NEVER, "exit_after": NEVER,
            "backlog": 1024, "port": self.port, **settings,
        }
        self.order(SETTINGS, settings=Settings(**values))
        if wait:
            report = self.report()
            assert report.kind == READY, f"not ready: errno {report.os_errno}"

    def make_log(self, node, incarnation):
        descriptor = os.memfd_create("log", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(descriptor, RECORDS_OFFSET + self.capacity * ctypes.sizeof(Record))
        fcntl.fcntl(descriptor, F_ADD_SEALS, SEAL_SHRINK | SEAL_GROW | SEAL_SEAL)
        os.pwrite(descriptor, struct.pack("=IIIIHH", LOG_VERSION, self.capacity, 0, 0, node, incarnation), 0)
        return descriptor

    def spawn(self, theirs):
        control, log = high(theirs.fileno()), high(self.log)
        pid = os.posix_spawn(
            PROGRAM, [PROGRAM], os.environ,
            file_actions=[(os.POSIX_SPAWN_DUP2, control, 3), (os.POSIX_SPAWN_DUP2, log, 4)],
            setpgroup=0,
        )
        os.close(control)
        os.close(log)
        return pid

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.control.close()
        if kind is not None and self.exit_status is None:
            os.kill(self.pid, signal.SIGKILL)
        status = self.wait()
        os.close(self.log)
        if kind is None:
            assert status == self.expect_exit, f"exit status {status}"

    def order(self, kind, **subject):
        self.sequence += 1
        order = Order(version=VERSION, kind=kind, sequence=self.sequence, subject=Subject(**subject))
        self.control.send(bytes(order))
        return self.sequence

    def report(self):
        packet = self.control.recv(4096)
        assert len(packet) == ctypes.sizeof(Report), f"a report of {len(packet)} bytes"
        report = Report.from_buffer_copy(packet)
        assert report.version == VERSION
        return report

    def ack(self, sequence):
        report = self.report()
        assert (report.kind, report.sequence) == (ACK, sequence), (report.kind, report.sequence)
        assert abs(report.at - time.monotonic_ns()) < PATIENCE_S * S
        return report.hits

    def behaviour(self, kind, ratio=1_000_000, statuses=(), path="", **values):
        self.behaviours += 1
        return self.behaviours, Behaviour(
            behaviour=self.behaviours, kind=KINDS[kind], ratio_ppm=ratio,
            status_count=len(statuses), statuses=(ctypes.c_uint16 * 16)(*statuses),
            path=path.encode(), **values,
        )

    def set(self, kind, **values):
        number, behaviour = self.behaviour(kind, **values)
        self.ack(self.order(SET, behaviour=behaviour))
        return number

    def clear(self, number):
        return self.ack(self.order(CLEAR, clear=number))

    def connect(self):
        return Connection(self.port)

    def request(self, method, path, body=None, **headers):
        with self.connect() as connection:
            return connection.request(method, path, body, **headers)

    def get(self, path="/api/raft/status", **headers):
        return self.request("GET", path, **headers)

    def is_refusing(self):
        try:
            self.connect().socket.close()
        except ConnectionRefusedError:
            return True
        return False

    def open_files(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def records(self):
        count, full = struct.unpack("=II", os.pread(self.log, 8, 8))
        assert full in (0, 1)
        size = ctypes.sizeof(Record)
        data = os.pread(self.log, count * size, RECORDS_OFFSET)
        return [Record.from_buffer_copy(data, i * size) for i in range(count)]

    def log_is_full(self):
        return struct.unpack("=I", os.pread(self.log, 4, 12))[0] == 1

    def kill(self, number=signal.SIGKILL):
        os.kill(self.pid, number)

    def wait(self):
        """Exit status, or minus the signal."""
        if self.exit_status is None:
            end = time.monotonic() + PATIENCE_S
            pid = 0
            while pid == 0:
                if time.monotonic() > end:
                    os.kill(self.pid, signal.SIGKILL)
                    os.waitpid(self.pid, 0)
                    raise AssertionError("the stub did not end by itself")
                time.sleep(0.001)
                pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.exit_status = os.waitstatus_to_exitcode(status)
        return self.exit_status


if __name__ == "__main__":
    exec(compile(sys.stdin.read(), "<test>", "exec"), globals())  # pylint: disable=exec-used
