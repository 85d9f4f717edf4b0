"""Texts → the interests each shows, with where they stand; protected statements are counted and never tagged.

Texts are read many at once, in columns (`columns`, `phrasebook`, `scene`, `judge`): what stands near an interest decides
whether it is liked, practised, lived, or hated, denied, somebody else's, a mere job.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np

from commonground.config import DEFAULT_CONFIG, InterestPolicy, Market, Settings
from commonground.interests import checkins, schools
from commonground.interests import lexicon as lx
from commonground.interests.columns import Bools, Ints, Page, as_places
from commonground.interests.company import unambiguous
from commonground.interests.denied import Denied, read_denied
from commonground.interests.handles import with_handles
from commonground.interests.judge import NOT_SHOWN, SHOWN, TOLD, Judge
from commonground.interests.letters import Codes
from commonground.interests.lexicon import Lexicon, lexicon_for
from commonground.interests.named import Named, named
from commonground.interests.phrasebook import Hits
from commonground.interests.places import Gazetteer
from commonground.interests.register import are_names
from commonground.interests.scene import Scene, Spans
from commonground.interests.taxonomy import KINDS
from commonground.interests.whose import FAMILY, NOBODY, SELF

BARE = frozenset({"like", "reaction", "group", "event", "checkin", "tag", "hobby", "interest"})  # the bare noun suffices
PROFILE = frozenset({"bio", "headline"})  # lists of what one is: a short item suffices
WRITTEN_ABOUT = frozenset({"note", "tag"})  # written by an agent: "he" and "she" are the contact
PLACE_NAMES = frozenset({"hometown", "current_city"})  # the whole text is a town
EMPLOYMENT = frozenset({"position", "employer"})  # a job shows nothing but service
_PROSE, _UNTOLD, _OF_PROFILE, _ABOUT, _OF_PLACE, _OF_EMPLOYMENT, _OF_EDUCATION = range(7)  # sorts of texts
_SORTS: dict[str | None, int] = {
    None: _UNTOLD,
    "education": _OF_EDUCATION,
    **dict.fromkeys(PROFILE, _OF_PROFILE),
    **dict.fromkeys(WRITTEN_ABOUT, _ABOUT),
    **dict.fromkeys(PLACE_NAMES, _OF_PLACE),
    **dict.fromkeys(EMPLOYMENT, _OF_EMPLOYMENT),
}
LONGEST = 20_000  # characters read of one text; beyond it stand pasted listings and mail threads
_MOST_WORDS = 1 << 21  # more than a page has
PAGE = 1_000_000  # characters read at once: fewer, longer columns cost less, until they leave the processor's cache
_BY_THE_WAY = np.isin(KINDS, ["food", "place"])
_MAKING = np.isin(KINDS, ["arts", "crafts", "collecting"])
_PLACE, _COLLECTING, _MILITARY, _SCHOOL, _SPORTS = map(KINDS.index, ("place", "collecting", "military", "school", "sports"))


@dataclass(frozen=True, slots=True)
class Interest:
    """One interest in a text: `text[start:end]` shows it; `subject` is self or family."""

    interest: str
    label: str
    kind: str
    policy_class: str
    subject: str
    negated: bool
    start: int
    end: int
    rarity: float


@dataclass(frozen=True, slots=True)
class Tagged:
    """What one text shows. `denied` counts protected statements, `denied_spans` says where they stand (never what)."""

    interests: list[Interest] = field(default_factory=list)
    denied: int = 0
    denied_classes: dict[str, int] = field(default_factory=dict)
    denied_spans: list[tuple[int, int]] = field(default_factory=list)

    @property
    def kept(self) -> list[Interest]:
        """The interests that are not negated: what may be shown."""
        return [interest for interest in self.interests if not interest.negated]


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


@dataclass(slots=True)
class Tags:
    """What a page of texts shows, in columns: `text[start:end]` (characters) shows an interest."""

    text: Ints
    start: Ints
    end: Ints
    interest: Ints
    is_family: Bools
    is_negated: Bools
    names: list[Named]
    denied: Denied
    denied_start: Ints
    denied_end: Ints
    denied_sentence: Ints
    count: int
    letters: Codes  # of the texts as read
    text_begins: Ints  # where among them each text begins


class Tagger:
    """Tags texts by the team's taxonomy (`settings`, or a folder of it) and market."""

    def __init__(self, settings: Settings | Path | None = None, market: Market | None = None, policy: InterestPolicy | None = None) -> None:
        folder = settings.interests_folder if isinstance(settings, Settings) else settings or DEFAULT_CONFIG / "interests"
        if isinstance(settings, Settings):
            market, policy = market or settings.market, policy or settings.policy.interests
        self.policy = policy or InterestPolicy()
        self.lexicon: Lexicon = lexicon_for(folder, self.policy.model_dump_json())
        self.places = Gazetteer(market)
        self.schools = schools.Schools(market)
        self.version = f"{self.lexicon.taxonomy.version}-{schools.fingerprint(market)}"
        interests = self.lexicon.taxonomy.interests
        self._denied_kinds = np.array([kind in interests and interests[kind].is_denied for kind in KINDS])

    def tag(self, text: str, utterance_type: str | None = None) -> Tagged:
        """The interests of one text; `utterance_type` as in the utterance records, None = a free sentence."""
        return next(self.tag_all([text], [utterance_type]))

    def tag_all(self, texts: Sequence[str], types: Sequence[str | None]) -> Iterator[Tagged]:
        """The interests of many texts, in their order."""
        for tags in self.pages(texts, types):
            yield from self._spelled_out(tags)

    def pages(self, texts: Sequence[str], types: Sequence[str | None]) -> Iterator[Tags]:
        """The same in columns, some texts at a time, in their order."""
        if not texts:
            return
        texts = [text[:LONGEST] for text in texts]
        read = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)) + 1)
        count = max(1, round(int(read[-1]) / PAGE))  # of pages, all about as long
        cuts = np.unique(np.searchsorted(read, np.linspace(0, read[-1], count + 1), side="right")).tolist()
        for first, last in pairwise(cuts):
            yield self._read(texts[first:last], types[first:last])

    def _read(self, texts: Sequence[str], types: Sequence[str | None]) -> Tags:
        page, sorts = Page(texts, self.lexicon.hashtag_words), np.full(len(texts), _UNTOLD)
        is_name = are_names(texts, np.diff(page.text_begins) - 1, page.blanks())
        if any(types):
            is_name = np.array([is_ if type_ is None else type_ in BARE for is_, type_ in zip(is_name.tolist(), types, strict=True)], bool)
            sorts = np.fromiter((_SORTS.get(type_, _PROSE) for type_ in types), np.int64, len(types))
        sort_of_place = checkins.sorts(texts, page.with_names_behind(checkins.MARKS))
        page.drop_pauses(is_name)
        numbers = self.lexicon.book.read(page)
        hits = with_handles(page, numbers, self.lexicon.book.find(numbers), self.lexicon)
        telling = np.append(self._may_name(page, numbers, hits), False)
        telling[page.text_of[hits.start[self.lexicon.has_sense[hits.entry]]]] = True
        scene = Scene(
            page,
            numbers,
            hits.where(telling[page.text_of[hits.start]]),
            self.lexicon,
            is_name=is_name,
            is_profile=sorts == _OF_PROFILE,
            is_about=np.where(sorts == _UNTOLD, -1, sorts == _ABOUT),
            sort_of_place=sort_of_place,
        )
        denied = read_denied(scene, hits)
        found = self._kept(self._found(scene, sorts, types, denied), scene, denied)
        start, end = page.offsets(found.text, found.start, found.end - 1)
        from_, to = page.offsets(denied.text, denied.start, denied.end - 1)
        sentences = scene.sentence_number(denied.start)
        return Tags(
            text=found.text,
            start=start,
            end=end,
            interest=found.interest,
            is_family=found.is_family,
            is_negated=found.is_negated,
            names=found.names,
            denied=denied,
            denied_start=from_,
            denied_end=to,
            denied_sentence=sentences,
            count=len(texts),
            letters=page.codes,
            text_begins=page.text_begins,
        )

    def _may_name(self, page: Page, numbers: Ints, hits: Hits) -> Bools:
        """The texts of a page whose words must be read one by one: a town, a school or a doubtful word may stand there."""
        chosen = np.zeros(len(page.bounds), bool)
        chosen[page.text_of[hits.start[self.lexicon.is_read_closely[hits.entry]]]] = True
        chosen[page.text_of[self.lexicon.asked_for["names"][numbers] | self.schools.own_words(page)]] = True
        return chosen[:-1]

    def _found(self, scene: Scene, sorts: Ints, types: Sequence[str | None], denied: Denied) -> Found:
        """Every interest that its surroundings bear out, of the taxonomy and named in the text."""
        judge, sense = Judge(scene), self.lexicon.sense
        rows = unambiguous(scene)
        verdict = judge.verdicts(rows)
        is_person = sense.mode[rows.sense] == lx.PERSON
        is_fellow = is_person & judge.follows_fellow(rows.start)
        text = scene.text_of[rows.start]
        whose = judge.subjects(rows.start, is_person & (sense.kind[rows.sense] != _MILITARY))
        whose[scene.is_name[text] | is_fellow] = SELF
        kind, level = sense.kind[rows.sense], self.lexicon.level[rows.interest]
        sort = sorts[text]
        is_service = sort == _OF_EMPLOYMENT
        verdict[is_service] = np.where((kind[is_service] == _MILITARY) & (level[is_service] > 1), SHOWN, 0)
        whose[is_service] = SELF
        verdict[(sort == _OF_PLACE) | ((sort == _OF_EDUCATION) & (kind != _MILITARY))] = 0
        sort_start, sort_end = scene.sort_of_place
        may = np.flatnonzero((sort_end[text] >= 0) & (verdict == 0) & (kind != _PLACE))
        from_, _ = scene.page.offsets(text[may], rows.start[may], rows.end[may] - 1)
        verdict[may[(from_ >= sort_start[text[may]]) & (from_ < sort_end[text[may]])]] = SHOWN
        chosen = (verdict != 0) & (whose != NOBODY)
        chosen &= judge.opens_nothing_known(rows, chosen)
        names = named(scene, judge, types, self.places, self.schools, denied)
        rows, mode = rows.where(chosen), sense.mode[rows.sense[chosen]]
        stated = np.ones(len(names.which), bool)
        kinds, levels = (np.array([getattr(name, of) for name in names.known], np.int64) for of in ("kind", "level"))
        return Found(
            text=np.concatenate([text[chosen], scene.text_of[names.start]]),
            start=np.concatenate([rows.start, names.start]),
            end=np.concatenate([rows.end, names.end]),
            interest=np.concatenate([rows.interest, -1 - names.which]),
            kind=np.concatenate([kind[chosen], kinds[names.which]]),
            level=np.concatenate([level[chosen], levels[names.which]]),
            is_family=np.concatenate([whose[chosen] == FAMILY, names.is_family]),
            is_negated=np.concatenate([verdict[chosen] == NOT_SHOWN, names.is_negated]),
            is_stated=np.concatenate([mode != lx.THING, stated]),
            is_person=np.concatenate([mode == lx.PERSON, ~stated]),
            is_mention=np.concatenate([sense.is_mention[rows.sense], stated]),
            is_told=np.concatenate([verdict[chosen] == TOLD, ~stated]),
            names=names.known,
        )

    def _kept(self, found: Found, scene: Scene, denied: Denied) -> Found:
        """One tag per interest, free of protected words, the general dropped where the special is known."""
        pairs = found.text * len(KINDS) + found.kind
        has_special = np.zeros(len(scene.is_name) * len(KINDS), bool)
        has_special[pairs[(found.level > 1) & ~found.is_negated]] = True
        keep = ~((found.level == 1) & ~found.is_negated & has_special[pairs])
        keep &= ~self._denied_kinds[found.kind]
        keep &= ~Spans(denied.start, denied.end).any_overlap(found.start, found.end)
        keep &= ~_is_made(found, keep, scene) & ~_is_named(found, scene) & ~_by_the_way(found, keep, len(scene.is_name), self.lexicon)
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
        return _once(found.where(keep), self.lexicon)

    def _spelled_out(self, tags: Tags) -> Iterator[Tagged]:
        interests: dict[int, list[Interest]] = defaultdict(list)
        columns = (tags.text, tags.start, tags.end, tags.interest, tags.is_family, tags.is_negated)
        for text, start, end, number, is_family, is_negated in zip(*(column.tolist() for column in columns), strict=True):
            i = tags.names[-1 - number] if number < 0 else described(self.lexicon, number)
            whose = "family" if is_family else "self"
            interests[text].append(Interest(i.interest, i.label, KINDS[i.kind], i.policy_class, whose, is_negated, start, end, i.rarity))
        spans: dict[int, set[tuple[int, int]]] = defaultdict(set)
        stated: dict[int, Counter[str]] = defaultdict(Counter)
        for text, start, end in zip(tags.denied.text.tolist(), tags.denied_start.tolist(), tags.denied_end.tolist(), strict=True):
            spans[text].add((start, end))
        counted = tags.denied.stated(tags.denied_sentence)
        for text, class_ in zip(tags.denied.text[counted].tolist(), tags.denied.class_[counted].tolist(), strict=True):
            stated[text][tags.denied.classes[class_]] += 1
        for text in range(tags.count):
            classes = dict(sorted(stated[text].items())) if text in stated else {}
            yield Tagged(interests.get(text, []), sum(classes.values()), classes, sorted(spans.get(text, ())))


def described(lexicon: Lexicon, number: int) -> Named:
    """What an interest of the taxonomy is, by its number."""
    i = lexicon.taxonomy.interests[lexicon.ids[number]]
    return Named(i.id, i.label, KINDS.index(i.kind), i.policy_class, i.rarity, i.level)


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
    at, apart = found.end[makes], scene.numbers[found.start - 1]
    is_apart = (scene.page.marks[found.start - 1] != 0) | scene.lexicon.asked_for["preposition"][apart]
    behind = np.isin(found.start, at) | np.isin(found.start - 1, at) & ~is_apart
    made: Bools = behind & ~found.is_stated & ~_MAKING[found.kind]
    return made


def _is_named(found: Found, scene: Scene) -> Bools:
    """What is only part of the name of a town or school ("raised in Fargo", "went to Purdue"), or a school whose team is meant."""
    is_name, named, of_school = scene.is_name[found.text], found.interest < 0, found.kind == _SCHOOL
    whole = named & ((found.kind == _PLACE) | of_school & ~is_name)
    teams = is_name & (found.kind == _SPORTS) & ~named
    inside = ~named & Spans(found.start[whole], found.end[whole]).any_around(found.start, found.end)
    of_team: Bools = of_school & Spans(found.start[teams], found.end[teams]).any_overlap(found.start, found.end)  # "Gonzaga fan"
    return inside | of_team


def _by_the_way(found: Found, keep: Bools, texts: int, lexicon: Lexicon) -> Bools:
    """What somebody eats or where they are, merely spoken of beside an interest of another kind ("Spin class, then coffee")."""
    known = np.maximum(found.interest, 0)
    is_minor = lexicon.is_by_the_way[known] & (found.interest >= 0)
    said = keep & ~found.is_negated & ~is_minor
    has_other = np.zeros((2, texts), bool)
    has_other[0, found.text[said]] = True
    has_other[1, found.text[said & ~_BY_THE_WAY[found.kind]]] = True
    by_the_way: Bools = is_minor & has_other[0, found.text] | found.is_told & _BY_THE_WAY[found.kind] & has_other[1, found.text]
    return by_the_way


def _told_by_a_name(found: Found, scene: Scene) -> Bools:
    """What a name shows: the special outweighs the general ("Lincoln Park Zoo"), a town only says where ("Junkies of the Midwest").

    What stands in brackets at its end is the sort of place it is, and outweighs all ("Cocktail Lounge (Jazz Club)").
    """
    texts = len(scene.is_name)

    def any_in_text(rows: Bools) -> Bools:
        marked = np.zeros(texts, bool)
        marked[found.text[rows]] = True
        return marked[found.text]

    starts, _ = scene.page.offsets(found.text, found.start, found.end - 1)
    sort_start, sort_end = (side[found.text] for side in scene.sort_of_place)
    in_brackets = (starts >= sort_start) & (starts < sort_end)
    in_passing = (sort_end >= 0) & (starts >= sort_end)
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
