"""The expressions of triggers: a small part of the language that servers read them in.

    or    := and ("or" | "||" and)*          and  := not ("and" | "&&" not)*
    not   := ("not" | "!") not | compared    compared := value (("==" | "!=") value)?
    value := text | number | true | false | nil | path | "(" or ")"

A path begins at `event`; what is not there is nil.
"""

import re
from typing import Any

from flowgauge.reference.world.wire import encoded

__all__ = ["TriggerExpressionError", "evaluated", "shown_text"]

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"[^"\\]*"|'[^'\\]*')|(?P<number>-?\d+(?:\.\d+)?)"""
    r"""|(?P<name>[A-Za-z_]\w*(?:\.\w+)*)|(?P<sign>==|!=|&&|\|\||!|\(|\)))""",
    re.ASCII,
)
_CONSTANTS = {"true": True, "false": False, "nil": None}
_LONGEST = 4096
_DEEPEST = 50


class TriggerExpressionError(Exception):
    """The text is no expression that is read here."""


def evaluated(text: str, event: dict[str, Any]) -> Any:
    """The value of an expression for an event. Raises TriggerExpressionError."""
    if len(text) > _LONGEST:
        raise TriggerExpressionError(f"longer than {_LONGEST} characters")
    return _Reader(text, event).value()


def shown_text(value: Any) -> str:
    """A value as a variable holds it."""
    return value if isinstance(value, str) else encoded(value).decode()


class _Reader:
    def __init__(self, text: str, event: dict[str, Any]) -> None:
        self._event = event
        self._tokens: list[tuple[str, str]] = []
        self._depth = 0
        place, text = 0, text.rstrip()
        while place < len(text):
            match = _TOKEN.match(text, place)
            if match is None:
                raise TriggerExpressionError(f"cannot be read from character {place} on")
            kind = match.lastgroup or ""
            self._tokens.append((kind, match[kind]))
            place = match.end()

    def value(self) -> Any:
        found = self._or()
        if self._tokens:
            raise TriggerExpressionError(f"nothing is expected before {self._tokens[0][1]}")
        return found

    def _take(self, *texts: str) -> bool:
        """Whether one of these comes next; then it is passed."""
        if self._tokens and self._tokens[0][0] != "text" and self._tokens[0][1] in texts:
            self._tokens.pop(0)
            return True
        return False

    def _or(self) -> Any:
        found = self._and()
        while self._take("or", "||"):
            other = self._and()
            found = _truth(found) or _truth(other)
        return found

    def _and(self) -> Any:
        found = self._not()
        while self._take("and", "&&"):
            other = self._not()
            found = _truth(found) and _truth(other)
        return found

    def _not(self) -> Any:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise TriggerExpressionError("too deep")
        found = not _truth(self._not()) if self._take("not", "!") else self._compared()
        self._depth -= 1
        return found

    def _compared(self) -> Any:
        found = self._plain()
        for sign in ("==", "!="):
            if self._take(sign):
                other = self._plain()
                is_same = type(found) is type(other) and found == other
                return is_same if sign == "==" else not is_same
        return found

    def _plain(self) -> Any:
        if self._take("("):
            found = self._or()
            if not self._take(")"):
                raise TriggerExpressionError("a bracket is not closed")
            return found
        if not self._tokens:
            raise TriggerExpressionError("it ends too soon")
        kind, text = self._tokens.pop(0)
        match kind:
            case "text":
                return text[1:-1]
            case "number":
                return float(text) if "." in text else int(text)
            case "name" if text in _CONSTANTS:
                return _CONSTANTS[text]
            case "name":
                return self._at(text)
        raise TriggerExpressionError(f"nothing is expected before {text}")

    def _at(self, path: str) -> Any:
        root, *names = path.split(".")
        if root != "event":
            raise TriggerExpressionError(f"unknown name {root}")
        value: Any = self._event
        for name in names:
            value = value.get(name) if isinstance(value, dict) else None
        return value


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TriggerExpressionError("not a truth value")
    return value
