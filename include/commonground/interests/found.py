"""Interests found on a page → those that stay: one a text, free of protected words, without what is only part of another or by the way."""

from dataclasses import dataclass

import numpy as np

from commonground.interests import lexicon as lx
from commonground.interests.columns import Bools, Ints, as_places
from commonground.interests.denied import Denied
from commonground.interests.lexicon import Lexicon, Named
from commonground.interests.scene import Scene, Spans
from commonground.interests.taxonomy import KINDS

_MOST_WORDS = 1 << 21  # more than a page has
_BY_THE_WAY = np.isin(KINDS, ["food", "place", "travel"])
_IN_PASSING = np.isin(KINDS, ["books", "film_tv", "music", "sports"])  # where somebody tells of another kind in so many words
_MAKING = np.isin(KINDS, ["arts", "crafts", "collecting"])
_PLACE, _COLLECTING, _SCHOOL, _SPORTS = map(KINDS.index, ("place", "collecting", "school", "sports"))


@dataclass(slots=True)
class Found:
    """Interests found on a page, in columns: of a text, at words `start` to `end` (exclusive).

    `interest` is the number of one of the taxonomy's, or, negative, that of one named in the text (`names[-1 - interest]`).
    """

    text: Ints
    start: Ints
    end: Ints
    interest: Ints
    kind: Ints
    level: Ints
    is_family: Bools
    is_negated: Bools
    is_stated: Bools  # by words that say so, not by a bare name
    is_person: Bools  # what somebody is: "collectors"
    is_mention: Bools  # though general, enough as it stands: "flea market"
    is_told: Bools  # by no more than being spoken of
    names: list[Named]

    def where(self, chosen: Bools | Ints) -> "Found":
        """Some of them."""
        chosen = as_places(chosen)
        return Found(
            text=self.text[chosen],
            start=self.start[chosen],
            end=self.end[chosen],
            interest=self.interest[chosen],
            kind=self.kind[chosen],
            level=self.level[chosen],
            is_family=self.is_family[chosen],
            is_negated=self.is_negated[chosen],
            is_stated=self.is_stated[chosen],
            is_person=self.is_person[chosen],
            is_mention=self.is_mention[chosen],
            is_told=self.is_told[chosen],
            names=self.names,
        )


def kept(found: Found, scene: Scene, denied: Denied, denied_kinds: Bools) -> Found:
    """One tag per interest, free of protected words, the general dropped where the special is known."""
    pairs = found.text * len(KINDS) + found.kind
    has_special = np.zeros(len(scene.is_name) * len(KINDS), bool)
    has_special[pairs[(found.level > 1) & ~found.is_negated]] = True
    keep = ~((found.level == 1) & ~found.is_negated & has_special[pairs])
    keep &= ~denied_kinds[found.kind]
    keep &= ~Spans(denied.start, denied.end).any_overlap(found.start, found.end)
    keep &= ~_is_made(found, keep, scene) & ~_is_named(found, scene) & ~_by_the_way(found, keep, scene)
    of_name = scene.is_name[found.text]
    has_denied = np.zeros(len(scene.is_name), bool)
    has_denied[denied.text] = True
    keep &= ~(of_name & has_denied[found.text] & ~scene.page.is_tagged(found.start))  # a group's or page's name is one statement
    if of_name.any():
        keep &= ~of_name | _told_by_a_name(found, scene)
    is_picture = scene.lexicon.asked_for["picture"][scene.numbers[found.start]]
    has_words = np.zeros(len(scene.is_name), bool)
    has_words[found.text[keep & ~is_picture]] = True
    keep &= ~(is_picture & has_words[found.text])  # pictures only adorn what words say
    return _once(found.where(keep), scene.lexicon)


def _once(found: Found, lexicon: Lexicon) -> Found:
    """Each interest once per text, shown rather than denied, where it is first told; in the order of the texts."""
    identity = _identity(found, lexicon)
    found_at = np.argsort(found.start * _MOST_WORDS - found.end, kind="stable")
    key = (found.text * (int(identity.max(initial=0)) + 1) + identity) * 2 + found.is_negated
    order = found_at[np.argsort(key[found_at], kind="stable")]
    which = key[order] >> 1
    once = np.zeros(len(order), bool)
    once[order[np.append(True, which[1:] != which[:-1])[: len(order)]]] = True
    kept = found_at[once[found_at]]
    is_tied = np.append(found.start[kept[1:]] == found.start[kept[:-1]], False)
    tied = np.flatnonzero(is_tied | np.append(False, is_tied)[: len(kept)])
    of_tied = kept[tied]
    kept[tied] = of_tied[np.lexsort((found.interest[of_tied], found.end[of_tied], found.start[of_tied]))]
    return found.where(kept)


def _identity(found: Found, lexicon: Lexicon) -> Ints:
    """A number for each interest found; the same for one that was named and one of the taxonomy."""
    fresh: dict[str, int] = {}
    of_names = [lexicon.number_of.get(n.interest, fresh.setdefault(n.interest, len(lexicon.ids) + len(fresh))) for n in found.names]
    identity, named = found.interest.copy(), np.flatnonzero(found.interest < 0)
    identity[named] = np.array(of_names, np.int64)[-1 - identity[named]]
    return identity


def _is_made(found: Found, keep: Bools, scene: Scene) -> Bools:
    """What somebody makes, depicts or collects ("crochet hats", "paint shore birds"): the making is the interest."""
    makes = keep & _MAKING[found.kind] & found.is_stated & ~found.is_person & ~found.is_negated
    is_end, apart = np.zeros(len(scene.numbers) + 1, bool), scene.numbers[found.start - 1]
    is_end[found.end[makes]] = True
    is_apart = (scene.page.marks[found.start - 1] != 0) | scene.lexicon.asked_for["preposition"][apart]
    behind = is_end[found.start] | is_end[found.start - 1] & ~is_apart
    made: Bools = behind & ~found.is_stated & ~_MAKING[found.kind]
    return made


def _is_named(found: Found, scene: Scene) -> Bools:
    """What is part of a town's or school's name ("raised in Fargo"), a school whose team is meant, a sort of town beside its name."""
    is_name, named, of_school = scene.is_name[found.text], found.interest < 0, found.kind == _SCHOOL
    is_town = found.kind == _PLACE
    whole = named & (is_town | of_school & ~is_name)
    teams = is_name & (found.kind == _SPORTS) & ~named
    inside = ~named & Spans(found.start[whole], found.end[whole]).any_around(found.start, found.end)
    of_team = of_school & Spans(found.start[teams], found.end[teams]).any_overlap(found.start, found.end)  # "Gonzaga fan"
    called = is_town & ~named & scene.lexicon.asked_for["called"][scene.numbers[found.end]]  # "a coal town called Brumley Gap"
    is_town_named = np.zeros(len(scene.numbers) + 2, bool)
    is_town_named[found.start[is_town & named]] = True
    called &= is_town_named[found.end + 1]
    hidden: Bools = inside | of_team | called
    return hidden


def _by_the_way(found: Found, keep: Bools, scene: Scene) -> Bools:
    """What somebody eats or where they are, merely spoken of beside an interest of another kind ("Spin class, then coffee")."""
    known = np.maximum(found.interest, 0)
    texts, lexicon = len(scene.is_name), scene.lexicon
    is_minor = lexicon.is_by_the_way[known] & (found.interest >= 0)
    said = keep & ~found.is_negated & ~is_minor
    has_other = np.zeros((2, texts), bool)
    has_other[0, found.text[said]] = True
    has_other[1, found.text[said & ~_BY_THE_WAY[found.kind]]] = True
    by_the_way: Bools = is_minor & has_other[0, found.text] | found.is_told & _BY_THE_WAY[found.kind] & has_other[1, found.text]
    is_stated = np.zeros(texts, bool)
    is_stated[found.text[said & ~found.is_told & ~(_BY_THE_WAY | _IN_PASSING)[found.kind]]] = True
    is_stated &= (scene.text_flags[:texts] & lx.SELF) != 0
    by_the_way |= found.is_told & _IN_PASSING[found.kind] & is_stated[found.text]  # "I sewed all night, radio on"
    return by_the_way


def _told_by_a_name(found: Found, scene: Scene) -> Bools:
    """What a name shows: the special outweighs the general ("Lincoln Park Zoo"), a town only says where ("Junkies of the Midwest").

    What sort of place it is outweighs all ("Cocktail Lounge (Jazz Club)") but what is shouted behind it.
    """
    texts = len(scene.is_name)

    def any_in_text(rows: Bools) -> Bools:
        marked = np.zeros(texts, bool)
        marked[found.text[rows]] = True
        return marked[found.text]

    in_brackets, in_passing = scene.beside_sort(found.start, found.end)
    is_place = found.kind == _PLACE
    pairs = found.text * len(KINDS) + found.kind
    is_sort = np.isin(pairs, pairs[in_brackets])  # "Tattered Cover (Bookstore)"
    keep = is_sort | in_passing & ~_BY_THE_WAY[found.kind] | ~any_in_text(in_brackets)
    keep &= ~(is_place & ~found.is_stated & any_in_text(~is_place))
    is_where = np.zeros(len(found.text), bool)  # "Ducks Unlimited Canada" is no travel
    known = found.interest >= 0
    is_where[known] = scene.lexicon.is_destination[found.interest[known]]
    keep &= ~(is_where & any_in_text(keep & ~is_where & (found.level > 1)))
    collects = any_in_text(keep & (found.kind == _COLLECTING) & found.is_person)  # "Antique Tractor Collectors"
    keep &= ~collects | (found.kind == _COLLECTING)
    is_general = (found.level == 1) & ~found.is_person & ~found.is_mention
    told: Bools = keep & (collects | ~(is_general & any_in_text(keep & (found.level > 1))))
    return told
