"""What a request deserves: the statuses that may come back, and why."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from flowgauge.contract.findings.defect import Case
from flowgauge.contract.requests import AUTHORIZATION
from flowgauge.openapi import Operation
from flowgauge.results import Exchange, Request

__all__ = ["Expectation", "Problem", "ProblemKind", "declared_successes", "oddity"]

_SUCCESSES = range(200, 300)
# So many may be lacking where all others of their hundred may come back.
_FEW = 2
# Where a detail goes on to name a value.
_VALUE = re.compile(r"['=]")
# What `requests.built` sends, and every client.
_ORDINARY_HEADERS = {"authorization", "user-agent", "content-type"}
# Anything else in a path is an escape, an empty segment or a slash at the end.
_ORDINARY_PATH = re.compile(r"(?:/[\w.~-]+)+", re.ASCII)

ProblemKind = Literal[
    "route",
    "method",
    "authentication",
    "unknown id",
    "deleted",
    "foreign",
    "query",
    "body",
    "unspecified",
    "syntax",
]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a request, and the statuses with which it may be refused.

    `sort` is what kind of request it makes, where the kind of the problem is too coarse, and `which` one of
    that kind.
    """

    kind: ProblemKind
    detail: str
    statuses: frozenset[int]
    sort: str = ""
    which: str = ""

    @property
    def case(self) -> Case:
        """What tells one cause of wrong answers to such requests from another."""
        if self.kind == "unspecified" and not self.sort:
            return Case(self.which or _VALUE.split(self.detail)[0].strip())
        return Case(self.sort or self.kind, self.which)


@dataclass(frozen=True, slots=True)
class Expectation:
    """What may come back. `problems` is empty for a request that must succeed.

    `operation` is None where the method or the path is not in the document; `path_methods` are those that
    the document gives the path. `ids` are those in the path by kind, spelled as they were given out;
    `creators` are the exchanges that gave them out. What is made `may_conflict` with what is there: a value
    may have to be unique, and no schema says so.
    """

    operation: Operation | None
    ids: Mapping[str, str]
    statuses: frozenset[int]
    problems: tuple[Problem, ...]
    path_methods: frozenset[str] = frozenset()
    creators: tuple[Exchange, ...] = ()
    may_conflict: bool = False

    @property
    def due(self) -> str:
        """The statuses that may come back, in words."""
        left, whole = set(self.statuses), []
        for first in (2, 3, 4, 5):
            hundred = set(range(first * 100, first * 100 + 100))
            if len(lacking := hundred - left) <= _FEW:
                whole.append(" but ".join([f"{first}xx", *map(str, sorted(lacking))]))
                left -= hundred
        return " or ".join([*map(str, sorted(left)), *whole])

    @property
    def said(self) -> str:
        """The same, and what is wrong with the request."""
        reasons = "; ".join(dict.fromkeys(problem.detail for problem in self.problems))
        return f"{self.due} ({reasons})" if reasons else self.due

    @property
    def is_no_http(self) -> bool:
        """Whether the request is none of HTTP: it may be refused before anybody reads it, in any shape."""
        return any(problem.kind == "syntax" for problem in self.problems)

    @property
    def must_be_refused(self) -> bool:
        """Whether a success would break the contract."""
        return any(problem.kind != "unspecified" for problem in self.problems)


def declared_successes(operation: Operation) -> frozenset[int]:
    """The statuses with which an operation may succeed: any, where the document names none."""
    if "2XX" in operation.responses or not operation.successes:
        return frozenset(_SUCCESSES)
    return frozenset(operation.successes)


def oddity(request: Request, expected: Expectation) -> int:
    """0 for a valid request as anybody would send it; more for each thing that is wrong or odd about it.

    Of all requests that show a defect, the most ordinary is shown.
    """
    is_other = expected.operation is None or request.method != expected.operation.method
    odd_headers = [name for name, _ in request.headers if name.lower() not in _ORDINARY_HEADERS]
    doubled = len(request.headers) - len({name.lower() for name, _ in request.headers})
    is_stranger = request.header("authorization") != AUTHORIZATION[1]
    is_odd_path = _ORDINARY_PATH.fullmatch(request.path) is None
    kinds = [problem.kind for problem in expected.problems]
    problems = len(kinds) + kinds.count("route") + kinds.count("method")
    return problems + 2 * is_other + len(odd_headers) + doubled + is_stranger + is_odd_path + request.chunked
