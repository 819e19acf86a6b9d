"""A server is held to its own document: any success that it declares, under any label that it names."""

import socket

import pytest

from flowgauge.load.engine.engine import Engine
from flowgauge.load.engine.iteration import EngineLimits
from flowgauge.load.engine.tally import Tally
from flowgauge.load.journeys.findings import CountedFindings
from flowgauge.load.journeys.sampling import Sampler
from flowgauge.load.transport.wire import Template, Wire
from flowgauge.openapi import Document

from .conftest import answering

VENDOR = "application/vnd.things+json"
SCHEMA = {"type": "object", "required": ["id"]}
OTHER = {"type": "object", "required": ["job"]}


def document(responses: dict[str, object], request: str = "application/json") -> Document:
    """One operation, `make`, with these answers; it takes a body of that media type."""
    body = {"content": {request: {"schema": {"type": "object"}}}}
    operation = {"operationId": "make", "requestBody": body, "responses": responses}
    root = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}}
    return Document(root | {"paths": {"/things": {"post": operation}}})


def answer(schema: object, *media_types: str) -> dict[str, object]:
    return {"description": "-", "content": {each: {"schema": schema} for each in media_types}}


PLAIN = {"200": answer(SCHEMA, "application/json"), "202": answer(OTHER, "application/json")}
SEVERAL = document(PLAIN | {"204": {"description": "-"}, "400": {"description": "-"}})
RANGE = document({"201": answer(SCHEMA, "application/json"), "2XX": answer(OTHER, "application/json")})
OPEN = document({"default": {"description": "-"}})
LABELLED = document({"200": answer(SCHEMA, VENDOR)}, VENDOR)
EITHER = document({"200": answer(SCHEMA, "application/json", "text/csv")})
WHATEVER = document({"200": answer(SCHEMA, "*/*")})


def asked(serve, described: Document, status: int, media_type: str, body: bytes):
    """The errors, and the details of the findings, where every answer is validated."""
    head = b"HTTP/1.1 %d -\r\n" % status
    if status != 204:
        head += f"Content-Type: {media_type}\r\nContent-Length: {len(body)}\r\n".encode()
    server = serve(answering(head + b"\r\n" + body))
    template = Template(Wire(server.url, None), "make", described.operation("make"))
    tally, found = Tally([("make", template.successes)]), CountedFindings(server.url)
    sampler = Sampler(described, {"make": "make"}, found, 1.0)
    address = (socket.AF_INET, ("127.0.0.1", server.port))
    engine = Engine([address], limits=EngineLimits(1.0, 5.0), observer=sampler)

    def journey():
        for _ in range(3):
            yield template.call(body=b"{}")

    try:
        engine.depart(journey(), tally)
        assert engine.wait_quiet(10)
    finally:
        engine.close()
    sampler.work_off()
    return tally.take(0, 0.0, 1.0).errors, [finding.detail for finding in found.findings()]


SOUND = {
    "the first success": (SEVERAL, 200, "application/json", b'{"id":1}'),
    "another, with its own schema": (SEVERAL, 202, "application/json", b'{"job":1}'),
    "another, without a body": (SEVERAL, 204, "", b""),
    "the one of a range that stands by itself": (RANGE, 201, "application/json", b'{"id":1}'),
    "one of a range": (RANGE, 203, "application/json", b'{"job":1}'),
    "any, where none is named": (OPEN, 201, "text/plain", b"made"),
    "JSON under a label of its own": (LABELLED, 200, f"{VENDOR}; charset=utf-8", b'{"id":1}'),
    "JSON where there is more": (EITHER, 200, "Application/JSON", b'{"id":1}'),
    "what is not JSON, and declared": (EITHER, 200, "text/csv", b"id\n1\n"),
    "a number that no double holds": (EITHER, 200, "application/json", b'{"id":1e400}'),
    "a number of many digits": (EITHER, 200, "application/json", b'{"id":1%b}' % (b"0" * 5_000)),
    "half a pair of surrogates": (EITHER, 200, "application/json", rb'{"id":"\ud83d"}'),
    "JSON where anything goes": (WHATEVER, 200, "application/json", b'{"id":1}'),
}


@pytest.mark.parametrize(("described", "status", "label", "body"), SOUND.values(), ids=SOUND.keys())
def test_what_the_document_declares_is_held_against_nobody(serve, described, status, label, body) -> None:
    assert asked(serve, described, status, label, body) == ({}, [])


FAILED = {
    "a success that is not declared": (SEVERAL, 201, "status 201"),
    "an error that is": (SEVERAL, 400, "status 400"),
    "an error beside a range": (RANGE, 500, "status 500"),
    "an error that `default` describes": (OPEN, 404, "status 404"),
}


@pytest.mark.parametrize(("described", "status", "kind"), FAILED.values(), ids=FAILED.keys())
def test_any_other_status_is_a_failure(serve, described, status, kind) -> None:
    assert asked(serve, described, status, "application/json", b'{"id":1}') == ({"make": {kind: 3}}, [])


WRONG = {
    "another status's schema": (SEVERAL, 202, "application/json", b'{"id":1}', "job"),
    "no body where one is declared": (SEVERAL, 200, "application/json", b"", "not JSON"),
    "plain JSON, where only a label of its own is declared": (
        LABELLED,
        200,
        "application/json",
        b'{"id":1}',
        f"media type application/json, expected {VENDOR}",
    ),
    "NaN": (EITHER, 200, "application/json", b'{"id":NaN}', "not JSON"),
    "bytes that are no UTF-8": (EITHER, 200, "application/json", b'{"id":"\xff"}', "not JSON"),
    "an open text": (EITHER, 200, "application/json", b'{"id":"', "not JSON"),
    "JSON under its label that is none": (LABELLED, 200, VENDOR, b"{", "not JSON"),
    "what is not declared": (EITHER, 200, "text/plain", b'{"id":1}', "expected application/json or text/csv"),
}


@pytest.mark.parametrize(("described", "status", "label", "body", "told"), WRONG.values(), ids=WRONG.keys())
def test_what_breaks_the_document_is_found(serve, described, status, label, body, told) -> None:
    errors, (detail,) = asked(serve, described, status, label, body)
    assert errors == {}
    assert told in detail


@pytest.mark.parametrize(
    ("described", "accept", "content_type"),
    [
        (SEVERAL, "application/json", "application/json"),
        (LABELLED, VENDOR, VENDOR),
        (EITHER, "application/json", "application/json"),
        (WHATEVER, "application/json", "application/json"),
        (document({"200": answer(SCHEMA, "text/csv")}), "*/*", "application/json"),
        (document({"204": {"description": "-"}}), "application/json", "application/json"),
    ],
)
def test_requests_are_labelled_as_the_document_has_it(described, accept, content_type) -> None:
    """A server may refuse any other label (RFC 9110, sections 15.5.7 and 15.5.16)."""
    template = Template(Wire("http://host", None), "make", described.operation("make"))
    lines = template.call(body=b"{}").wire.split(b"\r\n")
    assert [line for line in lines if line.startswith(b"Accept")] == [f"Accept: {accept}".encode()]
    assert f"Content-Type: {content_type}".encode() in lines
    assert not any(line.startswith(b"Content-Type") for line in template.call().wire.split(b"\r\n"))
