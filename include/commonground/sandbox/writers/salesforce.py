"""The town → Cleo's Salesforce: users, contacts, leads, tasks and events, as its objects hold them."""

import datetime as dt
from typing import Any

from commonground.sandbox.dice import Dice
from commonground.sandbox.model import Person, Town
from commonground.sandbox.writers.addresses import given_as_written, phone_as_written, street_as_written

Row = dict[str, Any]
OWNER_AGENT = "cleo"


def write_salesforce(town: Town) -> dict[str, list[Row]]:
    """Object name → rows. Tells nothing that the town's truth would need to know."""
    dice = town.dice("salesforce")
    owner = _id("005", town.agent(OWNER_AGENT).user_id)
    rows: dict[str, list[Row]] = {"User": [], "Contact": [], "Lead": [], "Task": [], "Event": []}
    for agent in town.agents:
        rows["User"].append(_row(_id("005", agent.user_id), dice.moment(town.ago(2000)), Name=agent.name, Email=agent.email))
    for number, person in enumerate(town.persons, start=1):
        if person.agent != OWNER_AGENT or not dice.chance(0.5):
            continue
        changed = dice.moment(town.ago(dice.number(1, 300)))
        if person.has_relationship:
            key = _id("003", number)
            rows["Contact"].append(_row(key, changed, OwnerId=owner, **_contact(person, dice), IsDeleted=dice.chance(0.02)))
            rows["Task"].append(_call(_id("00T", number), key, owner, dice.moment(town.ago(dice.number(1, 200))), dice))
        else:
            lead = {"Company": person.employer or "None", "Status": "Open - Not Contacted", "Website": None, "ConvertedContactId": None}
            rows["Lead"].append(_row(_id("00Q", number), changed, OwnerId=owner, **_person(person, dice), **lead))
        if person.has_relationship and dice.chance(0.2):
            start = dice.moment(town.ago(dice.number(1, 20)))
            end = _stamp(start + dt.timedelta(minutes=45))
            when = {"StartDateTime": _stamp(start), "EndDateTime": end, "Subject": "Coffee", "Type": "Meeting", "Location": None}
            rows["Event"].append(_row(_id("00U", number), start, WhoId=_id("003", number), OwnerId=owner, Description=None, **when))
    return rows


def _person(person: Person, dice: Dice) -> Row:
    return {
        "FirstName": given_as_written(person, dice),
        "LastName": person.family,
        "Title": person.title,
        "Email": person.emails[0] if person.emails else None,
        "Phone": phone_as_written(person.phone, dice) if person.phone else None,
        "MobilePhone": None,
        "LeadSource": dice.pick(["Web", "Open House", "Referral"]),
        "Description": None,
        "HasOptedOutOfEmail": person.opted_out,
        "DoNotCall": False,
    }


def _contact(person: Person, dice: Dice) -> Row:
    return _person(person, dice) | {
        "HomePhone": None,
        "Birthdate": person.birthday.isoformat() if person.birthday and dice.chance(0.3) else None,
        "Account": {"attributes": {"type": "Account"}, "Name": person.employer or f"{person.family} Household"},
        "MailingStreet": street_as_written(person.street_line, dice) if person.street_line and dice.chance(0.6) else None,
        "MailingCity": person.place.city,
        "MailingState": person.place.state,
        "MailingPostalCode": person.place.postal_code,
        "MailingCountry": "US",
    }


def _call(key: str, who: str, owner: str, at: dt.datetime, dice: Dice) -> Row:
    is_done = dice.chance(0.8)
    when = {"ActivityDate": at.date().isoformat(), "CompletedDateTime": _stamp(at) if is_done else None}
    how = {"Type": "Call", "TaskSubtype": "Call", "CallType": "Outbound", "CallDisposition": None}
    length = dice.number(30, 900) if is_done else None
    state = {"IsClosed": is_done, "Status": "Completed" if is_done else "Not Started", "CallDurationInSeconds": length}
    return _row(key, at, WhoId=who, OwnerId=owner, Subject="Call", Description=None, **when, **how, **state)


def _row(key: str, changed: dt.datetime, **fields: Any) -> Row:
    at = _stamp(changed)
    return {
        "Id": key,
        "CreatedDate": at,
        "LastModifiedDate": at,
        "SystemModstamp": at,
        "LastActivityDate": None,
        "IsDeleted": False,
        **fields,
    }


def _id(prefix: str, number: int) -> str:
    """An id of eighteen letters, the object's three first."""
    return f"{prefix}5f{number:010d}AAA"


def _stamp(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}+0000"
