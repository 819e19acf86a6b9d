"""Checks of one exchange by itself: status, media type, strict JSON, schema, headers, leaks."""

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import islice

from flowgauge.contract.findings.causes import ACCEPTED
from flowgauge.contract.findings.defect import Case
from flowgauge.contract.findings.sighting import Sighting, sighting
from flowgauge.contract.header_values import asked_to_wait
from flowgauge.contract.judging.expectation import Expectation, cases_of, described, is_respelled
from flowgauge.contract.judging.headers import wrong_allow, wrong_challenge, wrong_media_type
from flowgauge.contract.judging.reading import Reading, Unreadable
from flowgauge.contract.leaks import leak
from flowgauge.edition import Edition, member
from flowgauge.openapi import Json, ResponseSpec, Violation
from flowgauge.openapi.media_types import is_json
from flowgauge.results import UNDECIDED, Request, Response, Severity

__all__ = ["is_fit", "seen_on_exchange"]

_BY_PROBLEM = {
    "authentication": "FG-601",
    "unknown id": "FG-204",
    "deleted": "FG-212",
    "foreign": "FG-205",
    "query": "FG-211",
    "body": "FG-211",
}
_REFUSAL = Case("refused")
_ESCAPES = "an escaped letter is that letter (RFC 3986, section 2.3)"
# Of what one body breaks, so many rules are shown.
_MOST_CAUSES = 8


def seen_on_exchange(reading: Reading, edition: Edition, tainted: Collection[str] = ()) -> Iterator[Sighting]:
    """Every check that needs no memory, but for the ids of things that should never have been made."""
    exchange, expected = reading.exchange, reading.expected
    response = exchange.response
    if exchange.error != UNDECIDED and (response or not expected.is_no_http):
        yield sighting("FG-100", None if response else f"{exchange.error}")
    if response is None:
        return
    yield from _seen_status(exchange.request, response, expected)
    if expected.is_no_http or _is_put_off(response, expected):
        return
    is_description = _is_description(reading)
    if response.status == 405 or is_description:
        wrong = wrong_allow(exchange.request, response, expected, is_whole=not edition.is_inferred)
        yield _seen_header("FG-107", wrong)
    if response.status == 401:
        yield _seen_header("FG-108", wrong_challenge(response))
    if exchange.request.method == "HEAD" or response.status in {204, 304}:
        wrong = f"{len(response.body)} bytes of body" if response.body else None
        yield sighting("FG-111", wrong, cause=f"{response.status} to {exchange.request.method}")
        is_head = exchange.request.method == "HEAD" and response.status in expected.statuses
        if is_head and not edition.is_inferred:
            # A HEAD may leave Content-Type out, but it must not name another than GET's (RFC 9110, 9.3.2).
            types = response.header_values("content-type")
            declared = expected.operation.response(response.status) if expected.operation else None
            yield _seen_media_type("FG-110", types, declared if types else None, response.status)
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
    if isinstance(reading.value, Unreadable):
        declared = reading.declared
        return declared is not None and (declared.spec.schema is None or not _holds_json(response))
    return reading.value is not None


def _is_put_off(response: Response, expected: Expectation) -> bool:
    """Whether whoever answered puts the request off: it may stand before the server, and know no document."""
    named = expected.operation.responses if expected.operation is not None else ()
    return asked_to_wait(response) is not None and str(response.status) not in named


def _is_description(reading: Reading) -> bool:
    response = reading.exchange.response
    return reading.exchange.request.method == "OPTIONS" and response is not None and response.status < 300


def _is_wrongly_accepted(reading: Reading) -> bool:
    """That it was accepted is the finding; what the answer holds is nobody's promise."""
    response, expected = reading.exchange.response, reading.expected
    is_wrong = expected.must_be_refused and response is not None and response.status not in expected.statuses
    return is_wrong and response is not None and 200 <= response.status < 300


def _seen_status(request: Request, response: Response, expected: Expectation) -> Iterator[Sighting]:
    status, cases = response.status, cases_of(request, expected)
    is_conflict = status == 409 and expected.may_conflict and not expected.must_be_refused
    if is_conflict or asked_to_wait(response) is not None:
        # HTTP lets any request be put off, and a write be refused for what is there; the probe tells of it.
        yield sighting("FG-101", None, cases=cases)
        return
    success = _refusal_class(expected) if expected.must_be_refused else "FG-210"
    is_broken = status >= 500 and status not in expected.statuses
    if not is_broken:
        # That one valid request is refused does not say that another is ever served.
        is_refused = not expected.must_be_refused and 400 <= status < 500
        yield sighting("FG-101", None, cases=cases or ((_REFUSAL,) if is_refused else ()))
    if status in expected.statuses:
        yield sighting("FG-102", None, cases=cases)
        yield sighting(success, None, cases=cases)
        if not expected.must_be_refused:
            yield from (sighting("FG-209", None) for _ in expected.creators[-1:])
            is_secured = expected.operation is not None and expected.operation.is_secured
            yield from (sighting("FG-602", None),) if is_secured else ()
        return
    detail = f"{status} where {expected.due} is due to {described(request, expected)}"
    if expected.must_be_refused:
        finding_id = success if 200 <= status < 300 else "FG-102"
        if finding_id != success != "FG-601":
            # However wrongly, it was refused; whether for want of a token cannot be told.
            yield sighting(success, None, cases=cases)
    elif status == 401:
        finding_id = "FG-602"
    elif status == 404 and expected.creators and request.method != "HEAD" and not is_respelled(request):
        # Whoever acknowledged it without keeping it is at fault, not whoever is asked for it first.
        yield sighting("FG-209", detail, of=expected.creators[-1].operation)
        return
    else:
        finding_id = "FG-210" if 400 <= status < 500 else "FG-102"
    if is_broken:
        finding_id, detail = "FG-101", f"{status} to {described(request, expected)}"
    yield _wrong_status(finding_id, detail, status, request, expected)


def _wrong_status(
    finding_id: str, detail: str, status: int, request: Request, expected: Expectation
) -> Sighting:
    cases = cases_of(request, expected)
    is_accepted = expected.must_be_refused and 200 <= status < 300
    cause, operation = ACCEPTED if is_accepted else str(status), expected.operation
    severity: Severity | None = None
    if status in {404, 405, 501} and request.method in {"HEAD", "OPTIONS"}:
        # Whatever else is wrong with the request: the method itself is refused, everywhere alike.
        cause, cases, severity = f"{status} to {request.method}", (), "minor"
    elif finding_id == "FG-602":
        cause, cases = f"{status} to a valid token", ()
    elif not cases and operation is not None:
        cause = f"{status} to a valid {operation.id}"
    elif not cases:
        cause = f"{status} to a valid {request.method}"
    if severity is None and finding_id in {"FG-101", "FG-210"} and cases:
        # Nobody who keeps to the document meets it.
        severity = "major"
    rule = _ESCAPES if not expected.problems and is_respelled(request) else _rule(expected)
    return sighting(finding_id, detail, cause=cause, cases=cases, rule=rule, severity=severity)


def _rule(expected: Expectation) -> str:
    return f"#{expected.operation.pointer}/responses" if expected.operation is not None else ""


def _refusal_class(expected: Expectation) -> str:
    for problem in expected.problems:
        if problem.kind in _BY_PROBLEM:
            return _BY_PROBLEM[problem.kind]
    return "FG-102"


def _seen_body(
    reading: Reading, response: Response, edition: Edition, tainted: Collection[str]
) -> Iterator[Sighting]:
    declared, raw = reading.declared, reading.raw
    if response.status >= 400:
        is_text = isinstance(raw, Unreadable)
        said = response.body.decode(errors="replace") if is_text else _message(raw, edition)
        found = leak(said, response.headers, reading.exchange.request)
        yield sighting("FG-109", found, cause=re.sub(r"\d+", "0", found or ""))
    if declared is None or declared.spec.schema is None:
        # Nothing is promised of this body.
        return
    values = response.header_values("content-type")
    typed = _seen_media_type("FG-103", values, declared.spec, response.status)
    yield typed
    if not isinstance(raw, dict | list) if typed.wrong else not _holds_json(response):
        # What does not say that it is JSON, and is not, is one fault and not two.
        return
    reason = raw.reason if isinstance(raw, Unreadable) else None
    kind = (reason or "").partition(" at character")[0]
    yield sighting("FG-104", reason, cause=kind, cases=(_answer(response.status),))
    if reason is not None:
        return
    spoilt = _spoilt_places(reading, tainted)
    yield from _seen_apart("FG-105", reading.violations, spoilt)
    if edition.is_inferred:
        # A schema that does not close itself allows more members than it names.
        return
    # A closed check names what is surplus beside what breaks the open one.
    closed = edition.document.response_violations(declared.operation.id, declared.status, raw, closed=True)
    # An undeclared member of an object that lacks one is that one by another name, or in another place.
    broken = {violation.pointer for violation in reading.violations}
    yield from _seen_apart("FG-106", tuple(v for v in closed if v.pointer not in broken), spoilt)


def _spoilt_places(reading: Reading, tainted: Collection[str]) -> tuple[str, ...]:
    """Where a list shows things that should never have been made, each place with a slash behind it."""
    resource = reading.resource
    if resource is None or reading.role != "list" or not tainted:
        return ()
    items = member(reading.raw, resource.items)
    frame = "".join(f"/{name}" for name in resource.items)
    ids = [resource.id_in(item) for item in (items if isinstance(items, list) else ())]
    return tuple(f"{frame}/{index}/" for index, some_id in enumerate(ids) if some_id in tainted)


def _seen_apart(
    finding_id: str, violations: tuple[Violation, ...], spoilt: tuple[str, ...]
) -> Iterator[Sighting]:
    """What breaks the schema by itself, and apart from it what only shows what should never have been made.

    That it was made is a finding already, and whoever lists it has no better form for it.
    """
    own: list[Violation] = []
    following: list[Violation] = []
    for violation in violations:
        (following if f"{violation.pointer}/".startswith(spoilt) else own).append(violation)
    yield from _seen_violations(finding_id, own)
    if following:
        yield from _seen_violations(finding_id, following)


def _seen_violations(finding_id: str, violations: Sequence[Violation]) -> Iterator[Sighting]:
    """Each rule that is broken, once: none hides another."""
    if not violations:
        yield sighting(finding_id, None)
    by_cause: dict[str, list[Violation]] = {}
    for violation in violations:
        rule = f"#{violation.schema_pointer}"
        # Which members are missing tells causes apart, and the message names one.
        is_named = rule.endswith("/required")
        by_cause.setdefault(f"{rule}: {violation.message}" if is_named else rule, []).append(violation)
    for cause, alike in islice(by_cause.items(), _MOST_CAUSES):
        places = tuple(violation.pointer for violation in alike)
        rule = f"#{alike[0].schema_pointer}"
        yield sighting(finding_id, str(alike[0])[:400], cause=cause, rule=rule, places=places)


def _answer(status: int) -> Case:
    return Case("an error", str(status)) if status >= 300 else Case("a success")


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


def _seen_media_type(
    finding_id: str, values: tuple[str, ...], declared: ResponseSpec | None, status: int
) -> Sighting:
    if declared is None:
        return sighting(finding_id, None)
    wrong = wrong_media_type(values, declared)
    met = values[0].lower().partition(";")[0].strip() if len(values) == 1 else wrong
    cause, rule = f"{met} instead of {' or '.join(declared.media_types)}", f"#{declared.pointer}/content"
    return sighting(finding_id, wrong, cause=cause, cases=(_answer(status),), rule=rule)


def _seen_header(finding_id: str, wrong: str | None) -> Sighting:
    """What is wrong with a header: its value, which tells no causes apart, stands behind a colon."""
    return sighting(finding_id, wrong, cause=(wrong or "").partition(": ")[0])
