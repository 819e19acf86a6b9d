"""The fake, for tests of clients: `from flowgauge.fake import Fake`.

The fake is that of the default edition. What it raises and what it remembers stands here too.
"""

from flowgauge.editions.v0.fake import Fake
from flowgauge.reference.fake.failures import FAILURE_KINDS, FailureKind
from flowgauge.reference.fake.journal import Journal, JournalEntry
from flowgauge.reference.fake.recordings.mismatch import CallMismatch, FakeViolation, RequestMismatch

__all__ = [
    "FAILURE_KINDS",
    "CallMismatch",
    "FailureKind",
    "Fake",
    "FakeViolation",
    "Journal",
    "JournalEntry",
    "RequestMismatch",
]
