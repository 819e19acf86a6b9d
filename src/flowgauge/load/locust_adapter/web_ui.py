"""Locust's web UI: refuses what the command line refuses, in the same words, and offers the metrics.

Its form leads with the number of users and their ramp, which change nothing here: they stay out of sight. The
options of the load stand in a part of the page that is folded up at first, and is unfolded.
"""

import logging
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from flask import Response, jsonify, request

from flowgauge.errors import FlowgaugeError, UsageError
from flowgauge.inert import inert
from flowgauge.load.locust_adapter.shown import add_tab
from flowgauge.load.runs.live_metrics import LiveMetrics
from flowgauge.load.runs.merged_intervals import MergedIntervals
from flowgauge.load.runs.settings import flag_of, options
from flowgauge.redaction import without_known_secrets

__all__ = ["extend", "form_values"]

LOG = logging.getLogger(__name__)
METRICS = "/metrics"
_OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
_IDLE = ("userCount", "spawnRate")
_OFF_THE_PAGE = ("run_folder", "flowgauge_")
_NOTHING: Mapping[str, Any] = MappingProxyType({})
_STYLE = (
    "<style>"
    + ",".join(f'.MuiFormControl-root:has(input[name="{name}"])' for name in _IDLE)
    + "{display:none}</style>"
)
# The page is drawn by a script of its own: each time its form appears, the options are unfolded once.
_SCRIPT = """<script>
new MutationObserver(() => {
  for (const head of document.querySelectorAll('.MuiAccordionSummary-root:not([data-seen])')) {
    head.dataset.seen = '';
    if (head.textContent.includes('Custom parameters') && head.ariaExpanded === 'false') head.click();
  }
}).observe(document, {childList: true, subtree: true});
</script>"""


def form_values(form: Mapping[str, str], given: Mapping[str, Any] = _NOTHING) -> dict[str, Any]:
    """The load's options in a form. Raises UsageError, in argparse's words, for a number that is none.

    Files, folders and secrets are `given` on the command line: whoever sees the page may not read or write
    what its server can, and Locust takes any option from a form.
    """
    for name, value in form.items():
        is_ours = name.startswith(_OFF_THE_PAGE) or (name in options() and value.startswith("@"))
        if is_ours and value != given.get(name):
            raise UsageError(f"{flag_of(name)} {value} is for the command line, not for the page")
    values: dict[str, Any] = {}
    for name, option in options().items():
        if name in form:
            kind = type(option.shown)
            try:
                values[name] = kind(form[name])
            except ValueError:
                text = f"argument {flag_of(name)}: invalid {kind.__name__} value: {form[name]!r}"
                raise UsageError(text) from None
    return values


def extend(
    web_ui: Any,
    intervals: Callable[[], MergedIntervals | None],
    metrics: LiveMetrics,
    check: Callable[[Mapping[str, str]], None],
) -> None:
    """Add the tab of the true percentiles, and the metrics; have each start pass `check`.

    What that raises is said on the page, and nothing starts.
    """
    add_tab(web_ui, intervals)
    web_ui.app.add_url_rule(METRICS, "flowgauge_metrics", lambda: _text_of(metrics))
    web_ui.app.after_request(_adorned)

    def refuse() -> Response | None:
        if not request.path.endswith("/swarm"):
            return None
        try:
            check(request.form)
        except FlowgaugeError as error:
            sentence = inert(without_known_secrets(str(error)))
            LOG.error("%s", sentence)  # noqa: TRY400 - a sentence for people, not a traceback
            return jsonify({"success": False, "message": sentence, "host": web_ui.environment.host})
        return None

    web_ui.app.before_request(refuse)


def _text_of(metrics: LiveMetrics) -> Response:
    return Response(metrics.text(), content_type=_OPENMETRICS)


def _adorned(response: Response) -> Response:
    is_page = response.mimetype == "text/html" and not response.is_streamed
    # The report that can be downloaded has no form.
    if is_page and "/stats/" not in request.path:
        page = response.get_data(as_text=True)
        response.set_data(page.replace("</head>", f"{_STYLE}{_SCRIPT}</head>", 1))
    return response
