"""What a fake keeps, for tests to fill and to look into."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flowgauge.errors import UsageError
from flowgauge.openapi import Json
from flowgauge.reference.world.clock import VirtualClock
from flowgauge.reference.world.inputs import Refused
from flowgauge.reference.world.store import Flow
from flowgauge.reference.world.wire import decoded, encoded
from flowgauge.reference.world.world import World

__all__ = ["FakeClock", "Snapshot", "Store", "copied"]

_DEPTH = 100
# The first instant of the year 9999: date-times have four digits for it, and runs go on for a while.
_END = 253_370_764_800.0


class FakeClock(VirtualClock):
    """A virtual clock that can be looked at without moving it.

    Raises UsageError for a time that it cannot show.
    """

    def __init__(self, start: float, *, tick: float = 0.0) -> None:
        super().__init__(_shown(start), tick=tick)

    def advance(self, seconds: float) -> None:
        """Move on. Raises UsageError for a negative step."""
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds >= 0:
            raise UsageError(f"time does not run backwards, and moves by seconds, not {seconds!r}")
        self.advance_to(self._now + seconds)

    def advance_to(self, instant: float) -> None:
        """Move on to `instant`, where that is later than now."""
        super().advance_to(_shown(instant))

    @property
    def instant(self) -> float:
        """Seconds since the epoch."""
        return self._now

    @property
    def hand(self) -> "FakeClock":
        """A copy that moves by itself."""
        return FakeClock(self._now, tick=self._tick)


def _shown(instant: float) -> float:
    if isinstance(instant, bool) or not isinstance(instant, int | float) or not 0 <= instant < _END:
        raise UsageError(
            f"a fake's clock cannot show {instant!r}", hint="seconds since the epoch, up to the year 9999"
        )
    return instant


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of a fake at one moment; `Fake.restore` takes it back."""

    flows: Mapping[str, Flow]
    randomness: Any
    clock: FakeClock


def copied(flows: Mapping[str, Flow]) -> dict[str, Flow]:
    """The same workflows and runs; neither side sees what is added to the other."""
    return {f.id: Flow(f.id, f.stages, f.created, list(f.runs), dict(f.runs_by_id)) for f in flows.values()}


class Store:
    """Fills a world past its door, and shows what is in it as the API would."""

    def __init__(self, world: World, clock: FakeClock) -> None:
        self._world = world
        self._clock = clock

    def create_flow(self, stages: Sequence[Mapping[str, Any]]) -> dict[str, Json]:
        """Register a workflow. Raises UsageError for stages that the API would refuse."""
        try:
            # As over the wire: a copy, in the very types that JSON has.
            config = decoded(encoded({"stages": list(stages)}), max_depth=_DEPTH)
            flow = self._world.new_flow(self._world.inputs.stages_of(config), self._clock())
        except (Refused, ValueError, TypeError) as error:
            raise UsageError(
                f"these are no stages: {error}", hint='a list of objects, [{"noop": {}}]'
            ) from None
        self._world.flows[flow.id] = flow
        return self._world.views.flow(flow, flow.created)

    def create_run(self, flow_id: str, variables: Mapping[str, str]) -> dict[str, Json]:
        """Start a run. Raises UsageError for an unknown workflow, or variables that are no strings."""
        flow = self._flow(flow_id)
        try:
            named = self._world.inputs.variables_of(dict(variables))
        except Refused as error:
            raise UsageError(error.message) from None
        run = self._world.new_run(flow, named, self._clock())
        flow.runs.append(run)
        flow.runs_by_id[run.id] = run
        return self._world.views.run(run, run.started)

    def flows(self) -> list[dict[str, Json]]:
        """All workflows, newest first."""
        now = self._clock.instant
        return [self._world.views.flow(flow, now) for flow in reversed(self._world.flows.values())]

    def runs(self, flow_id: str) -> list[dict[str, Json]]:
        """All runs of a workflow as they stand now, newest first. Raises UsageError."""
        now = self._clock.instant
        return [self._world.views.run(run, now) for run in reversed(self._flow(flow_id).runs)]

    def run(self, flow_id: str, run_id: str) -> dict[str, Json]:
        """One run as it stands now. Raises UsageError where it is not there."""
        run = self._flow(flow_id).runs_by_id.get(run_id)
        if run is None:
            raise UsageError(f"the fake has no run {run_id!r} of {flow_id!r}")
        return self._world.views.run(run, self._clock.instant)

    def _flow(self, flow_id: str) -> Flow:
        flow = self._world.flows.get(flow_id)
        if flow is None:
            raise UsageError(f"the fake has no workflow {flow_id!r}", hint="create_flow() makes one")
        return flow
