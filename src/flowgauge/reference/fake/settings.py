"""The settings of a fake, refused before anything hangs on them."""

import re

from flowgauge.errors import UsageError

__all__ = ["check_settings"]

_BEARER = re.compile(r"[\x21-\x7e]+")


def check_settings(seed: object, token: object, faults: object) -> None:
    """Raises UsageError for what a fake cannot be made with."""
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise UsageError(f"the seed is an integer, not {seed!r}", hint="the same seed gives the same ids")
    if token is not None and not (isinstance(token, str) and _BEARER.fullmatch(token)):
        raise UsageError("no header can hold the fake's token", hint="visible ASCII characters, or None")
    if isinstance(faults, str):
        raise UsageError(f"faults are a list of names, not {faults!r}", hint=f"faults=[{faults!r}]")
