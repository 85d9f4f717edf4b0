"""A Mastodon instance's API (or saved answers of it) → the people it names, who follows whom, what they post and answer.

Works with and without a token; some instances want one, and `familiar_followers` (whom of a contact's followers the team member
follows) is told to the signed-in only. Only public and unlisted posts are kept. Lists of followers end where the `Link` header
does; an account that hides its lists has empty ones, and is not asked for them.

Credentials: `password` is an access token, or empty. Options: `actors`, accounts of contacts (`@jo@example.social`, or `jo` on the
same instance); team members are asked for by the addresses in `market.yaml` that look like `https://INSTANCE/@NAME`.
`max_pages`, pages of eighty followed per list (default 50).
"""

import datetime as dt
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from commonground.errors import ConfigError, UnreadableError
from commonground.sources.base import Item, Page, Refusal, Source, Visit
from commonground.sources.drops import Drop, Member
from commonground.sources.foreign import refuse_foreign
from commonground.sources.http import Answer, AnswerError, HttpClient, RefusedError
from commonground.sources.social import mastodon_archive
from commonground.sources.social.elements import dicts, id_of, text_of
from commonground.sources.social.mastodon_archive import Archive
from commonground.sources.social.mastodon_entities import Entities, shape_of
from commonground.sources.social.owners import Owner
from commonground.sources.social.usernames import Accounts
from commonground.sources.text import iso_moment

STATUSES, ACCOUNTS, FAMILIAR = 40, 80, 40  # the largest pages the API gives
MAX_PAGES = 50
# 300 requests in five minutes per account and address; we keep to nine tenths.
PER_SECOND, WINDOW_SECONDS = 0.9, 300
OVERLAP_DAYS = 7  # posts are edited
_TEAM_ADDRESS = re.compile(r"https?://([^/]+)/@([^/@]+)/?")


class Mastodon(Source):
    """Public accounts, follows and posts of the team and of contacts whose account is known."""

    name = "mastodon"
    family = "social"
    is_api = True

    def fetch(self, visit: Visit) -> Iterator[Page]:
        """Each account, whom it follows, who follows it, its posts since the last visit; familiar followers with a token.

        Raises:
            ConfigError: nobody to ask for.
            CredentialsError, UnreadableError, SourceUnavailableError: as `HttpClient.get`.
        """
        base, token = visit.base_url(), visit.credentials.password
        wanted = actors(visit, urlsplit(base).hostname or "")
        seen = dict(visit.checkpoint.get("seen", {}))
        max_pages = int(visit.feed.options.get("max_pages") or MAX_PAGES)
        found: list[str] = []
        with HttpClient(base, auth=token or None, per_second=PER_SECOND, burst=WINDOW_SECONDS) as client:
            for actor in wanted:
                walk = _Walk(client, actor, max_pages, seen.get(actor))
                yield from walk.pages()
                found += [walk.account_id] * bool(walk.account_id)
                if walk.newest:
                    seen[actor] = walk.newest
            if token:
                yield from _familiar(client, found)
        visit.next_checkpoint["seen"] = seen
        visit.next_checkpoint["watermark"] = max(seen.values(), default=None)

    def read(self, path: Path, visit: Visit) -> Iterator[Item]:
        """Saved answers, or what Mastodon exports of the owner's account: the archive, and lists of accounts (CSV)."""
        with Drop(path) as drop:
            tables = [member for member in drop.members if mastodon_archive.is_table(member)]
            has_answers = len(tables) < len(drop.members)
            listed = _listed(tables, visit) if tables else iter(())
            yield from listed if has_answers else refuse_foreign(listed, path, "lists of accounts, or an archive, of Mastodon")
        if has_answers:
            yield from self._read_saved(path, visit)

    def todays(self, body: Any) -> Any:
        """The files of an account's archive, too."""
        return mastodon_archive.todays(body)

    def resource_of(self, body: Any, path: Path) -> str:
        """The shape of a saved answer."""
        if isinstance(body, Archive):
            return "archive"
        if body != [] and not any(shape != "unknown" for shape, _ in shape_of(body)):
            raise UnreadableError(f"{path.name}: no answer of Mastodon; expected accounts, statuses or familiar followers")
        return "saved"

    def conform(self, page: Page, visit: Visit) -> Iterator[Item]:
        """The records of one answer."""
        if page.resource == "unavailable":
            yield Refusal("account_unavailable", page.body["message"], json.dumps(page.body, ensure_ascii=False), "person")
            return
        entities = Entities(visit, page.url if "://" not in page.url else None)
        if isinstance(page.body, Archive):
            # the archive's own account is the owner's, and its files name it more than once
            entities.is_own, entities.met = True, visit.notes.setdefault("met_in_archive", set())
            for shape, value in shape_of([page.body.account] * bool(page.body.account) + page.body.statuses):
                yield from entities.items(shape, value)
            return
        for shape, value in shape_of(page.body):
            yield from entities.items(shape, value)


def _listed(tables: list[Member], visit: Visit) -> Iterator[Item]:
    accounts = Accounts(Owner.of(visit))
    yield from accounts.owner_record(_own_address(visit), "", [], {})
    for member in tables:
        try:
            yield from mastodon_archive.followed(member, accounts, visit)
        except UnreadableError as error:
            yield member.unreadable(error)


def _own_address(visit: Visit) -> str | None:
    found = [_TEAM_ADDRESS.fullmatch(url) for agent in visit.market.agents if agent.agent_id == visit.owner for url in agent.urls]
    return next((f"{match[2]}@{match[1]}".casefold() for match in found if match), None)


def actors(visit: Visit, host: str) -> list[str]:
    """Accounts to ask for, the team's first: `name` on the instance itself, else `name@host`. Raises `ConfigError` if none."""
    team = [agent for agent in visit.market.agents if visit.owner in (None, agent.agent_id)]
    addresses = [_TEAM_ADDRESS.fullmatch(url) for agent in team for url in agent.urls]
    found = [f"{match[2]}@{match[1]}" for match in addresses if match and match[1].casefold() not in ("medium.com", "www.tiktok.com")]
    listed = visit.feed.options.get("actors") or []
    if not isinstance(listed, list):
        raise ConfigError(f"feeds.yaml: feed {visit.feed.name!r}: options.actors wants a list of accounts")
    found += [str(actor).strip().removeprefix("@") for actor in listed]
    found = [actor.casefold().removesuffix(f"@{host}") for actor in found if actor]
    if not found:
        raise ConfigError(f"feeds.yaml: feed {visit.feed.name!r}: Mastodon wants options.actors, or a profile address in market.yaml")
    return list(dict.fromkeys(found))


class _Walk:
    """Everything about one account."""

    def __init__(self, client: HttpClient, actor: str, max_pages: int, seen: str | None) -> None:
        self.client, self.actor, self.max_pages, self.newest = client, actor, max_pages, seen
        last = iso_moment(seen or "")
        self.until: dt.datetime | None = last - dt.timedelta(days=OVERLAP_DAYS) if last else None
        self.account_id = ""

    def pages(self) -> Iterator[Page]:
        """The account; the rest only if the instance knows it."""
        try:
            answer = self.client.get("api/v1/accounts/lookup", {"acct": self.actor})
        except AnswerError as error:
            if error.status not in (404, 410, 422):
                raise
            yield self._unavailable(error)
            return
        account = answer.body if isinstance(answer.body, dict) else {}
        self.account_id = id_of(account, "id")
        if not self.account_id:
            raise AnswerError(f"{answer.url}: expected an account with an id", answer.status)
        yield Page("account", answer.url, account)
        if account.get("suspended") is True:
            return
        if account.get("hide_collections") is not True:
            for kind in ("following", "followers"):
                for listed in self._listed(kind, {"limit": ACCOUNTS}):
                    # whose list it is the answer does not say
                    is_list = isinstance(listed.body, list)
                    yield Page(kind, listed.url, {"subject": account, kind: listed.body}) if is_list else listed
        yield from self._listed("statuses", {"limit": STATUSES})

    def _unavailable(self, error: AnswerError | RefusedError) -> Page:
        return Page("unavailable", f"mastodon:{self.actor}", {"actor": self.actor, "message": str(error)})

    def _listed(self, kind: str, params: dict[str, Any]) -> Iterator[Page]:
        link: str | None = f"api/v1/accounts/{self.account_id}/{kind}"
        visited: set[str] = set()
        for _ in range(self.max_pages):
            if link is None:
                return
            try:
                answer: Answer = self.client.get(link, None if visited else params)
            except (AnswerError, RefusedError) as error:
                if error.status not in (403, 404, 410):
                    raise
                yield self._unavailable(error)
                return
            if not isinstance(answer.body, list):
                raise AnswerError(f"{answer.url}: expected a list", answer.status)
            yield Page(kind, answer.url, answer.body)
            visited.add(link)
            link = answer.next_link
            if kind == "statuses" and self._is_known_from(answer.body):
                return
            if link in visited:
                raise AnswerError(f"{answer.url}: the link to the next page leads back", answer.status)

    def _is_known_from(self, statuses: list[Any]) -> bool:
        """Notes the newest time, and whether the page reaches back to what the last visit saw."""
        known = []
        for status in dicts(statuses):
            try:
                known.append(iso_moment(text_of(status, "created_at")))
            except ValueError:
                continue
        times = [time for time in known if time]
        if times:
            newest = max(times).isoformat()
            self.newest = max(newest, self.newest or newest)
        return self.until is not None and bool(times) and min(times) < self.until


def _familiar(client: HttpClient, ids: list[str]) -> Iterator[Page]:
    """Whom of each account's followers the signed-in member follows; old servers and tokens without that scope have none."""
    try:
        me = client.get("api/v1/accounts/verify_credentials").body
        ids = [number for number in ids if not isinstance(me, dict) or number != id_of(me, "id")]
        for start in range(0, len(ids), FAMILIAR):
            answer = client.get("api/v1/accounts/familiar_followers", {"id[]": ids[start : start + FAMILIAR]})
            yield Page("familiar_followers", answer.url, {"me": me, "familiar": answer.body})
    except (AnswerError, RefusedError) as error:
        if error.status not in (403, 404):
            raise
        message = {"actor": "familiar_followers", "message": str(error)}
        yield Page("unavailable", "mastodon:familiar_followers", message)
