"""A RESO Web API Core server whose manners can be chosen: rows in, an `answer` for `vendor_server.serving` out.

The two ready-made ones do as the standard body's own reference servers do: the one on Olingo pages by a hundred unless `$top` says
otherwise, knows neither order nor `Prefer`, and gives a next link with every page, the last and the empty ones too; the newer one
honours `Prefer`, sorts by all that is asked, compares moments as text, and gives a next link with every full page.
"""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl, quote

from vendor_server import Asked, Reply

Row = dict[str, Any]
KEYS = {"Property": "ListingKey", "Member": "MemberKey", "Office": "OfficeKey", "OpenHouse": "OpenHouseKey"}
TOKEN = "reference-token-of-this-test"
_CONDITION = re.compile(r"(\w+) (eq|ge|gt|le|lt) ('(?:[^']|'')*'|\S+)")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b,
    "ge": lambda a, b: a >= b,
    "gt": lambda a, b: a > b,
    "le": lambda a, b: a <= b,
    "lt": lambda a, b: a < b,
}


def zulu(at: dt.datetime, digits: int = 3) -> str:
    """A moment with that many digits behind the second."""
    return f"{at:%Y-%m-%dT%H:%M:%S}" + (f".{at.microsecond:06d}0"[: digits + 1] if digits else "") + "Z"


@dataclass
class Manners:
    """What a Web API Core server may do one way or another."""

    links: Literal["none", "rest", "full", "always"] = "rest"  # a next link: never; if rows are left; with a full page; with every page
    link_form: Literal["absolute", "relative", "query", "encoded", "plain", "path"] = "absolute"
    page: int = 20  # the most rows at once
    page_by: Literal["prefer", "top", "both", "whole"] = "both"  # what may make it less; `whole`: all rows at once
    orders: int = 2  # keys of $orderby that it sorts by
    refuses_more_orders: int = 0  # the status for more keys than that; 0 = leaves them out
    refuses_select: int = 0
    refuses_skip: int = 0
    ignores_skip_without_top: bool = False
    counts: Literal["with rows", "alone", "not at all"] = "with rows"
    breaks_on_order_with_top: bool = False  # and answers with nothing
    stamp: Callable[[dt.datetime], str] = zulu
    status: Callable[[str], str] = str
    metadata: bytes | None = None
    is_zipped: bool = False
    is_chunked: bool = False
    is_old_http: bool = False
    missing: int = 404  # the status for a resource that it does not have
    token_field: str = "access_token"
    token_auth: Literal["form", "basic", "none"] = "form"
    version: str = "4.0"


OLINGO = Manners(links="always", page=100, page_by="top", orders=0, counts="alone", token_field="accessToken")
EXPRESS = Manners(links="full", page=2000, link_form="encoded", version="4.01")
TABLES = Manners(links="none", page_by="whole", ignores_skip_without_top=True, breaks_on_order_with_top=True, orders=1, counts="alone")


@dataclass
class ReferenceServer:
    """Rows by resource and key, `ModificationTimestamp` as a moment, in the order in which they were put."""

    manners: Manners
    rows: dict[str, dict[str, Row]] = field(default_factory=lambda: {"Property": {}, "Member": {}})
    asked: list[Asked] = field(default_factory=list)

    def put(self, resource: str, row: Row) -> None:
        """Adds or replaces a row."""
        self.rows[resource][row[KEYS[resource]]] = row

    def answer(self, asked: Asked) -> Reply:
        """The reply to one request."""
        manners, path = self.manners, asked.path.removeprefix("/v1/")
        self.asked.append(asked)
        if path == "token":
            return self._token(asked)
        if manners.token_auth != "none" and asked.headers.get("Authorization") != f"Bearer {TOKEN}":
            return Reply({"error": {"code": "401", "message": "no valid token"}}, 401, {"WWW-Authenticate": "Bearer"})
        if path == "$metadata":
            return Reply(manners.metadata or b"", 200 if manners.metadata else 404, {"Content-Type": "application/xml"})
        if by_key := re.fullmatch(r"(\w+)\('(.*)'\)", path):
            row = self.rows.get(by_key[1], {}).get(by_key[2])
            return Reply(self._shown(by_key[1], row, None)) if row else Reply({"error": {"message": "Entity not found"}}, 404)
        if path not in self.rows:
            said = f"Cannot find EntitySet, Singleton, ActionImport or FunctionImport with name '{path}'."
            return Reply({"error": {"code": None, "message": said}}, manners.missing)
        reply = self._page(path, asked)
        reply.is_zipped, reply.is_chunked, reply.is_old_http = manners.is_zipped, manners.is_chunked, manners.is_old_http
        return reply

    def _token(self, asked: Asked) -> Reply:
        form, manners = dict(parse_qsl(asked.body.decode())), self.manners
        by_form = form.get("client_id"), form.get("client_secret")
        is_let_in = (
            by_form == ("reso", "secret-of-reso") if manners.token_auth == "form" else "Basic " in asked.headers.get("Authorization", "")
        )
        return Reply({manners.token_field: TOKEN, "token_type": "bearer"}) if is_let_in else Reply({"error": "invalid_client"}, 401)

    def _page(self, resource: str, asked: Asked) -> Reply:
        manners, query = self.manners, asked.query
        order = [part.split()[0] for part in query.get("$orderby", "").split(",") if part]
        if manners.refuses_more_orders and len(order) > manners.orders:
            return _refused(manners.refuses_more_orders, "$orderby")
        if manners.refuses_select and "$select" in query:
            return _refused(manners.refuses_select, "$select")
        if manners.refuses_skip and "$skip" in query:
            return _refused(manners.refuses_skip, "$skip")
        rows = list(self.rows[resource].values())
        for name, operator, value in _CONDITION.findall(query.get("$filter", "")):
            wanted = dt.datetime.fromisoformat(value) if name.endswith("Timestamp") else value.strip("'")
            rows = [row for row in rows if _COMPARE[operator](row[name], wanted)]
        total = len(rows)
        order = order[: manners.orders]
        if order and manners.breaks_on_order_with_top and "$top" in query:
            rows = []
        rows = sorted(rows, key=lambda row: [row[name] for name in order])
        body: Row = {"@odata.context": "$metadata#" + resource}
        if query.get("$count") == "true" and manners.counts != "not at all":
            body["@odata.count"] = total
            if manners.counts == "alone":
                rows = []
        is_deaf = manners.ignores_skip_without_top and "$top" not in query
        skip, size = 0 if is_deaf else int(query.get("$skip", "0")), self._size(asked)
        shown = rows[skip : skip + size]
        body["value"] = [self._shown(resource, row, query.get("$select")) for row in shown]
        is_led_on = {"none": False, "rest": skip + size < len(rows), "full": len(shown) == size, "always": True}[manners.links]
        if is_led_on:
            body["@odata.nextLink"] = self._link(resource, asked, skip + size)
        applied = (
            {"Preference-Applied": f"odata.maxpagesize={size}"}
            if manners.page_by in ("prefer", "both") and "Prefer" in asked.headers
            else {}
        )
        return Reply(body, headers={"OData-Version": manners.version, **applied})

    def _size(self, asked: Asked) -> int:
        manners, sizes = self.manners, [self.manners.page]
        preferred = re.search(r"maxpagesize=(\d+)", asked.headers.get("Prefer", ""))
        if preferred and manners.page_by in ("prefer", "both"):
            sizes.append(int(preferred[1]))
        if "$top" in asked.query and manners.page_by in ("top", "both", "whole"):
            sizes.append(int(asked.query["$top"]))
        if manners.page_by == "whole":
            return sizes[1] if len(sizes) > 1 else 10**9
        return sizes[-1] if manners.page_by == "top" else min(sizes)

    def _link(self, resource: str, asked: Asked, skip: int) -> str:
        form, query = self.manners.link_form, dict(asked.query) | {"$skip": str(skip)}
        if form == "encoded":
            text = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
        elif form == "plain":
            text = "&".join(f"{name}={value}" for name, value in query.items())
        else:
            text = "&".join(f"{quote(name)}={quote(value)}" for name, value in query.items())
        fronts = {"relative": f"{resource}?", "query": "?", "path": f"/v1/{resource}?"}
        return fronts.get(form, f"http://{asked.headers['Host']}/v1/{resource}?") + text

    def _shown(self, resource: str, row: Row, select: str | None) -> Row:
        shown = {name: self.manners.stamp(value) if isinstance(value, dt.datetime) else value for name, value in row.items()}
        if "StandardStatus" in shown:
            shown["StandardStatus"] = self.manners.status(shown["StandardStatus"])
        names = [KEYS[resource], *select.split(",")] if select else list(shown)
        return {name: shown[name] for name in dict.fromkeys(names) if name in shown}


def _refused(status: int, option: str) -> Reply:
    return Reply({"error": {"code": str(status), "message": f"{option} is not supported", "target": option}}, status)
