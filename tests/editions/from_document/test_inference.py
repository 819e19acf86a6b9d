"""What a document alone tells of its resources, and what it does not."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pet_world import PET_DOCUMENT

from flowgauge.edition import Resource, Steps
from flowgauge.editions import contract_part, edition_named, inference_of, world_part, world_part_if_any
from flowgauge.editions.from_document.inference import Inference, inferred, table
from flowgauge.editions.v0.edition import DOCUMENT_PATH
from flowgauge.errors import UsageError
from flowgauge.openapi import Document

TOY = Path(__file__).parents[2] / "toy" / "openapi.yaml"
TEXT, NUMBER, TIME = {"type": "string"}, {"type": "integer"}, {"type": "string", "format": "date-time"}
THING = {"type": "object", "properties": {"id": NUMBER, "label": TEXT, "created": TIME}}
MANY = {"type": "array", "items": THING}


def answers(schema: dict[str, Any] | None) -> dict[str, Any]:
    content = {} if schema is None else {"content": {"application/json": {"schema": schema}}}
    return {"responses": {"200": {"description": "-"} | content}}


def takes(schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def asks(*names: str, required: bool = False) -> dict[str, Any]:
    return {"parameters": [{"name": n, "in": "query", "schema": TEXT, "required": required} for n in names]}


def of(**paths: dict[str, Any]) -> Inference:
    """Paths by name, `__` for a slash and `_x` for a parameter."""
    named = {}
    for name, operations in paths.items():
        path = "/" + "/".join(f"{{{p[1:]}}}" if p.startswith("_") else p for p in name.split("__"))
        inputs = [p[1:] for p in name.split("__") if p.startswith("_")]
        declared = [{"name": p, "in": "path", "required": True, "schema": TEXT} for p in inputs]
        named[path] = {**operations, **({"parameters": declared} if declared else {})}
    document = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": named}
    return inferred(Document(document), "own")


def why(found: Inference, what: str) -> str:
    return next(reason.why for reason in found.reasons if reason.what == what)


def test_of_the_seed_s_own_document_the_resources_are_those_that_we_wrote() -> None:
    found = inference_of(str(DOCUMENT_PATH)).edition
    ours = edition_named("v0")
    names = {"workflow": "flow", "run": "run"}
    wanted = tuple(
        # That a workflow never changes, and what a create without a body means, no schema says.
        replace(r, kind=names[r.kind], parent=names.get(r.parent or ""), is_constant=False, absent_body=None)
        for r in ours.resources
    )
    # Our edition has a check of its own for the times of stages.
    periods = {"/statuses/*/terminatedAt": "/statuses/*/startedAt"}
    assert found.resource("run").periods == periods
    assert tuple(replace(r, periods={}) for r in found.resources) == wanted
    assert (found.greeting, found.version, found.error_message) == (
        ours.greeting,
        ours.version,
        ours.error_message,
    )


def test_of_another_document_too() -> None:
    shelf, book = inference_of(str(TOY)).edition.resources
    assert (shelf.create, shelf.read, shelf.list, shelf.delete) == (
        "putUpShelf",
        "showShelf",
        "listShelves",
        "takeDownShelf",
    )
    assert (shelf.view, shelf.items, shelf.id) == (("shelf",), ("shelves",), "code")
    assert (shelf.created_at, shelf.updated_at) == ("registeredAt", "changedAt")
    assert (book.parent, book.view, book.id) == ("shelf", ("result", "book"), "isbn")
    assert book.kept["/entry/title"] == "/title"
    assert book.pages is not None
    assert (book.pages.cursor, book.pages.next, book.pages.default_size) == ("after", "nextToken", 10)


def test_pets() -> None:
    [pet] = inferred(Document(PET_DOCUMENT), "pets").edition.resources
    assert pet == Resource(
        "pet",
        None,
        {"readPet": "tag", "giveAway": "tag"},
        "adoptPet",
        "readPet",
        "listPets",
        "giveAway",
        (),
        (),
        "tag",
        kept={"/name": "/name"},
    )


def test_integers_are_ids_and_lists_may_stand_at_the_root() -> None:
    [thing] = of(
        things={"get": answers(MANY), "post": answers(THING) | takes(THING)},
        things___id={"get": answers(THING)},
    ).edition.resources
    assert (thing.id, thing.view, thing.items) == ("id", (), ())
    assert thing.created_at == "created"
    # The client sends an id too, so it may be one that was there before.
    assert thing.reuses_ids
    assert thing.kept == {"/label": "/label"}


@pytest.mark.parametrize(
    ("schema", "first"), [({}, 1), ({"minimum": 0}, 0), ({"minimum": 1}, 1), ({"default": 0}, 0)]
)
def test_a_list_may_be_counted_in_pages(schema: dict[str, Any], first: int) -> None:
    listing = answers(MANY) | asks("page", "per_page")
    for parameter in listing["parameters"]:
        parameter["schema"] = {"type": "integer", **schema}
    [thing] = of(things={"get": listing}, things___id={"get": answers(THING)}).edition.resources
    assert thing.list is not None
    assert thing.steps == Steps("per_page", "page", counts_pages=True, first=first)


def test_a_list_may_be_counted_in_items() -> None:
    listing = answers(MANY) | asks("limit", "offset", "page")
    for parameter in listing["parameters"]:
        parameter["schema"] = {"type": "integer"}
    [thing] = of(things={"get": listing}, things___id={"get": answers(THING)}).edition.resources
    assert thing.steps == Steps("limit", "offset")


def test_times_of_what_has_happened_are_paired_and_those_that_clients_send_are_not() -> None:
    times = dict.fromkeys(("startedAt", "completed_at", "startTime", "endTime"), TIME)
    shown = {"type": "object", "properties": {"id": TEXT, "last": {"type": "object", "properties": times}}}
    own = {"type": "object", "properties": times}
    path = {"get": answers(shown)}
    [thing] = of(things={"post": answers(shown) | takes(THING)}, things___id=path).edition.resources
    assert thing.periods == {"/last/completed_at": "/last/startedAt"}
    [thing] = of(things={"post": answers(shown) | takes(own)}, things___id=path).edition.resources
    assert thing.periods == {}


@pytest.mark.parametrize("parameter", ["offset", "page", "limit", "per_page", "skip"])
def test_a_list_in_pages_that_nothing_leads_over_is_not_taken_for_a_whole(parameter: str) -> None:
    found = of(things={"get": answers(MANY) | asks(parameter)}, things___id={"get": answers(THING)})
    assert found.edition.resources[0].list is None
    assert "comes in pages" in why(found, "list")


def test_a_list_that_must_be_told_what_to_list_is_left_alone() -> None:
    found = of(things={"get": answers(MANY) | asks("of", required=True)}, things___id={"get": answers(THING)})
    assert found.edition.resources[0].list is None
    assert "must be told" in why(found, "list")


def test_a_create_that_tells_no_id_is_none() -> None:
    found = of(things={"post": answers({"type": "object"})}, things___id={"delete": answers(None)})
    assert found.edition.resources[0].create is None
    assert "does not answer with an id" in why(found, "create")


@pytest.mark.parametrize(("sent", "teller"), [({"type": "object"}, "location"), (THING, "body")])
def test_the_id_of_what_a_create_does_not_show_is_told_otherwise(sent: dict[str, Any], teller: str) -> None:
    create = answers({"type": "object"}) | takes(sent)
    found = of(things={"post": create}, things___id={"get": answers(THING)})
    [thing] = found.edition.resources
    assert (thing.create is not None, thing.told_by) == (True, teller)
    assert thing.unique == (() if teller == "location" else ("/id",))


@pytest.mark.parametrize(("is_located", "named"), [(False, ("name", "body")), (True, ("id", "location"))])
def test_a_name_that_must_be_sent_is_the_id_where_nothing_else_tells(
    is_located: bool, named: tuple[str, str]
) -> None:
    shown = {"type": "object", "properties": {"id": TEXT, "name": TEXT}}
    draft = {"type": "object", "required": ["name"], "properties": {"name": TEXT}}
    create = answers({"type": "object"}) | takes(draft)
    if is_located:
        create["responses"]["200"]["headers"] = {"location": {"schema": TEXT}}
    found = of(things={"post": create}, things___thing={"get": answers(shown)})
    [thing] = found.edition.resources
    assert (thing.id, thing.told_by) == named


def test_what_stands_below_what_and_names_that_are_taken() -> None:
    found = of(
        users___user__keys___key={"get": answers(THING)},
        keys___key={"get": answers(THING)},
        users___user={"get": answers(THING)},
    ).edition
    assert [(r.kind, r.parent) for r in found.resources] == [
        ("user", None),
        ("key", None),
        ("user key", "user"),
    ]
    assert found.resource("user key").ids.keys() < found.resource("user").ids.keys()


def test_parameters_that_are_no_thing_s_id_are_plain() -> None:
    found = of(_tenant__things={"get": answers(MANY)}, repos___owner___name={"get": answers(THING)}).edition
    assert found.plain == {"tenant", "name"}
    assert [r.kind for r in found.resources] == ["repo"]


def test_a_thing_may_hold_itself() -> None:
    tree = {"type": "object", "properties": {"id": TEXT, "child": {"$ref": "#/components/schemas/Tree"}}}
    document = {
        "openapi": "3.0.3",
        "info": {"title": "t", "version": "1"},
        "components": {"schemas": {"Tree": tree}},
        "paths": {
            "/trees/{id}/": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": TEXT}],
                "get": answers({"$ref": "#/components/schemas/Tree"}),
            },
            "/trees/": {"get": answers({"type": "array", "items": {"$ref": "#/components/schemas/Tree"}})},
        },
    }
    [found] = inferred(Document(document), "trees").edition.resources
    assert (found.kind, found.id, found.list is not None) == ("tree", "id", True)


def test_the_table_says_why() -> None:
    lines = list(table(inference_of(str(TOY)).reasons))
    assert lines[0] == "shelf"
    assert "  read        GET /shelves/{code}" in lines


def test_a_document_is_named_where_an_edition_is() -> None:
    part = contract_part(str(TOY))
    assert part.edition.is_inferred
    assert part.edition.name == "openapi.yaml"
    assert world_part_if_any(str(TOY)) is None
    with pytest.raises(UsageError, match="no server of its own"):
        world_part(str(TOY))
    with pytest.raises(UsageError):
        contract_part("nowhere.yaml")


SCHEMAS = st.recursive(
    st.sampled_from([TEXT, NUMBER, TIME, {}, {"type": "boolean"}]),
    lambda inner: (
        st.fixed_dictionaries({"type": st.just("array"), "items": inner})
        | st.dictionaries(st.sampled_from(["id", "next", "data", "limit", "createdAt", "x"]), inner).map(
            lambda found: {"type": "object", "properties": found}
        )
    ),
    max_leaves=8,
)


@given(read=SCHEMAS, create=SCHEMAS, listing=SCHEMAS, sent=SCHEMAS)
def test_whatever_the_schemas_are_there_is_an_edition(
    read: Any, create: Any, listing: Any, sent: Any
) -> None:
    found = of(
        things={"get": answers(listing), "post": answers(create) | takes(sent)},
        things___id={"get": answers(read), "delete": answers(None)},
    ).edition
    [thing] = found.resources
    assert thing.kind == "thing"
    assert all(found.role_of(op) for op in (thing.create, thing.read, thing.list, thing.delete) if op)
