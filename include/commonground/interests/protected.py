"""`denied.yaml` → what each of its words protects: words that say so by themselves, and patterns around an anchor word.

`guards` has the same for all entries of a lexicon, in columns.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np

from commonground.interests.columns import Bools, Ints
from commonground.interests.edges import edges
from commonground.interests.phrasebook import Phrasebook
from commonground.interests.places import countries
from commonground.interests.taxonomy import Taxonomy

_AGES = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty thirty forty fourty fifty sixty seventy eighty ninety"
).split()  # the first words of the numbers that ages are
_BITS = 63  # of an integer
OF_PLACES = frozenset({"religion", "orientation", "origin"})  # classes whose words are in the names of streets and lakes
NUMBERS = [f"{age}{suffix}" for age in range(120) for suffix in ("", "st", "nd", "rd", "th")]  # "21", "21st"


@dataclass(frozen=True, slots=True)
class Protected:
    """A pattern around an anchor word.

    `before`: the words one of which must stand right before it, `beside`: one of which must stand in the text; None: any.
    """

    class_: str
    pattern: re.Pattern[str]
    before: frozenset[str] | None
    beside: frozenset[str] | None


class Guarded(Protocol):
    """An entry of the lexicon, as far as it protects."""

    denied: tuple[str, ...]
    denied_masks: frozenset[str]
    denied_patterns: tuple[Protected, ...]


@dataclass(frozen=True, slots=True)
class Guards:
    """What the entries of a lexicon protect. Patterns of an entry are rows `first_pattern` and following, `pattern_count` of them."""

    classes: list[str]  # in alphabetical order; columns of classes are in this order
    of_places: Bools  # by class
    says: Bools  # by entry and class: says so by itself
    hides: Bools  # by entry and class: only looks like it
    hides_any: Bools  # by entry
    is_guarded: Bools  # by entry
    first_pattern: Ints
    pattern_count: Ints
    searches: list[Callable[[str, int, int], re.Match[str] | None]]  # by pattern: its search in a line, from here to there
    pattern_class: Ints
    follows: Ints  # by pattern: the row of `may_follow` that says behind which words its anchor is worth a look
    may_follow: Bools
    tells: Ints  # by 63 sorts of words and word: of which of these sorts it is, as bits
    wants: Ints  # by 63 sorts of words and pattern: the sort of which a word must stand in the text, as a bit


def guards(entries: Sequence[Guarded], book: Phrasebook) -> Guards:
    """What entries protect, in columns."""
    classes = sorted({class_ for e in entries for class_ in (*e.denied, *e.denied_masks, *(p.class_ for p in e.denied_patterns))})
    number = {class_: n for n, class_ in enumerate(classes)}
    says, hides = (np.zeros((len(entries), len(classes)), bool) for _ in range(2))
    rows: dict[frozenset[str] | None, int] = {None: 0}  # the first allows any word
    patterns: list[Protected] = []
    counts = np.zeros(len(entries), np.int64)
    for at, entry in enumerate(entries):
        for class_ in entry.denied:
            says[at, number[class_]] = True
        for class_ in entry.denied_masks:
            hides[at, number[class_]] = True
        patterns += entry.denied_patterns
        counts[at] = len(entry.denied_patterns)
    follows = [rows.setdefault(pattern.before, len(rows)) for pattern in patterns]
    tells, wants = _sorts([pattern.beside for pattern in patterns], book)
    return Guards(
        classes=classes,
        of_places=np.array([class_ in OF_PLACES for class_ in classes], bool),
        says=says,
        hides=hides,
        hides_any=np.asarray(hides.any(axis=1)),
        is_guarded=says.any(axis=1) | (counts > 0),
        first_pattern=np.cumsum(counts) - counts,
        pattern_count=counts,
        searches=[pattern.pattern.search for pattern in patterns],
        pattern_class=np.array([number[pattern.class_] for pattern in patterns], np.int64),
        follows=np.array(follows, np.int64),
        may_follow=np.array([np.ones(book.vocabulary_size, bool) if words is None else book.numbers(words) for words in rows]),
        tells=tells,
        wants=wants,
    )


def _sorts(beside: Sequence[frozenset[str] | None], book: Phrasebook) -> tuple[Ints, Ints]:
    """Which sorts of words each word is of, and of which sort each pattern wants one, as bits of as many integers as it takes."""
    sorts = {words: number for number, words in enumerate(dict.fromkeys(words for words in beside if words is not None))}
    tells = np.zeros((len(sorts) // _BITS + 1, book.vocabulary_size), np.int64)
    wants = np.zeros((len(tells), len(beside)), np.int64)
    for words, number in sorts.items():
        tells[number // _BITS, book.numbers(words)] |= 1 << number % _BITS
    for pattern, wanted in enumerate(beside):
        if wanted is not None:
            wants[sorts[wanted] // _BITS, pattern] = 1 << sorts[wanted] % _BITS
    return tells, wants


def add_denied(at: Callable[[str], Guarded | None], taxonomy: Taxonomy) -> None:
    """Adds what is protected to the entries that `at` gives for a phrase."""
    denied = taxonomy.denied
    anchored: dict[str, list[Protected]] = defaultdict(list)
    ages = [*_AGES, *(str(age) for age in range(1, 120))]
    names = {
        "{age}": ages,
        "{nationality}": list(denied.nationalities),
        "{country}": [name for name in countries() if name != "united states"],
    }
    for class_, rules in denied.classes.items():
        for phrase in rules.words:
            entry = at(phrase)
            if entry is not None:
                entry.denied = (*entry.denied, class_)
        for phrase in rules.not_:
            entry = at(phrase)
            if entry is not None:
                entry.denied_masks |= {class_}
        for anchor, patterns in rules.patterns.items():
            among = names.get(str(anchor), [str(anchor)])
            own = {str(anchor).strip("{}"): f"(?:{'|'.join(among)})"}
            found = [_protected(class_, pattern, str(anchor), frozenset(among), {**denied.macros, **own}) for pattern in patterns]
            for word in among:
                anchored[word] += found
    for word, patterns_ in anchored.items():
        entry = at(word)
        if entry is not None:
            entry.denied_patterns = tuple(patterns_)


def _protected(class_: str, pattern: str, anchor: str, anchors: frozenset[str], macros: dict[str, str]) -> Protected:
    start = pattern.find("{number}" if anchor == "{age}" else anchor)
    head = re.sub(r"\(\?<[!=][^)]*\)", "", _written_out(pattern[: max(start, 0)], macros))
    tokens = set(re.findall(r"[a-z0-9]+", re.sub(r"\\[bd]", " ", head)))
    if "\\d" in head:
        tokens |= set(NUMBERS)
    before = frozenset(tokens | {token + "s" for token in tokens}) if "\\w" not in head else frozenset()
    compiled = _compiled(_written_out(pattern, macros))
    beside = next((words for words in edges(compiled) if words is not None and words.isdisjoint(anchors)), None)
    return Protected(class_, compiled, before or None, beside)


def _written_out(pattern: str, macros: dict[str, str]) -> str:
    for _ in range(3):
        for name, text in macros.items():
            pattern = pattern.replace("{" + name + "}", text)
    return pattern


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(rf" (?:{pattern})(?= |\b)")  # with the blank before: a literal first is found fast
