"""What is protected on a page → where each such statement stands and of which class it is. They are counted, never tagged."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from commonground.interests.columns import Ints
from commonground.interests.phrasebook import Hits
from commonground.interests.scene import Scene

BEFORE, BEHIND = 60, 40  # characters around its anchor word in which a protected statement is looked for
_OF_PLACES = frozenset({"religion", "orientation", "origin"})  # classes whose words are in the names of streets and lakes
Mask = tuple[int, int, frozenset[str]]  # from word, to word, the classes it only looks like


@dataclass(slots=True)
class Denied:
    """Protected statements on a page: words `start` to `end` (exclusive) of a text, and the class of each."""

    text: Ints
    start: Ints
    end: Ints
    classes: list[str]


def read_denied(scene: Scene, hits: Hits) -> Denied:
    """The protected statements of a page: words that say so by themselves, and patterns around their anchor words."""
    entries, page = scene.lexicon.entries, scene.page
    masks: dict[int, list[Mask]] = defaultdict(list)
    for text, start, end, number in _listed(scene, hits.where(scene.lexicon.hides_denied[hits.entry])):
        masks[text].append((start, end, entries[number].denied_masks))
    found: set[tuple[int, int, int, str]] = set()
    bounds = page.bounds.tolist()
    numbers, place_noun = scene.numbers, scene.lexicon.asked_for["place_noun"]
    for text, start, end, number in _listed(scene, _worth_reading(scene, hits.where(scene.lexicon.is_guarded[hits.entry]))):
        entry = entries[number]
        near = masks.get(text, ())
        for class_ in entry.denied:
            if class_ in _OF_PLACES and place_noun[numbers[end]]:
                continue
            if not near or not any(x <= start and end <= y and class_ in classes for x, y, classes in near):
                found.add((text, start, end, class_))
        if not entry.denied_patterns:
            continue
        base, words = bounds[text] + 1, page.words_of(text)
        before = words[start - base - 1] if start > base else ""
        at = sum(map(len, words[: start - base])) + start - base + 1
        line = f" {' '.join(words)} "
        for protected in entry.denied_patterns:
            if protected.before is not None and before not in protected.before:
                continue
            class_ = protected.class_
            for match in protected.pattern.finditer(line, max(0, at - 1 - BEFORE), min(len(line), at - 1 + BEHIND)):
                a, b = base + line.count(" ", 0, match.start() + 1) - 1, base + line.count(" ", 0, match.end() - 1)
                if not near or not any(x <= max(a, start) and min(b, end) <= y and class_ in classes for x, y, classes in near):
                    found.add((text, a, min(max(b, a + 1), bounds[text + 1]), class_))
    rows = sorted(found)
    columns = np.array([row[:3] for row in rows], np.int64).reshape(-1, 3)
    return Denied(columns[:, 0], columns[:, 1], columns[:, 2], [row[3] for row in rows])


def _worth_reading(scene: Scene, hits: Hits) -> Hits:
    """The hits that are protected words, or stand behind a word that one of their patterns asks for."""
    lexicon = scene.lexicon
    return hits.where(lexicon.may_follow[lexicon.follows[hits.entry], scene.numbers[hits.start - 1]])


def _listed(scene: Scene, hits: Hits) -> list[tuple[int, int, int, int]]:
    texts = scene.text_of[hits.start]
    return list(zip(texts.tolist(), hits.start.tolist(), hits.end.tolist(), hits.entry.tolist(), strict=True))
