"""Which words a pattern's matches begin and end with, so that texts without them need not be read."""

import re
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonground.interests import edges

PATTERNS = [
    re.compile(pattern)
    for pattern in (r"my (?:ex )?(?:wife|husband)s?", r"(?:i|we) (?:am|are) (?:a |an )?widowe?r?", r"born (?:in )?(?:the )?(?:19|20)\d\d")
]
WORDS = st.sampled_from("i we am are a an my ex wife husbands widow widower born in the 1950 2001 and".split())


@given(st.lists(WORDS, min_size=1, max_size=9))
def test_no_match_begins_or_ends_with_another_word(words):
    text = " ".join(words)
    for pattern in PATTERNS:
        first, last = edges.edges(pattern)
        for found in re.finditer(rf"(?<![^ ])(?:{pattern.pattern})(?![^ ])", text):
            told = found.group().split()
            assert (first is None or told[0] in first) and (last is None or told[-1] in last)


def test_without_the_librarys_tree_any_word_may_stand_there(monkeypatch: pytest.MonkeyPatch) -> None:
    edges.edges.cache_clear()
    monkeypatch.setattr(edges, "parser", SimpleNamespace())
    assert edges.edges(PATTERNS[0]) == (None, None)
    monkeypatch.undo()
    edges.edges.cache_clear()
    assert edges.edges(PATTERNS[0]) == ({"my"}, {"wife", "wifes", "husband", "husbands"})
