"""Nine readings for each run, of workflows made beforehand: locust -f loadtests/ ReadHeavy."""

from flowgauge.editions import load_part
from flowgauge.load.locust_adapter.scenario import LoadScenario


class ReadHeavy(LoadScenario):
    """List and get."""

    part, journey = load_part("v0"), "read_heavy"
    also = (load_part("v1"), load_part("v2"))
    defaults = {"reuse_flows": 20}  # noqa: RUF012 - read, never changed
