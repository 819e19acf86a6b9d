"""Headers that hold credentials by their nature."""

import re

__all__ = ["HIDDEN", "is_secret_header", "visible_headers"]

HIDDEN = "(hidden)"

Headers = tuple[tuple[str, str], ...]
# Also those of gateways and other tools: X-Api-Key, X-Auth-Token, Set-Cookie and their like.
_SECRET = re.compile(r"authorization|cookie|token|secret|password|api-?key", re.IGNORECASE)


def is_secret_header(name: str) -> bool:
    """Whether a header of that name may hold a credential.

    >>> is_secret_header("Proxy-Authorization"), is_secret_header("X-Api-Key"), is_secret_header("Allow")
    (True, True, False)
    """
    return _SECRET.search(name) is not None


def visible_headers(headers: Headers) -> Headers:
    """The headers as a report may show them: the name of each, and the value of those without a secret."""
    return tuple((name, HIDDEN if is_secret_header(name) else value) for name, value in headers)
