"""Each named fault does what its name says, and the clean server does not.

A row: the fault, a question, the clean server's answer, and the faulty one's.
"""

from collections.abc import Callable
from typing import Any

import pytest
from asking import ROOT, START, TICK, TOKEN, Answer, Asking

from flowgauge.editions.v0.faults import FAULTS
from flowgauge.editions.v0.faults.timing import CAPACITY, SLOW_SECONDS

NOOP: dict[str, Any] = {"noop": {}}
DELAY: dict[str, Any] = {"delay": {"duration": "1s"}}
UNKNOWN = "5b2ef2a0-6f06-4d0c-8d3b-1d1f5e0c9a01"
Row = tuple[str, Callable[[Asking], Any], Any, Any]


def outcome(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json["errorCode"]


def shown_flow(s: Asking) -> Any:
    return s.create(NOOP).data


def over(s: Asking) -> Any:
    """A run of one stage that is over, as it is read."""
    flow_id = s.created(DELAY)
    run_id = s.ran(flow_id)
    return s.later(5).occurrence(flow_id, run_id).data


def raw_status(s: Asking) -> bytes:
    return s.run(s.created(NOOP)).body.partition(b'"stage":')[2].partition(b",")[0]


def kept(*stages: Any) -> Callable[[Asking], Any]:
    return lambda s: s.flow(s.created(*stages)).data["config"]["stages"]


def page(count: int, query: str = "") -> Callable[[Asking], Any]:
    """The first page of a workflow with so many runs."""

    def ask(s: Asking) -> Any:
        flow_id = s.created()
        for _ in range(count):
            s.run(flow_id)
        return s.runs(flow_id, query).json["cursor"]

    return ask


def member(name: str, ask: Callable[[Asking], Any]) -> Callable[[Asking], Any]:
    return lambda s: ask(s).get(name, "absent")


def ids_listed(s: Asking) -> list[int]:
    """Which of three workflows the list shows, by the order of their creation."""
    ids = [s.created(NOOP) for _ in range(3)]
    return [ids.index(view["id"]) for view in s.flows().data]


def distinct_ids(*bodies: list[Any]) -> Callable[[Asking], int]:
    return lambda s: len({s.created(*stages) for stages in bodies})


def under_other_flow(s: Asking) -> int:
    other, own = s.created(), s.created()
    return s.occurrence(other, s.ran(own)).status


def runs_of_first_flow(s: Asking) -> int:
    first, second = s.created(), s.created()
    for flow_id in (first, second, first):
        s.run(flow_id)
    return len(s.runs(first).json["cursor"]["data"])


def waited_for(query: str) -> Callable[[Asking], tuple[float, list[bool]]]:
    def ask(s: Asking) -> tuple[float, list[bool]]:
        answer = s.run(s.created(DELAY), query=query)
        return round(answer.waited, 3), ["terminatedAt" in status for status in answer.data["statuses"]]

    return ask


def looks_at_end(s: Asking) -> list[bool]:
    """Whether each of four looks at a finished run finds it finished."""
    flow_id = s.created(NOOP)
    run_id = s.ran(flow_id)
    return ["terminatedAt" in s.occurrence(flow_id, run_id).data["statuses"][0] for _ in range(4)]


def names_its_flow(s: Asking) -> bool:
    flow_id = s.created()
    return bool(s.run(flow_id).data["workflowID"] == flow_id)


def pages_walked(s: Asking) -> int | str:
    flow_id = s.created()
    for _ in range(5):
        s.run(flow_id)
    try:
        return len(list(s.walk(flow_id, "pageSize=2")))
    except AssertionError:
        return "endless"


def created_together(s: Asking) -> int:
    """How many of four creates that arrive at nearly the same instant are there afterwards."""
    for k in range(4):
        path = f"{ROOT}/flows"
        assert s.answer_at(START + 1 + k * TICK, "POST", path, {"stages": []}).status == 201
    return len(s.later(5).flows().data)


def created_in_turn(s: Asking) -> int:
    for _ in range(4):
        s.create()
    return len(s.flows().data)


def five_lists(s: Asking) -> list[float]:
    flow_id = s.created()
    return [round(s.runs(flow_id).waited if k % 2 else s.flows().waited, 3) for k in range(5)]


def waits_of_starts(s: Asking) -> list[tuple[int, float]]:
    """Which of 80 starts took time, and how long."""
    flow_id = s.created()
    waits = [round(s.run(flow_id).waited, 3) for _ in range(80)]
    return [(number, wait) for number, wait in enumerate(waits, 1) if wait]


def statuses_of_creates(s: Asking) -> list[tuple[int, int]]:
    seen = [s.create().status for _ in range(CAPACITY + 2)]
    return [(status, seen.count(status)) for status in sorted(set(seen))]


def with_authorization(value: str | None) -> Callable[[Asking], int]:
    headers = [("authorization", value)] if value is not None else []
    return lambda s: s.ask("GET", f"{ROOT}/flows", token=None, headers=headers).status


def time_between(early: str, late: str) -> Callable[[Asking], Any]:
    """Whether two times of a workflow, or of a run's first stage, are in order."""

    def ask(s: Asking) -> bool:
        view = over(s)["statuses"][0] if early == "startedAt" else shown_flow(s)
        return bool(view[early] <= view[late])

    return ask


ROWS: list[Row] = [
    # status and media
    ("info-500", lambda s: s.info().status, 200, 500),
    ("info-empty", lambda s: (s.info().status, s.info().body != b""), (200, True), (200, False)),
    ("create-200", lambda s: s.create().status, 201, 200),
    (
        "unknown-flow-200-null",
        lambda s: (s.flow(UNKNOWN).status, s.flow(UNKNOWN).json.get("data", 0)),
        (404, 0),
        (200, None),
    ),
    ("unknown-flow-500", lambda s: s.flow(UNKNOWN).status, 404, 500),
    (
        "malformed-json-500",
        lambda s: (s.create(body=b"{").status, s.run(s.created(), b"{").status),
        (400, 400),
        (500, 500),
    ),
    ("delete-200", lambda s: s.ask("DELETE", f"{ROOT}/flows/{s.created()}").status, 405, 200),
    (
        "405-without-allow",
        lambda s: s.ask("PUT", f"{ROOT}/flows").header("allow"),
        "GET, HEAD, OPTIONS, POST",
        None,
    ),
    (
        "success-text-plain",
        lambda s: {s.info().media_type, s.create().media_type},
        {"application/json"},
        {"text/plain"},
    ),
    (
        "error-html",
        lambda s: (s.flow(UNKNOWN).status, s.flow(UNKNOWN).media_type),
        (404, "application/json"),
        (404, "text/html; charset=utf-8"),
    ),
    ("nan-in-json", raw_status, b"0", b"NaN"),
    # schema
    ("info-no-version", lambda s: list(s.info().json), ["version"], []),
    ("info-version-number", lambda s: type(s.info().json["version"]), str, float),
    (
        "created-at-not-rfc3339",
        lambda s: ["T" in v["createdAt"] for v in (shown_flow(s), over(s))],
        [True, True],
        [False, False],
    ),
    ("no-updated-at", lambda s: "updatedAt" in shown_flow(s), True, False),
    ("page-size-0-when-empty", member("pageSize", page(0)), 15, 0),
    ("page-size-string", member("pageSize", page(1)), 15, "15"),
    ("stage-string", lambda s: over(s)["statuses"][0]["stage"], 0, "0"),
    ("no-cursor", lambda s: sorted(s.runs(s.created()).json), ["cursor"], ["data", "hasMore", "pageSize"]),
    ("error-code-outside-enum", lambda s: outcome(s.flow(UNKNOWN)), (404, "VALIDATION"), (404, "NOT_FOUND")),
    ("statuses-null-when-empty", lambda s: s.run(s.created()).data["statuses"], [], None),
    ("data-null-when-store-empty", lambda s: s.flows().data, [], None),
    ("undeclared-field-leaks-secret", lambda s: "signingSecret" in shown_flow(s), False, True),
    # input
    ("missing-stages-accepted", lambda s: s.create(body={}).status, 400, 201),
    ("non-object-stage-accepted", lambda s: s.create(1, "a").status, 400, 201),
    ("non-string-variable-accepted", lambda s: s.run(s.created(), {"a": 1}).status, 400, 201),
    ("wait-banana-accepted", lambda s: s.run(s.created(), query="wait=banana").status, 400, 201),
    ("empty-stages-refused", lambda s: s.create().status, 201, 400),
    ("absent-run-body-refused", lambda s: s.run(s.created()).status, 201, 400),
    ("non-ascii-key-500", lambda s: s.create({"noop": {"ä": [{"ü": 1}]}}).status, 201, 500),
    ("long-id-500", lambda s: s.flow("x" * 256).status, 404, 500),
    ("three-stages-one-empty-500", lambda s: s.create(NOOP, {}, NOOP).status, 201, 500),
    # state
    ("unknown-flow-200-fabricated", lambda s: s.flow(UNKNOWN).status, 404, 200),
    ("create-not-persisted", lambda s: s.flow(s.created()).status, 200, 404),
    ("last-stage-dropped", kept(NOOP, DELAY), [NOOP, DELAY], [NOOP]),
    (
        "numbers-become-strings",
        kept({"a": [1, {"b": True}]}),
        [{"a": [1, {"b": True}]}],
        [{"a": ["1", {"b": True}]}],
    ),
    ("list-misses-newest", ids_listed, [2, 1, 0], [1, 0]),
    ("list-repeats-newest", ids_listed, [2, 1, 0], [2, 2, 1, 0]),
    ("id-reused", distinct_ids([NOOP], [DELAY], [], [NOOP, NOOP]), 4, 2),
    ("same-config-same-id", distinct_ids([NOOP], [DELAY], [NOOP], [DELAY]), 4, 2),
    ("run-readable-under-other-flow", under_other_flow, 404, 200),
    ("list-runs-mixes-flows", runs_of_first_flow, 2, 3),
    ("wrong-workflow-id", names_its_flow, True, False),
    ("run-of-unknown-flow-accepted", lambda s: s.run(UNKNOWN).status, 404, 201),
    ("wait-returns-early", waited_for("wait=true"), (1.0, [True]), (0.0, [False])),
    ("no-wait-blocks", waited_for("wait=false"), (0.0, [False]), (1.0, [True])),
    ("one-status-too-many", lambda s: [status["stage"] for status in over(s)["statuses"]], [0], [0, 1]),
    ("terminated-before-started", time_between("startedAt", "terminatedAt"), True, False),
    (
        "timestamps-change-on-read",
        lambda s: len({s.flow(i).data["updatedAt"] for i in [s.created()] * 2}),
        1,
        2,
    ),
    ("updated-before-created", time_between("createdAt", "updatedAt"), True, False),
    ("finished-stage-unfinishes", looks_at_end, [True] * 4, [False, True, False, True]),
    (
        "has-more-without-next",
        lambda s: sorted(page(16)(s)),
        ["data", "hasMore", "next", "pageSize"],
        ["data", "hasMore", "pageSize"],
    ),
    ("page-overfull", lambda s: (len((p := page(20)(s))["data"]), p["pageSize"]), (15, 15), (16, 15)),
    ("next-loops", pages_walked, 3, "endless"),
    (
        "upgrade-drops-body",
        lambda s: s.ask("POST", f"{ROOT}/flows", {"stages": [NOOP]}, headers=[("upgrade", "h2c")]).data[
            "config"
        ],
        {"stages": [NOOP]},
        {"stages": []},
    ),
    # auth
    ("auth-ignored", with_authorization(None), 401, 200),
    ("malformed-token-500", with_authorization("Bearer not a token"), 401, 500),
    ("other-scheme-accepted", with_authorization(f"Basic {TOKEN}"), 401, 200),
    # time, volume, concurrency
    ("every-fifth-list-slow", five_lists, [0.0] * 5, [0.0] * 4 + [SLOW_SECONDS]),
    ("concurrent-create-lost", created_together, 4, 1),
    ("hundred-and-first-create-500", statuses_of_creates, [(201, 102)], [(201, 100), (500, 2)]),
    ("every-fortieth-start-slow", waits_of_starts, [], [(40, 2.0), (80, 2.0)]),
]


@pytest.mark.parametrize(("name", "ask", "clean", "faulty"), ROWS, ids=[row[0] for row in ROWS])
def test_the_fault_does_what_its_name_says(
    name: str, ask: Callable[[Asking], Any], clean: Any, faulty: Any
) -> None:
    assert ask(Asking()) == clean
    assert ask(Asking(name)) == faulty
    assert clean != faulty


def test_every_seeded_fault_has_a_row() -> None:
    seeded = [fault.name for fault in FAULTS.values() if fault.group == "seeded"]
    assert sorted(seeded) == sorted(row[0] for row in ROWS)
