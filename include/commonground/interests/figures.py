"""Words in a text → which are only a manner of speaking: a comparison, a figure of speech, an everyday word that is a name too."""

import numpy as np

from commonground.interests import lexicon as lx
from commonground.interests.columns import FIRST_WORD, Bools, Ints
from commonground.interests.scene import Asked, Rows, Scene


def compares(scene: Scene, asked: Asked, at: Ints) -> Bools:
    """Whether a "like" that ends at words only compares: "climb out like a crab", but not "I like a crab"."""
    found: Bools = asked("as_if", at - 1) & asked("indefinite", at)
    may = np.flatnonzero(found)
    at = at[may]
    liker = asked("liker", at - 2) | scene.any_between(at - 2, at - 1, lx.SUBJECT) & ~asked("object", at - 2)
    liker |= scene.numbers[at - 2] < FIRST_WORD  # a note's "Like a good book"
    found[may] = ~liker
    return found


def is_figure(scene: Scene, asked: Asked, rows: Rows) -> Bools:
    """Whether words stand for something else: "purrs like a cat", "a bear of a commute"."""
    behind = np.minimum(rows.end + 1, len(scene.numbers) - 1)
    found: Bools = compares(scene, asked, rows.start - 1) | asked("of", rows.end) & asked("indefinite", behind)
    return found


def is_common(scene: Scene, rows: Rows) -> Bools:
    """Whether a name is one word without its capital in a text that writes capitals: "the staff always squeeze me in"."""
    first = scene.page.bounds[scene.text_of[rows.start]] + 1
    is_word = scene.lexicon.is_proper[rows.interest] & (rows.end - rows.start == 1)
    found: Bools = is_word & ~scene.page.is_capital(rows.start) & scene.page.is_capital(first)
    return found
