"""What may be wrong with a header of an answer: Allow, Content-Type, WWW-Authenticate."""

import re

from flowgauge.contract.judging.expectation import Expectation
from flowgauge.contract.media_types import is_declared, is_json
from flowgauge.openapi import ResponseSpec
from flowgauge.results import Request, Response

__all__ = ["wrong_allow", "wrong_challenge", "wrong_media_type"]


def wrong_media_type(values: tuple[str, ...], declared: ResponseSpec) -> str | None:
    """How the Content-Type differs from what is declared."""
    if len(values) != 1:
        return f"{len(values)} Content-Type headers"
    if not is_declared(values[0], declared.media_types):
        return f"{values[0]!r} is not {' or '.join(declared.media_types)}"
    parameters = values[0].lower().partition(";")[2] if is_json(values[0]) else ""
    if parameters.strip() and parameters.replace('"', "").strip() != "charset=utf-8":
        return f"{values[0]!r}: JSON is UTF-8 and has no other parameter"
    return None


def wrong_allow(request: Request, response: Response, expected: Expectation) -> str | None:
    """How Allow differs from the methods of the path."""
    value = ", ".join(response.header_values("allow"))
    if not value:
        return f"{response.status} to {request.method} without Allow"
    allowed = {method.strip() for method in value.split(",")}
    missing = expected.path_methods - allowed
    if missing:
        return f"Allow misses {', '.join(sorted(missing))}: {value}"
    # Every other method gets a 405 here, by the document.
    promised = expected.path_methods | {"OPTIONS"} | ({"HEAD"} if "GET" in expected.path_methods else set())
    surplus = allowed - promised
    return f"Allow names {', '.join(sorted(surplus))}: {value}" if surplus else None


def wrong_challenge(response: Response) -> str | None:
    """Why the challenge of a 401 does not tell a client what to do."""
    challenges = response.header_values("www-authenticate")
    if not challenges:
        return "401 without WWW-Authenticate"
    names_bearer = any(
        re.match(r"(?i)\s*bearer\b", c) or re.search(r"(?i),\s*bearer\b", c) for c in challenges
    )
    return None if names_bearer else f"WWW-Authenticate does not offer Bearer: {challenges[0]}"
