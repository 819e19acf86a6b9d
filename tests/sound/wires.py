"""A proxy on loopback that puts a server's answers into every dress that HTTP/1.1 allows."""

import gzip
import random
import socket
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import BinaryIO

__all__ = ["BROKEN_WIRES", "WIRES", "Wire", "proxied"]

try:
    import brotli  # type: ignore[import-untyped,import-not-found,unused-ignore]
except ImportError:  # whoever has none sends none
    brotli = None


def _raw_deflate(body: bytes) -> bytes:
    packing = zlib.compressobj(wbits=-15)
    return packing.compress(body) + packing.flush()


def _two_members(body: bytes) -> bytes:
    return gzip.compress(body[:9]) + gzip.compress(body[9:])


CODINGS: Mapping[str, Callable[[bytes], bytes]] = {
    "identity": bytes,
    "gzip": gzip.compress,
    "x-gzip": _two_members,
    "deflate": zlib.compress,
    "Deflate": _raw_deflate,
    **({"br": brotli.compress} if brotli is not None else {}),
}


@dataclass(frozen=True)
class Wire:
    """How answers travel; each member is off by default.

    Seconds of `delay` and up to as many of `jitter`; `interim` statuses before each; `codings`, the last
    applied last; `framing` by "length", in "chunks", or up to the "end" of the connection, which `ends`
    "announced", "silent" after some answers, or never; `pieces` how many packets an answer is cut into; `odd`
    heads are folded, and have no reason. `spoil` is what a broken cousin does to the bytes.
    """

    delay: float = 0.0
    jitter: float = 0.0
    interim: tuple[int, ...] = ()
    codings: tuple[str, ...] = ()
    framing: str = "length"
    version: str = "1.1"
    ends: str = ""
    pieces: int = 1
    odd: bool = False
    spoil: Callable[[bytes, bytes], tuple[bytes, bytes]] = lambda head, body: (head, body)

    def __or__(self, other: "Wire") -> "Wire":
        plain = Wire()
        changed = {k: v for k, v in vars(other).items() if v != getattr(plain, k)}
        return replace(self, **changed)


def _corrupt(head: bytes, body: bytes) -> tuple[bytes, bytes]:
    return head, body[:-6] + bytes(6) if body else body


def _switching(head: bytes, body: bytes) -> tuple[bytes, bytes]:
    return b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", b""


def _cut(head: bytes, body: bytes) -> tuple[bytes, bytes]:
    return head, body[:-1]


WIRES: Mapping[str, Wire] = {
    "plain": Wire(),
    "20 ms": Wire(delay=0.02, jitter=0.01),
    "100 ms": Wire(delay=0.1, jitter=0.05),
    "reordered": Wire(jitter=0.03),
    **{name: Wire(codings=(name,)) for name in CODINGS},
    "two codings": Wire(codings=("deflate", "gzip")),
    "interim": Wire(interim=(100, 102, 103, 103)),
    "chunks": Wire(framing="chunks"),
    "small packets": Wire(pieces=40),
    "odd heads": Wire(odd=True),
    "announced ends": Wire(ends="announced"),
    "silent ends": Wire(ends="silent"),
    "HTTP/1.0": Wire(version="1.0", framing="end", ends="announced"),
    "no length": Wire(framing="end", ends="silent"),
}
BROKEN_WIRES: Mapping[str, Wire] = {
    "corrupt gzip": Wire(codings=("gzip",), spoil=_corrupt),
    "unknown coding": Wire(codings=("identity",), spoil=lambda h, b: (h.replace(b"identity", b"x-own"), b)),
    "101": Wire(spoil=_switching, ends="silent"),
    "body cut off": Wire(spoil=_cut, ends="announced"),
    "no chunk": Wire(framing="chunks", spoil=lambda h, b: (h, b"zz\r\n" + b)),
}


def proxied(port: int, wire: Wire, seed: int = 0) -> Callable[[socket.socket], None]:
    """What a connection of the proxy in front of `port` does."""
    return partial(_serve, port, wire, random.Random(seed))


def _serve(port: int, wire: Wire, chance: random.Random, peer: socket.socket) -> None:
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    peer.settimeout(60)
    with closing(socket.create_connection(("127.0.0.1", port))) as server:
        asked, answered = peer.makefile("rb"), server.makefile("rb")
        while (request := b"".join(_message(asked, has_body=True))) and request:
            server.sendall(request)
            is_head = request.startswith(b"HEAD ")
            message = list(_message(answered, has_body=not is_head))
            if not message:
                return
            time.sleep(wire.delay + chance.random() * wire.jitter)
            ends = wire.ends == "announced" or (
                wire.ends == "silent" and (wire.framing == "end" or chance.random() < 0.2)
            )
            # Who asks in HTTP/1.0 reads neither chunks nor interim answers (RFC 9112, 6.1; RFC 9110, 15.2).
            is_old = request.partition(b"\r\n")[0].endswith(b" HTTP/1.0")
            worn = replace(wire, framing="length", interim=()) if is_old and wire.framing != "end" else wire
            data = _dressed(worn, message[0], b"".join(message[1:]), is_head=is_head)
            size = max(1, len(data) // wire.pieces)
            for start in range(0, len(data), size):
                peer.sendall(data[start : start + size])
            if ends or b"connection: close" in message[0].lower():
                return


def _dressed(wire: Wire, head: bytes, body: bytes, *, is_head: bool) -> bytes:
    first, *lines = head.decode("latin-1").split("\r\n")[:-2]
    _, status, *_ = first.split(" ")
    headers = [line for line in lines if not line.lower().startswith("content-length")]
    for coding in wire.codings:
        body = CODINGS[coding](body) if body else body
    headers += [f"content-encoding: {coding}" for coding in wire.codings]
    if status not in {"204", "304"}:
        if wire.framing == "length":
            headers.append(f"content-length: {len(body)}")
        elif wire.framing == "chunks":
            headers.append("Transfer-Encoding: Chunked")
            body = b"" if is_head else b"".join(_chunks(body))
    if wire.ends == "announced" or wire.framing == "end":
        headers.append("Connection: , close" if wire.version == "1.1" else "Connection:")
    reason = first.partition(status)[2]
    if wire.odd:
        reason = " "
        headers = [line.replace(": ", ":\t \r\n\t ", 1) for line in headers]
    whole = "\r\n".join((f"HTTP/{wire.version} {status}{reason}", *headers, "", "")).encode("latin-1")
    whole, body = wire.spoil(whole, body)
    interim = "".join(f"HTTP/1.1 {code} Wait\r\nLink: </a>; rel=preload\r\n\r\n" for code in wire.interim)
    return interim.encode() + whole + body


def _chunks(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), 11):
        piece = body[start : start + 11]
        yield b'%X ;a=b;c="d;e"\r\n%b\r\n' % (len(piece), piece)
    yield b"000;last\r\nX-Trailer: a\r\nDigest: b\r\n\r\n"


def _message(stream: BinaryIO, *, has_body: bool) -> Iterator[bytes]:
    """The head of a message, then its body, as they are; nothing at the end of the stream."""
    head = b""
    while line := stream.readline():
        head += line
        if line == b"\r\n":
            break
    else:
        return
    yield head
    fields = [line.lower().partition(b":") for line in head.split(b"\r\n")]
    length = next(
        (int(value) for name, _, value in fields if name == b"content-length" and value.strip().isdigit()), 0
    )
    if not has_body:
        return
    if any(name == b"transfer-encoding" and b"chunked" in value for name, _, value in fields):
        while line := stream.readline():
            yield line + stream.read(int(line.split(b";")[0], 16)) + stream.readline()
            if line.strip(b"0").startswith(b"\r"):
                break
        # Whatever length it tells beside that (RFC 9112, 6.3).
        return
    yield stream.read(length)
