"""A world of another document, small and with a fault or two: pets that can be made, read and given away."""

from dataclasses import replace
from random import Random
from typing import Any

from flowgauge.edition import Edition, Resource
from flowgauge.openapi import Document
from flowgauge.reference import Access, Credential, FaultTable, Reply, World, WorldPart
from flowgauge.reference.fake.server import FakeServer
from flowgauge.reference.faults import ANY, FaultGroup, wrap, wrap_answer
from flowgauge.reference.world.inputs import Refused
from flowgauge.reference.world.world import RoutedRequest

TOKEN = "pet-token"
PETS = "/pets"
PET = {
    "type": "object",
    "required": ["tag", "name"],
    "properties": {"tag": {"type": "string"}, "name": {"type": "string"}},
}
WISH = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
OOPS = {"type": "object", "required": ["oops"], "properties": {"oops": {"type": "string"}}}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


PET_DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Pets", "version": "1"},
    "paths": {
        PETS: {
            "get": {
                "operationId": "listPets",
                "responses": {"200": _json({"type": "array", "items": PET}), "default": _json(OOPS)},
            },
            "post": {
                "operationId": "adoptPet",
                "requestBody": {**_json(WISH), "required": True},
                "responses": {"201": _json(PET), "default": _json(OOPS)},
            },
        },
        "/pets/{tag}": {
            "parameters": [{"name": "tag", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {"operationId": "readPet", "responses": {"200": _json(PET), "default": _json(OOPS)}},
            "delete": {"operationId": "giveAway", "responses": {"204": {}, "default": _json(OOPS)}},
        },
    },
}
PET_RESOURCE = Resource(
    kind="pet",
    ids={"readPet": "tag", "giveAway": "tag"},
    create="adoptPet",
    read="readPet",
    list="listPets",
    view=(),
    items=(),
    id="tag",
    kept={"/name": "/name"},
)


class PetWorld(World):
    """A shop of pets. It sells no tokens."""

    def __init__(self, access: Access, random: Random) -> None:
        super().__init__(PET_EDITION.document, access, random)
        self.pets: dict[str, str] = {}
        self.answers |= {
            "listPets": self.list_pets,
            "adoptPet": self.adopt,
            "readPet": self.read,
            "giveAway": self.give_away,
        }

    def reset(self) -> None:
        self.pets.clear()

    def kept(self) -> object:
        return dict(self.pets)

    def restore(self, kept: object) -> None:
        assert isinstance(kept, dict)
        self.pets = dict(kept)

    def error_body(self, message: str) -> Any:
        return {"oops": message}

    def shown(self, tag: str) -> dict[str, str]:
        return {"tag": tag, "name": self.pets[tag]}

    def list_pets(self, call: RoutedRequest) -> Reply:
        return self.ok([self.shown(tag) for tag in self.pets])

    def adopt(self, call: RoutedRequest) -> Reply:
        tag = self.new_id()
        self.pets[tag] = self.inputs.json_body(call.request)["name"]
        return self.created(self.shown(tag))

    def tag_of(self, call: RoutedRequest) -> str:
        if call.ids["tag"] not in self.pets:
            raise Refused(404, "no such pet")
        return call.ids["tag"]

    def read(self, call: RoutedRequest) -> Reply:
        return self.ok(self.shown(self.tag_of(call)))

    def give_away(self, call: RoutedRequest) -> Reply:
        del self.pets[self.tag_of(call)]
        return Reply(204, (), b"")


GROUP = FaultGroup[PetWorld]("seeded")


@GROUP.fault("nameless", ANY, "state", "Pets lose their names.", "FG-201 readPet")
def _(world: PetWorld) -> None:
    wrap(world.shown, lambda shown, tag: shown(tag) | {"name": ""})


@GROUP.fault("shouted", ANY, "state", "The names of pets are shouted.")
def _(world: PetWorld) -> None:
    wrap(world.shown, lambda shown, tag: {key: value.upper() for key, value in shown(tag).items()})


@GROUP.fault("adopted-200", "adoptPet", "status", "An adoption answers 200.", "FG-102")
def _(world: PetWorld) -> None:
    wrap_answer(world, "adoptPet", lambda answer, call: replace(answer(call), status=200))


PET_EDITION = Edition("pets", Document(PET_DOCUMENT), (PET_RESOURCE,))
PET_FAULTS: FaultTable[PetWorld] = FaultTable(GROUP)


class PetFake(FakeServer[PetWorld]):
    """The shop as a fake."""

    @property
    def edition(self) -> Edition:
        return PET_EDITION

    @property
    def fault_table(self) -> FaultTable[PetWorld]:
        return PET_FAULTS

    def new_world(self, access: Access, random: Random) -> PetWorld:
        return PetWorld(access, random)


PET_PART = WorldPart(edition=PET_EDITION, new_world=PetWorld, faults=PET_FAULTS, new_fake=PetFake)


def pet_world(*faults: str) -> PetWorld:
    """A shop without pets."""
    world = PetWorld(Access((Credential(TOKEN),)), Random(1))
    PET_FAULTS.install(world, faults)
    return world
