"""A text → the interests it shows, each with where it stands; protected statements are counted and never tagged.

One pass of an automaton finds interests, the words around them and protected words; what stands near an interest then
decides: is it liked, practised, lived, or hated, denied, somebody else's, a mere job? No word is looked up twice.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from commonground.config import DEFAULT_CONFIG, InterestPolicy, Market, Settings
from commonground.interests import judge, schools
from commonground.interests.judge import Found
from commonground.interests.lexicon import Lexicon, lexicon_for
from commonground.interests.places import Gazetteer
from commonground.interests.register import is_name
from commonground.interests.scene import Scene, read_scene
from commonground.interests.words import Words, split

BARE = frozenset({"like", "reaction", "group", "event", "checkin", "tag", "hobby", "interest"})  # the bare noun suffices
PROFILE = frozenset({"bio", "headline"})  # lists of what one is: a short item suffices
WRITTEN_ABOUT = frozenset({"note", "tag"})  # written by an agent: "he" and "she" are the contact
NAMES = frozenset({"hometown", "current_city", "education"})  # the whole text is a name
LONGEST = 20_000  # characters read of one text; beyond it stand pasted listings and mail threads


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


_NOTHING = Tagged()


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

    def tag(self, text: str, utterance_type: str | None = None) -> Tagged:
        """The interests of one text; `utterance_type` as in the utterance records, None = a free sentence."""
        words = split(text[:LONGEST], self.lexicon.hashtag_words)
        if not words.words:
            return _NOTHING
        is_bare = utterance_type in BARE or (utterance_type is None and is_name(text))
        if is_bare:
            words = words.without_pauses()
        scene = self._read(words, utterance_type, is_bare=is_bare)
        if scene is None:
            return _NOTHING
        denied = _denied_statements(scene)
        found = list(self._found(scene, utterance_type))
        kept = self._kept(found, scene)
        return Tagged(
            interests=kept,
            denied=sum(denied.values()),
            denied_classes=dict(sorted(denied.items())),
            denied_spans=sorted((words.starts[a], words.ends[b - 1]) for a, b, _ in set(scene.denied)) if denied else [],
        )

    def _read(self, words: Words, utterance_type: str | None, *, is_bare: bool) -> Scene | None:
        joined = words.joined
        entries = self.lexicon.entries
        hits = []
        is_telling = utterance_type in NAMES or self.schools.may_stand_in(words.words)
        count = joined.count
        for number, start, _ in self.lexicon.automaton.find_matches_as_indexes(joined, overlapping=True):
            at = count(" ", 0, start)
            entry = entries[number]
            hits.append((at, -at - entry.length, entry))  # as they sort: the longer first
            if entry.is_telling:
                is_telling = True
        if not is_telling:
            return None
        return read_scene(
            words,
            joined,
            hits,
            self.lexicon,
            is_bare=is_bare,
            is_profile=utterance_type in PROFILE,
            is_about=None if utterance_type is None else utterance_type in WRITTEN_ABOUT,
        )

    def _found(self, scene: Scene, utterance_type: str | None) -> Iterator[Found]:
        if utterance_type in ("hometown", "current_city"):
            yield from judge.named_place(scene, self.places, "place", 0)
            return
        if utterance_type == "education":
            yield from self.schools.all_named(scene, self.lexicon)
            yield from (found for found in judge.interests(scene) if found.kind == "military")
            return
        if utterance_type in ("position", "employer"):
            yield from judge.service(scene)
            return
        yield from judge.interests(scene)
        yield from judge.places(scene, self.places)
        yield from judge.natives(scene, self.places)
        if self.schools.may_stand_in(scene.words.words):
            yield from self.schools.stated(scene, self.lexicon)

    def _kept(self, found: list[Found], scene: Scene) -> list[Interest]:
        """One tag per interest and polarity, free of protected words, the general dropped where the special is known."""
        if not found or (scene.is_bare and scene.denied):  # a group's or page's name is one statement
            return []
        special = {f.kind for f in found if f.level > 1 and not f.is_negated}
        spans = scene.denied
        if scene.is_bare:
            found = _told_by_a_name(found)
        kept: dict[str, Interest] = {}
        words = scene.words
        for f in sorted(found, key=lambda f: (f.is_negated, f.start, -f.end, f.interest)):
            if f.interest in kept or (f.level == 1 and f.kind in special and not f.is_negated):
                continue
            if any(a < f.end and f.start < b for a, b, _ in spans) or self.lexicon.taxonomy.interests[f.kind].is_denied:
                continue
            start, end = words.starts[f.start], words.ends[f.end - 1]
            subject = "family" if f.is_family else "self"
            kept[f.interest] = Interest(f.interest, f.label, f.kind, f.policy_class, subject, f.is_negated, start, end, f.rarity)
        return sorted(kept.values(), key=lambda i: (i.start, i.end, i.interest))


def _told_by_a_name(found: list[Found]) -> list[Found]:
    """In a name the special outweighs the general ("Lincoln Park Zoo"), and a town only says where it is ("Junkies of the Midwest")."""
    if any(f.kind != "place" for f in found):
        found = [f for f in found if f.kind != "place" or f.is_stated]
    if any(f.kind == "collecting" and f.is_person for f in found):
        return [f for f in found if f.kind == "collecting"]  # "Antique Tractor Collectors"
    special = {f.kind for f in found if f.level > 1}
    return [f for f in found if f.level > 1 or f.is_person or not special]


def _denied_statements(scene: Scene) -> Counter[str]:
    """Protected statements by class: a class counts once per sentence."""
    sentences = {(class_, scene.sentence_of(a)) for a, _, class_ in scene.denied}
    return Counter(class_ for class_, _ in sentences)
