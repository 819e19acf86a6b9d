"""Reports: pure functions from a judgement and its evidence to text."""

from flowgauge.report.html import html_report
from flowgauge.report.json_report import report_json, verdicts_json
from flowgauge.report.junit import junit_xml
from flowgauge.report.terminal import headline, verdict_screen

__all__ = ["headline", "html_report", "junit_xml", "report_json", "verdict_screen", "verdicts_json"]
