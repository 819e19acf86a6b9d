"""One vocabulary: what is refused, in which words, before anything runs; locks; waivers and stages."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest
from run_values import contract_report, finding, load_run
from small_suites import UNKNOWN_FLOW, small_suite

from flowgauge.cli import main
from flowgauge.editions import EDITIONS, edition_named, findings_of
from flowgauge.errors import ExitCode
from flowgauge.reference.server.embedded import embedded_server
from flowgauge.results import (
    STAGES_FILE,
    ContractReport,
    held,
    read_contract_report,
    read_load_run,
    write_contract_report,
    write_load_run,
)


@pytest.fixture(autouse=True)
def _nobody_elses_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("FLOWGAUGE_")]:
        monkeypatch.delenv(name)


def test_flowgauge_alone_says_what_to_type_next_and_is_not_green(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == ExitCode.USAGE
    said = capsys.readouterr().out
    assert "flowgauge run --url URL" in said
    assert all(len(line) < 80 for line in said.splitlines())


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["run", "--token", "x"], "--token is for a server of yours\n  hint: name it with --url"),
        (["run", "--no-auth"], "--no-auth is for a server of yours"),
        (["run", "--flowgauge-no-auth"], "--no-auth is for a server of yours"),
        (["contract", "--header", "A: b"], "--header is for a server of yours"),
        (["run", "--proxy", "http://127.0.0.1:9"], "--proxy is for a server of yours"),
        (["load", "--url", "http://127.0.0.1:9", "--proxy", "socks5://h"], "with socks5 is not supported"),
        (["run", "--allow", "money"], "--allow is for a server of yours"),
        (
            ["run", "--url", "http://127.0.0.1:9", "--fault", "info-500"],
            "faults can only be switched on in an emb",
        ),
        (["run", "--budget", "-1"], "--budget must be more than 0 seconds"),
        (["run", "--examples", "0"], "--examples must be at least 1"),
        (["run", "--workers", "0"], "--workers must be at least 1"),
        (["run", "--plan", "50/s", "--rate", "5"], "--plan and --rate contradict each other"),
        (["load", "--plan", "50/s", "--rate", "5"], "--plan and --rate contradict each other"),
        (["load", "--plan", "rampp 0..5"], "column 1"),
        (["run", "--plan", "rampp 0..5"], "column 1"),
        (["load", "--stages", "nope"], "nope"),
        (["load", "--capacity-step", "5s"], "--capacity-step is for a search"),
        (["load", "--check-ratio", "2"], "--check-ratio must be a ratio from 0 to 1"),
        (
            ["load", "--url", "http://127.0.0.1:9", "--fault", "info-500"],
            "only be switched on in the embedded",
        ),
        (["run", "--scenario", "Nope"], "there is no scenario 'Nope'\n  hint: there are "),
        (["run", "--contracts", "none"], "none does not exist"),
        (["run", "--waivers", "."], ". cannot be read: [Errno 21] Is a directory"),
        (["run", "--ca-file", "none.pem"], "--ca-file none.pem does not exist"),
    ],
)
def test_what_cannot_work_is_refused_in_one_sentence_before_anything_runs(
    words: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == ExitCode.USAGE
    said = capsys.readouterr()
    assert said.out == ""
    assert says in said.err
    assert said.err.count("flowgauge: ") == 1
    assert "--flowgauge-" not in said.err
    assert not (tmp_path / "reports" / "out" / "contract.json").exists()


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:9/?key=s3cret", "http://127.0.0.1:9/#s3cret", "ftp://h/?key=s3cret", "me:s3cret@h"],
)
@pytest.mark.parametrize("command", [["doctor"], ["load"], ["ab", "http://127.0.0.1:9"]], ids=lambda c: c[0])
def test_an_address_that_is_refused_shows_no_secret(
    command: list[str], url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, *([] if command[0] == "ab" else ["--url"]), url]) == ExitCode.USAGE
    said = capsys.readouterr()
    assert "s3cret" not in said.out + said.err
    assert "http(s)://host[:port][/prefix]" in said.err


def test_who_interrupts_while_a_command_is_loaded_sees_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Impatient:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "flowgauge.cli.explain":
                raise KeyboardInterrupt

    monkeypatch.setattr(sys, "meta_path", [Impatient(), *sys.meta_path])
    monkeypatch.delitem(sys.modules, "flowgauge.cli.explain", raising=False)
    assert main(["explain"]) == 130
    assert capsys.readouterr().err == "flowgauge: interrupted; what was there before stays\n"


@pytest.mark.parametrize(
    "words", [["--tokn", "s3cret"], ["--tokn=s3cret"], ["--tokn", "s3cret", "more"], ["--tokn", "-s3cret"]]
)
@pytest.mark.parametrize("command", ["run", "gate", "report", "explain", "faults"])
def test_an_option_that_is_misspelt_is_named_without_its_value(
    command: str, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, *words]) == ExitCode.USAGE
    told = f"flowgauge: `flowgauge {command}` takes no --tokn\n  hint: `flowgauge {command} --help` lists"
    assert capsys.readouterr().err.startswith(told)


@pytest.mark.parametrize("flag", ["--token", "--flowgauge-token", "--client-secret"])
def test_a_secret_may_begin_with_a_dash(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["run", "--url", "http://127.0.0.1:9", "--client-id", "me"]
    assert main([*words, flag, "-s3cret"]) == ExitCode.UNREACHABLE if "secret" in flag else ExitCode.USAGE
    said = capsys.readouterr().err
    assert "expected one argument" not in said
    assert "s3cret" not in said
    with pytest.raises(SystemExit):
        main([*words, flag, "--seed", "1"])


def test_a_header_goes_with_every_request_of_suites_and_load(tmp_path: Path) -> None:
    seen: list[tuple[str, str | None]] = []

    class Gateway(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            seen.append((self.command, self.headers["X-Key"]))
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            with closing(HTTPConnection(urlsplit(server.url).netloc)) as behind:
                behind.request(self.command, self.path, body or None, dict(self.headers))
                response = behind.getresponse()
                told = response.read()
            self.send_response(response.status)
            for name in ("Content-Type", "Allow"):
                if response.headers[name]:
                    self.send_header(name, response.headers[name])
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        do_GET = do_POST = answer  # noqa: N815 - what http.server looks for

        def log_message(self, *_: object) -> None:
            pass

    suite = small_suite(tmp_path / "suite", UNKNOWN_FLOW)
    with embedded_server() as server, ThreadingHTTPServer(("127.0.0.1", 0), Gateway) as gateway:
        Thread(target=gateway.serve_forever, daemon=True).start()
        words = ["run", "--url", f"http://127.0.0.1:{gateway.server_address[1]}", "--token", server.token]
        words += ["--contracts", str(suite), "--duration", "1s", "--rate", "5"]
        _, said = typed(*words, "--header", "X-Key: of-the-gateway")
        gateway.shutdown()
    # The suite only reads: what writes is the load.
    assert {method for method, _ in seen} == {"GET", "POST"}, said
    assert {key for _, key in seen} == {"of-the-gateway"}
    assert "of-the-gateway" not in said


@pytest.mark.parametrize(
    ("edition", "call"),
    [("v0", UNKNOWN_FLOW), ("v2", "probe.call('v2GetWorkflow', {'workflow': 'nope'})")],
)
def test_a_stage_alone_finds_the_edition_out_too(edition: str, call: str, tmp_path: Path) -> None:
    suite = small_suite(tmp_path / "suite", call)
    with embedded_server(edition=edition) as server:
        target = ["--url", server.url, "--token", server.token]
        code, said = typed("contract", *target, "--contracts", str(suite))
        assert code == 0, said
        code, said = typed("load", *target, "--rate", "5", "--duration", "1s", "--warm-up", "0s")
    assert code == 0, said
    out = tmp_path / "reports" / "out"
    ids = {operation.id for operation in edition_named(edition).operations}
    assert {row.operation for row in read_contract_report(out).operations} == ids
    assert {row.operation for row in read_load_run(out).operations} <= ids
    assert f"speaks edition {edition}" in said


def test_a_load_fits_80_columns_and_tells_how_far_it_is(tmp_path: Path) -> None:
    code, screen = typed("load", "--rate", "20", "--duration", "7s", "--max-schedule-lag", "60s")
    assert code == ExitCode.PASSED, screen
    lines = screen.splitlines()
    assert [line for line in lines if len(line) > 80 and "/" not in line] == []
    assert sum("requests" in line and line.startswith("   ") for line in lines) == 1
    assert any(line.startswith("run_to_terminal ") for line in lines)
    assert "locust" not in screen.lower()
    assert "approximated" not in screen
    assert len(lines) < 25


def test_a_run_folder_is_for_one_run_at_a_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with held(tmp_path):
        assert main(["run", "--run-folder", str(tmp_path)]) == ExitCode.USAGE
    assert f"{tmp_path} is in use: process {os.getpid()} writes there" in capsys.readouterr().err
    with held(tmp_path):
        pass


@pytest.mark.parametrize("command", ["contract", "load"])
def test_a_stage_alone_waits_for_nobody_either(command: str, tmp_path: Path) -> None:
    with held(tmp_path):
        code, said = typed(command, "--run-folder", str(tmp_path))
    assert code == ExitCode.USAGE
    assert said.count(f"{tmp_path} is in use: process {os.getpid()} writes there") == 1, said


def test_the_first_finding_is_shown_before_the_load_begins_and_all_of_it_replaces_the_run_before(
    tmp_path: Path,
) -> None:
    suite = small_suite(tmp_path / "suite", UNKNOWN_FLOW)
    out = tmp_path / "reports" / "out"
    (out / "findings").mkdir(parents=True)
    (out / "findings" / "FG-999-old.sh").touch()
    (out / "proof.log").write_text("of the run before")
    words = ["run", "--contracts", str(suite), "--fault", "unknown-flow-500", "--duration", "1s"]
    code, said = typed(*words)
    assert code == ExitCode.FAILED, said
    places = [
        said.index(text) for text in ("contract  ", "FG-101  server error", "load      started", "FAILED")
    ]
    assert places == sorted(places)
    assert "expected   404" in said
    assert f"  next       sh {Path('reports/out/findings/FG-101-getFlow.sh')}\n" in said
    assert [path.name for path in (out / "findings").iterdir()] == ["FG-101-getFlow.sh"]
    assert not (out / "proof.log").exists()
    assert not (out / "unfinished").exists()
    assert json.loads((out / STAGES_FILE).read_text()) == {"stages": ["contract", "load"], "edition": "v0"}


def judged(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = main(["gate", "--run-folder", str(folder)])
    return code, capsys.readouterr().out


def test_a_waiver_counts_when_the_gates_are_judged_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_contract_report(tmp_path, contract_report(finding()))
    write_load_run(tmp_path, load_run(seconds=12))
    assert judged(tmp_path, capsys)[0] == ExitCode.FAILED
    waive = ["waive", "FG-101", "--reason", "ticket 4711", "--run-folder", str(tmp_path)]
    assert main(waive) == ExitCode.PASSED
    code, screen = judged(tmp_path, capsys)
    assert code == ExitCode.PASSED
    assert "FG-101" in screen
    # What is taken back counts no longer, and what has become stale is said again.
    path = tmp_path / "contracts" / "waivers.toml"
    path.write_text(path.read_text().replace("FG-101", "FG-102"))
    code, screen = judged(tmp_path, capsys)
    assert code == ExitCode.FAILED
    assert "FG-101" in screen
    assert "FG-902" in screen
    assert judged(tmp_path, capsys) == (code, screen)


def test_gates_on_a_load_that_nobody_asked_for_are_not_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_contract_report(tmp_path, contract_report())
    assert judged(tmp_path, capsys)[0] == ExitCode.NO_DATA
    (tmp_path / STAGES_FILE).write_text(json.dumps({"stages": ["contract"]}))
    code, screen = judged(tmp_path, capsys)
    assert code == ExitCode.PASSED
    assert "run.json" not in screen
    (tmp_path / STAGES_FILE).write_text(json.dumps({"stages": ["contract", "load"]}))
    assert judged(tmp_path, capsys)[0] == ExitCode.NO_DATA


WRITES = tuple(op.id for op in edition_named("v0").operations if op.method != "GET")


def read_only_report(left_out: Sequence[str] = WRITES, untried: Sequence[str] = WRITES) -> ContractReport:
    """A report of suites that were asked for no operation of `left_out`, and tried none of `untried`."""
    report = contract_report()
    rows = tuple(
        replace(op, cases=0, checks={}) if op.operation in untried else op for op in report.operations
    )
    return replace(report, operations=rows, left_out=tuple(left_out))


def test_a_read_only_run_is_green_by_what_it_was_asked_for_and_says_what_was_left_aside(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_contract_report(tmp_path, read_only_report())
    (tmp_path / STAGES_FILE).write_text(json.dumps({"stages": ["contract"]}))
    code, screen = judged(tmp_path, capsys)
    assert code == ExitCode.PASSED
    assert "PASSED  all 2 gates hold, of what was asked" in screen
    said = " ".join(screen.split())
    assert f"left aside: read-only: no request of the {len(WRITES)} operations that write was sent" in said
    assert "left aside: 8 gates are on a load, which was not asked for" in said
    assert main(["report", str(tmp_path)]) == ExitCode.PASSED
    assert "8 gates are on a load" in (tmp_path / "report.html").read_text()
    assert "8 gates are on a load" in (tmp_path / "summary.md").read_text()
    assert len(json.loads((tmp_path / "verdicts.json").read_text())["aside"]) == 2
    junit = (tmp_path / "junit.xml").read_text()
    assert junit.count("it writes, and the run was read-only") == len(WRITES)
    assert 'errors="0"' in junit


@pytest.mark.parametrize(
    ("report", "stages"),
    [
        # The load was to run, and broke off before it left anything.
        (read_only_report(), ["contract", "load"]),
        # Nothing is left out, and writes were not tried.
        (read_only_report(left_out=()), ["contract"]),
        # A read was asked for and not tried.
        (read_only_report(untried=(*WRITES, "getFlow")), ["contract"]),
        # Nothing at all was asked for.
        (read_only_report(left_out=[op.id for op in edition_named("v0").operations]), ["contract"]),
        # The suites broke off.
        (replace(read_only_report(), complete=False), ["contract"]),
        # Nobody says which stages there were.
        (read_only_report(), None),
    ],
)
def test_what_was_asked_for_and_did_not_come_is_never_green(
    report: ContractReport,
    stages: list[str] | None,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_contract_report(tmp_path, report)
    if stages is not None:
        (tmp_path / STAGES_FILE).write_text(json.dumps({"stages": stages}))
    assert judged(tmp_path, capsys)[0] == ExitCode.NO_DATA


def test_a_finding_of_a_read_only_run_is_red(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_contract_report(tmp_path, replace(read_only_report(), findings=(finding(),)))
    (tmp_path / STAGES_FILE).write_text(json.dumps({"stages": ["contract"]}))
    assert judged(tmp_path, capsys)[0] == ExitCode.FAILED


def test_gates_of_which_none_can_be_judged_are_no_data(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gates = tmp_path / "gates.toml"
    gates.write_text('[[gate]]\nname = "fast"\nexpect = "run.p99 < 1s"\n')
    write_contract_report(tmp_path, contract_report())
    (tmp_path / STAGES_FILE).write_text(json.dumps({"stages": ["contract"]}))
    assert main(["gate", "--run-folder", str(tmp_path), "--gates", str(gates)]) == ExitCode.NO_DATA
    assert "no gate of" in capsys.readouterr().err


def test_a_finding_is_explained_by_its_id_and_as_it_was_met(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_contract_report(tmp_path / "reports" / "out", contract_report(finding()))
    for name in ("FG-101", "fg-101", "101"):
        assert main(["explain", name]) == ExitCode.PASSED
        said = capsys.readouterr().out
        assert "Cure" in said
        assert "RFC 9110" in said
        assert "In the last run (reports/out)" in said
        assert "expected 404, got 500" in said
        assert max(map(len, said.splitlines())) <= 80
    assert main(["explain", "FG-401"]) == ExitCode.PASSED
    assert "In the last run" not in capsys.readouterr().out
    assert main(["explain", "FG-999"]) == ExitCode.USAGE
    assert "`flowgauge explain` lists them" in capsys.readouterr().err
    assert main(["explain"]) == ExitCode.PASSED
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert {"FG-100", "FG-401", "FG-1005"} <= set(listed)
    assert listed.index("FG-902") < listed.index("FG-1001")


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_explanation_fits_80_columns(edition: str, capsys: pytest.CaptureFixture[str]) -> None:
    for each in findings_of(edition):
        assert main(["explain", each.id, "--edition", edition]) == ExitCode.PASSED
        said = capsys.readouterr().out
        assert max(map(len, said.splitlines())) <= 80, each.id


def test_a_red_gate_leads_to_the_fix(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_contract_report(tmp_path, contract_report(finding(), finding(id="FG-102", severity="minor")))
    write_load_run(tmp_path, load_run(seconds=12))
    code, screen = judged(tmp_path, capsys)
    assert code == ExitCode.FAILED
    assert screen.splitlines()[-3:] == [
        f"  next       sh {tmp_path}/findings/FG-101-getFlow.sh",
        f"  next       flowgauge explain FG-101 --run-folder {tmp_path}",
        f'  next       flowgauge waive FG-101 --operation "getFlow" --reason "..." --run-folder {tmp_path}',
    ]
    assert main(["report", str(tmp_path)]) == ExitCode.PASSED
    assert {path.name for path in (tmp_path / "findings").iterdir()} == {
        "FG-101-getFlow.sh",
        "FG-102-getFlow.sh",
    }


def typed(*words: str, **environment: str) -> tuple[int, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("FLOWGAUGE_")}
    command = [sys.executable, "-m", "flowgauge", *words]
    done = subprocess.run(
        command, env=clean | environment, capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("command", ["run", "contract", "load", "doctor", "init"])
def test_one_error_is_told_in_one_way_and_once(command: str, tmp_path: Path) -> None:
    code, said = typed(command, "--url", "http://127.0.0.1:9")
    assert code == ExitCode.UNREACHABLE
    assert said.count("http://127.0.0.1:9 cannot be reached: connection refused") == 1, said
    assert "Traceback" not in said


@pytest.mark.parametrize("command", ["run", "contract", "load", "doctor", "init"])
def test_a_refused_token_is_told_in_one_way_and_once(command: str, tmp_path: Path) -> None:
    with embedded_server() as server:
        for environment, reason in (
            ({"FLOWGAUGE_TOKEN": "wrong"}, "the token is not accepted"),
            ({}, "it wants a token and none was given"),
        ):
            code, said = typed(command, "--url", server.url, **environment)
            assert code == ExitCode.UNREACHABLE
            assert said.count(f"{server.url} answers 401: {reason}") == 1, said


def test_doctor_says_what_can_be_tested(tmp_path: Path) -> None:
    with embedded_server() as server:
        code, said = typed(
            "doctor", "--url", server.url, FLOWGAUGE_TOKEN=server.token, HTTP_PROXY="http://h:1"
        )
    assert code == ExitCode.PASSED, said
    lines = {line.split()[1]: line for line in said.splitlines()}
    assert "speaks edition" in lines["server"]
    assert "agrees" in lines["clock"]
    assert "HTTP_PROXY not used" in lines["proxy"]
    code, said = typed("doctor", SSL_CERT_FILE="none.pem")
    assert code == ExitCode.USAGE
    assert "SSL_CERT_FILE names none.pem, which does not exist" in said
