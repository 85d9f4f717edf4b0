"""Days and times as people's spreadsheets write them → dates and moments, by the one convention of their file.

The order of day and month is a file's own: what the feed says, else what those of its days tell that can be read in one way only
(`order_told`), else its language's (`mdy` in English).
ISO dates, names of months and `22.3.1980` (day first wherever it is written) say it themselves.
"""

import datetime as dt
import re
from collections.abc import Iterable
from functools import lru_cache

from commonground.sources.contacts.people import birth_date
from commonground.sources.text import day_moment

ORDERS = ("mdy", "dmy")
_NUMBERS = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})")
_LEADING = re.compile(r"\s*(\d{1,2})[/-](\d{1,2})[/-](?:\d{4}|\d{2})(?!\d)")
_NO_YEAR = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\.?")
_MONTH_FIRST = re.compile(r"([^\W\d_]{3,})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")
_MONTH_ONLY = re.compile(r"(?:([^\W\d_]{3,})\.? (\d{1,2})(?:st|nd|rd|th)?|(\d{1,2})\.? ([^\W\d_]{3,}))")
_TIME = re.compile(
    r"(?P<day>.*?\d)[ ,T]+(?:at )?(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?"
    r"(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?(?: ?(?P<utc>UTC|GMT|Z))?"
)
_UNSET = re.compile(
    r"[0/.\- ]*|(?:n/?a|none|null|never|unknown|not set|nan|nat)|0?1/0?1/(?:0001|1753)|0001-01-01.*|4501-01-01.*|1/1/4501", re.IGNORECASE
)
# two digits above this are of the last century, as Excel reads them
_LAST_OF_THIS_CENTURY = 29


def is_unset(value: str) -> bool:
    """Whether a cell is some software's way to say that there is no date: `0/0/00`, `n/a`, ..."""
    return bool(_UNSET.fullmatch(value.strip()))


def order_told(cells: Iterable[str]) -> str | None:
    """The order that some of a file's days leave no choice in, None if there is none, or both."""
    told = set()
    for cell in cells:
        if found := _LEADING.match(cell):
            first, second = int(found[1]), int(found[2])
            if (first > 12) != (second > 12):
                told.add("dmy" if first > 12 else "mdy")
    return told.pop() if len(told) == 1 else None


@lru_cache(maxsize=16384)
def day_of(value: str, order: str) -> dt.date:
    """A day; raises `ValueError` that names value and convention."""
    text = " ".join(value.split())
    if (timed := _TIME.fullmatch(text)) and not text[:4].isdigit():
        text = timed["day"].rstrip(",")
    expected = f"{value[:40]!r} is not a date (YYYY-MM-DD, {'M/D/YYYY' if order == 'mdy' else 'D/M/YYYY'} or 5 Jan 2024)"
    try:
        if found := _NUMBERS.fullmatch(text):
            first, separator, second, year = found.groups()
            is_day_first = order == "dmy" or separator == "."
            day, month = (first, second) if is_day_first else (second, first)
            return dt.date(_year(year), int(month), int(day))
        if found := _MONTH_FIRST.fullmatch(text):
            text = f"{found[2]} {found[1]} {found[3]}"
        if text[:4].isdigit():
            return dt.datetime.fromisoformat(text.replace("/", "-").removesuffix(" UTC")).date()
        moment = day_moment(text)
    except ValueError:
        raise ValueError(expected) from None
    if moment is None:
        raise ValueError(expected)
    return moment.date()


def moment_of(value: str, order: str, zone: dt.tzinfo) -> dt.datetime:
    """A moment; without a zone of its own it is in `zone`, a day without a time is its noon in UTC. Raises `ValueError`."""
    text = " ".join(value.split())
    if text[:4].isdigit():
        try:
            moment = dt.datetime.fromisoformat(text.replace("/", "-").replace(" UTC", "+00:00"))
        except ValueError:
            raise ValueError(f"{value[:40]!r} is not a date and time (ISO 8601)") from None
        if len(text) > 10:
            return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(dt.UTC)
    day = day_of(text, order)
    timed = _TIME.fullmatch(text)
    if not timed:
        return dt.datetime(day.year, day.month, day.day, 12, tzinfo=dt.UTC)
    hour = int(timed["hour"])
    if timed["half"]:
        hour = hour % 12 + (12 if timed["half"] in "Pp" else 0)
    if hour > 23 or int(timed["minute"]) > 59 or int(timed["second"] or 0) > 59:
        raise ValueError(f"{value[:40]!r} is not a time of day")
    where = dt.UTC if timed["utc"] else zone
    return dt.datetime(day.year, day.month, day.day, hour, int(timed["minute"]), int(timed["second"] or 0), tzinfo=where).astimezone(dt.UTC)


@lru_cache(maxsize=16384)
def birthday_of(value: str, order: str) -> str | None:
    """`YYYY-MM-DD` or `--MM-DD`, None where it is unset; raises `ValueError`."""
    text = " ".join(value.split())
    if is_unset(text):
        return None
    if found := _NO_YEAR.fullmatch(text):
        first, second = int(found[1]), int(found[3])
        day, month = (first, second) if order == "dmy" or found[2] == "." else (second, first)
        return birth_date(f"--{month:02}-{day:02}")
    if found := _MONTH_ONLY.fullmatch(text):
        leap = day_of(f"{found[2] or found[3]} {found[1] or found[4]} 2000", order)
        return f"--{leap:%m-%d}"
    if text.startswith("--") or re.fullmatch(r"\d{8}", text):
        return birth_date(text)
    day_ = day_of(text, order)
    return birth_date(day_.isoformat())


def _year(written: str) -> int:
    year = int(written)
    return year if len(written) == 4 else year + (2000 if year <= _LAST_OF_THIS_CENTURY else 1900)
