"""A pattern → the words one of which every match of it begins with, and those one of which it ends with.

Reads the library's own tree of a pattern, which it does not promise to keep: where that is gone or another one, a match may begin
and end with any word, which is slower and as right.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

try:
    from re import _constants as kinds  # type: ignore[attr-defined]
    from re import _parser as parser  # type: ignore[attr-defined]
except ImportError:
    kinds = parser = SimpleNamespace()

__all__ = ["DIGITS", "MARK", "Words", "edge", "edges", "is_blank", "is_digit", "is_mark", "kinds", "listed", "tree_of"]
Words = frozenset[str] | None  # None: any word
_MOST = 3  # repetitions followed before a word counts as any
DIGITS = "#"  # stands for digits in a word
MARK = "."  # stands for any mark between words, and for the end of the text
_MARKS = frozenset(map(ord, ".,@\x1e\x80"))
_SOME = "*"  # stands for a word that nobody asks for
_Begun = tuple[int, str]  # the number of a word, and its letters so far


@lru_cache(maxsize=4096)
def edges(pattern: re.Pattern[str]) -> tuple[Words, Words]:
    """The first words of all matches and the last ones; None where it may be any word. Words stand between single blanks."""
    try:
        tree = tree_of(pattern)
        return listed(edge(tree, step=1)), listed(edge(tree, step=-1))
    except (AttributeError, TypeError):
        return None, None


def listed(words: Words) -> Words:
    """Words if they can all be listed: none is left open, none has digits."""
    return words if words and all(word.isalnum() or word == MARK for word in words) else None


@lru_cache(maxsize=1)
def tree_of(pattern: re.Pattern[str]) -> list[Any]:
    """The library's own tree of a pattern; kept until the next is asked for."""
    return list(parser.parse(pattern.pattern))


def edge(tree: Sequence[Any], step: int, nth: int = 1) -> Words:
    """The first words of all matches of a tree (`step` 1) or the last ones (-1), with DIGITS for digits; None where it may be any word.

    `nth` 2: those that stand behind the first words, or before the last ones.
    """
    ended: set[_Begun] = set()
    try:
        begun = _read(tree, {(1, "")}, ended, step, nth)
    except ValueError:
        return None
    if nth > 1 and any(number < nth for number, _ in begun):
        return None
    words = frozenset(word for _, word in ended | begun)
    return words if all(word.replace(DIGITS, "0").isalnum() or word == MARK for word in words) else None


def is_digit(one: Any) -> bool:
    """Whether a part of a pattern is digits only."""
    kind, value = one
    if kind is kinds.IN:
        return all(map(is_digit, value))
    if kind is kinds.RANGE:
        return bool(ord("0") <= value[0] and value[1] <= ord("9"))
    return bool((kind is kinds.CATEGORY and value is kinds.CATEGORY_DIGIT) or (kind is kinds.LITERAL and chr(value).isdigit()))


def is_mark(one: Any) -> bool:
    """Whether a part of a pattern is a mark between words, or the end of the text."""
    kind, value = one
    if kind is kinds.IN:
        return all(of is kinds.LITERAL and letter in _MARKS for of, letter in value)
    return bool((kind is kinds.LITERAL and value in _MARKS) or (kind is kinds.AT and value is kinds.AT_END))


def is_blank(one: Any) -> bool:
    """Whether a part of a pattern is the blank before a word: one, or any number of them."""
    kind, value = one
    if kind in (kinds.MAX_REPEAT, kinds.MIN_REPEAT):
        return value[1] is kinds.MAXREPEAT and len(value[2]) == 1 and is_blank(value[2][0])
    return bool(kind is kinds.LITERAL and value == ord(" "))


def _read(tree: Sequence[Any], begun: set[_Begun], ended: set[_Begun], step: int, nth: int) -> set[_Begun]:
    """The beginnings of words once a part of a pattern was read; the `nth` words that a blank ends are added to `ended`.

    Raises:
        ValueError: any letter may stand there.
    """
    for kind, value in list(tree)[::step]:
        if not begun:
            break
        if is_blank((kind, value)):
            ended |= {one for one in begun if one[0] == nth and one[1]}
            begun = {(number + 1, "") if word else (number, word) for number, word in begun if number < nth or not word}
        elif is_mark((kind, value)):
            begun = {_longer(one, MARK, step, nth) for one in begun}
        elif kind is kinds.LITERAL:
            begun = {_longer(one, chr(value), step, nth) for one in begun}
        elif kind is kinds.IN and is_digit((kind, value)):
            begun = {_longer(one, DIGITS, step, nth) for one in begun}
        elif kind is kinds.SUBPATTERN:
            begun = _read(value[-1], begun, ended, step, nth)
        elif kind is kinds.BRANCH:
            begun = set().union(*(_read(branch, begun, ended, step, nth) for branch in value[1]))
        elif kind in (kinds.MAX_REPEAT, kinds.MIN_REPEAT):
            begun = _repeated(value, begun, ended, step, nth)
        elif kind in (kinds.IN, kinds.ANY, kinds.NOT_LITERAL) and all(number < nth for number, _ in begun):
            begun = {_longer(one, "", step, nth) for one in begun}
        elif kind not in (kinds.AT, kinds.ASSERT, kinds.ASSERT_NOT):
            raise ValueError(kind)
    return begun


def _repeated(value: Any, begun: set[_Begun], ended: set[_Begun], step: int, nth: int) -> set[_Begun]:
    """The same for a part that comes again and again."""
    least, most, part = value
    after = set(begun) if not least else set()
    for times in range(1, min(most, _MOST) + 1):
        begun = _read(part, begun, ended, step, nth)
        after |= begun if times >= min(least, _MOST) else set()
    if begun and most > _MOST and not (len(part) == 1 and is_digit(part[0])):
        more = set(ended)
        if not _read(part, begun, more, step, nth) <= after or more != ended:
            raise ValueError(part)
    return after


def _longer(begun: _Begun, letter: str, step: int, nth: int) -> _Begun:
    """The beginning of a word with one more letter; what words before the `nth` are is not told."""
    number, word = begun
    if number < nth:
        return number, _SOME
    return number, word + letter if step > 0 else letter + word
