"""Where interests stand in texts → the stretches that may be quoted: their sentences, cut clear of protected statements."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from commonground.interests.letters import BLANKS, Bools, Codes, Ints, is_blank, page_of

LONGEST_QUOTE = 280  # characters; what fits on a card without folding
# Words that mean nothing at the edge of a quote cut out of a sentence.
_LEFT = re.compile(
    r"^(?:[\s,;:.!?)\]–—-]+|(?:and|but|or|who|so|also|then|with|i am|i'm)\b(?=\s*[,;]|\s+(?:and|but|or|who|so)\b))+", re.IGNORECASE
)
_RIGHT = frozenset("and but or with my our a an the for to of as because i i'm am her his their is are in at me who we".split())
_APART = ",;:([–—-" + "".join(map(chr, BLANKS))  # signs that mean nothing at its end
_ENDS = _LINE, _BANG, _DOT, _ASKS = tuple(map(ord, "\n!.?"))
_BLANK = ord(" ")


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
    found = quotes([text], *page_of([text]), zero, zero + start, zero + end, np.zeros(len(spans), np.int64), spans[:, 0], spans[:, 1])
    if not found.is_free[0]:
        return None
    return Quote(int(found.start[0]), int(found.end[0]), bool(found.is_cut_before[0]), bool(found.is_cut_after[0]))


def quotes(
    texts: Sequence[str],
    letters: Codes,
    begins: Ints,
    text: Ints,
    start: Ints,
    end: Ints,
    denied_text: Ints,
    denied_start: Ints,
    denied_end: Ints,
) -> Quotes:
    """The quote around `texts[text][start:end]` of each row, clear of the protected stretches of its text.

    `letters` and `begins`: the characters of the texts and where each text begins among them (`page_of`).
    """
    letters = letters.copy()
    letters[begins - 1] = _LINE
    base, last_of = begins[:-1], begins[1:] - 1
    start, end = start + base[text], end + base[text]
    first, last, is_line = _sentences(letters, start, end)
    full_to = np.minimum(np.where(is_line, last, last + 1), last_of[text])
    from_, to, is_free = _clear(first, full_to, start, end, denied_start + base[denied_text], denied_end + base[denied_text])
    for row in np.flatnonzero(to - from_ > LONGEST_QUOTE).tolist():
        a, b, of = int(start[row]), int(end[row]), int(base[text[row]])
        spare = max(0, LONGEST_QUOTE - (b - a)) // 2
        at = max(int(from_[row]), a - spare)
        cut = _window(texts[text[row]], int(from_[row]) - of, int(to[row]) - of, a - of, b - of, at - of)
        from_[row], to[row] = cut[0] + of, cut[1] + of
    cut_before, cut_after = from_ > first, to < full_to
    _skip(letters, from_, start, 0, 1)
    _skip(letters, to, end, -1, -1)
    to = np.maximum(to, end)
    from_, to, start, end = (side - base[text] for side in (from_, to, start, end))
    for row in np.flatnonzero(is_free & (cut_before | cut_after)).tolist():
        whole = texts[text[row]]
        if cut_before[row] and (match := _LEFT.match(whole[from_[row] : start[row]])):
            from_[row] += match.end()
        if cut_after[row]:
            to[row] = end[row] + len(_without_end(whole[end[row] : to[row]]))
    return Quotes(from_, to, cut_before, cut_after, is_free)


def _without_end(text: str) -> str:
    """What is left of the end of a quote without signs and words that mean nothing there."""
    while True:
        text = text.rstrip(_APART)
        word = text.rsplit(None, 1)[-1] if text else ""
        if len(word) == len(text) or word.lower() not in _RIGHT:
            return text
        text = text[: -len(word)]


def _skip(letters: Codes, at: Ints, until: Ints, beside: int, step: int) -> None:
    """Moves positions over blanks (the letter looked at is `beside` them), no further than until."""
    open_ = np.arange(len(at))
    while len(open_):
        open_ = open_[((until[open_] - at[open_]) * step > 0) & is_blank(letters[at[open_] + beside])]
        at[open_] += step


def _sentences(letters: Codes, start: Ints, end: Ints) -> tuple[Ints, Ints, Bools]:
    """Behind which letter the sentences of rows begin, with which they end, and whether that is the end of a line."""
    at = np.flatnonzero((letters <= _ASKS) & (letters != _BLANK))  # few are
    at = at[np.isin(letters[at], _ENDS)]
    is_line = letters[at] == _LINE
    closes = is_line | is_blank(letters[np.minimum(at + 1, len(letters) - 1)])
    at, is_line = at[closes], is_line[closes]
    first = at[np.searchsorted(at, start) - 1] + 1
    before = letters[start - 1]
    first = np.where((before == _DOT) | (before == _BANG) | (before == _ASKS), start, first)
    last = np.searchsorted(at, end)
    return first, at[last], is_line[last]


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
