"""Gates: what must hold, checked before a run and judged after it, from the run's files alone."""

from flowgauge.gates.catalogue import Catalogue
from flowgauge.gates.evidence import Evidence, read_evidence
from flowgauge.gates.expression import Combination, Comparison, Expression, comparisons, parse
from flowgauge.gates.gate import Gate, GateSeverity
from flowgauge.gates.gate_file import parse_gates, read_gates
from flowgauge.gates.measure import Measure, Reading, Unit, format_value
from flowgauge.gates.verdict import Judgement, Outcome, Status, Verdict, judge
from flowgauge.gates.verdict_values import judgement_values

__all__ = [
    "Catalogue",
    "Combination",
    "Comparison",
    "Evidence",
    "Expression",
    "Gate",
    "GateSeverity",
    "Judgement",
    "Measure",
    "Outcome",
    "Reading",
    "Status",
    "Unit",
    "Verdict",
    "comparisons",
    "format_value",
    "judge",
    "judgement_values",
    "parse",
    "parse_gates",
    "read_evidence",
    "read_gates",
]
