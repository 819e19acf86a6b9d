"""A load of things that clients name, where the answer to a create shows nothing."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from flowgauge.editions.from_document.cases import part_of
from flowgauge.editions.from_document.inference import inferred
from flowgauge.editions.from_document.load import load_of_things
from flowgauge.errors import ExitCode, UsageError
from flowgauge.load.edition_part import LoadPart
from flowgauge.load.engine.iteration import CallResult, Journey
from flowgauge.load.engine.tally import Tally
from flowgauge.load.journeys.findings import CountedFindings
from flowgauge.load.journeys.verification import Verification
from flowgauge.load.transport.wire import Wire, WireCall
from flowgauge.openapi import Document
from flowgauge.results import read_load_run

from .cups import TEXT, answers

BOX = {"type": "object", "required": ["name"], "properties": {"name": TEXT}}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "boxes", "version": "1"},
    "paths": {
        "/boxes": {
            "post": {
                "operationId": "make",
                "requestBody": {"required": True, "content": {"application/json": {"schema": BOX}}},
                "responses": answers({"type": "object"}),
            },
        },
        "/boxes/{name}": {
            "parameters": [{"name": "name", "in": "path", "required": True, "schema": TEXT}],
            "get": {"operationId": "read", "responses": answers(BOX)},
            "delete": {"operationId": "drop", "responses": {"204": {"description": "-"}}},
        },
    },
}


class Boxes(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    boxes: dict[str, Any]
    made: list[str]
    forgets: bool

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
        """Nothing is logged."""

    def said(self, status: int, value: Any = None) -> None:
        content = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self) -> None:
        box = self.boxes.get(self.path.removeprefix("/boxes/"))
        self.said(404, {}) if box is None else self.said(200, box)

    def do_DELETE(self) -> None:
        self.said(204 if self.boxes.pop(self.path.removeprefix("/boxes/"), None) else 404)

    def do_POST(self) -> None:
        box = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if box["name"] in self.boxes:
            self.said(409, {})
            return
        self.made.append(box["name"])
        if not self.forgets or len(self.made) % 2:
            self.boxes[box["name"]] = box
        self.said(200, {})


@pytest.fixture(params=[False, True], ids=["sound", "forgets"])
def server(request: pytest.FixtureRequest) -> Iterator[ThreadingHTTPServer]:
    handler = type("Kept", (Boxes,), {"boxes": {}, "made": [], "forgets": request.param})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as made:
        made.daemon_threads = True
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def test_things_are_made_under_names_of_their_own_and_found_again(
    server: ThreadingHTTPServer, tmp_path: Path
) -> None:
    (tmp_path / "openapi.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    toml = 'document = "openapi.json"\n[load]\nweights = { delete = 0.5 }\n'
    (tmp_path / "flowgauge.toml").write_text(toml, encoding="utf-8")
    url = f"http://127.0.0.1:{server.server_port}"
    words = [
        "load",
        "--url",
        url,
        "--duration",
        "2s",
        "--rate",
        "10",
    ]
    command = [sys.executable, "-m", "flowgauge", *words]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode in {ExitCode.PASSED, ExitCode.FAILED, ExitCode.INVALID}, done.stdout + done.stderr
    run = read_load_run(tmp_path / "reports/out")
    assert run.counters["things.made"] == 20, done.stdout + done.stderr
    assert "box_read.latency" in run.histograms
    if server.RequestHandlerClass.forgets:  # type: ignore[attr-defined]
        # A read that follows finds nothing: an error of the load; what is not there at the end is lost.
        assert "FG-1001" in {finding.id for finding in run.findings}, done.stdout + done.stderr
        assert done.returncode == ExitCode.FAILED
    else:
        assert (run.failed, [finding.id for finding in run.findings]) == (0, []), done.stdout
        assert done.returncode in {ExitCode.PASSED, ExitCode.INVALID}


@pytest.mark.parametrize(
    ("schema", "is_loaded"),
    [(TEXT, True), ({"type": "string", "format": "uuid"}, False), ({"type": "integer"}, False)],
    ids=["text", "uuid", "integer"],
)
def test_names_that_cannot_be_told_apart_are_left_alone(schema: dict[str, str], is_loaded: bool) -> None:
    described = json.loads(json.dumps(DOCUMENT).replace(json.dumps(TEXT), json.dumps(schema)))
    part = part_of(inferred(Document(described), "boxes"))
    [box] = part.edition.resources
    assert (box.told_by, box.unique) == ("body", ("/name",))
    if is_loaded:
        assert "box_create" in load_of_things(part, {}, None).operations
        return
    with pytest.raises(UsageError, match="nothing that a load could make"):
        load_of_things(part, {}, None)


def test_what_was_given_out_again_is_shown_once_with_how_often() -> None:
    part = load_of_things(part_of(inferred(Document(DOCUMENT), "boxes")), {"delete": 0}, None)
    context = part.context(Wire("http://host", None))
    tally = context.tally()
    played(part.journeys["things"](context, tally), tally)
    [box] = context.acknowledged.sampled
    for _ in range(1_000):
        context.acknowledged.note(box)
    verification = Verification(context, CountedFindings("http://host"), must_be_over=False)
    first, *others = part.questions(verification, 10)
    assert len(others) == 10
    assert played(first, tally) == ["box_read"]
    (finding,) = verification.found.findings()
    assert (finding.id, finding.operation, finding.count) == ("FG-1002", "read", 1_000)


def nested(*, deletes: bool) -> LoadPart:
    """Boxes with lids, and bags beside them; only boxes can be deleted."""
    lid = {"name": "lid", "in": "path", "required": True, "schema": TEXT}
    paths: dict[str, Any] = json.loads(json.dumps(DOCUMENT["paths"]))
    box, [name] = paths["/boxes"]["post"], paths["/boxes/{name}"]["parameters"]
    paths["/bags"] = {"post": box | {"operationId": "makeBag"}}
    paths["/bags/{name}"] = {
        "parameters": [name],
        "get": {"operationId": "readBag", "responses": answers(BOX)},
    }
    paths["/boxes/{name}/lids"] = {"parameters": [name], "post": box | {"operationId": "makeLid"}}
    read = {"operationId": "readLid", "responses": answers(BOX)}
    paths["/boxes/{name}/lids/{lid}"] = {"parameters": [name, lid], "get": read}
    part = part_of(inferred(Document(DOCUMENT | {"paths": paths}), "boxes"))
    return load_of_things(part, {"delete": float(deletes)}, None)


@pytest.mark.parametrize(
    ("deletes", "kept"), [(True, {"bag"}), (False, {"bag", "box", "lid"})], ids=["deleted", "kept"]
)
def test_what_stands_below_a_deleted_thing_is_not_asked_for(deletes: bool, kept: set[str]) -> None:
    """It may go with it; what stands beside it must not."""
    part = nested(deletes=deletes)
    context = part.context(Wire("http://host", None))
    tally = context.tally()
    calls = played(part.journeys["things"](context, tally), tally)
    assert {"box_create", "lid_create", "bag_create"} <= set(calls)
    assert ("box_delete" in calls) == deletes
    assert {thing.kind for thing in context.acknowledged.sampled} == kept


def test_the_id_of_a_thing_is_given_out_twice_whatever_stands_beside_it() -> None:
    part = nested(deletes=False)
    context = part.context(Wire("http://host", None))
    tally = context.tally()
    played(part.journeys["things"](context, tally), tally)
    played(part.journeys["things"](context, tally), tally)
    first, second = (thing for thing in context.acknowledged.sampled if thing.kind == "bag")
    assert first.ids.keys() == second.ids.keys() == {"bag"}
    assert {thing.kind: [*thing.ids] for thing in context.acknowledged.sampled}["lid"] == ["box", "lid"]


def played(journey: Journey, tally: Tally) -> list[str]:
    """The calls of a journey all of which succeed."""
    calls, answer = [], None
    while True:
        try:
            call = journey.send(answer)
        except StopIteration:
            return calls
        assert isinstance(call, WireCall)
        calls.append(call.name)
        operation = tally.operations[call.name]
        answer = CallResult(min(operation.successes), b"{}", 0.0, 0.0, 0.0, None, operation)
