"""Walking a RESO Web API: what changed since the last committed visit, page after page, resource after resource.

Within a visit the server's own links lead on (a cursor of ours could not pass more equal timestamps than a page holds).
Across visits the walk starts a little before the newest timestamp seen, with `ge`: rows seen twice are no news to the
loader, rows left out would be lost. The watermark is part of the checkpoint, which is committed with the data.
"""

import datetime as dt
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

from commonground.errors import CredentialsError, UnreadableError
from commonground.sources.base import Page, Visit
from commonground.sources.http import Answer, AnswerError, HttpClient, RefusedError
from commonground.sources.mls import normalise
from commonground.sources.mls.profiles import KEYS, Profile

# A page may be empty and still lead on (rows filtered out on the server), but not forever.
LONGEST_EMPTY_RUN = 1_000
# Timestamps this far ahead are a slip of the MLS; as a watermark one would hide every change until then.
CLOCK_SLACK = dt.timedelta(days=1)
_NO_SUCH_RESOURCE = (400, 404, 501)
_STALE_LINK = (400, 404, 410)
_NEXT = ("@odata.nextLink", "odata.nextLink", "@nextLink")
_log = logging.getLogger(__name__)


@dataclass
class Walk:
    """The state of one resource's walk: since when it asks, the newest timestamp seen, the links followed."""

    resource: str
    since: dt.datetime | None
    newest: dt.datetime | None = None
    pages: int = 0
    seen_links: set[str] = field(default_factory=set)


def fetch(visit: Visit, profile: Profile) -> Iterator[Page]:
    """Pages of every resource of the profile; sets `visit.next_checkpoint` when all of them are through.

    A resource the server does not have (or does not let us read, while others it does) is noted in the checkpoint and the
    log, and the walk goes on.

    Raises:
        CredentialsError: no credentials, or refused ones.
        UnreadableError: an answer is no OData, links lead in circles or away, or none of the resources is there.
        SourceUnavailableError: the server is down or too busy.
    """
    watermarks = dict(visit.checkpoint.get("watermark") or {})
    missing: dict[str, str] = {}
    last_error: Exception | None = None
    with client_of(visit, profile) as client:
        for resource in profile.resources:
            walk = Walk(resource, _parsed(watermarks.get(resource)))
            try:
                yield from _walk(client, profile, walk, visit.now)
            except (AnswerError, RefusedError) as error:
                if walk.pages or error.status not in (*_NO_SUCH_RESOURCE, 403) or _is_vital(resource, profile):
                    raise
                _log.warning("%s: %s is not to be had: %s", visit.feed.name, resource, error)
                missing[resource], last_error = str(error), error
                continue
            newest = max(filter(None, (walk.newest, _parsed(watermarks.get(resource)))), default=None)
            if newest is not None:
                watermarks[resource] = normalise.literal(newest)
    if last_error is not None and len(missing) == len(profile.resources):
        raise last_error
    visit.next_checkpoint["watermark"] = watermarks
    if missing:
        visit.next_checkpoint["missing"] = missing


def keys(visit: Visit, profile: Profile, resource: str = "Property") -> set[str]:
    """Every key of a resource that the server has now: what is not among them is gone.

    Complete or an error: any page that fails raises, so that nothing is taken for gone that was only not read.
    """
    key = KEYS[resource]
    asked = profile.model_copy(update={"select": {resource: [key]}})
    found: set[str] = set()
    with client_of(visit, profile) as client:
        for page in _walk(client, asked, Walk(resource, None), visit.now):
            found.update(str(row[key]) for row in page.body["value"] if isinstance(row, dict) and row.get(key))
    return found


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


def _walk(client: HttpClient, profile: Profile, walk: Walk, now: dt.datetime) -> Iterator[Page]:
    has_restarted = False
    since = walk.since - dt.timedelta(minutes=profile.overlap_minutes) if walk.since else None
    answer = client.get(f"{walk.resource}{profile.path_suffix}", _question(profile, walk.resource, since), _headers(profile))
    empty_run = 0
    while True:
        body = _checked(answer)
        empty_run = 0 if body["value"] else empty_run + 1
        _note_newest(walk, profile, body["value"], now)
        walk.pages += 1
        # the links may carry a token, so they are not kept with the page
        content = {name: value for name, value in body.items() if name not in _NEXT}
        yield Page(walk.resource, client.mask(urljoin(client.base_url, walk.resource)), content)
        link = _next_link(answer, body, profile)
        if link is None or (profile.next_style == "sticky" and not body["value"]):
            return
        if (link in walk.seen_links and profile.next_style != "sticky") or empty_run > LONGEST_EMPTY_RUN:
            raise UnreadableError(f"{answer.url}: the next page's link leads in circles: {client.mask(link)}")
        walk.seen_links.add(link)
        try:
            answer = client.get(link, headers=_headers(profile))
        except AnswerError as error:
            if has_restarted or error.status not in _STALE_LINK:
                raise
            has_restarted = True  # a link that has expired: once more from where we were
            walk.seen_links.clear()
            again = walk.newest if profile.is_sorted and walk.newest else since
            answer = client.get(f"{walk.resource}{profile.path_suffix}", _question(profile, walk.resource, again), _headers(profile))


def _question(profile: Profile, resource: str, since: dt.datetime | None) -> dict[str, Any]:
    """The query of a resource's first page."""
    conditions = profile.conditions()
    if since is not None:
        conditions.append(f"{profile.watermark_field} ge {normalise.literal(since)}")
    elif profile.first_filter:
        conditions.append(profile.first_filter)
    key = KEYS[resource]
    selected = profile.select.get(resource)  # type: ignore[call-overload]
    return {
        **profile.params,
        "$filter": " and ".join(conditions) or None,
        "$orderby": f"{profile.watermark_field} asc,{key} asc" if profile.is_order_asked else None,
        "$select": ",".join(selected) if selected else None,
        "$top": profile.page_size if profile.page_style == "top" else None,
    }


def _headers(profile: Profile) -> dict[str, str]:
    return {"Prefer": f"odata.maxpagesize={profile.page_size}"} if profile.page_style == "prefer" else {}


def _checked(answer: Answer) -> dict[str, Any]:
    body = answer.body
    if not isinstance(body, dict) or not isinstance(body.get("value"), list):
        raise UnreadableError(f"{answer.url}: expected an OData answer with a list 'value', got {str(body)[:80]!r}")
    return body


def _next_link(answer: Answer, body: Mapping[str, Any], profile: Profile) -> str | None:
    link = answer.next_link if profile.next_style == "link_header" else next((body[name] for name in _NEXT if body.get(name)), None)
    if link is not None and not isinstance(link, str):
        raise UnreadableError(f"{answer.url}: the next page's link is {str(link)[:80]!r}, expected an address")
    return link


def _note_newest(walk: Walk, profile: Profile, rows: list[Any], now: dt.datetime) -> None:
    for row in rows:
        at = _parsed(row.get(profile.watermark_field)) if isinstance(row, dict) else None
        if at is not None and at <= now + CLOCK_SLACK and (walk.newest is None or at > walk.newest):
            walk.newest = at


def _parsed(value: object) -> dt.datetime | None:
    try:
        return normalise.moment(value)
    except ValueError:
        return None


def _is_vital(resource: str, profile: Profile) -> bool:
    """Listings are what an MLS feed is for: without them it has failed."""
    return resource == "Property" and "Property" in profile.resources
