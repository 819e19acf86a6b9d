"""The live metrics, as somebody else's readers read them, and the dashboard that asks for them."""

import json
import re
from pathlib import Path

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from flowgauge.client.connection import Connection
from flowgauge.editions import load_part
from flowgauge.errors import UsageError
from flowgauge.load.engine.buckets import BucketCounts, bucket_of, highest_of
from flowgauge.load.engine.tally import Interval
from flowgauge.load.locust_adapter.telemetry import instrument
from flowgauge.load.locust_adapter.web_ui import form_values
from flowgauge.load.runs.live_metrics import LiveMetrics
from flowgauge.load.runs.outcome import Progress
from flowgauge.load.runs.settings import LoadSettings
from flowgauge.load.runs.target import LoadTarget
from flowgauge.results import TargetIdentity
from flowgauge.results.metric_families import LIVE_FAMILIES

DASHBOARD = Path(__file__).parents[2] / "deploy" / "grafana" / "flowgauge.json"
SLOW, FAST = bucket_of(900_000), bucket_of(10_000)


def progress_of(*sources: str) -> Progress:
    target = LoadTarget(Connection("http://h"), TargetIdentity("server", "http://h"), None)
    return Progress(target, load_part("v0"), LoadSettings(), {"RunPath": 1}, sources=sources)


def second(number: int, counts: dict[int, int]) -> Interval:
    requests = sum(counts.values())
    figures = {"run.requests": requests, "arrivals": requests}
    kinds = {"run": {"shed 503": 1, 'odd "kind"\n': 2}}
    return Interval(
        number, float(number), 1.0, {"run.latency": dict(counts)}, figures, kinds, {"runs.started": 5}
    )


def watched(progress: Progress, *intervals: tuple[str, Interval]) -> LiveMetrics:
    metrics = LiveMetrics()
    for source, interval in intervals:
        assert progress.intervals.take(source, interval)
        metrics.take(progress, interval)
    return metrics


@pytest.fixture
def metrics() -> LiveMetrics:
    """Two slow seconds of one engine, and then eleven fast ones of two."""
    slow = [("a", second(number, {SLOW: 100})) for number in range(2)]
    fast = [(who, second(number, {FAST: 50})) for number in range(2, 13) for who in ("a", "b")]
    return watched(progress_of("a", "b"), *slow, *fast)


def samples(metrics: LiveMetrics) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    families = [*text_string_to_metric_families(metrics.text())]
    return {
        (each.name, frozenset(each.labels.items())): each.value
        for family in families
        for each in family.samples
    }


def value(metrics: LiveMetrics, name: str, **labels: str) -> float | None:
    return samples(metrics).get((name, frozenset(labels.items())))


def test_before_a_run_there_is_nothing() -> None:
    assert samples(LiveMetrics()) == {}


def test_the_percentiles_are_those_of_the_whole_run_and_of_its_last_seconds(metrics: LiveMetrics) -> None:
    whole = BucketCounts({SLOW: 200, FAST: 1100})
    for percent in (50, 90, 95, 99):
        told = value(
            metrics, "flowgauge_duration_seconds", measure="run.latency", quantile=f"{percent / 100:g}"
        )
        assert told == whole.percentile(percent)
    assert value(metrics, "flowgauge_duration_seconds_count", measure="run.latency") == 1300
    recent = value(metrics, "flowgauge_recent_duration_seconds", measure="run.latency", quantile="0.99")
    assert recent == highest_of(FAST) / 1e6


def test_a_percentile_that_is_only_the_maximum_is_left_out(metrics: LiveMetrics) -> None:
    few = watched(progress_of("a"), ("a", second(0, {FAST: 99})))
    name, labels = "flowgauge_duration_seconds", {"measure": "run.latency"}
    assert value(few, name, quantile="0.95", **labels) is not None
    assert value(few, name, quantile="0.99", **labels) is None
    assert value(metrics, name, quantile="0.999", **labels) is not None


def test_counts_are_added_over_engines(metrics: LiveMetrics) -> None:
    assert value(metrics, "flowgauge_requests_total", operation="run") == 1300
    assert value(metrics, "flowgauge_request_errors_total", operation="run", kind="shed 503") == 24
    assert value(metrics, "flowgauge_counted_total", counter="runs.started") == 120
    assert value(metrics, "flowgauge_engines") == 2


def test_the_next_run_begins_anew(metrics: LiveMetrics) -> None:
    progress, interval = progress_of("a"), second(0, {FAST: 10})
    progress.intervals.take("a", interval)
    metrics.take(progress, interval)
    assert value(metrics, "flowgauge_requests_total", operation="run") == 10
    assert value(metrics, "flowgauge_duration_seconds_count", measure="run.latency") == 10
    assert value(metrics, "flowgauge_recent_duration_seconds", measure="run.latency", quantile="0.9") == (
        highest_of(FAST) / 1e6
    )


def test_opentelemetry_gets_the_same_figures(metrics: LiveMetrics) -> None:
    reader = InMemoryMetricReader()
    instrument(metrics, MeterProvider([reader]))
    data = reader.get_metrics_data()
    assert data is not None
    [scope] = data.resource_metrics[0].scope_metrics
    told = {
        (metric.name, frozenset((point.attributes or {}).items())): point.value  # type: ignore[union-attr]
        for metric in scope.metrics
        for point in metric.data.data_points
    }
    assert {metric.unit for metric in scope.metrics} == {"1", "s"}
    assert len({name for name, _ in told}) == len(LIVE_FAMILIES)
    # By the rule by which a collector makes Prometheus' names of them they are the same.
    units = {metric.name: "_seconds" if metric.unit == "s" else "" for metric in scope.metrics}
    seen = samples(metrics)
    for (name, labels), number in told.items():
        prometheus = name.replace(".", "_") + units[name]
        assert number == seen.get((prometheus, labels), seen.get((f"{prometheus}_total", labels))), name


def test_the_dashboard_asks_for_what_is_exported_and_for_all_of_it(metrics: LiveMetrics) -> None:
    text = DASHBOARD.read_text(encoding="utf-8")
    dashboard = json.loads(text)
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    queries += [
        variable["query"]["query"]
        for variable in dashboard["templating"]["list"]
        if variable["type"] == "query"
    ]
    asked = {name for query in queries for name in re.findall(r"flowgauge_\w+", query)}
    # The sum and the count of a summary say nothing that the other panels do not.
    exported = {name for name, _ in samples(metrics) if not name.endswith(("_sum", "_count"))}
    assert asked == exported
    labels = {label for _, pairs in samples(metrics) for label, _ in pairs}
    used = {label for query in queries for label in re.findall(r"(\w+)=~?\"|, (\w+)\)|by \((\w+)", query)}
    assert {word for each in used for word in each if word} - {"job"} <= labels


def test_a_field_that_is_no_number_is_refused_as_the_command_line_does() -> None:
    assert form_values({"rate": "20", "plan": "hold 5/s", "host": "x"}) == {"rate": 20.0, "plan": "hold 5/s"}
    with pytest.raises(UsageError, match=r"^argument --rate: invalid float value: 'abc'$"):
        form_values({"rate": "abc"})
    with pytest.raises(UsageError, match=r"^argument --verify-runs: invalid int value: '1.5'$"):
        form_values({"verify_runs": "1.5"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("stages", "@/etc/passwd"),
        ("plan", "@plan.txt"),
        ("run_folder", "/etc"),
        ("flowgauge_token", "mine"),
        ("flowgauge_edition", "/etc/passwd"),
    ],
)
def test_the_page_names_no_file_but_what_the_command_line_named(name: str, value: str) -> None:
    with pytest.raises(UsageError, match="is for the command line, not for the page"):
        form_values({"rate": "20", name: value}, {name: "other"})
    assert form_values({"rate": "20", name: value}, {name: value})["rate"] == 20.0
