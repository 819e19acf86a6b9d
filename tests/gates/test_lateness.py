"""What the generator made itself is not held against the server, and nothing else is excused by it."""

import random
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from run_values import OPERATION_IDS, load_run

from flowgauge.errors import ExitCode
from flowgauge.gates import Evidence, Gate, gate_measures, judge, parse
from flowgauge.results import Histogram, LoadRun, Slice

CATALOGUE = gate_measures()
SECONDS, RATE = 80, 50
Service = Callable[[float], float]


@dataclass
class Stop:
    """From `begins` on nothing happens for `length` seconds, and so again and again."""

    begins: float = 1e9
    length: float = 0.0
    every: float = 1e9

    def end(self, at: float) -> float:
        """When what is to happen at that moment happens."""
        since = (at - self.begins) % self.every if at >= self.begins else self.length
        return at + max(self.length - since, 0.0)


def quick(at: float) -> float:
    return 0.004 * random.Random(at).lognormvariate(0, 0.3)


NEVER = Stop()


def measured(
    *,
    server: Stop = NEVER,
    generator: Stop = NEVER,
    service: Service = quick,
    in_turn: bool = False,
    cut: float = 0.0,
) -> LoadRun:
    """What an open loop at 50/s measures of a server, where one of the two stands still for a while.

    The server answers all at once, or one after the other (`in_turn`), in the order in which they were due.
    Seconds are cut at whole ones and `cut` more; where the generator stands still then, when it goes on.
    """
    free = 0.0
    slices: dict[tuple[float, str], Histogram] = defaultdict(Histogram)
    cuts = sorted({0.0, *(generator.end(second + cut) + abs(cut) for second in range(1, 2 * SECONDS))})

    def begun(at: float) -> float:
        return cuts[bisect_right(cuts, at) - 1]

    noise = random.Random(1)
    for number in range(SECONDS * RATE):
        due = number / RATE
        sent = generator.end(due) + noise.uniform(0.00003, 0.0003)
        ready = server.end(max(sent, free)) + service(due)
        free = ready if in_turn else 0.0
        at = generator.end(server.end(ready))
        slices[begun(at), "run.latency"].record(at - due)
        slices[begun(at), "run_server_time"].record(ready - sent)
        slices[begun(sent), "schedule_lag"].record(sent - due)
    pieces = tuple(
        Slice(name, start, cuts[bisect_right(cuts, start)] - start, histogram)
        for (start, name), histogram in sorted(slices.items(), key=lambda item: item[0])
    )
    merged: dict[str, Histogram] = {}
    for piece in pieces:
        merged.setdefault(piece.measure, Histogram()).add(piece.histogram)
    return replace(load_run(seconds=3), duration=float(SECONDS), slices=pieces, histograms=merged, invalid=())


def judged(source: str, run: LoadRun, baseline: tuple[LoadRun, ...] = ()):
    gate = Gate(source, source, parse(source, CATALOGUE), "fail")
    return judge([gate], Evidence(None, run, OPERATION_IDS, baseline=baseline))


OURS = Stop(20.2, 0.7)
TAILS = ["run.p99.9 < 250ms", "run.max < 250ms", "run.p99 < 250ms for 5s", "run.max <= 100ms for 1s"]
CALM = ["run.p50 < 250ms", "run.p90 < 50ms", "run.p50 < 250ms for 5s"]


@pytest.mark.parametrize("source", TAILS)
def test_a_tail_that_only_the_generator_made_is_invalid(source: str) -> None:
    judgement = judged(source, measured(generator=OURS))
    assert judgement.exit_code is ExitCode.INVALID
    assert "the generator was late by as much" in judgement.verdicts[0].deciding.note
    # It is that verdict which is in doubt, not all that the load says.
    assert judgement.unfit == ()


def test_the_queue_behind_a_burst_is_the_generator_s_too() -> None:
    # 75 at once, which are worth a second of the server: the last of them are hardly late, and wait as long.
    run = measured(generator=Stop(20.2, 1.5), service=lambda _at: 0.012, in_turn=True)
    assert judged("run.max < 700ms", run).exit_code is ExitCode.INVALID
    queue = measured(server=Stop(20.2, 1.5), service=lambda _at: 0.012, in_turn=True)
    assert judged("run.max < 700ms", queue).exit_code is ExitCode.FAILED


@pytest.mark.parametrize("length", [0.7, 1.5, 7.2, 30.0])
@pytest.mark.parametrize("cut", [-0.02, -0.0005, 0.0, 0.0005, 0.02, 0.4])
def test_however_the_seconds_are_cut_when_the_generator_goes_on(cut: float, length: float) -> None:
    run = measured(generator=Stop(20.2, length), cut=cut)
    assert judged("run.max < 250ms", run).exit_code is ExitCode.INVALID
    later = Stop(20.2 + length + 2.5, 0.7)
    both = measured(generator=Stop(20.2, length), server=later, cut=cut)
    assert judged("run.max < 250ms", both).exit_code is ExitCode.FAILED


@pytest.mark.parametrize("source", CALM)
def test_what_the_generator_does_not_reach_passes_as_before(source: str) -> None:
    assert judged(source, measured(generator=OURS)).exit_code is ExitCode.PASSED


GUILTY = {
    "it stood still itself": measured(server=OURS),
    "it stood still too, at another time": measured(server=Stop(60.1, 0.7), generator=OURS),
    "it stood still too, for longer": measured(server=Stop(20.2, 1.9), generator=Stop(20.2, 0.3)),
    "it stood still while the generator was a little late": measured(
        server=Stop(20.2, 0.9), generator=Stop(20.5, 0.03)
    ),
    "it is slow throughout": measured(generator=OURS, service=lambda at: 0.3 + quick(at)),
    "one in fifty is slow": measured(
        generator=OURS, service=lambda at: 0.6 if round(at * RATE) % 50 == 7 else quick(at)
    ),
}


@pytest.mark.parametrize("source", TAILS)
@pytest.mark.parametrize("run", GUILTY.values(), ids=GUILTY.keys())
def test_a_server_to_blame_is_blamed_whatever_the_generator_did(source: str, run: LoadRun) -> None:
    assert judged(source, run).exit_code is ExitCode.FAILED


def test_a_slow_median_is_the_server_s_own() -> None:
    run = measured(generator=Stop(10.0, 9.0), service=lambda at: 0.3 + quick(at))
    assert judged("run.p50 < 250ms", run).exit_code is ExitCode.FAILED


def test_a_median_that_the_generator_made_is_not() -> None:
    assert judged("run.p50 < 250ms", measured(generator=Stop(10.0, 60.0))).exit_code is ExitCode.INVALID


def test_durations_by_the_server_s_own_clock_are_never_the_generator_s() -> None:
    run = measured(server=Stop(20.85, 0.6), generator=OURS)
    assert judged("run_server_time.max < 250ms", run).exit_code is ExitCode.FAILED


@pytest.mark.parametrize(
    ("stops", "code"),
    [
        ({"generator": Stop(2, 0.8, 4)}, ExitCode.INVALID),
        ({"server": Stop(2, 0.8, 4)}, ExitCode.REGRESSION),
    ],
    ids=["generator", "server"],
)
def test_a_regression_that_the_generator_made_is_invalid(stops: dict, code: ExitCode) -> None:
    judgement = judged("run.p90 < baseline + 10%", measured(**stops), (measured(),))
    assert judgement.exit_code is code, judgement.verdicts[0].deciding


def test_a_gate_on_the_generator_still_discounts_all_that_the_load_says() -> None:
    gates = [
        Gate(source, source, parse(source, CATALOGUE), "fail")
        for source in ("schedule_lag.max < 50ms", "run.p50 < 250ms")
    ]
    judgement = judge(gates, Evidence(None, measured(generator=OURS), OPERATION_IDS))
    assert [verdict.status for verdict in judgement.verdicts] == ["invalid", "invalid"]
    assert judgement.unfit == ("schedule_lag.max < 50ms does not hold",)
