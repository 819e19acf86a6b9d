"""What a durable server acknowledged is there after any death of its process, once, and goes on."""

import json
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import httpx
import pytest
from asking import ROOT
from serving import PATIENCE, SERVE, serving

from flowgauge.editions import world_part
from flowgauge.errors import UsageError
from flowgauge.reference import Access, Credential, WorldRequest
from flowgauge.reference.server.durable import DurableWorld

TOKEN = "t0ken-of-a-durable-server"
HEADERS = (
    ("authorization", f"Bearer {TOKEN}"),
    ("content-type", "application/json"),
    ("x-api-key", "s3cr3t-k3y"),
)
FLOW = b'{"stages":[{"delay":{"duration":"10s"}},{"noop":{"a":"b"}}]}'


def opened(path: Path, edition: str = "v0") -> DurableWorld:
    world = world_part().new_world(Access((Credential(TOKEN),)), Random(1))
    return DurableWorld(world, path, edition=edition, token=TOKEN)


def ask(world: DurableWorld, method: str, path: str, now: float, body: bytes = b"") -> tuple[int, bytes]:
    reply = world.handle(WorldRequest(method, f"{ROOT}{path}", "", HEADERS, body), now)
    return reply.status, reply.body


def made(world: DurableWorld, now: float) -> tuple[str, str]:
    flow = json.loads(ask(world, "POST", "/flows", now, FLOW)[1])["data"]["id"]
    return flow, json.loads(ask(world, "POST", f"/flows/{flow}/runs", now + 1)[1])["data"]["id"]


def test_everything_is_as_it_was_and_runs_have_gone_on(tmp_path: Path) -> None:
    world = opened(tmp_path / "w.db")
    flow, run = made(world, 1000.0)
    for path in ("/flows", f"/flows/{flow}", f"/flows/{flow}/runs", f"/flows/{flow}/runs/{run}"):
        for now in (1002.0, 1020.0):
            said = ask(world, "GET", path, now)
            assert said[0] == 200
    before = {path: ask(world, "GET", path, 1020.0) for path in ("/flows", f"/flows/{flow}/runs/{run}")}
    world.close()
    again = opened(tmp_path / "w.db")
    assert again.replayed == 2
    assert {path: ask(again, "GET", path, 1020.0) for path in before} == before
    assert b"terminatedAt" in before[f"/flows/{flow}/runs/{run}"][1]
    other, _ = made(again, 1021.0)
    assert other != flow
    again.close()
    assert opened(tmp_path / "w.db").replayed == 4


def test_what_was_refused_leaves_no_trace_and_no_secret_is_kept(tmp_path: Path) -> None:
    world = opened(tmp_path / "w.db")
    assert ask(world, "POST", "/flows", 1.0, b"{")[0] == 400
    assert ask(world, "POST", "/flows/no/runs", 1.0)[0] == 404
    made(world, 2.0)
    world.close()
    data = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"t0ken" not in data
    assert b"s3cr3t" not in data
    assert b"content-type" in data
    assert opened(tmp_path / "w.db").replayed == 2


def test_a_clock_that_was_set_back_does_not_make_new_things_old(tmp_path: Path) -> None:
    world = opened(tmp_path / "w.db")
    made(world, 5000.0)
    world.close()
    again = opened(tmp_path / "w.db")
    _, body = ask(again, "POST", "/flows", 4000.0, FLOW)
    assert b"1970-01-01T01:23:2" in body


def test_what_cannot_be_kept_is_not_acknowledged(tmp_path: Path) -> None:
    world = opened(tmp_path / "w.db")
    made(world, 1.0)
    world._file.execute("PRAGMA query_only = ON")
    status, body = ask(world, "POST", "/flows", 2.0, FLOW)
    assert (status, b"w.db cannot be written" in body) == (503, True)
    world._file.execute("PRAGMA query_only = OFF")
    assert ask(world, "POST", "/flows", 3.0, FLOW)[0] == 503
    assert ask(world, "GET", "/flows", 3.0)[0] == 200
    world.close()
    assert opened(tmp_path / "w.db").replayed == 2


def test_reset_empties_the_file_too(tmp_path: Path) -> None:
    world = opened(tmp_path / "w.db")
    made(world, 1.0)
    world.reset()
    assert ask(world, "GET", "/flows", 2.0)[1] == b'{"data":[]}'
    world.close()
    assert opened(tmp_path / "w.db").replayed == 0


def test_a_file_that_is_not_its_own_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes(b"no data base at all, however one looks at it\n" * 50)
    with pytest.raises(UsageError, match="is not a file of this server"):
        opened(tmp_path / "text")
    with pytest.raises(UsageError, match="cannot be opened"):
        opened(tmp_path / "nowhere" / "w.db")
    kept = opened(tmp_path / "w.db")
    with pytest.raises(UsageError, match="locked"):
        opened(tmp_path / "w.db")
    kept.close()
    with pytest.raises(UsageError, match="of the edition v0"):
        opened(tmp_path / "w.db", "v2")
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE requests (a)")
    other.close()
    with pytest.raises(UsageError):
        opened(tmp_path / "other.db")


@pytest.mark.parametrize("flags", [["--fault", "create-200"], ["--seed", "1"]])
def test_flags_that_contradict_it_are_refused(flags: list[str], tmp_path: Path) -> None:
    command = [*SERVE, "--durable", str(tmp_path / "w.db"), *flags]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (done.returncode, "contradict each other" in done.stderr) == (2, True)


@contextmanager
def durable(path: Path) -> Iterator[tuple["subprocess.Popen[str]", httpx.Client]]:
    with serving("--token", TOKEN, "--durable", str(path)) as (process, ready):
        assert ready["durable"] == str(path)
        headers = {"authorization": f"Bearer {TOKEN}"}
        with httpx.Client(
            base_url=ready["url"] + ROOT, headers=headers, timeout=PATIENCE, trust_env=False
        ) as client:
            yield process, client


def test_nothing_acknowledged_is_lost_or_doubled_over_kill_9(tmp_path: Path) -> None:
    acknowledged: set[str] = set()
    flow = ""
    for round_ in range(4):
        with durable(tmp_path / "w.db") as (process, client):
            flow = flow or client.post("/flows", json={"stages": []}).json()["data"]["id"]
            killer = threading.Timer(0.4 + 0.1 * round_, process.send_signal, [signal.SIGKILL])
            killer.start()
            try:
                while True:
                    acknowledged.add(client.post(f"/flows/{flow}/runs").json()["data"]["id"])
            except httpx.HTTPError:
                killer.join()
    assert len(acknowledged) > 100
    listed: list[str] = []
    with durable(tmp_path / "w.db") as (_, client):
        query: dict[str, str] = {"pageSize": "1000"}
        while query:
            page = client.get(f"/flows/{flow}/runs", params=query).json()["cursor"]
            listed += [run["id"] for run in page["data"]]
            query = {"cursor": page["next"]} if page.get("next") else {}
    assert len(listed) == len(set(listed))
    assert acknowledged <= set(listed)
    # One at most of each death was done and not acknowledged.
    assert len(listed) <= len(acknowledged) + 4
