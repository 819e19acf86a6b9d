"""What numbers in a kept file may be: a damaged one is told when it is read, not where it is shown."""

from typing import Annotated

import msgspec

__all__ = ["LATEST", "Moment", "Quantity", "Share"]

LATEST = 253_402_300_799.0
"""The end of the year 9999: later moments have no date."""

Moment = Annotated[float, msgspec.Meta(ge=0, le=LATEST)]
"""Seconds since the epoch."""
Quantity = Annotated[float, msgspec.Meta(ge=0, le=1e15)]
"""What is counted, or lasts: more than that nobody measured."""
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
"""A ratio of a part to its whole."""
