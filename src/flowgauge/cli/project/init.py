"""Write what a project may want to own: suites, scenarios, gates, CI and an example of the fake.

Nothing of it is needed to run flowgauge, and nothing that is there is overwritten. With --url the server is
asked first, and nothing is written where it cannot be tested. A few users walk the run path there for four
seconds, and rate and thresholds are written that suit its pace; without --url they suit the embedded server.

For example:
  flowgauge init
  flowgauge init --url https://host --ci github
  flowgauge init --openapi openapi.yaml --url https://host

With --openapi it is about an API of your own, of which nothing but the document is known: flowgauge.toml says
what was inferred of it, to be corrected there, and reports/gates.toml what must hold.
"""

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from flowgauge.cli.flags import RUN_FOLDER, add_connection_flags, connection_of
from flowgauge.cli.project.extras import missing_from
from flowgauge.cli.project.shipped import (
    CONTRACTS,
    GATES,
    LOADTESTS,
    is_ours,
    shipped,
    templates,
)
from flowgauge.cli.project.things import tell_things, tell_unfit
from flowgauge.cli.stages.suites import Suites, check_target, found_out
from flowgauge.client.connection import Connection
from flowgauge.editions import API_FILE, DEFAULT_EDITION, inference_of
from flowgauge.editions.from_document.api_text import api_text
from flowgauge.errors import ExitCode
from flowgauge.results.run_folder import write_text

if TYPE_CHECKING:
    from flowgauge.cli.project.pace import Pace

__all__ = ["add_arguments", "run"]

CI: Mapping[str, tuple[tuple[str, str], ...]] = {
    "github": (("ci/github/flowgauge.yml", str(Path(".github", "workflows", "flowgauge.yml"))),),
    "gitlab": (
        ("ci/gitlab/flowgauge.gitlab-ci.yml", "ci/gitlab/flowgauge.gitlab-ci.yml"),
        ("ci/gitlab/comment.py", "ci/gitlab/comment.py"),
    ),
}
EXAMPLE = Path("fixtures/test_client_with_fake.py")
"""How to test a client with the fake, fit to be copied."""
_INCLUDE = "include: ci/gitlab/flowgauge.gitlab-ci.yml\n"
_PACKAGE = """\
CI installs `flowgauge[all]`. Where your index does not have it, set the CI
variable FLOWGAUGE_PACKAGE to what pip can install: the URL of a wheel, or
"flowgauge[all] @ git+https://..."."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the command."""
    add_connection_flags(parser)
    parser.add_argument("--no-auth", action="store_true", help="the server asks for no token")
    about = "OpenAPI document of an API of your own, to be written into flowgauge.toml"
    parser.add_argument("--openapi", metavar="FILE_OR_URL", help=about)
    about = "whose CI to write for (default: whose there is)"
    parser.add_argument("--ci", choices=(*CI, "none"), help=about)


def run(args: argparse.Namespace) -> int:
    """Ask the server, write, and say what to type next."""
    connection, pace = connection_of(args), None
    if args.openapi is not None:
        return _of_document(args, connection)
    if connection is not None:
        options = {"no_auth": True} if args.no_auth else {}
        asked = Suites(connection, (), DEFAULT_EDITION, CONTRACTS, options, tuple(args.header))
        asked = replace(asked, edition=found_out(asked, RUN_FOLDER))
        check_target(asked, RUN_FOLDER)
        print(f"{connection.url} can be tested: it speaks edition {asked.edition}")
        pace = _pace(connection, asked)
    ci = args.ci or (
        "gitlab" if Path(".gitlab-ci.yml").exists() else "github" if Path(".git").exists() else "none"
    )
    for path, text in _files(ci):
        if path.exists():
            print(f"  kept   {path}")
        else:
            write_text(path, pace.written(path, text) if pace else text)
            print(f"  wrote  {path}")
    url = f" --url {connection.url}" if connection else ""
    print(f"\nType next:\n  flowgauge run{url}\n  pytest {CONTRACTS}/ tests/\n  locust -f {LOADTESTS}/")
    if ci != "none":
        print(f"\n{_PACKAGE}")
    if ci == "gitlab" and _INCLUDE not in Path(".gitlab-ci.yml").read_text(encoding="utf-8"):
        print(f"Add to .gitlab-ci.yml: {_INCLUDE}", end="")
    return ExitCode.PASSED


def _of_document(args: argparse.Namespace, connection: Connection | None) -> int:
    """Write what is inferred of a document, and say what of it fits the server."""
    text = api_text(inference_of(args.openapi), args.openapi)
    for path, content in (
        (API_FILE, text),
        (GATES, (templates() / "document_gates.toml").read_text(encoding="utf-8")),
        (GATES.with_name(".gitignore"), f"{RUN_FOLDER.name}/\n"),
    ):
        if path.exists():
            print(f"  kept   {path}")
        else:
            write_text(path, content)
            print(f"  wrote  {path}")
    print()
    tell_things(str(API_FILE))
    if connection is not None:
        tell_unfit(str(API_FILE), connection, is_open=args.no_auth, headers=args.header)
    flags = "".join([f" --url {connection.url}" if connection else " --url URL", " --no-auth" * args.no_auth])
    print(f"\nCorrect {API_FILE} where it is wrong. Type next:\n  flowgauge run{flags}")
    return ExitCode.PASSED


def _pace(connection: Connection, asked: Suites) -> "Pace | None":
    """How fast the server is, and say so; None where that cannot be told."""
    if missing_from("load") or missing_from("report"):
        print("its pace is not asked for: that needs the extras load and report")
        return None
    # Late: the load and its gates, which nobody needs who names no server.
    from flowgauge.cli.project.pace import measured_pace  # noqa: PLC0415

    pace = measured_pace(connection, asked.edition, asked.headers)
    print(pace.told() if pace else "its pace could not be told: rate and gates are those that ship")
    return pace


def _files(ci: str) -> Iterator[tuple[Path, str]]:
    """What to write where."""
    for folder in (CONTRACTS, LOADTESTS):
        if folder == CONTRACTS and (folder / "conftest.py").exists() and not is_ours(folder):
            print(f"  left   {folder}/ to whoever has it already: `flowgauge run` uses the suites that ship")
            continue
        for path in sorted(shipped(folder).iterdir()):
            if path.suffix in {".py", ".toml"}:
                yield folder / path.name, path.read_text(encoding="utf-8")
    yield GATES, shipped(GATES).read_text(encoding="utf-8")
    yield GATES.with_name(".gitignore"), f"{RUN_FOLDER.name}/\n"
    yield Path("tests") / EXAMPLE.name, shipped(EXAMPLE).read_text(encoding="utf-8")
    for source, target in CI.get(ci, ()):
        yield Path(target), shipped(Path(source)).read_text(encoding="utf-8")
    if ci == "gitlab":
        yield Path(".gitlab-ci.yml"), _INCLUDE
