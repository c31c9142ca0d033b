"""What one node sees of another across their networks, asked from outside: sockets are made in the
network namespaces of two processes.

between_nodes.py tcp FROM TO     FROM connects to TO's listener: open, refused or silent
between_nodes.py udp FROM TO     a datagram of FROM to TO: passed or lost
between_nodes.py talk FROM TO    one connection, asked over and over until it went silent and then
                                 answered again; prints what changed, one word a line
between_nodes.py call FROM PORT  FROM, as a caller, asks 127.0.0.1:PORT for its health: answers or silent
FROM and TO are process numbers. One word on the standard output; anything unexpected ends with an error.
"""

import ctypes
import os
import socket
import sys
import time

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
LISTENING = "0A"
PATIENCE_S = 0.4  # below the second after which a lost SYN is sent again
TALK_S = 60

libc = ctypes.CDLL(None, use_errno=True)


def enter(namespace, kind):
    if libc.setns(namespace, kind) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"setns: {os.strerror(error)}")


def listener_of(pid):
    """Where the process's network has its one listener."""
    with open(f"/proc/{pid}/net/tcp", encoding="ascii") as table:
        rows = [line.split() for line in table][1:]
    (local,) = [row[1] for row in rows if row[3] == LISTENING]
    address, port = local.split(":")
    return socket.inet_ntoa(bytes.fromhex(address)[::-1]), int(port, 16)


def connect(wire, where):
    try:
        wire.connect(where)
    except TimeoutError:
        return "silent"
    except ConnectionRefusedError:
        return "refused"
    return "open"


def datagram(sender, receiver, address):
    receiver.bind((address, 0))
    sender.sendto(b"?", receiver.getsockname())
    try:
        receiver.recv(1)
    except TimeoutError:
        return "lost"
    return "passed"


def call(wire, where):
    wire.connect(where)
    wire.sendall(b"GET /api/health HTTP/1.1\r\nHost: node\r\n\r\n")
    try:
        answer = wire.recv(65536)
    except TimeoutError:
        return "silent"
    if not answer.startswith(b"HTTP/1.1 200 "):
        raise ConnectionError(f"answered {answer!r}")
    return "answers"


def talk(wire, where):
    wire.connect(where)
    said = []
    limit = time.monotonic() + TALK_S
    while said != ["answers", "silent", "answers"]:
        if time.monotonic() > limit:
            raise TimeoutError(f"after {TALK_S} s: {said}")
        wire.sendall(b"GET /api/health HTTP/1.1\r\nHost: node\r\n\r\n")
        heard = None
        while heard != "answers":
            try:
                if not wire.recv(65536):
                    raise ConnectionError("the connection ended")
                heard = "answers"
            except TimeoutError:
                heard = "silent"
            if said[-1:] != [heard]:
                said.append(heard)
                print(heard, flush=True)
            if time.monotonic() > limit:
                raise TimeoutError(f"after {TALK_S} s: {said}")
        time.sleep(0.05)


def main(what, from_pid, to):
    to_pid = from_pid if what == "call" else to
    where = ("127.0.0.1", int(to)) if what == "call" else listener_of(to)
    user, from_net, to_net = (
        os.open(path, os.O_RDONLY)
        for path in (f"/proc/{from_pid}/ns/user", f"/proc/{from_pid}/ns/net", f"/proc/{to_pid}/ns/net")
    )
    kind = socket.SOCK_DGRAM if what == "udp" else socket.SOCK_STREAM
    enter(user, CLONE_NEWUSER)
    enter(from_net, CLONE_NEWNET)
    wire = socket.socket(socket.AF_INET, kind)
    wire.settimeout(PATIENCE_S)
    if what == "tcp":
        print(connect(wire, where))
    elif what == "call":
        print(call(wire, where))
    elif what == "talk":
        talk(wire, where)
    else:
        enter(to_net, CLONE_NEWNET)
        receiver = socket.socket(socket.AF_INET, kind)
        receiver.settimeout(PATIENCE_S)
        print(datagram(wire, receiver, where[0]))


main(*sys.argv[1:])
