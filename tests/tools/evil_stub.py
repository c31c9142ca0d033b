#!/usr/bin/python3
"""A program in the place of bascule-stub (BASCULE_STUB) whose first node breaks the rules of HTTP, of event
streams and of WebSockets, another one with each request; the other nodes are the real stub. The first
WELL requests are answered as they should be, so that streams come to the node at all. Ends with the
control channel.
"""

import base64
import hashlib
import itertools
import os
import socket
import socketserver
import sys
import threading
import time

import stub_driver as driver

CONTROL_FD = 3
WELL = 20
FLOOD = 8 << 20  # more than anybody may take
BLOCK = b"x" * 65536
OK = b"HTTP/1.1 200 OK\r\n"
STREAM = OK + b"Content-Type: text/event-stream\r\n"


def flood(connection, head, block):
    connection.sendall(head)
    for _ in range(FLOOD // len(block)):
        connection.sendall(block)


def says(data):
    return lambda connection, _: connection.sendall(data)


def pours(head, block):
    return lambda connection, _: flood(connection, head, block)


def upgrade(connection, request, then=b"", proof=None):
    key = request.partition(b"Sec-WebSocket-Key: ")[2].partition(b"\r\n")[0]
    magic = key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    proof = proof or base64.b64encode(hashlib.sha1(magic).digest())
    connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                       b"Sec-WebSocket-Accept: " + proof + b"\r\n\r\n" + then)


def upgrades(then=b"", proof=None):
    return lambda connection, request: upgrade(connection, request, then, proof)


def floods_frame(connection, request):
    upgrade(connection, request, b"\x81\x7f" + (1 << 30).to_bytes(8, "big"))
    flood(connection, b"", BLOCK)


REQUESTS = itertools.chain([says(OK + b"Content-Length: 2\r\n\r\nok")] * WELL, itertools.cycle([
    says(OK + b"Content-Length: 100\r\n\r\nshort"),
    says(OK + b"Content-Length: 2\r\n\r\nok" + BLOCK),
    says(OK + b"Transfer-Encoding: chunked\r\n\r\nno number\r\n"),
    says(b"SSH-2.0-OpenSSH_9.2\r\n"),
    says(b"HTTP/1.1 200 OK\r\nContent-Le"),
    pours(OK, b"X-Endless: " + BLOCK[:1000] + b"\r\n"),
    pours(OK + b"X-Long: ", BLOCK),
    pours(OK + b"\r\n", BLOCK),
]))
EVENTS = itertools.cycle([
    pours(STREAM + b"\r\ndata: ", BLOCK),
    pours(STREAM + b"\r\nid: ", BLOCK),
    pours(OK, b"X-Endless: " + BLOCK[:1000] + b"\r\n"),
    says(STREAM + b"\r\n\0\xff\xfe\nid: 1\0\nretry: -1\n:\ndata\n"),
    says(STREAM + b"Content-Length: 100\r\n\r\nid: 1\n"),
    says(STREAM + b"Content-Length: 4\r\n\r\n:\n\n\nid: 999999\ndata: x\n\n"),
    says(OK + b"Content-Type: text/html\r\n\r\nid: 999999\ndata: x\n\n"),
    says(STREAM + b"Transfer-Encoding: chunked\r\n\r\nno number\r\n"),
])
SOCKETS = itertools.cycle([
    upgrades(proof=b"AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
    upgrades(b"\x81\x82\x01\x02\x03\x04\x69\x6b"),
    upgrades(b"\xf1\x01x"),
    floods_frame,
    pours(b"HTTP/1.1 101 Switching Protocols\r\nX-Long: ", BLOCK),
    says(OK + b"Content-Length: 0\r\n\r\n"),
])


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        try:
            self.answer()
        except OSError:
            pass  # the other side had enough: that is what it should do

    def answer(self):
        request = b""
        while b"\r\n\r\n" not in request:
            more = self.request.recv(65536)
            if not more:
                return
            request += more
        way = REQUESTS
        if b"text/event-stream" in request:
            way = EVENTS
        elif b"Sec-WebSocket-Key" in request:
            way = SOCKETS
        next(way)(self.request, request)
        self.request.settimeout(0.2)  # some say no more, and some end
        self.request.recv(65536)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


def main():
    control = socket.socket(fileno=CONTROL_FD)
    order = driver.Order.from_buffer_copy(control.recv(65536, socket.MSG_PEEK))
    settings = order.subject.settings
    if settings.node != 0:
        control.detach()
        os.execv(driver.PROGRAM, [driver.PROGRAM])
    control.recv(65536)
    with Server(("127.0.0.1", settings.port), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        control.send(bytes(driver.Report(version=driver.VERSION, kind=driver.READY,
                                         sequence=order.sequence, at=time.monotonic_ns())))
        while control.recv(65536):
            pass
        sys.stdout.flush()
        os._exit(0)


main()
