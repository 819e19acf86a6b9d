"""Which status codes a request deserves, from the document and what is known of the server's state.

The oracle judges any request, however it was made: generated, written by hand or replayed. Several things
may be wrong with one request; then each one's status is legal, since no order of checks is promised. But
whoever has no token is told nothing of what exists: to them an unknown id is answered as a known one is.
"""

import re
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote

from flowgauge.contract.judging.knowledge import Knowledge
from flowgauge.contract.strict_json import NotStrictJson, parsed
from flowgauge.contract.targets.target import OTHER_TOKEN, TOKEN
from flowgauge.openapi import Operation
from flowgauge.openapi.v0_shim import operations, request_violations
from flowgauge.results import Exchange, Request

__all__ = ["LIMITS", "Expectation", "Problem", "expectation", "matched"]

ProblemKind = Literal[
    "route", "method", "authentication", "unknown id", "foreign run", "query", "body", "unspecified"
]

_VALID_AUTHORIZATION = re.compile(rf"bearer +(?:{re.escape(TOKEN)}|{re.escape(OTHER_TOKEN)})", re.IGNORECASE)
_INTEGER = re.compile(r"0|-?[1-9][0-9]*")
# What somebody might have made a cursor of.
_CURSOR = re.compile(r"[\w.~+/=:,%-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Limits:
    """Beyond these a server may refuse what the document allows."""

    body_bytes: int = 256 * 1024
    depth: int = 32
    id_characters: int = 4096


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a request, and the statuses with which it may be refused."""

    kind: ProblemKind
    detail: str
    statuses: frozenset[int]


@dataclass(frozen=True, slots=True)
class Expectation:
    """What may come back. `problems` is empty for a request that must succeed.

    `operation` is None where the method or the path is not in the document; `path_methods` are those that
    the document gives the path. `ids` are those in the path, spelled as they were given out; `creators` are
    the exchanges that gave them out.
    """

    operation: Operation | None
    ids: dict[str, str]
    statuses: frozenset[int]
    problems: tuple[Problem, ...]
    path_methods: frozenset[str] = frozenset()
    creators: tuple[Exchange, ...] = ()

    @property
    def must_be_refused(self) -> bool:
        """Whether a success would break the contract."""
        return any(problem.kind != "unspecified" for problem in self.problems)


def expectation(request: Request, knowledge: Knowledge) -> Expectation:
    """What the server may answer to `request`."""
    path, _, query = request.target.partition("?")
    by_method, ids = matched(path)
    method = "GET" if request.method == "HEAD" else request.method
    operation = by_method.get(method)
    problems = _authentication(request)
    is_stranger = bool(problems)
    if not by_method:
        problems.append(_problem("route", "no such path", 404))
        return _expected(None, ids, problems, frozenset())
    if operation is None:
        if request.method == "OPTIONS":
            # Whether a preflight needs a token is left open.
            soft = [Problem("unspecified", p.detail, p.statuses) for p in problems]
            expected = _expected(None, ids, soft, frozenset({200, 204}))
            return replace(expected, path_methods=frozenset(by_method))
        problems.append(_problem("method", f"{request.method} is not supported here", 405))
        refused = _expected(None, ids, problems, frozenset())
        return replace(refused, path_methods=frozenset(by_method))
    known_ids = {name: knowledge.as_given_out(value) for name, value in ids.items()}
    if known_ids != ids and not is_stranger:
        # Taking it for the same id and not knowing it are both right; taking it for another is neither.
        problems.append(_problem("unspecified", "another spelling of an id", 404, 400))
    ids = known_ids
    if any(len(value) > LIMITS.id_characters for value in ids.values()):
        problems.append(_problem("unspecified", "a very long id", 404, 414, 400, 431))
    if not is_stranger:
        problems += _identity(ids, knowledge)
    problems += [*_query(operation, query, knowledge), *_body(operation, request)]
    expected = _expected(operation, ids, problems, frozenset({operation.success}))
    return replace(expected, creators=_creators(ids, knowledge))


def matched(path: str) -> tuple[dict[str, Operation], dict[str, str]]:
    """The operations at a raw path by method, and the decoded ids in it; both empty where there is none."""
    segments = path.split("/")
    for operation in operations():
        template = operation.path.split("/")
        if len(template) == len(segments) and all(
            t == s or t.startswith("{") for t, s in zip(template, segments, strict=True)
        ):
            pairs = zip(template, segments, strict=True)
            ids = {t[1:-1]: unquote(s, errors="surrogateescape") for t, s in pairs if t.startswith("{")}
            return {o.method: o for o in operations() if o.path == operation.path}, ids
    return {}, {}


def _expected(
    operation: Operation | None, ids: dict[str, str], problems: list[Problem], success: frozenset[int]
) -> Expectation:
    hard = [problem for problem in problems if problem.kind != "unspecified"]
    statuses = frozenset().union(*(p.statuses for p in problems)) | (frozenset() if hard else success)
    return Expectation(operation, ids, statuses, tuple(problems))


def _problem(kind: ProblemKind, detail: str, *statuses: int) -> Problem:
    return Problem(kind, detail, frozenset(statuses))


def _authentication(request: Request) -> list[Problem]:
    values = [value for name, value in request.headers if name.lower() == "authorization"]
    if len(values) == 1 and _VALID_AUTHORIZATION.fullmatch(values[0].strip(" \t")):
        return []
    detail = (
        "no token" if not values else "two Authorization headers" if len(values) > 1 else "no valid token"
    )
    # A doubled header may also be taken for a malformed message (RFC 9110, section 5.3).
    return [_problem("authentication", detail, 401, *([400] if len(values) > 1 else []))]


def _identity(ids: dict[str, str], knowledge: Knowledge) -> list[Problem]:
    if "flowId" not in ids:
        return []
    problems = []
    flow = knowledge.flows.get(ids["flowId"])
    run = flow.runs.get(ids.get("runId", "")) if flow else None
    if (flow and flow.is_lost) or (run and run.is_lost):
        problems.append(_problem("unspecified", "an id that the server has denied before", 404))
    if flow is None:
        kind: ProblemKind = "unknown id" if _is_surely_unknown(ids["flowId"], knowledge) else "unspecified"
        problems.append(_problem(kind, "unknown workflow", 404))
    elif "runId" in ids and run is None:
        if flow.has_stray_runs:
            problems.append(_problem("unspecified", "a run whose start was answered wrongly", 404))
        elif knowledge.owner_of(ids["runId"]) is not None:
            problems.append(_problem("foreign run", "a run of another workflow", 404))
        else:
            problems.append(_problem("unknown id", "unknown run", 404))
    return problems


def _creators(ids: dict[str, str], knowledge: Knowledge) -> tuple[Exchange, ...]:
    flow, run_id = knowledge.flows.get(ids.get("flowId", "")), ids.get("runId", "")
    owner = knowledge.owner_of(run_id) if run_id else None
    created = dict.fromkeys(record.created for record in (flow, owner) if record)
    return (*created, *((owner.runs[run_id].started,) if owner else ()))


def _is_surely_unknown(flow_id: str, knowledge: Knowledge) -> bool:
    # On a shared server an id that looks like a real one might be.
    return flow_id not in knowledge.foreign and (knowledge.is_exclusive or len(flow_id) < 8)


def _query(operation: Operation, query: str, knowledge: Knowledge) -> list[Problem]:
    problems = []
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="strict")
    except ValueError:
        return [_problem("unspecified", "a query that is not UTF-8", 400)]
    declared = {p.name: p for p in operation.parameters if p.location == "query"}
    names = [name for name, _ in pairs]
    for name, value in pairs:
        if name not in declared:
            problems.append(_problem("unspecified", f"undeclared query parameter {name!r}", 400))
        elif names.count(name) > 1:
            problems.append(_problem("query", f"{name} is given {names.count(name)} times", 400))
        elif not _is_legal(declared[name].schema, value):
            problems.append(_problem("query", f"{name}={value!r}", 400))
        elif name == "cursor" and not _CURSOR.fullmatch(value) and value not in knowledge.cursors:
            problems.append(_problem("query", f"a cursor that no page gave: {value!r}", 400))
        elif name == "cursor":
            # Opaque: only the server knows which ones are its own.
            problems.append(_problem("unspecified", "a cursor", 400))
    return problems


def _is_legal(schema: dict[str, Any], text: str) -> bool:
    match schema.get("type"):
        case "boolean":
            return text in {"true", "false"}
        case "integer":
            if not _INTEGER.fullmatch(text) or len(text) > 20:
                return False
            return bool(schema.get("minimum", -(2**63)) <= int(text) <= schema.get("maximum", 2**63 - 1))
        case _:
            return len(text) >= int(schema.get("minLength", 0))


def _body(operation: Operation, request: Request) -> list[Problem]:
    if not request.body:
        return []
    if operation.request_schema is None:
        return [_problem("unspecified", "a body where none is declared", 400, 413, 415)]
    problems = _media(request)
    if len(request.body) > LIMITS.body_bytes:
        problems.append(_problem("unspecified", "a very large body", 413, 400))
    try:
        value = parsed(request.body)
    except NotStrictJson as error:
        is_open = "twice" in str(error) or "surrogate" in str(error)
        kind: ProblemKind = "unspecified" if is_open else "body"
        return [*problems, _problem(kind, f"body: {error}", 400)]
    if request.body.count(b"[") + request.body.count(b"{") > LIMITS.depth and _depth(value) > LIMITS.depth:
        problems.append(_problem("unspecified", "a deeply nested body", 400, 413))
    problems += [
        _problem("body", f"body {v}"[:200], 400) for v in request_violations(operation.id, value)[:3]
    ]
    if _has_number_beyond_double(value):
        problems.append(_problem("body", "a number beyond the range of a double", 400))
    return problems


def _media(request: Request) -> list[Problem]:
    values = [value for name, value in request.headers if name.lower() == "content-type"]
    media_type = values[0].partition(";")[0].strip().lower() if len(values) == 1 else ""
    problems = []
    if media_type != "application/json":
        problems.append(_problem("body", f"media type {values!r}", 415, 400))
    elif ";" in values[0] and "utf-8" not in values[0].lower():
        problems.append(_problem("unspecified", "a media type parameter", 415, 400))
    if request.header("content-encoding") not in {None, "identity"}:
        problems.append(_problem("body", "an unsupported content coding", 415, 400))
    return problems


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level := [node for node in level if isinstance(node, dict | list)]:
        depth += 1
        level = [c for node in level for c in (node.values() if isinstance(node, dict) else node)]
    return depth


def _has_number_beyond_double(value: Any) -> bool:
    pending = [value]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            pending.extend(node.values())
        elif isinstance(node, list):
            pending.extend(node)
        elif (isinstance(node, float) and node in {float("inf"), float("-inf")}) or (
            isinstance(node, int) and not isinstance(node, bool) and node.bit_length() > 1024
        ):
            return True
    return False
