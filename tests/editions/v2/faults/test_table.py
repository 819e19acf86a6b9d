"""The table of named faults: each says what it breaks, and breaks just that."""

from collections import Counter

import pytest
from instances import Instances

from flowgauge.contract.session.catches import WantedFinding
from flowgauge.editions.v2.edition import edition
from flowgauge.editions.v2.faults import FAULTS
from flowgauge.editions.v2.findings import FINDINGS
from flowgauge.reference.faults import ANY

OPERATIONS = {op.id for op in edition().operations} | {ANY, "(no operation)"}
EVENT = {"wait_event": {"event": "paid"}}


def test_there_are_many_of_each_kind_and_for_each_operation() -> None:
    seeded = FAULTS.of_group("seeded")
    assert len(seeded) >= 100
    assert len(FAULTS.of_group("as-shipped-2026")) >= 30
    kinds = Counter(fault.kind for fault in seeded)
    assert set(kinds) >= {
        "status",
        "media",
        "schema",
        "input",
        "state",
        "auth",
        "time",
        "volume",
        "concurrency",
    }
    assert OPERATIONS - {"(no operation)"} <= {fault.operation for fault in FAULTS.values()}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=lambda fault: fault.name)
def test_a_fault_names_findings_that_there_are(fault) -> None:  # type: ignore[no-untyped-def]
    assert fault.operation in OPERATIONS
    assert bool(fault.findings) is fault.is_observable
    for wanted in map(WantedFinding.read, fault.findings):
        assert wanted.id in FINDINGS
        assert wanted.operation in OPERATIONS


def told(*faults: str) -> list[object]:
    """What a client of every operation is told, but for ids and times that differ from world to world."""
    server = Instances(*faults)
    said: list[object] = []

    def note(answer: object) -> None:
        said.append((answer.status, answer.body, answer.waited))  # type: ignore[attr-defined]

    for path in (
        "/_info",
        "/workflows",
        "/instances",
        "/triggers",
        "/nowhere",
        "/workflows/x",
        "/instances/x",
    ):
        note(server.get(path))
    made = server.ask(
        "POST", "/workflows", {"name": "n", "stages": [EVENT, {"delay": {"duration": "1s"}}, {"noop": {}}]}
    )
    note(made)
    workflow = made.data["id"]
    for body in ({}, {"stages": []}, {"stages": [{}]}, b"{"):
        note(server.ask("POST", "/workflows", body))
    started = server.started(workflow, {"a": "b"})
    note(started)
    instance = started.data["id"]
    for method, path, body in (
        ("GET", f"/instances/{instance}", None),
        ("POST", f"/instances/{instance}/events", {"name": "paid"}),
        ("GET", f"/instances/{instance}", None),
        ("PUT", f"/instances/{instance}/abort", None),
        ("GET", f"/instances/{instance}", None),
        ("GET", f"/instances/{instance}/history", None),
        ("GET", f"/instances/{instance}/stages/0/history", None),
        ("GET", f"/instances/{instance}/stages/x/history", None),
        ("DELETE", f"/workflows/{workflow}", None),
        ("GET", f"/workflows/{workflow}", None),
    ):
        note(server.ask(method, path) if body is None else server.ask(method, path, body))
    return said


def test_the_clean_world_says_the_same_each_time() -> None:
    assert told() == told()


@pytest.mark.parametrize(
    "name",
    [
        "info-500",
        "create-200",
        "unknown-workflow-500",
        "no-terminated",
        "events-ignored",
        "abort-does-nothing",
        "history-reversed",
        "stage-history-404",
        "delete-does-nothing",
        "2026-deleted-workflow-is-read",
        "2026-abort-does-nothing",
        "2026-info-not-routed",
        "2026-stage-number-empty-404",
    ],
)
def test_a_broken_world_says_something_else(name: str) -> None:
    assert told(name) != told()
