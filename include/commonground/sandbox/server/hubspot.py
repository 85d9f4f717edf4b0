"""HubSpot's API: bearer token, `paging.next.after`, search with its 10,000 rows, ten-second limit."""

import datetime as dt
import time
from collections import deque
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from commonground.sandbox.server.state import TownState

Row = dict[str, Any]
WINDOW_SECONDS = 10
REQUESTS_PER_WINDOW = 100
GENEROUS = 200  # a demo should not have to wait; `strict` in the fault plan brings the vendor's own numbers
LARGEST_PAGE = 100
SEARCH_CAP = 10_000
# what comes back when nothing is asked for
DEFAULT_PROPERTIES = ("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname")


def router(state: TownState, token: str, is_strict: bool) -> APIRouter:
    """The routes under `/hubspot/crm/v3`."""
    routes, seen = APIRouter(prefix="/hubspot/crm/v3"), deque[float]()
    limit = REQUESTS_PER_WINDOW * (1 if is_strict else GENEROUS)

    def refusal(request: Request) -> JSONResponse | None:
        now = time.monotonic()
        while seen and now - seen[0] > WINDOW_SECONDS:
            seen.popleft()
        if request.headers.get("authorization") != f"Bearer {token}":
            return _error(401, "Authentication credentials not found.", "INVALID_AUTHENTICATION")
        if len(seen) >= limit:
            words = "You have reached your ten_secondly_rolling limit."
            return _error(429, words, "RATE_LIMITS", errorType="RATE_LIMIT", policyName="TEN_SECONDLY_ROLLING")
        seen.append(now)
        return None

    @routes.get("/owners")
    def owners(request: Request) -> JSONResponse:
        return refusal(request) or JSONResponse({"results": state.get("hubspot")["owners"]})

    @routes.get("/objects/contacts")
    def contacts(request: Request) -> JSONResponse:
        return refusal(request) or _listed(state.get("hubspot")["contacts"], dict(request.query_params))

    @routes.post("/objects/contacts/search")
    async def search(request: Request) -> JSONResponse:
        return refusal(request) or _found(state.get("hubspot")["contacts"], await request.json())

    return routes


def _listed(rows: list[Row], asked: dict[str, str]) -> JSONResponse:
    rows = [row for row in rows if row["archived"] == (asked.get("archived") == "true")]
    properties = asked["properties"].split(",") if asked.get("properties") else []
    is_linked = "contacts" in asked.get("associations", "").split(",")
    try:
        return JSONResponse(_page(rows, int(asked.get("after") or 0), int(asked.get("limit") or 10), properties, is_linked=is_linked))
    except ValueError:
        return _error(400, "limit or after is not a whole number", "VALIDATION_ERROR")


def _found(rows: list[Row], asked: Row) -> JSONResponse:
    try:
        groups = [[_test(one) for one in group["filters"]] for group in asked.get("filterGroups") or []]
        sort = (asked.get("sorts") or [{"propertyName": "createdate"}])[0]
        after, limit = int(asked.get("after") or 0), int(asked.get("limit") or 10)
    except (KeyError, TypeError, ValueError) as error:
        return _error(400, f"Invalid input: {error}", "VALIDATION_ERROR")
    if after + limit > SEARCH_CAP:
        return _error(400, f"Search is limited to {SEARCH_CAP} results", "VALIDATION_ERROR")
    rows = [row for row in rows if not row["archived"]]
    rows = [row for row in rows if not groups or any(all(test(row) for test in group) for group in groups)]
    rows.sort(key=lambda row: _number(row, sort["propertyName"]), reverse=sort.get("direction") == "DESCENDING")
    return JSONResponse({"total": len(rows)} | _page(rows, after, limit, asked.get("properties") or []))


def _page(rows: list[Row], after: int, limit: int, properties: list[str], *, is_linked: bool = False) -> Row:
    limit = min(max(1, limit), LARGEST_PAGE)
    shown = [_shown(row, {*DEFAULT_PROPERTIES, *properties}, is_linked=is_linked) for row in rows[after : after + limit]]
    if after + limit >= len(rows):
        return {"results": shown}
    following = str(after + limit)
    return {"results": shown, "paging": {"next": {"after": following, "link": f"https://api.hubapi.com/?after={following}"}}}


def _shown(row: Row, properties: set[str], *, is_linked: bool) -> Row:
    left_out = () if is_linked and row["associations"] else ("associations",)
    shown = {name: value for name, value in row.items() if name not in left_out}
    return shown | {"properties": {name: row["properties"].get(name) for name in sorted(properties)}}


def _test(asked: Row) -> Any:
    name, operator, value = asked["propertyName"], asked["operator"], int(asked["value"])
    compare = {"GTE": value.__le__, "GT": value.__lt__, "LTE": value.__ge__, "LT": value.__gt__, "EQ": value.__eq__}[operator]
    return lambda row: compare(_number(row, name))


def _number(row: Row, name: str) -> int:
    """A date as milliseconds, an id as a number: what searches compare and sort by."""
    value = str(row["properties"].get(name) or 0)
    return int(value) if value.isdigit() else round(dt.datetime.fromisoformat(value).timestamp() * 1000)


def _error(status: int, message: str, category: str, **more: str) -> JSONResponse:
    body = {"status": "error", "message": message, "correlationId": "0a1b2c3d-0000-4000-8000-000000000000", "category": category}
    return JSONResponse(body | more, status)
