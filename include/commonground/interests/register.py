"""A text of unknown kind → is it a name (a page, a group, a tag, a place visited), where the bare noun suffices, or prose?"""

import re
from collections.abc import Sequence

import numpy as np

from commonground.interests.letters import Bools, Ints

LONGEST_NAME = 120  # letters
_MOST_WORDS = 12  # longer titles are headlines
_MOST_BLANKS = _MOST_WORDS + 4  # with what says that somebody checked in
SHORT = 3  # words: so short that it is a name whatever its capitals: "film noir", "Board games"
_CHECKED_IN = re.compile(r"\s*(?:(?:just )?check(?:ed|ing)[ -]in (?:at|to)|(?:i'm |i am )?at|@) (?=[A-Z0-9])", re.IGNORECASE)
_CLAUSE = re.compile(r"[.!?;\n](?=\s+\S)|[.!?]+$|\s[|•·]\s")
_ABBREVIATED = re.compile(r"\b(?:St|Mt|Ft|Dr|Mr|Mrs|Ms|Jr|Sr|vs|Inc|Co|Ltd|No|[A-Z])\.|\.\.\.$|…$|\?!?$")
_SMALL = frozenset("a an and at by de del des di du el en for from if in la las le los n of on or the to van vs von with y w".split())
_PROSE = frozenset(  # names say so too, with capitals: "My Little Pony", "You Know You Grew Up in ... If"
    "i i'm i've i'd we we're our ours us me my he she his her hers they their they're you've is are was were has have had does did "
    "will would can could should wants needs said says".split()
)
_DOES = frozenset("loves likes hates plays runs collects enjoys works lives reads rides cooks love like hate enjoy".split())


def are_names(texts: Sequence[str], lengths: Ints, blanks: Ints) -> Bools:
    """Which texts, given how many letters and blanks each has, are names: short, or capitals throughout, and no sentence."""
    found = (lengths <= LONGEST_NAME) & (blanks <= _MOST_BLANKS)
    found[found] = [_is_name(texts[number]) for number in np.flatnonzero(found).tolist()]
    return found


def _is_name(text: str) -> bool:
    checked = _CHECKED_IN.match(text)
    rest = (text[checked.end() :] if checked else text).strip()
    words = rest.split()
    if not words or len(words) > _MOST_WORDS or _CLAUSE.search(_ABBREVIATED.sub("", rest)):
        return False
    bare = [word.strip("\"'“”‘’()[]{},:&/-–—#") for word in words]
    if any(word.lower() in _PROSE and not (word[:1].isupper() and len(words) > SHORT) for word in bare):
        return False
    if len(words) <= SHORT:
        return not any(word.lower() in _DOES for word in bare) and not rest.startswith("@")
    small = [word for word in bare if word[:1].islower() and word not in _SMALL]
    return not small or (len(small) == 1 and len(bare) > SHORT + 1 and small[0] == bare[-1])  # "Red Rocks, Brandi Carlile concert"
