"""The house rules that import-linter cannot say."""

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from flowgauge.editions import EDITIONS, edition_named
from flowgauge.editions.v0.world.stages import STAGE_KINDS

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "flowgauge"
SOURCES = sorted(PACKAGE.rglob("*.py"))
# The seed's client is an edition's own, and so is what stands in the editions' folders.
OF_AN_EDITION = (PACKAGE / "editions", PACKAGE / "client")
GENERIC = [
    path
    for path in (*SOURCES, *sorted((ROOT / "contracts").glob("*.py")))
    if not any(folder in path.parents for folder in OF_AN_EDITION)
]
# Rooms in which a member that is looked up by its name comes from the wire.
ON_THE_WIRE = ("contract", "load", "reference")
# Members of an edition that are also words of JSON Schema, HAR, ASGI or our own files.
WORDS_OF_OTHERS = {"duration", "name", "number", "status", "type", "value"}
# Kinds of stages whose names are verbs that anybody may use.
PLAIN_VERBS = {"fail"}
MOST_LINES, MOST_FILES = 300, 15


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def label(path: Path) -> str:
    return str(path.relative_to(ROOT))


# Editions


def members_of(schema: Any) -> Iterator[str]:
    """Every member's name that a schema declares, at any depth."""
    if isinstance(schema, dict):
        properties = schema.get("properties")
        yield from properties if isinstance(properties, dict) else ()
        for value in schema.values():
            yield from members_of(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from members_of(value)


@cache
def words() -> tuple[frozenset[str], frozenset[str]]:
    """Names that no generic room may hold at all, and those by which it may look nothing up."""
    names: set[str] = set()
    members: set[str] = set()
    for edition in map(edition_named, EDITIONS):
        for op in edition.operations:
            names |= {op.id, op.path}
            members |= set(op.path_parameters)
            names |= {f"/{part}" for part in op.path.split("/") if part and not part.startswith("{")}
            members |= {p.name for p in op.parameters}
        members |= set(members_of(edition.document.root["components"]["schemas"]))
    # One word of plain English may be anybody's; two words run together are the document's own.
    names |= {word for word in members if re.search("[a-z][A-Z]", word)}
    return frozenset(names), frozenset((members - WORDS_OF_OTHERS) | set(STAGE_KINDS))


def texts_in(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every text that is no docstring."""
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.lineno, node.value


def names_in(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute):
            yield node.lineno, node.attr
        elif isinstance(node, ast.arg | ast.keyword) and node.arg:
            yield node.lineno, node.arg


def looked_up_in(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Texts that a value is asked for: `view["id"]`, `view.get("id")`, `"id" in view`."""
    for node in ast.walk(tree):
        key: ast.expr | None = None
        if isinstance(node, ast.Subscript):
            key = node.slice
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            key = node.args[0] if node.args else None
        elif isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
            key = node.left
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield node.lineno, key.value


@pytest.mark.parametrize("path", GENERIC, ids=label)
def test_what_is_an_editions_own_stands_in_its_folder(path: Path) -> None:
    tree = tree_of(path)
    distinct, members = words()
    found = [
        (line, text)
        for line, text in texts_in(tree)
        for piece in {text, *re.findall(r"[A-Za-z_]+|/[A-Za-z_]+", text)}
        if piece in distinct or (piece == text and text in set(STAGE_KINDS) - PLAIN_VERBS)
    ]
    found += [(line, name) for line, name in names_in(tree) if name in distinct]
    if path.is_relative_to(PACKAGE) and path.relative_to(PACKAGE).parts[0] in ON_THE_WIRE:
        found += [(line, key) for line, key in looked_up_in(tree) if key in members]
    assert not found


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_words_of_an_edition_are_many(edition: str) -> None:
    distinct, members = words()
    assert {op.id for op in edition_named(edition).operations} <= distinct
    assert len(distinct) > 25
    assert len(members) > 15


# Imports


def test_exactly_one_module_imports_locust() -> None:
    importers = [p.name for p in SOURCES if any(name.split(".")[0] == "locust" for name in imported(p))]
    assert len(importers) == 1, importers


@pytest.mark.parametrize(
    "command", ["flowgauge.cli", "flowgauge.contract.session.pytest_suite", "flowgauge.pytest_plugin"]
)
def test_nothing_else_patches_sockets(command: str) -> None:
    program = f"import sys, {command}; sys.exit('locust' in sys.modules or 'gevent' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_pytest_plugin_costs_nothing() -> None:
    program = (
        "import pytest, sys; before = set(sys.modules); import flowgauge.pytest_plugin;"
        "extra = {m for m in set(sys.modules) - before if not m.startswith('flowgauge')};"
        "assert not extra, extra"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


# Modules and folders


def public_names(tree: ast.Module) -> set[str]:
    """Functions, classes and constants that do not begin with an underscore, defined on a module's top."""
    defined = {
        n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    targets = [
        target
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
    ]
    # One assignment may name several.
    assigned = {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}
    return {name for name in defined | assigned if not name.startswith("_") or name.endswith("__")}


def offered(tree: ast.Module) -> list[str] | None:
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(getattr(target, "id", "") == "__all__" for target in targets):
            names: list[str] = ast.literal_eval(node.value)  # type: ignore[attr-defined]
            return names
    return None


@pytest.mark.parametrize("path", SOURCES, ids=label)
def test_a_module_is_one_idea_and_says_what_it_offers(path: Path) -> None:
    tree = tree_of(path)
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES
    assert ast.get_docstring(tree)
    names = offered(tree)
    defined = public_names(tree)
    classes = {
        n.name for n in tree.body if isinstance(n, ast.ClassDef | ast.FunctionDef) if n.name in defined
    }
    if names is None:
        assert not classes, "a module that defines something says what it offers"
        return
    brought = {a.asname or a.name for n in tree.body if isinstance(n, ast.ImportFrom) for a in n.names}
    assert len(set(names)) == len(names)
    assert set(names) <= defined | brought
    # A public class or function that is not offered is private, or forgotten.
    assert classes <= set(names), classes - set(names)


def test_no_two_public_classes_have_one_name() -> None:
    classes = Counter(
        node.name
        for path in SOURCES
        for node in tree_of(path).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert [name for name, count in classes.items() if count > 1] == []


def test_a_folder_has_at_most_fifteen_files() -> None:
    folders = Counter(path.parent for path in PACKAGE.rglob("*") if path.is_file() and path.suffix != ".pyc")
    assert {label(folder): count for folder, count in folders.items() if count > MOST_FILES} == {}


def test_no_module_is_named_for_nothing() -> None:
    for path in SOURCES:
        assert path.stem not in {"utils", "helpers", "manager", "base", "common"}


def test_a_scenario_has_at_most_sixty_lines_and_stands_alone() -> None:
    scenarios = sorted((ROOT / "loadtests").rglob("*.py"))
    assert scenarios
    for path in scenarios:
        assert len(path.read_text().splitlines()) <= 60, path
        assert not path.name.startswith("_"), path
