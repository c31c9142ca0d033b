#!/usr/bin/python3
"""Runs a program and tells what it holds meanwhile: descriptors, threads, memory.

    watch_run.py SECONDS[,SECONDS]... PROGRAM [ARGUMENT]...

At each of these times after the start it looks at every process with the name of the program that descends
from it (nodes and relays have other names) LOOKS times within a second, since what is held at a moment depends
on what is down just then. Prints one JSON object: the exit status, and of each time the least and the
most of each sum over those processes, memory in bytes. The program's own output goes to stderr. Its
exit status is the program's.
"""

import json
import os
import subprocess
import sys
import time

LOOKS = 20
LOOK_S = 1.0
CLOSE_WAIT = "08"
SUMS = ("processes", "threads", "descriptors", "sockets", "timers", "close_wait", "private", "shared")


def read(path):
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def family(pid):
    """The process and all that descends from it."""
    found = [pid]
    for task in found:
        found += map(int, read(f"/proc/{task}/task/{task}/children").split())
    return found


def descriptors(pid):
    """What each descriptor is: socket, anon_inode:[timerfd], a path."""
    found = []
    try:
        for name in os.listdir(f"/proc/{pid}/fd"):
            try:
                found.append(os.readlink(f"/proc/{pid}/fd/{name}"))
            except OSError:
                pass
    except OSError:
        pass
    return found


def status(pid, key):
    for line in read(f"/proc/{pid}/status").splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1])
    return 0


def sockets_in_close_wait(pid, inodes):
    """Of the process's own sockets."""
    rows = [line.split() for line in read(f"/proc/{pid}/net/tcp").splitlines()[1:]]
    return sum(len(row) > 9 and row[3] == CLOSE_WAIT and row[9] in inodes for row in rows)


def look(pid, name):
    sums = dict.fromkeys(SUMS, 0)
    for one in family(pid):
        if read(f"/proc/{one}/comm").strip() != name:
            continue
        held = descriptors(one)
        inodes = {link[len("socket:["):-1] for link in held if link.startswith("socket:[")}
        sums["processes"] += 1
        sums["descriptors"] += len(held)
        sums["sockets"] += len(inodes)
        sums["timers"] += sum("timerfd" in link for link in held)
        sums["close_wait"] += sockets_in_close_wait(one, inodes)
        sums["threads"] += status(one, "Threads")
        sums["private"] += 1024 * status(one, "RssAnon")
        sums["shared"] += 1024 * status(one, "RssShmem")
    return sums


def watch(times, arguments):
    """(exit status, [least and most of each sum at each time])"""
    began = time.monotonic()
    name = os.path.basename(arguments[0])
    seen = []
    with subprocess.Popen(arguments, stdout=sys.stderr) as child:
        for at in times:
            looks = []
            for i in range(LOOKS):
                time.sleep(max(0, began + at + i * LOOK_S / LOOKS - time.monotonic()))
                looks.append(look(child.pid, name))
            seen.append({
                "at_s": at,
                "least": {key: min(one[key] for one in looks) for key in SUMS},
                "most": {key: max(one[key] for one in looks) for key in SUMS}})
        code = child.wait()
    return code, seen


def main():
    code, seen = watch([float(at) for at in sys.argv[1].split(",")], sys.argv[2:])
    print(json.dumps({"status": code, "seen": seen}))
    sys.exit(code if code >= 0 else 1)


if __name__ == "__main__":
    main()
