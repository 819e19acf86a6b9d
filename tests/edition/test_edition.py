"""What an edition says of its document, and what it refuses to be built without."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from flowgauge.contract.judging.knowledge import Knowledge
from flowgauge.contract.judging.oracle import expectation
from flowgauge.contract.judging.tolerances import VIRTUAL
from flowgauge.contract.requests import AUTHORIZATION
from flowgauge.edition import Edition, Resource, member
from flowgauge.editions import edition_named, world_part, world_part_if_any
from flowgauge.errors import UsageError
from flowgauge.openapi import Document
from flowgauge.results import Request


def document(*paths: str, method: str = "get", success: str = "200") -> Document:
    """A document of operations that are called as their paths are written."""
    items: dict[str, Any] = {}
    for path in paths:
        names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
        parameters = [
            {"name": n, "in": "path", "required": True, "schema": {"type": "string"}} for n in names
        ]
        responses = {success: {"description": "well"}}
        items[path] = {method: {"operationId": path, "parameters": parameters, "responses": responses}}
    return Document({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": items})


# Where a run stands at the root, and a workflow has two names.
LATER = document(
    "/v2/workflows/{flowId}", "/v2/workflows/{workflowID}/instances", "/v2/instances/{instanceID}"
)
WORKFLOW = Resource(
    "workflow", ids={"/v2/workflows/{flowId}": "flowId", "/v2/workflows/{workflowID}/instances": "workflowID"}
)
INSTANCE = Resource("instance", ids={"/v2/instances/{instanceID}": "instanceID"})


def test_an_oracle_of_an_id_that_is_of_no_resource_cannot_be_built() -> None:
    with pytest.raises(UsageError, match=r"\{instanceID\} of /v2/instances/\{instanceID\} .*is of no"):
        Edition("v2", LATER, (WORKFLOW,))


def test_an_unknown_thing_at_the_root_deserves_404_and_never_a_guess() -> None:
    edition = Edition("v2", LATER, (WORKFLOW, INSTANCE))
    known = Knowledge(edition, is_exclusive=True, tolerances=VIRTUAL)
    request = Request("GET", "/v2/instances/none", (AUTHORIZATION,))
    assert expectation(request, known).statuses == {404}


def test_one_thing_may_have_several_names_in_paths() -> None:
    edition = Edition("v2", LATER, (WORKFLOW, INSTANCE))
    for path in WORKFLOW.ids:
        operation = edition.operation(path)
        assert edition.takes(operation) == {"workflow"}
        assert edition.document.matched(operation.url_path(edition.values_of(operation, {"workflow": "w/1"})))


@pytest.mark.parametrize(
    ("resources", "says"),
    [
        (
            (replace(WORKFLOW, ids={**WORKFLOW.ids, "/v2/instances/{instanceID}": "id"}),),
            "no path parameter 'id'",
        ),
        ((WORKFLOW, replace(INSTANCE, parent="flow")), "below flow, which is no kind"),
    ],
)
def test_what_does_not_fit_the_document_is_refused(resources: tuple[Resource, ...], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        Edition("v2", LATER, resources)


def test_a_parameter_that_is_no_id_is_named_as_such() -> None:
    edition = Edition("pages", document("/pages/{number}"), plain=frozenset({"number"}))
    assert edition.takes(edition.operation("/pages/{number}")) == {"number"}
    with pytest.raises(UsageError):
        Edition("pages", document("/pages/{number}"))


def test_the_seeds_edition_knows_each_of_its_operations() -> None:
    edition = edition_named("v0")
    roles = {op.id: edition.role_of(op.id) for op in edition.operations}
    assert [name for name, role in roles.items() if role is None] == [edition.greeting]
    run = edition.resource("run")
    assert [above.kind for above in edition.ancestors(run)] == ["workflow"]
    assert edition.kinds_in(edition.operation(run.read or "")) == (("workflow", "flowId"), ("run", "runId"))


def test_there_is_no_other_edition() -> None:
    with pytest.raises(UsageError, match="no edition 'v9'"):
        edition_named("v9")


def test_a_file_is_an_edition_with_what_stands_beside_it(tmp_path: Path) -> None:
    named = []
    for name in ("cups", "plates"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "title.py").write_text(f"TITLE = {name!r}\n")
        (folder / "edition.py").write_text(
            "from flowgauge.edition import Edition\n"
            "from flowgauge.openapi import Document\n"
            "def edition():\n"
            "    from .title import TITLE\n"
            "    return Edition(TITLE, Document({'openapi': '3.1.0', 'info': {}, 'paths': {}}))\n"
        )
        named.append(str(folder / "edition.py"))
    assert [edition_named(path).name for path in named] == ["cups", "plates"]
    assert world_part_if_any(named[0]) is None
    with pytest.raises(UsageError, match="no server of its own"):
        world_part(named[0])


def test_member_follows_names_and_finds_nothing_where_there_is_none() -> None:
    value = {"cursor": {"data": [1]}}
    assert member(value, ("cursor", "data")) == [1]
    assert member(value, ()) == value
    assert member(value, ("cursor", "data", "x")) is None
    assert member(None, ("cursor",)) is None
