"""The run folder: which file holds what, written and read back.

    contract.json     one ContractReport
    run.json          one LoadRun without its histograms
    run.hlog          its slices, as a standard HdrHistogram log with one tag per measure

Each JSON file names its `format` and `version`. Bodies are base64, since they need not be text. A file
is written beside its place and renamed into it, so that a reader never meets half of one.
"""

import math
import os
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from hdrh.codec import HdrCookieException, HdrLengthException

from flowgauge.errors import NoDataError
from flowgauge.results.contract_report import ContractReport
from flowgauge.results.histogram import Histogram
from flowgauge.results.load_run import LoadRun, Slice

__all__ = [
    "CONTRACT_FILE",
    "HISTOGRAM_FILE",
    "LOAD_FILE",
    "read_contract_report",
    "read_load_run",
    "write_contract_report",
    "write_load_run",
    "write_text",
]

CONTRACT_FILE = "contract.json"
LOAD_FILE = "run.json"
HISTOGRAM_FILE = "run.hlog"
VERSION = 1
T = TypeVar("T")


def write_text(path: Path, text: str) -> None:
    """Write `text` at once: a reader sees the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def write_contract_report(folder: Path, report: ContractReport) -> None:
    """Write `report` into the run folder."""
    _write(folder / CONTRACT_FILE, "flowgauge-contract", msgspec.to_builtins(report))


def read_contract_report(folder: Path) -> ContractReport:
    """The contract report of a run folder. Raises NoDataError where there is none to read."""
    return _read(folder / CONTRACT_FILE, "flowgauge-contract", ContractReport)


def write_load_run(folder: Path, run: LoadRun) -> None:
    """Write `run` into the run folder: its figures, and its histograms slice by slice."""
    lines = [
        "#[Logged with flowgauge]",
        "#[Histogram log format version 1.3]",
        f"#[StartTime: {run.started_at:.3f} (seconds since epoch)]",
        f"#[BaseTime: {run.started_at:.3f} (seconds since epoch)]",
        '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
    ]
    lines += [
        f"Tag={s.measure},{s.start:.3f},{s.length:.3f},{s.histogram.maximum or 0:.6f},{s.histogram.encode()}"
        for s in run.slices
    ]
    write_text(folder / HISTOGRAM_FILE, "\n".join(lines) + "\n")
    figures = {
        name: msgspec.to_builtins(getattr(run, name))
        for name in LoadRun.__dataclass_fields__
        if name not in {"histograms", "slices"}
    }
    _write(folder / LOAD_FILE, "flowgauge-load", figures)


def read_load_run(folder: Path) -> LoadRun:
    """The load run of a run folder. Raises NoDataError where there is none to read."""
    run = _read(folder / LOAD_FILE, "flowgauge-load", LoadRun, {"histograms": {}, "slices": []})
    path = folder / HISTOGRAM_FILE
    merged: dict[str, Histogram] = {}
    try:
        slices = tuple(_read_slices(path))
        for piece in slices:
            merged.setdefault(piece.measure, Histogram()).add(piece.histogram)
    except (ValueError, IndexError, HdrCookieException, HdrLengthException, zlib.error) as error:
        raise NoDataError(f"{path} is damaged: {error}", hint="run the load test again") from None
    return replace(run, histograms=merged, slices=slices)


def _read_slices(path: Path) -> Iterator[Slice]:
    for line in _text(path).splitlines():
        if not line.startswith("Tag="):
            continue
        tag, start, length, _, payload = line.split(",")
        begun, lasted = float(start), float(length)
        if not (math.isfinite(begun) and math.isfinite(lasted) and begun >= 0):
            raise ValueError(f"a slice from {start} for {length} seconds")
        yield Slice(tag[4:], begun, lasted, Histogram.decode(payload))


def _write(path: Path, kind: str, content: dict[str, Any]) -> None:
    head = {"format": kind, "version": VERSION}
    write_text(path, msgspec.json.format(msgspec.json.encode(head | content)).decode() + "\n")


def _read(path: Path, kind: str, as_type: type[T], defaults: dict[str, Any] | None = None) -> T:
    try:
        content = msgspec.json.decode(_text(path))
    except msgspec.DecodeError as error:
        raise NoDataError(f"{path} is not JSON: {error}") from None
    if not isinstance(content, dict) or content.get("format") != kind:
        raise NoDataError(f"{path} does not hold a {kind} file")
    if content.get("version") != VERSION:
        raise NoDataError(
            f"{path} has version {content.get('version')}; this flowgauge reads version {VERSION}"
        )
    try:
        return msgspec.convert((defaults or {}) | content, as_type)
    except msgspec.ValidationError as error:
        raise NoDataError(f"{path} is damaged: {error}") from None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NoDataError(f"{path} does not exist", hint="run the stage that writes it") from None
    except (OSError, UnicodeDecodeError) as error:
        raise NoDataError(f"{path} cannot be read: {error}") from None
