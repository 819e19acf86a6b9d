"""Findings by cause: what is one, what is two, what only follows, and which evidence is shown."""

import json
from dataclasses import replace
from typing import Any

import pytest
from broken_target import V0, BrokenTarget, found, probe_of

from flowgauge.contract.findings.causes import Causes
from flowgauge.contract.findings.defect import Case, Symptom
from flowgauge.contract.findings.sighting import sighting
from flowgauge.contract.findings.sightings import Sightings
from flowgauge.contract.probe import Probe
from flowgauge.contract.requests import built
from flowgauge.contract.targets.world import WorldTarget
from flowgauge.editions import world_part
from flowgauge.results import Exchange, Finding, Request, Response

EXCHANGE = Exchange("listPets", Request("GET", "/pets"), None, 0.0, 1.0)
LIST, READ, MAKE = "listPets", "readPet", "makePet"
PLAIN, EMPTY, NUL, LONG = (Case("unknown id", which) for which in ("", "empty", "with NUL", "long"))
ODD = (EMPTY, NUL, LONG)
NAME, AGE = (Case("a wrong body", f"#/{name}") for name in ("name", "age"))
NO_ID, NO_PATH = Case("an empty id"), Case("syntax")
TEXT = Case("a body that is not JSON")


def causes_of(*met: Symptom, sound: tuple[Symptom, ...] = ()) -> list[set[Symptom]]:
    """The symptoms, by cause; `sound` are what was looked at and found well."""
    causes = Causes()
    for symptom, wrong in [*((s, "wrong") for s in met), *((s, None) for s in sound)]:
        sightings = Sightings(symptom.operation, EXCHANGE)
        sightings.note(sighting(symptom.id, wrong, cause=symptom.cause, cases=symptom.cases))
        causes.note(sightings)
    groups: dict[tuple[str, str], set[Symptom]] = {}
    for symptom, key in causes.keys(met).items():
        groups.setdefault(key, set()).add(symptom)
    return list(groups.values())


def seen(finding_id: str, operation: str, cause: str = "", *cases: Case) -> Symptom:
    return Symptom(finding_id, operation, cause, cases)


@pytest.mark.parametrize(
    ("met", "sound", "count"),
    [
        # The same cause at two operations is one; without a cause each operation has its own.
        ([seen("FG-105", LIST, "#/type"), seen("FG-105", READ, "#/type")], [], 1),
        ([seen("FG-105", LIST, "#/type"), seen("FG-105", LIST, "#/required")], [], 2),
        ([seen("FG-105", LIST, "#/type"), seen("FG-106", LIST, "#/type")], [], 2),
        ([seen("FG-503", LIST), seen("FG-503", READ)], [], 2),
        ([seen("FG-101", READ, "500", PLAIN), seen("FG-101", MAKE, "500", PLAIN)], [], 1),
        ([seen("FG-101", READ, "500", PLAIN), seen("FG-101", READ, "503", PLAIN)], [], 2),
        ([seen("FG-101", READ, "500", PLAIN), seen("FG-101", READ, "500", TEXT)], [], 2),
        # An odd one of a kind is explained by the plain one, where both are answered alike.
        ([seen("FG-101", READ, "500", PLAIN), seen("FG-101", READ, "500", NUL)], [], 1),
        ([seen("FG-101", READ, "500", PLAIN), seen("FG-101", MAKE, "500", NUL)], [], 2),
        # As is one in a path that is none.
        ([seen("FG-101", READ, "500", case) for case in (PLAIN, NO_PATH)], [], 1),
        ([seen("FG-101", READ, "500", case) for case in (PLAIN, NO_ID)], [], 2),
        ([seen("FG-101", READ, "500", case) for case in (NO_ID, NO_PATH)], [], 2),
        ([seen("FG-101", MAKE, "500", PLAIN), seen("FG-101", READ, "500", NO_PATH)], [], 2),
        ([seen("FG-204", LIST, "accepted", PLAIN), seen("FG-204", READ, "accepted", NUL)], [], 2),
        # Of many cases of a kind none is told apart; two are.
        ([seen("FG-211", MAKE, "accepted", case) for case in ODD], [], 1),
        ([seen("FG-211", MAKE, "accepted", case) for case in (EMPTY, NUL)], [], 2),
        (
            [seen("FG-211", MAKE, "accepted", case) for case in ODD],
            [seen("FG-211", MAKE, "", PLAIN)],
            3,
        ),
        (
            [seen("FG-101", MAKE, "500", case) for case in ODD],
            [seen("FG-101", MAKE, "", PLAIN)],
            1,
        ),
        # Another operation that was asked less joins, unless it answers some of the kind well.
        (
            [*(seen("FG-101", MAKE, "500", c) for c in ODD), seen("FG-101", READ, "500", NUL)],
            [],
            1,
        ),
        (
            [*(seen("FG-101", MAKE, "500", c) for c in ODD), seen("FG-101", READ, "500", NUL)],
            [seen("FG-101", READ, "", PLAIN)],
            2,
        ),
        # Two things wrong at once show what one of them shows alone.
        ([seen("FG-101", MAKE, "500", NAME, TEXT), seen("FG-101", MAKE, "500", TEXT)], [], 1),
        ([seen("FG-101", MAKE, "500", NAME, AGE), seen("FG-101", MAKE, "500", TEXT)], [], 2),
        ([seen("FG-211", MAKE, "accepted", NAME, TEXT), seen("FG-211", MAKE, "accepted", TEXT)], [], 1),
        # But that one is let pass does not explain why another is that is refused alone.
        (
            [seen("FG-211", MAKE, "accepted", NAME, TEXT), seen("FG-211", MAKE, "accepted", TEXT)],
            [seen("FG-211", MAKE, "", NAME)],
            2,
        ),
        # What gets past one check is answered by the next; a refused method is refused with any token.
        ([seen("FG-601", READ, "accepted", PLAIN), seen("FG-102", READ, "404", PLAIN)], [], 1),
        ([seen("FG-601", READ, "accepted", PLAIN), seen("FG-102", LIST, "404", PLAIN)], [], 2),
        ([seen("FG-102", READ, "accepted", Case("method", "PUT"))], [], 1),
        ([seen("FG-210", READ, "405 to HEAD"), seen("FG-102", LIST, "405 to HEAD")], [], 1),
        ([seen("FG-210", READ, "404 to a valid readPet"), seen("FG-210", READ, "404", LONG)], [], 1),
        # What breaks at all that is valid breaks at the rest, and alike; what breaks now and then need not.
        ([seen("FG-101", READ, "501 to a valid readPet"), seen("FG-101", READ, "501", LONG)], [], 1),
        ([seen("FG-101", READ, "501 to a valid readPet"), seen("FG-101", READ, "500", LONG)], [], 2),
        (
            [seen("FG-101", READ, "500 to a valid readPet"), seen("FG-101", READ, "500", LONG)],
            [seen("FG-101", READ, "")],
            2,
        ),
    ],
)
def test_what_is_one_cause(met: list[Symptom], sound: list[Symptom], count: int) -> None:
    assert len(causes_of(*met, sound=tuple(sound))) == count
    assert len(causes_of(*met[::-1], sound=tuple(sound))) == count


def edited(change: Any) -> BrokenTarget:
    """A server that changes each JSON answer to a GET."""

    def answer(request: Request, response: Response) -> Response:
        if request.method != "GET" or response.status >= 300:
            return response
        value = json.loads(response.body)
        change(request, value)
        return replace(response, body=json.dumps(value).encode())

    return BrokenTarget(answer)


def by_id(probe: Probe, finding_id: str) -> list[Finding]:
    return [finding for finding in probe.recorder.findings() if finding.id == finding_id]


def test_one_body_that_breaks_several_rules_is_a_finding_of_each() -> None:
    def change(request: Request, value: Any) -> None:
        for view in value["data"] if isinstance(value["data"], list) else [value["data"]]:
            view["createdAt"] = None
            del view["updatedAt"]

    probe = probe_of(edited(change))
    flow = probe.answered("createWorkflow", body={"stages": []})["id"]
    probe.call("getFlow", {"workflow": flow})
    probe.call("listFlows")
    findings = by_id(probe, "FG-105")
    assert sorted(finding.cause.rpartition("/")[2] for finding in findings) == [
        'required: "updatedAt" is a required property',
        "type",
    ]
    assert [set(finding.operations) for finding in findings] == [{"getFlow", "listFlows"}] * 2
    assert all(finding.rule.partition(": #/")[2].startswith("components/schemas/") for finding in findings)


def test_the_most_ordinary_request_is_the_evidence_and_the_shortest_of_those() -> None:
    probe = probe_of(WorldTarget(world_part(), faults=["unknown-flow-500"]))
    plain = built(V0, "getFlow", {"workflow": "a-very-long-name-of-no-workflow"})
    stranger = replace(plain, headers=(("X-Odd", "1"), *plain.headers))
    flows = plain.target.rpartition("/")[0]
    for target in (f"{flows}/%00", f"{flows}/x?debug=1"):
        probe.send(replace(plain, target=target))
    for request in (stranger, plain, replace(plain, target=f"{plain.target}-and-longer")):
        probe.send(request)
    [finding] = by_id(probe, "FG-101")
    assert [exchange.request for exchange in finding.exchanges] == [plain]
    assert (finding.count, finding.severity) == (5, "major")


@pytest.mark.parametrize(
    ("method", "status", "wanted"),
    [
        ("HEAD", 405, ("FG-210", "minor")),
        ("GET", 405, ("FG-210", "critical")),
        ("GET", 500, ("FG-101", "critical")),
    ],
)
def test_severity_fits_the_harm(method: str, status: int, wanted: tuple[str, str]) -> None:
    def change(request: Request, response: Response) -> Response:
        return replace(response, status=status) if request.method == method else response

    probe = probe_of(BrokenTarget(change))
    for operation in ("listFlows", "orchestrationgetServerInfo"):
        probe.send(replace(built(V0, operation), method=method))
    findings = by_id(probe, wanted[0])
    assert {(finding.id, finding.severity) for finding in findings} == {wanted}
    assert len(findings) == (1 if wanted[1] == "minor" else 2), "a method is refused everywhere alike"


@pytest.mark.parametrize("status", [405, 501])
def test_that_options_is_not_known_is_no_finding(status: int) -> None:
    def change(request: Request, response: Response) -> Response:
        return replace(response, status=status) if request.method == "OPTIONS" else response

    probe = probe_of(BrokenTarget(change))
    probe.send(replace(built(V0, "orchestrationgetServerInfo"), method="OPTIONS"))
    assert {finding_id for finding_id, _ in found(probe)}.isdisjoint({"FG-101", "FG-102", "FG-210"})


def with_null_stages(probe: Probe) -> None:
    """A sound list, then what must be refused and is not, and the list that shows it."""
    probe.answered("createWorkflow", body={"stages": []})
    probe.call("listFlows")
    probe.call("createWorkflow", body={"stages": None})
    probe.call("listFlows")


def test_what_follows_of_a_cause_is_listed_under_it() -> None:
    probe = probe_of(WorldTarget(world_part(), faults=["shipped-04-null-stages-accepted"]))
    with_null_stages(probe)
    [finding] = probe.recorder.findings()
    assert (finding.id, finding.operation) == ("FG-211", "createWorkflow")
    [after] = finding.consequences
    assert (after.id, after.operation, after.count) == ("FG-105", "listFlows", 1)


def test_a_fault_of_its_own_is_not_hidden_as_what_follows_of_another() -> None:
    class Both(WorldTarget):
        def send(self, request: Request) -> Exchange:
            exchange = super().send(request)
            assert exchange.response is not None
            is_list = request.method == "GET" and request.path.endswith("/flows")
            body = exchange.response.body.replace(b'"stages":[]', b'"stages":null') if is_list else b""
            return replace(exchange, response=replace(exchange.response, body=body)) if is_list else exchange

    probe = probe_of(Both(world_part(), faults=["shipped-04-null-stages-accepted"]))
    with_null_stages(probe)
    assert {("FG-105", "listFlows"), ("FG-211", "createWorkflow")} <= found(probe)


def test_what_was_never_seen_well_is_no_consequence() -> None:
    probe = probe_of(WorldTarget(world_part(), faults=["shipped-04-null-stages-accepted"]))
    flow = probe.answered("createWorkflow", body={"stages": None})["id"]
    probe.call("getFlow", {"workflow": flow})
    assert found(probe) == {("FG-211", "createWorkflow"), ("FG-105", "getFlow")}
    sound = probe.answered("createWorkflow", body={"stages": []})["id"]
    probe.call("getFlow", {"workflow": sound})
    assert found(probe) == {("FG-211", "createWorkflow")}


def test_a_list_of_what_should_not_have_been_made_follows_of_that() -> None:
    probe = probe_of(WorldTarget(world_part(), faults=["shipped-04-null-stages-accepted"]))
    probe.call("createWorkflow", body={"stages": None})
    probe.call("listFlows")
    [finding] = probe.recorder.findings()
    assert (finding.id, finding.operation) == ("FG-211", "createWorkflow")
    assert [(after.id, after.operation) for after in finding.consequences] == [("FG-105", "listFlows")]


@pytest.mark.parametrize(
    "faults",
    [
        ("auth-ignored", "unknown-flow-500"),
        ("shipped-04-null-stages-accepted", "no-updated-at"),
        ("shipped-04-null-stages-accepted", "list-repeats-newest"),
        ("create-not-persisted", "info-500"),
    ],
)
def test_of_two_faults_each_keeps_its_finding(faults: tuple[str, ...]) -> None:
    def met(*on: str) -> set[tuple[str, str]]:
        probe = probe_of(WorldTarget(world_part(), faults=on))
        with_null_stages(probe)
        probe.call("getFlow", {"workflow": "nope"})
        flow = probe.answered("createWorkflow", body={"stages": []})["id"]
        for _ in range(2):
            probe.call("getFlow", {"workflow": flow})
        probe.call("orchestrationgetServerInfo")
        return {finding.key for finding in probe.recorder.findings()}

    assert set().union(*(met(fault) for fault in faults)) <= met(*faults)
