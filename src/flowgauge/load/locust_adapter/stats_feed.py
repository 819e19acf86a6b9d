"""Locust's own tables, filled once a second from our histograms, without its rounding.

Locust rounds what it records through `log`; entries that are merged in (`StatsEntry.extend`, as for a
worker's report) keep their keys, so its percentiles come out as exact as ours.
"""

import time
from collections.abc import Mapping
from typing import Any

from flowgauge.load.engine.buckets import highest_of
from flowgauge.load.engine.tally import Interval
from flowgauge.results.measures import FAILED, LATENCY, SHED, histogram_name

__all__ = ["feed"]


def feed(stats: Any, interval: Interval, methods: Mapping[str, str]) -> None:
    """Add one interval to Locust's `RequestStats`; `methods` are those of the short names."""
    now = time.time()
    for name, method in methods.items():
        requests = interval.figures.get(f"{name}.requests", 0)
        if not requests:
            continue
        entry = stats.entries[name, method]
        addition = type(entry)(stats, name, method)
        failures = sum(interval.errors.get(name, {}).values())
        addition.num_requests = requests
        addition.num_failures = failures
        addition.last_request_timestamp = now
        addition.num_reqs_per_sec[int(now)] = requests
        addition.total_content_length = interval.figures.get(f"{name}.bytes_in", 0)
        if failures:
            addition.num_fail_per_sec[int(now)] = failures
        for kind in (LATENCY, SHED, FAILED):
            for bucket, count in interval.counts.get(histogram_name(name, kind), {}).items():
                milliseconds = highest_of(bucket) / 1e3
                addition.response_times[milliseconds] += count
                addition.total_response_time += milliseconds * count
        if addition.response_times:
            addition.min_response_time = min(addition.response_times)
            addition.max_response_time = max(addition.response_times)
        entry.extend(addition)
        stats.total.extend(addition)
        for kind, count in interval.errors.get(name, {}).items():
            _error(stats, method, name, kind).occurrences += count


def _error(stats: Any, method: str, name: str, kind: str) -> Any:
    errors = stats.errors
    key = f"{method} {name} {kind}"
    if key not in errors:
        # Locust's own class, found without importing Locust: what `log_error` makes.
        probe = type(stats)(use_response_times_cache=False)
        probe.log_error(method, name, kind)
        errors[key] = next(iter(probe.errors.values()))
        errors[key].occurrences = 0
    return errors[key]
