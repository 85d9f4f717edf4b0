"""The team's YAML of interests in a folder → checked interests, cues and protected words, with one version for all of it.

One file per kind (`food.yaml`: `kind`, `label`, `groups`), plus `cues.yaml` (the words around an interest) and `denied.yaml`
(protected statements). Three levels: kind, group, interest. A bad entry gives one `ConfigError` that names file and entry.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from commonground.config import InterestPolicy, read_yaml
from commonground.errors import ConfigError

KINDS = [
    "food",
    "pets",
    "music",
    "sports",
    "fitness",
    "outdoors",
    "place",
    "school",
    "military",
    "film_tv",
    "books",
    "games",
    "crafts",
    "arts",
    "dance",
    "garden",
    "travel",
    "volunteer",
    "collecting",
    "cars",
    "tech",
    "fashion",
]
ENGINE_VERSION = "12"  # raise when the tagger decides differently on the same settings: cached tags are then made anew
PolicyClass = Literal["open", "restricted"]
_SMALL = frozenset(["a", "and", "at", "by", "for", "in", "is", "of", "on", "the", "to", "van", "with"])  # small in a title
Form = Annotated[str, Field(min_length=1, max_length=80)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class Entry(_Strict):
    """The words for one interest and what is special about it.

    `forms` are things (plural by rule), `verbs` activities whose doing is enough, `liked_verbs` those that want a liking
    or a habit, `people` what somebody is, `phrases` enough as they stand, `nicknames` count only beside a word of `context`,
    `not` are words that only look like it. `is_by_the_way`: beside another interest it only says where or how (a walk, the library).
    """

    label: str | None = None
    forms: list[Form] = Field(default_factory=list)
    verbs: list[Form] = Field(default_factory=list)
    liked_verbs: list[Form] = Field(default_factory=list)
    people: list[Form] = Field(default_factory=list)
    phrases: list[Form] = Field(default_factory=list)
    nicknames: list[Form] = Field(default_factory=list)
    context: list[Form] = Field(default_factory=list)
    not_: list[Form] = Field(default_factory=list, alias="not")
    label_is_form: bool = True
    is_by_the_way: bool = False
    rarity: float | None = Field(default=None, ge=0, le=1)
    policy_class: PolicyClass | None = None
    iab_id: str | None = None


class Group(Entry):
    """A group: an interest itself if it has words of its own, and the interests in it."""

    interests: dict[str, Entry | list[Form] | None] = {}
    proper: bool = Field(default=False, description="names: no plural by rule")
    shown_by: list[Literal["having", "dwelling", "visiting"]] | None = None
    is_shown_by_mention: bool | None = None


class KindFile(Entry):
    """One file: a kind, with what is evidence for anything in it."""

    kind: str
    practice: list[Form] = Field(default=[], description="verbs that make any of its forms an interest (play, watch)")
    favorite: list[Form] = Field(default=[], description="`my favorite ...` shows the kind, whatever it is")
    openers: list[Form] = Field(default=[], description="show the kind unless something known follows (love to watch)")
    is_shown_by_liking: bool = True
    is_shown_by_mention: bool = Field(default=False, description="speaking of it as one's own doing is enough, where nothing denies it")
    mentions: list[Form] = Field(default=[], description="forms that speaking of is enough, though they are of no group")
    shown_by: list[Literal["having", "dwelling", "visiting"]] = []
    groups: dict[str, Group] = {}


class Cues(_Strict):
    """`cues.yaml`: word lists, by what they do."""

    liking_verbs: list[Form]
    liking: list[Form]
    liking_after: list[Form]
    not_liking: list[Form] = []
    habits: list[Form] = []
    praise: list[Form]
    disliking: list[Form]
    negation: list[Form]
    not_negation: list[Form]
    having: list[Form]
    being: list[Form]
    job: list[Form]
    self: list[Form]
    contact: list[Form]
    family: list[Form]
    household: list[Form]
    other: list[Form]
    acquaintances: list[Form] = Field(default=[], description="behind my, our, and possessive too: somebody else (my dentist's)")
    not_subject: list[Form]
    prepositions: list[Form]
    breaks: list[Form]
    telling: list[Form] = []
    news: list[Form] = []
    gone: list[Form] = []
    named: list[Form] = []
    trades: list[Form] = []
    past: list[Form] = []
    liking_it: list[Form] = []
    not_job: list[Form] = []
    deeds: list[Form] = []
    ordinary: list[Form] = []
    stop: list[Form]
    hashtag_words: list[str | int]


class DeniedClass(_Strict):
    """One protected class: words, patterns around a word, and what only looks like it."""

    words: list[Form] = []
    patterns: dict[str | int, list[str]] = {}
    not_: list[Form] = Field(default=[], alias="not")


class Denied(_Strict):
    """`denied.yaml`."""

    macros: dict[str, str] = {}
    nationalities: list[Form] = []
    groups: dict[str, list[str | int]] = {}
    classes: dict[str, DeniedClass]


@dataclass(frozen=True, slots=True, eq=False)
class Interest:
    """One interest of the taxonomy. `level` 1 is the kind itself, 2 a group, 3 an interest; `rarity` is a prior, 0 to 1.

    `is_denied`: the team's policy wants it never tagged, only counted.
    """

    id: str
    label: str
    kind: str
    parent: str | None
    level: int
    policy_class: PolicyClass
    rarity: float
    iab_id: str | None
    entry: Entry
    is_proper: bool
    shown_by: tuple[str, ...]
    is_denied: bool = False
    is_shown_by_mention: bool = False


@dataclass(frozen=True)
class Taxonomy:
    """Everything the settings say about interests."""

    interests: dict[str, Interest]
    kinds: dict[str, KindFile]
    cues: Cues
    denied: Denied
    version: str


def load_taxonomy(folder: Path, policy: InterestPolicy | None = None) -> Taxonomy:
    """Reads and checks a folder of interests.

    Raises:
        ConfigError: a file is missing or unreadable, an entry is wrong or its id is taken; names file and entry.
    """
    policy = policy or InterestPolicy()
    interests: dict[str, Interest] = {}
    kinds: dict[str, KindFile] = {}
    cues: Cues | None = None
    denied: Denied | None = None
    digest = hashlib.sha256(ENGINE_VERSION.encode())
    for path in sorted(folder.glob("*.yaml")):
        content = _read(path)
        digest.update(path.name.encode() + path.read_bytes())
        if path.name == "cues.yaml":
            cues = _as(Cues, content, path)
        elif path.name == "denied.yaml":
            denied = _as(Denied, content, path)
        else:
            file = _as(KindFile, content, path)
            if file.kind not in KINDS:
                raise ConfigError(f"{path}: kind: {file.kind!r} is none of {' '.join(KINDS)}")
            kinds.setdefault(file.kind, file)
            for interest in _interests(file, policy):
                _check_id(interest, interests, path)
                interests[interest.id] = interest
    if cues is None or denied is None:
        raise ConfigError(f"{folder}: wants cues.yaml and denied.yaml beside the kinds")
    _check_policy(policy, interests, denied, folder)
    digest.update(policy.model_dump_json().encode())
    return Taxonomy(interests, kinds, cues, denied, digest.hexdigest()[:12])


def _read(path: Path) -> Any:
    try:
        return _parsed(path.read_bytes())
    except (OSError, ValueError, yaml.YAMLError):
        return read_yaml(path)  # says what is wrong, and where


@lru_cache(maxsize=64)
def _parsed(content: bytes) -> Any:
    """The content of a file; the fast reader, where PyYAML has it."""
    return yaml.load(content.decode("utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe


def _check_policy(policy: InterestPolicy, interests: dict[str, Interest], denied: Denied, folder: Path) -> None:
    for key, names in (("restricted_kinds", KINDS), ("restricted_interests", interests), ("denied", {*interests, *denied.classes})):
        for name in getattr(policy, key):
            if name not in names:
                raise ConfigError(f"policy: interests.{key}: {name!r} is nothing that {folder} knows")


def _check_id(interest: Interest, known: dict[str, Interest], path: Path) -> None:
    other = known.get(interest.id)
    if other is not None and not (interest.level == 1 == other.level):
        raise ConfigError(f"{path}: entry {interest.id!r}: the id is taken by {other.label!r} ({other.kind}); every interest wants its own")
    if not interest.id.replace("_", "").isalnum() or interest.id != interest.id.lower():
        raise ConfigError(f"{path}: entry {interest.id!r}: an id is lower-case letters, digits and _")


def _as(model: type[Any], content: Any, path: Path) -> Any:
    return _checked(model, content, path)


def _checked(model: type[BaseModel], content: Any, path: Path) -> BaseModel:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        entry = ".".join(str(part) for part in first["loc"] if part not in ("Entry", "list[constrained-str]")) or "the file"
        given = "" if isinstance(first["input"], (dict, list)) else f" (it says {first['input']!r})"
        message = "no such key" if first["type"] == "extra_forbidden" else first["msg"]
        raise ConfigError(f"{path}: entry {entry}: {message}{given}") from None


def _interests(file: KindFile, policy: InterestPolicy) -> Iterator[Interest]:
    rarity = file.rarity if file.rarity is not None else 0.3
    policy_denied = frozenset(policy.denied)

    def made(id_: str, entry: Entry, parent: str | None, level: int, group: Group | None) -> Interest:
        listed = {id_, parent, file.kind} & {*policy.restricted_interests, *policy.restricted_kinds}
        said = {entry.policy_class, group.policy_class if group else None, file.policy_class}
        # the stricter of policy, kind, group and entry wins: none of them can loosen what another one narrows
        policy_class: PolicyClass = "restricted" if listed or "restricted" in said else "open"
        shown = group.shown_by if group and group.shown_by is not None else file.shown_by
        prior = next((r for r in (entry.rarity, group.rarity if group else None) if r is not None), rarity)
        return Interest(
            id_,
            entry.label or _label(id_, is_name=bool(group and group.proper)),
            file.kind,
            parent,
            level,
            policy_class,
            prior,
            entry.iab_id or (group.iab_id if group else None),
            entry,
            bool(group and group.proper),
            tuple(shown),
            not policy_denied.isdisjoint({id_, parent, file.kind}),
            level > 1 and (group.is_shown_by_mention if group and group.is_shown_by_mention is not None else file.is_shown_by_mention),
        )

    yield made(file.kind, file, None, 1, None)
    for group_id, group in file.groups.items():
        yield made(group_id, group, file.kind, 2, group)
        for id_, given in group.interests.items():
            entry = given if isinstance(given, Entry) else Entry(forms=given or [])
            yield made(id_, entry, group_id, 3, group)


def _label(id_: str, *, is_name: bool) -> str:
    """What an id reads like in a sentence: "bread_baking" → "Bread baking", the name "wheel_of_time" → "Wheel of Time"."""
    first, *rest = id_.split("_")
    if not is_name:
        return " ".join([first.capitalize(), *rest])
    return " ".join([first.capitalize(), *(word if word in _SMALL else word.capitalize() for word in rest)])
