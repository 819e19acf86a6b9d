"""What a trigger makes of an event."""

from typing import Any

from flowgauge.editions.v2.world.expressions import TriggerExpressionError, evaluated, shown_text
from flowgauge.editions.v2.world.store import StoredTrigger

__all__ = ["TriggerTester"]


class TriggerTester:
    """The steps of testing a trigger."""

    def result(self, trigger: StoredTrigger, event: dict[str, Any]) -> dict[str, Any]:
        """Whether its filter fits, and what its variables would be."""
        found: dict[str, Any] = {}
        if "filter" in trigger.data:
            found["filter"] = self.matched(trigger.data["filter"], event)
        named = trigger.data.get("vars", {}).items()
        return found | {"variables": {name: self.variable(value, event) for name, value in named}}

    def matched(self, text: str, event: dict[str, Any]) -> dict[str, Any]:
        """What a filter makes of it."""
        try:
            value = evaluated(text, event)
        except TriggerExpressionError as error:
            return {"match": False, "error": str(error)}
        if not isinstance(value, bool):
            return {"match": False, "error": "the filter is neither true nor false"}
        return {"match": value}

    def variable(self, value: Any, event: dict[str, Any]) -> dict[str, str]:
        """A text is an expression; anything else is what it is."""
        try:
            return {"value": shown_text(evaluated(value, event) if isinstance(value, str) else value)}
        except TriggerExpressionError as error:
            return {"error": str(error)}
