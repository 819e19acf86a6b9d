"""What a real server of February 2023 answered when something went wrong: refusals, errors, panics."""

from collections.abc import Callable
from typing import Any

from flowgauge.editions.v0.faults.as_shipped_2023.replies import without_rows
from flowgauge.editions.v0.world.world import FlowWorld
from flowgauge.reference.faults import ANY, FaultGroup, wrap
from flowgauge.reference.faults.rewriting import UNFORESEEN, plain_text
from flowgauge.reference.world.inputs import Refused
from flowgauge.reference.world.message import JSON_HEADERS, Reply
from flowgauge.reference.world.wire import encoded

__all__ = ["SHIPPED"]

SHIPPED = FaultGroup[FlowWorld]("as-shipped-2023")
shipped = SHIPPED.fault
Refusal = Callable[[Refused], Reply]
StagesOf = Callable[[Any], list[dict[str, Any]]]


@shipped(
    "shipped-05-internal-error-code",
    "getWorkflowOccurrence",
    "schema",
    "Server errors, such as that of an unknown run, carry the code INTERNAL_ERROR.",
    "FG-105 says INTERNAL_ERROR",
)
def _(world: FlowWorld) -> None:
    def own_code(refusal: Refusal, refused: Refused) -> Reply:
        if refused.status < 500:
            return refusal(refused)
        body = encoded({"errorCode": "INTERNAL_ERROR", "errorMessage": refused.message})
        return Reply(refused.status, JSON_HEADERS + refused.headers, body)

    wrap(world.refusal, own_code)
    wrap(world.run_of, without_rows)


@shipped(
    "shipped-06-panic-is-empty-500",
    ANY,
    "media",
    "An unforeseen error, as of a payment to a wallet whose kind is no text, is a 500 without a body.",
    "FG-103 createWorkflow says 0 Content-Type",
)
def _(world: FlowWorld) -> None:
    def panicking(stages_of: StagesOf, body: Any) -> list[dict[str, Any]]:
        stages = stages_of(body)
        for stage in stages:
            # Beside a fault that takes them, some stages are no objects.
            payment = (stage.get("Payin") or stage.get("payin")) if isinstance(stage, dict) else None
            wallet = payment.get("destination") if isinstance(payment, dict) else None
            if isinstance(wallet, dict) and not isinstance(wallet.get("kind"), str):
                raise Refused(500, UNFORESEEN)
        return stages

    wrap(world.inputs.stages_of, panicking)

    def empty(refusal: Refusal, refused: Refused) -> Reply:
        is_panic = refused.status >= 500 and refused.message == UNFORESEEN
        return Reply(refused.status, (), b"") if is_panic else refusal(refused)

    wrap(world.refusal, empty)


@shipped(
    "shipped-24-401-text",
    ANY,
    "auth",
    "A 401 is plain text, without WWW-Authenticate.",
    ("FG-103 says text/plain", "FG-108"),
)
def _(world: FlowWorld) -> None:
    def gateway(refusal: Refusal, refused: Refused) -> Reply:
        return plain_text(401, "Unauthorized\n") if refused.status == 401 else refusal(refused)

    wrap(world.refusal, gateway)
