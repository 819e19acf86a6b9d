"""What a document alone promises: for each check a server that it must catch, and odd ones that are sound."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

import pytest

from flowgauge.contract.findings.recorder import Recorder
from flowgauge.contract.probe import Probe
from flowgauge.contract.requests import built
from flowgauge.contract.session.fit import fitted
from flowgauge.contract.traffic.alone.nulls import send_nulls
from flowgauge.contract.traffic.alone.steps_walk import walk_steps
from flowgauge.contract.traffic.bodies import bodies
from flowgauge.contract.traffic.deletes import delete_each_kind
from flowgauge.contract.traffic.malformed import offers_taken_as_they_are, with_offers
from flowgauge.editions.from_document.cases import part_of
from flowgauge.editions.from_document.inference import inferred
from flowgauge.openapi import Document
from flowgauge.results import Request

from .queues import DOCUMENT, TASKS, Queues, Refused, Thing, document

OFFSET, PAGE = ("limit", "offset"), ("page", "per_page")


def probe_of(server: Queues, *parts: str) -> tuple[Probe, set[str]]:
    """The hand on a server, with what fits it; and what does not."""
    described = Document(document(*parts)) if server.document is DOCUMENT else server.document
    part, unfit = fitted(server, part_of(inferred(described, "queues")))
    probe = Probe(server, Recorder(server.url, part.edition, part.findings), part)
    return probe, {f"{each.kind} {each.what}" for each in unfit}


def looked_at(server: Queues, *parts: str) -> tuple[set[str], set[str]]:
    """What the traffic of the suites finds on a server, and what does not fit it."""
    probe, unfit = probe_of(server, *parts)
    send_nulls(probe)
    ids = probe.existing()
    for op in probe.edition.operations:
        if op.request_schema is not None and probe.edition.takes(op) <= ids.keys():
            for body in [each for each in bodies(probe.part, op) if len(each) < 500]:
                probe.send(replace(built(probe.edition, op.id, ids, body={}), body=body))
    for request in with_offers(probe.part, ids, offers_taken_as_they_are(probe.asked, probe.part)):
        probe.send(request)
    for number in range(12 if "queue" in ids else 0):
        body = probe.part.numbered("makeJob", number)
        if (job := probe.made("job", ids, body=body)) is not None:
            probe.call("readJob", job.ids)
    for size in (5, 3):
        walk_steps(probe, "job", ids, size=size)
    delete_each_kind(probe)
    return {f"{each.id} {each.operation}" for each in probe.recorder.findings()}, unfit


class ShownIsRefused(Queues):
    def made_job(self, queue: Thing, draft: Thing) -> Thing:
        if not draft["tasks"]:
            raise Refused(400)
        return super().made_job(queue, draft)


class EmptyRuleBreaks(Queues):
    def made_queue(self, draft: Thing) -> Thing:
        if len(draft.get("rules", ())) == 3 and draft["rules"].count({}) == 1:
            raise Refused(500)
        return super().made_queue(draft)


class OfferDropsBody(Queues):
    def body(self, request: Request) -> Thing:
        body = super().body(request)
        return {"tasks": []} if request.header("upgrade") and "tasks" in body else body


class RefusesADelete(Queues):
    """It does not, at first."""

    def drop(self, queue: Thing) -> None:
        if len(self.queues) > 8:
            raise Refused(400)
        super().drop(queue)


class NamesItself(Queues):
    def job_view(self, job: Thing) -> Thing:
        return {**super().job_view(job), "queueId": job["id"]}


class OverBeforeItWasMade(Queues):
    def tries(self, at: float) -> Iterator[tuple[float, float]]:
        yield at, at - 1


class IdTwice(Queues):
    def made_queue(self, draft: Thing) -> Thing:
        newest = next(reversed(self.queues), None)
        queue = super().made_queue(draft)
        if newest is None or len(self.jobs) % 2:
            return queue
        return self.queues.setdefault(newest, {}) | {**self.queues.pop(queue["id"]), "id": newest}


class NothingIsKept(Queues):
    def keep(self, queue: Thing) -> None:
        """It is forgotten."""


class NullIsRefused(Queues):
    def made_queue(self, draft: Thing) -> Thing:
        if draft.get("note", "") is None:
            raise Refused(422)
        return super().made_queue(draft)


class DeleteDoesNothing(Queues):
    def drop(self, queue: Thing) -> None:
        """It stays."""


class LastPartIsLost(Queues):
    def part(self, jobs: list[Thing], asked: dict[str, int]) -> list[Thing]:
        found = super().part(jobs, asked)
        return found if len(found) == asked.get("limit", 0) else []


class PartIsOverfull(Queues):
    def part(self, jobs: list[Thing], asked: dict[str, int]) -> list[Thing]:
        more = 1 if asked.get("limit", 0) > 2 else 0
        return super().part(jobs, {**asked, "limit": asked.get("limit", 50) + more})


class PartsOverlap(Queues):
    def part(self, jobs: list[Thing], asked: dict[str, int]) -> list[Thing]:
        back = 1 if asked.get("offset", 0) > 2 else 0
        return super().part(jobs, {**asked, "offset": asked.get("offset", 0) - back})


@pytest.mark.parametrize(
    ("server", "finding"),
    [
        (ShownIsRefused(), "FG-210 makeJob"),
        (EmptyRuleBreaks(), "FG-101 makeQueue"),
        (OfferDropsBody(), "FG-201 makeJob"),
        (NamesItself(), "FG-206 makeJob"),
        (OverBeforeItWasMade(), "FG-301 makeJob"),
        (IdTwice(), "FG-207 makeQueue"),
        (NothingIsKept(), "FG-209 makeQueue"),
        (NullIsRefused(), "FG-210 makeQueue"),
        (DeleteDoesNothing(), "FG-212 readQueue"),
        (RefusesADelete(), "FG-210 dropQueue"),
        (LastPartIsLost(), "FG-505 listJobs"),
        (PartIsOverfull(), "FG-502 listJobs"),
        (PartsOverlap(), "FG-505 listJobs"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Queues) else "",
)
def test_what_breaks_a_promise_is_found(server: Queues, finding: str) -> None:
    found, _ = looked_at(server, *OFFSET)
    assert finding in found


class RefusesWhatNoExampleShows(Queues):
    def made_queue(self, draft: Thing) -> Thing:
        if draft.get("rules") == [] or draft.get("note") == "":
            raise Refused(422)
        return super().made_queue(draft)


class HasNumbersOfItsOwn(Queues):
    def job_view(self, job: Thing) -> Thing:
        return {**super().job_view(job), "queueId": "17"}


class NamesItsQueueElsewhere(Queues):
    def job_view(self, job: Thing) -> Thing:
        return {**super().job_view(job), "queueId": job["id"], "queue": job["queueId"]}


class TriesAgain(Queues):
    """Its last end beside its new beginning; one that has not ended; one written to the second."""

    def job_view(self, job: Thing) -> Thing:
        shown = super().job_view(job)
        again = {"startedAt": self.stamp(job["at"] + 9), "finishedAt": self.stamp(job["at"] + 1)}
        unset = {"startedAt": self.stamp(job["at"]), "finishedAt": "0001-01-01T00:00:00Z"}
        cut = {"startedAt": self.stamp(job["at"]), "finishedAt": f"{self.stamp(job['at'])[:19]}Z"}
        return {**shown, "tries": [*shown["tries"], again, unset, cut]}


class FindsByLabel(Queues):
    def made_queue(self, draft: Thing) -> Thing:
        known = [queue for queue in self.queues.values() if queue["label"] == draft["label"]]
        return known[0] if known else super().made_queue(draft)


class KeepsInAWhile(Queues):
    """What is made is there a second later."""

    def there(self, things: dict[str, Thing], some_id: str) -> Thing:
        thing = super().there(things, some_id)
        if "label" in thing and self.stamp(self.clock - 1) < thing["createdAt"]:
            raise Refused(404)
        return thing


class WantsANote(Queues):
    """Of two members one has to be there; no schema says so."""

    def made_queue(self, draft: Thing) -> Thing:
        if draft.get("note") is None:
            raise Refused(422)
        return super().made_queue(draft)


class WantsOtherLabels(Queues):
    def made_queue(self, draft: Thing) -> Thing:
        if any(queue["label"] == draft["label"] for queue in self.queues.values()):
            raise Refused(422)
        return super().made_queue(draft)


class DeletesSoftly(Queues):
    """What was deleted is read still, and listed no more."""

    hidden: set[str] = set()  # noqa: RUF012 - one server, one test

    def drop(self, queue: Thing) -> None:
        self.hidden.add(queue["id"])

    def listed_queues(self) -> list[Thing]:
        return [queue for queue in super().listed_queues() if queue["id"] not in self.hidden]


class SortsTasks(Queues):
    """Of what it is sent it makes a set, and shows that in order."""

    def made_job(self, queue: Thing, draft: Thing) -> Thing:
        return super().made_job(queue, {**draft, "tasks": sorted(set(draft["tasks"]))})


class DeletesOnlyWhatIsEmpty(Queues):
    def drop(self, queue: Thing) -> None:
        if self.jobs[queue["id"]]:
            raise Refused(409)
        super().drop(queue)


@dataclass
class DeletesInAWhile(Queues):
    doomed: dict[str, float] = field(default_factory=dict)

    def drop(self, queue: Thing) -> None:
        self.doomed[queue["id"]] = self.clock + 1

    def answer(self, request: Request) -> tuple[int, Any]:
        for some_id, at in self.doomed.items():
            if at < self.clock:
                self.queues.pop(some_id, None)
        return super().answer(request)


class ReadsLeniently(Queues):
    """As many parsers of JSON do, and of objects what they declare."""

    def body(self, request: Request) -> Thing:
        sent = request.body or b""
        try:
            read = json.loads(sent.decode(json.detect_encoding(sent), "replace"), strict=False)
        except (ValueError, RecursionError):
            raise Refused(400) from None
        plain = replace(request, body=json.dumps(read).replace("NaN", "0").replace("Infinity", "0").encode())
        return {name: value for name, value in super().body(plain).items() if name != "other"}


@pytest.mark.parametrize(
    ("server", "unfit"),
    [
        (Queues(), set()),
        (ReadsLeniently(), set()),
        (RefusesWhatNoExampleShows(), set()),
        (HasNumbersOfItsOwn(), {"job queueId"}),
        (NamesItsQueueElsewhere(), {"job queueId"}),
        (TriesAgain(), set()),
        (FindsByLabel(), {"queue create", "queue keeps /note", "queue keeps /rules"}),
        (KeepsInAWhile(), {f"queue {role}" for role in ("create", "read", "list", "delete")}),
        (WantsANote(), set()),
        (WantsOtherLabels(), set()),
        (DeletesSoftly(), {"queue delete"}),
        (DeletesInAWhile(), {"queue delete"}),
        (DeletesOnlyWhatIsEmpty(), set()),
        (SortsTasks(), {"job keeps /tasks"}),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Queues) else "",
)
def test_an_odd_server_that_breaks_none_is_not_blamed(server: Queues, unfit: set[str]) -> None:
    assert looked_at(server, *OFFSET) == (set(), unfit)


class CountsPages(Queues):
    first = 1

    def part(self, jobs: list[Thing], asked: dict[str, int]) -> list[Thing]:
        size, page = asked.get("per_page", 50), asked.get("page", self.first)
        if page < self.first:
            raise Refused(400)
        start = (page - self.first) * size
        return jobs[start : start + size]


class CountsPagesFrom0(CountsPages):
    first = 0


class RefusesWhatIsBehind(CountsPages):
    def part(self, jobs: list[Thing], asked: dict[str, int]) -> list[Thing]:
        if not (found := super().part(jobs, asked)) and asked.get("page", 1) > 1:
            raise Refused(404)
        return found


class GivesTheLastPageAgain(CountsPages):
    def part(self, jobs: list[Thing], asked: dict[str, int]) -> list[Thing]:
        found = super().part(jobs, asked)
        while not found and asked["page"] > 1:
            asked = {**asked, "page": asked["page"] - 1}
            found = super().part(jobs, asked)
        return found


class SaysTheFirstPageWithAnyOther(CountsPages):
    """It counts from 1, and takes 0 for it too."""

    def part(self, jobs: list[Thing], asked: dict[str, int]) -> list[Thing]:
        return super().part(jobs, {**asked, "page": max(1, asked.get("page", 1))})


class GivesFew(Queues):
    """It gives four at once, whatever is asked for."""

    def part(self, jobs: list[Thing], asked: dict[str, int]) -> list[Thing]:
        return super().part(jobs, {**asked, "limit": min(4, asked.get("limit", 4))})


class OffsetsArePages(Queues):
    def part(self, jobs: list[Thing], asked: dict[str, int]) -> list[Thing]:
        size = asked.get("limit", 50)
        return super().part(jobs, {**asked, "offset": asked.get("offset", 0) * size})


class IgnoresParts(Queues):
    def part(self, jobs: list[Thing], asked: dict[str, int]) -> list[Thing]:
        return jobs


class NewestFirst(Queues):
    def part(self, jobs: list[Thing], asked: dict[str, int]) -> list[Thing]:
        return super().part(jobs[::-1], asked)


@pytest.mark.parametrize(
    ("server", "parts", "first"),
    [
        (CountsPages(), PAGE, 1),
        (CountsPagesFrom0(), PAGE, 0),
        (RefusesWhatIsBehind(), PAGE, 1),
        (GivesTheLastPageAgain(), PAGE, 1),
        (SaysTheFirstPageWithAnyOther(), PAGE, 1),
        (GivesFew(), OFFSET, 0),
        (NewestFirst(), OFFSET, 0),
        (OffsetsArePages(), OFFSET, None),
        (IgnoresParts(), OFFSET, None),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Queues) else "",
)
def test_however_a_list_is_counted_it_is_walked_or_let_alone(
    server: Queues, parts: tuple[str, ...], first: int | None
) -> None:
    probe, _ = probe_of(server, *parts)
    steps = probe.edition.resource("job").steps
    assert (None if steps is None else steps.first) == first
    found, unfit = looked_at(type(server)(), *parts)
    assert (found, unfit) == (set(), set() if first is not None else {"job list"})


@pytest.mark.parametrize("is_lost", [False, True])
def test_where_others_write_a_walk_is_wrong_only_if_it_is_so_twice(is_lost: bool) -> None:
    @dataclass
    class Busy(Queues):
        """Somebody puts a queue before the others each time that they are listed."""

        is_busy: bool = False

        def answer(self, request: Request) -> tuple[int, Any]:
            if self.is_busy and request.method == "GET" and request.path == "/queues":
                self.queues = {str(self.clock): {"id": str(self.clock), "label": "x"}, **self.queues}
            status, value = super().answer(request)
            if request.method == "GET" and request.path == "/queues":
                asked = dict(each.split("=") for each in request.target.partition("?")[2].split("&") if each)
                value = self.part(value, {name: int(each) for name, each in asked.items()})
                value = [queue for queue in value if queue["label"] != "6" or not is_lost]
            return status, value

    described = document(*OFFSET)
    listing = described["paths"]["/queues"]["get"]
    listing["parameters"] = described["paths"]["/queues/{queueId}/jobs"]["get"]["parameters"]
    server = Busy()
    part, _ = fitted(server, part_of(inferred(Document(json.loads(json.dumps(described))), "queues")))
    probe = Probe(server, Recorder(server.url, part.edition, part.findings), part)
    for number in range(9):
        probe.made("queue", body={"label": str(number)})
    server.is_busy = not is_lost
    walk_steps(probe, "queue", size=5)
    found = {f"{each.id} {each.operation}" for each in probe.recorder.findings()}
    assert found == ({"FG-505 listQueues"} if is_lost else set())


@dataclass
class TellsByLocation(Queues):
    """What was made is not shown; the path of the service in front of it is another, and so is its host."""

    document: Document = Document(document(tells="location"))  # noqa: RUF009 - it is never changed

    def told(self, request: Request, value: Thing) -> Thing:
        return {} if request.path == "/queues" else value

    def location(self, request: Request, value: Thing) -> list[tuple[str, str]]:
        return [("Location", f"http://inside:8080/v1{request.path}/{value['id']}")]


@dataclass
class IsCalledAsItWasSent(TellsByLocation):
    document: Document = Document(document(tells="body"))  # noqa: RUF009 - it is never changed

    def made_queue(self, draft: Thing) -> Thing:
        if draft["id"] in self.queues:
            raise Refused(409)
        queue = {**draft, "createdAt": self.stamp(self.clock)}
        self.keep(queue)
        return queue

    def location(self, request: Request, value: Thing) -> list[tuple[str, str]]:
        return []


class LosesItsLabel:
    """A queue is read with another label, but for the first."""

    def there(self, things: dict[str, Thing], some_id: str) -> Thing:
        queue: Thing = super().there(things, some_id)  # type: ignore[misc]
        return {**queue, "label": "lost"} if "label" in queue and len(things) > 14 else queue


class TellsByLocationAndLoses(LosesItsLabel, TellsByLocation):
    pass


class IsCalledAsItWasSentAndLoses(LosesItsLabel, IsCalledAsItWasSent):
    pass


class IsFoundByAnother(IsCalledAsItWasSent):
    """What is called by the client is found by a number all the same."""

    def there(self, things: dict[str, Thing], some_id: str) -> Thing:
        return super().there(things, some_id.removeprefix("q-") if some_id.startswith("q-") else "none")


class TellsNothing(TellsByLocation):
    def location(self, request: Request, value: Thing) -> list[tuple[str, str]]:
        return []


STRANGER = "0d8c4f7e-5d0b-4c7b-9a3e-6f1b2c3d4e5f"


@pytest.mark.parametrize("is_strict", [True, False])
def test_what_clients_call_alike_below_two_things_are_two_things(is_strict: bool) -> None:
    @dataclass
    class Shelves(Queues):
        """Jobs are called by their clients, and below each queue anew; another path leads to them too."""

        is_strict: bool = True

        def made_job(self, queue: Thing, draft: Thing) -> Thing:
            if self.is_strict and draft["id"] in self.jobs[queue["id"]]:
                raise Refused(409)
            job = {**draft, "queueId": queue["id"], "at": self.clock}
            self.jobs[queue["id"]][job["id"]] = job
            return self.job_view(job)

        def answer(self, request: Request) -> tuple[int, Any]:
            parts = [unquote(part) for part in request.path[1:].split("/")]
            if request.method == "DELETE" and parts[2:3] == ["jobs"]:
                del self.jobs[parts[1]][parts[3]]
                return 204, None
            return super().answer(replace(request, target=request.target.replace("/tasks/", "/jobs/")))

    described = document()
    draft = {**TASKS, "properties": {**TASKS["properties"], "id": {"type": "string"}}, "required": ["id"]}
    paths = described["paths"]
    paths["/queues/{queueId}/jobs"]["post"]["requestBody"]["content"]["application/json"]["schema"] = draft
    item = paths["/queues/{queueId}/jobs/{jobId}"]
    other = {"operationId": "readTask", "responses": item["get"]["responses"]}
    paths["/queues/{queueId}/tasks/{jobId}"] = {**item, "get": other}
    item["delete"] = {"operationId": "dropJob", "responses": {"204": {"description": "-"}}}
    server = Shelves(document=Document(described), is_strict=is_strict)
    probe, _ = probe_of(server)
    # One of whose making the suites were not told, with a job that is called as those of theirs.
    server.keep({"id": STRANGER, "label": "a stranger's", "createdAt": server.stamp(server.clock)})
    server.jobs[STRANGER] = {"a": {"id": "a", "tasks": [], "queueId": STRANGER, "at": server.clock}}
    queues = [probe.made("queue", body={"label": "one"}), probe.made("queue", body={"label": "other"})]
    for queue in queues:
        assert queue is not None
        probe.call("makeJob", queue.ids, body={"id": "a", "tasks": []})
        probe.call("listJobs", queue.ids)
        for name in ("job", "task"):
            probe.call("readJob" if name == "job" else "readTask", {**queue.ids, name: "a"})
        probe.call("readJob", {"queue": STRANGER, "job": "a"})
        probe.call("listJobs", {"queue": STRANGER})
    probe.call("makeJob", {"queue": STRANGER}, body={"id": "b", "tasks": []})
    probe.call("makeJob", queues[0].ids if queues[0] else {}, body={"id": "c", "tasks": []})
    server.jobs[STRANGER]["c"] = {"id": "c", "tasks": [], "queueId": STRANGER, "at": server.clock}
    probe.call("dropJob", {"queue": STRANGER, "job": "c"})
    probe.call("readJob", {**(queues[0].ids if queues[0] else {}), "job": "c"})
    probe.call("listJobs", queues[0].ids if queues[0] else {})
    assert [f"{each.id} {each.operation}" for each in probe.recorder.findings()] == []


@pytest.mark.parametrize("is_asked", [False, True])
def test_a_flag_may_ask_for_what_is_there_already(is_asked: bool) -> None:
    class FindsIfAsked(Queues):
        def made_queue(self, draft: Thing) -> Thing:
            known = [queue for queue in self.queues.values() if queue["label"] == draft["label"]]
            return known[0] if known and (draft.get("find") or not is_asked) else super().made_queue(draft)

    probe, _ = probe_of(Queues())
    probe.target = FindsIfAsked()
    for body in ({"label": "one"}, {"label": "one", "find": is_asked}):
        probe.call("makeQueue", body=body)
    found = {f"{each.id} {each.operation}" for each in probe.recorder.findings()}
    assert found == (set() if is_asked else {"FG-207 makeQueue"})


ROLES = {f"queue {role}" for role in ("create", "read", "list", "delete")}


@pytest.mark.parametrize(
    ("server", "found", "unfit"),
    [
        (TellsByLocation(), set(), set()),
        (IsCalledAsItWasSent(), set(), set()),
        (TellsByLocationAndLoses(), {"FG-201 readQueue"}, set()),
        (IsCalledAsItWasSentAndLoses(), {"FG-201 readQueue"}, set()),
        (IsFoundByAnother(), set(), {*ROLES, "job all of it", "queue keeps /label", "queue createdAt"}),
        (TellsNothing(), set(), {*ROLES, "job all of it"}),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Queues) else "",
)
def test_what_a_create_does_not_show_is_found_by_what_tells_its_id(
    server: Queues, found: set[str], unfit: set[str]
) -> None:
    assert looked_at(server) == (found, unfit)
