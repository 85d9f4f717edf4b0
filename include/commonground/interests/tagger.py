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
from commonground.interests.columns import Bools, Ints, Page
from commonground.interests.company import unambiguous
from commonground.interests.denied import Denied, read_denied
from commonground.interests.found import Found, kept
from commonground.interests.handles import with_handles
from commonground.interests.judge import NOT_SHOWN, SHOWN, TOLD, Judge
from commonground.interests.letters import Codes
from commonground.interests.lexicon import Lexicon, Named
from commonground.interests.lexicons import lexicon_for
from commonground.interests.named import named
from commonground.interests.phrasebook import Hits
from commonground.interests.places import Gazetteer
from commonground.interests.register import are_names
from commonground.interests.scene import Scene
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
PAGE = 1_000_000  # characters read at once: fewer, longer columns cost less, until they leave the processor's cache
_PLACE, _MILITARY = map(KINDS.index, ("place", "military"))
_TRADES = ~np.isin(KINDS, "collecting fitness games military outdoors sports".split())  # kinds whose people may live by it


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
        self.version = f"{self.lexicon.version}-{schools.fingerprint(market)}"

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
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        if lengths.max() > LONGEST:
            texts, lengths = [text[:LONGEST] for text in texts], np.minimum(lengths, LONGEST)
        read = np.cumsum(lengths + 1)
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
        found = kept(self._found(scene, sorts, types, denied), scene, denied, self.lexicon.is_denied_kind)
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
        chosen[page.text_of[self.lexicon.asked_for["names"].take(numbers) | self.schools.own_words(page)]] = True
        return chosen[:-1]

    def _found(self, scene: Scene, sorts: Ints, types: Sequence[str | None], denied: Denied) -> Found:
        """Every interest that its surroundings bear out, of the taxonomy and named in the text."""
        judge, sense = Judge(scene), self.lexicon.sense
        rows = unambiguous(scene)
        verdict = judge.verdicts(rows)
        is_person = sense.mode[rows.sense] == lx.PERSON
        is_fellow = is_person & judge.follows_fellow(rows.start)
        text = scene.text_of[rows.start]
        whose = judge.subjects(rows.start, is_person & _TRADES[sense.kind[rows.sense]])
        whose[scene.is_name[text] | is_fellow] = SELF
        kind, level = sense.kind[rows.sense], self.lexicon.level[rows.interest]
        sort = sorts[text]
        is_service = sort == _OF_EMPLOYMENT
        verdict[is_service] = np.where((kind[is_service] == _MILITARY) & (level[is_service] > 1), SHOWN, 0)
        whose[is_service] = SELF
        verdict[(sort == _OF_PLACE) | ((sort == _OF_EDUCATION) & (kind != _MILITARY))] = 0
        may = np.flatnonzero((scene.sort_of_place[1][text] >= 0) & (verdict == 0) & (kind != _PLACE))
        in_sort, _ = scene.beside_sort(rows.start[may], rows.end[may])
        verdict[may[in_sort]] = SHOWN
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

    def _spelled_out(self, tags: Tags) -> Iterator[Tagged]:
        interests: dict[int, list[Interest]] = defaultdict(list)
        columns = (tags.text, tags.start, tags.end, tags.interest, tags.is_family, tags.is_negated)
        for text, start, end, number, is_family, is_negated in zip(*(column.tolist() for column in columns), strict=True):
            i = tags.names[-1 - number] if number < 0 else self.lexicon.described(number)
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
