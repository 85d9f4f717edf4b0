"""The phrases found on a page → a scene: cues, interests and protected words, each with what surrounds it, in columns.

Longer phrases hide the interests inside them; masks hide what only looks like an interest, a cue or a protected word.
"""

from dataclasses import dataclass

import numpy as np

from commonground.interests import lexicon as lx
from commonground.interests.columns import SEPARATOR, STOP, Bools, Ints, Page, as_places, numbered
from commonground.interests.lexicon import Lexicon
from commonground.interests.phrasebook import Hits
from commonground.interests.taxonomy import KINDS

_HIDERS = ((lx.NEG, lx.NOT_NEG), (lx.LIKE, lx.NOT_LIKE), (lx.SUBJECT, lx.NOT_SUBJECT), (lx.JOB, lx.NOT_JOB))


class Spans:
    """Stretches of words, asked which lie inside which: `starts` to `ends` (exclusive)."""

    def __init__(self, starts: Ints, ends: Ints) -> None:
        self._given = starts, ends
        self._by_end: tuple[Ints, Ints] | None = None
        self._by_start: tuple[Ints, Ints] | None = None

    @property
    def ends(self) -> Ints:
        """Where stretches end, in order."""
        return self._ended()[0]

    def _ended(self) -> tuple[Ints, Ints]:
        """Where stretches end, in order, and the latest beginning of those that end until then."""
        if self._by_end is None:
            starts, ends = self._given
            order = np.argsort(ends, kind="stable")
            self._by_end = ends[order], np.maximum.accumulate(starts[order]) if len(starts) else starts
        return self._by_end

    def _begun(self) -> tuple[Ints, Ints]:
        """Where stretches begin, in order, and the furthest end of those that begin until then."""
        if self._by_start is None:
            starts, ends = self._given
            order = np.argsort(starts, kind="stable")
            self._by_start = starts[order], np.maximum.accumulate(ends[order]) if len(ends) else ends
        return self._by_start

    def any_within(self, start: Ints, end: Ints) -> Bools:
        """Whether some stretch lies between `start` and `end`."""
        return self._last(*self._ended(), end, "right") >= start

    def any_around(self, start: Ints, end: Ints) -> Bools:
        """Whether some stretch holds all of `start` to `end`."""
        return self._last(*self._begun(), start, "right") >= end

    def any_overlap(self, start: Ints, end: Ints) -> Bools:
        """Whether some stretch shares a word with `start` to `end`."""
        return self._last(*self._begun(), end, "left") > start

    @staticmethod
    def _last(keys: Ints, values: Ints, at: Ints, side: str) -> Ints:
        if not len(keys):
            return np.full(len(at), -1)
        position = np.searchsorted(keys, at, side=side) - 1  # type: ignore[call-overload]
        return np.where(position >= 0, values[position], -1)


def collected(group: Ints, flags: Ints, count: int) -> Ints:
    """All flags of each group; `group` ascends."""
    collected = np.zeros(count, np.int64)
    if len(group):
        firsts = np.flatnonzero(np.append(True, group[1:] != group[:-1]))
        collected[group[firsts]] = np.bitwise_or.reduceat(flags, firsts)
    return collected


@dataclass(slots=True)
class Rows:
    """Interests on a page, one per sense: words `start` to `end` of a text may mean a sense. `interest` is its number."""

    start: Ints
    end: Ints
    sense: Ints
    interest: Ints

    def where(self, chosen: Ints | Bools) -> "Rows":
        """Some of the rows."""
        chosen = as_places(chosen)
        return Rows(self.start.take(chosen), self.end.take(chosen), self.sense.take(chosen), self.interest.take(chosen))


class Scene:
    """A page as read. Texts are numbered as on the page; words by their place on it."""

    def __init__(
        self,
        page: Page,
        numbers: Ints,
        hits: Hits,
        lexicon: Lexicon,
        *,
        is_name: Bools,
        is_profile: Bools,
        is_about: Ints,
        sort_of_place: tuple[Ints, Ints],
    ) -> None:
        """Reads a page.

        `is_about`: he and she are the contact: 1 yes, 0 no, -1 if nobody says "I". `sort_of_place`: the characters of each text
        that say what sort of place it names (`checkins.sorts`).
        """
        self.page, self.numbers, self.lexicon = page, numbers, lexicon
        self.is_profile, self.sort_of_place = is_profile, sort_of_place
        self.text_of = page.text_of
        hiding = hits.where(lexicon.hides[hits.entry])
        breaking = np.flatnonzero(lexicon.breaks[hits.entry])
        self.rows, inside = self._senses(hits, hiding, breaking)
        self._cues(hits, hiding)
        self._marks(hits.where(breaking[~inside]))
        self._texts(is_name, is_about)

    def _senses(self, hits: Hits, hiding: Hits, breaking: Ints) -> tuple[Rows, Bools]:
        """The interests that nothing longer and no mask hides; and which hits of some (`breaking`) lie inside an interest."""
        lexicon = self.lexicon
        has = np.flatnonzero(lexicon.has_sense[hits.entry])
        counts = lexicon.sense_count[hits.entry[has]]
        hit = np.repeat(has, counts)
        first = np.repeat(np.cumsum(counts) - counts, counts)
        sense = lexicon.first_sense[hits.entry[hit]] + np.arange(len(hit)) - first
        kind = lexicon.sense.kind[sense]
        start, end = hits.start[hit], hits.end[hit]
        masking, kinds = np.nonzero((lexicon.masks[hiding.entry][:, None] >> np.arange(len(KINDS)) & 1) != 0)
        page = len(self.numbers)  # each kind has a stretch of its own: what masks one kind lies around no other
        masks = Spans(hiding.start[masking] + kinds * page, hiding.end[masking] + kinds * page)
        has_mask = np.zeros(len(self.page.bounds), bool)
        has_mask[self.text_of[hiding.start]] = True
        may = np.flatnonzero(has_mask[self.text_of[start]])
        is_alive = np.ones(len(hit), bool)
        is_alive[may] = ~masks.any_around(start[may] + kind[may] * page, end[may] + kind[may] * page)
        alive = np.flatnonzero(is_alive)
        hit, sense, start, end = hit[alive], sense[alive], start[alive], end[alive]
        reached = np.append(0, np.maximum.accumulate(end)) if len(end) else np.zeros(1, np.int64)  # by how many rows were read
        firsts = np.flatnonzero(np.append(True, hit[1:] != hit[:-1])[: len(hit)])
        kept = np.flatnonzero(end > np.repeat(reached[firsts], np.diff(firsts, append=len(hit))))
        inside = hits.end[breaking] <= reached[np.searchsorted(hit, breaking, side="right")]
        return Rows(start[kept], end[kept], sense[kept], lexicon.sense.interest[sense[kept]]), inside

    def _cues(self, hits: Hits, hiding: Hits) -> None:
        lexicon = self.lexicon
        cues = hits.where(lexicon.is_cue[hits.entry])
        self.cue_start, self.cue_end = cues.start, cues.end
        flags, practice = lexicon.flags[cues.entry], lexicon.practice[cues.entry]
        for flag, hider in _HIDERS:
            hidden = hiding.where((lexicon.flags[hiding.entry] & hider) != 0)
            if len(hidden.start):
                asked = np.flatnonzero((flags & flag) != 0)
                asked = asked[Spans(hidden.start, hidden.end).any_around(self.cue_start[asked], self.cue_end[asked])]
                flags[asked] &= ~flag
        left = np.flatnonzero((flags | practice) != 0)
        self.cue_start, self.cue_end = self.cue_start[left], self.cue_end[left]
        self.flags, self.practice = flags[left], practice[left]
        self._spans: dict[int, Spans] = {}

    def _marks(self, breaking: Hits) -> None:
        """Where sentences and clauses end. `breaking`: words that break a clause; inside an interest none does ("rock and roll")."""
        numbers = self.numbers
        is_end = (numbers == STOP) | (numbers == SEPARATOR)
        self.stops = np.flatnonzero(is_end)
        is_end[breaking.start] = True
        self.breaks = np.flatnonzero(is_end)
        self._sentence, self._clause = numbered(self.stops), numbered(self.breaks)
        self.sentence_flags = collected(self._sentence[self.cue_start], self.flags, len(self.stops) + 1)

    def _texts(self, is_name: Bools, is_about: Ints) -> None:
        text_flags = collected(self.text_of[self.cue_start], self.flags, len(is_name))
        self.text_flags = text_flags
        self.is_name = is_name & ((text_flags & (lx.NEG | lx.DISLIKE | lx.JOB | lx.NEWS)) == 0)  # "No pets" is no name
        self.is_guessed = is_about < 0
        self.is_about = np.where(self.is_guessed, (text_flags & lx.SELF) == 0, is_about > 0)  # nobody says "I": about somebody

    def beside_sort(self, start: Ints, end: Ints) -> tuple[Bools, Bools]:
        """Whether words stand in what says the sort of place, and whether behind it."""
        text = self.text_of[start]
        at, _ = self.page.offsets(text, start, end - 1)
        first, last = (side[text] for side in self.sort_of_place)
        return (at >= first) & (at < last), (last >= 0) & (at >= last)

    def spans(self, flag: int) -> Spans:
        """The cues of some flags."""
        if flag not in self._spans:
            chosen = np.flatnonzero((self.flags & flag) != 0)
            self._spans[flag] = Spans(self.cue_start[chosen], self.cue_end[chosen])
        return self._spans[flag]

    def sentence_number(self, at: Ints) -> Ints:
        """The number of the sentence around each word."""
        return self._sentence[at]

    def sentence(self, at: Ints) -> tuple[Ints, Ints]:
        """From where to where the sentences around words reach."""
        number = self._sentence[at]
        return self.stops[number - 1] + 1, self.stops[number]

    def clause(self, start: Ints, end: Ints) -> tuple[Ints, Ints]:
        """From where to where the clauses around stretches of words reach."""
        return self.breaks[self._clause[start] - 1] + 1, self.breaks[self._clause[end]]

    def in_sentence(self, at: Ints, flag: int) -> Bools:
        """Whether the sentence around a word holds a cue of some flags."""
        found: Bools = (self.sentence_flags.take(self._sentence.take(at)) & flag) != 0
        return found

    def any_between(self, start: Ints, end: Ints, flag: int) -> Bools:
        """Whether a cue of some flags lies between words of one sentence."""
        found = self.in_sentence(start, flag)
        may = np.flatnonzero(found)
        found[may] = self.spans(flag).any_within(start[may], end[may])
        return found


class Asked:
    """The words of a scene, asked for by the sorts that rules name: `asked("and", at)`."""

    def __init__(self, scene: Scene) -> None:
        self._scene, self._sorts = scene, scene.lexicon.sorts.take(scene.numbers)
        self._some = np.flatnonzero(self._sorts != 0)
        self._of_some = self._sorts.take(self._some)
        self._bits = {name: 1 << bit for bit, name in enumerate(scene.lexicon.asked_for)}
        self._places: dict[tuple[str, ...], Ints] = {}

    def __call__(self, name: str, at: Ints) -> Bools:
        """Whether words are of a sort."""
        found: Bools = (self._sorts.take(at) & self._bits[name]) != 0
        return found

    def places(self, *names: str) -> Ints:
        """Where words of some sorts stand."""
        if names not in self._places:
            bits = sum(self._bits[name] for name in names)
            self._places[names] = self._some.take(np.flatnonzero((self._of_some & bits) != 0))
        return self._places[names]

    def between(self, start: Ints, end: Ints, *names: str) -> Bools:
        """Whether some word of a sort stands between `start` and `end`."""
        places = self.places(*names)
        found: Bools = np.searchsorted(places, end) > np.searchsorted(places, start)
        return found


class Cues:
    """One cue for each row."""

    def __init__(self, starts: Ints, ends: Ints, flags: Ints, practice: Ints, chosen: Ints) -> None:
        self.start, self.end, self.flags, self.practice = starts[chosen], ends[chosen], flags[chosen], practice[chosen]
