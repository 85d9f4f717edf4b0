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

_Words = frozenset[str] | None  # None: any word
_MOST = 3  # repetitions followed before a word counts as any


@lru_cache(maxsize=4096)
def edges(pattern: re.Pattern[str]) -> tuple[_Words, _Words]:
    """The first words of all matches and the last ones; None where it may be any word. Words stand between single blanks."""
    try:
        tree = list(parser.parse(pattern.pattern))
        return _edge(tree, step=1), _edge(tree, step=-1)
    except (AttributeError, TypeError):
        return None, None


def _edge(tree: Sequence[Any], step: int) -> _Words:
    ended: set[str] = set()
    try:
        begun = _read(tree, {""}, ended, step)
    except ValueError:
        return None
    words = frozenset(ended | begun)
    return words if all(word.isalnum() for word in words) else None


def _read(tree: Sequence[Any], begun: set[str], ended: set[str], step: int) -> set[str]:
    """The beginnings of words once a part of a pattern was read; words that a blank ends are added to `ended`.

    Raises:
        ValueError: any letter may stand there.
    """
    for kind, value in list(tree)[::step]:
        if not begun:
            break
        if kind is kinds.LITERAL and value == ord(" "):
            ended |= begun - {""}
            begun = begun & {""}
        elif kind is kinds.LITERAL:
            begun = {word + chr(value) if step > 0 else chr(value) + word for word in begun}
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
            if begun and most > _MOST:
                raise ValueError(part)
            begun = after
        elif kind not in (kinds.AT, kinds.ASSERT, kinds.ASSERT_NOT):
            raise ValueError(kind)
    return begun
