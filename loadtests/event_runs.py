"""Instances that wait for an event: locust -f loadtests/ --flowgauge-edition v2 EventRuns."""

from flowgauge.editions import load_part
from flowgauge.load.locust_adapter.scenario import LoadScenario


class EventRuns(LoadScenario):
    """Create, run, send the event, poll. Only for editions that have events."""

    part, journey = load_part("v2"), "event_run_path"
    also = (load_part("v1"),)
