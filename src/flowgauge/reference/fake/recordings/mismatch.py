"""What a fake raises: assertions about the caller, and about itself.

FlowgaugeError
├── RequestMismatch  (a UsageError)    the client sent what no server could accept: mend the client
├── CallMismatch     (a UsageError)    a call that was expected was not made: mend the client
└── FakeViolation    (a HarnessError)  the fake itself broke the contract: report it

Those are AssertionErrors, not network errors, so no client takes one for a failure that is worth a retry.
What shall look like one is a NetworkFailure until the client's library is known.
"""

from operator import methodcaller

from flowgauge.errors import HarnessError, UsageError

__all__ = ["CallMismatch", "FakeViolation", "NetworkFailure", "RequestMismatch", "for_the_caller"]

for_the_caller = methodcaller("errisinstance", UsageError)
"""As `__tracebackhide__` of a module: what a caller has to mend is shown without our source."""


class RequestMismatch(UsageError, AssertionError):
    """A request that no operation answers, or that breaks the operation's schema."""


class CallMismatch(UsageError, AssertionError):
    """The journal does not hold the calls that were expected."""


class FakeViolation(HarnessError, AssertionError):
    """The fake's own reply breaks the contract."""


class NetworkFailure(Exception):
    """A failure on the way, to be raised as the class `kind` of whatever library is in use."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
