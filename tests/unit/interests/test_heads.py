"""What may stand before an anchor word: nothing that a pattern finds is passed over because of it."""

import random
import re

import numpy as np
import pytest

from commonground.interests import denied
from commonground.interests.columns import Ints
from commonground.interests.heads import BEHIND_MARK, FURTHEST, alternatives, around
from commonground.interests.phrasebook import Hits
from commonground.interests.protected import BEGINS, FIRST_KNOWN, PASSES, Guards
from commonground.interests.scene import Scene
from commonground.interests.tagger import Tagger

MARK = r"(?<=[.,\x1e\x80] )"


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger()


def test_the_words_before_an_anchor_are_told_from_its_pattern() -> None:
    found = around(re.compile(r" (?:(?:have|raise) (?:(?:two|(?:thir|four)teen|\d+) )?kids)(?= |\b)"), frozenset({"kids"}))
    head = found.head
    assert head is not None and not head.is_any
    assert head.starts == {"have", "raise"} and head.words >= {"two", "thirteen", "fourteen"} and head.has_numbers and found.reach == 3


def test_an_item_begins_behind_a_mark() -> None:
    head = around(re.compile(rf" (?:{MARK}(?:(?!(?:my|the)\b)\w+ ){{0,2}}dad)"), frozenset({"dad"})).head
    assert head is not None and head.place == BEHIND_MARK and head.starts is None and head.is_any and head.excluded == {"my", "the"}


@pytest.mark.parametrize("pattern", [r" (?:(?:my )?kids)", r" (?:\w+ kids)", rf" (?:{MARK}kids|my kids)"])
def test_of_what_may_begin_anywhere_nothing_is_told(pattern: str) -> None:
    found = around(re.compile(pattern), frozenset({"kids"}))
    assert found.head is None and 0 < found.reach < FURTHEST


def test_the_word_behind_an_anchor_is_told() -> None:
    assert around(re.compile(r" (?:parents (?:of (?:two|three)|group))(?= |\b)"), frozenset({"parents"})).behind == {"of", "group"}
    assert around(re.compile(r" (?:parents(?: of two)?)(?= |\b)"), frozenset({"parents"})).behind is None


@pytest.mark.parametrize(
    ("pattern", "parts"),
    [
        ("a|b", ["a|b"]),
        ("(?<=x )a|b|c", ["(?<=x )a", "(?:b|c)"]),
        ("(?:a|(?<=x )b) c", ["(?<=x )b c", "(?:a) c"]),
        ("(?:(?<=x )a|b(?:c|d))", ["(?<=x )a", "(?:b(?:c|d))"]),
        ("(?:a|(?<=x )b)? c", ["(?:a|(?<=x )b)? c"]),
        (r"[(|]x|\(y", [r"[(|]x|\(y"]),
    ],
)
def test_items_are_set_apart_from_what_may_stand_anywhere(pattern: str, parts: list[str]) -> None:
    assert alternatives(pattern) == parts


def test_every_word_that_patterns_tell_apart_is_known(tagger: Tagger) -> None:
    guards = tagger.lexicon.guards
    assert set(range(FIRST_KNOWN, guards.beyond.shape[1])) <= set(guards.sort.tolist())


def test_nothing_protected_is_passed_over(tagger: Tagger, monkeypatch: pytest.MonkeyPatch) -> None:
    dice, texts = random.Random(11), []
    guards, book = tagger.lexicon.guards, tagger.lexicon.book
    known = [(word, int(guards.sort[book.number(word)])) for word in sorted({word for said in book.phrases for word in said.split(" ")})]
    known = [(word, sort) for word, sort in known if sort >= FIRST_KNOWN]
    for entry in dice.choices(np.flatnonzero(guards.chunk_count).tolist(), k=3000):
        head = guards.head[dice.choice(_patterns(guards, entry))]
        opening, ending = dice.choice(["", "", "Well. ", "Dallas, "]), dice.choice(["", ".", " and two more", " here"])
        words = []
        if head >= 0:
            told = guards.beyond[head]
            words = [*_some(dice, [word for word, sort in known if told[sort] & BEGINS], 1)]
            words += _some(dice, [word for word, sort in known if told[sort] & PASSES], dice.randint(0, 2))
        texts.append(f"{opening}{' '.join([*words, book.phrases[entry]])}{ending}")
    told = [(found.denied_spans, found.denied_classes) for found in tagger.tag_all(texts, [None] * len(texts))]
    assert sum(bool(spans) for spans, _ in told) > 500
    monkeypatch.setattr(denied, "_worth_a_look", _everywhere)
    monkeypatch.setattr(denied, "_may_match", lambda scene, anchor, end, pattern: (np.arange(len(pattern)), guards.reach[pattern] - 1))
    assert told == [(found.denied_spans, found.denied_classes) for found in tagger.tag_all(texts, [None] * len(texts))]


def _some(dice: random.Random, words: list[str], count: int) -> list[str]:
    return dice.choices(words, k=count) if words else []


def _patterns(guards: Guards, entry: int) -> list[int]:
    """The patterns around an anchor."""
    first, last = guards.first_chunk[entry], guards.first_chunk[entry] + guards.chunk_count[entry]
    ends = np.append(guards.first_pattern, len(guards.patterns))
    return list(range(ends[first], ends[last]))


def _everywhere(scene: Scene, guarded: Hits) -> tuple[Ints, Ints]:
    """Every anchor with every pattern around it."""
    asked = [(row, pattern) for row, entry in enumerate(guarded.entry.tolist()) for pattern in _patterns(scene.lexicon.guards, entry)]
    row, pattern = np.array(asked, np.int64).reshape(-1, 2).T
    return row, pattern
