"""What is gone at the server, and what we missed: keys compared, EntityEvent, a resource of deletions → pages that say so.

A deletion is a row of the resource with `@removed` and its key, as of the version we know: should the record come back, even an
old version of it wins again. Keys are only taken for gone when two complete scans agree, and only while few are.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol
from urllib.parse import quote

from commonground.errors import UnreadableError
from commonground.sources.base import Known, Visit
from commonground.sources.http import AnswerError, HttpClient
from commonground.sources.mls import normalise, profiles
from commonground.sources.mls.asking import Server, key_in
from commonground.sources.mls.profiles import KEYS, Profile
from commonground.sources.mls.walk import Step, Walk, parsed, steps

FEW = 10  # keys that may go at once however small the feed is
MOST_WINDOWS = 40  # moments asked for one by one; beyond that the walk is done again from the first of them
MOST_BY_KEY = 500  # records asked for by their keys in one visit; the next visit finds the rest
DELETED_LEEWAY = dt.timedelta(days=1)  # by how much clocks may differ
_ROWS = 100  # records asked for one by one that share a page
_INSTANT = dt.timedelta(milliseconds=1)
_GONE = (404, 410)
# resource → kind of its records, and what stands before the key in their ids; logs of happenings are never compared
RECORDS = {
    "Property": ("listing", ""),
    "Member": ("membership", "Member:"),
    "Office": ("membership", "Office:"),
    "OpenHouse": ("listing_event", "OpenHouse:"),
    "Showing": ("listing_event", "Showing:"),
    "Contacts": ("person", ""),
}


class TooManyError(UnreadableError):
    """So much is missing that the scan is more likely wrong than the homes gone."""


class EventState(Protocol):
    """The part of a visit's state that is about told deletions."""

    event: int | None
    deleted: str | None


@dataclass
class Seen:
    """Versions of a resource's rows that this visit walked past: key → ModificationTimestamp; keys that were told to be gone.

    `behind` are rows that the server took back to an older version than ours, which we have as it is there: key → its timestamp there.
    """

    resource: str
    versions: dict[str, dt.datetime | None] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    behind: dict[str, str] = field(default_factory=dict)

    def add(self, rows: list[Any]) -> None:
        """Notes the rows of a page."""
        for row in rows:
            key = key_in(row, self.resource)
            if key is None:
                continue
            if is_told_gone(row):
                self.removed.add(key)
                self.versions.pop(key, None)
            else:
                self.removed.discard(key)
                self.versions[key] = parsed(row.get("ModificationTimestamp"))


@dataclass(frozen=True, slots=True)
class Theirs:
    """A row as a scan shows it: when it was modified, its mark in the server's own order of changes, whether it says that it is gone."""

    modified: dt.datetime | None
    mark: dt.datetime | None
    is_gone: bool


def is_told_gone(row: Mapping[str, Any]) -> bool:
    """Whether a row says of itself that it is gone."""
    try:
        return "@removed" in row or normalise.flag(row.get("MlgCanView")) is False
    except ValueError:
        return False


def scan(server: Server, resource: str, now: dt.datetime, since: dt.datetime | None = None, *, is_bare: bool = False) -> dict[str, Theirs]:
    """Every key the server has (or that changed since), with its version unless `is_bare`: vendors may give keys alone on larger pages.

    Complete or an error: any page that fails raises.
    """
    profile = server.profile
    mark = profile.watermark_of(resource)
    names = [KEYS[resource]]
    if not is_bare:
        names += dict.fromkeys(["ModificationTimestamp", mark])
        names += ["MlgCanView"] if profile.delete_style == "flag" else []
    key_page_size = 0 if profile.is_key_scan_bare and not is_bare else profile.key_page_size
    update = {"select": {resource: names}, "expand": {}, "page_size": key_page_size or profile.page_size, "first_filter": None}
    found: dict[str, Theirs] = {}
    for step in steps(replace(server, profile=profile.model_copy(update=update)), Walk(resource, since), now, by_key=True):
        for row in step.body["value"]:
            key = key_in(row, resource)
            modified = None if key is None else parsed(row.get("ModificationTimestamp"))
            before = found[key].modified if key in found else None
            if key is not None and (before is None or modified is None or modified >= before):
                found[key] = Theirs(modified, parsed(row.get(mark)), is_told_gone(row))
    return found


def is_late(profile: Profile, visited: dt.datetime | None, now: dt.datetime) -> bool:
    """Whether the pause since the last visit was longer than flags of deletions stand."""
    return (
        profile.delete_style == "flag" and profile.flag_days > 0 and visited is not None and now - visited > dt.timedelta(profile.flag_days)
    )


def is_due(profile: Profile, resource: str, compared: dt.datetime | None, visit: Visit) -> bool:
    """Whether a resource's keys are to be compared with this visit."""
    if resource not in RECORDS or (profile.delete_style != "reconcile" and not visit.is_reconciling):
        return False
    return visit.is_reconciling or compared is None or visit.now - compared >= dt.timedelta(hours=profile.reconcile_hours)


def lacking(visit: Visit, seen: Seen, theirs: Mapping[str, Theirs]) -> list[tuple[str, dt.datetime | None]]:
    """The rows of a scan that neither this visit nor the lake has, or has in another version: keys and marks."""
    kind, prefix = RECORDS.get(seen.resource, (None, ""))
    if kind is None or visit.known is None:
        return []
    known = visit.known(kind)
    found = []
    for key, row in theirs.items():
        ours = _ours(known, seen, prefix + key, key)
        is_there = key in seen.versions or prefix + key in known.live or prefix + key in known.told
        is_stale = ours is not None and row.modified is not None and row.modified != ours and not _is_noted(seen, key, row.modified)
        is_new = not is_there and prefix + key not in known.refused
        if row.is_gone:
            is_here = (prefix + key in known.live or key in seen.versions) and key not in seen.removed
            is_stale, is_new = is_here and (ours is None or row.modified is None or row.modified >= ours), False
        if is_stale or is_new:
            found.append((key, row.mark))
    return found


def _ours(known: Known, seen: Seen, record_id: str, key: str) -> dt.datetime | None:
    """The newest version that the lake or this visit has of a row, deleted or not."""
    stored = known.live.get(record_id) or known.told.get(record_id) or known.gone.get(record_id)
    return max(filter(None, (stored, seen.versions.get(key))), default=None)


def _is_noted(seen: Seen, key: str, modified: dt.datetime | None) -> bool:
    return modified is not None and seen.behind.get(key) == modified.isoformat()


def _raised(visit: Visit, seen: Seen, rows: list[Any]) -> None:
    """Rows that are older at the server than with us, twice asked, get a version just above ours, and keep their own as `@modified`."""
    kind, prefix = RECORDS.get(seen.resource, (None, ""))
    if kind is None or visit.known is None:
        return
    known = visit.known(kind)
    for row in rows:
        key = key_in(row, seen.resource)
        modified = None if key is None else parsed(row.get("ModificationTimestamp"))
        ours = None if key is None else _ours(known, seen, prefix + key, key)
        if key is not None and modified is not None and ours is not None and modified < ours and not _is_noted(seen, key, modified):
            seen.behind[key] = modified.isoformat()
            row |= {"ModificationTimestamp": (ours + dt.timedelta(microseconds=1)).isoformat(), "@modified": row["ModificationTimestamp"]}


def repairs(server: Server, visit: Visit, seen: Seen, wanted: list[tuple[str, dt.datetime | None]]) -> Iterator[Step]:
    """Pages with the rows that are `lacking`."""
    marks = sorted({mark for _, mark in wanted if mark is not None})
    windows: list[tuple[dt.datetime, dt.datetime | None]] = [(mark, mark + _INSTANT) for mark in marks]
    if len(windows) > MOST_WINDOWS:
        windows = [(marks[0], None)]
    for since, until in windows:
        for step in steps(server, Walk(seen.resource, since, until), visit.now):
            _raised(visit, seen, step.body["value"])
            seen.add(step.body["value"])
            yield step
    bare = [key for key, mark in wanted if mark is None][:MOST_BY_KEY]
    yield from _by_key(server, seen, bare, lambda _: None)  # what went since the scan is for the next comparison


def compared(server: Server, visit: Visit, seen: Seen) -> Iterator[Step]:
    """Pages that repair what a scan of all keys shows to be missing, and a page of the records that are gone.

    Raises:
        TooManyError: more is gone than can be believed; nothing is deleted.
    """
    if visit.known is None:
        return
    kind, prefix = RECORDS[seen.resource]
    profile, is_bare = server.profile, server.profile.is_key_scan_bare
    theirs = scan(server, seen.resource, visit.now, is_bare=is_bare)
    for key in [key for key in seen.behind if not is_bare and (key not in theirs or not _is_noted(seen, key, theirs[key].modified))]:
        del seen.behind[key]
    yield from repairs(server, visit, seen, lacking(visit, seen, theirs))
    known = visit.known(kind)
    ours = {record_id.removeprefix(prefix): at for record_id, at in known.live.items() if record_id.startswith(prefix)}
    candidates = (ours.keys() | seen.versions.keys()) - there(theirs) - seen.removed
    if not candidates:
        return
    candidates -= there(scan(server, seen.resource, visit.now, is_bare=is_bare))
    limit = max(FEW, profile.largest_drop * len(ours))
    if len(candidates) > limit or (not theirs and len(ours) > FEW):
        raise TooManyError(
            f"feed {visit.feed.name!r}: {len(candidates)} of {len(ours)} {seen.resource} records are missing on the server; expected at "
            f"most {profile.largest_drop:.0%} to go at once, so none is deleted (options.largest_drop can allow more)"
        )
    rows = [removed(seen.resource, key, ours.get(key) or seen.versions.get(key) or visit.now) for key in sorted(candidates)]
    if rows:
        seen.add(rows)
        yield Step({"value": rows}, server.url(seen.resource), is_last=True)


def there(theirs: Mapping[str, Theirs]) -> set[str]:
    """The keys of the rows that are not told to be gone."""
    return {key for key, row in theirs.items() if not row.is_gone}


def removed(resource: str, key: str, at: dt.datetime) -> dict[str, Any]:
    """The row that says that a record is gone."""
    return {KEYS[resource]: key, "@removed": {"reason": "deleted"}, "ModificationTimestamp": at.isoformat()}


def newest_event(client: HttpClient) -> int:
    """The newest EntityEventSequence, before a first load; 0 if the server does not say."""
    try:
        body = client.get("EntityEvent", {"$orderby": "EntityEventSequence desc", "$top": 1}).body
    except AnswerError:
        return 0
    rows = body.get("value") if isinstance(body, Mapping) else None
    return max((_sequence(row) for row in rows or []), default=0)


def from_events(server: Server, visit: Visit, state: EventState, seen: Mapping[str, Seen]) -> Iterator[tuple[str, Step]]:
    """Pages with the records that EntityEvent tells of: as they are now, or gone where the server does not know them any more."""
    asked = {"$filter": f"EntityEventSequence gt {state.event or 0}", "$orderby": "EntityEventSequence asc"}
    changed: dict[tuple[str, str], int] = {}
    answer = server.client.get("EntityEvent", asked)
    links: set[str] = set()
    while True:
        body = answer.body if isinstance(answer.body, Mapping) else {}
        for row in body.get("value") or []:
            if isinstance(row, Mapping) and row.get("ResourceName") in seen and row.get("ResourceRecordKey"):
                changed[str(row["ResourceName"]), str(row["ResourceRecordKey"])] = _sequence(row)
            state.event = max(state.event or 0, _sequence(row))
        link = body.get("@odata.nextLink")
        if not isinstance(link, str) or link in links:
            break
        links.add(link)
        answer = server.client.get(link)
    newest, state.event = state.event, None  # only once all of it is told
    for resource in seen:
        wanted = [key for name, key in changed if name == resource]
        for step in _by_key(server, seen[resource], wanted, _versions(visit, seen[resource])):
            yield resource, step
    state.event = newest


def from_deleted(server: Server, state: EventState, seen: Mapping[str, Seen]) -> Iterator[tuple[str, Step]]:
    """Pages with the records that a resource of deletions names."""
    client, profile = server.client, server.profile
    names = profile.deleted_fields
    since = parsed(state.deleted)
    asked = {"$filter": f"{names['at']} ge {normalise.literal(since - profile.overlap)}"} if since else {}
    answer = client.get(profile.deleted_resource, asked)
    links: set[str] = set()
    newest = since
    while True:
        body = answer.body if isinstance(answer.body, Mapping) else {}
        by_resource: dict[str, list[dict[str, Any]]] = {}
        for row in body.get("value") or []:
            at = parsed(row.get(names["at"])) if isinstance(row, Mapping) else None
            if at is None or row.get(names["resource"]) not in seen or not row.get(names["key"]):
                continue
            resource, key = str(row[names["resource"]]), str(row[names["key"]])
            newest = max(filter(None, (newest, at)))
            version = seen[resource].versions.get(key)
            if version is None or version <= at:  # one that came back after that stays
                by_resource.setdefault(resource, []).append(removed(resource, key, at))
        for resource, rows in by_resource.items():
            seen[resource].add(rows)
            yield resource, Step({"value": rows}, server.url(resource), is_last=False)
        link = body.get("@odata.nextLink")
        if not isinstance(link, str) or link in links:
            break
        links.add(link)
        answer = client.get(link)
    state.deleted = normalise.literal(newest) if newest else state.deleted


def _versions(visit: Visit, seen: Seen) -> Callable[[str], dt.datetime | None]:
    """Key → the version of a row that stands with us; None if there is none to delete."""
    kind, prefix = RECORDS.get(seen.resource, (None, ""))
    if kind is None or visit.known is None:
        return lambda key: seen.versions.get(key) or visit.now
    live = visit.known(kind).live
    return lambda key: seen.versions.get(key) or live.get(prefix + key)


def _by_key(server: Server, seen: Seen, wanted: list[str], gone_as_of: Callable[[str], dt.datetime | None]) -> Iterator[Step]:
    """Pages of records asked for one by one; what the server does not know is gone, as of the version that the last argument says."""
    url = server.url(seen.resource)
    for start in range(0, len(wanted), _ROWS):
        rows = []
        for key in wanted[start : start + _ROWS]:
            try:
                body = server.client.get(f"{seen.resource}({quote(profiles.quoted(key), safe=_SAFE)})", server.profile.params).body
            except AnswerError as error:
                if error.status not in _GONE:
                    raise
                if (at := gone_as_of(key)) is not None:
                    rows.append(removed(seen.resource, key, at))
                continue
            inner = body.get("value") if isinstance(body, Mapping) else None
            rows += inner if isinstance(inner, list) else [body]
        seen.add(rows)
        yield Step({"value": rows}, url, is_last=start + _ROWS >= len(wanted))


def _sequence(row: Any) -> int:
    try:
        return int(row["EntityEventSequence"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return 0


_SAFE = "'"
