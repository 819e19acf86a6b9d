"""Whole runs against a server that echoes a marked token and secret in every spelling, amid hostile text."""

import base64
import html
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from loopback import loopback_server

ROOT = Path(__file__).parents[2]
TOKEN, SECRET, HEADER = "MARK/tok-7f3a9c2e+Zq8w=", "mark secret/8e2b6d4f&=k", "MARKhead-5c1d7e9a/q~"
DOCUMENT = "src/flowgauge/editions/v0/openapi.yaml"
ACTIVE = "\x1b]0;x\x07\x9b2J\u202eevil\u2066\u200b\ufeff\u2028"
# What survives most spellings of each, and stands in nothing else.
MARKS = re.compile("7f3a9c2e|8e2b6d4f|5c1d7e9a", re.IGNORECASE)


def spellings(secret: str) -> Iterator[str]:
    yield from (
        secret,
        secret[:-3],
        secret[4:],
        secret.swapcase(),
        quote(secret, safe=""),
        html.escape(secret),
    )
    yield quote(quote(secret, safe=""), safe="")
    yield json.dumps(secret).replace("/", "\\/")
    yield "".join(f"\\u{ord(c):04x}" for c in secret)
    yield "".join(f"&#{ord(c)};" for c in secret)
    yield from (base64.b64encode(b"-" * n + secret.encode()).decode() for n in range(3))
    yield base64.urlsafe_b64encode(f"me:{quote(secret)}".encode()).decode()
    yield secret.encode().hex()


ECHOES = [echo for secret in (TOKEN, SECRET) for echo in spellings(secret)]


def echoing(peer: socket.socket) -> None:
    """Answer with what is sound in itself, odd in its head, or wrong, and with every spelling in it."""
    stream = peer.makefile("rb")
    sent = 0
    while line := stream.readline():
        first = line.decode("latin-1").split(" ", 2)
        if len(first) < 3:
            # The rest of a body whose length it did not understand.
            return
        method, target, _ = first
        length, echoes = 0, ECHOES
        while (header := stream.readline()) not in {b"\r\n", b""}:
            name, _, value = header.decode("latin-1").partition(":")
            length = int(value) if name.lower() == "content-length" and value.strip().isdigit() else length
            echoes = [*ECHOES, *spellings(HEADER)] if name == "X-Gateway" else echoes
        stream.read(length)
        sent += 1
        at = "2024-01-01T00:00:00Z"
        flow = {
            "id": TOKEN,
            "createdAt": at,
            "updatedAt": at,
            "config": {"stages": []},
            SECRET: echoes,
            ACTIVE: ACTIVE,
        }
        status, body = 200, json.dumps({"data": flow})
        if target.endswith("/token"):
            status, body = 200, json.dumps({"access_token": TOKEN, "expires_in": 3600})
        elif target.endswith("_info"):
            body = json.dumps({"version": echoes[sent % len(echoes)]})
        elif method == "POST":
            status = 201
        elif sent % 3 == 0:
            status = 500
            error = {
                "errorCode": "X",
                "errorMessage": " ".join(echoes),
                "first": TOKEN[:11],
                "then": TOKEN[11:],
            }
            body = json.dumps(error).replace("/", "\\/")
        head = [
            f"HTTP/1.1 {status} {TOKEN}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
        ]
        head += [f"X-Echo-{number}: {echo}" for number, echo in enumerate(echoes)]
        if sent % 50 == 0:
            # No HTTP, and so an error that quotes it.
            head[0] = TOKEN
        peer.sendall("\r\n".join([*head, "", "" if method == "HEAD" else body]).encode())


def hits(text: str) -> list[str]:
    """Marks in a text, read in every way that a reader of a report would try."""
    read = [text, unquote(text), unquote(unquote(text)), html.unescape(text), text.replace("\\", "")]
    read.append(re.sub(r"\\+u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text))
    for run in re.findall(r"[A-Za-z0-9+/_-]{12,}", text):
        plain = run.replace("-", "+").replace("_", "/")
        for skipped in range(4):
            piece = plain[skipped:][: (len(plain) - skipped) // 4 * 4]
            inner = base64.b64decode(piece).decode("latin-1")
            read += [inner, unquote(inner), inner.replace("\\", "")]
            # A body is base64 in a run folder, and may hold some.
            read += [
                base64.b64decode(each[: len(each) // 4 * 4]).decode("latin-1")
                for each in re.findall(r"[A-Za-z0-9+/]{16,}", inner)
            ]
    read += [bytes.fromhex(run).decode("latin-1") for run in re.findall(r"(?:[0-9a-f]{2}){6,}", text)]
    return [each[max(0, m.start() - 60) : m.end() + 30] for each in read for m in MARKS.finditer(each)]


def everything(folder: Path) -> Iterator[tuple[str, str]]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.name, path.read_bytes().decode("latin-1")


@pytest.mark.parametrize("way", ["bought", "given"])
def test_no_mark_in_anything_that_is_written_or_printed(way: str, tmp_path: Path) -> None:
    run = tmp_path / "run"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("FLOWGAUGE_")}
    with loopback_server(echoing) as url:
        environment["FLOWGAUGE_URL"] = url
        environment |= {"FLOWGAUGE_CLIENT_ID": "me", "FLOWGAUGE_CLIENT_SECRET": SECRET}
        environment |= (
            {"FLOWGAUGE_TOKEN_URL": f"{url}/token"} if way == "bought" else {"FLOWGAUGE_TOKEN": TOKEN}
        )
        python = [sys.executable, "-m"]
        load = ["locust", "-f", str(ROOT / "loadtests"), "--headless", "-t", "2s", "--rate", "20"]
        commands = {
            "suites": [
                *("pytest", str(ROOT / "contracts"), "-q", "-p", "no:cacheprovider", f"--rootdir={ROOT}"),
                *(f"--flowgauge-run-folder={run}", "--flowgauge-examples=2", "--flowgauge-budget=5"),
                *(f"--flowgauge-header=X-Gateway: {HEADER}", "--flowgauge-workers=2"),
                # All of the suites once; of the other way of having a token, what sends it.
                *(("-k", "test_security or test_reading") if way == "given" else ()),
            ],
            "load": [*load, "--run-folder", str(run), "--html", f"{run}/l.html", "--csv", f"{run}/l"],
            "gate": ["flowgauge", "gate", "--run-folder", str(run)],
            "report": ["flowgauge", "report", str(run), "--document", DOCUMENT],
        }
        codes = {}
        for name, command in commands.items():
            done = subprocess.run(
                [*python, *command], env=environment, cwd=ROOT, capture_output=True, timeout=200, check=False
            )
            codes[name] = done.returncode
            (tmp_path / f"{name}.log").write_bytes(done.stdout + done.stderr)
    written = dict(everything(tmp_path))
    expected = {"contract.json", "run.json", "report.html", "findings.har", "findings.sarif", "l.html"}
    assert expected <= set(written), (codes, written["load.log"], written["report.log"])
    assert codes["suites"] == codes["gate"] == 1, (codes, written["suites.log"][-3000:])
    # It was echoed, and the echo is shown for what it is.
    assert {"$FLOWGAUGE_TOKEN", "$FLOWGAUGE_CLIENT_SECRET"} <= set(
        re.findall(r"\$\w+", written["contract.json"])
    )
    shown = {
        name: text
        for name, text in written.items()
        if not name.startswith(("l.html", "contract.json", "run.json"))
    }
    assert "<U+202E>" in written["suites.log"]
    for name, text in shown.items():
        raw = set(ACTIVE) & set(text.encode("latin-1").decode("utf-8")) - set("]0;x2Jevil")
        assert not raw, (name, raw)
    assert {name: found[:3] for name, text in written.items() if (found := hits(text))} == {}
