"""OAuth2 client credentials (RFC 6749, section 4.4): buy a bearer token."""

import math
from dataclasses import dataclass, field
from urllib.parse import quote_plus, urlsplit

import httpx
import msgspec

from flowgauge.client.connection import Connection
from flowgauge.client.errors import InvalidRequest
from flowgauge.client.exchange import bearer
from flowgauge.errors import TargetRefused, TargetUnreachable
from flowgauge.openapi.v0_shim import token_path

__all__ = ["Token", "basic_credentials", "bearer_of", "fetch_token", "token_url_of"]

DEFAULT_LIFETIME = 3600.0
TIMEOUT = 10.0
_LONGEST_QUOTE = 500
_LONGEST_LIFETIME = 1e9


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token and for how many seconds it holds."""

    value: str = field(repr=False)
    expires_in: float


def token_url_of(connection: Connection) -> str:
    """Where the connection's tokens come from: its own `token_url`, or the document's path on its server."""
    if connection.token_url:
        return connection.token_url
    parts = urlsplit(connection.url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}{token_path()}"


def basic_credentials(connection: Connection) -> tuple[str, str]:
    """Client id and secret as they stand in a Basic header: form-encoded first (RFC 6749, section 2.3.1)."""
    return quote_plus(connection.client_id or ""), quote_plus(connection.client_secret or "")


def bearer_of(connection: Connection) -> str | None:
    """The static token, or one bought with the client credentials, or None where there are neither."""
    if connection.token or not connection.client_id:
        return connection.token
    return fetch_token(connection).value


def fetch_token(connection: Connection) -> Token:
    """Buy a token. Raises TargetUnreachable or TargetRefused, with the endpoint in the message."""
    url = token_url_of(connection)
    try:
        response = httpx.post(
            url,
            data={"grant_type": "client_credentials"},
            auth=basic_credentials(connection),
            headers={"Accept": "application/json"},
            timeout=TIMEOUT,
        )
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        raise TargetUnreachable(f"the token endpoint {url} does not answer: {error}") from error
    return parsed_token(connection, response.status_code, response.content)


def parsed_token(connection: Connection, status: int, body: bytes) -> Token:
    """The token in its token endpoint's answer. Raises TargetRefused where there is none."""
    url = token_url_of(connection)
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        answer = None
    fields = answer if isinstance(answer, dict) else {}
    if status != 200:
        reason = str(fields.get("error_description") or fields.get("error") or f"status {status}")
        for secret in (connection.client_secret, basic_credentials(connection)[1]):
            # Struck out before it is cut, or half of it could stay.
            reason = reason.replace(secret, "[redacted]") if secret else reason
        raise TargetRefused(
            f"the token endpoint {url} refused the client credentials: {reason[:_LONGEST_QUOTE]}",
            hint="check FLOWGAUGE_CLIENT_ID, FLOWGAUGE_CLIENT_SECRET and FLOWGAUGE_TOKEN_URL",
        )
    value = fields.get("access_token")
    if not isinstance(value, str) or not value:
        raise TargetRefused(f"the token endpoint {url} answered 200 without an access_token")
    try:
        bearer(value)
    except InvalidRequest:
        raise TargetRefused(f"the access_token of {url} holds what no header can") from None
    return Token(value, _lifetime(fields.get("expires_in"), url))


def _lifetime(said: object, url: str) -> float:
    """Seconds. Not all endpoints say it, and some say it as text."""
    if said is None:
        return DEFAULT_LIFETIME
    try:
        if isinstance(said, int | float | str) and not isinstance(said, bool):
            seconds = float(said)
            if not math.isnan(seconds):
                return min(seconds, _LONGEST_LIFETIME)
    except ValueError:
        pass
    except OverflowError:
        return _LONGEST_LIFETIME
    raise TargetRefused(f"the token endpoint {url} answered with an expires_in that is no number of seconds")
