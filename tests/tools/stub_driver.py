"""Starts a real bascule-stub and plays its harness: control socket, execution log, raw HTTP.

The structures mirror backends-stub/control.h and execution_log.h. Sockets are raw, for the tests look
at bytes and at the state of connections.

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

from helper_driver import (ACK, FAILED, MS, PATIENCE_S, QUIET_S, READY, ROOT, S, Helper, free_port, order_of,
                           program, until)

PROGRAM = program("bascule-stub")

NEVER = 2**63 - 1
VERSION = 1
LOG_VERSION = 2
SETTINGS, SET, CLEAR = 0, 1, 2
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


Order = order_of(Subject)


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


class Stub(Helper):
    """A stub, ready unless told otherwise."""

    PROGRAM, VERSION = PROGRAM, VERSION
    Order, Subject, Report = Order, Subject, Report

    def __init__(self, wait=True, capacity=100000, port=None, expect_exit=0, **settings):
        super().__init__(expect_exit)
        self.port = port or free_port()
        self.capacity = capacity
        self.behaviours = 0
        self.log = self.make_log(settings.get("node", 0), settings.get("incarnation", 0))
        self.spawn(self.log)
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

    def release(self):
        os.close(self.log)

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

    def records(self):
        count, full = struct.unpack("=II", os.pread(self.log, 8, 8))
        assert full in (0, 1)
        size = ctypes.sizeof(Record)
        data = os.pread(self.log, count * size, RECORDS_OFFSET)
        return [Record.from_buffer_copy(data, i * size) for i in range(count)]

    def log_is_full(self):
        return struct.unpack("=I", os.pread(self.log, 4, 12))[0] == 1


if __name__ == "__main__":
    exec(compile(sys.stdin.read(), "<test>", "exec"), globals())  # pylint: disable=exec-used
