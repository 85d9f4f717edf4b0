"""A RESO Web API Core server over the town's MLS: `$top` is a total, pages by `Prefer: odata.maxpagesize` and `$skiptoken`."""

import base64
import json
import re
from typing import Any
from urllib.parse import parse_qs, quote
from xml.sax.saxutils import escape

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from commonground.sandbox.server.faults import FaultPlan
from commonground.sandbox.server.odata import Filter, ODataError, order, select
from commonground.sandbox.server.state import TownState
from commonground.sandbox.server.tokens import Tokens

Row = dict[str, Any]
KEYS = {"Property": "ListingKey", "Member": "MemberKey", "Office": "OfficeKey", "OpenHouse": "OpenHouseKey"}
PAGE, LARGEST_PAGE = 100, 1000
OPTIONS = ("$filter", "$select", "$top", "$skip", "$orderby", "$count", "$skiptoken")
VERSION = {"OData-Version": "4.0"}
EIGHT_HOURS = 28_800


def router(state: TownState, keys: dict[str, str], plan: FaultPlan) -> APIRouter:
    """The routes under `/reso`."""
    routes, tokens = APIRouter(prefix="/reso"), Tokens(keys["reso"], plan)

    @routes.post("/oauth/token")
    async def token(request: Request) -> JSONResponse:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        scheme, _, basic = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            form["client_id"], _, form["client_secret"] = base64.b64decode(basic + "==").decode().partition(":")
        if form.get("grant_type") != "client_credentials":
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        if (form.get("client_id"), form.get("client_secret")) != (keys["reso_client"], keys["reso_secret"]):
            return JSONResponse({"error": "invalid_client"}, 401)
        return JSONResponse({"access_token": tokens.mint(), "token_type": "Bearer", "expires_in": EIGHT_HOURS, "scope": "api"})

    @routes.get("/odata/$metadata")
    def metadata(request: Request) -> Response:
        return _guarded(tokens, request) or Response(_metadata(state.get("reso")), media_type="application/xml", headers=VERSION)

    @routes.get("/odata/")
    @routes.get("/odata")
    def service(request: Request) -> Response:
        value = [{"name": name, "kind": "EntitySet", "url": name} for name in KEYS]
        body = {"@odata.context": f"{_root(request)}/$metadata", "value": value}
        return _guarded(tokens, request) or JSONResponse(body, headers=VERSION)

    @routes.get("/odata/{resource}")
    def rows(resource: str, request: Request) -> Response:
        refused = _guarded(tokens, request)
        if refused:
            return refused
        by_key = re.fullmatch(r"(\w+)\('([^']*)'\)", resource)
        name = by_key[1] if by_key else resource
        if name not in KEYS:
            return _error(404, f"{name} is no resource of this server", name)
        found = [row for row in state.get("reso")[name] if row.get("MlgCanView") is not False]
        if by_key:
            one = [row for row in found if row[KEYS[name]] == by_key[2]]
            context = {"@odata.context": f"{_root(request)}/$metadata#{name}/$entity"}
            return JSONResponse(context | one[0], headers=VERSION) if one else _error(404, "no such record", by_key[2])
        try:
            return _page(name, found, request)
        except ODataError as error:
            return _error(400, str(error), name)

    return routes


def _page(name: str, rows: list[Row], request: Request) -> JSONResponse:
    asked = dict(request.query_params)
    for option in asked:
        if option not in OPTIONS:
            raise ODataError(f"{option}: not supported")
    fields = frozenset(field for row in rows[:1] for field in row)
    if asked.get("$filter"):
        passes = Filter(asked["$filter"], fields).predicate()
        rows = [row for row in rows if passes(row)]
    total = len(rows)
    # no order is promised without $orderby, so none is given by accident either
    rows = order(rows, asked["$orderby"], fields) if asked.get("$orderby") else sorted(rows, key=lambda row: str(row[KEYS[name]])[::-1])
    first = _whole(asked, "$skip", 0)
    last = min(first + _whole(asked, "$top", total), total)
    at = first + _position(asked.get("$skiptoken"))
    size = _page_size(request)
    shown, names = rows[at : min(at + size, last)], select(asked.get("$select"), fields)
    body: Row = {"@odata.context": f"{_root(request)}/$metadata#{name}"}
    if asked.get("$count") == "true":
        body["@odata.count"] = total
    body["value"] = [{field: row.get(field) for field in names} for row in shown] if names else shown
    if at + size < last:
        token = base64.urlsafe_b64encode(json.dumps([at + size - first, size]).encode()).decode()
        kept = "&".join(f"{option}={quote(value)}" for option, value in asked.items() if option != "$skiptoken")
        body["@odata.nextLink"] = f"{_root(request)}/{name}?{kept + '&' if kept else ''}$skiptoken={quote(token)}"
    applied = {"Preference-Applied": f"odata.maxpagesize={size}"} if _preferred(request) else {}
    return JSONResponse(body, headers=VERSION | applied)


def _preferred(request: Request) -> int | None:
    found = re.search(r"odata\.maxpagesize=(\d+)", request.headers.get("prefer", ""))
    return int(found[1]) if found else None


def _page_size(request: Request) -> int:
    """The size asked for; a next link goes on with its own when the client does not say."""
    preferred = _preferred(request)
    token = request.query_params.get("$skiptoken")
    return min(max(1, preferred or (_read(token)[1] if token else PAGE)), LARGEST_PAGE)


def _position(token: str | None) -> int:
    return _read(token)[0] if token else 0


def _read(token: str) -> tuple[int, int]:
    try:
        position, size = json.loads(base64.urlsafe_b64decode(token))
        return int(position), int(size)
    except (ValueError, TypeError):
        raise ODataError("$skiptoken: not one of this server, or too old") from None


def _whole(asked: dict[str, str], name: str, default: int) -> int:
    value = asked.get(name)
    if value is None:
        return default
    if not value.isdigit():
        raise ODataError(f"{name}: {value[:20]!r} is not a whole number")
    return int(value)


def _guarded(tokens: Tokens, request: Request) -> Response | None:
    return (
        None
        if tokens.opens(request.headers.get("authorization", ""))
        else _error(401, "the token is missing, wrong or expired", "authorization")
    )


def _error(status: int, message: str, target: str) -> JSONResponse:
    return JSONResponse({"error": {"code": str(status), "message": message, "target": target, "details": []}}, status, VERSION)


def _root(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}/reso/odata"


def _metadata(resources: dict[str, list[Row]]) -> str:
    types, sets = [], []
    for name, key in KEYS.items():
        fields = resources[name][0] if resources[name] else {key: ""}
        properties = "".join(f'<Property Name="{escape(field)}" Type="{_type(resources[name], field)}"/>' for field in fields)
        types.append(f'<EntityType Name="{name}"><Key><PropertyRef Name="{key}"/></Key>{properties}</EntityType>')
        sets.append(f'<EntitySet Name="{name}" EntityType="org.reso.metadata.{name}"/>')
    return (
        '<?xml version="1.0" encoding="utf-8"?><edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>'
        f'<Schema Namespace="org.reso.metadata" xmlns="http://docs.oasis-open.org/odata/ns/edm">{"".join(types)}'
        f'<EntityContainer Name="RESO">{"".join(sets)}</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>'
    )


def _type(rows: list[Row], field: str) -> str:
    value = next((row[field] for row in rows if row.get(field) is not None), None)
    if field.endswith(("Timestamp", "Time")):
        return "Edm.DateTimeOffset"
    if field.endswith("Date"):
        return "Edm.Date"
    return {bool: "Edm.Boolean", int: "Edm.Int64", float: "Edm.Decimal"}.get(type(value), "Edm.String")
