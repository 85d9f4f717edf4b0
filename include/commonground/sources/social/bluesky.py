"""Bluesky's public API (or saved answers of it) → the people it names, who follows whom, what they post and answer.

Nothing but what anybody may read without signing in is asked for, and whoever wants to be seen by signed-in people only (the
label `!no-unauthenticated`) is left out. People are keyed by their DID, which stays when the handle changes.

Options: `actors`, handles or DIDs of contacts; team members are asked for by the `bsky.app` addresses in `market.yaml`.
`max_pages`, pages of a hundred followed per list (default 50).
"""

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from commonground.errors import ConfigError, UnreadableError
from commonground.sources.base import Item, Page, Refusal, Source, Visit
from commonground.sources.http import Answer, AnswerError, HttpClient
from commonground.sources.social.bluesky_views import Views, is_withheld, shape_of
from commonground.sources.social.elements import dicts, inner, text_of
from commonground.sources.text import iso_moment

PUBLIC_API = "https://public.api.bsky.app/"
PAGE_SIZE = 100
MAX_PAGES = 50
PER_SECOND = 5  # half of the 3000 in five minutes that the vendor grants an address
OVERLAP_DAYS = 3
_PROFILE = "bsky.app/profile/"


class Bluesky(Source):
    """Public profiles, follows and posts of the team and of contacts whose handle is known."""

    name = "bluesky"
    family = "social"
    is_api = True

    def fetch(self, visit: Visit) -> Iterator[Page]:
        """Each actor's profile, follows, followers, and posts since the last visit.

        Raises:
            ConfigError: nobody to ask for.
            UnreadableError, SourceUnavailableError: as `HttpClient.get`.
        """
        seen = dict(visit.checkpoint.get("seen", {}))
        with HttpClient(visit.base_url(PUBLIC_API), per_second=PER_SECOND, burst=10) as client:
            for actor in actors(visit):
                walk = _Walk(client, actor, int(visit.feed.options.get("max_pages") or MAX_PAGES), seen.get(actor))
                yield from walk.pages()
                if walk.newest:
                    seen[actor] = walk.newest
        visit.next_checkpoint["seen"] = seen
        visit.next_checkpoint["watermark"] = max(seen.values(), default=None)

    def resource_of(self, body: Any, path: Path) -> str:
        """The shape of a saved answer."""
        if not any(shape != "unknown" for shape, _ in shape_of(body)):
            raise UnreadableError(f"{path.name}: no answer of Bluesky; expected profiles, follows, followers or a feed")
        return "saved"

    def conform(self, page: Page, visit: Visit) -> Iterator[Item]:
        """The records of one answer."""
        if page.resource == "unavailable":
            yield Refusal("account_unavailable", page.body["message"], json.dumps(page.body, ensure_ascii=False), "person")
            return
        file = page.url if "://" not in page.url else None
        views = Views(visit, file)
        for shape, value in shape_of(page.body):
            yield from views.items(shape, value)


def actors(visit: Visit) -> list[str]:
    """Handles and DIDs to ask for, the team's first; raises `ConfigError` if there are none."""
    team = [agent for agent in visit.market.agents if visit.owner in (None, agent.agent_id)]
    found = [url.partition(_PROFILE)[2].strip("/") for agent in team for url in agent.urls if _PROFILE in url]
    listed = visit.feed.options.get("actors") or []
    if not isinstance(listed, list):
        raise ConfigError(f"feeds.yaml: feed {visit.feed.name!r}: options.actors wants a list of handles")
    found += [str(actor).strip().removeprefix("@").rpartition(_PROFILE)[2].strip("/") for actor in listed]
    found = [actor if actor.startswith("did:") else actor.casefold() for actor in found]
    if not any(found):
        raise ConfigError(f"feeds.yaml: feed {visit.feed.name!r}: Bluesky wants options.actors, or a bsky.app address in market.yaml")
    return list(dict.fromkeys(actor for actor in found if actor))


class _Walk:
    """Everything about one actor."""

    def __init__(self, client: HttpClient, actor: str, max_pages: int, seen: str | None) -> None:
        self.client, self.actor, self.max_pages, self.newest = client, actor, max_pages, seen
        last = iso_moment(seen or "")
        self.until: dt.datetime | None = last - dt.timedelta(days=OVERLAP_DAYS) if last else None

    def pages(self) -> Iterator[Page]:
        """The profile; the rest only if it is there and may be read without signing in."""
        try:
            answer = self._ask("actor.getProfile", {})
        except AnswerError as error:
            if error.status not in (400, 404):
                raise
            yield Page("unavailable", f"bluesky:{self.actor}", {"actor": self.actor, "message": str(error)})
            return
        yield Page("profile", answer.url, answer.body)
        if is_withheld(answer.body):
            return
        yield from self._listed("graph.getFollows", "follows", {})
        yield from self._listed("graph.getFollowers", "followers", {})
        yield from self._listed("feed.getAuthorFeed", "feed", {"filter": "posts_with_replies"})

    def _ask(self, method: str, params: dict[str, Any]) -> Answer:
        answer = self.client.get(f"xrpc/app.bsky.{method}", {"actor": self.actor, **params})
        if not isinstance(answer.body, dict):
            raise AnswerError(f"{answer.url}: expected an object", answer.status)
        return answer

    def _listed(self, method: str, key: str, params: dict[str, Any]) -> Iterator[Page]:
        """Pages until one has no cursor; a short or even empty page may have one."""
        cursors: set[str] = set()
        cursor: str | None = None
        for _ in range(self.max_pages):
            try:
                answer = self._ask(method, {**params, "limit": PAGE_SIZE, "cursor": cursor})
            except AnswerError as error:
                if error.status != 400:
                    raise
                message = {"actor": self.actor, "message": str(error)}
                yield Page("unavailable", f"bluesky:{self.actor}", message)  # a feed is refused where the other lists are not
                return
            if not isinstance(answer.body.get(key), list):
                raise AnswerError(f"{answer.url}: expected a list under {key!r}", answer.status)
            yield Page(key, answer.url, answer.body)
            cursor = text_of(answer.body, "cursor") or None
            is_known = key == "feed" and self._is_known_from(answer.body["feed"])
            if cursor is None or is_known:
                return
            if cursor in cursors:
                raise AnswerError(f"{answer.url}: the cursor repeats itself", answer.status)
            cursors.add(cursor)

    def _is_known_from(self, feed: list[Any]) -> bool:
        """Notes the newest time, and whether the page reaches back to what the last visit saw; a pinned post stands out of order."""
        times = []
        for item in dicts(feed):
            if not str(inner(item, "reason", "$type")).endswith("reasonPin"):
                at = text_of(inner(item, "reason") or {}, "indexedAt") or text_of(inner(item, "post") or {}, "indexedAt")
                try:
                    times.append(iso_moment(at))
                except ValueError:
                    continue
        known = [time for time in times if time]
        if known:
            newest = max(known).isoformat()
            self.newest = max(newest, self.newest or newest)
        return self.until is not None and bool(known) and min(known) < self.until
