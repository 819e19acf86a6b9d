"""Faults of authentication: who should stay outside gets in, or breaks the door."""

import re
from collections.abc import Callable
from dataclasses import replace

from flowgauge.reference.faults.rewriting import internal_error
from flowgauge.reference.faults.table import ANY, fault, wrap
from flowgauge.reference.world.message import Request
from flowgauge.reference.world.world import World

__all__: list[str] = []

Admits = Callable[[Request, float], bool]
# RFC 6750, section 2.1: what may follow the scheme.
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")


@fault("auth-ignored", ANY, "auth", "No token is needed.")
def _(world: World) -> None:
    wrap(world.gatekeeper, "admits", lambda admits, request, now: True)


@fault("malformed-token-500", ANY, "auth", "A bearer token that cannot be one breaks the server.")
def _(world: World) -> None:
    def fragile(admits: Admits, request: Request, now: float) -> bool:
        for value in request.header_values("authorization"):
            scheme, _, token = value.strip(" \t").partition(" ")
            if scheme.lower() == "bearer" and not _TOKEN.fullmatch(token.strip(" ")):
                raise internal_error()
        return admits(request, now)

    wrap(world.gatekeeper, "admits", fragile)


@fault("other-scheme-accepted", ANY, "auth", "A valid token is accepted under any scheme, not only Bearer.")
def _(world: World) -> None:
    def lenient(admits: Admits, request: Request, now: float) -> bool:
        headers = tuple(
            (name, re.sub(r"^\S+ ", "Bearer ", value.strip(" \t")) if name == "authorization" else value)
            for name, value in request.headers
        )
        return admits(replace(request, headers=headers), now)

    wrap(world.gatekeeper, "admits", lenient)
