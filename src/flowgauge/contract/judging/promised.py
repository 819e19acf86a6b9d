"""What a document alone promises: an edition that is inferred from it is held to that and to nothing more.

A document names the answers that are known in advance, and need not name every error (OpenAPI 3.1, 4.8.16).
So any 4xx refuses what is wrong with a request. That it must be refused is promised where a refusal is
declared; a schema says what a client may send, and no schema says all that makes a body acceptable. What the
document does not have, another method or path, it says nothing of.
"""

from collections.abc import Collection
from dataclasses import replace

from flowgauge.contract.judging.expectation import Expectation, Problem, declared_successes
from flowgauge.contract.judging.reading import Asked
from flowgauge.contract.strict_json import ABSENT
from flowgauge.edition import Edition
from flowgauge.openapi import Json, Operation

__all__ = ["as_promised"]

_REFUSALS = frozenset(range(400, 500))
_ANYTHING = frozenset({*range(200, 500), 501})
# What a rule that no schema states is answered with, and what a state that forbids it.
_RULES = frozenset({400, 403, 409, 413, 422})
_INVALID = frozenset({"400", "422", "4XX", "DEFAULT"})
_GONE = frozenset({"404", "410", "4XX", "DEFAULT"})
_OF_IDS = frozenset({"unknown id", "deleted", "foreign"})


def as_promised(expected: Expectation, asked: Asked, edition: Edition) -> Expectation:
    """The expectation, with every status beside it that breaks no promise of the document."""
    operation = expected.operation
    if operation is None:
        return replace(expected, statuses=expected.statuses | _ANYTHING)
    if not expected.must_be_refused:
        return replace(expected, statuses=expected.statuses | _beside_success(expected, asked, edition))
    statuses = expected.statuses | _REFUSALS
    hard = [problem for problem in expected.problems if problem.kind != "unspecified"]
    if not any(_is_promised(problem, operation, edition) for problem in hard):
        statuses |= declared_successes(operation) | {200, 201, 202, 204}
    return replace(expected, statuses=statuses)


def _is_promised(problem: Problem, operation: Operation, edition: Edition) -> bool:
    """Whether the document says that such a request is refused."""
    if problem.kind in {"query", "body"}:
        return _declares(operation, _INVALID)
    if problem.kind in _OF_IDS:
        if problem.sort == "an empty id" or (problem.kind == "unknown id" and _is_chosen(operation, edition)):
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


def _beside_success(expected: Expectation, asked: Asked, edition: Edition) -> frozenset[int]:
    """What a request that is legal by the schemas may be answered with beside a success."""
    operation = expected.operation
    assert operation is not None
    found = edition.role_of(operation.id)
    role = found[1] if found is not None else None
    if expected.problems:
        return _REFUSALS - {401}
    if asked.sent is not ABSENT:
        # It may name what is not there.
        return _RULES if expected.ids else _RULES | {404}
    if operation.request_schema is not None and not _is_said_optional(operation, edition):
        return _RULES | {415}
    if role in {"read", "list", "delete"} or operation.method == "GET":
        is_special = bool(asked.query) or (role is None and bool(expected.ids))
        return frozenset({400, 404, 422}) if is_special else frozenset()
    return frozenset() if role == "create" else _RULES


def _is_said_optional(operation: Operation, edition: Edition) -> bool:
    """Whether the document says that a body may be absent, and does not just leave out that it must not."""
    node: Json = edition.document.resolved(f"#{operation.pointer}").get("requestBody", {})
    while "$ref" in node:
        node = edition.document.resolved(node["$ref"])
    return node.get("required") is False
