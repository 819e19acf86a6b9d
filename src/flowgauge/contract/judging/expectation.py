"""What a request deserves: the statuses that may come back, and why.

A document names the answers that are known in advance, and need not name every error (OpenAPI 3.1, 4.8.16).
So, where nothing is known but a document, any 4xx refuses what is wrong with a request. That it must be
refused is promised where a refusal is declared; a schema says what a client may send, and no schema says all
that makes a body acceptable. What the document does not have, another method or path, it says nothing of.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from flowgauge.contract.findings.defect import Case
from flowgauge.contract.requests import AUTHORIZATION
from flowgauge.edition import Edition
from flowgauge.openapi import Operation, request_body
from flowgauge.results import Exchange, Request

__all__ = [
    "CODING",
    "MEDIA_TYPE",
    "TWICE",
    "Expectation",
    "Problem",
    "ProblemKind",
    "as_promised",
    "cases_of",
    "described",
    "is_respelled",
    "oddity",
]

# So many may be lacking where all others of their hundred may come back.
_FEW = 2
_REFUSALS = frozenset(range(400, 500))
_ANYTHING = frozenset({*range(200, 500), 501})
# What a rule that no schema states is answered with, and what a state that forbids it.
_RULES = frozenset({400, 403, 409, 413, 422})
_OF_STATE = frozenset({403, 409})
_INVALID = frozenset({"400", "422", "4XX", "DEFAULT"})
_GONE = frozenset({"404", "410", "4XX", "DEFAULT"})
# Sorts of problems. A query in which what is one value comes more than once; a body under another label.
TWICE, MEDIA_TYPE, CODING = "a parameter that comes twice", "a media type", "a content coding"
_OF_IDS = frozenset({"unknown id", "deleted", "foreign"})
# What stands for no segment of its own: nothing, and dots that are taken out (RFC 3986, 5.2.4 and 6.2.2.3).
_NO_SEGMENTS = frozenset({"", ".", ".."})
_BODILESS, _ESCAPED = "a Content-Type and no body", "an escaped letter in its path"
# A letter, digit, '-', '.', '_' or '~': it may be escaped, and is the same then (RFC 3986, section 2.3).
_LETTER = re.compile(r"%(?:2[DE]|3[0-9]|[46][1-9A-F]|[57][0-9A]|5F|7E)", re.IGNORECASE)
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
    the document gives the path, but for the request's own. `ids` are those in the path by kind, spelled as
    they were given out; `creators` are the exchanges that gave them out. What is made `may_conflict` with
    what is there: a value may have to be unique, and no schema says so.
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


def cases_of(request: Request, expected: Expectation) -> tuple[Case, ...]:
    """What tells the request from a valid and ordinary one."""
    cases = [problem.case for problem in _telling(expected)]
    if not cases:
        cases = [Case(each) for each in _oddly(request)]
    return tuple(dict.fromkeys([*cases, *([Case("a chunked body")] if request.chunked else [])]))


def described(request: Request, expected: Expectation) -> str:
    """The request in words."""
    reasons = "; ".join(problem.detail for problem in _telling(expected)[:2])
    if reasons:
        return f"a {request.method} with {reasons}"
    odd = " and ".join(_oddly(request))
    return f"a valid {request.method}" + (f" with {odd}" if odd else "")


def _telling(expected: Expectation) -> list[Problem]:
    hard = [problem for problem in expected.problems if problem.kind != "unspecified"]
    return hard or list(expected.problems)


def is_respelled(request: Request) -> bool:
    """Whether something in the path is escaped that need not be."""
    return _LETTER.search(request.path) is not None


def _oddly(request: Request) -> list[str]:
    """What few clients do, and nothing forbids."""
    is_bodiless = not request.body and request.header("content-type") is not None
    return [_BODILESS] * is_bodiless + [_ESCAPED] * is_respelled(request)


def as_promised(
    expected: Expectation, edition: Edition, *, has_values: bool, has_body: bool, is_shown: bool = False
) -> Expectation:
    """The expectation, with every status beside it that breaks no promise of the document.

    `is_shown` says that the document itself shows the body, and no rule could mind anything in it.
    """
    operation = expected.operation
    is_elsewhere = any(some_id in _NO_SEGMENTS or "/" in some_id for some_id in expected.ids.values())
    if operation is None or is_elsewhere:
        # A path with nothing where an id belongs may be another one, or none; so may one that an id parts,
        # and one that a server tidies up, be it by a redirect.
        return replace(expected, operation=None, statuses=expected.statuses | _ANYTHING)
    if not expected.must_be_refused:
        beside = _beside_success(expected, edition, has_values=has_values, has_body=has_body)
        if is_shown and not expected.problems:
            beside &= _OF_STATE
        return replace(expected, statuses=expected.statuses | beside)
    statuses = expected.statuses | _REFUSALS
    hard = [problem for problem in expected.problems if problem.kind != "unspecified"]
    promised = [problem for problem in hard if _is_promised(problem, operation, edition)]
    if not promised:
        return replace(expected, statuses=statuses | operation.possible_successes | {200, 201, 202, 204})
    # What is accepted breaks those promises, and no other.
    problems = tuple(
        problem if problem in promised else replace(problem, kind="unspecified", sort=problem.case.kind)
        for problem in expected.problems
    )
    return replace(expected, statuses=statuses, problems=problems)


def _is_promised(problem: Problem, operation: Operation, edition: Edition) -> bool:
    """Whether the document says that such a request is refused."""
    if problem.sort == MEDIA_TYPE:
        # HTTP lets a server read what it can all the same (RFC 9110, 8.3).
        return _declares(operation, {"415"})
    if problem.sort in {TWICE, CODING}:
        # What comes twice has no one meaning, and no document says which is taken. Nor does any name codings:
        # whoever knows of none reads what is there (RFC 9110, 8.4).
        return False
    if problem.kind in {"query", "body"}:
        return _declares(operation, _INVALID)
    if problem.kind in _OF_IDS:
        if problem.kind == "unknown id" and _is_chosen(operation, edition):
            return False
        role = edition.role_of(operation.id)
        # Of things that nobody here makes, others may be there.
        is_read = role is not None and role[1] == "read" and role[0].create is not None
        # What is read is there (RFC 9110, 15.5.5); a PUT may make it, and a DELETE be content without it.
        return is_read or _declares(operation, _GONE)
    return problem.kind == "authentication"


def _is_chosen(operation: Operation, edition: Edition) -> bool:
    """Whether clients choose the id of what the path is about, so that any may have been chosen before."""
    kind, name = edition.kinds_in(operation)[-1]
    puts = (op for op in edition.operations if op.method == "PUT" and op.path.endswith(f"{{{name}}}"))
    is_put = any(edition.kinds_in(op)[-1:] == ((kind, name),) for op in puts)
    return is_put or edition.resource(kind).reuses_ids


def _declares(operation: Operation, statuses: Collection[str]) -> bool:
    return any(key.upper() in statuses for key in operation.responses)


def _beside_success(
    expected: Expectation, edition: Edition, *, has_values: bool, has_body: bool
) -> frozenset[int]:
    """What a request that is legal by the schemas may be answered with beside a success."""
    operation = expected.operation
    assert operation is not None
    found = edition.role_of(operation.id)
    role = found[1] if found is not None else None
    if expected.problems:
        return _REFUSALS - {401}
    if has_body:
        # It may name what is not there.
        return _RULES if expected.ids else _RULES | {404}
    if operation.request_schema is not None and not _is_said_optional(operation, edition):
        return _RULES | {415}
    if role in {"read", "list", "delete"} or operation.method == "GET":
        is_special = has_values or (role is None and bool(expected.ids))
        # What stands below a thing may forbid that it goes (RFC 9110, 15.5.10).
        held = _OF_STATE if role == "delete" else frozenset()
        return _RULES | {404} if is_special else held
    return frozenset() if role == "create" and not has_values else _RULES


def _is_said_optional(operation: Operation, edition: Edition) -> bool:
    """Whether the document says that a body may be absent, and does not just leave out that it must not."""
    return request_body(edition.document, operation).get("required") is False
