"""Display names and name cells → given, middle, family name and suffix; and which names are nobody's.

Most names are plain words, perhaps with a `van der` among them, and those are split right here; the rest goes through `nameparser`,
which takes half a millisecond. Results are cached, since an export repeats the same people thousands of times.
"""

import re
import unicodedata
from functools import lru_cache

from nameparser import HumanName
from nameparser.config import CONSTANTS

NameParts = tuple[str, str, str, str]

# Words that mean something else than a name where they stand: nameparser must decide.
_SPECIAL = frozenset(
    word.casefold()
    for group in ("titles", "prefixes", "suffix_acronyms", "suffix_not_acronyms", "conjunctions", "first_name_titles")
    for word in getattr(CONSTANTS, group, ())
)
_PARTICLES = frozenset({"van", "von", "der", "den", "ter", "de", "del", "della", "di", "da", "dos", "la", "le", "du", "bin", "ibn"})
_LETTERS_AND_MARKS = re.compile(r"[^\W\d_]+(?:[-'’.][^\W\d_]+)*")
_PLAIN = re.compile(r"[\w .,'’()&/-]+")  # neither symbols nor control characters
_ANYTHING_AFTER = re.compile("[|•·–—/~]| -")  # without one of these nothing stands behind the name
_AFTER_THE_NAME = re.compile(r"\s+[|•·–—/~]\s*|\s*[|•]\s*|\s+-+\s+")
# MBA, PMP, Ph.D., Realtor®: capitals in a name that is not, a dotted abbreviation, or a trade mark
_CREDENTIAL = re.compile(r"(?:[A-Z][A-Z0-9]{1,6}(?:[-/][A-Z0-9]+)*|(?:[A-Za-z]{1,3}\.){2,}[A-Za-z]{0,3}|\S+[®™]|[IVX]+|[JS]r\.?)")
_GENERATION = re.compile(r"(?:jr|sr|ii|iii|iv|v)\.?", re.IGNORECASE)


def words(text: str) -> frozenset[str]:
    """The words of a text, as a set: how a list of words is written down here."""
    return frozenset(text.split())


_NETWORKS = words("facebook linkedin instagram twitter yelp google messenger swarm foursquare zillow meta x")
_ANYBODY = words(
    """user users member members account profile person contact customer reviewer guest nutzer nutzerin mitglied membre utilisateur
    miembro usuario usuaria utilizador membro utente iscritto gebruiker lid użytkownik medlem bruger bruker"""
)
_GONE = words(
    """deleted unknown anonymous anonyme anonimo anónimo anonym unbekannt removed deactivated inactive unavailable hidden private former
    unnamed nameless noname"""
)
_LINKING = words("a an the de di do da von van of on su le la el name")
_NOBODYS = _NETWORKS | _ANYBODY | _GONE | _LINKING | {"no"}


def clean_name(value: object) -> str:
    """A name without emoji, control characters and doubled blanks, in NFC."""
    text = "" if value is None else str(value)
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
        if not _PLAIN.fullmatch(text):
            text = "".join(letter if unicodedata.category(letter)[0] not in "SC" or letter in "®™" else " " for letter in text)
    elif not text.isprintable():
        text = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(text.split())


@lru_cache(maxsize=65536)
def is_placeholder_name(name: str) -> bool:
    """Whether a name is nobody's: empty, without a letter, or a network's word for an account it no longer names."""
    for word in name.split():  # most names tell by their first word that they are somebody's
        if word.isalpha() and word.casefold() not in _NOBODYS:
            return False
    spoken = [word for word in re.split(r"[\W_]+", clean_name(name).casefold()) if word]
    if not any(letter.isalpha() for word in spoken for letter in word):
        return True
    telling = [word for word in spoken if word not in _LINKING and not word.isdigit()]
    if spoken == ["no", "name"]:
        return True
    generic = [word for word in telling if word in _ANYBODY or word in _GONE]
    networks = [word for word in telling if word in _NETWORKS]
    if not generic or len(networks) + len(generic) < len(telling):
        return False
    return bool(networks) or any(word in _GONE for word in generic) or len(telling) == 1


@lru_cache(maxsize=65536)
def split_name(display: str) -> NameParts:
    """`(given, middle, family, suffix)` of a display name; parts it does not have are empty.

    Credentials and what stands behind a bar ("Jane Doe, MBA | Realtor") go to the suffix, a reversed name is turned.
    """
    name = clean_name(display)
    name, *rest = _AFTER_THE_NAME.split(name, maxsplit=1) if _ANYTHING_AFTER.search(name) else [name]
    parts = name.split()
    while len(parts) > 2 and parts[-1][-1] in "®™":
        rest.insert(0, parts.pop())
    name = " ".join(parts)
    if len(parts) < 2:
        return name.strip(",. ") or name, "", "", ", ".join(rest)
    if _are_plain(parts):
        return parts[0], " ".join(parts[1:-1]), parts[-1], ", ".join(rest)
    if _are_plain([parts[0], parts[-1]]) and _PARTICLES.issuperset(parts[1:-1]) and not parts[-1].isupper():
        return parts[0], "", " ".join(parts[1:]), ", ".join(rest)
    parsed = HumanName(name)
    family, credentials = split_credentials(parsed.last)
    given, middle = parsed.first, parsed.middle
    if not given and not family:
        given, middle, family = parts[0], " ".join(parts[1:-1]), parts[-1]
    elif not given and parsed.title:
        given = parsed.title
    suffix = ", ".join(part for part in (credentials, parsed.suffix, *rest) if part)
    return given, middle, family, suffix


def _are_plain(parts: list[str]) -> bool:
    """Whether each word is a name and nothing else; of more than two the last may be a credential if it is in capitals."""
    if len(parts) > 2 and parts[-1].isupper():
        return False
    return all(_LETTERS_AND_MARKS.fullmatch(word) and word.casefold().strip(".") not in _SPECIAL for word in parts)


def is_whole_name(family: str) -> bool:
    """Whether a last-name cell with nothing in the first-name cell is a whole name (John Doe), not one of several words (van der Berg)."""
    parts = family.split()
    return len(parts) > 1 and len(parts[0]) > 1 and parts[0].casefold().strip(".") not in _SPECIAL


@lru_cache(maxsize=65536)
def split_credentials(family: str) -> tuple[str, str]:
    """`(family name, suffix)` of a last-name cell such as `García, MBA, PMP` or `van der Berg CRS`."""
    name, bar, behind = _cut_behind(clean_name(family))
    head, comma, tail = name.partition(",")
    parts = head.split()
    kept = len(parts)
    while kept > 1 and _is_credential(parts[kept - 1], parts[: kept - 1]):
        kept -= 1
    suffix = [" ".join(parts[kept:]), tail.strip(" ,") if comma else "", behind if bar else ""]
    return " ".join(parts[:kept]), ", ".join(part for part in suffix if part)


def split_given(given: str) -> tuple[str, str]:
    """`(given, middle)` of a first-name cell: a title is left out, an initial at its end is the middle name."""
    parts = clean_name(given).split()
    while len(parts) > 1 and parts[0].endswith(".") and len(parts[0]) > 2 and parts[0].casefold().strip(".") in _SPECIAL:
        parts.pop(0)
    if len(parts) > 1 and len(parts[-1].strip(".")) == 1:
        return " ".join(parts[:-1]), parts[-1]
    return " ".join(parts), ""


def _cut_behind(name: str) -> tuple[str, str, str]:
    parts = _AFTER_THE_NAME.split(name, maxsplit=1)
    return (parts[0], "|", parts[1]) if len(parts) > 1 else (name, "", "")


def _is_credential(word: str, before: list[str]) -> bool:
    if _GENERATION.fullmatch(word):
        return len(word) > 1
    # in a name all in capitals a word in capitals says nothing
    return bool(_CREDENTIAL.fullmatch(word)) and any(letter.islower() for letter in "".join(before))
