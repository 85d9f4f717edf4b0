"""Towns and schools that a text names → what they are: no taxonomy lists them all, the words around them tell."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from commonground.interests import lexicon as lx
from commonground.interests import schools
from commonground.interests.columns import HANDLE, NO_LETTER, SEPARATOR, UNKNOWN, Bools, Ints
from commonground.interests.denied import Denied
from commonground.interests.judge import Judge
from commonground.interests.lexicon import Named
from commonground.interests.places import Gazetteer, Place
from commonground.interests.scene import Scene, Spans
from commonground.interests.taxonomy import KINDS
from commonground.interests.whose import FAMILY, NOBODY, SELF

PLACE, SCHOOL = KINDS.index("place"), KINDS.index("school")


@dataclass(slots=True)
class Names:
    """What a page names, in columns: words `start` to `end` (exclusive) name number `which` of `known`."""

    start: Ints
    end: Ints
    which: Ints
    is_family: Bools
    is_negated: Bools
    known: list[Named]


_Mentions = tuple[Ints, Ints, Ints, Bools, Bools]  # the columns of `Names`


def named(scene: Scene, judge: Judge, types: Sequence[str | None], gazetteer: Gazetteer, known: schools.Schools, denied: Denied) -> Names:
    """Every town and school that a page names as somebody's own."""
    typed = {text: type_ for text, type_ in enumerate(types) if type_ is not None} if any(types) else {}
    towns = [np.concatenate(column) for column in zip(*_towns(scene, judge, typed, gazetteer), strict=True)]
    numbers, towns[2] = np.unique(towns[2], return_inverse=True)
    found = [_as_named(scene, None if number == _UNLISTED else gazetteer.places[number]) for number in numbers.tolist()]
    of_schools, mentions = _schools(scene, judge, typed, known, denied)
    mentions[2][:] += len(found)  # schools are numbered behind towns
    start, end, which, is_family, is_negated = (np.concatenate(column) for column in zip(towns, mentions, strict=True))
    return Names(start, end, which, is_family, is_negated, [*found, *of_schools])


def _towns(scene: Scene, judge: Judge, types: Mapping[int, str], gazetteer: Gazetteer) -> Iterator[_Mentions]:
    """Towns by the numbers of their places."""
    page, asked = scene.page, scene.lexicon.asked_for
    silent = np.zeros(len(scene.is_name), bool)
    silent[[text for text, type_ in types.items() if type_ in _WITHOUT_TOWNS]] = True
    whole = np.array([text for text, type_ in types.items() if type_ in ("hometown", "current_city")], np.int64)
    yield _own(*gazetteer.after(page, page.bounds[whole] + 1))
    yield _behind_cues(scene, judge, silent, gazetteer)
    yield _own(*_listed(scene, judge, types, gazetteer))
    yield _own(*_of_people(scene, judge, silent, gazetteer))
    local = judge.asked.places("local")
    is_native = judge.is_native()
    is_native[local[np.append(scene.is_name, False)[scene.text_of[local]]]] = True
    natives = np.flatnonzero(is_native)
    natives = natives[~silent[scene.text_of[natives]]]
    for length in range(_LONGEST_NATIVE, 0, -1):  # "Chicago native", "New Orleans roots", a group's "Wauwatosa Neighbors"
        start = np.maximum(natives - length, 0)
        place = gazetteer.named(page, start, natives)
        yield _own(place, start, natives + 1)
        natives = natives[place < 0]
    is_stranger = (scene.numbers[natives - 1] == UNKNOWN) & page.is_capital(natives - 1)  # "Bogalusa native": no word that we know
    natives = natives[is_stranger & (asked["resident"][scene.numbers[natives]] | ~asked["local"][scene.numbers[natives]])]
    no = np.zeros(len(natives), bool)
    yield natives - 1, natives + 1, np.full(len(natives), _UNLISTED), no, no


def _of_people(scene: Scene, judge: Judge, silent: Bools, gazetteer: Gazetteer) -> tuple[Ints, Ints, Ints]:
    """Towns where somebody is what they are: "Reptile nerd in Tucson"."""
    is_person = scene.lexicon.sense.mode[scene.rows.sense] == lx.PERSON
    at = np.unique(scene.rows.end[is_person])
    at = at[scene.lexicon.asked_for["in"][scene.numbers[at]]]
    at = at[~silent[scene.text_of[at]]]
    at = at[(judge.subjects(at, np.zeros(len(at), bool)) == SELF) & ~scene.in_sentence(at, lx.NEWS | lx.NEG)]
    place, start, end = gazetteer.after(scene.page, at + 1)
    return np.where((start == at + 1) & scene.page.is_capital(start), place, -1), start, end


def _own(place: Ints, start: Ints, end: Ints) -> _Mentions:
    """Places found that are somebody's own, whatever else is said."""
    found = np.flatnonzero(place >= 0)
    no = np.zeros(len(found), bool)
    return start[found], end[found], place[found], no, no


def _behind_cues(scene: Scene, judge: Judge, silent: Bools, gazetteer: Gazetteer) -> _Mentions:
    """Towns behind words like "grew up in", and names behind them that we do not know."""
    cues = np.flatnonzero((scene.practice >> PLACE & 1).astype(bool))
    cues = cues[~silent[scene.text_of[scene.cue_start[cues]]]]
    start, behind = scene.cue_start[cues], scene.cue_end[cues]
    asked = scene.lexicon.asked_for
    is_from = asked["from"][scene.numbers[start]] & (behind - start == 1)  # "from" alone is where somebody comes from after "I am" only
    is_first = scene.numbers[start - 1] == SEPARATOR
    is_origin = asked["origin"][scene.numbers[start - 1]]
    chosen = np.flatnonzero(~is_from | is_first | is_origin | asked["origin"][scene.numbers[start - 2]])
    start, behind, is_origin = start[chosen], behind[chosen], is_origin[chosen]
    place, first, end = gazetteer.after(scene.page, behind)
    is_name = scene.is_name[scene.text_of[start]]
    whose = np.where(is_name, SELF, judge.subjects(start + 1, np.zeros(len(start), bool)))
    is_person = asked["nominative"][scene.numbers[start - 2]] | (whose == FAMILY)  # "we are from Benham", but not "it is from Benham"
    comes = asked["from"][scene.numbers[start]] & is_origin & (is_person | ~asked["link"][scene.numbers[start - 1]])
    dwells = asked["dwelling"][scene.numbers[start]] | is_name
    unlisted = np.flatnonzero((place < 0) & np.where(behind - start > 1, dwells, comes))
    first[unlisted], end[unlisted] = _unlisted(scene, gazetteer.behind_sort(scene.page, behind[unlisted]))
    place[unlisted[end[unlisted] > first[unlisted]]] = _UNLISTED
    found = np.flatnonzero(place != -1)
    start, place, first, end, whose = start[found], place[found], first[found], end[found], whose[found]
    negated = judge.is_negated(start, scene.clause(start, behind[found])[0])
    own = np.flatnonzero(whose != NOBODY)
    return first[own], end[own], place[own], whose[own] == FAMILY, negated[own]


def _unlisted(scene: Scene, at: Ints) -> tuple[Ints, Ints]:
    """From which word to which the name of a place reaches that no list has, told by its capitals: "grew up in Benham"; else nothing."""
    page, numbers, called = scene.page, scene.numbers, scene.lexicon.asked_for["called"]
    start, last, open_ = at.copy(), len(numbers) - 1, np.arange(len(at))
    for step in range(8):  # "grew up in a little coal town called Benham"
        here = np.minimum(at[open_] + step, last - 1)
        is_called = called[numbers[here]] & (numbers[here + 1] != SEPARATOR)
        start[open_[is_called]] = here[is_called] + 1
        open_ = open_[~is_called & (page.marks[here] == 0)]
    end, open_ = start.copy(), np.arange(len(at))
    for _ in range(3):
        open_ = open_[page.is_capital(end[open_]) & (page.marks[end[open_]] == 0)]
        open_ = open_[np.array([_is_of_name(scene, word) for word in end[open_].tolist()], bool)]
        end[open_] += 1
    is_known = Spans(scene.rows.start, scene.rows.end).any_within(start, end)  # "lives in Levis"
    return start, np.where(is_known | (numbers[end] == HANDLE), start, end)


def _is_of_name(scene: Scene, at: int) -> bool:
    """Whether a word may be of the name of a place: it has a capital and only letters."""
    (word,) = scene.page.spelled(at, at + 1)
    return word.isalpha() and word not in _NO_PLACES and scene.page.is_title(int(scene.text_of[at]), at, at + 1)


def _listed(scene: Scene, judge: Judge, types: Mapping[int, str], gazetteer: Gazetteer) -> tuple[Ints, Ints, Ints]:
    """Towns that are an item of a profile set apart by pictures or bars: "dog dad | Fresno, CA"."""
    marks = judge.asked.places("pause", "end")
    start, end = marks[:-1] + 1, marks[1:]
    may = np.flatnonzero((end > start) & (end - start <= _LONGEST_ITEM))
    may = may[scene.page.is_capital(start[may])]
    is_prose = np.zeros(len(scene.is_name), bool)
    is_prose[[text for text, type_ in types.items() if type_ not in ("about", "bio", "headline")]] = True
    may = may[~is_prose[scene.text_of[start[may]]]]
    may = may[_stands_apart(scene, start[may], end[may])]
    start, end = start[may], end[may]
    place, first, behind = gazetteer.after(scene.page, start)  # with its state: "Toledo OH"
    return np.where((first == start) & (behind >= end), place, -1), start, end


def _stands_apart(scene: Scene, start: Ints, end: Ints) -> Bools:
    """Whether nothing, a bar, a bullet or a picture stands on both sides of words, or behind them a comma."""
    before, behind = scene.page.beside(scene.text_of[start], start, end - 1)
    opens, closes = (np.any([codes == bar for bar in _BARS], axis=0) | (codes > _LAST_LETTER) for codes in (before, behind))
    found: Bools = opens & (closes | (behind == ord(","))) & ((before != NO_LETTER) | (behind != NO_LETTER))
    return found


_LONGEST_NATIVE = _LONGEST_ITEM = 3  # words
_UNLISTED = -2  # instead of the number of a place: one that no list has
_LAST_LETTER = 0x2000  # beyond it stand bullets and pictures
_BARS = [NO_LETTER, *map(ord, "|\n·•")]
_NO_PLACES = frozenset(  # the last line: homes that tell of age, health or means, which is nobody's business
    "mondays tuesdays wednesdays thursdays fridays saturdays sundays i my the a an and january february march april may june july "
    "august september october november december monday tuesday wednesday thursday friday saturday sunday spring summer fall winter "
    "fear peace harmony sin pain poverty misery chaos style luxury pajamas "
    "section assisted memory nursing senior seniors foster hospice public government subsidized affordable sober halfway".split()
)
_WITHOUT_SCHOOLS = frozenset({"hometown", "current_city", "position", "employer"})
_WITHOUT_TOWNS = _WITHOUT_SCHOOLS | {"education"}


def _as_named(scene: Scene, place: Place | None) -> Named:
    """A place as an interest; None: one that no list has."""
    root = scene.lexicon.described(scene.lexicon.number_of["place"])
    if place is None:
        return Named(root.interest, root.label, PLACE, root.policy_class, 0.0)
    return Named(place.id, place.label, PLACE, root.policy_class, place.rarity)


def _schools(scene: Scene, judge: Judge, types: Mapping[int, str], known: schools.Schools, denied: Denied) -> tuple[list[Named], _Mentions]:
    """The schools of a page and where they are named."""
    root, page = scene.lexicon.described(scene.lexicon.number_of["school"]), scene.page
    is_silent, is_entry = np.zeros((2, len(scene.is_name)), bool)
    is_silent[[text for text, type_ in types.items() if type_ in _WITHOUT_SCHOOLS]] = True
    is_entry[[text for text, type_ in types.items() if type_ == "education"]] = True
    start, end = known.named(scene, is_silent, is_entry)
    is_unclear = is_entry.copy()  # a school we cannot make out is a school all the same
    is_unclear[scene.text_of[start]] = is_unclear[denied.text] = False
    unclear, unclear_end = _whole(scene, is_unclear)
    is_known = np.append(np.ones(len(start), bool), np.zeros(len(unclear), bool))
    start, end = np.append(start, unclear), np.append(end, unclear_end)
    entry = is_entry[scene.text_of[start]]
    whose = np.where(entry, SELF, judge.subjects(start, np.zeros(len(start), bool)))
    own = np.flatnonzero(whose != NOBODY)
    start, end, entry, whose = start[own], end[own], entry[own], whose[own]
    negated = judge.is_negated(start, scene.clause(start, end)[0]) & ~scene.is_name[scene.text_of[start]] & ~entry
    numbers: dict[str, int] = {}  # by label; the nameless one's is empty
    labels = [
        known.label(page.spelled(first, last)) if is_ else ""
        for first, last, is_ in zip(start.tolist(), end.tolist(), is_known[own].tolist(), strict=True)
    ]
    which = np.array([numbers.setdefault(label, len(numbers)) for label in labels], np.int64)
    made = [
        Named(schools.identity(label), label, SCHOOL, root.policy_class, 0.7)
        if label
        else Named(root.interest, root.label, SCHOOL, root.policy_class, 0.0, 1)
        for label in numbers
    ]
    return made, (start, end, which, whose == FAMILY, negated)


def _whole(scene: Scene, chosen: Bools) -> tuple[Ints, Ints]:
    """From the first word to the last (exclusive) of texts; those without a word are left out."""
    words = np.flatnonzero((scene.page.marks == 0) & np.append(chosen, False)[scene.text_of])
    _, firsts, counts = np.unique(scene.text_of[words], return_index=True, return_counts=True)
    return words[firsts], words[firsts + counts - 1] + 1
