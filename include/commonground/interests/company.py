"""Senses that want company ("Giants", "the office") → those whose context stands in the text, or that their neighbours bear out."""

import numpy as np

from commonground.interests import lexicon as lx
from commonground.interests.columns import SEPARATOR, STOP, Bools, Ints, phrase_keys
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
    may = np.flatnonzero(doubtful)
    company = _Company(scene)
    is_sure, is_possible = company.first_look(rows.where(may))
    is_shared = np.append(False, rows.start[1:] == rows.start[:-1])  # with another sense of the same word
    is_shared[:-1] |= is_shared[1:]
    is_sure &= ~is_shared[may]
    doubtful[may[is_sure]] = False
    asked = np.zeros(len(scene.numbers), bool)
    asked[rows.start[may[is_possible & ~is_sure]]] = True
    may = may[asked[rows.start[may]]]  # what one word may mean is weighed together
    interest = rows.interest.copy()
    if len(may):
        winners, is_kind = company.leaders(rows.where(may), is_shared[may])
        doubtful[may[winners]] = False
        kinds = columns.kind[rows.sense[may[winners[is_kind]]]]
        interest[may[winners[is_kind]]] = [scene.lexicon.number_of[KINDS[kind]] for kind in kinds.tolist()]
    return Rows(rows.start, rows.end, rows.sense, interest).where(~doubtful)


class _Company:
    """What stands beside doubtful words."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._done = collected(scene.text_of[scene.cue_start], scene.practice, len(scene.is_name))
        self._is_liked = np.zeros(len(scene.numbers) + 1, bool)
        self._is_liked[scene.cue_end[(scene.flags & lx.LIKE) != 0]] = True

    def first_look(self, rows: Rows) -> tuple[Bools, Bools]:
        """Doubtful rows beside a word of their context, and those that something may bear out."""
        scene, lexicon = self._scene, self._scene.lexicon
        text, kind = scene.text_of[rows.start], lexicon.sense.kind[rows.sense]
        owner, at = self._words(text)
        context, number = lexicon.sense.context[rows.sense[owner]], scene.numbers[at]
        may, sure = np.zeros(len(text), bool), np.zeros(len(text), bool)
        may[owner[lexicon.context_words[context, number]]] = True
        sure[owner[lexicon.context_alone[context, number] & ((at < rows.start[owner]) | (at >= rows.end[owner]))]] = True
        may |= (self._done[text] >> kind & 1) != 0
        may |= self._is_whole(rows.start, rows.end)
        is_titled = _IS_TITLED[kind]
        may |= ~is_titled & (self._is_liked[rows.start] | (scene.is_name[text] & lexicon.ends_with_ing[scene.numbers[rows.start]]))
        may |= is_titled & ~scene.is_name[text] & scene.page.is_capital(rows.start)
        return sure, may

    def leaders(self, rows: Rows, is_shared: Bools) -> tuple[Ints, Bools]:
        """For words that are weighed, the row of the sense with most company, and whether only its kind is certain ("some Giants")."""
        kind = self._scene.lexicon.sense.kind[rows.sense]
        is_first = np.append(True, rows.start[1:] != rows.start[:-1])
        firsts, group = np.flatnonzero(is_first), np.cumsum(is_first) - 1
        end = rows.end[firsts][group]
        score = self._near(rows, end) + self._borne_out(rows, end, kind)
        best = np.maximum.reduceat(score, firsts)
        leads = (score == best[group]) & (score > 0)
        count = np.add.reduceat(leads.astype(np.int64), firsts)
        lowest = np.minimum.reduceat(np.where(leads, kind, len(KINDS)), firsts)
        highest = np.maximum.reduceat(np.where(leads, kind, -1), firsts)
        winner = np.minimum.reduceat(np.where(leads, np.arange(len(leads)), len(leads)), firsts)
        is_certain = count == 1
        is_whole = ~is_shared[firsts] & self._is_whole(rows.start[firsts], end[firsts])  # and only one thing is called so
        winner, is_certain = np.where(is_whole, firsts, winner), is_whole | is_certain
        won = is_certain | (lowest == highest)
        return winner[won], ~is_certain[won]

    def _words(self, text: Ints) -> tuple[Ints, Ints]:
        """Every word of the texts of rows: the row, and where the word stands."""
        first, last = self._scene.page.bounds[text] + 1, self._scene.page.bounds[text + 1]
        lengths = last - first
        owner = np.repeat(np.arange(len(lengths)), lengths)
        return owner, np.arange(len(owner)) - np.repeat(np.cumsum(lengths) - lengths - first, lengths)

    def _is_whole(self, start: Ints, end: Ints) -> Bools:
        """Whether words are the whole of a name."""
        scene = self._scene
        text = scene.text_of[start]
        found: Bools = scene.is_name[text] & (start == scene.page.bounds[text] + 1) & (end == scene.page.bounds[text + 1])
        return found

    def _near(self, rows: Rows, end: Ints) -> Ints:
        """How many words of their context stand around each row."""
        scene, lexicon = self._scene, self._scene.lexicon
        owner, at = self._words(scene.text_of[rows.start])
        around = np.flatnonzero((at < rows.start[owner]) | (at >= end[owner]))
        owner, at = owner[around], at[around]
        context, number = lexicon.sense.context[rows.sense[owner]], scene.numbers[at]
        begins = np.flatnonzero(lexicon.context_words[context, number])
        owner, at, context, number = owner[begins], at[begins], context[begins], number[begins]
        is_alone = lexicon.context_alone[context, number]
        found = [_apart(owner[is_alone], number[is_alone])]
        numbers = scene.numbers.astype(np.uint64)
        for length in lexicon.phrase_lengths:
            fits = np.flatnonzero(((at + length <= rows.start[owner]) | (at >= end[owner])) & (at + length <= len(numbers)))
            phrase = lexicon.context_phrases.find(phrase_keys(numbers, at[fits], length))
            is_near = (phrase >= 0) & lexicon.has_phrase[context[fits], phrase]
            found.append(_apart(owner[fits][is_near], phrase[is_near]))
        return np.bincount(np.concatenate(found), minlength=len(end))

    def _borne_out(self, rows: Rows, end: Ints, kind: Ints) -> Ints:
        """Doing it ("we watched ..."), a title's capitals, a liking just before ("love squash"), a club's "Wrestling"."""
        scene, start = self._scene, rows.start
        text = scene.text_of[start]
        is_name, before = scene.is_name[text], scene.numbers[start - 1]
        is_activity = (end - start == 1) & is_name & scene.lexicon.ends_with_ing[scene.numbers[start]]
        is_titled = _IS_TITLED[kind]
        is_liked = self._is_liked[start] & (~scene.lexicon.is_proper[rows.interest] | scene.page.is_capital(start))  # "love coach Dan"
        says = ~is_titled & (is_activity | is_liked)
        may = is_titled & ~is_name & (before != STOP) & (before != SEPARATOR) & scene.page.is_capital(start)  # in a name everything is so
        for row in np.flatnonzero(may).tolist():
            says[row] = scene.page.is_title(int(text[row]), int(start[row]), int(end[row]))
        score: Ints = (self._done[text] >> kind & 1) + says
        return score


def _apart(owner: Ints, number: Ints) -> Ints:
    """Whose words or phrases are, once for each that differs."""
    most = int(number.max(initial=0)) + 1
    apart: Ints = np.unique(owner * most + number) // most
    return apart
