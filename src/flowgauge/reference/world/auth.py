"""Who may call: bearer tokens (RFC 6750) and the token endpoint (RFC 6749, client credentials)."""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote_plus

from flowgauge.reference.world.message import Reply, WorldRequest
from flowgauge.reference.world.wire import encoded

__all__ = ["Access", "Authenticator", "Credential", "is_bearer_token"]

# RFC 9110, section 11.4: the scheme, at least one space, a token68. The scheme's case does not matter.
_TOKEN68 = r"[A-Za-z0-9._~+/-]+=*"
_BEARER = re.compile(f"bearer +({_TOKEN68})", re.IGNORECASE | re.ASCII)
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Credential:
    """A bearer token, and when it ends (seconds on the world's clock; None: never)."""

    token: str = field(repr=False)
    expires_at: float | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """Who may come in: bearer tokens, and clients (secrets by id) that may buy more.

    A bought token holds for `token_lifetime` seconds.
    """

    credentials: tuple[Credential, ...]
    clients: Mapping[str, str] = field(default_factory=dict, repr=False)
    token_lifetime: float = 3600.0


def is_bearer_token(text: str) -> bool:
    """Whether a request could carry `text` as its bearer token (RFC 6750, section 2.1)."""
    return re.fullmatch(_TOKEN68, text) is not None


class Authenticator:
    """Knows tokens by their digest only: a look-up by digest tells an attacker nothing by its timing."""

    def __init__(self, access: Access, *, new_token: Callable[[], str]) -> None:
        self._expiry = {_digest(c.token): c.expires_at for c in access.credentials}
        self._clients = access.clients
        self._lifetime = access.token_lifetime
        self._new_token = new_token

    def admits(self, request: WorldRequest, now: float) -> bool:
        """Whether the request carries exactly one Authorization header with a token that holds at `now`."""
        values = request.header_values("authorization")
        if len(values) != 1:
            return False
        match = _BEARER.fullmatch(values[0].strip(" \t"))
        if match is None:
            return False
        digest = _digest(match[1])
        if digest not in self._expiry:
            return False
        expires_at = self._expiry[digest]
        return expires_at is None or now < expires_at

    def issue(self, request: WorldRequest, now: float) -> Reply:
        """The token endpoint's answer."""
        media_type = (request.header("content-type") or "").partition(";")[0].strip().lower()
        if media_type != _FORM:
            return _refusal(400, "invalid_request", f"the body must be {_FORM}")
        try:
            pairs = parse_qsl(request.body.decode(), keep_blank_values=True, errors="strict")
        except ValueError:
            return _refusal(400, "invalid_request", "the body is not a form")
        if len(dict(pairs)) != len(pairs):
            return _refusal(400, "invalid_request", "a parameter is given twice")
        # RFC 6749, section 3.2: a parameter without a value counts as not sent.
        form = {name: value for name, value in pairs if value}
        basic = request.header_values("authorization")
        client = _basic(basic[0]) if basic else (form.get("client_id", ""), form.get("client_secret", ""))
        if len(basic) > 1 or (basic and "client_secret" in form):
            return _refusal(400, "invalid_request", "authenticate the client in one way only")
        if client is None or not self._is_client(*client):
            return _refusal(401, "invalid_client", "unknown client or wrong secret")
        if form.get("client_id", client[0]) != client[0]:
            return _refusal(400, "invalid_request", "client_id names another client")
        grant = form.get("grant_type")
        if grant is None:
            return _refusal(400, "invalid_request", "grant_type is required")
        if grant != "client_credentials":
            return _refusal(400, "unsupported_grant_type", "only client_credentials is supported")
        token = self._new_token()
        self._forget_expired(now)
        self._expiry[_digest(token)] = now + self._lifetime
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": int(self._lifetime)}
        return Reply(200, _JSON_UNCACHED, encoded(answer))

    def _is_client(self, client_id: str, secret: str) -> bool:
        # An unknown client costs the same comparison as a known one.
        expected = self._clients.get(client_id, "")
        # Of digests: the comparison's time tells the length of what it is given.
        matches = hmac.compare_digest(_digest(expected), _digest(secret))
        return matches and client_id in self._clients

    def _forget_expired(self, now: float) -> None:
        if len(self._expiry) > 10_000:
            self._expiry = {d: e for d, e in self._expiry.items() if e is None or now < e}


_JSON_UNCACHED = (
    ("content-type", "application/json"),
    ("cache-control", "no-store"),
    ("pragma", "no-cache"),
)


def _refusal(status: int, error: str, description: str) -> Reply:
    challenge = (("www-authenticate", 'Basic realm="flowgauge"'),) if status == 401 else ()
    body = encoded({"error": error, "error_description": description})
    return Reply(status, _JSON_UNCACHED + challenge, body)


def _basic(value: str) -> tuple[str, str] | None:
    scheme, _, payload = value.strip(" \t").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, colon, secret = base64.b64decode(payload.strip(), validate=True).decode().partition(":")
    except ValueError:
        # Not base64, or what it stands for is not UTF-8; characters outside ASCII are a plain ValueError.
        return None
    # RFC 6749, section 2.3.1: both halves are form-encoded before they are joined.
    return (unquote_plus(client_id), unquote_plus(secret)) if colon else None


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
