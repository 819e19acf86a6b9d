"""A world as a fake for tests of clients, through respx or as a transport.

Nothing of the server imports this package, so whoever only runs the server pays nothing for it.
"""

from flowgauge.reference.fake.failures import FAILURE_KINDS, FailureKind
from flowgauge.reference.fake.journal import Journal, JournalEntry
from flowgauge.reference.fake.recordings.mismatch import CallMismatch, FakeViolation, RequestMismatch
from flowgauge.reference.fake.server import FakeServer

__all__ = [
    "FAILURE_KINDS",
    "CallMismatch",
    "FailureKind",
    "FakeServer",
    "FakeViolation",
    "Journal",
    "JournalEntry",
    "RequestMismatch",
]
