"""The classes of findings as Markdown: all of them on one page, or a page for each."""

import re
from collections.abc import Callable, Iterator

from described import block, plain

from flowgauge.editions import EDITIONS, findings_of
from flowgauge.results import FindingClass

__all__ = ["all_findings", "finding_pages", "index_of_findings"]

_SAYS = """\
What each id means, by which rule, how it looks and where the cure is; `flowgauge explain ID` says the same.
The severity is that of the class; a single finding may weigh less.
"""


def all_findings() -> Iterator[str]:
    """One page of all, for those who read the repository."""
    yield from index_of_findings(_anchor)
    for each in _classes():
        yield ""
        yield f"## {each.id} {each.title}"
        yield from _told(each)


def index_of_findings(place_of: Callable[[FindingClass], str]) -> Iterator[str]:
    """A table of all, with where each is told of."""
    yield "# Findings"
    yield ""
    yield _SAYS
    yield "| id | severity | |"
    yield "|---|---|---|"
    for each in _classes():
        yield f"| [{each.id}]({place_of(each)}) | {each.severity} | {each.title} |"


def finding_pages() -> Iterator[tuple[str, str, list[str]]]:
    """The id, the title and the lines of each class's page."""
    for each in _classes():
        yield each.id, each.title, [f"# {each.id} {each.title}", *_told(each)]


def _classes() -> list[FindingClass]:
    """Those of all editions; what several have is told as the newest has it."""
    classes: dict[str, FindingClass] = {}
    for edition in EDITIONS:
        classes |= {each.id: each for each in findings_of(edition)}
    return sorted(classes.values(), key=lambda each: int(each.id.removeprefix("FG-")))


def _told(each: FindingClass) -> Iterator[str]:
    yield ""
    yield f"*{each.severity}.* Rule: {plain(each.rule)}."
    if each.guide is not None:
        yield ""
        yield plain(each.guide.meaning)
        yield ""
        yield f"**Example.** {plain(each.guide.example)}"
        yield ""
        yield from block(each.guide.exchanges)
        yield ""
        yield f"**Cure.** {plain(each.guide.cure)}"
    if each.waive:
        yield ""
        yield f"**Waive.** `{each.waive}`"


def _anchor(kind: FindingClass) -> str:
    """The anchor that GitHub and GitLab give a heading."""
    text = re.sub(r"[^\w\- ]", "", f"{kind.id} {kind.title}".lower())
    return "#" + text.replace(" ", "-")
