"""The suites as a pytest session: read-only, with a budget, with waivers, over several workers."""

import json
from pathlib import Path
from typing import Any

import pytest
from sessions import pytest_session

ROOT = Path(__file__).parents[2]


def session(folder: Path, *flags: str, suites: Path = ROOT / "contracts") -> tuple[int, str, dict[str, Any]]:
    where = [str(suites), "-q", f"--rootdir={ROOT}", f"--flowgauge-run-folder={folder}"]
    done = pytest_session(*where, "--flowgauge-target=in-process", *flags)
    return done.code, done.output, json.loads((folder / "contract.json").read_text())


def cases(report: dict[str, Any]) -> dict[str, int]:
    return {row["operation"]: row["cases"] for row in report["operations"]}


def test_read_only_sends_no_write_and_names_what_it_left_out(tmp_path: Path) -> None:
    code, output, report = session(tmp_path, "--flowgauge-read-only", "--flowgauge-examples=5")
    assert code == 0, output
    assert cases(report)["createWorkflow"] == cases(report)["runWorkflow"] == 0
    assert cases(report)["listFlows"] > 0
    assert {"test_journeys[0]", "test_bursts"} <= {skipped["check"] for skipped in report["skipped"]}
    assert any("read-only" in note for note in report["notes"])
    assert report["left_out"] == ["createWorkflow", "runWorkflow"]


def test_a_budget_is_kept_and_what_did_not_fit_is_named(tmp_path: Path) -> None:
    # Each search by itself would take minutes.
    code, output, report = session(tmp_path, "--flowgauge-budget=2", "--flowgauge-examples=20000")
    assert code == 0, output
    assert report["duration"] < 15
    assert any("budget of 2 s" in skipped["reason"] for skipped in report["skipped"])


def test_suites_that_sent_nothing_are_not_green(tmp_path: Path) -> None:
    code, output, report = session(tmp_path, "--flowgauge-budget=0.001")
    assert code == 3, output
    assert not any(cases(report).values())


def test_a_budget_leaves_time_to_show_again_what_was_found(tmp_path: Path) -> None:
    flags = ("--flowgauge-budget=4", "--flowgauge-examples=20000", "--flowgauge-fault=unknown-flow-500")
    code, output, report = session(tmp_path, *flags)
    assert code == 1, output
    assert any("budget of 4 s" in skipped["reason"] for skipped in report["skipped"])
    assert {finding["reproduced"] for finding in report["findings"]} == {True}


SUITE = """
from pathlib import Path
import pytest
from flowgauge.contract.session.pytest_suite import ContractSuite
from flowgauge.editions import contract_part, world_part

def pytest_configure(config):
    suite = ContractSuite(config, Path(__file__).parent, contract_part(), world_part())
    config.pluginmanager.register(suite, "flowgauge-contract")

@pytest.fixture(scope="session")
def probe(pytestconfig):
    return pytestconfig.pluginmanager.get_plugin("flowgauge-contract").session.probe
"""


WAIVER = """
[[waiver]]
finding = "FG-101"
operation = "getFlow"
reason = "known"
expires = 2999-01-01
"""


@pytest.fixture
def small_suite(tmp_path: Path) -> Path:
    folder = tmp_path / "suite"
    folder.mkdir()
    (folder / "conftest.py").write_text(SUITE)
    test = "def test_it(probe):\n    probe.call('getFlow', {'workflow': 'nope'})\n"
    (folder / "test_it.py").write_text(test)
    return folder


def test_a_finding_fails_the_test_that_meets_it_first_and_no_other(small_suite: Path, tmp_path: Path) -> None:
    again = "def test_again(probe):\n    probe.call('getFlow', {'workflow': 'no'})\n"
    more = "def test_more(probe):\n    probe.call('orchestrationgetServerInfo')\n"
    (small_suite / "test_later.py").write_text(again + more)
    flags = [
        "--flowgauge-target=in-process",
        "--flowgauge-fault=unknown-flow-500",
        "--flowgauge-fault=info-500",
    ]
    code, output, report = session(tmp_path, *flags, suites=small_suite)
    assert code == 1, output
    assert "2 failed, 1 passed" in output
    assert output.count("\n  rule        ") == len(report["findings"]) == 2
    assert "rule        a 5xx is for a fault of the server" in output


def test_a_waived_finding_is_reported_and_does_not_fail(small_suite: Path, tmp_path: Path) -> None:
    flags = ["--flowgauge-fault=unknown-flow-500"]
    assert session(tmp_path, *flags, suites=small_suite)[0] == 1
    (small_suite / "waivers.toml").write_text(WAIVER)
    code, output, report = session(tmp_path, *flags, suites=small_suite)
    assert code == 0, output
    assert [(f["id"], f["waived"]) for f in report["findings"]] == [("FG-101", "known")]


def test_a_waiver_that_matches_nothing_fails(small_suite: Path, tmp_path: Path) -> None:
    (small_suite / "waivers.toml").write_text(WAIVER)
    code, output, report = session(tmp_path, suites=small_suite)
    assert code == 1, output
    assert [(f["id"], f["count"]) for f in report["findings"]] == [("FG-902", 1)]


def test_an_expired_waiver_waives_nothing_and_fails(small_suite: Path, tmp_path: Path) -> None:
    (small_suite / "waivers.toml").write_text(WAIVER.replace("2999", "2001"))
    code, output, report = session(tmp_path, "--flowgauge-fault=unknown-flow-500", suites=small_suite)
    assert code == 1, output
    assert sorted((f["id"], f["waived"], f["count"]) for f in report["findings"]) == [
        ("FG-101", None, 1),
        ("FG-901", None, 1),
    ]


def test_over_two_workers_a_waived_finding_does_not_fail(small_suite: Path, tmp_path: Path) -> None:
    (small_suite / "waivers.toml").write_text(WAIVER)
    flags = ["--flowgauge-target=in-process", "--flowgauge-fault=unknown-flow-500", "-n", "2"]
    code, output, report = session(tmp_path, *flags, suites=small_suite)
    assert code == 0, output
    assert [(f["id"], f["waived"]) for f in report["findings"]] == [("FG-101", "known")]


def test_a_broken_test_is_not_a_finding(small_suite: Path, tmp_path: Path) -> None:
    (small_suite / "test_broken.py").write_text("def test_broken(probe):\n    raise RuntimeError('oops')\n")
    code, output, report = session(tmp_path, suites=small_suite)
    assert code == 70, output
    assert report["findings"] == []
    assert report["complete"] is False
    assert "broken harness" in output


def test_a_broken_fixture_is_not_a_finding_either(small_suite: Path, tmp_path: Path) -> None:
    fixture = "import pytest\n@pytest.fixture\ndef bad():\n    raise RuntimeError\n"
    text = fixture + "def test_broken(bad):\n    pass\n"
    (small_suite / "test_broken.py").write_text(text)
    code, _, report = session(tmp_path, suites=small_suite)
    assert code == 70
    assert report["complete"] is False


def test_findings_and_a_broken_harness_exit_with_1(small_suite: Path, tmp_path: Path) -> None:
    (small_suite / "test_broken.py").write_text("def test_broken(probe):\n    raise RuntimeError('oops')\n")
    flags = ["--flowgauge-fault=unknown-flow-500"]
    code, _, report = session(tmp_path, *flags, suites=small_suite)
    assert code == 1
    assert report["complete"] is False


def test_two_workers_try_and_say_what_one_does(small_suite: Path, tmp_path: Path) -> None:
    (small_suite / "test_more.py").write_text("def test_more(probe):\n    probe.call('listFlows')\n")
    of_nothing = WAIVER.replace("getFlow", "listFlows")
    (small_suite / "waivers.toml").write_text(WAIVER.replace("2999", "2001") + of_nothing)
    fault = "--flowgauge-fault=unknown-flow-500"
    _, _, alone = session(tmp_path / "one", fault, suites=small_suite)
    code, output, together = session(tmp_path / "two", fault, "-n", "2", suites=small_suite)
    assert code == 1, output
    assert together["complete"] is alone["complete"] is True
    assert cases(together) == cases(alone)
    for report in (alone, together):
        assert sorted((f["id"], f["operation"], f["count"]) for f in report["findings"]) == [
            ("FG-101", "getFlow", 1),
            ("FG-901", "getFlow", 1),
            ("FG-902", "listFlows", 1),
        ]


@pytest.mark.long
def test_the_same_seed_gives_the_same_cases_and_another_does_not(tmp_path: Path) -> None:
    journeys = ROOT / "contracts" / "test_journeys.py"
    runs = []
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        code, output, report = session(
            tmp_path / name, f"--flowgauge-seed={seed}", "--flowgauge-examples=6", suites=journeys
        )
        assert code == 0, output
        runs.append(report)
    assert cases(runs[0]) == cases(runs[1])
    assert cases(runs[0]) != cases(runs[2])
