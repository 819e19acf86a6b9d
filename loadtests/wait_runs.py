"""Runs that the server answers when they are over (wait=true): locust -f loadtests/ WaitRuns."""

from flowgauge.load.locust_adapter.scenario import Scenario, journeys


class WaitRuns(Scenario):
    """Create, run and wait."""

    journey = staticmethod(journeys.waiting_run_path)
