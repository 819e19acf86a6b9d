"""`flowgauge diff`: from two URLs to causes and an exit code."""

from pathlib import Path

import pytest

from flowgauge.cli import main
from flowgauge.errors import ExitCode
from flowgauge.reference.server.embedded import embedded_server

TOY = str(Path(__file__).parents[1] / "toy" / "edition.py")
BRIEF = ["--edition", TOY, "--examples", "2", "--seed", "3"]


def said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *faults: str, strict: bool = False
) -> tuple[int, str]:
    with embedded_server(edition=TOY) as a, embedded_server(edition=TOY, faults=faults) as b:
        monkeypatch.setenv("FLOWGAUGE_TOKEN", a.token)
        monkeypatch.setenv("FLOWGAUGE_TOKEN_B", b.token)
        code = main(["diff", a.url, b.url, *BRIEF, *(["--strict"] if strict else [])])
    shown = capsys.readouterr()
    assert "compared; next: deletes" in shown.err
    assert a.token not in shown.out + shown.err
    return code, shown.out


def test_two_servers_of_one_kind_are_the_same(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out = said(capsys, monkeypatch, strict=True)
    assert (code, out.splitlines()[-1]) == (ExitCode.PASSED, "They are the same")
    assert "answers compared, seed 3" in out


def test_a_fault_is_told_by_its_cause(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out = said(capsys, monkeypatch, "create-answers-200")
    assert code == ExitCode.FAILED
    assert "B alone breaks the document:" in out
    assert "A alone breaks the document:" not in out
    assert "FG-102" in out
    assert out.splitlines()[-1].startswith("They differ: ")


def test_what_cannot_be_compared_has_its_exit_code(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with embedded_server(edition=TOY) as a:
        monkeypatch.setenv("FLOWGAUGE_TOKEN", a.token)
        assert main(["diff", a.url, "http://127.0.0.1:9", *BRIEF]) == ExitCode.UNREACHABLE
        assert main(["diff", "http://127.0.0.1:9", a.url]) == ExitCode.UNREACHABLE
        assert main(["diff", a.url, a.url, *BRIEF, "--examples", "0"]) == ExitCode.USAGE
        assert main(["diff", a.url, a.url, *BRIEF, "--budget", "0.001"]) == ExitCode.NO_DATA
