"""The dates of a LinkedIn export in every notation it has been seen in → moments in UTC (`written_dates.py`)."""

import datetime as dt
from collections.abc import Iterable, Mapping

from commonground.errors import UnreadableError
from commonground.sources.social.linkedin_tables import Line, Table
from commonground.sources.social.written_dates import order_told, read_date


class Dates:
    """Reads the dates of one export."""

    def __init__(self, tables: Mapping[str, Iterable[Table]], zone: dt.tzinfo) -> None:
        """Takes the files of the export, by kind, and the zone of times that name none."""
        self._tables, self._zone = tables, zone
        self._orders: dict[tuple[str, str], str | None] = {}

    def read(self, line: Line, column: str) -> dt.datetime | None:
        """The moment in a cell, a day as its midnight UTC, None if the cell is empty; raises `ValueError` naming the value."""
        return read_date(line[column], self._zone, lambda: self._order(line, column))

    def _order(self, line: Line, column: str) -> str | None:
        """What the other rows of the file say, if they say one thing."""
        key = (line.file, column)
        if key not in self._orders:
            self._orders[key] = order_told(self._column(line.file, column))
        return self._orders[key]

    def _column(self, file: str, column: str) -> Iterable[str]:
        for tables in self._tables.values():
            for table in tables:
                if table.member.source_file != file:
                    continue
                try:
                    yield from (found[column] for found in table.lines() if isinstance(found, Line))
                except UnreadableError:
                    return  # its rows up to there are read, and it is refused where they are
