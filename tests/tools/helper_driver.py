"""What the drivers of bascule's helper programs have in common: they play the harness of one.

Only the Python standard library. A helper refuses packets of another size or version, so a
difference between a driver's structures and the header that they mirror cannot pass unnoticed.
Every wait has a deadline.
"""

import ctypes
import fcntl
import os
import signal
import socket
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PATIENCE_S = 20.0  # for what must happen
QUIET_S = 0.3      # for what must not

MS = 10**6
S = 10**9
READY, FAILED, ACK = 0, 1, 2


def program(name):
    return os.path.join(os.environ.get("BUILD", os.path.join(ROOT, "build/release")), name)


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


def order_of(subject):
    """The structure of an order about one of that union."""
    class Order(ctypes.Structure):
        _fields_ = [
            ("version", ctypes.c_uint32),
            ("kind", ctypes.c_uint32),
            ("sequence", ctypes.c_uint64),
            ("subject", subject),
        ]
    return Order


class Helper:
    """A running helper. Leaving the `with` block ends it and checks how.

    A driver's own class names the PROGRAM, the VERSION of its records, and their structures Order,
    Subject and Report.
    """

    def __init__(self, expect_exit=0):
        self.sequence = 0
        self.expect_exit = expect_exit
        self.exit_status = None
        self.acked_at = None
        self.control = None
        self.pid = None

    def spawn(self, *descriptors):
        """With the control socket on descriptor 3, and those behind it."""
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.control.settimeout(PATIENCE_S)
        given = [high(descriptor) for descriptor in (theirs.fileno(), *descriptors)]
        self.pid = os.posix_spawn(
            self.PROGRAM, [self.PROGRAM], os.environ, setpgroup=0,
            file_actions=[(os.POSIX_SPAWN_DUP2, fd, 3 + place) for place, fd in enumerate(given)],
        )
        for descriptor in given:
            os.close(descriptor)
        theirs.close()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.control.close()
        if kind is not None and self.exit_status is None:
            os.kill(self.pid, signal.SIGKILL)
        status = self.wait()
        self.release()
        if kind is None:
            assert status == self.expect_exit, f"exit status {status}"

    def release(self):
        """What else a driver holds."""

    def order(self, kind, **subject):
        self.sequence += 1
        order = self.Order(version=self.VERSION, kind=kind, sequence=self.sequence,
                           subject=self.Subject(**subject))
        self.control.send(bytes(order))
        return self.sequence

    def report(self):
        packet = self.control.recv(4096)
        assert len(packet) == ctypes.sizeof(self.Report), f"a report of {len(packet)} bytes"
        report = self.Report.from_buffer_copy(packet)
        assert report.version == self.VERSION
        return report

    def ack(self, sequence):
        """The report that answers the order: its hits, and when it was, as acked_at."""
        report = self.report()
        assert (report.kind, report.sequence) == (ACK, sequence), (report.kind, report.sequence)
        assert abs(report.at - time.monotonic_ns()) < PATIENCE_S * S
        self.acked_at = report.at
        return report.hits

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
                    raise AssertionError(f"{self.PROGRAM} did not end by itself")
                time.sleep(0.001)
                pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.exit_status = os.waitstatus_to_exitcode(status)
        return self.exit_status
