"""The figures that every output shows: taken once, so that no two outputs can disagree."""

from collections.abc import Iterable
from dataclasses import dataclass

from flowgauge.gates import Unit, format_value, statistic
from flowgauge.results import ContractReport, Finding, Histogram, LoadRun

__all__ = ["PERCENTILES", "DurationFigures", "all_findings", "by_gravity", "duration_figures", "span"]

PERCENTILES = (50.0, 90.0, 95.0, 99.0, 99.9)


@dataclass(frozen=True, slots=True)
class DurationFigures:
    """One histogram in figures, seconds throughout.

    `percentiles` are (percent, value) pairs, the value None where there are too few counts to tell it from
    the maximum: the same rule as for the gates.
    """

    name: str
    count: int
    minimum: float
    mean: float
    percentiles: tuple[tuple[float, float | None], ...]
    maximum: float


def duration_figures(run: LoadRun) -> tuple[DurationFigures, ...]:
    """The figures of each measured duration that has any counts, journeys last."""
    names = sorted(run.histograms, key=lambda name: ("." not in name, name))
    return tuple(figures for name in names if (figures := _figures(name, run.histograms[name])))


def _figures(name: str, histogram: Histogram) -> DurationFigures | None:
    low, mean, high = histogram.minimum, histogram.mean, histogram.maximum
    if low is None or mean is None or high is None:
        return None
    percentiles = tuple((percent, _told(histogram, percent)) for percent in PERCENTILES)
    return DurationFigures(name, histogram.count, low, mean, percentiles, high)


def _told(histogram: Histogram, percent: float) -> float | None:
    figure = statistic(f"p{percent:g}")
    return figure.of(histogram).value if figure else None


def all_findings(contract: ContractReport | None, load: LoadRun | None) -> tuple[Finding, ...]:
    """Findings of the suites and of the load, the gravest first."""
    return by_gravity([*(contract.findings if contract else ()), *(load.findings if load else ())])


def by_gravity(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The gravest first, waived ones last, else in the order of their ids; of two alike the plainer one."""
    rank = {"critical": 0, "major": 1, "minor": 2}

    def weight(finding: Finding) -> tuple[bool, int, str, str, int, int]:
        plainness = finding.oddity, -finding.count
        return finding.waived is not None, rank[finding.severity], finding.id, finding.operation, *plainness

    return tuple(sorted(findings, key=weight))


def span(seconds: float) -> str:
    """A length of time as people say it: 850 ms, 31.2 s, 10 min 4 s."""
    if seconds < 60:
        return format_value(seconds, Unit.DURATION)
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (rest, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count)
