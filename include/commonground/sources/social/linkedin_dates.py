"""The dates of a LinkedIn export in every notation it has been seen in → moments in UTC.

Most files write one notation, told by its own signs: `2025-06-01 14:03:22 UTC`, `08 Feb 2026`, `29.1.2026`, `1/29/26, 2:37 PM`.
Of numbers with slashes the order of day and month is asked of the value itself, then of the other rows of the same file, then of
AM or PM, which are written month first. What stays ambiguous is a `ValueError`.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping

from commonground.errors import UnreadableError
from commonground.sources.social.linkedin_tables import Line, Table
from commonground.sources.text import day_moment, local_moment, tweet_moment, utc_moment

_NUMBERS = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")
_TIME = re.compile(r"(?:,? (?:at )?|T)(\d{1,2}):(\d{2})(?::(\d{2}))?(?: ?([ap])\.?m\.?)?(?: (UTC|GMT))?", re.IGNORECASE)
_DAY_FIRST = re.compile(r"\d{1,2}\.? (?:de )?[^\W\d_]{3,}\.?,? (?:de )?\d{4}")
_MONTH_FIRST = re.compile(r"([^\W\d_]{3,})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")
_PLAIN_DAY = re.compile(r"\d\d [A-Z][a-z]{2} \d{4}")
_EXPECTED = "is no date that can be told; expected one such as `08 Feb 2026`, `2025-06-01 14:03:22 UTC` or `1/29/26, 2:37 PM`"


class Dates:
    """Reads the dates of one export."""

    def __init__(self, tables: Mapping[str, Iterable[Table]], zone: dt.tzinfo) -> None:
        """Takes the files of the export, by kind, and the zone of times that name none."""
        self._tables, self._zone = tables, zone
        self._orders: dict[tuple[str, str], str] = {}

    def read(self, line: Line, column: str) -> dt.datetime | None:
        """The moment in a cell, a day as its midnight UTC, None if the cell is empty; raises `ValueError` naming the value."""
        written = line[column]
        if _PLAIN_DAY.fullmatch(written):  # what most connections have
            return day_moment(written)
        text = " ".join(written.split())
        if not text:
            return None
        try:
            if text[:4].isdigit() and not text[4:5].isdigit():
                return utc_moment(text) if text.endswith(" UTC") else local_moment(text.replace("/", "-"), dt.UTC)
            if re.fullmatch(r"[A-Z][a-z]{2} .* UTC \d{4}", text):
                return tweet_moment(text.replace(" UTC ", " +0000 "))
            day, end = self._day(text, line, column)
            return self._at(day, text[end:])
        except (ValueError, OverflowError):
            raise ValueError(f"{written[:80]!r} {_EXPECTED}") from None

    def _day(self, text: str, line: Line, column: str) -> tuple[dt.date, int]:
        """The day a text begins with, and where it ends."""
        if found := _NUMBERS.match(text):
            first, second, year = int(found[1]), int(found[3]), int(found[4])
            order = "dmy" if found[2] == "." else order_of(first, second)
            if order is None:
                order = self._order(line, column) or ("mdy" if re.search(r"\d ?[ap]\.?m\b", text, re.IGNORECASE) else None)
            if order is None:
                raise ValueError
            day, month = (first, second) if order == "dmy" else (second, first)
            return dt.date(year + (2000 if year < 100 else 0), month, day), found.end()
        if month_first := _MONTH_FIRST.match(text):
            moment, end = day_moment(f"{month_first[2]} {month_first[1]} {month_first[3]}"), month_first.end()
        elif day_first := _DAY_FIRST.match(text):
            moment, end = day_moment(day_first[0]), day_first.end()
        else:
            raise ValueError
        if moment is None:
            raise ValueError
        return moment.date(), end

    def _at(self, day: dt.date, rest: str) -> dt.datetime:
        if not rest:
            return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)
        found = _TIME.fullmatch(rest)
        if not found:
            raise ValueError
        hour, half = int(found[1]), (found[4] or "").lower()
        if half:
            if not 1 <= hour <= 12:
                raise ValueError
            hour = hour % 12 + (12 if half == "p" else 0)
        zone = dt.UTC if found[5] else self._zone
        return dt.datetime(day.year, day.month, day.day, hour, int(found[2]), int(found[3] or 0), tzinfo=zone).astimezone(dt.UTC)

    def _order(self, line: Line, column: str) -> str | None:
        """What the other rows of the file say, if they say one thing."""
        key = (line.file, column)
        if key not in self._orders:
            told = {order for value in self._column(line.file, column) if (order := _told_by(value))}
            self._orders[key] = told.pop() if len(told) == 1 else ""
        return self._orders[key] or None

    def _column(self, file: str, column: str) -> Iterable[str]:
        for tables in self._tables.values():
            for table in tables:
                if table.member.source_file != file:
                    continue
                try:
                    yield from (found[column] for found in table.lines() if isinstance(found, Line))
                except UnreadableError:
                    return  # its rows up to there are read, and it is refused where they are


def order_of(first: int, second: int) -> str | None:
    """Which of two numbers must be the day; either order will do for two that are alike."""
    if first == second:
        return "mdy"
    return "dmy" if first > 12 >= second else "mdy" if second > 12 >= first else None


def _told_by(value: str) -> str | None:
    found = _NUMBERS.match(value.strip())
    if not found or found[2] == "." or found[1] == found[3]:
        return None
    return order_of(int(found[1]), int(found[3]))
