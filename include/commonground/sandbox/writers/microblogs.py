"""Who of the town has a public account on Bluesky and Mastodon, whom they follow and what they post → the state of both APIs."""

import base64
import hashlib
from typing import Any

from commonground.sandbox.model import Agent, Person, Town

Row = dict[str, Any]
HANDLES = "town.example"
INSTANCE = "social.town.example"
SHARE = 0.15  # of the town's people
MOST_POSTS = 12
FIRST_ID = 110_000_000_000_000_000


def handle_of(slug: str) -> str:
    """A Bluesky handle: a name under the town's domain."""
    return f"{slug.lower()}.{HANDLES}"


def write_microblogs(town: Town) -> dict[str, list[Row]]:
    """Accounts with their follows (by number) and posts, the team first."""
    dice = town.dice("microblogs")
    people = [person for person in town.persons if person.slug.isascii() and (person.website or dice.chance(SHARE))]
    everybody: list[Agent | Person] = [*town.agents, *people]
    accounts = [_account(number, one) for number, one in enumerate(everybody)]
    numbers = {row["person_id"]: row["number"] for row in accounts}
    for row, person in zip(accounts[len(town.agents) :], people, strict=True):
        row["hides_lists"], row["is_signed_in_only"] = dice.chance(0.1), dice.chance(0.1)
        friends = sorted({*person.friends, person.agent} & numbers.keys())
        row["follows"] = [numbers[friend] for friend in friends]
        said = [word for word in town.words_of(person.person_id) if word.nature in ("interest", "small_talk") and word.is_inbound]
        row["posts"] = [
            _post(row["number"], at, word.at.isoformat(), word.text, friends, numbers, dice.chance(0.3))
            for at, word in enumerate(said[-MOST_POSTS:])
        ]
    for row, agent in zip(accounts, town.agents, strict=False):
        row["follows"] = [numbers[person.person_id] for person in people if person.agent == agent.agent_id]
        row["posts"] = [
            _post(row["number"], at, dice.moment(town.ago(30 * at + 10)).isoformat(), text, [], numbers, False)
            for at, text in enumerate(agent.about)
        ]
    return {"accounts": accounts}


def _account(number: int, one: Agent | Person) -> Row:
    person_id = one.agent_id if isinstance(one, Agent) else one.person_id
    key = base64.b32encode(hashlib.sha256(person_id.encode()).digest()).decode().lower()[:24]
    return {
        "number": number,
        "person_id": person_id,
        "did": f"did:plc:{key}",
        "handle": handle_of(one.slug),
        "username": one.slug.lower(),
        "name": one.name,
        "hides_lists": False,
        "is_signed_in_only": False,
    }


def _post(number: int, at: int, moment: str, text: str, friends: list[str], numbers: dict[str, int], is_reply: bool) -> Row:
    answered = numbers[friends[at % len(friends)]] if is_reply and friends else None
    return {"id": FIRST_ID + number * 1000 + at, "at": moment, "text": text, "reply_to": answered}
