"""Messages on which HTTP rules: who takes what must be refused is found, and who keeps the rules is not."""

import math
import os
import re
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from broken_target import found
from loopback import heard, loopback_server

from flowgauge.contract.findings.recorder import Recorder
from flowgauge.contract.probe import Probe
from flowgauge.contract.reproductions.script import script
from flowgauge.contract.session.replay import replayed
from flowgauge.contract.target import Capability
from flowgauge.contract.targets.http import HttpTarget
from flowgauge.contract.tokens import TOKEN
from flowgauge.contract.traffic.messages import check_messages
from flowgauge.editions import contract_part
from flowgauge.errors import TargetUnreachable
from flowgauge.reference.server.embedded import embedded_server
from flowgauge.results import Exchange, Request

V0 = contract_part("v0")
INFO = "/api/orchestration/_info"
VERSION = b'{"version":"1"}'
Answer = tuple[int, bytes] | None
_HOST = re.compile(rb"[A-Za-z0-9.:\[\]-]*")

# What of a head a server must refuse, by what is odd in it.
RULES: dict[str, Callable[[list[bytes]], bool]] = {
    "no Host": lambda lines: not values(lines, b"host"),
    "two Hosts": lambda lines: len(values(lines, b"host")) > 1,
    "a Host that is none": lambda lines: not all(_HOST.fullmatch(v) for v in values(lines, b"host")),
    "a Content-Length that is no number": lambda lines: (
        not all(value.isdigit() for value in values(lines, b"content-length"))
    ),
    "two Content-Lengths": lambda lines: len(set(values(lines, b"content-length"))) > 1,
    "a body whose end nobody knows": lambda lines: (
        values(lines, b"transfer-encoding")[-1:] not in ([], [b"chunked"])
    ),
    "a blank before the colon": lambda lines: any(line.partition(b":")[0].endswith(b" ") for line in lines),
}
BOTH = "Content-Length beside chunked"
CODED = "HTTP/1.0"


def values(lines: list[bytes], name: bytes) -> list[bytes]:
    named = (line.partition(b":") for line in lines)
    return [value.strip() for key, _, value in named if key.strip().lower() == name]


class Server:
    """A server of one resource that reads heads by the RFC, but for what it is `lenient` about."""

    def __init__(
        self,
        lenient: str = "",
        *,
        refusal: Answer = (400, b""),
        folded: str = "read",
        is_absolute_known: bool = True,
        token: bytes = b"t0ken",
        goes_on: bool = False,
    ) -> None:
        self.lenient, self.refusal, self.folded = lenient, refusal, folded
        self.is_absolute_known, self.token, self.goes_on = is_absolute_known, token, goes_on

    def __call__(self, peer: socket.socket) -> None:
        while True:
            head = heard(peer)
            lines = head.split(b"\r\n\r\n")[0].split(b"\r\n")
            is_coded = values(lines, b"transfer-encoding") == [b"chunked"]
            if is_coded:
                # A body of no chunks, and more that only who goes by Content-Length takes for a part of it.
                head, _, body = head.partition(b"\r\n\r\n")
                (length,) = values(lines, b"content-length")
                while len(body) < int(length):
                    body += peer.recv(1)
                head += b"\r\n\r\n"
            answer = self.answer(head)
            if answer is None:
                return
            status, body = answer
            framing = f"Content-Length: {len(body)}"
            if self.lenient == CODED and lines[0].endswith(b" HTTP/1.0"):
                framing, body = "Transfer-Encoding: chunked", b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
            heading = f"HTTP/1.1 {status} X", "Content-Type: application/json", framing
            peer.sendall("\r\n".join((*heading, "", "")).encode() + body)
            if is_coded and self.lenient != BOTH:
                if self.goes_on:
                    peer.sendall(b"HTTP/1.1 400 X\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
                return

    def answer(self, head: bytes) -> Answer:
        if re.search(rb"\r\n[ \t]", head):
            if self.folded == "refused":
                return self.refusal
            text = b" " if self.folded == "read" else b"\r\nX: "
            head = re.sub(rb"\r\n[ \t]+", text, head)
        first, *lines = head.split(b"\r\n\r\n")[0].split(b"\r\n")
        if any(is_odd(lines) for name, is_odd in RULES.items() if name != self.lenient):
            return self.refusal
        if values(lines, b"authorization") != [b"Bearer " + self.token]:
            return 401, b"{}"
        target = first.split(b" ")[1]
        if self.is_absolute_known:
            target = re.sub(rb"^http://[^/]*", b"", target)
        return (200, VERSION) if target == INFO.encode() else (404, b"{}")


@contextmanager
def asked(serve: Callable[[socket.socket], None]) -> Iterator[Probe]:
    with loopback_server(serve) as url:
        able = frozenset({Capability.FRAMING, Capability.AUTHENTICATION})
        target = HttpTarget(url, tokens={TOKEN: "t0ken"}, capabilities=able, timeout=2)
        try:
            yield Probe(target, Recorder(url, V0.edition, V0.findings), V0)
        finally:
            target.close()


def told(serve: Callable[[socket.socket], None]) -> list[str]:
    """What the messages alone find."""
    with asked(serve) as probe:
        check_messages(probe)
        report = probe.recorder.findings()
        return [f"{each.severity}: {each.detail}" for each in report if each.id == "FG-112"]


@pytest.mark.parametrize("name", RULES)
def test_who_takes_what_must_be_refused_is_found(name: str) -> None:
    (finding,) = told(Server(name))
    assert finding.endswith(f": status 200 to {name}")


@pytest.mark.parametrize(
    ("broken", "sound"),
    [
        *((Server(name), Server()) for name in RULES),
        (Server(is_absolute_known=False), Server()),
        (Server(folded="cut"), Server(folded="refused")),
        (Server(BOTH), Server()),
        (Server(CODED), Server()),
    ],
    ids=[*RULES, "a target that is the whole URL", "a folded header", BOTH, CODED],
)
def test_the_script_of_what_was_found_shows_it(broken: Server, sound: Server) -> None:
    with asked(broken) as probe:
        check_messages(probe)
        (finding,) = (each for each in probe.recorder.findings() if each.id == "FG-112")
        text = script(finding, probe.target.url, V0.edition)
        assert ended(text, probe.target.url) == 1
    with loopback_server(sound) as url:
        assert ended(text, url) == 0


def ended(text: str, url: str) -> int:
    environment = {**os.environ, "FLOWGAUGE_TOKEN": "t0ken", "FLOWGAUGE_URL": url}
    done = subprocess.run(["sh", "-c", text], env=environment, capture_output=True, timeout=60, check=False)
    return done.returncode


def test_who_refuses_with_a_broken_server_is_found() -> None:
    assert len(told(Server(refusal=(500, b"{}")))) == 1


def test_who_does_not_know_the_absolute_form_is_found() -> None:
    assert told(Server(is_absolute_known=False)) == ["minor: status 404 to a target that is the whole URL"]


def test_who_believes_the_other_length_is_found() -> None:
    (finding,) = told(Server(BOTH))
    assert finding.startswith("major: status 200 to a read behind a message that ended at its Content-Length")


def test_who_answers_http_1_0_in_chunks_is_found() -> None:
    assert told(Server(CODED)) == ["major: Transfer-Encoding chunked to HTTP/1.0"]


def test_who_loses_a_folded_header_is_found() -> None:
    assert told(Server(folded="cut")) == ["minor: status 401 to a folded header"]


@pytest.mark.parametrize(
    "server",
    [
        Server(),
        Server(folded="refused"),
        # Go's says what it does not support, gateways have words of their own, and some only hang up.
        Server(refusal=(501, b"Unsupported transfer encoding")),
        Server(refusal=(400, b"<html>400 Bad Request</html>")),
        Server(refusal=(431, b"")),
        Server(refusal=None),
        # It takes the coding, leaves the connection open, and what follows on it is no HTTP: Go's and h11.
        Server(goes_on=True),
        # Nobody is let in: nothing can be said.
        Server(token=b"another"),
    ],
)
def test_who_keeps_the_rules_is_not_blamed(server: Server) -> None:
    assert told(server) == []


@pytest.mark.parametrize("answered", range(1, 12, 2))
def test_a_way_that_ends_in_between_is_said_and_breaks_nothing(answered: int) -> None:
    with asked(Server("two Hosts")) as probe:
        send, left = probe.target.send, iter(range(answered))

        def send_while_there_is_a_way(request: Request) -> Exchange:
            if next(left, None) is None:
                raise TargetUnreachable("the proxy is gone")
            return send(request)

        probe.target.send = send_while_there_is_a_way
        check_messages(probe)
        assert probe.is_cut_off
        assert probe.notices == ["the proxy is gone"]
        findings = [each for each in probe.recorder.findings() if each.id == "FG-112"]
        # Before, nothing but plain reads and a request without a Host.
        assert len(findings) == (answered >= 5)
        told_again = replayed(findings, probe.target, V0.edition, ends_at=math.inf)
        assert {each.not_replayed for each in told_again} <= {"the proxy is gone"}


@pytest.mark.parametrize("edition", ["v0", "v2"])
def test_the_reference_keeps_them(edition: str) -> None:
    part = contract_part(edition)
    with embedded_server(edition=edition) as server:
        target = HttpTarget(server.url, tokens={TOKEN: server.token}, capabilities=frozenset(Capability))
        probe = Probe(target, Recorder(server.url, part.edition, part.findings), part)
        check_messages(probe)
        target.close()
    assert found(probe) == set()
    assert "FG-112" not in {
        each.id for each in probe.recorder.looks.blind(tuple(part.findings), lambda _: None)
    }
