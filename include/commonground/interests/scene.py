"""A text's words and what the automaton found in them → a scene: cues, interests and protected words by position."""

import re
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field

from commonground.interests import lexicon as lx
from commonground.interests.lexicon import Entry, Lexicon, Sense
from commonground.interests.taxonomy import Interest
from commonground.interests.words import Words

WINDOW = 90  # characters around its anchor word in which a protected statement is looked for
Cue = tuple[int, int, int, frozenset[str]]  # from word, to word, flags, kinds it is practice of
Mask = tuple[int, int, frozenset[str]]  # from word, to word, what it hides
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
    stop: frozenset[str] = frozenset()
    liked: frozenset[str] = frozenset()
    roots: Mapping[str, Interest] = field(default_factory=dict)
    is_bare: bool = False
    is_profile: bool = False
    is_about: bool = False
    is_guessed: bool = False  # nobody told what sort of text it is

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
    words: Words,
    joined: str,
    hits: list[tuple[int, int, Entry]],
    lexicon: Lexicon,
    *,
    is_bare: bool,
    is_profile: bool,
    is_about: bool | None,
) -> Scene:
    """Sorts what the automaton found: longer words hide the shorter ones in them, masks hide what only looks alike.

    `is_about`: he and she are the contact; None: if nobody says "I".
    """
    hits.sort()
    scene = Scene(
        words,
        prepositions=lexicon.prepositions,
        stop=lexicon.stop,
        liked=lexicon.liked,
        roots=lexicon.taxonomy.interests,
        is_bare=is_bare,
        is_profile=is_profile,
        is_about=bool(is_about),
    )
    special = [(a, -minus_b, entry) for a, minus_b, entry in hits if entry.is_special]
    masks, hidden, denied_masks = _hidings(special)
    reached = 0  # end of the longest interest so far: what ends before it lies inside it
    cues = scene.cues
    for a, minus_b, entry in hits:
        b = -minus_b
        if entry.is_cue and not hidden:
            cues.append((a, b, entry.flags, entry.practice))
            continue
        if entry.is_guarded:
            _read_denied(scene, a, b, entry, joined, denied_masks)
        if entry.senses and b > reached:
            senses = _unmasked(a, b, entry.senses, masks) if masks else entry.senses
            if senses:
                scene.senses.append((a, b, senses))
                reached = b
        flags = _unhidden(a, b, entry.flags, hidden) if hidden else entry.flags
        if flags & lx.BREAK:
            if b > reached or words.words[a] == ".":
                scene.breaks.append(a)
            if words.words[a] == ".":
                scene.stops.append(a)
        if flags & ~lx.BREAK or entry.practice:
            cues.append((a, b, flags, entry.practice))
    if is_about is None:
        scene.is_guessed = True
        scene.is_about = not any(flags & lx.SELF for _, _, flags, _ in cues)  # nobody says "I": it is written about somebody
    if scene.is_bare and any(flags & (lx.NEG | lx.DISLIKE | lx.JOB | lx.NEWS) for _, _, flags, _ in cues):
        scene.is_bare = False  # "No pets", "Hates golf": that is no name
    if scene.senses:
        items = [(b, a, flags, practice) for a, b, flags, practice in cues]
        items += [(b, a, 0, _NONE) for a, b, _ in scene.senses]
        items.sort()
        scene.items = items
        scene.item_ends = [item[0] for item in items]
    return scene


def _unmasked(a: int, b: int, senses: tuple[Sense, ...], masks: list[Mask]) -> tuple[Sense, ...]:
    return tuple(s for s in senses if not any(x <= a and b <= y and s.interest.kind in kinds for x, y, kinds in masks))


def _unhidden(a: int, b: int, flags: int, hidden: list[tuple[int, list[tuple[int, int]]]]) -> int:
    for flag, spans in hidden:
        if flags & flag and any(x <= a and b <= y for x, y in spans):
            flags &= ~flag
    return flags


def _hidings(special: list[tuple[int, int, Entry]]) -> tuple[list[Mask], list[tuple[int, list[tuple[int, int]]]], list[Mask]]:
    """Where something stands that hides look-alikes of interests, cues of a sort, look-alikes of protected words."""
    if not special:
        return [], [], []
    hidden = [
        (flag, [(a, b) for a, b, entry in special if entry.flags & mask])
        for flag, mask in ((lx.NEG, lx.NOT_NEG), (lx.LIKE, lx.NOT_LIKE), (lx.SUBJECT, lx.NOT_SUBJECT))
    ]
    masks = [(a, b, entry.masks) for a, b, entry in special if entry.masks]
    return masks, hidden, [(a, b, entry.denied_masks) for a, b, entry in special if entry.denied_masks]


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
