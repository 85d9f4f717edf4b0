"""The town's blogs: WordPress posts and comments (RSS 2), a neighborhood blog's comments (Atom), the town's news (JSON Feed)."""

import datetime as dt
import hashlib
import json
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from xml.sax.saxutils import escape

from fastapi import APIRouter, Request, Response

from commonground.sandbox.names import NEWSPAPER
from commonground.sandbox.server.state import TownState

Row = dict[str, Any]
HOME = "https://whitlockteam.example.com/blog"
NEIGHBORS = "https://neighbors.example.org"
RSS = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:wfw="http://wellformedweb.org/CommentAPI/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom" '
    'xmlns:slash="http://purl.org/rss/1.0/modules/slash/">\n<channel>\n<title>{title}</title>\n<link>{link}</link>\n'
    "<description>{title}</description>\n{items}</channel>\n</rss>\n"
)


def router(state: TownState) -> APIRouter:
    """The four feeds; each answers 304 to a client that has seen it."""
    routes = APIRouter()

    @routes.get("/blog/feed")
    @routes.get("/blog/feed/")
    def posts(request: Request) -> Response:
        blogs = state.get("blogs")
        items = "".join(_post(row, blogs["comments"]) for row in blogs["posts"])
        return _answer(request, RSS.format(title="Whitlock Team Blog", link=HOME, items=items), "application/rss+xml", blogs["posts"])

    @routes.get("/blog/comments/feed")
    @routes.get("/blog/comments/feed/")
    def comments(request: Request) -> Response:
        rows = state.get("blogs")["comments"]
        text = RSS.format(title="Comments for Whitlock Team Blog", link=HOME, items="".join(_comment(row) for row in rows))
        return _answer(request, text, "application/rss+xml", rows)

    @routes.get("/neighbors/atom.xml")
    def neighbors(request: Request) -> Response:
        rows = state.get("blogs")["neighbors"]
        return _answer(request, _atom(rows), "application/atom+xml", rows)

    @routes.get("/town/feed.json")
    def news(request: Request) -> Response:
        rows = state.get("blogs")["news"]
        return _answer(request, _json_feed(rows), "application/feed+json", rows)

    return routes


def _answer(request: Request, text: str, media_type: str, rows: list[Row]) -> Response:
    body = text.encode("utf-8")
    etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    newest = max((dt.datetime.fromisoformat(row["at"]) for row in rows), default=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    headers = {"ETag": etag, "Last-Modified": format_datetime(newest.astimezone(dt.UTC), usegmt=True)}
    known = request.headers.get("if-none-match")
    if known is not None:
        is_seen = etag in [one.strip().removeprefix("W/") for one in known.split(",")]
    else:
        is_seen = _not_newer(newest, request.headers.get("if-modified-since"))
    return Response(status_code=304, headers=headers) if is_seen else Response(body, media_type=media_type, headers=headers)


def _not_newer(newest: dt.datetime, since: str | None) -> bool:
    try:
        return since is not None and newest.replace(microsecond=0) <= parsedate_to_datetime(since)
    except (ValueError, TypeError):
        return False


def _post(row: Row, comments: list[Row]) -> str:
    link = f"{HOME}/?p={row['id']}"
    count = sum(comment["post_id"] == row["id"] for comment in comments)
    return (
        f"<item>\n<title>{escape(row['title'])}</title>\n<link>{link}</link>\n<comments>{link}#comments</comments>\n"
        f"<dc:creator><![CDATA[{row['author']}]]></dc:creator>\n<pubDate>{_rfc822(row['at'])}</pubDate>\n"
        f'<category><![CDATA[{row["category"]}]]></category>\n<guid isPermaLink="false">{link}</guid>\n'
        f"<description><![CDATA[{row['text'][:60]}]]></description>\n<content:encoded><![CDATA[<p>{row['text']}</p>]]></content:encoded>\n"
        f"<wfw:commentRss>{link}&amp;feed=rss2</wfw:commentRss>\n<slash:comments>{count}</slash:comments>\n</item>\n"
    )


def _comment(row: Row) -> str:
    link = f"{HOME}/?p={row['post_id']}#comment-{row['id']}"
    return (
        f"<item>\n<title>Comment on {escape(row['post_title'])} by {escape(row['author'])}</title>\n<link>{link}</link>\n"
        f"<dc:creator><![CDATA[{row['author']}]]></dc:creator>\n{_author(row, 'atom:')}<pubDate>{_rfc822(row['at'])}</pubDate>\n"
        f'<guid isPermaLink="false">{HOME}/?p={row["post_id"]}#comment-{row["id"]}</guid>\n'
        f"<description><![CDATA[{row['text']}]]></description>\n<content:encoded><![CDATA[<p>{row['text']}</p>]]></content:encoded>\n</item>\n"
    )


def _author(row: Row, prefix: str) -> str:
    parts = [f"<{prefix}{name}>{escape(row[key])}</{prefix}{name}>" for name, key in (("uri", "url"), ("email", "email")) if row.get(key)]
    if prefix and not parts:
        return ""
    return f"<{prefix}author><{prefix}name>{escape(row['author'])}</{prefix}name>{''.join(parts)}</{prefix}author>\n"


def _atom(rows: list[Row]) -> str:
    entries = "".join(
        f"<entry>\n<id>tag:neighbors.example.org,2024:comment-{row['id']}</id>\n<title>{escape(row['text'][:40])}</title>\n"
        f"<updated>{row['at']}</updated>\n<published>{row['at']}</published>\n{_author(row, '')}"
        f'<thr:in-reply-to ref="tag:neighbors.example.org,2024:post-{row["post_id"]}" href="{NEIGHBORS}/{row["post_id"]}"/>\n'
        f'<link rel="alternate" type="text/html" href="{NEIGHBORS}/{row["post_id"]}#c{row["id"]}"/>\n'
        f'<content type="html">{escape(escape(row["text"]))}</content>\n</entry>\n'
        for row in rows
    )
    updated = max((row["at"] for row in rows), default="2020-01-01T00:00:00+00:00")
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0">\n'
        f"<title>Our Neighbors: Comments</title>\n<id>tag:neighbors.example.org,2024:comments</id>\n<updated>{updated}</updated>\n"
        f"{entries}</feed>\n"
    )


def _json_feed(rows: list[Row]) -> str:
    items = [
        {
            "id": str(row["id"]),
            "url": f"https://town.example.org/news/{row['id']}",
            "title": row["title"],
            "content_text": row["text"],
            "date_published": row["at"],
            "tags": [row["tag"]],
        }
        for row in rows
    ]
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": NEWSPAPER,
        "home_page_url": "https://town.example.org/",
        "items": items,
    }
    return json.dumps(feed, ensure_ascii=False)


def _rfc822(at: str) -> str:
    return format_datetime(dt.datetime.fromisoformat(at).astimezone(dt.UTC))
