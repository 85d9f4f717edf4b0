"""A CSV member of a drop → its header and its rows with their line numbers; rows that do not fit become refusals.

Copes with a preamble above the header, a byte order mark, UTF-8, UTF-16 and Windows-1252 (line by line, since exports mix
them), NUL bytes, commas, semicolons or tabs, and line ends of any kind. A quote that is never closed costs its own row,
not the rest of the file.
"""

import codecs
import csv
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from commonground.errors import UnreadableError
from commonground.sources.base import Refusal
from commonground.sources.drop_json import payload_of
from commonground.sources.drops import ByteStream, Member
from commonground.sources.mending import mended
from commonground.sources.short_rows import ShortRows

LARGEST_LINE_BYTES = 8 * 2**20
HEADER_LINES = 60
DELIMITERS = (",", ";", "\t")
# A row over more lines than this, or a text longer than this, is a quote left open, not a long message.
LONGEST_ROW_LINES = 5_000
LONGEST_CELL = 4 * 2**20
# Lines read a second time after open quotes; beyond it a file is not worth mending, and each bad row takes what it swallowed.
SECOND_LOOKS = 2_000_000
_CHUNK = 2**18

csv.field_size_limit(max(csv.field_size_limit(), LONGEST_CELL))


@dataclass(frozen=True, slots=True)
class Row:
    """A row: the line it starts on (from 1) and its cells, as many as the header has."""

    line: int
    cells: list[str]


@dataclass(slots=True)
class CsvTable:
    """The header of a CSV member; iterate `rows` once."""

    header: list[str]
    rows: Iterator[Row | Refusal]


def csv_table(member: Member, is_header: Callable[[list[str]], bool], expected: str) -> CsvTable:
    """Finds the header row of a CSV member and reads on from there.

    Args:
        member: The file.
        is_header: Given the cells of a row, stripped, whether they are the header.
        expected: The words of the error if there is none.

    Raises:
        UnreadableError: no header in the first lines, here; a damaged file or an endless line, while reading rows.
    """
    stream, lines = _opened(member)
    head: list[str] = []
    for line in lines:
        head.append(line)
        for delimiter in DELIMITERS:
            cells = _cells(line, delimiter)
            if len(cells) > 1 and is_header(cells):
                return CsvTable(cells, _filled(member, stream, lines, delimiter, len(cells)))
        if len(head) >= HEADER_LINES:
            break
    # a header over several lines, or one whose quotes span them, is no header that any export writes
    stream.close()
    raise UnreadableError(f"{member.source_file}: no header row with {expected} in its first {HEADER_LINES} lines")


def _opened(member: Member) -> tuple[ByteStream, "Lines"]:
    stream = member.open()
    return stream, Lines(_decoded(stream, member))


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return [cell.strip().lstrip("\ufeff").strip() for cell in next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])]
    except csv.Error:
        return []


class Lines:
    """Text lines that can be looked at again: `taken` holds those of the row being read."""

    def __init__(self, source: Iterator[str]) -> None:
        self._source, self._again = source, deque[str]()
        self.taken: list[str] = []
        self.number = 0
        self.second_looks = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= LONGEST_ROW_LINES:
            raise csv.Error(f"a row of more than {LONGEST_ROW_LINES} lines")
        line = self._again.popleft() if self._again else next(self._source)
        self.taken.append(line)
        self.number += 1
        return line

    def start_row(self) -> None:
        """What is taken from here on is another row."""
        self.taken = []

    def give_back_all_but_first(self) -> str:
        """Returns the first line of the row; the others will be read again."""
        first, *others = self.taken
        self.number -= len(others)
        self.second_looks += len(others)
        self._again.extendleft(reversed(others))
        self.taken = []
        return first


def _filled(member: Member, stream: ByteStream, lines: Lines, delimiter: str, width: int) -> Iterator[Row | Refusal]:
    """The rows as wide as the header; whether a short one is whole is asked of the whole file, once there is one."""
    header, short = lines.number, None
    for row in _rows(member, stream, lines, delimiter, width):
        if isinstance(row, Refusal) or len(row.cells) == width:
            yield row
            continue
        if short is None:
            again, other = _opened(member)
            for _ in range(header):
                next(other)
            found = _rows(member, again, other, delimiter, width)
            short = ShortRows(((one.line, one.cells) for one in found if isinstance(one, Row)), width)
        if short.is_whole(row.line, len(row.cells)):
            yield Row(row.line, row.cells + [""] * (width - len(row.cells)))
        else:
            reason = f"{member.source_file} line {row.line}: {len(row.cells)} cells, expected {width}"
            yield member.refusal("bad_row", reason, payload_of(delimiter.join(row.cells)), row.line)


def _rows(member: Member, stream: ByteStream, lines: Lines, delimiter: str, width: int) -> Iterator[Row | Refusal]:
    with stream:
        reader = csv.reader(lines, delimiter=delimiter)
        while True:
            lines.start_row()
            first = lines.number + 1
            complaint = None
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                reader = csv.reader(lines, delimiter=delimiter)
                cells, complaint = [], str(error)
            if complaint is None and len(cells) == width and (len(lines.taken) == 1 or quotes_close(lines.taken)):
                yield Row(first, cells)
                continue
            if complaint is None and len(lines.taken) == 1 and not any(cell.strip() for cell in cells) and len(cells) < 2:
                continue  # an empty line is no row
            if complaint is None and len(lines.taken) == 1 and len(cells) < width:
                yield Row(first, cells)
                continue
            if complaint is None and len(cells) > width and not any(cell.strip() for cell in cells[width:]):
                yield Row(first, cells[:width])
                continue
            payload = "".join(lines.taken)
            if len(lines.taken) > 1 and lines.second_looks < SECOND_LOOKS:
                payload = lines.give_back_all_but_first()
                complaint = "a quote that is not closed"
            reason = complaint or f"{len(cells)} cells, expected {width}"
            yield member.refusal("bad_row", f"{member.source_file} line {first}: {reason}", payload_of(payload.rstrip("\r\n")), first)


def quotes_close(lines: list[str]) -> bool:
    """Whether every quote in these lines is closed in them."""
    return sum(line.count('"') for line in lines) % 2 == 0


def _decoded(stream: ByteStream, member: Member) -> Iterator[str]:
    first = stream.read(_CHUNK)
    encoding = wide_encoding(first)
    if encoding:
        yield from map(mended, _wide_lines(stream, first, encoding, member))
        return
    first = first.removeprefix(codecs.BOM_UTF8)
    for line in _split(stream, first, member):
        text = _narrow(line)
        yield text.replace("\x00", "") if "\x00" in text else text


def _narrow(line: bytes) -> str:
    try:
        return mended(line.decode("utf-8"))
    except UnicodeDecodeError:
        pass
    try:
        return line.decode("cp1252")
    except UnicodeDecodeError:
        return line.decode("latin-1")


def wide_encoding(first: bytes) -> str | None:
    """UTF-16 and UTF-32 by their marks, or by which bytes of the beginning are zero."""
    if first.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    sample = first[:2000]
    a, b, c, d = (4 * sample[at::4].count(0) > 0.7 * len(sample) for at in range(4))
    if len(sample) > 32 and c and d and not a:
        return "utf-32-le"
    if len(sample) > 32 and a and b and not d:
        return "utf-32-be"
    for offset, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        half = sample[offset::2]
        if len(half) > 8 and half.count(0) > 0.7 * len(half) and sample[1 - offset :: 2].count(0) < 0.1 * len(half):
            return encoding
    return None


def _split(stream: ByteStream, chunk: bytes, member: Member) -> Iterator[bytes]:
    """Lines with their ends. The last line of a chunk waits for the next one, which may hold the second half of its line end."""
    waiting: list[bytes] = []
    size = 0
    while chunk:
        if waiting and (waiting[-1].endswith(b"\n") or (waiting[-1].endswith(b"\r") and not chunk.startswith(b"\n"))):
            yield b"".join(waiting)
            waiting, size = [], 0
        first, *others = chunk.splitlines(keepends=True)
        waiting.append(first)
        size += len(first)
        if others:
            yield b"".join(waiting)
            yield from others[:-1]
            waiting, size = others[-1:], len(others[-1])
        if size > LARGEST_LINE_BYTES:
            raise UnreadableError(f"{member.source_file}: a line of more than {LARGEST_LINE_BYTES} bytes; expected CSV")
        chunk = stream.read(_CHUNK)
    if waiting:
        yield b"".join(waiting)


def _wide_lines(stream: ByteStream, chunk: bytes, encoding: str, member: Member) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    waiting = ""
    while chunk:
        waiting += decoder.decode(chunk).replace("\x00", "")
        *lines, waiting = _text_lines(waiting)
        yield from lines
        if len(waiting) > LARGEST_LINE_BYTES:
            raise UnreadableError(f"{member.source_file}: a line of more than {LARGEST_LINE_BYTES} characters; expected CSV")
        chunk = stream.read(_CHUNK)
    waiting += decoder.decode(b"", final=True)
    if waiting:
        yield waiting


def _text_lines(text: str) -> list[str]:
    """Complete lines (ends kept) and last what is still open; only real line ends count, unlike `str.splitlines`."""
    lines = text.replace("\r\n", "\n").split("\n")
    return [*(line + "\n" for line in lines[:-1]), lines[-1]]
