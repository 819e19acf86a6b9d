"""Locust's own users, for comparison: paced to one request a second each, or as fast as they can."""

import json
import sys
import time
from typing import Any

from locust import FastHttpUser, HttpUser, constant_throughput, events, task

PATH = "/api/orchestration/_info"
BEGUN: dict[str, float] = {}


class FastPaced(FastHttpUser):
    """FastHttpUser, one request a second each."""

    wait_time = constant_throughput(1)

    @task
    def get(self) -> None:
        """One request."""
        self.client.get(PATH)


class HttpPaced(HttpUser):
    """HttpUser, one request a second each."""

    wait_time = constant_throughput(1)

    @task
    def get(self) -> None:
        """One request."""
        self.client.get(PATH)


class FastClosed(FastHttpUser):
    """FastHttpUser, one request after another."""

    @task
    def get(self) -> None:
        """One request."""
        self.client.get(PATH)


class HttpClosed(HttpUser):
    """HttpUser, one request after another."""

    @task
    def get(self) -> None:
        """One request."""
        self.client.get(PATH)


@events.spawning_complete.add_listener
def _begin(**_: Any) -> None:
    BEGUN.setdefault("cpu", time.process_time())


@events.test_stopping.add_listener
def _end(environment: Any, **_: Any) -> None:
    """Say how much processor time the requests took, without the start of Locust."""
    cpu = time.process_time() - BEGUN["cpu"]
    total = environment.stats.total
    percentiles = {str(p): total.get_response_time_percentile(p / 100) for p in (50, 90, 95, 99, 99.9)}
    line = {
        "requests": total.num_requests,
        "failed": total.num_failures,
        "cpu": cpu,
        "percentiles": percentiles,
    }
    sys.stdout.write("PEER " + json.dumps(line) + "\n")
