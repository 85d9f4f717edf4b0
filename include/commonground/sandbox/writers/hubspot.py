"""The town → Ben's HubSpot: owners and contacts, as the API stores them."""

import datetime as dt
from typing import Any

from commonground.sandbox.model import Person, Town
from commonground.sandbox.writers.addresses import given_as_written, phone_as_written, street_as_written

Row = dict[str, Any]
OWNER_AGENT = "ben"


def write_hubspot(town: Town) -> dict[str, list[Row]]:
    """`owners` and `contacts`, oldest first; one contact in forty is deleted. Tells nothing that the town's truth would need to know."""
    dice = town.dice("hubspot")
    members = [person for person in town.persons if person.agent == OWNER_AGENT and person.emails and dice.chance(0.5)]
    contacts = []
    for number, person in enumerate(members, start=1):
        created = dice.moment(town.ago(dice.number(300, 1500)))
        modified = dice.moment(town.ago(dice.number(1, 299)))
        properties = {
            "firstname": given_as_written(person, dice),
            "lastname": person.family,
            "email": person.emails[0],
            "mobilephone": phone_as_written(person.phone, dice) if person.phone and dice.chance(0.8) else None,
            "address": street_as_written(person.street_line, dice) if person.street_line and dice.chance(0.4) else None,
            "city": person.place.city if dice.chance(0.6) else None,
            "zip": person.place.postal_code if dice.chance(0.4) else None,
            "company": person.employer,
            "lifecyclestage": _stage(person),
            "hs_email_optout": "true" if person.opted_out else None,
            "hubspot_owner_id": "72002",
        }
        contacts.append(_contact(100 + 50 * number, properties, created, modified, is_archived=dice.chance(0.025)))
    numbers = {person.person_id: contact["id"] for person, contact in zip(members, contacts, strict=True)}
    for person, contact in zip(members, contacts, strict=True):
        if person.partner_id in numbers:
            contact["associations"] = {"contacts": {"results": [{"id": numbers[person.partner_id], "type": "contact_to_contact"}]}}
    owners = [{"id": str(72_000 + one.user_id), "email": one.email, "firstName": one.given, "lastName": one.family} for one in town.agents]
    return {"owners": owners, "contacts": contacts}


def _stage(person: Person) -> str:
    return "customer" if person.is_past_client else "opportunity" if person.need else "lead"


def _contact(number: int, properties: Row, created: dt.datetime, modified: dt.datetime, *, is_archived: bool) -> Row:
    first, last = _stamp(created), _stamp(modified)
    stamps = {"createdate": first, "lastmodifieddate": last, "hs_object_id": str(number), "notes_last_contacted": last}
    row: Row = {"id": str(number), "properties": properties | stamps, "createdAt": first, "updatedAt": last, "archived": is_archived}
    row["associations"] = {}
    return row | ({"archivedAt": last} if is_archived else {})


def _stamp(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"
