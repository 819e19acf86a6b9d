"""What answers at a URL: found out with a question or two, before anything is tested or written there.

Which questions there are, and what an answer looks like, the document says. A server may have a broken
greeting, or a broken list, and is tested all the same: only one that shows nothing of the API but perhaps its
greeting is turned away, with a sentence that names what answered.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NoReturn
from urllib.parse import urlsplit, urlunsplit

from flowgauge.client.reasons import refused
from flowgauge.contract.header_values import asked_to_wait
from flowgauge.contract.requests import built
from flowgauge.contract.targets.http import HttpTarget
from flowgauge.edition import Edition, member
from flowgauge.errors import TargetUnreachable, WrongTarget
from flowgauge.openapi import Json, Operation
from flowgauge.openapi.media_types import is_declared
from flowgauge.results import Request, Response

__all__ = ["PATIENCE", "check_what_answers"]

# How many more operations are asked for before a server is turned away, and at how many other places.
_MORE = 3
_PLACES = 6
# Seconds; some servers must be woken first.
PATIENCE = 10.0
_NOBODY = "x"
_NOWHERE = "/flowgauge/nowhere"
_LONGEST = 120
# So often a busy server is asked again, and so many seconds are waited at most.
_PATIENCE, _LONGEST_PAUSE = 3, 5.0
_HTML = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_TITLE = re.compile(rb"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_REFUSING = frozenset({401, 403})
_NOT_HERE = frozenset({404, 405, 410})


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came back to a valid request of an operation; `is_sure` where that must succeed."""

    operation: Operation
    request: Request
    response: Response
    is_sure: bool

    @property
    def is_html(self) -> bool:
        return _HTML.match(self.response.body) is not None

    @property
    def is_redirect(self) -> bool:
        return 300 <= self.response.status < 400

    def __str__(self) -> str:
        return f"GET {_short(self.request.target)} is answered with {self.response.status}"


def check_what_answers(target: HttpTarget, edition: Edition, *, has_token: bool) -> None:
    """Return where the target shows something of the edition's API.

    Raises TargetUnreachable where nothing answers, or nothing that speaks HTTP; TargetRefused where the
    credentials are not accepted; and WrongTarget where something else answers.
    """
    target.check_reachable()
    answers: list[_Answer] = []
    greeting = None
    for operation, request, is_sure in _questions(edition):
        if not is_sure and (greeting is None or not answers):
            # Without a greeting that was well no read tells anything; with no other question, it is enough.
            break
        answer = _Answer(operation, request, _response(target, request), is_sure)
        if not _is_of_the_api(answer, edition) or not (is_sure or _is_routed(answer, target)):
            answers.append(answer)
        elif operation.id != edition.greeting:
            return
        else:
            greeting = answer
    if answers:
        _turn_away(target, edition, answers, greeting, has_token=has_token)


def _response(target: HttpTarget, request: Request) -> Response:
    """The answer, waited for where the server says when it will have time."""
    attempts = 0
    while True:
        exchange = target.send(request)
        response = exchange.response
        if response is None:
            raise TargetUnreachable(
                f"{target.url} does not answer: {exchange.error}",
                hint="is this the server's port, and is it HTTP or HTTPS that it speaks there?",
            )
        pause = asked_to_wait(response)
        if pause is None:
            return response
        attempts += 1
        if attempts == _PATIENCE:
            raise TargetUnreachable(
                f"{target.url} answers {response.status} and asks to be asked again later",
                hint="is it starting, overloaded, or limited to fewer requests than the suites send?",
            )
        target.sleep(min(pause, _LONGEST_PAUSE))


def _questions(edition: Edition) -> Iterator[tuple[Operation, Request, bool]]:
    """The greeting, then what else needs no id, then reads; each with whether it must succeed."""
    plain = [op for op in edition.operations if op.method == "GET" and not _needs_query(op)]
    sure = [op for op in plain if not op.path_parameters]
    # A list before what has no role, the greeting before all.
    sure.sort(key=lambda op: (op.id != edition.greeting, edition.role_of(op.id) is None))
    for op in sure[: 1 + _MORE]:
        yield op, built(edition, op.id), True
    for op in [op for op in plain if op.path_parameters][:_MORE] if sure else ():
        ids = dict.fromkeys((*edition.takes(op), *op.path_parameters), _NOBODY)
        yield op, built(edition, op.id, ids), False


def _needs_query(op: Operation) -> bool:
    return any(p.required and p.location != "path" for p in op.parameters)


def _is_of_the_api(answer: _Answer, edition: Edition) -> bool:
    """Whether this can be an answer of a server of this API, be it a broken one."""
    response, op = answer.response, answer.operation
    is_success = 200 <= response.status < 300
    if answer.is_redirect or response.status in _REFUSING | (_NOT_HERE if answer.is_sure else frozenset()):
        return False
    status = response.status
    if is_success and str(status) not in op.responses:
        status = op.success if op.successes else status
    declared = op.response(status)
    if declared is None or answer.is_html:
        return False
    if declared.schema is None or response.header("content-encoding"):
        types = response.header_values("content-type")
        return is_success and (
            not declared.media_types or any(is_declared(value, declared.media_types) for value in types)
        )
    value = _value(response)
    violations = edition.document.response_violations(op.id, status, value)
    # A member that is wrong is a finding; a whole that is wrong is something else.
    return value is not None and not any(violation.pointer == "" for violation in violations)


def _is_routed(answer: _Answer, target: HttpTarget) -> bool:
    """Whether a path that was answered with an error is there: what is not there is answered otherwise."""
    bare = replace(answer.request, target=f"{answer.request.target}{_NOWHERE}")
    other = target.send(bare).response
    return other is None or (other.status, other.body.replace(_NOWHERE.encode(), b"")) != (
        answer.response.status,
        answer.response.body,
    )


def _value(response: Response) -> Json:
    """The body read as leniently as can be, or None where it is no JSON."""
    try:
        return json.loads(response.body)
    except (ValueError, RecursionError):
        return None


def _turn_away(
    target: HttpTarget,
    edition: Edition,
    answers: Sequence[_Answer],
    greeting: _Answer | None,
    *,
    has_token: bool,
) -> NoReturn:
    """Say what answered, and what to check."""
    refusing = next((answer for answer in answers if answer.response.status in _REFUSING), None)
    if refusing is not None:
        raise refused(target.url, refusing.response.status, has_token=has_token)
    what = f"what answers at {target.url} is not the API of edition {edition.name}"
    telling = next((a for a in answers if a.is_redirect or a.is_html), answers[0])
    elsewhere = _found_elsewhere(target, edition, telling)
    if elsewhere is not None:
        raise WrongTarget(f"{what}: {telling}", hint=elsewhere)
    status, seen = telling.response.status, _seen(telling.response)
    if status >= 500:
        hint = "is the server up, and what it depends on? Its log says why"
        if target.proxy is not None:
            hint = f"or the proxy {target.proxy} says it, which cannot reach the server; {hint}"
        raise WrongTarget(f"{target.url} cannot be judged: {telling}{seen}", hint=hint)
    if greeting is not None:
        version = member(_value(greeting.response), edition.version) if edition.version else None
        of = f" of version {_short(version)}" if isinstance(version, str) and version else ""
        others = ", ".join(_short(answer.request.target) for answer in answers)
        raise WrongTarget(
            f"a server{of} answers at {target.url}, but not with edition {edition.name}: "
            f"{greeting.request.target} is there, and {others} is answered with {status}{seen}",
            hint="it may have another edition of the API: name the one that it has with --flowgauge-edition",
        )
    if telling.is_redirect:
        place = _short((telling.response.header("location") or "nowhere").partition("?")[0])
        hint = "is it a page to log in at, or has the server moved? Give the URL of the API itself"
        raise WrongTarget(f"{what}: {telling}, a redirect to {place}", hint=hint)
    if telling.is_html:
        hint = "check host, port and path: a web site, or a proxy's own page, stands where the API should"
        raise WrongTarget(f"{what}: {telling}{seen}", hint=hint)
    if all(answer.response.status in _NOT_HERE for answer in answers):
        hint = f"check the path of the URL: flowgauge asks for {_short(answers[-1].operation.path)} below it"
        raise WrongTarget(f"{what}: {telling}{seen}", hint=hint)
    hint = "check host, port and path: another API seems to answer there"
    raise WrongTarget(f"{what}: {telling}{seen}", hint=hint)


def _found_elsewhere(target: HttpTarget, edition: Edition, telling: _Answer) -> str | None:
    """Where the API does answer, as a sentence: beside the URL, below it, or without its own first path."""
    location = telling.response.header("location") or ""
    if telling.is_redirect and location.endswith(telling.request.target) and "://" in location:
        return f"it has moved: give {_short(location.removesuffix(telling.request.target))} as the URL"
    asked = [(op, request) for op, request, is_sure in _questions(edition) if is_sure]
    # The greeting of another edition looks alike.
    operation, request = next(((op, r) for op, r in asked if op.id != edition.greeting), asked[0])
    for url in _places(target.url, edition.document.base_path):
        if _answers_well(target.at(url, timeout=PATIENCE), edition, operation, request):
            return f"the API answers at {url}: give that as the URL"
    first, _, rest = operation.path.removeprefix("/").partition("/")
    cut = f"/{first}"
    while rest:
        bare = Request(request.method, f"/{rest}", request.headers)
        if _answers_well(target.at(target.url, timeout=PATIENCE), edition, operation, bare):
            return (
                f"the API answers there without {cut}: give the URL of the gateway that puts it before the"
                " paths, or hold the server to a document that has its own"
            )
        first, _, rest = rest.partition("/")
        cut += f"/{first}"
    return None


def _places(url: str, base_path: str) -> list[str]:
    """Other URLs at which the API may be: above this one, and where the document puts it."""
    parts = urlsplit(url)
    segments = parts.path.strip("/").split("/") if parts.path.strip("/") else []
    above = ["/".join(segments[:count]) for count in reversed(range(len(segments)))]
    below = [f"{'/'.join(segments)}{base_path}", base_path.strip("/")] if base_path else []
    paths = dict.fromkeys(path.strip("/") for path in (*below, *above))
    paths.pop("/".join(segments), None)
    return [urlunsplit((*parts[:2], f"/{path}" if path else "", "", "")) for path in paths][:_PLACES]


def _answers_well(target: HttpTarget, edition: Edition, operation: Operation, request: Request) -> bool:
    try:
        response = target.send(request).response
    finally:
        target.close()
    if response is None or not 200 <= response.status < 300:
        return False
    return _is_of_the_api(_Answer(operation, request, response, is_sure=True), edition)


def _seen(response: Response) -> str:
    """What a body is, as the end of a sentence."""
    title = _TITLE.search(response.body)
    if title is not None:
        return f" and a page of HTML, {_short(' '.join(title[1].decode('utf-8', 'replace').split()))!r}"
    if _HTML.match(response.body):
        return " and a page of HTML"
    value = _value(response)
    if isinstance(value, dict):
        names = ", ".join(_short(str(name), 30) for name in list(value)[:5])
        return f" and a JSON object of {names}" if names else " and an empty JSON object"
    text = " ".join(response.body[:_LONGEST].decode("utf-8", "replace").split())
    return f" and {_short(text)!r}" if text else " and no body"


def _short(text: str, longest: int = _LONGEST) -> str:
    """Text of a server as a message may show it: in one line, with nothing in it that a terminal obeys."""
    shown = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
    return shown if len(shown) <= longest else f"{shown[:longest]}..."
