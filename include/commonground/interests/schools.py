"""Names of schools in a text → one tag per school: "Sonoma State University", "University of Mississippi", the market's own."""

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from commonground.config import Market
from commonground.interests.columns import Bools, Page, hash_words, is_among
from commonground.interests.words import normal

if TYPE_CHECKING:
    from commonground.interests.scene import Scene

HEADS = frozenset({"university", "college", "academy", "institute", "polytechnic", "seminary", "conservatory", "school", "high"})
TYPES = frozenset(
    [
        "high",
        "middle",
        "elementary",
        "law",
        "medical",
        "business",
        "nursing",
        "graduate",
        "grad",
        "trade",
        "beauty",
        "art",
        "film",
        "community",
        "junior",
        "culinary",
        "music",
        "state",
    ]
)
VERBS = frozenset(
    [
        "attend",
        "attended",
        "attending",
        "graduate",
        "graduated",
        "at",
        "from",
        "to",
        "went",
        "go",
        "going",
        "alumni",
        "alum",
        "alumnus",
        "alumna",
        "study",
        "studied",
        "studying",
        "enrolled",
        "dropped",
    ]
)
ENDS = frozenset(
    [
        "a",
        "an",
        "the",
        "and",
        "or",
        "in",
        "on",
        "at",
        "to",
        "for",
        "with",
        "by",
        "from",
        "is",
        "are",
        "was",
        "i",
        "my",
        "we",
        "he",
        "she",
        "next",
        "as",
        "but",
        "so",
        "then",
        "now",
        "this",
        "that",
        "of",
        "year",
        "years",
        "when",
        "while",
        "where",
        "last",
        "back",
        "our",
        "your",
        "their",
        "local",
        "online",
        "old",
        "same",
        "small",
        "large",
        "good",
        "private",
        "public",
        "nearby",
        "attend",
        "attended",
        "attending",
        "finish",
        "finished",
        "finishing",
        "graduated",
        "graduating",
        "pay",
    ]
)
_LONGEST = 4  # words of a name before "University"
NEAR = 5  # words before a name in which somebody goes there


def fingerprint(market: Market | None) -> str:
    """A short name for what the market adds to the rules (schools, neighbourhoods, towns)."""
    said = repr((market.schools, market.neighborhoods, market.service_area.cities, market.state)) if market else ""
    return hashlib.sha256(said.encode()).hexdigest()[:8]


class Schools:
    """The market's schools by name, and the shape of every other school's name."""

    def __init__(self, market: Market | None) -> None:
        self.own = {tuple(normal(name).split()): name for name in (market.schools if market else [])}
        self._telling = HEADS | {name[0] for name in self.own if name}
        self._own_hashes = np.sort(hash_words(sorted({name[0] for name in self.own if name})))

    def own_words(self, page: Page) -> Bools:
        """Which words of a page the names of the market's schools begin with."""
        return is_among(page.hashes, self._own_hashes) if len(self._own_hashes) else np.zeros(len(page.hashes), bool)

    def heads_in(self, scene: "Scene") -> set[int]:
        """The texts of a page that may name a school: they hold a word that its name must have, behind words that say who went there."""
        asked = scene.lexicon.asked_for
        at = np.flatnonzero(asked["school_head"][scene.numbers])
        before, word, behind = scene.numbers[at - 1], scene.numbers[at], scene.numbers[at + 1]
        high, school = (scene.lexicon.book.number(head) for head in ("high", "school"))
        is_named = asked["of"][behind] | ~asked["school_end"][before]
        is_named &= ((word != school) | asked["school_type"][before]) & ((word != high) | (behind != school))
        at = at[is_named]
        if len(self._own_hashes):
            at = np.append(at, np.flatnonzero(self.own_words(scene.page)))
        text = scene.text_of[at]
        may = scene.is_name[text] | scene.is_profile[text]
        for step in range(1, _LONGEST + NEAR + 1):
            may |= asked["school_verb"][scene.numbers[np.maximum(at - step, 0)]]
        return set(text[may].tolist())

    def names(self, words: list[str], *, is_entry: bool) -> Iterator[tuple[int, int, str]]:
        """Where names of schools stand among words, and how they read; `is_entry`: in an education entry, not a sentence."""
        taken = -1
        for at, word in enumerate(words):
            if word not in self._telling:
                continue
            own = next((name for name in self.own if tuple(words[at : at + len(name)]) == name), None)
            if own is not None and at > taken:
                taken = at + len(own) - 1
                yield at, at + len(own), self.own[own]
            elif word in HEADS and at > taken:
                span = _span(words, at, is_entry=is_entry)
                if span is not None and span[0] > taken:
                    taken = span[1] - 1
                    yield *span, " ".join(_titled(w) for w in words[span[0] : span[1]])


def is_attended(near: list[str]) -> bool:
    """Whether words before a school's name say that somebody went there."""
    return not VERBS.isdisjoint(near)


def is_job(near: list[str]) -> bool:
    """Whether words before a school's name say that somebody works there."""
    return not {"work", "works", "teach"}.isdisjoint(near)


def identity(label: str) -> str:
    """The id of a school by its name."""
    return "school_" + normal(label).replace(" ", "_")


def _span(words: list[str], at: int, *, is_entry: bool) -> tuple[int, int] | None:
    """From where to where a school's name reaches around its head word."""
    if words[at] == "high" and words[at + 1 : at + 2] == ["school"]:
        return None  # decided at "school"
    if words[at] == "university" and words[at + 1 : at + 2] == ["of"]:
        end = at + 2
        while end < len(words) and end - at < 5 and words[end] not in ENDS and words[end] not in (".", ","):
            end += 1
        return (at, end) if end > at + 2 else None
    start = at
    while start > 0 and at - start < _LONGEST and words[start - 1] not in ENDS and words[start - 1] not in (".", ",", "@"):
        start -= 1
    named = [word for word in words[start:at] if word not in TYPES and word not in VERBS]
    if not named or (words[at] in ("high", "school", "academy", "institute") and not is_entry and len(named) == 0):
        return None
    if words[at] == "school" and (at - start < 2 or words[at - 1] not in TYPES or words[at - 1] == "state"):
        return None
    return start, at + 1


def _titled(word: str) -> str:
    return word if word in ("of", "at", "and", "the") else word.capitalize()
