"""Salesforce's REST API: token endpoint, describe, SOQL with a cursor, errors in a list."""

import operator
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from commonground.sandbox.server.faults import FaultPlan
from commonground.sandbox.server.state import TownState
from commonground.sandbox.server.tokens import Tokens

Row = dict[str, Any]
PAGE_SIZE = 200
_STANDARD = "Id IsDeleted OwnerId CreatedDate CreatedById LastModifiedDate LastModifiedById SystemModstamp LastActivityDate"
_PERSON = "Salutation FirstName LastName Name Title Email Phone MobilePhone Fax LeadSource Description HasOptedOutOfEmail DoNotCall"
_ACTIVITY = "WhoId WhatId Subject Description Type AccountId"
_OBJECTS = {
    "User": "Id Name FirstName LastName Email IsActive CreatedDate LastModifiedDate SystemModstamp",
    "Contact": f"{_STANDARD} {_PERSON} AccountId HomePhone OtherPhone Birthdate Department MailingStreet MailingCity MailingState "
    "ReportsToId MailingPostalCode MailingCountry OtherStreet OtherCity OtherState OtherPostalCode OtherCountry",
    "Lead": f"{_STANDARD} {_PERSON} Company Status Street City State PostalCode Country Website IsConverted ConvertedContactId",
    "Task": f"{_STANDARD} {_ACTIVITY} ActivityDate CompletedDateTime Status Priority IsClosed TaskSubtype CallType CallDurationInSeconds "
    "CallDisposition",
    "Event": f"{_STANDARD} {_ACTIVITY} Location StartDateTime EndDateTime DurationInMinutes IsAllDayEvent",
}
FIELDS = {name: frozenset(fields.split()) for name, fields in _OBJECTS.items()}
_SOQL = re.compile(
    r"SELECT (?P<fields>.+?) FROM (?P<object>\w+)(?: WHERE (?P<where>.+?))?(?: ORDER BY (?P<order>[\w, ]+?))?(?: LIMIT (?P<limit>\d+))?",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"\(?\s*(\w+)\s*(>=|<=|!=|=|>|<)\s*('[^']*'|\S+?)\s*\)?", re.IGNORECASE)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt, "=": operator.eq, "!=": operator.ne,
}  # fmt: skip
_WORDS = {"null": None, "true": True, "false": False}


def router(state: TownState, keys: dict[str, str], plan: FaultPlan) -> APIRouter:
    """The routes under `/salesforce/services`."""
    routes, tokens = APIRouter(prefix="/salesforce/services"), Tokens(keys["salesforce"], plan)

    def stranger(request: Request) -> JSONResponse | None:
        if tokens.opens(request.headers.get("authorization", "")):
            return None
        return _error(401, "INVALID_SESSION_ID", "Session expired or invalid")

    @routes.post("/oauth2/token")
    async def token(request: Request) -> JSONResponse:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        if (form.get("client_id"), form.get("client_secret")) != (keys["salesforce_client"], keys["salesforce_secret"]):
            return JSONResponse({"error": "invalid_client", "error_description": "invalid client credentials"}, 400)
        return JSONResponse({"access_token": tokens.mint(), "token_type": "Bearer", "instance_url": str(request.base_url)})

    @routes.get("/data/{_}/sobjects/{name}/describe")
    def describe(_: str, name: str, request: Request) -> JSONResponse:
        return stranger(request) or _description(name)

    @routes.get("/data/{version}/{kind}")
    def query(version: str, kind: str, request: Request) -> JSONResponse:
        return stranger(request) or _answer(state, version, kind, request.query_params.get("q", ""), 0)

    @routes.get("/data/{version}/{kind}/{cursor}")
    def more(version: str, kind: str, cursor: str, request: Request) -> JSONResponse:
        return stranger(request) or _from_cursor(state, version, kind, cursor)

    return routes


def _description(name: str) -> JSONResponse:
    if name not in FIELDS:
        return _error(404, "NOT_FOUND", "The requested resource does not exist")
    return JSONResponse({"name": name, "fields": [{"name": field} for field in sorted(FIELDS[name])]})


def _from_cursor(state: TownState, version: str, kind: str, cursor: str) -> JSONResponse:
    try:
        soql, _, start = bytes.fromhex(cursor).decode().rpartition("|")
        return _answer(state, version, kind, soql, int(start))
    except ValueError:
        return _error(400, "INVALID_QUERY_LOCATOR", "invalid query locator")


def _answer(state: TownState, version: str, kind: str, soql: str, start: int) -> JSONResponse:
    if kind not in ("query", "queryAll"):
        return _error(404, "NOT_FOUND", "The requested resource does not exist")
    asked = _SOQL.fullmatch(" ".join(soql.split()))
    if not asked:
        return _error(400, "MALFORMED_QUERY", f"unexpected token: {soql[:40]}")
    if asked["object"] not in FIELDS:
        return _error(400, "INVALID_TYPE", f"sObject type '{asked['object']}' is not supported.")
    fields = [field.strip() for field in asked["fields"].split(",")]
    for field in fields:
        if (f"{field.partition('.')[0]}Id" if "." in field else field) not in FIELDS[asked["object"]]:
            return _error(400, "INVALID_FIELD", f"No such column '{field}' on entity '{asked['object']}'.")
    rows = state.get("salesforce")[asked["object"]]
    rows = [row for row in rows if (kind == "queryAll" or not row["IsDeleted"]) and _passes(row, asked["where"])]
    order = [part.split()[0] for part in (asked["order"] or "Id").split(",")]
    rows.sort(key=lambda row: [str(row.get(name) or "") for name in order])
    shown = [_shown(row, asked["object"], fields, version) for row in rows[start : start + PAGE_SIZE]]
    body: Row = {"totalSize": len(rows), "done": start + PAGE_SIZE >= len(rows), "records": shown}
    if not body["done"]:
        cursor = f"{soql}|{start + PAGE_SIZE}".encode().hex()
        body["nextRecordsUrl"] = f"/salesforce/services/data/{version}/{kind}/{cursor}"
    return JSONResponse(body)


def _passes(row: Row, where: str | None) -> bool:
    """Conditions joined by AND, each alone or an OR of some in brackets."""
    if not where:
        return True
    return all(any(_holds(row, one) for one in part.split(" OR ")) for part in where.split(" AND "))


def _holds(row: Row, condition: str) -> bool:
    found = _CONDITION.fullmatch(condition.strip())
    if not found:
        return False
    mine, theirs = row.get(found[1]), _WORDS.get(found[3].lower(), found[3].strip("'"))
    if isinstance(mine, str) and isinstance(theirs, str):
        mine, theirs = mine.replace("+0000", "Z"), theirs
    if theirs is None or isinstance(theirs, bool) or mine is None:
        return _COMPARE[found[2]](mine, theirs) if found[2] in ("=", "!=") else False
    return _COMPARE[found[2]](str(mine), str(theirs))


def _shown(row: Row, name: str, fields: list[str], version: str) -> Row:
    shown: Row = {"attributes": {"type": name, "url": f"/services/data/{version}/sobjects/{name}/{row['Id']}"}}
    for field in fields:
        parent, dot, _ = field.partition(".")
        shown[parent if dot else field] = row.get(parent if dot else field)
    return shown


def _error(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse([{"message": message, "errorCode": code}], status)
