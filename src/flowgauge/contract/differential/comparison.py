"""The traffic of a comparison: a sample of what the suites send, the same for the same seed."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from random import Random

from flowgauge.contract.asking import OutOfTime
from flowgauge.contract.differential.contrasts import Cause, Contrast
from flowgauge.contract.differential.twin import Twin
from flowgauge.contract.edition_part import ContractPart, Scenario
from flowgauge.contract.probe import Probe
from flowgauge.contract.target import Capability
from flowgauge.contract.traffic import malformed
from flowgauge.contract.traffic.credentials import with_authorizations
from flowgauge.contract.traffic.deletes import delete_each_kind
from flowgauge.contract.traffic.exploration import fix_generation, run_machine
from flowgauge.contract.traffic.identities import identities
from flowgauge.contract.traffic.journeys import journeys_of
from flowgauge.contract.traffic.page_walk import read_all_again, read_first_lists
from flowgauge.contract.traffic.repetition import fill_and_walk
from flowgauge.results import Request

__all__ = ["compare"]

Family = Callable[[ContractPart, Mapping[str, str]], Iterator[Request]]
_FAMILIES: Mapping[str, Family] = {
    "ids": identities,
    "bodies": malformed.bodies_of,
    "media types": malformed.media_of,
    "queries": malformed.queries_of,
    "methods": malformed.methods_of,
}
_STEPS = 20
# A list of so many things is walked, page by page.
_FEW = 5


def compare(twin: Twin, *, seed: int, examples: int, say: Callable[[str], None]) -> None:
    """Send all of it to both, `examples` requests or journeys of each sort; `say` is told what comes next.

    What is found stands in the twin. Nothing more is sent after the twin's deadline.
    """
    fix_generation(seed)
    for name, send in _parts(twin, seed, examples):
        if twin.is_late:
            return
        say(name)
        twin.begin()
        try:
            send()
        except OutOfTime:
            return


def _parts(twin: Twin, seed: int, examples: int) -> Iterator[tuple[str, Callable[[], None]]]:
    part, can_write = twin.part, twin.can(Capability.WRITE)
    yield "first lists", partial(read_first_lists, twin)
    yield "ordinary requests", partial(_ordinary, twin)
    if can_write:
        yield "what is executed", partial(_settle_abilities, twin)
        # The first of them is always one without steps.
        journeys, steps = 2 + examples // _STEPS, _STEPS
        machine = journeys_of(twin)
        yield "journeys", partial(run_machine, machine, examples=journeys, steps=steps, seed=f"{seed}")
        for scenario in part.scenarios if twin.part.edition is twin.other.edition else ():
            if not _lacks(twin, scenario):
                yield scenario.name, partial(scenario.run, twin)
    for name, family in _FAMILIES.items():
        yield name, partial(_send, twin, family, Random(f"{seed} {name}"), examples)
    if twin.can(Capability.AUTHENTICATION):
        yield (
            "credentials",
            partial(_send, twin, with_authorizations, Random(f"{seed} credentials"), examples),
        )
    yield "unknown paths", partial(_send, twin, _unknown_paths, Random(f"{seed} paths"), examples)
    if can_write:
        yield "pages", partial(fill_and_walk, twin, _FEW)
        yield "deletes", partial(delete_each_kind, twin)


def _ordinary(twin: Twin) -> None:
    """Each operation as anybody would call it, but for those that delete."""
    _send_all(twin, twin.part.ordinary_requests(twin.existing()))


def _unknown_paths(part: ContractPart, real: Mapping[str, str]) -> Iterator[Request]:  # noqa: ARG001 - a family
    return malformed.paths(part)


def _send(twin: Twin, family: Family, random: Random, examples: int) -> None:
    real = twin.existing()
    requests = [*family(twin.part, real)]
    chosen = sorted(random.sample(range(len(requests)), min(examples, len(requests))))
    _send_all(twin, (requests[place] for place in chosen))
    read_all_again(twin, real)


def _send_all(twin: Twin, requests: Iterator[Request]) -> None:
    for request in requests:
        twin.send(request)


def _lacks(twin: Twin, scenario: Scenario) -> bool:
    """Whether a scenario cannot be sent to both."""
    needs = set(scenario.needs) - {Capability.EXECUTION}
    is_guarded = scenario.guard is not None and not twin.can(Capability.EXCLUSIVE)
    return is_guarded or not twin.can(*needs)


def _settle_abilities(twin: Twin) -> None:
    """Foretell of both what both were seen to do; what one alone does is a difference."""
    find = twin.part.abilities
    if twin.can(Capability.EXECUTION) or find is None or twin.edition is not twin.other.edition:
        return
    ours = find(Probe(twin.target, twin.recorder, twin.part))
    theirs = find(Probe(twin.other.target, twin.other.recorder, twin.other.part))
    twin.knowledge.abilities = twin.other.knowledge.abilities = ours & theirs
    for name in sorted(ours ^ theirs):
        side = "A" if name in ours else "B"
        cause = Cause(f"what is executed: {name}", f"{side} alone does it", False)
        twin.causes.note("", Contrast(cause, str(name in ours).lower(), str(name in theirs).lower()), "")
