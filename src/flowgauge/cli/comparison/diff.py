"""Send the same seeded traffic to two servers, and tell what differs, by cause.

B is asked what A is asked, with B's own ids. What counts is what one keeps of the document and the other
breaks, and a thing that was made alike and reads otherwise. Ids, times, words and spellings are each
server's own; what was under way is asked for again; and what both may do as they like (another refusal, a
member that need not be there) is told, and counts with --strict only.

Of two editions, what both have is compared: --edition v1 --edition-b v2, also of one server. Nothing is
deleted but what this command has made; use servers on which it may write.

Credentials are read as everywhere (FLOWGAUGE_TOKEN and so on) and used for both; FLOWGAUGE_TOKEN_B is the
token of B where it has another. The exit code is 0 where they are the same, 1 where they differ, 4 where one
of them cannot be reached.

For example:
  flowgauge diff http://127.0.0.1:8080 http://127.0.0.1:8081
  flowgauge diff https://old https://new --edition v2 --seed 7 --strict
  flowgauge diff https://host https://host --edition v1 --edition-b v2
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

from flowgauge.client.connection import connection_from
from flowgauge.contract.differential.comparison import compare
from flowgauge.contract.differential.contrasts import Cause, Occurrences
from flowgauge.contract.differential.twin import Twin
from flowgauge.contract.settings import Settings
from flowgauge.contract.targets.opening import open_target
from flowgauge.contract.targets.spoken_edition import spoken_edition
from flowgauge.editions import EDITIONS, contract_part, edition_named
from flowgauge.errors import ExitCode, NoDataError, UsageError
from flowgauge.extra_headers import extra_headers
from flowgauge.inert import inert
from flowgauge.redaction import without_known_secrets
from flowgauge.results import Finding

__all__ = ["add_arguments", "run"]

EXAMPLES, BUDGET = 30, 300.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the command."""
    parser.add_argument("a", metavar="URL_A", help="one server, as it was")
    parser.add_argument("b", metavar="URL_B", help="the other, as it would be")
    names = f"{', '.join(EDITIONS)}, or a path"
    about = f"edition of the API: {names} (default: the newest that A answers with)"
    parser.add_argument("--edition", metavar="NAME", help=about)
    parser.add_argument("--edition-b", metavar="NAME", help="edition of B, where it is another")
    parser.add_argument(
        "--seed", type=int, default=1, metavar="N", help="of all traffic (default %(default)s)"
    )
    about = "requests of each sort (default %(default)s)"
    parser.add_argument("--examples", type=int, default=EXAMPLES, metavar="N", help=about)
    about = "send nothing more after that (default %(default)g)"
    parser.add_argument("--budget", type=float, default=BUDGET, metavar="SECONDS", help=about)
    parser.add_argument("--strict", action="store_true", help="what is left open counts too")
    parser.add_argument("--read-only", action="store_true", help="send nothing that could change anything")
    parser.add_argument("--no-auth", action="store_true", help="the servers ask for no token")
    parser.add_argument("--header", action="append", default=[], metavar="'NAME: VALUE'", help="for both")


def run(args: argparse.Namespace) -> int:
    """Ask both, and print what differs."""
    settings = _settings(args)
    edition = args.edition or _spoken(settings[0])
    parts = [contract_part(edition), contract_part(args.edition_b or edition)]
    if args.no_auth:
        parts = [replace(part, edition=part.edition.without_security()) for part in parts]
    with ExitStack() as stack:
        a, b = (
            stack.enter_context(open_target(each, part)) for each, part in zip(settings, parts, strict=True)
        )
        is_same = args.edition_b in {None, edition}
        twin = Twin(a, b, parts[0], parts[0] if is_same else parts[1])
        twin.deadline = twin.other.deadline = time.monotonic() + args.budget
        print(f"A {args.a}, edition {parts[0].edition.name}\nB {args.b}, edition {parts[1].edition.name}")
        compare(twin, seed=args.seed, examples=args.examples, say=_say(twin))
    if not twin.compared:
        raise NoDataError("nothing was compared", hint="see --budget")
    return _told(twin, args)


def _settings(args: argparse.Namespace) -> tuple[Settings, Settings]:
    """Those of A and of B. Raises UsageError for what cannot be meant."""
    if args.examples < 1 or not 0 < args.budget < float("inf"):
        raise UsageError("--examples and --budget must be more than 0")
    headers = tuple(extra_headers(args.header, os.environ))
    both = []
    for url, token in ((args.a, None), (args.b, os.environ.get("FLOWGAUGE_TOKEN_B"))):
        connection = connection_from(os.environ, url=url, token=token)
        assert connection is not None
        both.append(
            Settings(
                connection=connection,
                seed=args.seed,
                read_only=args.read_only,
                needs_auth=not args.no_auth,
                headers=headers,
            )
        )
    return both[0], both[1]


def _spoken(settings: Settings) -> str:
    """The name of the newest edition that a server answers with."""
    editions = [edition_named(name) for name in reversed(EDITIONS)]
    if not settings.needs_auth:
        editions = [edition.without_security() for edition in editions]
    return spoken_edition(settings, editions)[0].name


def _say(twin: Twin) -> Callable[[str], None]:
    """Tell on standard error what is sent next."""

    def say(part: str) -> None:
        print(f"  {twin.compared:>6} compared; next: {part}", file=sys.stderr, flush=True)

    return say


def _told(twin: Twin, args: argparse.Namespace) -> int:
    """Print what was found; the exit code."""
    sides = dict(zip("AB", twin.one_sided(), strict=True))
    apart, free = (twin.causes.told(free=is_free) for is_free in (False, True))
    print(f"\n{twin.compared} answers compared, seed {args.seed}")
    if twin.not_compared:
        print(f"{twin.not_compared} requests B cannot be asked: it has not the operation, or not the thing")
    if twin.is_late:
        print(f"cut short: the budget of {args.budget:g} s is used up, or A gave no answers")
    for side, findings in sides.items():
        _print(f"{side} alone breaks the document:", (line for f in findings for line in _finding_lines(f)))
    _print("Made alike, and otherwise:", (line for pair in apart for line in _cause_lines(*pair)))
    title = f"Left open by the document, and done otherwise{'' if args.strict else ' (does not count)'}:"
    _print(title, (line for pair in free for line in _cause_lines(*pair)))
    if twin.passing.seen:
        print(f"\nGone when asked again, so of time: {', '.join(sorted(c.place for c in twin.passing.seen))}")
    count = sum(map(len, sides.values())) + len(apart) + (len(free) if args.strict else 0)
    verdict = f"They differ: {count} cause{'s' if count > 1 else ''}" if count else "They are the same"
    print(f"\n{verdict}")
    return ExitCode.FAILED if count else ExitCode.PASSED


def _print(title: str, lines: Iterator[str]) -> None:
    told = list(lines)
    if told:
        print(f"\n{title}")
        for line in told:
            # What a server says is shown for what it is, and without secrets.
            print(inert(without_known_secrets(f"  {line}")))


def _finding_lines(finding: Finding) -> Iterator[str]:
    yield f"{finding.id} {finding.title} ({finding.places})"
    yield f"    {finding.detail}"


def _cause_lines(cause: Cause, seen: Occurrences) -> Iterator[str]:
    places = ", ".join(f"{name or 'no operation'} {count}x" for name, count in seen.operations.most_common())
    yield f"{cause.place}: {cause.kind} ({places})"
    if seen.request:
        yield f"    {seen.request}"
    if not cause.kind.startswith(seen.first.at_a) or not seen.request:
        yield f"    A {seen.first.at_a or 'nothing'}, B {seen.first.at_b or 'nothing'}"
