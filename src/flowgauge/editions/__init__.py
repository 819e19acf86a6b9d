"""The editions, a folder each, and the registry that the doors choose from.

Whatever knows an operation's name, a path, a wire field or a stage kind lives here. Parts are imported when
they are asked for: a load does not need what the suites need.

Where an edition is named by a path, it is the Python file there: `edition()` in it makes the `Edition`, and
`contract_part()` and `world_part()`, if they are there, the parts of its own. Modules beside the file are
imported from it as `.name`, or, while it is being loaded, as of a script. Any other file is an OpenAPI
document, and the edition is what can be inferred of it.
"""

import sys
from functools import cache
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any
from zlib import crc32

from flowgauge.edition import Edition
from flowgauge.errors import UsageError
from flowgauge.openapi import Document

if TYPE_CHECKING:
    from flowgauge.contract.edition_part import ContractPart
    from flowgauge.editions.from_document.inference import Inference
    from flowgauge.load.edition_part import LoadPart
    from flowgauge.reference.edition_part import WorldPart
    from flowgauge.results import FindingCatalogue

__all__ = [
    "DEFAULT_EDITION",
    "EDITIONS",
    "contract_part",
    "edition_named",
    "every_world_part",
    "findings_of",
    "inference_of",
    "load_part",
    "world_part",
    "world_part_if_any",
]

EDITIONS = ("v0", "v1", "v2")
DEFAULT_EDITION = "v0"


def edition_named(name: str = DEFAULT_EDITION) -> Edition:
    """The edition of that name. Raises UsageError where there is none."""
    if _is_document(name):
        return inference_of(name).edition
    edition: Edition = _module(name, "edition").edition()
    return edition


@cache
def inference_of(path: str) -> "Inference":
    """What can be inferred of the OpenAPI document at a path. Raises UsageError where there is none."""
    # Late: the suites, of which a load knows nothing.
    from flowgauge.editions.from_document.inference import inferred  # noqa: PLC0415

    return inferred(Document.read(Path(path)), Path(path).name)


def contract_part(name: str = DEFAULT_EDITION) -> "ContractPart":
    """An edition's part in the suites; what it says nothing of follows from its document and resources."""
    # Late: a load knows editions and no suites.
    from flowgauge.contract.edition_part import ContractPart  # noqa: PLC0415

    if _is_document(name):
        return ContractPart(edition_named(name), is_inferred=True)
    make = getattr(_module(name, "contract.part"), "contract_part", None)
    part: ContractPart = make() if make is not None else ContractPart(edition_named(name))
    return part


def load_part(name: str = DEFAULT_EDITION) -> "LoadPart":
    """What a load knows of an edition. Raises UsageError where it knows nothing."""
    part: LoadPart = _made(name, "load.part", "load_part", "journeys of its own")
    return part


def world_part(name: str = DEFAULT_EDITION) -> "WorldPart[Any]":
    """An edition's world, named faults and fake. Raises UsageError where it has none."""
    part: WorldPart[Any] = _made(name, "world.part", "world_part", "server of its own")
    return part


def world_part_if_any(name: str = DEFAULT_EDITION) -> "WorldPart[Any] | None":
    """An edition's world, named faults and fake, or None where it has none."""
    has_one = not _is_document(name) and hasattr(_module(name, "world.part"), "world_part")
    return world_part(name) if has_one else None


def every_world_part() -> "WorldPart[Any]":
    """The world of a server that speaks all editions over one state."""
    # Late: whoever asks for one edition need not know the others.
    from flowgauge.editions.every import every_part  # noqa: PLC0415

    return every_part([world_part(name) for name in reversed(EDITIONS)])


def findings_of(name: str = DEFAULT_EDITION) -> "FindingCatalogue":
    """What can be found on an edition."""
    is_ours = name in EDITIONS
    return _module(name, "findings").FINDINGS if is_ours else contract_part(name).findings


def _made(name: str, module: str, function: str, what: str) -> Any:
    if _is_document(name):
        raise UsageError(f"the document {name} has no {what}", hint="name a server with --flowgauge-url")
    make = getattr(_module(name, module), function, None)
    if make is None:
        raise UsageError(f"the edition {name} has no {what}")
    return make()


def _is_file(name: str) -> bool:
    return name.endswith(".py")


def _is_document(name: str) -> bool:
    return name.endswith((".yaml", ".yml", ".json"))


def _module(name: str, part: str) -> ModuleType:
    if _is_file(name):
        return _loaded(Path(name).resolve())
    if name not in EDITIONS:
        raise UsageError(
            f"there is no edition {name!r}",
            hint=f"there are {', '.join(EDITIONS)}, and yours: the path of an OpenAPI document, or of a "
            "Python file with an edition()",
        )
    return import_module(f"flowgauge.editions.{name}.{part}")


@cache
def _loaded(path: Path) -> ModuleType:
    # A package, so that `from .world import World` finds what stands beside it; two files may have one name.
    name = f"flowgauge_edition_{path.stem}_{crc32(bytes(path)):08x}"
    spec = spec_from_file_location(name, path, submodule_search_locations=[str(path.parent)])
    if not path.is_file() or spec is None or spec.loader is None:
        raise UsageError(f"there is no edition at {path}", hint="name a Python file with an edition()")
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    # What stands beside it may be imported, as of a script.
    sys.path.insert(0, str(path.parent))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(path.parent))
    if not hasattr(module, "edition"):
        raise UsageError(
            f"{path} has no edition()", hint="a function that returns a flowgauge.edition.Edition"
        )
    return module
