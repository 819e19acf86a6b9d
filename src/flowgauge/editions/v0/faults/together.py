"""Faults that are on at once, and what they hide of each other today.

Each of them must be caught beside the others, by a finding of its own, unless it is named as hidden.
"""

from flowgauge.reference.faults import FaultsTogether

__all__ = ["TOGETHER"]

_UNREAD = "a body that breaks its schema is not looked at any further:"
_REFUSED = "the stages that hold them are refused:"
_IN_STATUSES = "it shows in statuses, which are hidden:"

_HIDDEN_2023 = {
    "shipped-03-listed-runs-without-statuses": f"{_UNREAD} shipped-02-list-runs-without-cursor",
    "shipped-10-legal-stage-refused": "it is refused with 500: shipped-09-config-mistake-500",
    "shipped-12-wait-does-not-wait": f"{_UNREAD} shipped-03-started-run-without-statuses",
    "shipped-13-statuses-invisible": f"{_UNREAD} shipped-02 and shipped-03",
    "shipped-15-yaml-accepted": "it is one of all media types: shipped-15-any-type-is-json",
    "shipped-17-big-integers-inexact": f"{_REFUSED} shipped-10-legal-stage-refused",
    "shipped-17-nul-mangled": f"{_REFUSED} shipped-10-legal-stage-refused",
    "shipped-17-whole-doubles-become-integers": f"{_REFUSED} shipped-10-legal-stage-refused",
    "shipped-18-two-variables-empty": f"{_IN_STATUSES} shipped-13-statuses-invisible",
    "shipped-18-unknown-variable-empty": f"{_IN_STATUSES} shipped-13-statuses-invisible",
    "shipped-20-failed-start-leaves-run": (
        f"{_UNREAD} shipped-02; and starts that were wrongly accepted may explain its run"
    ),
    "shipped-21-lists-unbounded": f"{_UNREAD} shipped-02-list-runs-without-cursor",
    "shipped-22-payin-needs-capital": f"{_IN_STATUSES} shipped-13-statuses-invisible",
    "shipped-23-odd-escapes-not-decoded": "what is not found is a 500: shipped-07-unknown-id-500",
}

TOGETHER = (
    FaultsTogether(("as-shipped-2023",), _HIDDEN_2023),
    FaultsTogether(
        ("auth-ignored", "create-not-persisted", "next-loops"),
        {"next-loops": "no workflow is kept, so there is no run to list"},
    ),
    FaultsTogether(
        ("stage-string", "finished-stage-unfinishes"),
        {"finished-stage-unfinishes": f"{_UNREAD} stage-string"},
    ),
    FaultsTogether(("page-size-string", "next-loops"), {"next-loops": f"{_UNREAD} page-size-string"}),
    FaultsTogether(
        ("success-text-plain", "numbers-become-strings"),
        {"numbers-become-strings": "a success that is not JSON by its label is not read"},
    ),
    FaultsTogether(("malformed-json-500", "three-stages-one-empty-500")),
    FaultsTogether(("non-object-stage-accepted", "list-misses-newest")),
    FaultsTogether(("create-200", "last-stage-dropped", "list-repeats-newest")),
    FaultsTogether(("id-reused", "list-repeats-newest")),
    FaultsTogether(("nan-in-json", "wrong-workflow-id")),
    FaultsTogether(("wait-returns-early", "finished-stage-unfinishes")),
    FaultsTogether(("unknown-flow-500", "malformed-token-500")),
)
