"""Data from files."""

from pathlib import Path

import pytest

from flowgauge.editions import load_part
from flowgauge.errors import UsageError
from flowgauge.load.journeys.rows import Rows
from flowgauge.load.transport.wire import Wire

PART = load_part("v0")


def written(folder: Path, text: bytes) -> Path:
    (folder / "rows.csv").write_bytes(text)
    return folder / "rows.csv"


def test_engines_share_the_rows_without_overlap_and_begin_again(tmp_path: Path) -> None:
    path = written(tmp_path, b'\xef\xbb\xbfname,price\r\na,1\r\n\r\n"b, or c",2\r\nd,3\r\ne,4\r\nf,5\r\n')
    contexts = [PART.context(Wire("http://host", None), index=index, of=2) for index in range(2)]
    rows = [Rows(path) for _ in contexts]
    assert len(rows[0]) == 5
    one, other = (
        [each.next(context)["name"] for _ in range(4)] for each, context in zip(rows, contexts, strict=True)
    )
    assert one == ["a", "d", "f", "b, or c"]
    assert other == ["b, or c", "e", "a", "d"]
    assert rows[0].next(contexts[0]) == {"name": "e", "price": "4"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "has no rows"),
        (b"name,price\n", "has no rows"),
        (b"name,price\na,1\nb\n", "row 3: 1 values for 2 columns"),
        (b"name\n\xff\n", "cannot be read"),
        (b'name\n"a\n', "cannot be read"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, text: bytes, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Rows(written(tmp_path, text))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        Rows(tmp_path / "none.csv")
