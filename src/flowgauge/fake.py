"""The fakes, for tests of clients: `from flowgauge.fake import Fake`.

`Fake` is that of the seed's edition, `InstanceFake` that of the second version, and `fake_of` makes that of
any edition. What they raise and what they remember stands here too.
"""

from typing import Any

from flowgauge.editions import DEFAULT_EDITION, world_part
from flowgauge.editions.v0.fake import Fake
from flowgauge.editions.v2.fake import InstanceFake
from flowgauge.reference.fake.failures import FAILURE_KINDS, FailureKind
from flowgauge.reference.fake.journal import Journal, JournalEntry
from flowgauge.reference.fake.recordings.mismatch import CallMismatch, FakeViolation, RequestMismatch
from flowgauge.reference.fake.server import FakeServer

__all__ = [
    "FAILURE_KINDS",
    "CallMismatch",
    "FailureKind",
    "Fake",
    "FakeServer",
    "FakeViolation",
    "InstanceFake",
    "Journal",
    "JournalEntry",
    "RequestMismatch",
    "fake_of",
]


def fake_of(edition: str = DEFAULT_EDITION, **settings: Any) -> FakeServer[Any]:
    """The fake of an edition, by its name or path; `settings` are the arguments of `FakeServer`.

    Raises UsageError where there is no such edition, or it has no fake.
    """
    return world_part(edition).fake(**settings)
