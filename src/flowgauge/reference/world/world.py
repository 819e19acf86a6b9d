"""A world: everything that a reference server knows, and how it answers.

`World.handle(request, now)` is the whole interface. Nothing in here sleeps, reads a clock or touches a
socket: time and randomness come in as arguments, so the same calls give the same answers. What is here holds
for any document; an edition's world adds its operations and what they are about. The methods below `handle`,
with those of `Inputs`, are the steps of an answer.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

from flowgauge.limits import PeerLimits
from flowgauge.openapi import Document, Json, PathMatch
from flowgauge.reference.world.auth import Access, Authenticator
from flowgauge.reference.world.inputs import Inputs, Refused
from flowgauge.reference.world.message import JSON_HEADERS, Reply, WorldRequest
from flowgauge.reference.world.wire import encoded

__all__ = ["OperationAnswer", "RoutedRequest", "World"]


@dataclass(frozen=True, slots=True)
class RoutedRequest:
    """A request and the operation that it means: what the steps of an answer hand to each other.

    `ids` are the values in the path, by parameter; `now` is the instant of the request.
    """

    request: WorldRequest
    operation: str
    ids: Mapping[str, str]
    now: float


OperationAnswer = Callable[[RoutedRequest], Reply]


class World(ABC):
    """A server without a socket. `now` is seconds since the epoch and must not run backwards.

    `answers` has an entry for each operation of the document, by its `name_of`.
    """

    def __init__(self, document: Document, access: Access, random: Random) -> None:
        self.document = document
        self.random = random
        self.inputs = Inputs()
        self.authenticator = Authenticator(access, new_token=self.new_id)
        self.answers: dict[str, OperationAnswer] = {}

    # -- the interface

    def handle(self, request: WorldRequest, now: float) -> Reply:
        """The answer to `request` at `now`; it is to be sent at `reply.due`, where that is later."""
        try:
            return self.answered(request, now)
        except Refused as refusal:
            reply = self.refusal(refusal)
            return self.head(reply) if request.method == "HEAD" else reply

    def limit(self, limits: PeerLimits) -> None:
        """Take no more than that of a client."""
        self.inputs.limits = limits

    @abstractmethod
    def reset(self) -> None:
        """Forget everything that was created."""

    @abstractmethod
    def kept(self) -> object:
        """A copy of everything that was created, for `restore`; what happens later does not show in it."""

    @abstractmethod
    def restore(self, kept: object) -> None:
        """Keep just what was kept then. Raises TypeError for what did not come from `kept`."""

    @abstractmethod
    def error_body(self, message: str) -> Json:
        """What an error looks like that says `message`."""

    # -- the way of a request

    def answered(self, request: WorldRequest, now: float) -> Reply:
        if request.path == self.document.token_path:
            return self.token(request, now)
        found = self.document.matched(request.path)
        if found is None:
            return self.unknown_route()
        if request.method == "OPTIONS":
            return Reply(204, (("allow", _allowed(found)),), b"")
        method = "GET" if request.method == "HEAD" else request.method
        if method not in found.operations:
            return self.unsupported_method(found)
        call = RoutedRequest(request, self.name_of(found.operations[method].id), found.values, now)
        self.authorize(call)
        reply = self.answers[call.operation](call)
        return self.head(reply) if request.method == "HEAD" else reply

    def name_of(self, operation_id: str) -> str:
        """By which name `answers` has an operation of the document."""
        return operation_id

    def token(self, request: WorldRequest, now: float) -> Reply:
        if request.method != "POST":
            allow = "OPTIONS, POST"
            if request.method == "OPTIONS":
                return Reply(204, (("allow", allow),), b"")
            raise Refused(405, "this method is not supported here", (("allow", allow),))
        self.inputs.limit_body(request)
        return self.authenticator.issue(request, now)

    def unknown_route(self) -> Reply:
        raise Refused(404, "no such route")

    def unsupported_method(self, found: PathMatch) -> Reply:
        raise Refused(405, "this method is not supported here", (("allow", _allowed(found)),))

    def authorize(self, call: RoutedRequest) -> None:
        if not self.authenticator.admits(call.request, call.now):
            raise Refused(401, "a valid bearer token is required", (("www-authenticate", "Bearer"),))

    # -- the replies

    def ok(self, value: Json) -> Reply:
        return Reply(200, JSON_HEADERS, encoded(value))

    def created(self, value: Json, *, due: float | None = None) -> Reply:
        return Reply(201, JSON_HEADERS, encoded(value), due)

    def refusal(self, refused: Refused) -> Reply:
        return Reply(
            refused.status, JSON_HEADERS + refused.headers, encoded(self.error_body(refused.message))
        )

    def head(self, reply: Reply) -> Reply:
        return Reply(reply.status, reply.headers, reply.body, reply.due, head_only=True)

    def new_id(self) -> str:
        """A random UUID (version 4)."""
        bits = self.random.getrandbits(128) & ~(0xF << 76) & ~(0x3 << 62) | 0x4 << 76 | 0x2 << 62
        text = f"{bits:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _allowed(found: PathMatch) -> str:
    """The value of an Allow header."""
    methods = {*found.operations, "OPTIONS"} | ({"HEAD"} if "GET" in found.operations else set())
    return ", ".join(sorted(methods))
