"""CTRF, the common test report format: the same cases as JUnit, for tools that read JSON."""

import json
from typing import Any
from xml.etree import ElementTree

from flowgauge import __version__
from flowgauge.gates import Evidence, Judgement
from flowgauge.report.formats.junit import junit_xml

__all__ = ["ctrf_json"]

STATUSES = {"failure": "failed", "error": "other", "skipped": "skipped"}


def ctrf_json(judgement: Judgement, evidence: Evidence) -> str:
    """Gates and contract operations as CTRF tests; without data or invalid is `other`, never passed."""
    # From the JUnit tree, so that the two cannot count differently.
    root = ElementTree.fromstring(junit_xml(judgement, evidence))  # noqa: S314  # our own output
    tests = [_test(suite.get("name", ""), case) for suite in root for case in suite]
    parts = [part for part in (evidence.contract, evidence.load) if part]
    start = min((part.started_at for part in parts), default=0.0)
    stop = max((part.started_at + part.duration for part in parts), default=0.0)
    summary = dict.fromkeys(("passed", "failed", "pending", "skipped", "other"), 0)
    for test in tests:
        summary[test["status"]] += 1
    results = {
        "tool": {"name": "flowgauge", "version": __version__},
        "summary": {"tests": len(tests), **summary, "start": round(start * 1000), "stop": round(stop * 1000)},
        "tests": tests,
    }
    return json.dumps({"reportFormat": "CTRF", "specVersion": "0.0.0", "results": results}, indent=2) + "\n"


def _test(suite: str, case: ElementTree.Element) -> dict[str, Any]:
    outcome = next((child for child in case if child.tag in STATUSES), None)
    test: dict[str, Any] = {
        "name": case.get("name", ""),
        "status": STATUSES[outcome.tag] if outcome is not None else "passed",
        # What is judged is a whole run: no single case has a duration of its own.
        "duration": 0,
        "suite": [suite],
    }
    if outcome is not None:
        test |= {"message": outcome.get("message", ""), "trace": outcome.text or ""}
    return test
