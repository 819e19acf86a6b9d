"""Faults of status codes, media types and headers."""

from dataclasses import replace

from flowgauge.reference.faults.table import fault, wrap
from flowgauge.reference.inputs import Refused
from flowgauge.reference.world import World


@fault("create-200", "createWorkflow", "status", "A create answers 200 where the contract says 201.")
def _(world: World) -> None:
    wrap(world.answers, "createWorkflow", lambda answer, call: replace(answer(call), status=200))


@fault("unknown-flow-500", "getFlow", "status", "Reading a workflow that does not exist answers 500.")
def _(world: World) -> None:
    def answer_500(answer, call):  # type: ignore[no-untyped-def]
        try:
            return answer(call)
        except Refused as refusal:
            if refusal.status != 404:
                raise
            raise Refused(500, "internal error") from None

    wrap(world.answers, "getFlow", answer_500)


@fault("success-text-plain", "any", "media", "Successes are labelled text/plain.")
def _(world: World) -> None:
    wrap(world, "ok", lambda ok, value: replace(ok(value), headers=(("content-type", "text/plain"),)))
