"""The names of what can be measured, and the one that a misspelt name was meant for."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from flowgauge.errors import UsageError
from flowgauge.expressions.measure import Measure, statistic
from flowgauge.results.measures import ERRORS_RATIO, KINDS, LATENCY, histogram_name

__all__ = ["Catalogue", "checked_names"]

_FAMILIES = {*KINDS, "errors", "requests", "arrivals", "runs", "load", "contract"}
_TAKEN = _FAMILIES | {"all", "any", "for", "baseline"}
_SAMPLES = ("p50", "p90", "p95", "p99", "p99.9", "mean", "min", "max", "count")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What can be measured. `figure` makes the measure of a histogram's statistic, None for no statistic.

    `operations` are short names: `run.p99` is short for `run.latency.p99`, `run.errors` for
    `run.errors.ratio`, and `errors` for `errors.ratio`.
    """

    operations: tuple[str, ...]
    histograms: tuple[str, ...]
    fixed: Mapping[str, Measure]
    figure: Callable[[str, str], Measure | None]

    def find(self, name: str) -> Measure | None:
        """The measure of that name, short forms included, or None."""
        full = self._full(name)
        if full in self.fixed:
            return self.fixed[full]
        for histogram in self.histograms:
            if full.startswith(f"{histogram}."):
                return self.figure(histogram, full.removeprefix(f"{histogram}."))
        return None

    def nearest(self, name: str) -> tuple[str, ...]:
        """Names that `name` may have been meant for, the likeliest first."""
        known = self.names()
        continued = [each for each in known if each.startswith(f"{name}.")]
        return tuple((continued or get_close_matches(name, known, cutoff=0.5))[:3])

    def names(self) -> tuple[str, ...]:
        """All names, with the usual statistics of each histogram and the usual short forms."""
        figures = (f"{histogram}.{stat}" for histogram in self.histograms for stat in _SAMPLES)
        short = (f"{op}.{stat}" for op in self.operations for stat in ("p50", "p95", "p99"))
        return ("errors", *self.fixed, *figures, *short)

    def _full(self, name: str) -> str:
        first, _, rest = name.partition(".")
        if name == "errors":
            return ERRORS_RATIO
        if first in self.operations and rest == "errors":
            return f"{name}.ratio"
        if first in self.operations and statistic(rest):
            return f"{histogram_name(first, LATENCY)}.{rest}"
        return name


def checked_names(names: Iterable[str]) -> None:
    """Raise UsageError for a name that could not be told from another."""
    for name in names:
        if not (name.isidentifier() and name.isascii()) or name in _TAKEN:
            raise UsageError(
                f"{name!r} cannot name an operation or a duration",
                hint="use letters, digits and underscores, and none of " + ", ".join(sorted(_TAKEN)),
            )
