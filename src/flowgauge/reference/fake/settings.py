"""The settings of a fake, and whatever else a test gives it: refused before anything hangs on it."""

from typing import Annotated, Any

import msgspec

from flowgauge.errors import UsageError

__all__ = ["check_settings", "checked"]

_Token = Annotated[str, msgspec.Meta(pattern=r"\A[\x21-\x7e]+\Z")]


def checked(value: object, kind: Any, sentence: str, *, hint: str | None = None) -> None:
    """Raise UsageError, with the sentence and the value, where that is not of a kind as msgspec has it.

    To msgspec true is no number, and NaN is within no bounds.
    """
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        raise UsageError(f"{sentence} {value!r}", hint=hint) from None


def check_settings(seed: object, token: object, faults: object) -> None:
    """Raise UsageError for what a fake cannot be made with."""
    checked(seed, int, "the seed is an integer, not", hint="the same seed gives the same ids")
    checked(token, _Token | None, "the fake's token is visible ASCII characters, or None, not")
    if isinstance(faults, str):
        raise UsageError(f"faults are a list of names, not {faults!r}", hint=f"faults=[{faults!r}]")
