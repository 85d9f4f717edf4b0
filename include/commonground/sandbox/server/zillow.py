"""Zillow's agent reviews in Bridge's OData: the two resources, filters, order, pages by link, and the headers of its limit."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from commonground.sandbox.server.odata import Filter, ODataError, order, select
from commonground.sandbox.server.state import TownState

Row = dict[str, Any]
LARGEST_PAGE = 200
HOURLY_LIMIT = 5000


def router(state: TownState, token: str) -> APIRouter:
    """The routes under `/zillow/reviews`."""
    routes = APIRouter(prefix="/zillow/reviews")
    calls = {"this hour": 0}

    @routes.get("/{resource}")
    def rows(resource: str, request: Request) -> JSONResponse:
        asked = request.query_params
        if request.headers.get("authorization") != f"Bearer {token}" or "access_token" in asked:
            return _error(401, "Invalid credentials")
        calls["this hour"] += 1
        headers = _limit(calls["this hour"])
        if calls["this hour"] > HOURLY_LIMIT:
            return _error(429, "Too many requests", headers)
        if resource not in state.get("zillow"):
            return _error(404, f"{resource} is not a resource of reviews", headers)
        found: list[Row] = state.get("zillow")[resource]
        fields = frozenset(name for row in found for name in row)
        try:
            if asked.get("$filter"):
                found = list(filter(Filter(asked["$filter"], fields).predicate(), found))
            if asked.get("$orderby"):
                found = order(found, asked["$orderby"], fields)
            names, size, at = select(asked.get("$select"), fields), int(asked.get("$top", 10)), int(asked.get("$skip", 0))
        except ValueError as error:
            return _error(400, str(error) if isinstance(error, ODataError) else "$top and $skip are whole numbers", headers)
        size = min(size, LARGEST_PAGE)
        body: Row = {"@odata.context": f"/reviews/$metadata#{resource}"}
        body["value"] = [{name: row.get(name) for name in names} if names else row for row in found[at : at + size]]
        if at + size < len(found):
            body["@odata.nextLink"] = f"{request.url.path}?{urlencode({**asked, '$skip': at + size})}"
        return JSONResponse(body, headers=headers)

    return routes


def _error(status: int, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": {"code": str(status), "message": message, "target": None, "details": []}}, status, headers)


def _limit(calls: int) -> dict[str, str]:
    reset = dt.datetime.now(dt.UTC).replace(minute=0, second=0, microsecond=0) + dt.timedelta(hours=1)
    left = max(0, HOURLY_LIMIT - calls)
    return {
        "Application-RateLimit-Limit": str(HOURLY_LIMIT),
        "Application-RateLimit-Remaining": str(left),
        "Application-RateLimit-Reset": reset.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
