"""Dates as people and vendors write them → moments in UTC.

Most notations tell themselves: `2025-06-01 14:03:22 UTC`, `08 Feb 2026`, `29.1.2026`, `2021年3月5日`, `1/29/26, 2:37 PM`. Of numbers
with slashes the order of day and month is asked of the value itself, then of the other rows of the same column, then of AM or PM, which are
written month first. What stays ambiguous is a `ValueError`.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable

from commonground.sources.text import day_moment, local_moment, tweet_moment, utc_moment

Order = Callable[[], str | None]  # `mdy`, `dmy`, or None where the other rows do not say

_NUMBERS = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")
_TIME = re.compile(r"(?:,? (?:at )?|T)(\d{1,2}):(\d{2})(?::(\d{2}))?(?: ?([ap])\.?m\.?)?(?: (UTC|GMT))?", re.IGNORECASE)
_DAY_FIRST = re.compile(r"(\d{1,2}\.? (?:de )?[^\W\d_]{3,}\.?,? (?:de )?\d{4})(?: [гр]\.)?")  # a Slavic year has a letter behind it
_MONTH_FIRST = re.compile(r"([^\W\d_]{3,})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")
_SPREADSHEETS = re.compile(r"(\d{1,2})-([^\W\d_]{3,4})\.?-(\d{4}|\d{2})")  # what Excel makes of `08 Feb 2026`
_YEAR_FIRST = re.compile(r"(\d{4})(?:[年년]|\.(?= ?\d)) ?(\d{1,2})[月월.] ?(\d{1,2})(?:[日일]|\.|(?!\d))")  # `2021年3月5日`, `2021. 3. 5.`
_PLAIN_DAY = re.compile(r"\d\d [A-Z][a-z]{2} \d{4}")
_EXPECTED = "is no date that can be told; expected one such as `08 Feb 2026`, `2025-06-01 14:03:22 UTC` or `1/29/26, 2:37 PM`"


def read_date(written: str, zone: dt.tzinfo, ask: Order) -> dt.datetime | None:
    """The moment that is written, a day as its midnight UTC, None for blanks.

    Args:
        written: A cell.
        zone: Of times that name none.
        ask: What the other rows of the column say; asked only if the cell leaves it open.

    Raises:
        ValueError: it is no date, or one that can be read in two ways; names the value.
    """
    if _PLAIN_DAY.fullmatch(written):  # what most connections have
        return day_moment(written)
    text = " ".join(written.split())
    if not text:
        return None
    try:
        if text[:4].isdigit() and not text[4:5].isdigit() and not _YEAR_FIRST.match(text):
            return utc_moment(text) if text.endswith(" UTC") else local_moment(text.replace("/", "-"), dt.UTC)
        if re.fullmatch(r"[A-Z][a-z]{2} .* UTC \d{4}", text):
            return tweet_moment(text.replace(" UTC ", " +0000 "))
        day, end = _day(text, ask)
        return _at(day, text[end:], zone)
    except (ValueError, OverflowError):
        raise ValueError(f"{written[:80]!r} {_EXPECTED}") from None


def order_told(values: Iterable[str]) -> str | None:
    """What the values of a column say, if they say one thing."""
    told = {order for value in values if (order := _told_by(value))}
    return told.pop() if len(told) == 1 else None


def _day(text: str, ask: Order) -> tuple[dt.date, int]:
    """The day a text begins with, and where it ends."""
    if year_first := _YEAR_FIRST.match(text):
        return dt.date(*map(int, year_first.groups())), year_first.end()
    if found := _NUMBERS.match(text):
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        order = "dmy" if found[2] == "." else order_of(first, second)
        if order is None:
            order = ask() or ("mdy" if re.search(r"\d ?[ap]\.?m\b", text, re.IGNORECASE) else None)
        if order is None:
            raise ValueError
        day, month = (first, second) if order == "dmy" else (second, first)
        return dt.date(year + (2000 if year < 100 else 0), month, day), found.end()
    if month_first := _MONTH_FIRST.match(text):
        moment, end = day_moment(f"{month_first[2]} {month_first[1]} {month_first[3]}"), month_first.end()
    elif saved := _SPREADSHEETS.match(text):
        moment, end = day_moment(f"{saved[1]} {saved[2]} {saved[3] if len(saved[3]) == 4 else '20' + saved[3]}"), saved.end()
    elif day_first := _DAY_FIRST.match(text):
        moment, end = day_moment(day_first[1]), day_first.end()
    else:
        raise ValueError
    if moment is None:
        raise ValueError
    return moment.date(), end


def _at(day: dt.date, rest: str, zone: dt.tzinfo) -> dt.datetime:
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
    where = dt.UTC if found[5] else zone
    return dt.datetime(day.year, day.month, day.day, hour, int(found[2]), int(found[3] or 0), tzinfo=where).astimezone(dt.UTC)


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
