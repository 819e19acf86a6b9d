"""Preconditions are made with what the target takes, and what one fault made does not hide another."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from broken_target import V0, BrokenTarget, found, probe_of

from flowgauge.contract.probe import Probe
from flowgauge.contract.requests import ABSENT, built
from flowgauge.contract.targets.world import WorldTarget
from flowgauge.contract.traffic.bodies import unusual_bodies
from flowgauge.contract.traffic.page_walk import whole_list
from flowgauge.editions import world_part
from flowgauge.editions.stage_outcomes import VARIABLES
from flowgauge.editions.v0.contract.execution import abilities
from flowgauge.editions.v0.contract.scenarios import each_stage_alone
from flowgauge.openapi import Json
from flowgauge.results import Exchange, Request, Response

Answer = Callable[[Request], Response | None]
REFUSAL = b'{"errorCode":"VALIDATION","errorMessage":"no"}'
JSON = ("Content-Type", "application/json")


def refusal(status: int, *headers: tuple[str, str]) -> Response:
    return Response(status, (JSON, *headers), REFUSAL)


class PickyTarget(BrokenTarget):
    """The reference behind something that answers some requests itself, and passes on others changed."""

    def __init__(
        self,
        answer: Answer = lambda request: None,
        passed: Callable[[Request], Request] = lambda request: request,
    ) -> None:
        super().__init__(lambda request, response: response)
        self._answer = answer
        self._passed = passed
        self.slept = 0.0

    def send(self, request: Request) -> Exchange:
        own = self._answer(request)
        if own is None:
            return replace(super().send(self._passed(request)), request=request)
        now = self.now()
        return Exchange(None, request, own, now, now)

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        super().sleep(seconds)


def stages_in(request: Request) -> list[dict[str, Any]]:
    is_create = request.method == "POST" and request.path.endswith("/flows")
    body = json.loads(request.body) if is_create and request.body else {}
    return list(body.get("stages") or ()) if isinstance(body, dict) else []


def takes_only(*kinds: str) -> Answer:
    """Stages of other kinds are refused when they are sent."""
    return lambda request: refusal(400) if any(set(s) - set(kinds) for s in stages_in(request)) else None


@pytest.mark.parametrize(
    ("kinds", "body"),
    [
        (("delay", "noop"), {"stages": [{"delay": {"duration": "10ms"}}]}),
        (("noop",), {"stages": [{"noop": {}}]}),
        ((), {"stages": []}),
    ],
)
def test_the_richest_body_that_is_taken_is_used_and_remembered(kinds: tuple[str, ...], body: Json) -> None:
    probe = probe_of(PickyTarget(takes_only(*kinds)))
    ids = probe.existing()
    assert set(ids) == {"workflow", "run"}
    assert probe.part.ordinary("createWorkflow") == body
    refused = probe.recorder.operation_reports()
    assert probe.existing() == ids
    assert probe.recorder.operation_reports() == refused
    # Another target may take what this one does not.
    assert probe_of(PickyTarget()).part.ordinary("createWorkflow") == {
        "stages": [{"delay": {"duration": "10ms"}}]
    }


def test_where_an_id_follows_from_the_body_another_body_makes_another_thing() -> None:
    probe = probe_of(WorldTarget(world_part(), faults=["same-config-same-id"]))
    made = [probe.ordinary("workflow") for _ in range(4)]
    assert len({each.id for each in made if each is not None and each.is_there}) == 3
    assert found(probe) == {("FG-207", "createWorkflow")}
    assert any("the id of an earlier one" in note for note in probe.notices)


def test_where_nothing_is_taken_there_is_nothing_and_no_error() -> None:
    probe = probe_of(PickyTarget(lambda request: refusal(400) if request.method == "POST" else None))
    assert probe.existing() == {}
    assert probe.ordinary("workflow") is None
    assert probe.apart("workflow") is None
    assert ("FG-210", "createWorkflow") in found(probe)


def test_odd_values_stand_inside_what_the_target_takes() -> None:
    probe = probe_of(PickyTarget(takes_only("noop")))
    probe.existing()
    part = probe.part
    op = part.edition.operation("createWorkflow")
    odd = list(unusual_bodies(part.edition.document, op, part.ordinary("createWorkflow")))
    inside = [body for body in odd if all(set(stage) == {"noop"} for stage in body.get("stages", ()))]
    held = json.dumps(inside)
    for value in ("9007199254740993", "-0.0", "1.0", r"\u0000", "1e-07"):
        assert value in held
    # Of what may be refused as a whole a few are sent, of each kind of trait.
    assert len(inside) > 150
    assert {json.dumps(part.numbered("createWorkflow", n)) for n in range(5)} == {
        json.dumps({"stages": [{"noop": {"number": n}}]}) for n in range(5)
    }


def test_values_of_fidelity_show_on_a_server_that_refuses_unknown_kinds() -> None:
    def rounded(request: Request) -> Request:
        if not stages_in(request):
            return request
        text = json.dumps(json.loads(request.body or b""), ensure_ascii=False)
        return replace(request, body=text.replace("9007199254740993", "9007199254740992").encode())

    probe = probe_of(PickyTarget(takes_only("noop"), rounded))
    made = probe.made("workflow", body={"stages": [{"noop": {"n": 9007199254740993}}]})
    assert made is not None
    probe.call("getFlow", made.ids)
    [finding] = [f for f in probe.recorder.findings() if f.id == "FG-201"]
    assert (finding.severity, finding.cause) == ("minor", "a number beyond 2^53 is rounded")


@pytest.mark.parametrize(
    ("value", "found"),
    [(None, ("minor", "members that are null are not kept")), (1, ("critical", ""))],
    ids=["null", "number"],
)
def test_a_null_that_is_left_out_is_a_minor_cause_of_its_own(value: Any, found: tuple[str, str]) -> None:
    def changed(request: Request) -> Request:
        stages = [{"noop": {"m": 2}}]
        return replace(request, body=json.dumps({"stages": stages}).encode()) if request.body else request

    probe = probe_of(PickyTarget(passed=changed))
    made = probe.made("workflow", body={"stages": [{"noop": {"n": value, "m": 2}}]})
    assert made is not None
    probe.call("getFlow", made.ids)
    [finding] = [f for f in probe.recorder.findings() if f.id == "FG-201"]
    assert (finding.severity, finding.cause) == found


@pytest.mark.parametrize(
    ("text", "kept", "severity", "cause"),
    [
        ("a\0b", "ab", "minor", "U+0000 in text is not kept"),
        ("a\0b", "a", "minor", "U+0000 in text is not kept"),
        ("a\0b", "a\ufffdb", "minor", "U+0000 in text is not kept"),
        (" a ", "a", "critical", "blanks around text are not kept"),
        ("e\u0301", "\u00e9", "major", "text is normalised"),
        ("Ab", "ab", "critical", "the case of text is not kept"),
        ("a\0b", "b", "critical", ""),
        ("Ab", "ba", "critical", ""),
    ],
)
def test_a_known_way_to_change_text_is_a_cause_of_its_own(
    text: str, kept: str, severity: str, cause: str
) -> None:
    """Beside numbers that become text: neither hides the other."""

    def changed(request: Request) -> Request:
        if b"marked" not in (request.body or b""):
            return request
        body = json.loads(request.body or b"")
        body["stages"][0]["marked"] = {"text": kept, "n": "1"}
        return replace(request, body=json.dumps(body).encode())

    probe = probe_of(PickyTarget(passed=changed))
    made = probe.made("workflow", body={"stages": [{"marked": {"text": text, "n": 1}}]})
    assert made is not None
    probe.call("getFlow", made.ids)
    causes = {(f.severity, f.cause) for f in probe.recorder.findings() if f.id == "FG-201"}
    assert causes == {(severity, cause), ("critical", "")}


@pytest.mark.parametrize(
    ("sent", "kept", "is_found"),
    [
        ("1.0", "1", False),
        ("1", "1.0", False),
        ("-0.0", "0", False),
        ("1e3", "1000", False),
        ("1", "2", True),
        ("1", '"1"', True),
        ("1", "true", True),
        ("0.1", "0.2", True),
        ("null", "0", True),
        ("9007199254740993", "9007199254740995", True),
    ],
)
def test_one_number_may_be_written_in_several_ways(sent: str, kept: str, *, is_found: bool) -> None:
    body = '{"stages": [{"noop": {"n": %s}}]}'
    probe = probe_of(PickyTarget(passed=lambda request: replace(request, body=(body % kept).encode())))
    request = built(probe.edition, "createWorkflow", body={})
    probe.send(replace(request, body=(body % sent).encode()))
    assert {finding_id for finding_id, _ in found(probe)} == ({"FG-201"} if is_found else set())


def foreign(probe: Probe) -> Probe:
    """As on a server elsewhere: nothing is known of what it does."""
    probe.knowledge.abilities = frozenset()
    return probe


def test_what_a_server_does_is_found_out_kind_by_kind() -> None:
    everything = {"noop", "echo", "delay", "fail", VARIABLES}
    assert abilities(foreign(probe_of(PickyTarget()))) == everything
    probe = foreign(probe_of(PickyTarget(takes_only("noop", "echo"))))
    assert abilities(probe) == {"noop", "echo", VARIABLES}
    assert {kind for kind in ("delay", "fail") if any(kind in notice for notice in probe.notices)} == {
        "delay",
        "fail",
    }

    def without_echo(request: Request) -> Request:
        return replace(request, body=(request.body or b"").replace(b'"echo"', b'"other"') or None)

    probe = foreign(probe_of(PickyTarget(passed=without_echo)))
    assert abilities(probe) == everything - {"echo"}
    assert len(probe.notices) == 1
    each_stage_alone(probe)
    # That it has no such kind is no fault of it.
    assert not {finding_id for finding_id, _ in found(probe)} & {"FG-406", "FG-407"}


def test_a_server_that_drops_the_variables_of_every_run_is_not_taken_for_one_without_stages() -> None:
    def dropped(request: Request) -> Request:
        is_start = request.method == "POST" and request.path.endswith("/runs")
        return replace(request, body=b"{}") if is_start else request

    probe = foreign(probe_of(PickyTarget(passed=dropped)))
    probe.knowledge.abilities = abilities(probe)
    assert VARIABLES in probe.knowledge.abilities
    each_stage_alone(probe)
    assert {"FG-406", "FG-407"} <= {finding_id for finding_id, _ in found(probe)}


def test_a_server_to_which_variables_are_texts_is_not_blamed_and_told_of() -> None:
    def literal(request: Request) -> Request:
        return replace(request, body=(request.body or b"").replace(b"${", b"$_{") or None)

    def shown(request: Request, response: Response) -> Response:
        return replace(response, body=response.body.replace(b"$_{", b"${"))

    target = PickyTarget(passed=literal)
    target._change = shown
    probe = foreign(probe_of(target))
    probe.knowledge.abilities = abilities(probe)
    assert VARIABLES not in probe.knowledge.abilities
    assert any("variables in stages are not judged" in notice for notice in probe.notices)
    each_stage_alone(probe)
    assert found(probe) == set()


def test_a_thing_below_which_something_may_have_been_left_is_not_taken_again() -> None:
    probe = probe_of(PickyTarget(lambda request: refusal(500) if "wait=x" in request.target else None))
    first = probe.existing()
    probe.call("runWorkflow", first, query="wait=x")
    assert probe.existing()["workflow"] != first["workflow"]


def test_what_should_not_have_been_made_spoils_no_list() -> None:
    def lenient(request: Request) -> Request:
        return replace(request, body=b'{"stages": []}') if request.body == b'{"stages": null}' else request

    def null(request: Request, response: Response) -> Response:
        return replace(response, body=response.body.replace(b'"stages":[]', b'"stages":null'))

    target = PickyTarget(passed=lenient)
    target._change = null
    probe = probe_of(target)
    request = built(probe.edition, "createWorkflow", body={})
    probe.send(replace(request, body=b'{"stages": null}'))
    whole_list(probe, "workflow")
    assert found(probe) == {("FG-211", "createWorkflow")}
    # A thing beside it that was rightly made is judged as ever.
    probe.made("workflow", body={"stages": []})
    whole_list(probe, "workflow")
    [finding] = [finding for finding in probe.recorder.findings() if finding.id == "FG-105"]
    assert set(finding.operations) == {"createWorkflow", "listFlows"}
    # Each list shows what was wrongly made; the second shows what was rightly made, too.
    assert [(each.operation, each.count) for each in finding.showings] == [
        ("createWorkflow", 1),
        ("listFlows", 3),
    ]


@pytest.mark.parametrize("status", [429, 503])
def test_who_is_asked_to_wait_waits_and_tells_of_it(status: int) -> None:
    answers = [refusal(status, ("Retry-After", "1"))] * 2
    target = PickyTarget(lambda request: answers.pop() if answers else None)
    probe = probe_of(target)
    assert probe.made("workflow", body={"stages": []}) is not None
    assert (found(probe), target.slept) == (set(), 2.0)
    assert [str(status) in notice for notice in probe.notices] == [True]


def test_who_puts_a_request_off_may_know_no_document() -> None:
    busy = Response(503, (("Retry-After", "1"), ("Content-Type", "text/html")), b"<h1>busy</h1>")
    answers = [None, busy] * 20
    probe = probe_of(PickyTarget(lambda request: answers.pop()))
    for _ in range(20):
        probe.call("listFlows")
    assert found(probe) == set()


def test_who_is_given_up_for_ever_goes_on_and_blames_nobody() -> None:
    for value in ("1", "86400", "Fri, 31 Dec 2100 23:59:59 GMT"):
        target = PickyTarget(lambda request, value=value: refusal(503, ("Retry-After", value)))
        probe = probe_of(target)
        assert probe.made("workflow", body=ABSENT) is None
        assert found(probe) == set()
        assert target.slept <= 5.0


@pytest.mark.parametrize("value", ["0", "1", "86400"])
def test_who_only_ever_puts_off_is_given_up_and_not_called_sound(value: str) -> None:
    target = PickyTarget(lambda request: refusal(503, ("Retry-After", value)))
    probe = probe_of(target)
    for _ in range(100):
        probe.call("listFlows")
    assert (found(probe), probe.is_given_up) == (set(), True)
    assert target.slept <= 60.0
    assert probe.held_back > 0


def test_who_never_answers_is_given_up_once_that_is_found() -> None:
    class Silent(WorldTarget):
        def send(self, request: Request) -> Exchange:
            self.sleep(29.0)
            return Exchange(None, request, None, self.now() - 29.0, self.now(), "no answer within 29 s")

    probe = probe_of(Silent(world_part()))
    for _ in range(100):
        probe.call("listFlows")
    assert (found(probe), probe.is_given_up, probe.held_back) == ({("FG-100", "listFlows")}, True, 97)


def test_pauses_between_other_answers_never_end_a_run() -> None:
    answers = [None, refusal(429, ("Retry-After", "1"))] * 100
    probe = probe_of(PickyTarget(lambda request: answers.pop()))
    for _ in range(100):
        probe.call("listFlows")
    assert (found(probe), probe.is_given_up, probe.held_back) == (set(), False, 0)


def test_a_server_that_is_busy_without_saying_until_when_is_found() -> None:
    for headers in ((), (("Retry-After", "soon"),)):
        probe = probe_of(PickyTarget(lambda request, headers=headers: refusal(503, *headers)))
        probe.call("listFlows")
        assert found(probe) == {("FG-101", "listFlows")}


def test_a_moment_without_time_is_waited_for_once_or_twice() -> None:
    for moments in (1, 2):
        answers = [refusal(503)] * moments
        target = PickyTarget(lambda request, answers=answers: answers.pop() if answers else None)
        probe = probe_of(target)
        for _ in range(3):
            probe.call("listFlows")
        assert (found(probe), len(probe.notices)) == (set(), 1)
        assert target.slept == (1.0 if moments == 1 else 4.0)


def test_what_has_no_time_after_a_moment_is_not_waited_for_again() -> None:
    target = PickyTarget(lambda request: refusal(503) if request.path.endswith("flows") else None)
    probe = probe_of(target)
    for _ in range(5):
        probe.call("listFlows")
        probe.call("orchestrationgetServerInfo")
    assert found(probe) == {("FG-101", "listFlows")}
    assert (target.slept, probe.is_given_up) == (14.0, False)


def test_a_server_that_is_gone_for_good_is_not_waited_for_at_every_path() -> None:
    target = PickyTarget(lambda request: refusal(503))
    probe = probe_of(target)
    for op in V0.operations:
        for method in ("GET", "POST", "PUT", "PATCH"):
            ids = dict.fromkeys(probe.edition.takes(op), "x")
            probe.send(replace(built(V0, op.id, ids), method=method))
    assert probe.is_given_up
    assert 0 < target.slept <= 60.0
    assert {finding.id for finding in probe.recorder.findings()} == {"FG-101"}


def test_a_burst_that_leaves_no_time_is_asked_again_and_blamed_for_nothing() -> None:
    class OneByOne(PickyTarget):
        def send_together(self, requests: Sequence[Request]) -> list[Exchange]:
            return [self.send(request) for request in requests]

    answers = [refusal(503)] * 2
    probe = probe_of(OneByOne(lambda request: answers.pop() if answers else None))
    probe.send_together([built(V0, "listFlows")] * 3)
    assert (found(probe), answers) == (set(), [])


def test_a_value_that_must_be_unique_is_tried_once_and_then_another() -> None:
    sent: set[bytes | None] = set()

    def unique(request: Request) -> Response | None:
        if request.method != "POST" or not request.path.endswith("/flows"):
            return None
        is_new = request.body not in sent
        sent.add(request.body)
        return None if is_new else refusal(409)

    probe = probe_of(PickyTarget(unique))
    made = [probe.made("workflow", body={"stages": [{"noop": {}}]}) for _ in range(4)]
    assert len({record.id for record in made if record is not None}) == 4
    assert found(probe) == set()


def test_a_conflict_with_nothing_is_a_refusal() -> None:
    probe = probe_of(PickyTarget(lambda request: refusal(409) if request.method == "POST" else None))
    probe.made("workflow", body={"stages": []})
    assert found(probe) == {("FG-210", "createWorkflow")}
