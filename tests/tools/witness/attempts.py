"""One attempt of a client at a node; or what a node says arrived there."""

from dataclasses import dataclass

from .journal import NEVER


@dataclass
class Attempt:
    number: int
    node: int
    client: int
    purpose: str
    start: int
    sequence: int
    outcome: str = "unfinished"
    end: int = NEVER
    status: int = 0
    body_hash: str = None
    request: int = None
