"""Faults that are on at once, and what they hide of each other today.

Each of them must be caught beside the others, by a finding of its own, unless it is named as hidden.
"""

from flowgauge.reference.faults import FaultsTogether

__all__ = ["TOGETHER"]

_IN_STATUSES = "it shows in statuses alone, which never show:"

_HIDDEN_2023: dict[str, str] = {
    "shipped-18-two-variables-empty": f"{_IN_STATUSES} shipped-13-statuses-invisible",
    "shipped-18-unknown-variable-empty": f"{_IN_STATUSES} shipped-13-statuses-invisible",
    "shipped-21-lists-unbounded": "the size of a page stands in the cursor, which is not there: shipped-02",
    "shipped-22-payin-needs-capital": f"{_IN_STATUSES} shipped-13-statuses-invisible",
}

TOGETHER = (
    FaultsTogether(("as-shipped-2023",), _HIDDEN_2023),
    FaultsTogether(
        ("auth-ignored", "create-not-persisted", "next-loops"),
        {"next-loops": "no workflow is kept, so there is no run to list"},
    ),
    FaultsTogether(("stage-string", "finished-stage-unfinishes")),
    FaultsTogether(("page-size-string", "next-loops")),
    FaultsTogether(("success-text-plain", "numbers-become-strings")),
    FaultsTogether(("malformed-json-500", "three-stages-one-empty-500")),
    FaultsTogether(("non-object-stage-accepted", "list-misses-newest")),
    FaultsTogether(("create-200", "last-stage-dropped", "list-repeats-newest")),
    FaultsTogether(("id-reused", "list-repeats-newest")),
    FaultsTogether(("nan-in-json", "wrong-workflow-id")),
    FaultsTogether(("wait-returns-early", "finished-stage-unfinishes")),
    FaultsTogether(("unknown-flow-500", "malformed-token-500")),
)
