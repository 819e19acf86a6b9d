"""Waivers: what they cover, when they go stale, and what a file of them may hold."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from flowgauge.editions import edition_named, findings_of
from flowgauge.errors import UsageError
from flowgauge.results import Finding, Showing
from flowgauge.results.waivers import Waiver, of_load, of_suites, waived, waiver_text
from flowgauge.results.waivers import read_waivers as read

TODAY = date(2026, 6, 1)


def read_waivers(path: Path) -> tuple[Waiver, ...]:
    operations = (op.id for op in edition_named("v0").operations)
    return read(path, catalogue=findings_of("v0"), operations=operations)


def finding(finding_id: str, operation: str) -> Finding:
    return Finding(finding_id, "title", operation, "minor", "detail", (), "curl")


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "waivers.toml"
    path.write_text(text)
    return path


def entry(**members: str) -> str:
    given = {"finding": '"FG-107"', "operation": '"listFlows"', "reason": '"known"', "expires": "2026-06-30"}
    return "[[waiver]]\n" + "".join(f"{k} = {v}\n" for k, v in (given | members).items() if v)


@pytest.mark.parametrize(
    ("members", "is_covered"),
    [
        ({}, True),
        ({"operation": '"*"'}, True),
        ({"operation": '"getFlow"'}, False),
        ({"finding": '"FG-108"'}, False),
        ({"expires": "2026-06-01"}, True),
        ({"expires": "2026-05-31"}, False),
    ],
)
def test_a_waiver_covers_its_finding_until_its_last_day(
    members: dict[str, str], is_covered: bool, tmp_path: Path
) -> None:
    waivers = read_waivers(written(tmp_path, entry(**members)))
    [judged, *_] = waived([finding("FG-107", "listFlows")], waivers, TODAY, is_complete=True)
    assert judged.waived == ("known" if is_covered else None)


def test_a_waiver_that_expired_or_matches_nothing_is_a_finding(tmp_path: Path) -> None:
    text = entry(expires="2026-05-31") + entry(finding='"FG-108"')
    waivers = read_waivers(written(tmp_path, text))
    judged = waived([finding("FG-107", "listFlows")], waivers, TODAY, is_complete=True)
    assert [(f.id, f.waived) for f in judged] == [("FG-107", None), ("FG-901", None), ("FG-902", None)]


def test_an_incomplete_run_cannot_tell_that_a_waiver_matches_nothing(tmp_path: Path) -> None:
    waivers = read_waivers(written(tmp_path, entry()))
    assert waived([], waivers, TODAY, is_complete=False) == ()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[waiver", "cannot be read"),
        ("other = 1", "more than"),
        (entry(reason=""), "an entry has finding, operation, reason, expires"),
        (entry(extra="1"), "an entry has finding, operation, reason, expires"),
        (entry(finding='"FG-999"'), "no finding 'FG-999'"),
        (entry(operation='"deleteFlow"'), "no operation 'deleteFlow'"),
        (entry(reason='"  "'), "needs a reason"),
        (entry(cause="1"), "cause must be text"),
        (entry(expires='"2026-06-30"'), "must be a date"),
        (entry(expires="2026-06-30T00:00:00Z"), "must be a date"),
    ],
)
def test_a_wrong_file_is_refused_with_the_entry(text: str, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=complaint):
        read_waivers(written(tmp_path, text))


def test_no_file_means_no_waivers(tmp_path: Path) -> None:
    assert read_waivers(tmp_path / "waivers.toml") == ()


def test_what_is_written_can_be_read(tmp_path: Path) -> None:
    known = Waiver("FG-107", "listFlows", 'says "no", \\ and\n more', TODAY, '#/x: "y"')
    assert read_waivers(written(tmp_path, waiver_text([known]))) == (known,)


def shown_by(*operations: str, cause: str = "405 without Allow") -> Finding:
    showings = tuple(Showing(operation, "405 without Allow", 1) for operation in operations)
    return replace(finding("FG-107", operations[0]), cause=cause, showings=showings)


@pytest.mark.parametrize(
    ("waivers", "left"),
    [
        ([{"operation": '"*"'}], None),
        ([{}, {"operation": '"getFlow"', "reason": '"later"'}], None),
        ([{"operation": '"*"', "cause": '"405 without"'}], None),
        ([{}], "getFlow"),
        ([{}, {"operation": '"getFlow"', "cause": '"Allow misses"'}], "getFlow"),
    ],
)
def test_a_finding_of_several_operations_stays_for_those_that_no_waiver_covers(
    waivers: list[dict[str, str]], left: str | None, tmp_path: Path
) -> None:
    known = read_waivers(written(tmp_path, "".join(entry(**members) for members in waivers)))
    [judged, *stale] = waived([shown_by("listFlows", "getFlow")], known, TODAY, is_complete=True)
    assert (judged.waived is None) is (left is not None)
    assert judged.detail == (f"detail (a waiver covers all but {left})" if left else "detail")
    assert len(stale) == sum("misses" in members.get("cause", "") for members in waivers)


def test_each_stage_has_the_waivers_of_what_it_can_find(tmp_path: Path) -> None:
    waivers = read_waivers(
        written(tmp_path, entry() + entry(finding='"FG-1001"') + entry(finding='"FG-401"'))
    )
    assert [waiver.finding for waiver in of_suites(waivers)] == ["FG-107", "FG-401"]
    assert [waiver.finding for waiver in of_load(waivers)] == ["FG-1001"]
