"""The stages of the workflow that the journeys create, in any edition, written in one line.

    stages = "none" | stage { "," stage } | a JSON array of objects
    stage  = "noop" | "echo" [":" text] | "delay" ":" duration | "fail" [":" text]

`delay:50ms` stands for {"delay": {"duration": "50ms"}}. Any other kind can be given as JSON.
"""

import json
from typing import Any

from flowgauge.durations import parsed_duration
from flowgauge.errors import UsageError

__all__ = ["parsed_stages", "stage_time"]

_SHOWN = 60
_HINT = 'write them as "noop, delay:50ms, echo:hello, fail", as "none", or as a JSON array of objects'


def parsed_stages(text: str) -> list[dict[str, Any]]:
    """The stages that `text` describes. Raises UsageError where it describes none."""
    stripped = text.strip()
    if stripped == "none":
        return []
    if stripped.startswith("["):
        try:
            stages = json.loads(stripped)
        except ValueError as error:
            raise UsageError(f"stages are not JSON: {error}", hint=_HINT) from None
        if not all(isinstance(stage, dict) for stage in stages):
            raise UsageError("every stage must be a JSON object", hint=_HINT)
        return list(stages)
    return [_stage(part.strip()) for part in stripped.split(",")]


def stage_time(stages: list[dict[str, Any]]) -> float | None:
    """Seconds that a run of these stages takes by itself, or None where that cannot be told."""
    total = 0.0
    for stage in stages:
        if set(stage) <= {"noop", "echo", "fail"}:
            continue
        delay = stage.get("delay")
        duration = delay.get("duration") if isinstance(delay, dict) else None
        try:
            total += parsed_duration(str(duration))
        except UsageError:
            return None
    return total


def _stage(text: str) -> dict[str, Any]:
    kind, _, value = (part.strip() for part in text.partition(":"))
    if kind == "noop" and not value:
        return {"noop": {}}
    if kind in {"echo", "fail"}:
        return {kind: {"message": value or kind}}
    if kind == "delay" and value:
        return {"delay": {"duration": value}}
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    raise UsageError(f"{shown!r} is not a stage", hint=_HINT)
