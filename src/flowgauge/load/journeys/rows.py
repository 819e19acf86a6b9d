"""Data for journeys from a CSV file: a row for each, shared out among the engines without overlap."""

import csv
from collections.abc import Mapping
from pathlib import Path

from flowgauge.errors import UsageError
from flowgauge.load.journeys.context import JourneyContext

__all__ = ["Rows"]


class Rows:
    """The rows of a CSV file by the names in its first line; handed out in order, and then from the start.

    Raises UsageError for a file that cannot be read, has no rows, or has one of another length than its head.
    """

    def __init__(self, path: str | Path) -> None:
        try:
            with Path(path).open(encoding="utf-8-sig", newline="") as file:
                lines = list(csv.reader(file, strict=True))
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise UsageError(f"{path} cannot be read as CSV: {error}") from None
        lines = [line for line in lines if line]
        if len(lines) < 2:
            raise UsageError(f"{path} has no rows", hint="its first line names the columns")
        head, *rows = lines
        for number, row in enumerate(rows, start=2):
            if len(row) != len(head):
                raise UsageError(f"{path}, row {number}: {len(row)} values for {len(head)} columns")
        self._rows = [dict(zip(head, row, strict=True)) for row in rows]
        self._taken = 0

    def __len__(self) -> int:
        return len(self._rows)

    def next(self, context: JourneyContext) -> Mapping[str, str]:
        """The next row of this engine's."""
        place = self._taken * context.of + context.index
        self._taken += 1
        return self._rows[place % len(self._rows)]
