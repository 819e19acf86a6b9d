"""SARIF 2.1.0: each finding at the line of the OpenAPI document that the server broke.

What GitHub's code scanning asks for beyond the standard is here too: a relative URI below the repository's
root, a line, and for each rule a full description and a help text.
"""

import json
import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from flowgauge import __version__
from flowgauge.gates import Evidence
from flowgauge.inert import inert
from flowgauge.report.figures import all_findings
from flowgauge.results import Finding

__all__ = ["sarif_json"]

LEVELS = {"critical": "error", "major": "error", "minor": "warning"}
# SARIF takes `[text](target)` in a message for a link, unless the bracket is escaped.
_LINK = re.compile(r"\[(?=[^\[\]]*\]\()")


def sarif_json(evidence: Evidence, *, document: str, lines: Mapping[str, int]) -> str:
    """The findings that point at a line of the document.

    `document` is its path from the root of the reader's repository; `lines` says on which line (from 1) each
    operation stands. A finding on anything outside the document has no line and is left to the other outputs.
    """
    findings = [f for f in all_findings(evidence.contract, evidence.load) if lines.keys() & set(f.operations)]
    rules = {finding.id: finding for finding in findings}
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "flowgauge",
                "version": __version__,
                "rules": [_rule(finding) for finding in rules.values()],
            }
        },
        "results": [_result(finding, document, lines) for finding in findings],
        "columnKind": "unicodeCodePoints",
    }
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2) + "\n"


def _rule(finding: Finding) -> dict[str, Any]:
    title = _text(finding.title)
    return {
        "id": inert(finding.id),
        "shortDescription": {"text": title},
        "fullDescription": {"text": title},
        "help": {"text": "The message holds a script that shows the finding when pasted into a shell."},
        "defaultConfiguration": {"level": LEVELS[finding.severity]},
    }


def _result(finding: Finding, document: str, lines: Mapping[str, int]) -> dict[str, Any]:
    message = (
        f"{finding.places}: {finding.title}\n{finding.detail}\nrule: {finding.rule}\n\n{finding.reproduction}"
    )
    result: dict[str, Any] = {
        "ruleId": inert(finding.id),
        "level": LEVELS[finding.severity],
        "message": {"text": _text(message)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(os.fsencode(document))},
                    "region": {"startLine": lines[place]},
                },
                "logicalLocations": [{"name": inert(place)}],
            }
            for place in finding.operations
            if place in lines
        ],
        "partialFingerprints": {"finding/v2": inert("/".join(finding.key))},
        "occurrenceCount": max(1, finding.count),
    }
    if finding.waived is not None:
        result["suppressions"] = [{"kind": "external", "justification": _text(finding.waived)}]
    return result


def _text(text: str) -> str:
    return _LINK.sub(r"\\[", inert(text))
