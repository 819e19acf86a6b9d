"""The language of gates and of conditions: measures compared with thresholds, read from a line of text.

`run.latency.p99 < 250ms`, `all(errors < 0.1%, run_to_terminal.p95 < 2s for 10s)`. What there is to measure,
and what it is read from, is the caller's: gates read a run's files, a load the seconds of a run that goes on.
"""

from flowgauge.expressions.catalogue import Catalogue, checked_names
from flowgauge.expressions.expression import Combination, Comparison, Expression, comparisons
from flowgauge.expressions.load_measures import operation_measures, request_measures
from flowgauge.expressions.measure import (
    Figure,
    Measure,
    MeasuredValue,
    Subject,
    format_value,
    statistic,
)
from flowgauge.expressions.parser import parse

__all__ = [
    "Catalogue",
    "Combination",
    "Comparison",
    "Expression",
    "Figure",
    "Measure",
    "MeasuredValue",
    "Subject",
    "checked_names",
    "comparisons",
    "format_value",
    "operation_measures",
    "parse",
    "request_measures",
    "statistic",
]
