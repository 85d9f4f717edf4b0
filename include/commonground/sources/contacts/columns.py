"""A CSV header and a table of aliases → where each of our fields stands, and which columns nobody knows.

Headers are compared without case, blanks, punctuation and accents; `Email 2` is another `Email`. A table names our fields and
the headers that mean them; under `unread` stand those that are known and deliberately left alone.
"""

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from commonground.config import read_yaml
from commonground.sources.base import Refusal
from commonground.sources.drops import Member

UNREAD = "unread"
SAMPLE_ROWS = 500  # of a file, to learn in what order it writes days
FEWEST_NAMES = 3  # two may have two first names each
# a cell, with the number in its column's header (0 = none)
Cell = tuple[int, str]


@lru_cache(maxsize=32768)
def header_key(header: str) -> tuple[str, int]:
    """`(letters and digits of a header, its first number or 0)`."""
    plain = unicodedata.normalize("NFKD", header.casefold().replace("ß", "ss"))
    letters = "".join(letter for letter in plain if letter.isalnum())
    digits = "".join(letter if letter.isdecimal() else " " for letter in letters).split()
    return letters, int(digits[0][:4]) if digits else 0


def read_aliases(table: Mapping[str, list[str]]) -> dict[str, str]:
    """Header key → our field."""
    return {header_key(header)[0]: name for name, headers in table.items() for header in headers}


def load_tables(path: Path) -> dict[str, dict[str, list[str]]]:
    """The sections of an alias file: name → field → headers."""
    tables: dict[str, dict[str, list[str]]] = read_yaml(path)
    return tables


def field_of(header: str, aliases: Mapping[str, str]) -> str | None:
    """Our field for a header: as written, else without its number."""
    key, number = header_key(header)
    if key in aliases:
        return aliases[key]
    return aliases.get("".join(letter for letter in key if not letter.isdecimal())) if number else None


Finder = Callable[[str, Mapping[str, str]], str | None]


class Columns:
    """The columns of one file."""

    def __init__(self, header: list[str], aliases: Mapping[str, str], find: Finder = field_of) -> None:
        """Looks every header up, in `aliases` or the way `find` does."""
        self.read: list[tuple[int, str, int]] = []
        self.unknown: list[tuple[int, str]] = []
        for position, name in enumerate(header):
            field = find(name, aliases)
            if field is None:
                if name.strip():
                    self.unknown.append((position, name.strip()))
            elif field != UNREAD:
                self.read.append((position, field, header_key(name)[1]))
        self.fields = {field for _, field, _ in self.read}

    def cells(self, row: list[str]) -> dict[str, list[Cell]]:
        """The cells of a row that say something, by field, in the order of the columns."""
        found: dict[str, list[Cell]] = {}
        for position, field, number in self.read:
            cell = row[position]
            if cell and not cell.isspace():
                cell = cell.strip()
                if field in found:
                    found[field].append((number, cell))
                else:
                    found[field] = [(number, cell)]
        return found

    def sample(self, rows: list[Any], fields: frozenset[str]) -> Iterator[str]:
        """The cells of some fields in some rows."""
        places = [position for position, field, _ in self.read if field in fields]
        return (row.cells[place] for row in rows if not isinstance(row, Refusal) for place in places)

    def are_names_whole(self, rows: list[Any]) -> bool:
        """Whether first-name cells hold whole names: no row has a last name, and most first names are of several words."""
        given = [len(cell.split()) for cell in self.sample(rows, frozenset({"given_name", "given"})) if cell.strip()]
        has_family = any(cell.strip() for cell in self.sample(rows, frozenset({"family_name", "family"})))
        return not has_family and len(given) >= FEWEST_NAMES and 2 * sum(1 for words in given if words > 1) > len(given)

    def unmapped(self, member: Member, advice: str) -> Refusal | None:
        """One refusal that names every unknown column, None if there is none."""
        if not self.unknown:
            return None
        names = ", ".join(repr(name[:60]) for _, name in self.unknown[:60])
        reason = f"{member.source_file}: {len(self.unknown)} columns are not read, their headers are unknown: {names}; {advice}"
        return member.refusal("unmapped_columns", reason, names, 1)
