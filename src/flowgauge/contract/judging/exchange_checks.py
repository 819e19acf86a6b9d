"""Checks of one exchange by itself: status, media type, strict JSON, schema, headers, leaks."""

from collections.abc import Iterator

from flowgauge.contract.findings.sighting import Sighting, sighting
from flowgauge.contract.judging.expectation import Expectation, declared_successes
from flowgauge.contract.judging.headers import wrong_allow, wrong_challenge, wrong_media_type
from flowgauge.contract.judging.leaks import leak
from flowgauge.contract.judging.reading import Reading, Unreadable
from flowgauge.contract.media_types import is_json
from flowgauge.edition import Edition, member
from flowgauge.openapi import Json
from flowgauge.results import UNDECIDED, Request, Response

__all__ = ["is_fit", "seen_on_exchange"]

_BY_PROBLEM = {
    "authentication": "FG-601",
    "unknown id": "FG-204",
    "deleted": "FG-212",
    "foreign": "FG-205",
    "query": "FG-211",
    "body": "FG-211",
}


def seen_on_exchange(reading: Reading, edition: Edition) -> Iterator[Sighting]:
    """Every check that needs no memory."""
    exchange, expected = reading.exchange, reading.expected
    response = exchange.response
    if exchange.error != UNDECIDED and (response or not expected.is_no_http):
        yield sighting("FG-100", None if response else f"{exchange.error}")
    if response is None:
        return
    yield from _seen_status(exchange.request, response, expected)
    if expected.is_no_http:
        return
    is_description = _is_description(reading)
    if response.status == 405 or is_description:
        yield sighting("FG-107", wrong_allow(exchange.request, response, expected))
    if response.status == 401:
        yield sighting("FG-108", wrong_challenge(response))
    if exchange.request.method == "HEAD" or response.status in {204, 304}:
        yield sighting("FG-111", f"{len(response.body)} bytes of body" if response.body else None)
        if exchange.request.method == "HEAD" and response.status in expected.statuses:
            # A HEAD may leave Content-Type out, but it must not name another than GET's (RFC 9110, 9.3.2).
            types = response.header_values("content-type")
            declared = expected.operation.response(response.status) if expected.operation else None
            yield sighting("FG-110", wrong_media_type(types, declared) if types and declared else None)
        return
    if not is_description and not _is_wrongly_accepted(reading):
        yield from _seen_body(reading, response, edition)


def is_fit(reading: Reading, sightings: list[Sighting]) -> bool:
    """Whether the answer is a sound success, after these checks of it: fit for the checks with memory."""
    response = reading.exchange.response
    if response is None or not 200 <= response.status < 300 or reading.expected.must_be_refused:
        return False
    if reading.expected.operation is None or reading.exchange.request.method == "HEAD":
        return False
    if isinstance(reading.value, Unreadable):
        declared = reading.expected.operation.response(response.status)
        return declared is not None and (declared.schema is None or not _holds_json(response))
    return not any(s.wrong for s in sightings if s.id in {"FG-103", "FG-104", "FG-105"})


def _is_description(reading: Reading) -> bool:
    response = reading.exchange.response
    return reading.exchange.request.method == "OPTIONS" and response is not None and response.status < 300


def _is_wrongly_accepted(reading: Reading) -> bool:
    """That it was accepted is the finding; what the answer holds is nobody's promise."""
    response = reading.exchange.response
    return reading.expected.must_be_refused and response is not None and 200 <= response.status < 300


def _seen_status(request: Request, response: Response, expected: Expectation) -> Iterator[Sighting]:
    status = response.status
    if status >= 500 and status not in expected.statuses:
        yield sighting("FG-101", f"{status} to {_described(request, expected)}")
        return
    yield sighting("FG-101", None)
    if status in expected.statuses:
        yield sighting("FG-102", None)
        yield sighting(_refusal_class(expected) if expected.must_be_refused else "FG-210", None)
        return
    wanted = " or ".join(map(str, sorted(expected.statuses)))
    detail = f"{status} where {wanted} is due to {_described(request, expected)}"
    if expected.must_be_refused:
        is_accepted = 200 <= status < 300
        yield sighting(_refusal_class(expected) if is_accepted else "FG-102", detail)
    elif status == 401:
        yield sighting("FG-602", detail)
    elif status == 404 and expected.creators:
        # Whoever acknowledged it without keeping it is at fault, not whoever is asked for it first.
        yield sighting("FG-209", detail, of=expected.creators[-1].operation)
    else:
        yield sighting("FG-210" if 400 <= status < 500 else "FG-102", detail)


def _refusal_class(expected: Expectation) -> str:
    for problem in expected.problems:
        if problem.kind in _BY_PROBLEM:
            return _BY_PROBLEM[problem.kind]
    return "FG-102"


def _described(request: Request, expected: Expectation) -> str:
    hard = [problem for problem in expected.problems if problem.kind != "unspecified"]
    reasons = "; ".join(problem.detail for problem in (hard or expected.problems)[:2])
    return f"a {request.method} with {reasons}" if reasons else f"a valid {request.method}"


def _seen_body(reading: Reading, response: Response, edition: Edition) -> Iterator[Sighting]:
    # A path of the document answers an unsupported method with the same error as its operations do.
    operation = reading.expected.operation or edition.error_operation
    if operation is None:
        return
    status = response.status if reading.expected.operation else 0
    if reading.expected.operation and 200 <= status < 300 and status not in declared_successes(operation):
        # A wrong success is already a finding; its body is judged as the success it means to be.
        status = operation.success
    declared = operation.response(status)
    if declared is None or declared.schema is None:
        # Nothing is promised of this body.
        return
    wrong_type = wrong_media_type(response.header_values("content-type"), declared)
    yield sighting("FG-103", wrong_type)
    if wrong_type or not _holds_json(response):
        return
    if isinstance(reading.value, Unreadable):
        yield sighting("FG-104", reading.value.reason)
        return
    yield sighting("FG-104", None)
    violations = edition.document.response_violations(operation.id, status, reading.value)
    yield sighting("FG-105", "; ".join(map(str, violations[:3]))[:400] if violations else None)
    if violations:
        return
    undeclared = edition.document.response_violations(operation.id, status, reading.value, closed=True)
    yield sighting("FG-106", "; ".join(map(str, undeclared[:2]))[:400] if undeclared else None)
    if response.status >= 400:
        message = _message(reading.value, edition)
        yield sighting("FG-109", leak(message, response.headers, reading.exchange.request))


def _message(value: Json, edition: Edition) -> str:
    """What an error says; all of it, where the edition does not say where it says so."""
    said = member(value, edition.error_message) if edition.error_message else None
    return said if isinstance(said, str) else "\n".join(_texts(value))


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for child in value.values() if isinstance(value, dict) else value:
            yield from _texts(child)


def _holds_json(response: Response) -> bool:
    """Whether the body claims to be one that can be read here."""
    return any(is_json(value) for value in response.header_values("content-type"))
