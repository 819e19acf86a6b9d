"""Limits as people set them, and as the documentation tells them."""

import gzip
import re
from dataclasses import fields
from pathlib import Path

import pytest

from flowgauge.codings import BrokenAnswer, decoded
from flowgauge.errors import UsageError
from flowgauge.limits import GIB, KIB, PeerLimits, is_deeper, limits_of, size_text


def test_a_text_sets_some_and_leaves_the_others() -> None:
    assert limits_of("") == PeerLimits()
    assert limits_of(" unpacked=16KiB,redirects=0 , memory=2GiB") == PeerLimits(
        unpacked=16 * KIB, redirects=0, memory=2 * GIB
    )
    assert limits_of("head=7", PeerLimits(depth=3)) == PeerLimits(depth=3, head=7)


@pytest.mark.parametrize(
    "text", ["unpacked", "unpacked=", "x=1", "head=-1", "head=1.5", "head=1TB", "head=0"]
)
def test_what_is_no_limit_is_refused_by_name(text: str) -> None:
    with pytest.raises(UsageError, match=text.split("=", maxsplit=1)[0]):
        limits_of(text)


@pytest.mark.parametrize(
    ("body", "depth"),
    [
        (b"1", 0),
        (b"[]", 1),
        (b'{"a":[{}]}', 3),
        (b'["[[[[\\"[["]', 1),
        (b"[],[],[]", 1),
        (b"[[[", 3),
        (b"]]]", 0),
    ],
)
def test_depth_is_counted_outside_of_strings(body: bytes, depth: int) -> None:
    assert not is_deeper(body, depth)
    assert depth == 0 or is_deeper(body, depth - 1)


def test_sizes_read_well() -> None:
    assert [size_text(n) for n in (999, KIB, 3 * GIB, KIB + 1)] == [
        "999 bytes",
        "1 KiB",
        "3 GiB",
        "1025 bytes",
    ]


PAGE = (Path(__file__).parents[1] / "docs" / "limits.md").read_text(encoding="utf-8")


def test_each_limit_has_a_row_in_the_documentation_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(\w+)`[^|]*\| ([^|]*?) \|", PAGE, re.MULTILINE))
    assert set(rows) == {field.name for field in fields(PeerLimits)}
    for name, said in rows.items():
        default = getattr(PeerLimits(), name)
        assert said.partition(" (")[0] in {size_text(default), f"{default} s", str(default)}, name


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (b"x" * 20, ""),
        (gzip.compress(bytes(99), mtime=0), "gzip"),
        (gzip.compress(b"x", mtime=0)[:-1], "gzip"),
        (b"x", "x"),
    ],
    ids=["larger", "unpacks to more", "cut off", "another coding"],
)
def test_its_errors_are_those_that_come(body: bytes, coding: str) -> None:
    with pytest.raises(BrokenAnswer) as raised:
        decoded(body, [coding] if coding else [], PeerLimits(answer=64 if coding else 10, unpacked=64))
    said = re.sub(r"\d+ bytes", "64 MiB", str(raised.value))
    assert f"`{said}" in PAGE
