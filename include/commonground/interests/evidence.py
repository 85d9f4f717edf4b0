"""Where an interest stands in a text → the stretch that may be quoted: its sentence, cut clear of protected statements."""

import re
from dataclasses import dataclass

LONGEST_QUOTE = 280  # characters; what fits on a card without folding
_END = re.compile(r"[.!?](?=\s|$)|\n")
# Words that mean nothing at the edge of a quote cut out of a sentence.
_LEFT = re.compile(
    r"^(?:[\s,;:.!?)\]–—-]+|(?:and|but|or|who|so|also|then|with|i am|i'm)\b(?=\s*[,;]|\s+(?:and|but|or|who|so)\b))+", re.IGNORECASE
)
_RIGHT = re.compile(
    r"(?:[\s,;:(\[–—-]+|\s+(?:and|but|or|with|my|our|a|an|the|for|to|of|as|because|i|i'm|am|her|his|their|is|are|in|at|me|who|we))+$",
    re.IGNORECASE,
)


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


def quote(text: str, start: int, end: int, denied: list[tuple[int, int]]) -> Quote | None:
    """The quote around `text[start:end]`, at most `LONGEST_QUOTE` characters; None if a protected statement is in the way."""
    if any(a < end and start < b for a, b in denied):
        return None
    first = max((m.end() for m in _END.finditer(text, 0, start)), default=0)
    after = _END.search(text, end)
    last = len(text) if after is None else after.end() if text[after.start()] != "\n" else after.start()
    from_, to = first, last
    for a, b in denied:
        if b <= start:
            from_ = max(from_, b)
        else:
            to = min(to, a)
    if to - from_ > LONGEST_QUOTE:
        spare = max(0, LONGEST_QUOTE - (end - start))
        from_, to = _window(text, from_, to, start, end, max(from_, start - spare // 2))
    is_cut_before, is_cut_after = from_ > first, to < last
    from_ += len(text[from_:start]) - len(text[from_:start].lstrip())
    if is_cut_before and (match := _LEFT.match(text[from_:start])):
        from_ += match.end()
    if is_cut_after and (match := _RIGHT.search(text[end:to])):
        to = end + match.start()
    to -= len(text[end:to]) - len(text[end:to].rstrip())
    return Quote(from_, to, is_cut_before, is_cut_after)


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
