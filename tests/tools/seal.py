#!/usr/bin/python3
"""The digest of a report, worked out from docs/reports.md and not from bascule's code.

seal.py FILE...           puts the digest of each report right, and leaves all other bytes as they are
seal.py --check FILE...   exits with 1 if one does not fit"""

import hashlib
import json
import re
import sys

MEMBER = "digest"


def members(pairs):
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a member is there twice")
    return dict(pairs)


def text(value):
    data = value.encode()
    return b"s%d:%s" % (len(data), data)


def canonical(value):
    if value is None or isinstance(value, bool):
        return {None: b"z", False: b"f", True: b"t"}[value]
    if isinstance(value, str):
        return text(value)
    if isinstance(value, int):
        return b"n%d;" % value
    if isinstance(value, float):
        return b"n%s;" % (b"%.15g" % (value + 0.0))  # there is no -0
    if isinstance(value, list):
        return b"a%d:" % len(value) + b"".join(map(canonical, value))
    named = sorted((key.encode(), key) for key in value)
    return b"o%d:" % len(value) + b"".join(text(key) + canonical(value[key]) for _, key in named)


def digest(report):
    rest = {key: value for key, value in report.items() if key != MEMBER}
    return "sha256:" + hashlib.sha256(canonical(rest)).hexdigest()


def end_of_key(source):
    """Where the colon behind the report's own member ends; others of that name are deeper."""
    depth, last = 0, ""
    for token in re.finditer(r'"(?:[^"\\]|\\.)*"|[\[\]{}:]', source):
        if token[0] == ":" and depth == 1 and json.loads(last) == MEMBER:
            return token.end()
        depth += (token[0] in "[{") - (token[0] in "]}")
        last = token[0]
    return None


def sealed(source, report):
    value = json.dumps(digest(report))
    start = end_of_key(source)
    if start is None:
        body = source.rstrip()[:-1].rstrip()
        comma = "" if body.endswith("{") else ","
        return f'{body}{comma}\n  "{MEMBER}": {value}\n}}\n'
    blank = len(source[start:]) - len(source[start:].lstrip())
    _, length = json.JSONDecoder().raw_decode(source[start + blank:])
    return source[:start + blank] + value + source[start + blank + length:]


def main():
    check = sys.argv[1:2] == ["--check"]
    paths = sys.argv[2 if check else 1:]
    if not paths:
        sys.exit(__doc__)
    for path in paths:
        with open(path, encoding="utf-8", newline="") as file:
            source = file.read()
        report = json.loads(source, object_pairs_hook=members)
        if not check:
            with open(path, "w", encoding="utf-8", newline="") as file:
                file.write(sealed(source, report))
        elif report.get(MEMBER) != digest(report):
            sys.exit(f"{path}: its digest is {report.get(MEMBER)}, that of the rest is {digest(report)}")


main()
