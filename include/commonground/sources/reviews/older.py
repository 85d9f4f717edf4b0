"""Answers of APIs that their vendors have replaced → the shape of today's answers; anything else as it came.

Foursquare v2 and v3, Google Places before *New*, Yelp v2 and GraphQL, Zillow's own reviews API, several locations' reviews of Google.
"""

import datetime as dt
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit

from commonground.sources.social.elements import dicts, inner
from commonground.sources.text import clean_text, stable_id


def foursquare(body: Any) -> Any:
    """`response` of v2 (a venue, venues, recommendations, tips), and places of v3, whose key was `fsq_id`."""
    response = inner(body, "response")
    if isinstance(response, dict):
        if isinstance(response.get("venue"), dict):
            return _venue(response["venue"])
        found = [*dicts(response.get("venues")), *dicts(response.get("minivenues"))]
        for group in dicts(response.get("groups")):
            found += [{**one["venue"], "tips": one.get("tips")} for one in dicts(group.get("items")) if isinstance(one.get("venue"), dict)]
        if found or isinstance(response.get("venues"), list):
            return {"results": [_venue(venue) for venue in found]}
        if isinstance(response.get("tips"), dict):
            return {"tips": [_tip(tip) for tip in dicts(response["tips"].get("items"))]}
        return body
    if isinstance(body, dict) and "fsq_id" in body:
        return _v3(body)
    if isinstance(body, dict) and any("fsq_id" in one for one in dicts(body.get("results"))):
        return {**body, "results": [_v3(one) if isinstance(one, dict) else one for one in body["results"]]}
    return body


def _venue(venue: Mapping[str, Any]) -> dict[str, Any]:
    where = venue.get("location") if isinstance(venue.get("location"), dict) else {}
    tips = venue.get("tips")
    groups = dicts(inner(tips, "groups")) if isinstance(tips, dict) else []
    listed = [tip for group in groups for tip in dicts(group.get("items"))] if groups else dicts(tips)
    return {
        "fsq_place_id": venue.get("id"),
        "name": venue.get("name"),
        "categories": dicts(venue.get("categories")),
        "location": {
            "address": inner(where, "address"), "locality": inner(where, "city"), "region": inner(where, "state"),
            "postcode": inner(where, "postalCode"),
        },
        "latitude": inner(where, "lat"),
        "longitude": inner(where, "lng"),
        "rating": venue.get("rating"),
        "stats": {"total_ratings": venue.get("ratingSignals")},
        "date_closed": venue.get("closed"),
        "tips": [_tip(tip) for tip in listed],
    }  # fmt: skip


def _tip(tip: Mapping[str, Any]) -> dict[str, Any]:
    return {**tip, "fsq_tip_id": tip.get("id"), "created_at": tip.get("createdAt")}


def _v3(place: Mapping[str, Any]) -> dict[str, Any]:
    point = inner(place, "geocodes", "main")
    point = point if isinstance(point, dict) else {}
    return {"fsq_place_id": place.get("fsq_id"), "latitude": point.get("latitude"), "longitude": point.get("longitude"), **place}


def google_places(body: Any) -> Any:
    """Place details, searches and finds of before *New*."""
    if not isinstance(body, dict) or "status" not in body:
        return body
    if isinstance(body.get("result"), dict):
        return _google_place(body["result"])
    found = body.get("results", body.get("candidates"))
    if isinstance(found, list):
        return {"places": [_google_place(one) if isinstance(one, dict) else one for one in found]}
    return body


def _google_place(place: Mapping[str, Any]) -> dict[str, Any]:
    point = inner(place, "geometry", "location")
    parts = [
        {"longText": one.get("long_name"), "shortText": one.get("short_name"), "types": one.get("types")}
        for one in dicts(place.get("address_components"))
    ]
    today = {
        "id": place.get("place_id"),
        "displayName": {"text": place.get("name")},
        "formattedAddress": place.get("formatted_address") or place.get("vicinity"),
        "addressComponents": parts,
        "location": {"latitude": inner(point, "lat"), "longitude": inner(point, "lng")},
        "types": place.get("types"),
        "rating": place.get("rating"),
        "userRatingCount": place.get("user_ratings_total"),
        "businessStatus": "CLOSED_PERMANENTLY" if place.get("permanently_closed") else place.get("business_status"),
        "googleMapsUri": place.get("url"),
    }
    if isinstance(place.get("reviews"), list):
        today["reviews"] = [_google_review(one) if isinstance(one, dict) else one for one in place["reviews"]]
    return today


def _google_review(review: Mapping[str, Any]) -> dict[str, Any]:
    author, at = {"displayName": review.get("author_name")}, _iso(review.get("time"))
    return {"authorAttribution": author, "publishTime": at, "rating": review.get("rating"), "text": review.get("text")}


def google_business(body: Any) -> Any:
    """Reviews of several locations at once; each says whose it is by its name."""
    listed = body.get("locationReviews") if isinstance(body, dict) else None
    if not isinstance(listed, list):
        return body
    return {"reviews": [{"name": one.get("name"), **one["review"]} if isinstance(inner(one, "review"), dict) else one for one in listed]}


def yelp(body: Any) -> Any:
    """A business or a search of v2, and what GraphQL answers."""
    data = inner(body, "data")
    if isinstance(data, dict):
        found = [*dicts([data.get("business")]), *dicts(inner(data, "search", "business"))]
        return {"businesses": [_yelp_place(one) for one in found]} if found else body
    if not isinstance(body, dict):
        return body
    if isinstance(body.get("businesses"), list) and any(isinstance(inner(one, "location", "address"), list) for one in body["businesses"]):
        return {**body, "businesses": [_yelp_place(one) if isinstance(one, dict) else one for one in body["businesses"]]}
    is_old = isinstance(inner(body, "location", "address"), list) or isinstance(inner(body, "location", "display_address"), list)
    return _yelp_place(body) if is_old and "coordinates" not in body else body


def _yelp_place(business: Mapping[str, Any]) -> dict[str, Any]:
    where = business.get("location") if isinstance(business.get("location"), dict) else {}
    lines = inner(where, "address")
    streets = {f"address{at}": line for at, line in enumerate(lines, start=1)} if isinstance(lines, list) else {}
    kinds = business.get("categories")
    pairs = [{"title": one[0]} if isinstance(one, list) and one else one for one in (kinds if isinstance(kinds, list) else [])]
    state, code = inner(where, "state") or inner(where, "state_code"), inner(where, "zip_code") or inner(where, "postal_code")
    today = {
        **business,
        "categories": [one for one in pairs if isinstance(one, dict)],
        "coordinates": business.get("coordinates") or inner(where, "coordinate"),
        "location": {**(where or {}), **streets, "state": state, "zip_code": code},
    }
    if isinstance(business.get("reviews"), list):
        today["reviews"] = [_yelp_review(one) if isinstance(one, dict) else one for one in business["reviews"]]
    return today


def _yelp_review(review: Mapping[str, Any]) -> dict[str, Any]:
    return {**review, "text": review.get("text") or review.get("excerpt"), "time_created": _iso(review.get("time_created"))}


def zillow(body: Any) -> Any:
    """Zillow's own reviews API of before Bridge: a professional and the reviews of them."""
    results = inner(body, "response", "results")
    if not isinstance(results, dict) or not isinstance(results.get("proReviews"), dict):
        return body
    about = results.get("proInfo") if isinstance(results.get("proInfo"), dict) else {}
    asked = inner(body, "request")
    profile = clean_text(inner(about, "profileURL"))
    key = clean_text(inner(asked, "zuid") or inner(asked, "screenname") or profile or inner(about, "name"))
    listed = results["proReviews"].get("review")
    reviews = [_zillow_review(one, key) if isinstance(one, dict) else one for one in (listed if isinstance(listed, list) else [listed])]
    reviewee = {"RevieweeKey": key, "RevieweeFullName": inner(about, "name"), "Reviews": [one for one in reviews if one is not None]}
    return {"value": [{**reviewee, "RevieweeProfileURL": profile.replace("http://", "https://")}]}


def _zillow_review(review: Mapping[str, Any], reviewee: str) -> dict[str, Any]:
    written, name, words = (clean_text(review.get(part)) for part in ("reviewDate", "reviewer", "description"))
    number = parse_qs(urlsplit(clean_text(review.get("reviewURL"))).query).get("review", [""])[0]
    day = written
    with suppress(ValueError):
        day = dt.datetime.strptime(f"{written} +0000", "%m/%d/%Y %z").date().isoformat()
    return {
        "ReviewKey": number or stable_id(reviewee, name, written, words[:500]),
        "ReviewerScreenName": name,
        "Rating": review.get("rating"),
        "Description": words or clean_text(review.get("reviewSummary")),
        "ReviewDate": day,
    }


def _iso(seconds: Any) -> Any:
    """Seconds since 1970 as an ISO time; anything else as it is."""
    if isinstance(seconds, (int, float)) and not isinstance(seconds, bool):
        with suppress(ValueError, OverflowError, OSError):
            return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat()
    return seconds
