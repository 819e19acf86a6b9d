"""Redaction: what must not stand in any output, taken out in one place."""

from flowgauge.redaction.headers import HIDDEN, is_secret_header, visible_headers
from flowgauge.redaction.known import keep_secret, without_known_secrets
from flowgauge.redaction.logs import guard_logs
from flowgauge.redaction.redaction import Redaction

__all__ = [
    "HIDDEN",
    "Redaction",
    "guard_logs",
    "is_secret_header",
    "keep_secret",
    "visible_headers",
    "without_known_secrets",
]
