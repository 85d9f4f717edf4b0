"""What the settings say about interests, in columns: what each word and phrase can mean, and what each interest is.

Made of a taxonomy by `compiling`, and kept from one process to the next by `lexicons`.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from commonground.interests.columns import Bools, Ints, Table
from commonground.interests.phrasebook import Phrasebook
from commonground.interests.protected import Guards
from commonground.interests.taxonomy import KINDS

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
MODES = ("opener", "thing", "liked_verb", "person", "verb", "phrase")  # from what needs most around it to what needs least
OPENER, THING, LIKED_VERB, PERSON, VERB, PHRASE = range(6)  # their numbers


@dataclass(frozen=True, slots=True)
class Named:
    """What an interest is."""

    interest: str
    label: str
    kind: int
    policy_class: str
    rarity: float
    level: int = 3

    @property
    def kind_name(self) -> str:
        """The kind in words."""
        return KINDS[self.kind]


@dataclass(slots=True, eq=False)
class Lexicon:
    """The compiled taxonomy: how its words are found, what each entry and each sense is, in columns."""

    version: str
    book: Phrasebook
    hashtag_words: frozenset[str]
    form_count: int
    flags: Ints  # by entry
    practice: Ints  # by entry: bits of kinds
    masks: Ints  # by entry: bits of kinds it hides
    is_cue: Bools  # by entry: it has flags besides BREAK, or practice
    breaks: Bools  # by entry: has BREAK
    hides: Bools  # by entry: interests or cues
    has_sense: Bools  # by entry
    is_handle: Bools  # by entry: an address may be made of it
    is_read_closely: Bools  # by entry: words that want company, and what towns stand behind
    guards: Guards  # what is protected
    first_sense: Ints
    sense_count: Ints
    sense: "SenseColumns"
    ids: list[str]  # by interest, as are the next eight
    labels: list[str]
    kind: Ints
    policy_classes: list[str]
    rarity: npt.NDArray[np.float64]
    level: Ints
    is_proper: Bools  # its words are names
    is_destination: Bools  # somewhere to travel to
    is_by_the_way: Bools  # beside another it only says where or how
    number_of: dict[str, int]  # of an interest by its id
    is_denied_kind: Bools  # by kind: the team wants no tag of it
    asked_for: dict[str, Bools]  # by word
    sorts: Ints  # by word: the same as bits, in the order of `asked_for`
    ends_with_s: Bools  # by word
    ends_with_ing: Bools  # by word
    context_words: Bools  # by context and word: whether some word of the context begins so
    context_alone: Bools  # by context and word: whether it is a word of the context by itself
    context_phrases: Table  # by the key of a phrase of some context: its number
    has_phrase: Bools  # by context and such phrase: whether it is of the context
    phrase_lengths: list[int]  # how many words such phrases have

    def described(self, number: int) -> Named:
        """What an interest is, by its number."""
        kind, rarity, level = int(self.kind[number]), float(self.rarity[number]), int(self.level[number])
        return Named(self.ids[number], self.labels[number], kind, self.policy_classes[number], rarity, level)


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
