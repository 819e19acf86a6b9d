"""What a day brings, with bursts: locust -f loadtests/ Mixed."""

from flowgauge.editions import load_part
from flowgauge.load.locust_adapter.scenario import LoadScenario


class Mixed(LoadScenario):
    """Six in ten walk the run path, three read, one waits; arrivals at random."""

    part, journey = load_part("v0"), "mixed"
    also = (load_part("v1"), load_part("v2"))
    defaults = {"plan": "poisson 50/s"}  # noqa: RUF012 - read, never changed
