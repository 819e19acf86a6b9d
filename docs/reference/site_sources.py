"""Lay the site's sources out in a folder, with a page for each finding: `python site_sources.py FOLDER`.

Sixty pages that nobody writes would be noise in the repository, where one page tells of all; the site has one
for each, made of the same text as that page and `flowgauge explain`.
"""

import json
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from findings import finding_pages, index_of_findings

__all__ = ["laid_out"]

ROOT = Path(__file__).parents[2]
ENTRY = "      - Findings: reference/findings.md\n"


def laid_out(folder: Path) -> None:
    """Make the folder anew: `docs/`, and `mkdocs.yml` with every page in its menu."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "docs", folder / "docs", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    reference = folder / "docs" / "reference"
    (reference / "findings").mkdir()
    _write(reference / "findings.md", index_of_findings(lambda each: f"findings/{each.id}.md"))
    entries = ["      - Findings:\n", "          - All: reference/findings.md\n"]
    for name, title, lines in finding_pages():
        _write(reference / "findings" / f"{name}.md", lines)
        entries.append(f"          - {json.dumps(f'{name} {title}')}: reference/findings/{name}.md\n")
    menu = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert ENTRY in menu
    (folder / "mkdocs.yml").write_text(menu.replace(ENTRY, "".join(entries)), encoding="utf-8")


def _write(path: Path, lines: Iterable[str]) -> None:
    path.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    laid_out(Path(sys.argv[1]))
