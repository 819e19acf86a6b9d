"""A fake of any world: what the machinery does for workflows it does for pets."""

import httpx
import pytest
from pet_world import PET_PART, PETS, PetFake

from flowgauge.contract.targets.fake import FakeTarget
from flowgauge.contract.targets.world import WorldTarget
from flowgauge.contract.tokens import TOKEN
from flowgauge.errors import UsageError
from flowgauge.fake import RequestMismatch
from flowgauge.results import Request


def client_of(fake: PetFake) -> httpx.Client:
    return httpx.Client(transport=fake.transport(), base_url=fake.url, headers=fake.headers)


def test_it_answers_as_its_world_and_remembers_the_operations() -> None:
    fake = PetFake()
    with client_of(fake) as client:
        tag = client.post(PETS, json={"name": "Rex"}).json()["tag"]
        assert client.get(f"{PETS}/{tag}").json() == {"tag": tag, "name": "Rex"}
        assert client.delete(f"{PETS}/{tag}").status_code == 204
    fake.assert_called("adoptPet", times=1, body={"name": "Rex"})
    assert [call.operation for call in fake.journal] == ["adoptPet", "readPet", "giveAway"]
    with pytest.raises(UsageError, match="no operation 'listFlows'"):
        fake.assert_called("listFlows")


@pytest.mark.parametrize(
    ("body", "told"), [({"nam": "Rex"}, "- /name: expected"), (None, "the operation requires one")]
)
def test_a_request_is_held_to_its_own_document(body: object, told: str) -> None:
    fake = PetFake()
    with client_of(fake) as client, pytest.raises(RequestMismatch) as raised:
        client.post(PETS, json=body) if body else client.post(PETS)
    assert told in str(raised.value)
    assert "nearest: adoptPet, POST /pets" in str(raised.value)


def test_a_planned_failure_has_the_editions_own_error() -> None:
    fake = PetFake()
    fake.fail_next("listPets", status=503)
    with client_of(fake) as client:
        assert client.get(PETS).json() == {"oops": "planned failure 503"}
        assert client.get(PETS).json() == []


def test_it_comes_back_to_a_snapshot() -> None:
    fake = PetFake()
    before = fake.snapshot()
    with client_of(fake) as client:
        first = client.post(PETS, json={"name": "Rex"}).json()
        fake.restore(before)
        assert client.get(PETS).json() == []
        assert client.post(PETS, json={"name": "Rex"}).json() == first


def test_its_named_faults_can_be_switched_on() -> None:
    fake = PetFake(faults=["adopted-200"])
    with client_of(fake) as client:
        assert client.post(PETS, json={"name": "Rex"}).status_code == 200
    with pytest.raises(UsageError, match="no fault named"):
        PetFake(faults=["create-200"])


@pytest.mark.parametrize("kind", [FakeTarget, WorldTarget])
def test_the_suites_can_ask_it(kind: type[FakeTarget | WorldTarget]) -> None:
    target = kind(PET_PART, faults=["nameless"], seed=3)
    response = target.send(Request("GET", PETS, (("Authorization", f"Bearer {TOKEN}"),))).response
    assert response is not None
    assert (response.status, response.body) == (200, b"[]")
    assert str(target.identity).endswith(" with nameless")
