"""Bodies as the client reads them: bytes to typed values, tolerant of what servers were seen to send.

The fast path is one typed decode. Only a body that fails it is looked at again as the servers of
February 2023 wrote it: `{data}` for a page of runs, `status` for `statuses`, and neither in lists.
"""

import re
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from flowgauge.client.answers.models import RunReply, RunsReply

__all__ = ["UnreadableBody", "checked", "converted", "decoded", "reader"]

T = TypeVar("T")

# A leap second comes at the end of a UTC minute, whatever the offset.
_LEAP = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:)60(?:\.[0-9]+)?([Zz]|[+-][0-9:]{5})?")
_decode = msgspec.json.Decoder().decode


class UnreadableBody(ValueError):
    """A body that is not JSON, or not of its shape. `is_shape` tells the two apart; `detail` says where."""

    def __init__(self, detail: str, *, is_shape: bool) -> None:
        super().__init__(detail)
        self.detail = detail
        self.is_shape = is_shape


def decoded(content: bytes) -> Any:
    """The plain value of a JSON text; integers of any size stay exact. Raises UnreadableBody."""
    try:
        return _decode(content)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        detail = "the body is empty" if not content else f"the body is not JSON ({error})"
        raise UnreadableBody(detail, is_shape=False) from None


def reader(shape: type[T]) -> Callable[[bytes], T]:
    """A function from a body to a value of `shape`, which raises UnreadableBody."""
    decode = msgspec.json.Decoder(shape).decode

    def read(content: bytes) -> T:
        try:
            return decode(content)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return _converted(_modern(decoded(content), shape), shape)

    return read


def checked(value: Any, shape: type) -> Any:
    """`value`, a decoded body, once it is known to be of `shape`; old names are replaced by the contract's.

    Raises UnreadableBody.
    """
    try:
        converted(value, shape)
    except msgspec.ValidationError:
        value = _modern(value, shape)
        _converted(value, shape)
    return value


def converted(value: Any, shape: type[T]) -> T:
    """Plain values as a `shape`. Raises msgspec.ValidationError.

    RFC 3339 knows leap seconds, which Python does not: one becomes the last moment before it.
    """
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError:
        return msgspec.convert(_without_leaps(value), shape)


def _without_leaps(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_leaps(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_without_leaps(item) for item in value]
    if isinstance(value, str) and (leap := _LEAP.fullmatch(value)):
        return f"{leap[1]}59.999999{leap[2]}"
    return value


def _converted(value: Any, shape: type[T]) -> T:
    try:
        return converted(value, shape)
    except msgspec.ValidationError as error:
        raise UnreadableBody(str(error), is_shape=True) from None


def _modern(value: Any, shape: type) -> Any:
    if not isinstance(value, dict):
        return value
    if issubclass(shape, RunReply):
        return {**value, "data": _modern_run(value["data"])} if "data" in value else value
    if issubclass(shape, RunsReply):
        return _modern_page(value)
    return value


def _modern_page(value: dict[str, Any]) -> dict[str, Any]:
    rest = dict(value)
    runs = rest.pop("data", None)
    if "cursor" in value or not isinstance(runs, list):
        return value
    # Those servers had no pages: the list is all there is.
    return {
        **rest,
        "cursor": {"pageSize": len(runs), "hasMore": False, "data": [_modern_run(r) for r in runs]},
    }


def _modern_run(run: Any) -> Any:
    if not isinstance(run, dict) or "statuses" in run:
        return run
    rest = dict(run)
    # Those servers leave the member out where it is empty, and wherever they did not load it.
    statuses = rest.pop("status", [])
    return {**rest, "statuses": statuses}
