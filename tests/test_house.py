"""The house rules that import-linter cannot say."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "src" / "flowgauge").rglob("*.py"))


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


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


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_is_one_idea_and_says_what_it_offers(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 300
    tree = ast.parse(text)
    assert ast.get_docstring(tree)
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            names = ast.literal_eval(node.value)
            assert len(set(names)) == len(names)
            defined = {n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)}
            targets = [t for n in tree.body if isinstance(n, ast.Assign) for t in n.targets]
            assigned = {t.id for target in targets for t in ast.walk(target) if isinstance(t, ast.Name)}
            annotated = {
                n.target.id
                for n in tree.body
                if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)
            }
            brought = {
                a.asname or a.name for n in tree.body if isinstance(n, ast.ImportFrom) for a in n.names
            }
            assert set(names) <= defined | assigned | annotated | brought


def test_a_scenario_has_at_most_sixty_lines_and_stands_alone() -> None:
    scenarios = sorted((ROOT / "loadtests").rglob("*.py"))
    assert scenarios
    for path in scenarios:
        assert len(path.read_text().splitlines()) <= 60, path
        assert not path.name.startswith("_"), path


def test_no_module_is_named_for_nothing() -> None:
    for path in SOURCES:
        assert path.stem not in {"utils", "helpers", "manager", "base", "common"}
