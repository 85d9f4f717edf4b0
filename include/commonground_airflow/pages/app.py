"""The pages as a FastAPI app that the plugin hangs into Airflow: plain GET, all state in the query string, behind Airflow's login."""

import hashlib
import mimetypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
from airflow.api_fastapi.core_api.security import requires_access_view
from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from commonground.config import read_yaml
from commonground.errors import ConfigError
from commonground_airflow.nights import config_folder, data_folder
from commonground_airflow.pages import words
from commonground_airflow.pages.lists import Listing, filled, group_listing, match_listing, table_of, today_listing
from commonground_airflow.pages.noted import decisions_of
from commonground_airflow.pages.person import card_of, is_on_the_team, past_of, survivor_of
from commonground_airflow.pages.store import NotPublishedError, Reader, Store, UnreadableFileError, sql_named

HERE = Path(__file__).parent
STALE_HOURS = 26.0  # a night, and two hours of patience
READER = requires_access_view(AccessView.PLUGINS)
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'; object-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",  # names and numbers of people do not belong in a cache
}
_STATIC = {file.name: file.read_bytes() for file in sorted((HERE / "static").iterdir()) if file.is_file()}
_VERSION = hashlib.sha256(b"".join(_STATIC.values())).hexdigest()[:12]

_templates = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    finalize=lambda value: "" if value is None else value,
)
_templates.filters |= {
    "with_links": words.with_links, "parts": words.parts_of, "shortened": words.shortened, "percent": words.percent,
    "strength_word": words.strength_word, "moment": words.moment, "web_address": words.web_address, "agreed": words.agreed,
}  # fmt: skip
_templates.globals |= {"GROUP_WORDS": words.GROUP_WORDS, "RULE_WORDS": words.RULE_WORDS, "NOT_KNOWN": words.NOT_KNOWN, "version": _VERSION}
_templates.globals |= {"WHY_WORDS": words.WHY_WORDS, "noted": {}}


def make_app(store: Store) -> FastAPI:
    """The app over a store. Every route, whatever its type, asks Airflow who is calling."""
    app = FastAPI(title="Common Ground", dependencies=[Depends(READER)], docs_url=None, redoc_url=None, openapi_url=None)
    pages = Pages(store)
    app.add_api_route("/", pages.start, methods=["GET"])
    app.add_api_route("/groups", pages.groups, methods=["GET"])
    app.add_api_route("/today", pages.today, methods=["GET"])
    app.add_api_route("/matches", pages.matches, methods=["GET"])
    app.add_api_route("/people/{contact_id}", pages.person, methods=["GET"])
    app.add_api_route("/static/{name}", pages.static, methods=["GET"])
    app.add_api_route("/{rest:path}", pages.nothing_here, methods=["GET"])
    app.add_exception_handler(NotPublishedError, pages.not_published)
    app.add_exception_handler(UnreadableFileError, pages.unreadable)
    return app


class Pages:
    """The handlers. They are plain functions, so that FastAPI runs each in a thread of its own."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def start(self) -> Response:
        """The pages begin with the groups."""
        return RedirectResponse("groups", status_code=307, headers=HEADERS)

    def groups(
        self,
        group: str = "now",
        q: str = "",
        owner: str = "",
        page: str = "1",
        format: str = "html",  # noqa: A002  the name of the field in the address
    ) -> Response:
        """One of the groups, filtered, a page of it; or all of it as CSV."""
        listing = group_listing(group, q, owner, _page_number(page))
        if listing is None:
            return _message(404, "No such group", f"There is no group {group!r}; there are now, later, evangelist and unplaced.")
        return self._list(listing, "groups.html", format)

    def today(self, q: str = "", owner: str = "", format: str = "html") -> Response:  # noqa: A002
        """The list for today; or the same as CSV."""
        return self._list(today_listing(q, owner), "today.html", format)

    def matches(self, q: str = "", owner: str = "", page: str = "1", format: str = "html") -> Response:  # noqa: A002
        """The pairs of records on which the decision may be wrong; or all of them as CSV."""
        noted = decisions_of(self._store.folder)
        return self._list(match_listing(q, owner, _page_number(page)), "matches.html", format, noted=noted)

    def person(self, contact_id: str) -> Response:
        """A contact's card; a merged id leads to the contact that lives on."""
        with self._store.reading() as reader:
            card = card_of(contact_id, reader)
            if card is not None:
                return _page("person.html", reader, root="../", **card)
            survivor = survivor_of(contact_id, reader)
            if survivor is not None:
                return RedirectResponse(survivor, status_code=301, headers=HEADERS)
            if is_on_the_team(contact_id, reader):
                return _message(404, "On the team", "This is a team member; only contacts have a card.", root="../")
            past = past_of(contact_id, reader)
        return _message(404, "Nobody here", "No contact has this id.", root="../", past=past)

    def static(self, name: str) -> Response:
        """A stylesheet, script or icon."""
        content = _STATIC.get(name)
        if content is None:
            return _message(404, "Not found", "There is no such file.", root="../")
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return Response(content, media_type=kind, headers=HEADERS | {"Cache-Control": "private, max-age=86400"})

    def nothing_here(self, rest: str) -> Response:
        """Any other address."""
        return _message(404, "Not found", "There is no such page.", root="../" * rest.count("/"))

    def not_published(self, request: Request, _error: Exception) -> Response:
        """Before the first night: how to make one."""
        return _html("first_run.html", 200, root=_root_of(request))

    def unreadable(self, request: Request, error: Exception) -> Response:
        """A file that cannot be read."""
        text = f"The published file cannot be read: {error}. Run nightly_load again, or put back one of data/builds."
        return _message(503, "The published file cannot be read", text, root=_root_of(request))

    def _list(self, listing: Listing, template: str, wanted: str, **values: Any) -> Response:
        with self._store.reading() as reader:
            listing = filled(listing, reader, is_whole=wanted == "csv")
            if wanted == "csv":
                return _csv(listing, reader)
            return _page(template, reader, root="", listing=listing, owners=reader.rows(sql_named("owners")), **values)


def _page(template: str, reader: Reader, **values: Any) -> Response:
    head = reader.row(sql_named("head"))
    if head is None:
        raise UnreadableFileError("_meta is empty")
    return _html(template, 200, head=head, is_stale=head["age_hours"] > STALE_HOURS, **values)


def _csv(listing: Listing, reader: Reader) -> Response:
    head = reader.row(sql_named("head")) or {"as_of": "undated"}
    name = f"commonground-{listing.group}-{head['as_of']}.csv"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(words.csv_lines(table_of(listing)), media_type="text/csv; charset=utf-8", headers=HEADERS | disposition)


def _message(status: int, title: str, text: str, root: str = "", **values: Any) -> Response:
    return _html("message.html", status, title=title, text=text, root=root, **{"past": [], **values})


def _html(template: str, status: int, **values: Any) -> Response:
    defaults: Mapping[str, Any] = {"head": None, "is_stale": False, "here": template.removesuffix(".html")}
    text: str = _templates.get_template(template).render({**defaults, **values})
    return HTMLResponse(text, status, HEADERS)


def _page_number(text: str) -> int:
    """The page asked for; what is no page number is the first."""
    return int(text) if text.isdecimal() and len(text) < 7 else 1


def _root_of(request: Request) -> str:
    """The way back from the address to where the pages begin, so that links hold under any prefix."""
    inside = str(request.scope["path"]).removeprefix(request.scope.get("root_path", "")).lstrip("/")
    return "../" * inside.count("/")


def _market_time_zone() -> str:
    """The zone of market.yaml; UTC while that cannot be read."""
    try:
        return str(ZoneInfo(read_yaml(config_folder() / "market.yaml")["time_zone"]).key)
    except (ConfigError, KeyError, TypeError, ValueError, OSError):
        return "UTC"


app = make_app(Store(lambda: data_folder() / "commonground.duckdb", _market_time_zone))
