"""Servers as they are: without tokens, behind a key, not to be written to, with a folder nobody can write."""

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from broken_target import BrokenTarget, found, probe_of
from loopback import heard, loopback_server
from sessions import pytest_session

from flowgauge.client.connection import Connection
from flowgauge.contract.findings.recorder import Recorder
from flowgauge.contract.probe import Probe
from flowgauge.contract.requests import AUTHORIZATION, built
from flowgauge.contract.settings import Settings, settings_from
from flowgauge.contract.target import Capability
from flowgauge.contract.targets.http import HttpTarget
from flowgauge.contract.targets.opening import open_target
from flowgauge.contract.targets.world import WorldTarget
from flowgauge.contract.traffic.page_walk import browse
from flowgauge.editions import contract_part, world_part
from flowgauge.errors import ExitCode, TargetUnreachable, UsageError
from flowgauge.limits import limits_of
from flowgauge.reference.server.embedded import Embedded, embedded_server
from flowgauge.results import Exchange, Request, Response, read_contract_report

ROOT = Path(__file__).parents[2]
OPTIONS: dict[str, Any] = {
    "flowgauge_target": "server",
    "flowgauge_fault": [],
    "flowgauge_seed": 1,
    "flowgauge_examples": None,
    "flowgauge_run_folder": "out",
}


def session(folder: Path, suite: str, *flags: str) -> tuple[int | None, str, dict[str, Any]]:
    words = [f"contracts/{suite}", "-q", f"--rootdir={ROOT}", f"--flowgauge-run-folder={folder}"]
    done = pytest_session(*words, *flags)
    report = folder / "contract.json"
    return done.code, done.output, json.loads(report.read_text()) if report.is_file() else {}


@pytest.fixture(scope="module")
def open_server() -> Iterator[Embedded]:
    with embedded_server(faults=["auth-ignored"]) as server:
        yield server


def test_a_server_without_tokens_is_sent_none_and_not_blamed(open_server: Embedded, tmp_path: Path) -> None:
    flags = [f"--flowgauge-url={open_server.url}", "--flowgauge-no-auth"]
    code, output, report = session(tmp_path, "test_security.py", *flags)
    assert code == 0, output
    assert {"refused credentials", "expired token"} <= {skipped["check"] for skipped in report["skipped"]}
    assert any("no token was sent" in note for note in report["notes"])
    settings = Settings(connection=Connection(open_server.url), needs_auth=False, read_only=True)
    part = contract_part()
    with open_target(settings, part) as target:
        exchange = target.send(built(part.edition, "listFlows"))
    assert AUTHORIZATION not in exchange.request.headers


def test_who_gives_no_token_and_needs_none_is_told_so(open_server: Embedded, tmp_path: Path) -> None:
    code, output, report = session(tmp_path, "test_security.py", f"--flowgauge-url={open_server.url}")
    assert code == 1, output
    assert {finding["id"] for finding in report["findings"]} == {"FG-601"}
    assert any("--flowgauge-no-auth" in note for note in report["notes"])


TOLD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
FINE = [TOLD % (len(body), body) for body in (b'{"version":"1.0.0"}', b'{"data":[]}')]
BUSY = b"HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"


def test_a_server_that_only_puts_off_is_neither_broken_nor_sound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flowgauge.contract.asking._PATIENCE_IN_A_ROW", 2.5)
    asked = 0

    def serve(peer: socket.socket) -> None:
        nonlocal asked
        while heard(peer):
            # The first questions are answered, and nothing more.
            asked += 1
            peer.sendall(FINE[asked - 1] if asked <= len(FINE) else BUSY)

    with loopback_server(serve) as url:
        flags = [f"--rootdir={ROOT}", f"--flowgauge-url={url}", f"--flowgauge-run-folder={tmp_path}"]
        flags.append("--flowgauge-edition=v0")
        done = pytest_session(str(ROOT / "contracts" / "test_input.py"), "-q", *flags)
    assert done.code == ExitCode.UNREACHABLE, done.output
    report = read_contract_report(tmp_path)
    assert not report.findings
    assert not report.complete
    assert {skipped.reason for skipped in report.skipped} >= {"the target was given up"}


def test_a_server_that_is_busy_from_the_start_is_unreachable() -> None:
    def serve(peer: socket.socket) -> None:
        while heard(peer):
            peer.sendall(BUSY.replace(b": 1", b": 0"))

    with (
        loopback_server(serve) as url,
        pytest.raises(TargetUnreachable, match="asks to be asked again later"),
        open_target(Settings(connection=Connection(url), needs_auth=False), contract_part()),
    ):
        pass


def test_a_server_that_wakes_up_late_is_waited_for() -> None:
    answers = [BUSY.replace(b": 1", b": 0"), *FINE]

    def serve(peer: socket.socket) -> None:
        while heard(peer):
            peer.sendall(answers.pop(0))

    with (
        loopback_server(serve) as url,
        open_target(Settings(connection=Connection(url), needs_auth=False), contract_part()),
    ):
        assert answers == []


def test_what_an_edition_guards_is_sent_to_others_only_when_it_is_allowed(tmp_path: Path) -> None:
    with embedded_server() as server:
        flags = ["-k", "money", f"--flowgauge-url={server.url}", f"--flowgauge-token={server.token}"]
        code, output, report = session(tmp_path, "test_edition.py", *flags)
        assert code == 0, output
        assert any("--flowgauge-allow money" in skipped["reason"] for skipped in report["skipped"])
        code, output, report = session(tmp_path, "test_edition.py", *flags, "--flowgauge-allow=money")
        assert code == 0, output
        assert sum(row["cases"] for row in report["operations"]) > 20
    code, output, _ = session(tmp_path, "test_edition.py", "--flowgauge-allow=mony")
    assert code == 2, output
    assert "there is money" in output


def test_a_run_folder_that_cannot_be_written_is_known_before_anything_is_sent(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with embedded_server() as server:
        flags = [f"--flowgauge-url={server.url}", f"--flowgauge-token={server.token}"]
        code, output, _ = session(tmp_path / "file" / "below", "test_input.py", *flags)
        assert code == 2, output
        assert "cannot be written" in output
        assert "Traceback" not in output
        headers = {"Authorization": f"Bearer {server.token}"}
        listed = httpx.get(f"{server.url}/api/orchestration/flows", headers=headers).json()
        assert listed == {"data": []}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"flowgauge_no_auth": True}, "name it with --flowgauge-url"),
        ({"flowgauge_no_auth": True, "flowgauge_url": "http://h", "flowgauge_token": "t"}, "contradict"),
        ({"flowgauge_header": ["s3cret-value"]}, "header 1 is not one"),
        ({"flowgauge_header": ["A: b", "X-Key: s3cret\r\nEvil: 1"]}, "header 2 is not one"),
        ({"flowgauge_header": ["Authorization: Bearer s3cret"]}, "the header Authorization"),
        ({"flowgauge_header": ["Content-Length: 1"]}, "the header Content-Length"),
        ({"flowgauge_header": ["A: b"] * 10}, "9 times"),
    ],
)
def test_what_cannot_work_is_refused_and_shows_no_secret(options: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        settings_from(OPTIONS | options, {}, root=Path())
    assert "s3cret" not in str(caught.value)


def test_headers_come_from_the_flag_or_the_environment() -> None:
    environment = {"FLOWGAUGE_HEADER_1": "Cookie: a=b", "FLOWGAUGE_HEADER_2": "X-Key:c"}
    settings = settings_from(OPTIONS, environment, root=Path())
    assert settings.headers == (("Cookie", "a=b"), ("X-Key", "c"))
    given = settings_from(OPTIONS | {"flowgauge_header": ["X-Key: d"]}, environment, root=Path())
    assert given.headers == (("X-Key", "d"),)
    assert "a=b" not in repr(settings)


def test_a_read_only_run_looks_at_what_is_there(tmp_path: Path) -> None:
    with embedded_server(faults=["undeclared-field-leaks-secret"]) as server:
        headers = {"Authorization": f"Bearer {server.token}"}
        root = f"{server.url}/api/orchestration/flows"
        for _ in range(3):
            flow = httpx.post(root, headers=headers, json={"stages": [{"noop": {}}]}).json()["data"]["id"]
            for _ in range(5):
                httpx.post(f"{root}/{flow}/runs", headers=headers)
        flags = [f"--flowgauge-url={server.url}", f"--flowgauge-token={server.token}"]
        code, output, report = session(tmp_path, "test_reading.py", *flags, "--flowgauge-read-only")
        assert code == 1, output
        assert "FG-106" in {finding["id"] for finding in report["findings"]}
        cases = {row["operation"]: row["cases"] for row in report["operations"]}
        assert cases["createWorkflow"] == cases["runWorkflow"] == 0
        assert cases["getWorkflowOccurrence"] >= 15
        assert len(httpx.get(root, headers=headers).json()["data"]) == 3


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        (b'"createdAt":"20', b'"createdAt":"19', "FG-302"),
        (b'"workflowID":"', b'"workflowID":"x', "FG-206"),
        (b'"id":"', b'"id":"x', "FG-201"),
    ],
)
def test_a_read_that_differs_from_the_list_is_found(old: bytes, new: bytes, finding: str) -> None:
    is_on = False

    def change(request: Request, response: Response) -> Response:
        is_single = request.path.rpartition("/")[2] not in {"flows", "runs"}
        body = response.body.replace(old, new) if is_on and is_single else response.body
        return Response(response.status, response.headers, body)

    target = BrokenTarget(change)
    maker = probe_of(target)
    maker.existing()
    sound = probe_of(target)
    assert browse(sound) == {"workflow": 1, "run": 1}
    assert found(sound) - {("FG-208", "listFlows"), ("FG-208", "listRuns")} == set()
    is_on = True
    broken = probe_of(target)
    browse(broken)
    assert finding in {finding_id for finding_id, _ in found(broken)}


class Elsewhere(WorldTarget):
    """A world in which an instance that is read by itself names another workflow than in the list."""

    is_on = False

    def send(self, request: Request) -> Exchange:
        exchange = super().send(request)
        response = exchange.response
        if response is None or not self.is_on or request.path.endswith("/instances"):
            return exchange
        body = response.body.replace(b'"workflowID":"', b'"workflowID":"x')
        return replace(exchange, response=replace(response, body=body))


@pytest.mark.parametrize("is_broken", [False, True])
@pytest.mark.parametrize("edition", ["v1", "v2"])
def test_a_list_of_all_parents_is_not_taken_for_that_of_one(edition: str, is_broken: bool) -> None:
    part = contract_part(edition)
    target = Elsewhere(world_part(edition))
    create, run = (part.edition.resource(kind).create or "" for kind in ("workflow", "instance"))
    for _ in range(3):
        made = target.send(built(part.edition, create, body={"stages": []})).response
        assert made is not None
        ids = {"workflow": json.loads(made.body)["data"]["id"]}
        for _ in range(2):
            target.send(built(part.edition, run, ids))
    target.capabilities -= {Capability.EXCLUSIVE, Capability.RESET, Capability.WRITE}
    target.is_on = is_broken
    probe = Probe(target, Recorder(target.url, part.edition, part.findings), part)
    assert browse(probe)["instance"] == 6
    assert ("FG-206" in {finding_id for finding_id, _ in found(probe)}) is is_broken
    assert is_broken or found(probe) == set()


def test_an_answer_beyond_a_limit_is_an_error_that_names_it() -> None:
    def serve(peer: socket.socket) -> None:
        heard(peer)
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + bytes(2000))

    with loopback_server(serve) as url:
        target = HttpTarget(url, tokens={}, capabilities=frozenset())
        target.limits = limits_of("answer=1000")
        assert target.send(Request("GET", "/")).error == "the body is larger than 1000 bytes"
        target.close()
