"""The rows of a CSV file that have fewer cells than its header → which of them lack nothing but empty cells at their end.

Spreadsheets leave those out: some in every row, Excel in blocks of sixteen rows and more. So a short row is whole in a file where no row
of full width ends in an empty cell, and among sixteen short rows on end. It is not if it and its neighbours are what an unquoted line end
makes of one row: then their cells add up to the header's, the broken cell counted twice. Nor is a row of one cell, which is a remark
(`Total: 12`).
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

FEWEST_CELLS = 2
LONG_RUN = 16  # rows that Excel looks at together


class ShortRows:
    """The short rows of one file."""

    def __init__(self, rows: Iterable[tuple[int, Sequence[str]]], width: int) -> None:
        """Takes every row that stands on a line of its own: the line, from 1 and in order, and the cells."""
        self._is_padded = False
        self._broken: set[int] = set()
        self._runs: list[tuple[int, int]] = []  # first line and the one behind the last
        first, count, cells = 0, 0, 0
        for line, row in rows:
            if len(row) >= width:
                self._is_padded = self._is_padded or not row[-1].strip()
                continue
            if line != first + count:
                self._close(first, count, cells, width)
                first, count, cells = line, 0, 0
            count, cells = count + 1, cells + len(row)
        self._close(first, count, cells, width)

    def _close(self, first: int, count: int, cells: int, width: int) -> None:
        if count > 1 and cells == width + count - 1:
            self._broken.update(range(first, first + count))
        elif count >= LONG_RUN:
            self._runs.append((first, first + count))

    def is_whole(self, line: int, cells: int) -> bool:
        """Whether the row on a line lacks nothing but empty cells at its end."""
        if cells < FEWEST_CELLS or line in self._broken:
            return False
        at = bisect_right(self._runs, (line, line)) - 1
        near = self._runs[max(at, 0) : at + 2]
        return not self._is_padded or any(first <= line < behind for first, behind in near)
