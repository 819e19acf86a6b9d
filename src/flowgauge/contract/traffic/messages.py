"""Messages on which HTTP itself rules (RFC 9112): what a server must refuse, and what it must take.

Which endpoint they ask for is no matter, and neither is what the document says. So each is one read that is
answered well as it stands, changed in one place; and a gateway in front of the server may be who answers.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from flowgauge.contract.findings.defect import Case
from flowgauge.contract.findings.sighting import sighting
from flowgauge.contract.findings.sightings import Sightings
from flowgauge.contract.probe import Probe
from flowgauge.contract.requests import AUTHORIZATION
from flowgauge.results import Exchange, Request, Response, Severity

__all__ = ["MESSAGES", "check_messages"]

MESSAGES = "FG-112"

_CLOSING = ("Connection", "close")
# A server may say what it does not support: RFC 9110, sections 15.6.2 and 15.6.6.
_NOT_SUPPORTED = frozenset({501, 505})
_NOT_ITS_DAY = frozenset({429, 502, 503, 504})
# A header that was refused or left out, and not the message.
_NOT_READ = frozenset({401, 403})


class _Message(NamedTuple):
    """A message: what is odd in it, which section rules on it, and whether it may be refused, or taken.

    Who is lenient in all that is `about` one thing has one cause to mend. Where the message `ends_all`, what
    it is answered with is no matter, but that no read behind it on its connection is answered well.
    """

    about: str
    what: str
    rule: str
    request: Request
    may_be_refused: bool = True
    may_be_taken: bool = False
    severity: Severity | None = None
    ends_all: bool = False


# By Transfer-Encoding the message ends in the middle of this, and what follows is no HTTP, and by
# Content-Length all of it is the message: only then is what comes next on the connection read as a request.
_ENDS_TWICE = b"0\r\n\r\nflowgauge\r\n\r\n"


def check_messages(probe: Probe) -> None:
    """Each message is refused where it must be, and where it must not it is answered like the plain read."""
    plain = _plain_read(probe)
    if plain is None or plain.response is None:
        return
    for message in _messages(plain.request, is_secured=AUTHORIZATION in plain.request.headers):
        if probe.is_late:
            return
        exchange = replace(probe.asked(message.request), operation=plain.operation)
        before = [plain]
        if message.ends_all and exchange.response is not None:
            before = [exchange]
            behind = replace(plain.request, is_behind=True)
            exchange = replace(probe.asked(behind), operation=plain.operation)
        response = exchange.response
        # Who closes without a word has not taken it either, and who has no time says nothing of it.
        if response is None or response.status in _NOT_ITS_DAY:
            continue
        # Who breaks at what it must refuse does so in one place, whatever the message.
        about = message.about if response.status < 500 else f"a refusal with {response.status}"
        sightings = Sightings(plain.operation or "", exchange)
        sightings.expected = _expected(message, plain.response)
        sightings.note(
            sighting(
                MESSAGES,
                _wrong(message, response, plain.response),
                *before,
                cause=about,
                cases=(Case(about, message.what),),
                rule=message.rule,
                severity=message.severity,
            )
        )
        probe.recorder.case(sightings)


def _plain_read(probe: Probe) -> Exchange | None:
    """A read that is answered well; None where there is none."""
    ids = probe.existing()
    for request in probe.part.ordinary_requests(ids):
        if request.method == "GET":
            exchange = probe.send(request)
            if exchange.response is not None and 200 <= exchange.response.status < 300:
                return exchange
    return None


def _messages(read: Request, *, is_secured: bool) -> Iterator[_Message]:
    def with_headers(*headers: tuple[str, str]) -> Request:
        return replace(read, headers=(*read.headers, _CLOSING, *headers))

    host = "RFC 9112, section 3.2: 400 to a request without one valid Host"
    length = "RFC 9112, section 6.3: 400 to a Content-Length that is not valid"
    bare = replace(read, headers=(*read.headers, _CLOSING), form="hostless")
    yield _Message("the Host", "no Host", host, bare, severity="minor")
    two = with_headers(("X-Flowgauge", "1\r\nHost: other.invalid"))
    yield _Message("the Host", "two Hosts", host, two)
    yield _Message(
        "the Host", "a Host that is none", host, with_headers(("Host", "no host, at/all")), severity="minor"
    )
    yield _Message(
        "the Content-Length",
        "a Content-Length that is no number",
        length,
        with_headers(("Content-Length", "0x")),
    )
    lengths = with_headers(("Content-Length", "0"), ("Content-Length", "1"))
    yield _Message("the Content-Length", "two Content-Lengths", length, lengths)
    coded = with_headers(("Transfer-Encoding", "gzip"))
    final = "RFC 9112, section 6.3: 400 where chunked is not the last transfer coding"
    yield _Message("the transfer coding", "a body whose end nobody knows", final, coded)
    blank = "RFC 9112, section 5.1: 400 to a blank between a header's name and its colon"
    yield _Message(
        "a blank before the colon", "a blank before the colon", blank, with_headers(("X-Flowgauge ", "1"))
    )
    whole = replace(read, headers=(*read.headers, _CLOSING), form="absolute")
    target = "RFC 9112, section 3.2.2: a server must accept the absolute form of a target"
    yield _Message(
        "the target",
        "a target that is the whole URL",
        target,
        whole,
        may_be_refused=False,
        may_be_taken=True,
        severity="minor",
    )
    chunked = ("X-Flowgauge", "1\r\nTransfer-Encoding: chunked")
    yield _Message(
        "Content-Length beside chunked",
        "a read behind a message that ended at its Content-Length, and not where its last chunk did",
        "RFC 9112, section 6.3: Transfer-Encoding overrides Content-Length",
        replace(read, headers=(*read.headers, chunked), body=_ENDS_TWICE),
        ends_all=True,
    )
    yield _Message(
        "HTTP/1.0",
        "HTTP/1.0",
        "RFC 9112, section 6.1: no Transfer-Encoding in an answer to HTTP/1.0",
        replace(read, headers=(*read.headers, _CLOSING), version="1.0"),
        may_be_taken=True,
    )
    if is_secured:
        name, value = AUTHORIZATION
        others = tuple(header for header in read.headers if header != AUTHORIZATION)
        folded = replace(read, headers=(*others, _CLOSING, (name, f"\r\n {value}")))
        fold = "RFC 9112, section 5.2: a folded header is refused with 400, or read as if it were not folded"
        yield _Message("folding", "a folded header", fold, folded, may_be_taken=True, severity="minor")


def _wrong(message: _Message, response: Response, plain: Response) -> str | None:
    status = response.status
    if message.request.version == "1.0":
        coding = response.header("transfer-encoding")
        return None if coding is None else f"Transfer-Encoding {coding} to HTTP/1.0"
    if message.ends_all:
        return f"status {status} to {message.what}" if status == plain.status else None
    if message.may_be_taken and status == plain.status:
        return None
    is_refused = 400 <= status < 500 or status in _NOT_SUPPORTED
    is_misread = message.may_be_taken and status in _NOT_READ
    if message.may_be_refused and is_refused and not is_misread:
        return None
    return f"status {status} to {message.what}"


def _expected(message: _Message, plain: Response) -> str:
    if message.ends_all:
        return "the message is refused, or ends with its last chunk, and what follows that is no request"
    refused = ["400"] if message.may_be_refused else []
    taken = [f"{plain.status}, as to the plain read"] if message.may_be_taken else []
    return " or ".join([*refused, *taken])
