"""Nine readings for each run, of workflows made beforehand: locust -f loadtests/ ReadHeavy."""

from flowgauge.load.locust_adapter.scenario import Scenario, journeys


class ReadHeavy(Scenario):
    """List and get."""

    journey = staticmethod(journeys.read_heavy)
    defaults = {"reuse_flows": 20}  # noqa: RUF012 - read, never changed
