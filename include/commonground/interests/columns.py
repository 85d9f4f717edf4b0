"""Many texts → one page of words in columns: a number for every word we know, and where each stood.

All texts of a page are cut into words at once. Between two texts stands a separator, which ends sentences and clauses, so
that nothing reaches from one text into the next.
"""

from collections.abc import Sequence
from functools import cached_property
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
    Letters,
    is_blank,
    plain_letters,
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
_WRITTEN = np.frombuffer(b"  .,,\x1e@  \x80 ", np.uint8)  # how each sort of letter that is no letter is written
_SIGNS = {"&": "and", "❤": "love", chr(HEART_LETTER): "love"}
_SPELLED = {AND: b"and", HEART: b"love"}
NO_LETTER = -1  # instead of a character's code: there is none
_BLANK, _DOT, _ASKS, _LAST_PLAIN = np.uint8(32), ord("."), ord("?"), 127
_OF_PICTURE = 0xFE0F  # makes a sign a picture


_BLOCK = 8  # letters of a word hashed at once
_BLOCKS = 8  # of a word; letters behind them count by their number only
_SPICES = np.random.default_rng(20261120).integers(1, 1 << 63, _BLOCKS + 1, dtype=np.uint64) | np.uint64(1)
_FIRST_LETTERS = np.array([(1 << 8 * count) - 1 for count in range(_BLOCK + 1)], np.uint64)


def hash_words(words: Sequence[str]) -> Hashes:
    """The number that the letters of each word make: what `Page` computes for a word in a text."""
    data = plain_letters(np.frombuffer(("".join(words) or " ").encode("utf-32-le"), np.uint32))
    lengths = np.array([len(word) for word in words], np.int64)
    ends = np.cumsum(lengths)
    return _hashes(data, ends - lengths, ends)


def _hashes(data: npt.NDArray[np.uint8], starts: Ints, ends: Ints) -> Hashes:
    """A number for each stretch of letters, eight of which are read at once; 0 for an empty one."""
    padded = np.append(data, np.zeros(_BLOCK, np.uint8))
    blocks: Hashes = np.ndarray(len(data) + 1, "<u8", padded, strides=(1,))  # the eight letters from each place on
    lengths = ends - starts
    hashes: Hashes = (blocks[starts] & _FIRST_LETTERS.take(lengths, mode="clip")) * _SPICES[0]
    longer = np.flatnonzero(lengths > _BLOCK)
    for number in range(1, _BLOCKS):
        at, left = starts[longer] + number * _BLOCK, lengths[longer] - number * _BLOCK
        hashes[longer] += (blocks[at] & _FIRST_LETTERS.take(left, mode="clip")) * _SPICES[number]
        longer = longer[left > _BLOCK]
    hashes[longer] += lengths[longer].astype(np.uint64) * _SPICES[_BLOCKS]
    return hashes


LONGEST_PHRASE = 16  # words; longer ones are not looked for
_SPICE = np.random.default_rng(1120).integers(1, 1 << 63, LONGEST_PHRASE + 1, dtype=np.uint64) | np.uint64(1)  # by place in a phrase
_SALT = np.random.default_rng(2026).integers(1, 1 << 63, LONGEST_PHRASE + 1, dtype=np.uint64)  # by length


def phrase_keys(words: Hashes, at: Ints, length: int) -> Hashes:
    """One number for the phrase of `length` words that begins at each place, made of the numbers (or hashes) of its words."""
    keys = np.full(len(at), _SALT[length], np.uint64)
    for step in range(length):
        keys += words.take(at + step) * _SPICE[step]
    return keys ^ (keys >> np.uint64(29))


def keys_of(words: Hashes, lengths: Ints) -> Hashes:
    """The numbers of phrases whose words are given one phrase behind the other; `lengths`: how many words each has."""
    begins, keys = np.cumsum(lengths) - lengths, np.zeros(len(lengths), np.uint64)
    for length in np.unique(lengths).tolist():
        rows = np.flatnonzero(lengths == length)
        keys[rows] = phrase_keys(words, begins[rows], length)
    return keys


_SAID = tuple(zip((AND, HEART), hash_words([said.decode() for said in _SPELLED.values()]), strict=True))


def as_places(chosen: Bools | Ints) -> Ints:
    """What is chosen, as numbers: columns are cut by these in a third of the time that booleans take."""
    return np.flatnonzero(chosen) if chosen.dtype == np.bool_ else np.asarray(chosen, np.int64)


def is_among(hashes: Hashes, known: Hashes) -> Bools:
    """Which of some hashes are among known ones, which ascend."""
    at = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
    found: Bools = known[at] == hashes
    return found


def numbered(ends: Ints) -> Ints:
    """For each word of a page the number of its stretch; `ends`: the last word of each stretch, that of the page among them."""
    return np.repeat(np.arange(len(ends)), np.diff(ends, prepend=-1))


class Page:
    """Texts as columns of words. Word `i` has `hashes[i]`, `marks[i]` (number of a mark, else 0); text `t` is `bounds[t]+1:bounds[t+1]`."""

    def __init__(self, texts: Sequence[str], known: frozenset[str]) -> None:
        """Reads texts. `known`: words that hashtags may be made of."""
        self.texts = texts
        self._letters = letters = read_letters(texts, known)
        self.codes, self.text_begins = letters.codes, letters.text_begins
        self._cut(letters)
        self.line, self.written, self.begins = "", np.zeros(0, np.int64), np.zeros(1, np.int64)

    def _cut(self, letters: Letters) -> None:
        class_ = letters.class_
        is_letter = class_ == LETTER
        is_start = class_ != NOTHING
        is_start[1:] &= (class_[1:] != class_[:-1]) | (class_[1:] >= HYPHEN)
        is_end = is_letter[:-1] & ~is_letter[1:]
        begins = letters.begins[is_letter[letters.begins] & is_letter[letters.begins - 1]]
        is_start[begins] = is_end[begins - 1] = True
        self._starts = np.flatnonzero(is_start)
        kinds = class_[self._starts]
        self.marks = _MARK_OF[kinds]
        self._ends = self._starts.copy()
        self._ends[np.flatnonzero(kinds == PICTURE)] += 1
        self._ends[np.flatnonzero(kinds == LETTER)] = np.flatnonzero(is_end) + 1  # the page ends with a separator
        self.hashes = _hashes(letters.low, self._starts, self._ends)
        for sort, hash_ in _SAID:
            self.hashes[kinds == sort] = hash_
        if letters.dotted:
            at = np.searchsorted(self._starts, list(letters.dotted))
            self.hashes[at] = hash_words(list(letters.dotted.values()))
        self._count_texts()

    def _count_texts(self) -> None:
        self.bounds = np.flatnonzero(self.marks == SEPARATOR)
        lengths = np.diff(self.bounds, append=len(self.marks))
        self.text_of = np.repeat(np.arange(len(lengths)), lengths)  # of each word (that of a separator is the text behind it)

    def blanks(self) -> Ints:
        """How many blanks each text has."""
        return np.diff(np.searchsorted(np.flatnonzero(self.codes == _BLANK), self.text_begins))

    def with_names_behind(self, signs: str) -> Ints:
        """The texts in which a pause is written with one of some signs and a capital stands behind it, with a blank between or none."""
        pauses = np.flatnonzero(self.marks == PAUSE)
        at = self._letters.written(self._starts[pauses])
        is_sign = np.any([self.codes[at] == ord(sign) for sign in signs], axis=0)
        pauses, at = pauses[is_sign], at[is_sign] + 1
        first = self.codes[at + (self.codes[at] == _BLANK)]
        return np.unique(self.text_of[pauses[(first >= ord("A")) & (first <= ord("Z"))]])

    def drop_pauses(self, is_name: Bools) -> None:
        """In a name a pause separates nothing ("Magic: The Gathering"); to be called before anything is asked."""
        pauses = np.flatnonzero(self.marks == PAUSE)
        pauses = pauses[is_name[self.text_of[pauses]]]
        if not len(pauses):
            return
        kept = np.delete(np.arange(len(self.marks)), pauses)
        self.marks, self.hashes = self.marks[kept], self.hashes[kept]
        self._starts, self._ends = self._starts[kept], self._ends[kept]
        self._count_texts()

    def write(self, texts: Bools) -> None:
        """Writes some texts as read into `line`, every word and mark behind one blank (`" i love jazz . "`).

        `written` are the words of the page that stand there, `begins` says where in the line each begins (and at last where it ends).
        """
        words = np.flatnonzero(np.append(texts, False).take(self.text_of))
        if not len(words):
            return
        low, dotted, starts = self._letters.low, self._letters.dotted, self._starts[words]
        kinds = self._letters.class_[starts]
        lengths = np.where(kinds == LETTER, self._ends[words] - starts, 1)
        said = [(row, written) for sort, written in _SPELLED.items() for row in np.flatnonzero(kinds == sort).tolist()]
        if dotted:  # "U.S." is read as "us"
            rows = np.flatnonzero(np.isin(starts, list(dotted)))
            said += [(row, dotted[int(starts[row])].encode("latin-1")) for row in rows.tolist()]
        for row, written in said:
            lengths[row] = len(written)
        begins = np.cumsum(lengths + 1) - lengths
        letters = np.arange(1, int(begins[-1] + lengths[-1]) + 1) + np.repeat(starts - begins, lengths + 1)
        line = np.append(_BLANK, low[np.minimum(letters, len(low) - 1)])
        line[begins - 1] = line[-1] = _BLANK
        marks = np.flatnonzero(kinds != LETTER)
        line[begins[marks]] = _WRITTEN[kinds[marks]]
        for row, written in said:
            line[begins[row] : begins[row] + len(written)] = np.frombuffer(written, np.uint8)
        self.line, self.written, self.begins = line.tobytes().decode("latin-1"), words, np.append(begins, len(line))

    def spelled(self, first: int, last: int) -> list[str]:
        """Words `first` to `last` (exclusive) of a text, as read: in lower case, marks as "." and "," and "@"."""
        rows = slice(first, last)
        starts, ends, marks = self._starts[rows].tolist(), self._ends[rows].tolist(), self.marks[rows].tolist()
        if not starts or not self._line[starts[0] : starts[-1] + 1].isascii() or not self._line[starts[-1] : ends[-1]].isascii():
            return self._spelled_out(marks, np.arange(first, last))
        return [
            _MARKS[mark] if mark else self._line[start:end].replace(".", "") or _SIGNS[self._line[start]]
            for mark, start, end in zip(marks, starts, ends, strict=True)
        ]

    @cached_property
    def _line(self) -> str:
        """The letters of the page."""
        return self._letters.low.tobytes().decode("latin-1")

    def _spelled_out(self, marks: list[int], rows: Ints) -> list[str]:
        """The same where there are pictures or letters beyond a to z: each word is read again as it was written."""
        text = self.text_of[rows]
        starts, ends = self.offsets(text, rows, rows)
        written = self.texts[text[0]] if len(rows) else ""
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
        found: Bools = self._capitals[at]
        return found

    @cached_property
    def _capitals(self) -> Bools:
        codes = self.codes[self._letters.written(self._starts)]
        found: Bools = ((codes >= ord("A")) & (codes <= ord("Z"))) | (codes > _LAST_PLAIN)
        return found

    def is_shouted(self, at: Ints) -> Bools:
        """Whether words go on with a capital too ("GOLF"): then it says nothing of a name."""
        starts = self._starts[at] + 1
        codes = self.codes[self._letters.written(starts)]
        found: Bools = (codes >= ord("A")) & (codes <= ord("Z"))
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

    def beside(self, text: Ints, first: Ints, last: Ints) -> tuple[Ints, Ints]:
        """The codes of the characters before and behind words `first` to `last` of texts; NO_LETTER where there is none.

        Passed over are blanks and what makes a sign a picture before them, and any space behind them.
        """
        begin, end = self.text_begins[text], self.text_begins[text + 1] - 1
        start, stop = self.offsets(text, first, last)
        found = []
        for at, step in ((start + begin - 1, -1), (stop + begin, 1)):
            open_ = np.arange(len(at))
            while len(open_):
                here = at[open_]
                codes = self.codes[here]
                is_over = is_blank(codes) if step > 0 else (codes == _BLANK) | (codes == _OF_PICTURE)
                open_ = open_[(here >= begin[open_]) & (here < end[open_]) & is_over]
                at[open_] += step
            found.append(np.where((at >= begin) & (at < end), self.codes[at].astype(np.int64), NO_LETTER))
        return found[0], found[1]

    def is_tagged(self, at: Ints) -> Bools:
        """Whether words came out of a hashtag."""
        firsts, lasts = self._letters.hashtags
        if not len(firsts):
            return np.zeros(len(at), bool)
        starts, number = self._starts[at], np.searchsorted(firsts, self._starts[at], side="right") - 1
        found: Bools = (number >= 0) & (starts < lasts[number])
        return found

    def stretch(self, at: Ints, lengths: Ints) -> None:
        """Words reach over so many characters: a handle that is a name is more than its sign."""
        self._ends[at] = self._starts[at] + lengths

    def offsets(self, text: Ints, first: Ints, last: Ints) -> tuple[Ints, Ints]:
        """Where words `first` to `last` (inclusive) of texts begin and end, in characters of their text."""
        begin = self.text_begins[text]
        start, end = (self._letters.written(at) for at in (self._starts[first], np.maximum(self._ends[last] - 1, self._starts[last])))
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
        there = self._keys.take(slots)
        is_hit = there == keys
        found, hits = np.full(len(keys), -1), np.flatnonzero(is_hit)
        found[hits] = self._values.take(slots.take(hits))
        pending = np.flatnonzero(~is_hit & (there != 0))
        for probe in range(1, self._probes):
            if not len(pending):
                break
            at = (slots.take(pending) + probe) & self._mask
            there, wanted = self._keys.take(at), keys.take(pending)
            hits = np.flatnonzero(there == wanted)
            found[pending.take(hits)] = self._values.take(at.take(hits))
            pending = pending.take(np.flatnonzero((there != wanted) & (there != 0)))
        return found
