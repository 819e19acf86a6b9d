"""The gates file: TOML, checked whole before a run begins.

[measures]                      optional: names of a scenario that is not the run path
operations = ["create", "run", "poll"]
durations = ["run_to_terminal", "schedule_lag"]

[[gate]]
expect = "run.latency.p99 < 250ms"
reason = "what a person at a till will wait for"
severity = "fail"               optional: fail (default) or warn
name = "run latency"            optional: how reports call it
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, get_args

from flowgauge.errors import ExpressionError, UsageError
from flowgauge.expressions import Catalogue, Expression, comparisons, parse
from flowgauge.gates.catalogue import gate_measures
from flowgauge.results.measures import USUAL

__all__ = ["Gate", "GateSeverity", "asks_for_baseline", "parse_gates", "read_gates"]

TABLES = ("measures", "gate")
GATE_KEYS = ("expect", "reason", "severity", "name")
MEASURE_KEYS = ("operations", "durations", "counters")
GateSeverity = Literal["fail", "warn"]


@dataclass(frozen=True, slots=True)
class Gate:
    """One row of a gates file. `source` is the expression as it was written."""

    name: str
    source: str
    expression: Expression
    severity: GateSeverity = "fail"
    reason: str = ""


def asks_for_baseline(gates: Iterable[Gate]) -> bool:
    """Whether any of them compares with the baseline."""
    return any(comparison.is_relative for gate in gates for comparison in comparisons(gate.expression))


def read_gates(path: Path) -> tuple[Gate, ...]:
    """The gates of the file at `path`.

    Raises UsageError (ExpressionError for an expression) that names every faulty gate, not only the first.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UsageError(f"{path} does not exist", hint="name a gates file with --gates") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from None
    return parse_gates(text, origin=str(path))


def parse_gates(text: str, *, origin: str = "gates") -> tuple[Gate, ...]:
    """The gates that `text` holds; `origin` is how messages call it. Raises as `read_gates` does."""
    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{origin} is not TOML: {error}") from None
    _refuse_unknown(content, TABLES, origin)
    catalogue = _catalogue(content.get("measures", {}), origin)
    rows = content.get("gate", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UsageError(f"{origin}: `gate` is not a list of tables", hint="write [[gate]]")
    if not rows:
        raise UsageError(f"{origin} holds no gate: nothing would be judged", hint="add a [[gate]]")
    gates = _parse_rows(rows, catalogue, origin)
    names = [gate.name for gate in gates]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"{origin}: two gates are called {name!r}", hint="give one a `name`")
    return gates


def _parse_rows(rows: list[dict[str, Any]], catalogue: Catalogue, origin: str) -> tuple[Gate, ...]:
    gates: list[Gate] = []
    faults: list[UsageError] = []
    for number, row in enumerate(rows, start=1):
        try:
            gates.append(_gate(row, catalogue, f"{origin}: gate {number}"))
        except UsageError as fault:
            faults.append(fault)
    if not faults:
        return tuple(gates)
    if len(faults) == 1:
        raise faults[0]
    kind = ExpressionError if all(isinstance(f, ExpressionError) for f in faults) else UsageError
    raise kind(f"{len(faults)} gates cannot be judged\n" + "\n".join(str(fault) for fault in faults))


def _gate(row: dict[str, Any], catalogue: Catalogue, origin: str) -> Gate:
    _refuse_unknown(row, GATE_KEYS, origin)
    for key, value in row.items():
        if not isinstance(value, str):
            raise UsageError(f"{origin}: `{key}` is not a text")
    source = row.get("expect", "")
    if not source.strip():
        raise UsageError(f"{origin} expects nothing", hint='write expect = "run.latency.p99 < 250ms"')
    severity = row.get("severity", "fail")
    if severity not in get_args(GateSeverity):
        raise UsageError(f"{origin}: severity {severity!r} is neither fail nor warn")
    try:
        expression = parse(source, catalogue)
    except ExpressionError as error:
        raise ExpressionError(f"{origin}, {error.message}", hint=error.hint) from None
    return Gate(
        name=row.get("name", "").strip() or str(expression),
        source=source,
        expression=expression,
        severity="warn" if severity == "warn" else "fail",
        reason=row.get("reason", ""),
    )


def _catalogue(table: object, origin: str) -> Catalogue:
    if not isinstance(table, dict):
        raise UsageError(f"{origin}: `measures` is not a table", hint="write [measures]")
    _refuse_unknown(table, MEASURE_KEYS, f"{origin}: measures")
    for key, value in table.items():
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
            raise UsageError(f"{origin}: measures.{key} is not a list of names")
    return gate_measures(replace(USUAL, **{key: tuple(names) for key, names in table.items()}))


def _refuse_unknown(table: Mapping[str, object], known: tuple[str, ...], origin: str) -> None:
    for key in table:
        if key not in known:
            near = get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
            raise UsageError(f"{origin} has an unknown key {key!r}", hint=hint)
