"""Two servers measured in turns."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from run_values import load_run

from flowgauge.cli import main
from flowgauge.cli.comparison.ab import compare_in_turns, turns
from flowgauge.errors import ExitCode, NoDataError, TargetError, UsageError
from flowgauge.gates import changes, gate_measures
from flowgauge.reference.server.embedded import embedded_server
from flowgauge.results import write_load_run

LOADTESTS = Path(__file__).parents[2] / "loadtests"

URLS = {"a": "http://a", "b": "http://b"}
P50 = gate_measures().find("run.p50").figure


def machine(slower):
    """A machine that gets slower with every turn, and a server B that many times slower than A."""
    done = []

    def measure(name, url, folder):
        drift = 1 + len(done) * 0.1
        factor = drift * (slower if name == "b" else 1.0)
        done.append((name, url))
        run = load_run(
            seconds=6, seed=len(done), latency=lambda at, rng: rng.lognormvariate(0, 0.2) * 0.01 * factor
        )
        write_load_run(folder, run)
        return ExitCode.PASSED

    measure.done = done
    return measure


def test_neither_server_is_always_first():
    assert "".join(turns(4)) == "abbaabba"


@pytest.mark.parametrize(("slower", "regressed"), [(1.0, False), (2.0, True)])
def test_a_drift_of_the_machine_is_not_taken_for_a_regression(tmp_path, slower, regressed):
    measure = machine(slower)
    before, after = compare_in_turns(URLS, tmp_path, rounds=4, measure=measure)
    assert [name for name, _ in measure.done] == list("abbaabba")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"{name}-{n}" for name in "ab" for n in range(1, 5)
    ]
    assert changes(before, after, [P50])[P50].is_regression(0.1) is regressed


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (ExitCode.UNREACHABLE, TargetError),
        (ExitCode.USAGE, UsageError),
        (ExitCode.NO_DATA, NoDataError),
        (ExitCode.HARNESS, NoDataError),
        (-9, NoDataError),
    ],
)
def test_a_turn_that_breaks_off_ends_the_comparison(tmp_path, code, error):
    with pytest.raises(error, match="http://a broke off") as caught:
        compare_in_turns(URLS, tmp_path, rounds=2, measure=lambda name, url, folder: code)
    assert type(caught.value) is error


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["http://127.0.0.1:9", "nonsense"], "not an http or https URL"),
        (["http://127.0.0.1:9", "http://127.0.0.1:9", "--duration", "banana"], "banana"),
        (["http://127.0.0.1:9", "http://127.0.0.1:9", "--rounds", "0"], "--rounds 0"),
        (["http://127.0.0.1:9", "http://127.0.0.1:9", "--measure", "run.max"], "not a percentile"),
        (["http://127.0.0.1:9", "http://127.0.0.1:9", "--minimum", "ten"], "such as 10%"),
        (["http://127.0.0.1:9", "http://127.0.0.1:9", "--loadtests", "none"], "does not exist"),
    ],
)
def test_wrong_usage_is_said_before_the_first_turn(capsys, arguments, message):
    assert main(["ab", *arguments]) == ExitCode.USAGE
    assert message in capsys.readouterr().err


@pytest.mark.long
def test_a_server_that_got_slower_is_a_regression_and_one_that_is_not_there_is_unreachable(tmp_path):
    """End to end: two servers on loopback, B made slow by a fault that lets `run` wait for its stages."""
    with embedded_server() as quick, embedded_server(faults=("no-wait-blocks",)) as slow:
        flags = ["--rounds", "2", "--duration", "5s", "--rate", "10", "--loadtests", str(LOADTESTS)]
        token = {"FLOWGAUGE_TOKEN": quick.token, "FLOWGAUGE_TOKEN_B": slow.token}
        command = [sys.executable, "-m", "flowgauge", "ab", quick.url]
        done = subprocess.run(
            [*command, slow.url, *flags, "--run-folder", str(tmp_path)],
            env=os.environ | token,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == ExitCode.REGRESSION, done.stdout + done.stderr
        assert "  run.latency\n    x regressed  p50" in done.stdout
        done = subprocess.run(
            [*command, "http://127.0.0.1:9", *flags, "--run-folder", str(tmp_path), "--duration", "1s"],
            env=os.environ | token,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == ExitCode.UNREACHABLE, done.stdout + done.stderr
