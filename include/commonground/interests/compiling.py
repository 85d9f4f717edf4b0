"""A taxonomy → its lexicon: what each of its words can mean, in columns.

`Entry` says what a phrase can be: senses (interests), cues (flags), practice (kinds), words that only look like an interest
(masks), protected words.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from commonground.interests import schools, words
from commonground.interests.columns import FIRST_WORD, PAUSE, SEPARATOR, STOP, UNKNOWN, Table
from commonground.interests.lexicon import (
    BE,
    BREAK,
    CONTACT,
    DEED,
    DISLIKE,
    FAMILY,
    GONE,
    HABIT,
    HAVE,
    HOUSEHOLD,
    JOB,
    LIKE,
    LIKE_AFTER,
    LIKE_IT,
    MODES,
    NAMED,
    NEG,
    NEWS,
    NOT_JOB,
    NOT_LIKE,
    NOT_NEG,
    NOT_SUBJECT,
    OTHER,
    PAST,
    PRAISE,
    SELF,
    TELLING,
    TRADE,
    Lexicon,
    SenseColumns,
)
from commonground.interests.phrasebook import Phrasebook
from commonground.interests.protected import NUMBERS, Protected, add_denied, guards
from commonground.interests.taxonomy import KINDS, Interest, KindFile, Taxonomy

SHORTEST, SHORTEST_PLAIN = 5, 8  # letters of a name that a handle is made of, and of several words that are none
_LISTS = {
    "liking": LIKE,
    "liking_after": LIKE_AFTER,
    "not_liking": NOT_LIKE,
    "habits": HABIT,
    "praise": PRAISE,
    "disliking": DISLIKE,
    "negation": NEG,
    "not_negation": NOT_NEG,
    "having": HAVE,
    "being": BE,
    "job": JOB,
    "self": SELF,
    "contact": CONTACT,
    "family": FAMILY,
    "household": HOUSEHOLD,
    "other": OTHER,
    "not_subject": NOT_SUBJECT,
    "breaks": BREAK,
    "telling": TELLING,
    "news": NEWS,
    "gone": GONE,
    "named": NAMED,
    "past": PAST,
    "trades": TRADE,
    "liking_it": LIKE_IT,
    "not_job": NOT_JOB,
}


@dataclass(frozen=True, slots=True, eq=False)
class Sense:
    """One thing a form can mean. `mode` is thing, verb, liked_verb, person, phrase or opener."""

    interest: Interest
    mode: str
    context: frozenset[str]
    is_shown_by_mention: bool = False


@dataclass(slots=True)
class Entry:
    """Everything one pattern can mean; `length` in words."""

    length: int
    flags: int = 0
    senses: tuple[Sense, ...] = ()
    practice: frozenset[str] = frozenset()
    masks: frozenset[str] = frozenset()
    denied: tuple[str, ...] = ()
    denied_masks: frozenset[str] = frozenset()
    denied_patterns: tuple[Protected, ...] = ()


@dataclass(slots=True)
class _Draft:
    entries: dict[str, Entry] = field(default_factory=dict)

    def at(self, phrase: str, pause: str = "") -> Entry | None:
        plain = words.normal(phrase, pause)
        if not plain:
            return None
        if plain not in self.entries:
            self.entries[plain] = Entry(len(plain.split(" ")))
        return self.entries[plain]

    def sense(
        self, phrases: Iterable[str], interest: Interest, mode: str, context: frozenset[str] = frozenset(), *, is_mention: bool = False
    ) -> None:
        said = [(phrase, pause) for phrase in phrases for pause in (("", ",") if ":" in phrase else ("",))]
        for phrase, pause in said:
            entry = self.at(phrase, pause)
            if entry is None:
                continue
            if interest.is_denied:  # the team wants no tag of it: its words are protected words
                entry.denied = (*entry.denied, interest.kind)
                continue
            if not entry.senses:
                entry.senses = (Sense(interest, mode, context, is_mention or interest.is_shown_by_mention),)
                continue
            others = tuple(s for s in entry.senses if s.interest is not interest)
            same = next((s for s in entry.senses if s.interest is interest), None)
            if same is None or MODES.index(mode) > MODES.index(same.mode):
                entry.senses = (*others, Sense(interest, mode, context, is_mention or interest.is_shown_by_mention))


def compile_lexicon(taxonomy: Taxonomy) -> Lexicon:
    """Compiles a taxonomy."""
    draft = _Draft()
    for interest in taxonomy.interests.values():
        _add_interest(draft, interest, taxonomy)
    form_count = len(draft.entries)
    for kind in taxonomy.kinds.values():
        _add_kind(draft, kind, taxonomy.interests[kind.kind])
    _add_cues(draft, taxonomy)
    _add_ordinary(draft, taxonomy)
    add_denied(draft.at, taxonomy)
    telling = (phrase for phrase, entry in draft.entries.items() if entry.senses or entry.denied or entry.denied_patterns)
    in_forms = {word for phrase in telling for word in phrase.split(" ")}
    known = frozenset(word for word in in_forms if len(word) > 2) | {str(word) for word in taxonomy.cues.hashtag_words}
    return _columns(taxonomy, draft.entries, known, form_count)


def _columns(taxonomy: Taxonomy, entries: dict[str, Entry], known: frozenset[str], form_count: int) -> Lexicon:
    numbers = {interest: number for number, interest in enumerate(taxonomy.interests)}
    interests, all_entries = list(taxonomy.interests.values()), list(entries.values())
    senses = [sense for entry in all_entries for sense in entry.senses]
    counts = np.array([len(entry.senses) for entry in all_entries], np.int64)
    liked = {kind.kind for kind in taxonomy.kinds.values() if kind.is_shown_by_liking}
    contexts: dict[frozenset[str], int] = {frozenset(): 0}
    for sense in senses:
        contexts.setdefault(sense.context, len(contexts))
    near = {word for context in contexts for phrase in context for word in phrase.split(" ")}
    patterns = [protected for entry in all_entries for protected in entry.denied_patterns]
    near_anchors = [one.around for one in patterns]
    of_patterns = {
        words for one in near_anchors for words in (one.head and one.head.known, one.tail and one.tail.known, one.before, one.behind)
    }
    of_patterns |= {one.beside for one in patterns}
    phrases = sorted({phrase for context in contexts for phrase in context if " " in phrase})
    near |= {word for words in of_patterns for word in words or ()}
    book = Phrasebook(list(entries), _function_words(taxonomy) | near)
    every = np.arange(book.vocabulary_size)
    asked_for = {
        **{name: book.numbers(said) for name, said in words.ASKED_FOR.items()},
        "pause": book.numbers(words.ASKED_FOR["picture"]) | (every == PAUSE),
        "end": (every == STOP) | (every == SEPARATOR),
        "preposition": book.numbers(str(word) for word in taxonomy.cues.prepositions),
        "stop": book.numbers(str(word) for word in taxonomy.cues.stop),
        "names": book.numbers(
            [*(word for of in ("native", "inhabitant", "bred", "local") for word in words.ASKED_FOR[of]), *schools.HEADS]
        ),
        "place_noun": book.numbers(words.PLACE_NOUNS),
        "school_head": book.numbers(schools.HEADS),
        "school_type": book.numbers(schools.TYPES),
        "school_verb": book.numbers(schools.VERBS),
        "school_job": book.numbers(schools.JOBS),
        "school_graduate": book.numbers(schools.GRADUATES),
        "school_end": book.numbers(schools.ENDS) | (every < FIRST_WORD) & (every != UNKNOWN),
    }
    flags = np.array([entry.flags for entry in all_entries], np.int64)
    return Lexicon(
        version=taxonomy.version,
        book=book,
        hashtag_words=known,
        form_count=form_count,
        flags=flags,
        practice=np.array([_bits(entry.practice) for entry in all_entries], np.int64),
        masks=np.array([_bits(entry.masks) for entry in all_entries], np.int64),
        is_cue=((flags & ~BREAK) != 0) | np.array([bool(entry.practice) for entry in all_entries]),
        breaks=(flags & BREAK) != 0,
        hides=((flags & (NOT_NEG | NOT_LIKE | NOT_SUBJECT | NOT_JOB)) != 0) | np.array([bool(entry.masks) for entry in all_entries]),
        has_sense=counts > 0,
        is_handle=np.array([_is_handle(phrase, entry) for phrase, entry in entries.items()]),
        is_read_closely=np.array(["place" in entry.practice or any(s.context for s in entry.senses) for entry in all_entries]),
        guards=guards(all_entries, book),
        first_sense=np.cumsum(counts) - counts,
        sense_count=counts,
        sense=SenseColumns(
            interest=np.array([numbers[s.interest.id] for s in senses], np.int64),
            mode=np.array([MODES.index(s.mode) for s in senses], np.int64),
            kind=np.array([KINDS.index(s.interest.kind) for s in senses], np.int64),
            level=np.array([s.interest.level for s in senses], np.int64),
            context=np.array([contexts[s.context] for s in senses], np.int64),
            is_mention=np.array([s.is_shown_by_mention for s in senses], bool),
            by_having=np.array(["having" in s.interest.shown_by for s in senses], bool),
            is_liked=np.array([s.interest.kind in liked for s in senses], bool),
        ),
        ids=list(taxonomy.interests),
        labels=[interest.label for interest in interests],
        kind=np.array([KINDS.index(interest.kind) for interest in interests], np.int64),
        policy_classes=[interest.policy_class for interest in interests],
        rarity=np.array([interest.rarity for interest in interests], np.float64),
        level=np.array([interest.level for interest in interests], np.int64),
        is_proper=np.array([interest.is_proper for interest in interests], bool),
        is_by_the_way=np.array([interest.entry.is_by_the_way for interest in interests], bool),
        is_destination=np.array(["visiting" in interest.shown_by for interest in interests], bool),
        is_denied_kind=np.array([kind in taxonomy.interests and taxonomy.interests[kind].is_denied for kind in KINDS]),
        number_of=numbers,
        asked_for=asked_for,
        sorts=np.array([of.astype(np.int64) << bit for bit, of in enumerate(asked_for.values())]).sum(axis=0),
        ends_with_s=book.ending("s"),
        ends_with_ing=book.ending("ing"),
        context_words=np.array([book.numbers(word.split(" ", 1)[0] for word in context) for context in contexts]),
        context_alone=np.array([book.numbers(word for word in context if " " not in word) for context in contexts]),
        context_phrases=Table(book.keys([phrase.split(" ") for phrase in phrases]), np.arange(len(phrases))),
        has_phrase=np.array([[phrase in context for phrase in phrases] for context in contexts], bool),
        phrase_lengths=sorted({phrase.count(" ") + 1 for phrase in phrases}),
    )


def _is_handle(phrase: str, entry: Entry) -> bool:
    """Whether a handle may be made of a phrase: it names something, or is long and of several words."""
    letters = len(phrase.replace(" ", ""))
    is_plain = " " in phrase and letters >= SHORTEST_PLAIN
    of_names = (s.interest.is_proper or is_plain for s in entry.senses if s.mode == "thing" and not s.context)
    return letters >= SHORTEST and any(of_names)


def _bits(kinds: Iterable[str]) -> int:
    return sum(1 << KINDS.index(kind) for kind in kinds)


def _function_words(taxonomy: Taxonomy) -> set[str]:
    """Words that the rules of the tagger ask for by name."""
    groups = (
        *words.ASKED_FOR.values(),
        NUMBERS,
        taxonomy.cues.prepositions,
        taxonomy.cues.stop,
        schools.HEADS,
        schools.TYPES,
        schools.ENDS,
        schools.VERBS,
        schools.JOBS,
        schools.GRADUATES,
    )
    return {word for group in groups for phrase in group for word in words.normal(str(phrase)).split(" ") if word}


@lru_cache(maxsize=1 << 12)
def _normal(said: tuple[str, ...]) -> frozenset[str]:
    """Words of a context as they stand among the words of a text; groups share theirs."""
    return frozenset(words.normal(word) for word in said)


def _add_interest(draft: _Draft, interest: Interest, taxonomy: Taxonomy) -> None:
    entry = interest.entry
    forms = list(entry.forms)
    has_words = bool(entry.forms or entry.verbs or entry.people or entry.phrases or entry.nicknames)
    if entry.label_is_form and interest.level == 3:
        forms += [entry.label] if entry.label else [interest.id.replace("_", " ")]
    if not has_words and interest.level < 3:
        return
    parent = taxonomy.interests.get(interest.parent or "")
    context = entry.context or (parent.entry.context if parent else [])
    near = _normal(tuple(context)) if entry.nicknames else frozenset()
    plural = words.possessive if interest.is_proper else words.plurals
    draft.sense((said for form in forms for p in plural(form) for said in words.spoken(p)), interest, "thing")
    nicknames = (p for form in entry.nicknames for p in ([form] if form.endswith("s") else words.plurals(form)))  # "Reds", never "red"
    draft.sense(nicknames, interest, "thing", near)
    draft.sense((said for verb in entry.verbs for p in words.inflections(verb) for said in words.spoken(p)), interest, "verb")
    draft.sense((said for verb in entry.liked_verbs for p in words.inflections(verb) for said in words.spoken(p)), interest, "liked_verb")
    draft.sense((p for person in entry.people for p in words.plurals(person)), interest, "person")
    draft.sense((p for phrase in entry.phrases for p in words.inflections(phrase)), interest, "phrase")
    for hidden in sorted({p for form in entry.not_ for p in words.inflections(form) | {form}}):
        found = draft.at(hidden)
        if found is not None:
            found.masks |= {interest.kind}


def _add_kind(draft: _Draft, kind: KindFile, root: Interest) -> None:
    for practice in kind.practice:
        for form in words.inflections(practice):
            entry = draft.at(form)
            if entry is not None:
                entry.practice |= {kind.kind}
    favorites = [f"{word} {p}" for form in kind.favorite for p in words.plurals(form) for word in ("favorite", "favourite", "fav", "fave")]
    draft.sense(favorites, root, "phrase")
    draft.sense((p for form in kind.mentions for p in words.plurals(form)), root, "thing", is_mention=True)
    draft.sense((p for form in kind.openers for p in words.inflections(form)), root, "opener")


def _add_cues(draft: _Draft, taxonomy: Taxonomy) -> None:
    cues = taxonomy.cues
    for name, flag in _LISTS.items():
        for phrase in getattr(cues, name):
            entry = draft.at(phrase)
            if entry is not None:
                entry.flags |= flag
    for person in cues.acquaintances:
        for owner in ("my", "our"):
            for form in words.plurals(f"{owner} {person}"):
                entry = draft.at(form)
                if entry is not None:
                    entry.flags |= OTHER
    for verb in cues.liking_verbs:
        for form in words.inflections(verb):
            entry = draft.at(form)
            if entry is not None:
                entry.flags |= LIKE
    for deed in cues.deeds:
        for form in words.inflections(deed):
            entry = draft.at(form)
            if entry is not None and form != deed:
                entry.flags |= DEED
    draft.entries.setdefault("@", Entry(1)).flags |= OTHER  # "@bob loves jazz" is about Bob


def _add_ordinary(draft: _Draft, taxonomy: Taxonomy) -> None:
    """Everyday words that are titles and names too want a word of their kind near them."""
    for phrase in sorted({form for word in taxonomy.cues.ordinary for form in words.plurals(str(word))}):
        entry = draft.entries.get(words.normal(phrase))
        if entry is not None:
            entry.senses = tuple(replace(s, context=s.context or _context(s.interest, taxonomy)) for s in entry.senses)


def _context(interest: Interest, taxonomy: Taxonomy) -> frozenset[str]:
    parent = taxonomy.interests.get(interest.parent or "")
    said = [*interest.entry.context, *(parent.entry.context if parent else []), *taxonomy.interests[interest.kind].entry.context]
    return _normal(tuple(said)) or frozenset({interest.kind})
