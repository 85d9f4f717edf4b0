"""A CRM's header → which of our fields a column is, and whether the file writes the day before the month.

Known are the words of `crm_columns.yaml`, and of `crm_abroad.yaml` in other languages. A word such as *primary*, *home* or *mailing* before
one of them, or *number* behind it, changes nothing; any other word does: what is said of a spouse or a property is not about the contact.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from commonground.config import read_yaml
from commonground.sources.contacts.columns import field_of, header_key, read_aliases
from commonground.sources.names import words

TABLE: Mapping[str, list[str]] = read_yaml(Path(__file__).with_name("crm_columns.yaml"))
ALIASES = read_aliases(TABLE)
_ABROAD = read_aliases(read_yaml(Path(__file__).with_name("crm_abroad.yaml")))
_BEFORE = words(
    "primary main home mailing mail contact client lead customer person personal best current residential postal physical preferred other "
    "additional alternate secondary member subscriber prospect"
)
_BEHIND = words("number no value values address field info")
_PLACES = words("home work other personal blog profile page business private")  # behind a mail or web address they say which it is
_WORDS = re.compile(r"[^\W\d_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def crm_field(header: str, aliases: Mapping[str, str]) -> str | None:
    """Our field for a header: as it stands in the tables, else without the words that change nothing."""
    if found := field_of(header, aliases) or field_of(header, _ABROAD):
        return found
    left = _WORDS.findall(_CAMEL.sub(" ", header).lower())
    while len(left) > 1 and left[0] in _BEFORE:
        left = left[1:]
        if found := field_of(" ".join(left), aliases):
            return found
    if len(left) > 1 and left[-1] in _PLACES and (found := _behind_places(left, aliases)) in ("email", "url"):
        return found
    while len(left) > 1 and left[-1] in _BEHIND:
        left = left[:-1]
        if found := field_of(" ".join(left), aliases):
            return found
    return None


def is_day_first(header: list[str], aliases: Mapping[str, str]) -> bool:
    """Whether the header is in a language whose people write the day first: most of its known words are."""
    abroad = sum(1 for name in header if field_of(name, aliases) is None and header_key(name)[0] in _ABROAD)
    return abroad > sum(1 for name in header if field_of(name, aliases))


def _behind_places(left: list[str], aliases: Mapping[str, str]) -> str | None:
    while len(left) > 1 and left[-1] in _PLACES:
        left = left[:-1]
    return field_of(" ".join(left), aliases)
