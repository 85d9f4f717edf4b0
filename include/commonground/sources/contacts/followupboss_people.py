"""People of Follow Up Boss and those related to them: one item → person records, ties, what agents wrote, opt-outs.

What the agents wrote (tags, background, custom fields) is not self-stated.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from commonground.sources.base import Item, Record, Refusal
from commonground.sources.contacts.consents import revoked_channels
from commonground.sources.contacts.followupboss_items import (
    Context,
    home_of,
    key_of,
    objects,
    person_ref,
    plain_text,
    text_of,
    values_of,
)
from commonground.sources.contacts.people import birth_date, is_business
from commonground.sources.text import is_placeholder_name, stable_id

_PERSON_PAGE = "https://app.followupboss.com/2/people/view/"
_PARTNER = re.compile(r"spouse|wife|husband|(?<!business )partner|fianc", re.IGNORECASE)
_FAMILY = re.compile(
    r"mother|father|mom\b|dad\b|parent|\bson\b|daughter|child|brother|sister|sibling|aunt|uncle|cousin|grand|in-law|relative|family",
    re.IGNORECASE,
)
_WORDS = re.compile(r"^(?!.*://).*[^\W\d_]{3}", re.DOTALL)


def person(item: Any, context: Context) -> Iterator[Item]:
    """A person, with tags, background and custom texts as utterances, embedded relationships, and opt-outs said by tag or stage."""
    key = key_of(item)
    given, family = text_of(item.get("firstName")), text_of(item.get("lastName"))
    full = text_of(item.get("name")) or f"{given} {family}".strip()
    stage = text_of(item.get("stage"))
    tags = list(dict.fromkeys(filter(None, map(text_of, item["tags"] if isinstance(item.get("tags"), list) else []))))
    is_gone = stage.casefold() == "trash" or item.get("deleted") is True
    relationships = objects(item.get("relationships"))
    birthday, complaint = _birthday(item)
    if complaint:
        reason = f"people {key}: {complaint}; the person is read without it"
        yield Refusal("bad_date", reason, complaint, "person", key, context.where.get("source_file"))
    values = {
        "record_id": key,
        "modified_at": item.get("updated") or item.get("created"),
        "owner_agent_id": context.agent(item.get("assignedUserId"), item.get("assignedTo")),
        "emails": values_of(item.get("emails")),
        "phones": values_of(item.get("phones")),
        **_named(full, given, family, values_of(item.get("emails"))),
        "birth_date": birthday,
        "stage": stage,
        "lead_source": text_of(item.get("source")),
        "tags": tags,
        "partner_name": next((_name(one) for one in relationships if _PARTNER.search(str(one.get("type") or ""))), None),
        "created_at": item.get("created"),
        "last_activity_at": item.get("lastActivity"),
        "source_url": _PERSON_PAGE + key,
        "is_deleted": is_gone,
        **home_of(item.get("addresses")),
        **context.where,
    }
    yield Record("person", values)
    if is_gone:
        return
    said = {"author_ref": key, "modified_at": values["modified_at"], "is_self_stated": False, **context.where}
    for tag in tags:
        yield Record("utterance", {"record_id": f"person:{key}:tag:{stable_id(tag)}", "utterance_type": "tag", "text": tag, **said})
    if background := plain_text(item.get("background")):
        yield Record("utterance", {"record_id": f"person:{key}:background", "utterance_type": "note", "text": background, **said})
    for field, text in _custom_texts(item):
        yield Record("utterance", {"record_id": f"person:{key}:{field}", "utterance_type": "note", "text": text, **said})
    for one in relationships:
        if one.get("id") is not None:
            yield from relationship({"personId": key, **one}, context)
    for channel in revoked_channels([*tags, stage]):
        refusal = {"person_ref": key, "purpose": "any", "channel": channel, "state": "revoked", "modified_at": values["modified_at"]}
        yield Record("consent", {"record_id": f"person:{key}:{channel}", **refusal, **context.where})


def _named(full: str, given: str, family: str, emails: list[str]) -> dict[str, str]:
    if is_business(full, family, emails):
        return {"person_type": "organization", "full_name": full}
    person_type = "placeholder" if is_placeholder_name(full) else "person"
    return {"person_type": person_type, "full_name": full, "given_name": given, "family_name": family}


_BIRTHDAY_FIELD = re.compile(r"birth_?(?:day|date)|date_?of_?birth|^(?:custom)?dob$", re.IGNORECASE)

_SOMEBODY_ELSE = re.compile(r"(?:Spouse|Partner|Wife|Husband|Child|Kid|Son|Daughter|Pet|Dog|Cat)s?(?![a-z])")


def _birthday(item: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The person's own birthday out of the team's custom fields, or what is wrong with it."""
    for field, value in item.items():
        if _BIRTHDAY_FIELD.search(field) and isinstance(value, str) and not _SOMEBODY_ELSE.search(field):
            try:
                return birth_date(value), None
            except ValueError as error:
                return None, f"{field}: {error}"
    return None, None


def _custom_texts(item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The team's own text fields (`customFavoriteTeam`) as `Favorite Team: ...`; numbers, dates and addresses say nothing here."""
    for field, value in item.items():
        if field.startswith("custom") and isinstance(value, str) and not _BIRTHDAY_FIELD.search(field) and _WORDS.search(value):
            label = " ".join(re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", field.removeprefix("custom")))
            yield field, f"{label}: {plain_text(value)}" if label else plain_text(value)


def _name(item: Mapping[str, Any]) -> str:
    return text_of(item.get("name")) or f"{text_of(item.get('firstName'))} {text_of(item.get('lastName'))}".strip()


def relationship(item: Any, context: Context) -> Iterator[Item]:
    """A relation of a person: a person record of its own (the CRM keeps no link, but name, mail and phone) and a tie."""
    key, owner = key_of(item), person_ref(item)
    other = item.get("relatedPersonId")
    word = text_of(item.get("type"))
    updated = item.get("updated") or item.get("created")
    other_ref = str(other) if other not in (None, "") else f"relationship:{key}"
    if other_ref.startswith("relationship:"):
        full, emails, phones = _name(item), values_of(item.get("emails")), values_of(item.get("phones"))
        # a name by itself could be anybody's: it stays words
        is_somebody = not is_placeholder_name(full) and bool(emails or phones)
        values = {
            "record_id": other_ref,
            "modified_at": updated,
            "person_type": "person" if is_somebody else "placeholder",
            "full_name": full,
            "given_name": text_of(item.get("firstName")),
            "family_name": text_of(item.get("lastName")),
            "emails": emails,
            "phones": phones,
            "created_at": item.get("created"),
            "source_url": _PERSON_PAGE + owner,
        }
        yield Record("person", {**values, **home_of(item.get("addresses")), **context.where})
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
