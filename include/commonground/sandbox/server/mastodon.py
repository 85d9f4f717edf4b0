"""A Mastodon instance over the town's accounts: Link headers, hidden lists, what only the signed-in may ask."""

import datetime as dt
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from commonground.sandbox.server.state import TownState
from commonground.sandbox.writers.microblogs import INSTANCE

Row = dict[str, Any]
CREATED = "2022-11-08T00:00:00.000Z"


def router(state: TownState, token: str) -> APIRouter:
    """The routes under `/mastodon/api/v1`; the token is the first team member's."""
    routes = APIRouter(prefix="/mastodon/api/v1/accounts")

    def accounts() -> list[Row]:
        found: list[Row] = state.get("microblogs")["accounts"]
        return found

    def is_stranger(request: Request) -> bool:
        return request.headers.get("authorization", f"Bearer {token}") != f"Bearer {token}"

    @routes.get("/lookup")
    def lookup(request: Request) -> JSONResponse:
        if is_stranger(request):
            return _error(401, "The access token is invalid")
        name = request.query_params.get("acct", "").lower().removesuffix(f"@{INSTANCE}")
        found = next((one for one in accounts() if one["username"] == name), None)
        return _answer(_account(found)) if found else _error(404, "Record not found")

    @routes.get("/verify_credentials")
    def verify(request: Request) -> JSONResponse:
        if "authorization" not in request.headers or is_stranger(request):
            return _error(401, "The access token is invalid")
        return _answer(_account(accounts()[0]))

    @routes.get("/familiar_followers")
    def familiar(request: Request) -> JSONResponse:
        if "authorization" not in request.headers or is_stranger(request):
            return _error(401, "The access token is invalid")
        known, rows = set(accounts()[0]["follows"]), accounts()
        asked = request.query_params.getlist("id[]")
        found = [(number, [one for one in rows if one["number"] in known and _at(number) in one["follows"]]) for number in asked]
        return _answer([{"id": number, "accounts": [_account(one) for one in some]} for number, some in found])

    @routes.get("/{number}/{kind}")
    def listed(number: str, kind: str, request: Request) -> JSONResponse:
        if is_stranger(request):
            return _error(401, "The access token is invalid")
        return _listed(_at(number), kind, request, accounts())

    return routes


def _listed(at: int, kind: str, request: Request, rows: list[Row]) -> JSONResponse:
    if not 0 <= at < len(rows) or kind not in ("following", "followers", "statuses"):
        return _error(404, "Record not found")
    if kind == "statuses":
        posts = sorted(rows[at]["posts"], key=lambda post: (post["at"], post["id"]), reverse=True)
        return _page(request, [_status(post, rows[at], rows) for post in posts], 20, 40)
    if rows[at]["hides_lists"]:
        return _answer([])
    some = [rows[one] for one in rows[at]["follows"]] if kind == "following" else [one for one in rows if at in one["follows"]]
    return _page(request, [_account(one) for one in some], 40, 80)


def _at(number: str) -> int:
    return int(number) - 1000 if number.isdigit() else -1


def _page(request: Request, rows: list[Row], usual: int, most: int) -> JSONResponse:
    """A page by `max_id`, which for lists of people is no id of theirs: only the Link header knows it."""
    limit, after = request.query_params.get("limit", str(usual)), request.query_params.get("max_id", "9000000")
    size = min(int(limit), most) if limit.isdigit() and int(limit) else usual
    start = 9_000_000 - int(after) if after.isdigit() else 0
    links = []
    if start + size < len(rows):
        links.append(f'<{request.url.replace(query=f"limit={size}&max_id={9_000_000 - start - size}")}>; rel="next"')
    if rows[start : start + size]:
        links.append(f'<{request.url.replace(query=f"limit={size}&min_id={9_000_000 - start}")}>; rel="prev"')
    return _answer(rows[start : start + size], {"Link": ", ".join(links)} if links else {})


def _answer(body: Any, headers: dict[str, str] | None = None) -> JSONResponse:
    reset = (dt.datetime.now(dt.UTC) + dt.timedelta(minutes=5)).isoformat(timespec="microseconds").replace("+00:00", "Z")
    limits = {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "299", "X-RateLimit-Reset": reset}
    return JSONResponse(body, headers=limits | (headers or {}))


def _error(status: int, message: str) -> JSONResponse:
    return JSONResponse({"error": message}, status)


def _account(one: Row) -> Row:
    return {
        "id": str(one["number"] + 1000),
        "username": one["username"],
        "acct": one["username"],
        "display_name": one["name"],
        "locked": False,
        "bot": False,
        "created_at": CREATED,
        "note": f"<p>{escape(one['posts'][0]['text'])}</p>" if one["posts"] else "",
        "url": f"https://{INSTANCE}/@{one['username']}",
        "hide_collections": one["hides_lists"],
        "fields": [],
        "emojis": [],
    }


def _status(post: Row, author: Row, rows: list[Row]) -> Row:
    answered = rows[post["reply_to"]] if post["reply_to"] is not None else None
    mention = {"id": str(answered["number"] + 1000), "username": answered["username"], "acct": answered["username"]} if answered else None
    mentions = [mention | {"url": f"https://{INSTANCE}/@{mention['username']}"}] if mention else []
    return {
        "id": str(post["id"]),
        "created_at": post["at"],
        "in_reply_to_id": "1" if answered else None,
        "in_reply_to_account_id": mention["id"] if mention else None,
        "sensitive": False,
        "spoiler_text": "",
        "visibility": "public",
        "uri": f"https://{INSTANCE}/users/{author['username']}/statuses/{post['id']}",
        "url": f"https://{INSTANCE}/@{author['username']}/{post['id']}",
        "content": f"<p>{escape(post['text'])}</p>",
        "reblog": None,
        "account": _account(author),
        "media_attachments": [],
        "mentions": mentions,
        "tags": [],
    }
