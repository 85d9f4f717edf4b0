"""The shapes of Follow Up Boss: one item of a collection → its records.

Dates go on as they came: the record's own definition reads them, and refuses what has no zone. What the agents wrote (notes,
tags, background) is not self-stated; what the person wrote (an inquiry, an incoming text) is.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from commonground.sources.base import Item, Record
from commonground.sources.contacts.consents import revoked_channels
from commonground.sources.text import clean_text, html_to_text, is_placeholder_name, stable_id

_PERSON_PAGE = "https://app.followupboss.com/2/people/view/"
_EVENT_TYPES = {
    "registration": "registration",
    "inquiry": "inquiry",
    "propertyinquiry": "inquiry",
    "generalinquiry": "inquiry",
    "sellerinquiry": "seller_inquiry",
    "viewedproperty": "property_view",
    "savedproperty": "property_save",
    "propertysearch": "property_search",
    "savedpropertysearch": "property_search",
    "visitedwebsite": "website_visit",
    "viewedpage": "website_visit",
    "visitedopenhouse": "open_house",
    "incomingcall": "call",
    "unsubscribed": "unsubscribed",
}
_OWN_WORDS = frozenset({"inquiry", "seller_inquiry", "registration"})
_SHOWING = re.compile(r"\b(?:showings?|(?:home|house|property|listing) tours?|viewings?)\b", re.IGNORECASE)
_OPEN_HOUSE = re.compile(r"\bopen\s*house\b", re.IGNORECASE)
_PARTNER = re.compile(r"spouse|wife|husband|(?<!business )partner|fianc", re.IGNORECASE)
_FAMILY = re.compile(
    r"mother|father|mom\b|dad\b|parent|\bson\b|daughter|child|brother|sister|sibling|aunt|uncle|cousin|grand|in-law|relative|family",
    re.IGNORECASE,
)
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


def _key(item: Any) -> str:
    if not isinstance(item, dict):
        raise UnusableError("unreadable_record", f"expected an object, got {type(item).__name__}")
    number = item.get("id")
    if isinstance(number, bool) or not isinstance(number, (int, str)) or number == "":
        raise UnusableError("missing_id", "has no id")
    return str(number)


def _objects(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(value: object) -> str:
    text = clean_text(value) if isinstance(value, (str, int, float)) else ""
    return "" if text.startswith("* ") and text.endswith(" *") else text  # `* Body is hidden for privacy reasons *`


def _values(value: object) -> list[str]:
    """Mail addresses or phone numbers, the primary one first."""
    entries = [(not one.get("isPrimary"), _text(one.get("value"))) for one in _objects(value)]
    return list(dict.fromkeys(text for _, text in sorted(entries, key=lambda entry: entry[0]) if text))


def _home(addresses: object) -> dict[str, str]:
    """The home address; a workplace tells only the town."""
    best = min(_objects(addresses), key=lambda one: _ADDRESS_ORDER.get(str(one.get("type") or "").strip().lower(), _FAR), default=None)
    if best is None:
        return {}
    city, state = _text(best.get("city")), _text(best.get("state"))
    if str(best.get("type") or "").strip().lower() in _WORK:
        return {"location_text": ", ".join(filter(None, (city, state)))}
    code = _text(best.get("code") or best.get("zip") or best.get("postalCode"))
    return {"street": _text(best.get("street")), "city": city, "state": state, "postal_code": code, "country": _text(best.get("country"))}


def person(item: Any, context: Context) -> Iterator[Item]:
    """A person, with tags, background and custom texts as utterances, embedded relationships, and opt-outs said by tag or stage."""
    key = _key(item)
    given, family = _text(item.get("firstName")), _text(item.get("lastName"))
    full = _text(item.get("name")) or f"{given} {family}".strip()
    stage = _text(item.get("stage"))
    tags = list(dict.fromkeys(filter(None, map(_text, item["tags"] if isinstance(item.get("tags"), list) else []))))
    is_gone = stage.casefold() == "trash" or item.get("deleted") is True
    relationships = _objects(item.get("relationships"))
    values = {
        "record_id": key,
        "modified_at": item.get("updated") or item.get("created"),
        "owner_agent_id": context.agent(item.get("assignedUserId"), item.get("assignedTo")),
        "person_type": "placeholder" if is_placeholder_name(full) else "person",
        "full_name": full,
        "given_name": given,
        "family_name": family,
        "emails": _values(item.get("emails")),
        "phones": _values(item.get("phones")),
        "stage": stage,
        "lead_source": _text(item.get("source")),
        "tags": tags,
        "partner_name": next((_name(one) for one in relationships if _PARTNER.search(str(one.get("type") or ""))), None),
        "created_at": item.get("created"),
        "last_activity_at": item.get("lastActivity"),
        "source_url": _PERSON_PAGE + key,
        "is_deleted": is_gone,
        **_home(item.get("addresses")),
        **context.where,
    }
    yield Record("person", values)
    if is_gone:
        return
    said = {"author_ref": key, "modified_at": values["modified_at"], "is_self_stated": False, **context.where}
    for tag in tags:
        yield Record("utterance", {"record_id": f"person:{key}:tag:{stable_id(tag)}", "utterance_type": "tag", "text": tag, **said})
    if background := _plain(item.get("background")):
        yield Record("utterance", {"record_id": f"person:{key}:background", "utterance_type": "note", "text": background, **said})
    for field, text in _custom_texts(item):
        yield Record("utterance", {"record_id": f"person:{key}:{field}", "utterance_type": "note", "text": text, **said})
    for one in relationships:
        if one.get("id") is not None:
            yield from relationship({"personId": key, **one}, context)
    for channel in revoked_channels([*tags, stage]):
        refusal = {"person_ref": key, "purpose": "any", "channel": channel, "state": "revoked", "modified_at": values["modified_at"]}
        yield Record("consent", {"record_id": f"person:{key}:{channel}", **refusal, **context.where})


def _custom_texts(item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The team's own text fields (`customFavoriteTeam`) as `Favorite Team: ...`; numbers, dates and addresses say nothing here."""
    for field, value in item.items():
        if field.startswith("custom") and isinstance(value, str) and re.search(r"[^\W\d_]{3}", value) and "://" not in value:
            label = " ".join(re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", field.removeprefix("custom")))
            yield field, f"{label}: {_plain(value)}" if label else _plain(value)


def _plain(value: object) -> str:
    text = _text(value)
    return html_to_text(text) if re.search(r"<[a-zA-Z/][^<>]*>", text) else text


def _name(item: Mapping[str, Any]) -> str:
    return _text(item.get("name")) or f"{_text(item.get('firstName'))} {_text(item.get('lastName'))}".strip()


def relationship(item: Any, context: Context) -> Iterator[Item]:
    """A relation of a person: a person record of its own (the CRM keeps no link, but name, mail and phone) and a tie."""
    key, owner = _key(item), _person_ref(item)
    other = item.get("relatedPersonId")
    word = _text(item.get("type"))
    updated = item.get("updated") or item.get("created")
    other_ref = str(other) if other not in (None, "") else f"relationship:{key}"
    if other_ref.startswith("relationship:"):
        full = _name(item)
        values = {
            "record_id": other_ref,
            "modified_at": updated,
            "person_type": "placeholder" if is_placeholder_name(full) else "person",
            "full_name": full,
            "given_name": _text(item.get("firstName")),
            "family_name": _text(item.get("lastName")),
            "emails": _values(item.get("emails")),
            "phones": _values(item.get("phones")),
            "created_at": item.get("created"),
            "source_url": _PERSON_PAGE + owner,
        }
        yield Record("person", {**values, **_home(item.get("addresses")), **context.where})
    is_referral = "refer" in word.casefold()
    tie_type = "partner" if _PARTNER.search(word) else "family" if _FAMILY.search(word) else "relationship"
    tie = {
        "record_id": f"relationship:{key}",
        "modified_at": updated,
        "src_ref": other_ref if is_referral else owner,
        "dst_ref": owner if is_referral else other_ref,
        "tie_type": "referral" if is_referral else "friend" if "friend" in word.casefold() else tie_type,
        "is_directed": is_referral,
        "evidence_text": f"{word or 'Relationship'} in Follow Up Boss",
    }
    yield Record("tie", {**tie, **context.where})


def _person_ref(item: Mapping[str, Any]) -> str:
    inner = item.get("person")
    ref = item.get("personId") or (inner.get("id") if isinstance(inner, dict) else None)
    if not ref or isinstance(ref, (dict, list, bool)):
        raise UnusableError("missing_person", "names no person (personId)")
    return str(ref)


def event(item: Any, context: Context) -> Iterator[Item]:
    """What the person did: an interaction; their own words; the end of consent when they unsubscribed."""
    key, ref, word = _key(item), _person_ref(item), str(item.get("type") or "")
    interaction_type = _EVENT_TYPES.get(re.sub(r"[^a-z]", "", word.lower()))
    if interaction_type is None:
        raise UnusableError("unknown_event_type", f"type {word[:80]!r} is none of Follow Up Boss's event types")
    said = _plain(item.get("message"))
    property_ = item.get("property") if isinstance(item.get("property"), dict) else {}
    when = item.get("occurred") or item.get("created")
    stamp = {"modified_at": item.get("updated") or when, **context.where}
    values = {
        "record_id": f"event:{key}",
        "person_ref": ref,
        "agent_id": context.agent(item.get("userId") or item.get("assignedUserId")),
        "interaction_type": interaction_type,
        "direction": "in",
        "occurred_at": when,
        "text": said or _plain(item.get("description")) or _text(item.get("pageTitle")),
        **_property(property_),
    }
    yield Record("interaction", {**values, **stamp})
    if said and interaction_type in _OWN_WORDS:
        own = {"record_id": f"event:{key}", "author_ref": ref, "utterance_type": "message", "text": said, "occurred_at": when}
        yield Record("utterance", {**own, "is_self_stated": True, **stamp})
    if interaction_type == "unsubscribed":
        inner = item.get("person") if isinstance(item.get("person"), dict) else {}
        consent = {"record_id": f"event:{key}", "person_ref": ref, "email": next(iter(_values(inner.get("emails"))), None)}
        yield Record("consent", {**consent, "purpose": "marketing", "channel": "email", "state": "revoked", "occurred_at": when, **stamp})


def _property(item: Mapping[str, Any]) -> dict[str, Any]:
    price = item.get("price")
    if isinstance(price, str):
        price = re.sub(r"[$,\s]", "", price) or None
    return {
        "listing_id": _text(item.get("mlsNumber")),
        "property_address": _text(item.get("street")),
        "property_city": _text(item.get("city")),
        "property_postal_code": _text(item.get("code") or item.get("zip")),
        "property_price": price,
    }


def _direction(item: Mapping[str, Any]) -> str | None:
    incoming = item.get("isIncoming")
    if incoming is None:
        return {"inbound": "in", "incoming": "in", "outbound": "out", "outgoing": "out"}.get(str(item.get("direction")).lower())
    return "in" if incoming in (True, 1, "1", "true") else "out"


def call(item: Any, context: Context) -> Iterator[Item]:
    """A phone call; the note taken on it is the agent's word about the person."""
    key, ref, note = _key(item), _person_ref(item), _plain(item.get("note"))
    stamp = {"modified_at": item.get("updated") or item.get("created"), **context.where}
    values = {
        "record_id": f"call:{key}",
        "person_ref": ref,
        "agent_id": context.agent(item.get("userId"), item.get("userName")),
        "interaction_type": "call",
        "direction": _direction(item),
        "occurred_at": item.get("startedAt") or item.get("created"),
        "duration_seconds": item.get("duration"),
        "text": note,
        "outcome": _text(item.get("outcome")),
    }
    yield Record("interaction", {**values, **stamp})
    if note:
        about = {"record_id": f"call:{key}", "author_ref": ref, "utterance_type": "note", "text": note, "is_self_stated": False}
        yield Record("utterance", {**about, "occurred_at": values["occurred_at"], **stamp})


def text_message(item: Any, context: Context) -> Iterator[Item]:
    """A text message; an incoming one is the person's own word."""
    key, ref, said = _key(item), _person_ref(item), _text(item.get("message"))
    when = item.get("sent") or item.get("created")
    stamp = {"modified_at": item.get("updated") or when, **context.where}
    values = {
        "record_id": f"text:{key}",
        "person_ref": ref,
        "agent_id": context.agent(item.get("userId"), item.get("userName")),
        "interaction_type": "text",
        "direction": _direction(item),
        "occurred_at": when,
        "text": said,
    }
    yield Record("interaction", {**values, **stamp})
    if said and values["direction"] == "in":
        own = {"record_id": f"text:{key}", "author_ref": ref, "utterance_type": "message", "text": said, "is_self_stated": True}
        yield Record("utterance", {**own, "occurred_at": when, **stamp})


def note(item: Any, context: Context) -> Iterator[Item]:
    """A note: the agents' words about the person."""
    key, ref = _key(item), _person_ref(item)
    words = "\n".join(filter(None, (_plain(item.get("subject")), _plain(item.get("body")))))
    if not words:
        raise UnusableError("empty_note", "has neither subject nor body (or they are hidden from this key)")
    when = item.get("created")
    stamp = {"modified_at": item.get("updated") or when, **context.where}
    about = {"record_id": f"note:{key}", "author_ref": ref, "utterance_type": "note", "text": words, "is_self_stated": False}
    yield Record("utterance", {**about, "occurred_at": when, **stamp})


def appointment(item: Any, context: Context) -> Iterator[Item]:
    """An appointment: an interaction for each person invited."""
    key = _key(item)
    invitees = _objects(item.get("invitees"))
    people = dict.fromkeys(str(ref) for ref in [item.get("personId"), *(one.get("personId") for one in invitees)] if ref)
    if not people:
        raise UnusableError("missing_person", "invites no person (personId)")
    users = [item.get("userId"), *(one.get("userId") for one in invitees), item.get("createdById")]
    title, kind = _text(item.get("title")), _text(item.get("type"))
    what = f"{kind} {title}"
    interaction_type = "open_house" if _OPEN_HOUSE.search(what) else "showing" if _SHOWING.search(what) else "meeting"
    start, end = moment(item.get("start")), moment(item.get("end"))
    place = _text(item.get("location"))
    values = {
        "modified_at": item.get("updated") or item.get("created"),
        "agent_id": next(filter(None, map(context.agent, users)), None),
        "interaction_type": interaction_type,
        "direction": "both",
        "occurred_at": item.get("start") or item.get("created"),
        "duration_seconds": int((end - start).total_seconds()) if start and end and end > start else None,
        "text": "\n".join(filter(None, (title, _plain(item.get("description"))))),
        "property_address": place if interaction_type != "meeting" else None,
        "outcome": _text(item.get("outcome")),
    }
    for ref in people:
        yield Record("interaction", {"record_id": f"appointment:{key}:{ref}", "person_ref": ref, **values, **context.where})


def deal(item: Any, context: Context) -> Iterator[Item]:
    """A deal: an interaction for each person in it, dated when it came to its stage; the pipeline's name tells the side."""
    key = _key(item)
    people = dict.fromkeys(str(ref) for ref in [item.get("personId"), *(one.get("id") for one in _objects(item.get("people")))] if ref)
    if not people:
        raise UnusableError("missing_person", "names no person (people)")
    users = [item.get("userId"), item.get("assignedUserId"), *(one.get("id") for one in _objects(item.get("users")))]
    created = item.get("created") or item.get("createdAt")
    updated = item.get("updated") or item.get("updatedAt") or item.get("enteredStageAt") or created
    stage, status = _text(item.get("stageName") or item.get("stage")), _text(item.get("status"))
    values = {
        "modified_at": updated,
        "agent_id": next(filter(None, map(context.agent, users)), None),
        "interaction_type": "deal",
        "direction": "both",
        "occurred_at": item.get("closedAt") or item.get("enteredStageAt") or updated,
        "text": ": ".join(filter(None, (_text(item.get("pipelineName") or item.get("pipeline")), _text(item.get("name"))))),
        "outcome": stage or status,
        "is_deleted": status.casefold() == "deleted",
    }
    address = item.get("property") if isinstance(item.get("property"), dict) else item.get("address")
    where = _property(address) if isinstance(address, dict) else {"property_address": _text(address or item.get("propertyAddress"))}
    price = _property({"price": item.get("price")})["property_price"]
    for ref in people:
        record_id = f"deal:{key}:{ref}"
        yield Record(
            "interaction", {"record_id": record_id, "person_ref": ref, **values, **where, "property_price": price, **context.where}
        )


SHAPES: dict[str, Callable[[Any, Context], Iterator[Item]]] = {
    "people": person,
    "peopleRelationships": relationship,
    "events": event,
    "calls": call,
    "textMessages": text_message,
    "notes": note,
    "appointments": appointment,
    "deals": deal,
}
