"""What is asked at the end about acknowledged instances: each is there, once, and over."""

from collections.abc import Iterator
from urllib.parse import quote

from flowgauge.editions.v2.load.journeys import AcknowledgedInstance
from flowgauge.editions.v2.load.views import listed_instances, seen_instance_in
from flowgauge.load.engine.iteration import Journey
from flowgauge.load.journeys.findings import DOUBLED, ENDLESS, LOST
from flowgauge.load.journeys.verification import Verification, is_not_there

__all__ = ["questions"]

_PAGES = 300


def questions(verification: Verification, most: int) -> Iterator[Journey]:
    """Every question about at most `most` instances, a journey each."""
    acknowledged = verification.context.acknowledged
    for entry in acknowledged.doubled[:most]:
        yield _doubled(verification, entry)
    shared: dict[str, list[str]] = {}
    for entry in acknowledged.sampled[:most]:
        yield _instance(verification, entry)
        if not entry.is_alone:
            shared.setdefault(entry.workflow_id, []).append(entry.id)
        elif entry.workflow_id not in acknowledged.uncertain:
            yield _listed(verification, entry.workflow_id, [entry.id], is_alone=True)
    for workflow_id, ids in shared.items():
        yield _listed(verification, workflow_id, ids, is_alone=False)


def _doubled(verification: Verification, entry: AcknowledgedInstance) -> Journey:
    _, exchange = yield from verification.ask(verification.context.templates["get_run"].call(entry.id))
    verification.found.add(DOUBLED, exchange, f"two requests were acknowledged with the id {entry.id}")


def _instance(verification: Verification, entry: AcknowledgedInstance) -> Journey:
    answer, exchange = yield from verification.ask(verification.context.templates["get_run"].call(entry.id))
    instance = None if answer.failure else seen_instance_in(answer.body)
    if instance is None and not is_not_there(answer):
        verification.unreadable += 1
        return
    verification.asked += 1
    if instance is None:
        detail = f"instance {entry.id} was acknowledged, and is not there: {answer.failure}"
        verification.found.add(LOST, exchange, detail)
    elif entry.is_over and not instance.terminated:
        verification.found.add(ENDLESS, exchange, f"instance {entry.id} was over, and now is not")
    elif not instance.terminated and verification.must_be_over:
        detail = f"instance {entry.id} is not over, long after its stages' time"
        verification.found.add(ENDLESS, exchange, detail)


def _listed(verification: Verification, workflow_id: str, ids: list[str], *, is_alone: bool) -> Journey:
    """A workflow's list holds its instances, each once; that of one made for an instance nothing else."""
    query, seen = f"workflowID={quote(workflow_id, safe='')}", list[str]()
    for _ in range(_PAGES):
        call = verification.context.templates["list_runs"].call(query=query)
        answer, exchange = yield from verification.ask(call)
        page = None if answer.failure else listed_instances(answer.body)
        if page is None:
            verification.unreadable += 1
            return
        seen += [instance.id for instance in page[0] if instance.workflow_id == workflow_id]
        if page[1] is None:
            break
        query = "cursor=" + quote(page[1], safe="")
    else:
        # More pages than we turn: nothing can be said to be missing.
        return
    missing = [each for each in ids if each not in seen]
    twice = next((each for each in ids if seen.count(each) > 1), None)
    if missing:
        detail = f"{len(missing)} acknowledged instances are not listed, such as {missing[0]}"
        verification.found.add(LOST, exchange, detail)
    elif twice is not None:
        verification.found.add(DOUBLED, exchange, f"instance {twice} is listed {seen.count(twice)} times")
    elif is_alone and len(seen) > 1:
        detail = f"one instance was asked for and acknowledged ({ids[0]}), but {len(seen)} are listed"
        verification.found.add(DOUBLED, exchange, detail)
