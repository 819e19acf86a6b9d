"""Hundreds of thousands of hostile connections to the reference server: no 5xx, no hang, memory flat.

Each connection draws what it does from a table: no HTTP at all, two lengths, endless heads, bodies that do
not come, guessed tokens, mutated requests, resets in the middle. Meanwhile a sound client asks again and
again, and must be answered. It exits with 1 if anything is not as it should be.

    python benches/hostile_soak.py [--connections 400000] [--at-once 64] [--seconds 3600]
"""

import argparse
import asyncio
import json
import os
import random
import socket
import statistics
import struct
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from urllib.parse import urlsplit

import uvloop
from load_rig import table

FLOWS = b"/api/orchestration/flows"
TOKEN = "soak-t0ken"  # noqa: S105 - opens a server of this bench's own
# The server gives up whoever keeps it waiting after 30 s: nobody here does, so a 408 counts as well.
HANGS_AFTER = 60.0
MOST_GROWTH = 0.05
# So that ports do not run out: each of these has its own.
SOURCES = 200
AUTH = b"Host: x\r\nAuthorization: Bearer " + TOKEN.encode() + b"\r\n"
GET = b"GET " + FLOWS + b" HTTP/1.1\r\n" + AUTH
# Without a token that holds: nothing is kept of it.
POST = b"POST " + FLOWS + b" HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %d\r\n"
BODY = b'{"stages":[{"noop":{"a":"b"}}]}'
Draw = random.Random


@dataclass(frozen=True)
class Attack:
    """What is sent, and how the connection ends.

    By the server, when we read one answer or its end (`answered`); or by us: `left`, `reset`, or `half`
    closed and then read to its end.
    """

    name: str
    text: Callable[[Draw], bytes]
    ends: str = "answered"


def _post(draw: Draw) -> bytes:
    return POST % draw.getrandbits(64)


def _mutated(draw: Draw) -> bytes:
    text = bytearray(GET + b"X-A: b\r\n\r\n" if draw.random() < 0.5 else _post(draw) + b"\r\n" + BODY)
    for _ in range(draw.randint(1, 6)):
        at = draw.randrange(len(text))
        text[at : at + draw.randint(0, 2)] = draw.randbytes(draw.randint(0, 3))
    # It may have become the beginning of something that goes on; the end is ours to say.
    return bytes(text)


def _deep(_: Draw) -> bytes:
    body = b"[" * 50_000
    return GET.replace(b"GET", b"POST") + b"Content-Length: %d\r\n\r\n" % len(body) + body


ATTACKS = (
    Attack("no HTTP at all", lambda draw: draw.randbytes(60) + b"\r\n\r\n", "half"),
    Attack("a TLS greeting", lambda _: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500), "half"),
    Attack("HTTP/2 from the start", lambda _: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    Attack("an empty line", lambda _: b"\r\n", "half"),
    Attack("no Host", lambda _: b"GET " + FLOWS + b" HTTP/1.1\r\n\r\n"),
    Attack("two Hosts", lambda _: GET + b"Host: y\r\n\r\n"),
    Attack("two lengths", lambda d: _post(d) + b"Content-Length: 31\r\nContent-Length: 30\r\n\r\n" + BODY),
    Attack(
        "a request hidden in a body",
        lambda d: (
            _post(d) + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + GET + b"\r\n"
        ),
    ),
    Attack("a chunk that is none", lambda d: _post(d) + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
    Attack(
        "a chunk of 2^64 bytes",
        lambda d: _post(d) + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n" + BODY,
        "half",
    ),
    Attack("a body of 1 TB", lambda d: _post(d) + b"Content-Length: 1000000000000\r\n\r\n" + BODY, "left"),
    Attack("a body that breaks off", lambda d: _post(d) + b"Content-Length: 31\r\n\r\n" + BODY[:9], "half"),
    Attack("JSON 50,000 deep", _deep),
    Attack("a head of 200 KiB", lambda _: GET + b"X-A: " + b"a" * 200_000),
    Attack(
        "a target of 100 KiB", lambda _: GET.replace(b" HTTP", b"?" + b"a" * 100_000 + b" HTTP") + b"\r\n"
    ),
    Attack(
        "5,000 headers", lambda _: GET + b"".join(b"X-%d: a\r\n" % n for n in range(5000)) + b"\r\n", "half"
    ),
    Attack("half a head", lambda d: GET[: d.randint(1, len(GET))], "left"),
    Attack("half a head, then a reset", lambda d: GET[: d.randint(1, len(GET))], "reset"),
    Attack("nothing", lambda _: b"", "left"),
    Attack("a request, then a reset", lambda _: GET + b"\r\n", "reset"),
    Attack("a request, then half a close", lambda _: GET + b"\r\n", "half"),
    Attack("another protocol", lambda d: _post(d) + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n"),
    Attack("another protocol, no key", lambda _: GET + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"),
    Attack(
        "a body that waits for a continue",
        lambda d: _post(d) + b"Expect: 100-continue\r\nContent-Length: 9\r\n\r\n",
        "left",
    ),
    Attack("a guessed token", lambda d: _post(d) + b"\r\n"),
    Attack(
        "a guessed secret",
        lambda d: (
            b"POST /api/auth/oauth/token HTTP/1.1\r\nHost: x\r\nContent-Length: 73\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\n\r\n"
            b"grant_type=client_credentials&client_id=soak&client_secret=%016x" % d.getrandbits(64) + bytes(9)
        ),
    ),
    Attack(
        "a damaged cursor",
        lambda d: GET.replace(b" HTTP", b"?cursor=" + d.randbytes(9).hex().encode() + b" HTTP") + b"\r\n",
    ),
    Attack(
        "ids of every kind",
        lambda d: GET.replace(b" HTTP", b"/%" + d.randbytes(1).hex().encode() + b"%2e HTTP") + b"\r\n",
    ),
    Attack("ten requests in a row", lambda _: (GET + b"\r\n") * 10, "half"),
    Attack("thirty in a row, then a reset", lambda _: (GET + b"\r\n") * 30, "reset"),
    Attack("a mutated request", _mutated, "half"),
    Attack("a mutated request, and off", _mutated, "reset"),
    Attack("trailing rubbish", lambda d: GET + b"\r\n" + d.randbytes(40) + b"\r\n\r\n", "half"),
)


@dataclass
class Score:
    """What came of them."""

    done: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    hung: Counter[str] = field(default_factory=Counter)
    unanswered: Counter[str] = field(default_factory=Counter)
    slowest: dict[str, float] = field(default_factory=dict)
    sound: list[float] = field(default_factory=list)
    sound_failures: list[str] = field(default_factory=list)


# Whoever sends on behind the end of what the server reads may meet a reset instead of the answer.
MAY_BE_CUT = {"a head of 200 KiB", "a target of 100 KiB", "5,000 headers", "JSON 50,000 deep"}


async def attack(number: int, address: tuple[str, int], draw: Draw, score: Score) -> None:
    """One connection, from its draw to its end."""
    chosen = ATTACKS[number % len(ATTACKS)]
    begun = time.monotonic()
    try:
        async with asyncio.timeout(HANGS_AFTER):
            said = await _exchange(chosen, number, address, draw)
    except TimeoutError:
        score.hung[chosen.name] += 1
        said = b""
    took = time.monotonic() - begun
    score.done[chosen.name] += 1
    score.slowest[chosen.name] = max(took, score.slowest.get(chosen.name, 0.0))
    for piece in said.split(b"HTTP/1.1 ")[1:]:
        score.statuses[piece[:3].decode("latin-1")] += 1
    if chosen.ends == "answered" and not said and chosen.name not in MAY_BE_CUT:
        score.unanswered[chosen.name] += 1


async def _exchange(chosen: Attack, number: int, address: tuple[str, int], draw: Draw) -> bytes:
    source = (f"127.0.0.{2 + number % SOURCES}", 0)
    reader, writer = await asyncio.open_connection(*address, local_addr=source)
    sock = writer.get_extra_info("socket")
    said = b""
    try:
        writer.write(chosen.text(draw))
        with suppress(ConnectionError):
            await writer.drain()
            if chosen.ends == "half":
                writer.write_eof()
            if chosen.ends in {"half", "answered"}:
                while piece := await reader.read(1 << 16):
                    said += piece
                    # An answer that keeps the connection is whole when its length is there.
                    if chosen.ends == "answered" and _is_whole(said):
                        break
        if chosen.ends == "reset":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    finally:
        writer.transport.abort() if chosen.ends == "reset" else writer.close()
        with suppress(OSError):
            await writer.wait_closed()
    return said


def _is_whole(said: bytes) -> bool:
    head, end, body = said.partition(b"\r\n\r\n")
    if not end or b"connection: close" in head.lower():
        return False
    if head.startswith(b"HTTP/1.1 1"):
        return _is_whole(body)
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length")
        ),
        0,
    )
    return len(body) >= length


async def sound_client(address: tuple[str, int], score: Score) -> None:
    """Asks ten times a second, on a connection of its own each time."""
    while True:
        begun = time.monotonic()
        try:
            async with asyncio.timeout(HANGS_AFTER):
                reader, writer = await asyncio.open_connection(*address)
                writer.write(GET + b"Connection: close\r\n\r\n")
                said = await reader.read()
                writer.close()
            if not said.startswith(b"HTTP/1.1 200 ") or not said.endswith(b'"data":[]}'):
                score.sound_failures.append(repr(said[:100]))
        except (OSError, TimeoutError) as error:
            score.sound_failures.append(repr(error))
        score.sound.append(time.monotonic() - begun)
        await asyncio.sleep(0.1)


async def soak(address: tuple[str, int], pid: int, args: argparse.Namespace) -> tuple[Score, list[float]]:
    """All connections, so many at once, and the server's memory (MB) after each thousandth of them."""
    score, memory = Score(), []
    asking = asyncio.ensure_future(sound_client(address, score))
    ends = time.monotonic() + args.seconds
    numbers = takewhile(lambda _: time.monotonic() < ends, range(args.connections))

    async def worker(seed: int) -> None:
        draw = random.Random(seed)
        for number in numbers:
            await attack(number, address, draw, score)
            if number % max(1, args.connections // 1000) == 0:
                memory.append(_resident(pid))

    await asyncio.gather(*(worker(seed) for seed in range(args.at_once)))
    asking.cancel()
    return score, memory


def _resident(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6


@contextmanager
def reference() -> Iterator[tuple[tuple[str, int], int, "subprocess.Popen[str]"]]:
    """The server in a process of its own: its address, its process id, and the process."""
    command = [sys.executable, "-m", "flowgauge", "serve", "--port", "0", "--token", TOKEN]
    command += ["--client-id", "soak", "--client-secret", "soak-s3cret"]
    process = subprocess.Popen(  # noqa: S603 - our own
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with process:
        try:
            assert process.stdout
            ready = json.loads(process.stdout.readline())
            parts = urlsplit(ready["url"])
            yield (str(parts.hostname), int(parts.port or 0)), ready["pid"], process
        finally:
            process.terminate()


def main() -> int:
    """Soak, and say what came of it: 0 if all is as it should be."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--connections", type=int, default=400_000, help="(default %(default)s)")
    parser.add_argument("--at-once", type=int, default=64, help="(default %(default)s)")
    parser.add_argument("--seconds", type=float, default=3600.0, help="at most (default %(default)s)")
    args = parser.parse_args()
    begun = time.monotonic()
    with reference() as (address, pid, process):
        score, memory = uvloop.run(soak(address, pid, args))
        is_alive = process.poll() is None
        process.terminate()
        assert process.stderr
        complaints = process.stderr.read().splitlines()[1:]
    rows = [
        (name, count, score.hung[name], score.unanswered[name], f"{score.slowest[name]:.2f}")
        for name, count in score.done.items()
    ]
    table(["attack", "connections", "hung", "unanswered", "slowest, s"], rows)
    print("statuses:", ", ".join(f"{status} {count:,}" for status, count in sorted(score.statuses.items())))
    fifth = max(1, len(memory) // 5)
    early, late = (statistics.median(part) for part in (memory[fifth : 2 * fifth], memory[-fifth:]))
    asked = sorted(score.sound)
    print(
        f"{sum(score.done.values()):,} connections in {time.monotonic() - begun:.0f} s; "
        f"memory: {early:.1f} MB in the second fifth, {late:.1f} MB in the last\n"
        f"sound client: {len(asked)} requests, {len(score.sound_failures)} failed, "
        f"p50 {statistics.median(asked) * 1000:.0f} ms, slowest {asked[-1] * 1000:.0f} ms"
    )
    for complaint in (*score.sound_failures[:5], *complaints[:20]):
        print(complaint)
    server_errors = sum(n for status, n in score.statuses.items() if status[0] == "5" or status == "408")
    is_sound = not (server_errors or score.hung or score.unanswered or score.sound_failures or complaints)
    return 0 if is_sound and is_alive and late <= early * (1 + MOST_GROWTH) else 1


if __name__ == "__main__":
    sys.exit(main())
