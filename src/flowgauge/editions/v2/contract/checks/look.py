"""One look at an instance: how an answer shows it, and what it was told to do."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flowgauge.contract.date_times import moment
from flowgauge.contract.judging.knowledge import Knowledge, Record
from flowgauge.contract.judging.reading import Reading
from flowgauge.contract.strict_json import ABSENT
from flowgauge.editions.stage_outcomes import Prediction
from flowgauge.editions.v2.contract.prediction import predicted
from flowgauge.openapi import Json
from flowgauge.results import Exchange

__all__ = ["InstanceLook", "stages_of"]


@dataclass(frozen=True, slots=True)
class InstanceLook:
    """One look."""

    view: Json
    record: Record
    reading: Reading
    knowledge: Knowledge

    @property
    def exchange(self) -> Exchange:
        """The exchange that shows it."""
        return self.reading.exchange

    @property
    def is_start(self) -> bool:
        """Whether this is the answer to its start."""
        return self.exchange is self.record.created

    @property
    def waits(self) -> bool:
        """Whether its start was to be answered at its end."""
        return "wait=true" in self.record.created.request.target

    @property
    def before(self) -> tuple[Exchange, ...]:
        """The exchanges that made it: what it must do follows from them alone."""
        return tuple(exchange for exchange in self.record.creators if exchange is not self.exchange)

    @property
    def statuses(self) -> list[dict[str, Any]]:
        """Those of its stages, where they are shown."""
        return self.view.get("status") or []

    @property
    def prediction(self) -> Prediction:
        """What it must do; nothing is known of one to which something was sent."""
        stages = stages_of(self.record)
        if stages is None or self.record.is_touched:
            return Prediction((None,))
        variables = {} if self.record.sent is ABSENT else self.record.sent
        begun = moment(self.statuses[0]["startedAt"]) if self.statuses else None
        return predicted(stages, variables, start=begun, abilities=self.knowledge.abilities)

    @property
    def age(self) -> float:
        """How many seconds it surely went on, when this was asked; 0 for the start itself.

        When an instance begins nothing promises: it shows by its first stage. Of one that was waited for
        nothing is late.
        """
        started = self.record.created
        if self.is_start:
            return 0.0
        if self.waits:
            return self.exchange.sent_at - started.sent_at
        late = 0.0
        if self.statuses:
            made, begun = moment(self.view["createdAt"]), moment(self.statuses[0]["startedAt"])
            late = max(0.0, begun - made) if begun is not None and made is not None else math.inf
        return self.exchange.sent_at - started.received_at - late - self.knowledge.tolerances.lateness


def stages_of(record: Record) -> Sequence[Any] | None:
    """What an instance was told to do, or None where the server shows its workflow otherwise."""
    workflow = record.parent
    if workflow is None or workflow.readings or workflow.is_touched:
        return None
    stages = workflow.sent.get("stages") if isinstance(workflow.sent, dict) else None
    return stages if isinstance(stages, list) else None
