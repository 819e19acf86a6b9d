"""Every parser of what others write, as a function of bytes, with inputs to begin with.

A function raises nothing but for a defect: what a parser may raise is caught in it, and what must hold of
anything that it reads is asserted.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from answer_bytes import ANSWERS, CODED, read_by_the_load, read_by_the_suites, read_coded
from request_bytes import REQUESTS, read_by_the_server
from texts import (
    CURSORS,
    GATES,
    MARKED,
    PLANS,
    folders,
    read_cursor,
    read_folder,
    read_gates,
    read_plan,
    redacted,
)

__all__ = ["PARSERS", "Parser"]


@dataclass(frozen=True)
class Parser:
    """`longest` is how many bytes an input may have; what is longer finds little more and takes its time."""

    read: Callable[[bytes], None]
    seeds: Sequence[bytes]
    longest: int = 2048


PARSERS = {
    "answers-of-suites": Parser(read_by_the_suites, ANSWERS),
    "answers-of-load": Parser(read_by_the_load, ANSWERS),
    "requests": Parser(read_by_the_server, REQUESTS),
    "codings": Parser(read_coded, CODED),
    "plan": Parser(read_plan, PLANS, 300),
    "gates": Parser(read_gates, GATES),
    "run-folder": Parser(read_folder, folders(), 8192),
    "cursor": Parser(read_cursor, CURSORS, 300),
    "redaction": Parser(redacted, MARKED, 1024),
}
