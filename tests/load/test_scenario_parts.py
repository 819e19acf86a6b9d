"""Which scenarios run, and as which edition's."""

import pytest

from flowgauge.editions import load_part
from flowgauge.errors import UsageError
from flowgauge.load.locust_adapter.parts import chosen_of, parts_of

V0, V2 = load_part("v0"), load_part("v2")


class Both:
    part, also, is_default = V0, (V2,), True


class Newer:
    part, also, is_default = V2, (), False


def test_an_edition_that_is_named_is_taken_where_a_scenario_has_it() -> None:
    assert parts_of([Both, Newer], "v2") == {Both: V2, Newer: V2}
    assert parts_of([Both, Newer], "v0") == {Both: V0}
    assert parts_of([Both, Newer], "v9") == {}


def test_where_none_is_named_it_is_that_of_what_runs_by_itself() -> None:
    assert parts_of([Both, Newer], None) == {Both: V0}
    assert parts_of([Newer], None) == {Newer: V2}


def test_what_runs_by_itself_runs_unless_others_are_named() -> None:
    assert chosen_of([Newer, Both], are_named=False) == [Both]
    assert chosen_of([Newer, Both], are_named=True) == [Both, Newer]
    with pytest.raises(UsageError, match="no scenario to run"):
        chosen_of([Newer], are_named=False)
