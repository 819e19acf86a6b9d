"""The rules of journeys that are this edition's own: runs, with and without waiting for their end."""

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from flowgauge.contract.requests import ABSENT
from flowgauge.contract.traffic.journeys import Journeys, places
from flowgauge.editions.json_strategies import variables
from flowgauge.editions.v0.contract.strategies import configs, runnable_configs
from flowgauge.openapi import Json

__all__ = ["with_runs"]

# Long enough for a run to be seen on its way, short enough to wait for on a real clock.
_ON_ITS_WAY = {"stages": [{"echo": {"message": "${a}"}}, {"delay": {"duration": "40ms"}}, {"noop": {}}]}
_BOUND_TO_FAIL = {"stages": [{"fail": {"message": "no ${a}"}}, {"noop": {}}]}


def with_runs(journeys: type[Journeys]) -> type[Journeys]:
    """The machine with this edition's rules."""

    class RunJourneys(journeys):  # type: ignore[misc,valid-type]
        @initialize()
        def begin(self) -> None:
            """Two workflows, a run of the first."""
            self.restart()
            for config in (_ON_ITS_WAY, _BOUND_TO_FAIL):
                self._create_and_read(config)
            self.create("run", 0, {"a": "b"})

        @rule(config=configs() | runnable_configs())
        def create_workflow(self, config: Json) -> None:
            """Create, and read back."""
            self._create_and_read(config)

        @rule()
        def create_workflow_without_body(self) -> None:
            """The contract calls the body optional."""
            self._create_and_read(ABSENT)

        @rule(
            place=places,
            given=variables() | st.just(ABSENT),
            wait=st.sampled_from(["", "wait=true", "wait=false"]),
        )
        def create_run(self, place: int, given: Json, wait: str) -> None:
            """Start a run, with or without waiting for it."""
            self.create("run", place, given, query=wait)

        def _create_and_read(self, config: Json) -> None:
            made = self.create("workflow", 0, config)
            if made is None and config in (_ON_ITS_WAY, _BOUND_TO_FAIL):
                made = self.create("workflow", 0, self.probe.part.ordinary("createWorkflow"))
            if made is not None:
                self.probe.call("getFlow", made.ids)

    return RunJourneys
