"""What happened around each person → the CRM's events, calls, texts, notes, appointments and deals."""

import datetime as dt
from typing import Any

from commonground.sandbox.model import Agent, Person, Town, Word
from commonground.sandbox.phrases import TALK

Row = dict[str, Any]


class Activity:
    """Collects the rows of the CRM's activity collections."""

    def __init__(self, town: Town, ids: dict[str, int], listings: list[Row]) -> None:
        self.town, self.ids, self.dice = town, ids, town.dice("crm_activity")
        self.people = {person.person_id: person for person in town.persons}
        self.for_sale = [row for row in listings if row["StandardStatus"] == "Active" and row["ListPrice"] < 10_000_000]
        self.collections: dict[str, list[Row]] = {
            name: [] for name in ("events", "calls", "textMessages", "notes", "appointments", "deals")
        }

    def of(self, person: Person) -> None:
        """Everything the CRM logged about one person, apart from talk."""
        if person.need:
            self._need(person)
        if person.moved_on:
            self._moved(person, person.moved_on)
        elif person.is_past_client:
            closed = person.home.bought_on if person.home and person.is_owner else None
            day = closed if closed and closed < self.town.ago(30) else self.town.ago(self.dice.number(400, 3200))
            self._deal(person, day, "Buyer" if person.is_local else "Seller")
        self._noise(person)

    def words(self) -> None:
        """Texts, calls and notes, from what people said."""
        for word in self.town.words:
            if word.person_id not in self.ids or word.carrier not in ("text", "call", "note"):
                continue
            word.feed = "followupboss"
            agent = self.town.agent(word.agent)
            row = {"created": _stamp(word.at), "updated": _stamp(word.at), "personId": self.ids[word.person_id]}
            if word.carrier == "text":
                self._add("textMessages", row | self._text(word, agent))
            elif word.carrier == "call":
                self._add("calls", row | self._call(word, agent))
            else:
                self._add(
                    "notes",
                    row | {"subject": "Note", "body": word.text, "isHtml": False, "createdBy": agent.name, "createdById": agent.user_id},
                )

    def finish(self, people: list[Row]) -> None:
        """Numbers the rows in the order they were made, and sets `updated` and `lastActivity` of people to their latest one."""
        latest: dict[int, str] = {}
        for rows in self.collections.values():
            rows.sort(key=lambda row: (row["created"], row["id"]))
            for number, row in enumerate(rows):
                row["id"] = 5000 + 2 * number
                for person_id in [row["personId"]] if "personId" in row else [one["id"] for one in row["people"]]:
                    latest[person_id] = max(latest.get(person_id, ""), row["created"])
        for person in people:
            person["updated"] = person["lastActivity"] = max(latest.get(person["id"], ""), person["created"])

    def _need(self, person: Person) -> None:
        need, dice = person.need, self.dice
        if need is None or need.how == "failed_listing":
            return
        days = (self.town.as_of - need.since).days
        if need.how == "buyer" and dice.chance(0.2):  # a shy one: searches and saves, and writes to the agent
            for kind in ("Property Search", "Saved Property", "Saved Property", "Saved Property"):
                self._event(person, kind, dice.number(2, days), None, self._listing())
            self._event(person, "General Inquiry", dice.number(2, days), dice.pick(TALK["buying"]), None)
        elif need.how == "buyer":
            for _ in range(dice.number(1, 3)):
                self._event(
                    person, dice.pick(["Property Inquiry", "Inquiry"]), dice.number(2, days), dice.pick(TALK["buying"]), self._listing()
                )
            for _ in range(dice.number(1, 5)):
                self._event(person, dice.pick(["Viewed Property", "Saved Property"]), dice.number(2, days), None, self._listing())
            if dice.chance(0.5):
                self._appointment(person, "Showing", days - 1)
        elif need.how == "seller":
            self._event(person, "Seller Inquiry", days, dice.pick(TALK["selling"]), _own_home(person))
            if dice.chance(0.4):
                self._appointment(person, "Listing Appointment", dice.number(2, days))
        elif need.how == "open_house":
            self._event(person, "Visited Open House", days, "Signed in at the open house.", self._listing())
            for back in (dice.number(2, days), dice.number(2, days)):
                self._appointment(person, "Showing", back)
        else:
            self._appointment(person, "Listing Appointment" if need.side == "sell" else "Buyer Consultation", dice.number(2, days))
            text = (
                "Wants to list this season, asked for numbers."
                if need.side == "sell"
                else "Pre-approved and ready to look, lease ends soon."
            )
            self._note(person, text, days)

    def _moved(self, person: Person, moved_on: dt.date) -> None:
        """A need of the past that ended in a closing."""
        dice, days = self.dice, (self.town.as_of - moved_on).days
        for _ in range(dice.number(1, 3)):
            self._event(person, "Property Inquiry", days + dice.number(25, 90), dice.pick(TALK["buying"]), self._listing())
        self._appointment(person, "Showing", days + dice.number(35, 60))
        self._deal(person, moved_on, "Buyer")

    def _noise(self, person: Person) -> None:
        dice = self.dice
        if not person.need and person.segment in ("later", "unplaced"):
            if dice.chance(0.12):
                self._event(person, "Property Inquiry", dice.number(320, 800), dice.pick(TALK["buying"]), self._listing())
            if dice.chance(0.08):
                self._event(person, "Viewed Property", dice.number(3, 60), None, self._listing())
            if dice.chance(0.03):  # dreamers: they look at what the neighbor asks
                for _ in range(3):
                    self._event(person, "Viewed Property", dice.number(5, 50), None, self._listing())
            if dice.chance(0.015) and person.segment == "later":  # neighbors who come for the cookies
                self._event(person, "Visited Open House", dice.number(20, 60), "Lives on the street.", self._listing())
            if dice.chance(0.03) and person.is_owner:
                self._event(person, "Seller Inquiry", dice.number(380, 800), dice.pick(TALK["selling"]), _own_home(person))
        if not person.has_relationship and dice.chance(0.5):
            self._event(person, "Registration", dice.number(120, 900) if not person.need else 21, None, None)
        if person.opted_out:
            self._event(person, "Unsubscribed", dice.number(20, 200), None, None)

    def _listing(self) -> Row | None:
        if not self.for_sale:
            return None
        row = self.dice.pick(self.for_sale)
        return {
            "street": f"{row['StreetNumber']} {row['StreetName']} {row['StreetSuffix']}",
            "city": row["City"],
            "state": "CA",
            "code": row["PostalCode"],
            "zip": row["PostalCode"],
            "mlsNumber": row["ListingId"],
            "price": int(row["ListPrice"]),
            "bedrooms": row["BedroomsTotal"],
            "bathrooms": row["BathroomsTotalInteger"],
            "type": row["PropertySubType"],
            "forRent": 0,
            "url": f"https://whitlockteam.example.com/homes/{row['ListingId']}",
        }

    def _event(self, person: Person, kind: str, days: int, message: str | None, property_: Row | None) -> None:
        at = _stamp(self.dice.moment(self.town.ago(days)))
        person_id = self.ids[person.person_id]
        row = {
            "created": at,
            "updated": at,
            "occurred": at,
            "personId": person_id,
            "type": kind,
            "message": message,
            "description": None,
            "source": "Website",
            "person": {"id": person_id},
        }
        self._add("events", row | ({"property": property_} if property_ else {}))

    def _appointment(self, person: Person, kind: str, days: int) -> None:
        start = self.dice.moment(self.town.ago(max(2, days)))
        agent = self.town.agent(person.agent)
        self._add(
            "appointments",
            {
                "created": _stamp(start - dt.timedelta(days=2)),
                "updated": _stamp(start),
                "personId": self.ids[person.person_id],
                "title": f"{kind} with {person.given}",
                "type": kind,
                "description": None,
                "start": _stamp(start),
                "end": _stamp(start + dt.timedelta(minutes=45)),
                "location": person.place.city,
                "outcome": "Completed",
                "invitees": [{"personId": self.ids[person.person_id], "name": person.name}, {"userId": agent.user_id, "name": agent.name}],
                "createdById": agent.user_id,
            },
        )

    def _note(self, person: Person, text: str, days: int) -> None:
        at, agent = _stamp(self.dice.moment(self.town.ago(days))), self.town.agent(person.agent)
        row = {"created": at, "updated": at, "personId": self.ids[person.person_id], "subject": "Call", "body": text, "isHtml": False}
        self._add("notes", row | {"createdBy": agent.name, "createdById": agent.user_id})

    def _deal(self, person: Person, day: dt.date, side: str) -> None:
        agent, at = self.town.agent(person.agent), _stamp(self.dice.moment(day))
        self._add(
            "deals",
            {
                "created": at,
                "createdAt": at,
                "updated": at,
                "name": f"{person.name} {side.lower()} side",
                "stageName": "Closed",
                "pipelineName": f"{side}s",
                "status": "Won",
                "price": self.dice.number(400, 1600) * 1000,
                "projectedCloseDate": day.isoformat(),
                "closedDate": day.isoformat(),
                "people": [{"id": self.ids[person.person_id], "name": person.name}],
                "users": [{"id": agent.user_id, "name": agent.name}],
            },
        )

    def _text(self, word: Word, agent: Agent) -> Row:
        phone = self.people[word.person_id].phone
        ends = (phone, agent.phone) if word.is_inbound else (agent.phone, phone)
        return {
            "userId": agent.user_id,
            "userName": agent.name,
            "message": word.text,
            "isIncoming": word.is_inbound,
            "sent": _stamp(word.at),
            "fromNumber": ends[0],
            "toNumber": ends[1],
        }

    def _call(self, word: Word, agent: Agent) -> Row:
        seconds = self.dice.number(40, 1500)
        return {
            "userId": agent.user_id,
            "userName": agent.name,
            "isIncoming": word.is_inbound,
            "duration": seconds,
            "outcome": "Connected",
            "note": None,
            "startedAt": _stamp(word.at),
            "phone": self.people[word.person_id].phone,
        }

    def _add(self, collection: str, row: Row) -> None:
        rows = self.collections[collection]
        rows.append({"id": len(rows)} | row)


def _own_home(person: Person) -> Row | None:
    home = person.home
    if home is None:
        return None
    line = f"{home.number} {home.street} {home.suffix}" + (f" #{home.unit}" if home.unit else "")
    return {
        "street": line,
        "city": home.place.city,
        "state": "CA",
        "code": home.place.postal_code,
        "zip": home.place.postal_code,
        "mlsNumber": None,
        "price": None,
        "type": "Residential",
    }


def _stamp(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
