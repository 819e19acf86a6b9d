"""What a stage must do, read from the contract."""

from typing import Any

import pytest

from flowgauge.editions.stage_outcomes import ANY_ERROR, StageOutcome
from flowgauge.editions.v0.contract.prediction import predicted

FAILS = StageOutcome(0.0, ANY_ERROR)
START = 1_700_000_000.0


@pytest.mark.parametrize(
    ("parameters", "wanted"),
    [
        ({"duration": "250ms"}, StageOutcome(0.25)),
        ({"duration": "1h2m3s"}, StageOutcome(3723.0)),
        ({"duration": "1.5s"}, StageOutcome(1.5)),
        ({"duration": "2us"}, StageOutcome(2e-6)),
        ({"duration": "0"}, StageOutcome(0.0)),
        ({"duration": "0s"}, StageOutcome(0.0)),
        ({"duration": "-1s"}, FAILS),
        ({"duration": "1"}, FAILS),
        ({"duration": ""}, FAILS),
        ({"duration": "soon"}, FAILS),
        ({"duration": "1 s"}, FAILS),
        ({"duration": 1}, FAILS),
        ({}, FAILS),
        ({"duration": "1s", "surplus": 1}, FAILS),
        ({"duration": "1s", "until": "2023-11-14T22:13:30Z"}, FAILS),
        # Spellings that this reading does not follow to their end.
        ({"duration": ".5s"}, None),
        ({"duration": "-0s"}, None),
        ({"until": "2023-11-14T22:13:30Z"}, StageOutcome(10.0)),
        ({"until": "2023-11-15T03:43:30.5+05:30"}, StageOutcome(10.5)),
        ({"until": "2001-01-01T00:00:00Z"}, StageOutcome(0.0)),
        ({"until": "tomorrow"}, FAILS),
        ({"until": 5}, FAILS),
        ({"until": "2023-11-14"}, None),
    ],
)
def test_a_delay_ends(parameters: dict[str, Any], wanted: StageOutcome | None) -> None:
    assert predicted([{"delay": parameters}], {}, start=START).outcomes == (wanted,)


def test_a_delay_until_an_instant_counts_from_where_its_stage_begins() -> None:
    stages = [{"delay": {"duration": "4s"}}, {"delay": {"until": "2023-11-14T22:13:30Z"}}]
    assert predicted(stages, {}, start=START).outcomes == (StageOutcome(4.0), StageOutcome(6.0))
    assert predicted(stages, {}).outcomes == (StageOutcome(4.0), None)
