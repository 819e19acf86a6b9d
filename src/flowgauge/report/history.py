"""The history: one line of JSON for each judged run, and what is made of many.

Lines are only ever added, so that two jobs that end together lose nothing. A line names the run by when its
parts began; of several lines of one run, since it was judged again, the last one counts. Lines that cannot be
read (cut off in mid-write, of another version) are passed over.
"""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from flowgauge.gates import Catalogue, Evidence, Judgement, Unit, server_of

__all__ = [
    "TRENDS",
    "Entry",
    "alike",
    "history_entry",
    "line_of",
    "otava_config",
    "otava_csv",
    "read_history",
    "run_key",
]

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
        run=run_key(evidence),
        time=max((part.started_at for part in parts), default=0.0),
        status=judgement.status,
        target=parts[0].target if parts else "",
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


def alike(entries: Sequence[Entry], like: Entry) -> tuple[Entry, ...]:
    """The entries that `like` may be compared with: its scenario, its server, and nothing after it."""
    return tuple(
        entry
        for entry in entries
        if entry.scenario == like.scenario
        and server_of(entry.target) == server_of(like.target)
        and entry.time <= like.time
    )


def line_of(entry: Entry) -> str:
    """The entry as a line of the file, without its end."""
    return msgspec.json.encode(entry).decode()


def otava_csv(entries: Sequence[Entry]) -> str:
    """The history as the CSV file that Apache Otava reads; durations in milliseconds.

    Otava refuses empty cells: the columns are what the last run measured, the rows the runs that have it all.
    """
    names = _measured(entries)
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["time", "revision", *(_column(name) for name in names)])
    for entry in entries:
        if not set(names) <= entry.measures.keys():
            continue
        when = datetime.fromtimestamp(entry.time, UTC).isoformat()
        values = [_scaled(name, entry.measures[name]) for name in names]
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
    return [name for name in TRENDS if entries and name in entries[-1].measures]


def _column(name: str) -> str:
    measure = Catalogue().find(name)
    suffix = "_ms" if measure and measure.unit is Unit.DURATION else ""
    return name.replace(".", "_") + suffix


def _scaled(name: str, value: float) -> str:
    measure = Catalogue().find(name)
    return f"{value * 1000 if measure and measure.unit is Unit.DURATION else value:.6g}"


def _entry(line: str) -> Entry | None:
    try:
        value = msgspec.json.decode(line)
        is_ours = isinstance(value, dict) and value.get("version") == VERSION
        return msgspec.convert(value, Entry) if is_ours else None
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError):
        return None
