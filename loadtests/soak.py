"""The run path, slowly and for long, to see what leaks: locust -f loadtests/ --headless Soak."""

from flowgauge.editions import load_part
from flowgauge.load.locust_adapter.scenario import LoadScenario


class Soak(LoadScenario):
    """The run path for an hour, unless --plan or -t says otherwise."""

    part, journey = load_part("v0"), "run_path"
    also = (load_part("v1"), load_part("v2"))
    defaults = {"plan": "soak 20/s for 1h", "warm_up": "10s"}  # noqa: RUF012 - read, never changed
