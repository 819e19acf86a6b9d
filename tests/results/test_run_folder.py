"""Run folders: what is written is read back, and what is damaged is no data."""

import hashlib
import math
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader
from run_values import contract_report, exchange, finding, load_run

from flowgauge.errors import ExitCode, NoDataError, UsageError
from flowgauge.results import (
    CONTRACT_FILE,
    HISTOGRAM_FILE,
    LOAD_FILE,
    ContractReport,
    Exchange,
    Histogram,
    LoadLog,
    LoadRun,
    Request,
    Response,
    TargetIdentity,
    read_contract_report,
    read_load_run,
    write_contract_report,
    write_load_run,
)

RAW = Exchange(
    operation=None,
    request=Request(
        "POST", "/a%00b?x=\N{SNOWMAN}", (("X", "\xff"), ("X", "")), bytes(range(256)), chunked=True
    ),
    response=Response(599, (("Set-Cookie", "a"), ("Set-Cookie", "b")), b"\x00\xff"),
    sent_at=0.1,
    received_at=0.30000000000000004,
)
REPORTS = {
    "plain": contract_report(),
    "incomplete": contract_report(complete=False, fault_score=1 / 3),
    "without cases": contract_report(cases=0),
    "with findings": contract_report(
        finding(), finding(waived="until May", exchanges=(RAW, exchange(status=None)))
    ),
    "empty": ContractReport(TargetIdentity("fake"), 0, 0.0, 0.0, complete=False, operations=(), findings=()),
}
RUNS = {
    "plain": load_run(seconds=3, rate=5),
    "with errors": load_run(seconds=3, rate=5, errors=3, examples=(("odd", RAW),), findings=(finding(),)),
    "invalid": load_run(seconds=1, rate=1, invalid=("the generator was late",)),
    "empty": load_run(seconds=0, operations=()),
}


@pytest.mark.parametrize("name", REPORTS)
def test_a_contract_report_is_read_back_as_it_was(tmp_path: Path, name: str) -> None:
    write_contract_report(tmp_path / "new" / "folder", REPORTS[name])
    assert read_contract_report(tmp_path / "new" / "folder") == REPORTS[name]


@pytest.mark.parametrize("name", RUNS)
def test_a_load_run_is_read_back_as_it_was(tmp_path: Path, name: str) -> None:
    write_load_run(tmp_path, RUNS[name])
    read = read_load_run(tmp_path)
    assert read == RUNS[name]
    assert read.histograms.keys() == RUNS[name].histograms.keys()
    assert [piece.histogram.count for piece in read.slices] == [p.histogram.count for p in RUNS[name].slices]


def test_equality_of_runs_sees_every_count() -> None:
    # What the round iterations above rest on.
    run = RUNS["plain"]
    more = load_run(seconds=3, rate=5)
    assert run == more
    first, *rest = more.slices
    # A copy: runs of the same question share their histograms.
    counted = Histogram.decode(first.histogram.encode())
    assert run == replace(more, slices=(replace(first, histogram=counted), *rest))
    counted.record(1.0)
    assert run != replace(more, slices=(replace(first, histogram=counted), *rest))


def test_writing_again_replaces_and_leaves_nothing_beside(tmp_path: Path) -> None:
    for run in RUNS.values():
        write_load_run(tmp_path, run)
        write_contract_report(tmp_path, REPORTS["plain"])
    assert read_load_run(tmp_path) == run
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [CONTRACT_FILE, LOAD_FILE, HISTOGRAM_FILE]
    )


def test_the_files_can_be_read_by_others(tmp_path: Path) -> None:
    write_contract_report(tmp_path, REPORTS["with findings"])
    write_load_run(tmp_path, RUNS["with errors"])
    contract = msgspec.json.decode((tmp_path / CONTRACT_FILE).read_bytes())
    run = msgspec.json.decode((tmp_path / LOAD_FILE).read_bytes())
    assert (contract["format"], contract["version"]) == ("flowgauge-contract", 2)
    assert (run["format"], run["version"]) == ("flowgauge-load", 2)
    assert "histograms" not in run
    assert "slices" not in run


def test_the_histograms_can_be_read_by_the_package_s_own_reader(tmp_path: Path) -> None:
    run = RUNS["with errors"]
    write_load_run(tmp_path, run)
    reader = HistogramLogReader(str(tmp_path / HISTOGRAM_FILE), HdrHistogram(1, 3_600_000_000, 3))
    found: dict[str, Any] = {}
    intervals = []
    while (one := reader.get_next_interval_histogram()) is not None:
        found.setdefault(one.get_tag(), HdrHistogram(1, 3_600_000_000, 3)).add(one)
        begins, ends = one.get_start_time_stamp() / 1000, one.get_end_time_stamp() / 1000
        intervals.append((begins - reader.get_start_time_sec(), ends - begins))
    reader.input_file.close()
    assert reader.get_start_time_sec() == run.started_at
    assert intervals == [
        (pytest.approx(p.start, abs=1e-3), pytest.approx(p.length, abs=1e-3)) for p in run.slices
    ]
    assert found.keys() == run.histograms.keys()
    for measure, histogram in run.histograms.items():
        assert Histogram.decode(found[measure].encode().decode()) == histogram


Damage = Callable[[Path], object]


def rewritten(change: Callable[[dict[str, Any]], Any]) -> Damage:
    def damage(path: Path) -> None:
        content = msgspec.json.decode(path.read_bytes())
        changed = change(content)
        path.write_bytes(msgspec.json.encode(content if changed is None else changed))

    return damage


def without(name: str) -> Damage:
    return rewritten(lambda content: content.pop(name) and None)


DAMAGES: dict[str, tuple[Damage, str]] = {
    "missing": (lambda path: path.unlink(), "does not exist"),
    "a folder": (lambda path: (path.unlink(), path.mkdir()), "cannot be read"),
    "empty": (lambda path: path.write_text(""), "is not JSON"),
    "half": (lambda path: path.write_bytes(path.read_bytes()[:-40]), "is not JSON"),
    "not text": (lambda path: path.write_bytes(b"\xff\xfe{}"), "cannot be read"),
    "too deep": (lambda path: path.write_text("[" * 100_000), "is not JSON"),
    "a list": (lambda path: path.write_text("[]"), "does not hold"),
    "null": (lambda path: path.write_text("null"), "does not hold"),
    "of another kind": (rewritten(lambda c: c | {"format": "x"}), "does not hold"),
    "without a kind": (without("format"), "does not hold"),
    "of another version": (
        rewritten(lambda c: c | {"version": 1}),
        "has version 1; this flowgauge reads version 2",
    ),
    "without a version": (without("version"), "has version None"),
    "with a target of another version": (rewritten(lambda c: c | {"target": "http://host"}), "is damaged"),
    "without a field": (without("target"), "is damaged"),
    "with a wrong type": (rewritten(lambda c: c | {"duration": "long"}), "is damaged"),
    "with a null": (rewritten(lambda c: c | {"operations": None}), "is damaged"),
}


@pytest.mark.parametrize("kind", ["contract", "load"])
@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_file_is_no_data(tmp_path: Path, name: str, kind: str) -> None:
    write_contract_report(tmp_path, REPORTS["with findings"])
    write_load_run(tmp_path, RUNS["plain"])
    path = tmp_path / (CONTRACT_FILE if kind == "contract" else LOAD_FILE)
    damage, says = DAMAGES[name]
    damage(path)
    with pytest.raises(NoDataError, match=says) as refused:
        (read_contract_report if kind == "contract" else read_load_run)(tmp_path)
    assert str(path) in refused.value.message
    assert refused.value.exit_code == ExitCode.NO_DATA


@pytest.mark.parametrize("change", [{"severity": "fatal"}, {"exchanges": [{}]}, {"count": "many"}])
def test_a_damaged_finding_is_no_data(tmp_path: Path, change: dict[str, Any]) -> None:
    write_contract_report(tmp_path, REPORTS["with findings"])
    rewritten(lambda content: content["findings"][0].update(change))(tmp_path / CONTRACT_FILE)
    with pytest.raises(NoDataError, match="is damaged"):
        read_contract_report(tmp_path)


def line(**changes: str) -> str:
    fields = {"tag": "Tag=run.latency", "start": "0.000", "length": "1.000", "most": "0.1"}
    fields["payload"] = RUNS["plain"].slices[0].histogram.encode()
    return ",".join((fields | changes).values()) + "\n"


def vouched_for(folder: Path, log: str) -> None:
    """Put `log` in place of the histograms, with the digest that says it belongs there."""
    (folder / HISTOGRAM_FILE).write_text(log)
    digest = hashlib.sha256(log.encode()).hexdigest()
    rewritten(lambda content: content | {"histogram_digest": digest})(folder / LOAD_FILE)


@pytest.mark.parametrize(
    "text",
    [
        line(start="soon"),
        line(start="nan"),
        line(start="-1"),
        line(length="inf"),
        line(payload=""),
        line(payload="!!!!"),
        line(payload="AAAA"),
        line(payload=line().rpartition(",")[2].strip()[:-8]),
        "Tag=run.latency,0.0,1.0\n",
        "Tag=run.latency\n",
    ],
)
def test_a_damaged_histogram_is_no_data(tmp_path: Path, text: str) -> None:
    write_load_run(tmp_path, RUNS["plain"])
    whole = (tmp_path / HISTOGRAM_FILE).read_text()
    vouched_for(tmp_path, whole + line())
    assert read_load_run(tmp_path).slices
    vouched_for(tmp_path, whole + text)
    with pytest.raises(NoDataError, match="is damaged") as refused:
        read_load_run(tmp_path)
    assert refused.value.hint == "run the load test again"


def test_a_log_that_lost_whole_lines_is_no_data(tmp_path: Path) -> None:
    write_load_run(tmp_path, RUNS["plain"])
    path = tmp_path / HISTOGRAM_FILE
    lines = path.read_text().splitlines(keepends=True)
    for kept in range(len(lines)):
        path.write_text("".join(lines[:kept]))
        with pytest.raises(NoDataError, match="damaged or of another run"):
            read_load_run(tmp_path)


def test_a_run_that_goes_on_can_be_read_at_any_moment(tmp_path: Path) -> None:
    run = RUNS["with errors"]
    half = len(run.slices) // 2
    with LoadLog(tmp_path, started_at=run.started_at) as log:
        with pytest.raises(NoDataError, match="does not exist"):
            read_load_run(tmp_path)
        for number, piece in enumerate(run.slices[:half], start=1):
            log.append([piece])
            # Killed between the two: the figures go with what the log was.
            if number > 1:
                assert read_load_run(tmp_path).slices == run.slices[: number - 1]
            log.stand(replace(run, duration=float(number)), is_whole=False)
            read = read_load_run(tmp_path)
            assert read.duration == number
            assert read.slices == run.slices[:number]
        cut_off = (tmp_path / HISTOGRAM_FILE).read_text()
        log.append(run.slices[half:])
        log.stand(run, is_whole=True)
    assert read_load_run(tmp_path) == run
    # Only of one that was cut off is the log longer than it says.
    (tmp_path / HISTOGRAM_FILE).write_text((tmp_path / HISTOGRAM_FILE).read_text() + "Tag=run.latency,1")
    with pytest.raises(NoDataError, match="damaged or of another run"):
        read_load_run(tmp_path)
    (tmp_path / HISTOGRAM_FILE).write_text(cut_off)
    with pytest.raises(NoDataError, match="damaged or of another run"):
        read_load_run(tmp_path)


def test_a_run_that_takes_the_place_of_another_leaves_one_of_them_at_any_moment(tmp_path: Path) -> None:
    """As in a search for the capacity, in which a better run comes after one that was kept."""
    old, new = RUNS["plain"], RUNS["with errors"]
    write_load_run(tmp_path, old)
    old_log = (tmp_path / HISTOGRAM_FILE).read_text()
    with LoadLog(tmp_path, started_at=new.started_at) as log:
        assert read_load_run(tmp_path) == old
        log.append(new.slices)
        assert read_load_run(tmp_path) == old
        log.stand(new, is_whole=True)
    assert read_load_run(tmp_path) == new
    assert sorted(path.name for path in tmp_path.iterdir()) == [HISTOGRAM_FILE, LOAD_FILE]
    # Killed when the figures had been replaced, and not yet the log.
    (tmp_path / HISTOGRAM_FILE).rename(tmp_path / ".run.hlog.next")
    assert read_load_run(tmp_path) == new
    (tmp_path / HISTOGRAM_FILE).write_text(old_log)
    assert read_load_run(tmp_path) == new


def test_a_run_that_was_cut_off_and_lost_its_log_is_no_data(tmp_path: Path) -> None:
    run = RUNS["plain"]
    with LoadLog(tmp_path, started_at=run.started_at) as log:
        log.append(run.slices)
        log.stand(run, is_whole=False)
    text = (tmp_path / HISTOGRAM_FILE).read_text()
    for damaged in (text[:-1], text.replace("1.0", "2.0", 1), ""):
        (tmp_path / HISTOGRAM_FILE).write_text(damaged)
        with pytest.raises(NoDataError, match="damaged or of another run"):
            read_load_run(tmp_path)
    without("histogram_length")(tmp_path / LOAD_FILE)
    with pytest.raises(NoDataError, match="damaged or of another run"):
        read_load_run(tmp_path)


def test_what_a_worker_reported_late_is_added_to_its_second(tmp_path: Path) -> None:
    run = RUNS["plain"]
    with LoadLog(tmp_path, started_at=run.started_at) as log:
        log.append(run.slices)
        log.append(run.slices[:1])
        log.stand(run, is_whole=True)
    read = read_load_run(tmp_path)
    assert [(p.measure, p.start) for p in read.slices] == [(p.measure, p.start) for p in run.slices]
    assert read.slices[0].histogram.count == 2 * run.slices[0].histogram.count
    assert read.slices[1:] == run.slices[1:]


@pytest.mark.parametrize("name", [LOAD_FILE, HISTOGRAM_FILE])
def test_a_run_whose_place_is_taken_cannot_be_written(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(UsageError, match=f"{name} cannot be written"):
        write_load_run(tmp_path, RUNS["plain"])


def test_the_histograms_of_another_run_are_no_data(tmp_path: Path) -> None:
    write_load_run(tmp_path / "old", load_run(seconds=3, rate=5, seed=2))
    write_load_run(tmp_path / "new", RUNS["plain"])
    (tmp_path / "old" / HISTOGRAM_FILE).replace(tmp_path / "new" / HISTOGRAM_FILE)
    with pytest.raises(NoDataError, match="of another run"):
        read_load_run(tmp_path / "new")


def test_a_run_that_does_not_vouch_for_its_histograms_is_no_data(tmp_path: Path) -> None:
    write_load_run(tmp_path, RUNS["plain"])
    without("histogram_digest")(tmp_path / LOAD_FILE)
    with pytest.raises(NoDataError, match="of another run"):
        read_load_run(tmp_path)


def test_a_checkout_that_changes_the_ends_of_lines_does_no_harm(tmp_path: Path) -> None:
    write_load_run(tmp_path, RUNS["plain"])
    path = tmp_path / HISTOGRAM_FILE
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_load_run(tmp_path) == RUNS["plain"]


def test_no_file_in_the_way_is_anything_but_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "taken" / CONTRACT_FILE / "deep").mkdir(parents=True)
    for folder in (tmp_path / "file", tmp_path / "taken"):
        with pytest.raises(UsageError, match="cannot be written"):
            write_contract_report(folder, REPORTS["plain"])
    assert [path.name for path in (tmp_path / "taken").iterdir()] == [CONTRACT_FILE]


def test_missing_histograms_are_no_data(tmp_path: Path) -> None:
    write_load_run(tmp_path, RUNS["plain"])
    (tmp_path / HISTOGRAM_FILE).unlink()
    with pytest.raises(NoDataError, match="does not exist"):
        read_load_run(tmp_path)


def test_no_damage_is_anything_but_no_data(tmp_path: Path) -> None:
    write_load_run(tmp_path, RUNS["with errors"])
    rng = random.Random(1)
    for name in (HISTOGRAM_FILE, LOAD_FILE):
        path = tmp_path / name
        whole = path.read_bytes()
        refused = 0
        for _ in range(300):
            damaged = bytearray(whole)
            at = rng.randrange(len(damaged))
            match rng.randrange(3):
                case 0:
                    del damaged[at:]
                case 1:
                    damaged[at] ^= 1 << rng.randrange(8)
                case _:
                    del damaged[at : at + rng.randrange(1, 40)]
            path.write_bytes(bytes(damaged))
            try:
                assert isinstance(read_load_run(tmp_path), LoadRun)
            except NoDataError:
                refused += 1
        assert refused > 200, name
        path.write_bytes(whole)


def test_figures_that_are_derived_agree_with_what_they_come_from() -> None:
    run = RUNS["with errors"]
    assert run.requests == sum(op.requests for op in run.operations)
    assert run.failed == sum(sum(op.errors.values()) for op in run.operations) == 3
    report = REPORTS["with findings"]
    assert report.cases == sum(op.cases for op in report.operations) == 140 * 7
    assert report.operations[0].checks_run == sum(t.ran for t in report.operations[0].checks.values()) > 0
    assert report.findings[0].key == ("FG-101", "getFlow")


def test_headers_are_found_in_any_case() -> None:
    assert RAW.request.header("x") == "\xff"
    assert RAW.request.header("y") is None
    assert RAW.response
    assert RAW.response.header("set-cookie") == "a"
    assert RAW.response.header_values("SET-COOKIE") == ("a", "b")
    assert RAW.response.header_values("x") == ()
    assert math.isclose(RAW.elapsed, 0.2)


@pytest.mark.parametrize(
    ("target", "path"),
    [("/a/b?c=d", "/a/b"), ("/a%3Fb?c", "/a%3Fb"), ("//a/b", "//a/b"), ("*", "*"), ("/", "/"), ("", "")],
)
def test_a_request_s_path_is_its_target_without_the_query(target: str, path: str) -> None:
    assert replace(RAW.request, target=target).path == path


@pytest.mark.parametrize("name", ["started_at", "duration"])
@pytest.mark.parametrize("seconds", [1e30, -1e30, -1.0, 1e12])
def test_a_time_that_nobody_lived_is_no_data(tmp_path: Path, name: str, seconds: float) -> None:
    write_load_run(tmp_path, replace(RUNS["plain"], **{name: seconds}))
    with pytest.raises(NoDataError, match=f"run.json is damaged: {name} is"):
        read_load_run(tmp_path)
    write_contract_report(tmp_path, replace(REPORTS["plain"], **{name: seconds}))
    with pytest.raises(NoDataError, match=f"contract.json is damaged: {name} is"):
        read_contract_report(tmp_path)


@pytest.mark.parametrize(
    "damage",
    [{"fault_score": 1e308}, {"fault_score": 1.5}, {"schema_coverage": {"responses": 1e308}}],
    ids=["beyond all measure", "more than all", "covered"],
)
def test_a_share_of_more_than_all_is_no_data(tmp_path: Path, damage: dict[str, object]) -> None:
    write_contract_report(tmp_path, replace(REPORTS["plain"], **damage))
    with pytest.raises(NoDataError, match=r"contract.json is damaged: Expected `float` <= 1"):
        read_contract_report(tmp_path)
