"""What is protected on a page → where each such statement stands and of which class it is. They are counted, never tagged."""

from dataclasses import dataclass

import numpy as np

from commonground.interests.columns import Bools, Ints
from commonground.interests.heads import FURTHEST
from commonground.interests.phrasebook import Hits
from commonground.interests.protected import BEGINS, PASSES, SECOND
from commonground.interests.scene import Scene, Spans

BEFORE, BEHIND = 60, 40  # characters around its anchor word in which a protected statement is looked for


@dataclass(slots=True)
class Denied:
    """Protected statements on a page: words `start` to `end` (exclusive) of a text; `class_` numbers one of `classes`."""

    text: Ints
    start: Ints
    end: Ints
    class_: Ints
    classes: list[str]

    def stated(self, sentence: Ints) -> Ints:
        """The rows that count, given the sentence of each: a class counts once per sentence."""
        _, firsts = np.unique(sentence * len(self.classes) + self.class_, return_index=True)
        return np.asarray(firsts, np.int64)


def read_denied(scene: Scene, hits: Hits) -> Denied:
    """The protected statements of a page: words that say so by themselves, and patterns around their anchor words."""
    guards, bounds = scene.lexicon.guards, scene.page.bounds
    guarded = hits.where(guards.is_guarded[hits.entry])
    at = np.flatnonzero(guards.says_any[guarded.entry])
    of, class_ = np.nonzero(guards.says[guarded.entry[at]])
    at = at[of]
    start, end = guarded.start[at], guarded.end[at]
    free = ~(guards.of_places[class_] & scene.lexicon.asked_for["place_noun"][scene.numbers[end]])
    by_pattern, a, b, of_pattern = _matched(scene, guarded)
    start, end = np.append(start[free], a), np.append(end[free], np.maximum(b, a + 1))
    class_ = np.append(class_[free], of_pattern)
    outer_start = np.append(start[: len(at[free])], np.maximum(a, guarded.start[by_pattern]))
    outer_end = np.append(end[: len(at[free])], np.minimum(b, guarded.end[by_pattern]))
    shown = ~_hidden(scene, hits, outer_start, outer_end, class_)
    start, class_ = start[shown], class_[shown]
    text = np.searchsorted(bounds, start) - 1
    end = np.minimum(end[shown], bounds[text + 1])
    order = np.lexsort((class_, end, start))
    text, start, end, class_ = text[order], start[order], end[order], class_[order]
    is_new = np.append(True, (start[1:] != start[:-1]) | (end[1:] != end[:-1]) | (class_[1:] != class_[:-1]))[: len(start)]
    return Denied(text[is_new], start[is_new], end[is_new], class_[is_new], guards.classes)


def _hidden(scene: Scene, hits: Hits, start: Ints, end: Ints, class_: Ints) -> Bools:
    """Which stretches of words only look like their class."""
    hiding = hits.where(scene.lexicon.guards.hides_any[hits.entry])
    at, classes = np.nonzero(scene.lexicon.guards.hides[hiding.entry])
    page = len(scene.numbers)  # each class has a stretch of its own
    masks = Spans(hiding.start[at] + classes * page, hiding.end[at] + classes * page)
    return masks.any_around(start + class_ * page, end + class_ * page)


def _matched(scene: Scene, guarded: Hits) -> tuple[Ints, Ints, Ints, Ints]:
    """Where patterns match: the row of their anchor, from which word to which (exclusive), and the class."""
    page, guards = scene.page, scene.lexicon.guards
    row, pattern = _worth_a_look(scene, guarded)
    may, before = _may_match(scene, guarded.start[row], guarded.end[row], pattern)
    wanted = _wanted(scene, scene.sentence_number(guarded.start[row[may]]), pattern[may])
    row, pattern, before = row[may[wanted]], pattern[may[wanted]], before[wanted]
    anchor = guarded.start[row]
    text = scene.text_of[anchor]
    asked = np.zeros(len(scene.is_name), bool)
    asked[text] = True
    page.write(asked)
    line, words, begins = page.line, page.written, page.begins
    lengths = np.diff(page.bounds) * asked
    of_text = (np.cumsum(lengths) - lengths)[text]  # where among the words written the text of each row begins
    place = of_text + anchor - page.bounds[text]
    blank, first = begins[place] - 1, begins[of_text + 1] - 1
    from_ = np.maximum(first, np.where(before < FURTHEST - 1, begins[np.maximum(place - before, 0)] - 1, blank - BEFORE))
    to = np.minimum(begins[of_text + lengths[text]], blank + BEHIND)
    searches = guards.ready(pattern)
    found: list[int] = []  # number, from, to, one behind the other
    for number, (which, first, last, here) in enumerate(zip(pattern.tolist(), from_.tolist(), to.tolist(), blank.tolist(), strict=True)):
        match = searches[which](line, first, last)
        while match is not None:
            start, end = match.span()
            if end > here:
                found += (number, start, end)
                break
            match = searches[which](line, end, last)  # what ends before has its own anchor
    matched, first, last = np.array(found, np.int64).reshape(-1, 3).T
    a = words[np.searchsorted(begins, first + 1)]
    b = words[np.searchsorted(begins, last) - 1] + 1
    at, class_ = np.nonzero(guards.pattern_says[pattern[matched]])
    return row[matched[at]], a[at], b[at], class_


def _worth_a_look(scene: Scene, guarded: Hits) -> tuple[Ints, Ints]:
    """The anchors and patterns that the words right beside each anchor allow."""
    guards = scene.lexicon.guards
    counts = guards.chunk_count[guarded.entry]
    row = np.repeat(np.arange(len(counts)), counts)
    chunk = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts - guards.first_chunk[guarded.entry], counts)
    bits = guards.follows(chunk, scene.numbers.take(guarded.start.take(row) - 1))
    some = np.flatnonzero(bits)
    row, chunk = row.take(some), chunk.take(some)
    bits = bits.take(some) & guards.precedes(chunk, scene.numbers.take(guarded.end.take(row)))
    octets = bits.astype("<i8").view(np.uint8)
    some = np.flatnonzero(octets != 0)
    of, bit = np.divmod(np.flatnonzero(np.unpackbits(octets.take(some), bitorder="little").view(bool)), 8)
    octet = some.take(of)
    at, bit = octet >> 3, bit + (octet & 7) * 8
    return row.take(at), guards.first_pattern.take(chunk.take(at)) + bit


def _may_match(scene: Scene, anchor: Ints, end: Ints, pattern: Ints) -> tuple[Ints, Ints]:
    """Which rows have words around their anchor such as their pattern asks for, and how many words before it a match may begin."""
    guards = scene.lexicon.guards
    sorts = guards.sort.take(scene.numbers)
    may = np.flatnonzero(_furthest(scene, sorts, end - 1, 1, guards.tail.take(pattern), guards.tail_reach.take(pattern)) >= 0)
    of = pattern.take(may)
    before = guards.reach.take(of) - 1
    begins = _furthest(scene, sorts, anchor.take(may), -1, guards.head.take(of), before + 1)
    is_met = begins >= 0
    return may[is_met], np.where(begins > 0, np.minimum(begins, before), before)[is_met]


def _furthest(scene: Scene, sorts: Ints, at: Ints, step: int, beyond: Ints, reach: Ints) -> Ints:
    """How many words from places, one `step` after the other, a match may begin at most (or end); 0: anywhere, -1: nowhere."""
    told_by, width, last = scene.lexicon.guards.beyond.ravel(), scene.lexicon.guards.beyond.shape[1], len(sorts) - 1
    furthest = np.where(beyond < 0, 0, -1)
    open_ = np.flatnonzero(furthest)
    is_second = (told_by.take(beyond.take(open_) * width + sorts.take(at.take(open_))) & SECOND) != 0
    for steps in range(1, FURTHEST + 1):
        words = sorts.take(np.clip(at.take(open_) + step * steps, 0, last))
        told = told_by.take(beyond.take(open_) * width + words)
        begins = ((told & BEGINS) != 0) & is_second
        furthest[open_.take(np.flatnonzero(begins))] = steps
        goes_on = ((told & PASSES) != 0) & (steps < reach.take(open_))
        left = np.flatnonzero(goes_on if step < 0 else goes_on & ~begins)
        open_, is_second = open_.take(left), (told.take(left) & SECOND) != 0
        if not len(open_):
            break
    return furthest


def _wanted(scene: Scene, sentence: Ints, pattern: Ints) -> Bools:
    """Whether sentences hold some word of the sort that patterns want."""
    begins = np.append(0, scene.stops[:-1] + 1)
    found = np.ones(len(sentence), bool)
    for tells, wants in zip(scene.lexicon.guards.tells, scene.lexicon.guards.wants, strict=True):
        told = np.bitwise_or.reduceat(tells.take(scene.numbers), begins)
        found &= (told[sentence] & wants[pattern]) == wants[pattern]
    return found
