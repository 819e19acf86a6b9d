"""Door 2: the world as a fake for tests of clients, through respx or as a transport.

Nothing of the server imports this package, so whoever only runs the server pays nothing for it.
"""

from flowgauge.reference.fake.failures import FAILURE_KINDS, FailureKind
from flowgauge.reference.fake.fake import Fake
from flowgauge.reference.fake.journal import Call, Journal
from flowgauge.reference.fake.recordings.mismatch import CallMismatch, FakeViolation, RequestMismatch

__all__ = [
    "FAILURE_KINDS",
    "Call",
    "CallMismatch",
    "FailureKind",
    "Fake",
    "FakeViolation",
    "Journal",
    "RequestMismatch",
]
