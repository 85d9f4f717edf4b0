"""A pattern around an anchor word → what may stand before the anchor: where a match begins, and the words between.

Most places where an anchor stands are told apart by the few words before it, for all of them at once, long before a pattern is
searched. Reads the library's own tree of a pattern (see `edges`); where that says nothing, anything may stand there.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from commonground.interests.edges import DIGITS, MARK, Words, edge, is_blank, is_digit, is_mark, kinds, listed, tree_of

FURTHEST = 12  # words before an anchor that are looked at
_START = 0x1E  # before a text
_MOST_PHRASES = 2000
_MOST = 3  # repetitions read: more give no other words
NOWHERE, BEHIND_MARK, AT_START = range(3)  # where every match begins, if not behind a certain word


@dataclass(frozen=True, slots=True)
class Head:
    """What may stand before the anchor word of a pattern, back to where a match begins.

    `starts`: the words one of which a match begins with (or any number: `begins_with_number`), and `seconds` those that stand right
    behind these (None: any); None: it begins behind any mark (`place` BEHIND_MARK) or with the text (AT_START). `words` may stand
    between; if `is_any`, all others but `excluded`; if `has_numbers`, any number; if `has_marks`, marks too.
    """

    starts: Words
    seconds: Words
    begins_with_number: bool
    place: int
    words: frozenset[str]
    is_any: bool
    excluded: frozenset[str]
    has_numbers: bool
    has_marks: bool

    @property
    def known(self) -> frozenset[str]:
        """All words that it tells apart."""
        seconds = {word for word in self.seconds or () if DIGITS not in word}
        return (self.words | self.excluded | seconds | (self.starts or frozenset())) - {MARK}


@dataclass(slots=True)
class _Read:
    """What was read of a pattern so far."""

    words: set[str] = field(default_factory=set)
    excluded: set[str] | None = None  # None: no word was left open
    has_marks: bool = False

    def any_but(self, words: set[str]) -> None:
        self.excluded = set(words) if self.excluded is None else self.excluded & words


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around the anchor of a pattern.

    Before it (`head`; None: anything, or a match may begin with it), over at most `reach` blanks; behind it likewise to where a match
    ends (`tail`, `tail_reach`); right `before` it and right `behind` it one of some words (None: any).
    """

    head: Head | None
    reach: int
    before: Words
    behind: Words
    tail: Head | None = None
    tail_reach: int = 0


def alternatives(pattern: str) -> list[str]:
    """A pattern in parts, one of which matches where it does: what begins behind a mark is set apart from what does not."""
    close = _closing(pattern) if pattern.startswith("(?:") else -1
    rest, apart = pattern[close + 1 :], _split(pattern)
    if len(apart) == 1 and close > 0 and rest[:1] not in ("?", "*", "+", "{"):
        apart = _split(pattern[3:close])
    else:
        rest = ""
    items = [one for one in apart if one.startswith("(?<=")]
    if not items or len(apart) == 1:
        return [pattern]
    plain = [one for one in apart if one not in items]
    return [part for one in items for part in alternatives(one + rest)] + ([f"(?:{'|'.join(plain)}){rest}"] if plain else [])


def _closing(pattern: str) -> int:
    """Where the group ends that a pattern begins with; -1: nowhere."""
    depth, place, in_set = 0, 0, False
    while place < len(pattern):
        sign = pattern[place]
        if sign == "\\":
            place += 1
        elif in_set:
            in_set = sign != "]"
        elif sign == "[":
            in_set = True
        else:
            depth += (sign == "(") - (sign == ")")
            if not depth:
                return place
        place += 1
    return -1


def _split(pattern: str) -> list[str]:
    """The alternatives of a pattern, as far as no group holds them together."""
    parts, begun, place = [], 0, 0
    while place < len(pattern):
        if pattern[place] == "|":
            parts.append(pattern[begun:place])
            begun = place + 1
        elif pattern[place] in "([":
            place += max(0, _closing(pattern[place:]) if pattern[place] == "(" else pattern[place:].find("]"))
        elif pattern[place] == "\\":
            place += 1
        place += 1
    return [*parts, pattern[begun:]]


def around(pattern: re.Pattern[str], anchors: frozenset[str]) -> Around:
    """What stands around any of some anchor words in matches of a pattern."""
    is_number = any(anchor[0].isdigit() for anchor in anchors)
    firsts, lasts = ({anchor.split(" ")[which] for anchor in anchors} for which in (0, -1))
    try:
        tree = tree_of(pattern)
        read, begun, blanks, before, behind, tail, tail_reach = _Read(), {""}, 0, None, None, None, 0
        for place, op in enumerate(tree):
            begun = _collect([op], begun, read)
            blanks = min(FURTHEST, blanks + _blanks([op]))
            if all(word in lasts or (DIGITS in word and is_number) for word in begun):
                rest = _with_what_follows(tree[place + 1 :])
                before, behind = _before(tree, place, anchors), _behind(rest)
                tail, tail_reach = _tail(rest), _blanks(rest)
                break
        read.words |= begun - {""}
        where, starts = _place(tree), edge(tree, step=1)
    except (AttributeError, TypeError, ValueError):
        return Around(None, FURTHEST, None, None)
    of_digits = starts is not None and any(DIGITS in word for word in starts)
    if starts is not None and (not starts.isdisjoint(firsts) or (of_digits and is_number)):
        starts = None
    if starts is None and where == NOWHERE:
        return Around(None, blanks, before, behind, tail, tail_reach)
    seconds = None if starts is None else edge(tree, step=1, nth=2)
    return Around(_head(read, starts, seconds, where if starts is None else NOWHERE), blanks, before, behind, tail, tail_reach)


def may_hold(pattern: re.Pattern[str], anchors: frozenset[str]) -> bool:
    """Whether some match of a pattern may hold one of its anchor words: what only stands before or behind it is not held."""
    read = _Read()
    try:
        read.words |= _collect(tree_of(pattern), {""}, read)
    except (AttributeError, TypeError, ValueError):
        return True
    if read.excluded is not None or any(DIGITS in word for word in read.words):
        return True
    return any(anchor.split(" ")[-1] in read.words for anchor in anchors)


def _head(read: _Read, starts: Words, seconds: Words, place: int) -> Head:
    numbers = {word for word in read.words if DIGITS in word}
    return Head(
        starts=None if starts is None else frozenset(word for word in starts if DIGITS not in word),
        seconds=seconds,
        begins_with_number=starts is not None and any(DIGITS in word for word in starts),
        place=place,
        words=frozenset(read.words - numbers),
        is_any=read.excluded is not None,
        excluded=frozenset(read.excluded or ()),
        has_numbers=bool(numbers),
        has_marks=read.has_marks,
    )


def _with_what_follows(rest: list[Any]) -> list[Any]:
    """The rest of a pattern, and what must follow it."""
    end = len(rest)
    while end and rest[end - 1][0] in (kinds.ASSERT, kinds.ASSERT_NOT, kinds.AT):
        end -= 1
    asked = [list(value[1]) for kind, value in rest[end:] if kind is kinds.ASSERT and value[0] > 0 and _begins_with_blank(value[1])]
    return rest[:end] + (asked[0] if asked else [])


def _tail(rest: Sequence[Any]) -> Head | None:
    """What may stand behind the anchor, which the rest of a pattern follows, up to the words one of which it ends with."""
    ends = edge(rest, step=-1)
    if ends is None or not _begins_with_blank(rest):
        return None
    read = _Read()
    try:
        read.words |= _collect(rest, {""}, read) - {""}
    except ValueError:
        return None
    return _head(read, ends, edge(rest, step=-1, nth=2), NOWHERE)


def _before(tree: Sequence[Any], place: int, anchors: frozenset[str]) -> Words:
    """The words one of which must stand before the anchor, which ends with a part of a pattern."""
    first = place
    if tree[place][0] is kinds.LITERAL:
        said = [anchor for anchor in anchors if [(kinds.LITERAL, ord(letter)) for letter in anchor] == tree[: place + 1][-len(anchor) :]]
        if len(said) != 1:
            return None
        first = place + 1 - len(said[0])
    elif _blanks([tree[place]]) and not (_phrases([tree[place]]) or {""}) <= anchors:  # "(?:my mom|dad)": some word of it stands before
        return None
    while first and tree[first - 1][0] in (kinds.ASSERT_NOT, kinds.AT):
        first -= 1
    before = tree[:first]
    if before and before[-1][0] is kinds.ASSERT and before[-1][1][0] < 0:  # "(?<= my )church"
        before = list(before[-1][1][1])
        if not (_begins_with_blank(before) or is_mark(before[0])):
            return None
    if not before or not _ends_with_blank(before[-1]):
        return None
    return listed(edge(before, step=-1))


def _phrases(tree: Sequence[Any]) -> set[str] | None:
    """Everything that a part of a pattern matches, if it can be listed."""
    said = {""}
    for kind, value in tree:
        if kind is kinds.LITERAL:
            parts: set[str] | None = {chr(value)}
        elif kind is kinds.IN and all(of is kinds.LITERAL for of, _ in value):
            parts = {chr(letter) for _, letter in value}
        elif kind is kinds.BRANCH:
            each = [_phrases(branch) for branch in value[1]]
            parts = None if None in each else set[str]().union(*(one for one in each if one))
        elif kind is kinds.MAX_REPEAT and value[:2] == (0, 1):
            once = _phrases(value[2])
            parts = None if once is None else {"", *once}
        else:
            return None
        if parts is None or len(said) * len(parts) > _MOST_PHRASES:
            return None
        said = {before + part for before in said for part in parts}
    return said


def _ends_with_blank(op: Any) -> bool:
    """Whether whatever a part of a pattern matches, if anything, ends with a blank."""
    kind, value = op
    if kind in (kinds.MAX_REPEAT, kinds.MIN_REPEAT):
        return bool(value[2]) and _ends_with_blank(list(value[2])[-1])
    if kind is kinds.SUBPATTERN:
        return bool(value[-1]) and _ends_with_blank(list(value[-1])[-1])
    if kind is kinds.BRANCH:
        return all(branch and _ends_with_blank(list(branch)[-1]) for branch in value[1])
    return bool((kind, value) == (kinds.LITERAL, ord(" ")))


def _behind(rest: Sequence[Any]) -> Words:
    """The words one of which must stand behind the anchor, which the rest of a pattern follows."""
    return listed(edge(rest, step=1)) if _begins_with_blank(rest) else None


def _begins_with_blank(tree: Sequence[Any]) -> bool:
    """Whether whatever a part of a pattern matches begins with a blank."""
    for kind, value in tree:
        if is_blank((kind, value)):
            return True
        if kind is kinds.SUBPATTERN:
            return _begins_with_blank(value[-1])
        if kind is kinds.BRANCH:
            return all(_begins_with_blank(branch) for branch in value[1])
        if kind in (kinds.MAX_REPEAT, kinds.MIN_REPEAT) and _begins_with_blank(value[2]):
            if value[0]:
                return True
        elif kind not in (kinds.ASSERT, kinds.ASSERT_NOT):
            return False
    return False


def _place(tree: Sequence[Any]) -> int:
    """Where every match begins."""
    for position, (kind, value) in enumerate(tree):
        if kind is kinds.ASSERT and value[0] < 0:
            behind = list(value[1])
            if len(behind) == 2 and behind[1] == (kinds.LITERAL, ord(" ")) and is_mark(behind[0]):
                return AT_START if behind[0] == (kinds.LITERAL, _START) else BEHIND_MARK
        elif kind is kinds.SUBPATTERN:
            return _place(list(value[-1]))
        elif kind is kinds.BRANCH:
            places = {_place(list(branch)) for branch in value[1]}
            return min(places)
        elif kind not in (kinds.ASSERT, kinds.ASSERT_NOT, kinds.AT) and not (position == 0 and (kind, value) == (kinds.LITERAL, ord(" "))):
            return NOWHERE
    return NOWHERE


def _blanks(tree: Sequence[Any]) -> int:
    """How many blanks a match of a part has at most."""
    most = 0
    for kind, value in tree:
        if kind is kinds.LITERAL:
            most += value == ord(" ")
        elif kind is kinds.SUBPATTERN:
            most += _blanks(list(value[-1]))
        elif kind is kinds.BRANCH:
            most += max(_blanks(list(branch)) for branch in value[1])
        elif kind in (kinds.MAX_REPEAT, kinds.MIN_REPEAT):
            most += min(int(value[1]), FURTHEST) * _blanks(list(value[2]))
    return min(most, FURTHEST)


def _collect(tree: Sequence[Any], begun: set[str], read: _Read) -> set[str]:
    """The beginnings of words once a part of a pattern was read; words that a blank ends are added to what was read.

    Raises:
        ValueError: the part is of a sort that is not known.
    """
    excluded: set[str] = set()  # by what is denied right before
    for kind, value in tree:
        denied, excluded = excluded, set()
        if kind is kinds.LITERAL and value == ord(" "):
            read.words |= begun - {""}
            begun = {""}
        elif is_mark((kind, value)):
            read.has_marks = True
        elif kind is kinds.LITERAL:
            begun = {word + chr(value) for word in begun}
        elif is_digit((kind, value)) and kind is kinds.IN:
            begun = {word + DIGITS for word in begun}
        elif kind is kinds.SUBPATTERN:
            begun = _collect(list(value[-1]), begun, read)
        elif kind is kinds.BRANCH:
            begun = set().union(*(_collect(list(branch), set(begun), read) for branch in value[1]))
        elif kind in (kinds.MAX_REPEAT, kinds.MIN_REPEAT) and not _is_open(value[2]):
            least, most, part = value
            after = set(begun) if not least else set()
            for times in range(1, min(int(most), _MOST) + 1):
                begun = _collect(list(part), begun, read)
                after |= begun if times >= min(least, _MOST) else set()
            begun = after
        elif kind is kinds.ASSERT_NOT and value[0] > 0:
            excluded = _whole_words(list(value[1]))
        elif kind in (kinds.MAX_REPEAT, kinds.MIN_REPEAT, kinds.IN, kinds.ANY, kinds.NOT_LITERAL):
            read.any_but(denied if begun == {""} and kind is not kinds.IN else set())
            begun = {""}
        elif kind not in (kinds.AT, kinds.ASSERT, kinds.ASSERT_NOT):
            raise ValueError(kind)
    return begun


def _is_open(part: Sequence[Any]) -> bool:
    """Whether a part is one letter of any sort."""
    kind, value = part[0]
    is_any = kind in (kinds.ANY, kinds.NOT_LITERAL) or (kind is kinds.IN and not is_mark((kind, value)) and not is_digit((kind, value)))
    return len(part) == 1 and is_any


def _whole_words(tree: Sequence[Any]) -> set[str]:
    """The words that a denial forbids where they stand alone."""
    if not tree or tree[-1] != (kinds.AT, kinds.AT_BOUNDARY):
        return set()
    read = _Read()
    begun = _collect(tree, {""}, read)
    return {word for word in begun if word.isalnum()} if not read.words and read.excluded is None else set()
