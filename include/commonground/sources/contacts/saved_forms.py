"""Saved answers and exports of CRMs in forms other than a page of today's API → that page, or the reading of a CSV.

HubSpot's v1 contacts (every value an object, moments in milliseconds), one contact or row alone, lists without an envelope. The CSV
that these CRMs export is read as any CRM's.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from commonground.sources.base import Item, Visit
from commonground.sources.contacts.columns import header_key
from commonground.sources.contacts.crm_csv import CrmCsv
from commonground.sources.drop_csv import wide_encoding
from commonground.sources.drops import Drop, Member
from commonground.sources.social.elements import inner

_TABLES = (".csv", ".tsv")
_HEADER_LINES = 20
# columns of each vendor's own export, and how many of them a header must have to be that vendor's
_COLUMNS = {
    "hubspot": (2, "record id|contact id|contact owner|lifecycle stage|create date|associated company|lead status"),
    "salesforce": (
        2,
        "account name|account id|account owner|contact id|lead id|lead owner|mailing street|mailing city|mailing state/province|"
        "mailing zip/postal code|mailing postal code|company / account|is converted|last modified by id|record type id",
    ),
    "followupboss": (
        3,
        "stage|lead source|assigned to|date added|is contacted|last communication|email 1|phone 1|email 1 - type|phone 1 - type|"
        "address 1 - street|listing agent|deal stage|relationship 1 first name",
    ),
}


def tables_or_answers(path: Path, visit: Visit, source: str, read_answers: Callable[[Path, Visit], Iterator[Item]]) -> Iterator[Item]:
    """The records of the vendor's CSV export, or of saved answers; a drop that holds both is read both ways. Raises `UnreadableError`."""
    tables = others = 0
    if path.exists():
        with Drop(path) as drop:
            tables = sum(member.base.endswith(_TABLES) and _is_export(member, source) for member in drop.members)
            others = sum(member.base.removesuffix(".gz").endswith((".json", ".ndjson", ".jsonl")) for member in drop.members)
    if tables:
        yield from CrmCsv().read(path, visit)
    if others or not tables:
        yield from read_answers(path, visit)


def _is_export(member: Member, source: str) -> bool:
    """Whether a table has the vendor's own columns: any other CRM's is another source."""
    fewest, columns = _COLUMNS[source]
    wanted = {header_key(column)[0] for column in columns.split("|")}
    head = member.head(2**14)
    text = head.decode(wide_encoding(head) or "utf-8-sig", "replace")
    for line in text.splitlines()[:_HEADER_LINES]:
        found = {header_key(cell)[0] for cell in re.split(r"[,;\t]", line)}
        if len(found & wanted) >= fewest:
            return True
    return False


def hubspot(body: Any) -> Any:
    """Pages, lists and single contacts of v1, and a single contact of today's."""
    listed = body.get("contacts") if isinstance(body, dict) else body
    if isinstance(listed, list) and any(_is_v1(one) for one in listed):
        return {"results": [_contact(one) if _is_v1(one) else one for one in listed]}
    if _is_v1(body):
        return {"results": [_contact(body)]}
    return {"results": [body]} if isinstance(body, dict) and "id" in body and isinstance(body.get("properties"), dict) else body


def _is_v1(contact: Any) -> bool:
    return isinstance(inner(contact, "properties"), dict) and ("vid" in contact or "canonical-vid" in contact)


def _contact(contact: dict[str, Any]) -> dict[str, Any]:
    values = {name: one.get("value") if isinstance(one, dict) else one for name, one in contact["properties"].items()}
    values = {name: _iso(value) if name.endswith("date") else value for name, value in values.items()}
    return {
        "id": str(contact.get("canonical-vid") or contact.get("vid")),
        "properties": values,
        "createdAt": _iso(contact.get("addedAt")),
        "updatedAt": values.get("lastmodifieddate"),
    }


def _iso(value: Any) -> Any:
    """Milliseconds since 1970 as an ISO time; anything else as it is."""
    with suppress(ValueError, TypeError, OverflowError, OSError):
        if not isinstance(value, bool) and len(str(int(value))) >= 12:
            return dt.datetime.fromtimestamp(int(value) / 1000, dt.UTC).isoformat()
    return value


def salesforce(body: Any) -> Any:
    """One row alone, and what a search finds."""
    if isinstance(inner(body, "attributes"), dict) and "Id" in body:
        return {"records": [body]}
    found = body.get("searchRecords") if isinstance(body, dict) else None
    return {"records": found} if isinstance(found, list) else body


def followupboss(body: Any) -> Any:
    """One person alone."""
    is_person = isinstance(body, dict) and "id" in body and {"firstName", "lastName", "stage"} & body.keys() and "people" not in body
    return {"people": [body]} if is_person else body
