"""What a source yielded → typed, validated, without erased people, compared with what we have, committed to the lake.

One `Committer` serves one visit to one feed. It commits once, or part after part: each part whole or not at all, since its audit
row is written last (see `lake.py`). The counts of a visit are the sum of its parts.
"""

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from commonground import records
from commonground.config import Feed
from commonground.engine import Night
from commonground.errors import ConfigError, UnreadableError
from commonground.lake import AUDIT_SCHEMA, QUARANTINE_SCHEMA
from commonground.privacy.suppression import Suppression
from commonground.sources.base import PASSED_OVER, Item, Refusal, Source, Visit
from commonground.stored import Stored

CHUNK_ROWS = 50_000  # rows held as Python objects at a time; beyond that they are Arrow
FEW = 3  # records that may go at once however small a book is
# refusals that name no record, and behind which none can be
_LOSES_NOTHING = PASSED_OVER | {"empty_row", "empty_card", "no_person", "text_outside_card", "unmapped_columns"}


@dataclass
class Gathered:
    """What a source yielded: a table per kind, and what was refused so far."""

    tables: dict[str, pa.Table]
    refusals: list[Refusal]
    rows_read: int


@dataclass
class Tally:
    """Rows as the audit counts them."""

    rows_read: int = 0
    rows_accepted: int = 0
    rows_quarantined: int = 0
    rows_unchanged: int = 0
    rows_suppressed: int = 0
    rows_deleted: int = 0
    accepted_by_kind: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def counts(self) -> dict[str, Any]:
        """The counts by name, as columns of the audit and of a report."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    def add(self, other: "Tally") -> None:
        """Adds the counts of another part."""
        for name in ("rows_read", "rows_accepted", "rows_quarantined", "rows_unchanged", "rows_suppressed", "rows_deleted"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.accepted_by_kind.update(other.accepted_by_kind)
        self.reasons.update(other.reasons)


def largest_drop(source: Source, feed: Feed) -> float | None:
    """The share of a complete source's records that may be gone at once (0 to 1); None if what a visit lacks says nothing.

    Raises:
        ConfigError: the feed's option `is_complete` or `largest_drop` is not what it must be.
    """
    if not source.is_complete:
        return None
    is_complete, share = feed.options.get("is_complete", True), feed.options.get("largest_drop", source.largest_drop)
    where = f"feeds.yaml: feed {feed.name!r}: options"
    if not isinstance(is_complete, bool):
        raise ConfigError(f"{where}.is_complete: wants true or false (it says {is_complete!r})")
    if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 <= share <= 1:
        raise ConfigError(f"{where}.largest_drop: wants a number from 0 to 1 (it says {share!r})")
    return float(share) if is_complete else None


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


def judge(
    found: Gathered, feed: str, run_id: str, now: dt.datetime, results: Path | None, expected: tuple[str, ...] = ()
) -> tuple[dict[str, pa.Table], list[Refusal]]:
    """The contracts' verdict on every kind: accepted tables, and all refusals (the source's and the contracts').

    Raises:
        UnreadableError: a batch as a whole is not what its kind is.
    """
    from commonground.contracts.validate import validate  # brings Great Expectations, seconds to import

    accepted: dict[str, pa.Table] = {}
    refused = list(found.refusals)
    for kind in dict.fromkeys([*found.tables, *expected]):
        table = found.tables.get(kind, records.schema(kind).empty_table())
        verdict = validate(kind, table, feed=feed, run_id=run_id, now=now, is_expected=kind in expected, results_folder=results)
        if verdict.failures:  # nothing of it is committed, and the checkpoint stays
            raise UnreadableError(f"feed {feed}: {kind}: " + "; ".join(verdict.failures))
        accepted[kind] = verdict.accepted
        refused += [
            Refusal(row.rule, row.reason, row.payload, kind, row.record_id, row.source_file, row.source_line) for row in verdict.refused
        ]
    return {kind: table for kind, table in accepted.items() if table.num_rows}, refused


def quarantine_table(
    refused: list[Refusal], source: Source, feed: str, run_id: str, now: dt.datetime, expires_at: dt.datetime | None
) -> pa.Table:
    """Refused rows as the lake keeps them."""
    stamp = {"feed": feed, "source": source.name, "run_id": run_id, "refused_at": now, "expires_at": expires_at}
    rows = [asdict(refusal) | stamp | {"severity": "info" if refusal.rule in PASSED_OVER else "critical"} for refusal in refused]
    return pa.Table.from_pylist(rows, schema=QUARANTINE_SCHEMA)


class Committer:
    """Commits one visit to one feed.

    Args:
        night: the night, its lake and run.
        source: the source.
        visit: the visit; `known` of it is answered from here.
        stored: what the lake has of the feed.
        expires_at: when the terms make us forget what is read now; None = no limit.
    """

    def __init__(self, night: Night, source: Source, visit: Visit, stored: Stored, expires_at: dt.datetime | None) -> None:
        self.night, self.source, self.visit, self.stored, self.expires_at = night, source, visit, stored, expires_at
        self.feed, self.total = visit.feed.name, Tally()
        self._shown: set[str] = set()
        visit.known = stored.known

    def commit(self, found: Gathered, part: int | None = None) -> Tally:
        """Commits rows and refusals (not the audit row); returns the counts, which are also added to `total`.

        Raises:
            UnreadableError: a batch as a whole is not what its kind is; nothing is committed.
        """
        night, feed, now = self.night, self.feed, self.visit.now
        tally = Tally(rows_read=found.rows_read)
        expected = self.source.expected_kinds if part is None and not self.visit.checkpoint else ()
        known, new = self._parted(found)
        expected = tuple(kind for kind in expected if kind not in known)
        accepted, refused = judge(new, feed, night.run_id, now, self._results_folder(new), expected)
        accepted |= {kind: pa.concat_tables([table, accepted[kind]]) if kind in accepted else table for kind, table in known.items()}
        before = _rows(accepted)
        accepted = self.source.compare(accepted, self.stored, self.visit)
        tally.rows_read += _rows(accepted) - before  # what comparing found is a row that was read, too
        if self.expires_at is not None:
            accepted = {kind: with_expiry(table, self.expires_at) for kind, table in accepted.items()}
        listed = Suppression.load(night.data)
        kept, suppressed = listed.apply(accepted, feed)
        refused, suppressed_refusals = listed.without_erased(refused, feed)
        gone, kept_back = self._missing(kept, refused) if part is None else ({}, [])
        refused += kept_back
        tally.rows_read += _rows(gone) + len(kept_back)  # what is not there was looked for, too
        self._write_records(kept, gone, part, tally)
        self._write_quarantine(refused, part)
        tally.rows_quarantined, tally.reasons = len(refused), Counter(refusal.rule for refusal in refused)
        tally.rows_suppressed = suppressed + suppressed_refusals
        tally.rows_unchanged = _rows(kept) + _rows(gone) - tally.rows_accepted
        self.total.add(tally)
        return tally

    def _parted(self, found: Gathered) -> tuple[dict[str, pa.Table], Gathered]:
        """What was accepted once and has not changed, which is not judged again, and the rest."""
        parted = {kind: self.stored.parted(kind, table, self.visit.now) for kind, table in found.tables.items()}
        new = {kind: rest for kind, (_, rest) in parted.items() if rest.num_rows}
        return {kind: known for kind, (known, _) in parted.items() if known.num_rows}, replace(found, tables=new)

    def _results_folder(self, found: Gathered) -> Path | None:
        """Where the verdicts are kept; of a walk in parts, those of the first part that has something of the kind."""
        is_new = not self._shown or set(found.tables) - self._shown
        self._shown |= set(found.tables)
        return self.night.data / "validation" / self.night.run_id if is_new else None

    def _missing(self, tables: Mapping[str, pa.Table], refused: list[Refusal]) -> tuple[dict[str, pa.Table], list[Refusal]]:
        """What a complete source no longer names: deletions by kind, and a refusal for each kind of which too much is missing.

        A visit with something refused that says not what it is of deletes nothing: what is missing may be there. Nor does a no to
        being contacted go, nor who said it.

        Raises:
            UnreadableError: too much is missing of a kind that the source is about; nothing is committed.
        """
        share = largest_drop(self.source, self.visit.feed)
        if share is None or any(one.record_id is None and one.rule not in _LOSES_NOTHING for one in refused):
            return {}, []
        found, kept_back = dict[str, pa.Table](), list[Refusal]()
        for kind in records.KINDS:
            live = self.stored.live_count(kind) if kind != "consent" else 0
            if not live:
                continue
            spared = {one.record_id for one in refused if one.record_id and one.kind in (kind, None)}
            table = tables.get(kind, records.schema(kind).empty_table())
            gone = self.stored.gone(kind, table, self.night.run_id, spared | (self.stored.opted_out() if kind == "person" else set()))
            if gone.num_rows > max(FEW, share * live):
                words = (
                    f"feed {self.feed!r}: {gone.num_rows} of {live} {kind} records are missing in what was read; expected at most "
                    f"{share:.0%} to go at once, so none is deleted (options: largest_drop: 1 if they are to go, is_complete: false if "
                    "this is only a part)"
                )
                if kind in self.source.expected_kinds:
                    raise UnreadableError(words)
                kept_back.append(Refusal("too_many_gone", words, f"{gone.num_rows} {kind}", kind))
            elif gone.num_rows:
                found[kind] = gone
        return found, kept_back

    def _write_records(self, tables: Mapping[str, pa.Table], gone: Mapping[str, pa.Table], part: int | None, tally: Tally) -> None:
        night, now = self.night, self.visit.now
        # of a kind that an earlier try of this run brought and this one does not, nothing stays
        for kind in records.KINDS if part is None else tables:
            news = self.stored.news(kind, tables[kind], now) if kind in tables else records.schema(kind).empty_table()
            if kind in gone:
                news = pa.concat_tables([news, gone[kind]])
            path = night.lake.batch_path("records", self.feed, night.run_id, kind, part)
            if not news.num_rows:
                path.unlink(missing_ok=True)
                continue
            night.lake.commit(path, news)
            self.stored.note(kind, news)
            tally.accepted_by_kind[kind] = news.num_rows
            tally.rows_accepted += news.num_rows
            tally.rows_deleted += sum(news["is_deleted"].to_pylist())

    def _write_quarantine(self, refused: list[Refusal], part: int | None) -> None:
        night = self.night
        path = night.lake.batch_path("quarantine", self.feed, night.run_id, part=part)
        table = quarantine_table(refused, self.source, self.feed, night.run_id, self.visit.now, self.expires_at)
        if table.num_rows:
            night.lake.commit(path, table)
        else:
            path.unlink(missing_ok=True)


def commit_audit(
    night: Night, feed: str, source: Source | None, row: Mapping[str, Any], checkpoint: Mapping[str, Any] | None, part: int | None = None
) -> None:
    """Writes a visit's audit row, or that of one of its parts: from then on all of it is there.

    Args:
        night: the night.
        feed: name of the feed.
        source: its source; None if it has none that we know.
        row: columns of `AUDIT_SCHEMA`; those left out are null or known here.
        checkpoint: what the next visit starts from; None if it must not start from here.
        part: number of the part.
    """
    known = {"run_id": night.run_id, "feed": feed, "family": source.family if source else None, "ended_at": dt.datetime.now(dt.UTC)}
    values = {name: value for name, value in {**known, **row}.items() if name in AUDIT_SCHEMA.names}
    values["accepted_by_kind"] = json.dumps(row.get("accepted_by_kind") or {}, sort_keys=True)
    table = pa.Table.from_pylist([values], schema=AUDIT_SCHEMA)
    night.lake.commit(
        night.lake.batch_path("audit", feed, night.run_id, part=part), table, None if checkpoint is None else dict(checkpoint)
    )


def watermark_of(checkpoint: Mapping[str, Any]) -> str | None:
    """A checkpoint's watermark as people see it."""
    mark = checkpoint.get("watermark")
    return mark if isinstance(mark, str) or mark is None else json.dumps(mark, sort_keys=True, default=str)


def with_expiry(table: pa.Table, expires_at: dt.datetime) -> pa.Table:
    """Every row forgotten at `expires_at`, or earlier where its own says so."""
    index = table.schema.get_field_index("expires_at")
    own = table.column(index).to_pylist()
    values = [min(value, expires_at) if value else expires_at for value in own]
    return table.set_column(index, table.schema.field(index), pa.array(values, table.schema.field(index).type))


def _rows(tables: Mapping[str, pa.Table]) -> int:
    return sum(table.num_rows for table in tables.values())


def _refused_record(kind: str, values: Mapping[str, Any], rule: str, reason: str) -> Refusal:
    payload = json.dumps(dict(values), ensure_ascii=False, default=str)
    line = values.get("source_line")
    record_id = values.get("record_id")
    return Refusal(
        rule, reason, payload, kind, None if record_id is None else str(record_id),
        values.get("source_file"), line if isinstance(line, int) else None,
    )  # fmt: skip
