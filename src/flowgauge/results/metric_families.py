"""The metrics that leave flowgauge, and the text of them that Prometheus and its kin read (OpenMetrics 1.0).

The same families go out while a load runs and when it is over, so that one dashboard shows both.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from flowgauge.inert import inert

__all__ = [
    "ARRIVALS",
    "COUNTED",
    "DROPPED",
    "DURATION",
    "ENGINES",
    "ERRORS",
    "LIVE_FAMILIES",
    "LOAD_FINDINGS",
    "LOAD_SECONDS",
    "RECENT_DURATION",
    "REQUESTS",
    "Family",
    "Point",
    "family_text",
]

Point = tuple[str, Mapping[str, str], float]
"""A suffix of the family's name, labels, and a value."""


@dataclass(frozen=True, slots=True)
class Family:
    """Metrics of one name. `unit` is the last word of the name, where it has one."""

    name: str
    kind: Literal["gauge", "counter", "summary"]
    about: str
    unit: str = ""


REQUESTS = Family("flowgauge_requests", "counter", "Requests sent under load.")
ERRORS = Family("flowgauge_request_errors", "counter", "Failed requests under load.")
DURATION = Family(
    "flowgauge_duration_seconds",
    "summary",
    "Durations under load, of the whole run; latency counts from when a request was due.",
    "seconds",
)
RECENT_DURATION = Family(
    "flowgauge_recent_duration_seconds", "gauge", "The same, of the last ten seconds.", "seconds"
)
ARRIVALS = Family("flowgauge_arrivals", "counter", "Journeys begun.")
DROPPED = Family("flowgauge_arrivals_dropped", "counter", "Journeys that found no room to begin in.")
COUNTED = Family("flowgauge_counted", "counter", "What the journeys count, by its name.")
LOAD_SECONDS = Family("flowgauge_load_seconds", "gauge", "How long has been measured.", "seconds")
ENGINES = Family("flowgauge_engines", "gauge", "Engines that make the load; those that died are left out.")
LOAD_FINDINGS = Family("flowgauge_load_findings", "gauge", "Invariants that the server broke under load.")

LIVE_FAMILIES = (
    REQUESTS,
    ERRORS,
    DURATION,
    RECENT_DURATION,
    ARRIVALS,
    DROPPED,
    COUNTED,
    LOAD_SECONDS,
    ENGINES,
    LOAD_FINDINGS,
)
"""Those of a load that goes on."""


def family_text(family: Family, points: Iterable[Point]) -> Iterator[str]:
    """The lines of one family; none where it has no points."""
    # Two rows of a report may bear one name; a parser refuses a sample that comes twice.
    summed: dict[str, float] = {}
    for suffix, labels, value in points:
        sample = f"{family.name}{suffix}{_labels(labels)}"
        summed[sample] = summed.get(sample, 0.0) + value
    rows = [f"{sample} {value:.9g}" for sample, value in summed.items()]
    if rows:
        yield f"# TYPE {family.name} {family.kind}"
        if family.unit:
            yield f"# UNIT {family.name} {family.unit}"
        yield f"# HELP {family.name} {family.about}"
        yield from rows


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{key}="{_escaped(value)}"' for key, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return inert(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
