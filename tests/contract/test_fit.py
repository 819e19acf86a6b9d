"""What was inferred of a document is held against a server only once it has shown it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from flowgauge.contract.edition_part import ContractPart
from flowgauge.contract.session.fit import fitted
from flowgauge.contract.target import Capability
from flowgauge.editions.from_document.inference import inferred
from flowgauge.openapi import Document
from flowgauge.results import Exchange, Request, Response, TargetIdentity

TEXT, TIME = {"type": "string"}, {"type": "string", "format": "date-time"}
CUP = {
    "type": "object",
    "required": ["label"],
    "properties": {"id": {"type": "integer"}, "label": TEXT, "note": TEXT, "created": TIME, "updated": TIME},
}
DRAFT = {"type": "object", "required": ["label"], "properties": {"label": TEXT, "note": TEXT}}
NOW = "2026-03-01T12:00:00Z"


def answers(schema: Any) -> dict[str, Any]:
    return {"200": {"description": "-", "content": {"application/json": {"schema": schema}}}}


DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "cups", "version": "1"},
    "paths": {
        "/cups": {
            "get": {"operationId": "all", "responses": answers({"type": "array", "items": CUP})},
            "post": {
                "operationId": "make",
                "requestBody": {"required": True, "content": {"application/json": {"schema": DRAFT}}},
                "responses": answers(CUP),
            },
        },
        "/cups/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
            "get": {"operationId": "read", "responses": answers(CUP)},
            "delete": {"operationId": "drop", "responses": {"204": {"description": "-"}}},
        },
    },
}


@dataclass
class Cups:
    """A server of cups; each of its members may be put out of order."""

    shown: Callable[[dict[str, Any]], dict[str, Any]] = lambda cup: cup
    listed: Callable[[list[Any]], Any] = lambda cups: cups
    is_soft: bool = False
    capabilities: frozenset[Capability] = frozenset({Capability.WRITE})
    cups: dict[int, dict[str, Any]] = field(default_factory=dict)
    sent: list[Request] = field(default_factory=list)
    url: str = "http://cups"
    identity: TargetIdentity = field(default_factory=lambda: TargetIdentity("cups"))

    def send(self, request: Request) -> Exchange:
        self.sent.append(request)
        status, value = self._answer(request)
        headers = (("Content-Type", "application/json"), ("Date", "Sun, 01 Mar 2026 12:00:01 GMT"))
        body = b"" if value is None else json.dumps(value).encode()
        return Exchange(None, request, Response(status, headers, body), 0.0, 1.0)

    def sleep(self, seconds: float) -> None:
        """No time passes here."""

    def _answer(self, request: Request) -> tuple[int, Any]:
        number = int(request.path.rpartition("/")[2]) if request.path != "/cups" else None
        if number is None and request.method == "GET":
            return 200, self.listed([self.shown(cup) for cup in self.cups.values()])
        if number is None:
            assert request.body
            number = len(self.sent)
            self.cups[number] = {"id": number, "created": NOW, "updated": NOW, **json.loads(request.body)}
        if request.method == "DELETE":
            if self.is_soft:
                self.cups[number] |= {"note": "gone"}
            else:
                del self.cups[number]
            return 204, None
        return (200, self.shown(self.cups[number])) if number in self.cups else (404, {})


def tried(target: Cups) -> tuple[Any, set[str]]:
    part = ContractPart(inferred(Document(DOCUMENT), "cups").edition)
    fit, unfit = fitted(target, part)  # type: ignore[arg-type]
    [resource] = fit.edition.resources
    return resource, {each.what for each in unfit}


def test_a_server_that_shows_all_is_held_to_all() -> None:
    resource, unfit = tried(Cups())
    assert unfit == set()
    assert (resource.create, resource.read, resource.list, resource.delete) == ("make", "read", "all", "drop")
    assert resource.kept == {"/label": "/label", "/note": "/note"}
    assert (resource.created_at, resource.updated_at) == ("created", "updated")


@pytest.mark.parametrize(
    ("target", "what"),
    [
        (Cups(lambda cup: {**cup, "label": cup["label"].upper()}), {"keeps /label"}),
        (Cups(lambda cup: {**cup, "note": cup.get("note", "").strip() or "none"}), {"keeps /note"}),
        (Cups(lambda cup: {**cup, "created": "1999-01-01T00:00:00Z"}), {"created"}),
        (Cups(lambda cup: {**cup, "updated": None}), {"updated"}),
        (Cups(listed=lambda cups: cups[:0]), {"list"}),
        (Cups(listed=lambda cups: {"cups": cups}), {"list"}),
        (Cups(is_soft=True), {"delete"}),
        (Cups(lambda cup: {n: v for n, v in cup.items() if n != "id"}), {"create", "read", "list", "delete"}),
    ],
)
def test_what_a_server_does_not_show_is_not_held_against_it(target: Cups, what: set[str]) -> None:
    resource, unfit = tried(target)
    assert unfit == what
    for role in ("create", "read", "list", "delete"):
        assert (getattr(resource, role) is None) is (role in what)
    assert {f"keeps {place}" for place in ("/label", "/note") if place not in resource.kept} == {
        each for each in what if each.startswith("keeps")
    }


def test_a_server_that_must_not_be_written_to_is_sent_nothing() -> None:
    target = Cups(capabilities=frozenset())
    resource, unfit = tried(target)
    assert (target.sent, unfit, resource.create) == ([], set(), "make")
