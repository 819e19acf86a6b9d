"""Shell text that sends the exchanges of a finding again, as it stands, when pasted."""

import base64
import gzip
import re
import shlex
from collections.abc import Sequence
from urllib.parse import quote

from flowgauge.contract.strict_json import NotStrictJson, parsed
from flowgauge.contract.targets.target import NEAR_TOKENS
from flowgauge.results import Exchange, Request

__all__ = ["given_id", "script"]

# One argument of a command may hold 128 KiB on Linux.
LONGEST_ARGUMENT = 16_000
_READ_ID = """python3 -c 'import json,sys; print(json.load(sys.stdin)["data"]["id"])'"""
_PLACEHOLDER = re.compile("(" + "|".join([*map(re.escape, NEAR_TOKENS), r"\$FLOWGAUGE_[A-Z_]*TOKEN"]) + ")")
_PLAIN = re.compile(rb"[\x20-\x7e\t\n]*")


def script(exchanges: Sequence[Exchange], url: str) -> str:
    """Shell text for the sequence: ids that an earlier answer gave are captured and used in the later ones.

    Tokens are taken from the environment. `url` is the server's root.
    """
    lines = [f"export FLOWGAUGE_URL=${{FLOWGAUGE_URL:-{url}}}   # and the token in FLOWGAUGE_TOKEN"]
    ids: dict[str, str] = {}
    for number, exchange in enumerate(exchanges, start=1):
        is_last = number == len(exchanges)
        command = _curl(exchange.request, ids, shows_head=is_last)
        given = None if is_last else given_id(exchange)
        if given is not None and given not in ids:
            name = f"ID{number}"
            lines.append(f"{name}=$({command} | {_READ_ID})")
            ids[given] = name
        elif is_last:
            lines.append(command)
        else:
            lines.append(f"{command} > /dev/null")
    if len(exchanges) == 1:
        return "\n".join(lines)
    return "\n".join(["(", *lines, ")"])


def _curl(request: Request, ids: dict[str, str], *, shows_head: bool) -> str:
    # -g and --path-as-is: curl must not tidy up what the server is to be shown.
    words = ["curl", "-gsS", "--path-as-is", "--max-time", "30"]
    if request.method == "HEAD":
        words.append("-I")
    else:
        words += ["-i"] if shows_head else []
        words += ["-X", request.method] if request.method != "GET" or request.body else []
    for name, value in request.headers:
        if name == "User-Agent":
            continue
        words += ["-H", _quoted(f"{name}: {value}" if value else f"{name};")]
    has_body = request.body is not None and (request.body != b"" or request.chunked)
    if has_body and request.header("content-type") is None:
        words += ["-H", "'Content-Type:'"]
    if request.chunked:
        words += ["-H", "'Transfer-Encoding: chunked'"]
    target = f'"$FLOWGAUGE_URL"{_with_ids(request.target, ids)}'
    if not has_body:
        if request.method in {"POST", "PUT", "PATCH"}:
            words += ["-H", "'Content-Length: 0'"]
        return " ".join([*words, target])
    assert request.body is not None
    if _PLAIN.fullmatch(request.body) and len(request.body) < LONGEST_ARGUMENT:
        return " ".join([*words, "--data-binary", shlex.quote(request.body.decode()), target])
    packed = base64.b64encode(gzip.compress(request.body, mtime=0)).decode()
    unpack = f"echo {packed} | base64 -d | gunzip"
    return f"{unpack} | " + " ".join([*words, "--data-binary", "@-", target])


def _quoted(header: str) -> str:
    """A header as a shell word in which the placeholders of tokens are expanded."""
    return "".join(_word(piece) for piece in _PLACEHOLDER.split(header) if piece)


def _word(piece: str) -> str:
    return f'"{piece}"' if _PLACEHOLDER.fullmatch(piece) else shlex.quote(piece)


def _with_ids(target: str, ids: dict[str, str]) -> str:
    """The target as a shell word in which captured ids and placeholders of tokens are expanded."""
    word = "".join(_word(piece) for piece in _PLACEHOLDER.split(target) if piece)
    for value, name in ids.items():
        word = word.replace(quote(value, safe=""), f"'\"${name}\"'" if word.startswith("'") else f'"${name}"')
    return word


def given_id(exchange: Exchange) -> str | None:
    """The id that a create or a start answered with."""
    if exchange.response is None or exchange.response.status >= 300 or exchange.request.method != "POST":
        return None
    try:
        value = parsed(exchange.response.body)["data"]["id"]
    except (NotStrictJson, KeyError, TypeError, IndexError):
        return None
    return value if isinstance(value, str) and value else None
