"""A class or a function as Markdown, from its source: how it is made, its members, their first sentences."""

import ast
import inspect
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

__all__ = ["block", "cell", "described", "plain"]


def plain(text: str) -> str:
    """Text that Markdown shows as it is."""
    return text.replace("<", "&lt;").replace("|", "\\|")


def cell(text: str) -> str:
    """Text for a cell of a table."""
    return plain(" ".join(text.split()))


def block(text: str, language: str = "text") -> Iterator[str]:
    """Text between fences; nothing where there is none."""
    if text.strip():
        yield f"```{language}"
        yield from text.strip("\n").splitlines()
        yield "```"


def described(name: str, thing: Any, *, methods: bool = True) -> Iterator[str]:
    """A section about a class, a function or a value."""
    yield ""
    yield f"## {name}"
    yield ""
    if inspect.isfunction(thing):
        yield from block(_signature(name, thing), "python")
    if not inspect.isclass(thing) and not inspect.isfunction(thing):
        yield f"`{thing!r}`"
        return
    yield plain(inspect.getdoc(thing) or "")
    if not inspect.isclass(thing):
        return
    fields = [*_fields(thing)]
    if fields:
        yield ""
        yield from block("\n".join(fields), "python")
    if methods:
        yield from _methods(thing)


def _methods(kind: type) -> Iterator[str]:
    public = {name: each for name, each in _members(kind) if not name.startswith("_")}
    made = kind.__dict__.get("__init__")
    # What a dataclass or an enum makes by itself stands in no source.
    if inspect.isfunction(made) and not hasattr(kind, "__dataclass_fields__"):
        yield ""
        yield from block(_signature(kind.__name__, made), "python")
    rows = []
    for name, each in public.items():
        about = cell((inspect.getdoc(each) or "").partition("\n\n")[0])
        function = getattr(each, "__func__", each)
        if isinstance(each, property):
            rows.append(f"| `{name}` | {about} |")
        elif inspect.isfunction(function):
            shown = _signature(name, function).replace("|", "\\|")
            rows.append(f"| `{shown}` | {about} |")
    if rows:
        yield from ("", "| | |", "|---|---|", *rows)


def _members(kind: type) -> Iterable[tuple[str, Any]]:
    """Its own, and those of what it is made of here, the nearest first."""
    seen: dict[str, Any] = {}
    for each in kind.__mro__:
        if each.__module__.startswith("flowgauge."):
            seen |= {name: value for name, value in vars(each).items() if name not in seen}
    return seen.items()


def _fields(kind: type) -> Iterator[str]:
    for node in _source(kind).body:
        if isinstance(node, ast.AnnAssign) and not _written(node.target).startswith("_"):
            yield f"{_written(node.target)}: {_written(node.annotation)}"


def _signature(name: str, function: Any) -> str:
    """As it is written, since what Python makes of annotations differs from one version to the next."""
    node = _source(inspect.unwrap(function))
    args = node.args
    for group in (args.posonlyargs, args.args):
        if group and group[0].arg in {"self", "cls"}:
            del group[0]
    returns = f" -> {_written(node.returns)}" if node.returns is not None and name != "__init__" else ""
    return f"{name}({_written(args)}){returns}"


def _source(thing: Any) -> Any:
    return ast.parse(textwrap.dedent(inspect.getsource(thing))).body[0]


def _written(node: ast.AST) -> str:
    """Source as the formatter leaves it: with double quotes."""
    return ast.unparse(node).replace("'", '"')
