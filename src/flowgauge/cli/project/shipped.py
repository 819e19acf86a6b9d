"""Suites, scenarios and gates: the project's own where it has any, else those that ship with flowgauge.

In the wheel they stand in `flowgauge/shipped`, put there from the top of the source tree by the build.
"""

from importlib.resources import files
from pathlib import Path

from flowgauge.errors import UsageError

__all__ = [
    "CONTRACTS",
    "GATES",
    "LOADTESTS",
    "contracts_folder",
    "gates_file",
    "is_ours",
    "is_shipped",
    "loadtests_folder",
    "shipped",
    "templates",
    "things_folder",
]

CONTRACTS, LOADTESTS, GATES = Path("contracts"), Path("loadtests"), Path("reports/gates.toml")


def shipped(place: Path) -> Path:
    """Where a file or folder is that ships with flowgauge, by its place in the source tree."""
    package = Path(str(files("flowgauge")))
    installed = package / "shipped" / place
    return installed if installed.exists() else package.parents[1] / place


def templates() -> Path:
    """The folder of files that belong to the command line itself."""
    return Path(str(files("flowgauge.cli.project"))) / "templates"


def is_shipped(place: Path) -> bool:
    """Whether a folder is not the project's own."""
    return place in {shipped(CONTRACTS), shipped(LOADTESTS)} and not place.is_relative_to(Path.cwd())


def contracts_folder(named: Path | None) -> Path:
    """The suites: those that were named, else the project's, else those that ship."""
    return _folder(named, CONTRACTS)


def loadtests_folder(named: Path | None) -> Path:
    """The scenarios: those that were named, else the project's, else those that ship."""
    return _folder(named, LOADTESTS)


def things_folder(named: Path | None) -> Path:
    """The scenarios of an API of which only the document is known, found in the same way."""
    found = loadtests_folder(named)
    return templates() / "loadtests" if found == shipped(LOADTESTS) else found


def gates_file(named: Path | None) -> Path:
    """The gates: those that were named, else the project's, else those that ship."""
    if named is not None:
        return named
    return GATES if GATES.exists() else shipped(GATES)


def is_ours(folder: Path) -> bool:
    """Whether a folder holds suites or scenarios of flowgauge: others have folders of these names too."""
    telling = "conftest.py" if folder.name == CONTRACTS.name else "*.py"
    return any("flowgauge" in path.read_text("utf-8", errors="replace") for path in folder.glob(telling))


def _folder(named: Path | None, own: Path) -> Path:
    if named is not None:
        if not named.is_dir():
            what = "is not a folder" if named.exists() else "does not exist"
            raise UsageError(
                f"{named} {what}", hint="where no folder is named, the project's own or what ships is used"
            )
        return named
    return own if is_ours(own) else shipped(own)
