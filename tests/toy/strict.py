"""Bodies: JSON read strictly and written exactly, and what the document asks of a draft."""

import json
import math
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

Check = Callable[[Any], bool]
DEPTH_LIMIT = 200


class Refused(Exception):
    """A request that is answered with a problem."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, dict(headers or {})


def parsed(body: bytes) -> Any:
    """The JSON value of a body, with every number as it was sent. Raises Refused (400)."""
    try:
        value = json.loads(
            body.decode(),
            parse_float=lambda text: _in_range(text, Decimal(text)),
            parse_int=lambda text: _in_range(text, int(text)),
            parse_constant=_no_constant,
            object_pairs_hook=_members,
        )
        _is_wholesome(value, DEPTH_LIMIT)
    except (ValueError, InvalidOperation, RecursionError) as error:
        raise Refused(400, "the body is not JSON that this server reads") from error
    return value


def written(value: Any) -> str:
    """A value as JSON; a Decimal keeps its digits and its point, which json.dumps cannot do."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{written(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(written, value)) + "]"
    if isinstance(value, Decimal):
        text = str(value)
        return text if {".", "E"} & set(text) else f"{text}.0"
    return json.dumps(value)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _in_range(text: str, number: int | Decimal) -> int | Decimal:
    if math.isinf(float(text)):
        raise ValueError("beyond a double's range")
    return number


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a member is named twice")
    return members


def _is_wholesome(value: Any, depth: int) -> None:
    if depth < 0:
        raise ValueError("too deep")
    if isinstance(value, str):
        value.encode()  # a lone surrogate is a UnicodeEncodeError, which is a ValueError
    elif isinstance(value, dict):
        for name, each in value.items():
            name.encode()
            _is_wholesome(each, depth - 1)
    elif isinstance(value, list):
        for each in value:
            _is_wholesome(each, depth - 1)


def _text(low: int = 0, high: float = float("inf")) -> Check:
    return lambda value: isinstance(value, str) and low <= len(value) <= high


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _is_integer(value: Any) -> bool:
    """JSON Schema's integer: 5.0 is one; asked without int(), which 1e999999 would keep busy."""
    return _is_number(value) and (isinstance(value, int) or value == value.to_integral_value())


def _integer(low: int, high: int) -> Check:
    return lambda value: _is_integer(value) and low <= value <= high


def _texts(most: int) -> Check:
    return lambda value: (
        isinstance(value, list) and len(value) <= most and all(isinstance(each, str) for each in value)
    )


def _maybe_text(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _one_of(*names: str) -> Check:
    return lambda value: isinstance(value, str) and value in names


def _object(checks: Mapping[str, Check], required: frozenset[str]) -> Check:
    return lambda value: not wrong_members(value, checks, required)


def wrong_members(value: Any, checks: Mapping[str, Check], required: frozenset[str]) -> list[str]:
    """The members that are missing, not known, or not as they must be."""
    if not isinstance(value, dict):
        return ["the body itself"]
    wrong = sorted(required - value.keys()) + sorted(value.keys() - checks.keys())
    return wrong + [name for name, check in checks.items() if name in value and not check(value[name])]


SHELF_REQUIRED = frozenset({"label", "capacity", "genre"})
SHELF: dict[str, Check] = {
    "label": _text(1, 80),
    "capacity": _integer(1, 10000),
    "genre": _one_of("fiction", "science", "maps"),
    "tags": _texts(20),
    "place": _object({"room": _text(), "row": _is_integer}, frozenset({"room"})),
    "note": _maybe_text,
}
BOOK_REQUIRED = frozenset({"title", "pages", "language"})
BOOK: dict[str, Check] = {
    "title": _text(1, 200),
    "pages": _integer(1, 20000),
    "language": _one_of("de", "en", "fr"),
    "authors": _texts(10),
    "price": lambda value: _is_number(value) and value >= 0,
    "serial": _is_integer,
    "subtitle": _maybe_text,
    "details": lambda value: isinstance(value, dict),
}
