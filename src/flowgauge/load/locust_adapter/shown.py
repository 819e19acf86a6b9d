"""What Locust itself shows, filled from our histograms: its tables, and a tab in its web UI.

Locust rounds what it records through `log`; entries that are merged in (`StatsEntry.extend`, as for a
worker's report) keep their keys, so its percentiles come out as exact as ours.

The tab has the true percentiles, the bracket and the generator's lateness.
Locust's page draws the tabs and tables that its template arguments name, from what stands under
`extended_stats` in its own statistics answer.
"""

import argparse
import gc
import time
from collections.abc import Callable, Mapping
from typing import Any

import gevent
from flask import Response, request

from flowgauge.inert import csv_cell
from flowgauge.load.engine.buckets import BucketCounts, highest_of
from flowgauge.load.engine.tally import Interval
from flowgauge.load.runs.merged_intervals import MergedIntervals
from flowgauge.results.measures import FAILED, LATENCY, SHED, histogram_name, label_of

__all__ = ["add_tab", "end_csv_writer", "feed", "is_history_shown", "keep_no_history", "rows_of"]

KEY, CSV = "flowgauge", "/flowgauge/percentiles.csv"
# Seconds; Locust's rates are those of the last twelve.
_LOOKED_BACK = 60
_PERCENTS = {f"p{percent:g}".replace(".", "_"): percent for percent in (50, 90, 95, 99, 99.9)}
_COLUMNS = {
    "measure": "Measure (ms from the moment it was due)",
    "count": "# counted",
    **{key: f"p{percent:g}" for key, percent in _PERCENTS.items()},
    "max": "Max",
}


def rows_of(intervals: MergedIntervals) -> list[dict[str, str | int]]:
    """One row a measure: how many were counted, and the percentiles in milliseconds."""
    rows = []
    for measure in sorted(intervals.whole.counts, key=lambda name: ("." not in name, name)):
        seen = BucketCounts(intervals.whole.counts[measure])
        row: dict[str, str | int] = {"measure": label_of(measure), "count": seen.count}
        values = {key: seen.percentile(percent) for key, percent in _PERCENTS.items()} | {"max": seen.maximum}
        rows.append(row | {key: f"{(value or 0.0) * 1e3:.3f}" for key, value in values.items()})
    return rows


def add_tab(web_ui: Any, intervals: Callable[[], MergedIntervals | None]) -> None:
    """Add the tab to Locust's web UI; `intervals` gives that of the current run, if there is one."""
    structure = [{"key": key, "title": title} for key, title in _COLUMNS.items()]
    web_ui.template_args["extended_tabs"] = [{"title": "True percentiles", "key": KEY}]
    web_ui.template_args["extended_tables"] = [{"key": KEY, "structure": structure}]
    web_ui.template_args["extended_csv_files"] = [{"href": CSV, "title": "Download true percentiles CSV"}]

    def rows() -> list[dict[str, str | int]]:
        current = intervals()
        return rows_of(current) if current is not None else []

    def extend(response: Response) -> Response:
        if request.path.endswith("/stats/requests") and response.is_json:
            extended = {"extended_stats": [{"key": KEY, "data": rows()}]}
            response.set_data(web_ui.app.json.dumps((response.get_json() or {}) | extended))
        return response

    def download() -> Response:
        cells = (",".join(csv_cell(str(row[key])) for key in _COLUMNS) for row in rows())
        lines = [",".join(_COLUMNS), *cells]
        return Response("\n".join(lines) + "\n", mimetype="text/csv")

    web_ui.app.after_request(extend)
    web_ui.app.add_url_rule(CSV, "flowgauge_percentiles", download)


def end_csv_writer() -> None:
    """End the greenlet that writes Locust's CSV files: Locust closes them under it, and then it breaks."""
    for each in gc.get_objects():
        if isinstance(each, gevent.Greenlet):
            writer = getattr(getattr(each, "_run", None), "__self__", None)
            if type(writer).__name__ == "StatsCSVFileWriter":
                each.kill()


def is_history_shown(web_ui: Any, options: argparse.Namespace) -> bool:
    """Whether Locust shows more than totals: its web UI and page draw each second, CSV and JSON list it."""
    return bool(web_ui or options.html_file or options.csv_prefix or options.json or options.json_file)


def keep_no_history(stats: Any) -> None:
    """Where nobody is shown more than the totals: keep Locust's `RequestStats` from growing with the run.

    Locust keeps twenty copies of each table of times, which grows with every duration that is new, and two
    numbers of every second for good.
    """
    stats.use_response_times_cache = stats.total.use_response_times_cache = False


def _forget_seconds(entry: Any, now: float) -> None:
    for table in (entry.num_reqs_per_sec, entry.num_fail_per_sec):
        for second in [second for second in table if second < now - _LOOKED_BACK]:
            del table[second]


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
        for sum_of in (entry, stats.total):
            sum_of.extend(addition)
            if not stats.use_response_times_cache:
                _forget_seconds(sum_of, now)
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
