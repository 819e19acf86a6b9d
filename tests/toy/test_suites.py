"""The suites, run as `flowgauge prove` and `pytest contracts/` run them: what they catch, whom they blame."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from sessions import pytest_session

from flowgauge.contract.session.proof import CLEAN, Answer, Question, prove
from flowgauge.editions import world_part
from flowgauge.results import read_contract_report

from .faults import FAULTS
from .library import TOKEN, Library
from .server import serving

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
SUITES = ROOT / "contracts"
EDITION = str(Path(__file__).with_name("edition.py"))
# `tox -e sound` gives it three.
SEEDS = tuple(int(seed) for seed in os.environ.get("FLOWGAUGE_SOUND_SEEDS", "1").split(","))
FEW = ("--flowgauge-examples=5",)
# The one shows a member, the other takes a method, of which the document does not say that there is none.
TOLD_BY_NOBODY = ("undeclared-member", "put-is-taken")
# What is found late, and so in one search. All other faults are asked for alone.
TOGETHER = (
    (
        "refuses-null-subtitle",
        "tags-are-forgotten",
        "list-mixes-shelves",
        "concurrent-create-is-lost",
        "delete-answers-200",
        "head-is-not-get",
    ),
    (
        "isbn-is-given-again",
        "deleted-is-still-listed",
        "next-loops",
        "book-stands-on-any-shelf",
        "accepts-any-number-of-pages",
    ),
    ("delete-does-nothing", "page-is-overfull", "tells-its-inside"),
    ("walk-loses-books", "full-at-hundred", "books-outlive-their-shelf"),
)


def answers(
    *questions: Question, seeds: tuple[int, ...] = (1,), options: tuple[str, ...] = ()
) -> list[Answer]:
    return list(prove(questions, seeds, contracts=SUITES, workers=2, edition=EDITION, options=options))


def searches(names: Iterable[str]) -> list[Question]:
    """A question for each group, and one for each fault of these that is in none."""
    table = world_part(EDITION).faults
    grouped = {name for group in TOGETHER for name in group}
    searched = [*TOGETHER, *((name,) for name in names if name not in grouped)]
    return [Question(" + ".join(on), {name: table[name].findings for name in on}) for on in searched]


def test_every_fault_is_caught_by_the_findings_that_it_names() -> None:
    table = world_part(EDITION).faults
    assert set(table) == set(FAULTS)
    assert all(fault.findings for fault in table.values())
    found = answers(*searches(table), options=FEW)
    assert {answer.question.name: answer.missed for answer in found if answer.missed} == {}
    assert {answer.target for answer in found} == {"in-process"}


def test_of_the_faults_the_document_alone_tells_all_but_two() -> None:
    table = world_part(EDITION).faults
    questions = searches([name for name in table if name not in TOLD_BY_NOBODY])
    # Those are on for all of the suites, in-process.
    missed = {name: table[name].findings for name in TOLD_BY_NOBODY}
    questions += [Question("told by nobody", missed, dict.fromkeys(missed, "not in the document"))]
    *found, nobody, clean = answers(*questions, Question(CLEAN), options=("--flowgauge-document-alone", *FEW))
    assert clean.others == ()
    assert nobody.caught == {}
    assert {answer.question.name: answer.missed for answer in found if answer.missed} == {}


def test_the_clean_server_is_not_blamed() -> None:
    assert [answer.others for answer in answers(Question(CLEAN), seeds=SEEDS)] == [()] * len(SEEDS)


def over_http(
    library: Library, suites: Path, folder: Path, edition: str = EDITION, options: Sequence[str] = ()
) -> tuple[int | None, list[str]]:
    """The exit code of the suites on a server of the toy's own, and what they found."""
    words = [str(suites), "-q", f"--rootdir={ROOT}", f"--flowgauge-edition={edition}"]
    words += [f"--flowgauge-run-folder={folder}", *FEW, *options]
    with serving(library) as url:
        done = pytest_session(*words, f"--flowgauge-url={url}", f"--flowgauge-token={TOKEN}")
    findings = read_contract_report(folder).findings
    return done.code, [f"{finding.id} {finding.operation}" for finding in findings]


def test_the_clean_server_is_not_blamed_over_http(tmp_path: Path) -> None:
    # By what a wire may change; hundreds of things and of odd bodies are sent in-process.
    sparing = ("-k", "not volume and not input")
    assert over_http(Library(), SUITES, tmp_path, options=sparing) == (0, [])


def test_what_happens_between_two_threads_is_caught_over_http(tmp_path: Path) -> None:
    library = FAULTS["concurrent-create-is-lost"]()
    assert over_http(library, SUITES / "test_concurrency.py", tmp_path) == (1, ["FG-209 putUpShelf"])


@pytest.mark.parametrize(
    ("fault", "ended"), [(None, (0, [])), ("books-outlive-their-shelf", (1, ["FG-212 openBook"]))]
)
def test_nothing_but_the_document_is_enough(
    fault: str | None, ended: tuple[int, list[str]], tmp_path: Path
) -> None:
    library = FAULTS[fault]() if fault is not None else Library()
    document = str(Path(__file__).with_name("openapi.yaml"))
    assert over_http(library, SUITES / "test_deletes.py", tmp_path, document) == ended
