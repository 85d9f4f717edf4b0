"""Salesforce: its REST API (or saved query answers of it) → persons, interactions, opt-outs.

Contacts, leads, finished tasks and past or coming events, each by a query over `SystemModstamp` since the last visit and a little before,
deleted rows included. Columns that this login may not see are left out: we ask what there is first.

Credentials: `host` (or `instance_url` in `extra`) is your own address, https://yourdomain.my.salesforce.com. Either `password` is an access
token; or `extra` holds `client_id` and `client_secret` of a connected app, alone or with `login` and `password` (and `security_token`).
No request goes to another host than that. Options: `api_version`, `note_fields` (more text fields, kept as words).
"""

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from commonground.errors import ConfigError, CredentialsError, SourceUnavailableError, UnreadableError
from commonground.sources.base import Item, Page, Refusal, Source, Visit
from commonground.sources.contacts import saved_forms
from commonground.sources.contacts.salesforce_records import FIELDS, SHAPES, Context, UnusableError, agents_by_user
from commonground.sources.contacts.saved_forms import tables_or_answers
from commonground.sources.http import Answer, AnswerError, HttpClient, RefusedError
from commonground.sources.saved import Saved, holds, read_saved, saved_answers

API_VERSION = "62.0"
# rows committed late carry an earlier stamp than rows we have seen; the vendor replicates within minutes
OVERLAP_MINUTES = 10
# what is no news of a person: open to-dos, tasks about nobody
ONLY = {"Task": "WhoId != null AND (IsClosed = true OR IsDeleted = true)", "Event": "WhoId != null"}
REQUESTS_PER_SECOND = 10.0


class Salesforce(Source):
    """The CRM of salesforce.com."""

    name = "salesforce"
    family = "contacts"
    is_api = True
    expected_kinds = ("person",)

    def fetch(self, visit: Visit) -> Iterator[Page]:
        """Users, contacts, leads, tasks, events; an object that this login may not query is one `unavailable` page, contacts must be there.

        Raises:
            CredentialsError, UnreadableError, SourceUnavailableError: as `HttpClient.get`.
        """
        marks: dict[str, str] = dict(visit.checkpoint.get("objects", {}))
        with _client(visit) as client:
            for name in FIELDS:
                walk = _Walk(client, name, marks.get(name) if name != "User" else None, visit)
                try:
                    for page in walk.pages():
                        if name == "User":
                            users = visit.next_checkpoint.get("agents", {}) | agents_by_user(_records(page.body), visit.market)
                            visit.next_checkpoint["agents"] = users
                        yield page
                except (AnswerError, RefusedError) as error:
                    if _code(error) == "REQUEST_LIMIT_EXCEEDED":
                        raise SourceUnavailableError(f"{client.base_url}: {_said(error)}; try again tomorrow") from None
                    if name == "Contact" or _code(error) == "INVALID_SESSION_ID" or error.status not in (400, 403, 404):
                        raise type(error)(f"{client.mask(client.base_url)}{name}: {_said(error)}", error.status, error.body) from None
                    yield Page(f"unavailable:{name}", client.mask(client.base_url), {"message": _said(error)})
                    continue
                if walk.mark:
                    marks[name] = walk.mark
        marks.pop("User", None)
        visit.next_checkpoint["objects"] = marks
        visit.next_checkpoint["watermark"] = max(marks.values(), default=None)

    def read(self, path: Path, visit: Visit) -> Iterator[Item]:
        """Saved answers, or the CSV that Salesforce exports. Raises `UnreadableError`."""
        yield from tables_or_answers(path, visit, self.name, self._answers)

    def todays(self, body: Any) -> Any:
        """Other forms of an answer, too."""
        return saved_forms.salesforce(body)

    def _answers(self, path: Path, visit: Visit) -> Iterator[Item]:
        """Saved query answers: users are looked at first, whatever their file is called."""
        agents: dict[str, str] = {}
        for found in saved_answers(path, self.name, lambda member: holds(member, b'"user"')):
            if isinstance(found, Saved):
                agents |= agents_by_user(_records(found.body), visit.market)
        visit.next_checkpoint["agents"] = agents
        yield from read_saved(self, path, visit)

    def resource_of(self, body: Any, path: Path) -> str:
        """The object a saved answer holds rows of."""
        rows = _records(body)
        kinds = {kind for row in rows if (kind := _kind(row)) in FIELDS}
        if kinds or (isinstance(body, dict) and body.get("records") == []):
            return next(iter(sorted(kinds)), "Contact")
        if rows and isinstance(rows[0], dict) and "errorCode" in rows[0]:
            raise UnreadableError(f"{path.name}: an error answer of Salesforce: {str(rows[0].get('message'))[:200]!r}")
        raise UnreadableError(f"{path.name}: no query answer of Salesforce; expected records of {', '.join(FIELDS)}")

    def conform(self, page: Page, visit: Visit) -> Iterator[Item]:
        """The records of one page; rows say themselves what they are."""
        if page.resource.startswith("unavailable:"):
            name = page.resource.partition(":")[2]
            yield Refusal("collection_unavailable", f"{name} cannot be queried: {page.body['message']}", name)
            return
        context = Context(
            agents=visit.next_checkpoint.get("agents", {}),
            owner=visit.owner,
            note_fields=tuple(str(name) for name in visit.feed.options.get("note_fields") or ()),
            where={} if "://" in page.url else {"source_file": page.url},
            now=visit.now,
        )
        for row in _records(page.body):
            kind = _kind(row) or page.resource
            if kind == "User":
                continue
            try:
                if kind not in SHAPES:
                    raise UnusableError("unknown_object", f"a row of {kind!r}, expected one of {', '.join(SHAPES)}")
                yield from list(SHAPES[kind](row, context))
            except UnusableError as error:
                yield _refusal(page, row, kind, error.rule, str(error))
            except (TypeError, AttributeError, KeyError, ValueError, RecursionError) as error:
                yield _refusal(page, row, kind, "unreadable_record", f"not in the form of a {kind} ({type(error).__name__})")


class _Walk:
    """One object, oldest change first."""

    def __init__(self, client: HttpClient, name: str, mark: str | None, visit: Visit) -> None:
        self.client, self.name, self.mark, self.visit = client, name, mark, visit
        version = str(visit.feed.options.get("api_version") or API_VERSION).lstrip("v")
        self.root = f"services/data/v{version}"

    def pages(self) -> Iterator[Page]:
        """Pages until the query is done. A cursor that expires on the way is opened again where it stood."""
        fields = self._fields()
        start = _earlier(self.mark)
        seen: set[str] = set()
        answer = self._query(fields, start)
        while True:
            body = answer.body
            if not isinstance(body, dict) or not isinstance(body.get("records"), list):
                raise AnswerError(f"{answer.url}: expected a list under 'records' in the answer", answer.status)
            stamps = [str(row["SystemModstamp"]) for row in body["records"] if isinstance(row, dict) and row.get("SystemModstamp")]
            self.mark = max([*([self.mark] if self.mark else []), *stamps], default=None)
            yield Page(self.name, answer.url, body)
            following = body.get("nextRecordsUrl")
            if body.get("done") is not False or not following:
                return
            if following in seen:
                raise AnswerError(f"{answer.url}: the way on repeats itself", answer.status)
            seen.add(str(following))
            try:
                answer = self.client.get(str(following))
            except AnswerError as error:
                if _code(error) != "INVALID_QUERY_LOCATOR" or self.mark is None or self.mark == start:
                    raise
                start = self.mark
                answer = self._query(fields, start)

    def _fields(self) -> list[str]:
        """Those of our fields that there are, for this login."""
        answer = self.client.get(f"{self.root}/sobjects/{self.name}/describe")
        described = answer.body.get("fields") if isinstance(answer.body, dict) else None
        there = {str(field.get("name")) for field in described if isinstance(field, dict)} if isinstance(described, list) else set()
        asked = [*FIELDS[self.name], *(str(name) for name in self.visit.feed.options.get("note_fields") or ())]
        # `Account.Name` is there if the link to the account is
        found = [name for name in dict.fromkeys(asked) if (f"{name.partition('.')[0]}Id" if "." in name else name) in there]
        if "Id" not in found:
            raise AnswerError(f"{answer.url}: {self.name} has no field Id to be seen", answer.status)
        return found

    def _query(self, fields: list[str], since: str | None) -> Answer:
        conditions = [f"SystemModstamp >= {since}"] if since else []
        conditions += [ONLY[self.name]] if self.name in ONLY else []
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        soql = f"SELECT {', '.join(fields)} FROM {self.name}{where} ORDER BY SystemModstamp, Id"
        return self.client.get(f"{self.root}/queryAll", {"q": soql})


def _earlier(mark: str | None) -> str | None:
    """A stamp some minutes before another, as SOQL wants it."""
    if not mark:
        return None
    moment = dt.datetime.fromisoformat(mark).astimezone(dt.UTC) - dt.timedelta(minutes=OVERLAP_MINUTES)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def _records(body: Any) -> list[Any]:
    rows = body.get("records") if isinstance(body, dict) else body
    return rows if isinstance(rows, list) else []


def _kind(row: Any) -> str:
    attributes = row.get("attributes") if isinstance(row, dict) else None
    return str(attributes.get("type") or "") if isinstance(attributes, dict) else ""


def _first_error(error: AnswerError | RefusedError) -> Mapping[str, Any]:
    """Salesforce says its errors in a list."""
    said = error.body[0] if isinstance(error.body, list) and error.body else error.body
    return said if isinstance(said, dict) else {}


def _code(error: AnswerError | RefusedError) -> str:
    return str(_first_error(error).get("errorCode") or "")


def _said(error: AnswerError | RefusedError) -> str:
    words = " ".join(str(_first_error(error).get("message") or "").split())[:300]
    return f"{_code(error)}: {words}" if words else str(error)


def _client(visit: Visit) -> HttpClient:
    given = visit.credentials
    extra: Mapping[str, Any] = given.extra
    where = f"feed {visit.feed.name!r}: Salesforce"
    default = extra.get("instance_url") or (f"https://{extra['domain']}.my.salesforce.com" if extra.get("domain") else None)
    try:
        address = visit.base_url(str(default) if default else None)
    except ConfigError:
        raise CredentialsError(f"{where} wants your own address as the connection's host: https://yourdomain.my.salesforce.com") from None
    client_id, client_secret = extra.get("client_id"), extra.get("client_secret")
    if not client_id and not (given.password and not given.login):
        raise CredentialsError(
            f"{where} wants an access token as the connection's password (and no login), "
            "or client_id and client_secret of a connected app in its extra"
        )
    secrets = [given.password, str(extra.get("security_token") or ""), str(client_secret or "")]
    if not client_id:
        return HttpClient(address, auth=given.password, per_second=REQUESTS_PER_SECOND, secrets=secrets)

    def renew() -> str:
        if not given.login:
            return client.client_credentials("services/oauth2/token", str(client_id), str(client_secret or ""))
        password = f"{given.password or ''}{extra.get('security_token') or ''}"
        form = {"grant_type": "password", "client_id": str(client_id), "client_secret": str(client_secret or "")}
        answer = client.post_form("services/oauth2/token", {**form, "username": given.login, "password": password})
        token = answer.body.get("access_token") if isinstance(answer.body, dict) else None
        if not isinstance(token, str) or not token:
            raise AnswerError(f"{answer.url}: the answer has no access_token", answer.status)
        return token

    client = HttpClient(address, renew=renew, per_second=REQUESTS_PER_SECOND, secrets=secrets)
    return client


def _refusal(page: Page, row: Any, kind: str, rule: str, reason: str) -> Refusal:
    number = row.get("Id") if isinstance(row, dict) else None
    record_id = None if number is None else str(number)
    payload = json.dumps(row, default=str, ensure_ascii=False)[:4000]
    return Refusal(rule, f"{kind} {record_id}: {reason}", payload, record_id=record_id, source_file=None if "://" in page.url else page.url)
