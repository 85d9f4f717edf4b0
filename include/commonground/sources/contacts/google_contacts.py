"""Google Contacts' "Google CSV" export, old header or new → persons, their labels, notes and hobbies as utterances, relations as ties.

The number of numbered columns (`E-mail 1 - Value`, ...) varies with the data, a cell may hold several values parted by ` ::: `,
a leading `* ` marks a system group or the main value. Everything here was written by the owner of the book about the contact.
"""

import csv
import io
import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from commonground.errors import UnreadableError
from commonground.sources.base import Item, Record, Refusal, Source, Visit
from commonground.sources.contacts.book import read_members
from commonground.sources.contacts.consents import revoked_channels
from commonground.sources.contacts.dates import birthday_of
from commonground.sources.contacts.digests import Ids
from commonground.sources.contacts.google_columns import Columns
from commonground.sources.contacts.relations import PARTNER, Relations, relation_word
from commonground.sources.drop_csv import SECOND_LOOKS, Lines, quotes_close, wide_encoding
from commonground.sources.drops import ByteStream, Member
from commonground.sources.mending import mended
from commonground.sources.short_rows import ShortRows
from commonground.sources.text import clean_text, is_placeholder_name, split_name, stable_id

_NOT_UNICODE = re.compile("[\ud800-\udfff]")


class GoogleContacts(Source):
    """The CSV that contacts.google.com exports: a file, a folder of them, or a zip (Takeout)."""

    name = "google-contacts"
    family = "contacts"
    expected_kinds = ("person",)
    is_complete = True

    def read(self, path: Path, visit: Visit) -> Iterator[Item]:
        """Records of a CSV, or of every CSV in a folder or zip.

        Raises:
            UnreadableError: no such path, or no file in it has a header of Google Contacts.
        """
        yield from read_members(path, (".csv",), "a Google Contacts CSV", lambda member: _File(member, visit).items())


class _File:
    """One file on its way through."""

    def __init__(self, member: Member, visit: Visit) -> None:
        self.member, self.name, self.owner = member, member.source_file, visit.owner
        # of this file alone: Takeout holds a contact once for each of its groups' files
        self.ids = Ids()
        self.relations = Relations(self.name, self.ids)

    def items(self) -> Iterator[Item]:
        """Everything in the file; raises `UnreadableError` if its header is none of ours."""
        encoding, delimiter, header = _look_at(self.member)
        try:
            self.columns = Columns.of(header)
        except ValueError as error:
            raise UnreadableError(f"{self.name}: {error}") from None
        errors = "surrogateescape" if encoding == "utf-8-sig" else "surrogatepass"
        self.short: ShortRows | None = None
        with self.member.open() as stream:
            yield from self._rows(Lines(_text(stream, encoding, errors)), delimiter, lambda: self._short_rows(encoding, errors, delimiter))
        yield from self.relations.ties()

    def _short_rows(self, encoding: str, errors: str, delimiter: str) -> ShortRows:
        """Which short rows of the file are whole, out of a second look at all of it."""
        with self.member.open() as stream:
            reader = csv.reader(_text(stream, encoding, errors), delimiter=delimiter)
            return ShortRows(_on_one_line(reader), self.columns.width)

    def _rows(self, lines: Lines, delimiter: str, look_again: Callable[[], ShortRows]) -> Iterator[Item]:
        width, is_first = self.columns.width, True
        reader = csv.reader(lines, delimiter=delimiter)
        while True:
            lines.start_row()
            line = lines.number + 1
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                reader = csv.reader(lines, delimiter=delimiter)
                yield self._refusal("unreadable_row", f"line {line}: {error}; expected a row of CSV", self._first_line(lines), line)
                continue
            except UnicodeDecodeError:
                yield self._refusal("bad_encoding", f"after line {line} the file breaks off inside a character", [], line)
                return
            if is_first or not row:
                is_first = False
                continue
            if len(row) < width and len(lines.taken) == 1:
                self.short = self.short or look_again()
                if self.short.is_whole(line, len(row)):
                    row += [""] * (width - len(row))
            if len(row) > width and not any(row[width:]):
                row = row[:width]
            text = "".join(row)
            if len(lines.taken) > 1 and (len(row) != width or not quotes_close(lines.taken)) and lines.second_looks < SECOND_LOOKS:
                reader = csv.reader(lines, delimiter=delimiter)
                yield self._refusal("unreadable_row", f"line {line}: a quote that is not closed", self._first_line(lines), line)
            elif len(row) != width:
                reason = f"line {line}: {len(row)} cells, expected {width} as in the header"
                yield self._refusal("ragged_row", reason, row, line)
            elif "\x00" in text:
                yield self._refusal("nul_byte", f"line {line}: holds a NUL byte", row, line)
            elif not text.isascii() and _NOT_UNICODE.search(text) and not (row := _windows_row(row)):
                yield self._refusal("bad_encoding", f"line {line}: holds bytes that are no text in the file's encoding", [text], line)
            elif not text or text.isspace():
                yield self._refusal("empty_row", f"line {line}: every cell is empty", row, line)
            else:
                yield from self._contact(row if text.isascii() and text.isprintable() else [clean_text(mended(cell)) for cell in row], line)

    def _first_line(self, lines: Lines) -> list[str]:
        """The line that a bad row begins on; the others are looked at again."""
        return [lines.give_back_all_but_first() if len(lines.taken) > 1 and lines.second_looks < SECOND_LOOKS else "".join(lines.taken)]

    def _refusal(self, rule: str, reason: str, row: list[str], line: int) -> Refusal:
        payload = _NOT_UNICODE.sub("\N{REPLACEMENT CHARACTER}", " | ".join(row)).replace("\x00", "\N{SYMBOL FOR NULL}")[:4000]
        return Refusal(rule, f"{self.name}, {reason}", payload, kind="person", source_file=self.name, source_line=line)

    def _contact(self, row: list[str], line: int) -> Iterator[Item]:
        columns = self.columns
        given, family = row[columns.given].strip(), row[columns.family].strip()
        emails, phones = columns.values(row, columns.emails), columns.numbers(row)
        digits = re.sub(r"\D", "", phones[0]) if phones else ""
        record_id = self.ids.own(stable_id(given, family, emails[0].lower() if emails else "", digits))
        where = {"source_file": self.name, "source_line": line}
        person = columns.person(row)
        person["emails"], person["phones"] = emails, phones
        _name_person(person, given, family, columns.single(row, "name") or columns.single(row, "file_as"))
        birthday = columns.single(row, "birthday")
        try:
            person["birth_date"] = birthday_of(birthday, "mdy")
        except ValueError as error:
            reason = f"{self.name}, line {line}: Birthday {error}; the contact is read without it"
            yield Refusal("bad_date", reason, birthday, "person", record_id, self.name, line)
        for label, name in columns.pairs(row, columns.relations):
            if relation_word(label) in PARTNER and "partner_name" not in person:
                person["partner_name"] = name
            self.relations.state(record_id, label, name, line)
        if columns.relations and person["person_type"] == "person":
            self.relations.know(record_id, person["full_name"], f"{given} {family}".strip())
        tags = columns.labels(row)
        yield Record("person", {"record_id": record_id, "owner_agent_id": self.owner, "tags": tags, **person, **where})
        for key, utterance_type, words in columns.utterances(row, tags):
            utterance = {"author_ref": record_id, "utterance_type": utterance_type, "text": words, "is_self_stated": False}
            yield Record("utterance", {"record_id": f"{record_id}:{utterance_type}:{key}", **utterance, **where})
        for channel in revoked_channels(tags):
            refusal = {"person_ref": record_id, "purpose": "any", "channel": channel, "state": "revoked"}
            yield Record("consent", {"record_id": f"{record_id}:{channel}", **refusal, **where})


def _text(stream: ByteStream, encoding: str, errors: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(cast("io.BufferedReader", stream), encoding=encoding, errors=errors, newline="")


def _on_one_line(reader: Any) -> Iterator[tuple[int, list[str]]]:
    """The rows that stand on a line of their own, as far as the file can be read."""
    before = 0
    with suppress(csv.Error, UnicodeDecodeError):
        for row in reader:
            if row and reader.line_num == before + 1:
                yield reader.line_num, row
            before = reader.line_num


def _windows_row(row: list[str]) -> list[str]:
    """A row that a spreadsheet has saved in Windows-1252 instead of UTF-8; empty if it cannot be that."""
    try:
        return [cell.encode("ascii", "surrogateescape").decode("cp1252") for cell in row]
    except UnicodeError:
        return []


def _name_person(person: dict[str, object], given: str, family: str, shown: str) -> None:
    """Adds name and person_type: a person by any name part, an organization by its name alone, else a placeholder."""
    middle, suffix, nickname = (str(person.get(key) or "") for key in ("middle_name", "name_suffix", "nickname"))
    is_named = bool(given or family)
    if not is_named and shown and shown != person.get("employer"):
        given, middle, family, suffix = split_name(shown)
        person.update(middle_name=middle, name_suffix=suffix)
    full = " ".join(part for part in (given, middle, family, suffix) if part) if given or family else nickname
    person.update(given_name=given, family_name=family)
    if full and not is_placeholder_name(full):
        person.update(full_name=full, person_type="person")
    elif person.get("employer") and not full:
        person.update(full_name=person.pop("employer"), person_type="organization")
    else:
        person.update(full_name=full, person_type="placeholder")


def _look_at(member: Member) -> tuple[str, str, list[str]]:
    """Encoding, delimiter and header of a file; raises `UnreadableError` if it cannot be opened or is no text."""
    start = member.head(2**16)
    encoding = wide_encoding(start) or "utf-8-sig"
    text = start.decode(encoding, "replace")
    line = next(itertools.dropwhile(lambda one: not one.strip(), text.splitlines()), "")
    delimiter = max(",;\t", key=line.count)
    try:
        header = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        header = [line]
    return encoding, delimiter, header
