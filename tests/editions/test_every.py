"""One server that speaks several editions: what is made over one is there over the others."""

import json
from random import Random
from typing import Any

import pytest
from sites import Said, site

from flowgauge.client.connection import connection_from
from flowgauge.contract.settings import Settings
from flowgauge.contract.targets.spoken_edition import spoken_edition
from flowgauge.editions import EDITIONS, edition_named, every_world_part
from flowgauge.editions.every import EveryWorld
from flowgauge.limits import PeerLimits
from flowgauge.reference import Access, Credential, WorldRequest

ROOT, TOKEN = "/api/orchestration", "t0ken"
WAITS = {"stages": [{"wait_event": {"event": "paid"}}, {"noop": {}}]}


class Asked:
    """A world that speaks all editions, asked by method and path."""

    def __init__(self, *faults: str) -> None:
        part = every_world_part()
        self.world: EveryWorld = part.new_world(Access((Credential(TOKEN),)), Random(0))
        part.faults.install(self.world, faults)
        self.now = 1_700_000_000.0

    def __call__(self, method: str, path: str, body: Any = None, *, token: str = TOKEN) -> tuple[int, Any]:
        self.now += 0.001
        raw = b"" if body is None else json.dumps(body).encode()
        headers = (("authorization", f"Bearer {token}"), ("content-type", "application/json"))
        path, _, query = path.partition("?")
        reply = self.world.handle(WorldRequest(method, ROOT + path, query, headers, raw), self.now)
        self.now = max(self.now, reply.due or 0.0)
        return reply.status, json.loads(reply.body) if reply.body else None

    def ids(self, path: str) -> list[str]:
        value = self("GET", path)[1]
        return [each["id"] for each in value.get("cursor", value)["data"]]


@pytest.mark.parametrize("made_at", ["/flows", "/workflows", "/v2/workflows"])
def test_a_workflow_of_any_edition_is_read_and_listed_over_all(made_at: str) -> None:
    ask = Asked()
    status, answer = ask("POST", made_at, {"stages": [{"noop": {}}]})
    assert status == 201
    for path in ("/flows", "/workflows", "/v2/workflows"):
        assert ask.ids(path) == [answer["data"]["id"]]
        assert ask("GET", f"{path}/{answer['data']['id']}")[1] == answer
    assert ask("DELETE", f"/workflows/{answer['data']['id']}") == (204, None)
    for path in ("/flows", "/workflows", "/v2/workflows"):
        assert ask.ids(path) == []
        assert ask("GET", f"{path}/{answer['data']['id']}")[0] == 404


def test_a_run_is_started_over_one_and_goes_on_over_the_others() -> None:
    ask = Asked()
    workflow = ask("POST", "/workflows", WAITS)[1]["data"]["id"]
    run = ask("POST", f"/flows/{workflow}/runs?wait=true")[1]["data"]["id"]
    assert ask("GET", f"/v2/instances/{run}")[1]["data"]["terminated"] is False
    assert ask.ids(f"/flows/{workflow}/runs") == ask.ids("/instances") == ask.ids("/v2/instances") == [run]
    assert ask("POST", f"/instances/{run}/events", {"name": "paid"}) == (204, None)
    assert ask("GET", f"/v2/instances/{run}")[1]["data"]["terminated"] is True
    statuses = ask("GET", f"/flows/{workflow}/runs/{run}")[1]["data"]["statuses"]
    assert [status["stage"] for status in statuses] == [0, 1]
    assert len({status["occurrenceID"] for status in statuses}) == 2


def test_stages_of_every_edition_are_known() -> None:
    ask = Asked()
    workflow = ask("POST", "/flows", {"stages": [{"echo": {"message": "${a}"}}]})[1]["data"]["id"]
    made = ask("POST", f"/v2/workflows/{workflow}/instances?wait=true", {"a": "b"})[1]["data"]
    assert made["terminated"]
    assert "error" not in made


def test_what_is_forgotten_or_restored_is_so_over_all() -> None:
    ask = Asked()
    ask("POST", "/v2/workflows", WAITS)
    kept, before = ask.world.kept(), ask.ids("/flows")
    ask.world.reset()
    assert ask.ids("/workflows") == ask.ids("/flows") == []
    ask.world.restore(kept)
    assert ask.ids("/workflows") == ask.ids("/flows") == before != []


def test_credentials_and_limits_are_those_of_the_server() -> None:
    ask = Asked()
    ask.world.limit(PeerLimits(request_body=10))
    for path in ("/flows", "/workflows", "/v2/workflows"):
        assert ask("POST", path, WAITS)[0] == 413
        assert ask("GET", path, token="another")[0] == 401


def test_a_fault_is_one_of_the_editions_that_have_it() -> None:
    ask = Asked("unknown-flow-500")
    assert ask("GET", "/flows/x")[0] == 500
    assert ask("GET", "/v2/workflows/x")[0] == ask("GET", "/workflows/x")[0] == 404
    ask = Asked("unknown-workflow-500")
    assert ask("GET", "/flows/x")[0] == 404
    assert ask("GET", "/v2/workflows/x")[0] == ask("GET", "/workflows/x")[0] == 500
    # What no edition has a path for is answered as by the edition that it looks like.
    ask = Asked("2026-unknown-route-text")
    assert [
        ask.world.handle(WorldRequest("GET", ROOT + p), ask.now).headers for p in ("/v2/x", "/flows/x/y")
    ] == [
        (("content-type", "text/plain; charset=utf-8"),),
        (("content-type", "application/json"),),
    ]


def test_of_all_that_it_speaks_the_newest_is_found_out() -> None:
    ask = Asked()

    def said(method: str, path: str, headers: dict[str, str]) -> Said:
        path, _, query = path.partition("?")
        given = tuple(headers.items())
        reply = ask.world.handle(WorldRequest(method, path, query, given), ask.now)
        return reply.status, dict(reply.headers), reply.body

    with site(said) as (url, _):
        settings = Settings(connection=connection_from({}, url=url, token=TOKEN))
        edition, how = spoken_edition(settings, [edition_named(name) for name in reversed(EDITIONS)])
    assert edition.name == "v2"
    assert how == f"held to edition v2, the newest that there is: {url} answers with it"
