"""Which server, and as whom: one vocabulary for suites, load, command line and make."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from urllib.parse import quote, urlsplit, urlunsplit

from flowgauge.client.proxy import checked_proxy
from flowgauge.errors import UsageError
from flowgauge.redaction import keep_secret

__all__ = ["ENVIRONMENT", "Connection", "connection_from"]


@dataclass(frozen=True, slots=True)
class Connection:
    """A server's root URL (no trailing slash) and the credentials for it.

    Either `token` is a bearer token, or `client_id` and `client_secret` fetch one at `token_url`. Where
    a `proxy` is named, by an http URL, both servers are asked through it.
    """

    url: str
    token: str | None = field(default=None, repr=False)
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    token_url: str | None = None
    proxy: str | None = field(default=None, repr=False)


# Field -> environment variable; the flag is the variable in lower case with dashes.
ENVIRONMENT: dict[str, str] = {f.name: f"FLOWGAUGE_{f.name.upper()}" for f in fields(Connection)}


def connection_from(environment: Mapping[str, str], **flags: str | None) -> Connection | None:
    """The connection that flags and environment describe, or None where neither names a URL.

    A flag wins over its variable; an empty value counts as absent. Raises UsageError for a URL or a
    proxy that cannot be one, for a token that no header can carry, and for half a pair of client credentials.
    """
    values = {name: flags.get(name) or environment.get(ENVIRONMENT[name]) or None for name in ENVIRONMENT}
    url = values.pop("url")
    if url is None:
        return None
    if bool(values["client_id"]) != bool(values["client_secret"]):
        missing = "client_secret" if values["client_id"] else "client_id"
        raise UsageError(
            "client credentials need an id and a secret", hint=f"set {ENVIRONMENT[missing]} as well"
        )
    token, token_url = values["token"], values["token_url"]
    for name in ("token", "client_secret"):
        keep_secret(values[name], f"${ENVIRONMENT[name]}")
    if token is not None and not all("!" <= character <= "~" for character in token):
        # Not shown: it may be a good token with a line break at its end.
        raise UsageError(
            "the bearer token holds characters that no Authorization header can carry",
            hint=f"look for blanks and line breaks in {ENVIRONMENT['token']}",
        )
    return Connection(
        url=_checked(url, "url"),
        token=token,
        client_id=values["client_id"],
        client_secret=values["client_secret"],
        token_url=_checked(token_url, "token_url") if token_url else None,
        proxy=checked_proxy(values["proxy"]),
    )


def _checked(url: str, name: str) -> str:
    """The URL as it goes on the wire: what is not ASCII encoded, without a slash at its end."""
    hint = f"give {ENVIRONMENT[name]} as http(s)://host[:port][/prefix]"
    # A secret may stand before an @, and in a query.
    shown = "this" if "@" in url else repr(re.split("[?#]", url)[0])
    if not url.isprintable() or any(map(str.isspace, url)):
        raise UsageError(f"{shown} is not a URL: there are blanks or control characters in it", hint=hint)
    try:
        parts = urlsplit(url)
        port_is_sound = parts.port is None or parts.port > 0
        # Also refuses a name that none can look up: one with an empty or an endless label.
        host = (parts.hostname or "").encode("idna").decode()
    except ValueError as error:
        why = f": {error}" if "@" not in url else ""
        raise UsageError(f"{shown} is not a URL{why}", hint=hint) from None
    if parts.username is not None or parts.password is not None:
        raise UsageError("a URL with a user name in it is refused", hint="give credentials separately")
    if parts.scheme not in {"http", "https"} or not host or not port_is_sound:
        raise UsageError(f"{shown} is not an http or https URL", hint=hint)
    if name == "url" and (parts.query or parts.fragment):
        raise UsageError(f"{shown} has a query or a fragment", hint=hint)
    place = f"[{host}]" if ":" in host else host
    place += f":{parts.port}" if parts.port else ""
    path, query = (quote(text, safe="/%:@!$&'()*+,;=?") for text in (parts.path, parts.query))
    return urlunsplit((parts.scheme, place, path.rstrip("/"), query, ""))
