"""What stands around an interest → is it one, whose is it, is it denied or disliked?"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from commonground.interests import lexicon as lx
from commonground.interests.lexicon import Entry, Lexicon, Sense
from commonground.interests.places import Gazetteer
from commonground.interests.taxonomy import Interest
from commonground.interests.words import Words

REACH = 8  # words a liking reaches forward: "I love to go with my friends to the old dog park"
NEGATION_REACH = 4  # words a negation reaches: "not been able to enjoy"
AFTER_REACH = 5  # words to a liking behind: "horror movies are by far my favorites"
WINDOW = 90  # characters around its anchor word in which a protected statement is looked for
START = 2  # words into a clause without a subject where the interest still leads it: "Great hike", "Avid golfer"
ITEM = 4  # words of a list item in a profile: "dog lover | marathon runner"
_LINKS = frozenset(["is", "are", "was", "were", "makes", "make", "calms", "relaxes", "rocks", "has", "have", "always", "will"])
_NOMINATIVE = frozenset({"i", "we", "im", "ive", "he", "she", "they"})
_JOBLESS_PAST = frozenset({"military", "place", "school", "sports"})
_CLOSING = frozenset({",", "."})


@dataclass(frozen=True, slots=True)
class Found:
    """An interest that the words at `start` to `end` (exclusive, in words) show."""

    interest: str
    label: str
    kind: str
    policy_class: str
    rarity: float
    level: int
    start: int
    end: int
    is_family: bool
    is_negated: bool


Cue = tuple[int, int, int, frozenset[str]]  # from word, to word, flags, kinds it is practice of
_NONE: frozenset[str] = frozenset()


@dataclass(slots=True)
class Scene:
    """A text as read: cues, interests and protected words by position."""

    words: Words
    cues: list[Cue] = field(default_factory=list)
    senses: list[tuple[int, int, tuple[Sense, ...]]] = field(default_factory=list)
    items: list[Cue] = field(default_factory=list)  # (to, from, ...): cues, and interests as cues without flags
    item_ends: list[int] = field(default_factory=list)
    denied: list[tuple[int, int, str]] = field(default_factory=list)
    breaks: list[int] = field(default_factory=list)
    stops: list[int] = field(default_factory=list)
    prepositions: frozenset[str] = frozenset()
    liked: frozenset[str] = frozenset()
    roots: Mapping[str, Interest] = field(default_factory=dict)
    is_bare: bool = False
    is_profile: bool = False
    is_about: bool = False

    def sentence_of(self, at: int) -> int:
        """Number of the sentence that holds a word."""
        return bisect_left(self.stops, at)

    def clause(self, a: int, b: int) -> tuple[int, int]:
        """From where to where the clause around some words reaches."""
        return _between(self.breaks, a, b, len(self.words.words))

    def sentence(self, a: int) -> tuple[int, int]:
        """From where to where the sentence around a word reaches."""
        return _between(self.stops, a, a, len(self.words.words))


def _between(marks: list[int], a: int, b: int, length: int) -> tuple[int, int]:
    before, after = bisect_left(marks, a), bisect_left(marks, b)
    return (marks[before - 1] + 1 if before else 0), (marks[after] if after < len(marks) else length)


def read_scene(
    words: Words, joined: str, hits: list[tuple[int, int, Entry]], lexicon: Lexicon, *, is_bare: bool, is_profile: bool, is_about: bool
) -> Scene:
    """Sorts what the automaton found: longer words hide the shorter ones in them, masks hide what only looks alike."""
    hits.sort()
    scene = Scene(
        words,
        prepositions=lexicon.prepositions,
        liked=lexicon.liked,
        roots=lexicon.taxonomy.interests,
        is_bare=is_bare,
        is_profile=is_profile,
        is_about=is_about,
    )
    special = [(a, -b, entry) for a, b, entry in hits if entry.is_special]
    masks = [(a, b, entry.masks) for a, b, entry in special if entry.masks]
    hidden = [
        (flag, spans)
        for flag, mask in ((lx.NEG, lx.NOT_NEG), (lx.LIKE, lx.NOT_LIKE), (lx.SUBJECT, lx.NOT_SUBJECT))
        if special and (spans := [(a, b) for a, b, entry in special if entry.flags & mask])
    ]
    denied_masks = [(a, b, entry.denied_masks) for a, b, entry in special if entry.denied_masks]
    reached = 0  # end of the longest interest so far: what ends before it lies inside it
    cues = scene.cues
    for a, minus_b, entry in hits:
        b = -minus_b
        if entry.is_guarded:
            _read_denied(scene, a, b, entry, joined, denied_masks)
        if entry.senses and b > reached:
            senses = entry.senses
            if masks:
                senses = tuple(s for s in senses if not any(x <= a and b <= y and s.interest.kind in kinds for x, y, kinds in masks))
            if senses:
                scene.senses.append((a, b, senses))
                reached = b
        flags = entry.flags
        for flag, spans in hidden:
            if flags & flag and any(x <= a and b <= y for x, y in spans):
                flags &= ~flag
        if flags & lx.BREAK:
            if b > reached or words.words[a] == ".":
                scene.breaks.append(a)
            if words.words[a] == ".":
                scene.stops.append(a)
        if flags & ~lx.BREAK or entry.practice:
            cues.append((a, b, flags, entry.practice))
    if scene.senses:
        items = [(b, a, flags, practice) for a, b, flags, practice in cues]
        items += [(b, a, 0, _NONE) for a, b, _ in scene.senses]
        items.sort()
        scene.items = items
        scene.item_ends = [item[0] for item in items]
    return scene


def _read_denied(scene: Scene, a: int, b: int, entry: Entry, joined: str, masks: list[tuple[int, int, frozenset[str]]]) -> None:
    for class_ in entry.denied:
        if not any(x <= a and b <= y and class_ in classes for x, y, classes in masks):
            scene.denied.append((a, b, class_))
    if not entry.denied_patterns:
        return
    at = len(" ".join(scene.words.words[:a]))
    for class_, pattern in entry.denied_patterns:
        for match in pattern.finditer(joined, max(0, at - WINDOW), at + WINDOW):
            start = joined.count(" ", 0, match.start()) - 1
            end = start + len(re.findall(r"\S+", match.group()))
            if not any(x <= max(start, a) and min(end, b) <= y and class_ in classes for x, y, classes in masks):
                scene.denied.append((start, min(max(end, start + 1), len(scene.words.words)), class_))


def interests(scene: Scene) -> Iterator[Found]:
    """Every interest that its surroundings bear out."""
    kept: list[Found] = []
    openers: list[Found] = []
    for a, b, senses in scene.senses:
        chosen = _unambiguous(scene, a, b, senses)
        for sense in chosen:
            verdict = _verdict(scene, a, b, sense)
            if verdict is None:
                continue
            subject = "self" if scene.is_bare else _subject(scene, a, sense)
            if subject is None:
                continue
            found = _found(sense, a, b, is_family=subject == "family", is_negated=not verdict)
            (openers if sense.mode == "opener" else kept).append(found)
    yield from kept
    for opener in openers:
        start, end = scene.sentence(opener.start)
        if opener.end < end and not any(f.start >= opener.start and f.start < end for f in kept):
            yield opener


def service(scene: Scene) -> Iterator[Found]:
    """Military service out of a position or employer."""
    for a, b, senses in scene.senses:
        for sense in senses:
            if sense.interest.kind == "military" and sense.interest.level > 1:
                yield _found(sense, a, b, is_family=False, is_negated=False)


def places(scene: Scene, gazetteer: Gazetteer) -> Iterator[Found]:
    """Named places after "I grew up in", "from", "moved from"."""
    for a, b, _, practice in scene.cues:
        if "place" in practice:
            if scene.words.words[a:b] == ["from"] and not _speaks_of_origin(scene, a):
                continue
            subject = _subject(scene, a + 1, None)
            if subject is not None:
                is_negated = _is_negated(scene, a, scene.clause(a, b)[0])
                yield from named_place(scene, gazetteer, "place", b, is_family=subject == "family", is_negated=is_negated)


def _speaks_of_origin(scene: Scene, at: int) -> bool:
    before = scene.words.words[max(0, at - 2) : at]
    return any(word in ("am", "im", "originally", "was", "are", "come", "hail", "is", "m") for word in before) or at == 0


def named_place(
    scene: Scene, gazetteer: Gazetteer, kind: str, at: int, *, is_family: bool = False, is_negated: bool = False
) -> Iterator[Found]:
    """The place whose name begins at a word, if we know it."""
    found = gazetteer.after(scene.words.words, at)
    if found is None:
        return
    place, start = found
    yield Found(place.id, place.label, kind, "restricted", place.rarity, 3, start, start + place.length, is_family, is_negated)


def _found(sense: Sense, a: int, b: int, *, is_family: bool, is_negated: bool) -> Found:
    i = sense.interest
    return Found(i.id, i.label, i.kind, i.policy_class, i.rarity, i.level, a, b, is_family, is_negated)


def _unambiguous(scene: Scene, a: int, b: int, senses: tuple[Sense, ...]) -> tuple[Sense, ...]:
    """Senses whose context stands in the text; of several nicknamed alike, the one that its own words tell apart."""
    if not any(sense.context for sense in senses):
        return senses
    around = {*scene.words.words[:a], *scene.words.words[b:]}
    text = f" {' '.join(scene.words.words[:a])} | {' '.join(scene.words.words[b:])} "
    score = {sense: sum(1 for w in sense.context if w in around or (" " in w and f" {w} " in text)) for sense in senses if sense.context}
    best = max(score.values(), default=0)
    leaders = [sense for sense in score if score[sense] == best and best > 0]
    plain = tuple(sense for sense in senses if not sense.context)
    if len(leaders) > 1 and len({sense.interest.kind for sense in leaders}) == 1:
        root = scene.roots[leaders[0].interest.kind]  # some Giants or other: a sports fan all the same
        return (*plain, Sense(root, leaders[0].mode, leaders[0].context))
    return (*plain, *leaders[:1]) if len(leaders) == 1 else plain


def _verdict(scene: Scene, a: int, b: int, sense: Sense) -> bool | None:
    """True = shown, False = denied or disliked, None = merely mentioned."""
    if scene.is_bare:
        return True if sense.mode != "liked_verb" or len(scene.words.words) <= ITEM else None
    if a in scene.words.tagged and sense.mode != "liked_verb":
        return True
    start, end = scene.clause(a, b)
    governing = _governing(scene, a, start, sense)
    if governing == "no":
        return False
    if sense.mode in ("phrase", "opener"):
        return None if governing == "is" else True
    liked = governing == "like" and sense.interest.kind in scene.liked
    if liked or governing == "practice" or (governing == "having" and "having" in sense.interest.shown_by):
        return True
    if sense.mode == "person":
        if governing == "being":
            return _being(scene, a, start, sense)
        return True if _leads(scene, a, start) or _is_item(scene, a, b, start, end) else None
    after = _after(scene, b, end, sense)
    if after is not None:
        return after
    if governing == "job":
        return None
    if sense.mode == "verb":
        return True if _subject_near(scene, a, start) or _leads(scene, a, start) else None
    if sense.mode == "liked_verb" and _has_habit(scene, a):
        return True
    return True if _is_item(scene, a, b, start, end) else None


def _governing(scene: Scene, a: int, start: int, sense: Sense) -> str | None:
    """What the nearest word before decides: like, practice, having, being, job, no (denied or disliked)."""
    reach = a
    words = scene.words.words
    items = scene.items
    for position in range(bisect_right(scene.item_ends, a) - 1, -1, -1):
        y, x, flags, practice = items[position]
        if x < start:
            continue
        if reach - y > REACH:
            return None
        gap = words[y:a]
        if flags & lx.NEG:
            if reach - y <= NEGATION_REACH and not (reach == a and ({"and", ","} & set(gap))):
                return "no"
            continue
        if flags & lx.DISLIKE:
            return None if _is_negated(scene, x, start) else "no"
        is_practice = sense.interest.kind in practice
        if flags & lx.LIKE or is_practice or (flags & lx.PRAISE and y >= a - 1):
            if _is_negated(scene, x, start):
                return "no"
            if sense.mode == "person" and _then_being(scene, y, a):
                return "being"
            return "practice" if is_practice else "like"
        if flags & lx.HAVE and "having" in sense.interest.shown_by and a - y <= REACH:
            return "no" if _is_negated(scene, x, start) else "having"
        if flags & lx.BE and sense.mode == "person" and a - y <= 5:
            return "no" if _is_negated(scene, y, start) else "being"
        if flags & lx.JOB and sense.mode not in ("phrase", "opener"):
            return "job"
        if flags == 0 and not practice:
            reach = x
    return None


def _then_being(scene: Scene, at: int, a: int) -> bool:
    return any(flags & lx.BE and x >= at - 1 and y <= a for x, y, flags, _ in scene.cues)


def _is_negated(scene: Scene, at: int, start: int) -> bool:
    """Whether a negation stands shortly before a word, with no "and" between; "or" carries it on."""
    words = scene.words.words
    for x, y, flags, _ in reversed(scene.cues):
        if flags & lx.NEG and start <= x and y <= at:
            between = words[y:at]
            limit = NEGATION_REACH + (REACH if "or" in between or "nor" in between else 0)
            if len(between) <= limit and "and" not in between and "," not in between:
                return True
    return False


def _being(scene: Scene, a: int, start: int, sense: Sense) -> bool | None:
    before = " ".join(scene.words.words[max(start, a - 6) : a])
    if "used to be" in before and sense.interest.kind not in _JOBLESS_PAST:
        return None
    return True


def _after(scene: Scene, b: int, end: int, sense: Sense) -> bool | None:
    """A liking or disliking behind: "is my thing", "are boring"."""
    words = scene.words.words
    for x, _, flags, _ in scene.cues:
        if x < b or x >= end or x - b > AFTER_REACH or not flags & (lx.LIKE_AFTER | lx.DISLIKE):
            continue
        between = words[b:x]
        if between and (not _LINKS & set(between[:3]) or _NOMINATIVE & set(between) or "," in between):
            continue
        if not between and flags & lx.DISLIKE:
            continue
        if sense.interest.kind not in scene.liked:
            return None
        negated = any(f & lx.NEG and b <= p and q <= x for p, q, f, _ in scene.cues)
        return bool(flags & lx.LIKE_AFTER) != negated
    return None


def _has_habit(scene: Scene, at: int) -> bool:
    start, end = scene.sentence(at)
    return any(flags & lx.HABIT and x >= start and y <= end for x, y, flags, _ in scene.cues)


def _leads(scene: Scene, a: int, start: int) -> bool:
    """Whether the interest leads a clause that names no subject."""
    return a - start <= START and not any(flags & lx.SUBJECT and x >= start and y <= a for x, y, flags, _ in scene.cues)


def _subject_near(scene: Scene, a: int, start: int) -> bool:
    return any(flags & lx.SUBJECT and x >= start and y <= a for x, y, flags, _ in scene.cues)


def _is_item(scene: Scene, a: int, b: int, start: int, end: int) -> bool:
    """Whether it is an item of a list in a profile or note: short, nothing but itself."""
    if not (scene.is_profile or scene.is_about):
        return False
    words = scene.words.words
    left = max([start, *(i + 1 for i in range(start, a) if words[i] in _CLOSING or words[i] == "and")])
    right = min([end, *(i for i in range(b, end) if words[i] in _CLOSING or words[i] == "and")])
    if any(flags & (lx.JOB | lx.SUBJECT | lx.NEG) and x >= left and y <= right for x, y, flags, _ in scene.cues):
        return False
    return right - left <= ITEM and (b - a) * 2 >= right - left


def _subject(scene: Scene, a: int, sense: Sense | None) -> str | None:
    """Whose interest it is: self, family, or None for somebody else's."""
    words = scene.words.words
    start, _ = scene.sentence(a)
    for x, y, flags, _ in reversed(scene.cues):
        if not flags & lx.SUBJECT or x < start or y > a:
            continue
        if flags & lx.SELF:
            return "self"
        if flags & lx.CONTACT and scene.is_about:
            return "self"
        before = words[x - 1] if x else ""
        owned = before in ("my", "our", "his", "her", "their") or (x > 1 and words[x - 2] in ("my", "our", "his", "her", "their"))
        lead = words[max(0, x - (2 if before in ("my", "our") else 3 if owned else 1))] if x else ""
        first = x - 1 if before in ("my", "our", "his", "her", "their") else x - 2 if owned else x
        lead = words[first - 1] if first > 0 else ""
        if lead in scene.prepositions:
            continue
        if flags & lx.HOUSEHOLD:
            if owned or words[y : y + 1] == ["who"]:
                return None
            continue
        if flags & lx.FAMILY:
            if owned or (x == start and words[x] not in ("family", "parents", "twin")):
                return _family(sense)
            continue
        if words[x] in ("he", "she", "they", "his", "her", "their") and _family_before(scene, x):
            return _family(sense)
        return None
    return "self"


def _family(sense: Sense | None) -> str | None:
    """What relatives do counts as theirs; what they work as does not."""
    return None if sense is not None and sense.mode == "person" and sense.interest.kind != "military" else "family"


def _family_before(scene: Scene, at: int) -> bool:
    for x, _, flags, _ in reversed(scene.cues):
        if (
            x < at
            and flags & (lx.FAMILY | lx.HOUSEHOLD | lx.OTHER)
            and scene.words.words[x] not in ("he", "she", "they", "his", "her", "their")
        ):
            return bool(flags & lx.FAMILY)
    return False
