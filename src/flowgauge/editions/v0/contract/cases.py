"""What is sent to this edition beside what follows from its document.

The derived bodies change a legal one in every way; those here have the same faults further down, in the
stages, where the document leaves room for anything.
"""

from typing import Any

from flowgauge.contract.edition_part import BodyCases, Cases
from flowgauge.contract.traffic.data.wrong import BROKEN_VALUES
from flowgauge.editions.json_strategies import variables
from flowgauge.editions.v0.contract.strategies import configs

__all__ = ["CASES"]

_BROKEN_STAGES = tuple(b'{"stages": [{"a": ' + value + b"}]}" for value in BROKEN_VALUES)
_LEGAL_CONFIGS = (
    '{"stages": []}',
    '{"stages": [{}]}',
    '{"stages": [{"unknown kind": null}]}',
    '{"stages": [{"a": 1, "b": [1.0, "1", null]}], "extra": 1}',
    '{"stages": [{"n": 123456789012345678901234567890, "f": 1.0, "e": 1e3, "z": -0.0}]}',
    '{"stages": [{"\\u00e9": "\\u0000", "\\ud83d\\ude00": ""}]}',
)
# Stages that would run, were there not so many of them in one.
_CROWDED: dict[str, Any] = {"echo": {"message": "a"}, "noop": {}, "delay": {"duration": "1h"}}
# No money can move by these, and nobody runs them: what they hold is of the wrong type where it is used.
_WALLET: dict[str, Any] = {"kind": "wallet", "wallet": 7}
_ILL_TYPED: tuple[Any, ...] = tuple(
    {"stages": [{spelt: parameters}]}
    for kind, parameters in (
        ("payin", {"source": "x", "destination": {"kind": 7}}),
        ("payin", {"source": "x", "destination": _WALLET}),
        ("payin", {"source": [], "destination": None}),
        ("payout", {"source": {"kind": []}, "amount": {"amount": {}, "asset": 7}}),
        ("delay", {"duration": {"a": []}}),
        ("echo", {"message": 7}),
    )
    for spelt in (kind, kind.capitalize())
)
# As short as a run can be and still be seen on its way.
_ORDINARY = {"stages": [{"delay": {"duration": "10ms"}}]}


def _numbered(number: int) -> dict[str, Any]:
    return {"stages": [{"echo": {"message": f"number {number}"}}]}


CASES = Cases(
    bodies={
        "createWorkflow": BodyCases(
            ordinary=_ORDINARY,
            simpler=({"stages": [{"noop": {}}]}, {"stages": []}),
            numbered=_numbered,
            texts=(*_BROKEN_STAGES, *(text.encode() for text in _LEGAL_CONFIGS)),
            values=(*_ILL_TYPED, {"stages": [_CROWDED]}, {"stage": []}, {"Stages": []}, {"STAGES": [{}]}),
            strategy=configs,
        ),
        "runWorkflow": BodyCases(
            ordinary={"a": "b"},
            numbered=lambda number: {"a": f"number {number}"},
            strategy=variables,
        ),
    },
    queries={
        "runWorkflow": ("wait=true&wait=false", "wait=true&wait=true", "wait=%74rue", "wait=false&unknown=1"),
    },
)
