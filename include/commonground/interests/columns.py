"""Many texts → one page of words in columns: a number for every word we know, and where each stood.

All texts of a page are cut into words at once. Between two texts stands a separator, which ends sentences and clauses, so
that nothing reaches from one text into the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from commonground.interests.letters import (
    AND,
    HEART,
    HEART_LETTER,
    HYPHEN,
    LETTER,
    NOTHING,
    PICTURE,
    PICTURE_LETTERS,
    Letters,
    read_letters,
)
from commonground.interests.letters import Bools as Bools
from commonground.interests.letters import Ints as Ints
from commonground.interests.words import FOLD

Hashes = npt.NDArray[np.uint64]

UNKNOWN, SEPARATOR, STOP, PAUSE, HANDLE = range(5)  # the first numbers of words; those we know follow
FIRST_WORD = 5
_MARK_OF = np.array([UNKNOWN, UNKNOWN, STOP, PAUSE, PAUSE, SEPARATOR, HANDLE, UNKNOWN, UNKNOWN, UNKNOWN])  # by what a letter is
_MARKS = " \x1e.,@"  # how each mark stands among words
_HEART = chr(HEART_LETTER)
_WRITTEN = np.frombuffer(f"  .,,\x1e@&{_HEART}\x80 ".encode("latin-1"), np.uint8)  # how each sort of letter that is no letter is written
_SIGNS = {"&": "and", "❤": "love"}
_BLANK, _ASKS, _LAST_PLAIN = np.uint8(32), ord("?"), 127


_PICTURE_BYTES = {ord(picture): letter for picture, letter in PICTURE_LETTERS.items()}


class _Powers:
    """Powers of an odd number and their inverses modulo 2**64, as many as the longest page wanted so far."""

    BASE = 0x9E3779B97F4A7C15

    def __init__(self) -> None:
        self.up = self.down = np.ones(1, np.uint64)

    def upto(self, count: int) -> tuple[Hashes, Hashes]:
        if len(self.up) < count:
            size = max(count, 2 * len(self.up), 1 << 18)
            inverse = pow(self.BASE, -1, 1 << 64)
            for name, base in (("up", self.BASE), ("down", inverse)):
                steps = np.full(size, base, np.uint64)
                steps[0] = 1
                setattr(self, name, np.multiply.accumulate(steps))
        return self.up, self.down


_POWERS = _Powers()
_BYTE_HASH = np.random.default_rng(20261120).integers(1, 1 << 63, 256, dtype=np.uint64)


def hash_words(words: Sequence[str]) -> Hashes:
    """The number that the bytes of each word make: what `Page` computes for a word in a text."""
    data = np.frombuffer("".join(words).translate(_PICTURE_BYTES).encode("latin-1", "replace") or b" ", np.uint8)
    lengths = np.array([len(word) for word in words], np.int64)
    ends = np.cumsum(lengths)
    return _hashes(data, ends - lengths, ends)


def _hashes(data: npt.NDArray[np.uint8], starts: Ints, ends: Ints) -> Hashes:
    up, down = _POWERS.upto(len(data) + 1)
    sums = np.zeros(len(data) + 1, np.uint64)
    np.cumsum(_BYTE_HASH[data] * up[: len(data)], out=sums[1:])
    return (sums[ends] - sums[starts]) * down[starts]


_SAID = tuple(zip((AND, HEART), hash_words(list(_SIGNS.values())), strict=True))


def is_among(hashes: Hashes, known: Hashes) -> Bools:
    """Which of some hashes are among known ones, which ascend."""
    at = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
    found: Bools = known[at] == hashes
    return found


@dataclass(slots=True)
class _Line:
    """A page with blanks for all that is no word or mark; where its texts are set apart, and which cannot be cut at the blanks."""

    text: str
    bounds: list[int]
    odd: set[int]


class Page:
    """Texts as columns of words. Word `i` has `hashes[i]`, `marks[i]` (number of a mark, else 0); text `t` is `bounds[t]+1:bounds[t+1]`."""

    def __init__(self, texts: Sequence[str], known: frozenset[str], is_name: Sequence[bool]) -> None:
        """Reads texts. `known`: words that hashtags may be made of; `is_name`: whose pauses separate nothing."""
        self.texts = texts
        self._letters = letters = read_letters(texts, known)
        self._cut(letters)
        if any(is_name):
            self._drop_pauses(np.asarray(is_name, bool))
        self.text_of = np.cumsum(self.marks == SEPARATOR) - 1  # of each word (that of a separator is the text behind it)
        self._tagged: Bools | None = None
        self._line: _Line | None = None
        self._words: dict[int, list[str]] = {}
        self._lengths: Ints | None = None

    def _cut(self, letters: Letters) -> None:
        class_ = letters.class_
        is_letter = class_ == LETTER
        is_start = class_ != NOTHING
        is_start[1:] &= (class_[1:] != class_[:-1]) | (class_[1:] >= HYPHEN)
        is_end = is_letter[:-1] & ~is_letter[1:]
        if letters.begins:
            begins = np.array(letters.begins)
            begins = begins[is_letter[begins] & is_letter[begins - 1]]
            is_start[begins] = is_end[begins - 1] = True
        self._starts = np.flatnonzero(is_start)
        kinds = class_[self._starts]
        self.marks = _MARK_OF[kinds]
        self._ends = self._starts.copy()
        self._ends[kinds == PICTURE] += 1
        self._ends[kinds == LETTER] = np.flatnonzero(is_end) + 1  # the page ends with a separator
        self.hashes = _hashes(letters.low, self._starts, self._ends)
        for sort, hash_ in _SAID:
            self.hashes[kinds == sort] = hash_
        if letters.dotted:
            at = np.searchsorted(self._starts, list(letters.dotted))
            self.hashes[at] = hash_words(list(letters.dotted.values()))
        self.bounds = np.flatnonzero(self.marks == SEPARATOR)

    def _drop_pauses(self, is_name: Bools) -> None:
        """In a name a pause separates nothing ("Magic: The Gathering")."""
        of = np.cumsum(self.marks == SEPARATOR) - 1
        kept = np.flatnonzero(~((self.marks == PAUSE) & np.append(is_name, False)[of]))
        if len(kept) == len(self.marks):
            return
        self.marks, self.hashes = self.marks[kept], self.hashes[kept]
        self._starts, self._ends = self._starts[kept], self._ends[kept]
        self.bounds = np.flatnonzero(self.marks == SEPARATOR)

    def words_of(self, text: int) -> list[str]:
        """The words of a text, as read: in lower case, marks as "." and "," and "@"."""
        found = self._words.get(text)
        if found is None:
            self._line = self._line or self._written()
            written = self._line.text[self._line.bounds[text] + 1 : self._line.bounds[text + 1]]
            if text in self._line.odd or not written.isascii():
                found = self._spelled(text)
            else:
                written = written.replace(".", " . ").replace(",", " , ").replace("@", " @ ")
                found = written.replace("&", " and ").replace(_HEART, " love ").split()
            self._words[text] = found
        return found

    def _written(self) -> "_Line":
        letters, class_ = self._letters, self._letters.class_
        written = np.where(class_ == LETTER, letters.low, _BLANK)
        others = self._starts[class_[self._starts] != LETTER]
        written[others] = _WRITTEN[class_[others]]
        bounds = self._starts[self.bounds]
        odd = np.array([*letters.begins, *letters.dotted], np.int64)
        return _Line(written.tobytes().decode("latin-1"), bounds.tolist(), set((np.searchsorted(bounds, odd) - 1).tolist()))

    def _spelled(self, text: int) -> list[str]:
        """The words of a text cut out one by one: where words touch, or have letters beyond a to z."""
        rows = np.arange(int(self.bounds[text]) + 1, int(self.bounds[text + 1]))
        starts, ends = self.offsets(np.full(len(rows), text), rows, rows)
        marks, written = self.marks[rows].tolist(), self.texts[text]
        spelled = []
        for mark, start, end in zip(marks, starts.tolist(), ends.tolist(), strict=True):
            word = written[start:end].translate(FOLD)
            if mark:
                spelled.append(_MARKS[mark])
            else:
                spelled.append(_SIGNS.get(word) or word.replace("'", "").replace(".", ""))
        return spelled

    def is_capital(self, at: Ints) -> Bools:
        """Whether words may begin with a capital (any letter beyond a to z may be one)."""
        starts = self._starts[at]
        codes = self._letters.codes[starts if self._letters.at is None else self._letters.at[starts]]
        found: Bools = ((codes >= ord("A")) & (codes <= ord("Z"))) | (codes > _LAST_PLAIN)
        return found

    def is_question(self, at: Ints) -> Bools:
        """Whether ends of sentences are question marks ("?", "?!", "!?")."""
        low, starts = self._letters.low, self._starts[at]
        found: Bools = (low[starts] == _ASKS) | (low[np.minimum(starts + 1, len(low) - 1)] == _ASKS)
        return found

    def is_title(self, text: int, first: int, last: int) -> bool:
        """Whether words `first` to `last` (exclusive) are written with capitals ("The Crown") in a text that is not all capitals."""
        at = np.arange(first, last)
        starts, _ = self.offsets(np.full(len(at), text), at, at)
        written = self.texts[text]
        return not written.isupper() and all(written[start].isupper() for start in starts.tolist())

    def tagged(self) -> Bools:
        """Whether each word came out of a hashtag."""
        if self._tagged is None:
            marked = np.zeros(len(self._letters.low), bool)
            for start, end in self._letters.hashtags:
                marked[start:end] = True
            self._tagged = marked[self._starts]
        return self._tagged

    def offsets(self, text: Ints, first: Ints, last: Ints) -> tuple[Ints, Ints]:
        """Where words `first` to `last` (inclusive) of texts begin and end, in characters of their text."""
        if self._lengths is None:
            self._lengths = np.cumsum([1, *(len(t) + 1 for t in self.texts)])
        begin = self._lengths[text]
        start, end = self._starts[first], np.maximum(self._ends[last] - 1, self._starts[last])
        if self._letters.at is not None:
            start, end = self._letters.at[start], self._letters.at[end]
        return start - begin, end + 1 - begin


class Table:
    """Numbers by their hash: a column of hashes in, a column of numbers out, -1 where there is none."""

    def __init__(self, keys: Hashes, values: npt.NDArray[Any]) -> None:
        bits = max(8, int(len(keys) * 4).bit_length())
        self._shift = np.uint64(64 - bits)
        self._mask = np.int64((1 << bits) - 1)
        self._keys = np.zeros(1 << bits, np.uint64)
        self._values = np.full(1 << bits, -1, np.int64)
        self._probes = 1
        slots = self._slots(keys)
        pending = np.arange(len(keys))
        for probe in range(1 << bits):
            at = (slots[pending] + probe) & self._mask
            is_free = (self._values[at] < 0) | (self._keys[at] == keys[pending])
            _, firsts = np.unique(at, return_index=True)
            is_first = np.zeros(len(pending), bool)
            is_first[firsts] = True
            put = is_free & is_first
            self._keys[at[put]], self._values[at[put]] = keys[pending[put]], values[pending[put]]
            pending = pending[~put]
            self._probes = probe + 1
            if not len(pending):
                break

    def _slots(self, keys: Hashes) -> Ints:
        return ((keys * np.uint64(0xD1B54A32D192ED03)) >> self._shift).astype(np.int64)

    def find(self, keys: Hashes) -> Ints:
        """The number of each key, -1 where it is unknown."""
        slots = self._slots(keys)
        found = np.where(self._keys[slots] == keys, self._values[slots], -1)
        pending = np.flatnonzero((found < 0) & (self._values[slots] >= 0))
        for probe in range(1, self._probes):
            if not len(pending):
                break
            at = (slots[pending] + probe) & self._mask
            is_hit = (self._keys[at] == keys[pending]) & (self._values[at] >= 0)
            found[pending[is_hit]] = self._values[at[is_hit]]
            pending = pending[~is_hit & (self._values[at] >= 0)]
        return found
