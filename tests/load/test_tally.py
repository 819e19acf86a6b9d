"""Counting, second by second."""

import copy
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowgauge.load.engine.buckets import bucket_of
from flowgauge.load.engine.tally import Interval, Tally
from flowgauge.load.journeys.context import _Identities
from flowgauge.load.runs.merged_intervals import MergedIntervals
from flowgauge.load.transport.failures import CONNECT_TIMEOUT, RESET, RESPONSE_TIMEOUT
from flowgauge.results.measures import RUN_TO_TERMINAL, SCHEDULE_LAG


def tally() -> Tally:
    return Tally([("create", [201]), ("poll", [200])])


@given(st.lists(st.tuples(st.floats(0, 5000), st.floats(0, 5000)), max_size=40))
def test_every_answer_falls_into_the_bucket_of_its_duration(waits: list[tuple[float, float]]) -> None:
    counted = tally()
    for before, service in waits:
        counted.operations["create"].answered(100.0, 100.0 + before, 100.0 + before + service, 7)
    taken = counted.take(0, 0.0, 1.0)
    ends = [(100.0 + before + service, 100.0 + before) for before, service in waits]
    latency = Counter(bucket_of(int((end - 100.0) * 1e6)) for end, _ in ends)
    service = Counter(bucket_of(int((end - sent) * 1e6)) for end, sent in ends)
    assert taken.counts.get("create.latency", {}) == latency
    assert taken.counts.get("create.service", {}) == service
    assert taken.figures.get("create.requests", 0) == len(waits)
    assert taken.figures.get("create.bytes_in", 0) == 7 * len(waits)


def test_taking_begins_anew_and_leaves_what_was_taken_alone() -> None:
    counted = tally()
    counted.operations["poll"].answered(0.0, 0.0, 0.001, 1)
    counted.took(RUN_TO_TERMINAL, 0.5)
    counted.arrivals += 1
    counted.counters["runs.started"] += 1
    counted.distributions["polls_per_run"][3] += 1
    first = counted.take(0, 0.0, 1.0)
    kept = copy.deepcopy(first)
    counted.operations["poll"].answered(0.0, 0.0, 0.001, 1)
    assert first == kept
    assert first.figures == {
        "arrivals": 1,
        "poll.requests": 1,
        "poll.bytes_in": 1,
    }
    assert first.counters == {"runs.started": 1}
    assert first.distributions == {"polls_per_run": {3: 1}}
    assert counted.take(1, 1.0, 1.0).figures == {"poll.requests": 1, "poll.bytes_in": 1}
    assert counted.take(2, 2.0, 1.0) == Interval(2, 2.0, 1.0)


@pytest.mark.parametrize(
    ("kind", "histogram"),
    [
        (RESPONSE_TIMEOUT, "create.latency"),
        (CONNECT_TIMEOUT, "create.latency"),
        ("shed 503", "create.shed"),
        ("shed 429", "create.shed"),
        (RESET, "create.failed"),
        ("status 500", "create.failed"),
    ],
)
def test_a_failure_s_time_goes_where_it_cannot_flatter_the_server(kind: str, histogram: str) -> None:
    counted = tally()
    counted.operations["create"].went_wrong(kind, 0.0, 0.0, 0.002)
    taken = counted.take(0, 0.0, 1.0)
    assert taken.errors == {"create": {kind: 1}}
    assert taken.counts[histogram] == {2000: 1}
    assert set(taken.counts) - {"create.service"} == {histogram}


counts = st.dictionaries(st.integers(1, 9000), st.integers(1, 99), max_size=5)
intervals = st.builds(
    Interval,
    number=st.integers(0, 3),
    start=st.just(0.0),
    length=st.just(1.0),
    counts=st.dictionaries(st.sampled_from(["poll.latency", SCHEDULE_LAG]), counts, max_size=2),
    figures=st.dictionaries(st.sampled_from(["arrivals", "poll.requests"]), st.integers(1, 99), max_size=2),
    errors=st.dictionaries(st.just("poll"), st.dictionaries(st.just(RESET), st.integers(1, 9)), max_size=1),
)
reports = st.lists(st.tuples(st.sampled_from(["worker 0", "worker 1"]), intervals), max_size=12)


def state(intervals: MergedIntervals) -> object:
    slices = [(s.measure, s.start, list(s.histogram.buckets())) for s in intervals.slices()]
    whole = intervals.whole
    return slices, whole.counts, whole.figures, whole.errors


@given(reports, st.randoms())
def test_reports_may_come_in_any_order_and_twice(sent: list[tuple[str, Interval]], rng) -> None:
    unique = {(source, interval.number): (source, interval) for source, interval in sent}
    once, shuffled = MergedIntervals(), MergedIntervals()
    for source, interval in unique.values():
        assert once.take(source, copy.deepcopy(interval))
    again = list(unique.values()) * 2
    rng.shuffle(again)
    for source, interval in again:
        shuffled.take(source, copy.deepcopy(interval))
    assert state(shuffled) == state(once)


@given(reports)
def test_slices_add_up_to_the_totals(sent: list[tuple[str, Interval]]) -> None:
    intervals = MergedIntervals()
    for source, interval in sent:
        intervals.take(source, interval)
    totals = intervals.histograms()
    for measure, histogram in totals.items():
        pieces = [piece for piece in intervals.slices() if piece.measure == measure]
        assert sum(piece.histogram.count for piece in pieces) == histogram.count


def test_seconds_that_never_came_are_known() -> None:
    intervals = MergedIntervals()
    for number in (0, 1, 4):
        intervals.take("worker 0", Interval(number, float(number), 1.0))
    assert intervals.missing("worker 0") == 2
    assert intervals.missing("worker 1") == 0


def test_the_latest_seconds_are_those_that_all_engines_have_reported() -> None:
    intervals = MergedIntervals()
    for number in range(5):
        intervals.take("worker 0", Interval(number, float(number), 1.0))
    for number in range(3):
        intervals.take("worker 1", Interval(number, float(number), 1.0))
    assert [i.number for i in intervals.latest(2, ["worker 0", "worker 1"])] == [1, 2]
    assert [i.number for i in intervals.latest(2, ["worker 0"])] == [3, 4]
    assert intervals.latest(2, ["worker 0", "worker 2"]) == []


def test_old_seconds_are_kept_small() -> None:
    intervals = MergedIntervals()
    for number in range(300):
        intervals.take("local", Interval(number, float(number), 1.0, {SCHEDULE_LAG: {number + 1: 2}}))
    assert len(intervals._open) <= 91
    assert len(intervals.slices()) == 300
    assert intervals.histograms()[SCHEDULE_LAG].count == 600


def test_a_run_of_hours_keeps_no_more_than_its_last_seconds() -> None:
    intervals, handed_out = MergedIntervals(kept=1), 0
    for number in range(20_000):
        for source in ("worker 0", "worker 1"):
            interval = Interval(number, float(number), 1.0, {SCHEDULE_LAG: {100: 1}}, {"arrivals": 1})
            assert intervals.take(source, interval)
            # As a worker does, which repeats its last ones.
            assert not intervals.take(source, interval)
        handed_out += sum(1 for _ in intervals.complete(["worker 0", "worker 1"]))
        assert len(intervals._open) <= 2
        assert len(intervals._waiting) <= 1
        assert all(len(source.recent) <= 200 for source in intervals._sources.values())
    assert handed_out == 20_000
    assert intervals.slices() == ()
    assert intervals.whole.figures["arrivals"] == 40_000
    assert intervals.missing("worker 0") == intervals.missing("worker 1") == 0


def test_a_second_is_complete_when_all_have_reported_it_or_one_the_next() -> None:
    intervals = MergedIntervals()

    def take(source: str, number: int) -> list[tuple[float, int]]:
        intervals.take(source, Interval(number, float(number), 1.0, {SCHEDULE_LAG: {100: 1}}))
        return [(piece.start, piece.histogram.count) for piece in intervals.complete(["a", "b"])]

    assert take("a", 0) == []
    assert take("b", 0) == [(0.0, 2)]
    assert take("a", 1) == []
    # The other one is late: what it reports then comes by itself.
    assert take("a", 2) == [(1.0, 1)]
    assert take("b", 1) == [(1.0, 1)]
    assert take("b", 2) == [(2.0, 2)]
    assert [piece.start for piece in intervals.slices()] == []


def test_ids_that_were_given_out_twice_are_known_in_a_block_of_memory() -> None:
    identities = _Identities(1_000)
    assert all(identities.add((f"f{number}", f"r{number}")) for number in range(1_000))
    assert not any(identities.add((f"f{number}", f"r{number}")) for number in range(0, 1_000, 7))
    assert identities.add(("f1", "r2"))
