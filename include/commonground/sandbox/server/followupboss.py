"""Follow Up Boss's API: Basic key, `_metadata` envelope, newest id first, sliding-window limits."""

import base64
import binascii
import json
import time
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from commonground.sandbox.server.state import TownState

Row = dict[str, Any]
WINDOW_SECONDS = 10
# requests per window: with the key of a registered system, and without
LIMITS = {"global": (250, 125), "events": (20, 10)}
GENEROUS = 200  # a demo should not have to wait; `strict` in the fault plan brings the vendor's own numbers
DEEPEST_OFFSET = 2000
SHORT_LEAVES_OUT = ("background", "collaborators", "relationships")
# query parameter -> does the row pass
FILTERS: dict[str, Callable[[Row, str], bool]] = {
    "personId": lambda row, value: str(row.get("personId")) == value,
    "userId": lambda row, value: str(row.get("userId")) == value,
    "assignedUserId": lambda row, value: str(row.get("assignedUserId")) == value,
    "type": lambda row, value: row.get("type") == value,
    "stage": lambda row, value: row.get("stage") == value,
    "tag": lambda row, value: value in row.get("tags", []),
    "email": lambda row, value: value.lower() in (one["value"].lower() for one in row.get("emails", [])),
    "createdAfter": lambda row, value: str(row.get("created") or "") > value,
    "updatedAfter": lambda row, value: str(row.get("updated") or "") > value,
    "lastActivityAfter": lambda row, value: str(row.get("lastActivity") or "") > value,
    "lastActivityBefore": lambda row, value: str(row.get("lastActivity") or "") < value,
}


class Limiter:
    """Requests of the last seconds, per context."""

    def __init__(self, is_strict: bool) -> None:
        self.factor = 1 if is_strict else GENEROUS
        self.seen: dict[str, deque[float]] = defaultdict(deque)

    def headers(self, context: str, has_system_key: bool) -> tuple[dict[str, str], bool]:
        """The rate-limit headers of this request, and whether it is one too many."""
        limit = LIMITS.get(context, LIMITS["global"])[0 if has_system_key else 1] * self.factor
        now, seen = time.monotonic(), self.seen[context]
        while seen and now - seen[0] > WINDOW_SECONDS:
            seen.popleft()
        is_too_many = len(seen) >= limit
        if not is_too_many:
            seen.append(now)
        headers = {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(limit - len(seen)),
            "X-RateLimit-Window": str(WINDOW_SECONDS),
            "X-RateLimit-Context": context,
        }
        if is_too_many:
            headers["Retry-After"] = str(max(1, round(WINDOW_SECONDS - (now - seen[0]))))
        return headers, is_too_many


def router(state: TownState, key: str, is_strict: bool) -> APIRouter:
    """The routes under `/followupboss/v1`."""
    routes, limiter = APIRouter(prefix="/followupboss/v1"), Limiter(is_strict)

    @routes.get("/{collection}")
    def page(collection: str, request: Request) -> JSONResponse:
        context = "events" if collection == "events" else "global"
        headers, is_too_many = limiter.headers(context, "x-system-key" in request.headers)
        if not _knows(request, key):
            return JSONResponse({"errorMessage": "Access denied. Invalid API key."}, 401, {"WWW-Authenticate": 'Basic realm="API"'})
        if is_too_many:
            return JSONResponse({"errorMessage": "Rate limit exceeded, please wait."}, 429, headers)
        rows = state.get("followupboss").get(collection)
        if rows is None:
            return JSONResponse({"errorMessage": f"Unknown resource {collection}"}, 404, headers)
        try:
            return JSONResponse(_page(collection, rows, request), headers=headers)
        except ValueError as error:
            return JSONResponse({"errorMessage": str(error)}, 400, headers)

    @routes.get("/{collection}/{row_id}")
    def one(collection: str, row_id: int, request: Request) -> JSONResponse:
        if not _knows(request, key):
            return JSONResponse({"errorMessage": "Access denied. Invalid API key."}, 401)
        found = [row for row in state.get("followupboss").get(collection, []) if row["id"] == row_id]
        return JSONResponse(found[0]) if found else JSONResponse({"errorMessage": "Not found"}, 404)

    return routes


def _knows(request: Request, key: str) -> bool:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    try:
        user = base64.b64decode(value, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return False
    return scheme.lower() == "basic" and user == key


def _page(collection: str, rows: list[Row], request: Request) -> Row:
    asked = dict(request.query_params)
    limit = min(max(1, _whole(asked.get("limit", "10"), "limit")), 100)
    offset = _whole(asked.get("offset", "0"), "offset")
    if offset > DEEPEST_OFFSET:
        raise ValueError(f"offset may not exceed {DEEPEST_OFFSET}; use next")
    for name, passes in FILTERS.items():
        if name in asked:
            rows = [row for row in rows if passes(row, asked[name])]
    sort = asked.get("sort", "-id")
    field = sort.removeprefix("-")
    if rows and field not in rows[0]:
        raise ValueError(f"sort: {field} is no field of {collection}")
    rows = sorted(rows, key=lambda row: (str(row[field]) if field != "id" else "", int(row["id"])), reverse=sort.startswith("-"))
    start = _start(asked["next"], rows, sort) if "next" in asked else offset
    shown = rows[start : start + limit]
    has_more = start + limit < len(rows)
    cursor = {"sinceId": shown[-1]["id"]} if sort == "-id" and shown else {"position": start + limit}
    token = base64.urlsafe_b64encode(json.dumps(cursor, separators=(",", ":")).encode()).decode() if has_more else None
    kept = {name: value for name, value in asked.items() if name not in ("next", "offset", "limit")}
    link = f"{str(request.url).split('?')[0]}?{urlencode({'limit': limit} | kept)}&&next={token}" if token else None
    metadata = {"collection": collection, "offset": start, "limit": limit, "total": len(rows), "next": token, "nextLink": link}
    return {"_metadata": metadata, collection: [_fields(row, asked.get("fields")) for row in shown]}


def _start(token: str, rows: list[Row], sort: str) -> int:
    try:
        cursor = json.loads(base64.urlsafe_b64decode(token.encode()))
        if "sinceId" in cursor and sort == "-id":
            return next((at for at, row in enumerate(rows) if row["id"] < cursor["sinceId"]), len(rows))
        return int(cursor["position"])
    except (ValueError, KeyError, TypeError):
        raise ValueError("next: not a cursor of this listing") from None


def _fields(row: Row, fields: str | None) -> Row:
    if fields == "allFields":
        return row
    if fields:
        wanted = {"id", *fields.split(",")}
        return {name: value for name, value in row.items() if name in wanted}
    return {name: value for name, value in row.items() if not name.startswith("custom") and name not in SHORT_LEAVES_OUT}


def _whole(value: str, name: str) -> int:
    if not value.isdigit():
        raise ValueError(f"{name}: {value[:20]!r} is not a whole number")
    return int(value)
