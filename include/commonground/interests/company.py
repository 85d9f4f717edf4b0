"""Senses that want company ("Giants", "the office") → those whose context stands in the text, or that their neighbours bear out."""

from bisect import bisect_left
from functools import lru_cache
from itertools import groupby

import numpy as np

from commonground.interests import lexicon as lx
from commonground.interests.columns import SEPARATOR, STOP, Bools
from commonground.interests.lexicon import Sense
from commonground.interests.scene import Rows, Scene, collected
from commonground.interests.taxonomy import KINDS

_TITLED = frozenset({"film_tv", "games", "music", "books"})  # "I love the office" is no liking of a series
_IS_TITLED = np.isin(KINDS, sorted(_TITLED))


def unambiguous(scene: Scene) -> Rows:
    """The rows of a scene without those whose company is missing; of several nicknamed alike, the one that its own words tell apart."""
    rows, columns = scene.rows, scene.lexicon.sense
    doubtful = columns.context[rows.sense] > 0
    if not doubtful.any():
        return rows
    general = {}
    may = np.flatnonzero(doubtful)
    is_sure, is_possible = _company(scene, rows.where(may))
    is_shared = np.append(False, rows.start[1:] == rows.start[:-1])  # with another sense of the same word
    is_shared[:-1] |= is_shared[1:]
    is_sure &= ~is_shared[may]
    chosen = may[is_sure].tolist()
    asked = np.zeros(len(scene.numbers), bool)
    asked[rows.start[may[is_possible & ~is_sure]]] = True
    may = may[asked[rows.start[may]]]  # what one word may mean is weighed together
    texts = np.zeros(len(scene.is_name), bool)
    texts[scene.text_of[rows.start[may]]] = True
    company = _Company(scene, texts)
    starts, ends, numbers = rows.start.tolist(), rows.end.tolist(), rows.sense.tolist()
    for start, group in groupby(may.tolist(), key=starts.__getitem__):
        of_start = list(group)
        senses = {row: scene.lexicon.senses[numbers[row]] for row in of_start}
        first, last = of_start[0], of_start[-1]
        is_only = first == last and (first == 0 or starts[first - 1] != start) and starts[last + 1 : last + 2] != [start]
        winner, is_kind = company.leader(start, ends[first], senses, is_only=is_only)
        if winner is not None:
            chosen.append(winner)
            if is_kind:
                general[winner] = scene.lexicon.number_of[senses[winner].interest.kind]
    interest = rows.interest.copy()
    for row, number in general.items():
        interest[row] = number
    doubtful[chosen] = False
    return Rows(rows.start, rows.end, rows.sense, interest).where(~doubtful)


def _company(scene: Scene, rows: Rows) -> tuple[Bools, Bools]:
    """A first look at doubtful rows, all at once: those beside a word of their context, and those that something may bear out."""
    columns, lexicon, bounds = scene.lexicon.sense, scene.lexicon, scene.page.bounds
    text, kind = scene.text_of[rows.start], columns.kind[rows.sense]
    first, last = bounds[text] + 1, bounds[text + 1]
    lengths = last - first
    owner = np.repeat(np.arange(len(lengths)), lengths)
    at = np.arange(len(owner)) - np.repeat(np.cumsum(lengths) - lengths - first, lengths)
    context, number = columns.context[rows.sense[owner]], scene.numbers[at]
    may, sure = np.zeros(len(text), bool), np.zeros(len(text), bool)
    may[owner[lexicon.context_words[context, number]]] = True
    sure[owner[lexicon.context_alone[context, number] & ((at < rows.start[owner]) | (at >= rows.end[owner]))]] = True
    done = collected(scene.text_of[scene.cue_start], scene.practice, len(scene.is_name))
    may |= (done[text] >> kind & 1) != 0
    may |= scene.is_name[text] & (rows.start == first) & (rows.end == last)
    liked = np.zeros(len(scene.numbers) + 1, bool)
    liked[scene.cue_end[(scene.flags & lx.LIKE) != 0]] = True
    is_titled = _IS_TITLED[kind]
    may |= ~is_titled & (liked[rows.start] | (scene.is_name[text] & lexicon.ends_with_ing[scene.numbers[rows.start]]))
    may |= is_titled & ~scene.is_name[text] & scene.page.is_capital(rows.start)
    return sure, may


@lru_cache(maxsize=4096)
def _phrases(context: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """The longer ones among context words, each with its first word."""
    return tuple((word.split(" ", 1)[0], word) for word in sorted(context) if " " in word)


class _Company:
    """What stands beside doubtful words, in the texts that have any."""

    def __init__(self, scene: Scene, doubtful: Bools) -> None:
        self._scene = scene
        near = doubtful[scene.text_of[scene.cue_start]]
        self._starts, self._ends = scene.cue_start[near].tolist(), scene.cue_end[near].tolist()
        self._flags, self._practice = scene.flags[near].tolist(), scene.practice[near].tolist()
        self._bounds = scene.page.bounds.tolist()
        self._is_activity = scene.lexicon.ends_with_ing[scene.numbers]  # a club's "Wrestling" is no accident

    def leader(self, start: int, end: int, senses: dict[int, Sense], *, is_only: bool) -> tuple[int | None, bool]:
        """The row of the sense with most company, if one leads, and whether only its kind is certain ("some Giants or other")."""
        scene = self._scene
        text = bisect_left(self._bounds, start) - 1
        first, last = self._bounds[text] + 1, self._bounds[text + 1]
        if scene.is_name[text] and is_only and (start, end) == (first, last):
            return next(iter(senses)), False  # the whole of a name, and only one thing is called so
        words = scene.page.words_of(text)
        a, b = start - first, end - first
        around = {*words[:a], *words[b:]}
        score = {row: self._near(s.context, around, words, a, b) + self._borne_out(s, first, last, start, end) for row, s in senses.items()}
        best = max(score.values())
        leaders = [row for row in score if score[row] == best and best > 0]
        kinds = {senses[row].interest.kind for row in leaders}
        if len(leaders) == 1 or (leaders and len(kinds) == 1):
            return leaders[0], len(leaders) > 1
        return None, False

    @staticmethod
    def _near(context: frozenset[str], around: set[str], words: list[str], a: int, b: int) -> int:
        phrases = [phrase for first, phrase in _phrases(context) if first in around]
        line = f" {' '.join(words[:a])} | {' '.join(words[b:])} " if phrases else ""
        return len(context & around) + sum(f" {phrase} " in line for phrase in phrases)

    def _borne_out(self, sense: Sense, first: int, last: int, start: int, end: int) -> int:
        """Doing it ("we watched ..."), a title's capitals, a liking just before ("love squash")."""
        cues = range(bisect_left(self._starts, first), bisect_left(self._starts, last))
        kind = sense.interest.kind
        bit = 1 << KINDS.index(kind)
        score = int(any(self._practice[cue] & bit for cue in cues))
        if kind not in _TITLED:
            is_activity = end - start == 1 and self._scene.is_name[bisect_left(self._bounds, start) - 1] and self._is_activity[start]
            return score + int(is_activity or any(self._ends[cue] == start and self._flags[cue] & lx.LIKE for cue in cues))
        if self._scene.is_name[bisect_left(self._bounds, start) - 1]:
            return score  # in a name everything is written so
        is_first = self._scene.numbers[start - 1] in (STOP, SEPARATOR)
        return score + int(not is_first and self._scene.page.is_title(bisect_left(self._bounds, start) - 1, start, end))
