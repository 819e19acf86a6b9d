"""The commands end to end on run folders: every exit code, what is printed, what is left behind."""

import json
import os
import re
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from run_values import contract_report as any_contract_report
from run_values import finding, load_run, scattered

from flowgauge.cli import main
from flowgauge.cli.judging import edition_flag, remember_stages
from flowgauge.cli.report import REPORT_FILES
from flowgauge.editions.v0.edition import DOCUMENT_PATH
from flowgauge.errors import ExitCode
from flowgauge.results import TargetIdentity, write_contract_report, write_load_run
from flowgauge.results.contract_report import OperationReport

REPOSITORY = Path(__file__).parents[2]
GATES = str(REPOSITORY / "reports" / "gates.toml")
RUN = load_run(seconds=12)
OLD = TargetIdentity("server", "http://old.example")
NEW = TargetIdentity("server", "http://new.example")
contract_report = partial(any_contract_report, fault_score=1.0)


def slower(factor):
    return load_run(seconds=12, latency=scattered(0.004 * factor, 0.35))


def folder(path, contract=None, load=None):
    path.mkdir(exist_ok=True)
    if contract:
        write_contract_report(path, contract)
    if load:
        write_load_run(path, load)
    return path


def gate(path, *flags):
    return main(["gate", "--gates", GATES, "--run-folder", str(path), *flags])


@pytest.mark.parametrize(
    ("contract", "load", "code", "word"),
    [
        (contract_report(), RUN, ExitCode.PASSED, "PASSED"),
        (contract_report(finding()), RUN, ExitCode.FAILED, "FAILED"),
        (contract_report(), slower(200), ExitCode.FAILED, "FAILED"),
        (contract_report(), None, ExitCode.NO_DATA, "NO DATA"),
        (None, RUN, ExitCode.NO_DATA, "NO DATA"),
        (contract_report(complete=False), RUN, ExitCode.NO_DATA, "NO DATA"),
        (contract_report(), load_run(seconds=12, invalid=("clock stepped",)), ExitCode.INVALID, "INVALID"),
        (contract_report(), load_run(seconds=12, arrivals_started=100), ExitCode.INVALID, "INVALID"),
    ],
)
def test_the_gate_answers_with_its_exit_code_and_one_screen(tmp_path, capsys, contract, load, code, word):
    assert gate(folder(tmp_path, contract, load)) == code
    screen = capsys.readouterr().out
    assert screen.strip().startswith(word)
    verdicts = json.loads((tmp_path / "verdicts.json").read_text())
    assert verdicts["exit_code"] == code
    assert len(screen.splitlines()) < 32


def unbroken(screen: str) -> str:
    """What a terminal of any width shows, as one line."""
    return " ".join(screen.split())


def test_a_damaged_file_is_no_data_and_says_which(tmp_path, capsys):
    folder(tmp_path, contract_report(), RUN)
    (tmp_path / "run.json").write_text("{")
    assert gate(tmp_path) == ExitCode.NO_DATA
    assert "run.json is not JSON" in unbroken(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("contract", "load", "stale"),
    [
        (OLD, NEW, "contract.json"),
        (replace(OLD, count=2), TargetIdentity("embedded", "http://127.0.0.1:1"), "contract.json"),
        (TargetIdentity("embedded", "http://127.0.0.1:1"), NEW, "contract.json"),
    ],
)
def test_what_an_earlier_job_left_behind_is_not_judged(tmp_path, capsys, contract, load, stale):
    folder(tmp_path, replace(contract_report(), target=contract), replace(RUN, target=load))
    assert gate(tmp_path) == ExitCode.NO_DATA
    # The folder's name has any length, and is broken anywhere.
    assert f"{stale}isofanearlierrun" in unbroken(capsys.readouterr().out).replace(" ", "")
    later = replace(contract_report(), target=contract, started_at=RUN.started_at + 1)
    folder(tmp_path, later)
    assert gate(tmp_path) == ExitCode.NO_DATA
    assert "run.json is of an earlier run" in unbroken(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("contract", "load"),
    [
        (replace(NEW, count=2), TargetIdentity("server", f"{NEW.url}/")),
        (TargetIdentity("embedded", "http://127.0.0.1:1"), TargetIdentity("embedded", "http://127.0.0.1:2")),
        (
            TargetIdentity("in-process", faults=("create-200",)),
            TargetIdentity("embedded", "http://127.0.0.1:2"),
        ),
        (TargetIdentity("fake"), TargetIdentity("embedded", "http://127.0.0.1:2")),
    ],
)
def test_one_server_by_two_names_is_one_run(tmp_path, contract, load):
    folder(tmp_path, replace(contract_report(), target=contract), replace(RUN, target=load))
    assert gate(tmp_path) == ExitCode.PASSED


@pytest.mark.parametrize(
    "damage", ["", "Tag=run.latency,0,1,0,HISTFAAA\n", "Tag=run.latency,nan,1,0,x\n", "Tag=x\n"]
)
def test_damaged_histograms_are_no_data(tmp_path, damage):
    folder(tmp_path, contract_report(), RUN)
    (tmp_path / "run.hlog").write_text(damage)
    assert gate(tmp_path) == ExitCode.NO_DATA


def test_a_slower_run_is_a_regression(tmp_path, capsys):
    gates = tmp_path / "gates.toml"
    gates.write_text('[[gate]]\nexpect = "run.p50 < baseline + 10%"\n[[gate]]\nexpect = "errors == 0"')
    run_folder = folder(tmp_path / "out", contract_report(), RUN)
    flags = ["--baselines", str(tmp_path / "kept")]
    arguments = ["gate", "--gates", str(gates), "--run-folder", str(run_folder), *flags]
    assert main(arguments) == ExitCode.NO_DATA
    assert main(["baseline", *flags, "set", str(run_folder), "--reason", "a new disk"]) == ExitCode.PASSED
    assert main(arguments) == ExitCode.PASSED
    folder(run_folder, load=slower(1.5))
    assert main(arguments) == ExitCode.REGRESSION
    assert "REGRESSED" in capsys.readouterr().out
    assert main(["baseline", *flags, "compare", str(run_folder)]) == ExitCode.REGRESSION
    assert "x regressed" in capsys.readouterr().out
    assert main(["baseline", *flags, "show"]) == ExitCode.PASSED
    assert "a new disk" in capsys.readouterr().out


def test_two_sets_of_runs_are_compared_without_a_baseline(tmp_path, capsys):
    sets = {}
    for name, factor in (("a", 1.0), ("b", 1.0), ("c", 1.3)):
        sets[name] = [
            str(
                folder(
                    tmp_path / f"{name}{n}", load=load_run(seconds=10, seed=ord(name) + n * 7, latency=slow)
                )
            )
            for n, slow in enumerate([lambda at, rng, f=factor: rng.lognormvariate(0, 0.3) * 0.005 * f] * 2)
        ]
    compare = ["baseline", "compare", "--measure", "run.p50", "--measure", "run.p90"]
    assert main([*compare, *sets["b"], "--against", *sets["a"]]) == ExitCode.PASSED
    assert main([*compare, *sets["c"], "--against", *sets["a"]]) == ExitCode.REGRESSION
    assert main([*compare, *sets["a"], "--against", *sets["c"]]) == ExitCode.PASSED
    assert "faster" in capsys.readouterr().out
    assert main([*compare, *sets["a"], "--against", str(tmp_path)]) == ExitCode.NO_DATA


@pytest.mark.parametrize(
    ("changed", "code", "words"),
    [
        ({}, ExitCode.PASSED, "no change"),
        ({"errors": 200}, ExitCode.REGRESSION, "errors.ratio"),
        ({"invalid": ("clock stepped",)}, ExitCode.INVALID, "clock stepped"),
        ({"interrupted": True}, ExitCode.INVALID, "before the end of its plan"),
        ({"scenario": "soak"}, ExitCode.NO_DATA, "the other soak"),
        ({"plan": {"rate": 1}}, ExitCode.NO_DATA, "plans differ"),
        ({"plan": {"rate": 1}, "errors": 200}, ExitCode.NO_DATA, "plans differ"),
        (
            {"host": {"cpus": 64, "machine": "x86_64"}},
            ExitCode.PASSED,
            "beware, processors: 2 before, 64 now",
        ),
        ({"target": NEW}, ExitCode.PASSED, "beware, server: the reference server before"),
        ({"versions": {}}, ExitCode.PASSED, "beware, flowgauge: 0.1.0 before, unknown now"),
    ],
)
def test_a_comparison_says_what_it_cannot_know(tmp_path, capsys, changed, code, words):
    flags = ["baseline", "--baselines", str(tmp_path / "kept")]
    assert main([*flags, "set", str(folder(tmp_path / "a", load=RUN))]) == ExitCode.PASSED
    after = folder(tmp_path / "b", load=load_run(seconds=12, **changed))
    against = ["--against", str(tmp_path / "a")] if "scenario" in changed else []
    assert main([*flags, "compare", str(after), *against]) == code
    assert words in capsys.readouterr().out


@pytest.mark.parametrize("words", [["set", "{0}", "{1}"], ["compare", "{0}", "{1}", "--against", "{2}"]])
def test_a_run_that_is_named_twice_is_not_counted_twice(tmp_path, capsys, words):
    """Also where it is a copy: the same seconds drawn from twice make any interval too narrow."""
    again = load_run(seconds=12, seed=5)
    places = [folder(tmp_path / name, load=load) for name, load in zip("abc", (RUN, RUN, again), strict=True)]
    arguments = [word.format(*places) for word in words]
    assert main(["baseline", "--baselines", str(tmp_path / "kept"), *arguments]) == ExitCode.USAGE
    assert f"{places[1]} holds a run that is counted already" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["run.max", "run.latency.mean", "errors", "run.p95x", "nothing"])
def test_a_measure_that_cannot_be_compared_is_answered_with_such_as_can(tmp_path, capsys, name):
    assert main(["baseline", "compare", str(folder(tmp_path, load=RUN)), "--measure", name]) == ExitCode.USAGE
    near = capsys.readouterr().err.split("such as ")[1].strip().split(", ")
    for each in near:
        compared = ["baseline", "--baselines", str(tmp_path), "compare", str(tmp_path), "--measure", each]
        assert main(compared) == ExitCode.NO_DATA, "there is no baseline, and that is all that is wrong"


def test_a_baseline_that_was_not_written_to_its_end_hides_none(tmp_path, capsys):
    flags = ["baseline", "--baselines", str(tmp_path / "kept")]
    assert main([*flags, "set", str(folder(tmp_path / "a", load=RUN))]) == ExitCode.PASSED
    capsys.readouterr()
    shutil.copytree(tmp_path / "kept" / RUN.scenario, tmp_path / "kept" / f".{RUN.scenario}.new")
    assert main([*flags, "show"]) == ExitCode.PASSED
    assert capsys.readouterr().out.count("pooled runs") == 1


def test_bytes_that_are_no_text_are_kept_as_such(tmp_path, capsys, monkeypatch):
    """Names of files, arguments and the environment may hold any bytes."""
    odd = os.fsdecode(b"b\xff")
    monkeypatch.setenv("GITHUB_SHA", odd)
    monkeypatch.chdir(tmp_path)
    Path(f"{odd}.yaml").write_bytes(DOCUMENT_PATH.read_bytes())
    place = folder(tmp_path / odd, contract_report(finding()), RUN)
    assert gate(place) == ExitCode.FAILED
    assert main(["report", str(place), "--document", f"{odd}.yaml"]) == ExitCode.PASSED
    located = json.loads((place / "findings.sarif").read_text())["runs"][0]["results"][0]["locations"][0]
    assert located["physicalLocation"]["artifactLocation"]["uri"] == "b%FF.yaml"
    assert main(["history", str(place)]) == ExitCode.PASSED
    assert main(["baseline", "set", str(place), "--reason", odd]) == ExitCode.PASSED
    assert "b<U+DCFF>" in capsys.readouterr().out


@pytest.mark.parametrize(
    "damage",
    [
        '{"stages": "load"}',
        '{"stages": [1]}',
        '{"stages": ["contract", {}]}',
        '{"stages": {"contract": 1}}',
        '{"stages": ["contract"], "edition": ["v0"]}',
        "[]",
        "\x00",
        "[" * 100_000,
    ],
)
def test_a_damaged_list_of_stages_leaves_no_gate_aside(tmp_path, capsys, damage):
    folder(tmp_path, contract_report())
    (tmp_path / "stages.json").write_text(damage)
    assert gate(tmp_path) == ExitCode.NO_DATA
    assert "stages.json is damaged" in capsys.readouterr().err


def test_a_file_in_the_place_of_the_run_folder_is_named(tmp_path, capsys):
    (tmp_path / "out").write_text("")
    assert gate(tmp_path / "out") == ExitCode.NO_DATA
    assert f"{tmp_path}/out is no folder" in capsys.readouterr().err


@pytest.mark.parametrize("gates", ["none.toml", "bad.toml"])
def test_a_run_that_cannot_be_judged_does_not_keep_the_verdict_of_the_last_one(tmp_path, monkeypatch, gates):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.toml").write_text("[[gate]]\nexpect = 'erors == 0'")
    assert gate(folder(tmp_path / "out", contract_report(), RUN)) == ExitCode.PASSED
    assert main(["gate", "--gates", gates, "--run-folder", "out"]) == ExitCode.USAGE
    assert not (tmp_path / "out" / "verdicts.json").exists()


def test_a_history_that_cannot_be_written_to_does_not_hide_the_verdict(tmp_path, capsys):
    folder(tmp_path, contract_report(finding()), RUN)
    assert gate(tmp_path, "--history", str(tmp_path / "run.json" / "h.jsonl")) == ExitCode.FAILED
    said = capsys.readouterr()
    assert said.out.strip().startswith("FAILED")
    assert "h.jsonl cannot be" in said.err


@pytest.mark.parametrize("name", ["contract.json", "run.json"])
def test_a_folder_of_a_newer_format_is_told_as_such(tmp_path, capsys, name):
    folder(tmp_path, contract_report(), RUN)
    path = tmp_path / name
    path.write_text(path.read_text().replace('"version": 2', '"version": 3'))
    assert gate(tmp_path) == ExitCode.NO_DATA
    screen = " ".join(capsys.readouterr().out.split())
    assert f"{name} has version 3; this flowgauge reads version 2" in screen


def test_a_folder_of_which_nothing_can_be_read_gives_no_report(tmp_path, capsys):
    for name in ("contract.json", "run.json"):
        (tmp_path / name).write_text('{"format": "something else"}')
    assert main(["report", str(tmp_path), "--gates", GATES]) == ExitCode.NO_DATA
    assert "contract.json does not hold" in capsys.readouterr().err
    assert not (tmp_path / "report.html").exists()


def test_a_place_that_cannot_be_written_to_is_wrong_usage(tmp_path, capsys):
    folder(tmp_path, contract_report(), RUN)
    (tmp_path / "verdicts.json" / "in the way").mkdir(parents=True)
    assert gate(tmp_path) == ExitCode.USAGE
    assert "verdicts.json cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["gate", "--gates", "none.toml"], ExitCode.USAGE, "does not exist"),
        (["gate", "--gates", GATES, "--run-folder", "none"], ExitCode.NO_DATA, "flowgauge run"),
        (["report", "none", "--gates", GATES], ExitCode.NO_DATA, "flowgauge run"),
        (["history", "none"], ExitCode.NO_DATA, "holds no run"),
        (["baseline", "show"], ExitCode.NO_DATA, "baseline set"),
        (["baseline", "set", "none"], ExitCode.NO_DATA, "run.json"),
        (["baseline", "compare", "none"], ExitCode.NO_DATA, "run.json"),
        (["baseline", "compare", "--measure", "run.p9"], ExitCode.NO_DATA, "run.json"),
        (["baseline", "compare", "--measure", "run.max"], ExitCode.USAGE, "not a percentile"),
        (["baseline", "compare", "--minimum", "10"], ExitCode.USAGE, "such as 10%"),
        (["baseline", "compare", "--minimum", "nan%"], ExitCode.USAGE, "such as 10%"),
    ],
)
def test_bad_input_gives_one_clear_sentence(tmp_path, monkeypatch, capsys, arguments, code, message):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == code
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error


def test_checking_needs_no_data_and_points_at_every_slip(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["gate", "--gates", GATES, "--check"]) == ExitCode.PASSED
    bad = tmp_path / "bad.toml"
    bad.write_text('[[gate]]\nexpect = "run.p99 < 250"\n[[gate]]\nexpect = "erors == 0"')
    assert main(["gate", "--gates", str(bad), "--check"]) == ExitCode.USAGE
    error = capsys.readouterr().err
    assert "gate 1, column 11" in error
    assert "nearest: errors" in error


def test_the_measures_are_listed(capsys):
    assert main(["gate", "--measures"]) == ExitCode.PASSED
    assert {"errors.ratio", "run.latency.p99", "contract.findings"} <= set(capsys.readouterr().out.split())


def test_an_old_run_is_reported_again_with_the_same_figures(tmp_path, capsys):
    folder(tmp_path, contract_report(finding()), RUN)
    assert main(["report", str(tmp_path), "--gates", GATES]) == ExitCode.PASSED
    first = {name: (tmp_path / name).read_bytes() for name in REPORT_FILES}
    assert main(["report", str(tmp_path), "--gates", GATES]) == ExitCode.PASSED
    assert {name: (tmp_path / name).read_bytes() for name in REPORT_FILES} == first
    assert len(first["report.html"]) < 300_000


def test_judging_leaves_a_line_in_the_history(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("FLOWGAUGE_REVISION", "abc123")
    folder(tmp_path, contract_report(), RUN)
    gate(tmp_path)
    gate(tmp_path)
    assert main(["history", str(tmp_path)]) == ExitCode.PASSED
    assert capsys.readouterr().out.count("abc123") == 1


@pytest.mark.parametrize("command", ["gate", "report", "history"])
def test_a_run_folder_is_named_by_itself_or_by_its_flag_and_not_twice(tmp_path, capsys, command):
    folder(tmp_path, contract_report(), RUN)
    gate(tmp_path)
    flags = [] if command == "history" else ["--gates", GATES]
    for words in ([str(tmp_path), *flags], [*flags, str(tmp_path)], ["--run-folder", str(tmp_path), *flags]):
        assert main([command, *words]) == ExitCode.PASSED
    with pytest.raises(SystemExit) as usage:
        main([command, str(tmp_path), *flags, "--run-folder", str(tmp_path)])
    assert usage.value.code == ExitCode.USAGE
    assert "not allowed with argument RUN_FOLDER" in capsys.readouterr().err


def test_a_run_is_judged_by_the_edition_that_it_was_held_to(tmp_path, capsys):
    op = OperationReport("v2ListWorkflows", "GET", "/api/orchestration/v2/workflows", 90, {})
    folder(tmp_path, replace(contract_report(finding(operation=op.operation)), operations=(op,)))
    remember_stages(tmp_path, ["contract"], "v2")
    next_line = f"flowgauge explain FG-101 --run-folder {tmp_path}"
    assert gate(tmp_path) == ExitCode.FAILED
    said = capsys.readouterr().out
    assert "cases on 1 operations" in said
    assert f"{next_line}\n" in said
    assert gate(tmp_path, "--edition", "v0") == ExitCode.FAILED
    said = capsys.readouterr().out
    assert "cases on 0 operations" in said
    assert f"{next_line} --edition v0\n" in said
    # The page says the same, for whoever opens it.
    for flags, end in (((), ""), (("--edition", "v0"), " --edition v0")):
        assert main(["report", str(tmp_path), "--gates", GATES, *flags]) == ExitCode.PASSED
        assert f"{next_line}{end}\nflowgauge waive FG-101" in (tmp_path / "report.html").read_text("utf-8")
    waivers = ["--waivers", str(tmp_path / "waivers.toml")]
    waive = ["waive", "FG-101", "--reason", "ticket 1", "--run-folder", str(tmp_path), *waivers]
    # A waiver that the edition cannot have would make the file useless.
    assert main([*waive, "--edition", "v0"]) == ExitCode.USAGE
    assert "edition v0 has no operation v2ListWorkflows" in capsys.readouterr().err
    assert main(waive) == ExitCode.PASSED
    gate(tmp_path, *waivers)
    assert "[waived: ticket 1]" in capsys.readouterr().out


@pytest.mark.parametrize("edition", ["https://user:secret@host/openapi.json", "mine.py"])
def test_only_an_edition_of_ours_is_kept(tmp_path, edition):
    remember_stages(tmp_path, ["contract"], edition)
    assert json.loads((tmp_path / "stages.json").read_text()) == {"stages": ["contract"]}


@pytest.mark.parametrize(
    ("edition", "flag"),
    [
        ("v0", ""),
        ("v2", " --edition v2"),
        ("my pets.py", " --edition 'my pets.py'"),
        ("https://host/openapi.json", " --edition https://host/openapi.json"),
        ("https://user:secret@host/openapi.json", ""),
        ("https://host/openapi.json?key=secret", ""),
    ],
)
def test_an_edition_is_named_again_where_it_has_to_be_and_no_secret_is(tmp_path, edition, flag):
    assert edition_flag(tmp_path, edition) == flag


def test_a_run_folder_has_no_python_run(tmp_path):
    mine = tmp_path / "mine.py"
    mine.write_text("raise SystemExit(99)")
    folder(tmp_path, contract_report(), RUN)
    asked = {"stages": ["contract", "load"], "edition": str(mine)}
    (tmp_path / "stages.json").write_text(json.dumps(asked))
    assert gate(tmp_path) == ExitCode.PASSED


def test_colour_is_for_terminals(tmp_path, capsys, monkeypatch):
    folder(tmp_path, contract_report(), RUN)
    gate(tmp_path)
    assert "\x1b" not in capsys.readouterr().out
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    gate(tmp_path)
    assert "\x1b[32m" in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    gate(tmp_path)
    assert "\x1b" not in capsys.readouterr().out


def test_a_finding_under_load_is_waived_when_the_run_is_judged(tmp_path):
    lost = finding(id="FG-1001", operation="getWorkflowOccurrence")
    folder(tmp_path, contract_report(), load_run(seconds=12, findings=(lost,)))
    waivers = tmp_path / "waivers.toml"
    flags = ["--waivers", str(waivers)]
    assert gate(tmp_path, *flags) == ExitCode.FAILED
    words = ["FG-1001", "--reason", "ticket 1", "--run-folder", str(tmp_path), *flags]
    assert main(["waive", *words]) == ExitCode.PASSED
    assert gate(tmp_path, *flags) == ExitCode.PASSED
    waivers.write_text(waivers.read_text().replace("expires = 20", "expires = 19"))
    assert gate(tmp_path, *flags) == ExitCode.FAILED
    verdicts = json.loads((tmp_path / "verdicts.json").read_text())
    [failed] = [each for each in verdicts["gates"] if each["status"] == "failed"]
    assert failed["outcomes"][0]["value"] == 2, "the finding, and the waiver that has expired"


def test_the_proof_of_the_suites_is_judged_where_it_was_asked_for(tmp_path):
    folder(tmp_path, any_contract_report(), RUN)
    assert gate(tmp_path) == ExitCode.PASSED
    (tmp_path / "stages.json").write_text('{"stages": ["contract", "proof", "load"]}')
    assert gate(tmp_path) == ExitCode.NO_DATA
    folder(tmp_path, any_contract_report(fault_score=0.5))
    assert gate(tmp_path) == ExitCode.FAILED


def test_the_page_names_the_line_of_the_document_that_a_rule_is_from(tmp_path, monkeypatch):
    pointer = "a promise: #/paths/~1api~1orchestration~1flows/post/responses"
    run_folder = folder(tmp_path / "out", contract_report(finding(rule=pointer), finding(id="FG-102")), RUN)
    report = ["report", str(run_folder), "--gates", GATES]
    assert main(report) == ExitCode.PASSED
    page = (run_folder / "report.html").read_text()
    [number] = re.findall(r"line (\d+) of the document of v0", page)
    lines = DOCUMENT_PATH.read_text().splitlines()
    assert lines[int(number) - 1].strip() == "responses:"
    document = tmp_path / "mine.yaml"
    document.write_text("# a line more\n" + DOCUMENT_PATH.read_text())
    monkeypatch.chdir(tmp_path)
    assert main([*report, "--document", "mine.yaml"]) == ExitCode.PASSED
    assert f"line {int(number) + 1} of mine.yaml" in (run_folder / "report.html").read_text()


def test_sarif_speaks_of_the_document_that_its_reader_has(tmp_path, monkeypatch, capsys):
    run_folder = folder(tmp_path / "out", contract_report(finding()), RUN)
    document = tmp_path / "api" / "openapi.yaml"
    document.parent.mkdir()
    document.write_text(DOCUMENT_PATH.read_text())
    monkeypatch.chdir(tmp_path)
    report = ["report", str(run_folder), "--gates", GATES]
    assert main([*report, "--document", "api/openapi.yaml"]) == ExitCode.PASSED
    log = json.loads((run_folder / "findings.sarif").read_text())
    [result] = log["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "api/openapi.yaml"
    assert document.read_text().splitlines()[place["region"]["startLine"] - 1].strip() == "get:"
    for outside in (str(document), "../openapi.yaml"):
        assert main([*report, "--document", outside]) == ExitCode.USAGE
    assert "not inside the current folder" in capsys.readouterr().err
    assert main(report) == ExitCode.PASSED
    assert not (run_folder / "findings.sarif").exists()
