"""A load run in the run folder, written as it goes on, and read back.

    run.json    one LoadRun without its histograms
    run.hlog    its slices, as a standard HdrHistogram log with one tag per measure

While the run goes on, the log grows by every second that is complete, and after it `run.json` is replaced:
it says how much of the log it goes with, and by a digest that it is that log. So whoever is killed in the
middle leaves the run as it stood a second or two before, `is_whole` false. A whole one wants the whole log:
one that lost its last lines is well-formed, one left by another run whole, and neither is what was measured.

A log begins as `.run.hlog.next`, and takes the place of an earlier one as soon as `run.json` goes with it.
Killed between the two, whoever reads finds it there: at no moment is there neither the old run nor the new.
"""

import hashlib
import math
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from io import TextIOWrapper
from pathlib import Path
from typing import Any, Self

from hdrh.codec import HdrCookieException, HdrLengthException

from flowgauge.errors import NoDataError, UsageError
from flowgauge.results.histogram import Histogram
from flowgauge.results.load_run import LoadRun, Slice
from flowgauge.results.run_folder import (
    HISTOGRAM_FILE,
    LOAD_FILE,
    converted,
    read_content,
    read_text,
    told,
    write_content,
)

__all__ = ["LoadLog", "read_load_run", "write_load_run"]

_FORMAT = "flowgauge-load"
_NEXT = f".{HISTOGRAM_FILE}.next"
_DIGEST, _LENGTH, _WHOLE = "histogram_digest", "histogram_length", "is_whole"


class LoadLog:
    """The files of a run that goes on. Raises UsageError where they cannot be written."""

    def __init__(self, folder: Path, *, started_at: float) -> None:
        self._path, self._next = folder / HISTOGRAM_FILE, folder / _NEXT
        self._figures = folder / LOAD_FILE
        self._digest, self._length = hashlib.sha256(), 0
        self._is_in_place = False
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file: TextIOWrapper = self._next.open("w", encoding="utf-8", newline="\n")
        except OSError as error:
            raise _unwritable(self._path, error) from None
        self._write(
            "#[Logged with flowgauge]\n"
            "#[Histogram log format version 1.3]\n"
            f"#[StartTime: {started_at:.3f} (seconds since epoch)]\n"
            f"#[BaseTime: {started_at:.3f} (seconds since epoch)]\n"
            '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"\n'
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Write no more."""
        self._file.close()

    def append(self, slices: Iterable[Slice]) -> None:
        """Add slices to the log."""
        self._write("".join(map(_line, slices)))

    def stand(self, run: LoadRun, *, is_whole: bool) -> None:
        """Write the run as it stands now, to go with the log as it stands now."""
        figures = {
            name: told(getattr(run, name))
            for name in LoadRun.__dataclass_fields__
            if name not in {"histograms", "slices"}
        }
        head = {_WHOLE: is_whole, _DIGEST: self._digest.hexdigest(), _LENGTH: self._length}
        write_content(self._figures, _FORMAT, figures | head)
        if not self._is_in_place:
            try:
                self._next.replace(self._path)
            except OSError as error:
                raise _unwritable(self._path, error) from None
            self._is_in_place = True

    def _write(self, text: str) -> None:
        try:
            self._file.write(text)
            self._file.flush()
        except OSError as error:
            raise _unwritable(self._path, error) from None
        self._digest.update(text.encode("utf-8"))
        self._length += len(text)


def write_load_run(folder: Path, run: LoadRun) -> None:
    """Write `run`, which is over, into the run folder: its figures, and its histograms slice by slice."""
    with LoadLog(folder, started_at=run.started_at) as log:
        log.append(run.slices)
        log.stand(run, is_whole=True)


def read_load_run(folder: Path) -> LoadRun:
    """The load run of a run folder, whole or cut off. Raises NoDataError where there is none to read."""
    content = read_content(folder / LOAD_FILE, _FORMAT)
    run = converted({"histograms": {}, "slices": []} | content, LoadRun, folder / LOAD_FILE)
    path = folder / HISTOGRAM_FILE
    log = _log_of(content, folder)
    merged: dict[str, Histogram] = {}
    try:
        slices = _merged(_slices(log))
        for piece in slices:
            merged.setdefault(piece.measure, Histogram()).add(piece.histogram)
    except (ValueError, IndexError, HdrCookieException, HdrLengthException, zlib.error) as error:
        raise NoDataError(f"{path} is damaged: {error}", hint="run the load test again") from None
    return replace(run, histograms=merged, slices=slices)


def _log_of(content: dict[str, Any], folder: Path) -> str:
    """The log that a `run.json` was written with, as far as it goes with it. Raises NoDataError."""
    paths = folder / HISTOGRAM_FILE, folder / _NEXT
    for path in [path for path in paths if path.is_file()]:
        log = read_text(path)
        if content.get(_WHOLE) is False:
            length = content.get(_LENGTH)
            log = log[: length if isinstance(length, int) else 0]
        # Of the text, not of the bytes: a checkout may have changed the ends of its lines.
        if content.get(_DIGEST) == hashlib.sha256(log.encode("utf-8")).hexdigest():
            return log
    # Says so where there is none.
    read_text(paths[0])
    raise NoDataError(
        f"{paths[0]} is damaged or of another run: it is not the one that {LOAD_FILE} was written with",
        hint="run the load test again",
    )


def _line(piece: Slice) -> str:
    longest, encoded = piece.histogram.maximum or 0, piece.histogram.encode()
    return f"Tag={piece.measure},{piece.start:.3f},{piece.length:.3f},{longest:.6f},{encoded}\n"


def _slices(log: str) -> Iterator[Slice]:
    for line in log.splitlines():
        if not line.startswith("Tag="):
            continue
        tag, start, length, _, payload = line.split(",")
        begun, lasted = float(start), float(length)
        if not (math.isfinite(begun) and math.isfinite(lasted) and begun >= 0):
            raise ValueError(f"a slice from {start} for {length} seconds")
        yield Slice(tag[4:], begun, lasted, Histogram.decode(payload))


def _merged(slices: Iterable[Slice]) -> tuple[Slice, ...]:
    """The slices, one for each second of a measure: what a worker reported late has a line of its own."""
    found: dict[tuple[str, float], Slice] = {}
    for piece in slices:
        known = found.get((piece.measure, piece.start))
        if known is None:
            found[piece.measure, piece.start] = piece
            continue
        both = Histogram()
        for each in (known, piece):
            both.add(each.histogram)
        found[piece.measure, piece.start] = replace(known, histogram=both)
    return tuple(found.values())


def _unwritable(path: Path, error: OSError) -> UsageError:
    return UsageError(f"{path} cannot be written: {error.strerror or error}")
