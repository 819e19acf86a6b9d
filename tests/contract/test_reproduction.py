"""Reproductions are pasted into a shell and run: they must show what the finding says."""

import contextlib
import os
import socket
import subprocess
from dataclasses import replace

import pytest
from loopback import heard, loopback_server

from flowgauge.contract.findings.recorder import Recorder
from flowgauge.contract.findings.reproduction import script
from flowgauge.contract.probe import Probe
from flowgauge.contract.requests import built
from flowgauge.contract.target import Capability
from flowgauge.contract.targets.http import HttpTarget
from flowgauge.contract.tokens import TOKEN
from flowgauge.editions import contract_part, edition_named
from flowgauge.reference.server.embedded import Embedded, embedded_server
from flowgauge.results import Exchange, Request

V0 = edition_named("v0")


@pytest.fixture(scope="module")
def server():
    with embedded_server(faults=["unknown-flow-500", "create-not-persisted"]) as running:
        yield running


def pasted(text: str, server: Embedded) -> str:
    environment = {**os.environ, "FLOWGAUGE_TOKEN": server.token}
    environment.pop("FLOWGAUGE_URL", None)
    done = subprocess.run(
        ["bash", "-c", text], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def probe(server: Embedded):
    target = HttpTarget(server.url, tokens={TOKEN: server.token}, capabilities=frozenset(Capability))
    with contextlib.closing(target):
        part = contract_part()
        yield Probe(target, Recorder(server.url, part.edition, part.findings), part)


def test_one_exchange(probe: Probe, server: Embedded) -> None:
    probe.call("getFlow", {"workflow": "it's $HOME/`x`"})
    [finding] = probe.recorder.findings()
    assert finding.id == "FG-101"
    output = pasted(finding.reproduction, server)
    assert "HTTP/1.1 500" in output


def test_a_sequence_carries_the_ids_along(probe: Probe, server: Embedded) -> None:
    probe.call("runWorkflow", {"workflow": probe.answered("createWorkflow", body={"stages": []})["id"]})
    [finding] = probe.recorder.findings()
    assert (finding.id, finding.operation) == ("FG-209", "createWorkflow")
    assert len(finding.exchanges) == 2
    output = pasted(finding.reproduction, server)
    assert "HTTP/1.1 404" in output
    # The id of the first time must not stand in a script that makes a new one.
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
def test_any_body_arrives_as_it_was(body: bytes, server: Embedded, probe: Probe) -> None:
    request = replace(built(V0, "createWorkflow", body={}), body=body)
    exchange = probe.send(request)
    assert exchange.response is not None
    output = pasted(script([exchange], server.url, V0), server)
    assert f"HTTP/1.1 {exchange.response.status}" in output
    assert output.strip().endswith(exchange.response.body.decode().strip()[-40:])


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
def test_any_request_gets_the_same_status(request_: Request, server: Embedded, probe: Probe) -> None:
    exchange: Exchange = probe.send(request_)
    assert exchange.response is not None
    assert f"HTTP/1.1 {exchange.response.status}" in pasted(script([exchange], server.url, V0), server)


def test_no_token_stands_in_any_exchange_or_script(probe: Probe, server: Embedded) -> None:
    exchange = probe.call("listFlows")
    assert server.token not in repr(exchange)
    assert server.token not in script([exchange], server.url, V0)


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
