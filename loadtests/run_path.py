"""The run path: create a workflow, run it, poll until the run is over. Runs where no scenario is named."""

from flowgauge.editions import load_part
from flowgauge.load.locust_adapter.scenario import LoadScenario


class RunPath(LoadScenario):
    """Create, run, poll."""

    part, journey = load_part("v0"), "run_path"
    also = (load_part("v1"), load_part("v2"))
    is_default = True
