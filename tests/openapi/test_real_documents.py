"""Documents as people write them, read to the end."""

from pathlib import Path
from typing import Any

import pytest

from flowgauge.errors import UsageError
from flowgauge.openapi import Document, Violation

DOCUMENTS = Path(__file__).with_name("documents")
TIME = "2023-02-14T09:30:00Z"
PETS, ISSUES, TREE, ORCHESTRATION = (
    Document.read(DOCUMENTS / name)
    for name in ("pets.yaml", "issues.json", "tree/api.yaml", "orchestration-v2.yaml")
)


def places(violations: tuple[Violation, ...]) -> dict[str, str]:
    return {v.pointer: v.schema_pointer.removeprefix("/components/schemas/") for v in violations}


def test_operations_have_ids_even_where_the_document_gives_none() -> None:
    assert {op.id: f"{op.method} {op.path}" for op in PETS.operations} == {
        "listPets": "GET /pets",
        "makePet": "POST /pets",
        "get_pets_mine": "GET /pets/mine",
        "readPet": "GET /pets/{id}",
        "delete_pets_id": "DELETE /pets/{id}",
        "get_pets_id_format": "GET /pets/{id}.{format}",
    }
    assert Document.read(DOCUMENTS / "pets.yaml").operations == PETS.operations


@pytest.mark.parametrize(
    ("name", "successes", "keys"),
    [
        ("listPets", (200,), {"200"}),
        ("makePet", (201, 202), {"201", "202", "4XX"}),
        ("get_pets_mine", (200,), {"2XX"}),
        ("readPet", (200,), {"200", "default"}),
        ("delete_pets_id", (204,), {"204"}),
    ],
)
def test_an_operation_may_succeed_in_several_ways(
    name: str, successes: tuple[int, ...], keys: set[str]
) -> None:
    operation = PETS.operation(name)
    assert (operation.successes, operation.success) == (successes, successes[0])
    assert set(operation.responses) == keys


def test_a_status_is_declared_by_itself_by_its_range_or_by_default() -> None:
    issue, make, read = ISSUES.operation("issues/get"), PETS.operation("makePet"), PETS.operation("readPet")
    found = {s: (r.key if (r := issue.response(s)) else None) for s in (200, 304, 404, 422, 503, 201)}
    assert found == {200: "200", 304: "304", 404: "404", 422: "4XX", 503: "5XX", 201: None}
    assert [getattr(make.response(s), "key", None) for s in (400, 500)] == ["4XX", None]
    assert [getattr(read.response(s), "key", None) for s in (200, 418)] == ["200", "default"]
    # Each is judged by its own schema, and one without content by none.
    assert places(ISSUES.response_violations("issues/get", 422, {})) == {
        "": "/components/responses/refused/content/application~1json/schema/required"
    }
    for status, body in ((404, {}), (304, 1), (503, {"x": 1}), (201, {"x": 1})):
        assert ISSUES.response_violations("issues/get", status, body, closed=True) == ()


def test_parameters_of_the_path_hold_unless_the_operation_says_otherwise() -> None:
    read = {p.name: p for p in PETS.operation("readPet").parameters}
    assert read["id"].schema == {"type": "string", "format": "uuid"}
    assert (read["verbose"].location, read["verbose"].required) == ("query", False)
    assert {p.name: p.schema for p in PETS.operation("delete_pets_id").parameters}["id"] == {"type": "string"}
    # Nobody declares these two; they are in the path all the same.
    rendered = PETS.operation("get_pets_id_format")
    assert rendered.path_parameters == ("id", "format") == tuple(p.name for p in rendered.parameters)
    assert rendered.url_path({"id": "a/b", "format": "png"}) == "/pets/a%2Fb.png"


def test_parameters_stand_in_query_header_and_cookie_and_may_be_json() -> None:
    found = {(p.name, p.location): p.media_type for p in PETS.operation("listPets").parameters}
    assert found == {
        ("limit", "query"): None,
        ("filter", "query"): "application/json",
        ("X-Trace", "header"): None,
        ("theme", "cookie"): None,
    }


def test_a_parameter_s_value_is_judged_by_its_schema() -> None:
    by_name = {p.name: p for p in PETS.operation("listPets").parameters}
    for name, right, wrong in (("limit", 1, 0), ("filter", {}, ""), ("X-Trace", "x", 1)):
        assert PETS.parameter_violations(by_name[name], right) == ()
        [violation] = PETS.parameter_violations(by_name[name], wrong)
        assert violation.schema_pointer.startswith("/paths/~1pets/get/parameters/")
    undeclared = PETS.operation("get_pets_id_format").parameters[0]
    assert PETS.parameter_violations(undeclared, 1) == ()


def test_json_has_many_media_types() -> None:
    make = PETS.operation("makePet")
    assert make.request_media_types == ("text/plain", "application/json")
    assert make.request_schema["properties"]["name"] == {"type": "string"}
    assert make.request_required
    assert make.responses["4XX"].schema["required"] == ["title"]
    assert PETS.operation("listPets").responses["200"].schema["type"] == "array"
    assert PETS.operation("get_pets_mine").responses["2XX"].schema == {"type": "string"}
    rendered = PETS.operation("get_pets_id_format").responses["200"]
    assert (rendered.schema, rendered.media_types) == (None, ("image/png",))


@pytest.mark.parametrize(
    ("path", "template", "values"),
    [
        ("/pets/mine", "/pets/mine", {}),
        ("/pets/mi%6Ee", "/pets/{id}", {"id": "mine"}),
        ("/pets/", "/pets/{id}", {"id": ""}),
        ("/pets/a", "/pets/{id}", {"id": "a"}),
        ("/pets/a%0Ab", "/pets/{id}", {"id": "a\nb"}),
        ("/pets/a/b", None, {}),
        ("/pets", "/pets", {}),
        ("/pet", None, {}),
    ],
)
def test_a_path_is_matched_by_what_it_spells_out_first(
    path: str, template: str | None, values: dict[str, str]
) -> None:
    match = PETS.matched(path)
    assert (match and match.template) == template
    assert match is None or match.values == values


def test_a_segment_may_hold_two_parameters() -> None:
    paths = {"/a/{x}.{y}": {"get": {}}, "/a/v{x}": {"get": {}}}
    document = Document({"openapi": "3.1.0", "paths": paths})
    for path, values in {"/a/b.c": {"x": "b", "y": "c"}, "/a/v1": {"x": "1"}}.items():
        match = document.matched(path)
        assert match is not None
        assert match.values == values
    assert document.matched("/a/b") is None


def test_an_operation_is_secured_unless_an_alternative_asks_for_nothing() -> None:
    assert {op.id: op.is_secured for op in PETS.operations} == {
        "listPets": False,
        "makePet": True,
        "get_pets_mine": True,
        "readPet": False,
        "delete_pets_id": True,
        "get_pets_id_format": True,
    }
    assert not ISSUES.operation("issues/get").is_secured
    assert (PETS.token_path, ISSUES.token_path) == ("/oauth/token", None)


def test_links_name_the_operation_that_may_follow() -> None:
    links = {link.name: link for link in PETS.operation("makePet").links}
    assert {name: link.operation_id for name, link in links.items()} == {
        "read": "readPet",
        "drop": "delete_pets_id",
    }
    assert (links["read"].response, links["read"].parameters) == ("201", {"id": "$response.body#/id"})


def test_the_first_server_gives_the_base_path() -> None:
    assert (PETS.base_path, ISSUES.base_path) == ("/v1/pets", "")
    assert ORCHESTRATION.base_path == "/api/orchestration"


PET: dict[str, Any] = {"id": "p", "name": "n", "nickname": None, "owner": None, "weight": 0.5}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, {}),
        ({"owner": {"name": "x"}, "nickname": "x", "secret": "shown"}, {}),
        ({"owner": {"name": "x", "age": 1}}, {"/owner": "Owner/additionalProperties"}),
        ({"owner": {}}, {"/owner": "Owner/required"}),
        ({"owner": 1}, {"/owner": "Owner/type"}),
        ({"name": None, "weight": 0}, {"/name": "Pet/properties/name/type",
                                       "/weight": "Pet/properties/weight/exclusiveMinimum"}),
    ],
)  # fmt: skip
def test_pets(change: dict[str, Any], expected: dict[str, str]) -> None:
    assert places(PETS.response_violations("readPet", 200, PET | change, closed=True)) == expected


def test_a_pet_is_sent_without_what_only_a_server_knows() -> None:
    assert PETS.request_violations("makePet", {"name": "n", "secret": "s"}, closed=True) == ()
    assert places(PETS.request_violations("makePet", {"name": "n"})) == {"": "Pet/required"}


ISSUE: dict[str, Any] = {"number": 1, "rate": 0.01, "user": {"login": "x"}, "labels": ["a", {"name": None}]}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, {}),
        ({"user": None, "parent": ISSUE}, {}),
        ({"number": 0, "rate": 0.001}, {"/number": "issue/properties/number/exclusiveMinimum",
                                        "/rate": "issue/properties/rate/multipleOf"}),
        ({"user": {"login": 1, "x": 1}}, {"/user/login": "user/properties/login/type"}),
        ({"labels": [{"x": 1}]}, {"/labels/0": "issue/properties/labels/items/oneOf/1/additionalProperties"}),
        ({"parent": ISSUE | {"x": 1}}, {"/parent": "issue/additionalProperties"}),
    ],
)  # fmt: skip
def test_issues(change: dict[str, Any], expected: dict[str, str]) -> None:
    assert places(ISSUES.response_violations("issues/get", 200, ISSUE | change, closed=True)) == expected


def test_files_beside_the_document_become_part_of_it() -> None:
    tree = {"kids": [{"leaf": "x"}, {"kids": [], "note": {"text": "t", "on": {"kids": []}}}]}
    assert TREE.response_violations("readTree", 200, tree, closed=True) == ()
    tree["kids"][1]["note"]["on"]["x"] = 1  # type: ignore[index,call-overload]
    [violation] = TREE.response_violations("readTree", 200, tree, closed=True)
    assert violation.pointer == "/kids/1/note/on"
    assert violation.schema_pointer == "/x-flowgauge-files/schemas~1node.yaml/additionalProperties"
    assert places(TREE.response_violations("readTree", 500, {"text": 1})) == {
        "/text": "/x-flowgauge-files/schemas~1shared.yaml/Note/properties/text/type"
    }
    content = TREE.root["paths"]["/tree"]["get"]["responses"]["200"]["content"]["application/json"]
    assert content["example"] == {"$ref": "is data here"}


@pytest.mark.parametrize(
    ("ref", "says"),
    [
        ("other.yaml", "there is no file other.yaml beside the document"),
        ("ftp://example.test/a.yaml#/X", "is neither a file nor an http or https URL"),
        ("api.yaml#/nothing", "#/nothing names nothing"),
        ("broken.yaml", "broken.yaml is not YAML"),
        ("a%00b", "names no file"),
        ("#anchor", "leads out of the document"),
    ],
)
def test_a_reference_that_cannot_be_followed_is_refused(tmp_path: Path, ref: str, says: str) -> None:
    path = tmp_path / "api.yaml"
    path.write_text(f'openapi: 3.1.0\npaths:\n  /a:\n    $ref: "{ref}"\n', encoding="utf-8")
    (tmp_path / "broken.yaml").write_text("{", encoding="utf-8")
    with pytest.raises(UsageError) as refusal:
        Document.read(path)
    assert says in str(refusal.value)
    assert "broken" in ref or "/paths/~1a/$ref" in str(refusal.value)


def test_the_orchestration_api_of_today_is_read_to_its_end() -> None:
    assert len(ORCHESTRATION.operations) == 18
    assert ORCHESTRATION.token_path is None
    assert all(op.is_secured for op in ORCHESTRATION.operations)
    empty = [op.id for op in ORCHESTRATION.operations if op.success == 204]
    assert empty == ["v2DeleteTrigger", "v2DeleteWorkflow", "v2SendEvent", "v2CancelEvent"]
    assert all(ORCHESTRATION.response_violations(name, 204, None, closed=True) == () for name in empty)
    assert ORCHESTRATION.operation("v2GetInstanceStageHistory").path_parameters == ("instanceID", "number")


TRIGGER = {"event": "e", "workflowID": "w", "id": "t", "createdAt": TIME, "vars": {"a": {"any": 1}}}
WALLET = {"type": "WALLET", "identifier": "i", "balance": "main"}
MONEY = {"asset": "USD/2", "amount": 2**80}


def stage(**given: Any) -> dict[str, Any]:
    """The history of a stage with one activity's input."""
    row = {"name": "n", "input": given, "terminated": True, "attempt": 1, "startedAt": TIME}
    return {"data": [row]}


def debit(destination: Any) -> dict[str, Any]:
    data = {"amount": MONEY, "metadata": {}, "destination": destination}
    return stage(DebitWallet={"id": "w", "data": data})


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("v2ReadTrigger", {"data": TRIGGER}, {}),
        ("v2ReadTrigger", {"data": TRIGGER | {"workflow": None}},
         {"/data": "V2Trigger/additionalProperties"}),
        ("v2ReadTrigger", {"data": TRIGGER | {"event": 1}},
         {"/data/event": "V2TriggerData/properties/event/type"}),
        ("v2GetInstanceStageHistory", debit(WALLET), {}),
        ("v2GetInstanceStageHistory", debit(WALLET | {"type": "ACCOUNT"}),
         {"/data/0/input/DebitWallet/data/destination": "V2LedgerAccountSubject/additionalProperties"}),
        # Two branches of the `oneOf` allow this; the one that it names decides.
        ("v2GetInstanceStageHistory", debit({"type": "ACCOUNT", "identifier": "i"}), {}),
        ("v2GetInstanceStageHistory", debit({"type": "x", "identifier": "i"}),
         {"/data/0/input/DebitWallet/data/destination/type": "V2Subject/discriminator"}),
        ("v2GetInstanceStageHistory", debit({"type": "WALLET", "identifier": "i", "balance": 1}),
         {"/data/0/input/DebitWallet/data/destination/balance": "V2WalletSubject/properties/balance/type"}),
        ("v2GetInstanceStageHistory", stage(Noop={}),
         {"/data/0/input": "V2WorkflowInstanceHistoryStageInput/additionalProperties"}),
        ("v2GetInstanceHistory",
         {"data": [{"name": "n", "input": {"amount": MONEY}, "terminated": False, "startedAt": TIME}]}, {}),
        ("v2GetInstanceHistory",
         {"data": [{"name": "n", "input": {"duration": "1s"}, "terminated": False, "startedAt": TIME}]}, {}),
        ("v2GetInstanceHistory",
         {"data": [{"name": "n", "input": {"seconds": 1}, "terminated": False, "startedAt": TIME}]},
         {"/data/0/input": "V2Stage/additionalProperties"}),
        ("v2ListWorkflows", {"cursor": {"pageSize": 15, "hasMore": False, "data": []}}, {}),
        ("v2ListWorkflows", {"cursor": {"pageSize": 1001, "hasMore": False, "data": [], "total": 1}},
         {"/cursor/pageSize": "V2ListWorkflowsResponse/properties/cursor/properties/pageSize/maximum",
          "/cursor": "V2ListWorkflowsResponse/properties/cursor/additionalProperties"}),
    ],
)  # fmt: skip
def test_what_servers_of_today_say(name: str, body: Any, expected: dict[str, str]) -> None:
    assert places(ORCHESTRATION.response_violations(name, 200, body, closed=True)) == expected
