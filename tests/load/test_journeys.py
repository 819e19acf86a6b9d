"""Journeys, played against replies that a test makes up: no server, no clock."""

import json
import weakref
from collections.abc import Callable

import pytest

from flowgauge.editions import load_part
from flowgauge.editions.v0.load.journeys import mixed, read_heavy, run_path, waiting_run_path
from flowgauge.editions.v0.load.views import SeenStatus, SeenWorkflow, listed_runs, run_in, workflow_in
from flowgauge.load.engine.iteration import CallResult
from flowgauge.load.engine.steps import Until, moment_of
from flowgauge.load.engine.tally import Interval
from flowgauge.load.journeys.context import Acknowledgements, JourneyContext
from flowgauge.load.journeys.run_path import PATIENCE, AcknowledgedRun
from flowgauge.load.transport.failures import UNREADABLE
from flowgauge.load.transport.wire import Template, Wire, WireCall

PART = load_part("v0")
ONE_RUN = {"runs.started": 1, "runs.ended": 1}
STAGES = [{"noop": {}}, {"delay": {"duration": "50ms"}}]
CREATED = "2026-01-02T03:04:05.000000Z"


def flow_body(flow_id: str = "f 1") -> bytes:
    config = {"stages": STAGES}
    return json.dumps(
        {"data": {"id": flow_id, "config": config, "createdAt": CREATED, "updatedAt": CREATED}}
    ).encode()


def run_body(*statuses: dict, run_id: str = "r/1", updated: str = CREATED) -> bytes:
    run = {
        "id": run_id,
        "workflowID": "f 1",
        "createdAt": CREATED,
        "updatedAt": updated,
        "statuses": list(statuses),
    }
    return json.dumps({"data": run}).encode()


def status(stage: int, *, over: bool = True, error: str | None = None) -> dict:
    made = {"stage": stage, "occurrenceID": f"o{stage}", "startedAt": CREATED}
    return made | ({"terminatedAt": CREATED} if over else {}) | ({"error": error} if error else {})


def counted(taken: Interval) -> dict:
    return taken.figures | taken.counters | taken.distributions


GOING_ON = run_body(status(0), status(1, over=False))
FLOW = workflow_in(flow_body())
assert FLOW is not None
OVER = run_body(status(0), status(1), updated="2026-01-02T03:04:05.250000Z")


class Play:
    """Plays a journey: each call takes 1 ms and gets the next reply; wakings move the clock."""

    def __init__(self, context: JourneyContext, replies: list[tuple[int, bytes] | str]) -> None:
        self.context, self.replies = context, replies
        self.tally = context.tally()
        self.now = 100.0
        self.calls: list[WireCall] = []
        self.wakes: list[float] = []
        self.after_call: dict[int, Callable[[], None]] = {}

    def go(self, kind: Callable) -> "Play":
        journey, answer, due = kind(self.context, self.tally), None, self.now
        while True:
            try:
                step = journey.send(answer)
            except StopIteration:
                return self
            if not isinstance(step, WireCall):
                assert not isinstance(step, Until) or step.moment >= self.now, "a journey wakes in the past"
                self.now = due = moment_of(step, self.now)
                self.wakes.append(due)
                answer = None
                continue
            self.calls.append(step)
            sent, self.now = self.now, self.now + 0.001
            reply = self.replies.pop(0)
            self.after_call.get(len(self.calls), lambda: None)()
            operation = self.tally.operations[step.name]
            if isinstance(reply, str):
                answer = CallResult(0, b"", due, sent, self.now, reply, operation)
            else:
                code, body = reply
                failure = None if code in operation.successes else f"status {code}"
                answer = CallResult(code, body, due, sent, self.now, failure, operation)
            due = self.now

    @property
    def names(self) -> list[str]:
        return [call.name for call in self.calls]

    def taken(self):
        return self.tally.take(0, 0.0, 1.0)


@pytest.fixture
def context() -> JourneyContext:
    return PART.context(Wire("http://host:81/base", "secret"), body=b'{"stages":[]}', poll_interval=0.025)


def test_the_run_path_creates_runs_and_polls_until_the_run_is_over(context: JourneyContext) -> None:
    play = Play(
        context, [(201, flow_body()), (201, run_body()), (200, GOING_ON), (200, GOING_ON), (200, OVER)]
    )
    play.go(run_path)
    assert play.names == ["create", "run", "poll", "poll", "poll"]
    targets = [call.wire.split(b" ")[1].decode() for call in play.calls]
    root = "/base/api/orchestration/flows"
    assert targets == [root, f"{root}/f%201/runs", *[f"{root}/f%201/runs/r%2F1"] * 3]
    taken = play.taken()
    assert counted(taken) == {
        "runs.started": 1,
        "runs.ended": 1,
        "polls_per_run": {3: 1},
    }
    assert set(taken.counts) == {"run_to_terminal", "run_to_terminal_floor", "run_server_time"}
    assert [entry.is_over for entry in context.acknowledged.sampled] == [True]


def test_the_bracket_holds_the_end_of_the_run(context: JourneyContext) -> None:
    recorded: dict[str, float] = {}
    play = Play(
        context, [(201, flow_body()), (201, run_body()), (200, GOING_ON), (200, GOING_ON), (200, OVER)]
    )
    play.tally.took = recorded.__setitem__  # type: ignore[method-assign]
    play.go(run_path)
    asked = 100.001
    assert recorded["run_to_terminal"] == pytest.approx(100.002 + 3 * 0.025 + 0.001 - asked)
    assert recorded["run_to_terminal_floor"] == pytest.approx(100.002 + 2 * 0.025 - asked)
    assert recorded["run_server_time"] == pytest.approx(0.25)


def test_polls_keep_to_their_grid(context: JourneyContext) -> None:
    play = Play(context, [(201, flow_body()), (201, run_body()), *[(200, GOING_ON)] * 4, (200, OVER)])
    play.go(run_path)
    assert play.wakes == pytest.approx([100.002 + 0.025 * number for number in range(1, 6)])


def test_a_run_that_is_over_at_once_is_not_polled(context: JourneyContext) -> None:
    play = Play(context, [(201, flow_body()), (201, OVER)]).go(run_path)
    assert play.names == ["create", "run"]
    assert counted(play.taken()) == {
        "runs.started": 1,
        "runs.ended": 1,
        "polls_per_run": {0: 1},
    }


def test_a_failed_run_is_over_and_counted_as_failed(context: JourneyContext) -> None:
    replies = [(201, flow_body()), (201, run_body()), (200, run_body(status(0, error="no")))]
    assert counted(Play(context, replies).go(run_path).taken()) == {
        "runs.started": 1,
        "runs.ended": 1,
        "runs.failed": 1,
        "polls_per_run": {1: 1},
    }


@pytest.mark.parametrize("reply", [(500, b"oops"), (503, b""), "connection reset"])
def test_a_create_that_fails_ends_the_journey(context: JourneyContext, reply) -> None:
    play = Play(context, [reply]).go(run_path)
    assert play.names == ["create"]
    assert context.acknowledged.acknowledged == 0


def test_an_acknowledged_create_without_an_id_is_an_error(context: JourneyContext) -> None:
    play = Play(context, [(201, b'{"data":{}}')]).go(run_path)
    assert play.taken().errors == {"create": {UNREADABLE: 1}}


@pytest.mark.parametrize("body", [b"", b"null", b'{"data":{"id":1}}', b"\xff\xfe", b'{"data":{"id":"r"}}'])
def test_an_acknowledged_run_that_cannot_be_read_is_an_error(context: JourneyContext, body: bytes) -> None:
    play = Play(context, [(201, flow_body()), (201, body)]).go(run_path)
    assert play.taken().errors == {"run": {UNREADABLE: 1}}
    assert context.acknowledged.is_uncertain("f 1")


def test_a_run_that_nobody_acknowledged_may_exist(context: JourneyContext) -> None:
    Play(context, [(201, flow_body()), "response timeout"]).go(run_path)
    Play(context, [(201, flow_body("f 2")), (400, b"")]).go(run_path)
    Play(context, [(201, flow_body("f 3")), (503, b"")]).go(run_path)
    uncertain = {parent for parent in ("f 1", "f 2", "f 3") if context.acknowledged.is_uncertain(parent)}
    assert uncertain == {"f 1", "f 3"}


def test_polls_that_fail_now_and_then_do_not_lose_sight_of_the_run(context: JourneyContext) -> None:
    bad = ["response timeout", (500, b""), (200, b"no json"), (503, b"")]
    replies = [(201, flow_body()), (201, run_body()), *bad, (200, GOING_ON), *bad, (200, OVER)]
    play = Play(context, replies).go(run_path)
    taken = play.taken()
    assert counted(taken) == {
        "runs.started": 1,
        "runs.ended": 1,
        "polls_per_run": {10: 1},
    }
    assert taken.errors == {"poll": {UNREADABLE: 2}}


def test_polls_that_fail_too_often_in_a_row_give_up(context: JourneyContext) -> None:
    play = Play(context, [(201, flow_body()), (201, run_body()), *["response timeout"] * PATIENCE]).go(
        run_path
    )
    assert counted(play.taken()) == {"runs.started": 1}
    assert [entry.is_over for entry in context.acknowledged.sampled] == [False]


def test_a_new_token_is_used_by_the_next_poll(context: JourneyContext) -> None:
    play = Play(context, [(201, flow_body()), (201, run_body()), (200, GOING_ON), (200, OVER)])
    play.after_call[3] = lambda: context.wire.authorize("fresh")
    play.go(run_path)
    assert b"Bearer secret" in play.calls[2].wire
    assert b"Bearer fresh" in play.calls[3].wire


def test_waiting_runs_ask_to_wait(context: JourneyContext) -> None:
    play = Play(context, [(201, flow_body()), (201, OVER)]).go(waiting_run_path)
    assert play.names == ["create", "run_wait"]
    assert b"/runs?wait=true HTTP/1.1" in play.calls[1].wire


def test_flows_made_beforehand_are_run_again_and_again(context: JourneyContext) -> None:
    flow = workflow_in(flow_body())
    assert isinstance(flow, SeenWorkflow)
    context.reusable = [flow]
    play = Play(context, [(201, OVER)] * 3)
    for _ in range(3):
        play.go(run_path)
    assert play.names == ["run"] * 3
    assert not any(entry.is_alone for entry in context.acknowledged.sampled)


def test_reading_is_what_read_heavy_does_mostly(context: JourneyContext) -> None:
    flow = workflow_in(flow_body())
    assert flow
    context.reusable = [flow]
    play = Play(context, [])
    for _ in range(400):
        play.replies = [(201, OVER)]
        play.go(read_heavy)
    runs = play.names.count("run")
    assert 15 <= runs <= 75
    assert set(play.names) == {"run", "get_flow", "list_flows", "list_runs", "info"}


def test_mixed_journeys_are_of_every_kind(context: JourneyContext) -> None:
    flow = workflow_in(flow_body())
    assert flow
    context.reusable = [flow]
    play = Play(context, [])
    for _ in range(200):
        play.replies = [(201, OVER)]
        play.go(mixed)
    assert {"run", "run_wait", "get_flow", "list_runs"} <= set(play.names)


@pytest.mark.parametrize("op", PART.edition.operations, ids=lambda op: op.id)
def test_every_operation_can_be_called(context: JourneyContext, op) -> None:
    template = Template(context.wire, "info", op)
    wire = template.call(*["x/é"] * len(op.path_parameters)).wire
    line = wire.split(b"\r\n")[0].decode("ascii")
    path = "/base" + op.url_path(dict.fromkeys(op.path_parameters, "x/é"))
    assert line == f"{op.method} {path} HTTP/1.1"
    assert b"\r\nHost: host:81\r\n" in wire
    assert b"\r\nAuthorization: Bearer secret\r\n" in wire


def test_a_body_is_framed_by_its_length() -> None:
    template = Template(Wire("http://h", None), "create", PART.edition.operation("createWorkflow"))
    head, _, body = template.call(body=b'{"a":1}').wire.partition(b"\r\n\r\n")
    assert body == b'{"a":1}'
    assert b"Content-Length: 7" in head
    assert b"Authorization" not in head
    assert template.call(body=b"{}").wire.endswith(b"{}")


@pytest.mark.parametrize(
    ("statuses", "stages", "expected"),
    [
        ([], 0, True),
        ([], 1, False),
        ([SeenStatus(0)], 1, False),
        ([SeenStatus(0, terminated_at="t")], 1, True),
        ([SeenStatus(0, terminated_at="t")], 2, False),
        ([SeenStatus(0, terminated_at="t"), SeenStatus(1)], 2, False),
        ([SeenStatus(0, terminated_at="t"), SeenStatus(1, terminated_at="t")], 2, True),
        ([SeenStatus(0, error="no")], 3, True),
        ([SeenStatus(0, terminated_at="t"), SeenStatus(1, error="")], 3, True),
    ],
)
def test_when_a_run_is_over(statuses: list[SeenStatus], stages: int, expected: bool) -> None:
    run = run_in(OVER, FLOW)
    assert run is not None
    run.shown.statuses, run.stage_count = statuses, stages
    assert run.is_over is expected


def test_the_server_s_own_time_needs_two_readable_times() -> None:
    run = run_in(OVER, FLOW)
    assert run is not None
    assert run.server_time == 0.25
    run.shown.updated_at = "yesterday"
    assert run.server_time is None
    run.shown.updated_at = "2020-01-01T00:00:00Z"
    assert run.server_time is None


def test_a_page_of_runs_is_read_with_its_next() -> None:
    run = json.loads(OVER)["data"]
    page = {"cursor": {"pageSize": 15, "hasMore": True, "next": "abc", "data": [run]}}
    assert listed_runs(json.dumps(page).encode(), FLOW) == (["r/1"], "abc")
    assert listed_runs(b'{"data":[]}', FLOW) is None


def test_what_was_acknowledged_keeps_a_uniform_sample_of_any_length() -> None:
    acknowledged = Acknowledgements(sample=100)
    for number in range(10_000):
        acknowledged.note(AcknowledgedRun("f", ("f", str(number)), is_alone=False))
    kept = [int(entry.id) for entry in acknowledged.sampled]
    assert len(kept) == 100
    assert 3_500 < sum(kept) / len(kept) < 6_500
    assert acknowledged.acknowledged == acknowledged.identified == 10_000
    assert acknowledged.doubled == {}


def test_an_id_that_was_given_out_before_is_doubled() -> None:
    acknowledged = Acknowledgements(identities=3)
    for run_id in ("a", "b", "a", "c", "d", "e", "d"):
        acknowledged.note(AcknowledgedRun("f", ("f", run_id), is_alone=False))
    assert [(each.first.id, each.count) for each in acknowledged.doubled.values()] == [("a", 1)]
    assert acknowledged.identified == 3


def test_ids_given_out_over_and_over_are_counted_and_not_kept() -> None:
    acknowledged = Acknowledgements(sample=10)
    for _ in range(1_001):
        acknowledged.note(AcknowledgedRun("f", ("f", "a"), is_alone=False))
    assert [(each.first.id, each.count) for each in acknowledged.doubled.values()] == [("a", 1_000)]


def test_of_more_unanswered_runs_than_are_kept_nobody_is_certain() -> None:
    """It would be a false accusation: their workflows may list what nobody acknowledged."""
    acknowledged = Acknowledgements()
    for number in range(65_535):
        acknowledged.unanswered(str(number))
    assert acknowledged.is_uncertain("65534")
    assert not acknowledged.is_uncertain("65535")
    for number in (65_535, 65_536):
        acknowledged.unanswered(str(number))
    assert acknowledged.is_uncertain("65536")


class _Body(bytearray):
    """A body of which can be known whether anybody still holds it."""


@pytest.mark.parametrize("polls", [0, 3])
def test_a_run_that_goes_on_holds_no_answer_that_was_read(context: JourneyContext, polls: int) -> None:
    """Ten thousand runs may be under way, each made and polled with a large body."""
    tally = context.tally()
    journey = run_path(context, tally)
    bodies = [_Body(each) for each in (flow_body(), run_body(), *[GOING_ON] * polls)]
    held = [weakref.ref(body) for body in bodies]
    answer = None
    while not isinstance(step := journey.send(answer), Until) or bodies:
        answer = None
        if not isinstance(step, Until):
            operation = tally.operations[step.name]
            answer = CallResult(min(operation.successes), bodies.pop(0), 0.0, 0.0, 1.0, None, operation)
    del answer
    assert [body() for body in held] == [None] * (2 + polls)
    journey.close()
