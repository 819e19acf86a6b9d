"""A tab in Locust's web UI with the true percentiles, the bracket and the generator's lateness.

Locust's page draws the tabs and tables that its template arguments name, from what stands under
`extended_stats` in its own statistics answer.
"""

from collections.abc import Callable
from typing import Any

from flask import Response, request

from flowgauge.load.engine.buckets import BucketCounts
from flowgauge.load.runs.merged_intervals import MergedIntervals
from flowgauge.results.measures import label_of

__all__ = ["add_tab", "rows_of"]

KEY, CSV = "flowgauge", "/flowgauge/percentiles.csv"
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
        lines = [",".join(_COLUMNS), *(",".join(f'"{row[key]}"' for key in _COLUMNS) for row in rows())]
        return Response("\n".join(lines) + "\n", mimetype="text/csv")

    web_ui.app.after_request(extend)
    web_ui.app.add_url_rule(CSV, "flowgauge_percentiles", download)
