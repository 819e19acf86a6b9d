"""The machinery of worlds, on a document of another kind: it knows no edition."""

import json
from typing import Any

import pytest
from pet_world import PETS, TOKEN, PetWorld, pet_world

from flowgauge.reference import Reply, WorldRequest

UNSENT = object()


def ask(world: PetWorld, method: str, path: str, body: Any = UNSENT, *, token: str | None = TOKEN) -> Reply:
    headers = [("content-type", "application/json")] if body is not UNSENT else []
    headers += [("authorization", f"Bearer {token}")] if token else []
    sent = b"" if body is UNSENT else json.dumps(body).encode()
    return world.handle(WorldRequest(method, path, headers=tuple(headers), body=sent), 0.0)


def adopted(world: PetWorld, name: str) -> str:
    return str(json.loads(ask(world, "POST", PETS, {"name": name}).body)["tag"])


def test_a_request_finds_its_operation_in_the_document() -> None:
    world = pet_world()
    tag = adopted(world, "Rex")
    assert json.loads(ask(world, "GET", f"{PETS}/{tag}").body) == {"tag": tag, "name": "Rex"}
    assert ask(world, "DELETE", f"{PETS}/{tag}").status == 204
    assert ask(world, "GET", f"{PETS}/{tag}").status == 404


@pytest.mark.parametrize(
    ("method", "path", "token", "status"),
    [
        ("GET", "/nowhere", TOKEN, 404),
        ("PUT", PETS, TOKEN, 405),
        ("GET", PETS, None, 401),
        ("GET", f"{PETS}/x", TOKEN, 404),
        ("POST", "/api/auth/oauth/token", TOKEN, 404),
    ],
)
def test_every_refusal_has_the_body_that_the_edition_gives_it(
    method: str, path: str, token: str | None, status: int
) -> None:
    reply = ask(pet_world(), method, path, token=token)
    assert (reply.status, list(json.loads(reply.body))) == (status, ["oops"])


def test_the_methods_are_those_of_the_document() -> None:
    world = pet_world()
    assert dict(ask(world, "OPTIONS", f"{PETS}/x").headers) == {"allow": "DELETE, GET, HEAD, OPTIONS"}
    assert dict(ask(world, "PUT", PETS).headers)["allow"] == "GET, HEAD, OPTIONS, POST"
    head, get = ask(world, "HEAD", PETS), ask(world, "GET", PETS)
    assert (head.status, head.body, head.head_only) == (200, get.body, True)


def test_what_was_kept_can_be_restored() -> None:
    world = pet_world()
    tag = adopted(world, "Rex")
    kept = world.kept()
    adopted(world, "Tom")
    world.restore(kept)
    assert world.pets == {tag: "Rex"}
    world.reset()
    assert json.loads(ask(world, "GET", PETS).body) == []
