"""A request as a curl command that can be pasted into a shell.

Every word is built from parts: text that is quoted as it stands, and expansions, which the shell fills in
(a token from the environment, an id that an earlier command captured). Nothing is replaced inside a word that
is quoted already, so that no request can break out of its quotes.
"""

import base64
import gzip
import json
import re
import shlex
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from flowgauge.results.exchange import Request

__all__ = ["LONG_ID", "Expansion", "curl", "with_captured"]

LONG_ID = 8
"""Of so many characters an id that stands within other text is there by no accident."""

# One argument of a command may hold 128 KiB on Linux.
LONGEST_ARGUMENT = 16_000
_PLAIN = re.compile(rb"[\x20-\x7e\t\n]*")
_SEPARATORS = re.compile(r"([/?&=])")
# Curl has one of its own, which says as much.
_USER_AGENT = "user-agent"


@dataclass(frozen=True, slots=True)
class Expansion:
    """Shell text that is expanded where it stands, such as `$ID1`."""

    text: str


Part = str | Expansion


def curl(
    request: Request,
    *,
    url: Part,
    placeholders: Collection[str] = ("$FLOWGAUGE_TOKEN",),
    ids: Mapping[str, Expansion] | None = None,
    into: Expansion | None = None,
) -> str:
    """The command that sends the request again, as it stands.

    `url` is the server's root. `placeholders` are the texts in the request that the shell expands. `ids` are
    captured ones: they replace a whole segment of the path, a whole value of the query, or a long one within
    either; in a body, a long one that is a whole text. The answer is printed; or written `into` a file, its
    head into one whose name ends in `.head`, and its status printed. One that is behind another goes on with
    that one's command, and prints its status behind how many connections were made for it.
    """
    words = list(_options(request, into))
    for name, value in request.headers:
        if name.lower() != _USER_AGENT:
            header = f"{name}: {value}" if value else f"{name};"
            words += ["-H", _word(_split(header, placeholders))]
    if request.form == "hostless":
        words += ["-H", "'Host:'"]
    has_body = request.body is not None and (request.body != b"" or request.chunked)
    if has_body and request.header("content-type") is None:
        words += ["-H", "'Content-Type:'"]
    if request.chunked:
        words += ["-H", "'Transfer-Encoding: chunked'"]
    target = _word([url, *_target(request.target, placeholders, ids or {})])
    if request.form == "absolute":
        # As it stands: curl sends the URL's path otherwise.
        target = f"--request-target {target} {target}"
    if not has_body:
        if request.method in {"POST", "PUT", "PATCH"}:
            words += ["-H", "'Content-Length: 0'"]
        return " ".join([*words, target])
    assert request.body is not None
    if _PLAIN.fullmatch(request.body) and len(request.body) < LONGEST_ARGUMENT:
        # Without --data-binary's reading of a file where the body begins with @.
        raw = "--data-raw" if request.body.startswith(b"@") else "--data-binary"
        return " ".join([*words, raw, _word(_body(request.body.decode(), ids or {})), target])
    packed = base64.b64encode(gzip.compress(request.body, mtime=0)).decode()
    return f"echo {packed} | base64 -d | gunzip | " + " ".join([*words, "--data-binary", "@-", target])


def _options(request: Request, into: Expansion | None) -> Iterator[str]:
    """The words of the command up to the headers."""
    # -g and --path-as-is: curl must not tidy up what the server is to be shown.
    yield from ("--next" if request.is_behind else "curl", "-gsS", "--path-as-is", "--max-time", "30")
    if into is not None:
        told = "' %{num_connects} %{http_code}'" if request.is_behind else "'%{http_code}'"
        yield from ("-D", _word([into, ".head"]), "-o", _word([into]), "-w", told)
    if request.version == "1.0":
        yield "--http1.0"
    if request.method == "HEAD":
        yield "-I"
        return
    if into is None:
        yield "-i"
    if request.method != "GET" or request.body is not None:
        yield from ("-X", shlex.quote(request.method))


def _target(target: str, placeholders: Collection[str], ids: Mapping[str, Expansion]) -> Iterator[Part]:
    captured = {quote(value, safe=""): name for value, name in ids.items()}
    # What is an id with something around it is another id, made from that one.
    inner = {text: name for text, name in captured.items() if len(text) >= LONG_ID}
    for piece in _SEPARATORS.split(target):
        if piece in captured:
            yield captured[piece]
            continue
        for part in _split(piece, {*placeholders, *inner}):
            yield inner.get(part.text, part) if isinstance(part, Expansion) else part


def _body(text: str, ids: Mapping[str, Expansion]) -> Iterator[Part]:
    # What the shell captured is fit for a path: in a body stands only what is the same in both.
    texts = {f'"{old}"': name for old, name in ids.items() if _is_long(old) and quote(old, safe="") == old}
    for part in _split(text, texts):
        if isinstance(part, Expansion):
            yield from ('"', texts[part.text], '"')
        else:
            yield part


def with_captured(body: bytes | None, values: Mapping[str, str]) -> bytes | None:
    """A body with captured values in the place of the recorded ones, where those are whole texts and long."""
    for old, new in values.items() if body else ():
        if _is_long(old):
            assert body is not None
            body = body.replace(json.dumps(old).encode(), json.dumps(new).encode())
    return body


def _is_long(value: str) -> bool:
    return len(value) >= LONG_ID


def _split(text: str, placeholders: Collection[str]) -> Iterator[Part]:
    """The text in parts, its placeholders as expansions."""
    # The longest first: one may begin like another.
    pattern = "|".join(re.escape(each) for each in sorted(placeholders, key=len, reverse=True))
    for piece in re.split(f"({pattern})", text) if pattern else [text]:
        if piece:
            yield Expansion(piece) if piece in placeholders else piece


def _word(parts: Collection[Part] | Iterator[Part]) -> str:
    """One word of the shell. Text that stands together is quoted together."""
    word, text = "", ""
    for part in parts:
        if isinstance(part, str):
            text += part
        else:
            word += (shlex.quote(text) if text else "") + f'"{part.text}"'
            text = ""
    return word + (shlex.quote(text) if text or not word else "")
