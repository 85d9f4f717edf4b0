"""What the items of Follow Up Boss have in common: one object of an answer → its key, its texts, its home, whose it is."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from commonground.sources.text import clean_text, html_to_text

_ADDRESS_ORDER = {"home": 0, "mailing": 1, "": 2, "other": 3}
_FAR = 9
_WORK = frozenset({"work", "business", "office"})


class UnusableError(Exception):
    """An item that cannot become a record; `rule` names the reason shortly."""

    def __init__(self, rule: str, reason: str) -> None:
        super().__init__(reason)
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Context:
    """What an item does not say itself: who the CRM's users are in our team, and in which file it stood."""

    agents: Mapping[str, str]
    agents_by_name: Mapping[str, str]
    where: Mapping[str, str]

    def agent(self, user_id: object, name: object = None) -> str | None:
        """agent_id of a user by id, else by name; None if it is none of the team."""
        found = self.agents.get(str(user_id)) if user_id is not None else None
        return found or (self.agents_by_name.get(" ".join(name.casefold().split())) if isinstance(name, str) else None)


def moment(value: object) -> dt.datetime | None:
    """A date and time of the API, None if it is none (the record's definition will say so)."""
    try:
        found = dt.datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found.astimezone(dt.UTC) if found and found.tzinfo else None


def key_of(item: Any) -> str:
    """The item's id; raises `UnusableError` if it is no object or has none."""
    if not isinstance(item, dict):
        raise UnusableError("unreadable_record", f"expected an object, got {type(item).__name__}")
    number = item.get("id")
    if isinstance(number, bool) or not isinstance(number, (int, str)) or number == "":
        raise UnusableError("missing_id", "has no id")
    return str(number)


def objects(value: object) -> list[dict[str, Any]]:
    """The objects of a list; nothing if it is no list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text_of(value: object) -> str:
    """Clean text; empty for what is none, or for what the API hides from this key."""
    text = clean_text(value) if isinstance(value, (str, int, float)) else ""
    return "" if text.startswith("* ") and text.endswith(" *") else text  # `* Body is hidden for privacy reasons *`


def values_of(value: object) -> list[str]:
    """Mail addresses or phone numbers, the primary one first."""
    entries = [(not one.get("isPrimary"), text_of(one.get("value"))) for one in objects(value)]
    return list(dict.fromkeys(text for _, text in sorted(entries, key=lambda entry: entry[0]) if text))


def home_of(addresses: object) -> dict[str, str]:
    """The home address; a workplace tells only the town."""
    best = min(objects(addresses), key=lambda one: _ADDRESS_ORDER.get(str(one.get("type") or "").strip().lower(), _FAR), default=None)
    if best is None:
        return {}
    city, state = text_of(best.get("city")), text_of(best.get("state"))
    if str(best.get("type") or "").strip().lower() in _WORK:
        return {"location_text": ", ".join(filter(None, (city, state)))}
    code = text_of(best.get("code") or best.get("zip") or best.get("postalCode"))
    return {
        "street": text_of(best.get("street")),
        "city": city,
        "state": state,
        "postal_code": code,
        "country": text_of(best.get("country")),
    }


def plain_text(value: object) -> str:
    """Clean text, HTML read as a person sees it."""
    text = text_of(value)
    return html_to_text(text) if re.search(r"<[a-zA-Z/][^<>]*>", text) else text


def person_ref(item: Mapping[str, Any]) -> str:
    """record_id of the person it is about; raises `UnusableError` if it names none."""
    inner = item.get("person")
    ref = item.get("personId") or (inner.get("id") if isinstance(inner, dict) else None)
    if not ref or isinstance(ref, (dict, list, bool)):
        raise UnusableError("missing_person", "names no person (personId)")
    return str(ref)
