"""Handles on a page → the names they are made of: "@phish", "@TorontoFC", "@officialgameofthrones". All others stay somebody's address."""

import re
from functools import lru_cache

import numpy as np

from commonground.interests.columns import HANDLE, Ints, Page
from commonground.interests.lexicon import Lexicon
from commonground.interests.phrasebook import Hits

_HANDLE = re.compile(r"@([\w.]+)")
_BEFORE = re.compile(r"^(?:the|real|official|its|iam|team|go)")
_BEHIND = re.compile(
    r"(?:official|hq|band|music|tv|fx|hbo|netflix|usa|us|uk|ca|fc|sc|nba|wnba|nfl|mlb|nhl|mls|live|tour|show|film|movie|books?|games?|"
    r"football|basketball|baseball|hockey|soccer|mbb|wbb|fb|\d+)$"
)


def with_handles(page: Page, numbers: Ints, hits: Hits, lexicon: Lexicon) -> Hits:
    """The hits, with handles that are names told from those that are somebody else."""
    at = np.flatnonzero(numbers == HANDLE)
    if not len(at):
        return hits
    texts = page.text_of[at]
    begins, _ = page.offsets(texts, at, at)
    names = _names(lexicon)
    written = [_HANDLE.match(page.texts[text], begin) for text, begin in zip(texts.tolist(), begins.tolist(), strict=True)]
    entry = np.array([next((names[name] for name in _readings(match[1]) if name in names), -1) if match else -1 for match in written])
    named = np.flatnonzero(entry >= 0)
    page.stretch(at[named], np.array([len(match[0]) if match else 1 for match in written], np.int64)[named])
    entries = hits.entry.copy()
    entries[np.searchsorted(hits.start, at[named], side="right") - 1] = entry[named]  # a sign is a hit already: of somebody else
    return Hits(hits.start, hits.end, entries)


@lru_cache(maxsize=1 << 14)
def _readings(handle: str) -> tuple[str, ...]:
    """What a handle may be made of, as it is and without what is set before and behind names."""
    plain = re.sub(r"[^a-z0-9]", "", handle.lower())
    short = _BEHIND.sub("", plain)
    return plain, short, _BEFORE.sub("", plain), _BEFORE.sub("", short)


@lru_cache(maxsize=4)
def _names(lexicon: Lexicon) -> dict[str, int]:
    """Names of interests written as one word → their entry."""
    named: dict[str, int] = {}
    for number in np.flatnonzero(lexicon.is_handle).tolist():
        named.setdefault(lexicon.book.phrases[number].replace(" ", ""), number)
    return named
