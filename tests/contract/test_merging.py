"""Reports of workers add up to one."""

from dataclasses import replace

from flowgauge.contract.findings.merging import merged
from flowgauge.results import (
    BlindCheck,
    CheckTally,
    Consequence,
    ContractReport,
    Finding,
    OperationReport,
    Showing,
    SkippedCheck,
    TargetIdentity,
)

LONG = Finding("FG-101", "server error", "getFlow", "critical", "500", (), "curl a long way", 3)
SHORT = replace(LONG, reproduction="curl", count=2)
OTHER = replace(LONG, operation="listRuns", count=1)


def report(*findings: Finding, cases: int, **changes: object) -> ContractReport:
    row = OperationReport("getFlow", "GET", "/f", cases, {"status": CheckTally(cases, 1)})
    whole = ContractReport(
        TargetIdentity("in-process"), 1, 10.0, 5.0, True, (row,), findings, (SkippedCheck("a", "b"),)
    )
    return replace(whole, **changes)


def test_cases_and_checks_add_up_and_each_finding_stands_once() -> None:
    one = merged([report(LONG, cases=2, duration=7.0), report(SHORT, OTHER, cases=3, started_at=9.0)])
    assert one.cases == 5
    assert one.operations[0].checks == {"status": CheckTally(5, 2)}
    assert [(f.operation, f.count, f.reproduction) for f in one.findings] == [
        ("getFlow", 5, "curl"),
        ("listRuns", 1, "curl a long way"),
    ]
    assert (one.started_at, one.duration) == (9.0, 7.0)
    assert str(one.target) == "in-process (and 1 more alike)"
    assert one.skipped == (SkippedCheck("a", "b"),)


def shown(oddity: int, **counts: int) -> Finding:
    showings = tuple(Showing(operation, f"500 at {operation}", count) for operation, count in counts.items())
    first = next(iter(counts))
    return replace(
        LONG, operation=first, cause="500: x", oddity=oddity, showings=showings, consequences=HENCE
    )


HENCE = (Consequence("FG-105", "listFlows", 2),)


def test_one_cause_that_two_workers_met_is_one_finding_with_the_most_ordinary_evidence() -> None:
    odd, plain = shown(2, getFlow=1), replace(shown(0, listRuns=2, getFlow=2), reproduction="curl " * 9)
    [one] = merged([report(replace(odd, reproduction="curl"), cases=1), report(plain, cases=1)]).findings
    assert (one.operation, one.reproduction, one.count) == ("listRuns", plain.reproduction, 6)
    assert [(s.operation, s.count) for s in one.showings] == [("listRuns", 2), ("getFlow", 3)]
    assert one.consequences == (Consequence("FG-105", "listFlows", 4),)
    other = replace(plain, cause="500: y")
    assert len(merged([report(odd, cases=1), report(other, cases=1)]).findings) == 2


def test_one_incomplete_part_makes_the_whole_incomplete() -> None:
    assert merged([report(cases=1), report(cases=1)]).complete is True
    assert merged([report(cases=1), report(cases=1, complete=False)]).complete is False


def test_what_one_worker_looked_at_is_not_blind() -> None:
    here, there = BlindCheck("FG-301", "a", "b"), BlindCheck("FG-302", "a", "b")
    parts = [
        report(cases=1, applicable=4, blind=(here, there)),
        report(cases=1, applicable=4, blind=(there,)),
    ]
    assert (merged(parts).blind, merged(parts).coverage) == ((there,), 0.75)


def test_a_single_report_is_itself() -> None:
    assert merged([report(LONG, cases=2)]) == report(LONG, cases=2)
