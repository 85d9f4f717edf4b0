"""A vCard file as bytes → its cards, cut apart before anything is parsed, and a card → its properties, unfolded and decoded.

Devices break every rule of the format: line ends doubled, pictures that are no base64, text in another encoding than declared,
cards that never end. So a card is bytes until it is looked at, pictures are cut out unread, and each line is decoded on its own
where the card as a whole is not UTF-8.
"""

import binascii
import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from commonground.sources.drop_csv import wide_encoding
from commonground.sources.drops import ByteStream
from commonground.sources.mending import mended
from commonground.sources.text import clean_text

LARGEST_CARD_BYTES = 16 * 2**20  # the largest pictures in cards are a few MB
_CHUNK = 2**20
_EDGE = re.compile(rb"VCARD[ \t]*$", re.MULTILINE)  # of the text in capitals; what comes first is a word that is found fast
_EDGE_WORD = re.compile(rb"(BEGIN|END)[ \t]*:[ \t]*")
_OPENS_AGENT = re.compile(rb"^(?:[\w-]+\.)?AGENT[^\n:]*:[ \t]*\n\s*\Z", re.IGNORECASE | re.MULTILINE)
_AGENT_CARD = re.compile(
    rb"^(?:[\w-]+\.)?AGENT[^\n:]*:[ \t]*\n\s*BEGIN[ \t]*:[ \t]*VCARD.*?^END[ \t]*:[ \t]*VCARD[ \t]*$",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
# The value goes on in lines that begin with a blank, or hold base64 alone: no property is without a colon.
_BINARY = re.compile(
    rb"^(?:[\w-]+\.)?(?:PHOTO|LOGO|SOUND|KEY|X-MS-CARDPICTURE|X-MS-OL-DESIGN)[;:][^\n]*(?:\n(?:[ \t][^\n]*|[A-Za-z0-9+/=]+(?=\n|\Z)))*",
    re.IGNORECASE | re.MULTILINE,
)
_BINARY_WORDS = (b"PHOTO", b"LOGO", b"SOUND", b"KEY", b"X-MS-")
_SOFT_BREAKS = re.compile(r"^[^:\n]*QUOTED-PRINTABLE[^:\n]*:[^\n]*=(?:\n[^\n]*=)*\n[^\n]*", re.IGNORECASE | re.MULTILINE)
# a line that begins no property, nor with a blank, goes on with the value before it: notes whose line ends nobody escaped
_BROKEN = re.compile(r"\n\s*(?=[^\n])(?![\w.-]+[ \t]*(?:;[^\n]*)?:(?!//))")
_HEAD = re.compile(r"(?!https?:)[A-Za-z0-9.-]+[;:]")  # most cards have no line that begins otherwise
_QUOTED_HEAD = re.compile(r'((?:[^:"]|"[^"]*")*):(.*)', re.DOTALL)
_QUOTED_PARAMETERS = re.compile(r';(?=(?:[^"]*"[^"]*")*[^"]*\Z)')
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_CHARSETS = {"ansi": "cp1252", "us-ascii": "utf-8", "ascii": "utf-8", "iso-8859-1": "cp1252", "latin1": "cp1252"}


@dataclass(slots=True)
class Card:
    """The bytes from BEGIN to END with plain line feeds; `complaint` says why they are no card, `is_stray` that they stood outside."""

    line: int
    content: bytes
    complaint: str = ""
    is_stray: bool = False


class Property(NamedTuple):
    """One property: `name` in capitals, `group` and `types` in lower case, `value` decoded and still escaped."""

    name: str
    group: str
    types: frozenset[str]
    value: str
    parameters: Mapping[str, str]


def split_cards(stream: ByteStream) -> Iterator[Card]:
    """The cards of a file, and as complaints what is none: cards that never end, and text outside of them (once a stretch)."""
    splitter = _Splitter()
    for chunk in _chunks(stream):
        yield from splitter.take(chunk)
    yield from splitter.finish()


class _Splitter:
    """Holds the text from the card that is open, or from the last line break, on."""

    def __init__(self) -> None:
        self.text = b""
        self.scanned = 0
        self.opened = -1  # where the open card begins
        self.nested = 0
        self.line, self.counted = 1, 0  # the line that offset `counted` is on
        self.is_straying = False  # this stretch outside of cards has been said

    def take(self, chunk: bytes) -> Iterator[Card]:
        """What ends in this chunk."""
        self.text += chunk
        is_endless = len(self.text) - max(self.opened, 0) > LARGEST_CARD_BYTES
        end = self.text.rfind(b"\n") + 1
        yield from self._edges(end)
        if is_endless and self.opened >= 0 and len(self.text) - self.opened > LARGEST_CARD_BYTES:
            yield from self._give_up(f"it is longer than {LARGEST_CARD_BYTES} bytes")
            end = len(self.text)
        self._drop(self.opened if self.opened >= 0 else len(self.text) if is_endless else end, end)

    def finish(self) -> Iterator[Card]:
        """What is left at the end of the file."""
        yield from self._edges(len(self.text))
        if self.opened >= 0:
            yield from self._give_up("it has no END:VCARD")

    def _edges(self, end: int) -> Iterator[Card]:
        done = max(self.opened, 0)
        capitals, before = self.text[self.scanned : end].upper(), self.scanned
        for edge in _EDGE.finditer(capitals):
            line = capitals.rfind(b"\n", 0, edge.start()) + 1
            word = _EDGE_WORD.fullmatch(capitals, line, edge.start())
            if not word:
                continue
            start, behind, is_begin = before + line, before + edge.end(), word[1] == b"BEGIN"
            if is_begin and self.opened >= 0 and _OPENS_AGENT.search(self.text, max(self.opened, start - 400), start):
                self.nested += 1
            elif is_begin:
                if self.opened >= 0:
                    yield Card(self._line_of(self.opened), self.text[self.opened : start], "it has no END:VCARD")
                else:
                    yield from self._stray(done, start)
                self.opened, self.nested, self.is_straying = start, 0, False
            elif self.nested:
                self.nested -= 1
            elif self.opened >= 0:
                yield Card(self._line_of(self.opened), self.text[self.opened : behind])
                self.opened, done = -1, behind
        if self.opened < 0:
            yield from self._stray(done, end)

    def _stray(self, start: int, end: int) -> Iterator[Card]:
        stretch = self.text[start:end]
        if self.is_straying or not stretch.strip():
            return
        self.is_straying = True
        start += len(stretch) - len(stretch.lstrip())
        yield Card(self._line_of(start), self.text[start:end], "text outside of any card", is_stray=True)

    def _give_up(self, complaint: str) -> Iterator[Card]:
        yield Card(self._line_of(self.opened), self.text[self.opened :], complaint)
        self.opened, self.nested, self.is_straying = -1, 0, True

    def _line_of(self, offset: int) -> int:
        self.line += self.text.count(b"\n", self.counted, offset)
        self.counted = offset
        return self.line

    def _drop(self, until: int, end: int) -> None:
        self._line_of(until)
        self.text, self.scanned, self.counted = self.text[until:], max(end - until, 0), 0
        self.opened = 0 if self.opened >= 0 else -1


def _chunks(stream: ByteStream) -> Iterator[bytes]:
    """The file in UTF-8 or whatever it is in one byte a letter, every line end a plain line feed."""
    chunk = stream.read(_CHUNK)
    encoding = wide_encoding(chunk)
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace") if encoding else None
    chunk = chunk.removeprefix(codecs.BOM_UTF8)
    held = b""
    while chunk:
        if decoder:
            chunk = decoder.decode(chunk).encode("utf-8", "replace")
        chunk = held + chunk
        kept = chunk.rstrip(b"\r")
        held = chunk[len(kept) :]  # its line feed may come with the next chunk
        yield _one_line_end(kept)
        chunk = stream.read(_CHUNK)
    if held:
        yield b"\n"


def _one_line_end(text: bytes) -> bytes:
    if b"\r" not in text:
        return text
    return text.replace(b"\r\r\n", b"\n").replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def properties(content: bytes, wanted: frozenset[str]) -> list[Property]:
    """The properties of a card whose names are `wanted`; pictures, sounds, keys and cards inside the card are left out."""
    capitals = content.upper()
    if binary := [at for word in _BINARY_WORDS if (at := capitals.find(word)) >= 0]:
        begin = content.rfind(b"\n", 0, min(binary)) + 1
        content = content[:begin] + _BINARY.sub(b"X-CUT:", content[begin:])
    if b"AGENT" in capitals:
        content = _AGENT_CARD.sub(b"", content)
    try:
        text, is_utf8 = mended(content.decode("utf-8")), True
    except UnicodeDecodeError:
        text, is_utf8 = content.decode("latin-1"), False
    if "=\n" in text:
        text = _SOFT_BREAKS.sub(lambda found: found[0].replace("=\n", ""), text)
    if "\n " in text or "\n\t" in text:
        # 2.1 folds between words and keeps the blank, 3 and 4 anywhere and drop it
        blank = " " if "VERSION:2.1" in text else ""
        text = text.replace("\n ", blank).replace("\n\t", blank)
    found = _properties(text, wanted, is_utf8=is_utf8)
    return _properties(_BROKEN.sub(r"\\n", text), wanted, is_utf8=is_utf8, is_mended=True) or [] if found is None else found


def _properties(text: str, wanted: frozenset[str], *, is_utf8: bool, is_mended: bool = False) -> list[Property] | None:
    """The properties of unfolded text; None if a line of it begins none, until that is mended."""
    found: list[Property] = []
    for line in text.split("\n"):
        head, colon, value = line.partition(":")
        if not colon:
            if not is_mended and not _HEAD.match(line):
                return None
            continue
        name, group, types, parameters, is_odd = _head(head)
        if is_odd:
            if not is_mended and not _HEAD.match(line):
                return None
            if '"' in head and (quoted := _QUOTED_HEAD.fullmatch(line)):
                name, group, types, parameters, _ = _head(quoted[1])
                value = quoted[2]
        if name in wanted:
            value = value.strip()
            if parameters or not is_utf8:
                value = _decoded(value, parameters, is_utf8)
            found.append(Property(name, group, types, value, parameters))
    return found


@lru_cache(maxsize=8192)  # a book has a few dozen different ones
def _head(head: str) -> tuple[str, str, frozenset[str], Mapping[str, str], bool]:
    """Name, group, types and parameters of what stands before the colon, and whether it wants a closer look."""
    name, *rest = _QUOTED_PARAMETERS.split(head) if '"' in head else head.split(";")
    group, dot, bare = name.rpartition(".")
    types: set[str] = set()
    parameters: dict[str, str] = {}
    for parameter in rest:
        key, equals, value = parameter.partition("=")
        key = key.strip().lower()
        if not equals:
            if key in ("quoted-printable", "base64", "b"):
                parameters["encoding"] = key
            elif key:
                types.add(key)
        elif key == "type":
            types.update(kind.strip() for kind in value.strip('" ').lower().split(","))
        elif key == "pref":
            types.add("pref")
            parameters[key] = value.strip('" ')
        else:
            parameters[key] = value.strip('" ')
    is_odd = '"' in head or not _HEAD.match(f"{head}:")
    return (bare if dot else name).strip().upper(), group.lower(), frozenset(types), parameters, is_odd


def _decoded(value: str, parameters: Mapping[str, str], is_utf8: bool) -> str:
    encoding = parameters.get("encoding", "").lower()
    if encoding not in ("quoted-printable", "base64", "b") and is_utf8:
        return value
    raw = value.encode("utf-8" if is_utf8 else "latin-1", "replace")
    if encoding == "quoted-printable":
        raw = binascii.a2b_qp(raw)
    elif encoding in ("base64", "b"):
        try:
            raw = binascii.a2b_base64(raw)
        except binascii.Error:
            return ""
    charset = parameters.get("charset", "utf-8").lower()
    for candidate in (_CHARSETS.get(charset, charset), "utf-8", "cp1252"):
        try:
            return raw.decode(candidate).replace("\r\n", "\n")
        except (UnicodeDecodeError, LookupError):
            continue
    return raw.decode("latin-1").replace("\r\n", "\n")


def unescape(value: str) -> str:
    """A text value as it was meant: line feeds, commas, semicolons and backslashes without their backslash."""
    if "\\" not in value:
        return value.strip()
    return _ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], value).strip()


def plain(value: str) -> str:
    """A text value unescaped and without control characters."""
    return value if "\\" not in value and value.isprintable() else clean_text(unescape(value))


def split_value(value: str, separator: str) -> list[str]:
    """The parts of a structured value or a list, each unescaped."""
    if "\\" not in value:
        return [part.strip() for part in value.split(separator)]
    parts, start, position = [], 0, 0
    while position < len(value):
        if value[position] == "\\":
            position += 1
        elif value[position] == separator:
            parts.append(unescape(value[start:position]))
            start = position + 1
        position += 1
    return [*parts, unescape(value[start:])]
