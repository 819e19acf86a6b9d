"""The rules of journeys that are this edition's own: instances, events, aborts, tests of triggers."""

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from flowgauge.contract.requests import ABSENT
from flowgauge.contract.traffic.journeys import Journeys, places
from flowgauge.editions.json_strategies import variables
from flowgauge.editions.v2.contract.strategies import configs, runnable_configs
from flowgauge.openapi import Json

__all__ = ["with_instances", "with_trigger_tests"]

# Long enough for an instance to be seen on its way, short enough to wait for on a real clock.
_ON_ITS_WAY = {"stages": [{"noop": {}}, {"delay": {"duration": "40ms"}}, {"noop": {}}]}
_WAITING = {"name": "waiting", "stages": [{"wait_event": {"event": "flowgauge"}}, {"noop": {}}]}
_EVENTS = ("flowgauge", "other", "")


def with_instances(journeys: type[Journeys]) -> type[Journeys]:
    """The machine with rules of instances."""
    return _with_sent(_with_started(journeys))


def with_trigger_tests(journeys: type[Journeys]) -> type[Journeys]:
    """The machine with rules of instances, and of what triggers make of events."""

    class TestingJourneys(with_instances(journeys)):  # type: ignore[misc]
        @rule(place=places, event=st.sampled_from([{"kind": "invoice", "id": "17"}, {"kind": "x"}, {}]))
        def test_trigger(self, place: int, event: Json) -> None:
            """What it makes of an event."""
            if record := self.thing("trigger", place):
                self.probe.call("testTrigger", record.ids, body=event)

    return TestingJourneys


def _with_started(journeys: type[Journeys]) -> type[Journeys]:
    """With rules that make workflows and instances."""

    class StartingJourneys(journeys):  # type: ignore[misc,valid-type]
        @initialize()
        def begin(self) -> None:
            """Two workflows, an instance of each, a trigger of the last."""
            self.restart()
            for place, config in enumerate((_ON_ITS_WAY, _WAITING)):
                self._create_and_read(config)
                self.create("instance", place, {"a": "1ms"})
            self.create("trigger", 0, self.probe.part.ordinary("v2CreateTrigger"))

        @rule(config=configs() | runnable_configs())
        def create_workflow(self, config: Json) -> None:
            """Create, and read back."""
            self._create_and_read(config)

        @rule(
            place=places,
            given=variables() | st.just({"a": "1ms"}) | st.just(ABSENT),
            wait=st.sampled_from(["", "wait=true", "wait=false"]),
        )
        def create_instance(self, place: int, given: Json, wait: str) -> None:
            """Start an instance, with or without waiting for it."""
            self.create("instance", place, given, query=wait)

        def _create_and_read(self, config: Json) -> None:
            made = self.create("workflow", 0, config)
            if made is None and config in (_ON_ITS_WAY, _WAITING):
                made = self.create("workflow", 0, self.probe.part.ordinary("v2CreateWorkflow"))
            if made is not None:
                self.probe.call("v2GetWorkflow", made.ids)

    return StartingJourneys


def _with_sent(journeys: type[Journeys]) -> type[Journeys]:
    """With rules that send something to what is there, and look at it."""

    class SendingJourneys(journeys):  # type: ignore[misc,valid-type]
        @rule(place=places, name=st.sampled_from(_EVENTS))
        def send_event(self, place: int, name: str) -> None:
            """Whoever waits for it goes on."""
            if record := self.thing("instance", place):
                self.probe.call("v2SendEvent", record.ids, body={"name": name})
                self.probe.call("v2GetInstance", record.ids)

        @rule(place=places)
        def abort(self, place: int) -> None:
            """Whatever it does, it is over."""
            if record := self.thing("instance", place):
                self.probe.call("v2CancelEvent", record.ids)
                self.probe.call("v2GetInstance", record.ids)

        @rule(place=places)
        def history(self, place: int) -> None:
            """What it went through."""
            if record := self.thing("instance", place):
                self.probe.call("v2GetInstanceHistory", record.ids)

    return SendingJourneys
