"""Redaction: what must not stand in any evidence, taken out in one place."""

import re
from collections.abc import Mapping
from urllib.parse import quote

__all__ = ["HIDDEN", "is_secret_header", "visible_headers", "without_secrets"]

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


def without_secrets(data: bytes, secrets: Mapping[str, str]) -> bytes:
    """`data` with each secret replaced by what it is known by: a server may echo what it was sent.

    `secrets` are values by the placeholder that stands for them. A secret is found as it stands, and as it
    stands in a query.

    >>> without_secrets(b"no s3/cret, no s3%2Fcret", {"$TOKEN": "s3/cret"})
    b'no $TOKEN, no $TOKEN'
    """
    for placeholder, secret in secrets.items():
        for form in dict.fromkeys((secret, quote(secret, safe=""))):
            if form and form.encode() in data:
                data = data.replace(form.encode(), placeholder.encode())
    return data
