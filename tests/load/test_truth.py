"""Truth under load: the questions at the end and the sample in between, each against a server that lies."""

import json
import socket
from collections.abc import Callable

import pytest

from flowgauge.client.proxy import proxy_of
from flowgauge.editions import load_part
from flowgauge.editions.stage_list import parsed_stages, stage_time
from flowgauge.editions.v0.load.views import workflow_in
from flowgauge.errors import UsageError
from flowgauge.load.engine.engine import Engine
from flowgauge.load.engine.iteration import CallResult, EngineLimits, Iteration
from flowgauge.load.journeys.context import JourneyContext
from flowgauge.load.journeys.findings import (
    DOUBLED,
    ENDLESS,
    INCOMPLETE,
    INVALID,
    LOST,
    CountedFindings,
    exchange_of,
    merged_findings,
)
from flowgauge.load.journeys.run_path import AcknowledgedRun
from flowgauge.load.journeys.sampling import Sampler
from flowgauge.load.journeys.verification import Verification
from flowgauge.load.transport.failures import RESET, UNANSWERED
from flowgauge.load.transport.wire import Wire, WireCall

TIME = "2026-01-02T03:04:05.000000Z"
URL = "http://host"
PART = load_part("v0")
FLOW = workflow_in(b'{"data":{"id":"f","config":{"stages":[{},{}]}}}')


def sampler_of(found: CountedFindings) -> Sampler:
    return Sampler(PART.edition.document, PART.operations, found, ratio=1.0)


def status(stage: int, **changes: str) -> dict:
    return {"stage": stage, "occurrenceID": f"o{stage}", "startedAt": TIME, "terminatedAt": TIME} | changes


def run(run_id: str, *statuses: dict) -> dict:
    return {"id": run_id, "workflowID": "f", "createdAt": TIME, "updatedAt": TIME, "statuses": list(statuses)}


def complete(run_id: str) -> dict:
    return run(run_id, status(0), status(1))


class Server:
    """A store of runs by id and pages of lists, as a function from call to reply."""

    def __init__(self, *runs: dict) -> None:
        self.runs = {each["id"]: each for each in runs}
        self.pages: list[list[str]] = [[each["id"] for each in runs]]
        self.replies: list[tuple[int, bytes]] = []

    def __call__(self, call: WireCall) -> tuple[int, bytes]:
        if self.replies:
            return self.replies.pop(0)
        target = call.wire.split(b" ")[1].decode()
        if call.name == "list_runs":
            number = int(target.partition("cursor=p")[2] or 0)
            more = number + 1 < len(self.pages)
            page = {"pageSize": 15, "hasMore": more, "data": [self.runs[each] for each in self.pages[number]]}
            return 200, json.dumps({"cursor": page | ({"next": f"p{number + 1}"} if more else {})}).encode()
        found = self.runs.get(target.rpartition("/")[2])
        if found is None:
            return 404, b'{"errorCode":"VALIDATION","errorMessage":"no such run"}'
        return 200, json.dumps({"data": found}).encode()


class InstantEngine:
    """Carries journeys out at once, against a server that is a function."""

    def __init__(self, server: Callable[[WireCall], tuple[int, bytes]]) -> None:
        self._server = server

    def depart(self, journey, tally, *, then) -> None:
        answer = None
        while True:
            try:
                step = journey.send(answer)
            except StopIteration:
                break
            answer = None
            if isinstance(step, WireCall):
                code, body = self._server(step)
                operation = tally.operations[step.name]
                failure = None if code in operation.successes else f"status {code}" if code else RESET
                answer = CallResult(code, body, 0.0, 0.0, 0.001, failure, operation)
        then()

    def wait_quiet(self, timeout: float) -> bool:
        return True

    def abandon(self) -> int:
        return 0


@pytest.fixture
def context() -> JourneyContext:
    return PART.context(Wire(URL, "a-s3cret"), body=b"{}")


def asked(
    context: JourneyContext, server: Server, *, must_be_over: bool = True
) -> list[tuple[str, str, int]]:
    """The findings of asking about everything that was acknowledged: id, operation, count."""
    found = CountedFindings(URL)
    verification = Verification(context, found, must_be_over=must_be_over)
    verification.carry_out(PART.questions, InstantEngine(server), context.tally(), most=100, timeout=60)  # type: ignore[arg-type]
    assert verification.asked == len(context.acknowledged.sampled)
    return [(finding.id, finding.operation, finding.count) for finding in found.findings()]


def enter(context: JourneyContext, *ids: str, is_alone: bool = False, is_over: bool = True) -> None:
    for run_id in ids:
        context.acknowledged.note(AcknowledgedRun(FLOW, ("f", run_id), is_alone=is_alone, is_over=is_over))


READ, LIST = "getWorkflowOccurrence", "listRuns"


def test_an_honest_server_gives_no_finding(context: JourneyContext) -> None:
    enter(context, "a", "b")
    assert asked(context, Server(complete("a"), complete("b"))) == []


def test_a_failed_run_needs_statuses_only_up_to_its_failure(context: JourneyContext) -> None:
    enter(context, "a")
    assert asked(context, Server(run("a", status(0, error="no")))) == []


def test_a_run_that_cannot_be_read_is_lost(context: JourneyContext) -> None:
    enter(context, "a", "b", "c")
    server = Server(complete("a"))
    assert asked(context, server) == [(LOST, READ, 2), (LOST, LIST, 1)]


UNTOLD = {
    "503": (503, b""),
    "500": (500, b"oops"),
    "429": (429, b""),
    "401": (401, b""),
    "400": (400, b""),
    "302": (302, b""),
    "no answer": (0, b""),
    "no run": (200, b"<html>"),
}


@pytest.mark.parametrize("is_alone", [True, False], ids=["alone", "shared"])
@pytest.mark.parametrize("answer", UNTOLD.values(), ids=UNTOLD.keys())
def test_what_could_not_be_asked_is_unreadable_and_not_lost(
    context: JourneyContext, answer: tuple[int, bytes], is_alone: bool
) -> None:
    enter(context, "a", "b", "c", is_alone=is_alone)
    found = CountedFindings(URL)
    verification = Verification(context, found, must_be_over=True)
    engine = InstantEngine(lambda _call: answer)
    verification.carry_out(PART.questions, engine, context.tally(), most=100, timeout=60)  # type: ignore[arg-type]
    assert found.findings() == ()
    assert verification.asked == 0
    # Each run, and the list of the workflow that they share.
    assert verification.unreadable == (3 if is_alone else 4)


def test_what_there_was_no_time_to_ask_is_unreadable_too(context: JourneyContext, serve) -> None:
    """A silent server: the first questions are cut off, the others never begin."""
    server = serve(lambda peer: peer.stay_silent())
    enter(context, *map(str, range(20)), is_alone=True)
    found = CountedFindings(URL)
    verification = Verification(context, found, must_be_over=True)
    engine = Engine([(socket.AF_INET, ("127.0.0.1", server.port))], limits=EngineLimits(1.0, 5.0))
    try:
        verification.carry_out(PART.questions, engine, context.tally(), most=100, timeout=0.2)
    finally:
        engine.close()
    assert (verification.asked, verification.unreadable, found.findings()) == (0, 20, ())


def test_of_a_server_that_answers_now_and_then_what_is_missing_is_lost(context: JourneyContext) -> None:
    enter(context, "a", "b", "c")
    honest, found = Server(complete("a"), complete("c")), CountedFindings(URL)

    def flaky(call: WireCall) -> tuple[int, bytes]:
        return (503, b"") if call.wire.split(b" ")[1].endswith(b"/a") else honest(call)

    verification = Verification(context, found, must_be_over=True)
    verification.carry_out(PART.questions, InstantEngine(flaky), context.tally(), most=100, timeout=60)  # type: ignore[arg-type]
    assert [(each.id, each.operation, each.count) for each in found.findings()] == [
        (LOST, READ, 1),
        (LOST, LIST, 1),
    ]
    assert (verification.asked, verification.unreadable) == (2, 1)


def test_a_run_that_ended_and_goes_on_is_endless(context: JourneyContext) -> None:
    enter(context, "a")
    assert asked(context, Server(run("a", status(0))), must_be_over=False) == [(ENDLESS, READ, 1)]


@pytest.mark.parametrize(("must_be_over", "expected"), [(True, [(ENDLESS, READ, 1)]), (False, [])])
def test_a_run_that_never_ended_is_endless_once_it_had_time_to(
    context: JourneyContext, must_be_over, expected
) -> None:
    enter(context, "a", is_over=False)
    assert asked(context, Server(run("a", status(0))), must_be_over=must_be_over) == expected


@pytest.mark.parametrize(
    "statuses",
    [
        [status(0), status(1), status(2)],
        [status(0), status(0)],
        [status(1), status(0)],
        [status(0), status(1), status(1)],
        [status(0), status(2, error="no")],
    ],
)
def test_statuses_that_are_not_one_for_each_stage_in_order_are_incomplete(
    context: JourneyContext, statuses
) -> None:
    enter(context, "a")
    assert asked(context, Server(run("a", *statuses))) == [(INCOMPLETE, READ, 1)]


def test_an_id_that_was_given_out_twice_is_doubled(context: JourneyContext) -> None:
    enter(context, "a", "a")
    assert (DOUBLED, READ, 1) in asked(context, Server(complete("a")))


def test_an_id_that_is_given_out_again_and_again_is_asked_about_once(context: JourneyContext) -> None:
    context.acknowledged.sample = 10
    enter(context, *["a"] * 1_001)
    assert (DOUBLED, READ, 1_000) in asked(context, Server(complete("a")))


def test_what_was_doubled_is_a_finding_even_where_it_cannot_be_shown(context: JourneyContext, serve) -> None:
    server = serve(lambda peer: peer.stay_silent())
    enter(context, "a", "a")
    found = CountedFindings(URL)
    engine = Engine([(socket.AF_INET, ("127.0.0.1", server.port))], limits=EngineLimits(1.0, 5.0))
    try:
        verification = Verification(context, found, must_be_over=True)
        verification.carry_out(PART.questions, engine, context.tally(), most=100, timeout=0.2)
    finally:
        engine.close()
    (finding,) = found.findings()
    assert (finding.id, finding.operation, finding.count) == (DOUBLED, READ, 1)
    assert finding.exchanges[0].error == UNANSWERED


def test_a_workflow_made_for_one_run_lists_that_run_alone(context: JourneyContext) -> None:
    enter(context, "a", is_alone=True)
    server = Server(complete("a"), complete("b"))
    assert asked(context, server) == [(DOUBLED, LIST, 1)]
    server.pages = [["b"]]
    assert asked(context, server) == [(LOST, LIST, 1)]
    server.pages = [["a"]]
    assert asked(context, server) == []


def test_a_run_that_was_asked_for_without_an_answer_may_be_listed_too(context: JourneyContext) -> None:
    enter(context, "a", is_alone=True)
    context.acknowledged.unanswered("f")
    assert asked(context, Server(complete("a"), complete("b"))) == []


def test_lists_are_walked_through_all_their_pages(context: JourneyContext) -> None:
    enter(context, "a", "b", "c")
    server = Server(complete("a"), complete("b"), complete("c"))
    server.pages = [["c"], ["b"], ["a"]]
    assert asked(context, server) == []
    server.pages = [["c"], ["b"], ["b", "a"]]
    assert asked(context, server) == [(DOUBLED, LIST, 1)]
    server.pages = [["c"], ["b"]]
    assert asked(context, server) == [(LOST, LIST, 1)]


def test_a_run_that_is_made_only_now_moves_others_to_the_next_page(context: JourneyContext) -> None:
    """One that was asked for without an answer; on one page each stands once all the same."""
    enter(context, "a", "b", "c")
    context.acknowledged.unanswered("f")
    server = Server(complete("a"), complete("b"), complete("c"))
    server.pages = [["c"], ["b"], ["b", "a"]]
    assert asked(context, server) == []
    server.pages = [["c"], ["b", "b", "a"]]
    assert asked(context, server) == [(DOUBLED, LIST, 1)]
    server.pages = [["c"], ["b"], ["b"]]
    assert asked(context, server) == [(LOST, LIST, 1)]


def test_a_run_that_was_cut_off_while_it_was_asked_for_may_be_made_later(context: JourneyContext) -> None:
    workflow = workflow_in(b'{"data":{"id":"f","config":{"stages":[]}}}')
    context.reusable = [workflow]
    journey = PART.journeys["run_path"](context, context.tally())
    assert next(journey).name == "run"
    assert not context.acknowledged.is_uncertain("f")
    journey.close()
    assert context.acknowledged.is_uncertain("f")


def test_a_server_that_is_only_busy_is_asked_again(context: JourneyContext) -> None:
    enter(context, "a")
    server = Server(complete("a"))
    server.replies = [(503, b""), (0, b"")]
    assert asked(context, server) == []


def test_a_finding_shows_its_exchange_and_how_to_see_it_again(context: JourneyContext) -> None:
    enter(context, "a b")
    found = CountedFindings(URL)
    verification = Verification(context, found, must_be_over=True)
    verification.carry_out(PART.questions, InstantEngine(Server()), context.tally(), most=1, timeout=60)  # type: ignore[arg-type]
    lost, _ = found.findings()
    assert "a b" in lost.detail
    assert lost.exchanges[0].response is not None
    assert lost.exchanges[0].response.status == 404
    assert lost.reproduction.startswith("curl ")
    assert "http://host/api/orchestration/flows/f/runs/a%20b" in lost.reproduction
    assert (
        """-H 'Authorization: Bearer '"$FLOWGAUGE_TOKEN" -H 'Accept: application/json' http://host/"""
        in lost.reproduction
    )
    assert "s3cret" not in repr(lost)


PROXY = proxy_of("http://me:pr0xy-w0rd@proxy:3128")
KEYS = tuple((f"X-Key-{number}", f"key-{number}") for number in range(1, 10))


@pytest.mark.parametrize("proxy", [None, PROXY], ids=["straight", "by way of a proxy"])
@pytest.mark.parametrize("root", ["", "/behind/a/prefix"])
def test_a_finding_names_the_url_once_however_it_was_asked(root, proxy) -> None:
    """With a prefix, in absolute form, and with as many headers as there may be."""
    url = f"http://host{root}"
    context = PART.context(Wire(url, "s3cret", KEYS, proxy))
    call, found = context.call("get_run", "f", "r"), CountedFindings(url)
    found.add(LOST, exchange_of(call, "getWorkflowOccurrence", None, sent=0.0, at=1.0), "lost")
    (lost,) = found.findings()
    assert lost.exchanges[0].request.target == "/api/orchestration/flows/f/runs/r"
    assert lost.reproduction.endswith(f" {url}/api/orchestration/flows/f/runs/r")
    assert lost.reproduction.count("X-Key-") == 9
    assert "Proxy-Authorization" not in repr(lost)
    assert (b"Proxy-Authorization" in call.wire) == (proxy is not None)
    assert not any(secret in repr(lost) for secret in ("s3cret", "pr0xy-w0rd", "key-9"))


GOOD = json.dumps({"data": complete("a")}).encode()
HEAD = b"HTTP/1.1 200 OK\r\nServer: x\r\nContent-Type: application/json; charset=utf-8\r\n\r\n"


@pytest.mark.parametrize(
    ("head", "status_code", "body", "problem"),
    [
        (HEAD, 200, GOOD, ""),
        (HEAD, 404, b"anything", ""),
        (HEAD.replace(b"application/json", b"text/plain"), 200, GOOD, "media type text/plain"),
        (b"HTTP/1.1 200 OK\r\n\r\n", 200, GOOD, "media type missing"),
        (HEAD, 200, b"<html>", "not JSON"),
        (HEAD, 200, b'{"data":{"id":7}}', "/data/id"),
        (HEAD, 200, GOOD.replace(TIME.encode(), b"yesterday"), "/data/createdAt"),
    ],
)
def test_sampled_answers_are_validated(context: JourneyContext, head, status_code, body, problem) -> None:
    found = CountedFindings(URL)
    sampler = sampler_of(found)
    iteration = _iteration(context)
    sampler.saw(iteration, head, status_code, body, 0.5)
    sampler.work_off()
    assert sampler.validated == (status_code == 200)
    details = [finding.detail for finding in found.findings()]
    assert bool(details) is bool(problem)
    assert all(problem in detail for detail in details)
    assert all(finding.id == INVALID for finding in found.findings())


def _iteration(context: JourneyContext) -> Iteration:
    def journey():
        yield context.templates["poll"].call("f", "a")

    iteration = Iteration(journey(), context.tally(), 0.0, None)
    iteration.call = iteration.go_on(None)  # type: ignore[assignment]
    return iteration


def test_the_sample_waits_in_a_bounded_queue(context: JourneyContext) -> None:
    sampler = sampler_of(CountedFindings(URL))
    iteration = _iteration(context)
    for _ in range(1_010):
        sampler.saw(iteration, HEAD, 200, GOOD, 0.5)
    sampler.work_off()
    assert (sampler.validated, sampler.skipped) == (1_000, 10)


def test_a_few_examples_of_each_failure_are_kept_without_the_token(context: JourneyContext) -> None:
    sampler = sampler_of(CountedFindings(URL))
    for number in range(10):
        sampler.failed(
            "status 500", _iteration(context), b"HTTP/1.1 500 Oops\r\nX: y\r\n\r\nsorry", 500, float(number)
        )
        sampler.failed("connection reset", _iteration(context), b"", 0, float(number))
    kinds = [kind for kind, _ in sampler.examples]
    assert kinds == ["connection reset"] * 2 + ["status 500"] * 2
    answered = sampler.examples[2][1]
    assert answered.operation == READ
    assert answered.response is not None
    assert (answered.response.status, answered.response.body) == (500, b"sorry")
    assert answered.response.header("x") == "y"
    assert answered.error == "status 500"
    assert sampler.examples[0][1].response is None
    assert "s3cret" not in repr(sampler.examples)


def test_a_token_that_a_server_echoes_is_taken_out_of_the_evidence(context: JourneyContext) -> None:
    call = context.templates["poll"].call("f", "r")
    head = b"HTTP/1.1 200 OK\r\nX-Seen: Bearer a-s3cret\r\n\r\n"
    exchange = exchange_of(call, READ, (200, head, b"you sent a-s3cret"), sent=0.0, at=1.0)
    assert "s3cret" not in repr(exchange)
    assert exchange.response is not None
    assert exchange.response.body == b"you sent $FLOWGAUGE_TOKEN"


def test_a_command_quotes_whatever_the_body_holds(context: JourneyContext) -> None:
    call = context.templates["create"].call(body=b'{"a":"it\'s $HOME"}')
    exchange = exchange_of(call, "createWorkflow", None, sent=0.0, at=1.0, error="connection reset")
    found = CountedFindings(URL)
    found.add(LOST, exchange, "lost")
    command = found.findings()[0].reproduction
    assert '"$FLOWGAUGE_TOKEN"' in command
    assert "-X POST" in command
    assert """--data-binary '{"a":"it'"'"'s $HOME"}'""" in command
    assert "Content-Length" not in command


def test_findings_of_several_engines_merge_by_class_and_operation(context: JourneyContext) -> None:
    exchange = exchange_of(context.templates["poll"].call("f", "r"), READ, None, sent=0.0, at=1.0)
    counted = [CountedFindings(URL), CountedFindings(URL)]
    counted[0].add(LOST, exchange, "first")
    counted[1].add(LOST, exchange, "second")
    counted[1].add(LOST, exchange, "third")
    counted[1].add(DOUBLED, exchange, "other")
    merged = merged_findings(found.findings() for found in counted)
    assert [(finding.id, finding.count) for finding in merged] == [(LOST, 3), (DOUBLED, 1)]


@pytest.mark.parametrize(
    ("text", "stages", "seconds"),
    [
        ("none", [], 0.0),
        ("noop", [{"noop": {}}], 0.0),
        ("noop, delay:50ms", [{"noop": {}}, {"delay": {"duration": "50ms"}}], 0.05),
        ("echo:hi, fail", [{"echo": {"message": "hi"}}, {"fail": {"message": "fail"}}], 0.0),
        ('[{"delay":{"duration":"1m"}},{"payin":{}}]', [{"delay": {"duration": "1m"}}, {"payin": {}}], None),
        (
            '[{"delay":{"until":"2030-01-01T00:00:00Z"}}]',
            [{"delay": {"until": "2030-01-01T00:00:00Z"}}],
            None,
        ),
    ],
)
def test_stages_in_a_line(text: str, stages: list, seconds: float | None) -> None:
    assert parsed_stages(text) == stages
    assert stage_time(stages) == seconds


@pytest.mark.parametrize("text", ["", "sleep", "delay", "noop:1", "[1]", "[{]", "noop,,noop"])
def test_stages_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="stage"):
        parsed_stages(text)
