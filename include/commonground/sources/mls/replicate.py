"""Replicating a RESO Web API: what changed since the last committed visit, page after page, resource after resource.

Every page carries the checkpoint that is true once it is committed: watermarks of the resources that are through, and how to go on
with the walk that is not. Across visits a walk starts a little before the newest timestamp seen, with `ge`: rows seen twice are no
news to the loader, rows left out would be lost. An empty watermark never means everything: a first load is one because the
checkpoint says that the resource was never loaded.
"""

import copy
import datetime as dt
import logging
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from commonground.errors import CredentialsError, SourceUnavailableError, UnreadableError
from commonground.sources.base import Page, Visit
from commonground.sources.http import AnswerError, HttpClient, RefusedError
from commonground.sources.mls import deletions, metadata, normalise
from commonground.sources.mls.asking import Manners, Server
from commonground.sources.mls.deletions import Seen
from commonground.sources.mls.profiles import Profile
from commonground.sources.mls.walk import Step, Walk, parsed, steps

# Looks for rows that moved while we walked, within one visit; the next one goes on.
REPAIR_ROUNDS = 4
# Statuses are eleven; a server may page by ten, and may link on for ever.
MOST_LOOKUP_PAGES = 20
_NO_SUCH_RESOURCE = (400, 403, 404, 501)
_log = logging.getLogger(__name__)


@dataclass
class State:
    """A checkpoint while it is worked on; `kept` is what stands in the lake."""

    watermark: dict[str, str] = field(default_factory=dict)  # resource → newest timestamp, as a `$filter` wants it
    loaded: dict[str, bool] = field(default_factory=dict)  # resources that were read to the end once → whether there was a row
    walks: dict[str, Any] = field(default_factory=dict)  # walks that are not through
    unsure: dict[str, str] = field(default_factory=dict)  # walks of several pages, not looked over yet → since when ("" = ever)
    missing: dict[str, str] = field(default_factory=dict)  # resources that are not to be had, and why
    compared: dict[str, str] = field(default_factory=dict)  # when keys were compared
    words: dict[str, str] = field(default_factory=dict)  # what the server's own status codes mean
    has_links: bool | None = None  # whether the server has ever given a next link
    behind: dict[str, dict[str, str]] = field(default_factory=dict)  # rows taken back to older versions → their timestamps there
    event: int | None = None  # the newest EntityEvent
    deleted: str | None = None  # up to where deletions are known
    visited: str | None = None  # when a visit last came to its end

    @classmethod
    def of(cls, checkpoint: Mapping[str, Any]) -> "State":
        """The state in a checkpoint; what is not a state's is left out."""
        known = {name: value for name, value in checkpoint.items() if name in cls.__dataclass_fields__ and value is not None}
        return cls(**copy.deepcopy(known))

    def kept(self) -> dict[str, Any]:
        """As JSON, without what is empty."""
        found = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {name: copy.deepcopy(value) for name, value in found.items() if value not in (None, {})}


def fetch(visit: Visit, profile: Profile) -> Iterator[Page]:
    """Pages of every resource of the profile; sets `visit.next_checkpoint` when all of them are through.

    A resource the server does not have (or does not let us read, while others it does) is noted in the checkpoint and the
    log, and the walk goes on.

    Raises:
        CredentialsError: no credentials, or refused ones.
        UnreadableError: an answer is no OData, links lead in circles or away, a watermark is lost, none of the resources is
            there, or more is gone than can be believed.
        SourceUnavailableError: the server is down or too busy.
    """
    state = State.of(visit.checkpoint)
    with client_of(visit, profile) as client:
        yield from _Tour(client, profile, visit, state).pages()
    state.visited = visit.now.isoformat()
    visit.next_checkpoint.update(state.kept())


def keys(visit: Visit, profile: Profile, resource: str = "Property") -> set[str]:
    """Every key of a resource that the server has now: what is not among them is gone.

    Complete or an error: any page that fails raises, so that nothing is taken for gone that was only not read.
    """
    with client_of(visit, profile) as client:
        return deletions.there(deletions.scan(Server(client, profile), resource, visit.now))


def client_of(visit: Visit, profile: Profile) -> HttpClient:
    """A client for the feed's server: bearer token, or a token bought with client credentials."""
    given = visit.credentials
    base = visit.base_url(profile.base_url)
    limits = {name: getattr(profile, name) for name in ("per_second", "per_minute", "per_hour", "per_day")}
    headers = {"Accept-Encoding": "gzip", **profile.headers}
    token_url = profile.token_url if given.login else None
    if given.login and isinstance(given.extra.get("token_url"), str):
        token_url = given.extra["token_url"]
    if token_url and given.login and given.password:
        login, password = given.login, given.password
        scope = given.extra.get("scope") or profile.scope
        client = HttpClient(
            base, headers=headers, renew=lambda: client.client_credentials(token_url, login, password, scope), secrets=[password], **limits
        )
        return client
    if visit.feed.connection and not given.password:
        raise CredentialsError(f"feed {visit.feed.name!r}: connection {visit.feed.connection!r} has no password; expected the access token")
    return HttpClient(base, headers=headers, auth=given.password, **limits)


class _Tour:
    """One visit: every resource's walk, then what is to be said of deletions."""

    def __init__(self, client: HttpClient, profile: Profile, visit: Visit, state: State) -> None:
        self.client, self.profile, self.visit, self.state = client, profile, visit, state
        self.server = Server(client, profile, Manners(has_links=bool(state.has_links)))
        self.seen: dict[str, Seen] = {}
        self.has_asked_words = False
        visit.notes["statuses"] = state.words
        visit.notes["has_history"] = "HistoryTransactional" in profile.resources and "HistoryTransactional" not in state.missing

    def pages(self) -> Iterator[Page]:
        """All of it."""
        state, profile = self.state, self.profile
        since_last = parsed(state.visited)
        if profile.delete_style == "entity_event" and state.event is None:
            state.event = deletions.newest_event(self.client)
        if profile.delete_style == "deleted_resource" and state.deleted is None:
            state.deleted = normalise.literal(self.visit.now - deletions.DELETED_LEEWAY)
        last_error: Exception | None = None
        state.missing = {}
        for resource in profile.resources:
            try:
                yield from self._walk(resource)
            except (AnswerError, RefusedError) as error:
                if resource in self.seen or error.status not in _NO_SUCH_RESOURCE or _is_vital(resource, profile):
                    raise
                _log.warning("%s: %s is not to be had: %s", self.visit.feed.name, resource, error)
                state.missing[resource], last_error = str(error), error
        if last_error is not None and all(resource in state.missing for resource in profile.resources):
            raise last_error
        yield from self._deletions(is_late=deletions.is_late(profile, since_last, self.visit.now))

    def _walk(self, resource: str) -> Iterator[Page]:
        walk, state = self._begun(resource), self.state
        for step in steps(self.server, walk, self.visit.now):
            seen = self.seen.setdefault(resource, Seen(resource, behind=dict(state.behind.get(resource, {}))))
            seen.add(step.body["value"])
            if resource == "Property":
                self._learn_words(step.body["value"])
            if step.is_last:
                self._note_end(walk)
            else:
                state.walks[resource] = walk.kept()
                state.unsure[resource] = _earlier(state.unsure.get(resource), walk.since)
            yield self._page(resource, step)
        if resource in state.unsure and self.visit.known is not None:
            try:
                if (yield from self._repaired(resource, parsed(state.unsure[resource]))):
                    del state.unsure[resource]
            except AnswerError as error:
                self._note_incomparable(resource, error)

    def _begun(self, resource: str) -> Walk:
        """The walk that was left, or a new one from the watermark, or, said aloud, from the beginning."""
        given = self.state.watermark.get(resource)
        since = parsed(given)
        if since is None and (given is not None or self.state.loaded.get(resource)):
            raise UnreadableError(
                f"feed {self.visit.feed.name!r}: {resource} was loaded before and its watermark is {given!r}, so this would ask for "
                "everything again; expected a moment, or a full refresh if that is meant"
            )
        if kept := self.state.walks.get(resource):
            return Walk.resumed(resource, kept)
        if since is None:
            _log.info("%s: first load of %s: asking for everything", self.visit.feed.name, resource)
            return Walk(resource, None)
        return Walk(resource, min(since, self.visit.now) - self.profile.overlap)

    def _note_end(self, walk: Walk) -> None:
        resource, state = walk.resource, self.state
        state.walks.pop(resource, None)
        newest = max(filter(None, (walk.watermark(self.profile), parsed(state.watermark.get(resource)))), default=None)
        state.loaded[resource] = newest is not None
        if newest is not None:
            state.watermark[resource] = normalise.literal(newest)

    def _page(self, resource: str, step: Step) -> Page:
        self.state.has_links = self.server.manners.has_links or None
        self.state.behind |= {name: seen.behind for name, seen in self.seen.items() if seen.behind}
        return Page(resource, step.url, step.body, self.state.kept())

    def _repaired(self, resource: str, since: dt.datetime | None) -> Generator[Page, None, bool]:
        """Rows that moved between two pages while we walked; returns whether a last look found none."""
        for _ in range(REPAIR_ROUNDS):  # repairs walk too, and rows may move meanwhile
            theirs = deletions.scan(self.server, resource, self.visit.now, since=since)
            wanted = deletions.lacking(self.visit, self.seen[resource], theirs)
            if not wanted:
                return True
            for step in deletions.repairs(self.server, self.visit, self.seen[resource], wanted):
                yield self._page(resource, step)
        return False

    def _deletions(self, *, is_late: bool) -> Iterator[Page]:
        complaints = []
        style = self.profile.delete_style
        if style == "entity_event":
            yield from self._pages_of(deletions.from_events(self.server, self.visit, self.state, self.seen))
        elif style == "deleted_resource":
            yield from self._pages_of(deletions.from_deleted(self.server, self.state, self.seen))
        for resource, seen in self.seen.items():
            compared = parsed(self.state.compared.get(resource))
            if self.visit.known is None or not (is_late or deletions.is_due(self.profile, resource, compared, self.visit)):
                continue
            try:
                for step in deletions.compared(self.server, self.visit, seen):
                    yield self._page(resource, step)
                self.state.compared[resource] = self.visit.now.isoformat()
            except deletions.TooManyError as error:
                complaints.append(str(error))
            except AnswerError as error:
                self._note_incomparable(resource, error)
        if complaints:
            raise UnreadableError("; ".join(complaints))

    def _note_incomparable(self, resource: str, error: AnswerError) -> None:
        """A server that does not take the question for keys must not cost the team its rows; what went wrong stands in the checkpoint."""
        if error.status not in _NO_SUCH_RESOURCE:
            raise error
        _log.warning("%s: keys of %s cannot be compared: %s", self.visit.feed.name, resource, error)
        self.state.missing[f"keys of {resource}"] = str(error)

    def _pages_of(self, found: Iterator[tuple[str, Step]]) -> Iterator[Page]:
        for resource, step in found:
            yield self._page(resource, step)

    def _learn_words(self, rows: list[Any]) -> None:
        """Asks the server what its status codes mean, once, when a row has one that no spelling explains."""
        if self.has_asked_words or not any(self._is_unknown(row) for row in rows if isinstance(row, dict)):
            return
        self.has_asked_words = True
        try:
            content = self.client.get("$metadata", headers={"Accept": "application/xml"}, as_json=False).body
            self.state.words |= metadata.statuses_of_metadata(content or b"")
        except (UnreadableError, CredentialsError, SourceUnavailableError) as error:
            _log.warning("%s: status codes are not explained: %s", self.visit.feed.name, error)
        if any(self._is_unknown(row) for row in rows if isinstance(row, dict)):
            try:
                for rows in self._lookups():
                    self.state.words |= metadata.statuses_of_lookups(rows)
            except (UnreadableError, CredentialsError, SourceUnavailableError) as error:
                _log.warning("%s: the Lookup resource does not explain them either: %s", self.visit.feed.name, error)

    def _lookups(self) -> Iterator[list[Any]]:
        """Pages of the Lookup resource on statuses."""
        condition = " and ".join([*self.profile.fixed_conditions(), "LookupName eq 'StandardStatus'"])
        answer = self.client.get("Lookup", {"$filter": condition})
        for _ in range(MOST_LOOKUP_PAGES):
            body = answer.body if isinstance(answer.body, dict) else {}
            yield body.get("value") or []
            if not body.get("value") or not isinstance(link := body.get("@odata.nextLink"), str):
                return
            answer = self.client.get(link)

    def _is_unknown(self, row: Mapping[str, Any]) -> bool:
        try:
            normalise.standard_status(row.get("StandardStatus"), {**self.state.words, **self.profile.status_map})
        except ValueError:
            return True
        return False


def _earlier(noted: str | None, since: dt.datetime | None) -> str:
    """The earlier of two beginnings, as the state notes them."""
    if since is None or noted == "":
        return ""
    at = parsed(noted)
    return (since if at is None else min(at, since)).isoformat()


def _is_vital(resource: str, profile: Profile) -> bool:
    """Listings are what an MLS feed is for: without them it has failed."""
    return resource == "Property" and "Property" in profile.resources
