"""Who praised the team, and the shops of the town → the state behind Google Business Profile and Yelp."""

from typing import Any

from commonground.sandbox import names
from commonground.sandbox.model import Person, Town
from commonground.sandbox.phrases import TALK

Row = dict[str, Any]
ACCOUNT, LOCATION = "104820", "5519"
# alias, name, category, its title, postal code
SHOPS = (
    ("whitlock-team-realty-santa-rosa", "Whitlock Team Realty", "realestateagents", "Real Estate Agents", "95404"),
    ("brickyard-coffee-santa-rosa", "Brickyard Coffee", "coffee", "Coffee & Tea", "95401"),
    ("the-green-heron-petaluma", "The Green Heron", "newamerican", "New American", "94952"),
    ("apple-a-day-bakery-sebastopol", "Apple-a-Day Bakery", "bakeries", "Bakeries", "95472"),
    ("second-saturday-books-healdsburg", "Second Saturday Books", "bookstores", "Bookstores", "95448"),
)
TOWN_OF = {"95404": "Santa Rosa", "95401": "Santa Rosa", "94952": "Petaluma", "95472": "Sebastopol", "95448": "Healdsburg"}


def write_reviews(town: Town) -> dict[str, Any]:
    """`google_business`: reviews newest first; `yelp`: businesses with their reviews."""
    return {"google_business": _google(town), "yelp": _yelp(town)}


def _google(town: Town) -> list[Row]:
    dice = town.dice("google_business")
    clients = [person for person in town.persons if person.is_past_client]
    writers = dice.some(clients, max(6, len(clients) // 6))
    rows = [_review(town, number, person) for number, person in enumerate(writers)]
    for extra in range(max(4, len(rows) // 4)):  # people nobody on the team can place
        name = f"{dice.pick(list(names.GIVEN))} {dice.pick(names.FAMILY)[0]}."
        at = dice.moment(town.ago(dice.number(20, 1400)))
        text = dice.pick(TALK["complaints"]) if dice.chance(0.3) else dice.pick(TALK["praise"]).format(agent=dice.pick(town.agents).given)
        is_anonymous = extra % 4 == 0
        reviewer = {"displayName": "A Google user" if is_anonymous else name, "isAnonymous": is_anonymous}
        rows.append(_row(len(rows), reviewer, dice.pick(["THREE", "FOUR", "FIVE"]), text if extra % 3 else None, at.isoformat()[:19] + "Z"))
    return sorted(rows, key=lambda row: (row["updateTime"], row["reviewId"]), reverse=True)


def _review(town: Town, number: int, person: Person) -> Row:
    dice = town.dice(f"review/{person.person_id}")
    text = dice.pick(TALK["praise"]).format(agent=town.agent(person.agent).given)
    if number % 9 == 4:
        text = f"(Translated by Google) {text}\n\n(Original)\nExcelente servicio, muy recomendado."
    at = dice.moment(town.ago(dice.number(15, 1500))).isoformat()[:19] + "Z"
    row = _row(number, {"displayName": person.name, "isAnonymous": False}, dice.weigh({"FIVE": 8.0, "FOUR": 2.0, "THREE": 0.3}), text, at)
    if dice.chance(0.5):
        row["reviewReply"] = {"comment": f"Thank you, {person.given}!", "updateTime": at}
    return row


def _row(number: int, reviewer: Row, stars: str, text: str | None, at: str) -> Row:
    review_id = f"AbFvOq{number:05d}"
    row: Row = {
        "name": f"accounts/{ACCOUNT}/locations/{LOCATION}/reviews/{review_id}",
        "reviewId": review_id,
        "reviewer": reviewer | {"profilePhotoUrl": f"https://lh3.example.com/a/{review_id}"},
        "starRating": stars,
        "createTime": at,
        "updateTime": at,
    }
    return row | ({"comment": text} if text else {})


def _yelp(town: Town) -> list[Row]:
    dice = town.dice("yelp")
    shops = []
    for number, (alias, name, category, title, code) in enumerate(SHOPS):
        city = TOWN_OF[code]
        address = f"{100 + 7 * number} {dice.pick(['Fourth St', 'Main St', 'Railroad Ave'])}"
        business_id = f"YB{alias[:10].upper().replace('-', '')}{number}"
        shops.append(
            {
                "id": business_id,
                "alias": alias,
                "name": name,
                "image_url": "",
                "is_closed": False,
                "is_claimed": True,
                "url": f"https://www.yelp.example.com/biz/{alias}",
                "phone": f"+1707546{1400 + number}",
                "display_phone": f"(707) 546-{1400 + number}",
                "review_count": dice.number(12, 400),
                "categories": [{"alias": category, "title": title}],
                "rating": dice.pick([3.5, 4.0, 4.5, 5.0]),
                "location": {
                    "address1": address,
                    "address2": None,
                    "address3": "",
                    "city": city,
                    "zip_code": code,
                    "country": "US",
                    "state": "CA",
                    "display_address": [address, f"{city}, CA {code}"],
                },
                "coordinates": {"latitude": round(38.44 - 0.02 * number, 4), "longitude": round(-122.71 + 0.01 * number, 4)},
                "transactions": [],
                "reviews": [_excerpt(town, business_id, index) for index in range(dice.number(3, 7))],
            }
        )
    return shops


def _excerpt(town: Town, business_id: str, index: int) -> Row:
    dice = town.dice(f"yelp/{business_id}/{index}")
    is_team = business_id.startswith("YBWHITLOCK")
    text = dice.pick(TALK["praise"]).format(agent=dice.pick(town.agents).given) if is_team else dice.pick(TALK["visits"])
    name = f"{dice.pick(list(names.GIVEN))} {dice.pick(names.FAMILY)[0]}."
    user_id = f"u{dice.number(10**9, 10**10)}"
    return {
        "id": f"r{dice.number(10**9, 10**10)}",
        "url": f"https://www.yelp.example.com/biz/{business_id}?hrid={index}",
        "text": text,
        "rating": dice.number(3, 5),
        "time_created": f"{dice.moment(town.ago(dice.number(6, 900))):%Y-%m-%d %H:%M:%S}",
        "user": {
            "id": user_id,
            "profile_url": f"https://www.yelp.example.com/user_details?userid={user_id}",
            "image_url": None,
            "name": name,
        },
    }
