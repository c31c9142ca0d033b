"""A WebSocket client of RFC 6455 from scratch, over a Connection of stub_driver.py: it looks at every bit
of what comes, and can send what no client should. Only the Python standard library."""

import base64
import hashlib
import json
import os
import struct

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


class WebSocket:
    def __init__(self, connection, path="/ws", **headers):
        self.connection = connection
        self.key = base64.b64encode(os.urandom(16)).decode()
        connection.send("GET", path, Upgrade="websocket", Connection="Upgrade", Sec_WebSocket_Version="13",
                        Sec_WebSocket_Key=self.key, **headers)

    def open(self):
        status, self.headers = self.connection.read_head()
        assert status == 101, status
        proof = base64.b64encode(hashlib.sha1(self.key.encode() + GUID).digest()).decode()
        assert self.headers["sec-websocket-accept"] == proof
        assert self.headers["upgrade"].lower() == "websocket"
        assert self.headers["connection"].lower() == "upgrade"
        return self

    def __enter__(self):
        return self.open()

    def __exit__(self, *_):
        self.connection.socket.close()

    @staticmethod
    def frame(opcode, payload=b"", fin=True, mask=True, reserved=0):
        first = (0x80 if fin else 0) | reserved << 4 | opcode
        length = len(payload)
        head = bytes([first, (0x80 if mask else 0) | (length if length < 126 else 126 if length < 65536 else 127)])
        if length >= 65536:
            head += struct.pack("!Q", length)
        elif length >= 126:
            head += struct.pack("!H", length)
        if not mask:
            return head + payload
        key = os.urandom(4)
        return head + key + bytes(byte ^ key[i % 4] for i, byte in enumerate(payload))

    def send(self, opcode, payload=b"", **how):
        self.connection.socket.sendall(self.frame(opcode, payload, **how))

    def resume(self, event):
        self.send(TEXT, json.dumps({"resume": event}).encode())

    def take(self, length):
        while len(self.connection.pending) < length:
            self.connection.more()
        taken, self.connection.pending = self.connection.pending[:length], self.connection.pending[length:]
        return taken

    def receive(self):
        """One frame as (opcode, payload); servers neither mask nor, here, fragment."""
        first, second = self.take(2)
        assert first & 0xF0 == 0x80, f"{first:x}: not final, or reserved bits"
        assert second & 0x80 == 0, "masked"
        length = second & 0x7F
        if length == 126:
            length = struct.unpack("!H", self.take(2))[0]
            assert length >= 126
        elif length == 127:
            length = struct.unpack("!Q", self.take(8))[0]
            assert length >= 65536
        return first & 0xF, self.take(length)

    def message(self):
        """The next text as JSON; pings are answered on the way."""
        opcode, payload = self.receive()
        while opcode == PING:
            self.send(PONG, payload)
            opcode, payload = self.receive()
        assert opcode == TEXT, (opcode, payload)
        return json.loads(payload)

    def event(self):
        return self.message()["event"]

    def closed(self):
        """The code of the close that comes next, behind events."""
        opcode, payload = self.receive()
        while opcode in (TEXT, PING):
            opcode, payload = self.receive()
        assert opcode == CLOSE, opcode
        return struct.unpack("!H", payload[:2])[0] if payload else None
