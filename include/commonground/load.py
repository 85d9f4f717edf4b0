"""One visit to one feed: read or fetch → conform → validate → suppress → compare with what we have → commit.

In: a feed of `feeds.yaml`. Out: a batch per record kind that has news, a batch of refused rows, and last the audit row
with the feed's checkpoint, all in the lake. A row is one record a source made, or one thing it refused; every row ends as
accepted, quarantined, unchanged or suppressed, and the audit says how many of each.

An API whose pages carry a checkpoint is committed as it is walked, part by part, so that a walk that breaks off, or is killed,
is gone on with from its last part: by the next run, or by the same run when it is tried again. A run that came to its end and
is run again asks once more from where it had set out, and adds what is new.
"""

import datetime as dt
import gc
import gzip
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from commonground.committing import Committer, Tally, commit_audit, gather, judge, quarantine_table, watermark_of
from commonground.config import CredentialResolver, Credentials, Feed
from commonground.engine import Night
from commonground.errors import CommonGroundError, ConfigError, UnreadableError
from commonground.privacy.suppression import Suppression
from commonground.sources import SOURCES
from commonground.sources.base import Item, Page, Refusal, Source, Visit
from commonground.stored import Stored

# Judging a batch costs about half a second however small it is, so small pages that come fast share a part: a kill costs at most
# this much of the walk.
COMMIT_SECONDS = 2.0
COMMIT_ROWS = 10_000
# What `commonground read` holds at a time: rows, or signs of text where rows are long.
READ_ROWS = 50_000
READ_SIGNS = 32 * 2**20


@dataclass(frozen=True)
class LoadReport:
    """What one visit did; the numbers are rows as in the audit."""

    feed: str
    source: str
    status: str
    rows_read: int = 0
    rows_accepted: int = 0
    rows_quarantined: int = 0
    rows_unchanged: int = 0
    rows_suppressed: int = 0
    rows_deleted: int = 0
    pages: int = 0
    watermark: str | None = None
    error: str | None = None
    accepted_by_kind: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, int] = field(default_factory=dict)


def load_feed(
    night: Night, feed: Feed, resolve: CredentialResolver, *, is_full_refresh: bool = False, is_reconciling: bool = False
) -> LoadReport:
    """Visits a feed and commits what is new.

    Args:
        night: the night, its lake and run.
        feed: the feed.
        resolve: gives the credentials of a connection.
        is_full_refresh: ask for everything again instead of for what changed.
        is_reconciling: compare keys with a server that does not tell deletions, however short ago that was done.

    Returns the report; a failed visit commits a failed audit row without a checkpoint and raises its error again.

    Raises:
        CommonGroundError: of the kind that says whether trying again may help.
    """
    started = dt.datetime.now(dt.UTC)
    source = None
    try:
        source = source_of(feed)
        return _visit(night, feed, source, resolve, started, is_full_refresh=is_full_refresh, is_reconciling=is_reconciling)
    except Exception as error:  # a mistake of ours must not pass for a feed that was not due
        said = str(error) if isinstance(error, CommonGroundError) else f"unexpected {type(error).__name__}: {error}"
        row = {"source": feed.source, "status": "failed", "error": said, "started_at": started} | _ZEROS
        commit_audit(night, feed.name, source, row, None)
        raise


def refuse_feed(night: Night, name: str, complaint: str) -> LoadReport:
    """Marks a feed whose settings cannot be used as failed in the run's audit."""
    row = {"source": "unknown", "status": "failed", "error": complaint, "started_at": dt.datetime.now(dt.UTC)} | _ZEROS
    commit_audit(night, name, None, row, None)
    return LoadReport(name, "unknown", "failed", error=complaint)


def source_of(feed: Feed) -> Source:
    """The source a feed names; raises `ConfigError` that lists the known ones."""
    if feed.source not in SOURCES:
        raise ConfigError(f"feeds.yaml: feed {feed.name!r}: source {feed.source!r} is unknown; known: {', '.join(SOURCES)}")
    return SOURCES[feed.source]


def read_export(source_name: str, path: Path, out: Path | None, now: dt.datetime) -> dict[str, Any]:
    """`commonground read`: one export or saved answer → Parquet per kind and `quarantine.parquet` in `out`, and the counts."""
    from commonground.config import Market

    source = SOURCES[source_name]
    market = Market.model_validate({
        "name": "none", "time_zone": "UTC", "state": "", "service_area": {"latitude": 0, "longitude": 0, "radius_km": 1},
        "agents": [{"agent_id": "owner", "name": "Owner"}],
    })  # fmt: skip
    feed = Feed(name="read", source=source_name, path=str(path), owner="owner")
    visit = Visit(feed, market, now, drop=path)
    items, total = iter(source.read(path, visit)), Tally()
    with _Folder(out) as folder:
        while (part := _read_part(items, source, now, folder)).rows_read:
            total.add(part)
            gc.collect()  # a verdict and its batch hold each other, and would stay for many parts
    return {
        "read": total.rows_read,
        "accepted": dict(sorted(total.accepted_by_kind.items())),
        "quarantined": total.rows_quarantined,
        "reasons": dict(sorted(total.reasons.items())),
    }


def _read_part(items: Iterator[Item], source: Source, now: dt.datetime, folder: "_Folder") -> Tally:
    """Judges and writes as many rows as are held at a time."""
    found = gather(_next_rows(items), source, "read", "read", now)
    accepted, refused = judge(found, "read", "read", now, None)
    for kind, table in accepted.items():
        folder.write(kind, table)
    folder.write("quarantine", quarantine_table(refused, source, "read", "read", now, None))
    return Tally(
        found.rows_read,
        rows_quarantined=len(refused),
        accepted_by_kind=Counter({kind: table.num_rows for kind, table in accepted.items()}),
        reasons=Counter(refusal.rule for refusal in refused),
    )


def _next_rows(items: Iterator[Item]) -> Iterator[Item]:
    signs = 0
    for rows, item in enumerate(items, start=1):
        yield item
        texts = [item.payload] if isinstance(item, Refusal) else [value for value in item.values.values() if type(value) is str]
        signs += sum(map(len, texts))
        if rows >= READ_ROWS or signs >= READ_SIGNS:
            return


class _Folder:
    """Tables written piece by piece as `<name>.parquet` of a folder (of none, if it is None); an error leaves what was there."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._writers: dict[str, Any] = {}

    def __enter__(self) -> "_Folder":
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def write(self, name: str, table: Any) -> None:
        """Adds rows to a table."""
        if self.folder is None:
            return
        if name not in self._writers:
            from pyarrow.parquet import ParquetWriter

            self._writers[name] = ParquetWriter(self._unfinished(name), table.schema)
        self._writers[name].write_table(table)

    def _unfinished(self, name: str) -> Path:
        return (self.folder or Path()) / f"{name}.parquet.tmp"

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        for name, writer in self._writers.items():
            writer.close()
            if error is None:
                self._unfinished(name).replace(self._unfinished(name).with_suffix(""))
            else:
                self._unfinished(name).unlink()


def _visit(
    night: Night,
    feed: Feed,
    source: Source,
    resolve: CredentialResolver,
    started: dt.datetime,
    *,
    is_full_refresh: bool,
    is_reconciling: bool,
) -> LoadReport:
    lake = night.lake
    lake.drop_uncommitted(feed.name, night.run_id)
    has_parts = bool(lake.parts(feed.name, night.run_id))
    is_again = lake.is_finished(feed.name, night.run_id)
    checkpoint = lake.checkpoint(feed.name, before_run=night.run_id if is_again or not has_parts else None)
    if is_full_refresh and (is_again or not has_parts):
        checkpoint = {}
    credentials = resolve(feed.connection) if feed.connection else Credentials()
    visit = Visit(feed, night.settings.market, started, credentials=credentials, checkpoint=checkpoint, is_reconciling=is_reconciling)
    without_run = None if has_parts else night.run_id
    with Stored(lake, feed.name, without_run, source.compared_columns) as stored:
        committer = Committer(night, source, visit, stored, _expiry(night, feed, started))
        if feed.path is not None:
            visit.drop = (night.data / feed.path).resolve()
            committer.commit(gather(source.read(visit.drop, visit), source, feed.name, night.run_id, started))
            return _finished(night, committer, started, pages=0)
        if not is_full_refresh and not checkpoint and not lake.checkpoint(feed.name):
            _refuse_everything_again(committer)
        return _walk(night, committer, started, is_resumed=has_parts)


def _refuse_everything_again(committer: Committer) -> None:
    """A feed with records and no checkpoint has lost it: asking for everything in silence may cost the licence."""
    for kind in committer.source.incremental_kinds:
        if committer.stored.known(kind).live:
            raise UnreadableError(
                f"feed {committer.feed!r}: the lake has {kind} records of it and no checkpoint, so this would ask for everything again; "
                "expected a full refresh, if that is meant"
            )


def _walk(night: Night, committer: Committer, started: dt.datetime, *, is_resumed: bool) -> LoadReport:
    """Commits an API's pages: at once, or part by part where the pages carry checkpoints."""
    feed, source = committer.feed, committer.source
    walk = _Stretches(night, committer, is_resumed=is_resumed)
    is_in_parts, part = is_resumed, max(night.lake.parts(feed, night.run_id), default=0)
    by_kind = night.lake.accepted_by_kind(feed, night.run_id) if is_resumed else Counter[str]()
    while not walk.is_over:
        began, pages_before = dt.datetime.now(dt.UTC), walk.pages
        found = gather(walk.stretch(), source, feed, night.run_id, started)
        is_in_parts = is_in_parts or walk.checkpoint is not None
        if not is_in_parts:
            committer.commit(found)
        elif found.rows_read or walk.checkpoint is not None:
            part += 1
            tally = committer.commit(found, part)
            by_kind.update(tally.accepted_by_kind)
            row = {"source": source.name, "status": "part", "started_at": began, "pages": walk.pages - pages_before}
            commit_audit(night, feed, source, row | tally.counts() | {"accepted_by_kind": by_kind}, walk.checkpoint, part)
        if walk.error is not None:
            raise walk.error
    return _finished(night, committer, started, walk.pages, by_kind if is_in_parts else None)


def _finished(
    night: Night, committer: Committer, started: dt.datetime, pages: int, by_kind_of_parts: Counter[str] | None = None
) -> LoadReport:
    """Commits the audit row that ends the visit; the rows of its parts are counted in theirs."""
    source, total, checkpoint = committer.source, committer.total, committer.visit.next_checkpoint
    watermark = watermark_of(checkpoint)
    row: dict[str, Any] = {"source": source.name, "status": "loaded", "watermark": watermark, "started_at": started}
    if by_kind_of_parts is None:
        row |= total.counts() | {"pages": pages}
    else:
        row |= _ZEROS | {"accepted_by_kind": by_kind_of_parts}
    commit_audit(night, committer.feed, source, row, checkpoint)
    return LoadReport(committer.feed, source.name, "loaded", pages=pages, watermark=watermark, **total.counts())


class _Stretches:
    """Fetched pages cut into stretches: each ends with a page that carries a checkpoint, or with the walk."""

    def __init__(self, night: Night, committer: Committer, *, is_resumed: bool) -> None:
        self.source, self.visit = committer.source, committer.visit
        self.fetched = self.source.fetch(self.visit)
        self.landing = _Landing(night, self.visit.feed, is_resumed=is_resumed)
        self.pages, self.is_over = 0, False
        self.checkpoint: Mapping[str, Any] | None = None
        self.error: CommonGroundError | None = None

    def stretch(self) -> Iterator[Item]:
        """Items of the next stretch. What breaks off the walk after a page with a checkpoint waits in `error`, since that much is good."""
        self.checkpoint, began, rows = None, time.monotonic(), 0
        try:
            for page in self.fetched:
                self.pages += 1
                items = list(self.source.conform(page, self.visit))
                self.landing.keep(page, items)
                rows += len(items)
                yield from items
                if page.checkpoint is not None:
                    self.checkpoint = page.checkpoint
                    if rows >= COMMIT_ROWS or time.monotonic() - began >= COMMIT_SECONDS:
                        return
        except CommonGroundError as error:
            if self.checkpoint is None:
                raise
            self.error = error
        self.is_over = True


class _Landing:
    """Keeps each page as it came, unless the terms make us forget it, or it shows somebody erased."""

    def __init__(self, night: Night, feed: Feed, *, is_resumed: bool) -> None:
        self.feed, self.numbers, self.folder = feed.name, Counter[str](), None
        if feed.source != "team" and _ttl_hours(night, feed) is None:
            self.folder = night.lake.landing_folder(feed.name, night.run_id, is_kept=is_resumed)
            self.numbers.update(path.name.split(".")[0] for path in self.folder.iterdir())
        self.listed = Suppression.load(night.data)

    def keep(self, page: Page, items: list[Item]) -> None:
        """Writes the page."""
        if self.folder is None:
            return
        body = page.body if isinstance(page.body, bytes) else json.dumps(page.body, ensure_ascii=False).encode()
        if not self.listed.is_in_page(body, items, self.feed):
            name = "".join(letter if letter.isalnum() else "_" for letter in page.resource)[:60]
            self.numbers[name] += 1
            (self.folder / f"{name}.{self.numbers[name]:06d}.gz").write_bytes(gzip.compress(body, 1, mtime=0))


def _ttl_hours(night: Night, feed: Feed) -> float | None:
    """The shorter of what the feed and its source's terms say; None = no limit."""
    terms = night.settings.policy.sources.get(feed.source)
    limits = [hours for hours in (feed.ttl_hours, terms.ttl_hours if terms else None) if hours is not None]
    return min(limits) if limits else None


def _expiry(night: Night, feed: Feed, now: dt.datetime) -> dt.datetime | None:
    hours = _ttl_hours(night, feed)
    return None if hours is None else now + dt.timedelta(hours=hours)


_ZEROS = dict.fromkeys(("rows_read", "rows_accepted", "rows_quarantined", "rows_unchanged", "rows_suppressed", "rows_deleted", "pages"), 0)
