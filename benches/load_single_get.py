"""Scenarios of the load benches: one GET a journey, or four in a row."""

from flowgauge.load.locust_adapter.scenario import Scenario, journeys


def single_get(route: journeys.Route, tally: object) -> journeys.Journey:  # noqa: ARG001 - a journey's signature
    """One request."""
    yield route.templates["info"].call()


def four_gets(route: journeys.Route, tally: object) -> journeys.Journey:  # noqa: ARG001 - a journey's signature
    """Four requests in a row, as many as the run path has."""
    for _ in range(4):
        yield route.templates["info"].call()


class SingleGet(Scenario):
    """One GET."""

    journey = staticmethod(single_get)
    is_default = True


class FourGets(Scenario):
    """Four GETs."""

    journey = staticmethod(four_gets)
