"""Relations that a contact book writes down as words (a label and a name) → ties, where the name is one contact of the same book."""

import sqlite3
from collections.abc import Iterator

from commonground.sources.base import Record
from commonground.sources.contacts.digests import Ids, digest_of

_ROWS_IN_MEMORY = 20_000
_STATED = """
    WITH bearer AS (
        SELECT name, min(record_id) AS record_id FROM known WHERE name IN (SELECT name FROM stated) GROUP BY name HAVING count(*) = 1
    )
    SELECT stated.*, bearer.record_id FROM stated LEFT JOIN bearer ON bearer.name = stated.name ORDER BY stated.rowid
"""

PARTNER = frozenset({"spouse", "partner", "wife", "husband", "domestic partner", "domesticpartner", "fiance", "fiancé", "fiancée",
                     "significant other", "boyfriend", "girlfriend"})  # fmt: skip
FAMILY = frozenset({"child", "mother", "father", "parent", "brother", "sister", "sibling", "relative", "son", "daughter", "kin"})
REFERRAL = frozenset({"referred by", "referredby"})


def relation_word(label: str) -> str:
    """A label as it is looked up: `DOMESTIC_PARTNER` is a domestic partner."""
    return label.replace("_", " ").strip().lower()


class Relations:
    """The relations of one file; ties are made when all of its contacts are known.

    Who is known by which name is kept in a temporary database that moves to the disk as it grows, and is gone when it is closed.
    """

    def __init__(self, file: str, ids: Ids) -> None:
        """`ids` are those that the contacts of the drop have been given."""
        self.file, self._ids = file, ids
        self._known: list[tuple[int, str]] = []
        self._stated: list[tuple[str, str, str, int, int | None]] = []
        self._is_any_stated = False
        self._kept: sqlite3.Connection | None = None

    def know(self, record_id: str, *names: str) -> None:
        """A contact of the book, under the names it may be spoken of; a name that two contacts bear is nobody's."""
        for name in {name.casefold() for name in names if name}:
            self._known.append((_name_digest(name), record_id))
        if len(self._known) >= _ROWS_IN_MEMORY:
            self._keep()

    def state(self, record_id: str, label: str, name: str, line: int, *, is_key: bool = False) -> None:
        """What the book says of a contact: `label` (Spouse, Referred by, ...) and the other's name, or its id in the book."""
        self._stated.append((record_id, label, name, line, None if is_key else _name_digest(name.casefold())))
        self._is_any_stated = True
        if len(self._stated) >= _ROWS_IN_MEMORY:
            self._keep()

    def _keep(self) -> sqlite3.Connection:
        if self._kept is None:
            self._kept = sqlite3.connect("")
            self._kept.execute("CREATE TABLE known (name INTEGER, record_id TEXT)")
            self._kept.execute("CREATE TABLE stated (record_id TEXT, label TEXT, words TEXT, line INTEGER, name INTEGER)")
        self._kept.executemany("INSERT INTO known VALUES (?, ?)", self._known)
        self._kept.executemany("INSERT INTO stated VALUES (?, ?, ?, ?, ?)", self._stated)
        self._known.clear()
        self._stated.clear()
        return self._kept

    def ties(self) -> Iterator[Record]:
        """A tie for each relation whose name is exactly one contact of this file; the rest stay words."""
        if self._is_any_stated:
            yield from self._ties(self._keep())
        if self._kept is not None:
            self._kept.close()

    def _ties(self, kept: sqlite3.Connection) -> Iterator[Record]:
        speaker, number = "", 0
        for record_id, label, words, line, name, bearer in kept.execute(_STATED):
            is_key = name is None
            other = (words if words in self._ids else None) if is_key else bearer
            if other is None or other == record_id:
                continue
            speaker, number = record_id, number + 1 if record_id == speaker else 1
            word = relation_word(label)
            is_referral = word in REFERRAL
            yield Record(
                "tie",
                {
                    "record_id": f"{record_id}:relation:{number}",
                    "src_ref": other if is_referral else record_id,
                    "dst_ref": record_id if is_referral else other,
                    "tie_type": _tie_type(word),
                    "is_directed": is_referral,
                    "evidence_text": label or "Relation" if is_key else f"{label or 'Relation'}: {words}",
                    "source_file": self.file,
                    "source_line": line,
                },
            )


def _name_digest(name: str) -> int:
    return digest_of(name) - 2**63  # as the database has whole numbers


def _tie_type(label: str) -> str:
    if label in REFERRAL:
        return "referral"
    return "partner" if label in PARTNER else "family" if label in FAMILY else "friend" if label == "friend" else "relationship"
