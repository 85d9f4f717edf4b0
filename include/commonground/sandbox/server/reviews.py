"""Google Business Profile's reviews and Yelp's Places API over the town's opinions."""

import datetime as dt
from typing import Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from commonground.sandbox.server.state import TownState
from commonground.sandbox.server.tokens import Tokens
from commonground.sandbox.writers.reviews import ACCOUNT, LOCATION

Row = dict[str, Any]
STARS = {"ONE": 1, "TWO": 2, "THREE": 3, "FOUR": 4, "FIVE": 5}
EXCERPTS = 3  # Yelp never shows more reviews of a business
DAILY_LIMIT = 5000


def google(state: TownState, tokens: Tokens) -> APIRouter:
    """The routes under `/gbp/v4`."""
    routes = APIRouter(prefix="/gbp/v4")

    @routes.get("/accounts/{account}/locations/{location}/reviews")
    def reviews(account: str, location: str, request: Request) -> JSONResponse:
        if not tokens.opens(request.headers.get("authorization", "")):
            return _google_error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
        if (account, location) != (ACCOUNT, LOCATION):
            return _google_error(404, "NOT_FOUND", "Requested entity was not found.")
        rows: list[Row] = state.get("google_business")
        if request.query_params.get("orderBy", "updateTime desc") not in ("rating", "rating desc", "updateTime desc"):
            return _google_error(400, "INVALID_ARGUMENT", "Invalid order_by.")
        size, token = request.query_params.get("pageSize", "50"), request.query_params.get("pageToken", "0")
        if not size.isdigit() or not 1 <= int(size) <= 50 or not token.isdigit():
            return _google_error(400, "INVALID_ARGUMENT", "pageSize must be 1 to 50; pageToken must come from the answer before.")
        at, end = int(token), int(token) + int(size)
        mean = sum(STARS[row["starRating"]] for row in rows) / max(1, len(rows))
        body: Row = {"reviews": rows[at:end], "averageRating": round(mean, 1), "totalReviewCount": len(rows)}
        return JSONResponse(body | ({"nextPageToken": str(end)} if end < len(rows) else {}))

    @routes.get("/accounts/{account}/locations/{location}/reviews/{review}")
    def review(account: str, location: str, review: str, request: Request) -> JSONResponse:
        if not tokens.opens(request.headers.get("authorization", "")):
            return _google_error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
        found = next((row for row in state.get("google_business") if row["reviewId"] == review), None)
        if found is None or (account, location) != (ACCOUNT, LOCATION):
            return _google_error(404, "NOT_FOUND", "Requested entity was not found.")
        return JSONResponse(found)

    return routes


def google_information(state: TownState, tokens: Tokens) -> APIRouter:
    """The route under `/gbp-information/v1`: the account's one location."""
    routes = APIRouter(prefix="/gbp-information/v1")

    @routes.get("/accounts/{account}/locations")
    def locations(account: str, request: Request) -> JSONResponse:
        if not tokens.opens(request.headers.get("authorization", "")):
            return _google_error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
        if account != ACCOUNT:
            return _google_error(404, "NOT_FOUND", "Requested entity was not found.")
        mask = [name for name in request.query_params.get("readMask", "").split(",") if name]
        if not mask:
            return _google_error(400, "INVALID_ARGUMENT", "Request contains an invalid argument: read_mask is required.")
        listing = _listing(state.get("yelp")[0])
        return JSONResponse({"locations": [{name: value for name, value in listing.items() if name in mask}], "totalSize": 1})

    return routes


def _listing(office: Row) -> Row:
    """The team's office, which every town's shops begin with, as Google's own listing of it."""
    location = office["location"]
    return {
        "name": f"locations/{LOCATION}",
        "title": office["name"],
        "categories": {"primaryCategory": {"name": "categories/gcid:real_estate_agency", "displayName": "Real estate agency"}},
        "storefrontAddress": {
            "regionCode": "US",
            "postalCode": location["zip_code"],
            "administrativeArea": "CA",
            "locality": location["city"],
            "addressLines": [location["address1"]],
        },
        "latlng": office["coordinates"],
        "metadata": {"mapsUri": "https://maps.google.example.com/maps?cid=1"},
    }


def google_consent(tokens: Tokens, keys: dict[str, str]) -> APIRouter:
    """The token endpoint `/gbp/token`: what the owner once agreed to buys a token for an hour."""
    routes = APIRouter(prefix="/gbp")

    @routes.post("/token")
    async def token(request: Request) -> JSONResponse:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        if (form.get("client_id"), form.get("client_secret")) != (keys["google_client"], keys["google_secret"]):
            return JSONResponse({"error": "invalid_client", "error_description": "The OAuth client was not found."}, 401)
        if (form.get("grant_type"), form.get("refresh_token")) != ("refresh_token", keys["google_refresh"]):
            return JSONResponse({"error": "invalid_grant", "error_description": "Token has been expired or revoked."}, 400)
        return JSONResponse({"access_token": tokens.mint(), "expires_in": 3599, "token_type": "Bearer"})

    return routes


def yelp(state: TownState, key: str) -> APIRouter:
    """The routes under `/yelp/v3`."""
    routes = APIRouter(prefix="/yelp/v3")
    calls = {"today": 0}

    def answer(request: Request, body: Any, status: int = 200) -> JSONResponse:
        if request.headers.get("authorization") != f"Bearer {key}":
            return JSONResponse({"error": {"code": "TOKEN_INVALID", "description": "Invalid access token or authorization header."}}, 401)
        calls["today"] += 1
        midnight = dt.datetime.combine(dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1), dt.time(), dt.UTC)
        headers = {
            "RateLimit-DailyLimit": str(DAILY_LIMIT),
            "RateLimit-Remaining": str(DAILY_LIMIT - calls["today"]),
            "RateLimit-ResetTime": midnight.isoformat(),
        }
        if calls["today"] > DAILY_LIMIT:
            words = "You've reached the access limit for this client."
            return JSONResponse({"error": {"code": "ACCESS_LIMIT_REACHED", "description": words}}, 429, headers)
        return JSONResponse(body, status, headers)

    @routes.get("/businesses/search")
    def search(request: Request) -> JSONResponse:
        asked = request.query_params
        if not (asked.get("location") or (asked.get("latitude") and asked.get("longitude"))):
            words = "Please specify a location or a latitude and longitude"
            return answer(
                request, {"error": {"code": "VALIDATION_ERROR", "description": words, "field": "location", "instance": None}}, 400
            )
        if not asked.get("limit", "20").isdigit() or int(asked.get("limit", "20")) > 50 or not asked.get("offset", "0").isdigit():
            field = {"field": "limit", "instance": asked.get("limit")}
            return answer(request, {"error": {"code": "VALIDATION_ERROR", "description": "limit is at most 50"} | field}, 400)
        term = asked.get("term", "").lower()
        found = [_shown(shop) for shop in state.get("yelp") if term in f"{shop['name']} {shop['categories'][0]['title']}".lower()]
        at = int(asked.get("offset", "0"))
        region = {"center": {"latitude": 38.44, "longitude": -122.71}}
        return answer(request, {"businesses": found[at : at + int(asked.get("limit", "20"))], "total": len(found), "region": region})

    @routes.get("/businesses/{business}")
    def business(business: str, request: Request) -> JSONResponse:
        shop = _find(state, business)
        return answer(request, _shown(shop) | {"hours": [], "photos": []}) if shop else answer(request, _not_found(), 404)

    @routes.get("/businesses/{business}/reviews")
    def reviews(business: str, request: Request) -> JSONResponse:
        shop = _find(state, business)
        if shop is None:
            return answer(request, _not_found(), 404)
        body = {"reviews": shop["reviews"][:EXCERPTS], "total": shop["review_count"], "possible_languages": ["en"]}
        return answer(request, body)

    return routes


def _google_error(status: int, word: str, message: str) -> JSONResponse:
    return JSONResponse({"error": {"code": status, "message": message, "status": word}}, status)


def _find(state: TownState, business: str) -> Row | None:
    return next((shop for shop in state.get("yelp") if business in (shop["id"], shop["alias"])), None)


def _shown(shop: Row) -> Row:
    return {name: value for name, value in shop.items() if name != "reviews"}


def _not_found() -> Row:
    return {"error": {"code": "BUSINESS_NOT_FOUND", "description": "The requested business could not be found."}}
