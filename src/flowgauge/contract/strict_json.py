"""JSON read strictly."""

import json
import math
import sys
from collections.abc import Callable
from enum import Enum
from typing import Any, Final, NoReturn

__all__ = [
    "ABSENT",
    "AmbiguousJson",
    "NotStrictJson",
    "is_beyond_double",
    "is_read_by_some",
    "legible",
    "parsed",
    "with_gaps",
]


class _Absent(Enum):
    """A type of one value, which no JSON has."""

    ABSENT = "absent"


ABSENT: Final = _Absent.ABSENT
"""What stands for a body that was not sent."""


_LARGEST_DOUBLE = int(sys.float_info.max)
_BEYOND = 10**400


class NotStrictJson(ValueError):
    """A text that RFC 8259 does not allow, or whose meaning it leaves open."""


class AmbiguousJson(NotStrictJson):
    """A text that RFC 8259 allows, and whose meaning it leaves open (sections 4 and 8.2)."""


def parsed(body: bytes) -> Any:
    """The value of a JSON text in UTF-8.

    Raises NotStrictJson for what the standard library lets pass: NaN and Infinity, repeated members,
    lone surrogates, a byte order mark. A number beyond the range of a double is read as an integer that is.
    """
    return _read(body, _refuse_constant)


def is_read_by_some(body: bytes) -> bool:
    r"""Whether parsers in wide use take it, as they may take what is no JSON (RFC 8259, section 9).

    With NaN, line ends in a text, a byte order mark, another encoding of Unicode, or bytes that are no text.

    >>> [is_read_by_some(body) for body in (b"[NaN]", b'["\xff"]', b"[1,]")]
    [True, True, False]
    """
    try:
        json.loads(body.decode(json.detect_encoding(body), "replace"), strict=False)
    except (ValueError, RecursionError):
        return False
    return True


def _read(body: bytes, constant: Callable[[str], Any]) -> Any:
    if not body.strip(b" \t\r\n"):
        raise NotStrictJson("the body is empty")
    try:
        text = body.decode("utf-8")
        value = json.loads(text, parse_float=_number, parse_constant=constant, object_pairs_hook=_unique)
    except UnicodeDecodeError:
        raise NotStrictJson("not UTF-8") from None
    except json.JSONDecodeError as error:
        raise NotStrictJson(f"{error.msg} at character {error.pos}") from None
    except RecursionError:
        raise NotStrictJson("nested too deep to read") from None
    except NotStrictJson:
        raise
    except ValueError as error:
        raise NotStrictJson(str(error)) from None
    # Only an escape can bring a lone surrogate in.
    if "\\ud" in text.lower():
        try:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError:
            raise AmbiguousJson("a lone surrogate is no Unicode text") from None
    return value


def legible(body: bytes) -> Any:
    """What can be read of a text that is JSON but for NaN and Infinity, which are None; None of any other."""
    return with_gaps(body)[0]


def with_gaps(body: bytes) -> tuple[Any, tuple[str, ...]]:
    """What `legible` reads, and the JSON pointers to what is NaN or Infinity there."""
    met: list[_Constant] = []

    def constant(name: str) -> _Constant:
        met.append(_Constant(name))
        return met[-1]

    try:
        value = _read(body, constant)
    except NotStrictJson:
        return None, ()
    if not met:
        # Nearly every answer: nothing to look for.
        return value, ()
    pointers: list[str] = []
    return _without_constants(value, "", pointers), tuple(pointers)


class _Constant(str):
    """NaN, or one of the infinities."""

    __slots__ = ()


def _without_constants(value: Any, pointer: str, found: list[str]) -> Any:
    if isinstance(value, _Constant):
        found.append(pointer)
        return None
    if isinstance(value, dict):
        return {
            name: _without_constants(inner, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}", found)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_without_constants(inner, f"{pointer}/{index}", found) for index, inner in enumerate(value)]
    return value


def is_beyond_double(value: Any) -> bool:
    """Whether a number in a JSON value is beyond the range of a double.

    A reader may set a limit there (RFC 8259, section 6): refuse such a number, or keep something near it.
    """
    pending = [value]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            pending.extend(node.values())
        elif isinstance(node, list):
            pending.extend(node)
        elif isinstance(node, int) and abs(node) > _LARGEST_DOUBLE:
            return True
    return False


def _number(text: str) -> float | int:
    number = float(text)
    return number if math.isfinite(number) else _BEYOND * (1 if number > 0 else -1)


def _refuse_constant(name: str) -> NoReturn:
    raise NotStrictJson(f"{name} is not JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise AmbiguousJson("a member is given twice")
    return members
