"""What a request says: its path, its media type, the page that it asks for."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, unquote_to_bytes

from .strict import Refused


@dataclass(frozen=True)
class Request:
    """`target` as it was sent; `headers` in lower case, each with every value that was sent."""

    method: str
    target: str
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    body: bytes = b""

    def ids(self) -> tuple[str, ...]:
        return tuple(_decoded(part) for part in self.target.partition("?")[0].split("/")[1:])


@dataclass(frozen=True)
class Response:
    status: int
    headers: Mapping[str, str]
    body: bytes = b""


def _decoded(part: str) -> str:
    """A path's segment, decoded once; bytes that are no UTF-8 stay apart from any id."""
    try:
        return unquote_to_bytes(part).decode()
    except UnicodeDecodeError:
        return unquote(part, errors="replace")


def is_json(request: Request) -> bool:
    """Whether the body is JSON in UTF-8 and in no coding, by what its sender says."""
    values = request.headers.get("content-type", ())
    codings = {coding.strip().lower() for coding in request.headers.get("content-encoding", ())}
    if len(values) != 1 or not codings <= {"identity"}:
        return False
    media, *parameters = (part.strip().lower() for part in values[0].split(";"))
    named = dict(parameter.partition("=")[::2] for parameter in parameters)
    return media == "application/json" and named.get("charset", "utf-8").strip('"') in {"utf-8", "utf8"}


def page_asked_for(request: Request, code: str) -> tuple[int, int | None]:
    """The limit (the cursor's own, where none is given), and the number below which the page starts."""
    limit, before = 10, None
    asked = _query(request)
    if "after" in asked:
        limit, before = _opened(asked["after"], code)
    if "limit" in asked:
        text = asked["limit"]
        if text not in map(str, range(1, 51)):
            raise Refused(400, "a limit is an integer from 1 to 50")
        limit = int(text)
    return limit, before


def _query(request: Request) -> dict[str, str]:
    """The query's parameters that have a meaning; one that is given twice has none."""
    pairs = parse_qsl(request.target.partition("?")[2], keep_blank_values=True)
    asked: dict[str, str] = {}
    for name, value in pairs:
        if name in {"limit", "after"} and name in asked:
            raise Refused(400, f"{name} is given twice")
        asked[name] = value
    return asked


def cursor(code: str, limit: int, before: int) -> str:
    """The cursor of the page of a shelf's books whose numbers are below one."""
    text = f"{code} {limit} {before}"
    return base64.urlsafe_b64encode(f"{text} {_seal(text)}".encode()).decode().rstrip("=")


def _opened(token: str, code: str) -> tuple[int, int]:
    try:
        text = base64.urlsafe_b64decode(token.encode() + b"=" * (-len(token) % 4)).decode()
        content, _, seal = text.rpartition(" ")
        shelf, limit, before = content.split(" ")
    except ValueError as error:
        raise Refused(400, "this server gave out no such cursor") from error
    if seal != _seal(content) or shelf != code or token != cursor(shelf, int(limit), int(before)):
        raise Refused(400, "this server gave out no such cursor")
    return int(limit), int(before)


def _seal(text: str) -> str:
    return hashlib.sha256(f"a cursor of the library: {text}".encode()).hexdigest()[:16]
