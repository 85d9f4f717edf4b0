"""What a server is asked for a resource's first page, and what it is not asked again once it has refused it.

Web API Core wants `$orderby` and `$select` of every server, and not every server has them. Where a profile lets us, a question that is
refused (400, 501) is put again with the key left out of the order, then without order, then for whole rows. One that was answered
with nothing at all is put once more without order, since some servers say nothing where they can do nothing.
"""

import datetime as dt
import json
import logging
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

from commonground.errors import SourceUnavailableError
from commonground.sources.http import LONGEST_WAIT_SECONDS, Answer, AnswerError, HttpClient
from commonground.sources.mls import normalise
from commonground.sources.mls.profiles import KEYS, Profile

REFUSED = (400, 501)
_log = logging.getLogger(__name__)


@dataclass
class Manners:
    """What a server has shown of itself.

    `order_keys` is how many keys it takes in `$orderby`, `has_select` whether it takes `$select`, `has_links` whether it has ever given a
    next link, `is_counted` whether its rows are counted for want of links (None: not known), `is_endless` whether its links count on
    for ever.
    """

    order_keys: int = 2
    has_select: bool = True
    has_links: bool = False
    is_counted: bool | None = None
    is_endless: bool = False

    def less(self, asked: dict[str, Any]) -> Iterator["Manners"]:
        """What to try when a question was refused, the smallest step first."""
        keys = len(asked["$orderby"].split(",")) if asked.get("$orderby") else 0
        for has_select in (True, False) if asked.get("$select") else (self.has_select,):
            for order_keys in range(keys, -1, -1):
                if order_keys < keys or has_select != self.has_select:
                    yield replace(self, order_keys=order_keys, has_select=has_select)


@dataclass
class Budget:
    """Bytes received from a server in the last hour."""

    received: deque[tuple[float, int]] = field(default_factory=deque)

    def spend(self, answer: Answer, limit: float) -> None:
        """Counts an answer, and waits while the hour is used up; a limit of 0 is none. Raises `SourceUnavailableError` for a long wait."""
        if not limit:
            return
        length = answer.headers.get("Content-Length") or ""
        self.received.append((time.monotonic(), int(length) if length.isdigit() else len(json.dumps(answer.body))))
        while sum(size for _, size in self.received) > limit:
            wait = self.received[0][0] + 3600 - time.monotonic()
            if wait > LONGEST_WAIT_SECONDS:
                raise SourceUnavailableError(f"{answer.url}: our own limit of {limit:.0f} bytes an hour is used up")
            time.sleep(max(0.0, wait))
            self.received.popleft()


@dataclass(frozen=True)
class Server:
    """A server that is visited: the line to it, how it wants to be asked, what it has shown of itself."""

    client: HttpClient
    profile: Profile
    manners: Manners = field(default_factory=Manners)
    budget: Budget = field(default_factory=Budget)

    def path(self, resource: str) -> str:
        """Where a resource is, from the service's root."""
        return f"{resource}{self.profile.path_suffix_of(resource)}"

    def preferences(self) -> dict[str, str]:
        """The headers of every question for rows."""
        profile = self.profile
        return {"Prefer": f"odata.maxpagesize={profile.page_size}"} if profile.page_style == "prefer" else {}

    def url(self, resource: str) -> str:
        """A resource's own address, to be shown."""
        return self.client.mask(urljoin(self.client.base_url, resource))


def ask(
    server: Server, resource: str, since: dt.datetime | None, until: dt.datetime | None, *, by_key: bool
) -> tuple[dict[str, Any], Answer]:
    """The question that a server answered, and its answer.

    Raises:
        AnswerError: what it said to the whole question, if it takes no smaller one either.
        CredentialsError, SourceUnavailableError: as `HttpClient`.
    """

    def put(manners: Manners) -> tuple[dict[str, Any], Answer]:
        asked = question(server.profile, manners, resource, since, until, by_key=by_key)
        return asked, server.client.get(server.path(resource), asked, server.preferences())

    def learn(less: Manners, why: object) -> None:
        server.manners.order_keys, server.manners.has_select = less.order_keys, less.has_select
        _log.warning("%s; from now on it is asked for less", why)

    may_ask_less = server.profile.may_ask_less
    try:
        asked, answer = put(server.manners)
    except AnswerError as error:
        if not may_ask_less or error.status not in REFUSED:
            raise
        whole = question(server.profile, server.manners, resource, since, until, by_key=by_key)
        for less in server.manners.less(whole):
            try:
                found = put(less)
            except AnswerError:
                continue
            learn(less, error)
            return found
        raise
    if may_ask_less and asked["$orderby"] and _is_empty(answer):
        unordered = replace(server.manners, order_keys=0)
        try:
            plainly, again = put(unordered)
        except AnswerError:
            return asked, answer
        if not _is_empty(again):
            learn(unordered, f"{answer.url}: no rows in that order, and rows in none")
            return plainly, again
    return asked, answer


def question(
    profile: Profile, manners: Manners, resource: str, since: dt.datetime | None, until: dt.datetime | None, *, by_key: bool
) -> dict[str, Any]:
    """The query of a resource's first page."""
    conditions = profile.conditions()
    field_name = profile.watermark_of(resource)
    if since is not None:
        conditions.append(f"{field_name} ge {normalise.literal(since)}")
    elif profile.first_filter:
        conditions.append(profile.first_filter)
    if until is not None:
        conditions.append(f"{field_name} le {normalise.literal(until)}")
    order = [f"{field_name} asc", f"{KEYS[resource]} asc"]
    if by_key:
        order.reverse()
    selected = profile.select.get(resource) if manners.has_select else None  # type: ignore[call-overload]
    expand = profile.expand.get(resource)  # type: ignore[call-overload]
    return {
        **profile.params,
        "$filter": " and ".join(conditions) or None,
        "$orderby": (",".join(order[: manners.order_keys]) or None) if profile.is_order_asked else None,
        "$select": ",".join(selected) if selected else None,
        "$expand": ",".join(expand) if expand and not selected else None,
        "$top": profile.page_size if profile.page_style == "top" else None,
    }


def key_in(row: Any, resource: str) -> str | None:
    """The row's key, or its numeric twin's."""
    if not isinstance(row, Mapping):
        return None
    for name in (KEYS[resource], f"{KEYS[resource]}Numeric"):
        try:
            if found := normalise.text(row.get(name)):
                return found
        except ValueError:
            continue
    return None


def skipped_by(link: str) -> int | None:
    """How many rows a next link skips, if it counts."""
    skip = _query(link).get("$skip", [""])[0]
    return int(skip) if skip.isdecimal() and len(skip) < 20 else None


def count_behind(server: Server, resource: str, link: str) -> int | None:
    """How many rows there are to a next link's question, by the server's own count; None if it does not say."""
    asked = {**server.profile.params, "$filter": _query(link).get("$filter", [None])[0], "$count": "true", "$top": 1}
    try:
        body = server.client.get(server.path(resource), asked, tries=1).body
    except (AnswerError, SourceUnavailableError):
        return None
    total = str(body.get("@odata.count", body.get("@count"))) if isinstance(body, Mapping) else ""
    return int(total) if total.isdecimal() else None


def _query(link: str) -> Mapping[str, list[Any]]:
    try:
        return parse_qs(urlsplit(link).query)
    except ValueError:
        return {}


def _is_empty(answer: Answer) -> bool:
    return isinstance(answer.body, dict) and answer.body.get("value") == []
