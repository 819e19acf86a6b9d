"""What faults are made of: server errors, and JSON trees with some of their leaves changed."""

from collections.abc import Callable
from typing import Any

from flowgauge.reference.world.inputs import Refused
from flowgauge.reference.world.message import Reply

__all__ = ["UNFORESEEN", "internal_error", "plain_text", "printable", "with_leaves"]


UNFORESEEN = "internal error"


def internal_error(message: str = UNFORESEEN) -> Refused:
    """The refusal of a server that did not see the case coming."""
    return Refused(500, message)


def plain_text(status: int, text: str) -> Reply:
    """An answer in the manner of a router that knows nothing of the API."""
    return Reply(status, (("content-type", "text/plain; charset=utf-8"),), text.encode())


def printable(text: str) -> str:
    """`text` with what JSON cannot carry (bytes of an id that are no UTF-8) replaced."""
    return text.encode("utf-8", "replace").decode()


def with_leaves(value: Any, leaf: Callable[[Any], Any], *, name: Callable[[str], str] | None = None) -> Any:
    """A copy of a JSON value with `leaf` applied to each scalar and `name` to member names."""
    if isinstance(value, dict):
        return {
            (name(key) if name else key): with_leaves(item, leaf, name=name) for key, item in value.items()
        }
    if isinstance(value, list):
        # An empty list stays the object that it is: one fault marks such a list by its class.
        return [with_leaves(item, leaf, name=name) for item in value] if value else value
    return leaf(value)
