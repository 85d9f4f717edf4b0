"""Names as written → comparable parts: titles and credentials cut, accents off, nicknames with the names they may stand for.

Everything here works on *one* name and knows no record; `normalise.py` calls it once per distinct name.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from rapidfuzz.distance import OSA


def word_set(text: str, apart: str | None = None) -> frozenset[str]:
    """The words of a list that is easier to read as one text."""
    return frozenset(text.split(apart))


# never a given name by themselves, so they go even when nothing else is left of the field
TITLES = word_set(
    "mr mrs ms miss mx dr prof professor sir dame lady lord rev reverend revd hon honorable honourable fr sr sra srta "
    "capt captain sgt sergeant lt lieutenant cpl maj col cmdr adm gen mme mlle herr frau dona señor señora senor senora"
)
# titles that are also given names: cut only when another given name follows
SOFT_TITLES = word_set("major general colonel admiral judge duke earl count baron prince princess king queen father brother sister")
# never a family name by themselves
SUFFIXES = word_set(
    "jr junior snr ii iii iv vi vii viii 1st 2nd 3rd 4th 5th 6th 7th 8th 9th 10th 11th 12th 13th 14th 15th baronet bart bt esq esquire "
    "phd edd mba cpa cfa cfp dds dmd dvm mph msw lcsw rn bsn msn cissp pmp shrm realtor realtors broker gri crs abr sres ret retired "
    "obe mbe cbe"
)
# credentials that are also family names: cut only when another family name is left and the rest is a whole name
SOFT_SUFFIXES = word_set("md do jd ma ms bs ba pe v sr pa np")
PARTICLES = word_set("de la del las los da das dos di du van von der den ter bin al el le st saint mac mc y e")
NAMELESS = word_set(
    "facebook user|linkedin member|instagram user|google user|a google user|yelp user|"
    "deleted user|deleted account|deleted|user|member|unknown|"
    "unknown unknown|no name|noname|none|na|n a|null|nan|nil|anonymous|anon|guest|test|test test|test user|private|private user|contact|"
    "new contact|lead|new lead|owner|homeowner|home owner|"
    "resident|current resident|occupant|buyer|seller|tbd|x|xx|xxx|not provided|"
    "first last|first name last name|firstname lastname|unnamed|undisclosed|hidden|customer|client",
    "|",
)
SLIP_LENGTH = 5  # in shorter names one other letter makes another name
_ASIDE = re.compile(r"[(\[\"“”‘«{]([^()\[\]\"“”’»{}]*)[)\]\"“”’»}]?")
_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_COUPLE = re.compile(r"\s*[&+/]\s*|\s+and\s+", re.IGNORECASE)
_MAIDEN = re.compile(r"\b(?:n[ée]e|born|geb)\b\.?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Name:
    """A name made comparable. Texts are lower-case without accents or signs; None where there is nothing."""

    given: str | None
    family: str | None
    given_words: tuple[str, ...]  # given, middle and nicknames, in order
    family_words: tuple[str, ...]  # parts of the family name and earlier family names, particles left out
    roots: tuple[str, ...]  # the names that the given name or nickname may stand for, itself included
    generation: str | None  # jr, sr, ii, iii ...: tells father from son
    is_known_given: bool  # the given name is a known one, so another known name is no typing error of it
    is_nameless: bool  # a placeholder such as "Facebook User"


def fold(text: str | None) -> str:
    """Lower case, no accents, apostrophes closed up: `O’Hára` → `ohara`."""
    if not text:
        return ""
    if text.isascii():
        return text.lower().replace("'", "").replace("`", "")
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    for before, after in (("ø", "o"), ("ł", "l"), ("đ", "d"), ("æ", "ae"), ("œ", "oe"), ("’", ""), ("'", ""), ("`", ""), ("ʻ", "")):
        plain = plain.replace(before, after)
    return plain


def words(text: str | None) -> list[str]:
    """The words of a folded text."""
    return _WORD.findall(fold(text))


@cache
def nicknames() -> dict[str, tuple[str, ...]]:
    """Given name or nickname → the given names it may stand for, itself among them."""
    groups: dict[str, str] = yaml.safe_load((Path(__file__).parent / "nicknames.yaml").read_text(encoding="utf-8"))
    names: dict[str, set[str]] = {}
    for name, forms in groups.items():
        for form in (name, *forms.split()):
            names.setdefault(form, {form}).add(name)
    return {form: tuple(sorted(full)) for form, full in names.items()}


@cache
def roots(given: str) -> tuple[str, ...]:
    """The names a given name may stand for, itself included: `bill` → (`bill`, `william`), `abgail` → (`abgail`, `abigail`)."""
    known = nicknames()
    if given in known or len(given) < SLIP_LENGTH:
        return known.get(given, (given,))
    meant = [name for name in _by_initial().get(given[0], ()) if OSA.distance(given, name, score_cutoff=1) <= 1]
    shared = set.intersection(*(set(known[name]) for name in meant)) if meant else set()
    return tuple(sorted({given, *shared}))


@cache
def _by_initial() -> dict[str, list[str]]:
    """The known given names that are long enough for a slip of the keys to be told from another name, by first letter."""
    names: dict[str, list[str]] = {}
    for name in nicknames():
        if len(name) >= SLIP_LENGTH:
            names.setdefault(name[0], []).append(name)
    return names


def parse(
    given: str | None,
    family: str | None,
    full: str | None = None,
    middle: str | None = None,
    suffix: str | None = None,
    nickname: str | None = None,
    former: str | None = None,
) -> Name:
    """Makes the name parts of a record comparable; the parts win over `full`, which is read only when both are empty."""
    shown = " ".join(words(f"{given or ''} {family or ''}") or words(full))
    if shown in NAMELESS or not shown:
        return Name(None, None, (), (), (), None, False, bool(shown))
    if not words(given) and not words(family):
        given, family = _halves(full or "")
    given = _COUPLE.split(given or "")[0]
    asides: list[str] = []
    maidens: list[str] = words(former)
    given, family = _cut_asides(given, asides, maidens), _cut_asides(family, asides, maidens)
    first, generation = _without_titles(words(given)), _generation([*words(family), *words(suffix)])
    last = _without_suffixes(words(family), bool(first))
    first, last = _fill(first, last)
    first += words(middle)
    called = [*asides, *words(nickname)]
    family_words = tuple(dict.fromkeys(word for word in [*last, *maidens] if word not in PARTICLES or last == [word]))
    head = first[:1]
    all_roots = sorted({root for word in [*head, *called] for root in roots(word)})
    return Name(
        given=head[0] if head else None,
        family="".join(last) or None,
        given_words=tuple(dict.fromkeys([*first, *called])),
        family_words=family_words,
        roots=tuple(all_roots),
        generation=generation,
        is_known_given=bool(head) and head[0] in nicknames(),
        is_nameless=False,
    )


def shown(given: str | None, family: str | None, full: str | None) -> tuple[str | None, str | None, str | None, str | None, str | None]:
    """A name for people to read: given, family and whole name as written (placeholders gone), then given and family as keys."""
    name = parse(given, family, full)
    if name.is_nameless:
        return None, None, None, None, None
    whole = " ".join((full or "").split()) or None
    if not words(given) and not words(family):
        given, family = _halves(full or "")
    given, family = " ".join((given or "").split()) or None, " ".join((family or "").split()) or None
    return given, family, " ".join(part for part in (given, family) if part) or whole, name.given, name.family


def _halves(full: str) -> tuple[str, str]:
    """A whole name → given and family half: `Smith, John` and `John Smith, CPA` alike."""
    before, _, after = full.partition(",")
    rest = [word for word in words(after) if word not in SUFFIXES and word not in SOFT_SUFFIXES]
    if rest and words(before):
        return " ".join(rest), before
    aside = " ".join(match.group(0) for match in _ASIDE.finditer(before))
    parts = _ASIDE.sub(" ", before).split()
    while len(parts) > 2 and fold(parts[-1]).replace(".", "") in SUFFIXES | SOFT_SUFFIXES:
        parts.pop()
    cut = len(parts) - 1
    while cut > 1 and fold(parts[cut - 1]).strip(".") in PARTICLES:
        cut -= 1
    if cut < 1:
        return f"{before}", ""
    return f"{' '.join(parts[:cut])} {aside}", " ".join(parts[cut:])


def _cut_asides(text: str | None, nicknames_out: list[str], maidens_out: list[str]) -> str:
    """Takes `(née Herbert)` and `"Bob"` out of a name into the lists."""
    text = text or ""
    for match in _ASIDE.finditer(text):
        inside = match.group(1)
        if _MAIDEN.search(inside):
            maidens_out += words(_MAIDEN.sub(" ", inside))
        else:
            nicknames_out += [word for word in words(inside) if word not in SUFFIXES and word not in TITLES]
    text = _ASIDE.sub(" ", text)
    before, *after = _MAIDEN.split(text, maxsplit=1)
    if after and words(before):
        maidens_out += words(after[0])
        return before
    return text


def _without_titles(parts: list[str]) -> list[str]:
    parts = [part for part in parts if part not in TITLES and part not in SUFFIXES]
    while len(parts) > 1 and parts[0] in SOFT_TITLES and len(parts[1]) > 1:
        parts = parts[1:]
    return parts


def _without_suffixes(parts: list[str], has_given: bool) -> list[str]:
    parts = [part for part in parts if part not in SUFFIXES]
    while len(parts) > 1 and has_given and parts[-1] in SOFT_SUFFIXES:
        parts = parts[:-1]
    return [part for part in parts if part not in TITLES] if len(parts) > 1 else parts


def _fill(first: list[str], last: list[str]) -> tuple[list[str], list[str]]:
    """When one half is empty and the other has two words, the two words are given and family name."""
    if not last and len(first) > 1:
        cut = len(first) - 1
        while cut > 1 and first[cut - 1] in PARTICLES:
            cut -= 1
        return first[:cut], first[cut:]
    if not first and len(last) > 1 and last[0] not in PARTICLES:
        return last[:1], last[1:]
    return first, last


def _generation(parts: list[str]) -> str | None:
    ranks = {"jr": "jr", "junior": "jr", "sr": "sr", "snr": "sr", "ii": "ii", "iii": "iii", "iv": "iv"}
    return next((ranks[part] for part in parts if part in ranks), None)
