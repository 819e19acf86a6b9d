"""Shell text that sends the exchanges of a finding again, as it stands, when pasted."""

from collections.abc import Sequence

from flowgauge.contract.strict_json import NotStrictJson, parsed
from flowgauge.contract.tokens import PLACEHOLDERS
from flowgauge.edition import Edition, Resource, member
from flowgauge.results import Exchange, Expansion, curl

__all__ = ["script"]

_ROOT = Expansion("$FLOWGAUGE_URL")


def script(exchanges: Sequence[Exchange], url: str, edition: Edition) -> str:
    """Shell text for the sequence: ids that an earlier answer gave are captured and used in the later ones.

    Tokens are taken from the environment. `url` is the server's root.
    """
    lines = [f"export FLOWGAUGE_URL=${{FLOWGAUGE_URL:-{url}}}   # and the token in FLOWGAUGE_TOKEN"]
    ids: dict[str, Expansion] = {}
    for number, exchange in enumerate(exchanges, start=1):
        is_last = number == len(exchanges)
        command = curl(exchange.request, url=_ROOT, placeholders=PLACEHOLDERS, ids=ids, shows_head=is_last)
        made = None if is_last else _made(exchange, edition)
        given = made and _given_id(exchange, made)
        if made and given and given not in ids:
            name = f"ID{number}"
            lines.append(f"{name}=$({command} | {_reader(made)})")
            ids[given] = Expansion(f"${name}")
        elif is_last:
            lines.append(command)
        else:
            lines.append(f"{command} > /dev/null")
    if len(exchanges) == 1:
        return "\n".join(lines)
    return "\n".join(["(", *lines, ")"])


def _made(exchange: Exchange, edition: Edition) -> Resource | None:
    """What the exchange made, if it made anything."""
    role = edition.role_of(exchange.operation) if exchange.operation else None
    answered = exchange.response is not None and exchange.response.status < 300
    return role[0] if role and role[1] == "create" and answered else None


def _given_id(exchange: Exchange, made: Resource) -> str | None:
    assert exchange.response is not None
    try:
        value = member(parsed(exchange.response.body), (*made.view, made.id))
    except NotStrictJson:
        return None
    return value if isinstance(value, str) and value else None


def _reader(made: Resource) -> str:
    """A command that prints the id in the answer on its standard input."""
    place = "".join(f'["{name}"]' for name in (*made.view, made.id))
    return f"python3 -c 'import json,sys; print(json.load(sys.stdin){place})'"
