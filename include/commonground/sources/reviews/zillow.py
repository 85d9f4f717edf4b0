"""Zillow's agent reviews, as Bridge Interactive serves them (OData, or saved JSON answers) → reviews of the team's agents.

A reviewee is a team member by mail address, else by name. The API holds every agent of the country, so only the team's are asked
for, and a name that several bear is nobody's unless the options say whose. What changed since the last visit is asked for by
`BridgeModificationTimestamp`; when Zillow counts fewer reviews than we know, the keys are compared and what is gone is deleted.

Credentials: `password` is the server token; it goes in a header, never in an address. Options: `reviewees`, RevieweeKey →
agent_id, or `team` for a profile of the team.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from commonground.config import Agent
from commonground.errors import ConfigError, CredentialsError, UnreadableError
from commonground.sources.base import Item, Page, Record, Refusal, Source, Visit
from commonground.sources.drop_json import payload_of
from commonground.sources.http import AnswerError, HttpClient
from commonground.sources.reviews import older
from commonground.sources.reviews.rows import file_of, rows
from commonground.sources.text import clean_text, local_moment

PAGE_SIZE = 200  # the vendor's largest
PER_MINUTE, PER_HOUR = 300, 4500  # nine tenths of 334 and 5000
NAMES_A_QUESTION = 20  # mails and names in one $filter: addresses have a length that servers take
CLOCK_SLACK = dt.timedelta(days=1)  # a timestamp further ahead would hide every change until then
_LINKS = ("@odata.nextLink", "odata.nextLink")


class Zillow(Source):
    """Reviews of agents on Zillow."""

    name = "zillow"
    family = "reviews"
    is_api = True
    first_resources = ("Reviewees",)

    def fetch(self, visit: Visit) -> Iterator[Page]:
        """The team's reviewees, then what is new in their reviews. Raises as `HttpClient.get`, and `ConfigError` for bad options."""
        told = _told(visit)
        marks: dict[str, dict[str, Any]] = dict(visit.checkpoint.get("reviewees") or {})
        with _client(visit) as client:
            reviewees: list[dict[str, Any]] = []
            for condition in _conditions(visit, told):
                for page in _walk(client, "Reviewees", condition):
                    reviewees += [row for row in page.body["value"] if isinstance(row, dict)]
                    yield page
            whose = agents_by_reviewee(reviewees, visit.market.agents, told)
            for reviewee in {str(row["RevieweeKey"]): row for row in reviewees if row.get("RevieweeKey")}.values():
                key = str(reviewee["RevieweeKey"])
                if key in whose:
                    walk = _Reviews(client, key, marks.get(key, {}), visit.now)
                    yield from walk.pages(reviewee.get("ReviewCount"))
                    marks[key] = walk.mark
        visit.next_checkpoint["reviewees"] = marks
        visit.next_checkpoint["watermark"] = max((mark.get("watermark") or "" for mark in marks.values()), default="") or None

    def todays(self, body: Any) -> Any:
        """Answers of the vendor's older APIs, too."""
        return older.zillow(body)

    def resource_of(self, body: Any, path: Path) -> str:
        """`Reviewees` or `Reviews`, by the keys of the rows; a page without any by its context or the file's name."""
        if isinstance(body, dict):
            value = body.get("value")
            if isinstance(value, list):
                for row in value:
                    if isinstance(row, dict):
                        if "ReviewKey" in row or "ReviewId" in row:
                            return "Reviews"
                        if "RevieweeKey" in row or "RevieweeFullName" in row:
                            return "Reviewees"
                words = f"{body.get('@odata.context') or ''} {path.stem}".lower()
                if not value and "review" in words:
                    return "Reviewees" if "reviewee" in words else "Reviews"
            if isinstance(body.get("error"), dict):
                raise UnreadableError(f"{path.name}: an error answer of Bridge: {str(body['error'].get('message'))[:200]!r}")
        raise UnreadableError(f"{path.name}: no page of Zillow's reviews; expected a list 'value' of objects with ReviewKey or RevieweeKey")

    def conform(self, page: Page, visit: Visit) -> Iterator[Item]:
        """Reviews, each of the agent whose profile it stands in; reviewees bring a row only if they cannot be told apart."""
        value = page.body["value"]
        if page.resource == "Reviewees":
            yield from self._reviewees(value, page, visit)
        elif page.resource == "gone":
            for key in value:
                yield Record("review", {"record_id": key, "is_deleted": True, "modified_at": visit.now})
        else:
            whose = agents_by_reviewee(visit.notes.get("reviewees", []), visit.market.agents, _told(visit))
            profiles = {str(row.get("RevieweeKey")): row.get("RevieweeProfileURL") for row in visit.notes.get("reviewees", [])}
            returned = set((visit.checkpoint.get("reviewees") or {}).get(page.body.get("reviewee"), {}).get("gone") or ())
            read = partial(_review, whose=whose, profiles=profiles, returned=returned, now=visit.now)
            yield from rows(value, "review", read, key="ReviewKey", page=page, fixed={"source_file": file_of(page)})

    def _reviewees(self, value: list[Any], page: Page, visit: Visit) -> Iterator[Item]:
        known: list[dict[str, Any]] = visit.notes.setdefault("reviewees", [])
        for row in value:
            if not isinstance(row, dict) or not isinstance(row.get("RevieweeKey"), (str, int)):
                reason = "a reviewee without RevieweeKey; expected one"
                yield Refusal("unreadable_reviewee", reason, payload_of(row), "review", source_file=file_of(page))
                continue
            known.append(row)
        whose = agents_by_reviewee(known, visit.market.agents, _told(visit))
        unsettled = {_name_key(agent.name) for agent in visit.market.agents if agent.agent_id not in whose.values()}
        for row in (one for one in value if isinstance(one, dict)):
            key = str(row.get("RevieweeKey"))
            if isinstance(row.get("Reviews"), list):  # an answer with $expand=Reviews
                yield from self.conform(Page("Reviews", page.url, {"value": [_under(row, one) for one in row["Reviews"]]}), visit)
            elif key not in whose and _name_key(row.get("RevieweeFullName")) in unsettled:
                reason = f"reviewee {key} is called like a team member, and so are others; options.reviewees can say whose it is"
                yield Refusal("ambiguous_reviewee", reason, payload_of(row), "review", key, source_file=file_of(page))


class _Reviews:
    """The reviews of one reviewee since its mark: `{watermark, keys, gone}`."""

    def __init__(self, client: HttpClient, reviewee: str, mark: Mapping[str, Any], now: dt.datetime) -> None:
        self.client, self.reviewee, self.now = client, reviewee, now
        self.since, self.known, self.gone = mark.get("watermark"), set(mark.get("keys") or ()), set(mark.get("gone") or ())
        self.newest = self.since or ""

    def pages(self, count: object) -> Iterator[Page]:
        """What changed; then, if the vendor counts fewer than we know, which of them are gone."""
        own = f"RevieweeKey eq {_quoted(self.reviewee)}"
        since = f" and BridgeModificationTimestamp ge {self.since}" if self.since else ""
        for page in _walk(self.client, "Reviews", own + since, "BridgeModificationTimestamp asc,ReviewKey asc"):
            seen = self._keys(page)
            self.known, self.gone = self.known | seen, self.gone - seen
            self._note_newest(page.body["value"])
            yield Page(page.resource, page.url, {**page.body, "reviewee": self.reviewee})
        if isinstance(count, int) and count < len(self.known):
            there: set[str] = set()
            for page in _walk(self.client, "Reviews", own, "ReviewKey asc", "ReviewKey"):
                there |= self._keys(page)
            missing = self.known - there
            self.known, self.gone = self.known & there, self.gone | missing
            if missing:
                yield Page("gone", f"zillow:{self.reviewee}", {"value": sorted(missing)})

    @property
    def mark(self) -> dict[str, Any]:
        """What the next visit needs."""
        return {"watermark": self.newest or None, "keys": sorted(self.known), "gone": sorted(self.gone)}

    def _keys(self, page: Page) -> set[str]:
        return {key for row in page.body["value"] if isinstance(row, dict) and (key := _key(row))}

    def _note_newest(self, value: list[Any]) -> None:
        for row in value:
            try:
                at = _moment(row.get("BridgeModificationTimestamp")) if isinstance(row, dict) else None
            except ValueError:
                continue
            if at is not None and at <= self.now + CLOCK_SLACK:
                self.newest = max(self.newest, at.isoformat(timespec="milliseconds").replace("+00:00", "Z"))


def agents_by_reviewee(reviewees: list[dict[str, Any]], agents: list[Agent], told: Mapping[str, str]) -> dict[str, str]:
    """RevieweeKey → agent_id (or `team`): as the options say, else by mail address, else by a name that one reviewee alone bears."""
    by_mail = {mail.strip().casefold(): agent.agent_id for agent in agents for mail in agent.emails}
    by_name = {_name_key(agent.name): agent.agent_id for agent in agents}
    rows_by_key = {str(row.get("RevieweeKey")): row for row in reviewees}
    found = {key: told[key] for key in rows_by_key if key in told}
    for key, row in rows_by_key.items():
        agent_id = by_mail.get(clean_text(row.get("RevieweeEmail")).casefold())
        if agent_id:
            found.setdefault(key, agent_id)
    settled = set(found.values())
    bearers: dict[str, list[str]] = {}
    for key, row in rows_by_key.items():
        agent_id = by_name.get(_name_key(row.get("RevieweeFullName")))
        if agent_id and key not in found and agent_id not in settled:
            bearers.setdefault(agent_id, []).append(key)
    return found | {keys[0]: agent_id for agent_id, keys in bearers.items() if len(keys) == 1}


def _name_key(name: object) -> str:
    return " ".join(clean_text(name).casefold().split())


def _under(reviewee: Mapping[str, Any], review: Any) -> Any:
    return {**review, "RevieweeKey": review.get("RevieweeKey") or reviewee.get("RevieweeKey")} if isinstance(review, dict) else review


def _key(review: Mapping[str, Any]) -> str:
    return clean_text(review.get("ReviewKey")) or clean_text(review.get("ReviewId"))


def _review(
    review: Mapping[str, Any],
    *,
    whose: Mapping[str, str],
    profiles: Mapping[str, Any],
    returned: set[str],
    now: dt.datetime,
) -> dict[str, Any]:
    record_id, reviewee = _key(review), clean_text(review.get("RevieweeKey"))
    if not record_id:
        raise ValueError("has neither ReviewKey nor ReviewId")
    agent_id = whose.get(reviewee)
    name = clean_text(review.get("ReviewerFullName")) or clean_text(review.get("ReviewerScreenName"))
    written_at = _moment(review.get("ReviewDate"))
    profile = profiles.get(reviewee)
    return {
        "record_id": record_id,
        # what was deleted and is there again must be newer than its deletion
        "modified_at": now if record_id in returned else _moment(review.get("BridgeModificationTimestamp")) or written_at,
        "subject_type": "team" if agent_id == "team" else "agent",
        "subject_agent_id": None if agent_id == "team" else agent_id,
        "reviewer_name": name or None,
        "is_anonymous": not name,
        "rating": review.get("Rating"),
        "text": clean_text(review.get("Description")),
        "occurred_at": written_at,
        "source_url": profile if isinstance(profile, str) and profile.startswith("https://") else None,
    }


def _moment(value: object) -> dt.datetime | None:
    """A time or a day of Bridge's, in UTC where it names no zone; raises `ValueError`."""
    return local_moment(clean_text(value), dt.UTC)


def _told(visit: Visit) -> dict[str, str]:
    told = visit.feed.options.get("reviewees") or {}
    known = {"team", *(agent.agent_id for agent in visit.market.agents)}
    if not isinstance(told, dict) or not all(str(agent_id) in known for agent_id in told.values()):
        expected = f"RevieweeKey: one of {', '.join(sorted(known))}"
        raise ConfigError(f"feeds.yaml: feed {visit.feed.name!r}: options.reviewees wants {expected}")
    return {str(key): str(agent_id) for key, agent_id in told.items()}


def _conditions(visit: Visit, told: Mapping[str, str]) -> list[str]:
    """`$filter`s that name the team: keys that are told, mails as written and in small letters (the server minds case), names."""
    agents = visit.market.agents
    mails = dict.fromkeys(form for agent in agents for mail in agent.emails for form in (mail.strip(), mail.strip().lower()))
    parts = [f"RevieweeKey eq {_quoted(key)}" for key in told]
    parts += [f"RevieweeEmail eq {_quoted(mail)}" for mail in mails]
    parts += [f"RevieweeFullName eq {_quoted(agent.name)}" for agent in agents]
    return [" or ".join(parts[at : at + NAMES_A_QUESTION]) for at in range(0, len(parts), NAMES_A_QUESTION)]


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _walk(client: HttpClient, resource: str, condition: str, order: str | None = None, select: str | None = None) -> Iterator[Page]:
    """Pages of a resource, by the server's own links."""
    answer = client.get(resource, {"$filter": condition, "$orderby": order, "$select": select, "$top": PAGE_SIZE})
    links = set[str]()
    while True:
        value = answer.body.get("value") if isinstance(answer.body, dict) else None
        if not isinstance(value, list):
            raise AnswerError(f"{answer.url}: expected an OData answer with a list 'value'", answer.status)
        # the links may carry a token, so they are not kept with the page
        yield Page(resource, client.mask(client.base_url + resource), {"value": value})
        link = next((answer.body[name] for name in _LINKS if answer.body.get(name)), None)
        if link is None:
            return
        if not isinstance(link, str) or link in links:
            raise AnswerError(f"{answer.url}: the next page's link leads in circles", answer.status)
        links.add(link)
        answer = client.get(_without_token(link))


def _without_token(link: str) -> str:
    """The server's link without the token it may repeat: ours goes in a header."""
    parts = urlsplit(link)
    if "access_token" not in parts.query:
        return link
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "access_token"]
    return urlunsplit(parts._replace(query=urlencode(kept)))


def _client(visit: Visit) -> HttpClient:
    token = visit.credentials.password or visit.credentials.login
    if not token:
        raise CredentialsError(f"feed {visit.feed.name!r}: Zillow's reviews want Bridge's server token as the connection's password")
    base = visit.base_url("https://api.bridgedataoutput.com/api/v2/OData/reviews/")
    return HttpClient(base, auth=token, per_minute=PER_MINUTE, per_hour=PER_HOUR)
