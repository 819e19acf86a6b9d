"""JSON read strictly."""

import json
import math
import sys
from enum import Enum
from typing import Any, Final, NoReturn

__all__ = ["ABSENT", "AmbiguousJson", "NotStrictJson", "is_beyond_double", "parsed"]


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
    try:
        text = body.decode("utf-8")
        value = json.loads(
            text, parse_float=_number, parse_constant=_refuse_constant, object_pairs_hook=_unique
        )
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
