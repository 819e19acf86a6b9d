"""Reports: pure functions from a judgement and its evidence to text."""

from flowgauge.report.formats.har import har_json
from flowgauge.report.formats.json_report import report_json, verdicts_json
from flowgauge.report.formats.junit import junit_xml
from flowgauge.report.formats.markdown import markdown_summary
from flowgauge.report.formats.openmetrics import openmetrics_text
from flowgauge.report.formats.sarif import sarif_json
from flowgauge.report.page.html import html_report
from flowgauge.report.terminal import headline, verdict_screen

__all__ = [
    "har_json",
    "headline",
    "html_report",
    "junit_xml",
    "markdown_summary",
    "openmetrics_text",
    "report_json",
    "sarif_json",
    "verdict_screen",
    "verdicts_json",
]
