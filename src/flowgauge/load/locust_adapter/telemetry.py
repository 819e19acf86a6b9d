"""The live metrics as instruments of OpenTelemetry, for what Locust's `--otel` exports them with."""

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from flowgauge.errors import UsageError
from flowgauge.load.runs.live_metrics import LiveMetrics
from flowgauge.results.metric_families import LIVE_FAMILIES, Family

__all__ = ["instrument", "instrument_name"]


def instrument_name(family: Family) -> str:
    """The family's name as OpenTelemetry writes it; a Prometheus that takes it in makes the same of both."""
    return family.name.removesuffix(f"_{family.unit}").replace("_", ".")


def instrument(metrics: LiveMetrics, provider: Any = None) -> None:
    """Have a MeterProvider, or that of the process, ask for ours. Raises UsageError without its packages."""
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.sdk") is None:
        raise UsageError("--otel needs opentelemetry-sdk", hint='pip install "flowgauge[otel]"')
    # Late: optional.
    from opentelemetry.metrics import Observation, get_meter  # noqa: PLC0415

    meter = get_meter("flowgauge", meter_provider=provider)

    def reader(family: Family) -> Any:
        def read(_: Any) -> Iterator[Observation]:
            for suffix, labels, value in metrics.points(family):
                # Of a summary OpenTelemetry knows the quantiles alone, as a gauge.
                if family.kind == "counter" or not suffix:
                    yield Observation(value, dict(labels))

        return read

    for family in LIVE_FAMILIES:
        is_counter = family.kind == "counter"
        create = meter.create_observable_counter if is_counter else meter.create_observable_gauge
        unit = "s" if family.unit else "1"
        create(instrument_name(family), callbacks=[reader(family)], unit=unit, description=family.about)
