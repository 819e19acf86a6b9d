"""What can go wrong with a request, each under its own name.

These names are the keys of `OperationCounts.errors`; statuses are `status 500` and so on, and the two
that shed load `shed 429` and `shed 503`: a refusal is quick, and must never read as a fast server.
"""

import errno
import socket
import ssl

from flowgauge.results.load_run import SHED_KIND

__all__ = ["ENDED", "LATE", "OURS", "UNANSWERED", "UNREADABLE", "failure_of", "status_failure"]

REFUSED = "connection refused"
CONNECT_TIMEOUT = "connect timeout"
RESPONSE_TIMEOUT = "response timeout"
RESET = "connection reset"
CLOSED_UNANSWERED = "closed without an answer"
CLOSED_EARLY = "closed in mid answer"
STALE = "kept connection closed under the request"
NOT_HTTP = "answer is not HTTP"
TOO_LARGE = "answer too large"
HEAD_TOO_LARGE = "head of the answer too large"
SURPLUS = "bytes after the answer"
TLS_FAILED = "TLS failed"
MISCODED = "content coding cannot be read"
UNREADABLE = "body not as documented"
UNANSWERED = "unanswered at the end"
NO_PROXY = "proxy not reached"
NO_TUNNEL = "refused by the proxy"
NO_DESCRIPTORS = "generator out of file descriptors"
NO_PORTS = "generator out of local ports"
NO_MEMORY = "generator out of memory for answers"

LATE = frozenset({CONNECT_TIMEOUT, RESPONSE_TIMEOUT, UNANSWERED})
"""Failures that took all the time there was: their latency is known to be at least that long."""

ENDED = frozenset({STALE, RESET})
"""How the end of a kept connection shows that crossed with a request: a reset, where that lay unread."""

OURS = {
    NO_DESCRIPTORS: "found no free file descriptor: raise `ulimit -n`",
    NO_PORTS: "found no free local port: use more workers, on other hosts",
    NO_PROXY: "found no proxy where one was named: nothing is known of the server",
    NO_TUNNEL: "were not let through by the proxy: nothing is known of the server",
    NO_MEMORY: "were given up, since the answers under way took more memory than there may be",
}
"""Failures of the generator, and what to say about the requests that met them: they make a run invalid."""

_SHED = frozenset({429, 503})
_BY_NUMBER = {
    errno.ECONNREFUSED: REFUSED,
    errno.ECONNRESET: RESET,
    errno.ECONNABORTED: RESET,
    errno.EPIPE: RESET,
    errno.ETIMEDOUT: CONNECT_TIMEOUT,
    errno.EMFILE: NO_DESCRIPTORS,
    errno.ENFILE: NO_DESCRIPTORS,
    errno.EADDRNOTAVAIL: NO_PORTS,
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
