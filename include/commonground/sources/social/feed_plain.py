"""A well-formed RSS 2.0 or Atom 1.0 feed in UTF-8 → its entries, as fast as the standard library's parser reads it.

Most feeds are of this kind, and `feedparser`, which mends what is broken, takes twenty times as long for them. So this reads only
what leaves nothing to mend or to guess: elements it knows, each where and as often as its specification says, absolute addresses, dates in
the two standard forms. For anything else it gives None, and the whole feed is feedparser's. What it does read, it reads as feedparser
does; a test holds the two against each other. What stands above the entries is returned as a feed without them.
"""

import re
from collections.abc import Callable
from typing import Generic, TypeVar
from xml.parsers import expat

from commonground.sources.social.feed_plain_fields import (
    ATOM,
    AUTHORS,
    ENTRY,
    ITEM,
    NAMESPACES,
    PARTS,
    REPEATED,
    THREADS,
    PlainEntry,
    Reader,
    StrangeError,
    author_in_parts,
    check_attributes,
    passed_over,
    reader_of_other,
)
from commonground.sources.text import mojibake

_DECLARED = re.compile(rb"""xmlns(?::([^\s=]+))?\s*=\s*["']([^"']*)["']""")
# what needs more than this module knows: encodings, document types, relative addresses, drawings with titles of their own
_STRANGE = (b"<!doctype", b"<!entity", b"<svg")
_BASE = re.compile(rb"base\s*=")
_UTF8 = re.compile(
    rb"""(?:\xef\xbb\xbf)?\s*(?:<\?xml\s+version=["']1\.0["']\s*(?:encoding=["']utf-8["']\s*)?(?:standalone=["']\w+["']\s*)?\?>)?\s*<[a-z]""",
    re.IGNORECASE,
)
# C1 controls, which old Windows programs meant as letters; five of them mean nothing
_WINDOWS = {code: bytes([code]).decode("cp1252", "ignore") or chr(code) for code in range(0x80, 0xA0)}


_CONTROL = re.compile("[\x80-\x9f]")

_Made = TypeVar("_Made")


def plain_feed(content: bytes, make: Callable[[PlainEntry, int], _Made]) -> tuple[bytes, list[_Made]] | None:
    """The feed without its entries, and what `make` makes of each entry and its number from 1.

    None if the feed is of another kind, or anything in it is out of the ordinary.
    """
    lowered = content.lower()
    if not _UTF8.match(content) or any(word in lowered for word in _STRANGE) or _BASE.search(lowered) or not _known_namespaces(content):
        return None
    reading = _Reading(make)
    try:
        reading.parser.Parse(content, True)
    except (expat.ExpatError, StrangeError, ValueError):
        return None
    if not reading.path_of_entries:
        return None
    begins, ends = [*reading.begins, len(content)], [0, *(content.index(b">", end) + 1 for end in reading.ends)]
    return b"".join([content[end:begin] for end, begin in zip(ends, begins, strict=True)]), reading.made


def _mended(text: str) -> str:
    text = mojibake(text)
    return text.translate(_WINDOWS) if _CONTROL.search(text) else text


def _known_namespaces(content: bytes) -> bool:
    """Whether no namespace, by its address or its prefix, could be taken for another."""
    prefixes = set(NAMESPACES.values())
    lowered = {address.lower() for address in NAMESPACES}
    for prefix, address in set(_DECLARED.findall(content)):
        named, called = address.decode("utf-8", "replace"), prefix.decode("utf-8", "replace")
        if named in NAMESPACES:
            if named == THREADS and called != "thr":
                return False
        elif called in prefixes or not called or named.lower() in lowered:
            return False
    return True


class _Reading(Generic[_Made]):
    """One feed on its way through the parser; no tree is built."""

    def __init__(self, make: Callable[[PlainEntry, int], _Made]) -> None:
        self.make = make
        self.made: list[_Made] = []
        self.begins: list[int] = []  # of each entry, in the bytes
        self.ends: list[int] = []  # where its end tag begins
        self.path: list[str] = []
        self.path_of_entries: list[str] = []
        self.entry_tag = ""
        self.readers: dict[str, Reader] = {}
        self.entry = PlainEntry()
        self.child = self.part = ""
        self.attributes: dict[str, str] = {}
        self.parts: dict[str, str] = {}
        self.words: list[str] = []
        self.seen: set[str] = set()  # what the entry has had
        self.parser = parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text, parser.buffer_size = True, 2**18
        parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = self._start, self._end, self.words.append

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self.path == self.path_of_entries and name == self.entry_tag:
            if attributes:
                check_attributes(attributes, "http://schemas.google.com/g/2005 etag")
            self.entry = PlainEntry(is_atom=name != "item")
            self.begins.append(self.parser.CurrentByteIndex)
            self.words.clear()
            self.parser.StartElementHandler, self.parser.EndElementHandler = self._start_child, self._end_child
            return
        if self.made:
            raise StrangeError  # the feed goes on about itself behind an entry
        self.path.append(name)
        if self.path in (["rss", "channel"], [f"{ATOM}feed"]):
            if self.path_of_entries:
                raise StrangeError
            self.path_of_entries = self.path.copy()
            self.entry_tag, self.readers = ("item", ITEM) if name == "channel" else (f"{ATOM}entry", ENTRY)
        elif not self.path_of_entries and self.path != ["rss"]:
            raise StrangeError

    def _end(self, name: str) -> None:
        self.path.pop()

    def _start_child(self, name: str, attributes: dict[str, str]) -> None:
        if self.child:
            self._start_part(name, attributes)
        else:
            self.child, self.attributes = name, attributes
        self.words.clear()

    def _end_child(self, name: str) -> None:
        if not self.child:
            self._finish()
            return
        self.child = ""
        words = self.words
        text = words[0].strip() if len(words) == 1 else "".join(words).strip()
        words.clear()
        reader = self.readers.get(name) or reader_of_other(name)
        if reader is passed_over:
            return
        if name not in self.seen:
            self.seen.add(name)
        elif name not in REPEATED:
            raise StrangeError
        reader(self.entry, text if text.isascii() else _mended(text), self.attributes)

    def _start_part(self, name: str, attributes: dict[str, str]) -> None:
        if self.part or self.child not in AUTHORS or "".join(self.words).strip() or name in self.parts:
            raise StrangeError
        if name != "http://schemas.google.com/g/2005 image" and (name not in PARTS or attributes):
            raise StrangeError
        self.part = name
        self.parser.EndElementHandler = self._end_part

    def _end_part(self, _name: str) -> None:
        text = "".join(self.words).strip()
        self.words.clear()
        if self.part:
            self.parts[self.part], self.part = text, ""
            return
        if text:
            raise StrangeError
        self.entry.people.append(author_in_parts(self.parts, self.attributes))
        self.entry.has_parts = True
        self.parts, self.child = {}, ""
        self.parser.EndElementHandler = self._end_child

    def _finish(self) -> None:
        self.seen.clear()
        people = self.entry.people
        if len(people) > 1 and (self.entry.has_parts or not all(name for name, _, _ in people)):
            raise StrangeError  # several that may be parts of one
        end = self.parser.CurrentByteIndex
        self.ends.append(end)
        if end == self.begins[-1]:
            raise StrangeError  # one tag is beginning and end
        self.made.append(self.make(self.entry, len(self.made) + 1))
        self.parser.StartElementHandler, self.parser.EndElementHandler = self._start, self._end
