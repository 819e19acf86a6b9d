"""The extras of flowgauge: which packages each brings, and which of them are not installed."""

import re
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, distribution, requires

from flowgauge.errors import UsageError

__all__ = ["install_hint", "missing_from", "require"]

# `name[extras]>=1; sys_platform != "win32" and extra == "server"`, as metadata say it.
_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)(?:\[([^\]]*)\])?")
_EXTRA = re.compile(r"""extra == ['"]([^'"]+)['"]""")


def require(what: str, extras: Iterable[str]) -> None:
    """Raise UsageError where a package of these extras is not installed; `what` needs them."""
    lacking = {extra: missing for extra in extras if (missing := missing_from(extra))}
    if lacking:
        names = ", ".join(dict.fromkeys(name for each in lacking.values() for name in each))
        verb = "is" if ", " not in names else "are"
        raise UsageError(f"{what} needs {names}, which {verb} not installed", hint=install_hint(lacking))


def install_hint(extras: Iterable[str]) -> str:
    """The command that brings these extras."""
    return f'pip install "flowgauge[{",".join(extras)}]"'


def missing_from(extra: str) -> list[str]:
    """The packages of an extra that are not installed, by the metadata of the installed flowgauge."""
    try:
        lines = requires("flowgauge") or []
    except PackageNotFoundError:
        # A source tree on the path: nothing says what it needs.
        return []
    return [name for name in dict.fromkeys(_packages(extra, lines)) if not _is_installed(name)]


def _packages(extra: str, lines: list[str]) -> Iterator[str]:
    for line in lines:
        requirement, _, marker = line.partition(";")
        of, match = _EXTRA.search(marker), _REQUIREMENT.match(requirement.strip())
        if of is None or of[1] != extra or match is None:
            continue
        if match[1] != "flowgauge":
            if "sys_platform" not in marker:
                yield match[1]
            continue
        for other in (match[2] or "").split(","):
            yield from _packages(other.strip(), lines)


def _is_installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True
