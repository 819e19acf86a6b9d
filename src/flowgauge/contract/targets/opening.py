"""From settings to a target that answers."""

import contextlib
from collections.abc import Iterator
from typing import Any

from flowgauge.client.connection import Connection
from flowgauge.client.oauth import bearer_of
from flowgauge.client.proxy import proxy_of
from flowgauge.contract.edition_part import ContractPart
from flowgauge.contract.settings import Settings
from flowgauge.contract.target import Capability, Target
from flowgauge.contract.targets.fake import FakeTarget
from flowgauge.contract.targets.first_question import PATIENCE, check_what_answers
from flowgauge.contract.targets.http import HttpTarget
from flowgauge.contract.targets.world import WorldTarget
from flowgauge.contract.tokens import CLIENT_SECRET, EXPIRED_TOKEN, OTHER_TOKEN, TOKEN
from flowgauge.errors import UsageError
from flowgauge.extra_headers import HEADER_VARIABLES, header_placeholder
from flowgauge.reference import WorldPart
from flowgauge.reference.server.embedded import embedded_server
from flowgauge.results import TargetIdentity

__all__ = ["open_target", "opened"]

_FOREIGN = frozenset({Capability.WRITE, Capability.FRAMING, Capability.AUTHENTICATION})
_EMBEDDED = frozenset(set(Capability) - {Capability.VIRTUAL_CLOCK})
# What nobody can do to a server, or be sure of, whose tests run beside those of other workers.
_ALONE = frozenset({Capability.RESET, Capability.EXCLUSIVE})


@contextlib.contextmanager
def open_target(
    settings: Settings, part: ContractPart, world: WorldPart[Any] | None = None
) -> Iterator[Target]:
    """The target of a run; an embedded one, made of the edition's world, is started and stopped.

    Raises UsageError where there is neither a URL nor a world; TargetUnreachable where nothing answers at the
    URL, TargetRefused where the credentials are not accepted, WrongTarget where something else answers.
    """
    taken = {Capability.WRITE, Capability.RESET} if settings.read_only else set()
    if settings.connection is not None:
        target = opened(settings, settings.connection)
        target.capabilities -= taken
        with contextlib.closing(target):
            with contextlib.closing(target.at(target.url, timeout=PATIENCE)) as asker:
                check_what_answers(asker, part.edition, has_token=settings.has_credential)
            yield target
    elif world is None:
        raise UsageError("this edition has no server of its own", hint="name one with --flowgauge-url")
    elif settings.embedded != "server":
        kind = FakeTarget if settings.embedded == "fake" else WorldTarget
        embedded = kind(world, faults=settings.faults, seed=settings.seed)
        embedded.capabilities -= taken
        yield embedded
    else:
        with embedded_server(edition=settings.edition, faults=settings.faults) as server:
            tokens = {
                TOKEN: server.token,
                OTHER_TOKEN: server.other_token,
                EXPIRED_TOKEN: server.expired_token,
            }
            taken |= _ALONE if (settings.workers or 1) > 1 else set()
            target = HttpTarget(
                server.url, tokens=tokens, capabilities=_EMBEDDED - taken, on_reset=server.reset
            )
            target.limits = settings.limits
            target.identity = TargetIdentity("embedded", server.url, settings.faults)
            with contextlib.closing(target):
                yield target


def opened(settings: Settings, connection: Connection) -> HttpTarget:
    """The server at a URL, as it is reached with these settings."""
    tokens = {TOKEN: bearer_of(connection) or ""} if settings.needs_auth else {}
    variables = HEADER_VARIABLES[: len(settings.headers)]
    values = {header_placeholder(v): value for v, (_, value) in zip(variables, settings.headers, strict=True)}
    secrets = {CLIENT_SECRET: connection.client_secret} if connection.client_secret else {}
    target = HttpTarget(connection.url, tokens=tokens | values, capabilities=_FOREIGN, secrets=secrets)
    target.limits, target.proxy = settings.limits, proxy_of(connection.proxy)
    target.headers = tuple(
        (name, placeholder) for (name, _), placeholder in zip(settings.headers, values, strict=True)
    )
    if target.proxy is not None and connection.url.startswith("http:"):
        # What frames a message then is the proxy, and it is who refuses one.
        target.capabilities -= {Capability.FRAMING}
    if not settings.needs_auth:
        target.capabilities -= {Capability.AUTHENTICATION}
    return target
