"""The editions, a folder each, and the registry that the doors choose from.

Whatever knows an operation's name, a path, a wire field or a stage kind lives here. Parts are imported when
they are asked for: a load does not need what the suites need.
"""

from importlib import import_module

from flowgauge.edition import Edition
from flowgauge.errors import UsageError

__all__ = ["DEFAULT_EDITION", "EDITIONS", "edition_named"]

EDITIONS = ("v0",)
DEFAULT_EDITION = "v0"


def edition_named(name: str = DEFAULT_EDITION) -> Edition:
    """The edition of that name. Raises UsageError where there is none."""
    if name not in EDITIONS:
        raise UsageError(f"there is no edition {name!r}", hint=f"there are {', '.join(EDITIONS)}")
    edition: Edition = import_module(f"flowgauge.editions.{name}.edition").edition()
    return edition
