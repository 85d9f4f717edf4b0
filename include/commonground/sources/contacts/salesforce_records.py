"""One row of a Salesforce object → records: contacts and leads are persons, tasks and events what happened around them."""

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from commonground.config import Market
from commonground.sources.base import Item, Record, Refusal
from commonground.sources.contacts.book import Contact, name_person
from commonground.sources.contacts.consents import revoked_channels
from commonground.sources.contacts.people import birth_date
from commonground.sources.text import clean_text, html_to_text, iso_moment

_PERSON = "Id OwnerId FirstName LastName Title Email Phone MobilePhone LeadSource Description HasOptedOutOfEmail DoNotCall"
_STAMPS = "LastActivityDate CreatedDate LastModifiedDate SystemModstamp IsDeleted"
_ASKED_FOR = {
    "User": "Id Name Email SystemModstamp",
    "Contact": f"{_PERSON} {_STAMPS} HomePhone OtherPhone Birthdate Account.Name MailingStreet MailingCity MailingState MailingPostalCode "
    "MailingCountry OtherStreet OtherCity OtherState OtherPostalCode OtherCountry",
    "Lead": f"{_PERSON} {_STAMPS} Company Status Street City State PostalCode Country Website ConvertedContactId",
    "Task": "Id WhoId OwnerId Subject Description ActivityDate CompletedDateTime Status IsClosed Type TaskSubtype CallType "
    "CallDurationInSeconds CallDisposition CreatedDate SystemModstamp IsDeleted",
    "Event": "Id WhoId OwnerId Subject Description Location Type StartDateTime EndDateTime CreatedDate SystemModstamp IsDeleted",
}
FIELDS: dict[str, tuple[str, ...]] = {name: tuple(fields.split()) for name, fields in _ASKED_FOR.items()}
_HOUSEHOLD = re.compile(r"\bhousehold\b", re.IGNORECASE)
_SHOWING = re.compile(r"\b(?:showings?|(?:home|house|property|listing) tours?|viewings?)\b", re.IGNORECASE)
_OPEN_HOUSE = re.compile(r"\bopen\s*house\b", re.IGNORECASE)
_TASK_TYPES = {
    "call": "call",
    "email": "email",
    "listemail": "email",
    "meeting": "meeting",
    "sms": "text",
    "text": "text",
    "linkedin": "message",
}


class UnusableError(Exception):
    """A row that cannot become a record; `rule` names the reason shortly."""

    def __init__(self, rule: str, reason: str) -> None:
        super().__init__(reason)
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Context:
    """What a row does not say itself."""

    agents: Mapping[str, str]
    owner: str | None
    note_fields: Sequence[str]
    where: Mapping[str, str]
    now: dt.datetime


def agents_by_user(rows: Sequence[Any], market: Market) -> dict[str, str]:
    """User id → agent_id, by mail, else by name; rows that are no users are passed over."""
    by_mail = {mail.casefold(): agent.agent_id for agent in market.agents for mail in agent.emails}
    by_name = {" ".join(agent.name.casefold().split()): agent.agent_id for agent in market.agents}
    found = {}
    for row in rows:
        attributes = row.get("attributes") if isinstance(row, dict) else None
        if isinstance(attributes, dict) and attributes.get("type") == "User" and row.get("Id"):
            name = " ".join(str(row.get("Name") or "").casefold().split())
            if agent := by_mail.get(str(row.get("Email") or "").casefold()) or by_name.get(name):
                found[str(row["Id"])] = agent
    return found


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return clean_text(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""


def _key(row: Any) -> str:
    if not isinstance(row, dict):
        raise UnusableError("unreadable_record", f"expected an object, got {type(row).__name__}")
    key = _text(row, "Id")
    if not key:
        raise UnusableError("missing_id", "has no Id")
    return key


def _moment(value: object) -> dt.datetime | None:
    try:
        return iso_moment(str(value)) if value else None
    except ValueError:
        return None


def _noon(value: object) -> dt.datetime | None:
    """A day, as its noon in UTC."""
    text = str(value or "")
    return _moment(f"{text}T12:00:00+00:00") if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else _moment(text)


def _stamp(row: Mapping[str, Any], context: Context) -> dict[str, Any]:
    stamps = [_moment(row.get(name)) for name in ("SystemModstamp", "LastModifiedDate", "CreatedDate")]
    return {"modified_at": next(filter(None, stamps), None), **context.where}


def contact(row: Any, context: Context) -> Iterator[Item]:
    """A contact."""
    key = _key(row)
    account = row.get("Account") if isinstance(row.get("Account"), dict) else {}
    company = _text(account, "Name")
    has_mailing = any(_text(row, f"Mailing{part}") for part in ("Street", "City", "PostalCode"))
    values = {
        "employer": None if _HOUSEHOLD.search(company) else company,
        "phones": [_text(row, name) for name in ("MobilePhone", "HomePhone", "Phone", "OtherPhone")],
        **_address(row, "Mailing" if has_mailing else "Other"),
    }
    yield from _person(key, row, values, context, is_gone=row.get("IsDeleted") is True)


def lead(row: Any, context: Context) -> Iterator[Item]:
    """A lead; once it is converted the contact speaks for it."""
    key = _key(row)
    values = {
        "employer": _text(row, "Company"),
        "phones": [_text(row, name) for name in ("MobilePhone", "Phone")],
        "stage": _text(row, "Status"),
        "urls": [_text(row, "Website")],
        **_address(row, ""),
    }
    yield from _person(key, row, values, context, is_gone=row.get("IsDeleted") is True or bool(_text(row, "ConvertedContactId")))


def _address(row: Mapping[str, Any], prefix: str) -> dict[str, str]:
    return {
        "street": " ".join(_text(row, f"{prefix}Street").split()),
        "city": _text(row, f"{prefix}City"),
        "state": _text(row, f"{prefix}State"),
        "postal_code": _text(row, f"{prefix}PostalCode"),
        "country": _text(row, f"{prefix}Country"),
    }


def _person(key: str, row: Mapping[str, Any], values: dict[str, Any], context: Context, *, is_gone: bool) -> Iterator[Item]:
    stamp = _stamp(row, context)
    if is_gone:
        yield Record("person", {"record_id": key, "person_type": "person", "is_deleted": True, **stamp})
        return
    complaints = []
    mail, owner = _text(row, "Email"), _text(row, "OwnerId")
    if mail and (mail.count("@") != 1 or " " in mail):
        complaints.append(("malformed_email", f"{mail[:80]!r} is no mail address", mail))
        mail = ""
    try:
        birthday = birth_date(_text(row, "Birthdate"))
    except ValueError as error:
        birthday = None
        complaints.append(("bad_date", f"Birthdate {error}", _text(row, "Birthdate")))
    person: dict[str, Any] = {
        **values,
        "record_id": key,
        "owner_agent_id": context.agents.get(owner) if owner and context.agents else context.owner,
        "emails": [mail] if mail else [],
        "phones": list(dict.fromkeys(filter(None, values["phones"]))),
        "urls": list(filter(None, values.get("urls", ()))),
        "birth_date": birthday,
        "job_title": _text(row, "Title"),
        "lead_source": _text(row, "LeadSource"),
        "created_at": _moment(row.get("CreatedDate")),
        "last_activity_at": _noon(row.get("LastActivityDate")),
        **stamp,
    }
    name_person(person, Contact(given=_text(row, "FirstName"), family=_text(row, "LastName")), person["emails"])
    yield Record("person", person)
    for rule, reason, value in complaints:
        words = f"{key}: {reason}; the person is read without it"
        yield Refusal(rule, words, value, "person", key, context.where.get("source_file"))
    said = {"author_ref": key, "utterance_type": "note", "is_self_stated": False, **stamp}
    if words := _text(row, "Description"):
        yield Record("utterance", {"record_id": f"{key}:description", "text": words, **said})
    for name in context.note_fields:
        if words := _text(row, name):
            label = name.removesuffix("__c").replace("_", " ")
            yield Record("utterance", {"record_id": f"{key}:{name}", "text": f"{label}: {html_to_text(words)}", **said})
    closed = dict.fromkeys(revoked_channels([str(person.get("stage") or "")]), "any")
    if row.get("HasOptedOutOfEmail") is True:
        closed.setdefault("email", "marketing")
    if row.get("DoNotCall") is True:
        closed.setdefault("phone", "any")
    for channel, purpose in closed.items():
        refusal = {"person_ref": key, "purpose": purpose, "channel": channel, "state": "revoked", **stamp}
        yield Record("consent", {"record_id": f"{key}:{channel}", **refusal})


def task(row: Any, context: Context) -> Iterator[Item]:
    """A finished task: a call, a mail, or what the team noted that it did; an open one is no contact yet."""
    key, is_gone = _key(row), row.get("IsDeleted") is True
    who, stamp = _text(row, "WhoId"), _stamp(row, context)
    if not who:
        raise UnusableError("missing_person", "is about nobody (WhoId)")
    if not is_gone and row.get("IsClosed") is not True and _text(row, "Status").casefold() != "completed":
        raise UnusableError("open_task", f"is not done yet (Status {_text(row, 'Status')[:40]!r})")
    kind = next(
        (_TASK_TYPES[word] for name in ("TaskSubtype", "Type") if (word := _text(row, name).casefold().replace(" ", "")) in _TASK_TYPES),
        "note",
    )
    words = "\n".join(filter(None, (_text(row, "Subject"), _text(row, "Description"))))
    values = {
        "record_id": key,
        "person_ref": who,
        "agent_id": context.agents.get(_text(row, "OwnerId")),
        "interaction_type": kind,
        "direction": {"inbound": "in", "outbound": "out"}.get(_text(row, "CallType").casefold()),
        "occurred_at": _moment(row.get("CompletedDateTime")) or _noon(row.get("ActivityDate")) or _moment(row.get("CreatedDate")),
        "duration_seconds": row.get("CallDurationInSeconds"),
        "text": words,
        "outcome": _text(row, "CallDisposition"),
        "is_deleted": is_gone,
    }
    yield Record("interaction", {**values, **stamp})
    if words := _text(row, "Description"):
        note = {"record_id": f"task:{key}", "author_ref": who, "utterance_type": "note", "text": words, "is_self_stated": False}
        yield Record("utterance", {**note, "occurred_at": values["occurred_at"], "is_deleted": is_gone, **stamp})


def event(row: Any, context: Context) -> Iterator[Item]:
    """A calendar entry with somebody: a meeting, a showing, an open house."""
    key = _key(row)
    who = _text(row, "WhoId")
    if not who:
        raise UnusableError("missing_person", "is with nobody (WhoId)")
    what = f"{_text(row, 'Type')} {_text(row, 'Subject')}"
    kind = "open_house" if _OPEN_HOUSE.search(what) else "showing" if _SHOWING.search(what) else "meeting"
    start, end, place = _moment(row.get("StartDateTime")), _moment(row.get("EndDateTime")), _text(row, "Location")
    values = {
        "record_id": key,
        "person_ref": who,
        "agent_id": context.agents.get(_text(row, "OwnerId")),
        "interaction_type": kind,
        "direction": "both",
        "occurred_at": start or _moment(row.get("CreatedDate")),
        "duration_seconds": int((end - start).total_seconds()) if start and end and end > start else None,
        "text": "\n".join(filter(None, (_text(row, "Subject"), _text(row, "Description")))),
        "property_address": place if kind != "meeting" and place[:1].isdigit() else None,
        "is_deleted": row.get("IsDeleted") is True,
    }
    yield Record("interaction", {**values, **_stamp(row, context)})


SHAPES: dict[str, Callable[[Any, Context], Iterator[Item]]] = {"Contact": contact, "Lead": lead, "Task": task, "Event": event}
