#!/usr/bin/python3
"""Runs a program as on a machine that lacks something, whoever we are: a seccomp filter answers for the
kernel. What it starts lacks the same.

usage: without.py namespaces|netfilter|rules PROGRAM [ARGUMENT]...
  namespaces  none can be made, as in most containers (clone3: not implemented; unshare: not permitted)
  netfilter   sockets that talk to the packet filter do not exist, as without nf_tables
  rules       the packet filter takes no rule: only its library sends messages without a flag
"""

import ctypes
import errno
import os
import platform
import struct
import sys

CALLS = {"x86_64": {"socket": 41, "sendmsg": 46, "unshare": 272, "clone3": 435},
         "aarch64": {"socket": 198, "sendmsg": 211, "unshare": 97, "clone3": 435}}

LOAD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06  # 32-bit word at an offset; compare with a constant
ALLOW, FAIL = 0x7FFF0000, 0x00050000
NUMBER, FIRST, THIRD = 0, 16, 32  # offsets in struct seccomp_data
AF_NETLINK, NETLINK_NETFILTER = 16, 12
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, FILTER_MODE = 38, 22, 2


def fail_if(conditions, number):
    """Instructions: with all (offset, value) equal the call fails, else the next instruction follows."""
    code = []
    for place, (offset, value) in enumerate(conditions):
        behind = 2 * (len(conditions) - place) - 1
        code += [(LOAD, 0, 0, offset), (JUMP_EQUAL, 0, behind, value)]
    return code + [(RETURN, 0, 0, FAIL | number)]


def rules(what):
    calls = CALLS[platform.machine()]
    if what == "namespaces":
        return (fail_if([(NUMBER, calls["clone3"])], errno.ENOSYS) +
                fail_if([(NUMBER, calls["unshare"])], errno.EPERM))
    if what == "rules":
        return fail_if([(NUMBER, calls["sendmsg"]), (THIRD, 0)], errno.EPERM)
    return fail_if([(NUMBER, calls["socket"]), (FIRST, AF_NETLINK), (THIRD, NETLINK_NETFILTER)],
                   errno.EPROTONOSUPPORT)


def forbid(what):
    code = b"".join(struct.pack("=HBBI", *line) for line in rules(what) + [(RETURN, 0, 0, ALLOW)])
    buffer = ctypes.create_string_buffer(code)
    program = struct.pack("@HP", len(code) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    if (libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 or
            libc.prctl(PR_SET_SECCOMP, FILTER_MODE, program, 0, 0) < 0):
        sys.exit(f"without.py: {os.strerror(ctypes.get_errno())}")


def main():
    if len(sys.argv) < 3 or sys.argv[1] not in ("namespaces", "netfilter", "rules"):
        sys.exit(__doc__)
    forbid(sys.argv[1])
    os.execvp(sys.argv[2], sys.argv[2:])


main()
