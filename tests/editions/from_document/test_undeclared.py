"""Members that a document does not declare: whether they are kept no document says."""

import json
from typing import Any

from flowgauge.contract.findings.recorder import Recorder
from flowgauge.contract.probe import Probe
from flowgauge.contract.session.fit import fitted
from flowgauge.editions.from_document.cases import part_of
from flowgauge.editions.from_document.inference import inferred
from flowgauge.openapi import Document

from .queues import DRAFT, QUEUE, TEXT, Queues, Thing, document

OWNER = {"type": "object", "required": ["name"], "properties": {"name": TEXT, "mail": TEXT}}
STEPS = {"type": "array", "items": {"type": "object", "properties": {"verb": TEXT}}}
BODY = {"label": "a", "owner": {"name": "b", "mail": "c", "rank": 1}, "steps": [{"verb": "d", "rank": 1}]}


def owned_document() -> Document:
    """The document, where a queue has an owner, and steps."""

    def owned(schema: Any) -> Any:
        named = {**schema["properties"], "owner": OWNER, "steps": STEPS}
        return {**schema, "properties": named}

    text = json.dumps(document())
    for schema in (DRAFT, QUEUE):
        text = text.replace(json.dumps(schema), json.dumps(owned(schema)))
    return Document(json.loads(text))


class DropsUndeclared(Queues):
    """It reads what it knows of a body, as most frameworks do."""

    known = ("name", "mail", "verb")

    def made_queue(self, draft: Thing) -> Thing:
        known = {name: self.cut(value) for name, value in draft.items() if name in {"owner", "steps"}}
        return super().made_queue({**draft, **known})

    def cut(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.cut(each) for each in value]
        return {name: each for name, each in value.items() if name in self.known}


class DropsMailLater(DropsUndeclared):
    """It forgets a member that the document declares, once it has been used for a while."""

    def cut(self, value: Any) -> Any:
        found = super().cut(value)
        if isinstance(found, dict) and len(self.queues) > 40:
            found.pop("mail", None)
        return found


def found_on(server: Queues, body: Thing, *, fill: int = 0) -> tuple[set[str], set[str]]:
    part, unfit = fitted(server, part_of(inferred(server.document, "queues")))
    for number in range(fill):
        server.made_queue({"label": str(number)})
    probe = Probe(server, Recorder(server.url, part.edition, part.findings), part)
    made = probe.made("queue", {}, body=body)
    if made is not None:
        probe.call("readQueue", made.ids)
    return {each.id for each in probe.recorder.findings()}, {each.what for each in unfit}


def test_who_drops_what_is_not_declared_is_not_blamed() -> None:
    undeclared = {"keeps what is undeclared in /owner", "keeps what is undeclared in /steps"}
    assert found_on(DropsUndeclared(document=owned_document()), BODY) == (set(), undeclared)


def test_who_keeps_everything_is_held_to_it() -> None:
    assert found_on(Queues(document=owned_document()), BODY) == (set(), set())


def test_who_drops_what_is_declared_is_found() -> None:
    found, _ = found_on(DropsMailLater(document=owned_document()), BODY, fill=50)
    assert found == {"FG-201"}
