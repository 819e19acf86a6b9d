"""The tree of errors, split by what the caller does next.

FlowgaugeError
├── UsageError            the caller passed something that cannot work: mend the input
│   └── ExpressionError   a gate that does not parse or names no measure
├── TargetError           the server under test cannot be judged: mend the target
│   ├── TargetUnreachable no connection, no answer in time, not HTTP
│   ├── TargetRefused     it answers, but not to these credentials
│   └── WrongTarget       something else answers: another API, edition, page or proxy
├── NoDataError           a stage's input file is missing or empty: run that stage first
└── HarnessError          flowgauge itself is broken: report it

A broken *server* is never an exception: it is a `Finding` (see `flowgauge.results`).
"""

from enum import IntEnum

__all__ = [
    "ExitCode",
    "ExpressionError",
    "FlowgaugeError",
    "HarnessError",
    "NoDataError",
    "TargetError",
    "TargetRefused",
    "TargetUnreachable",
    "UsageError",
    "WrongTarget",
]


class ExitCode(IntEnum):
    """What the command line answers; the one place where these numbers stand."""

    PASSED = 0
    FAILED = 1
    USAGE = 2
    NO_DATA = 3
    UNREACHABLE = 4
    INVALID = 5
    REGRESSION = 6
    HARNESS = 70


class FlowgaugeError(Exception):
    """Root of everything that flowgauge raises.

    `exit_code` is what the command line ends with; `hint` is the remedy, where there is one.
    """

    exit_code = ExitCode.HARNESS

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  hint: {self.hint}" if self.hint else self.message


class UsageError(FlowgaugeError):
    """The caller passed something that cannot work."""

    exit_code = ExitCode.USAGE


class ExpressionError(UsageError):
    """A gate expression does not parse, or names a measure that does not exist."""


class TargetError(FlowgaugeError):
    """The server under test cannot be judged."""

    exit_code = ExitCode.UNREACHABLE


class TargetUnreachable(TargetError):
    """No connection, no answer in time, or an answer that is not HTTP."""


class TargetRefused(TargetError):
    """The server answers, but not to these credentials."""


class WrongTarget(TargetError):
    """What answers is not the API that the server is held to."""


class NoDataError(FlowgaugeError):
    """A stage's input is missing or empty."""

    exit_code = ExitCode.NO_DATA


class HarnessError(FlowgaugeError):
    """flowgauge itself is broken."""
