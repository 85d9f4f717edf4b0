"""What gives a person away in other people's words: addresses, numbers, distinctive full names → how to find and mask them.

Masking is the same whether a person is erased from what is stored or kept out of what is loaded, so that a masked row
compares as unchanged when its source shows it again.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

MASK = "[erased]"
_NEVER = frozenset({"feed", "source", "run_id"})
# what a person is called in their own record: of another person when the name is not distinctive
OWN_NAMES = frozenset({"full_name", "given_name", "middle_name", "family_name", "name_suffix", "nickname", "former_family_name"})
_OWN_CHANNELS = frozenset({"emails", "phones"})
_KEY = re.compile(r"(_ref|_id|_url|_file|Key|Id|ParcelNumber|urls)$")
_WORD = re.compile(r"[^\W_]+")
_BETWEEN_DIGITS = r"[\s().\-/]{0,3}"
_BETWEEN_WORDS = r"[\s.,'’_\-]{1,3}"


@dataclass(frozen=True)
class Traces:
    """Addresses in lower case, numbers as their last ten digits, names as their words in lower case with one blank between."""

    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.emails or self.phones or self.names)

    def found_in(self, text: str) -> bool:
        """Whether the text holds any of them."""
        return bool(self and self._everything.search(text))

    @cached_property
    def _everything(self) -> re.Pattern[str]:
        return re.compile("|".join((*self._mails, *self._numbers, *self._people)), re.IGNORECASE)

    @property
    def _mails(self) -> list[str]:
        return [rf"(?<![\w.%+-]){re.escape(mail)}(?![\w-])(?!\.\w)" for mail in sorted(self.emails)]

    @property
    def _numbers(self) -> list[str]:
        country = r"(?<!\d)(?:\+?\d{1,3}[\s().\-/]{0,3})?\(?"
        return [country + _BETWEEN_DIGITS.join(digits) + r"(?!\d)" for digits in sorted(self.phones)]

    @property
    def _people(self) -> list[str]:
        return [r"(?<![^\W_])" + _BETWEEN_WORDS.join(map(re.escape, name.split())) + r"(?![^\W_])" for name in sorted(self.names)]

    def patterns(self, column: str) -> list[str]:
        """What is masked in a column: addresses everywhere, numbers and names in words but not in keys."""
        if column in _NEVER:
            return []
        if _KEY.search(column):
            return self._mails
        return self._mails + self._numbers + ([] if column in OWN_NAMES else self._people)

    def masked(self, table: pa.Table, required: Iterable[str] = ()) -> pa.Table:
        """The table with every trace in its texts replaced; a value that was nothing else becomes null unless it is `required`."""
        for index, field in enumerate(table.schema):
            patterns = self.patterns(field.name) if self else []
            if not patterns or field.name in _OWN_CHANNELS:
                continue
            if pa.types.is_string(field.type):
                column = _replaced(table[field.name].combine_chunks(), patterns, field.name in required)
            elif pa.types.is_list(field.type) and pa.types.is_string(field.type.value_type):
                column = _replaced_in_lists(table[field.name].combine_chunks(), patterns)
            else:
                continue
            if column is not None:
                table = table.set_column(index, field, column)
        return table


def words_of(name: str) -> str:
    """A name as it is compared: its words in lower case, one blank between."""
    return " ".join(_WORD.findall(name.lower()))


def is_full(name: str) -> bool:
    """Whether words are a full name, rather than a first name or initials that anybody may have."""
    parts = name.split()
    return 2 <= len(parts) <= 4 and sum(len(part) > 1 for part in parts) >= 2


def _replaced(values: pa.Array, patterns: list[str], is_required: bool) -> pa.Array | None:
    """The column with the patterns masked; None when nothing was found."""
    hits = pc.fill_null(pc.match_substring_regex(values, _rough(patterns)), False)
    if not pc.any(hits).as_py():
        return None
    exact = re.compile("|".join(patterns), re.IGNORECASE)
    swaps = [exact.sub(MASK, text) for text in values.filter(hits).to_pylist()]
    new = [None if text == MASK and not is_required else text for text in swaps]
    return pc.replace_with_mask(values, hits, pa.array(new, values.type))


def _replaced_in_lists(values: pa.Array, patterns: list[str]) -> pa.Array | None:
    flat = values.flatten()
    column = _replaced(flat, patterns, True)
    if column is None:
        return None
    lengths = pc.fill_null(pc.list_value_length(values), 0).to_pylist()
    ends = [0]
    for length in lengths:
        ends.append(ends[-1] + length)
    mask = pc.is_null(values) if values.null_count else None
    return pa.ListArray.from_arrays(pa.array(ends, pa.int32()), column, type=values.type, mask=mask)


def _rough(patterns: list[str]) -> str:
    """The patterns for Arrow's engine, which knows no looking around: finds all of the rows, and maybe some too many."""
    return "(?i)" + "|".join(re.sub(r"\(\?<?!(?:\[[^\]]*\]|\\.|[^)])*\)", "", pattern) for pattern in patterns)
