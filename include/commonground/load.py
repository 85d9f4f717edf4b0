"""One visit to one feed: read or fetch → conform → validate → suppress → compare with what we have → commit.

In: a feed of `feeds.yaml`. Out: a batch per record kind that has news, a batch of refused rows, and last the audit row
with the feed's checkpoint, all in the lake. A row is one record a source made, or one thing it refused; every row ends as
accepted, quarantined, unchanged or suppressed, and the audit says how many of each.
"""

import datetime as dt
import gzip
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from commonground import records
from commonground.config import CredentialResolver, Credentials, Feed
from commonground.engine import Night, connect
from commonground.errors import CommonGroundError, ConfigError, UnreadableError
from commonground.lake import AUDIT_SCHEMA, QUARANTINE_SCHEMA
from commonground.privacy.suppression import Suppression
from commonground.sources import SOURCES
from commonground.sources.base import PASSED_OVER, Item, Page, Refusal, Source, Visit

CHUNK_ROWS = 50_000  # rows held as Python objects at a time; beyond that they are Arrow


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


@dataclass
class Gathered:
    """What a source yielded: a table per kind, and what was refused so far."""

    tables: dict[str, pa.Table]
    refusals: list[Refusal]
    rows_read: int


def gather(items: Iterable[Item], source: Source, feed: str, run_id: str, now: dt.datetime) -> Gathered:
    """Types every record by its kind's definition; a value that does not fit makes the record a refusal."""
    chunks: dict[str, list[pa.Table]] = {}
    rows: dict[str, list[dict[str, Any]]] = {}
    refusals: list[Refusal] = []
    count = 0
    stamp = {"feed": feed, "source": source.name, "run_id": run_id}
    for item in items:
        count += 1
        if isinstance(item, Refusal):
            refusals.append(item)
            continue
        try:
            row = records.coerce(item.kind, item.values)
        except records.BadValueError as error:
            refusals.append(_refused_record(item.kind, item.values, f"type:{error.column}", str(error)))
            continue
        row.update(stamp)
        if row["modified_at"] is None:
            row["modified_at"] = now
        kept = rows.setdefault(item.kind, [])
        kept.append(row)
        if len(kept) >= CHUNK_ROWS:
            chunks.setdefault(item.kind, []).append(pa.Table.from_pylist(kept, schema=records.schema(item.kind)))
            kept.clear()
    for kind, kept in rows.items():
        chunks.setdefault(kind, []).append(pa.Table.from_pylist(kept, schema=records.schema(kind)))
    return Gathered({kind: pa.concat_tables(parts) for kind, parts in chunks.items()}, refusals, count)


def load_feed(night: Night, feed: Feed, resolve: CredentialResolver, *, is_full_refresh: bool = False) -> LoadReport:
    """Visits a feed and commits what is new.

    Returns the report; a failed visit commits a failed audit row without a checkpoint and raises its error again.

    Raises:
        CommonGroundError: of the kind that says whether trying again may help.
    """
    started = dt.datetime.now(dt.UTC)
    source = None
    try:
        source = source_of(feed)
        report, checkpoint = _visit(night, feed, source, resolve, is_full_refresh)
    except CommonGroundError as error:
        _commit_audit(night, LoadReport(feed.name, feed.source, "failed", error=str(error)), source, None, started)
        raise
    _commit_audit(night, report, source, checkpoint, started)
    return report


def refuse_feed(night: Night, name: str, complaint: str) -> LoadReport:
    """Marks a feed whose settings cannot be used as failed in the run's audit."""
    report = LoadReport(name, "unknown", "failed", error=complaint)
    _commit_audit(night, report, None, None, dt.datetime.now(dt.UTC))
    return report


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
    found = gather(source.read(path, visit), source, feed.name, "read", now)
    accepted, refused = _validate(found, feed.name, "read", now, None)
    if out is not None:
        import pyarrow.parquet as pq

        out.mkdir(parents=True, exist_ok=True)
        for kind, table in accepted.items():
            pq.write_table(table, out / f"{kind}.parquet")
        pq.write_table(_quarantine_table(refused, source, feed.name, "read", now, None), out / "quarantine.parquet")
    return {
        "read": found.rows_read,
        "accepted": {kind: table.num_rows for kind, table in sorted(accepted.items())},
        "quarantined": len(refused),
        "reasons": dict(sorted(Counter(refusal.rule for refusal in refused).items())),
    }


def _visit(
    night: Night, feed: Feed, source: Source, resolve: CredentialResolver, is_full_refresh: bool
) -> tuple[LoadReport, dict[str, Any]]:
    now = dt.datetime.now(dt.UTC)
    checkpoint = {} if is_full_refresh else night.lake.checkpoint(feed.name, before_run=night.run_id)
    credentials = resolve(feed.connection) if feed.connection else Credentials()
    visit = Visit(feed, night.settings.market, now, credentials=credentials, checkpoint=checkpoint)
    pages = Counter[str]()
    if feed.path is not None:
        visit.drop = (night.data / feed.path).resolve()
        items: Iterator[Item] = source.read(visit.drop, visit)
    else:
        items = _fetched(night, feed, source, visit, pages)
    found = gather(items, source, feed.name, night.run_id, now)
    results = night.data / "validation" / night.run_id
    accepted, refused = _validate(found, feed.name, night.run_id, now, results, source.expected_kinds if not checkpoint else ())
    expires_at = _expiry(night, feed, now)
    if expires_at is not None:
        accepted = {kind: _with_expiry(table, expires_at) for kind, table in accepted.items()}
    listed = Suppression.load(night.data)
    kept, suppressed_rows = listed.apply(accepted, feed.name)
    refused, suppressed_refusals = listed.without_erased(refused, feed.name)
    committed = Counter[str]()
    deleted = 0
    for kind, table in kept.items():
        news = _news(night, feed.name, kind, table, now, is_complete=source.is_complete)
        path = night.lake.batch_path("records", feed.name, night.run_id, kind)
        if news.num_rows:
            night.lake.commit(path, news, visit.next_checkpoint)
            committed[kind] = news.num_rows
            deleted += sum(news["is_deleted"].to_pylist())
        else:
            path.unlink(missing_ok=True)
    quarantine = _quarantine_table(refused, source, feed.name, night.run_id, now, expires_at)
    quarantine_path = night.lake.batch_path("quarantine", feed.name, night.run_id)
    if quarantine.num_rows:
        night.lake.commit(quarantine_path, quarantine)
    else:
        quarantine_path.unlink(missing_ok=True)
    accepted_rows = sum(committed.values())
    report = LoadReport(
        feed.name, feed.source, "loaded",
        rows_read=found.rows_read, rows_accepted=accepted_rows, rows_quarantined=len(refused),
        rows_suppressed=suppressed_rows + suppressed_refusals,
        rows_unchanged=sum(table.num_rows for table in kept.values()) - accepted_rows,
        rows_deleted=deleted, pages=pages.total(), watermark=_watermark(visit.next_checkpoint),
        accepted_by_kind=dict(committed), reasons=dict(Counter(refusal.rule for refusal in refused)),
    )  # fmt: skip
    return report, visit.next_checkpoint


def _fetched(night: Night, feed: Feed, source: Source, visit: Visit, pages: Counter[str]) -> Iterator[Item]:
    """Walks an API, keeps each page as it came (unless the terms make us forget it), and conforms it."""
    is_kept = feed.source != "team" and _ttl_hours(night, feed) is None
    landing = night.lake.landing_folder(feed.name, night.run_id) if is_kept else None
    listed = Suppression.load(night.data)
    for page in source.fetch(visit):
        pages[page.resource] += 1
        items = list(source.conform(page, visit))
        body = page.body if isinstance(page.body, bytes) else json.dumps(page.body, ensure_ascii=False).encode()
        if landing is not None and not listed.is_in_page(body, items, feed.name):
            _land(landing, page, body, pages[page.resource])
        yield from items


def _land(folder: Path, page: Page, body: bytes, number: int) -> None:
    name = "".join(letter if letter.isalnum() else "_" for letter in page.resource)[:60]
    (folder / f"{name}.{number:06d}.gz").write_bytes(gzip.compress(body, 1, mtime=0))


def _validate(
    found: Gathered, feed: str, run_id: str, now: dt.datetime, results: Path | None, expected: tuple[str, ...] = ()
) -> tuple[dict[str, pa.Table], list[Refusal]]:
    """The contracts' verdict on every kind: accepted tables, and all refusals (the source's and the contracts')."""
    from commonground.contracts.validate import validate  # brings Great Expectations, seconds to import

    accepted: dict[str, pa.Table] = {}
    refused = list(found.refusals)
    for kind in dict.fromkeys([*found.tables, *expected]):
        table = found.tables.get(kind, records.schema(kind).empty_table())
        verdict = validate(kind, table, feed=feed, run_id=run_id, now=now, is_expected=kind in expected, results_folder=results)
        if verdict.failures:  # the batch as a whole is not what its kind is: nothing of it is committed, and the checkpoint stays
            raise UnreadableError(f"feed {feed}: {kind}: " + "; ".join(verdict.failures))
        accepted[kind] = verdict.accepted
        refused += [
            Refusal(row.rule, row.reason, row.payload, kind, row.record_id, row.source_file, row.source_line) for row in verdict.refused
        ]
    return {kind: table for kind, table in accepted.items() if table.num_rows}, refused


def _news(night: Night, feed: str, kind: str, table: pa.Table, now: dt.datetime, *, is_complete: bool) -> pa.Table:
    """The rows that say something new, one per key, newest first; for a complete source also deletions of what is gone."""
    con = connect()
    try:
        con.register("incoming", table)
        stored = night.lake.versions_sql(kind, feed=feed, without_run=night.run_id)
        content = ", ".join(f'"{c}"' for c in records.KINDS[kind].column_names if c not in records.NOT_CONTENT)
        con.execute("SET VARIABLE now = $now", {"now": now})
        con.execute(f"""
            CREATE TEMP TABLE stored AS SELECT *, hash({content}) AS content FROM ({stored})""")
        news = con.sql(f"""
            WITH latest AS (
                SELECT *, hash({content}) AS content FROM incoming
                QUALIFY row_number() OVER (PARTITION BY record_id ORDER BY modified_at DESC, content) = 1)
            SELECT latest.* EXCLUDE (content)
            FROM latest LEFT JOIN stored USING (record_id)
            WHERE stored.record_id IS NULL
               OR (latest.content <> stored.content AND latest.modified_at >= stored.modified_at)
               -- content that must be forgotten is renewed once half of its time is over
               OR latest.expires_at - getvariable('now') > 2 * (stored.expires_at - getvariable('now'))
               -- and content that was loaded before the terms said so begins to count
               OR (latest.expires_at IS NOT NULL AND stored.expires_at IS NULL)
            ORDER BY record_id""").to_arrow_table()
        if is_complete:
            gone = con.sql("""
                SELECT * REPLACE (true AS is_deleted, getvariable('now') AS modified_at)
                FROM (SELECT * EXCLUDE (content) FROM stored WHERE NOT is_deleted) AS known
                WHERE record_id NOT IN (SELECT record_id FROM incoming)""").to_arrow_table()
            news = pa.concat_tables([news, _restamped(gone, night.run_id)])
        return news.cast(records.schema(kind))
    finally:
        con.close()


def _restamped(table: pa.Table, run_id: str) -> pa.Table:
    index = table.schema.get_field_index("run_id")
    return table.set_column(index, "run_id", pa.array([run_id] * table.num_rows, pa.string()))


def _ttl_hours(night: Night, feed: Feed) -> float | None:
    """The shorter of what the feed and its source's terms say; None = no limit."""
    terms = night.settings.policy.sources.get(feed.source)
    limits = [hours for hours in (feed.ttl_hours, terms.ttl_hours if terms else None) if hours is not None]
    return min(limits) if limits else None


def _expiry(night: Night, feed: Feed, now: dt.datetime) -> dt.datetime | None:
    hours = _ttl_hours(night, feed)
    return None if hours is None else now + dt.timedelta(hours=hours)


def _with_expiry(table: pa.Table, expires_at: dt.datetime) -> pa.Table:
    """Every row forgotten at `expires_at`, or earlier where its own says so."""
    index = table.schema.get_field_index("expires_at")
    own = table.column(index).to_pylist()
    values = [min(value, expires_at) if value else expires_at for value in own]
    return table.set_column(index, table.schema.field(index), pa.array(values, table.schema.field(index).type))


def _refused_record(kind: str, values: Mapping[str, Any], rule: str, reason: str) -> Refusal:
    payload = json.dumps(dict(values), ensure_ascii=False, default=str)
    line = values.get("source_line")
    record_id = values.get("record_id")
    return Refusal(
        rule, reason, payload, kind, None if record_id is None else str(record_id),
        values.get("source_file"), line if isinstance(line, int) else None,
    )  # fmt: skip


def _quarantine_table(
    refused: list[Refusal], source: Source, feed: str, run_id: str, now: dt.datetime, expires_at: dt.datetime | None
) -> pa.Table:
    stamp = {"feed": feed, "source": source.name, "run_id": run_id, "refused_at": now, "expires_at": expires_at}
    rows = [asdict(refusal) | stamp | {"severity": "info" if refusal.rule in PASSED_OVER else "critical"} for refusal in refused]
    return pa.Table.from_pylist(rows, schema=QUARANTINE_SCHEMA)


def _watermark(checkpoint: Mapping[str, Any]) -> str | None:
    mark = checkpoint.get("watermark")
    return mark if isinstance(mark, str) or mark is None else json.dumps(mark, sort_keys=True, default=str)


def _commit_audit(night: Night, report: LoadReport, source: Source | None, checkpoint: dict[str, Any] | None, started: dt.datetime) -> None:
    row = {key: value for key, value in asdict(replace(report, reasons={})).items() if key in AUDIT_SCHEMA.names}
    row |= {
        "run_id": night.run_id, "family": source.family if source else None, "started_at": started, "ended_at": dt.datetime.now(dt.UTC),
        "accepted_by_kind": json.dumps(report.accepted_by_kind, sort_keys=True),
    }  # fmt: skip
    night.lake.commit(
        night.lake.batch_path("audit", report.feed, night.run_id), pa.Table.from_pylist([row], schema=AUDIT_SCHEMA), checkpoint
    )
