"""A taxonomy → one automaton over all its words, and what each of them can mean.

`Lexicon.entries[i]` says what pattern `i` of the automaton can be: senses (interests), cues (flags), practice (kinds),
words that only look like an interest (masks), protected words. Compiled once per version of the settings.
"""

import atexit
import gc
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from commonground.config import InterestPolicy
from commonground.interests import schools, words
from commonground.interests.columns import FIRST_WORD, PAUSE, SEPARATOR, STOP, UNKNOWN, Bools, Ints, Table
from commonground.interests.phrasebook import Phrasebook
from commonground.interests.protected import NUMBERS, Guards, Protected, add_denied, guards
from commonground.interests.taxonomy import KINDS, Interest, KindFile, Taxonomy, load_taxonomy

(
    LIKE,
    LIKE_AFTER,
    NOT_LIKE,
    HABIT,
    PRAISE,
    DISLIKE,
    NEG,
    NOT_NEG,
    HAVE,
    BE,
    JOB,
    SELF,
    CONTACT,
    FAMILY,
    HOUSEHOLD,
    OTHER,
    NOT_SUBJECT,
    BREAK,
    TELLING,
    NEWS,
    GONE,
    NAMED,
    TRADE,
    PAST,
    LIKE_IT,
    NOT_JOB,
    DEED,
) = (1 << n for n in range(27))
SUBJECT = SELF | CONTACT | FAMILY | HOUSEHOLD | OTHER
_MODES = ("opener", "thing", "liked_verb", "person", "verb", "phrase")  # from what needs most around it to what needs least
OPENER, THING, LIKED_VERB, PERSON, VERB, PHRASE = range(6)  # their numbers
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


@dataclass(slots=True, eq=False)
class Lexicon:
    """The compiled taxonomy: how its words are found, what each entry and each sense is, in columns."""

    taxonomy: Taxonomy
    book: Phrasebook
    entries: list[Entry]
    senses: list[Sense]
    hashtag_words: frozenset[str]
    form_count: int
    flags: Ints  # by entry
    practice: Ints  # by entry: bits of kinds
    masks: Ints  # by entry: bits of kinds it hides
    is_cue: Bools  # by entry: it has flags besides BREAK, or practice
    breaks: Bools  # by entry: has BREAK
    hides: Bools  # by entry: interests or cues
    has_sense: Bools  # by entry
    is_read_closely: Bools  # by entry: words that want company, and what towns stand behind
    guards: Guards  # what is protected
    first_sense: Ints
    sense_count: Ints
    sense: "SenseColumns"
    level: Ints  # by interest
    is_proper: Bools  # by interest: its words are names
    is_destination: Bools  # by interest: somewhere to travel to
    is_by_the_way: Bools  # by interest: beside another it only says where or how
    ids: list[str]  # by interest
    number_of: dict[str, int]  # of an interest by its id
    asked_for: dict[str, Bools]  # by word
    sorts: Ints  # by word: the same as bits, in the order of `asked_for`
    ends_with_s: Bools  # by word
    ends_with_ing: Bools  # by word
    context_words: Bools  # by context and word: whether some word of the context begins so
    context_alone: Bools  # by context and word: whether it is a word of the context by itself
    context_phrases: Table  # by the key of a phrase of some context: its number
    has_phrase: Bools  # by context and such phrase: whether it is of the context
    phrase_lengths: list[int]  # how many words such phrases have


@dataclass(slots=True)
class SenseColumns:
    """What each sense is: columns beside `Lexicon.senses`."""

    interest: Ints  # number of its interest, in the order of the taxonomy
    mode: Ints
    kind: Ints
    level: Ints
    context: Ints  # the row of `context_words` whose words must stand near it; 0: needs none
    is_mention: Bools
    by_having: Bools
    is_liked: Bools  # a liking shows its kind


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
            if same is None or _MODES.index(mode) > _MODES.index(same.mode):
                entry.senses = (*others, Sense(interest, mode, context, is_mention or interest.is_shown_by_mention))


@lru_cache(maxsize=8)
def lexicon_for(folder: Path, policy_json: str) -> Lexicon:
    """The lexicon of a folder under a policy, compiled once per process."""
    was_collecting = gc.isenabled()
    gc.disable()  # all of what is made here stays: looking for garbage among it takes a third of the time
    try:
        lexicon = compile_lexicon(load_taxonomy(folder, InterestPolicy.model_validate_json(policy_json)))
        gc.freeze()  # nor is it looked through whenever texts are read, which takes a tenth of a second
        atexit.register(gc.unfreeze)  # libraries that count what is left at the end find nothing
        return lexicon
    finally:
        if was_collecting:
            gc.enable()


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
    all_entries = list(entries.values())
    senses = [sense for entry in all_entries for sense in entry.senses]
    counts = np.array([len(entry.senses) for entry in all_entries], np.int64)
    liked = {kind.kind for kind in taxonomy.kinds.values() if kind.is_shown_by_liking}
    contexts: dict[frozenset[str], int] = {frozenset(): 0}
    for sense in senses:
        contexts.setdefault(sense.context, len(contexts))
    near = {word for context in contexts for phrase in context for word in phrase.split(" ")}
    patterns = [protected for entry in all_entries for protected in entry.denied_patterns]
    near_anchors = [one.around for one in patterns]
    of_patterns = {words for one in near_anchors for words in (one.head and one.head.known, one.before, one.behind)}
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
        taxonomy=taxonomy,
        book=book,
        entries=all_entries,
        senses=senses,
        hashtag_words=known,
        form_count=form_count,
        flags=flags,
        practice=np.array([_bits(entry.practice) for entry in all_entries], np.int64),
        masks=np.array([_bits(entry.masks) for entry in all_entries], np.int64),
        is_cue=((flags & ~BREAK) != 0) | np.array([bool(entry.practice) for entry in all_entries]),
        breaks=(flags & BREAK) != 0,
        hides=((flags & (NOT_NEG | NOT_LIKE | NOT_SUBJECT | NOT_JOB)) != 0) | np.array([bool(entry.masks) for entry in all_entries]),
        has_sense=counts > 0,
        is_read_closely=np.array(["place" in entry.practice or any(s.context for s in entry.senses) for entry in all_entries]),
        guards=guards(all_entries, book),
        first_sense=np.cumsum(counts) - counts,
        sense_count=counts,
        sense=SenseColumns(
            interest=np.array([numbers[s.interest.id] for s in senses], np.int64),
            mode=np.array([_MODES.index(s.mode) for s in senses], np.int64),
            kind=np.array([KINDS.index(s.interest.kind) for s in senses], np.int64),
            level=np.array([s.interest.level for s in senses], np.int64),
            context=np.array([contexts[s.context] for s in senses], np.int64),
            is_mention=np.array([s.is_shown_by_mention for s in senses], bool),
            by_having=np.array(["having" in s.interest.shown_by for s in senses], bool),
            is_liked=np.array([s.interest.kind in liked for s in senses], bool),
        ),
        level=np.array([interest.level for interest in taxonomy.interests.values()], np.int64),
        is_proper=np.array([interest.is_proper for interest in taxonomy.interests.values()], bool),
        is_by_the_way=np.array([interest.entry.is_by_the_way for interest in taxonomy.interests.values()], bool),
        is_destination=np.array(["visiting" in interest.shown_by for interest in taxonomy.interests.values()], bool),
        ids=list(taxonomy.interests),
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
