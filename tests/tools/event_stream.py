"""Server-Sent Events over a Connection of stub_driver.py, chunked as the stub sends them."""

import json


class Events:
    def __init__(self, connection, path="/api/metrics/raft/events/stream", interval="50ms", **headers):
        self.connection = connection
        self.body = b""
        separator = "&" if "?" in path else "?"
        connection.send("GET", f"{path}{separator}interval={interval}", **headers)

    def open(self):
        status, self.headers = self.connection.read_head()
        assert status == 200, status
        assert self.headers["content-type"] == "text/event-stream"
        assert self.headers["transfer-encoding"] == "chunked"
        return self

    def __enter__(self):
        return self.open()

    def __exit__(self, *_):
        self.connection.socket.close()

    def chunk(self):
        """Adds the next chunk to the body; False: that was the last."""
        connection = self.connection
        while b"\r\n" not in connection.pending:
            connection.more()
        size, rest = connection.pending.split(b"\r\n", 1)
        length = int(size, 16)
        connection.pending = rest
        while len(connection.pending) < length + 2:
            connection.more()
        self.body += connection.pending[:length]
        assert connection.pending[length:length + 2] == b"\r\n"
        connection.pending = connection.pending[length + 2:]
        return length > 0

    def block(self):
        """The lines up to the next empty one."""
        while b"\n\n" not in self.body:
            assert self.chunk(), "the stream ended"
        block, self.body = self.body.split(b"\n\n", 1)
        return block.decode().split("\n")

    def event(self):
        """The number of the next event, whose id and data agree."""
        lines = self.block()
        while lines[0].startswith((":", "retry:")):
            lines = self.block()
        number = int(lines[0].removeprefix("id: "))
        self.data = json.loads(lines[1].removeprefix("data: "))
        assert lines[0].startswith("id: ") and self.data["event"] == number and len(lines) == 2, lines
        return number
