"""Saved answers of APIs that their vendors have replaced say the same as today's."""

import datetime as dt
import json
from contextlib import suppress

import pytest

from commonground.errors import UnreadableError
from commonground.sources import SOURCES
from exports import Found, read, visit_of

WHEN = dt.datetime(2011, 9, 30, 20, 26, 9, tzinfo=dt.UTC)
SECONDS = 1317414369
HERE = {"street": "800 Decatur St", "city": "New Orleans", "state": "LA", "postal_code": "70116", "latitude": 29.95, "longitude": -90.06}


def of(tmp_path, source, body) -> Found:
    (tmp_path / "answer.json").write_text(json.dumps(body))
    return read(SOURCES[source], tmp_path / "answer.json", visit_of(source))


def place_of(found: Found) -> dict:
    place = found.one("place")
    return {name: place[name] for name in ("record_id", "name", *HERE)}


V2 = {
    "id": "4a", "name": "Cafe", "rating": 9.2, "ratingSignals": 100, "categories": [{"name": "Café"}],
    "location": {"address": "800 Decatur St", "lat": 29.95, "lng": -90.06, "postalCode": "70116", "city": "New Orleans", "state": "LA"},
}  # fmt: skip
TIP = {"id": "t1", "createdAt": SECONDS, "text": "Get beignets", "user": {"firstName": "Ana", "lastName": "S"}}
V3 = {
    "fsq_id": "4a", "name": "Cafe", "rating": 9.2, "geocodes": {"main": {"latitude": 29.95, "longitude": -90.06}},
    "location": {"address": "800 Decatur St", "locality": "New Orleans", "region": "LA", "postcode": "70116"},
}  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        {"meta": {"code": 200}, "response": {"venue": V2}},
        {"meta": {"code": 200}, "response": {"venues": [V2]}},
        {"meta": {"code": 200}, "response": {"groups": [{"items": [{"venue": V2}]}]}},
        V3,
        {"results": [V3], "context": {}},
    ],
)
def test_foursquares_older_places(tmp_path, body):
    assert place_of(of(tmp_path, "foursquare", body)) == {"record_id": "4a", "name": "Cafe", **HERE}


def test_foursquares_older_tips_say_who_left_them(tmp_path):
    found = of(tmp_path, "foursquare", {"response": {"venue": {**V2, "tips": {"groups": [{"items": [TIP]}]}}}})
    tip = found.one("review")
    assert (tip["record_id"], tip["text"], tip["reviewer_name"], tip["occurred_at"]) == ("t1", "Get beignets", "Ana S", WHEN)
    assert found.one("place")["rating"] == 4.6


OLD_PLACE = {
    "place_id": "ChIJabc", "name": "Cafe", "formatted_address": "800 Decatur St, New Orleans, LA 70116, USA", "rating": 4.4,
    "geometry": {"location": {"lat": 29.95, "lng": -90.06}}, "user_ratings_total": 100, "business_status": "OPERATIONAL",
}  # fmt: skip
PARTS = [("800", "800", "street_number"), ("Decatur St", "Decatur St", "route"), ("New Orleans", "NO", "locality"),
         ("Louisiana", "LA", "administrative_area_level_1"), ("70116", "70116", "postal_code")]  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        {"status": "OK", "result": OLD_PLACE},
        {
            "status": "OK",
            "result": {**OLD_PLACE, "address_components": [{"long_name": a, "short_name": b, "types": [c]} for a, b, c in PARTS]},
        },
        {"status": "OK", "results": [OLD_PLACE]},
        {"status": "OK", "candidates": [OLD_PLACE]},
    ],
)
def test_googles_older_places(tmp_path, body):
    assert place_of(of(tmp_path, "google-places", body)) == {"record_id": "ChIJabc", "name": "Cafe", **HERE}


def test_googles_older_reviews(tmp_path):
    old = {"author_name": "Ana S", "rating": 5, "text": "Beignets!", "time": SECONDS}
    review = of(tmp_path, "google-places", {"status": "OK", "result": {**OLD_PLACE, "reviews": [old]}}).one("review")
    assert (review["reviewer_name"], review["rating"], review["text"], review["occurred_at"]) == ("Ana S", 5.0, "Beignets!", WHEN)


def test_reviews_of_several_google_locations_keep_theirs(tmp_path):
    def review(number: int) -> dict:
        name = f"accounts/1/locations/{number}"
        return {
            "name": name,
            "review": {"reviewId": f"r{number}", "starRating": "FIVE", "comment": "x", "name": f"{name}/reviews/r{number}"},
        }

    found = of(tmp_path, "google-business", {"locationReviews": [review(2), review(3), None]})
    assert {one["record_id"]: one["place_ref"] for one in found.of("review")} == {"r2": "2", "r3": "3"}
    assert found.rules == {"unreadable_review": 1}


YELP_V2 = {
    "id": "cafe", "name": "Cafe", "rating": 4.5, "categories": [["Cafes", "cafes"]],
    "location": {"address": ["800 Decatur St"], "city": "New Orleans", "state_code": "LA", "postal_code": "70116",
                 "coordinate": {"latitude": 29.95, "longitude": -90.06}},
}  # fmt: skip
GRAPH = {
    "id": "cafe", "name": "Cafe", "coordinates": {"latitude": 29.95, "longitude": -90.06},
    "location": {"address1": "800 Decatur St", "city": "New Orleans", "state": "LA", "postal_code": "70116"},
}  # fmt: skip


@pytest.mark.parametrize(
    "body", [YELP_V2, {"total": 1, "businesses": [YELP_V2]}, {"data": {"business": GRAPH}}, {"data": {"search": {"business": [GRAPH]}}}]
)
def test_yelps_older_businesses(tmp_path, body):
    assert place_of(of(tmp_path, "yelp", body)) == {"record_id": "cafe", "name": "Cafe", **HERE}


def test_yelps_older_reviews_stand_in_their_business(tmp_path):
    reviews = [{"id": "r1", "rating": 5, "excerpt": "Love it", "time_created": SECONDS, "user": {"name": "Ana S."}}, None]
    found = of(tmp_path, "yelp", {**YELP_V2, "reviews": reviews})
    review = found.one("review")
    assert (review["place_ref"], review["text"], review["occurred_at"], review["reviewer_name"]) == ("cafe", "Love it", WHEN, "Ana S.")
    assert found.rules == {"unreadable_review": 1}


def test_zillows_own_api_of_before_bridge(tmp_path):
    review = {"reviewer": "ana_s", "reviewURL": "http://www.zillow.com/p/?review=12", "reviewDate": "12/03/2018", "rating": "5.0"}
    about = {"name": visit_of("zillow").market.agents[0].name, "profileURL": "http://www.zillow.com/profile/me/"}
    results = {"proInfo": about, "proReviews": {"review": [{**review, "description": "Helped us buy"}]}}
    found = of(tmp_path, "zillow", {"request": {"zuid": "X1"}, "response": {"results": results}}).one("review")
    assert (found["record_id"], float(found["rating"]), found["text"]) == ("12", 5.0, "Helped us buy")
    assert (found["occurred_at"], found["subject_agent_id"]) == (
        dt.datetime(2018, 12, 3, tzinfo=dt.UTC),
        visit_of("zillow").market.agents[0].agent_id,
    )


@pytest.mark.parametrize("source", ["foursquare", "google-places", "google-business", "yelp", "zillow"])
@pytest.mark.parametrize(
    "body",
    [
        {"response": {"venue": []}}, {"response": {"venues": [1, {}]}}, {"response": {"results": {"proReviews": {"review": 5}}}},
        {"status": "OK", "result": {"reviews": [1], "geometry": 5}}, {"status": "OK", "results": [None]}, {"locationReviews": [5, {}]},
        {"data": {"business": {"location": 5, "reviews": [None]}}}, {"businesses": [None, {"location": {"address": [5]}}]}, {"fsq_id": 5, "geocodes": []},
    ],
)  # fmt: skip
def test_nothing_of_an_older_shape_raises(tmp_path, source, body):
    with suppress(UnreadableError):
        of(tmp_path, source, body)
