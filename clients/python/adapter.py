#!/usr/bin/env python3
"""The usual loop over nodes around urllib3: keep to the last node that answered, else try the next.

Needs urllib3 (Debian: python3-urllib3). Options: connect_s, read_s (limits of an attempt), workers.
"""

import concurrent.futures
import hashlib
import json
import os
import sys
import threading

import urllib3

FEATURES = ["status", "switch", "telemetry"]
lock = threading.Lock()
local = threading.local()


def say(**what):
    line = json.dumps(what, separators=(",", ":")) + "\n"
    with lock:
        sys.stdout.write(line)
        sys.stdout.flush()


class Client:
    def __init__(self, nodes, options):
        self.nodes = nodes
        self.active = 0
        self.failed = set()  # but for telemetry nobody looks at it
        self.moving = threading.Lock()
        workers = options.get("workers", 64)
        timeout = urllib3.Timeout(connect=options.get("connect_s", 1), read=options.get("read_s", 2))
        self.pools = urllib3.PoolManager(maxsize=workers, timeout=timeout, retries=False)
        self.workers = concurrent.futures.ThreadPoolExecutor(workers)

    def attempt(self, index, order):
        body = order.get("body")
        return self.pools.urlopen(
            order["method"],
            self.nodes[index]["url"] + order["path"],
            headers=order["headers"],
            body=None if body is None else body.encode(),
            redirect=False,
            decode_content=False,
        )

    # Only who fails on the node that is still the active one moves everybody on.
    def move_from(self, index, why):
        with self.moving:
            if self.active != index:
                return
            self.failed.add(index)
            say(ev="node", name=self.nodes[index]["name"], state="failed", why=why)
            self.active = (index + 1) % len(self.nodes)
            self.trust(self.active)

    # The active node counts as healthy, whatever was before.
    def trust(self, index):
        if index in self.failed:
            self.failed.remove(index)
            say(ev="node", name=self.nodes[index]["name"], state="healthy", why="in use again")
        say(ev="active", name=self.nodes[index]["name"])

    def serve(self, order):
        why = "no node"
        for attempts in range(1, len(self.nodes) + 1):
            index = self.active
            try:
                answer = self.attempt(index, order)
            except urllib3.exceptions.HTTPError as error:
                why = type(error).__name__
                self.move_from(index, why)
                continue
            say(
                ev="response",
                id=order["id"],
                status=answer.status,
                body_sha256=hashlib.sha256(answer.data).hexdigest(),
                node=self.nodes[index]["name"],
                attempts=attempts,
            )
            return
        say(ev="error", id=order["id"], reason=why)

    def request(self, order):
        self.workers.submit(self.serve, order)

    def switch(self, order):
        names = [node["name"] for node in self.nodes]
        with self.moving:
            self.active = names.index(order["name"])
            say(ev="done", op="switch")
            self.trust(self.active)

    def status(self, _):
        nodes = [
            {"name": node["name"], "state": "failed" if index in self.failed else "healthy"}
            for index, node in enumerate(self.nodes)
        ]
        say(ev="status", active=self.nodes[self.active]["name"], nodes=nodes)


def main():
    orders = {}
    for line in sys.stdin:
        order = json.loads(line)
        if order["op"] == "start":
            client = Client(order["nodes"], order.get("options", {}))
            orders = {"request": client.request, "switch": client.switch, "status": client.status}
            say(ev="ready", features=FEATURES)
        elif order["op"] == "stop":
            break
        elif order["op"] in orders:
            orders[order["op"]](order)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
    os._exit(0)  # threads that still wait for a node must not hold up the end
