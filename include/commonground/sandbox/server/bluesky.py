"""Bluesky's public AppView over the town's accounts: XRPC methods, cursors, its own errors."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from commonground.sandbox.server.state import TownState

Row = dict[str, Any]
HEADERS = {"RateLimit-Limit": "3000", "RateLimit-Remaining": "2999", "RateLimit-Policy": "3000;w=300"}
LISTS = {"app.bsky.graph.getFollows": "follows", "app.bsky.graph.getFollowers": "followers", "app.bsky.feed.getAuthorFeed": "feed"}
CREATED = "2023-05-04T12:00:00.000Z"


def router(state: TownState) -> APIRouter:
    """The routes under `/bluesky/xrpc`."""
    routes = APIRouter(prefix="/bluesky/xrpc")

    @routes.get("/{method}")
    def call(method: str, request: Request) -> JSONResponse:
        accounts: list[Row] = state.get("microblogs")["accounts"]
        actor = request.query_params.get("actor", "").lower()
        found = next((one for one in accounts if actor in (one["did"], one["handle"])), None)
        if method not in ("app.bsky.actor.getProfile", *LISTS):
            return JSONResponse({"error": "MethodNotImplemented", "message": "Method Not Implemented"}, 501)
        if found is None:
            return _error("Actor not found" if "graph" in method else "Profile not found")
        if method in LISTS:
            return _listed(request, LISTS[method], found, accounts)
        counts = {"followsCount": len(found["follows"]), "postsCount": len(found["posts"])}
        return JSONResponse(_view(found) | counts, headers=HEADERS)

    return routes


def _listed(request: Request, key: str, found: Row, accounts: list[Row]) -> JSONResponse:
    limit, cursor = request.query_params.get("limit", "50"), request.query_params.get("cursor", "0")
    if not limit.isdigit() or not 1 <= int(limit) <= 100:
        return _error("limit can not be greater than 100" if limit.isdigit() and int(limit) > 100 else "limit must be an integer")
    if not cursor.isdigit():
        return _error("Malformed cursor")
    start, end = int(cursor), int(cursor) + int(limit)
    rows = _rows(key, found, accounts, request.query_params.get("filter", "posts_with_replies"))
    body: Row = {key: rows[start:end]} | ({} if key == "feed" else {"subject": _view(found)})
    # the last full page has a cursor that leads to an empty one, as with the vendor
    return JSONResponse(body | ({"cursor": str(end)} if len(rows[start:end]) == int(limit) else {}), headers=HEADERS)


def _rows(key: str, found: Row, accounts: list[Row], kept: str) -> list[Row]:
    if key == "follows":
        return [_view(accounts[number]) for number in found["follows"]]
    if key == "followers":
        return [_view(one) for one in accounts if found["number"] in one["follows"]]
    posts = sorted(found["posts"], key=lambda post: (post["at"], post["id"]), reverse=True)
    return [_item(post, found, accounts) for post in posts if kept != "posts_no_replies" or post["reply_to"] is None]


def _error(message: str) -> JSONResponse:
    return JSONResponse({"error": "InvalidRequest", "message": message}, 400, headers=HEADERS)


def _view(account: Row) -> Row:
    where = f"at://{account['did']}/app.bsky.actor.profile/self"
    label = {"src": account["did"], "uri": where, "val": "!no-unauthenticated", "cts": CREATED}
    labels = [label] if account["is_signed_in_only"] else []
    view = {"did": account["did"], "handle": account["handle"], "displayName": account["name"], "labels": labels}
    return view | {"indexedAt": CREATED, "createdAt": CREATED}


def _uri(account: Row, post: Row) -> str:
    return f"at://{account['did']}/app.bsky.feed.post/{post['id']}"


def _item(post: Row, author: Row, accounts: list[Row]) -> Row:
    record: Row = {"$type": "app.bsky.feed.post", "text": post["text"], "createdAt": post["at"], "langs": ["en"]}
    item: Row = {}
    if post["reply_to"] is not None:
        other = accounts[post["reply_to"]]
        parent = {"uri": f"at://{other['did']}/app.bsky.feed.post/1", "cid": "bafyreiaaa"}
        record["reply"] = {"root": parent, "parent": parent}
        view = parent | {"author": _view(other), "record": {"$type": "app.bsky.feed.post", "text": "...", "createdAt": post["at"]}}
        item["reply"] = {"root": view | {"$type": "app.bsky.feed.defs#postView"}, "parent": view | {"$type": "app.bsky.feed.defs#postView"}}
    shown = {"uri": _uri(author, post), "cid": "bafyreibbb", "author": _view(author), "record": record, "indexedAt": post["at"]}
    return {"post": shown | {"replyCount": 0, "repostCount": 0, "likeCount": 0, "labels": []}} | item
