"""Faults of authentication: who should stay outside gets in, or breaks the server."""

import re
from collections.abc import Callable
from dataclasses import replace

from flowgauge.editions.v0.world.world import FlowWorld
from flowgauge.reference.faults import ANY, FaultGroup, wrap
from flowgauge.reference.faults.rewriting import internal_error
from flowgauge.reference.world.message import WorldRequest

__all__ = ["SEEDED"]

SEEDED = FaultGroup[FlowWorld]("seeded")
fault = SEEDED.fault
Admits = Callable[[WorldRequest, float], bool]
# RFC 6750, section 2.1: what may follow the scheme.
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")


@fault("auth-ignored", ANY, "auth", "No token is needed.", "FG-601")
def _(world: FlowWorld) -> None:
    wrap(world.authenticator.admits, lambda admits, request, now: True)


@fault("malformed-token-500", ANY, "auth", "A bearer token that cannot be one breaks the server.", "FG-101")
def _(world: FlowWorld) -> None:
    def fragile(admits: Admits, request: WorldRequest, now: float) -> bool:
        for value in request.header_values("authorization"):
            scheme, _, token = value.strip(" \t").partition(" ")
            if scheme.lower() == "bearer" and not _TOKEN.fullmatch(token.strip(" ")):
                raise internal_error()
        return admits(request, now)

    wrap(world.authenticator.admits, fragile)


@fault(
    "other-scheme-accepted",
    ANY,
    "auth",
    "A valid token is accepted under any scheme, not only Bearer.",
    "FG-601",
)
def _(world: FlowWorld) -> None:
    def lenient(admits: Admits, request: WorldRequest, now: float) -> bool:
        headers = tuple(
            (name, re.sub(r"^\S+ ", "Bearer ", value.strip(" \t")) if name == "authorization" else value)
            for name, value in request.headers
        )
        return admits(replace(request, headers=headers), now)

    wrap(world.authenticator.admits, lenient)
