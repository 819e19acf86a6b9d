"""Show the things that an API is about, as far as its OpenAPI document tells, and why.

With --url each kind is made, read, listed and deleted once on the server, and what does not fit is told: it
will not be looked at, nor held against the server. Correct it in flowgauge.toml (`flowgauge init --openapi`).

For example:
  flowgauge things --edition openapi.yaml
  flowgauge things --url https://host
"""

import argparse
from collections.abc import Iterator, Sequence

from flowgauge.cli.flags import RUN_FOLDER, add_connection_flags, add_edition_flag, connection_of
from flowgauge.cli.project.shipped import CONTRACTS
from flowgauge.cli.stages.suites import Suites, asked_target
from flowgauge.client.connection import Connection
from flowgauge.edition import Edition, Resource
from flowgauge.editions import contract_part, edition_named, inference_of, is_document
from flowgauge.errors import ExitCode

__all__ = ["add_arguments", "run", "tell_things", "tell_unfit"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the command."""
    add_connection_flags(parser)
    add_edition_flag(parser)
    parser.add_argument("--no-auth", action="store_true", help="the server asks for no token")


def run(args: argparse.Namespace) -> int:
    """Print the table, and what of it a server does not show."""
    tell_things(args.edition)
    connection = connection_of(args)
    if connection is not None:
        tell_unfit(args.edition, connection, is_open=args.no_auth, headers=args.header)
    return ExitCode.PASSED


def tell_things(name: str) -> None:
    """Print what is known of the things of an edition."""
    edition = edition_named(name)
    found = inference_of(name) if is_document(name) else None
    reasons = {(each.kind, each.what): each.why for each in found.reasons} if found else {}
    for resource in edition.resources:
        print(resource.kind + (f", below a {resource.parent}" if resource.parent else ""))
        for what, how in _rows(edition, resource):
            print(f"  {what:<11} {how or 'unknown: ' + reasons.get((resource.kind, what), 'no operation')}")
    for operation_id, why in (found.left_alone if found else {}).items():
        operation = edition.operation(operation_id)
        print(f"left alone: {operation.method} {operation.path} ({operation_id}): {why}")


def tell_unfit(name: str, connection: Connection, *, is_open: bool, headers: Sequence[str]) -> None:
    """Try each kind on a server, and print what does not fit."""
    # Late: the suites' engine is heavy, and only few commands need it.
    from flowgauge.contract.session.fit import fitted  # noqa: PLC0415

    options = {"no_auth": True} if is_open else {}
    asked = Suites(connection, (), name, CONTRACTS, options, tuple(headers))
    with asked_target(asked, RUN_FOLDER, read_only=False) as target:
        assert target is not None
        _, unfit = fitted(target, contract_part(name))
    print(f"on {connection.url}:")
    for each in unfit:
        print(f"  not looked at: {each.kind}: {each.what}: {each.why}")
    if not unfit:
        print("  all of it fits")


def _rows(edition: Edition, resource: Resource) -> Iterator[tuple[str, str]]:
    """What is known of a kind, and how; "" for what is not."""
    for role in ("create", "read", "list", "delete"):
        operation_id = getattr(resource, role)
        operation = edition.operation(operation_id) if operation_id else None
        yield role, f"{operation.method} {operation.path} ({operation_id})" if operation else ""
    if resource.create or resource.read:
        yield "id", "/".join((*resource.view, resource.id))
    for name in ("parent_id", "created_at", "updated_at"):
        if (member := getattr(resource, name)) is not None:
            yield name, member
    if resource.kept:
        yield "kept", ", ".join(f"{sent or '/'} as {shown}" for shown, sent in resource.kept.items())
    if resource.pages is not None:
        yield "pages", f"{resource.pages.cursor} takes what {resource.pages.next} gives"
    if resource.steps is not None:
        counted = "pages" if resource.steps.counts_pages else "items"
        yield "steps", f"{resource.steps.start} counts {counted} from {resource.steps.first} on"
