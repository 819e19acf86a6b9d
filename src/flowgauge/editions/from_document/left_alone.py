"""Operations that are not called unless somebody says so: what they do, they do to the whole server.

No document says what an action does. What makes, reads or changes one thing is done to things of the suites'
own; what has no thing in its path could stop the server, empty it, or change what it answers to others.
"""

import re
from collections.abc import Collection
from functools import cache

from flowgauge.openapi import Document, Operation

__all__ = ["left_alone"]

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
# What asks by POST, since its question is long.
_ASKING = """
    check compare compute count dashboard diff estimate evaluate explain fetch filter find get group
    history list lookup match matches misses near next paginate parse plan predict preview query
    read render search select similar simulate stat stats test validate verify
"""
_STOPPING = """
    clear destroy drop empty exit flush halt kill logout poweroff purge quit reboot reload reset
    restart shutdown signout stop terminate truncate wipe
"""


def left_alone(document: Document, creates: Collection[str]) -> dict[str, str]:
    """Operation ids with the reason; `creates` are those that are known to make things."""
    found = {op.id: _reason(document, op) for op in document.operations if op.id not in creates}
    return {name: reason for name, reason in found.items() if reason is not None}


def _reason(document: Document, op: Operation) -> str | None:
    if op.path_parameters:
        return None
    words = [word.lower() for word in _WORD.findall(op.path)]
    last = [word.lower() for word in _WORD.findall(op.path.rstrip("/").rpartition("/")[2])]
    if _words(_STOPPING) & {*last, "".join(last)} and op.method != "HEAD":
        return "by its name it stops, empties or resets something of the whole server"
    match op.method:
        case "DELETE":
            return "it deletes, and names no single thing"
        case "PUT" | "PATCH":
            return "it changes what the suites have not made"
        case "POST" if not _words(_ASKING) & set(words) and not _is_collection(document, op):
            return "nothing says what it does to the server"
    return None


@cache
def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _is_collection(document: Document, op: Operation) -> bool:
    """Whether what is posted there is one more of what is listed there."""
    return any(other.method == "GET" and other.path == op.path for other in document.operations)
