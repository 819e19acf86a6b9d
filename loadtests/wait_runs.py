"""Runs that the server answers when they are over (wait=true): locust -f loadtests/ WaitRuns."""

from flowgauge.editions import load_part
from flowgauge.load.locust_adapter.scenario import LoadScenario


class WaitRuns(LoadScenario):
    """Create, run and wait."""

    part, journey = load_part("v0"), "waiting_run_path"
    also = (load_part("v1"), load_part("v2"))
