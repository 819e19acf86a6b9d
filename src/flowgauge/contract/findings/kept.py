"""How what is shown of a thing differs from what was sent, where it must not."""

import sys
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from flowgauge.contract.findings.looking import Partial, in_full
from flowgauge.edition import Resource
from flowgauge.json_diff import JsonDifference, differences, told
from flowgauge.openapi import Json
from flowgauge.openapi.source import unescaped
from flowgauge.results import Severity

__all__ = ["KnownChange", "explaining", "kept_difference", "kept_differences", "known_change", "shown_kept"]


@dataclass(frozen=True, slots=True)
class KnownChange:
    """A way in which servers change values: its cause, the rule that it breaks, and what harm it does."""

    cause: str
    rule: str
    severity: Severity | None = None


_MISSING = object()
# Up to here every integer is a double.
_EXACT = 2**53
_LARGEST = sys.float_info.max


def kept_difference(resource: Resource, sent: Json, view: Json) -> str | None:
    """How what is shown differs from what was sent, where it must not."""
    found = next(kept_differences(resource, sent, view), None)
    return None if found is None else told(found)


def kept_differences(resource: Resource, sent: Json, view: Json) -> Iterator[JsonDifference]:
    """All differences. Raises Unseen where what is shown cannot be read.

    1 and 1.0 are one number to JSON (RFC 8259, section 6; JSON Schema, section 4.2.2), as are 0 and -0.0: no
    document that speaks of JSON values alone promises which of them comes back, whatever our reference does.
    """
    for place, source in resource.kept.items():
        written = _at(sent, source)
        if written is _MISSING:
            continue
        shown = in_full(_at(view, place)) if isinstance(view, Partial) else _at(view, place)
        if shown is _MISSING:
            yield JsonDifference(place, "missing", written, None)
            continue
        declared = resource.declared_only.get(place)
        for found in differences(written, shown, place.rpartition("/")[2]):
            if (
                declared is not None
                and found.kind == "missing"
                and unescaped(found.pointer)[-1] not in declared
            ):
                continue
            if not (found.kind == "changed" and _are_numbers(found) and _is_one_number(found)):
                yield found


def _is_one_number(found: JsonDifference) -> bool:
    """Whether both are the same as doubles, or the same as they are written: 1e23 and 1 with 23 zeros."""
    written, shown = found.expected, found.actual
    return bool(written == shown or Decimal(repr(written)) == Decimal(repr(shown)))


def _are_numbers(found: JsonDifference) -> bool:
    both = (found.expected, found.actual)
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in both)


def known_change(found: JsonDifference) -> KnownChange | None:
    """The way in which a value was changed, if it is one that servers are known to take with any value."""
    if found.kind == "missing" and found.expected is None:
        return _NULL_LOST
    if found.kind != "changed":
        return None
    written, shown = found.expected, found.actual
    if _are_numbers(found):
        # Beyond the largest double there is none to round to.
        is_rounded = _EXACT < abs(written) < _LARGEST > abs(shown) and float(written) == float(shown)
        return _ROUNDED if is_rounded else None
    if isinstance(written, str) and isinstance(shown, str):
        return next((change for change, explains in _OF_TEXT if explains(written, shown)), None)
    return None


def _loses_nul(written: str, shown: str) -> bool:
    ways = (written.replace("\0", instead) for instead in _INSTEAD_OF_NUL)
    return "\0" in written and shown in (*ways, written.partition("\0")[0])


def _is_normalised(written: str, shown: str) -> bool:
    return any(unicodedata.normalize(form, written) == shown for form in ("NFC", "NFD", "NFKC", "NFKD"))


_RFC = "RFC 8259, section"
# To most readers it is as good as absent; it is a value all the same (section 3).
_NULL_LOST = KnownChange("members that are null are not kept", f"{_RFC} 3", "minor")
# Readers may keep such a number as a double (section 6); it is another number all the same.
_ROUNDED = KnownChange("a number beyond 2^53 is rounded", f"{_RFC} 6", "minor")
_INSTEAD_OF_NUL = ("", " ", "?", "\ufffd", "\\0", "\\u0000")
_OF_TEXT: tuple[tuple[KnownChange, Callable[[str, str], bool]], ...] = (
    (KnownChange("U+0000 in text is not kept", f"{_RFC} 7", "minor"), _loses_nul),
    (KnownChange("blanks around text are not kept", f"{_RFC} 7"), lambda a, b: a.strip() == b),
    (KnownChange("text is normalised", f"{_RFC} 8.3", "major"), _is_normalised),
    (KnownChange("the case of text is not kept", f"{_RFC} 8.3"), lambda a, b: b in {a.lower(), a.upper()}),
)


def shown_kept(resource: Resource, view: Json) -> Json:
    """What is shown where it must be what was sent, by its places."""
    found = {place: _at(view, place) for place in resource.kept}
    return {place: None if value is _MISSING else value for place, value in found.items()}


def explaining(resource: Resource, sent: Json, view: Json) -> Json:
    """The body that would explain what is shown."""
    explained = dict(sent) if isinstance(sent, dict) else {}
    for place, source in resource.kept.items():
        shown = _at(view, place)
        if shown is not _MISSING and source.count("/") == 1:
            explained[source[1:]] = shown
    return explained


def _at(value: Json, pointer: str) -> Json:
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(value, dict):
            return _MISSING
        if isinstance(value, Partial) and value.has_lost(name):
            return value
        value = value.get(name, _MISSING)
    return value
