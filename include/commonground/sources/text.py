"""Texts as outside systems write them → plain text, names and ids that mean the same everywhere.

In: one cell or field (mojibake, HTML, a display name, a date in the habit of its source). Out: clean text, name parts, or
an aware UTC datetime. Every date reader stands for one convention and never guesses another: empty gives None, anything
else that is not of the convention raises `ValueError` naming the value.
"""

import datetime as dt
import hashlib
import html
import re
import unicodedata
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from functools import lru_cache, wraps
from typing import Any, TypeVar, cast

from commonground.sources.names import clean_name, is_placeholder_name, split_credentials, split_given, split_name, words

__all__ = [
    "clean_name",
    "clean_text",
    "day_moment",
    "epoch_millis",
    "epoch_seconds",
    "feed_moment",
    "html_to_text",
    "is_placeholder_name",
    "iso_moment",
    "local_moment",
    "mojibake",
    "mojibake_deep",
    "month_moment",
    "split_credentials",
    "split_given",
    "split_name",
    "stable_id",
    "tweet_moment",
    "utc_moment",
]

UTC = dt.UTC
ReaderT = TypeVar("ReaderT", bound=Callable[..., Any])


def stable_id(*parts: object) -> str:
    """Sixteen hex digits that stay the same for the same words, whatever their case, width or surrounding blanks."""
    texts = ["" if part is None else str(part).strip() for part in parts]
    text = "\x1f".join(texts)
    if text.isascii():
        text = text.lower()
    else:
        text = "\x1f".join([one.lower() if one.isascii() else unicodedata.normalize("NFKC", one).strip().casefold() for one in texts])
    return hashlib.sha1(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()[:16]


def mojibake(text: str) -> str:
    """Undoes Facebook's and Instagram's habit of writing UTF-8 bytes as Latin-1 characters; right text stays as it is."""
    if text.isascii():
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def mojibake_deep(value: Any) -> Any:
    """`mojibake` for every string in a JSON value, keys included; the value's depth must be limited already."""
    kind = type(value)
    if kind is dict:
        return {
            key if key.isascii() else mojibake(key): item
            if type(item) in _RIGHT or (type(item) is str and item.isascii())
            else mojibake_deep(item)
            for key, item in value.items()
        }
    if kind is list:
        return [mojibake_deep(item) for item in value]
    return mojibake(value) if kind is str else value


_RIGHT = frozenset({int, bool, float, type(None)})
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\ud800-\udfff]+")


def clean_text(value: object) -> str:
    """A cell as text without control characters and lone surrogates, trimmed; None gives the empty text."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else str(value)
    return (text if text.isprintable() else _CONTROLS.sub("", text)).strip()


# Every alternative stops at the next "<" (a comment at its end), so the time grows with the length only.
_TAG = re.compile(
    r"""<!--.*?(?:-->|\Z)
    | <(?P<close>/?)(?P<name>[a-zA-Z][a-zA-Z0-9:]*)(?:(?:[^<>"']+|"[^"<]*"|'[^'<]*'|["'])*+>|[^<>]*+>)
    | <[!?][^<>]*+>""",
    re.DOTALL | re.VERBOSE,
)
_BLOCKS = words("p div br li ul ol tr table h1 h2 h3 h4 h5 h6 blockquote pre section article header footer hr dd dt figure")
_UNSEEN = words("script style head template noscript iframe object svg")


def html_to_text(markup: str) -> str:
    """The words a reader of the HTML sees, a line per block; scripts and styles are left out. Time grows with length only."""
    if "<" not in markup:
        text = html.unescape(markup) if "&" in markup else markup
        return _one_blank(text) if text.isprintable() else _tidy(text)
    parts: list[str] = []
    unseen, position = "", 0
    for tag in _TAG.finditer(markup):
        if not unseen:
            parts.append(markup[position : tag.start()])
        position = tag.end()
        close, name = tag.groups()
        name = name.lower() if name else ""
        if unseen:
            unseen = "" if close and name == unseen else unseen
        elif name in _BLOCKS:
            parts.append("\n")
        elif name in _UNSEEN and not close and not tag[0].endswith("/>"):
            unseen = name
        elif name == "td":
            parts.append(" ")
    if not unseen:
        parts.append(markup[position:])
    return _tidy(html.unescape("".join(parts)))


def _one_blank(line: str) -> str:
    """Of printable text: its only blank is the space."""
    return " ".join(line.split()) if "  " in line else line.strip()


def _tidy(text: str) -> str:
    lines_of_text = text.split("\n")
    if "".join(lines_of_text).isprintable():  # so nothing else ends a line, and nothing is to be cleaned away
        return "\n".join([tidy for line in lines_of_text if (tidy := _one_blank(line))])
    lines = (" ".join(line.split()) for line in clean_text(text).splitlines())
    return "\n".join(line for line in lines if line)


def _reads(expected: str) -> Callable[[ReaderT], ReaderT]:
    """Empty becomes None; the calendar's and the number's own complaints become one `ValueError` naming value and convention."""

    def around(reader: ReaderT) -> ReaderT:
        @wraps(reader)
        def read(value: object, *arguments: Any) -> Any:
            if value is None or (isinstance(value, str) and not value.strip()):
                return None
            try:
                return reader(value, *arguments)
            except (ValueError, TypeError, OverflowError, OSError, AttributeError, KeyError, IndexError):
                raise ValueError(f"{str(value)[:80]!r} is not {expected}") from None

        return cast("ReaderT", read)

    return around


# First letters of the months in the languages exports come in; March and May stand before their look-alikes.
_MONTHS = {
    prefix: number
    for number, prefixes in enumerate(
        (
            "jan gen ene sty led oca янв січ",
            "feb fév fev lut úno şub фев лют",
            "mar mär mrz mrt maa bře мар бер",
            "apr avr abr kwi dub nis апр кві",
            "may mai mag maj mei kvě май мая тра",
            "jun juin giu cze haz июн чер",
            "jul juil lug lip tem июл лип",
            "aug ago aoû sie srp ağu авг сер",
            "sep set wrz zář eyl сен вер",
            "oct okt ott out paź říj eki окт жов",
            "nov lis kas ноя лис",
            "dec dez déc dic gru pro ara дек гру",
        ),
        start=1,
    )
    for prefix in prefixes.split()
}


def _month(word: str) -> int:
    word = word.casefold()
    return _MONTHS.get(word[:4]) or _MONTHS[word[:3]]


_DAY = re.compile(r"(\d{1,2})\.?\s+(?:de\s+)?([^\W\d_]{3,})\.?,?\s+(?:de\s+)?(\d{4})")


@lru_cache(maxsize=8192)
@_reads("a day such as `08 Feb 2026`")
def day_moment(value: str) -> dt.datetime | None:
    """A day such as `08 Feb 2026`: LinkedIn's connections, read as midnight UTC."""
    day, month, year = _DAY.fullmatch(value.strip()).groups()  # type: ignore[union-attr]
    return dt.datetime(int(year), _month(month), int(day), tzinfo=UTC)


_MONTH_IN_NUMBERS = re.compile(r"(\d{4})[-/](\d{1,2})|(\d{1,2})[-/.](\d{4})")


@lru_cache(maxsize=1024)
@_reads("a month such as `Jan 2024`")
def month_moment(value: str) -> dt.datetime | None:
    """A month such as `Jan 2024`, `2024-01` or `01/2024`, or a year: LinkedIn's positions and schools, read as its first midnight UTC."""
    if found := _MONTH_IN_NUMBERS.fullmatch(value.strip()):
        return dt.datetime(int(found[1] or found[4]), int(found[2] or found[3]), 1, tzinfo=UTC)
    *month, year = value.replace(".", "").split()
    if len(month) > 1 or len(year) != 4:
        raise ValueError
    return dt.datetime(int(year), _month(month[0]) if month else 1, 1, tzinfo=UTC)


@_reads("a time such as `2025-06-01 14:03:22 UTC`")
def utc_moment(value: str) -> dt.datetime | None:
    """A time such as `2025-06-01 14:03:22 UTC`: LinkedIn's messages and (with slashes) endorsements."""
    text = value.strip()
    if not text.endswith(" UTC"):
        raise ValueError
    return dt.datetime.fromisoformat(text[:-4].replace("/", "-")).replace(tzinfo=UTC)


_EARLIEST = dt.datetime(1900, 1, 1, tzinfo=UTC).timestamp()
_LATEST = dt.datetime(2100, 1, 1, tzinfo=UTC).timestamp()
_FIRST_ONLINE = dt.datetime(1990, 1, 1, tzinfo=UTC).timestamp()


@_reads("seconds since 1970, of the years 1900 to 2100")
def epoch_seconds(value: object) -> dt.datetime | None:
    """Seconds since 1970, of the years 1900 to 2100: Facebook, Instagram, Swarm's API. Zero is their word for unknown: None."""
    if isinstance(value, bool):
        raise ValueError
    number = float(value)  # type: ignore[arg-type]
    if number == 0:
        return None
    if not _EARLIEST <= number < _LATEST:
        raise ValueError
    return dt.datetime.fromtimestamp(number, UTC)


@_reads("milliseconds since 1970, of the years 1990 to 2100")
def epoch_millis(value: object) -> dt.datetime | None:
    """Milliseconds since 1970, of the years 1990 to 2100: Facebook's and Instagram's messages. Zero: None."""
    if isinstance(value, bool):
        raise ValueError
    number = int(value)  # type: ignore[call-overload]
    if number == 0:
        return None
    if not _FIRST_ONLINE * 1000 <= number < _LATEST * 1000:
        raise ValueError
    # whole seconds and the rest apart: a float of both together is a microsecond off
    return dt.datetime.fromtimestamp(number // 1000, UTC).replace(microsecond=number % 1000 * 1000)


_TWEET = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d{1,2}) (\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2}) (\d{4})")


@_reads("a time such as `Wed Oct 10 20:19:24 +0000 2018`")
def tweet_moment(value: str) -> dt.datetime | None:
    """A time such as `Wed Oct 10 20:19:24 +0000 2018`: X archives."""
    month, day, hour, minute, second, sign, hours, minutes, year = _TWEET.fullmatch(value.strip()).groups()  # type: ignore[union-attr]
    offset = dt.timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1)
    zone = dt.timezone(offset) if offset else UTC
    return dt.datetime(int(year), _month(month), int(day), int(hour), int(minute), int(second), tzinfo=zone).astimezone(UTC)


@_reads("an ISO 8601 time with its zone")
def iso_moment(value: str) -> dt.datetime | None:
    """An ISO 8601 time with its zone (`Z`, `+00:00` or `+0000`): Follow Up Boss, HubSpot, Salesforce, Google, Mastodon, Bluesky."""
    moment = dt.datetime.fromisoformat(value.strip())
    if moment.tzinfo is None:
        raise ValueError
    return moment.astimezone(UTC)


@_reads("a time such as `2022-01-03 23:04:46`")
def local_moment(value: str, zone: dt.tzinfo) -> dt.datetime | None:
    """A time without a zone such as `2022-01-03 23:04:46`: Yelp (the business's zone), Swarm exports (UTC); the caller names it."""
    moment = dt.datetime.fromisoformat(value.strip())
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


@_reads("an RFC 822 or RFC 3339 time")
def feed_moment(value: str) -> dt.datetime | None:
    """An RFC 822 or RFC 3339 time: RSS, Atom, JSON Feed. A time without zone is UTC, as RFC 2822's -0000 says."""
    text = value.strip()
    moment = dt.datetime.fromisoformat(text) if text[:4].isdigit() else parsedate_to_datetime(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
