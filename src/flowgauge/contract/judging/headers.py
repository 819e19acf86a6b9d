"""What may be wrong with a header of an answer: Allow, Content-Type, WWW-Authenticate.

A header is read as HTTP lets it be written: lists in one line or in several, with empty elements (RFC 9110,
section 5.6.1), names in any case, parameters in any order. Only what the document or HTTP says is held
against it.
"""

import re

from flowgauge.contract.header_values import listed_in
from flowgauge.contract.judging.expectation import Expectation
from flowgauge.openapi import ResponseSpec
from flowgauge.openapi.media_types import is_declared
from flowgauge.results import Request, Response

__all__ = ["wrong_allow", "wrong_challenge", "wrong_media_type"]

# Of any resource, whatever its document says of it.
_GENERAL = frozenset({"OPTIONS", "HEAD", "TRACE", "CONNECT"})
# At the beginning of a challenge, or after the comma that ends the one before.
_BEARER = re.compile(r"(?:^|,)[\s,]*bearer(?=[\s,]|$)", re.IGNORECASE)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')


def wrong_media_type(values: tuple[str, ...], declared: ResponseSpec) -> str | None:
    """How the Content-Type differs from what is declared.

    JSON has no parameters, and no effect is what an added one has (RFC 8259, section 11).
    """
    if len(values) != 1:
        return f"{len(values)} Content-Type headers"
    if not is_declared(values[0], declared.media_types):
        return f"{values[0]!r} is not {' or '.join(declared.media_types)}"
    return None


def wrong_allow(
    request: Request, response: Response, expected: Expectation, *, is_whole: bool = True
) -> str | None:
    """How Allow differs from the methods of the path; only a 405 must have one (RFC 9110, 15.5.6).

    `is_whole` says whether the document names every method that there is.
    """
    values = response.header_values("allow")
    if not values and response.status != 405:
        return None
    value = ", ".join(values)
    if not values:
        return f"{response.status} without Allow"
    allowed = set(listed_in(values))
    if missing := expected.path_methods - allowed:
        return f"Allow misses {', '.join(sorted(missing))}: {value}"
    # Every other method gets a 405 here, by the document.
    surplus = allowed - expected.path_methods - _GENERAL if is_whole else set[str]()
    if response.status == 405:
        surplus |= allowed & {request.method}
    return f"Allow names {', '.join(sorted(surplus))}: {value}" if surplus else None


def wrong_challenge(response: Response) -> str | None:
    """Why the challenge of a 401 does not tell a client what to do (RFC 6750, section 3)."""
    challenges = response.header_values("www-authenticate")
    if not challenges:
        return "401 without WWW-Authenticate"
    if any(_BEARER.search(_QUOTED.sub('""', challenge)) for challenge in challenges):
        return None
    return f"WWW-Authenticate does not offer Bearer: {challenges[0]}"
