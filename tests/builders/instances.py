"""A way to ask the world of the second version, on a clock that waits take forward at once."""

import json
from dataclasses import dataclass
from random import Random
from typing import Any

from flowgauge.editions.v2.faults import FAULTS
from flowgauge.editions.v2.world.world import InstanceWorld
from flowgauge.reference import Access, Credential, WorldRequest

ROOT = "/api/orchestration/v2"
TOKEN, START, TICK = "t0ken", 1_700_000_000.0, 0.001
UNSENT = object()


@dataclass(frozen=True)
class Said:
    """What came back, and how many seconds it took."""

    status: int
    body: bytes
    waited: float

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def data(self) -> Any:
        return self.json["data"]

    @property
    def page(self) -> Any:
        return self.json["cursor"]

    @property
    def ids(self) -> list[str]:
        return [item["id"] for item in self.page["data"]]


class Instances:
    """A world with some faults. Each question is a tick later than the last answer."""

    def __init__(self, *faults: str) -> None:
        self.world = InstanceWorld(Access((Credential(TOKEN),)), Random(0))
        FAULTS.install(self.world, faults)
        self.now = START

    def ask(self, method: str, path: str, body: Any = UNSENT, *, query: str = "") -> Said:
        self.now += TICK
        raw = b"" if body is UNSENT else body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = [("authorization", f"Bearer {TOKEN}")]
        headers += [] if body is UNSENT else [("content-type", "application/json")]
        reply = self.world.handle(WorldRequest(method, ROOT + path, query, tuple(headers), raw), self.now)
        waited = max(0.0, (reply.due or self.now) - self.now)
        self.now += waited
        return Said(reply.status, reply.body, round(waited, 6))

    def later(self, seconds: float) -> "Instances":
        self.now += seconds
        return self

    def get(self, path: str, query: str = "") -> Said:
        return self.ask("GET", path, query=query)

    def workflow(self, *stages: Any, **more: Any) -> str:
        return str(self.ask("POST", "/workflows", {"stages": list(stages), **more}).data["id"])

    def started(self, workflow: str, variables: Any = UNSENT, *, wait: bool = False) -> Said:
        return self.ask("POST", f"/workflows/{workflow}/instances", variables, query="wait=true" * wait)

    def instance(self, *stages: Any, variables: Any = UNSENT) -> str:
        """The id of a new instance of a new workflow."""
        return str(self.started(self.workflow(*stages), variables).data["id"])

    def seen(self, instance: str) -> Any:
        return self.get(f"/instances/{instance}").data

    def event(self, instance: str, name: str) -> Said:
        return self.ask("POST", f"/instances/{instance}/events", {"name": name})

    def abort(self, instance: str) -> Said:
        return self.ask("PUT", f"/instances/{instance}/abort")

    def trigger(self, workflow: str, **more: Any) -> str:
        return str(
            self.ask("POST", "/triggers", {"event": "paid", "workflowID": workflow, **more}).data["id"]
        )
