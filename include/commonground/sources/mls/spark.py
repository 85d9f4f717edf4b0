"""Spark (flexmls): its own `{"D": {...}}` envelopes and its RESO Web API → listings, memberships, contacts, searches, open houses.

The envelopes are read from saved answers; fetching goes by the RESO Web API, which Spark has too, with the profile `spark`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from commonground.errors import UnreadableError
from commonground.sources.base import Item, Page, Record, Refusal, Visit
from commonground.sources.mls import normalise, properties, rosters
from commonground.sources.mls.properties import BadRowError
from commonground.sources.mls.reso import Reso

# Spark's own names → the dictionary's. LivingArea only where the vendor's total has to stand in for it.
_FIELDS = {
    "BedsTotal": "BedroomsTotal",
    "BathsTotal": "BathroomsTotalInteger",
    "BuildingAreaTotal": "LivingArea",
    "ListAgentId": "ListAgentKey",
    "ListAgentName": "ListAgentFullName",
    "ListOfficeId": "ListOfficeKey",
    "StatusChangeDate": "StatusChangeTimestamp",
}


class Spark(Reso):
    """flexmls through Spark."""

    name = "spark"
    default_profile = "spark"

    def todays(self, body: Any) -> Any:
        """Results without their envelope, or several envelopes in a list, in one."""
        rows = _unwrapped(body)
        return body if rows is None else {"D": {"Success": True, "Results": rows}}

    def resource_of(self, body: Any, path: Path) -> str:
        """Which of Spark's resources an envelope is of, by the fields of its results; OData pages as in RESO."""
        if not isinstance(body, dict) or "D" not in body:
            return super().resource_of(body, path)
        if isinstance(body["D"], dict) and body["D"].get("Success") is False:
            raise UnreadableError(f"{path.name}: {_error(body['D'])}")
        results = _results(body)
        for mark, resource in (
            ("StandardFields", "listings"),
            ("NewsFeeds", "savedsearches"),
            ("ContactIds", "savedsearches"),
            ("DisplayName", "contacts"),
            ("OfficeId", "accounts"),
            ("StartTime", "openhouses"),
        ):
            if any(isinstance(row, dict) and mark in row for row in results):
                return resource
        if not results and isinstance(body["D"], dict) and body["D"].get("Results") == []:
            return "listings"
        raise UnreadableError(
            f"{path.name}: no listings, accounts, contacts, open houses or saved searches in its D.Results; expected a Spark answer"
        )

    def conform(self, page: Page, visit: Visit) -> Iterator[Item]:
        """The records of one envelope, or of one OData page."""
        if page.resource not in _KINDS:
            yield from super().conform(page, visit)
            return
        status_map = self.profile(visit).status_map
        readers: dict[str, Callable[..., Iterator[Item]]] = {
            "listings": partial(_listing, status_map=status_map),
            "accounts": _account,
            "contacts": _contact,
            "savedsearches": _search,
            "openhouses": partial(_open_house, zone=ZoneInfo(visit.market.time_zone)),
        }
        for number, row in enumerate(_results(page.body), start=1):
            stamp: dict[str, Any] = {"source_file": page.url, "source_line": number}
            if not isinstance(row, dict):
                yield Refusal("not_an_object", f"result {number} is {str(row)[:80]!r}, expected an object", str(row)[:500], **stamp)
                continue
            try:
                yield from readers[page.resource](row, stamp)
            except BadRowError as error:
                yield properties.refusal(error, _KINDS[page.resource], row, stamp, "Id")


# Codes of Spark's own that say what to do; the others come with words.
_CODES = {
    1000: "the key is not valid",
    1010: "the key is disabled",
    1020: "the session has expired",
    1021: "the key is for another host (replication keys for replication.sparkapi.com)",
    1500: "not served",
    1510: "down for a while",
    1515: "down for a while",
    1516: "down for a while",
    1550: "too many requests",
}


def _error(envelope: Mapping[str, Any]) -> str:
    """A failed envelope in one line."""
    code = envelope.get("Code")
    words = _CODES.get(code) if isinstance(code, int) else None
    said = _plain(envelope.get("Message"))
    return f"Spark answered with error {code}: {'; '.join(part for part in (words, said) if part) or 'no message'}"


_KINDS = {
    "listings": "listing",
    "accounts": "membership",
    "contacts": "person",
    "savedsearches": "interaction",
    "openhouses": "listing_event",
}
_MAIL = re.compile(r"[^@\s]+@[^@\s]+")
_OF_A_LISTING = re.compile(r"/listings/([^/]+)/(?:openhouses|tourofhomes)/")
_HOME = {
    "street": "HomeStreetAddress",
    "city": "HomeLocality",
    "state": "HomeRegion",
    "postal_code": "HomePostalCode",
    "country": "HomeCountry",
}
_MAILS = ("PrimaryEmail", "HomeEmail", "WorkEmail", "AlternateEmail")
_NUMBERS = ("PrimaryPhoneNumber", "MobilePhoneNumber", "HomePhoneNumber", "WorkPhoneNumber")


def _results(body: Any) -> list[Any]:
    envelope = body.get("D")
    results = envelope.get("Results") if isinstance(envelope, dict) else None
    return results if isinstance(results, list) else []


def _is_full(envelope: Any) -> bool:
    return isinstance(envelope, dict) and isinstance(envelope.get("D"), dict) and isinstance(envelope["D"].get("Results"), list)


def _unwrapped(body: Any) -> list[Any] | None:
    """The results of an answer that is not in Spark's own envelope; None if it is, or is none of Spark's."""
    if isinstance(body, list):
        if any(isinstance(one, dict) and "D" in one for one in body):
            return [row for one in body for row in (_results(one) if _is_full(one) else [one])]
        return body if any(isinstance(one, dict) and "StandardFields" in one for one in body) else None
    if not isinstance(body, dict):
        return None
    envelope = body.get("D", body)
    results = envelope.get("Results") if isinstance(envelope, dict) else None
    if isinstance(results, dict):
        return [results]
    if "D" not in body and isinstance(results, list):
        return results
    return [body] if "StandardFields" in body else None


def _listing(row: Mapping[str, Any], stamp: Mapping[str, Any], status_map: Mapping[str, str]) -> Iterator[Item]:
    """Spark's StandardFields under the dictionary's names; a status it only has as MlsStatus counts if it is a standard one."""
    standard = row.get("StandardFields")
    fields = dict(standard) if isinstance(standard, dict) else {}
    fields.setdefault("ListingKey", row.get("Id"))
    for own, name in _FIELDS.items():
        if fields.get(name) is None and own in fields:
            fields[name] = fields.pop(own)
    if normalise.text(_plain(fields.get("StandardStatus"))) is None:
        fields["StandardStatus"] = _status_or_none(fields.get("MlsStatus"), status_map)
    yield from properties.listing(fields, status_map, stamp)


def _account(row: Mapping[str, Any], stamp: Mapping[str, Any]) -> Iterator[Item]:
    key = properties.key_of({"MemberKey": row.get("Id")}, "MemberKey")
    values = {
        "record_id": f"Member:{key}",
        "ResourceName": "Member",
        "MemberKey": key,
        "MemberFullName": _plain(row.get("Name")),
        "MemberEmail": _primary(row.get("Emails"), "Address"),
        "MemberMobilePhone": _primary(row.get("Phones"), "Number", "Mobile"),
        "OfficeKey": _plain(row.get("OfficeId")),
        "OfficeName": _plain(row.get("Office")),
        "modified_at": properties.read(row, "ModificationTimestamp", normalise.moment, "bad_date"),
    }
    yield Record("membership", {**values, **stamp})


def _contact(row: Mapping[str, Any], stamp: Mapping[str, Any]) -> Iterator[Item]:
    key = properties.key_of({"ContactKey": row.get("Id")}, "ContactKey")
    mails, phones = ([text for name in names if (text := _plain(row.get(name)))] for names in (_MAILS, _NUMBERS))
    for mail in mails:
        if not _MAIL.fullmatch(mail):
            reason = f"contact {key}: {mail[:80]!r} is no mail address; the contact is read without it"
            yield Refusal("malformed_email", reason, mail[:500], "person", key, **stamp)
    tags = row.get("Tags")
    values = {
        "record_id": key,
        "person_type": "person",
        "full_name": _plain(row.get("DisplayName")),
        "given_name": _plain(row.get("GivenName")),
        "family_name": _plain(row.get("FamilyName")),
        "emails": list(dict.fromkeys(mail for mail in mails if _MAIL.fullmatch(mail))),
        "phones": list(dict.fromkeys(phones)),
        **{name: _plain(row.get(own)) for name, own in _HOME.items()},
        "tags": [tag for tag in map(_plain, tags) if tag] if isinstance(tags, list) else None,
        "modified_at": properties.read(row, "ModificationTimestamp", normalise.moment, "bad_date"),
    }
    yield Record("person", {**values, **stamp})


def _open_house(row: Mapping[str, Any], stamp: Mapping[str, Any], zone: ZoneInfo) -> Iterator[Item]:
    """An open house or a tour: days month first, times of day as `9:00 am` or `09:00-07:00`; its listing is in its address."""
    found = _OF_A_LISTING.search(str(row.get("ResourceUri")))
    times = {f"OpenHouse{name}": _clock(row.get(name)) for name in ("StartTime", "EndTime")}
    known = {
        "OpenHouseKey": row.get("Id"),
        "ListingKey": row.get("ListingId") or (found and found[1]),
        "OpenHouseDate": _day(row.get("Date")),
    }
    yield from rosters.open_house({**row, **known, **times}, zone, stamp)


def _day(value: object) -> object:
    found = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", str(value).strip())
    return f"{found[3]}-{int(found[1]):02}-{int(found[2]):02}" if found else value


def _clock(value: object) -> object:
    found = re.fullmatch(r"(\d{1,2}):(\d\d) ?([ap])\.?m\.?", str(value).strip(), re.IGNORECASE)
    return f"{int(found[1]) % 12 + (12 if found[3] in 'pP' else 0):02}:{found[2]}" if found else value


def _search(row: Mapping[str, Any], stamp: Mapping[str, Any]) -> Iterator[Item]:
    """A contact's saved search, as an interest in buying dated by the newest of its subscriptions."""
    key = properties.key_of({"SearchKey": row.get("Id")}, "SearchKey")
    feeds = [feed for feed in row.get("NewsFeeds") or [] if isinstance(feed, dict)]
    moments = [properties.read(feed, "CreatedTimestamp", normalise.moment, "bad_date") for feed in feeds]
    moments.append(properties.read(row, "ModificationTimestamp", normalise.moment, "bad_date"))
    occurred_at = max((at for at in moments if at), default=None)
    contacts = row.get("ContactIds") or []
    if occurred_at is None or not isinstance(contacts, list) or not contacts:
        raise BadRowError("undated_search", f"saved search {key} has no contact or no day, expected ContactIds and a CreatedTimestamp")
    for contact in contacts:
        values = {
            "record_id": f"search:{key}:{contact}",
            "person_ref": str(contact),
            "interaction_type": "property_search",
            "direction": "in",
            "occurred_at": occurred_at,
            "modified_at": occurred_at,
            "text": _plain(row.get("Name")),
        }
        yield Record("interaction", {**values, **stamp})


def _plain(value: object) -> str | None:
    try:
        return normalise.text(value)
    except ValueError:
        return None


def _primary(entries: Any, field: str, type_: str | None = None) -> str | None:
    """The entry of that type, else the primary one, else the first."""
    found = [entry for entry in entries if isinstance(entry, dict) and entry.get(field)] if isinstance(entries, list) else []
    found.sort(key=lambda entry: (type_ is None or entry.get("Type") != type_, entry.get("Primary") is not True))
    return _plain(found[0][field]) if found else None


def _status_or_none(value: object, status_map: Mapping[str, str]) -> str | None:
    try:
        return normalise.standard_status(value, status_map)
    except ValueError:
        return None
