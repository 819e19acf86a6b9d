"""Log records without secrets, whoever writes them."""

import logging
import traceback
from typing import Any

from flowgauge.inert import inert
from flowgauge.redaction.known import without_known_secrets

__all__ = ["guard_logs"]


def guard_logs() -> None:
    """From now on no record of this process holds a known secret, or text that does more than show itself.

    For programs of our own: a library leaves the logs of others alone.
    """
    make = logging.getLogRecordFactory()
    if getattr(make, "is_guarded", False):
        return

    def guarded(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make(*args, **kwargs)
        try:
            message = record.getMessage()
        except (TypeError, ValueError):
            # Logging itself says what is wrong with it.
            return record
        record.msg, record.args = inert(without_known_secrets(message)), ()
        if record.exc_info and record.exc_info[0] is not None:
            text = "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
            record.exc_text = inert(without_known_secrets(text))
        return record

    guarded.is_guarded = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(guarded)
    # It logs what an endpoint of tokens answers before anybody has read a token in it.
    logging.getLogger("httpx").setLevel(logging.WARNING)
