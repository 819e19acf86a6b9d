"""Scenarios of the load benches: one GET a journey, or four in a row."""

from dataclasses import replace

from flowgauge.editions import load_part
from flowgauge.load.engine.iteration import Journey
from flowgauge.load.engine.tally import Tally
from flowgauge.load.journeys.context import JourneyContext
from flowgauge.load.locust_adapter.scenario import LoadScenario


def single_get(context: JourneyContext, tally: Tally) -> Journey:  # noqa: ARG001 - a journey's signature
    """One request."""
    yield context.templates["info"].call()


def four_gets(context: JourneyContext, tally: Tally) -> Journey:  # noqa: ARG001 - a journey's signature
    """Four requests in a row, as many as the run path has."""
    for _ in range(4):
        yield context.templates["info"].call()


PART = replace(load_part("v0"), journeys={"single_get": single_get, "four_gets": four_gets})


class SingleGet(LoadScenario):
    """One GET."""

    part, journey = PART, "single_get"
    is_default = True


class FourGets(LoadScenario):
    """Four GETs."""

    part, journey = PART, "four_gets"
