"""Stages of which the end can be foretold: each kind, well and ill, with variables in every place."""

from typing import Any

__all__ = ["MONEY_STAGES", "STAGES", "VARIABLES"]

VARIABLES: tuple[dict[str, str], ...] = (
    {"a": "x", "b": "y z", "empty": "", "ms": "5", "é": "è", "odd": "${a}"},
    {},
)
_MESSAGES = (
    "plain",
    "",
    "${a}",
    "${a} and ${b}",
    "${a}${b}${a}",
    "<${empty}>",
    "${é} \u0000 \U0001f600",
    "${odd}",
    "${a",
    "$a {a} $${a}",
    "${missing}",
    "${a} ${missing}",
)
STAGES: tuple[dict[str, Any], ...] = (
    {"noop": {}},
    *({"echo": {"message": text}} for text in _MESSAGES),
    *({"fail": {"message": text}} for text in _MESSAGES),
    {"delay": {"duration": "1ms"}},
    {"delay": {"duration": "0.01s"}},
    {"delay": {"duration": "${ms}ms"}},
    {"delay": {"duration": "${missing}ms"}},
    {},
    {"unknown": {}},
    {"NOOP": {}},
    {"noop": None},
    {"noop": []},
    {"noop": "x"},
    {"noop": {"surplus": 1}},
    {"echo": {}},
    {"echo": {"message": 1}},
    {"echo": {"message": None}},
    {"echo": {"message": "x", "surplus": 1}},
    {"echo": "message"},
    {"fail": {}},
    {"fail": {"message": []}},
    {"noop": {}, "echo": {"message": "x"}},
)
_WALLET = {"kind": "wallet", "wallet": "w1"}
MONEY_STAGES: tuple[dict[str, Any], ...] = (
    {"payin": {"source": "p1", "destination": _WALLET}},
    {"payin": {"source": "${a}", "destination": {**_WALLET, "balance": "savings"}}},
    {"payout": {"source": _WALLET, "amount": {"amount": 100, "asset": "USD/2"}}},
    {"payout": {"source": {**_WALLET, "balance": "${a}"}, "amount": {"amount": "100", "asset": "USD/2"}}},
)
