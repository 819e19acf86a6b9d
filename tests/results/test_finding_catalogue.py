"""The catalogue of findings: one truth for each id."""

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


def test_an_id_stands_for_one_class() -> None:
    with pytest.raises(HarnessError, match="FG-101 stands for two"):
        GENERIC + iter([FindingClass("FG-101", "other", "something else", "minor", "a rule")])
    with pytest.raises(HarnessError, match="has no FG-999"):
        GENERIC["FG-999"]
