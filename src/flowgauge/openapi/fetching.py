"""The text of a document, or of a part of it, wherever it stands: in a file, or at an http or https URL."""

from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    UnknownHandler,
)

from flowgauge.errors import UsageError
from flowgauge.openapi.source import read_text

__all__ = ["is_url", "text_at"]

# Far more than any document needs.
_MOST_BYTES = 32 << 20
_SECONDS = 30.0


def is_url(place: str) -> bool:
    """Whether a place is at an http or https URL, and not in a file."""
    return urlsplit(place).scheme.lower() in {"http", "https"}


def text_at(place: str) -> str:
    """The text there. Raises UsageError where it cannot be read."""
    if not is_url(place):
        return read_text(Path(place))
    try:
        request = Request(place, headers={"Accept": "application/yaml, application/json, */*;q=0.5"})  # noqa: S310
        with _opener().open(request, timeout=_SECONDS) as answer:
            content: bytes = answer.read(_MOST_BYTES + 1)
        text = content.decode("utf-8-sig")
    except HTTPError as error:
        error.close()
        raise UsageError(f"{place} cannot be read: {error.code} {error.reason}") from None
    except (URLError, OSError, ValueError) as error:
        raise UsageError(f"{place} cannot be read: {getattr(error, 'reason', error)}") from None
    if len(content) > _MOST_BYTES:
        raise UsageError(f"{place} cannot be read: it is larger than {_MOST_BYTES >> 20} MiB")
    return text


def _opener() -> OpenerDirector:
    """Of HTTP alone: no redirect leads to a file of this machine."""
    opener = OpenerDirector()
    handlers = (ProxyHandler, UnknownHandler, HTTPHandler, HTTPSHandler, HTTPRedirectHandler)
    for handler in (*handlers, HTTPDefaultErrorHandler, HTTPErrorProcessor):
        opener.add_handler(handler())
    return opener
