"""Checks of one exchange by itself: status, media type, strict JSON, schema, headers, leaks."""

import re
from typing import Any

from flowgauge.contract.findings.sightings import Sightings
from flowgauge.contract.judging.leaks import leak
from flowgauge.contract.judging.oracle import Expectation
from flowgauge.contract.strict_json import NotStrictJson, parsed
from flowgauge.openapi.v0_shim import response_violations
from flowgauge.results import Request, Response

__all__ = ["NO_VALUE", "check_exchange"]

NO_VALUE = object()
_BY_PROBLEM = {
    "authentication": "FG-601",
    "unknown id": "FG-204",
    "foreign run": "FG-205",
    "query": "FG-211",
    "body": "FG-211",
}


def check_exchange(sightings: Sightings, expected: Expectation) -> Any:
    """Run every check that needs no memory.

    Returns the body's value, or NO_VALUE where it is unfit for more.
    """
    exchange = sightings.exchange
    response = exchange.response
    if not sightings.check("FG-100", None if response else f"{exchange.error}"):
        return NO_VALUE
    assert response is not None
    _check_status(sightings, exchange.request, response, expected)
    is_description = exchange.request.method == "OPTIONS" and response.status < 300
    if response.status == 405 or is_description:
        sightings.check("FG-107", _wrong_allow(exchange.request, response, expected))
    if response.status == 401:
        sightings.check("FG-108", _wrong_challenge(response))
    if exchange.request.method == "HEAD" or response.status in {204, 304}:
        sightings.check("FG-111", f"{len(response.body)} bytes of body" if response.body else None)
        if exchange.request.method == "HEAD" and response.status in expected.statuses:
            # A HEAD may leave Content-Type out, but it must not name another than GET's (RFC 9110, 9.3.2).
            types = response.header_values("content-type")
            sightings.check("FG-110", _wrong_media_type(types) if types else None)
        return NO_VALUE
    if is_description or (expected.must_be_refused and 200 <= response.status < 300):
        # That it was accepted is the finding; what the answer holds is nobody's promise.
        return NO_VALUE
    value = _checked_body(sightings, response, expected)
    return value if 200 <= response.status < 300 else NO_VALUE


def _check_status(sightings: Sightings, request: Request, response: Response, expected: Expectation) -> None:
    status = response.status
    if status >= 500 and status not in expected.statuses:
        sightings.check("FG-101", f"{status} to {_described(request, expected)}")
        return
    sightings.check("FG-101", None)
    if status in expected.statuses:
        sightings.check("FG-102", None)
        sightings.check(_refusal_class(expected) if expected.must_be_refused else "FG-210", None)
        return
    wanted = " or ".join(map(str, sorted(expected.statuses)))
    detail = f"{status} where {wanted} is due to {_described(request, expected)}"
    if expected.must_be_refused:
        is_accepted = 200 <= status < 300
        sightings.check(_refusal_class(expected) if is_accepted else "FG-102", detail)
    elif status == 401:
        sightings.check("FG-602", detail)
    elif status == 404 and expected.creators:
        # Whoever acknowledged it without keeping it is at fault, not whoever is asked for it first.
        sightings.check("FG-209", detail, of=expected.creators[-1].operation)
    else:
        sightings.check("FG-210" if 400 <= status < 500 else "FG-102", detail)


def _refusal_class(expected: Expectation) -> str:
    for problem in expected.problems:
        if problem.kind in _BY_PROBLEM:
            return _BY_PROBLEM[problem.kind]
    return "FG-102"


def _described(request: Request, expected: Expectation) -> str:
    hard = [problem for problem in expected.problems if problem.kind != "unspecified"]
    reasons = "; ".join(problem.detail for problem in (hard or expected.problems)[:2])
    return f"a {request.method} with {reasons}" if reasons else f"a valid {request.method}"


def _checked_body(sightings: Sightings, response: Response, expected: Expectation) -> Any:
    content_types = response.header_values("content-type")
    if not sightings.check("FG-103", _wrong_media_type(content_types)):
        return NO_VALUE
    try:
        value = parsed(response.body)
    except NotStrictJson as error:
        sightings.check("FG-104", f"{error}")
        return NO_VALUE
    sightings.check("FG-104", None)
    # A path of the document answers an unsupported method with the same Error as its operations do.
    judged_as = expected.operation.id if expected.operation else "orchestrationgetServerInfo"
    status = response.status if expected.operation else 0
    if expected.operation and 200 <= status < 300:
        # A wrong success is already a finding; its body is judged as the success it means to be.
        status = expected.operation.success
    violations = response_violations(judged_as, status, value)
    if not sightings.check("FG-105", "; ".join(map(str, violations[:3]))[:400] if violations else None):
        return NO_VALUE
    undeclared = response_violations(judged_as, status, value, closed=True)
    sightings.check("FG-106", "; ".join(map(str, undeclared[:2]))[:400] if undeclared else None)
    if response.status >= 400:
        sightings.check("FG-109", leak(value["errorMessage"], response.headers, sightings.exchange.request))
    return value


def _wrong_media_type(values: tuple[str, ...]) -> str | None:
    if len(values) != 1:
        return f"{len(values)} Content-Type headers"
    media_type, _, parameters = values[0].lower().partition(";")
    if media_type.strip() != "application/json":
        return f"{values[0]!r} is not application/json"
    if parameters.strip() and parameters.replace('"', "").strip() != "charset=utf-8":
        return f"{values[0]!r}: JSON is UTF-8 and has no other parameter"
    return None


def _wrong_allow(request: Request, response: Response, expected: Expectation) -> str | None:
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


def _wrong_challenge(response: Response) -> str | None:
    challenges = response.header_values("www-authenticate")
    if not challenges:
        return "401 without WWW-Authenticate"
    names_bearer = any(
        re.match(r"(?i)\s*bearer\b", c) or re.search(r"(?i),\s*bearer\b", c) for c in challenges
    )
    return None if names_bearer else f"WWW-Authenticate does not offer Bearer: {challenges[0]}"
