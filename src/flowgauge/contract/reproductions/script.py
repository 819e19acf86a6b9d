"""A replay as a shell script that anybody can run."""

import shlex
from collections.abc import Iterator, Sequence
from itertools import groupby

from flowgauge.contract.reproductions.claims import digest_of, program
from flowgauge.contract.reproductions.reproduction import Captured, Replay, replay_of
from flowgauge.contract.tokens import PLACEHOLDERS
from flowgauge.edition import Edition
from flowgauge.inert import inert
from flowgauge.results import Expansion, Finding, curl

__all__ = ["script"]


def script(finding: Finding, url: str, edition: Edition) -> str:
    """Shell text that shows a finding of a server whose root is `url`, with tokens from the environment."""
    replayed = replay_of(finding.id, finding.exchanges, edition)
    ids = {
        captured.value: Expansion(f"$ID{number}")
        for number, captured in enumerate(replayed.captured, start=1)
    }
    lines = [f"URL={shlex.quote(url)}; URL=${{FLOWGAUGE_URL:-$URL}}   # and the token in FLOWGAUGE_TOKEN"]
    lines.append("""A=$(mktemp -d) && trap 'rm -rf "$A"' EXIT""")
    made_up = [captured for captured in replayed.captured if captured.is_made_up]
    lines += [f"{_name(ids[c.value])}={shlex.quote(c.value)}-$(date +%s)-$$" for c in made_up]
    known = {captured.value: ids[captured.value] for captured in made_up}
    takers = {captured.step for captured in replayed.captured if not captured.is_made_up}
    if takers:
        lines.append(_TOOK)
    steps: list[tuple[int, str]] = []
    behind = {number for number, request in enumerate(replayed.requests) if request.is_behind}
    for number, request in enumerate(replayed.requests):
        into = Expansion(f"$A/{number + 1}" if number + 1 in behind else "$A/$N")
        command = curl(request, url=Expansion("$URL"), placeholders=PLACEHOLDERS, ids=known, into=into)
        if number in behind:
            command = f"{steps.pop()[1]} {command}"
        steps.append((number, command))
        if number in takers:
            steps.append((number, ""))
            known |= {c.value: ids[c.value] for c in replayed.captured if c.step == number}
    for command, group in groupby(steps, key=lambda step: step[1]):
        numbers = [number for number, _ in group]
        if command:
            lines.append(_sent(command, [number + 1 for number in numbers]))
            lines += [_BEHIND] if numbers[-1] in behind else []
        else:
            lines += [_taken(c, ids[c.value]) for c in replayed.captured if c.step in numbers]
    # A server's own words may hold what no shell takes, such as NUL.
    said = inert(" ".join(f"{finding.id} {finding.operation}: {finding.detail}".split()))
    lines.append(f"echo {shlex.quote(said)}")
    lines += _judged(replayed, [ids[each.value] for each in replayed.compared])
    return "\n".join(["(", *lines, ")"])


_TOOK = """\
took() { python3 -c 'import json, sys, urllib.parse
value = json.load(open(sys.argv[1], "rb"))
for name in sys.argv[2:]: value = value[int(name) if isinstance(value, list) else name]
print(urllib.parse.quote(str(value), safe=""))' "$@"; }"""


# Two answers came on one connection, or there was no second one as far as this is about.
_BEHIND = """case $S in *" 0 "*) S=${S##* };; *) S=000;; esac   # 000: the connection was closed"""


def _sent(command: str, numbers: Sequence[int]) -> str:
    """Send a request once or more, and print the answers."""
    line = f'touch "$A/$N" "$A/$N.head"; S=$({command}); cat "$A/$N.head" "$A/$N"; echo'
    if len(numbers) == 1:
        return f"N={numbers[0]}; {line}"
    return f"for N in {' '.join(map(str, numbers))}; do {line}; done"


def _taken(captured: Captured, name: Expansion) -> str:
    place = " ".join(shlex.quote(str(part)) for part in captured.place)
    return f'{_name(name)}=$(took "$A/{captured.step + 1}" {place})'


def _name(expansion: Expansion) -> str:
    return expansion.text.removeprefix("$")


def _judged(replayed: Replay, ids: Sequence[Expansion]) -> Iterator[str]:
    """The lines that end a script with 1 where the fault shows, and with 0 where it does not."""
    if replayed.is_by_status:
        yield f'echo "it shows in status {replayed.recorded or "000 (no answer)"}, and here is $S"'
        yield f"""[ "$S" != {replayed.recorded or "000"} ]"""
    elif replayed.header is not None:
        status, value = replayed.recorded
        yield f"""H=$(tr -d '\\r' < "$A/$N.head" | grep -i '^{replayed.header}:' | cut -d: -f2-)"""
        shown = f"{status} {value}" if value else str(status)
        yield f"""echo 'it shows in {replayed.header}: '{shlex.quote(shown)}", and here is $S$H\""""
        yield f"""[ "$S$H" != {shlex.quote(shown)} ]"""
    else:
        values = " ".join(f'"{name.text}"' for name in ids)
        yield f"""python3 - "$A" {values} <<'END'"""
        yield "import hashlib, json, re, sys, urllib.parse\nfrom datetime import datetime, timedelta"
        yield "from pathlib import Path"
        yield program()
        yield _program_end(replayed)
        yield "END"


def _program_end(replayed: Replay) -> str:
    items = list(replayed.items) if replayed.items is not None else None
    return f"""\
made = [urllib.parse.unquote(text) for text in sys.argv[2:]]
said = told(_answers_in(sys.argv[1], {len(replayed.requests)}), made, items={items!r}, mode="{replayed.mode}")
digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
shows = digest.startswith("{digest_of(replayed.recorded)}")
print("these are the wrong answers" if shows else "these are other answers than the wrong ones")
sys.exit(shows)"""
