"""What is tested: a way to send a request as it stands, and what else the target can do.

Requests carry `$FLOWGAUGE_TOKEN` (and its siblings) where a bearer token belongs. A target puts the real
token in at the last moment, so no exchange, report or reproduction ever holds one.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Protocol
from urllib.parse import quote

from flowgauge.results import Exchange, Request

__all__ = [
    "EXPIRED_TOKEN",
    "NEAR_TOKENS",
    "OTHER_TOKEN",
    "TOKEN",
    "Capability",
    "Target",
    "with_token_in_target",
    "with_tokens",
    "without_tokens",
]

TOKEN = "$FLOWGAUGE_TOKEN"  # noqa: S105 - a placeholder
OTHER_TOKEN = "$FLOWGAUGE_OTHER_TOKEN"  # noqa: S105 - a placeholder
EXPIRED_TOKEN = "$FLOWGAUGE_EXPIRED_TOKEN"  # noqa: S105 - a placeholder
# Not the token, but near it: without its last character, without its first, in the other case. Written as a
# shell would write it, for the reproductions.
NEAR_TOKENS: Mapping[str, Callable[[str], str]] = {
    "${FLOWGAUGE_TOKEN%?}": lambda token: token[:-1],
    "${FLOWGAUGE_TOKEN#?}": lambda token: token[1:],
    "$(echo $FLOWGAUGE_TOKEN | tr A-Za-z a-zA-Z)": lambda token: token.swapcase(),
}


class Capability(Enum):
    """What a target can do beyond answering. The value says it in words, for the list of skipped checks."""

    WRITE = "accepts writes"
    RESET = "can be emptied"
    EXCLUSIVE = "is used by nobody else"
    VIRTUAL_CLOCK = "has a clock that the suites set"
    OTHER_TOKEN = "has a second credential"  # noqa: S105
    EXPIRED_TOKEN = "has an expired token"  # noqa: S105
    STAGE_KINDS = "executes the reference stage kinds"
    FRAMING = "is reached over HTTP"


class Target(Protocol):
    """A server under test."""

    name: str
    url: str
    capabilities: frozenset[Capability]

    def send(self, request: Request) -> Exchange:
        """Send one request and wait for its answer."""
        ...

    def send_together(self, requests: Sequence[Request]) -> list[Exchange]:
        """Send requests at the same time; the exchanges stand in the order of the requests."""
        ...

    def now(self) -> float:
        """Seconds since the epoch on the clock that stamps the exchanges."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        ...

    def reset(self) -> None:
        """Forget all workflows and runs; only with Capability.RESET."""
        ...

    def close(self) -> None:
        """Let go of connections and processes."""
        ...


def with_tokens(headers: Sequence[tuple[str, str]], tokens: Mapping[str, str]) -> list[tuple[str, str]]:
    """The headers with each placeholder replaced by the token it stands for."""
    resolved = []
    for name, value in headers:
        if "$" in value:
            for placeholder, near in NEAR_TOKENS.items():
                value = value.replace(placeholder, near(tokens[TOKEN]))  # noqa: PLW2901
            # The longest names first: one placeholder may begin like another.
            for placeholder in sorted(tokens, key=len, reverse=True):
                value = value.replace(placeholder, tokens[placeholder])  # noqa: PLW2901
        resolved.append((name, value))
    return resolved


def with_token_in_target(target: str, tokens: Mapping[str, str]) -> str:
    """The request target with the placeholder of the token, if it is there, replaced as a query needs it."""
    return target.replace(TOKEN, quote(tokens[TOKEN], safe="")) if TOKEN in target else target


def without_tokens(body: bytes, tokens: Mapping[str, str]) -> bytes:
    """`body` with each token replaced by its placeholder: a server may echo what it was sent."""
    known = list(tokens.items())
    known += [
        (name, near(tokens[TOKEN])) for name, near in NEAR_TOKENS.items() if len(tokens.get(TOKEN, "")) > 8
    ]
    for placeholder, token in known:
        # As it stands, and as it stands in a query.
        for form in dict.fromkeys((token, quote(token, safe=""))):
            if form and form.encode() in body:
                body = body.replace(form.encode(), placeholder.encode())
    return body
