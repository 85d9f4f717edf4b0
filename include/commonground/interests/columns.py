"""Many texts → one page of words in columns: a number for every word we know, and where each stood.

Plain texts are cut into words all at once, over the bytes of the whole page; texts with hashtags, handles, accents or
abbreviations are split one by one (`words.split`) and written into the page as the words they gave. Between two texts
stands a separator, which ends sentences and clauses, so that nothing reaches from one text into the next.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from commonground.interests.words import Words, split

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Hashes = npt.NDArray[np.uint64]

UNKNOWN, SEPARATOR, STOP, PAUSE, HANDLE = range(5)  # the first numbers of words; those we know follow
FIRST_WORD = 5
_OTHER, _ALNUM, _APOSTROPHE, _DOT, _COMMA, _HYPHEN, _SEP, _AT = range(8)  # what a byte is
_MARK_OF = np.array([UNKNOWN, UNKNOWN, UNKNOWN, STOP, PAUSE, PAUSE, SEPARATOR, HANDLE])
_WRITTEN = np.frombuffer(b" \x1e.,@", np.uint8)  # how each mark stands in a line of words
_SEPARATOR = "\x1e"


def _classes() -> npt.NDArray[np.uint8]:
    table = np.zeros(256, np.uint8)
    table[128:] = _ALNUM  # letters that are not ASCII, in texts that were split one by one
    for characters, class_ in (
        (b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", _ALNUM),
        (b"'", _APOSTROPHE),
        (b".!?;\n|", _DOT),
        (b",:()[]/", _COMMA),
        (b"-", _HYPHEN),
        (b"\x1e", _SEP),
        (b"@", _AT),
    ):
        table[list(characters)] = class_
    return table


_CLASS = _classes()
_LOWER = np.arange(256, dtype=np.uint8)
_LOWER[ord("A") : ord("Z") + 1] += 32
_SPACE = np.zeros(256, bool)
_SPACE[[9, 10, 11, 12, 13, 32]] = True
_NOT_PLAIN = np.zeros(256, bool)
_NOT_PLAIN[list(b"#@`&\x1c\x1d\x1e\x1f")] = True
_ABBREVIATIONS = frozenset(a * 256 + b for a, b in (b"st", b"mt", b"ft", b"dr", b"mr", b"ms", b"jr", b"sr", b"vs"))
_IS_ABBREVIATION = np.zeros(65536, bool)
_IS_ABBREVIATION[list(_ABBREVIATIONS)] = True


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
    data = np.frombuffer("".join(words).encode() or b" ", np.uint8)
    lengths = np.array([len(word.encode()) for word in words], np.int64)
    ends = np.cumsum(lengths)
    return _hashes(data, ends - lengths, ends)


def _hashes(data: npt.NDArray[np.uint8], starts: Ints, ends: Ints) -> Hashes:
    up, down = _POWERS.upto(len(data) + 1)
    sums = np.zeros(len(data) + 1, np.uint64)
    np.cumsum(_BYTE_HASH[data] * up[: len(data)], out=sums[1:])
    return (sums[ends] - sums[starts]) * down[starts]


def is_among(hashes: Hashes, known: Hashes) -> Bools:
    """Which of some hashes are among known ones, which ascend."""
    at = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
    found: Bools = known[at] == hashes
    return found


class Page:
    """Texts as columns of words. Word `i` has `hashes[i]`, `marks[i]` (number of a mark, else 0); text `t` is `bounds[t]+1:bounds[t+1]`."""

    def __init__(self, texts: Sequence[str], known: frozenset[str], is_name: Sequence[bool]) -> None:
        self.texts = texts
        self.split: dict[int, Words] = {}
        parts = list(texts)
        for number in _not_plain(texts):
            words = split(texts[number], known)
            self.split[number] = words
            parts[number] = " ".join(words.words)
        raw = np.frombuffer((_SEPARATOR + _SEPARATOR.join(parts) + _SEPARATOR).encode(), np.uint8)
        self._cut(raw)
        if any(is_name):
            self._drop_pauses(np.asarray(is_name, bool))
        self._tagged: Bools | None = None
        self._line: tuple[bytes, Ints] | None = None

    def _cut(self, raw: npt.NDArray[np.uint8]) -> None:
        class_ = _CLASS[raw]
        inside = np.flatnonzero(class_ == _APOSTROPHE)
        inside = inside[(class_[inside - 1] == _ALNUM) & (class_[inside + 1] == _ALNUM)]
        self._at: Ints | None = None  # where in the page each byte that was kept stood
        if len(inside):
            keep = np.ones(len(raw), bool)
            keep[inside] = False
            self._at = np.flatnonzero(keep)
            raw, class_ = raw[keep], class_[keep]
        hyphens = np.flatnonzero(class_ == _HYPHEN)
        if len(hyphens):
            alone = _SPACE[raw[hyphens - 1]] & _SPACE[raw[hyphens + 1]]
            class_[hyphens[~alone]] = _OTHER
        before = np.empty_like(class_)
        before[0], before[1:] = _OTHER, class_[:-1]
        is_start = (class_ != _OTHER) & (class_ != _APOSTROPHE) & ((class_ != before) | (class_ >= _HYPHEN))
        starts = np.flatnonzero(is_start)
        kinds = class_[starts]
        self.marks = _MARK_OF[kinds]
        is_word = kinds == _ALNUM
        changes = np.flatnonzero((class_[:-1] == _ALNUM) & (class_[1:] != _ALNUM)) + 1  # the page ends with a separator
        self._starts = starts
        self._ends = starts.copy()
        self._ends[is_word] = changes
        self.hashes = _hashes(_LOWER[raw], self._starts, self._ends)
        self.bounds = np.flatnonzero(self.marks == SEPARATOR)
        self._firsts = self.bounds  # first word of each text, before any was left out
        self._kept: Ints | None = None
        self._raw = raw

    def _drop_pauses(self, is_name: Bools) -> None:
        """In a name a pause separates nothing ("Magic: The Gathering")."""
        of = np.cumsum(self.marks == SEPARATOR) - 1
        drop = (self.marks == PAUSE) & np.append(is_name, False)[of]
        if not drop.any():
            return
        self._kept = np.flatnonzero(~drop)
        self.marks, self.hashes = self.marks[self._kept], self.hashes[self._kept]
        self._starts, self._ends = self._starts[self._kept], self._ends[self._kept]
        self.bounds = np.flatnonzero(self.marks == SEPARATOR)

    @property
    def text_of(self) -> Ints:
        """The text of each word (that of a separator is the text behind it)."""
        return np.cumsum(self.marks == SEPARATOR) - 1

    def line(self) -> tuple[bytes, Ints]:
        """All words of the page with a blank behind each, in lower case; and where in that line each word begins."""
        if self._line is None:
            is_word = self.marks == UNKNOWN
            lengths = np.where(is_word, self._ends - self._starts, 1)
            begins = np.cumsum(lengths + 1) - lengths - 1
            written = np.full(int(begins[-1] + lengths[-1] + 1), ord(" "), np.uint8)
            long = lengths[is_word]
            steps = np.arange(int(long.sum())) - np.repeat(np.cumsum(long) - long, long)
            written[np.repeat(begins[is_word], long) + steps] = _LOWER[self._raw[np.repeat(self._starts[is_word], long) + steps]]
            written[begins[~is_word]] = _WRITTEN[self.marks[~is_word]]
            self._line = (written.tobytes(), begins)
        return self._line

    def words_of(self, text: int) -> list[str]:
        """The words of a text, as read."""
        line, begins = self.line()
        first, last = int(self.bounds[text]) + 1, int(self.bounds[text + 1])
        return line[begins[first] : begins[last] - 1].decode().split(" ") if first < last else []

    def is_title(self, text: int, first: int, last: int) -> bool:
        """Whether words `first` to `last` (exclusive) are written with capitals ("The Crown") in a text that is not all capitals."""
        at = np.arange(first, last)
        starts, _ = self.offsets(np.full(len(at), text), at, at)
        written = self.texts[text]
        return not written.isupper() and all(written[start].isupper() for start in starts.tolist())

    def tagged(self) -> Bools:
        """Whether each word came out of a hashtag."""
        if self._tagged is None:
            marked = np.zeros(len(self.marks), bool)
            for number, words in self.split.items():
                if words.tagged:
                    at = self._firsts_of(number) + np.array(sorted(words.tagged))
                    if self._kept is not None:
                        at = np.searchsorted(self._kept, at)
                    marked[at] = True
            self._tagged = marked
        return self._tagged

    def _firsts_of(self, text: int) -> int:
        return int(self._firsts[text]) + 1

    def offsets(self, text: Ints, first: Ints, last: Ints) -> tuple[Ints, Ints]:
        """Where words `first` to `last` (inclusive) of texts begin and end, in characters of their text."""
        start, end = self._starts[first], self._ends[last] - 1
        if self._at is not None:
            start, end = self._at[start], self._at[end]
        begin = self._starts[self.bounds[text]]
        if self._at is not None:
            begin = self._at[begin]
        starts, ends = start - begin - 1, end - begin
        for row in np.flatnonzero(np.isin(text, np.fromiter(self.split, np.int64, len(self.split)))) if self.split else ():
            number = int(text[row])
            words, a, b = self.split[number], int(first[row]), int(last[row])
            if self._kept is not None:
                a, b = int(self._kept[a]), int(self._kept[b])
            base = self._firsts_of(number)
            starts[row], ends[row] = words.starts[a - base], words.ends[b - base]
        return starts, ends


def _not_plain(texts: Sequence[str]) -> list[int]:
    """The texts that want to be split one by one."""
    odd = {number for number, text in enumerate(texts) if not text.isascii()}
    plain = [text if text.isascii() else "" for text in texts] if odd else texts
    data = np.frombuffer(("    " + " ".join(plain) + "  ").encode(), np.uint8)
    low = _LOWER[data]
    class_ = _CLASS[data]
    dots = np.flatnonzero(data == ord("."))
    two = low[dots - 2].astype(np.int64) * 256 + low[dots - 1]
    is_missis = (two == ord("r") * 256 + ord("s")) & (low[dots - 3] == ord("m")) & (class_[dots - 4] != _ALNUM)
    is_short = (_IS_ABBREVIATION[two] & (class_[dots - 3] != _ALNUM)) | is_missis
    found = [dots[(class_[dots + 1] == _ALNUM) | (data[dots + 1] == ord("_")) | is_short]]
    found.append(np.flatnonzero(_NOT_PLAIN[data]))
    slashes = np.flatnonzero(data == ord(":"))
    found.append(slashes[data[slashes + 1] == ord("/")])
    ticks = np.flatnonzero(data == ord("'"))
    found.append(ticks[data[ticks + 1] == ord("'")])
    at = np.concatenate(found)
    if len(at):
        ends = 4 + np.cumsum([len(text) + 1 for text in plain])
        odd |= set(np.searchsorted(ends, at, side="right").tolist())
    return sorted(odd)


def lookup_table(keys: Hashes, values: npt.NDArray[Any]) -> "Table":
    """An open hash table of numbers; a key that comes twice keeps its last value."""
    return Table(keys, values)


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
