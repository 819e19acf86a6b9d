"""`flowgauge init --url` proposes what suits the server's pace, and says so."""

import ast
import tomllib
from pathlib import Path

import pytest

from flowgauge.cli import main
from flowgauge.cli.project.pace import FASTEST, Pace, measured_pace
from flowgauge.cli.project.shipped import GATES, shipped
from flowgauge.client import Connection
from flowgauge.errors import ExitCode
from flowgauge.gates import read_gates
from flowgauge.reference.server.embedded import embedded_server

SCENARIO = Path("loadtests/run_path.py")
SLOW = Pace(
    "http://slow",
    2.6,
    {"run.latency.p99": 0.3612, "create.latency.p99": 0.021, "run_to_terminal.p95": 1.13},
)
FAST = Pace("http://fast", 900.0, dict.fromkeys(SLOW.seconds, 0.02))


def expected(text: str) -> dict[str, str]:
    return {gate["expect"].split(" < ")[0]: gate["expect"] for gate in tomllib.loads(text)["gate"]}


def test_a_slow_server_gets_a_slow_plan_and_wide_gates(tmp_path: Path) -> None:
    before = shipped(GATES).read_text()
    after = SLOW.written(GATES, before)
    gates = expected(after)
    assert gates["run.latency.p99"] == "run.latency.p99 < 1.4s"
    assert gates["create.latency.p99"] == "create.latency.p99 < 250ms", "never below what ships"
    assert gates["run_to_terminal.p95"] == "run_to_terminal.p95 < 4.5s"
    assert {n: g for n, g in gates.items() if n not in SLOW.seconds} == {
        n: g for n, g in expected(before).items() if n not in SLOW.seconds
    }
    assert "# Proposed by `flowgauge init` for http://slow: it took 361 ms.\n" in after
    (tmp_path / "gates.toml").write_text(after)
    assert len(read_gates(tmp_path / "gates.toml")) == len(read_gates(shipped(GATES)))
    scenario = SLOW.written(SCENARIO, shipped(SCENARIO).read_text())
    [made] = [node for node in ast.parse(scenario).body if isinstance(node, ast.ClassDef)]
    *_, rate = made.body
    assert ast.unparse(rate) == "defaults = {'rate': 1.3}"
    assert "# 4 users came to 2.6 runs/s" in scenario


def test_a_fast_server_gets_what_ships() -> None:
    assert FAST.rate == FASTEST
    for path in (GATES, SCENARIO):
        assert FAST.written(path, shipped(path).read_text()) == shipped(path).read_text()


def test_other_files_are_left_as_they_are() -> None:
    assert SLOW.written(Path("loadtests/mixed.py"), "    is_default = True\n") == "    is_default = True\n"


@pytest.mark.long
def test_init_asks_the_server_how_fast_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with embedded_server(edition="v2") as server:
        pace = measured_pace(Connection(server.url, server.token), "v2", (), seconds=2.0)
        monkeypatch.setenv("FLOWGAUGE_TOKEN", server.token)
        assert main(["init", "--url", server.url, "--ci", "none"]) == ExitCode.PASSED
    assert pace is not None
    assert pace.runs > 1
    assert all(0 < seconds < 60 for seconds in pace.seconds.values())
    assert "users came to" in capsys.readouterr().out
    assert {"run_path.py", "gates.toml"} <= {path.name for path in tmp_path.rglob("*")}
