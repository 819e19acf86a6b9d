"""Calls at the same time, on a server of which only the document is known."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flowgauge.contract.findings.recorder import Recorder
from flowgauge.contract.probe import Probe
from flowgauge.contract.session.fit import fitted
from flowgauge.contract.traffic.concurrency import burst
from flowgauge.editions.from_document.cases import part_of
from flowgauge.editions.from_document.inference import inferred
from flowgauge.openapi import Document
from flowgauge.results import Exchange, Request

from .queues import JOB, QUEUE, Queues, Thing, document


def numbered_document() -> Document:
    """The document, where queues have numbers for ids, and jobs name the number of theirs."""

    def counted(schema: Any, name: str) -> Any:
        return {**schema, "properties": {**schema["properties"], name: {"type": "integer"}}}

    text = json.dumps(document())
    for schema, name in ((QUEUE, "id"), (JOB, "queueId")):
        text = text.replace(json.dumps(schema), json.dumps(counted(schema, name)))
    return Document(json.loads(text))


@dataclass
class NumbersQueues(Queues):
    def made_queue(self, draft: Thing) -> Thing:
        queue = {"id": len(self.jobs) + 1, **draft, "createdAt": self.stamp(self.clock)}
        self.queues[str(queue["id"])] = queue
        self.jobs[queue["id"]] = {}
        return queue

    def drop(self, queue: Thing) -> None:
        del self.queues[str(queue["id"])]

    def location(self, request: Request, value: Thing) -> list[tuple[str, str]]:
        return []


class SwapsAnswers(NumbersQueues):
    """What was asked for at the same time gets the answer of its neighbour."""

    def send_together(self, requests: Sequence[Request]) -> list[Exchange]:
        found = super().send_together(requests)
        return [replace(each, response=found[n - 1].response) for n, each in enumerate(found)]


def burst_finds(server: Queues) -> set[str]:
    part, unfit = fitted(server, part_of(inferred(server.document, "queues")))
    assert not unfit
    assert part.edition.resource("job").parent_id == "queueId"
    probe = Probe(server, Recorder(server.url, part.edition, part.findings), part)
    burst(probe, 4)
    return {each.id for each in probe.recorder.findings()}


def test_a_number_in_a_body_is_the_text_in_a_path() -> None:
    assert burst_finds(NumbersQueues(document=numbered_document())) == set()


def test_the_answer_of_another_call_is_found() -> None:
    assert burst_finds(SwapsAnswers(document=numbered_document())) & {"FG-201", "FG-206", "FG-702"}
