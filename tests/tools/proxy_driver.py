"""Starts a real bascule-proxy and plays its harness, the client and the node: control socket, raw TCP.

Only the Python standard library. The structures mirror harness/proxy/proxy_control.h; a proxy refuses
packets of another size, so a difference cannot pass unnoticed. Every wait has a deadline.

Usage in a test:    proxy_driver.py < test.py     (runs the program on stdin with these names known)
"""

import contextlib
import ctypes
import errno
import fcntl
import os
import re
import resource
import select
import signal
import socket
import struct
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.join(os.environ.get("BUILD", os.path.join(ROOT, "build/release")), "bascule-proxy")
PATIENCE_S = 20.0  # for what must happen
QUIET_S = 0.3      # for what must not

MS = 10**6
S = 10**9
VERSION = 2
RELAY, START, SET, CLEAR = 0, 1, 2, 3
READY, FAILED, ACK = 0, 1, 2
BOTH, IN, OUT = 0, 1, 2


def fault_kinds():
    with open(os.path.join(ROOT, "harness/proxy/proxy_control.h"), encoding="ascii") as file:
        words = re.findall(r"^    PROXY_FAULT_(\w+),", file.read(), re.MULTILINE)
    return {word.lower(): number for number, word in enumerate(words)}


KINDS = fault_kinds()


class Relay(ctypes.Structure):
    _fields_ = [
        ("node", ctypes.c_uint16),
        ("public_port", ctypes.c_uint16),
        ("upstream_port", ctypes.c_uint16),
    ]


class Fault(ctypes.Structure):
    _fields_ = [
        ("fault", ctypes.c_uint32),
        ("kind", ctypes.c_uint32),
        ("node", ctypes.c_uint16),
        ("direction", ctypes.c_uint16),
        ("of_ppm", ctypes.c_uint32),
        ("ratio_ppm", ctypes.c_uint32),
        ("by", ctypes.c_int64),
        ("jitter", ctypes.c_int64),
        ("rate_bytes", ctypes.c_uint64),
        ("after_bytes", ctypes.c_uint64),
    ]


class Clear(ctypes.Structure):
    _fields_ = [("fault", ctypes.c_uint32), ("node", ctypes.c_uint16)]


class Subject(ctypes.Union):
    _fields_ = [
        ("relay", Relay), ("fault", Fault), ("seed", ctypes.c_uint64), ("clear", Clear),
    ]


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
        ("node", ctypes.c_uint16),
        ("os_errno", ctypes.c_int32),
    ]


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
    """A copy that no dup2 onto 3 can hit."""
    return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10)


def connect(port):
    """A client's connection, not blocking for ever."""
    return socket.create_connection(("127.0.0.1", port), PATIENCE_S)


def exactly(peer, size):
    """That many bytes, and no more than were asked for."""
    data = b""
    while len(data) < size:
        more = peer.recv(size - len(data))
        assert more, f"ended after {len(data)} of {size} bytes"
        data += more
    return data


def rest(peer):
    """All bytes to the end, and how it ended: "end" (FIN) or "reset" (RST)."""
    data = b""
    while True:
        try:
            more = peer.recv(1 << 16)
        except ConnectionResetError:
            return data, "reset"
        if not more:
            return data, "end"
        data += more


def is_quiet(peer, quiet_s=QUIET_S):
    """Neither bytes nor an end nor an error come for a while."""
    return not select.select([peer], [], [], quiet_s)[0]


def reset(peer):
    """Closes by RST."""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


class Node:
    """The server behind the proxy: accepts when told to, or echoes by itself."""

    def __init__(self, backlog=1024):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=backlog)
        self.listener.settimeout(PATIENCE_S)
        self.port = self.listener.getsockname()[1]

    def accept(self):
        peer, _ = self.listener.accept()
        peer.settimeout(PATIENCE_S)
        return peer

    def is_unasked(self, quiet_s=QUIET_S):
        return not select.select([self.listener], [], [], quiet_s)[0]

    def echo(self, count=1):
        """Serves that many connections in the background until they end."""
        def serve(peer):
            with contextlib.suppress(OSError), peer:
                data = peer.recv(1 << 16)
                while data:
                    peer.sendall(data)
                    data = peer.recv(1 << 16)

        def accept_all():
            with contextlib.suppress(OSError):
                for _ in range(count):
                    threading.Thread(target=serve, args=(self.accept(),), daemon=True).start()

        threading.Thread(target=accept_all, daemon=True).start()

    def close(self):
        self.listener.close()


class Proxy:
    """A proxy before one node, or several. Leaving the `with` block ends it and checks how."""

    def __init__(self, *node_ports, seed=1, ports=None, start=True, expect_exit=0):
        self.node = None if node_ports else Node()
        self.upstreams = list(node_ports) or [self.node.port]
        self.ports = ports or [free_port() for _ in self.upstreams]
        self.port = self.ports[0]
        self.sequence = 0
        self.faults = 0
        self.expect_exit = expect_exit
        self.exit_status = None
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.control.settimeout(PATIENCE_S)
        self.pid = self.spawn(theirs)
        theirs.close()
        for number, (public, upstream) in enumerate(zip(self.ports, self.upstreams)):
            self.order(RELAY, relay=Relay(number, public, upstream))
        if start:
            sequence = self.order(START, seed=seed)
            report = self.report()
            assert (report.kind, report.sequence) == (READY, sequence), f"errno {report.os_errno}"

    def spawn(self, theirs):
        control = high(theirs.fileno())
        pid = os.posix_spawn(PROGRAM, [PROGRAM], os.environ,
                             file_actions=[(os.POSIX_SPAWN_DUP2, control, 3)], setpgroup=0)
        os.close(control)
        return pid

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.control.close()
        if self.node:
            self.node.close()
        if kind is not None and self.exit_status is None:
            os.kill(self.pid, signal.SIGKILL)
        status = self.wait()
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
        self.acked_at = report.at
        return report.hits

    def order_fault(self, kind, node=0, of=1_000_000, ratio=0, **values):
        """Does not wait; acked_fault gives how many connections it hits now."""
        self.faults += 1
        self.order(SET, fault=Fault(fault=self.faults, kind=KINDS[kind], node=node, of_ppm=of,
                                    ratio_ppm=ratio, **values))

    def acked_fault(self):
        return self.ack(self.sequence)

    def set(self, kind, **values):
        """Gives the number of the fault, and how many connections it hits now."""
        self.order_fault(kind, **values)
        hits = self.acked_fault()
        return self.faults, hits

    def clear(self, fault, node=0):
        """Gives the connections that it touched."""
        return self.ack(self.order(CLEAR, clear=Clear(fault, node)))

    def connect(self):
        return connect(self.port)

    def pair(self):
        """A relayed connection: the client's end and the node's."""
        client = self.connect()
        return client, self.node.accept()

    def is_refusing(self):
        try:
            self.connect().close()
        except ConnectionRefusedError:
            return True
        return False

    def resets_new(self):
        """A new connection is reset without a byte; that may be seen before connect returns."""
        try:
            return rest(self.connect()) == (b"", "reset")
        except ConnectionResetError:
            return True

    def open_files(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

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
                    raise AssertionError("the proxy did not end by itself")
                time.sleep(0.001)
                pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.exit_status = os.waitstatus_to_exitcode(status)
        return self.exit_status


if __name__ == "__main__":
    exec(compile(sys.stdin.read(), "<test>", "exec"), globals())  # pylint: disable=exec-used
