"""OAuth2 client credentials (RFC 6749, section 4.4): buy a bearer token."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx
import msgspec

from flowgauge.client.connection import Connection
from flowgauge.errors import TargetRefused, TargetUnreachable
from flowgauge.spec import token_path

__all__ = ["Token", "bearer_of", "fetch_token", "token_url_of"]

DEFAULT_LIFETIME = 3600.0
TIMEOUT = 10.0


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
            auth=(connection.client_id or "", connection.client_secret or ""),
            headers={"Accept": "application/json"},
            timeout=TIMEOUT,
        )
    except httpx.HTTPError as error:
        raise TargetUnreachable(f"the token endpoint {url} does not answer: {error}") from error
    return parsed_token(url, response.status_code, response.content)


def parsed_token(url: str, status: int, body: bytes) -> Token:
    """The token in a token endpoint's answer. Raises TargetRefused where there is none."""
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        answer = None
    fields = answer if isinstance(answer, dict) else {}
    if status != 200:
        reason = fields.get("error_description") or fields.get("error") or f"status {status}"
        raise TargetRefused(
            f"the token endpoint {url} refused the client credentials: {reason}",
            hint="check FLOWGAUGE_CLIENT_ID, FLOWGAUGE_CLIENT_SECRET and FLOWGAUGE_TOKEN_URL",
        )
    value, lifetime = fields.get("access_token"), fields.get("expires_in", DEFAULT_LIFETIME)
    if not isinstance(value, str) or not value or not isinstance(lifetime, int | float):
        raise TargetRefused(f"the token endpoint {url} answered 200 without an access_token")
    return Token(value, float(lifetime))
