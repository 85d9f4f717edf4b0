"""A taxonomy → one automaton over all its words, and what each of them can mean.

`Lexicon.entries[i]` says what pattern `i` of the automaton can be: senses (interests), cues (flags), practice (kinds),
words that only look like an interest (masks), protected words. Compiled once per version of the settings.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import ahocorasick_rs

from commonground.config import InterestPolicy
from commonground.interests import words
from commonground.interests.places import countries
from commonground.interests.taxonomy import Interest, KindFile, Taxonomy, load_taxonomy

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
) = (1 << n for n in range(23))
SUBJECT = SELF | CONTACT | FAMILY | HOUSEHOLD | OTHER
_MODES = ("opener", "thing", "liked_verb", "person", "verb", "phrase")  # from what needs most around it to what needs least
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
    denied_patterns: tuple[tuple[str, re.Pattern[str]], ...] = ()
    is_cue: bool = False  # a cue and nothing else
    is_guarded: bool = False  # protected words
    is_special: bool = False  # masks something else
    is_telling: bool = False  # may by itself lead to a tag or a protected statement


@dataclass(slots=True)
class Lexicon:
    """The compiled taxonomy."""

    taxonomy: Taxonomy
    automaton: ahocorasick_rs.AhoCorasick
    entries: list[Entry]
    hashtag_words: frozenset[str]
    prepositions: frozenset[str]
    stop: frozenset[str]
    liked: frozenset[str]
    form_count: int


@dataclass(slots=True)
class _Draft:
    entries: dict[str, Entry] = field(default_factory=dict)

    def at(self, phrase: str) -> Entry | None:
        plain = words.normal(phrase)
        if not plain:
            return None
        if plain not in self.entries:
            self.entries[plain] = Entry(len(plain.split(" ")))
        return self.entries[plain]

    def sense(
        self, phrases: Iterable[str], interest: Interest, mode: str, context: frozenset[str] = frozenset(), *, is_mention: bool = False
    ) -> None:
        for phrase in phrases:
            entry = self.at(phrase)
            if entry is None:
                continue
            if interest.is_denied:  # the team wants no tag of it: its words are protected words
                entry.denied = (*entry.denied, interest.kind)
                continue
            others = tuple(s for s in entry.senses if s.interest is not interest)
            same = next((s for s in entry.senses if s.interest is interest), None)
            if same is None or _MODES.index(mode) > _MODES.index(same.mode):
                entry.senses = (*others, Sense(interest, mode, context, is_mention or interest.is_shown_by_mention))


@lru_cache(maxsize=8)
def lexicon_for(folder: Path, policy_json: str) -> Lexicon:
    """The lexicon of a folder under a policy, compiled once per process."""
    return compile_lexicon(load_taxonomy(folder, InterestPolicy.model_validate_json(policy_json)))


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
    _add_denied(draft, taxonomy)
    for entry in draft.entries.values():
        entry.is_guarded = bool(entry.denied or entry.denied_patterns)
        entry.is_cue = bool((entry.flags or entry.practice) and not (entry.senses or entry.is_guarded or entry.flags & BREAK))
        entry.is_special = bool(entry.masks or entry.denied_masks or entry.flags & (NOT_NEG | NOT_LIKE | NOT_SUBJECT))
        entry.is_telling = bool(entry.senses or entry.denied or entry.denied_patterns or "place" in entry.practice)
    in_forms = {word for phrase, entry in draft.entries.items() if entry.senses for word in phrase.split(" ")}
    known = frozenset(word for word in in_forms if len(word) > 2) | {str(word) for word in taxonomy.cues.hashtag_words}
    return Lexicon(
        taxonomy=taxonomy,
        automaton=ahocorasick_rs.AhoCorasick([f" {phrase} " for phrase in draft.entries]),
        entries=list(draft.entries.values()),
        hashtag_words=known,
        prepositions=frozenset(taxonomy.cues.prepositions),
        stop=frozenset(taxonomy.cues.stop),
        liked=frozenset(kind.kind for kind in taxonomy.kinds.values() if kind.is_shown_by_liking),
        form_count=form_count,
    )


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
    near = frozenset(words.normal(word) for word in context)
    plural = words.possessive if interest.is_proper else words.plurals
    draft.sense((p for form in forms for p in plural(form)), interest, "thing")
    draft.sense((p for form in entry.nicknames for p in words.plurals(form)), interest, "thing", near)
    draft.sense((p for verb in entry.verbs for p in words.inflections(verb)), interest, "verb")
    draft.sense((p for verb in entry.liked_verbs for p in words.inflections(verb)), interest, "liked_verb")
    draft.sense((p for person in entry.people for p in words.plurals(person)), interest, "person")
    draft.sense((p for phrase in entry.phrases for p in words.inflections(phrase)), interest, "phrase")
    for form in entry.not_:
        found = draft.at(form)
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
    for verb in cues.liking_verbs:
        for form in words.inflections(verb):
            entry = draft.at(form)
            if entry is not None:
                entry.flags |= LIKE
    for word in cues.trades:
        entry = draft.at(word)
        if entry is not None:
            entry.flags |= TRADE
    draft.entries.setdefault(".", Entry(1)).flags |= BREAK
    draft.entries.setdefault("@", Entry(1)).flags |= OTHER  # "@bob loves jazz" is about Bob


def _add_ordinary(draft: _Draft, taxonomy: Taxonomy) -> None:
    """Everyday words that are titles and names too want a word of their kind near them."""
    for phrase in taxonomy.cues.ordinary:
        entry = draft.at(str(phrase))
        if entry is not None:
            entry.senses = tuple(replace(s, context=s.context or _context(s.interest, taxonomy)) for s in entry.senses)


def _context(interest: Interest, taxonomy: Taxonomy) -> frozenset[str]:
    parent = taxonomy.interests.get(interest.parent or "")
    said = [*interest.entry.context, *(parent.entry.context if parent else []), *taxonomy.interests[interest.kind].entry.context]
    return frozenset(words.normal(word) for word in said) or frozenset({interest.kind})


def _add_denied(draft: _Draft, taxonomy: Taxonomy) -> None:
    denied = taxonomy.denied
    anchored: dict[str, list[tuple[str, re.Pattern[str]]]] = defaultdict(list)
    names = {"{nationality}": list(denied.nationalities), "{country}": [name for name in countries() if name != "united states"]}
    for class_, rules in denied.classes.items():
        for phrase in rules.words:
            entry = draft.at(phrase)
            if entry is not None:
                entry.denied = (*entry.denied, class_)
        for phrase in rules.not_:
            entry = draft.at(phrase)
            if entry is not None:
                entry.denied_masks |= {class_}
        for anchor, patterns in rules.patterns.items():
            among = names.get(str(anchor), [str(anchor)])
            own = {str(anchor).strip("{}"): f"(?:{'|'.join(among)})"}
            compiled = [(class_, _pattern(pattern, own, denied.macros)) for pattern in patterns]
            for word in among:
                anchored[word] += compiled
    for word, found in anchored.items():
        entry = draft.at(word)
        if entry is not None:
            entry.denied_patterns = tuple(found)


def _pattern(pattern: str, own: dict[str, str], macros: dict[str, str]) -> re.Pattern[str]:
    for _ in range(3):
        for name, text in {**macros, **own}.items():
            pattern = pattern.replace("{" + name + "}", text)
    return re.compile(rf"(?<= )(?:{pattern})(?= |\b)")
