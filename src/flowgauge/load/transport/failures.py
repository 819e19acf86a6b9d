"""What can go wrong with a request, each under its own name.

These names are the keys of `OperationCounts.errors`; statuses are `status 500` and so on, and the two
that shed load `shed 429` and `shed 503`: a refusal is quick, and must never read as a fast server.
"""

import errno
import socket
import ssl
from http import HTTPStatus

from flowgauge.results.load_run import SHED_KIND

__all__ = ["LATE", "NO_DESCRIPTORS", "UNREADABLE", "failure_of", "status_failure"]

REFUSED = "connection refused"
CONNECT_TIMEOUT = "connect timeout"
RESPONSE_TIMEOUT = "response timeout"
RESET = "connection reset"
CLOSED_UNANSWERED = "closed without an answer"
CLOSED_EARLY = "closed in mid answer"
STALE = "kept connection closed under the request"
NOT_HTTP = "answer is not HTTP"
TOO_LARGE = "answer too large"
SURPLUS = "bytes after the answer"
TLS_FAILED = "TLS failed"
UNREADABLE = "body not as documented"
NO_DESCRIPTORS = "generator out of file descriptors"

LATE = frozenset({CONNECT_TIMEOUT, RESPONSE_TIMEOUT})
"""Failures that took all the time there was: their latency is known to be at least that long."""

_SHED = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_BY_NUMBER = {
    errno.ECONNREFUSED: REFUSED,
    errno.ECONNRESET: RESET,
    errno.ECONNABORTED: RESET,
    errno.EPIPE: RESET,
    errno.ETIMEDOUT: CONNECT_TIMEOUT,
    errno.EMFILE: NO_DESCRIPTORS,
    errno.ENFILE: NO_DESCRIPTORS,
    errno.EADDRNOTAVAIL: "generator out of local ports",
    errno.ENETUNREACH: "network unreachable",
    errno.EHOSTUNREACH: "host unreachable",
}


def failure_of(error: OSError) -> str:
    """The name of a failure of the network."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return "TLS certificate not trusted"
    if isinstance(error, ssl.SSLError):
        return TLS_FAILED
    if isinstance(error, socket.gaierror):
        return "name not resolved"
    number = error.errno or 0
    return _BY_NUMBER.get(number) or f"network error {errno.errorcode.get(number, number)}"


def status_failure(status: int) -> str:
    """The name of an answer with a status that the operation does not succeed with."""
    return f"{SHED_KIND}{status}" if status in _SHED else f"status {status}"
