"""Starts a real bascule-proxy and plays its harness, the client and the node: control socket, raw TCP.

The structures mirror harness/proxy/proxy_control.h.

Usage in a test:    proxy_driver.py < test.py     (runs the program on stdin with these names known)
"""

import contextlib
import ctypes
import errno
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

from helper_driver import (ACK, FAILED, MS, PATIENCE_S, QUIET_S, READY, ROOT, S, Helper, free_port, order_of,
                           program, until)

RELAY, START, SET, CLEAR = 0, 1, 2, 3
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


class Proxy(Helper):
    """A proxy before one node, or several."""

    PROGRAM = program("bascule-proxy")
    VERSION = 2
    Order, Subject, Report = order_of(Subject), Subject, Report

    def __init__(self, *node_ports, seed=1, ports=None, start=True, expect_exit=0):
        super().__init__(expect_exit)
        self.node = None if node_ports else Node()
        self.upstreams = list(node_ports) or [self.node.port]
        self.ports = ports or [free_port() for _ in self.upstreams]
        self.port = self.ports[0]
        self.faults = 0
        self.spawn()
        for number, (public, upstream) in enumerate(zip(self.ports, self.upstreams)):
            self.order(RELAY, relay=Relay(number, public, upstream))
        if start:
            sequence = self.order(START, seed=seed)
            report = self.report()
            assert (report.kind, report.sequence) == (READY, sequence), f"errno {report.os_errno}"

    def release(self):
        if self.node:
            self.node.close()

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


if __name__ == "__main__":
    exec(compile(sys.stdin.read(), "<test>", "exec"), globals())  # pylint: disable=exec-used
