"""Where a team member checked in, with whom, and who liked it → the state behind Foursquare's user API."""

import hashlib
from typing import Any

from commonground.sandbox.dice import Dice
from commonground.sandbox.model import Person, Town
from commonground.sandbox.phrases import TALK

Row = dict[str, Any]
OWNER = "ben"
FEED = "swarm_ben"
CHECKINS, YEARS = 60, 3
COMPANY = 12  # friends on Swarm
MOST_FEEDS = 3  # whoever stands in more books already is left out
PACIFIC_MINUTES = -480


def number_of(person_id: str) -> str:
    """A user's id at Foursquare."""
    return str(int(hashlib.sha256(f"swarm/{person_id}".encode()).hexdigest()[:12], 16) % 90_000_000 + 1_000_000)


def write_swarm(town: Town, shops: list[Row]) -> dict[str, Any]:
    """`user` and `checkins` of one team member, newest first. `shops` are Yelp's, the team's own first."""
    dice, agent = town.dice(FEED), town.agent(OWNER)
    known = [
        person
        for person in town.persons
        if person.agent == OWNER and person.has_relationship and not person.wants_little_known and len(person.feeds) <= MOST_FEEDS
    ]
    friends = dice.some(known, COMPANY)
    rows = [_checkin(town, dice, at, shops[1:], friends) for at in range(CHECKINS)]
    shown = {
        one["id"] for row in rows for one in [*row.get("with", ()), *(one for group in row["likes"]["groups"] for one in group["items"])]
    }
    for person in friends:
        if number_of(person.person_id) in shown:
            person.feeds.add(FEED)
            town.record(FEED, number_of(person.person_id), person.person_id)
    town.record(FEED, "owner", OWNER)
    owner = {"id": number_of(OWNER), "firstName": agent.given, "lastName": agent.family, "relationship": "self"}
    return {"user": owner, "checkins": sorted(rows, key=lambda row: (-row["createdAt"], row["id"]))}


def _checkin(town: Town, dice: Dice, at: int, shops: list[Row], friends: list[Person]) -> Row:
    shop = dice.pick(shops)
    row: Row = {
        "id": hashlib.sha256(f"{FEED}/{at}".encode()).hexdigest()[:24],
        "createdAt": int(dice.moment(town.ago(dice.number(3, 365 * YEARS))).timestamp()),
        "type": "checkin",
        "timeZoneOffset": PACIFIC_MINUTES,
        "venue": _venue(shop),
        "comments": {"count": 0},
    }
    if dice.chance(0.3):
        row["shout"] = dice.pick(TALK["shouts"])
    company = dice.some(friends, dice.weigh({0: 6.0, 1: 3.0, 2: 1.0}))
    if company:
        row["with"] = [_user(person) for person in company]
    likers = [_user(person) for person in dice.some(friends, dice.weigh({0: 5.0, 1: 3.0, 2: 1.0})) if person not in company]
    groups = [{"type": "friends", "count": len(likers), "items": likers}] if likers else []
    return row | {"likes": {"count": len(likers), "groups": groups}}


def _user(person: Person) -> Row:
    """A friend as others' check-ins show one."""
    number = number_of(person.person_id)
    return {
        "id": number,
        "firstName": person.given,
        "lastName": person.family,
        "homeCity": f"{person.place.city}, {person.place.state}",
        "relationship": "friend",
        "canonicalUrl": f"https://foursquare.com/user/{number}",
    }


def _venue(shop: Row) -> Row:
    category, location = shop["categories"][0], shop["location"]
    return {
        "id": hashlib.sha256(f"venue/{shop['alias']}".encode()).hexdigest()[:24],
        "name": shop["name"],
        "location": {
            "address": location["address1"],
            "lat": shop["coordinates"]["latitude"],
            "lng": shop["coordinates"]["longitude"],
            "postalCode": location["zip_code"],
            "cc": "US",
            "city": location["city"],
            "state": "CA",
            "country": "United States",
            "formattedAddress": location["display_address"],
        },
        "categories": [
            {
                "id": hashlib.sha256(f"category/{category['alias']}".encode()).hexdigest()[:24],
                "name": category["title"],
                "pluralName": category["title"],
                "shortName": category["title"],
                "primary": True,
            }
        ],
    }
