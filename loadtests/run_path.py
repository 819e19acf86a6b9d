"""The run path: create a workflow, run it, poll until the run is over. Runs where no scenario is named."""

from flowgauge.load.locust_adapter.scenario import Scenario, journeys


class RunPath(Scenario):
    """Create, run, poll."""

    journey = staticmethod(journeys.run_path)
    is_default = True
