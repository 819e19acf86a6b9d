"""Two servers asked the same: what is each server's own is no difference, what one of them breaks is."""

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from pet_world import PET_PART, PET_RESOURCE, PetWorld

from flowgauge.contract.differential.comparison import compare
from flowgauge.contract.differential.translation import Translation
from flowgauge.contract.differential.twin import Twin
from flowgauge.contract.edition_part import ContractPart
from flowgauge.contract.judging.reading import asked
from flowgauge.contract.targets.world import WorldTarget
from flowgauge.correspondence import Correspondence
from flowgauge.edition import Edition
from flowgauge.editions import contract_part, edition_named, world_part
from flowgauge.reference import Access, WorldPart
from flowgauge.reference.faults import wrap, wrap_answer
from flowgauge.reference.world.inputs import Refused
from flowgauge.results import Request

# As they stand in the answers: bare.
PET = replace(PET_RESOURCE, is_constant=True)
PETS = ContractPart(Edition("pets", PET_PART.edition.document, (PET,)))


Change = Callable[[PetWorld], None]


def shop(*changes: Change, seed: int = 1, faults: tuple[str, ...] = ()) -> WorldTarget:
    """A shop of pets that was changed."""

    def changed(access: Access, random: Random) -> PetWorld:
        world = PetWorld(access, random)
        for change in changes:
            change(world)
        return world

    part = WorldPart(edition=PET_PART.edition, new_world=changed, faults=PET_PART.faults)
    return WorldTarget(part, seed=seed, faults=faults)


def twin_of(a: WorldTarget, b: WorldTarget) -> Twin:
    return Twin(a, b, PETS, PETS)


def compared(twin: Twin, *, seed: int = 1, examples: int = 5) -> Twin:
    compare(twin, seed=seed, examples=examples, say=lambda _: None)
    assert twin.compared > 50
    return twin


def told(twin: Twin) -> tuple[list[str], list[str]]:
    """What counts, and what does not, but for findings."""
    return tuple(
        [f"{cause.place}: {cause.kind}" for cause, _ in twin.causes.told(free=free)] for free in (False, True)
    )  # type: ignore[return-value]


def found(twin: Twin) -> tuple[list[str], list[str]]:
    """The findings of each side alone."""
    return tuple([finding.id for finding in findings] for findings in twin.one_sided())  # type: ignore[return-value]


def own_ids(world: PetWorld) -> None:
    wrap(world.new_id, lambda new_id: f"pet_{new_id()[:13]}")


def newest_first(world: PetWorld) -> None:
    world.answers["listPets"] = lambda call: world.ok([world.shown(tag) for tag in reversed(world.pets)])


def other_words(world: PetWorld) -> None:
    wrap(world.error_body, lambda error_body, message: {"oops": f"sorry: {message}"})


def other_spelling(world: PetWorld) -> None:
    wrap(world.shown, lambda shown, tag: dict(reversed(shown(tag).items())))


@pytest.mark.parametrize("dress", [own_ids, newest_first, other_words, other_spelling])
def test_a_sound_server_in_another_dress_is_the_same(dress: Change) -> None:
    twin = compared(twin_of(shop(), shop(dress, seed=2)))
    assert (found(twin), told(twin)[0]) == (([], []), [])
    assert told(twin)[1] == (["/oops: other words"] if dress is other_words else [])


def legs(number: int) -> Change:
    return lambda world: wrap(world.shown, lambda shown, tag: shown(tag) | {"legs": number})


def empty_list(world: PetWorld) -> None:
    world.answers["listPets"] = lambda call: world.ok([])


def eaten(world: PetWorld) -> None:
    def read(call: Any) -> Any:
        world.tag_of(call)
        raise Refused(500, "it was eaten")

    world.answers["readPet"] = read


@pytest.mark.parametrize(
    ("change", "finding"), [(empty_list, "FG-202"), (eaten, "FG-101"), (legs(4), "FG-106")]
)
@pytest.mark.parametrize("is_swapped", [False, True])
def test_what_one_side_breaks_is_told_of_it(change: Change, finding: str, is_swapped: bool) -> None:
    both = [shop(), shop(change, seed=2)]
    sides = found(compared(twin_of(*both[:: -1 if is_swapped else 1])))
    assert set(sides[0 if is_swapped else 1]) == {finding}
    assert sides[1 if is_swapped else 0] == []


def test_what_both_break_is_no_difference() -> None:
    twin = compared(twin_of(*(shop(seed=seed, faults=("adopted-200",)) for seed in (1, 2))))
    assert twin.recorder.findings()
    assert (found(twin), told(twin)) == (([], []), ([], []))


def test_a_thing_that_reads_otherwise_counts() -> None:
    twin = compared(twin_of(shop(legs(4)), shop(legs(3), seed=2)))
    assert told(twin) == (["pet/legs: another value"], [])
    [(_, seen)] = twin.causes.told(free=False)
    assert set(seen.operations) == {"adoptPet", "readPet", "listPets"}
    assert (seen.first.at_a, seen.first.at_b) == ("4", "3")


def bad_request_for_a_media_type(world: PetWorld) -> None:
    def read(json_body: Any, request: Any) -> Any:
        try:
            return json_body(request)
        except Refused as refused:
            raise Refused(400, refused.message) from None

    wrap(world.inputs.json_body, read)


def test_another_refusal_of_what_has_to_be_refused_is_left_open() -> None:
    twin = compared(twin_of(shop(), shop(bad_request_for_a_media_type, seed=2)))
    assert (found(twin), told(twin)[0]) == (([], []), [])
    assert "status of a media type: 415 at A, 400 at B" in told(twin)[1]


def fed_after(seconds: float) -> Change:
    def change(world: PetWorld) -> None:
        since: dict[str, float] = {}

        def read(answer: Any, call: Any) -> Any:
            tag = call.ids["tag"]
            is_fed = call.now >= since.setdefault(tag, call.now) + seconds
            return world.ok(world.shown(tag) | {"fed": is_fed}) if tag in world.pets else answer(call)

        wrap_answer(world, "readPet", read)

    return change


def test_what_was_under_way_is_asked_for_again() -> None:
    twin = compared(twin_of(shop(fed_after(0.0)), shop(fed_after(0.1), seed=2)))
    assert told(twin) == ([], [])
    assert [cause.place for cause in twin.passing.seen] == ["pet/fed"]


def test_the_same_seed_sends_the_same() -> None:
    def sent(seed: int) -> list[tuple[str, bytes | None]]:
        twin = twin_of(shop(), shop(seed=2))
        seen: list[tuple[str, bytes | None]] = []
        send = twin.target.send
        twin.target.send = lambda request: (  # type: ignore[method-assign]
            seen.append((request.target, request.body)),
            send(request),
        )[1]
        compared(twin, seed=seed)
        return seen

    assert sent(1) == sent(1) != sent(2)


@pytest.mark.parametrize("faults", [(), ("2026-abort-does-nothing",)])
def test_what_no_finding_tells_shows_in_what_is_read(faults: tuple[str, ...]) -> None:
    part = contract_part("v2")
    a, b = (WorldTarget(world_part("v2"), seed=seed, faults=faults[: seed - 1]) for seed in (1, 2))
    twin = Twin(a, b, part, part)
    twin.begin()
    next(scenario for scenario in part.scenarios if scenario.name == "aborts").run(twin)
    assert ("instance/terminated: another value" in told(twin)[0]) == bool(faults)
    assert bool(told(twin)[0]) == bool(faults)


def test_a_list_without_pages_shows_more_and_is_no_difference() -> None:
    a, b = (WorldTarget(world_part(name), seed=1) for name in ("v1", "v2"))
    twin = Twin(a, b, contract_part("v1"), contract_part("v2"))
    twin.begin()
    for _ in range(17):
        twin.ordinary("workflow")
    twin.call("listWorkflows")
    assert (found(twin), told(twin), twin.not_compared) == (([], []), ([], []), 0)


def test_two_editions_of_one_server() -> None:
    ours, theirs = edition_named("v1"), edition_named("v2")
    way = Translation(ours, theirs)
    assert way.operations["getInstance"].id == "v2GetInstance"
    assert len(way.operations) == len(ours.operations)
    ask = Request("GET", "/api/orchestration/instances/a?b=c", ())
    assert way.translated(asked(ours, ask)) is None, "v2 has no such parameter"
    way.pairs.pair("11111111-1111", "22222222-2222")
    ask = Request(
        "POST", "/api/orchestration/workflows/11111111-1111/instances", (), b'{"of":"11111111-1111"}'
    )
    there = way.translated(asked(ours, ask))
    assert there is not None
    assert there.target == "/api/orchestration/v2/workflows/22222222-2222/instances"
    assert there.body == b'{"of":"22222222-2222"}'


@pytest.mark.parametrize(
    ("live", "fake", "text", "there"),
    [
        ("abcdefgh", "zz", "/x/abcdefgh?c=abcdefgh1", "/x/zz?c=zz1"),
        ("abcdefgh", "zz", "/x/%61bcdefgh/%61%62%63%64%65%66%67%68", "/x/%7Az/%7a%7a"),
        ("a+c/efgh", "b+d/", "?c=a%2Bc%2Fefgh", "?c=b%2Bd%2F"),
        ("1", "7", "/v1/pets/1?size=10&of=1", "/v1/pets/7?size=10&of=7"),
    ],
)
def test_ids_are_translated_wherever_they_stand(live: str, fake: str, text: str, there: str) -> None:
    pairs = Correspondence()
    assert pairs.pair(live, fake)
    assert pairs.translated(text) == there
