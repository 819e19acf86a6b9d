"""Which status codes a request deserves, from the document and what is known of the server's state.

The oracle judges any request, however it was made: generated, written by hand or replayed. Several things
may be wrong with one request; then each one's status is legal, since no order of checks is promised. But
whoever has no token is told nothing of what exists: to them an unknown id is answered as a known one is.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from flowgauge.contract.judging.expectation import (
    Expectation,
    Problem,
    ProblemKind,
    as_promised,
)
from flowgauge.contract.judging.knowledge import Knowledge, Record
from flowgauge.contract.judging.reading import Asked, asked
from flowgauge.contract.judging.request_problems import (
    LIMITS,
    body_problems,
    may_be_illegal,
    query_problems,
)
from flowgauge.contract.requests import named_things
from flowgauge.contract.strict_json import ABSENT
from flowgauge.contract.tokens import OTHER_TOKEN, TOKEN
from flowgauge.edition import Resource
from flowgauge.openapi import Json, Operation, request_examples
from flowgauge.results import Exchange, Request

__all__ = ["expectation", "expectation_of"]

_VALID_AUTHORIZATION = re.compile(rf"bearer +(?:{re.escape(TOKEN)}|{re.escape(OTHER_TOKEN)})", re.IGNORECASE)
_TWO_TOKENS = "two Authorization headers"
# Some APIs answer with these where others have a more common status; a document that does so names them.
_ALSO: Mapping[ProblemKind, tuple[int, ...]] = {
    "authentication": (403,),
    "deleted": (410,),
    "query": (422,),
    "body": (413, 415, 422),
}
# Shorter than any id that a server would make up, but for counters.
_SHORT_ID = 8
_IS_PATH = re.compile(r"(?:[\w.~!$&'()*+,;=:@/-]|%[0-9a-fA-F]{2})*", re.ASCII)


def expectation(request: Request, knowledge: Knowledge) -> Expectation:
    """What the server may answer to `request`."""
    return expectation_of(asked(knowledge.edition, request), knowledge)


def expectation_of(asked_: Asked, knowledge: Knowledge) -> Expectation:
    """What the server may answer to a request that was read."""
    expected = _strictly(asked_, knowledge)
    if not knowledge.edition.is_inferred:
        return expected
    has_body = asked_.sent is not ABSENT
    is_shown = (
        has_body and expected.operation is not None and _is_shown(asked_, expected.operation, knowledge)
    )
    has_values = bool(asked_.query) or _has_values(asked_.request, expected.operation)
    return as_promised(
        expected, knowledge.edition, has_values=has_values, has_body=has_body, is_shown=is_shown
    )


def _has_values(request: Request, operation: Operation | None) -> bool:
    """Whether parameters are sent in headers or cookies, or have to be."""
    parameters = operation.parameters if operation is not None else ()
    beside = [each for each in parameters if each.location in {"header", "cookie"}]
    sent = {name.lower() for name, _ in request.headers}
    return any(
        each.required or (each.name.lower() if each.location == "header" else "cookie") in sent
        for each in beside
    )


def _is_shown(asked_: Asked, operation: Operation, knowledge: Knowledge) -> bool:
    """Whether the document shows a body as an example, empty as it is, and others like it were taken.

    What is in a body may have to be there, or be known, or be unique: nothing is said of such an example.
    """
    found = knowledge.edition.role_of(operation.id)
    if found is None or found[1] != "create" or not _is_bare(asked_.sent):
        return False
    is_taken = bool(knowledge.things(found[0].kind))
    return is_taken and asked_.sent in request_examples(knowledge.edition.document, operation)


def _is_bare(body: Json) -> bool:
    """Whether there is nothing in a body but members that are empty."""
    return isinstance(body, dict) and all(value in ([], {}) or _is_bare(value) for value in body.values())


def _strictly(asked_: Asked, knowledge: Knowledge) -> Expectation:
    request, match, operation = asked_.request, asked_.path, asked_.operation
    if not _IS_PATH.fullmatch(request.path):
        problems = [_problem("syntax", "a path that is none (RFC 3986, 3.3)", *range(400, 500))]
        return _expected(None, asked_.ids, problems, frozenset())
    if match is None:
        is_secured = any(op.is_secured for op in knowledge.edition.operations)
        problems = _authentication(request, is_secured=is_secured)
        problems.append(_problem("route", "no such path", 404))
        return _expected(None, asked_.ids, problems, frozenset())
    methods = frozenset(match.operations)
    if operation is None:
        is_secured = any(op.is_secured for op in match.operations.values())
        problems = _authentication(request, is_secured=is_secured)
        if request.method == "OPTIONS":
            # Whether a preflight needs a token is left open.
            soft = [Problem("unspecified", p.detail, p.statuses) for p in problems]
            # Nor does any document say that it is answered; who knows none of it says so (RFC 9110, 15.6.2).
            expected = _expected(None, asked_.ids, soft, frozenset({200, 204, 405, 501}))
            return replace(expected, path_methods=methods)
        # A server that does not know a method at all answers 501 (RFC 9110, section 15.6.2).
        detail = "a method that this path does not have"
        problems.append(_problem("method", detail, 405, 501, which=request.method))
        return replace(_expected(None, asked_.ids, problems, frozenset()), path_methods=methods)
    # Who refuses a method says so by not naming it.
    return replace(_expected_of(asked_, operation, knowledge), path_methods=methods - {request.method})


def _expected_of(asked_: Asked, operation: Operation, knowledge: Knowledge) -> Expectation:
    problems = _authentication(asked_.request, is_secured=operation.is_secured)
    if knowledge.edition.is_inferred:
        # A sender must not double a header; nobody has to refuse one who has, a valid token being there
        # (RFC 9110, section 5.3).
        problems = [
            replace(each, kind="unspecified") if each.which == _TWO_TOKENS else each for each in problems
        ]
    is_stranger = any(problem.kind == "authentication" for problem in problems)
    ids = {kind: knowledge.as_given_out(kind, value) for kind, value in asked_.ids.items()}
    if ids != asked_.ids and not is_stranger:
        # Taking it for the same id and not knowing it are both right; taking it for another is neither.
        problems.append(_open_id("another spelling of an id", "in another spelling", 400))
    if any(len(value) > LIMITS.id_characters for value in ids.values()):
        problems.append(_open_id("a very long id", "very long", 414, 400, 431))
    if not is_stranger:
        problems += _identity(operation, ids, knowledge)
        problems += _named(asked_, operation, knowledge)
        if operation.id in knowledge.edition.stateful:
            problems.append(_problem("unspecified", "a state that may not allow it", 400, 409, 422))
    problems += [*query_problems(asked_, operation, knowledge), *body_problems(asked_, operation, knowledge)]
    problems += _plain_parameters(operation, knowledge)
    problems = [_as_declared(problem, operation) for problem in problems]
    expected = _expected(operation, ids, problems, operation.possible_successes)
    role = knowledge.edition.role_of(operation.id)
    may_conflict = role is not None and role[1] == "create" and bool(knowledge.things(role[0].kind))
    creators = _creators([*_references(asked_, operation, knowledge), *ids.items()], knowledge)
    return replace(expected, creators=creators, may_conflict=may_conflict)


def _expected(
    operation: Operation | None, ids: Mapping[str, str], problems: list[Problem], success: frozenset[int]
) -> Expectation:
    hard = [problem for problem in problems if problem.kind != "unspecified"]
    statuses = frozenset().union(*(p.statuses for p in problems)) | (frozenset() if hard else success)
    return Expectation(operation, ids, statuses, tuple(problems))


def _as_declared(problem: Problem, operation: Operation) -> Problem:
    """A problem with the statuses that the document names for such a one, beside those of HTTP."""
    named = {status for status in _ALSO.get(problem.kind, ()) if str(status) in operation.responses}
    return replace(problem, statuses=problem.statuses | named)


def _problem(kind: ProblemKind, detail: str, *statuses: int, which: str = "") -> Problem:
    return Problem(kind, detail, frozenset(statuses), which=which)


def _authentication(request: Request, *, is_secured: bool) -> list[Problem]:
    values = [value for name, value in request.headers if name.lower() == "authorization"]
    if len(values) == 1 and _VALID_AUTHORIZATION.fullmatch(values[0].strip(" \t")):
        return []
    if not is_secured and not values:
        return []
    is_among = any(_VALID_AUTHORIZATION.fullmatch(value.strip(" \t")) for value in values)
    detail = _TWO_TOKENS if is_among else "no valid token" if values else "no token"
    # A doubled header may also be taken for a malformed message (RFC 9110, section 5.3).
    statuses = (401, 400) if len(values) > 1 else (401,)
    return [_problem("authentication" if is_secured else "unspecified", detail, *statuses, which=detail)]


def _identity(operation: Operation, ids: Mapping[str, str], knowledge: Knowledge) -> list[Problem]:
    """What is wrong with the ids in the path: the first that is not there hides those after it."""
    problems: list[Problem] = []
    parent: Record | None = None
    for kind, name in knowledge.edition.kinds_in(operation):
        resource = knowledge.edition.resource(kind)
        record = knowledge.things(kind).get(ids[kind])
        is_below = resource.parent is not None and resource.parent in ids
        if record is None:
            unknown = _unknown(resource, ids[kind], parent if is_below else None, knowledge)
            if may_be_illegal(knowledge.edition.document, operation, name, ids[kind]):
                # What cannot be an id at all may be refused as such a one.
                unknown = replace(unknown, statuses=unknown.statuses | {400, 422})
            return [*problems, unknown]
        if is_below and record.parent is not parent:
            if (parent is not None and kind in parent.strays) or resource.reuses_ids:
                return [*problems, _open(resource)]
            return [*problems, _problem("foreign", f"a {kind} of another {resource.parent}", 404)]
        if record.is_lost:
            problems.append(_open_id("an id that the server has denied before"))
        elif record.is_deleted and knowledge.edition.role_of(operation.id) == (resource, "delete"):
            # To want it gone once more is met already (RFC 9110, section 9.2.2).
            return [*problems, _open_id(f"a {kind} that was deleted", "", 410)]
        elif record.is_deleted:
            return [*problems, _problem("deleted", f"a {kind} that was deleted", 404)]
        parent = record
    return problems


def _unknown(resource: Resource, some_id: str, parent: Record | None, knowledge: Knowledge) -> Problem:
    if knowledge.edition.is_inferred and resource.create is None:
        # Who makes it is not known: what the suites have sent may have, and another path may lead to it.
        kinds = (other.kind for other in knowledge.edition.resources)
        if parent is not None or any(some_id in knowledge.things(kind) for kind in kinds):
            return _open(resource)
    if parent is not None:
        # Nobody else knows a thing that the suites made, so nobody else can have made anything below it.
        is_open = resource.kind in parent.strays
        return _open(resource) if is_open else _unknown_id(f"unknown {resource.kind}", some_id)
    # On a shared server an id that looks like a real one might be.
    others = knowledge.foreign[resource.kind] | knowledge.named[resource.kind]
    is_sure = some_id not in others and (
        knowledge.is_exclusive
        or (len(some_id) < _SHORT_ID and not knowledge.is_like_given(resource.kind, some_id))
    )
    return _unknown_id(f"unknown {resource.kind}", some_id, is_sure=is_sure)


def _unknown_id(detail: str, some_id: str, *, is_sure: bool = True) -> Problem:
    # An empty one is no id at all, and one that ends in NUL reaches a server's store by another way.
    if not some_id:
        return Problem("unknown id", f"{detail}, its id empty", frozenset({404}), "an empty id")
    which = "" if some_id.isprintable() else "with a control character"
    return _problem("unknown id", detail, 404, which=which) if is_sure else _open_id(detail, which)


def _open(resource: Resource) -> Problem:
    return _open_id(f"a {resource.kind} of which nobody was told")


def _open_id(detail: str, which: str = "", *statuses: int) -> Problem:
    """An id that may be unknown to the server, and is refused as such a one."""
    return Problem("unspecified", detail, frozenset({404, *statuses}), "unknown id", which)


def _plain_parameters(operation: Operation, knowledge: Knowledge) -> list[Problem]:
    """What a path parameter that is no id may be is for the server to say."""
    owned = {name for _, name in knowledge.edition.kinds_in(operation)}
    plain = [name for name in operation.path_parameters if name not in owned]
    return [_problem("unspecified", f"{name} in the path", 400, 404) for name in plain]


def _references(asked_: Asked, operation: Operation, knowledge: Knowledge) -> list[tuple[str, str]]:
    """The kinds and ids of the things that the body of a create names."""
    found = knowledge.edition.role_of(operation.id)
    if found is None or found[1] != "create":
        return []
    return [*named_things(asked_.sent, found[0].references).items()]


def _named(asked_: Asked, operation: Operation, knowledge: Knowledge) -> Iterator[Problem]:
    """Whether what a body names has to be there is for the server to say."""
    for kind, some_id in _references(asked_, operation, knowledge):
        if knowledge.thing(kind, some_id) is None:
            yield _open_id(f"a body that names no {kind}", "", 400, 409, 410, 422)


def _creators(ids: Iterable[tuple[str, str]], knowledge: Knowledge) -> tuple[Exchange, ...]:
    """What made the things, and took those away that are no more."""
    records = [record for kind, some_id in ids if (record := knowledge.things(kind).get(some_id))]
    made = [exchange for record in records for exchange in record.creators]
    return tuple(dict.fromkeys([*made, *(r.deleted for r in records if r.deleted is not None)]))
