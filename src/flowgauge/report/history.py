"""The history: one line of JSON for each judged run.

Lines are only ever added, so that two jobs that end together lose nothing. A line names the run by when its
parts began; of several lines of one run, since it was judged again, the last one counts. Lines that cannot be
read (cut off in mid-write, of another version) are passed over.
"""

from dataclasses import dataclass, field

import msgspec

from flowgauge.gates import Evidence, Judgement, gate_measures
from flowgauge.results.bounds import Moment, Quantity
from flowgauge.results.measures import (
    CONTRACT_FINDINGS,
    ERRORS_RATIO,
    REQUESTS_RATE,
    RUN_LATENCY,
    RUN_TO_TERMINAL,
)

__all__ = ["KEY_FIGURES", "Entry", "history_entry", "line_of", "read_history", "run_key"]

VERSION = 1
KEY_FIGURES = (
    f"{RUN_LATENCY}.p50",
    f"{RUN_LATENCY}.p95",
    f"{RUN_LATENCY}.p99",
    f"{RUN_TO_TERMINAL}.p95",
    ERRORS_RATIO,
    REQUESTS_RATE,
    CONTRACT_FINDINGS,
)
"""Measures that a line holds, where the run has them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One judged run. `run` identifies it; `time` is seconds since the epoch; measures as in the gates."""

    run: str
    time: Moment
    status: str
    target: str
    scenario: str
    revision: str = ""
    measures: dict[str, Quantity] = field(default_factory=dict)
    version: int = VERSION


def history_entry(judgement: Judgement, evidence: Evidence, *, revision: str) -> Entry:
    """The line of a judged run."""
    parts = [part for part in (evidence.contract, evidence.load) if part]
    catalogue = gate_measures()
    measures = {}
    for name in KEY_FIGURES:
        measure = catalogue.find(name)
        value = measure.read(evidence).value if measure else None
        if value is not None:
            measures[name] = value
    return Entry(
        run=run_key(evidence),
        time=max((part.started_at for part in parts), default=0.0),
        status=judgement.status,
        target=str(parts[0].target) if parts else "",
        scenario=evidence.load.scenario if evidence.load else "",
        revision=revision,
        measures=measures,
    )


def run_key(evidence: Evidence) -> str:
    """What names a run: when its parts began."""
    parts = [part for part in (evidence.contract, evidence.load) if part]
    return "/".join(f"{part.started_at:.3f}" for part in parts)


def read_history(text: str) -> tuple[Entry, ...]:
    """The entries of a history file, oldest first, one for each run."""
    # Not `splitlines`: JSON leaves separators that it knows as they are inside a string.
    entries = {entry.run: entry for line in text.split("\n") if (entry := _entry(line))}
    return tuple(sorted(entries.values(), key=lambda entry: entry.time))


def line_of(entry: Entry) -> str:
    """The entry as a line of the file, without its end."""
    return msgspec.json.encode(entry).decode()


def _entry(line: str) -> Entry | None:
    try:
        value = msgspec.json.decode(line)
        is_ours = isinstance(value, dict) and value.get("version") == VERSION
        return msgspec.convert(value, Entry) if is_ours else None
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError):
        return None
