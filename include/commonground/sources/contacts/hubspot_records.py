"""One contact of HubSpot → a person record, what the team or a form says of them, ties, opt-outs.

All property values are texts; only those asked for come back. Relationship status, gender and the like are never asked for.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from commonground.sources.base import Item, Record, Refusal
from commonground.sources.contacts.book import Contact, name_person
from commonground.sources.contacts.consents import revoked_channels
from commonground.sources.contacts.dates import birthday_of
from commonground.sources.text import clean_text, epoch_millis, iso_moment

_ASKED_FOR = """
    firstname lastname email hs_additional_emails phone mobilephone address city state zip country company jobtitle website hs_linkedin_url
    twitterhandle lifecyclestage hs_lead_status hs_analytics_source hubspot_owner_id createdate lastmodifieddate notes_last_contacted
    notes_last_updated hs_analytics_last_visit_timestamp hs_email_optout date_of_birth message hs_content_membership_notes
    hs_merged_object_ids hs_object_id
"""
PROPERTIES = tuple(_ASKED_FOR.split())
_ACTIVITY = ("notes_last_contacted", "notes_last_updated", "hs_analytics_last_visit_timestamp")


class UnusableError(Exception):
    """An item that cannot become a record; `rule` names the reason shortly."""

    def __init__(self, rule: str, reason: str) -> None:
        super().__init__(reason)
        self.rule = rule


def contact(item: Any, agents: Mapping[str, str], owner: str | None, more: Sequence[str], where: Mapping[str, str]) -> Iterator[Item]:
    """The records of one contact.

    Args:
        item: As the API gives it: `id`, `properties`, `createdAt`, `updatedAt`, `archived`.
        agents: Owner id → agent_id.
        owner: Whose book the feed is, for contacts without an owner.
        more: Further properties that are kept as words.
        where: Source file of a saved answer.

    Raises:
        UnusableError: it is no contact, or has no id.
    """
    if not isinstance(item, dict) or not isinstance(item.get("properties"), dict):
        raise UnusableError("unreadable_record", "expected an object with properties")
    key = str(item.get("id") or item["properties"].get("hs_object_id") or "")
    if not key:
        raise UnusableError("missing_id", "has no id")
    properties = {name: clean_text(value) for name, value in item["properties"].items() if value not in (None, "")}
    updated = _latest(item.get("archivedAt"), item.get("updatedAt"), properties.get("lastmodifieddate"))
    stamp = {"modified_at": updated, **where}
    for gone in filter(None, properties.get("hs_merged_object_ids", "").split(";")):
        yield Record("person", {"record_id": gone.strip(), "person_type": "person", "is_deleted": True, **stamp})
    if item.get("archived") is True:
        yield Record("person", {"record_id": key, "person_type": "person", "is_deleted": True, **stamp})
        return
    found, complaints = _person(key, item, properties, agents, owner)
    yield Record("person", found | stamp)
    for rule, reason, value in complaints:
        yield Refusal(rule, f"contact {key}: {reason}; the contact is read without it", value, "person", key, where.get("source_file"))
    yield from _words(key, properties, more, stamp)
    closed = dict.fromkeys(revoked_channels([found["stage"]]), "any")
    if properties.get("hs_email_optout", "").lower() == "true":
        closed.setdefault("email", "marketing")
    for channel, purpose in closed.items():
        refusal = {"person_ref": key, "purpose": purpose, "channel": channel, "state": "revoked", **stamp}
        yield Record("consent", {"record_id": f"{key}:{channel}", **refusal})
    yield from _ties(key, item.get("associations"), stamp)


def _person(
    key: str, item: Mapping[str, Any], properties: Mapping[str, str], agents: Mapping[str, str], owner: str | None
) -> tuple[dict[str, Any], list[tuple[str, str, str]]]:
    complaints = []
    emails = []
    for mail in [properties.get("email", ""), *properties.get("hs_additional_emails", "").split(";")]:
        if mail.strip().count("@") == 1 and " " not in mail.strip():
            emails.append(mail.strip())
        elif mail.strip():
            complaints.append(("malformed_email", f"{mail[:80]!r} is no mail address", mail))
    birthday = None
    if said := properties.get("date_of_birth"):
        try:
            birthday = birthday_of(said, "mdy")
        except ValueError as error:
            complaints.append(("bad_date", f"date_of_birth {error}", said))
    stage = " / ".join(filter(None, (properties.get("lifecyclestage"), properties.get("hs_lead_status"))))
    assigned = properties.get("hubspot_owner_id")
    handle = properties.get("twitterhandle", "").lstrip("@")
    urls = [properties.get("website"), properties.get("hs_linkedin_url"), f"https://x.com/{handle}" if handle else None]
    person: dict[str, Any] = {
        "record_id": key,
        "owner_agent_id": agents.get(assigned) if assigned else owner,
        "emails": list(dict.fromkeys(emails)),
        "phones": list(dict.fromkeys(filter(None, (properties.get("mobilephone"), properties.get("phone"))))),
        "urls": list(filter(None, urls)),
        "street": properties.get("address"),
        "city": properties.get("city"),
        "state": properties.get("state"),
        "postal_code": properties.get("zip"),
        "country": properties.get("country"),
        "birth_date": birthday,
        "employer": properties.get("company"),
        "job_title": properties.get("jobtitle"),
        "stage": stage,
        "lead_source": properties.get("hs_analytics_source"),
        "created_at": _latest(properties.get("createdate"), item.get("createdAt")),
        "last_activity_at": _latest(*(properties.get(name) for name in _ACTIVITY)),
    }
    name_person(person, Contact(given=properties.get("firstname", ""), family=properties.get("lastname", "")), emails)
    return person, complaints


def _words(key: str, properties: Mapping[str, str], more: Sequence[str], stamp: Mapping[str, Any]) -> Iterator[Item]:
    """What a form took down in their own words, and what the team wrote."""
    said = {"author_ref": key, **stamp}
    if words := properties.get("message"):
        own = {"record_id": f"{key}:message", "utterance_type": "message", "text": words, "is_self_stated": True}
        yield Record("utterance", said | own)
    for name in ("hs_content_membership_notes", *more):
        if words := properties.get(name):
            text = words if name not in more else f"{name.replace('_', ' ').capitalize()}: {words}"
            yield Record(
                "utterance", said | {"record_id": f"{key}:{name}", "utterance_type": "note", "text": text, "is_self_stated": False}
            )


def _ties(key: str, associations: Any, stamp: Mapping[str, Any]) -> Iterator[Item]:
    linked = associations.get("contacts") if isinstance(associations, dict) else None
    for one in linked.get("results") or () if isinstance(linked, dict) else ():
        other = str(one.get("id") or "")
        if other and other != key:
            tie = {"src_ref": key, "dst_ref": other, "tie_type": "relationship", "is_directed": False}
            yield Record("tie", {"record_id": f"{key}:{other}", **tie, "evidence_text": "Contacts associated in HubSpot", **stamp})


def _latest(*values: object) -> dt.datetime | None:
    return max(filter(None, (_moment(str(value)) for value in values if value)), default=None)


@lru_cache(maxsize=1024)  # a contact says the same moment twice or thrice
def _moment(value: str) -> dt.datetime | None:
    """ISO 8601, or milliseconds as older accounts send them; None if it is neither."""
    text = value.strip()
    try:
        return epoch_millis(text) if text.isdigit() else iso_moment(text)
    except ValueError:
        return None
