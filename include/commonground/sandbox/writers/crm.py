"""The town → the team's CRM: the collections of the Follow Up Boss API, as stored rows."""

import datetime as dt
from typing import Any

from commonground.sandbox import names
from commonground.sandbox.dice import Dice
from commonground.sandbox.model import Person, Town
from commonground.sandbox.noise import as_known
from commonground.sandbox.writers import crm_activity
from commonground.sandbox.writers.addresses import given_as_written, gives_address, phone_as_written, street_as_written

Row = dict[str, Any]
FEED = "followupboss"
SOURCES = ("Website", "Zillow", "Open House", "Sphere", "Referral", "Facebook", "Sign Call")


def write_crm(town: Town, listings: list[Row]) -> dict[str, list[Row]]:
    """Collection name → rows, newest id first. `listings` are the MLS's, for leads to ask about."""
    dice = town.dice("crm")
    members = [person for person in town.persons if FEED in person.feeds]
    created = {person.person_id: _first_known(town, person, dice) for person in members}
    ids = {person_id: 1000 + 3 * index for index, person_id in enumerate(sorted(created, key=lambda one: (created[one], one)))}
    activity = crm_activity.Activity(town, ids, listings)
    people = [_person(town, person, ids[person.person_id], created[person.person_id], dice) for person in members]
    for person in members:
        town.record(FEED, str(ids[person.person_id]), person.person_id)
        activity.of(person)
    people += _twice(town, members, people, dice)
    people += _businesses(town, dice)
    activity.words()
    activity.finish(people)
    collections = {
        "people": people,
        "peopleRelationships": _relationships(town, members, ids, dice),
        "users": [_user(agent) for agent in town.agents],
        **activity.collections,
    }
    return {name: sorted(rows, key=lambda row: -int(row["id"])) for name, rows in collections.items()}


def _first_known(town: Town, person: Person, dice: Dice) -> dt.datetime:
    is_new = person.need is not None and not person.has_relationship
    return dice.moment(town.ago(dice.number(22, 90) if is_new else dice.number(900, 3600)))


def _person(town: Town, person: Person, id_: int, created: dt.datetime, dice: Dice) -> Row:
    agent, person = town.agent(person.agent), as_known(town, person, FEED)
    given, family = given_as_written(person, dice), person.former_family or person.family
    phones = [person.phone] if dice.chance(0.9) or not person.emails else []
    if person.home_phone and dice.chance(0.6):
        phones.append(person.home_phone)
    if person.employer and dice.chance(0.08):
        phones.append(_office_line(person.employer))
    phones = [phone for phone in phones if phone]
    addresses = []
    if gives_address(person, dice):
        line = street_as_written(person.street_line or "", dice)
        place = person.place
        addresses = [{"type": "home", "street": line, "city": place.city, "state": place.state, "code": place.postal_code, "country": "US"}]
    elif not phones or dice.chance(0.5):
        addresses = [{"type": "home", "street": "", "city": person.place.city, "state": person.place.state, "code": "", "country": "US"}]
    return {
        "id": id_,
        "created": _stamp(created),
        "updated": _stamp(created),
        "lastActivity": _stamp(created),
        "name": f"{given} {family}",
        "firstName": given,
        "lastName": family,
        "stage": _stage(person, dice),
        "source": dice.pick(SOURCES),
        "sourceUrl": None,
        "price": person.home.value if person.home and dice.chance(0.3) else 0,
        "contacted": int(person.has_relationship),
        "delayed": False,
        "assignedTo": agent.name,
        "assignedUserId": agent.user_id,
        "emails": [
            {"value": mail.upper() if dice.chance(0.03) else mail, "type": "home", "isPrimary": int(index == 0)}
            for index, mail in enumerate(person.emails)
        ],
        "phones": [
            {"value": phone_as_written(phone, dice), "type": _phone_type(person, phone), "isPrimary": int(index == 0)}
            for index, phone in enumerate(phones)
        ],
        "addresses": addresses,
        "tags": _tags(town, person, dice),
        "background": f"Works at {person.employer}." if person.employer and dice.chance(0.25) else None,
        "collaborators": [],
        "relationships": [],
        "customBirthday": person.birthday.isoformat() if person.birthday and dice.chance(0.4) else None,
    }


def _office_line(employer: str) -> str:
    """The switchboard that everybody of that company gives."""
    return f"+170752401{names.EMPLOYERS.index(employer):02d}"


def _phone_type(person: Person, phone: str) -> str:
    return {person.phone: "mobile", person.home_phone: "home"}.get(phone, "work")


def _stage(person: Person, dice: Dice) -> str:
    if person.moved_on:
        return "Closed"
    if person.is_past_client and person.segment != "now":
        return "Past Client"
    if person.need:
        return {
            "failed_listing": dice.pick(["Nurture", "Sphere", "Lead"]),
            "buyer": dice.pick(["Hot Prospect", "Showing Homes", "Lead"]),
            "seller": dice.pick(["Appointment Set", "Hot Prospect", "Lead"]),
            "open_house": dice.pick(["Lead", "Spoke with Customer"]),
            "stage": dice.pick(["Hot Prospect", "Active Client", "Appointment Set"]),
        }[person.need.how]
    if person.has_relationship:
        return dice.pick(["Sphere", "Sphere", "Nurture"])
    return dice.pick(["Lead", "Nurture", "Attempted contact", "Cold"])


def _tags(town: Town, person: Person, dice: Dice) -> list[str]:
    said = [word for word in town.words_of(person.person_id) if word.carrier == "tag"]
    for word in said:
        word.feed = FEED
    tags = [word.text for word in said]
    tags += dice.some(["Newsletter", "Holiday card", "Open house 2025", "VIP", "Website lead"], dice.number(0, 2))
    return tags + (["Do Not Contact"] if person.opted_out and dice.chance(0.5) else [])


def _twice(town: Town, members: list[Person], people: list[Row], dice: Dice) -> list[Row]:
    """People whom the CRM holds a second time, from another lead source and with less known."""
    rows = []
    for person, row in zip(members, people, strict=True):
        if dice.chance(0.03) and (row["emails"] or row["phones"]):
            keeps_mail = bool(row["emails"]) and dice.chance(0.6)
            twin = row | {
                "id": row["id"] + 1,
                "stage": "Lead",
                "source": "Zillow",
                "firstName": person.given,
                "lastName": person.family,
                "name": person.name,
                "emails": row["emails"][:1] if keeps_mail else [],
                "phones": [] if keeps_mail and row["phones"] and dice.chance(0.5) else row["phones"][:1],
                "addresses": [],
                "tags": ["Website lead"],
                "background": None,
                "customBirthday": None,
            }
            if twin["emails"] or twin["phones"]:
                town.record(FEED, str(twin["id"]), person.person_id)
                rows.append(twin)
    return rows


def _businesses(town: Town, dice: Dice) -> list[Row]:
    """Tradespeople of the team: an office line, an info@ mail, no person."""
    rows = []
    for index, (name, mail) in enumerate(names.BUSINESSES):
        number = 100 + index
        town.record(FEED, str(number), f"o{index + 1:03d}")
        rows.append(
            {
                "id": number,
                "created": _stamp(dice.moment(town.ago(2000 - index))),
                "updated": _stamp(dice.moment(town.ago(1500 - index))),
                "lastActivity": None,
                "name": name,
                "firstName": name,
                "lastName": "",
                "stage": "Agents/Vendors",
                "source": "Import",
                "sourceUrl": None,
                "price": 0,
                "contacted": 0,
                "delayed": False,
                "assignedTo": town.agents[0].name,
                "assignedUserId": 1,
                "emails": [{"value": mail, "type": "work", "isPrimary": 1}],
                "phones": [{"value": f"(707) 544-01{index:02d}", "type": "work", "isPrimary": 1}],
                "addresses": [],
                "tags": ["Vendor"],
                "background": None,
                "collaborators": [],
                "relationships": [],
                "customBirthday": None,
            }
        )
    return rows


def _relationships(town: Town, members: list[Person], ids: dict[str, int], dice: Dice) -> list[Row]:
    """Partners and friends that agents noted down."""
    rows: list[Row] = []
    by_id = {person.person_id: person for person in town.persons}
    for person in members:
        for other_id in sorted(person.friends):
            other = by_id[other_id]
            is_partner = other_id == person.partner_id
            if not dice.chance(0.6 if is_partner else 0.12):
                continue
            mail = other.emails[0] if other.emails and other_id in ids else None
            rows.append(
                {
                    "id": 70_000 + len(rows),
                    "created": _stamp(dice.moment(town.ago(dice.number(60, 900)))),
                    "personId": ids[person.person_id],
                    "relatedPersonId": ids.get(other_id),
                    "type": "Spouse" if is_partner else dice.pick(["Friend", "Friend", "Referred by"]),
                    "name": other.name,
                    "firstName": other.given,
                    "lastName": other.family,
                    "emails": [{"value": mail, "type": "home"}] if mail else [],
                    "phones": [],
                }
            )
    return rows


def _user(agent: Any) -> Row:
    return {
        "id": agent.user_id,
        "created": "2019-03-01T17:00:00Z",
        "updated": "2024-03-01T17:00:00Z",
        "name": agent.name,
        "firstName": agent.given,
        "lastName": agent.family,
        "email": agent.email,
        "phone": agent.phone,
        "role": "Broker" if agent.user_id == 1 else "Agent",
        "status": "Active",
    }


def _stamp(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
