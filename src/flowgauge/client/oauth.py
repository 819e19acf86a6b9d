"""OAuth2 client credentials (RFC 6749, section 4.4): fetch a bearer token."""

import math
from dataclasses import dataclass, field
from urllib.parse import quote_plus, urlsplit

import httpx
import msgspec

from flowgauge.client.connection import Connection
from flowgauge.client.errors import InvalidRequest
from flowgauge.client.http.exchange import bearer
from flowgauge.client.http.operations import TOKEN_PATH
from flowgauge.errors import TargetRefused, TargetUnreachable

__all__ = ["BearerToken", "basic_credentials", "bearer_of", "fetch_token", "parsed_token", "token_url_of"]

DEFAULT_LIFETIME = 3600.0
TIMEOUT = 10.0
_LONGEST_QUOTE = 500
_LONGEST_LIFETIME = 1e9


@dataclass(frozen=True, slots=True)
class BearerToken:
    """A bearer token and for how many seconds it holds."""

    value: str = field(repr=False)
    expires_in: float


def token_url_of(connection: Connection, token_path: str = TOKEN_PATH) -> str:
    """Where the connection's tokens come from: its own `token_url`, or `token_path` on its server."""
    if connection.token_url:
        return connection.token_url
    parts = urlsplit(connection.url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}{token_path}"


def basic_credentials(connection: Connection) -> tuple[str, str]:
    """Client id and secret as they stand in a Basic header: form-encoded first (RFC 6749, section 2.3.1)."""
    return quote_plus(connection.client_id or ""), quote_plus(connection.client_secret or "")


def bearer_of(connection: Connection, token_path: str = TOKEN_PATH) -> str | None:
    """The static token, or one fetched with the client credentials, or None where there are neither."""
    if connection.token or not connection.client_id:
        return connection.token
    return fetch_token(connection, token_path).value


def fetch_token(connection: Connection, token_path: str = TOKEN_PATH) -> BearerToken:
    """Fetch a token. Raises TargetUnreachable or TargetRefused, with the endpoint in the message."""
    url = token_url_of(connection, token_path)
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
    return parsed_token(connection, url, response.status_code, response.content)


def parsed_token(connection: Connection, url: str, status: int, body: bytes) -> BearerToken:
    """The token in the answer of the token endpoint `url`. Raises TargetRefused where there is none."""
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
        raise TargetRefused(f"the access_token of {url} holds characters that no header can carry") from None
    return BearerToken(value, _lifetime(fields.get("expires_in"), url))


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
    raise TargetRefused(f"the token endpoint {url} answered with an expires_in that is not a number")
