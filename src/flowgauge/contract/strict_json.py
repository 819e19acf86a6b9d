"""JSON read strictly, and compared exactly: 1 is not 1.0 is not "1" is not true."""

import json
from typing import Any, NoReturn

__all__ = ["NotStrictJson", "first_difference", "parsed"]


class NotStrictJson(ValueError):
    """A text that RFC 8259 does not allow, or whose meaning it leaves open."""


def parsed(body: bytes) -> Any:
    """The value of a JSON text in UTF-8.

    Raises NotStrictJson for what the standard library lets pass: NaN and Infinity, repeated members,
    lone surrogates, a byte order mark.
    """
    try:
        text = body.decode("utf-8")
        value = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_unique)
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
            raise NotStrictJson("a lone surrogate is no Unicode text") from None
    return value


def first_difference(written: Any, read: Any, where: str = "") -> str | None:
    """Where and how two JSON values differ, types included; None where they do not."""
    if type(written) is not type(read):
        return f"{where or 'value'}: {_shown(written)} became {_shown(read)}"
    if isinstance(written, dict):
        for key in written:
            if key not in read:
                return f"{where}/{key}: is missing"
        for key in read:
            if key not in written:
                return f"{where}/{key}: was added"
        pairs = ((f"{where}/{key}", written[key], read[key]) for key in written)
    elif isinstance(written, list):
        if len(written) != len(read):
            return f"{where or 'list'}: {len(written)} items became {len(read)}"
        pairs = ((f"{where}/{i}", w, r) for i, (w, r) in enumerate(zip(written, read, strict=True)))
    else:
        # -0.0 == 0.0, but it is not what was written.
        is_same = written == read and repr(written) == repr(read)
        return None if is_same else f"{where or 'value'}: {_shown(written)} became {_shown(read)}"
    for place, w, r in pairs:
        if difference := first_difference(w, r, place):
            return difference
    return None


def _refuse_constant(name: str) -> NoReturn:
    raise NotStrictJson(f"{name} is not JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NotStrictJson("a member is given twice")
    return members


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=True)
    return text if len(text) <= 60 else text[:57] + "..."
