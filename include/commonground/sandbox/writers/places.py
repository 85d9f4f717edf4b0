"""The shops of the town, as Google Places and Foursquare show them, and the agents' reviews on Zillow → the state behind these APIs."""

import hashlib
from typing import Any

from commonground.sandbox import names
from commonground.sandbox.model import Town
from commonground.sandbox.phrases import TALK

Row = dict[str, Any]


def write_places(town: Town, shops: list[Row]) -> dict[str, Any]:
    """`google_places`, `foursquare` (of Yelp's `shops`, the team's own first) and `zillow` (its two resources)."""
    return {
        "google_places": [_google(town, shop) for shop in shops],
        "foursquare": [_foursquare(town, shop) for shop in shops],
        "zillow": _zillow(town),
    }


def _key(prefix: str, shop: Row, length: int) -> str:
    return prefix + hashlib.sha256(f"{prefix}{shop['alias']}".encode()).hexdigest()[: length - len(prefix)]


def _google(town: Town, shop: Row) -> Row:
    dice, place_id = town.dice(f"google_places/{shop['id']}"), _key("ChIJ", shop, 27)
    number, _, route = shop["location"]["address1"].partition(" ")
    parts = (
        ("street_number", number, number),
        ("route", route, route),
        ("locality", shop["location"]["city"], shop["location"]["city"]),
        ("administrative_area_level_1", "California", "CA"),
        ("country", "United States", "US"),
        ("postal_code", shop["location"]["zip_code"], shop["location"]["zip_code"]),
    )
    return {
        "name": f"places/{place_id}",
        "id": place_id,
        "types": [shop["categories"][0]["alias"], "point_of_interest", "establishment"],
        "primaryTypeDisplayName": {"text": shop["categories"][0]["title"], "languageCode": "en-US"},
        "displayName": {"text": shop["name"], "languageCode": "en"},
        "formattedAddress": ", ".join([*shop["location"]["display_address"], "USA"]),
        "addressComponents": [{"longText": long, "shortText": short, "types": [word]} for word, long, short in parts],
        "location": dict(shop["coordinates"]),
        "rating": round(dice.real(3.6, 4.9), 1),
        "userRatingCount": dice.number(20, 900),
        "businessStatus": "OPERATIONAL",
        "googleMapsUri": f"https://maps.google.example.com/?cid={dice.number(10**15, 10**16)}",
        "reviews": [_google_review(town, place_id, index) for index in range(dice.number(2, 5))],
    }


def _google_review(town: Town, place_id: str, index: int) -> Row:
    dice = town.dice(f"google_places/{place_id}/{index}")
    text = {"text": dice.pick(TALK["visits"]), "languageCode": "en"}
    return {
        "name": f"places/{place_id}/reviews/ChZDSUhN{dice.number(10**9, 10**10)}",
        "relativePublishTimeDescription": "some months ago",
        "rating": dice.number(3, 5),
        "text": text,
        "originalText": text,
        "authorAttribution": {"displayName": f"{dice.pick(list(names.GIVEN))} {dice.pick(names.FAMILY)}", "uri": "", "photoUri": ""},
        "publishTime": f"{dice.moment(town.ago(dice.number(6, 900))):%Y-%m-%dT%H:%M:%S}.{dice.number(10**5, 10**6 - 1)}123Z",
    }


def _foursquare(town: Town, shop: Row) -> Row:
    dice, place_id, location = town.dice(f"foursquare/{shop['id']}"), _key("4", shop, 24), shop["location"]
    tips = [
        {
            "fsq_tip_id": _key("5", {"alias": f"{place_id}{index}"}, 24),
            "created_at": f"{dice.moment(town.ago(dice.number(30, 2500))):%Y-%m-%dT%H:%M:%S}.000Z",
            "text": dice.pick(TALK["visits"]),
        }
        for index in range(dice.number(0, 4))
    ]
    return {
        "fsq_place_id": place_id,
        "name": shop["name"],
        **shop["coordinates"],
        "categories": [{"fsq_category_id": _key("4b", shop, 24), "name": shop["categories"][0]["title"]}],
        "location": {
            "address": location["address1"],
            "locality": location["city"],
            "region": "CA",
            "postcode": location["zip_code"],
            "country": "US",
            "formatted_address": ", ".join(location["display_address"]),
        },
        "rating": round(dice.real(6.5, 9.6), 1),
        "stats": {"total_photos": dice.number(0, 90), "total_ratings": dice.number(5, 400), "total_tips": len(tips)},
        "tips": tips,
    }


def _zillow(town: Town) -> Row:
    """A profile for each agent: the first by mail, the second by name alone; and a namesake of the first in another state."""
    dice, reviewees, reviews = town.dice("zillow"), [], []
    for number, agent in enumerate(town.agents):
        clients = [person for person in town.persons if person.is_past_client and person.agent == agent.agent_id]
        writers = dice.some(clients, 3 + len(clients) // 8)
        key = f"X1-ZU{number}{agent.agent_id}"
        reviewees.append(_reviewee(key, agent.name, None if number == 1 else agent.email, len(writers)))
        for index, person in enumerate(writers):
            at = f"{dice.moment(town.ago(dice.number(20, 1600))):%Y-%m-%dT%H:%M:%S}.000Z"
            reviews.append(
                {
                    "ReviewKey": f"{key}-{index}",
                    "ReviewId": str(dice.number(10**6, 10**7)),
                    "RevieweeKey": key,
                    "ReviewerFullName": person.name,
                    "ReviewerScreenName": person.slug.lower(),
                    "Rating": dice.weigh({5: 8.0, 4: 2.0}),
                    "Description": dice.pick(TALK["praise"]).format(agent=agent.given),
                    "ReviewDate": at,
                    "ServiceProviderDesc": "Bought a Single Family home",
                    "ServiceYear": at[:4],
                    "BridgeModificationTimestamp": at,
                }
            )
    reviewees.append(_reviewee("X1-ZU9elsewhere", town.agents[0].name, "office@elsewhere.example.com", 1))
    return {"Reviewees": reviewees, "Reviews": reviews}


def _reviewee(key: str, name: str, mail: str | None, count: int) -> Row:
    return {
        "RevieweeKey": key,
        "RevieweeFullName": name,
        "RevieweeEmail": mail,
        "RevieweeScreenName": key.lower(),
        "RevieweeProfileURL": f"https://www.zillow.example.com/profile/{key}",
        "ReviewCount": count,
        "AverageReviewRating": 4.9,
        "BridgeModificationTimestamp": "2026-01-01T00:00:00.000Z",
    }
