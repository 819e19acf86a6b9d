"""The catalogue of findings: one truth for each id."""

import re

import pytest

from flowgauge.editions import EDITIONS, findings_of
from flowgauge.errors import HarnessError
from flowgauge.results import GENERIC, FindingClass


@pytest.mark.parametrize("edition", EDITIONS)
def test_an_edition_adds_its_own_classes_to_the_generic_ones(edition: str) -> None:
    ids = {each.id for each in findings_of(edition)}
    own = ids - {each.id for each in GENERIC}
    assert {each.id for each in GENERIC} < ids
    assert all(finding_id.startswith("FG-4") for finding_id in own)


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_class_names_the_rule_that_is_broken(edition: str) -> None:
    assert [each.id for each in findings_of(edition) if len(each.rule.split()) < 4] == []


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_class_has_a_guide_with_exchanges_that_show_it(edition: str) -> None:
    for each in findings_of(edition):
        assert each.guide is not None, each.id
        assert each.guide.meaning, each.id
        assert each.guide.cure, each.id
        lines = each.guide.exchanges.splitlines()
        if each.check == "waivers":
            assert lines[0] == "[[waiver]]"
            continue
        assert re.match(r"> (GET|HEAD|POST|PUT|PATCH|DELETE) /", lines[0]), each.id
        assert any(re.match(r"< ([1-5]\d\d\b|\(the connection)", line) for line in lines), each.id
        assert max(map(len, lines)) <= 100, each.id


def test_an_id_stands_for_one_class() -> None:
    with pytest.raises(HarnessError, match="FG-101 stands for two"):
        GENERIC + iter([FindingClass("FG-101", "other", "something else", "minor", "a rule")])
    with pytest.raises(HarnessError, match="has no FG-999"):
        GENERIC["FG-999"]
