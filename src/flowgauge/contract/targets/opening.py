"""From settings to a target that answers."""

import contextlib
from collections.abc import Iterator

from flowgauge.client.oauth import bearer_of
from flowgauge.contract.probe import built, payload
from flowgauge.contract.settings import Settings
from flowgauge.contract.targets.fake import FakeTarget
from flowgauge.contract.targets.http import HttpTarget
from flowgauge.contract.targets.target import EXPIRED_TOKEN, OTHER_TOKEN, TOKEN, Capability, Target
from flowgauge.contract.targets.world import WorldTarget
from flowgauge.errors import TargetRefused, TargetUnreachable
from flowgauge.reference.server.embedded import embedded_server

__all__ = ["open_target"]

_FOREIGN = frozenset({Capability.WRITE, Capability.FRAMING})
_EMBEDDED = frozenset(set(Capability) - {Capability.VIRTUAL_CLOCK})


@contextlib.contextmanager
def open_target(settings: Settings) -> Iterator[Target]:
    """The target of a run; an embedded one is started and stopped.

    Raises TargetUnreachable where nothing answers at the URL, and TargetRefused where the credentials are
    not accepted.
    """
    taken = {Capability.WRITE, Capability.RESET} if settings.read_only else set()
    if settings.connection is not None:
        token = bearer_of(settings.connection)
        target = HttpTarget(
            settings.connection.url, tokens={TOKEN: token or ""}, capabilities=_FOREIGN - taken
        )
        with contextlib.closing(target):
            _check_admitted(target, has_token=token is not None)
            if not settings.read_only and _executes_stages(target):
                target.capabilities |= {Capability.STAGE_KINDS}
            yield target
    elif settings.embedded != "server":
        kind = FakeTarget if settings.embedded == "fake" else WorldTarget
        world = kind(faults=settings.faults, seed=settings.seed)
        world.capabilities -= taken
        yield world
    else:
        with embedded_server(faults=settings.faults) as server:
            tokens = {
                TOKEN: server.token,
                OTHER_TOKEN: server.other_token,
                EXPIRED_TOKEN: server.expired_token,
            }
            target = HttpTarget(
                server.url, tokens=tokens, capabilities=_EMBEDDED - taken, on_reset=server.reset
            )
            target.name = f"embedded server at {server.url}"
            if settings.faults:
                target.name += f" with {', '.join(settings.faults)}"
            with contextlib.closing(target):
                yield target


def _executes_stages(target: HttpTarget) -> bool:
    """Whether a run of the reference's stage kinds ends well there; other servers have other kinds."""
    stages = [{"noop": {}}, {"echo": {"message": "${a}"}}, {"delay": {"duration": "10ms"}}]
    created = payload(target.send(built("createWorkflow", body={"stages": stages})))
    if not isinstance(created, dict) or not isinstance(created.get("id"), str):
        return False
    request = built("runWorkflow", query="wait=true", body={"a": "flowgauge"}, flowId=created["id"])
    run = payload(target.send(request))
    statuses = run.get("statuses") if isinstance(run, dict) else None
    if not isinstance(statuses, list) or not all(isinstance(status, dict) for status in statuses):
        return False
    return not any("error" in status for status in statuses)


def _check_admitted(target: HttpTarget, *, has_token: bool) -> None:
    target.check_reachable()
    exchange = target.send(built("orchestrationgetServerInfo"))
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
