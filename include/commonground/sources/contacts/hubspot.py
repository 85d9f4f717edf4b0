"""HubSpot's contacts: its API (or saved JSON answers of it) → persons, the team's words about them, ties, opt-outs.

The first visit lists every contact, later ones search for what was modified since. A search shows 10,000 rows at most, so it goes on
in windows: from the last time it saw, and inside one millisecond by id. Deleted contacts are listed apart (HubSpot shows them for 90 days).

Credentials: `password` is the private app's token. Options: `properties` (more properties, kept as words), `associations: true`
(contacts tied to contacts), `requests_per_10_seconds` (if the account may do more than 100).
"""

import datetime as dt
import email.utils
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from commonground.config import Market
from commonground.errors import CredentialsError, UnreadableError
from commonground.sources.base import Item, Page, Refusal, Source, Visit
from commonground.sources.contacts import saved_forms
from commonground.sources.contacts.hubspot_records import PROPERTIES, UnusableError, contact
from commonground.sources.contacts.saved_forms import tables_or_answers
from commonground.sources.drops import Member
from commonground.sources.http import Answer, AnswerError, HttpClient, RefusedError
from commonground.sources.saved import Saved, holds, read_saved, saved_answers

CONTACTS = "crm/v3/objects/contacts"
PAGE_SIZE = 100
# a search refuses to page beyond this many rows
SEARCH_CAP = 10_000
# the index that searches look into lags behind writes by seconds, our clocks may differ by more
OVERLAP_MINUTES = 15
REQUESTS_PER_10_SECONDS = 100.0
SEARCHES_PER_SECOND = 4.0
SHARE_OF_LIMIT = 0.9
_MODIFIED = "lastmodifieddate"


class HubSpot(Source):
    """The CRM of api.hubapi.com."""

    name = "hubspot"
    family = "contacts"
    is_api = True
    expected_kinds = ("person",)

    def fetch(self, visit: Visit) -> Iterator[Page]:
        """Owners, then all contacts, or those modified since the last visit and those deleted.

        Raises:
            CredentialsError, UnreadableError, SourceUnavailableError: as `HttpClient.get`.
        """
        since = _moment(visit.checkpoint.get("watermark"))
        with _client(visit) as client, _client(visit, SEARCHES_PER_SECOND) as searches:
            walk = _Walk(client, searches, visit)
            yield from walk.owners()
            if since is None:
                yield from walk.listed({})
            else:
                yield from walk.modified(since - dt.timedelta(minutes=OVERLAP_MINUTES))
                yield from walk.listed({"archived": "true"})
        visit.next_checkpoint["watermark"] = walk.began.isoformat()

    def read(self, path: Path, visit: Visit) -> Iterator[Item]:
        """Saved answers, or the CSV that HubSpot exports. Raises `UnreadableError`."""
        yield from tables_or_answers(path, visit, self.name, self._answers)

    def todays(self, body: Any) -> Any:
        """Other forms of an answer, too."""
        return saved_forms.hubspot(body)

    def _answers(self, path: Path, visit: Visit) -> Iterator[Item]:
        """Saved answers: owners are looked at first, whatever their file is called."""
        agents: dict[str, str] = {}
        for found in saved_answers(path, self.name, _may_hold_owners):
            if isinstance(found, Saved):
                agents |= _agents(found.body, visit.market)
        visit.next_checkpoint["agents"] = agents
        yield from read_saved(self, path, visit)

    def resource_of(self, body: Any, path: Path) -> str:
        """`contacts` or `owners`."""
        pages = _pages(body)
        if any("properties" in item for page in pages for item in page if isinstance(item, dict)):
            return "contacts"
        if any("email" in item for page in pages for item in page if isinstance(item, dict)):
            return "owners"
        if isinstance(body, dict) and body.get("status") == "error":
            raise UnreadableError(f"{path.name}: an error answer of HubSpot: {str(body.get('message'))[:200]!r}")
        if isinstance(body, dict) and body.get("results") == []:
            return "contacts"
        raise UnreadableError(f"{path.name}: no page of HubSpot's contacts; expected a list of contacts under 'results'")

    def conform(self, page: Page, visit: Visit) -> Iterator[Item]:
        """The records of one page."""
        if page.resource.startswith("unavailable:"):
            what = page.resource.partition(":")[2]
            yield Refusal("collection_unavailable", f"{what} cannot be listed: {page.body['message']}", what)
            return
        if page.resource == "owners":
            return
        agents = visit.next_checkpoint.get("agents", {})
        where = {} if "://" in page.url else {"source_file": page.url}
        more = [str(name) for name in visit.feed.options.get("properties") or ()]
        is_dump = isinstance(page.body, dict) and "results" not in page.body
        for item in (item for items in _pages(page.body) for item in items):
            if is_dump and isinstance(item, dict) and "properties" not in item:
                continue  # beside contacts, a dump of pages holds lists of other things
            try:
                yield from list(contact(item, agents, visit.owner, more, where))
            except UnusableError as error:
                yield _refusal(page, item, error.rule, str(error))
            except (TypeError, AttributeError, KeyError, ValueError, RecursionError) as error:
                yield _refusal(page, item, "unreadable_record", f"not in the form of a contact ({type(error).__name__})")


class _Walk:
    """One visit to the API."""

    def __init__(self, client: HttpClient, searches: HttpClient, visit: Visit) -> None:
        self.client, self.searches, self.visit = client, searches, visit
        self.began = visit.now
        self.properties = [*PROPERTIES, *(str(name) for name in visit.feed.options.get("properties") or ())]

    def owners(self) -> Iterator[Page]:
        """The account's users; an app without that permission goes on without them."""
        agents: dict[str, str] = {}
        try:
            for page in self._paged("owners", "crm/v3/owners", {"limit": PAGE_SIZE}):
                agents |= _agents(page.body, self.visit.market)
                yield page
        except (AnswerError, RefusedError) as error:
            if error.status not in (403, 404):
                raise
            yield Page("unavailable:owners", self.client.base_url, {"message": str(error)})
        self.visit.next_checkpoint["agents"] = agents or dict(self.visit.checkpoint.get("agents", {}))

    def listed(self, only: Mapping[str, str]) -> Iterator[Page]:
        """Every contact, or every deleted one."""
        ties = {"associations": "contacts"} if self.visit.feed.options.get("associations") else {}
        params = {"limit": PAGE_SIZE, "properties": ",".join(self.properties), **ties, **only}
        yield from self._paged("contacts", CONTACTS, params)

    def _paged(self, resource: str, path: str, params: Mapping[str, Any]) -> Iterator[Page]:
        after: str | None = None
        seen: set[str] = set()
        while True:
            answer = self.client.get(path, {**params, "after": after})
            self._look_at_clock(answer)
            self._check(answer)
            yield Page(resource, answer.url, answer.body)
            after = _after(answer)
            if after is None:
                return
            if after in seen:
                raise AnswerError(f"{answer.url}: the way on repeats itself", answer.status)
            seen.add(after)

    def modified(self, since: dt.datetime) -> Iterator[Page]:
        """What was modified since, in windows of at most 10,000 rows."""
        mark = int(since.timestamp() * 1000)
        while True:
            filters = [{"propertyName": _MODIFIED, "operator": "GTE", "value": str(mark)}]
            last: int | None = None
            is_whole = True
            for page, is_cut in self._search(filters, _MODIFIED):
                yield page
                last = max([last or mark, *filter(None, map(_millis, page.body["results"]))])
                is_whole = not is_cut
            if is_whole or last is None:
                return
            if last == mark:  # more than a window of one millisecond: an import
                yield from self._of_one_moment(mark)
                last = mark + 1
            mark = last

    def _of_one_moment(self, mark: int) -> Iterator[Page]:
        last_id = 0
        while True:
            before = last_id
            filters = [
                {"propertyName": _MODIFIED, "operator": "EQ", "value": str(mark)},
                {"propertyName": "hs_object_id", "operator": "GT", "value": str(last_id)},
            ]
            is_whole = True
            for page, is_cut in self._search(filters, "hs_object_id"):
                yield page
                last_id = max([last_id, *map(_number, page.body["results"])])
                is_whole = not is_cut
            if is_whole:
                return
            if last_id == before:
                raise AnswerError(f"{page.url}: rows behind id {last_id} were asked for, and none came")

    def _search(self, filters: list[dict[str, str]], sort: str) -> Iterator[tuple[Page, bool]]:
        """Pages of one search, and with each whether it is the last that the cap allows while there is more."""
        question: dict[str, Any] = {
            "filterGroups": [{"filters": filters}],
            "sorts": [{"propertyName": sort, "direction": "ASCENDING"}],
            "properties": self.properties,
            "limit": PAGE_SIZE,
        }
        seen: set[str] = set()
        while True:
            answer = self.searches.post_json(f"{CONTACTS}/search", question)
            self._look_at_clock(answer)
            self._check(answer)
            after = _after(answer)
            if after is not None and not after.isdecimal():
                raise AnswerError(f"{answer.url}: the way on is {after[:20]!r}, expected a number", answer.status)
            is_cut = after is not None and int(after) + PAGE_SIZE > SEARCH_CAP
            yield Page("contacts", answer.url, answer.body), is_cut
            if after is None or is_cut:
                return
            if after in seen:
                raise AnswerError(f"{answer.url}: the way on repeats itself", answer.status)
            seen.add(after)
            question["after"] = after

    def _check(self, answer: Answer) -> None:
        if not isinstance(answer.body, dict) or not isinstance(answer.body.get("results"), list):
            raise AnswerError(f"{answer.url}: expected a list under 'results' in the answer", answer.status)

    def _look_at_clock(self, answer: Answer) -> None:
        """What is modified while we walk is for the next visit: the mark is the server's time of the first answer."""
        if self.began is not self.visit.now:
            return
        try:
            self.began = min(self.visit.now, email.utils.parsedate_to_datetime(answer.headers["Date"]))
        except (KeyError, ValueError, TypeError):
            self.began = self.visit.now


def _pages(body: Any) -> list[list[Any]]:
    """The lists of items in a body: under `results`, or in a dump of several pages under their names."""
    if isinstance(body, list):
        return [body]
    if not isinstance(body, dict):
        return []
    if isinstance(body.get("results"), list):
        return [body["results"]]
    return [page["results"] for page in body.values() if isinstance(page, dict) and isinstance(page.get("results"), list)]


def _after(answer: Answer) -> str | None:
    paging = answer.body.get("paging") if isinstance(answer.body, dict) else None
    following = paging.get("next") if isinstance(paging, dict) else None
    after = following.get("after") if isinstance(following, dict) else None
    return str(after) if after not in (None, "") else None


def _number(item: Any) -> int:
    """The item's id; 0 if it has none."""
    number = str(item.get("id")) if isinstance(item, dict) else ""
    return int(number) if number.isdecimal() and len(number) < 20 else 0


def _millis(item: Any) -> int | None:
    if not isinstance(item, dict):
        return None
    properties = item.get("properties")
    moment = _moment((properties.get(_MODIFIED) if isinstance(properties, dict) else None) or item.get("updatedAt"))
    return round(moment.timestamp() * 1000) if moment else None


def _moment(value: object) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found and found.tzinfo else None


def _may_hold_owners(member: Member) -> bool:
    return not holds(member, b'"properties"') or holds(member, b"userid")


def _agents(body: Any, market: Market) -> dict[str, str]:
    """Owner id → agent_id, by mail, else by name."""
    by_mail = {mail.casefold(): agent.agent_id for agent in market.agents for mail in agent.emails}
    by_name = {" ".join(agent.name.casefold().split()): agent.agent_id for agent in market.agents}
    found = {}
    for owner in (item for page in _pages(body) for item in page if isinstance(item, dict) and "properties" not in item):
        name = f"{owner.get('firstName') or ''} {owner.get('lastName') or ''}"
        agent = by_mail.get(str(owner.get("email") or "").casefold()) or by_name.get(" ".join(name.casefold().split()))
        if agent and owner.get("id") is not None:
            found[str(owner["id"])] = agent
    return found


def _client(visit: Visit, per_second: float | None = None) -> HttpClient:
    token = visit.credentials.password
    if not token:
        raise CredentialsError(f"feed {visit.feed.name!r}: HubSpot wants the private app's token as the connection's password")
    granted = float(visit.feed.options.get("requests_per_10_seconds") or REQUESTS_PER_10_SECONDS)
    return HttpClient(
        visit.base_url("https://api.hubapi.com/"),
        auth=token,
        per_second=per_second * granted / REQUESTS_PER_10_SECONDS if per_second else granted * SHARE_OF_LIMIT / 10,
        burst=1 if per_second else 10,
        limit_wait_seconds=10,
        is_spent=lambda said: isinstance(said, dict) and str(said.get("policyName")).upper() == "DAILY",
    )


def _refusal(page: Page, item: Any, rule: str, reason: str) -> Refusal:
    number = item.get("id") if isinstance(item, dict) else None
    payload = json.dumps(item, default=str, ensure_ascii=False)[:4000]
    file = None if "://" in page.url else page.url
    record_id = None if number is None else str(number)
    return Refusal(rule, f"contact {record_id}: {reason}", payload, "person", record_id, file)
