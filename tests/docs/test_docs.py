"""The documentation: made pages are as the code is, links lead somewhere, what is printed can be typed."""

import argparse
import importlib.util
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from pet_shop import DOCUMENT, pet_shop

from flowgauge.cli import COMMANDS, main
from flowgauge.cli.report import REPORT_FILES, SARIF_FILE
from flowgauge.editions import EDITIONS, findings_of
from flowgauge.errors import ExitCode
from flowgauge.load.plans.plan_text import parsed_plan
from flowgauge.results import (
    CONTRACT_FILE,
    HISTOGRAM_FILE,
    LOAD_FILE,
    STAGES_FILE,
    ContractReport,
    LoadRun,
    read_contract_report,
    read_load_run,
)

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
PAGES = sorted((*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "ci" / "README.md"))
FENCED = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)


def maker(name: str) -> Any:
    """One of the programs that make pages."""
    spec = importlib.util.spec_from_file_location(f"{name}_of_docs", REFERENCE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(REFERENCE))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(REFERENCE))
    return module


def test_the_reference_is_made_of_the_code_as_it_is() -> None:
    made = maker("make").pages()
    assert {path.name for path in REFERENCE.glob("*.md")} == set(made)
    for name, text in made.items():
        assert (REFERENCE / name).read_text(encoding="utf-8") == text, f"{name}: run `make docs`"


def anchors(path: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        assert path.exists(), target
        assert not anchor or anchor in anchors(path), target


def test_every_page_can_be_found_from_the_first() -> None:
    seen, left = set[Path](), [DOCS / "README.md"]
    while left:
        page = left.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        targets = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
        left += [(page.parent / target).resolve() for target in targets if "://" not in target]
    assert set(DOCS.rglob("*.md")) <= seen


def typed_lines() -> Iterator[Any]:
    for page in PAGES:
        if page.parent == REFERENCE:
            continue
        for kind, block in FENCED.findall(page.read_text(encoding="utf-8")):
            for line in block.splitlines() if kind == "sh" else ():
                words = shlex.split(line, comments=True)
                words = [
                    word for word in words if word not in {"&", "&&"} and not re.match(r"[A-Z_]+=", word)
                ]
                if words:
                    yield pytest.param(words, id=f"{page.name}: {line.strip()[:60]}")


@pytest.mark.parametrize("words", [*typed_lines()])
def test_what_is_printed_can_be_typed(words: list[str]) -> None:
    match words:
        case ["flowgauge", name, *rest] if not name.startswith("-"):
            rest = [word.replace("--flowgauge-", "--") for word in rest]
            module = import_module(f"flowgauge.cli.{COMMANDS[name].module}")
            parser = argparse.ArgumentParser(exit_on_error=False)
            module.add_arguments(parser)
            given = parser.parse_args([word for word in rest if word not in {"URL", "--help"}])
            if getattr(given, "plan", None):
                parsed_plan(given.plan)
        case ["pytest", *rest]:
            known = (ROOT / "docs" / "reference" / "options.md").read_text(encoding="utf-8")
            for flag in (word.partition("=")[0] for word in rest if word.startswith("--flowgauge")):
                assert f"`{flag}" in known
        case ["make", target, *_]:
            makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
            assert re.search(rf"^{target}:", makefile, re.MULTILINE)
        case ["sh", script]:
            assert script.startswith("reports/out/findings/")
        case [program, *_]:
            assert program in {*PROGRAMS, "cd", "export", ".", "mkdir", "rm"}


PROGRAMS = ("flowgauge", "python3", "pip", "locust", "tox")
PRINTED = [DOCS / "how-to" / "my-clients-tests.md", DOCS / "how-to" / "own-document.md", ROOT / "README.md"]


@pytest.mark.parametrize("page", PRINTED, ids=lambda path: path.name)
def test_python_that_is_printed_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = python_of(page)
    assert blocks
    for block in blocks:
        names: dict[str, Any] = {}
        exec(compile(block, str(page), "exec"), names)
        if "edition" in names:
            with pytest.raises(Exception, match=r"openapi\.yaml"):
                names["edition"]()


def python_of(page: Path) -> list[str]:
    return [block for kind, block in FENCED.findall(page.read_text(encoding="utf-8")) if kind == "python"]


@pytest.mark.parametrize(
    ("page", "folder", "command"),
    [
        ("own-check", "contracts", ["pytest", "-q", "-p", "no:locust", "--flowgauge-target", "in-process"]),
        ("my-clients-tests", "tests", ["pytest", "-q", "-p", "no:locust"]),
        ("own-journey", "loadtests", ["locust", "ListTwice", "--headless", "-t", "1s", "--rate", "20", "-f"]),
    ],
)
def test_what_a_page_has_the_reader_write_works_where_it_says(page, folder, command, tmp_path) -> None:
    own = tmp_path / folder
    own.mkdir()
    if folder == "contracts":
        shutil.copy(ROOT / "contracts" / "conftest.py", own)
    (own / "test_own.py").write_text(python_of(DOCS / "how-to" / f"{page}.md")[0])
    files = ["--run-folder", str(tmp_path), "--max-schedule-lag", "60s"] if folder == "loadtests" else []
    words = [sys.executable, "-m", *command, str(own), *files]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    if folder == "loadtests":
        run = read_load_run(tmp_path)
        assert run.counters["lists.compared"] == run.arrivals_started == 20
        assert run.histograms["listing"].count == 20
    else:
        assert "1 passed" in done.stdout


def test_the_edition_that_a_page_has_the_reader_write_is_held_against_its_server(tmp_path) -> None:
    report = held_to_a_page(tmp_path)
    rows = {row.operation: row for row in report.operations}
    assert set(rows) >= {"createPet", "readPet", "listPets", "deletePet"}
    # What the file says of its things is what the checks go by.
    assert rows["readPet"].checks["read-your-writes"].ran
    assert rows["listPets"].checks["membership"].ran
    assert not rows["readPet"].checks["read-your-writes"].failed


@pytest.mark.parametrize("behind", ["", " "], ids=["sound", "broken"])
def test_the_check_that_a_page_has_the_reader_write_finds_what_it_is_for(behind: str, tmp_path) -> None:
    own = python_of(DOCS / "how-to" / "own-check.md")[1]
    report = held_to_a_page(tmp_path, more=own, behind=behind)
    rows = {row.operation: row for row in report.operations}
    assert rows["readPet"].checks["names"].ran
    found = {each.title: each.severity for each in report.findings if each.id == "FG-490"}
    assert found == ({"a name with blanks around it": "minor"} if behind else {})
    words = [sys.executable, "-m", "flowgauge", "explain", "FG-490", "--edition", "pets.py"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "the description of Pet.name: no blanks around it" in done.stdout
    # What is to be typed next works as it is printed.
    assert ("next       flowgauge explain FG-490 --edition pets.py\n" in done.stdout) == bool(behind)


def held_to_a_page(folder: Path, *, more: str = "", behind: str = "") -> ContractReport:
    """What one suite, which makes, reads, lists and deletes, tells of the pet shop."""
    page = DOCS / "how-to" / "own-document.md"
    (folder / "pets.py").write_text(f"{python_of(page)[0]}\n\n{more}")
    (folder / "openapi.yaml").write_text(DOCUMENT)
    [line] = [line for line in page.read_text().splitlines() if "--edition pets.py" in line]
    with pet_shop(behind=behind) as url:
        words = shlex.split(line.replace("https://host", url))[1:]
        flags = ["--no-auth", "--examples=2", "--", "-k", "test_deletes"]
        command = [sys.executable, "-m", "flowgauge", *words, *flags]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode in {ExitCode.PASSED, ExitCode.FAILED}, done.stdout + done.stderr
    return read_contract_report(folder / "reports" / "out")


def test_every_file_of_a_run_is_described() -> None:
    text = (REFERENCE / "files.md").read_text(encoding="utf-8")
    for name in (*REPORT_FILES, SARIF_FILE, CONTRACT_FILE, LOAD_FILE, HISTOGRAM_FILE, STAGES_FILE):
        assert f"`{name}`" in text
    for kind in (ContractReport, LoadRun):
        for each in fields(kind):
            assert f"\n{each.name}: " in text


@pytest.mark.skipif(find_spec("zensical") is None, reason="zensical is not installed")
def test_the_site_builds_strictly_and_has_every_page_in_its_menu(tmp_path: Path) -> None:
    sources = tmp_path / "sources"
    maker("site_sources").laid_out(sources)
    command = [sys.executable, "-m", "zensical", "build", "--strict"]
    done = subprocess.run(command, cwd=sources, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    menu = (sources / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:")[2]
    docs = sources / "docs"
    assert {str(page.relative_to(docs)) for page in docs.rglob("*.md")} == set(
        re.findall(r": (\S+\.md)", menu)
    )
    for edition in EDITIONS:
        for each in findings_of(edition):
            page = (sources / "html" / "reference" / "findings" / f"{each.id}.html").read_text()
            assert all(f"<strong>{part}.</strong>" in page for part in ("Example", "Cure"))
            assert f"flowgauge waive {each.id}" in page or each.check == "waivers"


def bare(text: str) -> str:
    """Text without blanks, since each reader breaks its lines elsewhere."""
    return "".join(text.split())


def test_the_page_of_a_finding_says_what_explain_says(capsys: pytest.CaptureFixture[str]) -> None:
    pages = {name: " ".join(lines) for name, _, lines in maker("findings").finding_pages()}
    for each in findings_of(EDITIONS[-1]):
        assert main(["explain", each.id, "--edition", EDITIONS[-1]]) == 0
        said = bare(capsys.readouterr().out)
        assert each.guide is not None
        guide = each.guide
        page = bare(pages[each.id].replace("&lt;", "<"))
        for part in (each.rule, guide.meaning, guide.example, guide.exchanges, guide.cure):
            assert bare(part) in said
            assert bare(part) in page


QUESTIONS = DOCS / "questions.md"


def test_every_question_has_an_answer() -> None:
    rows = re.findall(r"^\| (.+\?) \| (.+) \|$", QUESTIONS.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) >= 15
    assert all("](" in answer for _, answer in rows)
