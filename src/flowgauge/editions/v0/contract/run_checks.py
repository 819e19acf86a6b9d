"""What a run shows: its statuses, in order, as its workflow's stages make them, and answered in time.

A run of a workflow that was not kept is as wrong as the workflow, which is a finding already: so a run is
judged by its workflow as it was sent, or, where it fits better, as the server shows it.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from flowgauge.contract.date_times import precision
from flowgauge.contract.findings.looking import look, looks
from flowgauge.contract.findings.sighting import Sighting, sighting
from flowgauge.contract.judging.knowledge import Knowledge, Record
from flowgauge.contract.judging.observer import shown_things
from flowgauge.contract.judging.reading import Reading
from flowgauge.contract.strict_json import ABSENT
from flowgauge.editions.v0.contract.progress_checks import is_over, seen_progress, seen_shape
from flowgauge.editions.v0.contract.stage_checks import Look, run_seconds, seen_stages
from flowgauge.openapi import Json
from flowgauge.results import Exchange

__all__ = ["seen_runs"]

# Below this a late answer may be the machine's fault.
SHORTEST_JUDGED_DELAY = 1.0
Stages = list[dict[str, Any]]


def seen_runs(reading: Reading, knowledge: Knowledge) -> Iterator[Sighting]:
    """Every known run that is shown: its statuses alone, since the last look, and by its stages."""
    if reading.resource is None or reading.resource.kind != "run":
        return
    for view, record in list(shown_things(reading, knowledge)):
        assert record.parent is not None
        is_start = record.created is reading.exchange
        shape = _fitting(record.parent, knowledge, partial(seen_shape, view, record))
        yield from shape
        if any(seen.wrong for seen in shape if seen.id in {"FG-404", "FG-405"}):
            # Statuses that are not those of the stages cannot be compared with anything.
            continue
        if not is_start:
            progress = list(seen_progress(view, record, reading.exchange))
            yield from progress
            if any(seen.is_stale and seen.wrong for seen in progress):
                continue
        in_time = partial(_seen_in_time, view, record, reading, knowledge)
        yield from _fitting(record.parent, knowledge, in_time)


def _seen_in_time(
    view: Json, record: Record, reading: Reading, knowledge: Knowledge, stages: Stages
) -> Iterator[Sighting]:
    """The stages went as they had to, and a start was answered at once, or with `wait` at the run's end."""
    variables = {} if record.sent is ABSENT else record.sent
    shown = Look(view, record, reading, stages, variables, knowledge)
    is_start = record.created is reading.exchange
    waits = is_start and reading.asked.parameters.get("wait") == "true"
    before = record.parent.creators if record.parent is not None else ()
    if waits:

        def wrong() -> str | None:
            return None if is_over(view["statuses"], len(stages)) else "the run is not over in the answer"

        yield look("FG-401", wrong, *before)
    yield from seen_stages(shown)
    if is_start:
        yield from looks(("FG-401", "FG-402"), _seen_start(shown, before, waits=waits))


def _seen_start(shown: Look, before: tuple[Exchange, ...], *, waits: bool) -> Iterator[Sighting]:
    seconds, elapsed = run_seconds(shown), shown.exchange.elapsed
    if seconds is None:
        return
    if waits:
        # Both ends may be written with few digits.
        early = elapsed < seconds - shown.tolerances.early - precision(shown.view["createdAt"])
        detail = f"answered after {elapsed:.3f} s, the stages take {seconds:.3f} s"
        yield sighting("FG-401", detail if early else None, *before)
    elif seconds >= SHORTEST_JUDGED_DELAY:
        late = elapsed >= 0.9 * seconds
        detail = f"answered after {elapsed:.3f} s, as if it had waited for {seconds:.3f} s of stages"
        yield sighting("FG-402", detail if late else None, *before)


def _fitting(
    workflow: Record, knowledge: Knowledge, check: Callable[[Stages], Iterator[Sighting]]
) -> list[Sighting]:
    """Check by the stages as they were sent, or, where it fits better, as the server shows them."""
    best = list(check(_stages(workflow.sent)))
    if not _wrong(best):
        return best
    if not workflow.is_read:
        knowledge.read_back(workflow)
    for other in workflow.readings:
        trial = list(check(_stages(other)))
        if len(_wrong(trial)) < len(_wrong(best)):
            best = trial
    return best


def _wrong(sightings: list[Sighting]) -> list[Sighting]:
    return [seen for seen in sightings if seen.wrong]


def _stages(config: Json) -> Stages:
    stages = config.get("stages") if isinstance(config, dict) else None
    return stages if isinstance(stages, list) else []
