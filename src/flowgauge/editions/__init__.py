"""The editions, a folder each, and the registry that the doors choose from.

Whatever knows an operation's name, a path, a wire field or a stage kind lives here. Parts are imported when
they are asked for: a load does not need what the suites need.

Where an edition is named by a path, it is the Python file there: `edition()` in it makes the `Edition`, and
`contract_part()` and `world_part()`, if they are there, the parts of its own. Modules beside the file are
imported from it as `.name`, or, while it is being loaded, as of a script. A YAML or JSON file, or a URL, is
an OpenAPI document, and the edition is what can be inferred of it. A TOML file (`flowgauge.toml`) names a
document and corrects that; the one in the working directory goes with the document that it names.
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
from flowgauge.editions.from_document.api_file import API_FILE, ApiFile, read_api_file
from flowgauge.errors import UsageError
from flowgauge.openapi import Document, is_url

if TYPE_CHECKING:
    from flowgauge.contract.edition_part import ContractPart
    from flowgauge.editions.from_document.inference import Inference
    from flowgauge.load.edition_part import LoadPart
    from flowgauge.reference.edition_part import WorldPart
    from flowgauge.results import FindingCatalogue

__all__ = [
    "API_FILE",
    "DEFAULT_EDITION",
    "EDITIONS",
    "contract_part",
    "default_edition",
    "edition_named",
    "every_world_part",
    "findings_of",
    "from_openapi",
    "inference_of",
    "is_document",
    "load_part",
    "operations_of",
    "stranger",
    "world_part",
    "world_part_if_any",
]

EDITIONS = ("v0", "v1", "v2")
DEFAULT_EDITION = "v0"


def default_edition() -> str:
    """The edition that is meant where none is named: the `flowgauge.toml` of the project, if it has one."""
    return str(API_FILE) if API_FILE.is_file() else DEFAULT_EDITION


def edition_named(name: str = DEFAULT_EDITION) -> Edition:
    """The edition of that name. Raises UsageError where there is none."""
    if is_document(name):
        return inference_of(name).edition
    edition: Edition = _module(name, "edition").edition()
    return edition


def from_openapi(place: Path | str) -> Edition:
    """The edition that an OpenAPI document describes, by itself: a file's path, or an http or https URL.

    Raises UsageError where there is none.
    """
    return _inferred(str(place)).edition


@cache
def inference_of(place: str) -> "Inference":
    """What is known of an API by its OpenAPI document, and by the `flowgauge.toml` that goes with it.

    `place` is the path or URL of the document, or the path of the TOML file. Raises UsageError where there is
    none.
    """
    # Late: the suites, of which a load knows nothing.
    from flowgauge.editions.from_document.corrected import corrected  # noqa: PLC0415

    file = _api_file(place)
    return _inferred(place) if file is None else corrected(_inferred(_document_of(file)), file)


@cache
def _inferred(place: str) -> "Inference":
    from flowgauge.editions.from_document.inference import inferred  # noqa: PLC0415 - as above

    document = Document.read(place)
    return inferred(document, document.name)


def _api_file(place: str) -> ApiFile | None:
    if _is_toml(place):
        return read_api_file(Path(place))
    if not API_FILE.is_file():
        return None
    file = read_api_file(API_FILE)
    own = _document_of(file)
    is_local = not is_url(own) and not is_url(place)
    is_same = own == place or (is_local and Path(own).resolve() == Path(place).resolve())
    return file if is_same else None


def _document_of(file: ApiFile) -> str:
    """Where the document is that a TOML file names: a URL, or a path from the file."""
    return file.document if is_url(file.document) else str(file.path.parent / file.document)


def contract_part(name: str = DEFAULT_EDITION) -> "ContractPart":
    """An edition's part in the suites; what it says nothing of follows from its document and resources."""
    # Late: a load knows editions and no suites.
    from flowgauge.contract.edition_part import ContractPart  # noqa: PLC0415

    if is_document(name):
        from flowgauge.editions.from_document.cases import part_of  # noqa: PLC0415 - as above

        return part_of(inference_of(name))
    make = getattr(_module(name, "contract.part"), "contract_part", None)
    part: ContractPart = make() if make is not None else ContractPart(edition_named(name))
    return part


def operations_of(name: str = DEFAULT_EDITION) -> tuple[str, ...]:
    """The ids of the operations that the suites have to look at: all but those that are left alone."""
    left_alone = inference_of(name).left_alone if is_document(name) else {}
    return tuple(op.id for op in edition_named(name).operations if op.id not in left_alone)


def stranger(name: str) -> "ContractPart":
    """An edition's part as if nobody knew more of it than its document."""
    from flowgauge.editions.from_document.cases import part_of  # noqa: PLC0415 - as above
    from flowgauge.editions.from_document.inference import inferred  # noqa: PLC0415

    return part_of(inferred(edition_named(name).document, name))


def load_part(name: str = DEFAULT_EDITION) -> "LoadPart":
    """What a load knows of an edition. Raises UsageError where it knows nothing."""
    if is_document(name):
        return _load_of_document(name)
    part: LoadPart = _made(name, "load.part", "load_part", "journeys of its own")
    return part


@cache
def _load_of_document(name: str) -> "LoadPart":
    from flowgauge.editions.from_document.cases import part_of  # noqa: PLC0415 - as above
    from flowgauge.editions.from_document.load import load_of_things  # noqa: PLC0415

    file = _api_file(name)
    weights, kinds = (file.weights, file.load_kinds) if file is not None else ({}, None)
    return load_of_things(part_of(inference_of(name)), weights, kinds)


def world_part(name: str = DEFAULT_EDITION) -> "WorldPart[Any]":
    """An edition's world, named faults and fake. Raises UsageError where it has none."""
    part: WorldPart[Any] = _made(name, "world.part", "world_part", "server of its own")
    return part


def world_part_if_any(name: str = DEFAULT_EDITION) -> "WorldPart[Any] | None":
    """An edition's world, named faults and fake, or None where it has none."""
    has_one = not is_document(name) and hasattr(_module(name, "world.part"), "world_part")
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
    if is_document(name):
        raise UsageError(f"the document {name} has no {what}", hint="name a server with --flowgauge-url")
    make = getattr(_module(name, module), function, None)
    if make is None:
        raise UsageError(f"the edition {name} has no {what}")
    return make()


def _is_file(name: str) -> bool:
    return name.endswith(".py")


def _is_toml(name: str) -> bool:
    return name.endswith(".toml")


def is_document(name: str) -> bool:
    """Whether an edition is one of a document alone: of an OpenAPI file, a URL, or a `flowgauge.toml`."""
    return name.endswith((".yaml", ".yml", ".json")) or _is_toml(name) or is_url(name)


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
