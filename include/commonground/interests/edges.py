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


def edge(tree: Sequence[Any], step: int) -> Words:
    """The first words of all matches of a tree (`step` 1) or the last ones (-1), with DIGITS for digits; None where it may be any word."""
    ended: set[str] = set()
    try:
        begun = _read(tree, {""}, ended, step)
    except ValueError:
        return None
    words = frozenset(ended | begun)
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


def _read(tree: Sequence[Any], begun: set[str], ended: set[str], step: int) -> set[str]:
    """The beginnings of words once a part of a pattern was read; words that a blank ends are added to `ended`.

    Raises:
        ValueError: any letter may stand there.
    """
    for kind, value in list(tree)[::step]:
        if not begun:
            break
        if is_blank((kind, value)):
            ended |= begun - {""}
            begun = begun & {""}
        elif is_mark((kind, value)):
            begun = {word + MARK if step > 0 else MARK + word for word in begun}
        elif kind is kinds.LITERAL:
            begun = {word + chr(value) if step > 0 else chr(value) + word for word in begun}
        elif kind is kinds.IN and is_digit((kind, value)):
            begun = {word + DIGITS if step > 0 else DIGITS + word for word in begun}
        elif kind is kinds.SUBPATTERN:
            begun = _read(value[-1], begun, ended, step)
        elif kind is kinds.BRANCH:
            begun = set().union(*(_read(branch, begun, ended, step) for branch in value[1]))
        elif kind in (kinds.MAX_REPEAT, kinds.MIN_REPEAT):
            least, most, part = value
            after = set(begun) if not least else set()
            for times in range(1, min(most, _MOST) + 1):
                begun = _read(part, begun, ended, step)
                after |= begun if times >= least else set()
            if begun and most > _MOST and not (len(part) == 1 and is_digit(part[0])):
                raise ValueError(part)
            begun = after
        elif kind not in (kinds.AT, kinds.ASSERT, kinds.ASSERT_NOT):
            raise ValueError(kind)
    return begun
