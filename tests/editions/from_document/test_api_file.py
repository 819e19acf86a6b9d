"""`flowgauge.toml`: what was inferred is written there, read back, and corrected; mistakes are named."""

import json
from pathlib import Path
from typing import Any

import pytest

from flowgauge.contract.requests import Forbidden
from flowgauge.editions import contract_part, from_openapi, inference_of, load_part
from flowgauge.editions.from_document.api_text import api_text
from flowgauge.editions.from_document.inference import inferred
from flowgauge.errors import UsageError
from flowgauge.openapi import Document
from flowgauge.results import Request

from .cups import DOCUMENT
from .queues import document

V0 = Path(__file__).parents[3] / "src/flowgauge/editions/v0/openapi.yaml"
TOY = Path(__file__).parents[2] / "toy/openapi.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "openapi.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    return tmp_path


def written(folder: Path, *changes: tuple[str, str]) -> str:
    """The path of the file that is written for the cups, with something replaced."""
    text = api_text(inferred(Document(DOCUMENT), "cups"), "openapi.json")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / "flowgauge.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("parts", [("limit", "offset"), ("page", "per_page")])
def test_counted_parts_are_read_back_as_they_were(tmp_path: Path, parts: tuple[str, ...]) -> None:
    described = document(*parts)
    (tmp_path / "openapi.json").write_text(json.dumps(described), encoding="utf-8")
    plain = inferred(Document(described), "queues")
    path = tmp_path / "flowgauge.toml"
    path.write_text(api_text(plain, "openapi.json"), encoding="utf-8")
    assert inference_of(str(path)).edition.resources == plain.edition.resources
    assert plain.edition.resource("job").steps is not None


def test_what_must_be_another_for_each_is_read_back_too(tmp_path: Path) -> None:
    described = document(tells="body")
    (tmp_path / "openapi.json").write_text(json.dumps(described), encoding="utf-8")
    plain = inferred(Document(described), "queues")
    path = tmp_path / "flowgauge.toml"
    path.write_text(api_text(plain, "openapi.json"), encoding="utf-8")
    read = inference_of(str(path))
    assert read.edition.resources == plain.edition.resources
    assert [thing.unique for thing in read.edition.resources if thing.create == "makeQueue"] == [("/id",)]
    path.write_text(path.read_text("utf-8").replace('told_by = "body"', 'told_by = "me"'), encoding="utf-8")
    inference_of.cache_clear()
    with pytest.raises(UsageError, match="is none of view, location, body"):
        inference_of(str(path))


@pytest.mark.parametrize("source", [V0, TOY])
def test_what_is_written_is_read_back_as_it_was(tmp_path: Path, source: Path) -> None:
    (tmp_path / "openapi.yaml").write_text(source.read_text("utf-8"), encoding="utf-8")
    plain = inferred(Document.read(source), "openapi.yaml")
    path = tmp_path / "flowgauge.toml"
    path.write_text(api_text(plain, "openapi.yaml"), encoding="utf-8")
    read = inference_of(str(path))
    assert read.edition.resources == plain.edition.resources
    assert (read.edition.greeting, read.edition.plain) == (plain.edition.greeting, plain.edition.plain)
    assert read.left_alone == plain.left_alone
    assert from_openapi(source).resources == plain.edition.resources


def test_what_may_harm_the_whole_server_is_left_alone() -> None:
    assert set(inferred(Document(DOCUMENT), "cups").left_alone) == {"shutDown", "breakAll"}


@pytest.mark.parametrize(
    ("method", "target", "headers", "is_held_back"),
    [
        ("POST", "/shutdown", (), True),
        ("POST", "//SHUTDOWN/", (), True),
        ("POST", "/shutdown%2Fnow", (), True),
        ("DELETE", "/cups", (), True),
        ("DELETE", "/cups/", (), True),
        ("GET", "/shutdown", (), True),
        ("GET", "/cups/", (), False),
        ("GET", "/cups", (("X-HTTP-Method-Override", "DELETE"),), True),
        ("GET", "/cups?_method=DELETE", (), True),
        ("GET", "/cups", (), False),
        ("OPTIONS", "/shutdown", (), False),
        ("DELETE", "/cups/7", (), False),
        ("POST", "/cups", (), False),
    ],
)
def test_nothing_that_could_reach_them_is_sent(
    method: str, target: str, headers: Any, is_held_back: bool
) -> None:
    found = inferred(Document(DOCUMENT), "cups")
    assert (Request(method, target, headers) in Forbidden(found.edition, found.left_alone)) is is_held_back


def test_corrections_are_taken(folder: Path) -> None:
    path = written(
        folder,
        ('created_at = "created"\n', ""),
        ("unique = []", 'unique = ["/label"]'),
        ("[left_alone]", '[operations.make]\nbody = { label = "tea" }\n\n[left_alone]\nall = "slow"'),
        ('list = "all"\n', ""),
    )
    part = contract_part(path)
    [cup] = part.edition.resources
    assert (cup.created_at, cup.list, cup.kept) == (None, None, {"/label": "/label"})
    assert part.ordinary("make") == {"label": "tea"}
    assert part.numbered("make", 7) == {"label": "tea-7"}
    assert set(part.left_alone) == {"all", "shutDown", "breakAll"}
    assert set(load_part(path).operations.values()) == {"make", "read", "drop"}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("[things.cup]", "[thinks.cup]", "`thinks` is an unknown key"),
        ('read = "read"', 'raed = "read"', "`things.cup.raed` is an unknown key"),
        ('read = "read"', 'read = "reed"', "`things.cup.read` names 'reed', which is no operation of"),
        ('read = "read"', 'read = "all"', "`things.cup.read` is all, and its path /cups has not the id"),
        ('path = "/cups/{id}"', 'path = "/cups"', "`things.cup.path` is no path of one thing"),
        ('path = "/cups/{id}"', "", "`things.cup` has no `path`"),
        ('id = "id"', "id = 7", "`things.cup.id` is not a text"),
        ("unique = []", 'unique = "/label"', "`things.cup.unique` is not a list of texts"),
        ('shutDown = "', 'shutUp = "', "`left_alone.shutUp` names 'shutUp', which is no operation of"),
        ("weights = { read = 6", "weights = { read = -1", "`load.weights.read` is not a number from 0 on"),
        (
            "[left_alone]",
            "[operations.make]\nbody = { label = 7 }\n[left_alone]",
            "`operations.make.body` is no legal body: /label",
        ),
        ('document = "openapi.json"', "", "`document` names no OpenAPI document"),
        ("[left_alone]", 'steps = { start = "offset" }\n[left_alone]', "`things.cup.steps` has no `size`"),
        (
            "[left_alone]",
            'steps = { size = "limit", start = "offset", first = "0" }\n[left_alone]',
            "`things.cup.steps.first` is not a whole number",
        ),
        ('delete = "drop"', 'delete = "drop"\nparent = "shelf"', "`things.cup.parent` is 'shelf', and there"),
    ],
)
def test_a_mistake_is_refused_by_its_key_and_line(folder: Path, old: str, new: str, says: str) -> None:
    path = written(folder, (old, new))
    with pytest.raises(UsageError) as refusal:
        contract_part(path)
    message = str(refusal.value)
    assert says in message
    if "document" not in says:
        assert "flowgauge.toml, line " in message
        if new:
            number = int(message.partition("line ")[2].partition(":")[0])
            line = Path(path).read_text("utf-8").splitlines()[number - 1]
            assert line in {*new.splitlines(), "[things.cup]"} or new in line


def test_what_is_no_toml_is_said_so(folder: Path) -> None:
    path = folder / "flowgauge.toml"
    path.write_text("document = openapi", encoding="utf-8")
    with pytest.raises(UsageError, match="is not TOML"):
        inference_of(str(path))
    with pytest.raises(UsageError, match="does not exist"):
        inference_of(str(folder / "other.toml"))
