"""Reading a request, whatever it is about: from bytes to values, or to the refusal that the bytes deserve."""

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl

from flowgauge.limits import PeerLimits
from flowgauge.openapi import Json
from flowgauge.reference.world.message import Headers, WorldRequest
from flowgauge.reference.world.wire import MalformedJson, decoded

__all__ = ["ABSENT", "MAX_BODY_BYTES", "MAX_DEPTH", "Inputs", "Query", "Refused"]

MAX_BODY_BYTES = PeerLimits().request_body
MAX_DEPTH = PeerLimits().request_depth
# What stands for a body that was not sent; JSON has no such value.
ABSENT = object()

Query = Mapping[str, Sequence[str]]


class Refused(Exception):
    """The request gets this status, with the message in an error's body."""

    def __init__(self, status: int, message: str, headers: Headers = ()) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers


class Inputs:
    """The steps of reading, within `limits`. An edition adds what its own operations take."""

    def __init__(self) -> None:
        self.limits = PeerLimits()

    def limit_body(self, request: WorldRequest) -> None:
        most = self.limits.request_body
        if len(request.body) > most:
            raise Refused(413, f"the body is over {most} bytes", (("connection", "close"),))

    def json_body(self, request: WorldRequest) -> Json:
        """The body's value, or `ABSENT` where there is none."""
        self.limit_body(request)
        if not request.body:
            return ABSENT
        if not self.is_json(request):
            raise Refused(415, "the body must be application/json in UTF-8, with no content coding")
        try:
            return decoded(request.body, max_depth=self.limits.request_depth)
        except MalformedJson as error:
            raise Refused(400, str(error)) from None

    def is_json(self, request: WorldRequest) -> bool:
        types = request.header_values("content-type")
        if len(types) != 1 or _codings(request) - {"", "identity", "chunked"}:
            return False
        media_type, *parameters = types[0].lower().split(";")
        named = [parameter.partition("=") for parameter in parameters]
        charsets = {value.strip(' \t"') for name, _, value in named if name.strip() == "charset"}
        return media_type.strip() == "application/json" and charsets <= {"utf-8", "utf8"}

    def query(self, request: WorldRequest) -> Query:
        values: dict[str, list[str]] = {}
        if request.query:
            for name, value in parse_qsl(request.query, keep_blank_values=True, errors="surrogateescape"):
                values.setdefault(name, []).append(value)
        return values

    def single(self, query: Query, name: str) -> str | None:
        values = query.get(name, ())
        if len(values) > 1:
            raise Refused(400, f"{name}: is given {len(values)} times")
        return values[0] if values else None


def _codings(request: WorldRequest) -> set[str]:
    """What the body went through before it was sent; no coding but that of chunks is undone here."""
    values = request.header_values("content-encoding") + request.header_values("transfer-encoding")
    return {coding.strip() for value in values for coding in value.lower().split(",")}
