"""Saved answers of an API (a file, a folder or a zip of `.json`, `.ndjson`, `.jsonl`, plain or gzipped) → its records.

A file is one answer, or one to a line: then each line is a body of its own, read as a stream, with its number. A large answer comes
in parts of the same shape. What cannot be read is one `Refusal` with its file (and line), and the rest is read.
"""

import gzip
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from commonground.errors import UnreadableError
from commonground.sources.base import Item, Page, Record, Refusal, Source, Visit
from commonground.sources.drop_json import is_deeper, payload_of
from commonground.sources.drops import ByteStream, Drop, Member
from commonground.sources.foreign import refuse_foreign
from commonground.sources.saved_parts import parts

# A larger answer is read in parts.
LARGEST_WHOLE_BYTES = 16 * 2**20
LARGEST_LINE_BYTES = 16 * 2**20
DEEPEST = 100
_SUFFIXES = (".json", ".ndjson", ".jsonl", ".gz")


@dataclass(frozen=True, slots=True)
class Saved:
    """One body: which file it was in, on which line if a file holds one to a line, and whether it is all there is.

    Of an answer that comes in parts, `rows_before` counts the rows of its list that earlier parts had.
    """

    body: Any
    member: Member
    line: int | None = None
    is_alone: bool = False
    rows_before: int = 0

    def refusal(self, error: Exception) -> Refusal:
        """The refusal of this body as a whole."""
        if self.line is None:
            return self.member.unreadable(error)
        return self.member.refusal("unreadable_row", f"{error}", payload_of(self.body)[:500], self.line)


def read_saved(source: Source, path: Path, visit: Visit) -> Iterator[Item]:
    """What a source makes of the saved answers under `path`; those of its `first_resources` come first.

    Raises:
        UnreadableError: the path is missing, holds no file that could be an answer, or is one file that is none of this source.
    """
    passes = (True, False) if source.first_resources else (False,)
    items = chain.from_iterable(_pass(source, path, visit, is_first=is_first) for is_first in passes)
    yield from refuse_foreign(items, path, f"saved JSON answers of {source.name}")


def _pass(source: Source, path: Path, visit: Visit, *, is_first: bool) -> Iterator[Item]:
    file, resource = Path(), ""
    for found in saved_answers(path, source.name):
        if isinstance(found, Refusal):
            if not is_first:
                yield found
            continue
        if str(file) != found.member.name:  # not for every line anew
            file = Path(found.member.name)
        body = source.todays(found.body)
        try:
            resource = source.resource_of(body, file)
        except UnreadableError as error:
            if found.is_alone and not found.rows_before:
                raise
            if not found.rows_before:  # the part before has said what a later one is of
                if not is_first:
                    yield found.refusal(error)
                continue
        if (resource in source.first_resources) == is_first:
            items = source.conform(Page(resource, found.member.source_file, body), visit)
            yield from items if found.line is None and not found.rows_before else (_placed(item, found) for item in items)


def _placed(item: Item, found: Saved) -> Item:
    """An item with its line in the file, or its row in the whole answer."""
    if isinstance(item, Record):
        row = item.values.get("source_line")
        line = found.line or (row + found.rows_before if row else None)
        return Record(item.kind, {**item.values, "source_line": line}) if line else item
    if found.line is None:
        return replace(item, source_line=item.source_line + found.rows_before) if item.source_line else item
    return item if item.source_line else replace(item, source_line=found.line)


def holds(member: Member, *words: bytes) -> bool:
    """Whether any of some words (in small letters) stands in a file: seen far faster than by reading what it says."""
    before, longest = b"", max(map(len, words))
    with _unpacked(member) as stream:
        while chunk := stream.read(2**20):
            text = before + chunk.replace(b"\x00", b"").lower()  # of UTF-16, too
            if any(word in text for word in words):
                return True
            before = text[-longest:]
    return False


def saved_answers(path: Path, source: str, is_wanted: Callable[[Member], bool] = lambda _: True) -> Iterator[Saved | Refusal]:
    """The bodies of every saved answer under `path`, of the files that are wanted.

    Raises:
        UnreadableError: the path is missing, or holds no file that could be an answer.
    """
    if not path.exists():
        raise UnreadableError(f"{path}: no such file or folder; expected saved JSON answers of {source}")
    with Drop(path) as drop:
        is_alone = len(drop.members) == 1 and drop.members[0].archive is None and not path.is_dir()
        members = [member for member in drop.members if is_alone or member.base.endswith(_SUFFIXES)]
        if not members:
            raise UnreadableError(f"{path}: no .json file in it; expected saved answers of {source}")
        yield from drop.refusals
        for member in members:
            try:
                if is_wanted(member):
                    yield from _bodies(member, source, is_alone=is_alone)
            except UnreadableError as error:
                yield member.unreadable(error)


class _Readable(io.RawIOBase):
    """A member's bytes as the library's buffered reader wants them."""

    def __init__(self, stream: ByteStream) -> None:
        super().__init__()
        self._stream = stream

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fills the buffer as far as one read goes."""
        chunk = self._stream.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)


def _bodies(member: Member, source: str, *, is_alone: bool) -> Iterator[Saved | Refusal]:
    with _unpacked(member) as packed:
        stream = io.BufferedReader(_Readable(packed), 2**18)
        if _is_by_line(member, stream):
            yield from _lines(member, stream, source)
            return
        content = stream.read(LARGEST_WHOLE_BYTES + 1)
    if len(content) <= LARGEST_WHOLE_BYTES:
        yield Saved(_parsed(content, member.source_file, source), member, is_alone=is_alone)
        return
    del content
    for before, body in parts(partial(_unpacked, member), member.source_file):
        yield Saved(body, member, is_alone=is_alone, rows_before=before)


def _unpacked(member: Member) -> ByteStream:
    with member.open() as stream:
        is_zipped = stream.read(2) == b"\x1f\x8b"  # whatever it is called
    stream = member.open()
    if not is_zipped:
        return stream
    # around the unpacker, too: it ends at the size limit and words what is damaged
    return ByteStream(gzip.GzipFile(fileobj=stream), member.source_file, member.limits.member_bytes)


def _is_by_line(member: Member, stream: "io.BufferedReader[_Readable]") -> bool:
    """By the name, or because the first line is a whole object and another follows (some call such a file `.json`)."""
    if member.base.removesuffix(".gz").endswith((".ndjson", ".jsonl")):
        return True
    head = stream.peek(2**16).lstrip(b"\xef\xbb\xbf \t\r\n")
    first, newline, rest = head.partition(b"\n")
    if not newline or not rest.lstrip().startswith(b"{") or not first.startswith(b"{"):
        return False
    try:
        json.loads(first)
    except (ValueError, RecursionError):
        return False
    return True


def _lines(member: Member, stream: "io.BufferedReader[_Readable]", source: str) -> Iterator[Saved | Refusal]:
    number = 0
    while line := stream.readline(LARGEST_LINE_BYTES + 1):
        number += 1
        if len(line) > LARGEST_LINE_BYTES:
            raise UnreadableError(f"{member.source_file}, line {number}: longer than the {LARGEST_LINE_BYTES} bytes a line may have")
        if not line.strip():
            continue
        try:
            yield Saved(_parsed(line, member.source_file, source, number), member, number)
        except UnreadableError as error:
            yield member.refusal("unreadable_row", str(error), line[:500].decode("utf-8", "replace"), number)


def _parsed(content: bytes, file: str, source: str, line: int = 0) -> Any:
    try:
        body = json.loads(content)
        # most lines have fewer brackets than they may be deep
        if content.count(b"{") + content.count(b"[") > DEEPEST and is_deeper(body, DEEPEST):
            raise RecursionError
    except RecursionError:
        raise UnreadableError(f"{_where(file, line)}: JSON nested deeper than {DEEPEST}") from None
    except ValueError as error:
        said = " ".join(str(error).split())[:120]
        raise UnreadableError(f"{_where(file, line)}: {said}; expected a JSON answer of {source}") from None
    return body


def _where(file: str, line: int) -> str:
    return f"{file}, line {line}" if line else file
