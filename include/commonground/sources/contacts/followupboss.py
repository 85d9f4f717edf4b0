"""Follow Up Boss, the real-estate CRM: its API (or saved JSON answers of it) → persons, ties, interactions, utterances, consents.

Every collection answers newest id first, a hundred a page, with the way on in `_metadata`. People, relationships, appointments and deals
change at any age, so all of them are walked, and what the last visit saw there and this one does not is gone; what is only ever added
(events, calls, texts, notes) is walked down to what the last visit saw, plus an overlap.

Credentials: `login` is the API key, the password stays empty; a registered system stands in the connection's `extra` as
`system` and `system_key`. Options: `requests_per_10_seconds: {default: N, events: N}` if the vendor grants the team other limits.
"""

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from commonground.config import Market
from commonground.errors import CredentialsError, UnreadableError
from commonground.sources.base import Item, Page, Record, Refusal, Source, Visit
from commonground.sources.contacts import saved_forms
from commonground.sources.contacts.followupboss_items import Context, UnusableError, moment
from commonground.sources.contacts.followupboss_memory import Key, gone, is_believable, pack, unpack
from commonground.sources.contacts.followupboss_records import SHAPES
from commonground.sources.contacts.saved_forms import tables_or_answers
from commonground.sources.http import Answer, AnswerError, HttpClient, RefusedError
from commonground.sources.saved import Saved, holds, saved_answers

PAGE_SIZE = 100
# Sliding windows of ten seconds; we keep to nine tenths. Unregistered systems get half.
LIMITS = {"default": 250.0, "events": 20.0}
SHARE_OF_LIMIT = 0.9
# How far behind the last visit an appending collection is read again: what was edited or came late. Notes are edited the longest.
OVERLAP_DAYS = {"events": 2, "calls": 7, "textMessages": 2, "notes": 30}
COLLECTIONS = ("users", "people", "peopleRelationships", "events", "calls", "notes", "textMessages", "appointments", "deals")
WALKED_IN_FULL = frozenset({"people", "peopleRelationships", "appointments", "deals"})
_BY_LOWER_NAME = {name.lower(): name for name in COLLECTIONS}


class FollowUpBoss(Source):
    """The CRM of api.followupboss.com."""

    name = "followupboss"
    family = "contacts"
    is_api = True
    expected_kinds = ("person",)

    def fetch(self, visit: Visit) -> Iterator[Page]:
        """Every collection, users first (they tell whose contact is whose).

        A collection that this account may not list comes as one `unavailable` page; people must be listed.

        Raises:
            CredentialsError, UnreadableError, SourceUnavailableError: as `HttpClient.get`.
        """
        marks: dict[str, Any] = dict(visit.checkpoint.get("collections", {}))
        memories: dict[str, str] = dict(visit.checkpoint.get("memories", {}))
        with _client(visit, "default") as client, _client(visit, "events") as events:
            for collection in COLLECTIONS:
                walk = _Walk(collection, marks.get(collection, {}), events if collection == "events" else client)
                said: set[Key] = set()
                try:
                    for page in walk.pages():
                        if collection == "users":
                            visit.next_checkpoint["agents"] = agents_by_user(walk.items_of(page.body), visit.market)
                        yield page
                        if collection in WALKED_IN_FULL:
                            said |= self._keys(page, visit)
                    if collection in WALKED_IN_FULL:
                        yield from _what_is_gone(walk, memories, said, visit.checkpoint.get("visited_at"))
                except (AnswerError, RefusedError) as error:
                    if collection == "people" or error.status not in (400, 403, 404, 405):
                        raise
                    yield Page(f"unavailable:{collection}", f"{client.mask(client.base_url)}{collection}", {"errorMessage": str(error)})
                    continue
                marks[collection] = walk.mark
        visit.next_checkpoint["collections"] = marks
        visit.next_checkpoint["memories"] = memories
        visit.next_checkpoint["visited_at"] = visit.now.isoformat()
        visit.next_checkpoint["watermark"] = max((mark.get("watermark") or "" for mark in marks.values()), default="") or None

    def read(self, path: Path, visit: Visit) -> Iterator[Item]:
        """Saved answers, or the CSV that Follow Up Boss exports. Raises `UnreadableError`."""
        yield from tables_or_answers(path, visit, self.name, self._answers)

    def todays(self, body: Any) -> Any:
        """Other forms of an answer, too."""
        return saved_forms.followupboss(body)

    def _answers(self, path: Path, visit: Visit) -> Iterator[Item]:
        """Saved answers: users are looked at first, whatever their file is called."""
        users: dict[str, str] = {}
        for found in saved_answers(path, self.name, lambda member: holds(member, b'"users"')):
            with suppress(UnreadableError):  # said once, when the file is read for its records
                if isinstance(found, Saved) and self.resource_of(found.body, path) == "users":
                    users |= agents_by_user(_items(found.body, "users"), visit.market)
        visit.next_checkpoint["agents"] = users
        yield from self._read_saved(path, visit)

    def resource_of(self, body: Any, path: Path) -> str:
        """The collection of a saved page."""
        if isinstance(body, dict):
            metadata = body.get("_metadata")
            named = metadata.get("collection") if isinstance(metadata, dict) else None
            for key in (named, *body):
                collection = _BY_LOWER_NAME.get(str(key).lower())
                if collection and isinstance(_items(body, collection), list):
                    return collection
            if isinstance(body.get("errorMessage"), str):
                raise UnreadableError(f"{path.name}: an error answer of Follow Up Boss: {body['errorMessage'][:200]!r}")
        raise UnreadableError(f"{path.name}: no page of Follow Up Boss; expected a list under one of {', '.join(COLLECTIONS)}")

    def conform(self, page: Page, visit: Visit) -> Iterator[Item]:
        """The records of one page of one collection."""
        if page.resource.startswith("unavailable:"):
            collection = page.resource.partition(":")[2]
            yield Refusal("collection_unavailable", f"{collection} cannot be listed: {page.body['errorMessage']}", collection)
            return
        if page.resource.startswith("gone:"):
            yield from _deletions(page)
            return
        if page.resource == "users":
            return
        shape = SHAPES[page.resource]
        context = Context(
            agents=visit.next_checkpoint.get("agents", {}),
            agents_by_name={_name_key(agent.name): agent.agent_id for agent in visit.market.agents},
            where={} if "://" in page.url else {"source_file": page.url},
        )
        items = _items(page.body, page.resource)
        for item in items if isinstance(items, list) else [items]:
            try:
                yield from list(shape(item, context))
            except UnusableError as error:
                yield _refusal(page, item, error.rule, str(error))
            except (TypeError, AttributeError, KeyError, ValueError, RecursionError) as error:
                yield _refusal(page, item, "unreadable_record", f"not in the form of {page.resource} ({type(error).__name__})")

    def _keys(self, page: Page, visit: Visit) -> set[Key]:
        """Kind and key of every record that a page brings."""
        return {
            (item.kind, str(item.values["record_id"]))
            for item in self.conform(page, visit)
            if isinstance(item, Record) and not item.values.get("is_deleted")
        }


def _what_is_gone(walk: "_Walk", memories: dict[str, str], said: set[Key], visited_at: str | None) -> Iterator[Page]:
    """One page that names what the last visit saw and this one did not; remembers what this one saw."""
    before = unpack(memories.get(walk.collection))
    lost = gone(before, said)
    if is_believable(lost, before):
        memories[walk.collection] = pack(said)
        body: dict[str, Any] = {"gone": lost, "seen_at": max(filter(None, [walk.last_mark, visited_at]), default=None)}
    else:
        body = {"unbelievable": len(lost), "of": len(before)}
    if lost:
        yield Page(f"gone:{walk.collection}", walk.client.mask(walk.client.base_url), body)


def _deletions(page: Page) -> Iterator[Item]:
    collection = page.resource.partition(":")[2]
    if count := page.body.get("unbelievable"):
        words = f"{collection}: {count} of {page.body['of']} records are not there any more"
        reason = f"{words}; they are kept, for so many are hardly deleted at once"
        yield Refusal("too_many_gone", reason, collection)
    for kind, record_id in page.body.get("gone", ()):
        # as of the last visit: what comes back later is newer
        yield Record(kind, {"record_id": record_id, "is_deleted": True, "modified_at": page.body["seen_at"]})


class _Walk:
    """One walk down one collection, newest id first."""

    def __init__(self, collection: str, mark: Mapping[str, Any], client: HttpClient) -> None:
        self.collection, self.client = collection, client
        self.last_id, self.last_seen = int(mark.get("max_id") or 0), moment(mark.get("watermark"))
        self.last_mark = mark.get("watermark")
        self.mark: dict[str, Any] = {"max_id": self.last_id, "watermark": mark.get("watermark")}

    def pages(self) -> Iterator[Page]:
        """Pages until there is no way on, or nothing below can be new."""
        # Trash is how the CRM deletes: without it a deleted person would look unchanged for ever
        extra = {"fields": "allFields", "includeTrash": "true"} if self.collection == "people" else {}
        params: dict[str, Any] = {"limit": PAGE_SIZE, **extra}
        answer = self.client.get(self.collection, params)
        seen: set[str] = set()
        while True:
            items = self.items_of(answer.body)
            if not isinstance(items, list):
                raise AnswerError(f"{answer.url}: expected a list under {self.collection!r} in the answer", answer.status)
            self._note(items)
            yield Page(self.collection, answer.url, answer.body)
            way, is_link = _way_on(answer)
            if way is None or self._is_known_from(items):
                return
            if way in seen:
                raise AnswerError(f"{answer.url}: the way on repeats itself", answer.status)
            seen.add(way)
            answer = self.client.get(way) if is_link else self.client.get(self.collection, {**params, "next": way})

    def items_of(self, body: Any) -> Any:
        """The list of a page."""
        return _items(body, self.collection)

    def _note(self, items: list[Any]) -> None:
        for item in filter(lambda one: isinstance(one, dict), items):
            number = item.get("id")
            if isinstance(number, int):
                self.mark["max_id"] = max(self.mark["max_id"], number)
            for key in ("updated", "created"):
                when = moment(item.get(key))
                if when and (not self.mark["watermark"] or when.isoformat() > self.mark["watermark"]):
                    self.mark["watermark"] = when.isoformat()

    def _is_known_from(self, items: list[Any]) -> bool:
        """Whether everything below this page was seen by the last visit and is too old to have changed since."""
        if self.collection not in OVERLAP_DAYS or not self.last_id or self.last_seen is None or not items:
            return False
        oldest = items[-1] if isinstance(items[-1], dict) else {}
        created = moment(oldest.get("created"))
        is_old = created is not None and created < self.last_seen - dt.timedelta(days=OVERLAP_DAYS[self.collection])
        return is_old and isinstance(oldest.get("id"), int) and oldest["id"] <= self.last_id


def agents_by_user(users: Any, market: Market) -> dict[str, str]:
    """The CRM's user ids → our agent_ids, by mail address, else by name. JSON-able; users who are no agent are left out."""
    by_mail = {mail.strip().casefold(): agent.agent_id for agent in market.agents for mail in agent.emails}
    by_name = {_name_key(agent.name): agent.agent_id for agent in market.agents}
    found = {}
    for user in users if isinstance(users, list) else []:
        if not isinstance(user, dict) or user.get("id") is None:
            continue
        name = user.get("name") or f"{user.get('firstName') or ''} {user.get('lastName') or ''}"
        agent = by_mail.get(str(user.get("email") or "").strip().casefold()) or by_name.get(_name_key(str(name)))
        if agent:
            found[str(user["id"])] = agent
    return found


def _name_key(name: str) -> str:
    return " ".join(name.casefold().split())


def _items(body: Any, collection: str) -> Any:
    """The list of a page: under the name of the collection, which the vendor writes in more than one case."""
    if not isinstance(body, dict):
        return None
    return body.get(collection, next((body[key] for key in body if key.lower() == collection.lower()), None))


def _way_on(answer: Answer) -> tuple[str | None, bool]:
    """The link to the next page, else the token for it, and whether it is the link."""
    metadata = answer.body.get("_metadata") if isinstance(answer.body, dict) else None
    if not isinstance(metadata, dict):
        return None, False
    if link := metadata.get("nextLink"):
        return str(link), True
    token = metadata.get("next")
    return (str(token) if token else None), False


def _client(visit: Visit, what: str) -> HttpClient:
    """A client for one of the vendor's limits."""
    credentials = visit.credentials
    key = credentials.login or credentials.password
    if not key:
        raise CredentialsError(f"feed {visit.feed.name!r}: Follow Up Boss wants the API key as the connection's login")
    extra = {re.sub(r"^x_|[^a-z]", "", name.lower().replace("-", "_")): str(value) for name, value in credentials.extra.items() if value}
    system, system_key = extra.get("system"), extra.get("systemkey")
    headers = {"X-System": system or "CommonGround", **({"X-System-Key": system_key} if system_key else {})}
    granted = visit.feed.options.get("requests_per_10_seconds") or {}
    limit = float(granted.get(what) or LIMITS[what] * (1 if system_key else 0.5))
    return HttpClient(
        visit.base_url("https://api.followupboss.com/v1/"),
        headers=headers,
        auth=(key, (credentials.password or "") if credentials.login else ""),
        per_second=limit * SHARE_OF_LIMIT / 10,
        burst=10,
        secrets=[system_key],
    )


def _refusal(page: Page, item: Any, rule: str, reason: str) -> Refusal:
    number = item.get("id") if isinstance(item, dict) else None
    payload = json.dumps(item, default=str)[:4000]
    file = None if "://" in page.url else page.url
    record_id = None if number is None else str(number)
    return Refusal(rule, f"{page.resource} {number}: {reason}", payload, record_id=record_id, source_file=file)
