"""From settings to a target that answers."""

import contextlib
from collections.abc import Iterator
from typing import Any

from flowgauge.client.oauth import bearer_of
from flowgauge.contract.edition_part import ContractPart
from flowgauge.contract.requests import built
from flowgauge.contract.settings import Settings
from flowgauge.contract.target import Capability, Target
from flowgauge.contract.targets.fake import FakeTarget
from flowgauge.contract.targets.http import HttpTarget
from flowgauge.contract.targets.world import WorldTarget
from flowgauge.contract.tokens import EXPIRED_TOKEN, OTHER_TOKEN, TOKEN
from flowgauge.edition import Edition
from flowgauge.errors import TargetRefused, TargetUnreachable, UsageError
from flowgauge.reference import WorldPart
from flowgauge.reference.server.embedded import embedded_server
from flowgauge.results import TargetIdentity

__all__ = ["open_target"]

_FOREIGN = frozenset({Capability.WRITE, Capability.FRAMING})
_EMBEDDED = frozenset(set(Capability) - {Capability.VIRTUAL_CLOCK})


@contextlib.contextmanager
def open_target(
    settings: Settings, part: ContractPart, world: WorldPart[Any] | None = None
) -> Iterator[Target]:
    """The target of a run; an embedded one, made of the edition's world, is started and stopped.

    Raises UsageError where there is neither a URL nor a world, TargetUnreachable where nothing answers at the
    URL, and TargetRefused where the credentials are
    not accepted.
    """
    taken = {Capability.WRITE, Capability.RESET} if settings.read_only else set()
    if settings.connection is not None:
        token = bearer_of(settings.connection)
        target = HttpTarget(
            settings.connection.url, tokens={TOKEN: token or ""}, capabilities=_FOREIGN - taken
        )
        with contextlib.closing(target):
            _check_admitted(target, part.edition, has_token=token is not None)
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
            target = HttpTarget(
                server.url, tokens=tokens, capabilities=_EMBEDDED - taken, on_reset=server.reset
            )
            target.identity = TargetIdentity("embedded", server.url, settings.faults)
            with contextlib.closing(target):
                yield target


def _check_admitted(target: HttpTarget, edition: Edition, *, has_token: bool) -> None:
    target.check_reachable()
    if edition.greeting is None:
        return
    exchange = target.send(built(edition, edition.greeting))
    if exchange.response is None:
        raise TargetUnreachable(
            f"{target.url} does not answer: {exchange.error}", hint="is this the server's HTTP port?"
        )
    if exchange.response.status in {401, 403}:
        reason = "the token is not accepted" if has_token else "it wants a token and none was given"
        raise TargetRefused(
            f"{target.url} answers {exchange.response.status}: {reason}",
            hint="set FLOWGAUGE_TOKEN, or FLOWGAUGE_CLIENT_ID and FLOWGAUGE_CLIENT_SECRET",
        )
