#!/usr/bin/python3
"""A program in the place of bascule-stub (BASCULE_STUB) that says it is ready, but listens on another
port: PORT_OFFSET above the one it was given. With HONEST_STARTS=N the first N incarnations of a node are
the real stub. Ends with the control channel.
"""

import ctypes
import os
import socket
import sys
import time

import stub_driver as driver

CONTROL_FD = 3


def address(settings_bytes):
    """IPv4, behind the fields that the driver knows."""
    offset = driver.Order.subject.offset + ctypes.sizeof(driver.Settings)
    number = int.from_bytes(settings_bytes[offset:offset + 4], sys.byteorder)
    return socket.inet_ntoa(number.to_bytes(4, "big")) if number else "127.0.0.1"


def main():
    control = socket.socket(fileno=CONTROL_FD)
    packet = control.recv(65536, socket.MSG_PEEK)
    order = driver.Order.from_buffer_copy(packet)
    settings = order.subject.settings
    if settings.incarnation < int(os.environ.get("HONEST_STARTS", "0")):
        control.detach()
        os.execv(driver.PROGRAM, [driver.PROGRAM])
    control.recv(65536)
    port = settings.port + int(os.environ["PORT_OFFSET"])
    with socket.create_server((address(packet), port)):
        report = driver.Report(version=driver.VERSION, kind=driver.READY, sequence=order.sequence,
                               at=time.monotonic_ns())
        control.send(bytes(report))
        while control.recv(65536):
            pass


main()
