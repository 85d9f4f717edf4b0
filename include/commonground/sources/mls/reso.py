"""RESO Web API and Common Format: Property, Member, Office, OpenHouse and what else a feed has → records.

Property is `listing`, with the events that a row tells of or that differ from the stored one; Member and Office are `membership`;
OpenHouse, HistoryTransactional and Showing are `listing_event`; the member's own books are persons and what they did (`crm.py`).

Options of a feed: `profile` (plain, mlsgrid, bridge, trestle, spark) and every field of `profiles.Profile`, such as
`resources`, `originating_system`, `status_map`, `filter`. Credentials: the access token as the connection's password, or
client id and secret as login and password with `token_url` in its extra (or in the options).
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote
from zoneinfo import ZoneInfo

from commonground.errors import UnreadableError
from commonground.sources.base import Item, Page, Record, Refusal, Source, StoredRows, Visit
from commonground.sources.mls import changes, crm, history, profiles, properties, replicate, rosters

# More than this share of the listings vanishing between two scans is a broken scan or a changed licence, not the market.
LARGEST_DROP = 0.05
FEW = 5  # listings that may go at once however small the feed is
_CONTEXT = re.compile(r"(?:#|:resource:)([A-Za-z]+)")
_QUOTE = "'"  # stands in an entity's address as it is
_RESOURCES = {name.casefold(): name for name in profiles.RESOURCES}
# What tells the resources apart when no context does: the first of these fields that a row has.
_MARKS = (
    ("OpenHouseKey", "OpenHouse"),
    ("HistoryTransactionalKey", "HistoryTransactional"),
    ("ShowingKey", "Showing"),
    ("ContactListingsKey", "ContactListings"),
    ("ProspectingKey", "Prospecting"),
    ("SavedSearchKey", "SavedSearch"),
    ("EventKey", "InternetTracking"),
    ("ContactKey", "Contacts"),
    ("ListingKey", "Property"),
    ("ListingKeyNumeric", "Property"),
    ("ListingId", "Property"),
    ("StandardStatus", "Property"),
    ("MemberKey", "Member"),
    ("OfficeKey", "Office"),
)


class Reso(Source):
    """Any server or file that speaks the RESO Data Dictionary."""

    name = "reso"
    family = "mls"
    is_api = True
    incremental_kinds = ("listing",)
    compared_columns = changes.COMPARED
    default_profile: ClassVar[str] = "plain"

    def fetch(self, visit: Visit) -> Iterator[Page]:
        """Pages changed since the checkpoint's watermarks, resource by resource."""
        yield from replicate.fetch(visit, self.profile(visit))

    def live_keys(self, visit: Visit) -> set[str]:
        """Every ListingKey the server has now, for reconciling where deletions are not told."""
        return replicate.keys(visit, self.profile(visit))

    def gone(self, visit: Visit, known: Collection[str]) -> list[Record]:
        """Deletions of the listings we know that the server has no more.

        Args:
            visit: a visit to the feed.
            known: record_ids of the feed's listings in the lake that are not deleted.

        Raises:
            UnreadableError: so many are missing that the scan is more likely wrong than the homes gone.
        """
        missing = sorted(set(known) - self.live_keys(visit))
        if len(missing) > max(FEW, LARGEST_DROP * len(known)):
            raise UnreadableError(
                f"feed {visit.feed.name!r}: {len(missing)} of {len(known)} listings are missing on the server; "
                f"expected at most {LARGEST_DROP:.0%} to go at once, so none is deleted"
            )
        return [Record("listing", {"record_id": key, "ListingKey": key, "is_deleted": True, "modified_at": visit.now}) for key in missing]

    def conform(self, page: Page, visit: Visit) -> Iterator[Item]:
        """The records of one page: an OData answer, a Common Format file, or a single object."""
        reader = _Reader(self.profile(visit), visit)
        for number, row in enumerate(_rows(page.body), start=1):
            stamp = _stamp(page, row, number)
            if not isinstance(row, dict):
                yield _unusable("not_an_object", f"row {number} is {str(row)[:80]!r}, expected an object", row, stamp)
                continue
            try:
                yield from reader.records(_resource_in(row, page), row, stamp)
            except RecursionError:
                yield _unusable("nested_too_deep", f"row {number} is nested too deep to be read", None, stamp)

    def profile(self, visit: Visit) -> profiles.Profile:
        """The profile of the visit's feed, checked once: a saved file may hold an answer to a line."""
        if "profile" not in visit.notes:
            visit.notes["profile"] = profiles.profile_of(visit.feed, self.default_profile)
        found: profiles.Profile = visit.notes["profile"]
        return found

    def compare(self, tables: dict[str, Any], stored: StoredRows, visit: Visit) -> dict[str, Any]:
        """Without a history of the feed, the events that differences to the stored listings tell of."""
        return tables if visit.notes.get("has_history") else changes.with_changes(tables, stored)

    def resource_of(self, body: Any, path: Path) -> str:
        """Which of the resources a saved answer is of, by its context or by the fields of its rows."""
        if isinstance(body, dict):
            context = body.get("@reso.context") or body.get("@odata.context")
            match = _CONTEXT.search(context) if isinstance(context, str) else None
            if match:
                if match[1].casefold() in _RESOURCES:
                    return _RESOURCES[match[1].casefold()]
                raise UnreadableError(f"{path.name}: it is of resource {match[1]}; expected {', '.join(profiles.RESOURCES)}")
        rows = [row for row in _rows(body) if isinstance(row, dict)]
        for mark, resource in _MARKS:
            if any(mark in row for row in rows):
                return resource
        raise UnreadableError(f"{path.name}: no row of {', '.join(profiles.RESOURCES)} in it; expected a RESO JSON page")


def _rows(body: Any) -> list[Any]:
    """The rows of a page; one object alone is a page of one."""
    if isinstance(body, dict):
        value = body.get("value", [body])
        return value if isinstance(value, list) else [value]
    return body if isinstance(body, list) else [body]


def _resource_in(row: Mapping[str, Any], page: Page) -> str:
    """The resource of a row: the page's, unless a file mixes them and the row has another one's key instead."""
    key = profiles.KEYS[page.resource]
    if key in row or f"{key}Numeric" in row or page.url.startswith(("http://", "https://")):
        return page.resource
    return next((resource for mark, resource in _MARKS if mark in row and mark == profiles.KEYS[resource]), page.resource)


def _stamp(page: Page, row: Any, number: int) -> dict[str, Any]:
    """Where a row stood: file and position in files, its own address at an API."""
    if not page.url.startswith(("http://", "https://")):
        return {"source_file": page.url, "source_line": number}
    key = row.get(profiles.KEYS[page.resource]) if isinstance(row, dict) else None
    entity = f"({quote(profiles.quoted(str(key)), safe=_QUOTE)})" if isinstance(key, (str, int)) else ""
    return {"source_url": page.url + entity}


def _unusable(rule: str, reason: str, row: Any, stamp: Mapping[str, Any]) -> Refusal:
    payload = "" if row is None else str(row)[:500]
    return Refusal(rule, reason, payload, source_file=stamp.get("source_file"), source_line=stamp.get("source_line"))


class _Reader:
    """Reads rows of one visit."""

    def __init__(self, profile: profiles.Profile, visit: Visit) -> None:
        self.zone, self.visit = ZoneInfo(visit.market.time_zone), visit
        self.status_map = {**visit.notes.get("statuses", {}), **profile.status_map}
        self.has_history = bool(visit.notes.get("has_history"))

    def records(self, resource: str, row: Mapping[str, Any], stamp: Mapping[str, Any]) -> Iterator[Item]:
        """The records of one row."""
        if resource == "Property":
            return properties.listing(row, self.status_map, stamp, has_history=self.has_history)
        if resource == "OpenHouse":
            return rosters.open_house(row, self.zone, stamp)
        if resource == "HistoryTransactional":
            return history.history(row, self.status_map, stamp)
        if resource == "Contacts":
            return crm.contact(row, self.visit.market, self.visit.owner, stamp)
        if resource in _OTHERS:
            return _OTHERS[resource](row, stamp)
        return rosters.membership(resource, row, stamp)


_OTHERS: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any]], Iterator[Item]]] = {
    "Showing": history.showing,
    "ContactListings": crm.contact_listing,
    "Prospecting": crm.prospecting,
    "SavedSearch": crm.saved_search,
    "InternetTracking": crm.tracking,
}
