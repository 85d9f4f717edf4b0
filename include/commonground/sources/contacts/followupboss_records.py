"""What happened around people in Follow Up Boss: one item of a collection → interactions, the words in them, opt-outs.

Dates go on as they came: the record's own definition reads them, and refuses what has no zone. What the agents wrote (notes)
is not self-stated; what the person wrote (an inquiry, an incoming text) is.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from commonground.sources.base import Item, Record
from commonground.sources.contacts.followupboss_items import (
    Context,
    UnusableError,
    key_of,
    moment,
    objects,
    person_ref,
    plain_text,
    text_of,
    values_of,
)
from commonground.sources.contacts.followupboss_people import person, relationship

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


def event(item: Any, context: Context) -> Iterator[Item]:
    """What the person did: an interaction; their own words; the end of consent when they unsubscribed."""
    key, ref, word = key_of(item), person_ref(item), str(item.get("type") or "")
    interaction_type = _EVENT_TYPES.get(re.sub(r"[^a-z]", "", word.lower()))
    if interaction_type is None:
        raise UnusableError("unknown_event_type", f"type {word[:80]!r} is none of Follow Up Boss's event types")
    said = plain_text(item.get("message"))
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
        "text": said or plain_text(item.get("description")) or text_of(item.get("pageTitle")),
        **_property(property_),
    }
    yield Record("interaction", {**values, **stamp})
    if said and interaction_type in _OWN_WORDS:
        own = {"record_id": f"event:{key}", "author_ref": ref, "utterance_type": "message", "text": said, "occurred_at": when}
        yield Record("utterance", {**own, "is_self_stated": True, **stamp})
    if interaction_type == "unsubscribed":
        inner = item.get("person") if isinstance(item.get("person"), dict) else {}
        consent = {"record_id": f"event:{key}", "person_ref": ref, "email": next(iter(values_of(inner.get("emails"))), None)}
        yield Record("consent", {**consent, "purpose": "marketing", "channel": "email", "state": "revoked", "occurred_at": when, **stamp})


def _property(item: Mapping[str, Any]) -> dict[str, Any]:
    price = item.get("price")
    if isinstance(price, str):
        price = re.sub(r"[$,\s]", "", price) or None
    return {
        "listing_id": text_of(item.get("mlsNumber")),
        "property_address": text_of(item.get("street")),
        "property_city": text_of(item.get("city")),
        "property_postal_code": text_of(item.get("code") or item.get("zip")),
        "property_price": price,
    }


def _direction(item: Mapping[str, Any]) -> str | None:
    incoming = item.get("isIncoming")
    if incoming is None:
        return {"inbound": "in", "incoming": "in", "outbound": "out", "outgoing": "out"}.get(str(item.get("direction")).lower())
    return "in" if incoming in (True, 1, "1", "true") else "out"


def call(item: Any, context: Context) -> Iterator[Item]:
    """A phone call; the note taken on it is the agent's word about the person."""
    key, ref, note = key_of(item), person_ref(item), plain_text(item.get("note"))
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
        "outcome": text_of(item.get("outcome")),
    }
    yield Record("interaction", {**values, **stamp})
    if note:
        about = {"record_id": f"call:{key}", "author_ref": ref, "utterance_type": "note", "text": note, "is_self_stated": False}
        yield Record("utterance", {**about, "occurred_at": values["occurred_at"], **stamp})


def text_message(item: Any, context: Context) -> Iterator[Item]:
    """A text message; an incoming one is the person's own word."""
    key, ref, said = key_of(item), person_ref(item), text_of(item.get("message"))
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
    key, ref = key_of(item), person_ref(item)
    words = "\n".join(filter(None, (plain_text(item.get("subject")), plain_text(item.get("body")))))
    if not words:
        raise UnusableError("empty_note", "has neither subject nor body (or they are hidden from this key)")
    when = item.get("created")
    stamp = {"modified_at": item.get("updated") or when, **context.where}
    about = {"record_id": f"note:{key}", "author_ref": ref, "utterance_type": "note", "text": words, "is_self_stated": False}
    yield Record("utterance", {**about, "occurred_at": when, **stamp})


def appointment(item: Any, context: Context) -> Iterator[Item]:
    """An appointment: an interaction for each person invited."""
    key = key_of(item)
    invitees = objects(item.get("invitees"))
    people = dict.fromkeys(str(ref) for ref in [item.get("personId"), *(one.get("personId") for one in invitees)] if ref)
    if not people:
        raise UnusableError("missing_person", "invites no person (personId)")
    users = [item.get("userId"), *(one.get("userId") for one in invitees), item.get("createdById")]
    title, kind = text_of(item.get("title")), text_of(item.get("type"))
    what = f"{kind} {title}"
    interaction_type = "open_house" if _OPEN_HOUSE.search(what) else "showing" if _SHOWING.search(what) else "meeting"
    start, end = moment(item.get("start")), moment(item.get("end"))
    place = text_of(item.get("location"))
    values = {
        "modified_at": item.get("updated") or item.get("created"),
        "agent_id": next(filter(None, map(context.agent, users)), None),
        "interaction_type": interaction_type,
        "direction": "both",
        "occurred_at": item.get("start") or item.get("created"),
        "duration_seconds": int((end - start).total_seconds()) if start and end and end > start else None,
        "text": "\n".join(filter(None, (title, plain_text(item.get("description"))))),
        "property_address": place if interaction_type != "meeting" and place[:1].isdigit() else None,
        "outcome": text_of(item.get("outcome")),
    }
    for ref in people:
        yield Record("interaction", {"record_id": f"appointment:{key}:{ref}", "person_ref": ref, **values, **context.where})


def deal(item: Any, context: Context) -> Iterator[Item]:
    """A deal: an interaction for each person in it, dated when it came to its stage; the pipeline's name tells the side."""
    key = key_of(item)
    people = dict.fromkeys(str(ref) for ref in [item.get("personId"), *(one.get("id") for one in objects(item.get("people")))] if ref)
    if not people:
        raise UnusableError("missing_person", "names no person (people)")
    users = [item.get("userId"), item.get("assignedUserId"), *(one.get("id") for one in objects(item.get("users")))]
    created = item.get("created") or item.get("createdAt")
    updated = item.get("updated") or item.get("updatedAt") or item.get("enteredStageAt") or created
    stage, status = text_of(item.get("stageName") or item.get("stage")), text_of(item.get("status"))
    values = {
        "modified_at": updated,
        "agent_id": next(filter(None, map(context.agent, users)), None),
        "interaction_type": "deal",
        "direction": "both",
        "occurred_at": _noon(item.get("closedAt") or item.get("closedDate") or item.get("enteredStageAt") or updated),
        "text": ": ".join(filter(None, (text_of(item.get("pipelineName") or item.get("pipeline")), text_of(item.get("name"))))),
        "outcome": stage or status,
        "is_deleted": status.casefold() == "deleted",
    }
    address = item.get("property") if isinstance(item.get("property"), dict) else item.get("address")
    where = _property(address) if isinstance(address, dict) else {"property_address": text_of(address or item.get("propertyAddress"))}
    price = _property({"price": item.get("price")})["property_price"]
    for ref in people:
        record_id = f"deal:{key}:{ref}"
        yield Record(
            "interaction", {"record_id": record_id, "person_ref": ref, **values, **where, "property_price": price, **context.where}
        )


def _noon(value: object) -> object:
    """A day without a time as noon UTC, which is that same day in every zone of the country; anything else as it is."""
    return f"{value}T12:00:00+00:00" if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) else value


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
