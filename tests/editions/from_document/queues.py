"""Queues of jobs, on a server in-process of which only the document is known; its steps may be replaced."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, unquote
from uuid import uuid4

from flowgauge.contract.strict_json import NotStrictJson, parsed
from flowgauge.contract.target import Capability
from flowgauge.openapi import Document
from flowgauge.results import Exchange, Request, Response, TargetIdentity

Thing = dict[str, Any]
TEXT, TIME = {"type": "string"}, {"type": "string", "format": "date-time"}
NOTE = {"anyOf": [{"type": "string"}, {"type": "null"}]}
DRAFT = {
    "type": "object",
    "required": ["label"],
    "properties": {"label": TEXT, "note": NOTE, "rules": {"type": "array", "items": {"type": "object"}}},
}
QUEUE = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": TEXT, "createdAt": TIME, **DRAFT["properties"]},
}
TRY = {"type": "object", "properties": {"startedAt": TIME, "finishedAt": TIME}}
JOB = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": TEXT,
        "queueId": TEXT,
        "createdAt": TIME,
        "tasks": {"type": "array", "items": TEXT},
        "tries": {"type": "array", "items": TRY},
    },
}
TASKS = {
    "type": "object",
    "required": ["tasks"],
    "properties": {"tasks": JOB["properties"]["tasks"]},
    "examples": [{"tasks": []}, {"tasks": ["wash"]}],
}


def _answers(schema: Any, status: str = "200") -> Thing:
    error = {"description": "no"}
    content = {"application/json": {"schema": schema}}
    return {
        "responses": {status: {"description": "-", "content": content}, "400": error, "404": error},
    }


def _takes(schema: Any) -> Thing:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _of(name: str) -> list[Thing]:
    return [{"name": name, "in": "path", "required": True, "schema": TEXT}]


def document(*parts: str, tells: str = "view") -> Thing:
    """The document; `parts` are the parameters by which a list of jobs is asked for in parts.

    `tells` says what tells the id of a new queue: the view, a Location, or the body that was sent.
    """
    named = {"id": TEXT} if tells == "body" else {}
    draft = {**DRAFT, "required": [*DRAFT["required"], *named], "properties": DRAFT["properties"] | named}
    made = QUEUE if tells == "view" else {"type": "object"}
    numbers = [{"name": n, "in": "query", "schema": {"type": "integer", "minimum": 0}} for n in parts]
    gone = {"responses": {"204": {"description": "-"}, "404": {"description": "-"}}}
    many = {"type": "array", "items": QUEUE}
    return {
        "openapi": "3.1.0",
        "info": {"title": "queues", "version": "1"},
        "paths": {
            "/queues": {
                "get": {"operationId": "listQueues", **_answers(many)},
                "post": {"operationId": "makeQueue", **_takes(draft), **_answers(made, "201")},
            },
            "/queues/{queueId}": {
                "parameters": _of("queueId"),
                "get": {"operationId": "readQueue", **_answers(QUEUE)},
                "delete": {"operationId": "dropQueue", **gone},
            },
            "/queues/{queueId}/jobs": {
                "parameters": _of("queueId"),
                "get": {
                    "operationId": "listJobs",
                    "parameters": numbers,
                    **_answers({"type": "array", "items": JOB}),
                },
                "post": {"operationId": "makeJob", **_takes(TASKS), **_answers(JOB, "201")},
            },
            "/queues/{queueId}/jobs/{jobId}": {
                "parameters": [*_of("queueId"), *_of("jobId")],
                "get": {"operationId": "readJob", **_answers(JOB)},
            },
        },
    }


DOCUMENT = Document(document())


class Refused(Exception):
    """The status with which a request is refused."""


@dataclass
class Queues:
    """The server. Time passes when it is asked, and when somebody sleeps."""

    capabilities: frozenset[Capability] = frozenset({Capability.WRITE})
    url: str = "http://queues"
    identity: TargetIdentity = field(default_factory=lambda: TargetIdentity("queues"))
    document: Document = DOCUMENT
    clock: float = 1_700_000_000.0
    queues: dict[str, Thing] = field(default_factory=dict)
    jobs: dict[str, dict[str, Thing]] = field(default_factory=dict)

    def send(self, request: Request) -> Exchange:
        sent_at = self.clock
        self.clock += 0.001
        try:
            status, value = self.answer(request)
        except Refused as refused:
            status, value = refused.args[0], {}
        headers = [("Content-Type", "application/json")]
        if status == 201:
            headers += self.location(request, value)
            value = self.told(request, value)
        body = b"" if status == 204 or request.method == "HEAD" else json.dumps(value).encode()
        return Exchange(None, request, Response(status, tuple(headers), body), sent_at, self.clock)

    def send_together(self, requests: Sequence[Request]) -> list[Exchange]:
        return [self.send(request) for request in requests]

    def now(self) -> float:
        return self.clock

    def sleep(self, seconds: float) -> None:
        self.clock += seconds

    def reset(self) -> None:
        raise NotImplementedError

    def close(self) -> None:
        """There is nothing to let go of."""

    def answer(self, request: Request) -> tuple[int, Any]:
        path, _, query = request.target.partition("?")
        parts = [unquote(part) for part in path[1:].split("/")]
        if request.method not in {"GET", "HEAD", "POST", "DELETE"}:
            raise Refused(405)
        if parts[0] != "queues" or len(parts) > 4 or parts[2:3] not in ([], ["jobs"]):
            raise Refused(404)
        if len(parts) == 1:
            reads = request.method in {"GET", "HEAD"}
            return (200, self.listed_queues()) if reads else (201, self.made_queue(self.body(request)))
        queue = self.there(self.queues, parts[1])
        if len(parts) == 2:
            if request.method == "DELETE":
                self.drop(queue)
                return 204, None
            return 200, queue
        if len(parts) == 4:
            return 200, self.job_view(self.there(self.jobs[queue["id"]], parts[3]))
        if request.method == "POST":
            return 201, self.made_job(queue, self.body(request))
        jobs = [self.job_view(job) for job in self.jobs[queue["id"]].values()]
        return 200, self.part(jobs, {name: int(each[-1]) for name, each in parse_qs(query).items()})

    def location(self, request: Request, value: Thing) -> list[tuple[str, str]]:
        return [("Location", f"{request.path}/{quote(value['id'], safe='')}")]

    def told(self, request: Request, value: Thing) -> Thing:
        """What the answer to a create shows."""
        return value

    def there(self, things: dict[str, Thing], some_id: str) -> Thing:
        if some_id not in things:
            raise Refused(404)
        return things[some_id]

    def body(self, request: Request) -> Thing:
        name = "makeJob" if request.path.endswith("/jobs") else "makeQueue"
        try:
            body = parsed(request.body or b"")
        except NotStrictJson:
            raise Refused(400) from None
        if self.document.request_violations(name, body):
            raise Refused(400)
        return body if isinstance(body, dict) else {}

    def stamp(self, at: float) -> str:
        return (datetime.fromtimestamp(0, UTC) + timedelta(seconds=at)).isoformat().replace("+00:00", "Z")

    def made_queue(self, draft: Thing) -> Thing:
        queue = {"id": str(uuid4()), **draft, "createdAt": self.stamp(self.clock)}
        self.keep(queue)
        return queue

    def keep(self, queue: Thing) -> None:
        self.queues[queue["id"]] = queue
        self.jobs[queue["id"]] = {}

    def listed_queues(self) -> list[Thing]:
        return [*self.queues.values()]

    def drop(self, queue: Thing) -> None:
        del self.queues[queue["id"]]

    def made_job(self, queue: Thing, draft: Thing) -> Thing:
        job = {"id": str(uuid4()), **draft, "queueId": queue["id"], "at": self.clock}
        self.jobs[queue["id"]][job["id"]] = job
        return self.job_view(job)

    def job_view(self, job: Thing) -> Thing:
        shown = {name: value for name, value in job.items() if name != "at"}
        tries = [{"startedAt": self.stamp(a), "finishedAt": self.stamp(b)} for a, b in self.tries(job["at"])]
        return {**shown, "createdAt": self.stamp(job["at"]), "tries": tries}

    def tries(self, at: float) -> Iterator[tuple[float, float]]:
        yield at, at + 0.5

    def part(self, jobs: list[Thing], asked: dict[str, int]) -> list[Thing]:
        start, size = asked.get("offset", 0), asked.get("limit", 50)
        return jobs[start : start + size]
