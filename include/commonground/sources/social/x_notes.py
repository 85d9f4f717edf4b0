"""The long posts of an X archive (`note-tweet.js`) → the full text of each post that `tweets.js` cuts short.

The two files share no id. A long post is the one of its time that begins with the same words; mentions before them and
addresses in them may differ.
"""

import datetime as dt
import html
import re
from collections import defaultdict
from collections.abc import Iterable

from commonground.sources.social.elements import CannotReadError, Element, id_of, inner, moment_of, text_of
from commonground.sources.text import iso_moment

# What X cuts off is longer than any post was before: 280 characters, a few less for an address at the end.
SHORTEST_CUT = 200
_APART = dt.timedelta(minutes=1)  # the two files were written one after the other
_FIRST_LETTERS = 60
_UNSTABLE = re.compile(r"^(?:@\w+\s+)+|https?://\S+|[\W_]+")


class Notes:
    """The long posts of one archive, to be asked for by their beginning."""

    def __init__(self, notes: Iterable[Element]) -> None:
        self._texts: dict[str, list[tuple[dt.datetime | None, str, str]]] = defaultdict(list)
        self._told: set[str] = set()
        for note in notes:
            try:
                number, at, text = read_note(note)
            except CannotReadError:
                continue  # refused where its file is read
            self._texts[_beginning(text)].append((at, number, text))

    def full(self, text: str, at: dt.datetime | None) -> str:
        """The full text of a post, or the text itself if it is not cut."""
        if len(text) < SHORTEST_CUT or not self._texts:
            return text
        for moment, number, whole in self._texts.get(_beginning(text), ()):
            if len(whole) > len(text) - 60 and (at is None or moment is None or abs(moment - at) <= _APART):
                self._told.add(number)
                return whole
        return text

    def is_told(self, number: str) -> bool:
        """Whether a long post was given as the text of its post."""
        return number in self._told


def read_note(note: Element) -> tuple[str, dt.datetime | None, str]:
    """Id, moment and words of a long post; raises `CannotReadError`."""
    number, text = id_of(note.content, "noteTweetId"), html.unescape(text_of(inner(note.content, "core") or {}, "text"))
    if not text or not number:
        raise CannotReadError("missing_text", "a long post without words or id")
    return number, moment_of(note.content, "createdAt", reader=iso_moment), text


def _beginning(text: str) -> str:
    return _UNSTABLE.sub("", text[: _FIRST_LETTERS * 5]).casefold()[:_FIRST_LETTERS]
