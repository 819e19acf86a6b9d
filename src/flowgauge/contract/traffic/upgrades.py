"""Requests that offer another protocol beside HTTP/1.1: a server that does not switch takes them as they are.

RFC 9110, section 7.8: a server may ignore the offer, and then answers the request itself, with its body. What
curl sends with `--http2` is such an offer.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from flowgauge.contract.edition_part import ContractPart
from flowgauge.contract.requests import built_all
from flowgauge.contract.target import Target
from flowgauge.results import Request
from flowgauge.results.exchange import Headers

__all__ = ["offers_taken_as_they_are", "with_offers"]

OFFERS: tuple[Headers, ...] = (
    (
        ("Connection", "Upgrade, HTTP2-Settings"),
        ("Upgrade", "h2c"),
        ("HTTP2-Settings", "AAMAAABkAAQAoAAAAAIAAAAA"),
    ),
    (("Connection", "Upgrade"), ("Upgrade", "websocket")),
    (("Connection", "Upgrade"), ("Upgrade", "flowgauge/1")),
)
_SWITCHED = 101


def offers_taken_as_they_are(target: Target, part: ContractPart) -> tuple[Headers, ...]:
    """The offers that the target does not take up, asked about with a request that changes nothing."""
    asked = next((r for r in built_all(part.edition, {}) if r.method == "GET"), Request("GET", "/"))
    answers = ((offer, target.send(_offering(asked, offer)).response) for offer in OFFERS)
    return tuple(offer for offer, answer in answers if answer is None or answer.status != _SWITCHED)


def with_offers(
    part: ContractPart, real: Mapping[str, str], offers: tuple[Headers, ...]
) -> Iterator[Request]:
    """Each operation that takes a body, with one in one piece and in chunks, beside each offer."""
    bodies = {op.id: part.ordinary(op.id) for op in part.edition.operations if op.request_schema is not None}
    for request in built_all(part.edition, real, bodies):
        for offer in offers if request.body is not None else ():
            yield _offering(request, offer)
            yield replace(_offering(request, offer), chunked=True)


def _offering(request: Request, offer: Headers) -> Request:
    return replace(request, headers=(*request.headers, *offer))
