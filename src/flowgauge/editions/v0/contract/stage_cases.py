"""Stages of which the end can be foretold: each kind, well and ill, with variables in every place."""

from typing import Any

__all__ = ["LONG_STAGES", "MONEY_STAGES", "PLAIN_MONEY", "STAGES", "VARIABLES"]

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
    "$a {a} {{a}} %a% :a <a>",
    "${A}",
    "${ a }",
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
    {"delay": {"duration": "0s"}},
    {"delay": {"duration": "0"}},
    {"delay": {"duration": "1s2ms"}},
    {"delay": {"duration": "1.5ms"}},
    {"delay": {"duration": "250us"}},
    {"delay": {"duration": "50ms"}},
    {"delay": {"until": "2001-02-03T04:05:06Z"}},
    {"delay": {"until": "2001-02-03T04:05:06.789+01:00"}},
    {"delay": {"duration": "1"}},
    {"delay": {"duration": "-1s"}},
    {"delay": {"duration": "soon"}},
    {"delay": {"duration": ""}},
    {"delay": {"duration": 1}},
    {"delay": {"duration": "1ms", "until": "2001-02-03T04:05:06Z"}},
    {"delay": {"duration": "1ms", "surplus": 1}},
    {"delay": {"until": "tomorrow"}},
    {"delay": {"until": 981173106}},
    {"delay": {}},
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
# Where time costs nothing.
LONG_STAGES: tuple[dict[str, Any], ...] = tuple(
    {"delay": {"duration": text}} for text in ("1s", "7s", "45s", "2m", "90m", "1h2m3s", "30h", "1000h")
)
_WALLET = {"kind": "wallet", "wallet": "w1"}
PLAIN_MONEY: dict[str, Any] = {
    "payin": {"source": "p1", "destination": _WALLET},
    "payout": {"source": _WALLET, "amount": {"amount": 100, "asset": "USD/2"}},
}
MONEY_STAGES: tuple[dict[str, Any], ...] = (
    {"payin": PLAIN_MONEY["payin"]},
    {"payin": {"source": "${a}", "destination": {**_WALLET, "balance": "savings"}}},
    {"payout": PLAIN_MONEY["payout"]},
    {"payout": {"source": {**_WALLET, "balance": "${a}"}, "amount": {"amount": "100", "asset": "USD/2"}}},
    {"payin": {}},
    {"payin": {"source": "p1"}},
    {"payin": {"source": 1, "destination": _WALLET}},
    {"payin": {"source": "p1", "destination": {"kind": "wallet"}}},
    {"payin": {"source": "p1", "destination": {"kind": "account", "wallet": "w1"}}},
    {"payin": {"source": "p1", "destination": _WALLET, "surplus": 1}},
    {"payout": {}},
    {"payout": {"source": _WALLET}},
    {"payout": {"source": _WALLET, "amount": {"amount": 1.5, "asset": "USD/2"}}},
    {"payout": {"source": _WALLET, "amount": {"amount": 100}}},
    {"payout": {"source": "w1", "amount": {"amount": 100, "asset": "USD/2"}}},
)
