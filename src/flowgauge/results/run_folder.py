"""The run folder: which file holds what, written and read back.

    contract.json         one ContractReport
    run.json, run.hlog    one LoadRun (see `load_files`)

Each JSON file names its `format` and `version`. Bodies are base64, since they need not be text. A file
is written beside its place and renamed into it, so that a reader never meets half of one.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from flowgauge.errors import NoDataError, UsageError
from flowgauge.redaction import without_known_secrets
from flowgauge.results.bounds import LATEST
from flowgauge.results.contract_report import ContractReport

__all__ = [
    "CONTRACT_FILE",
    "HISTOGRAM_FILE",
    "LOAD_FILE",
    "STAGES_FILE",
    "append_line",
    "check_writable",
    "converted",
    "held",
    "read_content",
    "read_contract_report",
    "read_text",
    "remove",
    "told",
    "write_content",
    "write_contract_report",
    "write_text",
]

CONTRACT_FILE = "contract.json"
LOAD_FILE = "run.json"
STAGES_FILE = "stages.json"
"""The stages that one command carried out together; whoever carries out one alone removes it."""
HISTOGRAM_FILE = "run.hlog"
LOCK_FILE = ".lock"
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
    write_content(folder / CONTRACT_FILE, "flowgauge-contract", told(report))


def read_contract_report(folder: Path) -> ContractReport:
    """The contract report of a run folder. Raises NoDataError where there is none to read."""
    path = folder / CONTRACT_FILE
    return converted(read_content(path, "flowgauge-contract"), ContractReport, path)


def told(value: object) -> Any:
    """What is written of a value: without secrets, wherever they came from, its bytes as they are."""
    return without_known_secrets(msgspec.to_builtins(value, builtin_types=(bytes,)))


def write_content(path: Path, kind: str, content: dict[str, Any]) -> None:
    """Write a file of that format. Raises UsageError."""
    head = {"format": kind, "version": VERSION}
    write_text(path, msgspec.json.format(msgspec.json.encode(head | content)).decode() + "\n")


def read_content(path: Path, kind: str) -> dict[str, Any]:
    """What a file of that format holds. Raises NoDataError."""
    try:
        content = msgspec.json.decode(read_text(path))
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


def converted(content: dict[str, Any], as_type: type[T], path: Path) -> T:
    """What a file held, as a value of that type. Raises NoDataError."""
    try:
        value = msgspec.convert(content, as_type)
    except msgspec.ValidationError as error:
        raise NoDataError(f"{path} is damaged: {error}") from None
    for name in ("started_at", "duration"):
        seconds = content.get(name)
        if isinstance(seconds, int | float) and not 0 <= seconds <= LATEST:
            raise NoDataError(f"{path} is damaged: {name} is {seconds:g} seconds")
    return value


def read_text(path: Path) -> str:
    """What a file says. Raises NoDataError."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NoDataError(f"{path} does not exist", hint="`flowgauge run` writes it") from None
    except (OSError, UnicodeDecodeError) as error:
        raise NoDataError(f"{path} cannot be read: {error}") from None
