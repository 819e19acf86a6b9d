"""Gates: what must hold, checked before a run and judged after it, from the run's files alone."""

from flowgauge.expressions import (
    Combination,
    Comparison,
    Figure,
    comparisons,
    format_value,
    parse,
    statistic,
)
from flowgauge.gates.baseline import Baseline, read_baseline, unfit_for_comparison, write_baseline
from flowgauge.gates.bootstrap import Effect, Sample, compare
from flowgauge.gates.catalogue import gate_measures
from flowgauge.gates.evidence import Evidence, read_evidence
from flowgauge.gates.gate_file import Gate, asks_for_baseline, parse_gates, read_gates
from flowgauge.gates.outcome import Outcome
from flowgauge.gates.regression import (
    MOST_ERRORS_MORE,
    change_text,
    changes,
    differences,
    error_ratios,
    incomparable,
)
from flowgauge.gates.verdict import Judgement, Verdict, judge, judgement_values
from flowgauge.results.measures import Unit, is_compared

__all__ = [
    "MOST_ERRORS_MORE",
    "Baseline",
    "Combination",
    "Comparison",
    "Effect",
    "Evidence",
    "Figure",
    "Gate",
    "Judgement",
    "Outcome",
    "Sample",
    "Unit",
    "Verdict",
    "asks_for_baseline",
    "change_text",
    "changes",
    "compare",
    "comparisons",
    "differences",
    "error_ratios",
    "format_value",
    "gate_measures",
    "incomparable",
    "is_compared",
    "judge",
    "judgement_values",
    "parse",
    "parse_gates",
    "read_baseline",
    "read_evidence",
    "read_gates",
    "statistic",
    "unfit_for_comparison",
    "write_baseline",
]
