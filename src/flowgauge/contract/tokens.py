"""Placeholders of tokens: requests carry them where a bearer token belongs.

A target puts the real token in at the last moment, so no exchange, report or reproduction ever holds one.
"""

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote

from flowgauge.extra_headers import HEADER_VARIABLES, header_placeholder
from flowgauge.redaction import Redaction

__all__ = [
    "CLIENT_SECRET",
    "EXPIRED_TOKEN",
    "NEAR_TOKENS",
    "OTHER_TOKEN",
    "PLACEHOLDERS",
    "TOKEN",
    "redaction_of",
    "with_token_in_target",
    "with_tokens",
]

TOKEN = "$FLOWGAUGE_TOKEN"  # noqa: S105 - a placeholder
OTHER_TOKEN = "$FLOWGAUGE_OTHER_TOKEN"  # noqa: S105 - a placeholder
EXPIRED_TOKEN = "$FLOWGAUGE_EXPIRED_TOKEN"  # noqa: S105 - a placeholder
CLIENT_SECRET = "$FLOWGAUGE_CLIENT_SECRET"  # noqa: S105 - a placeholder
_TOKENS = (TOKEN, OTHER_TOKEN, EXPIRED_TOKEN)
# Not the token, but near it: without its last character, without its first, in the other case. Written as a
# shell would write it, for the reproductions.
NEAR_TOKENS: Mapping[str, Callable[[str], str]] = {
    "${FLOWGAUGE_TOKEN%?}": lambda token: token[:-1],
    "${FLOWGAUGE_TOKEN#?}": lambda token: token[1:],
    "$(echo $FLOWGAUGE_TOKEN | tr A-Za-z a-zA-Z)": lambda token: token.swapcase(),
}

PLACEHOLDERS = (
    *(*_TOKENS, *NEAR_TOKENS),
    *(header_placeholder(variable) for variable in HEADER_VARIABLES),
)


def with_tokens(headers: Sequence[tuple[str, str]], tokens: Mapping[str, str]) -> list[tuple[str, str]]:
    """The headers with each placeholder replaced by the token it stands for."""
    resolved = []
    for name, value in headers:
        if "$" in value:
            for placeholder, near in NEAR_TOKENS.items():
                value = value.replace(placeholder, near(tokens.get(TOKEN, "")))  # noqa: PLW2901
            # The longest names first: one placeholder may begin like another.
            for placeholder in sorted(tokens, key=len, reverse=True):
                value = value.replace(placeholder, tokens[placeholder])  # noqa: PLW2901
        resolved.append((name, value))
    return resolved


def with_token_in_target(target: str, tokens: Mapping[str, str]) -> str:
    """The request target with the placeholder of the token, if it is there, replaced as a query needs it."""
    return target.replace(TOKEN, quote(tokens.get(TOKEN, ""), safe="")) if TOKEN in target else target


def redaction_of(tokens: Mapping[str, str]) -> Redaction:
    """Takes each token, and each header's value, out of what a server sent: it may echo what it was sent."""
    return Redaction((placeholder, value) for placeholder, value in tokens.items() if value)
