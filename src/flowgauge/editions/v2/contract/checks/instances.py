"""What an instance shows: by itself, since the last look, and by its stages.

An instance of a workflow that was not kept is as wrong as the workflow, which is a finding already: where the
server shows other stages than were sent, nothing is foretold.
"""

from collections.abc import Iterator

from flowgauge.contract.findings.looking import looks
from flowgauge.contract.findings.sighting import Sighting
from flowgauge.contract.judging.knowledge import Knowledge
from flowgauge.contract.judging.observer import shown_things
from flowgauge.contract.judging.reading import Reading
from flowgauge.editions.v2.contract.checks.life import seen_life, seen_progress
from flowgauge.editions.v2.contract.checks.look import InstanceLook, stages_of
from flowgauge.editions.v2.contract.checks.stages import seen_outcome, seen_start, seen_statuses

__all__ = ["seen_instances"]


def seen_instances(reading: Reading, knowledge: Knowledge) -> Iterator[Sighting]:
    """Every known instance that an answer shows."""
    if reading.resource is None or reading.resource.kind != "instance":
        return
    for view, record in list(shown_things(reading, knowledge)):
        look = InstanceLook(view, record, reading, knowledge)
        yield from looks((), seen_life(look))
        progress = list(looks((), seen_progress(look)))
        yield from progress
        if any(seen.is_stale and seen.wrong for seen in progress) or record.parent is None:
            continue
        by_stages = [
            *looks(("FG-404", "FG-405", "FG-411"), seen_statuses(look)),
            *looks(("FG-406", "FG-407", "FG-408", "FG-410"), seen_outcome(look)),
            *looks(("FG-401", "FG-402"), seen_start(look)),
        ]
        if any(seen.wrong for seen in by_stages) and not record.parent.is_read:
            knowledge.read_back(record.parent)
        if stages_of(record) is not None:
            yield from by_stages
