"""Checks of one exchange by itself: status, media type, strict JSON, schema, headers, leaks."""

import re
from collections.abc import Collection, Iterator

from flowgauge.contract.findings.sighting import Sighting, sighting
from flowgauge.contract.judging.expectation import Expectation
from flowgauge.contract.judging.leaks import leak
from flowgauge.contract.judging.reading import Reading, Unreadable
from flowgauge.contract.media_types import is_declared, is_json
from flowgauge.edition import Edition, member
from flowgauge.openapi import Json, ResponseSpec, Violation
from flowgauge.results import Request, Response

__all__ = ["is_fit", "seen_on_exchange"]

_BY_PROBLEM = {
    "authentication": "FG-601",
    "unknown id": "FG-204",
    "deleted": "FG-212",
    "foreign": "FG-205",
    "query": "FG-211",
    "body": "FG-211",
}


def seen_on_exchange(reading: Reading, edition: Edition, tainted: Collection[str] = ()) -> Iterator[Sighting]:
    """Every check that needs no memory, but for the ids of things that should never have been made."""
    exchange, expected = reading.exchange, reading.expected
    response = exchange.response
    yield sighting("FG-100", None if response else f"{exchange.error}")
    if response is None:
        return
    yield from _seen_status(exchange.request, response, expected)
    is_description = _is_description(reading)
    if response.status == 405 or is_description:
        yield sighting("FG-107", _wrong_allow(exchange.request, response, expected))
    if response.status == 401:
        yield sighting("FG-108", _wrong_challenge(response))
    if exchange.request.method == "HEAD" or response.status in {204, 304}:
        yield sighting("FG-111", f"{len(response.body)} bytes of body" if response.body else None)
        if exchange.request.method == "HEAD" and response.status in expected.statuses:
            # A HEAD may leave Content-Type out, but it must not name another than GET's (RFC 9110, 9.3.2).
            types = response.header_values("content-type")
            declared = expected.operation.response(response.status) if expected.operation else None
            yield sighting("FG-110", _wrong_media_type(types, declared) if types and declared else None)
        return
    if not is_description and not _is_wrongly_accepted(reading):
        yield from _seen_body(reading, response, edition, tainted)


def is_fit(reading: Reading) -> bool:
    """Whether the answer is a success that can be read, well or in part: fit for the checks with memory."""
    response = reading.exchange.response
    if response is None or not 200 <= response.status < 300 or reading.expected.must_be_refused:
        return False
    if reading.expected.operation is None or reading.exchange.request.method == "HEAD":
        return False
    if isinstance(reading.raw, Unreadable):
        declared = reading.declared
        return declared is not None and (declared.spec.schema is None or not _holds_json(response))
    return reading.value is not None


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
        if not expected.must_be_refused:
            yield from (sighting("FG-209", None) for _ in expected.creators[-1:])
            is_secured = expected.operation is not None and expected.operation.is_secured
            yield from (sighting("FG-602", None),) if is_secured else ()
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


def _seen_body(
    reading: Reading, response: Response, edition: Edition, tainted: Collection[str]
) -> Iterator[Sighting]:
    declared, raw = reading.declared, reading.raw
    if response.status >= 400:
        is_text = isinstance(raw, Unreadable)
        said = response.body.decode(errors="replace") if is_text else _message(raw, edition)
        yield sighting("FG-109", leak(said, response.headers, reading.exchange.request))
    if declared is None or declared.spec.schema is None:
        # Nothing is promised of this body.
        return
    wrong_type = _wrong_media_type(response.header_values("content-type"), declared.spec)
    yield sighting("FG-103", wrong_type)
    if not isinstance(raw, dict | list) if wrong_type else not _holds_json(response):
        # What does not say that it is JSON, and is not, is one fault and not two.
        return
    if isinstance(raw, Unreadable):
        yield sighting("FG-104", raw.reason)
        return
    yield sighting("FG-104", None)
    violations = _own_violations(reading, tainted)
    yield sighting("FG-105", "; ".join(map(str, violations[:3]))[:400] if violations else None)
    # A closed check names what is surplus beside what breaks the open one.
    closed = edition.document.response_violations(declared.operation.id, declared.status, raw, closed=True)
    undeclared = [v for v in closed if v not in reading.violations]
    yield sighting("FG-106", "; ".join(map(str, undeclared[:2]))[:400] if undeclared else None)


def _own_violations(reading: Reading, tainted: Collection[str]) -> list[Violation]:
    """How an answer breaks its schema, but for the things on a list that should never have been made.

    That they were is a finding already, and whoever lists them has no better form for them.
    """
    resource = reading.resource
    if resource is None or reading.role != "list" or not tainted:
        return list(reading.violations)
    items = member(reading.raw, resource.items)
    frame = "".join(f"/{name}" for name in resource.items)
    ids = [item.get(resource.id) if isinstance(item, dict) else None for item in items or ()]
    excused = tuple(f"{frame}/{index}/" for index, some_id in enumerate(ids) if some_id in tainted)
    return [v for v in reading.violations if not f"{v.pointer}/".startswith(excused)]


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


def _wrong_media_type(values: tuple[str, ...], declared: ResponseSpec) -> str | None:
    if len(values) != 1:
        return f"{len(values)} Content-Type headers"
    if not is_declared(values[0], declared.media_types):
        return f"{values[0]!r} is not {' or '.join(declared.media_types)}"
    parameters = values[0].lower().partition(";")[2] if is_json(values[0]) else ""
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
