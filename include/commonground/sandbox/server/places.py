"""Google Places (New) and Foursquare's Places API over the shops of the town."""

import json
import re
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from commonground.sandbox.server.state import TownState

Row = dict[str, Any]
GOOGLE_REVIEWS = 5  # Google never shows more of a place
API_VERSION = "2025-06-17"
CORE_FIELDS = ("fsq_place_id", "name", "latitude", "longitude", "categories", "location")


def google(state: TownState, key: str) -> APIRouter:
    """The routes under `/gplaces/v1`."""
    routes = APIRouter(prefix="/gplaces/v1")

    def refusal(request: Request) -> JSONResponse | None:
        if request.query_params.get("key") or request.headers.get("x-goog-api-key") != key:
            detail = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID", "domain": "googleapis.com"}
            return _google_error(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", [detail])
        if not request.headers.get("x-goog-fieldmask"):
            return _google_error(400, "INVALID_ARGUMENT", "FieldMask is a required parameter.")
        return None

    @routes.get("/places/{place_id}")
    def details(place_id: str, request: Request) -> JSONResponse:
        if refused := refusal(request):
            return refused
        place = next((one for one in state.get("google_places") if one["id"] == place_id), None)
        if place is None:
            return _google_error(404, "NOT_FOUND", "The Place ID is no longer valid. Please refresh cached Place IDs.")
        return JSONResponse(_masked(place, request.headers["x-goog-fieldmask"].split(",")))

    @routes.post("/places:searchText")
    async def search(request: Request) -> JSONResponse:
        if refused := refusal(request):
            return refused
        try:
            asked = json.loads(await request.body())
            size, at = int(asked.get("pageSize", 20)), int(asked.get("pageToken", 0))
            words = str(asked["textQuery"]).lower().split()
        except (ValueError, TypeError, KeyError, AttributeError):
            return _google_error(400, "INVALID_ARGUMENT", "Empty text_query.")
        mask = request.headers["x-goog-fieldmask"].split(",")
        fields = [name.removeprefix("places.") for name in mask if name.startswith("places.")]
        found = [one for one in state.get("google_places") if any(word in _words(one) for word in words)]
        body: Row = {"places": [_masked(one, fields) for one in found[at : at + min(size, 20)]]} if found else {}
        if at + size < len(found) and "nextPageToken" in mask:
            body["nextPageToken"] = str(at + size)
        return JSONResponse(body)

    return routes


def foursquare(state: TownState, key: str) -> APIRouter:
    """The routes under `/foursquare`."""
    routes = APIRouter(prefix="/foursquare")

    def refusal(request: Request) -> JSONResponse | None:
        if request.headers.get("authorization") != f"Bearer {key}":
            return JSONResponse({"message": "Invalid request token."}, 401)
        if request.headers.get("x-places-api-version") != API_VERSION:
            return JSONResponse({"message": "X-Places-Api-Version header is required."}, 400)
        return None

    @routes.get("/places/search")
    def search(request: Request) -> JSONResponse:
        if refused := refusal(request):
            return refused
        asked = request.query_params
        limit, at = asked.get("limit", "10"), asked.get("cursor", "0")
        if not (limit.isdigit() and 1 <= int(limit) <= 50 and at.isdigit()):
            return JSONResponse({"message": "limit must be 1 to 50; cursor must come from the answer before."}, 400)
        query = asked.get("query", "").lower()
        found = [one for one in state.get("foursquare") if query in f"{one['name']} {one['categories'][0]['name']}".lower()]
        end = int(at) + int(limit)
        rest = re.sub(r"&?cursor=\d+", "", str(request.url.query))
        headers = {"Link": f'<{request.url.path}?{rest}&cursor={end}>; rel="next"'} if end < len(found) else {}
        shown = [_fields(one, asked.get("fields")) for one in found[int(at) : end]]
        return JSONResponse({"results": shown, "context": {"geo_bounds": {}}}, headers=headers)

    @routes.get("/places/{place_id}")
    def details(place_id: str, request: Request) -> JSONResponse:
        place = _known(state, place_id)
        return refusal(request) or (JSONResponse(_fields(place, request.query_params.get("fields"))) if place else _not_found())

    @routes.get("/places/{place_id}/tips")
    def tips(place_id: str, request: Request) -> JSONResponse:
        place, limit = _known(state, place_id), request.query_params.get("limit", "10")
        return refusal(request) or (JSONResponse(place["tips"][: int(limit)]) if place and limit.isdigit() else _not_found())

    return routes


def _google_error(status: int, word: str, message: str, details: list[Row] | None = None) -> JSONResponse:
    return JSONResponse({"error": {"code": status, "message": message, "status": word, "details": details or []}}, status)


def _masked(place: Row, fields: list[str]) -> Row:
    shown = {name: value for name, value in place.items() if name in fields or "*" in fields}
    if "reviews" in shown:
        shown["reviews"] = shown["reviews"][:GOOGLE_REVIEWS]
    return shown


def _words(place: Row) -> str:
    return f"{place['displayName']['text']} {place['primaryTypeDisplayName']['text']}".lower()


def _fields(place: Row, fields: str | None) -> Row:
    names = fields.split(",") if fields else CORE_FIELDS
    return {name: value for name, value in place.items() if name in names}


def _known(state: TownState, place_id: str) -> Row | None:
    return next((one for one in state.get("foursquare") if one["fsq_place_id"] == place_id), None)


def _not_found() -> JSONResponse:
    return JSONResponse({"message": "Place not found."}, 404)
