"""The bytes of an RSS, Atom or JSON feed → its title and its entries in one shape, text plain and times in UTC.

What declares entities of its own is refused before a parser sees it (a few lines of them unfold to gigabytes). A plain feed is read
by `feed_plain`, any other by `feedparser`: one that it complains about as far as it goes; one that gives neither entries nor the
outline of a feed is no feed.
"""

import calendar
import datetime as dt
import io
import json
import math
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import feedparser

from commonground.errors import UnreadableError
from commonground.sources.drop_csv import wide_encoding
from commonground.sources.drop_json import DEEPEST, is_deeper
from commonground.sources.social.feed_plain import plain_feed
from commonground.sources.social.feed_plain_fields import THREADS, PlainEntry
from commonground.sources.social.written_dates import read_date
from commonground.sources.text import clean_text, feed_moment, html_to_text

LARGEST_FEED_BYTES = 32 * 2**20
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)
# without one of these there is nothing that feedparser could find, long as it would look
_OUTLINE = re.compile(rb"<(?:[\w.-]+:)?(?:rss|rdf|feed|channel|item|entry)\b", re.IGNORECASE)
_WEB_ADDRESS = re.compile(r"https?://\S+$", re.IGNORECASE)
_WEEKDAY = re.compile(r"^[^\W\d_]+, (?=\d)")
_NOBODYS_MAIL = re.compile(r"(?:no|do-?not|never)[-_.]?reply[^@]*@|@(?:.*\.)?(?:example\.invalid|localhost)$", re.IGNORECASE)


@dataclass(slots=True)
class Entry:
    """One entry; `key` is the feed's own id of it, empty if it has none. Latitude and longitude in degrees.

    `raw` is what a refusal of it shows.
    """

    position: int
    key: str
    link: str
    title: str
    text: str
    author: str
    author_url: str
    author_mail: str
    published: dt.datetime | None
    updated: dt.datetime | None
    reply_to: str
    raw: Any
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A feed: what it calls itself, who writes it, its entries; what stands among them and is none, as it came."""

    title: str
    link: str
    author: str
    entries: list[Entry]
    next_link: str = ""
    others: list[tuple[int, Any]] = field(default_factory=list)
    author_url: str = ""
    author_mail: str = ""


def parse_feed(content: bytes, name: str) -> ParsedFeed:
    """Reads a feed of any of the three kinds.

    Raises:
        UnreadableError: it is none, is too large, or declares entities.
    """
    if len(content) > LARGEST_FEED_BYTES:
        raise UnreadableError(f"{name}: larger than the {LARGEST_FEED_BYTES} bytes of any honest feed")
    if encoding := wide_encoding(content):  # whatever it declares, if anything
        content = _DECLARATION.sub("", content.decode(encoding, "replace").lstrip("\ufeff"), count=1).encode("utf-8", "replace")
    if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return _json_feed(content, name)
    letters = content.replace(b"\x00", b"")  # of UTF-16, too
    if not _OUTLINE.search(letters):
        raise UnreadableError(f"{name}: no RSS, Atom or JSON feed in it")
    if _ENTITY.search(letters):
        raise UnreadableError(f"{name}: declares entities of its own; expected a plain feed")
    plain = plain_feed(content, _plain_entry)
    if plain is not None:
        head = any_feed(plain[0], name, may_be_empty=True)
        if not head.entries:
            return replace(head, entries=plain[1])
    return any_feed(content, name)


def any_feed(content: bytes, name: str, *, may_be_empty: bool = False) -> ParsedFeed:
    """Reads RSS or Atom of any version and in any state, slowly; raises `UnreadableError` as `parse_feed`."""
    try:
        parsed = feedparser.parse(io.BytesIO(content), sanitize_html=False, resolve_relative_uris=False)
        # feedparser does not know this namespace, and calls it what the feed does
        prefix = next((prefix for prefix, address in (parsed.get("namespaces") or {}).items() if address == THREADS), "thr")
        entries = [_xml_entry(entry, position, f"{prefix}_in-reply-to") for position, entry in enumerate(parsed.entries, start=1)]
    except Exception as error:  # the parser lets through what its own parts stumble over
        raise UnreadableError(f"{name}: cannot be read as RSS or Atom ({type(error).__name__})") from None
    if not entries and not may_be_empty and (parsed.get("bozo") or not parsed.get("version")):
        reason = " ".join(str(parsed.get("bozo_exception") or "no RSS, Atom or JSON feed").split())[:150]
        raise UnreadableError(f"{name}: no feed with entries ({reason})")
    head = parsed.feed
    author, url, mail = _person(head)
    return ParsedFeed(_plain(head, "title"), _link(head.get("link")), author, entries, _next_of(head), [], url, mail)


# -- plain RSS and Atom -----------------------------------------------------------------------------------------------------


def _plain_entry(entry: PlainEntry, position: int) -> Entry:
    title = html_to_text(entry.title)
    text = (html_to_text(entry.content) if entry.content else "") or html_to_text(entry.summary)
    author, url, mail = _first_person(entry.people)
    published, updated = entry.published or entry.updated, entry.updated
    reply_to = clean_text(entry.reply_to) if entry.reply_to else ""
    raw = None if title or text else {"id": entry.key, "link": entry.address, "author": author}
    latitude, longitude = _degrees(entry.latitude, entry.longitude) if entry.latitude else (None, None)
    key, link = clean_text(entry.key), entry.address
    # in order, since names take half as long again
    return Entry(position, key, link, title, text, author, url, mail, published, updated, reply_to, raw, latitude, longitude)


# -- RSS and Atom -----------------------------------------------------------------------------------------------------------


def _xml_entry(entry: Any, position: int, answers: str) -> Entry:
    contents = entry.get("content") or []
    bodies = [_markup(part) for part in contents if isinstance(part, dict)]
    text = next((body for body in bodies if body), "") or _plain(entry, "summary")
    author, url, mail = _person(entry)
    reply = entry.get(answers) or {}
    latitude, longitude = _point(entry)
    return Entry(
        position=position,
        key=clean_text(entry.get("id")),
        link=_link(entry.get("link")),
        title=_plain(entry, "title"),
        text=text,
        author=author,
        author_url=url,
        author_mail=mail,
        published=_time(entry, "published") or _time(entry, "created") or _time(entry, "updated"),
        updated=_time(entry, "updated"),
        reply_to=clean_text(reply.get("href") or reply.get("ref")) if isinstance(reply, dict) else "",
        raw={name: value for name, value in entry.items() if isinstance(value, str)},
        latitude=latitude,
        longitude=longitude,
    )


def _plain(part: Any, name: str) -> str:
    detail = part.get(f"{name}_detail")
    return _markup(detail) if isinstance(detail, dict) and "value" in detail else html_to_text(str(part.get(name) or ""))


def _markup(part: dict[str, Any]) -> str:
    return html_to_text(str(part.get("value") or ""))


def _person(part: Any) -> tuple[str, str, str]:
    people = [person for person in part.get("authors") or [] if person]
    if not people:
        return html_to_text(clean_text(part.get("author"))), "", ""
    return _first_person([tuple(clean_text(person.get(key)) for key in ("name", "href", "email")) for person in people])


def _first_person(people: list[Any]) -> tuple[str, str, str]:
    """Name, address and mail of the author; parts of one author may stand in elements of their own."""
    if not people:
        return "", "", ""
    if len(people) == 1 and not people[0][1] and not people[0][2]:
        return _name_alone(people[0][0]), "", ""
    name = next((clean_text(name) for name, _, _ in people if name), "")
    same = [(url, mail) for other, url, mail in people if clean_text(other) in ("", name)]
    url = next((_link(url) for url, _ in same if url), "")
    mail = next((clean_text(mail) for _, mail in same if mail), "")
    return html_to_text(name), url, own_mail(mail)


@lru_cache(maxsize=4096)  # a blog has few writers
def _name_alone(name: object) -> str:
    return html_to_text(clean_text(name))


def own_mail(mail: str) -> str:
    """A mail address if it is somebody's own: blog services put one address of theirs under every comment."""
    mail = mail.strip()
    return "" if mail.count("@") != 1 or " " in mail or _NOBODYS_MAIL.search(mail) else mail


def _time(entry: Any, name: str) -> dt.datetime | None:
    parsed = dict.get(entry, f"{name}_parsed")  # its own `get` puts one date in the place of another
    with suppress(ValueError, OverflowError, TypeError, OSError):
        if parsed:
            moment = dt.datetime.fromtimestamp(calendar.timegm(parsed), dt.UTC)
            return moment if moment.year > 1900 else None
        # what is in words that feedparser does not know: `Sept 7, 2002`, `Samstag, 07 Sep 2002 10:00`
        return read_date(_WEEKDAY.sub("", str(dict.get(entry, name) or "")), dt.UTC, lambda: None)
    return None


def _point(entry: Any) -> tuple[float | None, float | None]:
    where = entry.get("where")
    found: list[Any] = [entry.get("geo_lat"), entry.get("geo_long")]
    if isinstance(where, dict) and where.get("type") == "Point":
        coordinates: tuple[Any, ...] = tuple(where.get("coordinates") or ())
        longitude, latitude, *_ = (*coordinates, None, None)
        found = [latitude, longitude]
    return _degrees(*found[:2])


def _degrees(north: Any, east: Any) -> tuple[float | None, float | None]:
    with suppress(TypeError, ValueError, OverflowError):
        latitude, longitude = float(north), float(east)
        if math.isfinite(latitude) and math.isfinite(longitude) and abs(latitude) <= 90 and abs(longitude) <= 180:
            return latitude, longitude
    return None, None


def _next_of(head: Any) -> str:
    """The address of the next page, perhaps relative to this one's; whoever follows it checks where it leads."""
    return next((clean_text(link.get("href")) for link in head.get("links") or [] if link.get("rel") == "next"), "")


def _link(value: Any) -> str:
    """A web address or nothing (feeds hold `javascript:` and worse)."""
    text = clean_text(value) if isinstance(value, str) else ""
    return text if _WEB_ADDRESS.match(text) else ""


# -- JSON Feed --------------------------------------------------------------------------------------------------------------


def _json_feed(content: bytes, name: str) -> ParsedFeed:
    try:
        document = json.loads(content)
        if is_deeper(document, DEEPEST):
            raise RecursionError
    except RecursionError:
        raise UnreadableError(f"{name}: JSON nested deeper than {DEEPEST}") from None
    except ValueError as error:
        raise UnreadableError(f"{name}: not JSON ({' '.join(str(error).split())[:120]})") from None
    items = document.get("items") if isinstance(document, dict) else None
    if not isinstance(items, list) or not isinstance(document.get("version"), str):
        raise UnreadableError(f"{name}: no JSON Feed (no version and items in it)")
    entries, others = [], []
    for position, item in enumerate(items, start=1):
        if isinstance(item, dict):
            entries.append(_json_entry(item, position))
        else:
            others.append((position, item))
    author, url, mail = next(_json_people(document), ("", "", ""))
    home = _link(document.get("home_page_url"))
    return ParsedFeed(html_to_text(_string(document, "title")), home, author, entries, _string(document, "next_url"), others, url, mail)


def _json_entry(item: dict[str, Any], position: int) -> Entry:
    markup = _string(item, "content_html")
    text = html_to_text(markup) if markup else ""
    author, url, mail = next(_json_people(item), ("", "", ""))
    key = item.get("id")
    updated = _json_time(item, "date_modified")
    return Entry(
        position=position,
        key=clean_text(key) if isinstance(key, (str, int, float)) and not isinstance(key, bool) else "",
        link=_link(item.get("url")) or _link(item.get("external_url")),
        title=html_to_text(_string(item, "title")),
        text=_string(item, "content_text") or text or _string(item, "summary"),
        author=author,
        author_url=url,
        author_mail=mail,
        published=_json_time(item, "date_published") or updated,
        updated=updated,
        reply_to="",
        raw=item,
    )


def _json_people(part: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    listed = part.get("authors")
    for person in [*(listed if isinstance(listed, list) else []), part.get("author")]:
        if isinstance(person, dict) and (_string(person, "name") or _link(person.get("url"))):
            url = _string(person, "url")
            mail = own_mail(url.removeprefix("mailto:")) if url.startswith("mailto:") else ""
            yield _string(person, "name"), _link(url), mail


def _json_time(item: dict[str, Any], name: str) -> dt.datetime | None:
    text = _string(item, name)
    with suppress(ValueError):
        return feed_moment(text) if text else None
    return None


def _string(part: dict[str, Any], name: str) -> str:
    value = part.get(name)
    return clean_text(value) if isinstance(value, str) else ""
