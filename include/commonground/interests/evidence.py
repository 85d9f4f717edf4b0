"""Where interests stand in texts → the stretches that may be quoted: their sentences, cut clear of protected statements."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from commonground.interests.columns import Bools, Ints

LONGEST_QUOTE = 280  # characters; what fits on a card without folding
# Words that mean nothing at the edge of a quote cut out of a sentence.
_LEFT = re.compile(
    r"^(?:[\s,;:.!?)\]–—-]+|(?:and|but|or|who|so|also|then|with|i am|i'm)\b(?=\s*[,;]|\s+(?:and|but|or|who|so)\b))+", re.IGNORECASE
)
_RIGHT = re.compile(
    r"(?:[\s,;:(\[–—-]+|\s+(?:and|but|or|with|my|our|a|an|the|for|to|of|as|because|i|i'm|am|her|his|their|is|are|in|at|me|who|we))+$",
    re.IGNORECASE,
)
_SPACES = np.array(
    [9, 10, 11, 12, 13, 28, 29, 30, 31, 32, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000]
)
_ENDS = np.array([ord(character) for character in ".!?"])
_LINE = ord("\n")


@dataclass(frozen=True, slots=True)
class Quote:
    """`text[start:end]` may be quoted; something of the sentence was left out before or after it."""

    start: int
    end: int
    is_cut_before: bool
    is_cut_after: bool

    def of(self, text: str) -> str:
        """The quote, with an ellipsis where it is cut."""
        return f"{'…' if self.is_cut_before else ''}{text[self.start : self.end]}{'…' if self.is_cut_after else ''}"


@dataclass(slots=True)
class Quotes:
    """Quotes in columns; `is_free` is False where a protected statement is in the way."""

    start: Ints
    end: Ints
    is_cut_before: Bools
    is_cut_after: Bools
    is_free: Bools


def quote(text: str, start: int, end: int, denied: list[tuple[int, int]]) -> Quote | None:
    """The quote around `text[start:end]`, at most `LONGEST_QUOTE` characters; None if a protected statement is in the way."""
    spans = np.array(denied, np.int64).reshape(-1, 2)
    zero = np.zeros(1, np.int64)
    found = quotes([text], zero, zero + start, zero + end, np.zeros(len(spans), np.int64), spans[:, 0], spans[:, 1])
    if not found.is_free[0]:
        return None
    return Quote(int(found.start[0]), int(found.end[0]), bool(found.is_cut_before[0]), bool(found.is_cut_after[0]))


def quotes(texts: Sequence[str], text: Ints, start: Ints, end: Ints, denied_text: Ints, denied_start: Ints, denied_end: Ints) -> Quotes:
    """The quote around `texts[text][start:end]` of each row, clear of the protected stretches of its text."""
    used = np.unique(text)
    lengths = np.array([len(texts[number]) for number in used.tolist()], np.int64)
    base = np.zeros(len(texts), np.int64)  # where each text begins among those that are used, set apart by line ends
    base[used] = np.cumsum(lengths + 1) - lengths
    last_of = np.zeros(len(texts), np.int64)
    last_of[used] = base[used] + lengths
    joined = "\n" + "\n".join(texts[number] for number in used.tolist()) + "\n"
    letters = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    is_space = np.isin(letters, _SPACES) if letters.max(initial=0) > 127 else _IS_SPACE[letters]
    start, end = start + base[text], end + base[text]
    first, last, is_line = _sentences(letters, is_space, start, end)
    to = np.minimum(np.where(is_line, last, last + 1), last_of[text])
    from_, here = first, np.isin(denied_text, used)
    d_start, d_end = (column[here] + base[denied_text[here]] for column in (denied_start, denied_end))
    from_, to, is_free = _clear(from_, to, start, end, d_start, d_end)
    full_from, full_to = first, np.minimum(np.where(is_line, last, last + 1), last_of[text])
    for row in np.flatnonzero(to - from_ > LONGEST_QUOTE).tolist():
        a, b = int(start[row]), int(end[row])
        spare = max(0, LONGEST_QUOTE - (b - a)) // 2
        from_[row], to[row] = _window(joined, int(from_[row]), int(to[row]), a, b, max(int(from_[row]), a - spare))
    cut_before, cut_after = from_ > full_from, to < full_to
    letters_at = np.flatnonzero(~is_space)
    if len(letters_at):
        from_ = np.minimum(letters_at[np.minimum(np.searchsorted(letters_at, from_), len(letters_at) - 1)], start)
        to = np.maximum(letters_at[np.maximum(np.searchsorted(letters_at, to) - 1, 0)] + 1, end)
    for row in np.flatnonzero(is_free & (cut_before | cut_after)).tolist():
        if cut_before[row] and (match := _LEFT.match(joined[from_[row] : start[row]])):
            from_[row] += match.end()
        if cut_after[row] and (match := _RIGHT.search(joined[end[row] : to[row]])):
            to[row] = end[row] + match.start()
    return Quotes(from_ - base[text], to - base[text], cut_before, cut_after, is_free)


_IS_SPACE = np.isin(np.arange(128), _SPACES)


def _sentences(letters: np.ndarray, is_space: Bools, start: Ints, end: Ints) -> tuple[Ints, Ints, Bools]:
    """Behind which letter the sentences of rows begin, with which they end, and whether that is the end of a line."""
    is_line = letters == _LINE
    is_end = np.isin(letters, _ENDS)
    closes = is_line.copy()
    closes[:-1] |= is_end[:-1] & is_space[1:]
    at = np.flatnonzero(closes)
    first = at[np.searchsorted(at, start) - 1] + 1
    first = np.where(is_end[start - 1], start, first)
    last = at[np.searchsorted(at, end)]
    return first, last, is_line[last]


def _clear(from_: Ints, to: Ints, start: Ints, end: Ints, d_start: Ints, d_end: Ints) -> tuple[Ints, Ints, Bools]:
    """The same stretches, ending where a protected one begins and beginning where one ends."""
    from_, to, is_free = from_.copy(), to.copy(), np.ones(len(start), bool)
    if not len(d_start):
        return from_, to, is_free
    order = np.argsort(d_end, kind="stable")
    d_start, d_end = d_start[order], d_end[order]
    position = np.searchsorted(d_end, start, side="right")
    earlier = position > 0
    from_[earlier] = np.maximum(from_[earlier], d_end[position[earlier] - 1])
    soonest = np.minimum.accumulate(d_start[::-1])[::-1]
    later = position < len(d_start)
    to[later] = np.minimum(to[later], soonest[position[later]])
    is_free[later] = soonest[position[later]] >= end[later]
    return from_, to, is_free


def _window(text: str, from_: int, to: int, start: int, end: int, at: int) -> tuple[int, int]:
    """A window of whole words around `text[start:end]`, if that itself is not too long."""
    stop = max(end, min(to, at + LONGEST_QUOTE))
    if at > from_:
        space = text.find(" ", at, start)
        at = space + 1 if space >= 0 else start
    if stop < to:
        space = text.rfind(" ", end, stop)
        stop = space if space >= 0 else end
    return at, stop
