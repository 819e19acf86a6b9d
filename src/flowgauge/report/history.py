"""The history: one line of JSON for each judged run, and what is made of many.

A line names the run by when its parts began, so that judging a run again replaces its line. Lines that
cannot be read (a file cut off in mid-write, another version) are left as they are and counted.
"""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from flowgauge.gates import Catalogue, Evidence, Judgement, Unit

__all__ = ["TRENDS", "Entry", "history_entry", "otava_config", "otava_csv", "read_history", "with_entry"]

VERSION = 1
TRENDS = (
    "run.latency.p50",
    "run.latency.p95",
    "run.latency.p99",
    "run_to_terminal.p95",
    "errors.ratio",
    "requests.rate",
    "contract.findings",
)
"""Measures that a line holds, where the run has them."""

HIGHER_IS_BETTER = frozenset({"requests.rate"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One judged run. `run` identifies it; `time` is seconds since the epoch; measures as in the gates."""

    run: str
    time: float
    status: str
    target: str
    scenario: str
    revision: str = ""
    measures: dict[str, float] = field(default_factory=dict)
    version: int = VERSION


def history_entry(judgement: Judgement, evidence: Evidence, *, revision: str) -> Entry:
    """The line of a judged run."""
    parts = [part for part in (evidence.contract, evidence.load) if part]
    catalogue = Catalogue()
    measures = {}
    for name in TRENDS:
        measure = catalogue.find(name)
        value = measure.read(evidence).value if measure else None
        if value is not None:
            measures[name] = value
    return Entry(
        run="/".join(f"{part.started_at:.3f}" for part in parts),
        time=max((part.started_at for part in parts), default=0.0),
        status=judgement.status,
        target=parts[0].target if parts else "",
        scenario=evidence.load.scenario if evidence.load else "",
        revision=revision,
        measures=measures,
    )


def read_history(text: str) -> tuple[Entry, ...]:
    """The entries of a history file, oldest first. Lines that cannot be read are passed over."""
    entries = (entry for line in text.splitlines() if (entry := _entry(line)))
    return tuple(sorted(entries, key=lambda entry: entry.time))


def with_entry(text: str, entry: Entry) -> str:
    """The file with the entry's line at its end, in place of an earlier line of the same run."""
    kept = [line for line in text.splitlines() if line.strip() and not _is_of(line, entry.run)]
    return "\n".join([*kept, msgspec.json.encode(entry).decode()]) + "\n"


def otava_csv(entries: Sequence[Entry]) -> str:
    """The history as the CSV file that Apache Otava reads; durations in milliseconds."""
    names = _measured(entries)
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["time", "revision", *(_column(name) for name in names)])
    for entry in entries:
        when = datetime.fromtimestamp(entry.time, UTC).isoformat()
        values = [_scaled(name, entry.measures[name]) if name in entry.measures else "" for name in names]
        # Plain words only: a spreadsheet must not take a cell for a formula.
        revision = "".join(c for c in entry.revision if c.isalnum())
        writer.writerow([when, revision, *values])
    return file.getvalue()


def otava_config(entries: Sequence[Entry], *, csv_file: str, test: str = "flowgauge") -> str:
    """The otava.yaml beside it. JSON strings are YAML strings, so nothing in a name can break out."""
    lines = [
        "tests:",
        f"  {json.dumps(test)}:",
        "    type: csv",
        f"    file: {json.dumps(csv_file)}",
        "    time_column: time",
        "    attributes: [revision]",
        "    metrics:",
    ]
    for name in _measured(entries):
        direction = 1 if name in HIGHER_IS_BETTER else -1
        lines += [
            f"      {_column(name)}:",
            f"        column: {_column(name)}",
            f"        direction: {direction}",
        ]
    return "\n".join(lines) + "\n"


def _measured(entries: Sequence[Entry]) -> list[str]:
    return [name for name in TRENDS if any(name in entry.measures for entry in entries)]


def _column(name: str) -> str:
    measure = Catalogue().find(name)
    suffix = "_ms" if measure and measure.unit is Unit.DURATION else ""
    return name.replace(".", "_") + suffix


def _scaled(name: str, value: float) -> str:
    measure = Catalogue().find(name)
    return f"{value * 1000 if measure and measure.unit is Unit.DURATION else value:.6g}"


def _decoded(line: str) -> Iterator[dict[str, Any]]:
    try:
        value = msgspec.json.decode(line)
    except msgspec.DecodeError:
        return
    if isinstance(value, dict):
        yield value


def _entry(line: str) -> Entry | None:
    for value in _decoded(line):
        if value.get("version") == VERSION:
            try:
                return msgspec.convert(value, Entry)
            except msgspec.ValidationError:
                return None
    return None


def _is_of(line: str, run: str) -> bool:
    return any(value.get("run") == run for value in _decoded(line))
