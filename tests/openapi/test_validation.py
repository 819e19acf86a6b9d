"""Validators: what they let through and what not, and a second library that must agree."""

import copy
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
import pytest

from flowgauge.editions import edition_named

DOCUMENT = edition_named("v0").document
TIME = "2023-02-14T09:30:00.000000Z"
STATUS = {"stage": 0, "occurrenceID": "o", "startedAt": TIME, "terminatedAt": TIME, "error": "e"}
RUN = {"id": "r", "workflowID": "w", "createdAt": TIME, "updatedAt": TIME, "statuses": [STATUS]}
FLOW = {"id": "w", "config": {"stages": [{"a": {"b": 1}}]}, "createdAt": TIME, "updatedAt": TIME}
CURSOR = {"pageSize": 15, "hasMore": True, "previous": "p", "next": "n", "data": [RUN]}
FULL: dict[str, Any] = {
    "orchestrationgetServerInfo": {"version": "1"},
    "listFlows": {"data": [FLOW]},
    "createWorkflow": {"data": FLOW},
    "getFlow": {"data": FLOW},
    "listRuns": {"cursor": CURSOR},
    "runWorkflow": {"data": RUN},
    "getWorkflowOccurrence": {"data": RUN},
}
ERROR = {"errorCode": "VALIDATION", "errorMessage": "no"}


# A second reading of the contract, for a library of another kind.
class Closed(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """Refuses members that it does not declare."""


Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class Config(Closed):
    stages: list[dict[str, Any]]


class Workflow(Closed):
    id: str
    config: Config
    created_at: Moment
    updated_at: Moment


class Status(Closed):
    stage: Annotated[float, msgspec.Meta(ge=0)]
    occurrence_id: str = msgspec.field(name="occurrenceID")
    started_at: Moment
    terminated_at: Moment | msgspec.UnsetType = msgspec.UNSET
    error: str | msgspec.UnsetType = msgspec.UNSET


class Occurrence(Closed):
    id: str
    workflow_id: str = msgspec.field(name="workflowID")
    created_at: Moment
    updated_at: Moment
    statuses: list[Status]


class Page(Closed):
    data: list[Occurrence]
    page_size: Annotated[int, msgspec.Meta(ge=1, le=1000)]
    has_more: bool | msgspec.UnsetType = msgspec.UNSET
    previous: str | msgspec.UnsetType = msgspec.UNSET
    next: str | msgspec.UnsetType = msgspec.UNSET


class Refusal(Closed):
    error_code: Literal["VALIDATION"]
    error_message: str


class Info(Closed):
    version: str


class OneFlow(Closed):
    data: Workflow


class OneRun(Closed):
    data: Occurrence


class AllFlows(Closed):
    data: list[Workflow]


class SomeRuns(Closed):
    cursor: Page


SECOND = {
    "orchestrationgetServerInfo": Info,
    "listFlows": AllFlows,
    "createWorkflow": OneFlow,
    "getFlow": OneFlow,
    "listRuns": SomeRuns,
    "runWorkflow": OneRun,
    "getWorkflowOccurrence": OneRun,
}


def is_accepted_by_second(kind: Any, value: Any) -> bool:
    try:
        # Through JSON, so that dates are read from text and nothing is taken for another type.
        msgspec.json.decode(msgspec.json.encode(value), type=kind, strict=True)
    except msgspec.ValidationError:
        return False
    return True


GONE = object()
REPLACEMENTS: list[Any] = [None, True, 0, 1, -1, 1001, 1.5, "", "VALIDATION", TIME, [], [None], {}, {"a": 1}]


def mutants(value: Any) -> Iterator[tuple[str, Any]]:
    """Copies of a JSON value with one member gone, one added, or one replaced."""
    for path, node in _nodes(value):
        for replacement in REPLACEMENTS:
            yield f"{path} is {replacement!r}", _with(value, path, replacement)
        if path:
            yield f"{path} is gone", _with(value, path, GONE)
        if isinstance(node, dict):
            yield f"{path} has more", _with(value, (*path, "extra"), "x")


def _nodes(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    yield path, value
    members = dict(enumerate(value)) if isinstance(value, list) else value if isinstance(value, dict) else {}
    for key, item in members.items():
        yield from _nodes(item, (*path, key))


def _with(value: Any, path: tuple[Any, ...], replacement: Any) -> Any:
    root = {"root": copy.deepcopy(value)}
    at: Any = root
    *parents, key = ("root", *path)
    for part in parents:
        at = at[part]
    if replacement is GONE:
        del at[key]
    else:
        at[key] = replacement
    return root["root"]


@pytest.mark.parametrize("name", FULL)
def test_a_reply_with_every_declared_member_is_valid(name: str) -> None:
    success = DOCUMENT.operation(name).success
    assert DOCUMENT.response_violations(name, success, FULL[name]) == ()
    assert DOCUMENT.response_violations(name, success, FULL[name], closed=True) == ()


@pytest.mark.parametrize("name", FULL)
def test_two_libraries_agree_on_every_mutant(name: str) -> None:
    success = DOCUMENT.operation(name).success
    refused = 0
    for what, mutant in mutants(FULL[name]):
        accepted = DOCUMENT.response_violations(name, success, mutant, closed=True) == ()
        assert accepted == is_accepted_by_second(SECOND[name], mutant), what
        refused += not accepted
    assert refused


@pytest.mark.parametrize("name", FULL)
@pytest.mark.parametrize("status", [400, 401, 404, 418, 500])
def test_two_libraries_agree_on_errors_of_any_status(name: str, status: int) -> None:
    # A status that is not declared is judged by the default.
    assert DOCUMENT.response_violations(name, status, ERROR, closed=True) == ()
    for what, mutant in mutants(ERROR):
        accepted = DOCUMENT.response_violations(name, status, mutant, closed=True) == ()
        assert accepted == is_accepted_by_second(Refusal, mutant), what


@pytest.mark.parametrize("name", FULL)
def test_an_undeclared_member_anywhere_is_refused_by_the_closed_validator_alone(name: str) -> None:
    success = DOCUMENT.operation(name).success
    for path, node in _nodes(FULL[name]):
        # What a stage holds is free.
        if not isinstance(node, dict) or "stages" in path:
            continue
        mutant = _with(FULL[name], (*path, "extra"), "secret")
        assert DOCUMENT.response_violations(name, success, mutant) == (), path
        [violation] = DOCUMENT.response_violations(name, success, mutant, closed=True)
        assert violation.pointer == "".join(f"/{part}" for part in path)
        assert "extra" in violation.message


def test_what_a_stage_holds_is_free() -> None:
    for stage in ({}, {"a": None}, {"a": {"b": [1]}, "c": 2}):
        body = {"data": FLOW | {"config": {"stages": [stage]}}}
        assert DOCUMENT.response_violations("getFlow", 200, body, closed=True) == ()
        assert DOCUMENT.request_violations("createWorkflow", {"stages": [stage]}) == ()


@pytest.mark.parametrize(
    ("name", "body", "pointers"),
    [
        ("createWorkflow", {"stages": []}, []),
        ("createWorkflow", {"stages": [], "more": 1}, []),
        ("createWorkflow", {}, [""]),
        ("createWorkflow", None, [""]),
        ("createWorkflow", {"stages": None}, ["/stages"]),
        ("createWorkflow", {"stages": [{}, 1, []]}, ["/stages/1", "/stages/2"]),
        ("runWorkflow", {}, []),
        ("runWorkflow", {"a": "b", "": ""}, []),
        ("runWorkflow", {"a": 1, "b": None}, ["/a", "/b"]),
        ("runWorkflow", {"a/b": 1, "~": 1, "/": 1}, ["/a~1b", "/~0", "/~1"]),
        ("runWorkflow", [], [""]),
    ],
)
def test_a_request_s_violations_say_where(name: str, body: Any, pointers: list[str]) -> None:
    violations = DOCUMENT.request_violations(name, body)
    assert sorted(v.pointer for v in violations) == sorted(pointers)
    assert all(v.message and str(v) == f"{v.pointer or '(root)'}: {v.message}" for v in violations)


@pytest.mark.parametrize(
    ("text", "is_date_time"),
    [
        (TIME, True),
        ("2023-02-14T09:30:00Z", True),
        ("2023-02-14T09:30:00.123456789+05:30", True),
        ("2023-02-14T09:30:00", False),
        ("2023-02-14 09:30:00", False),
        ("2023-02-30T09:30:00Z", False),
        ("1676367000", False),
        ("", False),
    ],
)
def test_times_are_rfc_3339(text: str, is_date_time: bool) -> None:
    for member in ("createdAt", "updatedAt"):
        assert (
            DOCUMENT.response_violations("getFlow", 200, {"data": FLOW | {member: text}}) == ()
        ) == is_date_time


@pytest.mark.parametrize(
    ("size", "is_legal"), [(0, False), (1, True), (1000, True), (1001, False), (1.5, False)]
)
def test_a_page_s_size_has_bounds(size: float, is_legal: bool) -> None:
    body = {"cursor": CURSOR | {"pageSize": size}}
    assert (DOCUMENT.response_violations("listRuns", 200, body) == ()) == is_legal


def test_only_operations_with_a_body_have_a_request_schema() -> None:
    with_body = {op.id for op in DOCUMENT.operations if op.request_schema is not None}
    assert with_body == {"createWorkflow", "runWorkflow"}


def test_the_examples_of_the_models_pass_the_second_library_too() -> None:
    schemas = DOCUMENT.root["components"]["schemas"]
    for name, kind in {"Workflow": Workflow, "WorkflowOccurrence": Occurrence, "StageStatus": Status,
                       "Error": Refusal, "ServerInfo": Info, "WorkflowConfig": Config}.items():  # fmt: skip
        for example in DOCUMENT.inlined(schemas[name])["examples"]:
            assert is_accepted_by_second(kind, example), name
