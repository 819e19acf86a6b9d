"""A server may answer anything: it is judged, and never breaks the harness."""

import json
import random
from dataclasses import replace
from typing import Any

import pytest
from broken_target import BrokenTarget, found, probe_of
from hypothesis import given, settings
from hypothesis import strategies as st

from flowgauge.contract.traffic.page_walk import walk_pages
from flowgauge.results import Request, Response

STEADY = settings(max_examples=150, deadline=None, derandomize=True, database=None)
ODD = (
    *(None, True, False, 0, -1, 1, 15, 10**30, 0.0, -0.0, 15.0, 1e308, "", "\x00", "é😀", "x" * 5000, [], {}),
    *("2024-02-30T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:60Z", "2024-01-01T00:00:00.1Z"),
    *([None], [[]], {"": None}, {"id": 1}, "/", "..", "%00", "[]", "null"),
)


def mutated(value: Any, dice: random.Random) -> Any:
    """`value` with one thing in it changed."""
    if dice.random() < 0.15 or not isinstance(value, dict | list) or not value:
        return dice.choice(ODD)
    changed = value.copy()
    key = dice.choice(list(value)) if isinstance(value, dict) else dice.randrange(len(value))
    match dice.randrange(6):
        case 0:
            del changed[key]
        case 1 if isinstance(value, list):
            changed.append(value[key])
        case 2 if isinstance(value, list):
            changed.reverse()
        case 3 if isinstance(value, dict):
            changed[key] = value[dice.choice(list(value))]
        case _:
            changed[key] = mutated(value[key], dice)
    return changed


@pytest.mark.long
@STEADY
@given(st.integers(0, 2**32))
def test_no_answer_breaks_the_harness(seed: int) -> None:
    dice = random.Random(seed)
    often = dice.choice((0.05, 0.3, 1.0))

    def change(_: Request, response: Response) -> Response | None:
        if dice.random() > often:
            return response
        if dice.random() < 0.05:
            return None
        if dice.random() < 0.1:
            return replace(response, status=dice.choice((200, 201, 204, 304, 400, 401, 404, 405, 500, 599)))
        if dice.random() < 0.1:
            kind = dice.choice(("", "text/html", "é"))
            return replace(response, headers=(("content-type", kind),))
        if not response.body:
            return replace(response, body=dice.choice((b"{", b"\xff", b"null", b"[" * 100_000)))
        # 15.0 is an integer to JSON Schema.
        read = json.loads(response.body, parse_int=dice.choice((int, float)))
        return replace(response, body=json.dumps(mutated(read, dice)).encode())

    probe = probe_of(BrokenTarget(change))
    for _ in range(3):
        ids = probe.existing()
        flow_id, run_id = ids.get("workflow", "x"), ids.get("run", "x")
        probe.call("createWorkflow", body={"stages": [{"echo": {"message": "${a}"}}, {"noop": {}}]})
        probe.call("getFlow", {"workflow": flow_id})
        probe.call("listFlows")
        probe.call("runWorkflow", {"workflow": flow_id}, body={"a": "b"})
        probe.call("runWorkflow", {"workflow": flow_id}, query="wait=true")
        probe.call("getWorkflowOccurrence", {"workflow": flow_id, "run": run_id})
        walk_pages(probe, "run", {"workflow": flow_id}, size=2)
        probe.call("getFlow", {"workflow": "unknown"})
    for finding in probe.recorder.findings():
        assert finding.reproduction
    if often == 1.0:
        assert found(probe)
