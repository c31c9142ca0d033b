"""A server of a user's, for the tests of commands: python3 command_node.py ADDRESS PORT [WORD...].

It leaves a file in FOLDER/NAME if it is told both by FOLDER and NAME, and answers every GET and POST
with its name. Words: `late` listens only after a while, `stubborn` ignores SIGTERM and starts a
child that does, too, `polite` says goodbye.
"""

import http.server
import os
import signal
import subprocess
import sys
import time

address, port, words = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
name = os.environ.get("NAME", "nobody")
print("starts", name, "in", os.getcwd(), "secret", os.environ.get("SECRET"), flush=True)
folder = os.environ.get("FOLDER")
if folder:
    with open(os.path.join(folder, name), "w", encoding="ascii") as file:
        file.write(name)
    print("folder", folder, flush=True)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):  # pylint: disable=invalid-name
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        body = ('{"name":"%s","path":"%s"}' % (name, self.path)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        pass


def say_goodbye(number, frame):
    del frame
    print("goodbye", name, signal.Signals(number).name, flush=True)
    os._exit(0)


if "stubborn" in words:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    subprocess.Popen(["sleep", "1000"])  # pylint: disable=consider-using-with
if "polite" in words:
    signal.signal(signal.SIGTERM, say_goodbye)
    signal.signal(signal.SIGUSR1, say_goodbye)
if "late" in words:
    time.sleep(1)
http.server.ThreadingHTTPServer.request_queue_size = 128
with http.server.ThreadingHTTPServer((address, port), Handler) as server:
    print("listens", flush=True)
    server.serve_forever()
