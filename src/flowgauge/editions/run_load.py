"""The load's part of an edition with workflows and runs, and how its answers are read."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from flowgauge.edition import Edition
from flowgauge.editions.stage_list import parsed_stages, stage_time
from flowgauge.load.edition_part import LoadPart, ThingsMade
from flowgauge.load.journeys.context import JourneyMaker
from flowgauge.load.journeys.run_path import Runs, counters
from flowgauge.load.journeys.run_questions import questions_of

__all__ = ["decoder", "part_of_runs", "seconds_between"]

T = TypeVar("T")


def decoder(kind: type[T]) -> Callable[[bytes], T | None]:
    """What reads a body as a value of that kind: None where it is none."""
    decode = msgspec.json.Decoder(kind).decode

    def decoded(body: bytes) -> T | None:
        try:
            return decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None

    return decoded


def seconds_between(earlier: str, later: str | None) -> float | None:
    """Seconds between two date-times, or None where they are none, or in the wrong order."""
    try:
        seconds = (datetime.fromisoformat(later or "") - datetime.fromisoformat(earlier)).total_seconds()
    except (ValueError, TypeError):
        return None
    return seconds if seconds >= 0 else None


def part_of_runs(
    edition: Edition, operations: Mapping[str, str], runs: Runs[Any], journeys: Mapping[str, JourneyMaker]
) -> LoadPart:
    """The part of an edition whose operations have these ids, or aliases, by short names."""
    return LoadPart(
        edition=edition,
        operations={name: edition.operation(operation).id for name, operation in operations.items()},
        journeys=journeys,
        things=ThingsMade(
            body=lambda text: msgspec.json.encode({"stages": parsed_stages(text)}),
            own_time=lambda text: stage_time(parsed_stages(text)),
            reusable=runs.created,
        ),
        questions=questions_of(runs),
        counters=counters,
        queries={"run_wait": "wait=true"},
        defaults={"stages": "noop, delay:50ms"},
    )
