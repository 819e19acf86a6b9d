"""Two servers measured in turns."""

import pytest
from run_values import load_run

from flowgauge.cli.ab import compare_in_turns, turns
from flowgauge.errors import ExitCode, NoDataError
from flowgauge.gates import Catalogue, changes
from flowgauge.results import write_load_run

URLS = {"a": "http://a", "b": "http://b"}
P50 = Catalogue().find("run.p50").figure


def machine(slower):
    """A machine that gets slower with every turn, and a server B that many times slower than A."""
    done = []

    def measure(name, url, folder):
        drift = 1 + len(done) * 0.1
        factor = drift * (slower if name == "b" else 1.0)
        done.append((name, url))
        run = load_run(
            seconds=6, seed=len(done), latency=lambda at, dice: dice.lognormvariate(0, 0.2) * 0.01 * factor
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


def test_a_turn_that_breaks_off_ends_the_comparison(tmp_path):
    with pytest.raises(NoDataError, match="http://a broke off"):
        compare_in_turns(URLS, tmp_path, rounds=2, measure=lambda name, url, folder: ExitCode.UNREACHABLE)
