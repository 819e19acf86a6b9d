"""What a day brings, with bursts: locust -f loadtests/ Mixed."""

from flowgauge.load.locust_adapter.scenario import Scenario, journeys


class Mixed(Scenario):
    """Six in ten walk the run path, three read, one waits; arrivals at random."""

    journey = staticmethod(journeys.mixed)
    defaults = {"plan": "poisson 50/s"}  # noqa: RUF012 - read, never changed
