"""`denied.yaml` → what each of its words protects: words that say so by themselves, and patterns around an anchor word.

`guards` has the same for all entries of a lexicon, in columns.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol

import numpy as np
import numpy.typing as npt

from commonground.errors import ConfigError
from commonground.interests.columns import FIRST_WORD, SEPARATOR, UNKNOWN, Bools, Ints
from commonground.interests.edges import DIGITS, MARK, edges
from commonground.interests.heads import BEHIND_MARK, NOWHERE, Around, Head, alternatives, around, may_hold
from commonground.interests.phrasebook import Phrasebook
from commonground.interests.places import countries
from commonground.interests.taxonomy import Taxonomy
from commonground.interests.words import ASKED_FOR

_AGES = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty thirty forty fourty fifty sixty seventy eighty ninety"
).split()  # the first words of the numbers that ages are
_BITS = 63  # of an integer
Search = Callable[[str, int, int], re.Match[str] | None]
OF_PLACES = frozenset({"religion", "orientation", "origin"})  # classes whose words are in the names of streets and lakes
NUMBERS = [f"{age}{suffix}" for age in range(120) for suffix in ("", "st", "nd", "rd", "th")]  # "21", "21st"
PASSES, BEGINS, SECOND = (
    1,
    2,
    4,
)  # what a word beside an anchor tells, as bits: look further, a match may begin (or end), stands next to that word
_OTHER, _MARK, _START, _NUMBER, FIRST_KNOWN = range(5)  # what words are to patterns: those they tell apart follow


@dataclass(frozen=True, slots=True)
class Protected:
    """A pattern around an anchor word, and what it protects.

    `beside`: the words one of which must stand in the sentence; None: any.
    """

    classes: frozenset[str]
    pattern: re.Pattern[str]
    around: Around
    beside: frozenset[str] | None


class Guarded(Protocol):
    """An entry of the lexicon, as far as it protects."""

    denied: tuple[str, ...]
    denied_masks: frozenset[str]
    denied_patterns: tuple[Protected, ...]


@dataclass(frozen=True, slots=True)
class Guards:
    """What the entries of a lexicon protect.

    Patterns stand in chunks that entries share: chunk `first_chunk` of an entry and those behind it, `chunk_count` in all. Bit `n` of
    `follows` and `precedes` is pattern `first_pattern` + `n` of a chunk.
    """

    classes: list[str]  # in alphabetical order; columns of classes are in this order
    of_places: Bools  # by class
    says: Bools  # by entry and class: says so by itself
    says_any: Bools  # by entry
    hides: Bools  # by entry and class: only looks like it
    hides_any: Bools  # by entry
    is_guarded: Bools  # by entry
    first_chunk: Ints
    chunk_count: Ints
    first_pattern: Ints  # by chunk
    follows: "Allowed"  # by chunk: which patterns its anchor is worth a look for, by the word right before it
    precedes: "Allowed"  # likewise right behind it
    patterns: list[str]
    searches: list[Search]  # by pattern: its search in a line, from here to there; see `ready`
    is_ready: Bools  # by pattern
    pattern_says: Bools  # by pattern and class
    head: Ints  # by pattern: the row of `beyond` that says behind which words its anchor is worth a look; -1: any
    tail: Ints  # by pattern: likewise before which words
    beyond: npt.NDArray[np.uint8]  # by head or tail and sort of word: PASSES, BEGINS, SECOND
    reach: Ints  # by pattern: how many blanks of a match stand before its anchor
    tail_reach: Ints  # by pattern: and behind its anchor
    sort: Ints  # by word: which column of `beyond` is its
    tells: Ints  # by 63 sorts of words and word: of which of these sorts it is, as bits
    wants: Ints  # by 63 sorts of words and pattern: the sort of which a word must stand in the text, as a bit

    def ready(self, pattern: Ints) -> list[Search]:
        """The searches, of which those of `pattern` are compiled: by far most never are wanted in a night."""
        missing = pattern[~self.is_ready[pattern]]
        for which in set(missing.tolist()):
            self.searches[which] = _compiled(self.patterns[which]).search
        self.is_ready[missing] = True
        return self.searches


class Allowed:
    """Which patterns of chunks the word right beside an anchor allows."""

    def __init__(self, by_sort: Ints, sort: Ints) -> None:
        """`by_sort`: bits of patterns by chunk and sort of word; sorts that allow the same share a column."""
        bits, column = np.unique(by_sort, axis=1, return_inverse=True)
        self._bits, self._width = bits.ravel(), bits.shape[1]
        self._column = column.ravel()[sort]  # by word

    def __call__(self, chunk: Ints, word: Ints) -> Ints:
        """The bits of the patterns that words allow."""
        bits: Ints = self._bits.take(chunk * self._width + self._column.take(word))
        return bits


def guards(entries: Sequence[Guarded], book: Phrasebook) -> Guards:
    """What entries protect, in columns."""
    of_patterns = {class_ for entry in entries for pattern in entry.denied_patterns for class_ in pattern.classes}
    classes = sorted(of_patterns.union(*((*entry.denied, *entry.denied_masks) for entry in entries)))
    number = {class_: n for n, class_ in enumerate(classes)}
    says, hides = (np.zeros((len(entries), len(classes)), bool) for _ in range(2))
    chunks: list[tuple[Protected, ...]] = []
    first_of: dict[tuple[tuple[int, int, frozenset[str]], ...], int] = {}
    first_chunk, counts = np.zeros((2, len(entries)), np.int64)
    for at, entry in enumerate(entries):
        for class_ in entry.denied:
            says[at, number[class_]] = True
        for class_ in entry.denied_masks:
            hides[at, number[class_]] = True
        own = entry.denied_patterns
        key = tuple((id(pattern.pattern), id(pattern.around), pattern.classes) for pattern in own)
        if key not in first_of:
            first_of[key] = len(chunks)
            chunks += [own[place : place + _BITS] for place in range(0, len(own), _BITS)]
        first_chunk[at], counts[at] = first_of[key], -(-len(own) // _BITS)
    patterns = [pattern for chunk in chunks for pattern in chunk]
    heads: dict[Head, int] = {}
    head, tail = (
        [-1 if one is None else heads.setdefault(one, len(heads)) for one in beyond]
        for beyond in ([one.around.head for one in patterns], [one.around.tail for one in patterns])
    )
    asked = {words for one in patterns for words in (one.around.before, one.around.behind) if words}
    column, sort = _known_words([*(one.known for one in heads), *(words - {MARK} for words in asked)], book)
    beyond = _beyond(list(heads), column)
    sizes = np.array([len(chunk) for chunk in chunks], np.int64)
    before = [_beside(one.around.before, column, beyond, row) for one, row in zip(patterns, head, strict=True)]
    behind = [_beside(one.around.behind, column, beyond, row) for one, row in zip(patterns, tail, strict=True)]
    pattern_says = np.array([[class_ in pattern.classes for class_ in classes] for pattern in patterns], bool)
    tells, wants = _sorts([pattern.beside for pattern in patterns], book)
    return Guards(
        classes=classes,
        of_places=np.array([class_ in OF_PLACES for class_ in classes], bool),
        says=says,
        says_any=np.asarray(says.any(axis=1)),
        hides=hides,
        hides_any=np.asarray(hides.any(axis=1)),
        is_guarded=says.any(axis=1) | (counts > 0),
        first_chunk=first_chunk,
        chunk_count=counts,
        first_pattern=np.cumsum(sizes) - sizes,
        follows=Allowed(_as_bits(before, sizes, beyond.shape[1]), sort),
        precedes=Allowed(_as_bits(behind, sizes, beyond.shape[1]), sort),
        patterns=[pattern.pattern.pattern for pattern in patterns],
        searches=[_unready] * len(patterns),
        is_ready=np.zeros(len(patterns), bool),
        pattern_says=pattern_says.reshape(-1, len(classes)),
        head=np.array(head, np.int64),
        tail=np.array(tail, np.int64),
        beyond=beyond,
        reach=np.array([one.around.reach for one in patterns], np.int64),
        tail_reach=np.array([one.around.tail_reach for one in patterns], np.int64),
        sort=sort,
        tells=tells,
        wants=wants,
    )


def _known_words(said: Iterable[frozenset[str]], book: Phrasebook) -> tuple[dict[str, int], Ints]:
    """The sort of each word that patterns tell apart, and of which sort each word of a text is."""
    column = {word: number for number, word in enumerate(sorted(frozenset[str]().union(*said)), FIRST_KNOWN)}
    sort = np.full(book.vocabulary_size, _OTHER)
    sort[book.starting_with_a_digit()] = _NUMBER
    for word, number in column.items():
        sort[book.number(word)] = number
    sort[:FIRST_WORD], sort[book.numbers(ASKED_FOR["picture"])] = _MARK, _MARK
    sort[SEPARATOR], sort[UNKNOWN] = _START, _OTHER
    return column, sort


def _beyond(heads: Sequence[Head], column: Mapping[str, int]) -> npt.NDArray[np.uint8]:
    """What each sort of words tells where it stands before the anchor of a head, or behind that of a tail."""
    beyond = np.zeros((len(heads), len(column) + FIRST_KNOWN), np.uint8)
    numbers = [_OTHER, _NUMBER, *(number for word, number in column.items() if word[0].isdigit())]  # what no list has is unknown
    for row, head in zip(beyond, heads, strict=True):
        row[:] = PASSES if head.is_any else 0
        row[[_MARK, _START]] = PASSES if head.has_marks else 0
        row[[column[word] for word in head.excluded]] = 0
        if head.has_numbers:
            row[numbers] = PASSES
        row[[column[word] for word in head.words - {MARK}]] = PASSES
        if head.begins_with_number:
            row[numbers] |= BEGINS
        row[_columns(head.starts or (), column, numbers)] |= BEGINS
        if head.place != NOWHERE:
            row[[_MARK, _START] if head.place == BEHIND_MARK else [_START]] |= BEGINS
        row[_columns(head.seconds, column, numbers) if head.seconds else slice(None)] |= SECOND
    return beyond


def _columns(words: Iterable[str], column: Mapping[str, int], numbers: list[int]) -> list[int]:
    """The columns of words, of marks and of numbers."""
    known: set[int] = set()
    for word in words:
        known.update([_MARK, _START] if word == MARK else numbers if DIGITS in word else [column[word]])
    return sorted(known)


def _beside(words: frozenset[str] | None, column: Mapping[str, int], beyond: npt.NDArray[np.uint8], row: int) -> Bools:
    """Which sorts of words may stand right beside an anchor: some `words` (None: any), and what its row of `beyond` lets pass."""
    may = np.full(beyond.shape[1], words is None)
    may[_columns(words or (), column, [])] = True
    return may if row < 0 else may & ((beyond[row] & (PASSES | BEGINS)) != 0)


def _as_bits(rows: Sequence[Bools], counts: Ints, width: int) -> Ints:
    """Rows of booleans, the first `counts` of them as the bits of one row of integers, and so on."""
    bits = np.zeros((len(counts), width), np.int64)
    numbers = np.repeat(np.arange(len(counts)), counts)
    for row, number, place in zip(
        rows, numbers.tolist(), (np.arange(len(rows)) - (np.cumsum(counts) - counts)[numbers]).tolist(), strict=True
    ):
        bits[number] |= row.astype(np.int64) << place
    return bits


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
    anchored: dict[str, dict[re.Pattern[str], Protected]] = defaultdict(dict)
    ages = [*_AGES, *(str(age) for age in range(1, 120))]
    names = {
        "{age}": ages,
        "{nationality}": list(denied.nationalities),
        "{country}": [name for name in countries() if name != "united states"],
        **{f"{{{name}}}": [str(word) for word in said] for name, said in denied.groups.items()},
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
            if str(anchor).startswith("{") and str(anchor) not in names:
                raise ConfigError(f"denied.yaml: {class_}: no group {anchor!r}; expected one of {', '.join(sorted(names))}")
            among = names.get(str(anchor), [str(anchor)])
            own = {str(anchor).strip("{}"): f"(?:{'|'.join(among)})"}
            written = [one for pattern in patterns for one in alternatives(_written_out(pattern, {**denied.macros, **own}))]
            try:
                found = [_protected(class_, str(anchor), pattern, frozenset(among)) for pattern in written]
            except re.error as error:
                raise ConfigError(f"denied.yaml: {class_}: a pattern around {str(anchor)!r} is no regular expression ({error})") from None
            for word in among:
                for one in found:  # what tells of two classes is searched once
                    same = anchored[word].get(one.pattern)
                    anchored[word][one.pattern] = one if same is None else replace(one, classes=one.classes | same.classes)
    for word, patterns_ in anchored.items():
        entry = at(word)
        if entry is not None:
            entry.denied_patterns = tuple(patterns_.values())


def _protected(class_: str, anchor: str, pattern: str, anchors: frozenset[str]) -> Protected:
    compiled = _compiled(rf" (?:{pattern})(?= |\b)")  # with the blank before: a literal first is found fast
    near = _around(compiled, anchors)
    _, last = edges(compiled)
    if not may_hold(compiled, anchors):
        raise ConfigError(f"denied.yaml: {class_}: a pattern around {anchor!r} matches without it ({pattern[:60]} ...)")
    is_told = near.behind is not None or last is None or not last.isdisjoint({*anchors, MARK})
    return Protected(frozenset({class_}), compiled, near, None if is_told else last)


@lru_cache(maxsize=1 << 16)
def _around(pattern: re.Pattern[str], anchors: frozenset[str]) -> Around:
    return around(pattern, anchors)


def _written_out(pattern: str, macros: dict[str, str]) -> str:
    for _ in range(3):
        for name, text in macros.items():
            pattern = pattern.replace("{" + name + "}", text)
    return pattern


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _unready(line: str, first: int, last: int) -> re.Match[str] | None:
    raise NotImplementedError
