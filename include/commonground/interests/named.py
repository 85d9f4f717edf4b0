"""Towns and schools that a text names → what they are: no taxonomy lists them all, the words around them tell."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from commonground.interests import schools
from commonground.interests.columns import PAUSE, SEPARATOR, STOP, Bools, Ints
from commonground.interests.denied import Denied
from commonground.interests.judge import Judge
from commonground.interests.places import Gazetteer, Place
from commonground.interests.scene import Scene
from commonground.interests.taxonomy import KINDS
from commonground.interests.whose import FAMILY, NOBODY
from commonground.interests.words import CALLED, DWELLING

PLACE, SCHOOL = KINDS.index("place"), KINDS.index("school")


@dataclass(frozen=True, slots=True)
class Named:
    """An interest, and if it was named in a text, at which words of the page."""

    interest: str
    label: str
    kind: int
    policy_class: str
    rarity: float
    level: int = 3
    text: int = 0
    start: int = 0
    end: int = 0
    is_family: bool = False
    is_negated: bool = False

    @property
    def kind_name(self) -> str:
        """The kind in words."""
        return KINDS[self.kind]


def named(
    scene: Scene, judge: Judge, types: Sequence[str | None], gazetteer: Gazetteer, known: schools.Schools, denied: Denied
) -> list[Named]:
    """Every town and school that a page names as somebody's own."""
    typed = {text: type_ for text, type_ in enumerate(types) if type_ is not None}
    found = list(_towns(scene, judge, typed, gazetteer))
    found += _schools(scene, judge, typed, known, denied)
    return found


def _towns(scene: Scene, judge: Judge, types: Mapping[int, str], gazetteer: Gazetteer) -> Iterator[Named]:
    silent = np.zeros(len(scene.is_name), bool)
    silent[[text for text, type_ in types.items() if type_ in _WITHOUT_TOWNS]] = True
    for text in np.flatnonzero(silent).tolist():
        if types[text] in ("hometown", "current_city"):
            yield from _town(scene, gazetteer, text, 0)
    cues = np.flatnonzero((scene.practice >> PLACE & 1).astype(bool))
    cues = cues[~silent[scene.text_of[scene.cue_start[cues]]]]
    cues = cues[gazetteer.may_follow(scene.page.hashes, scene.cue_end[cues]) | _dwells(scene, cues)]
    start, end = scene.cue_start[cues], scene.cue_end[cues]
    asked = scene.lexicon.asked_for
    is_origin = asked["origin"][scene.numbers]
    is_from = asked["from"][scene.numbers[start]] & (end - start == 1)  # "from" alone is where somebody comes from after "I am" only
    is_first = scene.numbers[start - 1] == SEPARATOR
    chosen = ~is_from | is_first | is_origin[start - 1] | is_origin[start - 2]
    start, end = start[chosen], end[chosen]
    text = scene.text_of[start]
    whose = np.where(scene.is_name[text], 0, judge.subjects(start + 1, np.zeros(len(start), bool)))
    negated = judge.is_negated(start, scene.clause(start, end)[0])
    for row in np.flatnonzero(whose != NOBODY).tolist():
        number, first = int(text[row]), int(scene.page.bounds[text[row]]) + 1
        b = int(end[row]) - first
        flags = {"is_family": bool(whose[row] == FAMILY), "is_negated": bool(negated[row])}
        known = list(_town(scene, gazetteer, number, b, **flags))
        yield from known or _unlisted(scene, number, int(start[row]) - first, b, **flags)
    yield from _listed(scene, judge, types, gazetteer)
    natives = np.flatnonzero(judge.is_native() | (asked["local"][scene.numbers] & np.append(scene.is_name, False)[scene.text_of]))
    natives = natives[~silent[scene.text_of[natives]] & gazetteer.may_end(scene.page.hashes, natives)]
    for at in natives.tolist():  # "Chicago native", "New Orleans roots", a group's "Wauwatosa Neighbors"
        number = int(scene.text_of[at])
        first = int(scene.page.bounds[number]) + 1
        words = scene.page.words_of(number)
        here = at - first
        for length in range(min(3, here), 0, -1):
            place = gazetteer.named(words[here - length : here])
            if place is not None:
                yield _as_named(scene, place, number, at - length, at + 1)
                break


def _listed(scene: Scene, judge: Judge, types: Mapping[int, str], gazetteer: Gazetteer) -> Iterator[Named]:
    """Towns that are an item of a profile set apart by pictures or bars: "dog dad | Fresno, CA"."""
    marks = np.flatnonzero((scene.numbers == STOP) | (scene.numbers == SEPARATOR) | (scene.numbers == PAUSE))
    marks = np.union1d(marks, judge.asked.places("picture"))
    start, end = marks[:-1] + 1, marks[1:]
    may = (end > start) & (end - start <= 3)
    may[may] = gazetteer.may_begin(scene.page.hashes, start[may]) & scene.page.is_capital(start[may])
    may[may] = _may_stand_apart(scene, start[may], end[may])
    for a, b in zip(start[may].tolist(), end[may].tolist(), strict=True):
        text = int(scene.text_of[a])
        if types.get(text) not in (None, "about", "bio", "headline"):
            continue
        first = int(scene.page.bounds[text]) + 1
        from_, to = scene.page.offsets(np.array([text]), np.array([a]), np.array([b - 1]))
        written = scene.page.texts[text]
        before, behind = written[: int(from_[0])].rstrip(" \ufe0f")[-1:], written[int(to[0]) :].lstrip()[:1]
        if not (before or behind) or not (_sets_apart(before) and (_sets_apart(behind) or behind == ",")):
            continue
        place = gazetteer.named(scene.page.words_of(text)[a - first : b - first])
        if place is not None:
            yield _as_named(scene, place, text, a, b)


def _may_stand_apart(scene: Scene, start: Ints, end: Ints) -> Bools:
    """A first look at words all at once: nothing, a bar, a bullet or a picture may stand on both sides of them."""
    text = scene.text_of[start]
    before, behind = scene.page.beside(text, start, end - 1)
    may_open, may_close = (np.isin(codes, [0, *map(ord, "|\n·•")]) | (codes > _LAST_LETTER) for codes in (before, behind))
    found: Bools = may_open & (may_close | (behind == ord(",")) | np.isin(behind, _BLANKS))
    return found


def _sets_apart(mark: str) -> bool:
    """Whether nothing, a bar, a bullet or a picture stands there."""
    return mark in "|\n·•" or ord(mark) > _LAST_LETTER


_LAST_LETTER = 0x2000  # beyond it stand bullets and pictures
_BLANKS = [code for code in range(_LAST_LETTER + 1) if chr(code).isspace()]


def _dwells(scene: Scene, cues: Ints) -> Bools:
    """Which cues of places say where somebody lives or grew up, with a capital behind them: no list has every village."""
    start, end = scene.cue_start[cues], scene.cue_end[cues]
    found: Bools = scene.lexicon.asked_for["dwelling"][scene.numbers[start]] & (end - start > 1)
    sort = scene.lexicon.asked_for["called"][scene.numbers]
    behind = np.zeros(len(cues), bool)
    for step in range(8):  # "grew up in a little coal town called Benham"
        behind |= sort[np.minimum(end + step, len(sort) - 1)]
    return found & (behind | scene.page.is_capital(end))


def _unlisted(scene: Scene, text: int, cue: int, at: int, *, is_family: bool, is_negated: bool) -> Iterator[Named]:
    """The name of a place that we do not know, told by where it stands and its capital: "grew up in Benham"."""
    words = scene.page.words_of(text)
    if words[cue] not in DWELLING:
        return
    called = next((n for n in range(at, min(at + 8, len(words) - 1)) if words[n] in CALLED), None)
    if called is not None and all(word not in ".,@" for word in words[at:called]):
        at = called + 1
    first = int(scene.page.bounds[text]) + 1
    end = at
    while (
        end < min(at + 3, len(words))
        and words[end].isalpha()
        and words[end] not in _NO_PLACES
        and scene.page.is_title(text, first + end, first + end + 1)
    ):
        end += 1
    from_, to = np.searchsorted(scene.rows.start, (first + at, first + end)).tolist()
    is_known = (scene.rows.end[from_:to] <= first + end).any()  # "lives in Levis"
    if end == at or is_known or (end < len(words) and words[end] == "@"):
        return
    root = scene.lexicon.taxonomy.interests["place"]
    yield Named(root.id, root.label, PLACE, root.policy_class, 0.0, 1, text, first + at, first + end, is_family, is_negated)


_NO_PLACES = frozenset(  # the last line: homes that tell of age, health or means, which is nobody's business
    "i my the a an and january february march april may june july august september october november december monday tuesday wednesday "
    "thursday friday saturday sunday spring summer fall winter fear peace harmony sin pain poverty misery chaos style luxury pajamas "
    "section assisted memory nursing senior seniors foster hospice public government subsidized affordable sober halfway".split()
)
_WITHOUT_TOWNS = frozenset({"hometown", "current_city", "education", "position", "employer"})


def _town(scene: Scene, gazetteer: Gazetteer, text: int, at: int, *, is_family: bool = False, is_negated: bool = False) -> Iterator[Named]:
    """The place whose name begins at a word of a text, if we know it."""
    found = gazetteer.after(scene.page.words_of(text), at)
    if found is not None:
        place, start = found
        first = int(scene.page.bounds[text]) + 1
        yield _as_named(scene, place, text, first + start, first + start + place.length, is_family=is_family, is_negated=is_negated)


def _as_named(scene: Scene, place: Place, text: int, start: int, end: int, *, is_family: bool = False, is_negated: bool = False) -> Named:
    policy_class = scene.lexicon.taxonomy.interests["place"].policy_class
    return Named(place.id, place.label, PLACE, policy_class, place.rarity, 3, text, start, end, is_family, is_negated)


def _schools(scene: Scene, judge: Judge, types: Mapping[int, str], known: schools.Schools, denied: Denied) -> Iterator[Named]:
    root = scene.lexicon.taxonomy.interests["school"]
    head = known.heads_in(scene)
    has_denied = set(denied.text.tolist())
    stated: list[Named] = []
    for text in sorted({*head, *(n for n, type_ in types.items() if type_ == "education")}):
        type_ = types.get(text)
        if type_ in ("hometown", "current_city", "position", "employer"):
            continue
        first, words = int(scene.page.bounds[text]) + 1, scene.page.words_of(text)
        spans = list(known.names(words, is_entry=type_ == "education"))
        made = [
            Named(schools.identity(label), label, SCHOOL, root.policy_class, 0.7, 3, text, first + a, first + b) for a, b, label in spans
        ]
        if type_ == "education":
            yield from made
            at = [i for i, word in enumerate(words) if word not in (".", ",", "@")]
            if not made and at and text not in has_denied:  # a school we cannot make out is a school all the same
                yield Named(root.id, root.label, SCHOOL, root.policy_class, 0.0, 1, text, first + at[0], first + at[-1] + 1)
            continue
        is_listed = bool(scene.is_name[text] or scene.is_profile[text])
        for (a, _, _), school in zip(spans, made, strict=True):
            near = words[max(0, a - schools.NEAR) : a]
            if (is_listed or schools.is_attended(near)) and not schools.is_job(near):
                stated.append(school)
    start, end = (np.array([getattr(school, side) for school in stated], np.int64) for side in ("start", "end"))
    whose = judge.subjects(start, np.zeros(len(start), bool))
    negated = judge.is_negated(start, scene.clause(start, end)[0]) & ~scene.is_name[scene.text_of[start]]
    for school, owner, is_negated in zip(stated, whose.tolist(), negated.tolist(), strict=True):
        if owner != NOBODY:
            yield replace(school, is_family=owner == FAMILY, is_negated=is_negated)
