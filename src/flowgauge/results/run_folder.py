"""The run folder: which file holds what, written and read back.

    contract.json     one ContractReport
    run.json          one LoadRun without its histograms
    run.hlog          its slices, as a standard HdrHistogram log with one tag per measure

Each JSON file names its `format` and `version`. Bodies are base64, since they need not be text. A file
is written beside its place and renamed into it, so that a reader never meets half of one.

`run.json` holds the digest of its `run.hlog`: a log that lost its last lines is well-formed, and one left
by another run is whole, but neither is what this run measured.
"""

import fcntl
import hashlib
import math
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from hdrh.codec import HdrCookieException, HdrLengthException

from flowgauge.errors import NoDataError, UsageError
from flowgauge.results.contract_report import ContractReport
from flowgauge.results.histogram import Histogram
from flowgauge.results.load_run import LoadRun, Slice

__all__ = [
    "CONTRACT_FILE",
    "HISTOGRAM_FILE",
    "LOAD_FILE",
    "STAGES_FILE",
    "append_line",
    "check_writable",
    "held",
    "read_contract_report",
    "read_load_run",
    "remove",
    "write_contract_report",
    "write_load_run",
    "write_text",
]

CONTRACT_FILE = "contract.json"
LOAD_FILE = "run.json"
STAGES_FILE = "stages.json"
"""The stages that one command carried out together; whoever carries out one alone removes it."""
HISTOGRAM_FILE = "run.hlog"
LOCK_FILE = ".lock"
DIGEST = "histogram_digest"
VERSION = 2
# A full disk takes an empty file, and no report.
_TRIAL_BYTES = 1 << 18
T = TypeVar("T")


def write_text(path: Path, text: str) -> None:
    """Write `text` at once: a reader sees the old file or the new one. Raises UsageError where it cannot."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from None


def check_writable(folder: Path) -> None:
    """Make the folder, and see that files can be written there. Raises UsageError where they cannot."""
    trial = folder / f".trial.{os.getpid()}"
    write_text(trial, " " * _TRIAL_BYTES)
    remove(trial)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Keep others from writing into the folder, for as long as the block or its process lasts.

    Raises UsageError where somebody else does.
    """
    path = folder / LOCK_FILE
    with path.open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise UsageError(
                f"{folder} is in use: process {file.read().strip() or 'unknown'} writes there",
                hint="wait for it, or name another folder",
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def remove(path: Path) -> None:
    """Make sure that there is no such file. Raises UsageError where it cannot be removed."""
    try:
        path.unlink(missing_ok=True)
    except NotADirectoryError:
        return
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from None


def append_line(path: Path, line: str) -> None:
    """Add a line to the end of a file at once, so that of two who write neither loses the other's.

    A last line that was cut off is closed first. Raises UsageError where it cannot.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab+", buffering=0) as file:
            if file.tell() and (file.seek(-1, os.SEEK_END), file.read(1))[1] != b"\n":
                line = f"\n{line}"
            file.write(f"{line}\n".encode())
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from None


def write_contract_report(folder: Path, report: ContractReport) -> None:
    """Write `report` into the run folder."""
    _write(folder / CONTRACT_FILE, "flowgauge-contract", msgspec.to_builtins(report))


def read_contract_report(folder: Path) -> ContractReport:
    """The contract report of a run folder. Raises NoDataError where there is none to read."""
    path = folder / CONTRACT_FILE
    return _converted(_content(path, "flowgauge-contract"), ContractReport, path)


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
    log = "\n".join(lines) + "\n"
    write_text(folder / HISTOGRAM_FILE, log)
    figures = {
        name: msgspec.to_builtins(getattr(run, name))
        for name in LoadRun.__dataclass_fields__
        if name not in {"histograms", "slices"}
    }
    _write(folder / LOAD_FILE, "flowgauge-load", figures | {DIGEST: _digest(log)})


def read_load_run(folder: Path) -> LoadRun:
    """The load run of a run folder. Raises NoDataError where there is none to read."""
    content = _content(folder / LOAD_FILE, "flowgauge-load")
    run = _converted({"histograms": {}, "slices": []} | content, LoadRun, folder / LOAD_FILE)
    path = folder / HISTOGRAM_FILE
    log = _text(path)
    if content.get(DIGEST) != _digest(log):
        raise NoDataError(
            f"{path} is damaged or of another run: it is not the one that {LOAD_FILE} was written with",
            hint="run the load test again",
        )
    merged: dict[str, Histogram] = {}
    try:
        slices = tuple(_slices(log))
        for piece in slices:
            merged.setdefault(piece.measure, Histogram()).add(piece.histogram)
    except (ValueError, IndexError, HdrCookieException, HdrLengthException, zlib.error) as error:
        raise NoDataError(f"{path} is damaged: {error}", hint="run the load test again") from None
    return replace(run, histograms=merged, slices=slices)


def _digest(log: str) -> str:
    # Of the text, not of the bytes: a checkout may have changed the ends of its lines.
    return hashlib.sha256(log.encode("utf-8")).hexdigest()


def _slices(log: str) -> Iterator[Slice]:
    for line in log.splitlines():
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


def _content(path: Path, kind: str) -> dict[str, Any]:
    try:
        content = msgspec.json.decode(_text(path))
    except (msgspec.DecodeError, RecursionError) as error:
        raise NoDataError(f"{path} is not JSON: {error}") from None
    if not isinstance(content, dict) or content.get("format") != kind:
        raise NoDataError(f"{path} does not hold a {kind} file")
    if content.get("version") != VERSION:
        raise NoDataError(
            f"{path} has version {content.get('version')}; this flowgauge reads version {VERSION}",
            hint="run the stage that writes it again",
        )
    return content


def _converted(content: dict[str, Any], as_type: type[T], path: Path) -> T:
    try:
        return msgspec.convert(content, as_type)
    except msgspec.ValidationError as error:
        raise NoDataError(f"{path} is damaged: {error}") from None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NoDataError(f"{path} does not exist", hint="run the stage that writes it") from None
    except (OSError, UnicodeDecodeError) as error:
        raise NoDataError(f"{path} cannot be read: {error}") from None
