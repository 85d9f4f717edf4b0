"""Walking one resource of a RESO Web API: a question → its pages, whatever the server does meanwhile.

Within a walk the server's own links lead on: a cursor of ours could not pass more equal timestamps than a page holds. A walk that
broke off is gone on with from the newest timestamp that was committed, with `ge`, where rows come by timestamp: a link that
counts rows would skip some if others moved meanwhile. Where they come in another order, and inside a cluster of equal
timestamps, the committed link leads on. Links to a server's own state (sticky ones) never do: what they gave and we did not
commit is not given again, so an answer that broke off, or a process that was killed, means asking again. Then only for the older
half of what was seen, and when that is through for the rest: what is through is not asked for again, and the halves get
as small as the server can bear.
"""

import datetime as dt
import email.utils
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from commonground.errors import SourceUnavailableError, UnreadableError
from commonground.sources.http import Answer, AnswerError, AwayError, RefusedError
from commonground.sources.mls import normalise
from commonground.sources.mls.asking import REFUSED, Server, ask, count_behind, key_in, skipped_by
from commonground.sources.mls.profiles import Profile

# A page may be empty and still lead on (rows filtered out on the server), but not forever.
LONGEST_EMPTY_RUN = 1_000
LONGEST_COUNTED_EMPTY_RUN = 16  # where links count, and the server does not say how many rows there are
# Timestamps this far ahead are a slip of the MLS.
CLOCK_SLACK = dt.timedelta(days=1)
# A stretch of a sticky walk starts again after a broken answer; more often than this the server is down.
STICKY_STARTS = 8
STALE_LINK = (400, 404, 410)
LINKS = ("@odata.nextLink", "odata.nextLink", "@nextLink")


@dataclass
class Walk:
    """The state of one resource's walk.

    `since` and `until` bound what it asks for (None = everything), `newest` is the newest timestamp seen, `link` the link to the next
    page if another process may follow it, `began` when the server was first asked, `is_ordered` whether rows came by timestamp so far.
    A sticky walk may go stretch by stretch: this one ends at `cut`, and `marks` has a timestamp of each of its pages.
    """

    resource: str
    since: dt.datetime | None
    until: dt.datetime | None = None
    newest: dt.datetime | None = None
    began: dt.datetime | None = None
    link: str | None = None
    is_ordered: bool = True
    is_stuck: bool = False  # the last page did not get beyond the timestamp of the one before
    pages: int = 0
    last: dt.datetime | None = None
    cut: dt.datetime | None = None
    marks: list[dt.datetime] = field(default_factory=list)
    asked: dict[str, Any] = field(default_factory=dict)
    counted: set[str | None] = field(default_factory=set)  # keys of the rows that were given to `asked`, where they are counted
    seen_links: set[str] = field(default_factory=set)

    def kept(self) -> dict[str, Any]:
        """What another process needs to go on."""
        moments = {"since": self.since, "newest": self.newest, "began": self.began, "cut": self.middle()}
        kept = {name: at.isoformat() for name, at in moments.items() if at is not None}
        return kept | {"link": self.link, "is_ordered": self.is_ordered, "is_stuck": self.is_stuck}

    @classmethod
    def resumed(cls, resource: str, kept: Mapping[str, Any]) -> "Walk":
        """The walk that another process left."""
        link = kept.get("link")
        return cls(
            resource, parsed(kept.get("since")), newest=parsed(kept.get("newest")), began=parsed(kept.get("began")),
            link=link if isinstance(link, str) else None, cut=parsed(kept.get("cut")),
            is_ordered=kept.get("is_ordered") is not False, is_stuck=kept.get("is_stuck") is True,
        )  # fmt: skip

    def middle(self) -> dt.datetime | None:
        """Where to cut a stretch that has to be asked for again: amid the pages seen, before rows could change meanwhile."""
        ends = [at for at in (self.cut, self.until, self.began) if at is not None]
        inside = sorted({at for at in self.marks if (self.since is None or at > self.since) and all(at < end for end in ends)})
        return inside[len(inside) // 2] if inside else self.cut

    def watermark(self, profile: Profile) -> dt.datetime | None:
        """Up to where every change is seen when the walk is through.

        Rows in an order of their own may have changed behind us while we walked, and a first load that asks for living rows only
        is not told what went meanwhile, so no later than when we began.
        """
        is_complete = profile.is_sorted and self.is_ordered and not (self.since is None and profile.first_filter)
        if self.newest is None or is_complete or self.began is None:
            return self.newest
        return min(self.newest, self.began)


@dataclass(frozen=True)
class Step:
    """One page of a walk: its content without links, where it came from, and whether it is the last."""

    body: dict[str, Any]
    url: str
    is_last: bool


def steps(server: Server, walk: Walk, now: dt.datetime, *, by_key: bool = False) -> Iterator[Step]:
    """The pages of a walk, to its end.

    Args:
        server: the server and how it wants to be asked.
        walk: the walk; its state is brought up to date before each page is given.
        now: the moment of the visit (UTC).
        by_key: ask for rows in the order of their keys, so that none moves while we count.

    Raises:
        AnswerError, UnreadableError: an answer is no OData, or links lead in circles or away.
        CredentialsError, SourceUnavailableError: as `HttpClient`.
    """
    client, profile = server.client, server.profile
    starts, empty_run = 1, 0
    answer, is_stale = _first(server, walk, by_key=by_key)
    restarted_from: dt.datetime | bool | None = walk.newest if is_stale else False
    while True:
        server.budget.spend(answer, profile.bytes_per_hour)
        body = _checked(answer)
        clock = _said_at(answer) or now
        walk.began = walk.began or clock
        empty_run = 0 if body["value"] else empty_run + 1
        link, is_theirs = _onward(server, walk, answer, body)
        if link is not None and _is_over(server, walk.resource, link, empty_run):
            link = None
        _note(walk, profile, body["value"], now, max(clock, now))
        walk.pages += 1
        is_last = link is None and walk.cut is None
        if link is None and walk.cut is not None:  # on to the next stretch
            walk.since, walk.cut, starts = walk.cut, None, 1
            walk.marks.clear()
        may_keep = link is not None and is_theirs and profile.next_style != "sticky" and client.mask(link) == link
        walk.link = link if may_keep else None
        content = {name: value for name, value in body.items() if name not in LINKS}
        yield Step(content, server.url(walk.resource), is_last=is_last)
        if is_last:
            return
        if link is None:
            answer = _again(server, walk, by_key=by_key)
            continue
        if (link in walk.seen_links and profile.next_style != "sticky") or empty_run > LONGEST_EMPTY_RUN:
            raise UnreadableError(f"{answer.url}: the next page's link leads in circles: {client.mask(link)}")
        walk.seen_links.add(link)
        try:
            answer = client.get(link, headers=server.preferences(), tries=1 if profile.next_style == "sticky" else None)
        except AnswerError as error:
            is_tried = profile.next_style == "either" and not is_theirs and server.manners.is_counted is None
            if is_tried and error.status in STALE_LINK + REFUSED:  # it knows no `$skip`, so what it gave was all
                server.manners.is_counted = False
                answer = replace(answer, body={"value": []})
                continue
            if restarted_from == walk.newest or not _is_lost(error):
                raise
            restarted_from = walk.newest  # once more from where we were
            answer = _again(server, walk, by_key=by_key)
        except (SourceUnavailableError, RefusedError) as error:
            starts += 1
            is_final = isinstance(error, RefusedError) and error.status != 401
            if profile.next_style != "sticky" or starts > STICKY_STARTS or is_final:
                raise
            answer = _again(server, walk, by_key=by_key)


def _first(server: Server, walk: Walk, *, by_key: bool) -> tuple[Answer, bool]:
    """The first answer, and whether a link that was kept has turned out stale."""
    is_by_time = server.profile.is_sorted and walk.is_ordered and not walk.is_stuck and walk.newest is not None
    if walk.link is None or is_by_time:
        return _again(server, walk, by_key=by_key), False
    link = walk.link
    try:
        answer = server.client.get(link, headers=server.preferences())
    except AnswerError as error:
        if not _is_lost(error):
            raise
        return _again(server, walk, by_key=by_key), True
    walk.seen_links.add(link)
    return answer, False


def _is_lost(error: AnswerError) -> bool:
    """Whether a link leads on no more: it has expired, counts too far, or leads to another host."""
    return error.status in STALE_LINK or isinstance(error, AwayError)


def _again(server: Server, walk: Walk, *, by_key: bool) -> Answer:
    """Asks anew: from the newest timestamp seen where rows come by it, else from the beginning."""
    profile = server.profile
    walk.seen_links.clear()
    walk.last, walk.cut = None, walk.middle()
    walk.marks.clear()
    walk.counted.clear()
    is_by_time = profile.is_sorted and walk.is_ordered and not by_key and profile.next_style != "sticky"
    since = walk.newest if is_by_time and walk.newest is not None and (walk.since is None or walk.newest > walk.since) else walk.since
    if since is walk.since:
        walk.began = None
    walk.asked, answer = ask(server, walk.resource, since, walk.cut or walk.until, by_key=by_key)
    return answer


def _onward(server: Server, walk: Walk, answer: Answer, body: dict[str, Any]) -> tuple[str | None, bool]:
    """The address of the next page, and whether it is the server's own link."""
    style, manners = server.profile.next_style, server.manners
    if style == "skip":
        return _counted(server, walk, body), False
    link = _link_in(answer, body, style)
    manners.has_links = manners.has_links or link is not None
    if link is None and style == "either" and not manners.has_links and manners.is_counted is not False:
        return _counted(server, walk, body), False
    return (None if style == "sticky" and not body["value"] else link), True


def _counted(server: Server, walk: Walk, body: dict[str, Any]) -> str | None:
    """The address of the next page where the server gives none: the same question, less the rows we have.

    A page without a new row is the end; one that repeats what we have, from a server that knows no `$skip`, is taken for empty.
    """
    keys = {key_in(row, walk.resource) for row in body["value"]} - walk.counted
    is_first = "$skip" not in walk.asked
    if not is_first and server.manners.is_counted is None and body["value"]:
        server.manners.is_counted = bool(keys)
    if not is_first and not keys:
        body["value"] = []
    if not keys or not walk.asked:
        return None
    walk.counted |= keys
    walk.asked["$skip"] = walk.asked.get("$skip", 0) + len(body["value"])
    return server.client.address(server.path(walk.resource), walk.asked)


def _is_over(server: Server, resource: str, link: str, empty_run: int) -> bool:
    """Whether an empty page is the last although it has a link: some servers count on for ever."""
    skip = skipped_by(link) if empty_run else None
    if skip is None or server.profile.next_style not in ("body", "either"):
        return False
    if empty_run & (empty_run - 1) == 0:
        total = count_behind(server, resource, link)
        if total is not None:
            return skip >= total
    server.manners.is_endless = server.manners.is_endless or empty_run > LONGEST_COUNTED_EMPTY_RUN
    return server.manners.is_endless


def parsed(value: object) -> dt.datetime | None:
    """A moment, or None if it is none."""
    try:
        return normalise.moment(value)
    except ValueError:
        return None


def _checked(answer: Answer) -> dict[str, Any]:
    body = answer.body
    if not isinstance(body, dict) or not isinstance(body.get("value"), list):
        raise UnreadableError(f"{answer.url}: expected an OData answer with a list 'value', got {str(body)[:80]!r}")
    return body


def _said_at(answer: Answer) -> dt.datetime | None:
    """The server's own clock."""
    try:
        at = email.utils.parsedate_to_datetime(answer.headers.get("Date") or "")
    except (ValueError, TypeError):
        return None
    return at.astimezone(dt.UTC) if at.tzinfo else at.replace(tzinfo=dt.UTC)


def _link_in(answer: Answer, body: Mapping[str, Any], style: str) -> str | None:
    link = answer.next_link if style == "link_header" else next((body[name] for name in LINKS if body.get(name)), None)
    if link is not None and not isinstance(link, str):
        raise UnreadableError(f"{answer.url}: the next page's link is {str(link)[:80]!r}, expected an address")
    if link is not None and link.startswith("?"):  # of the address that was asked
        return urlsplit(answer.url)._replace(query="", fragment="").geturl() + link
    return link


def _note(walk: Walk, profile: Profile, rows: list[Any], now: dt.datetime, latest: dt.datetime) -> None:
    """Notes timestamps; one that is ahead of both clocks counts as `latest`, or it would hide every change until then."""
    before = walk.newest
    for row in rows:
        at = parsed(row.get(profile.watermark_of(walk.resource))) if isinstance(row, dict) else None
        if at is None or at > now + CLOCK_SLACK:
            continue
        if walk.last is not None and at < walk.last:
            walk.is_ordered = False
        walk.last = at
        walk.newest = max(filter(None, (walk.newest, min(at, latest))))
    walk.is_stuck = before is not None and walk.newest == before
    if profile.next_style == "sticky" and walk.last is not None:
        walk.marks.append(walk.last)
