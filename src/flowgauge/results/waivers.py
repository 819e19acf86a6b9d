"""Waivers: findings that are known and accepted, until a date.

    [[waiver]]
    finding = "FG-107"
    operation = "listFlows"            # or "*"
    cause = "405 without Allow"        # may be left out; or how it begins
    reason = "the gateway answers 405 itself; ticket 4711"
    expires = 2027-01-31

A waived finding is reported and does not fail. Where several operations show it, each needs one.
A waiver that has expired, or that matches nothing although all suites ran, is a finding itself: it would
otherwise stand there for ever.
"""

import json
import tomllib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from flowgauge.errors import UsageError
from flowgauge.results.catalogue.classes import GENERIC, LOAD_CHECK, FindingCatalogue
from flowgauge.results.finding import NO_OPERATION, Finding

__all__ = [
    "Waiver",
    "check_added",
    "covered",
    "of_load",
    "of_suites",
    "read_waivers",
    "today",
    "unwaived",
    "waived",
    "waiver_text",
]

_MEMBERS = {"finding", "operation", "reason", "expires"}
_OPTIONAL = {"cause"}
_NOTE = " (a waiver covers all but "
_OF_WAIVERS = frozenset(each.id for each in GENERIC if each.check == "waivers")


@dataclass(frozen=True, slots=True)
class Waiver:
    """One entry of a waivers file."""

    finding: str
    operation: str
    reason: str
    expires: date
    cause: str = ""

    def covers(self, finding: Finding, operation: str) -> bool:
        """Whether this is about that finding, where that operation shows it."""
        is_meant = self.finding == finding.id and finding.cause.startswith(self.cause)
        return is_meant and self.operation in {"*", operation}


def read_waivers(path: Path, *, catalogue: FindingCatalogue, operations: Iterable[str]) -> tuple[Waiver, ...]:
    """The waivers of a file; none where there is no file. Raises UsageError with the entry that is wrong.

    `operations` are the ids of the document's operations.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from None
    entries = content.get("waiver", [])
    if set(content) - {"waiver"} or not isinstance(entries, list):
        raise UsageError(f"{path} holds more than [[waiver]] entries")
    places = {"*", NO_OPERATION, *operations}
    return tuple(
        _waiver(f"{path}, waiver {number}", entry, catalogue, places)
        for number, entry in enumerate(entries, start=1)
    )


def check_added(path: Path, text: str) -> None:
    """See that the file can be read with this text at its end. Raises UsageError where it could not."""
    try:
        tomllib.loads((path.read_text(encoding="utf-8") if path.exists() else "") + text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(
            f"nothing can be added to {path}: {error}",
            hint="the reason must be text, and the file may hold [[waiver]] entries alone",
        ) from None


def of_suites(waivers: Iterable[Waiver]) -> tuple[Waiver, ...]:
    """The waivers of what the suites find."""
    return tuple(waiver for waiver in waivers if not _is_of_load(waiver))


def of_load(waivers: Iterable[Waiver]) -> tuple[Waiver, ...]:
    """The waivers of what is found under load."""
    return tuple(waiver for waiver in waivers if _is_of_load(waiver))


def _is_of_load(waiver: Waiver) -> bool:
    return waiver.finding in GENERIC and GENERIC[waiver.finding].check == LOAD_CHECK


def today() -> date:
    """The day on which waivers are judged, in UTC."""
    return datetime.now(UTC).date()


def covered(findings: Iterable[Finding], waivers: Sequence[Waiver], day: date) -> tuple[Finding, ...]:
    """The findings, each with the reasons of the waivers that cover it on that day at all its operations.

    One that is covered at some of them stays, and says so.
    """
    valid = [waiver for waiver in waivers if day <= waiver.expires]
    return tuple(_judged(finding, valid) for finding in findings)


def _judged(finding: Finding, waivers: Sequence[Waiver]) -> Finding:
    places = finding.operations
    covers = [next((w for w in waivers if w.covers(finding, place)), None) for place in places]
    reasons = dict.fromkeys(cover.reason for cover in covers if cover)
    left = [place for place, cover in zip(places, covers, strict=True) if cover is None]
    if not left:
        return replace(finding, waived="; ".join(reasons))
    note = f"{_NOTE}{', '.join(left)})" if reasons else ""
    return replace(finding, detail=f"{finding.detail}{note}")


def unwaived(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings as they were met, before any waiver was looked at."""
    return tuple(
        replace(finding, waived=None, detail=_without_note(finding.detail))
        for finding in findings
        if finding.id not in _OF_WAIVERS
    )


def _without_note(detail: str) -> str:
    before, note, after = detail.rpartition(_NOTE)
    return before if note and after.endswith(")") else detail


def waived(
    findings: Sequence[Finding], waivers: Sequence[Waiver], day: date, *, is_complete: bool
) -> tuple[Finding, ...]:
    """The findings, each with the reason of the waiver that covers it, and one for each waiver gone stale.

    Only a complete run of the suites can tell that a waiver matches nothing. What goes wrong under load
    need not go wrong in every run, so a waiver of that ends by its date alone.
    """
    judged = list(covered(findings, waivers, day))
    for waiver in waivers:
        name = f"{waiver.finding} on {waiver.operation}"
        if day > waiver.expires:
            judged.append(_stale("FG-901", waiver, f"the waiver of {name} expired on {waiver.expires}"))
        elif is_complete and not any(waiver.covers(f, place) for f in findings for place in f.operations):
            judged.append(_stale("FG-902", waiver, f"the waiver of {name} matches no finding"))
    return tuple(judged)


def waiver_text(waivers: Iterable[Waiver]) -> str:
    """The entries of these waivers."""
    return "".join(
        f'\n[[waiver]]\nfinding = "{waiver.finding}"\noperation = "{waiver.operation}"\n'
        + (f"cause = {_quoted(waiver.cause)}\n" if waiver.cause else "")
        + f"reason = {_quoted(waiver.reason)}\nexpires = {waiver.expires.isoformat()}\n"
        for waiver in waivers
    )


def _quoted(text: str) -> str:
    # A basic string of TOML escapes as JSON does, but for DEL, which JSON leaves as it is.
    return json.dumps(text).replace("\x7f", "\\u007f")


def _stale(finding_id: str, waiver: Waiver, detail: str) -> Finding:
    kind = GENERIC[finding_id]
    return Finding(
        id=finding_id,
        title=kind.title,
        operation=waiver.operation if waiver.operation != "*" else NO_OPERATION,
        severity=kind.severity,
        detail=detail,
        exchanges=(),
        reproduction="",
    )


def _waiver(where: str, entry: Any, catalogue: FindingCatalogue, places: Collection[str]) -> Waiver:
    if not isinstance(entry, dict) or set(entry) - _OPTIONAL != _MEMBERS:
        raise UsageError(f"{where}: an entry has finding, operation, reason, expires, and may have a cause")
    finding, operation, reason, expires = (entry[n] for n in ("finding", "operation", "reason", "expires"))
    if finding not in catalogue:
        raise UsageError(f"{where}: there is no finding {finding!r}", hint="the report shows the ids")
    if operation not in places:
        raise UsageError(f"{where}: there is no operation {operation!r}", hint="an operationId, or *")
    if not isinstance(reason, str) or not reason.strip():
        raise UsageError(f"{where}: a waiver needs a reason")
    if not isinstance(expires, date) or isinstance(expires, datetime):
        raise UsageError(f"{where}: expires must be a date", hint="for example 2027-01-31, without quotes")
    cause = entry.get("cause", "")
    if not isinstance(cause, str):
        raise UsageError(f"{where}: cause must be text", hint="the report shows it")
    return Waiver(finding, operation, reason.strip(), expires, cause)
