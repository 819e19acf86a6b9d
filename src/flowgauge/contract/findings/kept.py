"""How what is shown of a thing differs from what was sent, where it must not."""

from collections.abc import Iterator

from flowgauge.contract.findings.looking import Partial, in_full
from flowgauge.edition import Resource
from flowgauge.json_diff import JsonDifference, differences, told
from flowgauge.openapi import Json

__all__ = ["explaining", "is_rounding", "kept_difference", "kept_differences", "shown_kept"]

_MISSING = object()
# Up to here every integer is a double.
_EXACT = 2**53


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
        for found in differences(written, shown, place.rpartition("/")[2]):
            is_changed = found.kind == "changed"
            if not (is_changed and _are_numbers(found) and found.expected == found.actual):
                yield found


def _are_numbers(found: JsonDifference) -> bool:
    both = (found.expected, found.actual)
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in both)


def is_rounding(found: JsonDifference) -> bool:
    """Whether a number became the double next to it, where not every integer is a double."""
    if found.kind != "changed" or not _are_numbers(found) or abs(found.expected) <= _EXACT:
        return False
    return float(found.expected) == float(found.actual)


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
