"""Relations that a contact book writes down as words (a label and a name) → ties, where the name is one contact of the same book."""

from collections import Counter
from collections.abc import Iterator

from commonground.sources.base import Record

PARTNER = frozenset({"spouse", "partner", "wife", "husband", "domestic partner", "domesticpartner", "fiance", "fiancé", "fiancée",
                     "significant other", "boyfriend", "girlfriend"})  # fmt: skip
FAMILY = frozenset({"child", "mother", "father", "parent", "brother", "sister", "sibling", "relative", "son", "daughter", "kin"})
REFERRAL = frozenset({"referred by", "referredby"})


def relation_word(label: str) -> str:
    """A label as it is looked up: `DOMESTIC_PARTNER` is a domestic partner."""
    return label.replace("_", " ").strip().lower()


class Relations:
    """The relations of one file; ties are made when all of its contacts are known."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.keys: set[str] = set()  # ids of contacts that the book itself names so
        self._stated: list[tuple[str, str, str, int, bool]] = []
        self._ids_by_name: dict[str, str | None] = {}

    def know(self, record_id: str, *names: str) -> None:
        """A contact of the book, under the names it may be spoken of; a name that two contacts bear is nobody's."""
        for name in {name.casefold() for name in names if name}:
            self._ids_by_name[name] = None if name in self._ids_by_name else record_id

    def state(self, record_id: str, label: str, name: str, line: int, *, is_key: bool = False) -> None:
        """What the book says of a contact: `label` (Spouse, Referred by, ...) and the other's name, or its id in the book."""
        self._stated.append((record_id, label, name, line, is_key))

    def ties(self) -> Iterator[Record]:
        """A tie for each relation whose name is exactly one contact of this file; the rest stay words."""
        numbers: Counter[str] = Counter()
        for record_id, label, name, line, is_key in self._stated:
            other = (name if name in self.keys else None) if is_key else self._ids_by_name.get(name.casefold())
            if other is None or other == record_id:
                continue
            numbers[record_id] += 1
            word = relation_word(label)
            is_referral = word in REFERRAL
            yield Record(
                "tie",
                {
                    "record_id": f"{record_id}:relation:{numbers[record_id]}",
                    "src_ref": other if is_referral else record_id,
                    "dst_ref": record_id if is_referral else other,
                    "tie_type": _tie_type(word),
                    "is_directed": is_referral,
                    "evidence_text": label or "Relation" if is_key else f"{label or 'Relation'}: {name}",
                    "source_file": self.file,
                    "source_line": line,
                },
            )


def _tie_type(label: str) -> str:
    if label in REFERRAL:
        return "referral"
    return "partner" if label in PARTNER else "family" if label in FAMILY else "friend" if label == "friend" else "relationship"
