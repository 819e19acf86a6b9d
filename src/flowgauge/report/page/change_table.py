"""Baselines and comparisons as plain tables."""

from collections.abc import Mapping
from datetime import UTC, datetime

from flowgauge.gates import MOST_ERRORS_MORE, Baseline, Effect, Figure, Unit, change_text, format_value
from flowgauge.inert import inert

__all__ = ["change_table", "figures_table"]


def change_table(
    changes: Mapping[Figure, Effect | str], *, minimum: float, errors: tuple[float, float] = (0.0, 0.0)
) -> str:
    """One line a percentile, below what it is of: its new value, the change, and what that amounts to.

    `errors` are the ratios of failed requests before and after.
    """
    lines: list[str] = []
    above = ""
    for figure, change in changes.items():
        if figure.histogram != above:
            above = figure.histogram
            lines.append(f"  {above}")
        name = figure.statistic.name
        if isinstance(change, str):
            lines.append(f"    {'? no data':<12} {name:<6} {change}")
            continue
        label = "= no change"
        if change.low > 0 or change.high < 0:
            # Certain, either way: what is less than the limit is told in neither.
            is_much = abs(change.change) > minimum
            label = ("x regressed" if change.low > 0 else "+ faster") if is_much else "~ a little"
        value = format_value(change.after, Unit.DURATION)
        lines.append(f"    {label:<12} {name:<6} {value:>9}  {change_text(change)}")
    if any(errors):
        old, new = (format_value(ratio, Unit.RATIO) for ratio in errors)
        label = "x regressed" if errors[1] > errors[0] + MOST_ERRORS_MORE else "= no change"
        lines += ["  errors.ratio", f"    {label:<12} {'':<6} {new:>9}  from {old}"]
    limit = format_value(minimum, Unit.RATIO)
    lines.append(f"\n  Regressed is what is certain (95 % for all lines together) and more than {limit}.")
    return inert("\n".join(lines)) + "\n"


def figures_table(baseline: Baseline) -> str:
    """A baseline as people read it."""
    when = datetime.fromtimestamp(baseline.recorded_at, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    revision = f", revision {baseline.revision[:12]}" if baseline.revision else ""
    lines = [f"{baseline.scenario}: {len(baseline.runs)} pooled runs, kept {when}{revision}"]
    if baseline.reason:
        lines.append(f"  {baseline.reason}")
    for measure, figures in baseline.figures.items():
        values = "  ".join(
            f"{name} {format_value(value, Unit.DURATION):>8}"
            for name, value in figures.items()
            if name != "count"
        )
        lines.append(f"  {measure:<20} {values}  of {figures.get('count', 0):,.0f}")
    return inert("\n".join(lines)) + "\n"
