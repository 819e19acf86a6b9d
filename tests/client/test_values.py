import enum
import json
from collections import OrderedDict
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowgauge.client.answers.values import encoded
from flowgauge.client.errors import InvalidRequest


class Level(enum.IntEnum):
    HIGH = 3


class Colour(enum.StrEnum):
    RED = "red"


class Mood(str, enum.Enum):  # noqa: UP042 - prints its name, unlike a StrEnum
    GOOD = "good"


class Text(str):
    __slots__ = ()


class Number(int):
    pass


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [1, 2.5, None, True]}, b'{"b":1,"a":[1,2.5,null,true]}'),
        ("é\u2028\U0001f600", '"é\u2028\U0001f600"'.encode()),
        ({"n": 2**80}, b'{"n":1208925819614629174706176}'),
        (Decimal("12345678901234567890.12"), b"12345678901234567890.12"),
        (datetime(2023, 2, 14, 9, 30, tzinfo=UTC), b'"2023-02-14T09:30:00Z"'),
        (date(2023, 2, 14), b'"2023-02-14"'),
        (UUID(int=1), b'"00000000-0000-0000-0000-000000000001"'),
        ((1, ("a",)), b'[1,["a"]]'),
        (OrderedDict(z=1, y=2), b'{"z":1,"y":2}'),
        ({Text("k"): Text("v"), "n": Number(4)}, b'{"k":"v","n":4}'),
        ({"level": Level.HIGH, "colour": Colour.RED}, b'{"level":3,"colour":"red"}'),
        ({Mood.GOOD: Mood.GOOD}, b'{"good":"good"}'),
        (Decimal("1e400"), b"1E+400"),
        ("\x00", b'"\\u0000"'),
    ],
)
def test_values_are_written_as_compact_utf8_with_nothing_lost(value, text):
    assert encoded(value) == text


def _loop() -> list:
    loop: list = []
    loop.append(loop)
    return loop


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"a": [1, float("nan")]}, "body.a[1] is nan"),
        ({"a": float("-inf")}, "body.a is -inf"),
        ({"a": Decimal("NaN")}, "body.a is NaN"),
        ({"a": Decimal("sNaN")}, "body.a is sNaN"),
        ({"a": Decimal("-Infinity")}, "body.a is -Infinity"),
        ({"a": 10**5000}, "digits"),
        ({"a": b"x"}, "body.a is a bytes"),
        ({"a": {1, 2}}, "body.a is a set"),
        ({"a": object()}, "body.a is a object"),
        ({1: "a"}, "body has the key 1"),
        ({"a": {None: 1}}, "body.a has the key None"),
        ({"a": "\ud800"}, "surrogate"),
        ({"\ud800": 1}, "surrogate"),
        (_loop(), "contains itself"),
    ],
)
def test_what_json_cannot_hold_is_refused_by_its_path(value, said):
    with pytest.raises(InvalidRequest) as caught:
        encoded(value)
    assert said in str(caught.value)


_leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
_json = st.recursive(
    _leaves | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
)


@given(_json)
def test_every_json_value_survives_the_way_out(value):
    back = json.loads(encoded(value))
    assert back == value
    assert repr(back) == repr(value)  # 1, 1.0 and True are equal in Python, and not the same in JSON
