"""The secrets of this process, from wherever it learned them, for what is written last of all.

Evidence is redacted by what its target was sent. Files, log lines and tracebacks are made far from there, of
values that anybody may have put together; they pass this once more.
"""

from typing import TypeVar

from flowgauge.redaction.redaction import Redaction

__all__ = ["keep_secret", "without_known_secrets"]

T = TypeVar("T")
# Tokens that were bought come and go; the oldest is forgotten first.
_MOST = 64
_known: dict[str, str] = {}
_redactions: list[Redaction] = []


def keep_secret(secret: str | None, placeholder: str) -> None:
    """From now on this shows as its placeholder in all that is written last."""
    if not secret or _known.get(secret) == placeholder:
        return
    _known[secret] = placeholder
    while len(_known) > _MOST:
        del _known[next(iter(_known))]
    _redactions.clear()


def without_known_secrets(value: T) -> T:
    """Text, bytes, or JSON-like data of them, without any secret that this process knows."""
    if not _redactions:
        _redactions.append(Redaction([(placeholder, secret) for secret, placeholder in _known.items()]))
    return _redactions[0].of(value)
