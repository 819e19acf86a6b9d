"""A way to ask a world, over no wire and on a clock that waits take forward at once."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from flowgauge.editions.v0.faults import FAULTS
from flowgauge.editions.v0.world.world import FlowWorld
from flowgauge.reference import Access, Credential, Reply, WorldRequest

ROOT = "/api/orchestration"
TOKEN_PATH = "/api/auth/oauth/token"
TOKEN, EXPIRED = "t0ken-one", "t0ken-old"
CLIENT = ("client one", "s3cret/+%")
START = 1_700_000_000.0
TICK = 0.001
UNSENT = object()
NO_ROWS = "sql: no rows in result set"
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


@dataclass(frozen=True)
class Answer:
    """What came back, and how many seconds it took."""

    reply: Reply
    waited: float

    @property
    def status(self) -> int:
        return self.reply.status

    @property
    def body(self) -> bytes:
        return self.reply.body

    @property
    def json(self) -> Any:
        return json.loads(self.reply.body, parse_constant=refuse_constant)

    @property
    def data(self) -> Any:
        return self.json["data"]

    @property
    def message(self) -> str:
        return self.json["errorMessage"]

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.reply.headers if key == name), None)

    @property
    def media_type(self) -> str | None:
        return self.header("content-type")


class Asking:
    """A world with some faults. Each question is a tick later than the last answer."""

    def __init__(self, *faults: str, seed: int = 0, lifetime: float = 3600.0) -> None:
        credentials = (Credential(TOKEN), Credential(EXPIRED, expires_at=START))
        self.world = FlowWorld(Access(credentials, dict([CLIENT]), token_lifetime=lifetime), Random(seed))
        FAULTS.install(self.world, faults)
        self.now = START
        self.seen: list[tuple[Any, ...]] = []

    # -- any request

    def ask(
        self,
        method: str,
        path: str,
        body: Any = UNSENT,
        *,
        query: str = "",
        token: str | None = TOKEN,
        headers: Sequence[tuple[str, str]] = (),
    ) -> Answer:
        """Send a request to a raw path. A body that is not bytes is sent as JSON."""
        self.now += TICK
        answer = self.answer_at(self.now, method, path, body, query=query, token=token, headers=headers)
        self.now += answer.waited
        return answer

    def answer_at(
        self,
        now: float,
        method: str,
        path: str,
        body: Any = UNSENT,
        *,
        query: str = "",
        token: str | None = TOKEN,
        headers: Sequence[tuple[str, str]] = (),
    ) -> Answer:
        """The same at an instant of your own: the clock of the other questions stays where it is."""
        sent = list(headers)
        if token is not None:
            sent.append(("authorization", f"Bearer {token}"))
        raw = b"" if body is UNSENT else body if isinstance(body, bytes) else json.dumps(body).encode()
        if body is not UNSENT and not any(name == "content-type" for name, _ in sent):
            sent.append(("content-type", "application/json"))
        reply = self.world.handle(WorldRequest(method, path, query, tuple(sent), raw), now)
        waited = max(0.0, (reply.due or now) - now)
        self.seen.append((method, path, query, reply.status, reply.headers, reply.body, round(waited, 6)))
        return Answer(reply, waited)

    def later(self, seconds: float) -> "Asking":
        self.now += seconds
        return self

    # -- the operations

    def info(self) -> Answer:
        return self.ask("GET", f"{ROOT}/_info")

    def create(self, *stages: Any, body: Any = None) -> Answer:
        return self.ask("POST", f"{ROOT}/flows", {"stages": list(stages)} if body is None else body)

    def created(self, *stages: Any) -> str:
        """The id of a new workflow, where the answer gives one away."""
        return _id_in(self.create(*stages))

    def flows(self) -> Answer:
        return self.ask("GET", f"{ROOT}/flows")

    def flow(self, flow_id: str) -> Answer:
        return self.ask("GET", f"{ROOT}/flows/{flow_id}")

    def run(self, flow_id: str, body: Any = UNSENT, *, query: str = "") -> Answer:
        return self.ask("POST", f"{ROOT}/flows/{flow_id}/runs", body, query=query)

    def ran(self, flow_id: str, body: Any = UNSENT, *, query: str = "") -> str:
        """The id of a new run, where the answer gives one away."""
        return _id_in(self.run(flow_id, body, query=query))

    def runs(self, flow_id: str, query: str = "") -> Answer:
        return self.ask("GET", f"{ROOT}/flows/{flow_id}/runs", query=query)

    def occurrence(self, flow_id: str, run_id: str) -> Answer:
        return self.ask("GET", f"{ROOT}/flows/{flow_id}/runs/{run_id}")

    def statuses(self, *stages: Any, variables: Any = UNSENT) -> Any:
        """The statuses of a run of these stages, read once it is over."""
        flow_id = self.created(*stages)
        run_id = self.ran(flow_id, variables)
        return self.later(60).occurrence(flow_id, run_id).data["statuses"]

    def walk(self, flow_id: str, query: str = "") -> Iterator[Any]:
        """The cursors of the pages, first to last; over a hundred are endless."""
        for _ in range(100):
            cursor = self.runs(flow_id, query).json["cursor"]
            yield cursor
            if "next" not in cursor:
                return
            query = f"cursor={cursor['next']}"
        raise AssertionError("the walk does not end")


def _id_in(answer: Answer) -> str:
    try:
        return str(answer.data["id"])
    except (ValueError, KeyError, TypeError):
        return "none"


def normalised(seen: Sequence[tuple[Any, ...]]) -> list[str]:
    """A transcript with ids replaced by their order of appearance, so that only behaviour is left."""
    names: dict[str, str] = {}

    def named(match: re.Match[str]) -> str:
        return names.setdefault(match[0], f"id-{len(names)}")

    return [ID.sub(named, repr(line)) for line in seen]
