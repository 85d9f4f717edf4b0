"""Foursquare's user API over a team member's check-ins: the token in the question, a version, pages by offset, an hourly quota."""

import re
import time
from collections import deque
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from commonground.sandbox.server.state import TownState

Row = dict[str, Any]
HOUR = 3600.0
REQUESTS_PER_HOUR = 500
GENEROUS = 200  # a demo should not have to wait; `strict` in the fault plan brings the vendor's own numbers
LARGEST_PAGE, USUAL_PAGE = 250, 20


def router(state: TownState, token: str, is_strict: bool) -> APIRouter:
    """The route under `/swarm/v2`; the token is that of the member whose check-ins they are."""
    routes, seen = APIRouter(prefix="/swarm/v2"), deque[float]()
    limit = REQUESTS_PER_HOUR * (1 if is_strict else GENEROUS)

    def refusal(asked: Row) -> JSONResponse | None:
        now = time.monotonic()
        while seen and now - seen[0] > HOUR:
            seen.popleft()
        if asked.get("oauth_token") != token:
            return _error(401, "invalid_auth", "OAuth token invalid or revoked.")
        if not re.fullmatch(r"20\d{6}", asked.get("v", "")):
            return _error(400, "param_error", "The v parameter must be a date, such as 20250601.")
        if len(seen) >= limit:
            return _error(429, "rate_limit_exceeded", "Quota exceeded", _limits(limit, seen, now))
        seen.append(now)
        return None

    @routes.get("/users/{user}/checkins")
    def checkins(user: str, request: Request) -> JSONResponse:
        asked = dict(request.query_params)
        if refused := refusal(asked):
            return refused
        if user != "self":
            return _error(403, "not_authorized", "Only the check-ins of self can be listed.")
        try:
            shown, count = _page(state.get("swarm")["checkins"], asked)
        except ValueError as error:
            return _error(400, "param_error", str(error))
        body = {"checkins": {"count": count, "items": shown}}
        return JSONResponse({"meta": {"code": 200}, "response": body}, headers=_limits(limit, seen, time.monotonic()))

    return routes


def _page(rows: list[Row], asked: Row) -> tuple[list[Row], int]:
    """The page asked for, and how many there are; raises `ValueError` in the vendor's words."""
    numbers = {name: asked[name] for name in ("limit", "offset", "afterTimestamp", "beforeTimestamp") if asked.get(name)}
    for name, value in numbers.items():
        if not value.isdigit():
            raise ValueError(f"Value {value[:20]} is invalid for integer parameter {name}")
    after, before = int(numbers.get("afterTimestamp", 0)), int(numbers.get("beforeTimestamp", 2**40))
    found = [row for row in rows if after <= row["createdAt"] <= before]
    if asked.get("sort") == "oldestfirst":
        found = found[::-1]
    size, start = min(int(numbers.get("limit", USUAL_PAGE)), LARGEST_PAGE), int(numbers.get("offset", 0))
    return found[start : start + size], len(found)


def _limits(limit: int, seen: deque[float], now: float) -> dict[str, str]:
    reset = time.time() + (HOUR - (now - seen[0]) if seen else HOUR)
    return {
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(limit - len(seen)),
        "X-RateLimit-Path": "/v2/users/X/checkins",
        "X-RateLimit-Reset": str(int(reset)),
    }


def _error(status: int, kind: str, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"meta": {"code": status, "errorType": kind, "errorDetail": detail}, "response": {}}, status, headers)
