"""The town's MLS as its vendors would serve it: MLS Grid, Bridge, Trestle, Spark, and a server that only knows Core 2.0.

One set of rows, five dialects: how a page is asked for, where the next one's link stands, what must be in the question, what an
enumeration looks like, how a deletion shows. A row with `MlgCanView` false is one the MLS took back: MLS Grid says so, the
others just no longer have it.
"""

import base64
import gzip
import hashlib
import json
import re
import secrets
import time
from abc import ABC
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import parse_qs, quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from commonground.sandbox.server.faults import FaultPlan
from commonground.sandbox.server.odata import Filter, ODataError, order, select
from commonground.sandbox.server.reso import EIGHT_HOURS, KEYS, VERSION
from commonground.sandbox.server.state import TownState
from commonground.sandbox.server.tokens import Tokens
from commonground.sandbox.writers.settings import MLS_SYSTEM

Row = dict[str, Any]
IDLE_SECONDS = 300.0


class Refused(Exception):  # noqa: N818 (an answer, not an accident)
    """The answer that a dialect gives instead of rows."""

    def __init__(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status)
        self.status, self.body, self.headers = status, body, headers or {}


class Dialect(ABC):
    """One vendor's way; subclasses say what is special."""

    prefix: ClassVar[str]
    default_top: ClassVar[int]
    largest_top: ClassVar[int]

    def __init__(self, state: TownState, keys: dict[str, str], plan: FaultPlan) -> None:
        self.state, self.keys, self.tokens = state, keys, Tokens(keys["reso"], plan)

    def routes(self) -> APIRouter:
        """The dialect's routes."""
        routes = APIRouter(prefix=self.prefix)

        @routes.get("/$metadata")
        def metadata(request: Request) -> Response:
            return self._answered(request, lambda: Response(self._metadata(), media_type="application/xml"))

        @routes.get("/{resource}")
        @routes.get("/{resource}/replication")
        def rows(resource: str, request: Request) -> Response:
            return self._answered(request, lambda: self._rows_or_row(resource, request))

        self._more_routes(routes)
        return routes

    def view(self, row: Row) -> Row | None:
        """The row as this vendor shows it; None if it does not."""
        return row if row.get("MlgCanView") is not False else None

    def check(self, request: Request) -> None:
        """Raises `Refused` for a question that this vendor does not take, before anything else is looked at."""
        return

    def page(self, name: str, rows: list[Row], request: Request) -> Response:
        """One page of the rows."""
        raise NotImplementedError

    def error(self, status: int, message: str) -> Any:
        """The vendor's words for an error."""
        return {"error": {"code": str(status), "message": message, "details": []}}

    def _more_routes(self, routes: APIRouter) -> None:
        """Routes beside the rows."""
        return

    def _answered(self, request: Request, answer: Any) -> Response:
        try:
            self.check(request)
            if not self.tokens.opens(request.headers.get("authorization", "")):
                raise Refused(401, self.error(401, "the token is missing, wrong or expired"))
            return self.zipped(request, answer())
        except ODataError as error:
            return JSONResponse(self.error(400, str(error)), 400, VERSION)
        except Refused as refused:
            return JSONResponse(refused.body, refused.status, dict(refused.headers))

    def zipped(self, request: Request, response: Response) -> Response:
        """The answer, packed if the client takes that."""
        if "gzip" in request.headers.get("accept-encoding", "") and response.status_code == 200:
            response.body = gzip.compress(bytes(response.body), 1)
            response.headers["content-encoding"], response.headers["content-length"] = "gzip", str(len(response.body))
        return response

    def _rows_or_row(self, resource: str, request: Request) -> Response:
        by_key = re.fullmatch(r"(\w+)\('((?:[^']|'')*)'\)", resource)
        name = by_key[1] if by_key else resource
        if name not in KEYS:
            raise Refused(404, self.error(404, f"{name} is no resource of this server"))
        rows = [shown for row in self.state.get("reso")[name] if (shown := self.view(row)) is not None]
        if by_key:
            one = [row for row in rows if row[KEYS[name]] == by_key[2].replace("''", "'")]
            if not one:
                raise Refused(404, self.error(404, "no such record"))
            return JSONResponse(one[0], headers=VERSION)
        fields = frozenset(field for row in rows[:1] for field in row)
        if wanted := request.query_params.get("$filter"):
            passes = Filter(wanted, fields).predicate()
            rows = [row for row in rows if passes(row)]
        return self.page(name, rows, request)

    def top(self, request: Request, largest: int | None = None) -> int:
        """The page size asked for."""
        value, largest = request.query_params.get("$top", str(self.default_top)), largest or self.largest_top
        if not value.isdigit() or not 1 <= int(value) <= largest:
            raise Refused(400, self.error(400, f"$top: {value[:20]!r} is not between 1 and {largest}"))
        return int(value)

    def shown(self, name: str, rows: list[Row], request: Request) -> dict[str, Any]:
        """The body with these rows, `$select`ed."""
        fields = frozenset(field for row in rows[:1] for field in row)
        names = select(request.query_params.get("$select"), fields) if rows else None
        value = [{field: row.get(field) for field in names} for row in rows] if names else rows
        return {"@odata.context": f"{self.root(request)}/$metadata#{name}", "value": value}

    def root(self, request: Request) -> str:
        """The address in front of the resources."""
        return f"{str(request.base_url).rstrip('/')}{self.prefix}"

    def link(self, request: Request, **changed: str) -> str:
        """The same question with other options."""
        asked = dict(request.query_params) | {
            f"${name}" if name in ("skip", "skiptoken") else name: value for name, value in changed.items()
        }
        return str(request.url).split("?")[0] + "?" + "&".join(f"{name}={quote(value)}" for name, value in asked.items())

    def _metadata(self) -> str:
        return (
            '<?xml version="1.0" encoding="utf-8"?><edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">'
            '<edmx:DataServices><Schema Namespace="town" xmlns="http://docs.oasis-open.org/odata/ns/edm"/></edmx:DataServices></edmx:Edmx>'
        )


class MlsGrid(Dialect):
    """`$top` is the page size, gzip is a must, one OriginatingSystemName, deletions as MlgCanView false; pages by `$skip`."""

    prefix = "/mlsgrid/v2"
    default_top, largest_top = 500, 5000

    def view(self, row: Row) -> Row:
        """Every row, with what MLS Grid adds."""
        return {"OriginatingSystemName": MLS_SYSTEM, "MlgCanView": True, "MlgCanUse": ["IDX", "VOW", "BO"]} | row

    def check(self, request: Request) -> None:
        """Compression before anything, then the one system, few `or`s."""
        if "gzip" not in request.headers.get("accept-encoding", ""):
            raise Refused(400, self.error(400, "COMPRESSION REQUIRED"))
        wanted = request.query_params.get("$filter", "")
        if request.url.path.endswith("$metadata") or request.url.path.endswith(")"):
            return
        if len(re.findall(r"OriginatingSystemName eq '", wanted)) != 1:
            raise Refused(400, self.error(400, "exactly one OriginatingSystemName must be in the $filter"))
        if len(re.findall(r"\bor\b", wanted)) > 5:
            raise Refused(400, self.error(400, "at most 5 or"))
        if "$orderby" in request.query_params and "$expand" in request.query_params:
            raise Refused(400, self.error(400, "$orderby does not go with $expand"))

    def page(self, name: str, rows: list[Row], request: Request) -> Response:
        """By ModificationTimestamp, wherever rows stand now."""
        size = self.top(request, 1000 if "$expand" in request.query_params else None)
        rows = sorted(rows, key=lambda row: row["ModificationTimestamp"])
        start = int(request.query_params.get("$skip", "0"))
        body = self.shown(name, rows[start : start + size], request)
        if start + size < len(rows):
            body["@odata.nextLink"] = self.link(request, skip=str(start + size))
        return JSONResponse(body, headers=VERSION)


class Bridge(Dialect):
    """`/replication` with the next page in the `Link` header and a timestamp of its own."""

    prefix = "/bridge/api/v2/OData/town"
    default_top, largest_top = 10, 200
    replication_top = 2000

    def view(self, row: Row) -> Row | None:
        """The row with Bridge's own timestamp."""
        return super().view(row) and row | {"BridgeModificationTimestamp": row["ModificationTimestamp"]}

    def page(self, name: str, rows: list[Row], request: Request) -> Response:
        """Replication goes by an order of its own; `$skip` and `$orderby` are for the other pages."""
        asked = request.query_params
        if not request.url.path.endswith("/replication"):
            rows = order(rows, asked["$orderby"], frozenset(rows[0])) if rows and "$orderby" in asked else rows
            start, size = int(asked.get("$skip", "0")), self.top(request)
            return JSONResponse(self.shown(name, rows[start : start + size], request), headers=VERSION)
        if "$skip" in asked or "$orderby" in asked:
            raise Refused(400, self.error(400, "$skip and $orderby are not for replication"))
        size, after = self.top(request, self.replication_top), _unpacked(asked.get("next"))
        ranked = sorted(rows, key=lambda row: _rank(row[KEYS[name]]))
        left = [row for row in ranked if after is None or _rank(row[KEYS[name]]) > after]
        headers = dict(VERSION)
        if len(left) > size:
            headers["Link"] = f'<{self.link(request, next=_packed(_rank(left[size - 1][KEYS[name]])))}>; rel="next"'
        return JSONResponse(self.shown(name, left[:size], request), headers=headers)


class Trestle(Dialect):
    """Client credentials, quotas in headers, PrettyEnums; a replication link that stays the same and gives what was not given yet."""

    prefix = "/trestle/odata"
    default_top, largest_top = 10, 1000
    keys_top = 300_000

    def __init__(self, state: TownState, keys: dict[str, str], plan: FaultPlan) -> None:
        super().__init__(state, keys, plan)
        self.sessions: dict[str, tuple[float, list[Row]]] = {}

    def _more_routes(self, routes: APIRouter) -> None:
        @routes.post("/oidc/connect/token")
        async def token(request: Request) -> JSONResponse:
            form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
            if (form.get("client_id"), form.get("client_secret")) != (self.keys["reso_client"], self.keys["reso_secret"]):
                return JSONResponse({"error": "invalid_client"}, 400)
            return JSONResponse({"access_token": self.tokens.mint(), "token_type": "Bearer", "expires_in": EIGHT_HOURS})

    def page(self, name: str, rows: list[Row], request: Request) -> Response:
        """Pages by `$skip`, or by a session that forgets what it has given."""
        asked = request.query_params
        if asked.get("PrettyEnums") != "true":
            rows = [
                row | {"StandardStatus": str(row.get("StandardStatus", "")).replace(" ", "")} if name == "Property" else row for row in rows
            ]
        is_keys_only = asked.get("$select") == KEYS[name]
        size = self.top(request, self.keys_top if is_keys_only else None)
        headers = VERSION | {
            "Minute-Quota-Limit": "180",
            "Hour-Quota-Limit": "7200",
            "Hour-Quota-ResetTime": str(int(time.time() * 1000) + 60_000),
        }
        if request.url.path.endswith("/replication"):
            return JSONResponse(self._session(name, rows, size, request), headers=headers)
        if rows and "$orderby" in asked:
            rows = order(rows, asked["$orderby"], frozenset(rows[0]))
        start = int(asked.get("$skip", "0"))
        body = self.shown(name, rows[start : start + size], request)
        if start + size < len(rows):
            body["@odata.nextLink"] = self.link(request, skip=str(start + size))
        return JSONResponse(body, headers=headers)

    def _session(self, name: str, rows: list[Row], size: int, request: Request) -> dict[str, Any]:
        number = request.query_params.get("id")
        if number is None:
            number = secrets.token_hex(6)
            left = rows
        else:
            since, left = self.sessions.get(number, (0.0, []))
            if time.monotonic() - since > IDLE_SECONDS:
                raise Refused(400, self.error(400, "this replication has expired"))
        self.sessions[number] = (time.monotonic(), left[size:])
        body = self.shown(name, left[:size], request)
        return body | {"@odata.nextLink": f"{self.root(request)}/{name}/replication?id={number}&$top={size}"}


class Spark(Dialect):
    """Pages by key with `$skiptoken`, enumerations as hex names, errors in an envelope of its own."""

    prefix = "/spark/Version/3/Reso/OData"
    default_top, largest_top = 10, 1000

    def view(self, row: Row) -> Row | None:
        """Statuses as `b__` and hex."""
        shown = super().view(row)
        if shown is None or "StandardStatus" not in row:
            return shown
        return row | {"StandardStatus": "b__" + str(row["StandardStatus"]).encode().hex()}

    def error(self, status: int, message: str) -> Any:
        """Spark's envelope with its code."""
        code = {401: 1020, 429: 1550, 503: 1515}.get(status, 1500)
        return {"D": {"Success": False, "Code": code, "Message": message}}

    def page(self, name: str, rows: list[Row], request: Request) -> Response:
        """After the last key."""
        size, after = self.top(request), request.query_params.get("$skiptoken")
        left = [row for row in sorted(rows, key=lambda row: row[KEYS[name]]) if after is None or row[KEYS[name]] > after]
        body = self.shown(name, left[:size], request)
        if len(left) > size:
            body["@odata.nextLink"] = self.link(request, skiptoken=str(left[size - 1][KEYS[name]]))
        return JSONResponse(body, headers=VERSION)


class Core20(Dialect):
    """A server that keeps to Web API Core 2.0: `$top`, `$skip` and `$orderby`, and never a next link."""

    prefix = "/reso20/odata"
    default_top, largest_top = 100, 100_000
    cap = 100

    def page(self, name: str, rows: list[Row], request: Request) -> Response:
        """What was asked for, but no more than the server gives at once."""
        asked = request.query_params
        if rows and "$orderby" in asked:
            rows = order(rows, asked["$orderby"], frozenset(rows[0]))
        start, size = int(asked.get("$skip", "0")), min(self.top(request), self.cap)
        return JSONResponse(self.shown(name, rows[start : start + size], request), headers=VERSION)


def routers(state: TownState, keys: dict[str, str], plan: FaultPlan) -> list[APIRouter]:
    """The routes of every dialect."""
    return [dialect(state, keys, plan).routes() for dialect in (MlsGrid, Bridge, Trestle, Spark, Core20)]


def _rank(key: str) -> str:
    """An order that has nothing to do with time or keys."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def _packed(rank: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([rank]).encode()).decode()


def _unpacked(token: str | None) -> str | None:
    if token is None:
        return None
    try:
        return str(json.loads(base64.urlsafe_b64decode(token))[0])
    except (ValueError, IndexError, TypeError):
        raise ODataError("next: not one of this server, or too old") from None
