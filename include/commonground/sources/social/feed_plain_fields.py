"""The elements of an entry of a plain RSS 2.0 or Atom 1.0 feed → the fields of a `PlainEntry`.

Each reader takes the words and the attributes of one element. What it does not know for sure is a `StrangeError`, and with it the
whole feed is left to feedparser.
"""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

ATOM: Final = "http://www.w3.org/2005/Atom "
_DC: Final = "http://purl.org/dc/elements/1.1/ "
_GEO: Final = "http://www.w3.org/2003/01/geo/wgs84_pos# "
THREADS: Final = "http://purl.org/syndication/thread/1.0"
# the prefix under which feedparser knows each; another namespace that takes one of them would be taken for it
NAMESPACES: Final = {
    "http://www.w3.org/2005/Atom": "atom",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://www.w3.org/2003/01/geo/wgs84_pos#": "geo",
    "http://www.georss.org/georss": "georss",
    THREADS: "thr",
    "http://purl.org/rss/1.0/modules/slash/": "slash",
    "http://purl.org/rss/1.0/modules/syndication/": "sy",
    "http://wellformedweb.org/CommentAPI/": "wfw",
    "http://wellformedweb.org/commentAPI/": "wfw",
    "http://search.yahoo.com/mrss/": "media",
    "http://schemas.google.com/g/2005": "gd",
    "com-wordpress:feed-additions:1": "",
    "http://a9.com/-/spec/opensearchrss/1.0/": "openSearch",
    "http://schemas.google.com/blogger/2008": "blogger",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
}
_ADDRESS = re.compile(r"https?://[\w.-]+(?::\d+)?(?:[/?#]\S*)?")
_NAMED = re.compile(r"(?:tag|urn):[\w.:,@/-]+", re.ASCII)
_REFERENCE = re.compile(r"&\w+;")
_RFC_822 = re.compile(
    r"(?:[A-Z][a-z]{2}, )?(\d\d?) ([A-Z][a-z]{2}) ((?:19[1-9]|20\d)\d) (\d\d):(\d\d):(\d\d) (?:GMT|UTC|Z|([+-])(\d\d)(\d\d))", re.ASCII
)
_RFC_3339 = re.compile(r"((?:19[1-9]|20\d)\d)-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(?:Z|([+-])(\d\d):(\d\d))", re.ASCII)
_MONTHS = {name: number for number, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), start=1)}
_MAIL_AND_NAME = re.compile(r"([\w.+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,4})(?: \(([^()<>@&]*[^()<>@&\s])\))?", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?", re.ASCII)
_TEXT_TYPES = frozenset({"text", "html", "plain", "text/plain", "text/html"})
_PAGE_TYPES = frozenset({"html", "text/html", "xhtml", "application/xhtml+xml"})


class StrangeError(Exception):
    """Something in the feed is not plain."""


@dataclass(slots=True)
class PlainEntry:
    """One entry with its texts as they are written, markup included; `people` are name, address and mail of each author."""

    key: str = ""
    link: str | None = None
    permalink: str = ""
    title: str = ""
    content: str = ""
    summary: str = ""
    people: list[tuple[str, str, str]] = field(default_factory=list)
    published: dt.datetime | None = None
    updated: dt.datetime | None = None
    reply_to: str = ""
    latitude: str = ""
    longitude: str = ""
    is_atom: bool = False
    has_parts: bool = False

    @property
    def address(self) -> str:
        """Its own address, or its id if that is one, else empty."""
        address = self.permalink if self.link is None else self.link
        return address if address.startswith("http") else ""


def check_attributes(attributes: dict[str, str], *known: str) -> None:
    """Raises `StrangeError` for an attribute that is not known."""
    if not attributes.keys() <= {*known, "http://www.w3.org/XML/1998/namespace lang"}:
        raise StrangeError


def _checked_address(text: str) -> str:
    if text and (not _ADDRESS.fullmatch(text) or not text.isprintable() or ("&" in text and _REFERENCE.search(text))):
        raise StrangeError
    return text


def _check_words(attributes: dict[str, str]) -> None:
    check_attributes(attributes, "type", "src")
    if attributes.get("type", "text").lower() not in _TEXT_TYPES:
        raise StrangeError


def _title(entry: PlainEntry, text: str, attributes: dict[str, str]) -> None:
    if attributes:
        _check_words(attributes)
    entry.title = text


def _content(entry: PlainEntry, text: str, attributes: dict[str, str]) -> None:
    if attributes:
        _check_words(attributes)
    entry.content = text


def _summary(entry: PlainEntry, text: str, attributes: dict[str, str]) -> None:
    if attributes:
        _check_words(attributes)
    entry.summary = text


def _link(entry: PlainEntry, text: str, attributes: dict[str, str]) -> None:
    if attributes:
        raise StrangeError
    entry.link = _checked_address(text)


def _guid(entry: PlainEntry, text: str, attributes: dict[str, str]) -> None:
    entry.key = text
    if attributes:
        check_attributes(attributes, "isPermaLink")
        if attributes.get("isPermaLink", "true") != "true":
            return
    entry.permalink = text if text == entry.link else _checked_address(text)


def _atom_id(entry: PlainEntry, text: str, attributes: dict[str, str]) -> None:
    if attributes:
        raise StrangeError
    if not text.startswith(("tag:", "urn:")):
        _checked_address(text)
    elif not _NAMED.fullmatch(text):
        raise StrangeError
    entry.key = entry.permalink = text


def _atom_link(entry: PlainEntry, _text: str, attributes: dict[str, str]) -> None:
    address = attributes.get("href", "")
    if not _ADDRESS.fullmatch(address) or not address.isprintable() or "url" in attributes or "uri" in attributes:
        raise StrangeError
    rel, kind = attributes.get("rel", "alternate").lower(), attributes.get("type", "text/html").lower()
    if rel == "alternate" and kind in _PAGE_TYPES:
        if not entry.is_atom:
            raise StrangeError
        entry.link = address


def _author(entry: PlainEntry, text: str, attributes: dict[str, str]) -> None:
    """`Jo Doe`, or `jo@example.org (Jo Doe)`."""
    if attributes:
        raise StrangeError
    if "@" in text:
        found = _MAIL_AND_NAME.fullmatch(text)
        if not found:
            raise StrangeError
        entry.people.append((found[2] or "", "", found[1]))
    else:
        entry.people.append((text, "", ""))


def author_in_parts(parts: dict[str, str], attributes: dict[str, str]) -> tuple[str, str, str]:
    """Atom's author."""
    if attributes:
        raise StrangeError
    name, uri, mail = (parts.get(part, "") for part in PARTS)
    return name, _checked_address(uri), mail


def _published(entry: PlainEntry, text: str, _attributes: dict[str, str]) -> None:
    if entry.published:
        raise StrangeError
    entry.published = _moment(text)


def _updated(entry: PlainEntry, text: str, _attributes: dict[str, str]) -> None:
    if entry.updated:
        raise StrangeError
    entry.updated = _moment(text)


@lru_cache(maxsize=4096)
def _moment(text: str) -> dt.datetime | None:
    """A time in the form of RSS (RFC 822) or Atom (RFC 3339), to the second; raises `StrangeError` or `ValueError` for any other."""
    if not text:
        return None
    if found := _RFC_822.fullmatch(text):
        day, name, year, *clock, sign, hours, minutes = found.groups()
        month = _MONTHS.get(name, 0)
    elif found := _RFC_3339.fullmatch(text):
        year, number, day, *clock, sign, hours, minutes = found.groups()
        month = int(number)
    else:
        raise StrangeError
    hour, minute, second = map(int, clock)
    moment = dt.datetime(int(year), month, int(day), hour, minute, second, tzinfo=dt.UTC)
    if sign:
        offset = dt.timedelta(hours=int(hours), minutes=int(minutes))
        moment += offset if sign == "-" else -offset
    return moment


def _reply(entry: PlainEntry, _text: str, attributes: dict[str, str]) -> None:
    entry.reply_to = attributes.get("href") or attributes.get("ref") or ""


def _latitude(entry: PlainEntry, text: str, attributes: dict[str, str]) -> None:
    entry.latitude = _number(text, attributes)


def _longitude(entry: PlainEntry, text: str, attributes: dict[str, str]) -> None:
    entry.longitude = _number(text, attributes)


def _number(text: str, attributes: dict[str, str]) -> str:
    if attributes or not _NUMBER.fullmatch(text):
        raise StrangeError
    return text


def passed_over(_entry: PlainEntry, _text: str, _attributes: dict[str, str]) -> None:
    """Of no use to us."""


def _strange(_entry: PlainEntry, _text: str, _attributes: dict[str, str]) -> None:
    raise StrangeError


Reader = Callable[[PlainEntry, str, dict[str, str]], None]
_BOTH: dict[str, Reader] = {
    f"{_DC}creator": _author,
    f"{THREADS} in-reply-to": _reply,
    f"{_GEO}lat": _latitude,
    f"{_GEO}long": _longitude,
    f"{ATOM}link": _atom_link,
    f"{ATOM}author": _author,
    f"{ATOM}published": _published,
    f"{ATOM}updated": _updated,
    f"{_DC}date": _updated,
}
ITEM = _BOTH | {
    "title": _title,
    "link": _link,
    "description": _summary,
    "http://purl.org/rss/1.0/modules/content/ encoded": _content,
    "guid": _guid,
    "pubDate": _published,
    "author": _author,
    **dict.fromkeys(("category", "comments", "enclosure", "source"), passed_over),
}
ENTRY = _BOTH | {
    f"{ATOM}title": _title,
    f"{ATOM}content": _content,
    f"{ATOM}summary": _summary,
    f"{ATOM}id": _atom_id,
    f"{ATOM}category": passed_over,
}
AUTHORS = frozenset({f"{ATOM}author", "author", f"{_DC}creator"})
PARTS = (f"{ATOM}name", f"{ATOM}uri", f"{ATOM}email")
REPEATED = AUTHORS | {f"{ATOM}link"}
# namespaces of which feedparser makes something of its own
_SPEAKING = frozenset({"atom", "content", "dc", "geo", "georss", "thr", "feedburner"})
_HARMLESS = frozenset(
    {
        "http://search.yahoo.com/mrss/ thumbnail",
        "http://search.yahoo.com/mrss/ content",
        "http://rssnamespace.org/feedburner/ext/1.0 origLink",
        f"{THREADS} total",
        f"{_DC}subject",
    }
)


@lru_cache(maxsize=1024)
def reader_of_other(tag: str) -> Reader:
    """For an element that is none of the entry's own: `passed_over` if feedparser makes nothing of it either."""
    if tag in _HARMLESS:
        return passed_over
    prefix = NAMESPACES.get(tag.rpartition(" ")[0])
    return _strange if prefix is None or prefix in _SPEAKING or prefix == "media" else passed_over
