"""The run path, slowly and for long, to see what leaks: locust -f loadtests/ --headless Soak."""

from flowgauge.load.locust_adapter.scenario import Scenario, journeys


class Soak(Scenario):
    """The run path for an hour, unless --plan or -t says otherwise."""

    journey = staticmethod(journeys.run_path)
    defaults = {"plan": "soak 20/s for 1h", "warm_up": "10s"}  # noqa: RUF012 - read, never changed
