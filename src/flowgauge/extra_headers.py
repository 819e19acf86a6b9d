"""Headers of the user's own that go with every request, such as a gateway's key: of suites and load alike."""

import re
from collections.abc import Iterator, Mapping

from flowgauge.errors import UsageError
from flowgauge.redaction import keep_secret

__all__ = ["HEADER_VARIABLES", "extra_headers", "header_placeholder"]

HEADER_VARIABLES = tuple(f"FLOWGAUGE_HEADER_{number}" for number in range(1, 10))
"""A variable holds all of a header, as curl takes it: "Name: value"."""

_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?)")
# Those that say what the suites test, how a message is framed, and what its answer may look like.
_OWN_HEADERS = frozenset(
    (
        *("accept", "accept-encoding", "authorization", "connection", "content-encoding", "content-length"),
        *("content-type", "expect", "host", "te", "trailer", "transfer-encoding", "upgrade", "user-agent"),
    )
)


def extra_headers(given: object, environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Headers from the flag, or else from the environment. Raises UsageError.

    A value may be a secret: no message shows it.
    """
    assert given is None or isinstance(given, list)
    texts = given or [environment[name] for name in HEADER_VARIABLES if environment.get(name)]
    if len(texts) > len(HEADER_VARIABLES):
        raise UsageError(f"--flowgauge-header can be given {len(HEADER_VARIABLES)} times at most")
    for number, text in enumerate(texts, start=1):
        match = _HEADER.fullmatch(str(text).strip(" "))
        if match is None:
            raise UsageError(f"header {number} is not one", hint='give it as "Name: value", in one line')
        if match[1].lower() in _OWN_HEADERS:
            hint = "give a token with --flowgauge-token" if match[1].lower() == "authorization" else None
            raise UsageError(f"the header {match[1]} is for flowgauge to send", hint=hint)
        keep_secret(match[2], header_placeholder(HEADER_VARIABLES[number - 1]))
        yield match[1], match[2]


def header_placeholder(variable: str) -> str:
    """What stands for the value of a header that an environment variable holds, as a shell writes it."""
    return f"${{{variable}#*: }}"
