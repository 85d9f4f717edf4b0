"""Values as MLS systems put them on the wire → values of the RESO Data Dictionary.

One function per type. Empty, and text that is all asterisks (a vendor's mark for "you may not see this"), is None. What
cannot be read raises `ValueError` in words that say what was expected.

Enumerations come in many spellings: the display string, the OData name (`ActiveUnderContract`, `Active_Under_Contract`),
an OData literal (`Odata.Models.StandardStatus'Active'`) or hex of UTF-8 behind `b__`.
"""

import datetime as dt
import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from commonground.contracts.rules import STANDARD_STATUSES
from commonground.sources.text import clean_text

PROPERTY_TYPES = (
    "Business Opportunity",
    "Commercial Lease",
    "Commercial Sale",
    "Farm",
    "Land",
    "Manufactured In Park",
    "Residential",
    "Residential Income",
    "Residential Lease",
)
# Words of enumerations and timestamps that are remembered: a page's rows were mostly changed on few days, in few words.
_REMEMBERED = 8192
_HEX = re.compile(r"b__((?:[0-9A-Fa-f]{2})+)")
_LITERAL = re.compile(r"[A-Za-z_][\w.]*'([^']*)'")
_MASKED = re.compile(r"\*+")
_NUMBER = re.compile(r"[-+]?\$?\s*(\d{1,3}(?:,\d{3})+|\d*)(\.\d*)?(?:[eE][-+]?\d{1,3})?")
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ].*)?")


def text(value: object) -> str | None:
    """Plain text; a list of plain values is joined with commas, an object is no text."""
    if type(value) is str:  # nearly always
        words = clean_text(value)
        return None if not words or (words[0] == "*" and _MASKED.fullmatch(words)) else words
    if value is None:
        return None
    if isinstance(value, list):
        return ", ".join(part for part in map(text, value) if part) or None
    if isinstance(value, dict):
        raise ValueError("text")
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)  # keys that went through a spreadsheet
    words = clean_text(value)
    return None if not words or _MASKED.fullmatch(words) else words


def enumeration(value: object) -> str | None:
    """The display form of an enumeration's value: decoded, with spaces between the words of an OData name."""
    words = text(value)
    return None if words is None else _displayed(words)


def enumerations(value: object) -> list[str] | None:
    """Several values of an enumeration: a list, one value, or values joined with commas in one text."""
    parts = value if isinstance(value, list) else (text(value) or "").split(",")
    found = [part for part in map(enumeration, parts) if part]
    return list(dict.fromkeys(found)) or None


def standard_status(value: object, own_words: Mapping[str, str] | None = None) -> str | None:
    """One of the dictionary's eleven; `own_words` says what this MLS's own words mean and wins.

    Raises:
        ValueError: it is none of them in any spelling.
    """
    words = text(value)
    decoded = None if words is None else _decoded(words)
    if decoded is None:
        return None
    folded = fold(decoded)
    meant = {fold(word): status for word, status in own_words.items()}.get(folded) if own_words else None
    found = _STATUSES.get(folded if meant is None else fold(meant))
    if found is None:
        raise ValueError("a StandardStatus of the RESO Data Dictionary (options.status_map can say what a local word means)")
    return found


def property_type(value: object) -> str | None:
    """The dictionary's PropertyType where it is one in any spelling, else the MLS's own word."""
    words = enumeration(value)
    return words if words is None else _PROPERTY_TYPES.get(fold(words), words)


@lru_cache(maxsize=_REMEMBERED)
def fold(words: str) -> str:
    """Letters and digits alone, case aside: two spellings of one enumeration value give the same."""
    return "".join(letter for letter in words.casefold() if letter.isalnum())


def number(value: object) -> float | None:
    """A finite number: JSON's, or text such as `64.0`, `425,000` or `$425,000.00`."""
    if isinstance(value, bool):
        raise ValueError("a number")
    if isinstance(value, (int, float)):
        return _finite(value)
    words = _one(value, "a number")
    if words is None:
        return None
    if not _NUMBER.fullmatch(words):
        raise ValueError("a number")
    try:
        return _finite(float(re.sub(r"[$,\s]", "", words)))
    except ValueError:
        raise ValueError("a number") from None


def integer(value: object) -> int | None:
    """A whole number of at most 64 bits, also as `64.0`."""
    found = number(value)
    if found is None:
        return None
    if not found.is_integer() or abs(found) >= 2**63:
        raise ValueError("a whole number")
    return value if isinstance(value, int) else int(found)


def flag(value: object) -> bool | None:
    """True or false, also as text or 0 and 1."""
    if isinstance(value, bool):
        return value
    words = (_one(value, "true or false") or "").casefold()
    if words in ("true", "1", "y", "yes", "t"):
        return True
    if words in ("false", "0", "n", "no", "f"):
        return False
    if words:
        raise ValueError("true or false")
    return None


def day(value: object) -> dt.date | None:
    """A date `YYYY-MM-DD`; of a timestamp the date it shows, since it is the day on the spot that counts."""
    words = _one(value, "a date (YYYY-MM-DD)")
    if words is None:
        return None
    match = _DAY.fullmatch(words)
    if match is None:
        raise ValueError("a date (YYYY-MM-DD)")
    try:
        return dt.date.fromisoformat(match[1])
    except ValueError:
        raise ValueError("a date (YYYY-MM-DD)") from None


def moment(value: object) -> dt.datetime | None:
    """A moment in UTC; without a zone it is taken as UTC, as feeds that leave it out mean it (see `has_zone`)."""
    words = _one(value, "a moment (ISO 8601)")
    return None if words is None else _instant(words)[0]


def has_zone(value: object) -> bool:
    """Whether a readable moment names its zone."""
    try:
        return _instant(text(value) or "")[1]
    except ValueError:
        return False


def postal_code(value: object) -> str | None:
    """A postal code; one that came as a JSON number gets back the zeros that a number loses."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < 100_000:
        return f"{int(value):05d}"
    return text(value)


def plain(value: Any) -> Any:
    """The value as strict JSON can hold it: no lone surrogates or control characters, no infinite numbers."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, list):
        return [clean_text(item) if type(item) is str else plain(item) for item in value]
    if isinstance(value, dict):
        return {clean_text(key): plain(item) for key, item in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value


def literal(at: dt.datetime) -> str:
    """A moment for a `$filter`: UTC, milliseconds, Z. Some servers compare the text, so the form is part of the meaning."""
    return f"{at.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def _one(value: object, expected: str) -> str | None:
    """The text of a single value."""
    if isinstance(value, (list, dict)):
        raise ValueError(expected)
    return text(value)


@lru_cache(maxsize=_REMEMBERED)
def _instant(words: str) -> tuple[dt.datetime, bool]:
    """The moment in UTC, and whether the words name its zone."""
    try:
        if not _DAY.fullmatch(words):
            raise ValueError
        found = dt.datetime.fromisoformat(words)
        return (found if found.tzinfo else found.replace(tzinfo=dt.UTC)).astimezone(dt.UTC), found.tzinfo is not None
    except (ValueError, OverflowError):
        raise ValueError("a moment (ISO 8601)") from None


@lru_cache(maxsize=_REMEMBERED)
def _displayed(words: str) -> str | None:
    """An enumeration's value out of its dress, with spaces between the words of an OData name."""
    decoded = _decoded(words)
    if decoded is None or " " in decoded:
        return decoded
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", decoded.replace("_", " ")).strip() or None


@lru_cache(maxsize=_REMEMBERED)
def _decoded(words: str) -> str | None:
    """An enumeration's value out of its hex or OData literal dress."""
    if hexed := _HEX.fullmatch(words):
        try:
            return clean_text(bytes.fromhex(hexed[1]).decode("utf-8")) or None
        except UnicodeDecodeError:
            return words
    if quoted := _LITERAL.fullmatch(words):
        return quoted[1] or None
    return words


def _finite(value: int | float) -> float:
    try:
        found = float(value)
    except OverflowError:
        raise ValueError("a number") from None
    if not math.isfinite(found):
        raise ValueError("a number")
    return found


_STATUSES = {fold(status): status for status in STANDARD_STATUSES} | {"cancelled": "Canceled"}
_PROPERTY_TYPES = {fold(name): name for name in PROPERTY_TYPES}
