"""Bodies that name other things, lists that are asked for a part, ids that things lack: sound and broken."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import pytest
from test_other_documents import Told

from flowgauge.contract.edition_part import ContractPart
from flowgauge.contract.findings.recorder import Recorder
from flowgauge.contract.probe import Probe
from flowgauge.contract.requests import built, placeholder, with_ids, with_placeholders
from flowgauge.contract.traffic.bodies import bodies
from flowgauge.edition import Edition, Resource
from flowgauge.errors import UsageError
from flowgauge.openapi import Document
from flowgauge.results import Request, Response

JSON = "application/json"
TEXT = {"type": "string"}
LABEL: dict[str, Any] = {
    "type": "object",
    "required": ["on"],
    "properties": {
        "on": TEXT,
        "color": TEXT,
        "rule": {"type": "string", "format": "label-rule"},
        "notes": {"type": "object", "additionalProperties": {"format": "label-rule"}},
    },
}
BOX: dict[str, Any] = {"type": "object", "properties": {"size": {"type": "integer"}}}
SHOWN = {"type": "object", "properties": {**BOX["properties"], **LABEL["properties"], "id": TEXT}}
ERROR = {"description": "Why not", "content": {JSON: {"schema": {"type": "object"}}}}


def answering(schema: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"description": "-", "content": {JSON: {"schema": schema}}} if schema else {"description": "-"}


def operation(name: str, status: int, schema: Any, **more: Any) -> dict[str, Any]:
    return {"operationId": name, "responses": {str(status): answering(schema), "default": ERROR}, **more}


def taking(schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {JSON: {"schema": schema}}}}


def an_id(name: str) -> list[dict[str, Any]]:
    return [{"name": name, "in": "path", "required": True, "schema": TEXT}]


BOXES = Resource(
    kind="box",
    ids={"readBox": "box", "dropBox": "box", "openBox": "box"},
    create="makeBox",
    read="readBox",
    delete="dropBox",
    view=(),
)
LABELS = Resource(
    kind="label",
    create="makeLabel",
    list="listLabels",
    view=(),
    items=(),
    kept={"/on": "/on", "/color": "/color"},
    references={"/on": "box"},
    filters={"color": "color"},
)


def edition() -> Edition:
    colors = {"name": "color", "in": "query", "schema": TEXT}
    paths = {
        "/boxes": {"post": operation("makeBox", 201, SHOWN, **taking(BOX))},
        "/boxes/{box}": {
            "parameters": an_id("box"),
            "get": operation("readBox", 200, SHOWN),
            "delete": operation("dropBox", 204, None),
        },
        "/boxes/{box}/lid": {"parameters": an_id("box"), "put": operation("openBox", 204, None)},
        "/labels": {
            "post": operation("makeLabel", 201, SHOWN, **taking(LABEL)),
            "get": operation("listLabels", 200, {"type": "array", "items": SHOWN}, parameters=[colors]),
        },
    }
    document = Document({"openapi": "3.1.0", "info": {"title": "Boxes", "version": "1"}, "paths": paths})
    return Edition("boxes", document, (BOXES, LABELS), stateful=frozenset({"openBox"}))


class Shop(Told):
    """Boxes and labels on them, kept as they should be; a test bends one answer."""

    def __init__(self) -> None:
        super().__init__()
        self.boxes: dict[str, Any] = {}
        self.labels: dict[str, Any] = {}
        self.answer = self.answered
        self.is_asked_for: Callable[[str, str], bool] = lambda wanted, color: wanted == color

    def answered(self, request: Request) -> Response:
        value = json.loads(request.body) if request.body else {}
        path, _, query = request.target.partition("?")
        match request.method, path.split("/")[1:]:
            case "POST", ["boxes"]:
                self.boxes[some_id := f"box-{len(self.boxes)}-{'x' * 20}"] = value
                return self.said(201, {**value, "id": some_id})
            case "GET", ["boxes", some_id] if some_id in self.boxes:
                return self.said(200, {**self.boxes[some_id], "id": some_id})
            case "DELETE", ["boxes", some_id] if some_id in self.boxes:
                del self.boxes[some_id]
                return Response(204, ())
            case "GET", ["boxes", some_id, "uses"] if some_id in self.boxes:
                return self.said(200, [])
            case "POST", ["labels"] if value.get("on") in self.boxes:
                some_id = f"label-{len(self.labels)}"
                self.labels[some_id] = {**value, "id": some_id}
                return self.said(201, self.labels[some_id])
            case "GET", ["labels"]:
                wanted = dict(parse_qsl(query)).get("color")
                shown = [
                    label
                    for label in self.labels.values()
                    if wanted is None or self.is_asked_for(wanted, label.get("color", ""))
                ]
                return self.said(200, shown)
        return self.said(404, {})

    def said(self, status: int, value: Any) -> Response:
        return Response(status, (("Content-Type", JSON),), json.dumps(value).encode())


class Shopping:
    def __init__(self) -> None:
        of = edition()
        self.shop = Shop()
        self.probe = Probe(self.shop, Recorder(self.shop.url, of), ContractPart(of))

    def call(self, *arguments: Any, **more: Any) -> list[str]:
        self.probe.call(*arguments, **more)
        return [defect.id for defect in self.probe.last_defects]


def test_every_legal_body_names_a_thing_by_its_placeholder() -> None:
    part = ContractPart(edition())
    on = placeholder("box")
    assert part.ordinary("makeLabel")["on"] == on
    assert {part.numbered("makeLabel", number)["on"] for number in range(9)} == {on}
    assert len({json.dumps(part.numbered("makeLabel", number)) for number in range(2, 9)}) > 1
    assert {body["on"] for body in part.legal_bodies("makeLabel")} == {on}
    assert any(on.encode() in body for body in bodies(part, part.edition.operation("makeLabel")))
    assert placeholder("box") != placeholder("label")


def test_a_placeholder_gives_way_to_an_id_as_json_writes_it() -> None:
    body = with_placeholders({"on": "some box", "a": [1]}, {"/on": "box", "/missing": "box"})
    assert body == {"on": placeholder("box"), "a": [1]}
    text = json.dumps(body).encode()
    assert json.loads(with_ids(text, {"box": 'a"b\\'})) == {"on": 'a"b\\', "a": [1]}
    assert with_ids(text, {"box": None}) == text


def test_what_a_body_names_is_made_where_there_is_none() -> None:
    to = Shopping()
    made = to.probe.ordinary("label")
    assert made is not None
    assert made.sent["on"] in to.shop.boxes
    # The next one needs no new box.
    assert to.probe.made("label") is not None
    assert len(to.shop.boxes) == 1


def test_a_kind_that_there_is_not_cannot_be_named() -> None:
    lost = Resource(kind="label", references={"/on": "lid"})
    with pytest.raises(UsageError, match="a lid at /on"):
        Edition("boxes", edition().document, (BOXES, lost))


def test_who_names_what_is_not_there_may_be_refused_or_not() -> None:
    to = Shopping()
    for status in (400, 404, 409, 422, 201):
        to.shop.answer = lambda _, status=status: to.shop.said(status, {"id": f"l{status}", "on": "nobody"})
        assert to.call("makeLabel", body={"on": "nobody"}) == []
    to.shop.answer = lambda _: to.shop.said(500, {})
    assert to.call("makeLabel", body={"on": "nobody"}) == ["FG-101"]


def test_who_names_what_is_there_is_not_refused() -> None:
    to = Shopping()
    assert to.probe.made("box") is not None
    to.shop.answer = lambda _: to.shop.said(400, {})
    assert to.call("makeLabel", body=to.probe.part.ordinary("makeLabel")) == ["FG-210"]
    to.shop.answer = lambda _: to.shop.said(404, {})
    # Whoever acknowledged the box has not kept it.
    assert to.call("makeLabel", body=to.probe.part.ordinary("makeLabel")) == ["FG-209"]


def test_what_is_named_does_not_come_back_as_another() -> None:
    to = Shopping()
    assert to.probe.made("box") is not None
    to.shop.answer = lambda request: to.shop.said(
        201, {**json.loads(request.body or b""), "id": "l", "on": "x"}
    )
    assert to.call("makeLabel", body=to.probe.part.ordinary("makeLabel")) == ["FG-201"]


def test_what_becomes_of_what_named_a_deleted_thing_is_open() -> None:
    to = Shopping()
    label = to.probe.made("label", body={"on": placeholder("box"), "color": "red"})
    assert label is not None
    [box] = to.probe.knowledge.things("box").values()
    assert to.call("dropBox", box.ids) == []
    assert not label.is_there
    to.shop.labels.clear()
    assert to.call("listLabels") == []


@pytest.mark.parametrize(("status", "found"), [(204, []), (404, []), (410, []), (500, ["FG-101"])])
def test_to_delete_once_more_may_succeed_or_not(status: int, found: list[str]) -> None:
    to = Shopping()
    box = to.probe.made("box")
    assert box is not None
    assert to.call("dropBox", box.ids) == []
    to.shop.answer = lambda _: Response(204, ()) if status == 204 else to.shop.said(status, {})
    assert to.call("dropBox", box.ids) == found
    to.shop.answer = lambda _: to.shop.said(200, {"id": box.id})
    # After a fault of the server nothing can be told of it.
    assert to.call("readBox", box.ids) == ([] if found else ["FG-212"])


@pytest.mark.parametrize(
    ("status", "found"),
    [(204, []), (400, []), (409, []), (422, []), (404, ["FG-209"]), (500, ["FG-101"])],
)
def test_a_state_may_forbid_an_operation(status: int, found: list[str]) -> None:
    to = Shopping()
    box = to.probe.made("box")
    assert box is not None
    to.shop.answer = lambda _: Response(204, ()) if status == 204 else to.shop.said(status, {})
    assert to.call("openBox", box.ids) == found


@pytest.mark.parametrize(("status", "found"), [(201, []), (400, []), (422, []), (415, ["FG-210"])])
def test_a_text_of_a_format_of_its_own_is_for_the_server_to_read(status: int, found: list[str]) -> None:
    to = Shopping()
    box = to.probe.made("box")
    assert box is not None
    body = {"on": box.id, "rule": "((("}
    to.shop.answer = lambda _: to.shop.said(status, {**body, "id": "l"})
    assert to.call("makeLabel", body=body) == found


def test_what_is_no_text_is_of_no_format() -> None:
    to = Shopping()
    assert to.probe.made("box") is not None
    to.shop.answer = lambda _: to.shop.said(422, {})
    body = {"on": next(iter(to.shop.boxes)), "notes": {"a": 1}}
    assert to.call("makeLabel", body=body) == ["FG-210"]
    assert to.call("makeLabel", body={**body, "notes": {"a": "(("}}) == []


@pytest.mark.parametrize(
    ("is_asked_for", "found"),
    [
        (lambda wanted, color: wanted == color, []),
        # To be found by a part of it, or in another case, is to be found.
        (lambda wanted, color: wanted.lower() in color.lower(), []),
        (lambda _wanted, _color: True, ["FG-506"]),
        (lambda wanted, color: wanted != color, ["FG-506", "FG-202"]),
        (lambda _wanted, _color: False, ["FG-202"]),
    ],
)
def test_a_list_of_a_part_holds_that_part(is_asked_for: Callable[[str, str], bool], found: list[str]) -> None:
    to = Shopping()
    for color in ("red", "Dark Red", "blue"):
        assert to.probe.made("label", body={"on": placeholder("box"), "color": color}) is not None
    assert to.probe.made("label", body={"on": placeholder("box")}) is not None
    to.shop.is_asked_for = is_asked_for
    assert to.call("listLabels", query="color=red") == found


def test_a_query_that_cannot_be_read_asks_for_nothing_that_is_known() -> None:
    to = Shopping()
    assert to.probe.made("label", body={"on": placeholder("box"), "color": "red"}) is not None
    to.shop.answer = lambda _: to.shop.said(200, [])
    assert to.call("listLabels", query="color=%FF") == []
    assert to.call("listLabels") == ["FG-202"]


def test_things_without_an_id_are_told_by_what_they_stand_below() -> None:
    uses = Resource(
        kind="use", parent="box", ids={}, list="listUses", view=(), items=(), id="", parent_id="of"
    )
    path = {"parameters": an_id("box"), "get": operation("listUses", 200, {"type": "array"})}
    paths = {**edition().document.root["paths"], "/boxes/{box}/uses": path}
    document = Document({"openapi": "3.1.0", "info": {"title": "Boxes", "version": "1"}, "paths": paths})
    boxes = Resource(
        **{**{f: getattr(BOXES, f) for f in BOXES.__slots__}, "ids": {**BOXES.ids, "listUses": "box"}}
    )
    of = Edition("boxes", document, (boxes, LABELS, uses))
    shop = Shop()
    probe = Probe(shop, Recorder(shop.url, of), ContractPart(of))
    box = probe.made("box")
    assert box is not None
    assert probe.existing()["box"] == probe.existing()["box"]
    for named, found in ((box.id, []), ("another", ["FG-206"])):
        shop.answer = lambda _, named=named: shop.said(200, [{"of": named}, {"of": named}])
        probe.send(built(of, "listUses", box.ids))
        assert sorted({defect.id for defect in probe.last_defects}) == found
