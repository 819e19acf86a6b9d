"""The journal: what was asked, how much of it is kept, and what a test can hold it to."""

import re
from typing import Any

import httpx
import pytest

from flowgauge.client import WorkflowConfig
from flowgauge.errors import UsageError
from flowgauge.fake import CallMismatch, Fake, Journal, JournalEntry
from flowgauge.reference import WorldRequest

FLOWS = "/api/orchestration/flows"


@pytest.fixture
def asked() -> Fake:
    fake = Fake()
    settings: Any = {"transport": fake.transport(), "base_url": fake.url, "headers": fake.headers}
    with httpx.Client(**settings) as client:
        client.post(FLOWS, json={"stages": [{"noop": {}}]}, headers={"X-Trace": "1"})
        client.post(FLOWS, json={"stages": []})
        client.post(FLOWS)
        client.get(f"{FLOWS}/unknown")
    return fake


@pytest.mark.parametrize(
    "expected",
    [
        {},
        {"times": 3},
        {"body": {"stages": []}, "times": 1},
        {"body": None, "times": 1},
        {"headers": {"X-TRACE": "1"}, "times": 1},
        {"body": {"stages": [{"noop": {}}]}, "headers": {"x-trace": "1"}},
        {"body": {"stages": [1]}, "times": 0},
        {"body": {"stages": ({"noop": {}},)}, "times": 1},
        {"body": WorkflowConfig(stages=({"noop": {}},)), "times": 1},
    ],
)
def test_what_was_called_is_found(asked: Fake, expected: dict[str, Any]) -> None:
    asked.assert_called("createWorkflow", **expected)


@pytest.mark.parametrize(
    ("operation", "expected", "told"),
    [
        ("listFlows", {}, r"at least one call of listFlows, there were 0(.|\n)*createWorkflow x3"),
        ("createWorkflow", {"times": 2}, "expected 2 calls of createWorkflow, there were 3"),
        ("createWorkflow", {"times": 0}, "expected 0 calls"),
        ("createWorkflow", {"body": {"stages": [{"noop": []}]}}, r"✗ body(.|\n)*~ /stages/0/noop"),
        ("createWorkflow", {"headers": {"x-trace": "2"}}, "✗ header x-trace: 2"),
        ("createWorkflow", {"body": {"stages": []}, "headers": {"x-trace": "1"}}, "✓"),
        ("getFlow", {"body": {}}, "~ .root.: expected {}, is null"),
    ],
)
def test_what_was_not_called_is_told_with_the_nearest(
    asked: Fake, operation: str, expected: dict[str, Any], told: str
) -> None:
    with pytest.raises(CallMismatch) as raised:
        asked.assert_called(operation, **expected)
    assert re.search(told, str(raised.value)), raised.value


@pytest.mark.parametrize(
    ("operation", "expected", "told"),
    [
        ("createWorkflw", {"times": 0}, "did you mean createWorkflow"),
        ("create_workflow", {}, "no operation"),
        ("listFlows", {"times": -1}, "times"),
        ("listFlows", {"times": "1"}, "times"),
        ("listFlows", {"times": True}, "times"),
        ("createWorkflow", {"body": {"stages": object()}}, "no JSON"),
    ],
)
def test_an_expectation_that_no_call_could_meet_is_refused(
    asked: Fake, operation: str, expected: dict[str, Any], told: str
) -> None:
    with pytest.raises(UsageError, match=told) as raised:
        asked.assert_called(operation, **expected)
    assert not isinstance(raised.value, CallMismatch)


def test_a_call_says_what_came_of_it(asked: Fake) -> None:
    assert [(c.operation, c.status, c.failure) for c in asked.journal] == [
        ("createWorkflow", 201, None),
        ("createWorkflow", 201, None),
        ("createWorkflow", 201, None),
        ("getFlow", 404, None),
    ]
    asked.fail_next(kind="reset")
    with pytest.raises(httpx.ReadError):
        httpx.Client(transport=asked.transport(), headers=asked.headers).get(asked.url + FLOWS)
    assert (asked.journal[-1].status, asked.journal[-1].failure) == (0, "reset")


def call(number: int) -> JournalEntry:
    return JournalEntry(
        "listFlows", WorldRequest("GET", f"/{number}"), 200, b"", float(number), float(number)
    )


def test_the_journal_is_bounded_and_still_counts() -> None:
    journal = Journal(3, ["listFlows"])
    for number in range(10):
        journal.add(call(number))
    assert [c.at for c in journal] == [7.0, 8.0, 9.0]
    journal.assert_called("listFlows", times=10)
    journal.assert_called("listFlows", body=None)


def test_a_journal_that_has_forgotten_does_not_guess() -> None:
    journal = Journal(3, ["listFlows"])
    for number in range(10):
        journal.add(call(number))
    for expected in ({"body": None, "times": 3}, {"body": {}}):
        with pytest.raises(CallMismatch, match="forgotten 7 calls"):
            journal.assert_called("listFlows", **expected)  # type: ignore[arg-type]
    journal.clear()
    journal.assert_called("listFlows", body={}, times=0)
