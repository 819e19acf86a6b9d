"""Journeys of edition v2, played against its world on a clock that waits take forward at once."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from instances import START, TOKEN, Instances

from flowgauge.editions import load_part
from flowgauge.editions.v2.load.journeys import (
    event_run_path,
    mixed,
    read_heavy,
    run_path,
    waiting_run_path,
)
from flowgauge.load.edition_part import part_of
from flowgauge.load.engine.iteration import CallResult
from flowgauge.load.engine.steps import Pause
from flowgauge.load.engine.tally import Tally
from flowgauge.load.journeys.context import JourneyContext
from flowgauge.load.journeys.findings import DOUBLED, ENDLESS, LOST, CountedFindings
from flowgauge.load.journeys.sampling import Sampler
from flowgauge.load.journeys.verification import Verification
from flowgauge.load.transport.wire import Wire, WireCall
from flowgauge.reference import WorldRequest
from flowgauge.results.measures import USUAL

PART = load_part("v2")
URL = "http://host"
READ, LIST = "v2GetInstance", "v2ListInstances"


class Player:
    """Carries journeys out at once, against a world with some faults."""

    def __init__(self, *faults: str, stages: str = "noop, delay:60ms", **settings: Any) -> None:
        self.server = Instances(*faults)
        self.context: JourneyContext = PART.context(
            Wire(URL, TOKEN), body=PART.things.body(stages), **settings
        )
        self.tally = self.context.tally()
        self.names: list[str] = []
        # The world counts seconds since the epoch, and journeys those of the monotonic clock.
        self.ahead = START - time.monotonic()

    def answered(self, call: WireCall) -> tuple[int, bytes]:
        head, _, body = call.wire.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        method, target, _ = first.split(" ")
        path, _, query = target.partition("?")
        headers = tuple((n.lower(), v) for n, _, v in (line.partition(": ") for line in lines))
        self.server.now += 0.001
        reply = self.server.world.handle(WorldRequest(method, path, query, headers, body), self.server.now)
        self.server.now = max(self.server.now, reply.due or 0.0)
        return reply.status, reply.body

    def go(self, journey: Any, tally: Tally | None = None) -> "Player":
        tally, answer, due = tally or self.tally, None, self.server.now
        while True:
            try:
                step = journey.send(answer)
            except StopIteration:
                return self
            answer = None
            if not isinstance(step, WireCall):
                # A verification pauses, and a journey waits until a moment.
                moment = (
                    self.server.now + step.seconds if isinstance(step, Pause) else step.moment + self.ahead
                )
                self.server.now = due = max(moment, self.server.now)
                continue
            self.names.append(step.name)
            sent = self.server.now
            status, body = self.answered(step)
            operation = tally.operations[step.name]
            failure = None if status in operation.successes else f"status {status}"
            due, sent, at = (moment - self.ahead for moment in (due, sent, self.server.now))
            answer = CallResult(status, body, due, sent, at, failure, operation)
            due = self.server.now

    def walk(self, kind: Callable[..., Any], times: int = 1) -> "Player":
        for _ in range(times):
            self.go(kind(self.context, self.tally))
        return self

    # What a verification asks of an engine.

    def depart(self, journey: Any, tally: Tally, *, then: Callable[[], None]) -> None:
        self.go(journey, tally)
        then()

    def wait_quiet(self, timeout: float) -> bool:
        return True

    def abandon(self) -> int:
        return 0

    def found(self) -> set[tuple[str, str]]:
        findings = CountedFindings(URL)
        verification = Verification(self.context, findings, must_be_over=True)
        verification.carry_out(PART.questions, self, self.context.tally(), most=100, timeout=60)  # type: ignore[arg-type]
        return {(finding.id, finding.operation) for finding in findings.findings()}


def test_the_part_has_the_usual_names_and_one_for_events() -> None:
    assert {*PART.operations} == {*USUAL.operations, "event"}
    assert tuple(PART.counters({})) == USUAL.counters
    assert part_of((load_part("v0"), PART), "v2") is PART
    assert part_of((load_part("v0"), PART), None) is load_part("v0")
    assert part_of((load_part("v0"),), "v2") is None


def test_the_run_path_creates_starts_and_polls_until_it_is_over() -> None:
    player = Player().walk(run_path)
    assert player.names == ["create", "run", "poll", "poll", "poll"]
    assert player.tally.counters == {"runs.started": 1, "runs.ended": 1, "runs.failed": 0}
    assert player.found() == set()


def test_a_failure_is_an_end() -> None:
    player = Player(stages="noop, echo:x").walk(run_path)
    assert player.tally.counters == {"runs.started": 1, "runs.ended": 1, "runs.failed": 1}


def test_who_waits_needs_no_poll() -> None:
    player = Player().walk(waiting_run_path)
    assert player.names == ["create", "run_wait"]
    assert player.server.now - START > 0.06


def test_an_event_is_sent_to_who_waits_for_it() -> None:
    player = Player().walk(event_run_path)
    assert player.names == ["create", "run", "event", "poll"]
    assert player.tally.counters["runs.ended"] == 1
    assert player.found() == set()


def test_workflows_are_used_again_where_they_are_made_beforehand() -> None:
    player = Player()
    player.context.reusable = [player.server.workflow({"noop": {}}) for _ in range(2)]
    player.walk(run_path, 3).walk(read_heavy, 60).walk(mixed, 40)
    assert {"run", "get_flow", "list_flows", "list_runs", "info", "run_wait", "event"} <= {*player.names}
    assert player.found() == set()


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        ("every-third-start-lost", {(LOST, READ)}),
        ("list-repeats-newest", {(DOUBLED, LIST)}),
        ("workflow-filter-ignored", set()),
    ],
)
def test_what_a_server_loses_or_doubles_is_found(fault: str, found: set[tuple[str, str]]) -> None:
    # A filter that does nothing is for the suites to find: the instances of others are left out here.
    assert Player(fault, stages="none").walk(run_path, 4).found() == found


def test_what_comes_to_life_is_endless() -> None:
    player = Player("comes-to-life").walk(run_path)
    assert player.found() == {(ENDLESS, READ)}


def test_an_answer_without_a_body_breaks_no_schema() -> None:
    findings = CountedFindings(URL)
    sampler = Sampler(PART.edition.document, PART.operations, findings, ratio=1.0)
    call = Player().context.templates["event"].call("x", body=b"{}")
    for body, count in ((b"", 0), (b"{}", 1)):
        sampler._waiting.append((call, 204, b"HTTP/1.1 204 No Content\r\n\r\n", body, 0.0, 0.1))
        sampler.work_off()
        assert len(findings.findings()) == count
