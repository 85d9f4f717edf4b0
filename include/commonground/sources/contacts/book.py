"""One contact of an address book → its records: person, utterances, interactions, opt-outs, and at the end of the file ties.

What the formats have in common stands here, so that a format's own module only says where it keeps things. All of it is the
owner's word about the contact: nothing is self-stated.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from commonground.errors import UnreadableError
from commonground.sources.base import Item, Record, Refusal
from commonground.sources.contacts.consents import revoked_channels
from commonground.sources.contacts.digests import Ids
from commonground.sources.contacts.people import is_business
from commonground.sources.contacts.relations import PARTNER, Relations, relation_word
from commonground.sources.drops import Drop, Member
from commonground.sources.names import is_whole_name
from commonground.sources.text import is_placeholder_name, split_name, stable_id

_MAIL = re.compile(r"[^@\s]+@[^@\s]+")
_MAIL_IN_BRACKETS = re.compile(r".*<([^<>]*)>\s*$", re.DOTALL)
_NO_DIGIT = re.compile(r"\D")
LARGEST_PAYLOAD = 4000
_tag_key = lru_cache(maxsize=4096)(stable_id)  # a book has some dozen tags


@dataclass(slots=True)
class Contact:
    """One contact as a format gives it. `values` are columns of a person record, names apart; `key` its own id, if it has one."""

    given: str = ""
    family: str = ""
    middle: str = ""
    suffix: str = ""
    nickname: str = ""
    shown: str = ""
    key: str = ""
    is_organization: bool = False
    emails: list[str] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    # (key, utterance_type, words)
    said: list[tuple[str, str, str]] = field(default_factory=list)
    relations: list[tuple[str, str]] = field(default_factory=list)
    # the same where the book names the other by its `key`
    relations_by_key: list[tuple[str, str]] = field(default_factory=list)
    interactions: list[dict[str, Any]] = field(default_factory=list)
    # (channel, purpose)
    opt_outs: list[tuple[str, str]] = field(default_factory=list)
    # (rule, what is wrong, the value): the contact is read without it
    complaints: list[tuple[str, str, str]] = field(default_factory=list)


class Book:
    """One file of contacts on its way to records.

    `ids` are those of all files of a drop, so that none is given twice; without `has_relations` nobody names anybody else.
    """

    def __init__(self, file: str, owner: str | None, ids: Ids, *, has_relations: bool = True) -> None:
        self.file, self.owner, self.has_relations = file, owner, has_relations
        self.relations = Relations(file, ids)
        self._ids = ids

    def items(self, contact: Contact, line: int) -> list[Item]:
        """Everything one contact says; `line` is where it begins."""
        where = {"source_file": self.file, "source_line": line}
        found: list[Item] = []
        emails = self._mails(contact)
        person: dict[str, Any] = {"owner_agent_id": self.owner, **contact.values, "emails": emails, "phones": contact.phones}
        name_person(person, contact, emails)
        record_id = self._record_id(contact, emails)
        person["record_id"] = record_id
        if contact.relations and not person.get("partner_name"):
            partner = next((name for label, name in contact.relations if relation_word(label) in PARTNER), None)
            person |= {"partner_name": partner} if partner else {}
        if contact.tags:
            person["tags"] = contact.tags
        found.append(Record("person", {**person, **where}))
        for rule, reason, value in contact.complaints:
            words = f"{self.file}, line {line}: {reason}; the contact is read without it"
            found.append(Refusal(rule, words, value[:LARGEST_PAYLOAD], "person", record_id, self.file, line))
        for tag in contact.tags:
            contact.said.append((_tag_key(tag), "tag", tag))
        for key, utterance_type, words in contact.said:
            said = {"author_ref": record_id, "utterance_type": utterance_type, "text": words, "is_self_stated": False, **where}
            found.append(Record("utterance", {"record_id": f"{record_id}:{utterance_type}:{key}", **said}))
        for interaction in contact.interactions:
            kept = {**interaction, "record_id": f"{record_id}:{interaction['record_id']}", "person_ref": record_id}
            found.append(Record("interaction", {"agent_id": person["owner_agent_id"], **kept, **where}))
        if contact.tags or contact.opt_outs or person.get("stage"):
            found += self._opt_outs(contact, record_id, person.get("stage"), where)
        if self.has_relations and person["person_type"] == "person":
            self.relations.know(record_id, person["full_name"], f"{contact.given} {contact.family}".strip())
        for label, name in contact.relations:
            self.relations.state(record_id, label, name, line)
        for label, key in contact.relations_by_key:
            self.relations.state(record_id, label, key, line, is_key=True)
        return found

    def _mails(self, contact: Contact) -> list[str]:
        kept: list[str] = []
        for mail in contact.emails:
            address = mail.strip()
            if "<" in address and (inside := _MAIL_IN_BRACKETS.match(address)):
                address = inside[1].strip()
            address = address[7:] if address[:7].lower() == "mailto:" else address
            if not address or address in kept:
                continue
            if _MAIL.fullmatch(address):
                kept.append(address)
            else:
                contact.complaints.append(("malformed_email", f"{address[:80]!r} is no mail address", address))
        return kept

    def _record_id(self, contact: Contact, emails: list[str]) -> str:
        record_id = contact.key
        if not record_id:
            digits = _NO_DIGIT.sub("", contact.phones[0]) if contact.phones else ""
            names = (contact.given, contact.family) if contact.given or contact.family else (contact.shown, contact.nickname)
            record_id = stable_id(*names, emails[0].lower() if emails else "", digits)
        return self._ids.own(record_id)

    def _opt_outs(self, contact: Contact, record_id: str, stage: object, where: dict[str, Any]) -> list[Item]:
        said = revoked_channels([*contact.tags, str(stage or "")])
        if not said and not contact.opt_outs:
            return []
        purposes = dict(contact.opt_outs) | dict.fromkeys(said, "any")
        return [
            Record(
                "consent",
                {"record_id": f"{record_id}:{channel}", "person_ref": record_id, "purpose": purpose, "channel": channel}
                | {"state": "revoked", **where},
            )
            for channel, purpose in purposes.items()
        ]


def name_person(person: dict[str, Any], contact: Contact, emails: list[str]) -> None:
    """Adds the name's parts and `person_type`: a person by any name part, an organization by its name alone, else a placeholder."""
    is_company = bool(contact.shown) and not (contact.given or contact.family) and contact.shown == person.get("employer")
    contact.is_organization = contact.is_organization or is_company
    is_unsplit = not contact.family or (contact.family == contact.shown and is_whole_name(contact.family))
    if not contact.given and is_unsplit and contact.shown and not contact.is_organization:
        contact.given, contact.middle, contact.family, contact.suffix = split_name(contact.shown)
    given, family = contact.given, contact.family
    parts = " ".join(part for part in (given, contact.middle, family, contact.suffix) if part) if given or family else contact.nickname
    full = contact.shown or parts
    if contact.is_organization or (full and is_business(full, family, emails)):
        person.update(full_name=full or person.get("employer"), person_type="organization")
    elif full and not is_placeholder_name(full):
        person.update(full_name=full, person_type="person")
        person.update(
            given_name=given, middle_name=contact.middle, family_name=family, name_suffix=contact.suffix, nickname=contact.nickname
        )
    elif person.get("employer") and not full:
        person.update(full_name=person.pop("employer"), person_type="organization")
    else:
        person.update(full_name=full, person_type="placeholder")


def refusal(member: Member, rule: str, reason: str, payload: str, line: int) -> Refusal:
    """A contact that cannot be read at all."""
    return member.refusal(rule, f"{member.source_file}, line {line}: {reason}", payload[:LARGEST_PAYLOAD], line)


def read_members(
    path: Path, extensions: tuple[str, ...], what: str, read_one: Callable[[Member], Iterator[Item]], *, skips: tuple[str, ...] = ()
) -> Iterator[Item]:
    """Reads every file of a drop that has one of the extensions (a single file whatever it is called).

    A file that is not of the kind, or breaks off, is one refusal; the others are read.

    Raises:
        UnreadableError: the path is missing, or not one of its files is of the kind.
    """
    with Drop(path) as drop:
        yield from drop.refusals
        members = [one for one in drop.members if one.base.endswith(extensions) and not one.base.startswith(skips or ("\0",))]
        if not members and len(drop.members) == 1:
            members = drop.members
        if not members:
            raise UnreadableError(f"{path}: no {' or '.join(extensions)} file in it; expected {what}")
        complaints: list[tuple[Member, UnreadableError, bool]] = []
        for member in members:
            has_begun = False
            try:
                for item in read_one(member):
                    has_begun = True
                    yield item
            except UnreadableError as error:
                complaints.append((member, error, has_begun))
        if len(complaints) == len(members) and not any(has_begun for _, _, has_begun in complaints):
            raise complaints[0][1]
        for member, complaint, _ in complaints:
            yield member.unreadable(complaint)
