"""Faults that are on at once, and what leaves nothing to see of others.

Each of them must be caught beside the others, by a finding of its own, unless a mask says what hides it.
"""

from flowgauge.reference.faults import Mask

__all__ = ["MASKS", "TOGETHER"]

TOGETHER = (
    ("as-shipped-2023",),
    ("auth-ignored", "create-not-persisted", "next-loops"),
    ("stage-string", "finished-stage-unfinishes"),
    ("page-size-string", "next-loops"),
    ("success-text-plain", "numbers-become-strings"),
    ("malformed-json-500", "three-stages-one-empty-500"),
    ("non-object-stage-accepted", "list-misses-newest"),
    ("create-200", "last-stage-dropped", "list-repeats-newest"),
    ("id-reused", "list-repeats-newest"),
    ("nan-in-json", "wrong-workflow-id"),
    ("wait-returns-early", "finished-stage-unfinishes"),
    ("unknown-flow-500", "malformed-token-500"),
    ("every-fifth-list-slow", "every-fortieth-start-slow"),
    (
        "run-readable-under-other-flow",
        "long-id-500",
        "no-wait-blocks",
        "has-more-without-next",
        "shipped-22-payin-needs-capital",
    ),
    (
        "concurrent-create-lost",
        "page-overfull",
        "statuses-null-when-empty",
        "shipped-18-unknown-variable-empty",
    ),
    (
        "hundred-and-first-create-500",
        "missing-stages-accepted",
        "shipped-18-two-variables-empty",
        "other-scheme-accepted",
        "upgrade-drops-body",
        "wait-banana-accepted",
    ),
    (
        "405-without-allow",
        "delete-200",
        "non-string-variable-accepted",
        "same-config-same-id",
        "empty-stages-refused",
        "non-ascii-key-500",
        "info-no-version",
    ),
)

_OF_STATUSES = (
    "shipped-18-two-variables-empty",
    "shipped-18-unknown-variable-empty",
    "shipped-22-payin-needs-capital",
)
_OF_THE_CURSOR = (
    "has-more-without-next",
    "next-loops",
    "page-overfull",
    "page-size-0-when-empty",
    "page-size-string",
    "shipped-21-lists-unbounded",
)
_OF_RUNS = (
    "absent-run-body-refused",
    "finished-stage-unfinishes",
    "has-more-without-next",
    "list-runs-mixes-flows",
    "nan-in-json",
    "next-loops",
    "no-cursor",
    "no-wait-blocks",
    "one-status-too-many",
    "page-overfull",
    "run-readable-under-other-flow",
    "shipped-02-list-runs-without-cursor",
    "shipped-03-listed-runs-without-statuses",
    "shipped-03-started-run-without-statuses",
    "shipped-03-statuses-named-status",
    "shipped-12-wait-does-not-wait",
    "shipped-13-statuses-invisible",
    "shipped-18-two-variables-empty",
    "shipped-18-unknown-variable-empty",
    "shipped-19-chunked-run-body-ignored",
    "shipped-20-failed-start-leaves-run",
    "shipped-21-lists-unbounded",
    "shipped-22-payin-needs-capital",
    "stage-string",
    "statuses-null-when-empty",
    "terminated-before-started",
    "wait-returns-early",
    "wrong-workflow-id",
)
# Of each of these one undoes the others: the first that is installed where they are about a refusal, which
# the others then do not meet, else the last.
_ON_WAITING = ("no-wait-blocks", "shipped-12-wait-does-not-wait")
_ON_UPDATED = ("no-updated-at", "timestamps-change-on-read", "updated-before-created")
_ON_PAGES = ("no-cursor", "shipped-02-list-runs-without-cursor")
_ON_UNKNOWN = ("unknown-flow-200-fabricated", "unknown-flow-200-null", "unknown-flow-500")
_OF_INFO = ("info-empty", "info-no-version", "info-version-number")
_ON_VERSION = ("info-no-version", "info-version-number")

MASKS = (
    Mask(
        ("shipped-13-statuses-invisible",), _OF_STATUSES, "it shows in statuses alone, which are never shown"
    ),
    Mask(
        _ON_PAGES,
        _OF_THE_CURSOR,
        "it shows in the cursor alone, which is not there",
    ),
    Mask(("create-not-persisted",), _OF_RUNS, "no workflow is kept, so there is never a run"),
    Mask(
        ("create-not-persisted",),
        ("last-stage-dropped", "numbers-become-strings"),
        "it shows in what is kept of a workflow, and nothing is",
    ),
    Mask(("shipped-01-info-not-routed",), _OF_INFO, "it shows in a version, which is never answered"),
    Mask(("info-500",), _OF_INFO, "it shows in a version, which is never answered", "last"),
    Mask(("info-500",), ("info-empty",), "it shows in an answer, which is never given"),
    Mask(("info-empty",), _OF_INFO, "it shows in a body that is not there", "last"),
    Mask(_ON_VERSION, (*_OF_INFO, "info-500"), "what is answered is decided otherwise", "last"),
    Mask(("auth-ignored",), ("malformed-token-500",), "no token is looked at", "last"),
    Mask(("one-status-too-many",), ("statuses-null-when-empty",), "there always is a status"),
    Mask(("wait-returns-early",), ("no-wait-blocks",), "nothing waits for a run"),
    Mask(_ON_WAITING, _ON_WAITING, "what a start waits for is decided otherwise", "last"),
    Mask(_ON_UPDATED, _ON_UPDATED, "what stands for updatedAt is decided otherwise", "last"),
    Mask(_ON_PAGES, _ON_PAGES, "they are the same to a client", "last"),
    Mask(_ON_UNKNOWN, _ON_UNKNOWN, "what an unknown workflow is answered with is decided otherwise", "first"),
    Mask(("created-at-not-rfc3339",), ("updated-before-created",), "there is no time to compare with"),
)
