"""Names of schools in a text → one tag per school: "Sonoma State University", "University of Mississippi", the market's own."""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from commonground.config import Market
from commonground.interests.columns import Bools, Ints, Page, hash_words, is_among, keys_of, phrase_keys
from commonground.interests.words import normal

if TYPE_CHECKING:
    from commonground.interests.scene import Scene

HEADS = frozenset({"university", "college", "academy", "institute", "polytechnic", "seminary", "conservatory", "school", "high", "u"})
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
JOBS = frozenset({"work", "works", "teach"})
GRADUATES = frozenset({"grad", "grads", "graduate", "alum", "alumni", "alumna", "alumnus", "dropout", "freshman", "sophomore", "student"})
_LONGEST = 4  # words of a name before "University", or behind "University of"
_NEAR = 5  # words before a name in which somebody goes there


def fingerprint(market: Market | None) -> str:
    """A short name for what the market adds to the rules (schools, neighbourhoods, towns)."""
    said = repr((market.schools, market.neighborhoods, market.service_area.cities, market.state)) if market else ""
    return hashlib.sha256(said.encode()).hexdigest()[:8]


class Schools:
    """The market's schools by name, and the shape of every other school's name."""

    def __init__(self, market: Market | None) -> None:
        self.own = {tuple(normal(name).split()): name for name in (market.schools if market else []) if normal(name)}
        self._own_hashes = np.sort(hash_words(sorted({name[0] for name in self.own})))

    def own_words(self, page: Page) -> Bools:
        """Which words of a page the names of the market's schools begin with."""
        return is_among(page.hashes, self._own_hashes) if len(self._own_hashes) else np.zeros(len(page.hashes), bool)

    def named(self, scene: "Scene", is_silent: Bools, is_entry: Bools) -> tuple[Ints, Ints]:
        """From which word to which (exclusive) the schools of a page are named, in order; of two that overlap the first.

        Texts that are `is_silent` name none; in an entry of one's education (`is_entry`) nobody has to say that they went there.
        """
        own, own_end = self._own(scene)
        heads, start, end = _shaped(scene)
        other = np.flatnonzero(~np.isin(heads, own) & (end > start))
        at = np.concatenate([own, heads[other]])
        start, end = np.concatenate([own, start[other]]), np.concatenate([own_end, end[other]])
        order = np.argsort(at, kind="stable")
        chosen, taken = [], -1
        for row, from_, to in zip(order.tolist(), start[order].tolist(), end[order].tolist(), strict=True):
            if from_ > taken:
                chosen.append(row)
                taken = to - 1
        start, end = start[chosen], end[chosen]
        text = scene.text_of[start]
        listed = scene.is_name[text] | scene.is_profile[text]
        told = np.flatnonzero(~is_silent[text] & (is_entry[text] | _is_told(scene, start, end, listed)))
        return start[told], end[told]

    def label(self, words: Sequence[str]) -> str:
        """How the name of a school reads."""
        return self.own.get(tuple(words)) or " ".join(word if word in _SMALL else word.capitalize() for word in words)

    def _own(self, scene: "Scene") -> tuple[Ints, Ints]:
        """Where the market's schools are named, in order; of several at one place the one that stands first among them."""
        found: dict[int, int] = {}
        at = np.flatnonzero(self.own_words(scene.page))
        for name in self.own if len(at) else ():
            keys = phrase_keys(scene.page.hashes, at[at + len(name) <= len(scene.page.hashes)], len(name))
            for first in at[np.flatnonzero(keys == keys_of(hash_words(name), np.array([len(name)])))].tolist():
                found.setdefault(first, first + len(name))
        start = np.array(sorted(found), np.int64)
        return start, np.array([found[first] for first in start.tolist()], np.int64)


def _shaped(scene: "Scene") -> tuple[Ints, Ints, Ints]:
    """The words of a page that the name of a school must have, and from where to where its name reaches around each (or nowhere)."""
    asked, numbers = scene.lexicon.asked_for, scene.numbers
    university, high, school, state, u = (scene.lexicon.book.number(word) for word in ("university", "high", "school", "state", "u"))
    ends, types = asked["school_end"], asked["school_type"]
    at = np.flatnonzero(asked["school_head"].take(numbers))
    word, before, behind = numbers[at], numbers[at - 1], numbers[at + 1]
    is_of = (word == university) & asked["of"][behind]
    start, end = at.copy(), at + np.where(is_of, 2, 1)
    open_ = np.flatnonzero(is_of)
    for _ in range(_LONGEST - 1):
        open_ = open_[~ends[numbers[end[open_]]]]
        end[open_] += 1
    has_name = end > at + 2
    open_ = np.flatnonzero(~is_of)
    for _ in range(_LONGEST):
        open_ = open_[~ends[numbers[start[open_] - 1]]]
        start[open_] -= 1
        has_name[open_] |= ~(types | asked["school_verb"])[numbers[start[open_]]]
    is_typed = types[before] & (before != state) & (at - start >= 2)  # a bare "school" is none: "law school"
    has_name &= is_of | (((word != school) | is_typed) & ((word != high) | (behind != school)))
    is_capital = scene.page.is_capital
    has_name &= (word != u) | is_capital(at) & is_capital(at - 1)  # "Southern U", but not "miss u"
    return at, start, np.where(has_name, end, start)


def _is_told(scene: "Scene", start: Ints, end: Ints, is_listed: Bools) -> Bools:
    """Whether words before names of schools, or behind ("Southern U grad"), say that somebody went there and not that they work there.

    In a list nobody has to say so.
    """
    asked, first = scene.lexicon.asked_for, scene.page.bounds[scene.text_of[start]]
    told, is_job = is_listed | asked["school_graduate"][scene.numbers[end]], np.zeros(len(start), bool)
    for step in range(1, _NEAR + 1):
        near = scene.numbers[np.maximum(start - step, first)]  # at the latest the separator before the text
        told |= asked["school_verb"][near]
        is_job |= asked["school_job"][near]
    return told & ~is_job


_SMALL = frozenset({"of", "at", "and", "the"})


def identity(label: str) -> str:
    """The id of a school by its name."""
    return "school_" + normal(label).replace(" ", "_")
