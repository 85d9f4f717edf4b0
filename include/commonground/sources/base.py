"""What every outside system is to us: a small class with its knobs as class attributes.

Two ways in, one way out. A *drop* (an export: file, folder or zip) is read by `read`. An *API* is walked by `fetch`, which
yields the pages it received, and `conform` turns one page into records; `read` then reads saved answers of that API.
Out come `Record`s and `Refusal`s. A parser never raises for one bad row and never drops one silently: it yields a
`Refusal` with the rule, the reason in words and the payload. It raises `UnreadableError` only if nothing in what it was
given is of its kind.
"""

import datetime as dt
from abc import ABC
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol
from urllib.parse import urljoin

from commonground.config import Credentials, Family, Feed, Market
from commonground.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a kind; `values` as `records.coerce` takes them (feed, source and run_id are stamped on later)."""

    kind: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that was read and cannot be used: goes to quarantine as it came.

    `rule` is a short stable name (`unreadable_file`, `bad_date`, `missing_name`), `reason` one sentence naming the value
    and what was expected, `payload` the row as text (JSON where it was structured).
    """

    rule: str
    reason: str
    payload: str
    kind: str | None = None
    record_id: str | None = None
    source_file: str | None = None
    source_line: int | None = None


# Rules for what was read and understood and holds nothing to keep: in quarantine like the rest, but no reason for alarm.
PASSED_OVER = frozenset(
    {
        "missing_text",
        "names_nobody",
        "empty_note",
        "draft",
        "spam",
        "declined",
        "closed_account",
        "duplicate_archive",
        "duplicate",
        "tied_again",
        "withheld",
        "other_resource",
        "other_field",
        "not_looked_at",
        "search_of_nobody",
        "actor_is_bot",
        "actor_is_agent",
        "nobody_known",
    }
)

Item = Record | Refusal


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of an API: which resource, where from (no secrets), what came, and the state to resume after it."""

    resource: str
    url: str
    body: Any
    checkpoint: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What the lake has of one kind in one feed, as record_id → `modified_at`.

    `live` is not deleted, `told` is deleted by what the record itself says (a canceled open house), `gone` is deleted otherwise;
    `refused` are the ids in quarantine.
    """

    live: Mapping[str, dt.datetime] = field(default_factory=dict)
    told: Mapping[str, dt.datetime] = field(default_factory=dict)
    gone: Mapping[str, dt.datetime] = field(default_factory=dict)
    refused: frozenset[str] = frozenset()


@dataclass(slots=True)
class Visit:
    """One visit to one feed: what a source may know while it reads.

    `checkpoint` is what the last committed visit left (empty at first, or on a full refresh); a source puts what the next
    visit needs into `next_checkpoint`. Both are JSON objects; `watermark` in it is shown to people.
    `drop` is the absolute path of an export; `base_url` the address of an API.
    """

    feed: Feed
    market: Market
    now: dt.datetime
    drop: Path | None = None
    credentials: Credentials = field(default_factory=Credentials)
    checkpoint: Mapping[str, Any] = field(default_factory=dict)
    next_checkpoint: dict[str, Any] = field(default_factory=dict)
    # what fetching learned and conforming needs
    notes: dict[str, Any] = field(default_factory=dict)
    # of a kind of record, what the lake has of this feed; None where there is no lake
    known: "Callable[[str], Known] | None" = None
    is_reconciling: bool = False  # compare keys now, however short ago that was done

    @property
    def owner(self) -> str | None:
        """agent_id of the team member whose book or account the feed is."""
        return self.feed.owner

    def base_url(self, default: str | None = None) -> str:
        """Address of the API, with a closing slash: the feed's `url` under the connection's host, else `default`.

        Raises:
            ConfigError: none of them is given.
        """
        host = self.credentials.host or default or ""
        address = urljoin(host.rstrip("/") + "/", self.feed.url or "") if host else self.feed.url or ""
        if not address.startswith(("http://", "https://")):
            raise ConfigError(f"feeds.yaml: feed {self.feed.name!r} wants a url, or a connection with a host")
        return address.rstrip("/") + "/"


class StoredRows(Protocol):
    """What a loader shows `Source.compare` of the stored rows: a DuckDB session, and the name of a kind's relation in it."""

    con: Any

    def table(self, kind: str) -> str:
        """Name of the relation of a kind: record_id, modified_at, is_deleted and the kind's `compared_columns`."""


class Source(ABC):
    """An outside system. Subclasses set the attributes, and define `read` (drops) or `fetch` and `conform` (APIs)."""

    name: ClassVar[str]
    family: ClassVar[Family]
    is_api: ClassVar[bool] = False
    # kinds a full read must bring at least one row of; none = an empty export is fine
    expected_kinds: ClassVar[tuple[str, ...]] = ()
    # asks for what changed: kinds that, once in the lake, make a visit without a checkpoint a mistake
    incremental_kinds: ClassVar[tuple[str, ...]] = ()
    # columns of a kind that `compare` wants to see of the stored rows; without the first a deleted row says nothing of itself
    compared_columns: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    # a full visit names every record, so what is missing is gone (our own settings, a whole address book; never a social export)
    is_complete: ClassVar[bool] = False
    # the largest share of a complete source's records that may be gone at once; more is a mistake somewhere
    largest_drop: ClassVar[float] = 0.2
    # resources whose saved answers say what the others need, whatever their files are called: conformed before these
    first_resources: ClassVar[tuple[str, ...]] = ()

    def read(self, path: Path, visit: Visit) -> Iterator[Item]:
        """Records of an export, or of saved answers of an API: a file, a folder of them, or a zip.

        Raises:
            UnreadableError: the path is missing, or nothing in it is of this system.
        """
        if not self.is_api:
            raise NotImplementedError
        yield from self._read_saved(path, visit)

    def fetch(self, visit: Visit) -> Iterator[Page]:
        """Pages of an API since `visit.checkpoint`; sets `visit.next_checkpoint`."""
        raise NotImplementedError

    def conform(self, page: Page, visit: Visit) -> Iterator[Item]:
        """The records of one page."""
        raise NotImplementedError

    def compare(self, tables: dict[str, Any], stored: "StoredRows", visit: Visit) -> dict[str, Any]:
        """What else new rows say beside what is stored: tables by kind in, the same with rows added. As they are, by default."""
        return tables

    def todays(self, body: Any) -> Any:
        """A saved answer of an API that the vendor has replaced, in the shape of today's; any other as it is."""
        return body

    def resource_of(self, body: Any, path: Path) -> str:
        """Which resource a saved answer is of; raises `UnreadableError` if it is none of this system's."""
        raise NotImplementedError

    def _read_saved(self, path: Path, visit: Visit) -> Iterator[Item]:
        from commonground.sources.saved import read_saved  # it builds on the classes above

        yield from read_saved(self, path, visit)
