"""Reproductions are pasted into a shell and run: they end with 1 where the finding shows, and with 0 else."""

import contextlib
import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from broken_target import probe_of
from loopback import heard, loopback_server

from flowgauge.contract.findings.recorder import Recorder
from flowgauge.contract.probe import Probe
from flowgauge.contract.reproductions.claims import told
from flowgauge.contract.reproductions.reproduction import replay_of
from flowgauge.contract.reproductions.script import script
from flowgauge.contract.requests import built
from flowgauge.contract.session.replay import replayed
from flowgauge.contract.target import Capability
from flowgauge.contract.targets.http import HttpTarget
from flowgauge.contract.targets.world import WorldTarget
from flowgauge.contract.tokens import TOKEN
from flowgauge.contract.traffic.page_walk import walk_pages
from flowgauge.editions import contract_part, edition_named, world_part
from flowgauge.reference.server.embedded import Embedded, embedded_server
from flowgauge.results import Exchange, Finding, Request

V0 = edition_named("v0")


def ran(text: str, server: Embedded, *, shell: str = "bash") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "FLOWGAUGE_TOKEN": server.token, "FLOWGAUGE_URL": server.url}
    return subprocess.run(
        [shell, "-c", text], env=environment, capture_output=True, text=True, timeout=120, check=False
    )


@contextlib.contextmanager
def probing(server: Embedded) -> Iterator[Probe]:
    target = HttpTarget(server.url, tokens={TOKEN: server.token}, capabilities=frozenset(Capability))
    with contextlib.closing(target):
        part = contract_part()
        yield Probe(target, Recorder(server.url, part.edition, part.findings), part)


@pytest.fixture(scope="module")
def clean() -> Iterator[Embedded]:
    with embedded_server() as running:
        yield running


@pytest.fixture
def probe(clean: Embedded) -> Iterator[Probe]:
    with probing(clean) as made:
        yield made


def named_by_a_body(probe: Probe) -> None:
    made = probe.ordinary("trigger")
    assert made is not None
    probe.call("v2ReadTrigger", made.ids)


def deleted_before(probe: Probe) -> None:
    made = probe.ordinary("workflow")
    assert made is not None
    probe.call("v2DeleteWorkflow", made.ids)
    probe.call("v2RunWorkflow", made.ids)


@pytest.mark.parametrize(
    ("fault", "asks", "found", "part_of_it"),
    [
        ("trigger-forgets-filter", named_by_a_body, "FG-201", '"workflowID":"\'"$ID1"\'"'),
        ("deleted-workflow-runs", deleted_before, "FG-212", "-X DELETE"),
    ],
)
def test_what_was_made_and_deleted_before_is_again(
    fault: str, asks: Callable[[Probe], None], found: str, part_of_it: str
) -> None:
    part = contract_part("v2")
    with embedded_server(edition="v2", faults=(fault,)) as broken, embedded_server(edition="v2") as sound:
        target = HttpTarget(broken.url, tokens={TOKEN: broken.token}, capabilities=frozenset(Capability))
        with contextlib.closing(target):
            probe = Probe(target, Recorder(broken.url, part.edition, part.findings), part)
            asks(probe)
            [finding] = probe.recorder.findings()
            assert finding.id == found
            broken.reset()
            [again] = replayed([finding], target, part.edition, ends_at=float("inf"))
        assert again.reproduced
        shown = script(finding, broken.url, part.edition)
        assert part_of_it in shown
        assert ran(shown, broken).returncode == 1
        assert ran(shown, sound).returncode == 0


def exercised(probe: Probe) -> tuple[Finding, ...]:
    """What a little traffic of all kinds finds."""
    probe.call("listFlows")
    stages = [{"echo": {"message": "${a}"}}, {"noop": {"n": 1}}, {"noop": {}}]
    flows = [probe.made("workflow", body={"stages": stages}) for _ in range(2)]
    probe.call("createWorkflow", body={})
    probe.call("createWorkflow", body={"stages": None})
    probe.call("getFlow", {"workflow": "it's $HOME/`x`"})
    probe.call("createWorkflow", query="a=b", body={"stages": [{"n": 2**70, "f": 1.0, "\u0000": "\u0000"}]})
    for flow in flows:
        for k in range(18) if flow else ():
            probe.made("run", flow.ids if flow else {}, query="wait=true" if k % 2 else "", body={"a": "x"})
        if flow is not None:
            walk_pages(probe, "run", flow.ids, size=4)
            probe.call("listRuns", flow.ids)
            probe.call("listRuns", flow.ids, query="pageSize=5")
            probe.call("runWorkflow", flow.ids, body={"a": 1})
            probe.call("listRuns", flow.ids, query="pageSize=30")
            for _ in range(2):
                probe.call("getFlow", flow.ids)
            for run in list(probe.knowledge.things("run").values())[:3]:
                for _ in range(2):
                    probe.call("getWorkflowOccurrence", run.ids)
                probe.call("getWorkflowOccurrence", {**run.ids, "workflow": "unknown"})
                probe.call("getWorkflowOccurrence", {**run.ids, "run": f"{run.id}\0"})
            probe.send(replace(built(V0, "getFlow", flow.ids), method="HEAD"))
            probe.send(replace(built(V0, "getFlow", flow.ids), method="DELETE"))
    probe.call("listFlows")
    probe.send(replace(built(V0, "listFlows"), headers=()))
    probe.call("runWorkflow", {"workflow": "unknown"}, body={"a": "x"})
    return probe.recorder.findings()


@pytest.mark.parametrize(
    "faults",
    [
        ("unknown-flow-500", "405-without-allow", "auth-ignored"),
        ("create-not-persisted",),
        ("numbers-become-strings", "wrong-workflow-id"),
        ("has-more-without-next",),
        ("page-overfull",),
        ("timestamps-change-on-read",),
        ("updated-before-created", "list-repeats-newest"),
        ("list-misses-newest",),
        ("undeclared-field-leaks-secret", "last-stage-dropped"),
        ("list-runs-mixes-flows", "no-updated-at"),
        ("success-text-plain", "missing-stages-accepted"),
        ("terminated-before-started", "stage-string"),
        ("shipped-20-failed-start-leaves-run", "shipped-23-trailing-nul-ignored", "shipped-17-nul-mangled"),
        ("as-shipped-2023",),
    ],
    ids=" ".join,
)
def test_each_script_shows_its_finding_at_the_broken_server_and_nothing_at_a_sound_one(
    faults: tuple[str, ...], clean: Embedded
) -> None:
    with embedded_server(faults=faults) as broken, probing(broken) as probe:
        findings = exercised(probe)
        assert findings
        again = replayed(findings, probe.target, V0, ends_at=float("inf"))
        wrong = []
        for finding in again:
            shown, unshown = ran(finding.reproduction, broken), ran(finding.reproduction, clean)
            if (shown.returncode, unshown.returncode, finding.reproduced) != (1, 0, True):
                wrong.append((finding.id, finding.operation, shown.returncode, unshown.returncode, finding))
        assert not wrong, "\n".join(f"{row[:4]} {row[4].reproduced} {row[4].detail[:200]}" for row in wrong)


def test_a_script_says_what_is_compared_and_what_came(clean: Embedded) -> None:
    with embedded_server(faults=["unknown-flow-500"]) as broken, probing(broken) as probe:
        probe.call("getFlow", {"workflow": "it's $HOME/`x`"})
        [finding] = probe.recorder.findings()
        shown, unshown = ran(finding.reproduction, broken), ran(finding.reproduction, clean)
    assert "HTTP/1.1 500" in shown.stdout
    assert "it shows in status 500, and here is 500" in shown.stdout
    assert "HTTP/1.1 404" in unshown.stdout
    assert "it shows in status 500, and here is 404" in unshown.stdout


@pytest.mark.parametrize("shell", ["bash", "sh"])
@pytest.mark.parametrize(
    "base", ["it's", "a b".replace(" ", "%20"), "$HOME", "`id`", 'a"b'.replace('"', "%22")]
)
def test_any_base_url_is_quoted_and_nothing_is_left_behind(base: str, shell: str) -> None:
    asked: list[bytes] = []

    def serve(peer: socket.socket) -> None:
        asked.append(heard(peer))
        peer.sendall(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")

    with loopback_server(serve) as url:
        exchange = Exchange("listFlows", Request("GET", "/x"), None, 0.0, 1.0)
        finding = Finding("FG-101", "t", "listFlows", "major", "it's \n `bad`", (exchange,), "")
        text = script(finding, f"{url}/{base}", V0)
        environment = {k: v for k, v in os.environ.items() if k != "FLOWGAUGE_URL"}
        done = subprocess.run(
            [shell, "-c", f'{text}\necho "<$?${{FLOWGAUGE_URL-}}${{URL-}}${{A-}}>"'],
            env={**environment, "FLOWGAUGE_TOKEN": "t"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.stdout.endswith("<0>\n"), done.stdout + done.stderr
    assert [line.partition(b"\r\n")[0] for line in asked] == [f"GET /{base}/x HTTP/1.1".encode()]
    assert not done.stderr


def test_ids_of_the_first_time_stand_in_no_script_that_makes_its_own() -> None:
    with embedded_server(faults=["create-not-persisted"]) as broken, probing(broken) as probe:
        probe.call("runWorkflow", {"workflow": probe.answered("createWorkflow", body={"stages": []})["id"]})
        [finding] = probe.recorder.findings()
        assert (finding.id, finding.operation) == ("FG-209", "createWorkflow")
        assert finding.exchanges[-1].request.target.split("/")[4] not in finding.reproduction


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"'$(touch /tmp/x)`id`\\\"",
        b"\x00\xff\r\n",
        b"[" * 200_000,
        b"@/etc/passwd",
        b'{"stages": [{"a": "' + bytes(range(32, 127)) + b'"}]}',
    ],
)
def test_any_body_arrives_as_it_was(body: bytes, clean: Embedded, probe: Probe) -> None:
    request = replace(built(V0, "createWorkflow", body={}), body=body)
    exchange = probe.send(request)
    assert exchange.response is not None
    output = ran(script(as_finding(exchange), clean.url, V0), clean).stdout
    assert f"HTTP/1.1 {exchange.response.status}" in output
    assert exchange.response.body.decode().strip()[-40:] in output


def as_finding(exchange: Exchange) -> Finding:
    return Finding("FG-101", "t", "createWorkflow", "major", "d", (exchange,), "")


@pytest.mark.parametrize(
    "request_",
    [
        replace(built(V0, "listFlows"), method="HEAD"),
        replace(built(V0, "listFlows"), method="DELETE"),
        replace(built(V0, "listFlows"), headers=()),
        replace(built(V0, "listFlows"), headers=(("Authorization", ""),)),
        replace(
            built(V0, "listFlows"),
            headers=(("Authorization", f"Bearer {TOKEN}"), ("Authorization", "Bearer x")),
        ),
        replace(built(V0, "listFlows"), headers=(("Authorization", f"Bearer {TOKEN}x"),)),
        replace(built(V0, "createWorkflow", body={"stages": []}), chunked=True),
        replace(
            built(V0, "createWorkflow", body={"stages": []}), headers=(("Authorization", f"Bearer {TOKEN}"),)
        ),
        built(V0, "createWorkflow"),
        replace(
            built(V0, "getFlow", {"workflow": "x"}), target="/api/orchestration/flows/../flows/%2e%2E/runs"
        ),
        built(V0, "runWorkflow", {"workflow": "x"}, query="wait=true&wait=%5B1-3%5D"),
    ],
)
def test_any_request_gets_the_same_status(request_: Request, clean: Embedded, probe: Probe) -> None:
    exchange: Exchange = probe.send(request_)
    assert exchange.response is not None
    done = ran(script(as_finding(exchange), clean.url, V0), clean)
    assert f"HTTP/1.1 {exchange.response.status}" in done.stdout
    # What is recorded is what is shown.
    assert done.returncode == 1


def test_no_token_stands_in_any_exchange_or_script(probe: Probe, clean: Embedded) -> None:
    exchange = probe.call("listFlows")
    assert clean.token not in repr(exchange)
    assert clean.token not in script(as_finding(exchange), clean.url, V0)


def test_a_token_that_a_server_echoes_stands_in_no_exchange() -> None:
    def echoing(peer: socket.socket) -> None:
        head = heard(peer).decode()
        token = head.lower().partition("authorization: bearer ")[2].partition("\r\n")[0]
        body = f'{{"seen": "{token}"}}'
        peer.sendall(
            f"HTTP/1.1 200 OK\r\nX-Seen: {token}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        )

    with loopback_server(echoing) as url:
        target = HttpTarget(url, tokens={TOKEN: "s3cret-of-mine"}, capabilities=frozenset())
        with contextlib.closing(target):
            exchange = target.send(built(V0, "listFlows"))
    assert exchange.response is not None
    assert exchange.response.header("x-seen") == TOKEN
    assert "s3cret" not in repr(exchange)


def test_a_page_that_shows_a_fault_has_the_pages_before_it_as_evidence() -> None:
    probe = probe_of(WorldTarget(world_part(), faults=["list-runs-mixes-flows"]))
    flows = [probe.made("workflow", body={"stages": []}) for _ in range(2)]
    for flow in flows:
        assert flow is not None
        for _ in range(4):
            probe.made("run", flow.ids)
    assert flows[1] is not None
    walk_pages(probe, "run", flows[1].ids, size=2)
    [finding] = [each for each in probe.recorder.findings() if each.id == "FG-205"]
    pages = [e.request.target.partition("?")[2] for e in finding.exchanges if e.operation == "listRuns"]
    assert pages[0] == "pageSize=2"
    assert [page.startswith("cursor=") for page in pages] == [False, True, True]
    replay = replay_of(finding.id, finding.exchanges, V0)
    assert replay.shows(lambda request: probe.target.send(request).response)
    sound = WorldTarget(world_part())
    assert not replay.shows(lambda request: sound.send(request).response)


def test_of_a_list_before_only_the_item_that_the_last_answer_is_about_is_compared() -> None:
    shown, listed = b'{"id": "thing-1", "at": "2026-01-02T00:00:00Z"}', b'"2026-01-01T00:00:00Z"'
    alone = b'{"data": [{"id": "thing-1", "at": %b}]}' % listed
    among = alone.replace(b"[", b'[{"id": "thing-2", "at": "2026-01-03T00:00:00Z"}, ')
    other = alone.replace(listed, b'"2026-01-02T00:00:00Z"')
    said = [
        told([(200, {}, before), (200, {}, shown)], ["thing-1"], items=None, mode="times")
        for before in (alone, among, other)
    ]
    assert said[0] == said[1] != said[2]


def test_what_gets_no_answer_is_shown_again_when_all_else_was() -> None:
    sent: list[str] = []

    class Silent(WorldTarget):
        def send(self, request: Request) -> Exchange:
            sent.append(request.path)
            return Exchange(None, request, None, 0.0, 1.0, "no answer in time")

    exchange = Exchange("listFlows", Request("GET", "/flows"), None, 0.0, 1.0, "no answer in time")
    silent = Finding("FG-100", "no answer", "listFlows", "critical", "-", (exchange,), "", 1)
    refused = replace(silent, id="FG-101", exchanges=(replace(exchange, request=Request("GET", "/runs")),))
    again = replayed([silent, refused], Silent(world_part()), V0, ends_at=float("inf"))
    assert [finding.id for finding in again] == ["FG-100", "FG-101"]
    assert sent == ["/runs", "/flows"]
