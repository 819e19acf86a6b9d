"""Tails: the server that has one is told from those that are only far, busy or held up."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from broken_target import V0, BrokenTarget, found, probe_of

from flowgauge.contract.probe import Probe
from flowgauge.contract.requests import built
from flowgauge.contract.samples import Limit, Samples, limits, stalls
from flowgauge.contract.targets.world import WorldTarget
from flowgauge.contract.traffic.latency import check_tails
from flowgauge.editions import world_part
from flowgauge.reference.world.message import Reply
from flowgauge.reference.world.world import RoutedRequest
from flowgauge.results import Exchange, Response

# How long an answer takes, of which operation, as the n-th of all, at which moment.
Delay = Callable[[str, int, float], float]
BOTH = ("listFlows", "runWorkflow")


def taking(delay: Delay) -> Probe:
    """A probe on a server that answers after so long, and has been asked a few hundred times."""
    target = WorldTarget(world_part())
    numbers = dict.fromkeys(target.world.answers, 0)

    def late(name: str, answer: Callable[[RoutedRequest], Reply]) -> Callable[[RoutedRequest], Reply]:
        def answered(call: RoutedRequest) -> Reply:
            numbers[name] += 1
            reply = answer(call)
            return replace(reply, due=max(call.now, reply.due or 0.0) + delay(name, numbers[name], call.now))

        return answered

    for name, answer in list(target.world.answers.items()):
        target.world.answers[name] = late(name, answer)
    probe = probe_of(target)
    ids = probe.existing()
    for name in BOTH:
        for _ in range(400):
            probe.call(name, ids)
    return probe


def tails(probe: Probe) -> set[tuple[str, str]]:
    check_tails(probe, probe.existing(), 1.0)
    return found(probe)


@pytest.mark.parametrize("operation", BOTH)
@pytest.mark.parametrize(
    ("every", "late"),
    [(5, 0.5), (40, 2.0), (70, 2.0)],
)
def test_what_is_slow_by_rule_is_caught(operation: str, every: int, late: float) -> None:
    probe = taking(lambda name, n, _: late if name == operation and n % every == 0 else 0.02)
    assert tails(probe) == {("FG-801", operation)}
    [finding] = probe.recorder.findings()
    assert finding.severity == "minor"
    assert "our own limit" in finding.detail


@pytest.mark.parametrize("seed", range(5))
def test_what_is_slow_by_chance_one_time_in_forty_is_caught(seed: int) -> None:
    chance = Random(seed)
    probe = taking(lambda name, *_: 2.0 if name == "runWorkflow" and chance.random() < 1 / 40 else 0.02)
    assert tails(probe) == {("FG-801", "runWorkflow")}


def far_with_jitter(chance: Random) -> float:
    """20 ms and 10 ms more or less, with a heavy tail."""
    return 0.01 + 0.01 * min(chance.paretovariate(2.0), 20.0)


@pytest.mark.parametrize("seed", range(10))
def test_a_sound_server_is_not_blamed(seed: int) -> None:
    chance = Random(seed)

    def delay(_: str, n: int, now: float) -> float:
        del now
        collects_garbage = 0.3 if chance.random() < 0.02 else 0.0
        return far_with_jitter(chance) + collects_garbage + (2.0 if n == 77 else 0.0)

    assert tails(taking(delay)) == set()


@pytest.mark.parametrize("steady", [0.0, 0.6, 3.0])
def test_a_server_that_is_slow_all_the_time_has_no_tail(steady: float) -> None:
    assert tails(taking(lambda *_: steady)) == set()


def test_what_was_slow_and_is_no_more_is_no_finding() -> None:
    assert tails(taking(lambda _, n, __: 2.0 if n % 40 == 0 and n <= 400 else 0.02)) == set()


def test_one_stall_that_holds_many_answers_up_is_one() -> None:
    assert stalls([7.0, 7.01, 7.05, 7.1]) == 1
    assert stalls([7.0, 9.0, 11.0]) == 3
    assert stalls([]) == 0


def test_an_operation_that_was_asked_little_is_asked_more() -> None:
    probe = probe_of(WorldTarget(world_part()))
    check_tails(probe, probe.existing(), 1.0)
    assert all(probe.samples.count(op.id) >= 45 for op in V0.operations)
    assert found(probe) == set()


def test_errors_and_queries_are_no_samples() -> None:
    probe = probe_of(BrokenTarget(lambda _, response: replace(response, status=500)))
    probe.call("listFlows")
    assert probe.samples.count("listFlows") == 0
    probe = probe_of(WorldTarget(world_part()))
    flow = probe.existing()
    before = probe.samples.count("runWorkflow")
    probe.call("runWorkflow", flow, query="wait=true")
    assert probe.samples.count("runWorkflow") == before


def test_samples_of_two_processes_add_up() -> None:
    request = built(V0, "listFlows")

    def some(*times: tuple[float, float]) -> Samples:
        samples = Samples()
        for at, took in times:
            response = Response(200, (), b"{}")
            samples.add(Exchange("listFlows", request, response, at, at + took))
        return samples

    one, other = some(*((n, 0.01) for n in range(40))), some((50.0, 2.0), (60.0, 2.0), (70.0, 2.0))
    one.merge(other)
    assert one.count("listFlows") == 43
    [tail] = one.tails("listFlows", limits(1.0)[1:])
    assert (tail.slow, tail.count, tail.limit) == (3, 43, Limit(1.0, 0.01))
