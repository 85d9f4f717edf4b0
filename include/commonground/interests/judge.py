"""What stands around an interest → is it one, whose is it, is it denied or disliked?"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace

from commonground.interests import lexicon as lx
from commonground.interests.lexicon import Sense
from commonground.interests.places import Gazetteer
from commonground.interests.scene import Cue, Scene

REACH = 8  # words a liking reaches forward: "I love to go with my friends to the old dog park"
NEGATION_REACH = 4  # words a negation reaches: "not been able to enjoy"
AFTER_REACH = 5  # words to a liking behind: "horror movies are by far my favorites"
BEING_REACH = 5  # words from "am" to what one is: "am a very big opera lover"
START = 2  # words into a clause without a subject where the interest still leads it: "Great hike", "Avid golfer"
ITEM = 4  # words of a list item in a profile: "dog lover | marathon runner"
_LINKS = frozenset(["is", "are", "was", "were", "makes", "make", "calms", "relaxes", "rocks", "has", "have", "always", "will"])
_NOMINATIVE = frozenset({"i", "we", "im", "ive", "he", "she", "they"})
_JOBLESS_PAST = frozenset({"military", "place", "school", "sports"})
_NATIVE = frozenset({"native", "natives", "roots", "transplant", "expat"})
_REPORTED = frozenset({"said", "says", "say", "reports", "reported", "announced", "confirmed"})
_ARTICLES = frozenset({"the", "a", "an", "this", "that", "no", "each", "every", "some"})
_TITLED = frozenset({"film_tv", "games", "music", "books"})  # "I love the office" is no liking of a series
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
    is_stated: bool = True  # by words that say so, not by a bare name
    is_person: bool = False  # what somebody is: "collectors"


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
            subject = "self" if scene.is_bare or _is_fellow(scene, a, sense) else subject_of(scene, a, sense)
            if subject is None:
                continue
            found = _found(sense, a, b, is_family=subject == "family", is_negated=not verdict)
            (openers if sense.mode == "opener" else kept).append(found)
    yield from kept
    for opener in openers:
        _, end = scene.sentence(opener.start)
        if opener.end < end and not any(f.start >= opener.start and f.start < end for f in kept):
            yield opener


def _is_fellow(scene: Scene, a: int, sense: Sense) -> bool:
    """Who speaks of a fellow Marine is one."""
    return sense.mode == "person" and a > 0 and scene.words.words[a - 1] == "fellow"


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
            subject = "self" if scene.is_bare else subject_of(scene, a + 1, None)
            if subject is not None:
                negated = is_negated(scene, a, scene.clause(a, b)[0])
                yield from named_place(scene, gazetteer, "place", b, is_family=subject == "family", is_negated=negated)


def natives(scene: Scene, gazetteer: Gazetteer) -> Iterator[Found]:
    """Named places before "native" or "roots": "Chicago native", "New Orleans roots"."""
    words = scene.words.words
    for at, word in enumerate(words):
        if word in _NATIVE and at:
            for length in (3, 2, 1):
                place = gazetteer.named(words[max(0, at - length) : at]) if at >= length else None
                if place is not None:
                    policy_class = scene.roots["place"].policy_class
                    yield Found(place.id, place.label, "place", policy_class, place.rarity, 3, at - length, at + 1, False, False)
                    break


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
    policy_class = scene.roots[kind].policy_class
    yield Found(place.id, place.label, kind, policy_class, place.rarity, 3, start, start + place.length, is_family, is_negated)


def _found(sense: Sense, a: int, b: int, *, is_family: bool, is_negated: bool) -> Found:
    i = sense.interest
    mode = sense.mode
    return Found(i.id, i.label, i.kind, i.policy_class, i.rarity, i.level, a, b, is_family, is_negated, mode != "thing", mode == "person")


def _unambiguous(scene: Scene, a: int, b: int, senses: tuple[Sense, ...]) -> tuple[Sense, ...]:
    """Senses whose context stands in the text; of several nicknamed alike, the one that its own words tell apart."""
    if not any(sense.context for sense in senses):
        return senses
    if scene.is_bare and len(senses) == 1 and b - a == len(scene.words.words):
        return senses  # the whole of a name, and only one thing is called so
    around = {*scene.words.words[:a], *scene.words.words[b:]}
    text = f" {' '.join(scene.words.words[:a])} | {' '.join(scene.words.words[b:])} "
    score = {sense: sum(1 for w in sense.context if w in around or (" " in w and f" {w} " in text)) for sense in senses if sense.context}
    for sense in score:
        score[sense] += any(sense.interest.kind in practice for _, _, _, practice in scene.cues)  # "we watched ...", "playing ..."
        score[sense] += sense.interest.kind in _TITLED and a > scene.sentence(a)[0] and scene.words.is_title(a, b)
        score[sense] += sense.interest.kind not in _TITLED and any(y == a and flags & lx.LIKE for _, y, flags, _ in scene.cues)
    best = max(score.values(), default=0)
    leaders = [sense for sense in score if score[sense] == best and best > 0]
    plain = tuple(sense for sense in senses if not sense.context)
    if len(leaders) > 1 and len({sense.interest.kind for sense in leaders}) == 1:
        root = scene.roots[leaders[0].interest.kind]  # some Giants or other: a sports fan all the same
        return (*plain, replace(leaders[0], interest=root))
    return (*plain, *leaders[:1]) if len(leaders) == 1 else plain


def _verdict(scene: Scene, a: int, b: int, sense: Sense) -> bool | None:
    """True = shown, False = denied or disliked, None = merely mentioned."""
    if scene.is_bare:
        return True if sense.mode != "liked_verb" or len(scene.words.words) <= ITEM else None
    if a in scene.words.tagged and sense.mode != "liked_verb":
        return True
    if _in_sentence(scene, a, lx.NEWS | lx.GONE) or _is_reported(scene, a):
        return None
    start, end = scene.clause(a, b)
    before = scene.words.words[a - 1] if a > start else ""
    if sense.mode == "verb" and before in _ARTICLES:
        sense = replace(sense, mode="thing")  # "the dance between buyer and seller"
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
        is_own = before != "the" and (_leads(scene, a, start) or _is_item(scene, a, b, start, end, sense))
        return True if is_own else None
    after = _after(scene, b, end, sense)
    if after is not None:
        return after
    if governing == "job":
        return None
    if sense.mode == "verb":
        return True if _subject_near(scene, a, start) or _leads(scene, a, start) else None
    if sense.mode == "liked_verb":
        return True if _in_sentence(scene, a, lx.HABIT) or _is_item(scene, a, b, start, end, sense) else None
    return True if _is_item(scene, a, b, start, end, sense) or _is_told(scene, a, b, sense) else None


def _governing(scene: Scene, a: int, start: int, sense: Sense) -> str | None:
    """What the nearest word before decides: like, practice, having, being, job, no (denied or disliked)."""
    reach = a
    items = scene.items
    for position in range(bisect_right(scene.item_ends, a) - 1, -1, -1):
        y, x, flags, practice = items[position]
        if x < start:
            continue
        if reach - y > REACH:
            return None
        if flags == 0 and not practice:
            reach = x
            continue
        verdict = _says(scene, a, start, sense, (x, y, flags, practice), reach)
        if verdict is not None:
            return verdict or None
    return None


def _says(scene: Scene, a: int, start: int, sense: Sense, cue: Cue, reach: int) -> str | None:
    """What one cue before an interest says of it: a verdict, "" if it makes it undecidable, None if nothing."""
    x, y, flags, practice = cue
    if flags & lx.NEG:
        gap = scene.words.words[y:a]
        carries = reach - y <= NEGATION_REACH and not (reach == a and ("and" in gap or "," in gap))
        return "no" if carries else None
    if flags & lx.DISLIKE:
        return "" if is_negated(scene, x, start) else "no"
    is_practice = sense.interest.kind in practice
    if flags & lx.LIKE or is_practice or (flags & lx.PRAISE and y >= a - 1):
        if is_negated(scene, x, start):
            return "no"
        if sense.mode == "person" and _then_being(scene, y, a):
            return "being"
        return "practice" if is_practice else "like"
    if flags & lx.HAVE and "having" in sense.interest.shown_by and a - y <= REACH and not _somebody_between(scene, y, a):
        return "no" if is_negated(scene, x, start) else "having"
    if flags & lx.BE and sense.mode == "person" and a - y <= BEING_REACH:
        return "no" if is_negated(scene, y, start) else "being"
    return "job" if flags & lx.JOB and sense.mode not in ("phrase", "opener") else None


def _somebody_between(scene: Scene, at: int, a: int) -> bool:
    """Whether somebody else stands between: "my sister in law's bulldog"."""
    return any(flags & (lx.FAMILY | lx.HOUSEHOLD | lx.OTHER) and at <= x and y <= a for x, y, flags, _ in scene.cues)


def _then_being(scene: Scene, at: int, a: int) -> bool:
    return any(flags & lx.BE and x >= at - 1 and y <= a for x, y, flags, _ in scene.cues)


def is_negated(scene: Scene, at: int, start: int) -> bool:
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


def _in_sentence(scene: Scene, at: int, flag: int) -> bool:
    start, end = scene.sentence(at)
    return any(flags & flag and x >= start and y <= end for x, y, flags, _ in scene.cues)


def _is_reported(scene: Scene, at: int) -> bool:
    """Whether somebody said so: "..., rangers said."."""
    start, end = scene.sentence(at)
    return end > start and scene.words.words[end - 1] in _REPORTED


def _is_told(scene: Scene, a: int, b: int, sense: Sense) -> bool:
    """Whether somebody tells of their own doing: then what they mention is theirs, for the kinds where a mention suffices."""
    if not sense.is_shown_by_mention or any(flags & lx.TRADE and x == b for x, _, flags, _ in scene.cues):
        return False
    if any(flags & (lx.SELF | lx.TELLING) for _, _, flags, _ in scene.cues):
        return True
    return _in_sentence(scene, a, lx.PRAISE | (lx.CONTACT if scene.is_about else 0)) or _is_named(scene, a) or _is_noted(scene, a)


def _is_named(scene: Scene, a: int) -> bool:
    """Whether the sentence tells of somebody by name: "Mary has ...", where the first word means nothing else."""
    start, end = scene.sentence(a)
    if start >= end or scene.words.words[start] in scene.stop or any(x <= start < y for x, y, _, _ in scene.cues):
        return False
    return any(flags & lx.NAMED and x == start + 1 for x, _, flags, _ in scene.cues)


def _is_noted(scene: Scene, a: int) -> bool:
    """Whether the sentence is a note about somebody who is not named: "Sings in ...", "Takes pottery classes"."""
    start, _ = scene.sentence(a)
    words = scene.words.words
    return words[start].endswith("s") and any(
        (flags & (lx.NAMED | lx.LIKE) or practice) and x == start for x, _, flags, practice in scene.cues
    )


def _leads(scene: Scene, a: int, start: int) -> bool:
    """Whether the interest leads a clause that names no subject."""
    return a - start <= START and not any(flags & lx.SUBJECT and x >= start and y <= a for x, y, flags, _ in scene.cues)


def _subject_near(scene: Scene, a: int, start: int) -> bool:
    return any(flags & lx.SUBJECT and x >= start and y <= a for x, y, flags, _ in scene.cues)


def _is_item(scene: Scene, a: int, b: int, start: int, end: int, sense: Sense) -> bool:
    """Whether it is an item of a list in a profile or note: short, nothing but itself."""
    if not (scene.is_profile or scene.is_about) or (scene.is_guessed and sense.interest.level == 1 and sense.mode == "thing"):
        return False
    words = scene.words.words
    left = max([start, *(i + 1 for i in range(start, a) if words[i] in _CLOSING or words[i] == "and")])
    right = min([end, *(i for i in range(b, end) if words[i] in _CLOSING or words[i] == "and")])
    if any(flags & (lx.JOB | lx.SUBJECT | lx.NEG) and x >= left and y <= right for x, y, flags, _ in scene.cues):
        return False
    return right - left <= ITEM and (b - a) * 2 >= right - left


def subject_of(scene: Scene, a: int, sense: Sense | None) -> str | None:
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
