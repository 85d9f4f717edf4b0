"""The lake: the one place that knows where Parquet lies and how a batch is committed.

A batch is one immutable file per (kind, feed, run[, part]), written beside its final name and renamed: the rename is the
commit. The footer carries run, feed, and the feed's checkpoint. The audit row of a load is the batch written last, so a
checkpoint counts only once everything it stands for is committed. A rerun of a run rewrites its own batches alone.

A walk through an API commits part by part: rows, refused rows, and last an audit row with the checkpoint of that point. A part
without its audit row is not there. The run's own audit row, without a number, ends the walk; `visits_sql` adds its parts up.

    records/<kind>/<feed>/<run>[.<part>].parquet      accepted rows         quarantine/<feed>/<run>[.<part>].parquet   refused rows
    audit/<feed>/<run>[.<part>].parquet                one row, the checkpoint in its footer
    landing/<feed>/<run>/...                           as received           enriched/<run>/<table>.parquet    one folder a run
"""

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from commonground import records

QUARANTINE_SCHEMA = pa.schema(
    [
        ("feed", pa.string()),
        ("source", pa.string()),
        ("kind", pa.string()),
        ("record_id", pa.string()),
        ("rule", pa.string()),
        ("severity", pa.string()),
        ("reason", pa.string()),
        ("payload", pa.string()),
        ("source_file", pa.string()),
        ("source_line", pa.int64()),
        ("run_id", pa.string()),
        ("refused_at", pa.timestamp("us", tz="UTC")),
        ("expires_at", pa.timestamp("us", tz="UTC")),
    ]
)
AUDIT_SCHEMA = pa.schema(
    [
        ("run_id", pa.string()),
        ("feed", pa.string()),
        ("source", pa.string()),
        ("family", pa.string()),
        ("status", pa.string()),
        ("error", pa.string()),
        ("rows_read", pa.int64()),
        ("rows_accepted", pa.int64()),
        ("rows_quarantined", pa.int64()),
        ("rows_unchanged", pa.int64()),
        ("rows_suppressed", pa.int64()),
        ("rows_deleted", pa.int64()),
        ("accepted_by_kind", pa.string()),
        ("pages", pa.int64()),
        ("watermark", pa.string()),
        ("started_at", pa.timestamp("us", tz="UTC")),
        ("ended_at", pa.timestamp("us", tz="UTC")),
    ]
)
_CHECKPOINT = b"commonground.checkpoint"
_SUMMED = ("rows_read", "rows_accepted", "rows_quarantined", "rows_unchanged", "rows_suppressed", "rows_deleted")


@dataclass(frozen=True)
class Lake:
    """The lake under one data folder (`DIR/lake`)."""

    root: Path

    def batch_path(self, layer: str, feed: str, run_id: str, kind: str | None = None, part: int | None = None) -> Path:
        """Where a batch lies: `layer` is records, quarantine or audit."""
        folder = self.root / layer / kind / feed if kind else self.root / layer / feed
        return folder / (f"{run_id}.parquet" if part is None else f"{run_id}.{part:06d}.parquet")

    def commit(self, path: Path, table: pa.Table, checkpoint: dict[str, Any] | None = None) -> None:
        """Writes `table` beside `path`, syncs it, and renames: from then on it exists, whole."""
        metadata = dict(table.schema.metadata or {})
        if checkpoint is not None:
            metadata[_CHECKPOINT] = json.dumps(checkpoint).encode()
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        try:
            pq.write_table(table.replace_schema_metadata(metadata), scratch, compression="zstd")
            with scratch.open("rb+") as file:
                os.fsync(file.fileno())
            scratch.replace(path)
        finally:
            scratch.unlink(missing_ok=True)

    def checkpoint(self, feed: str, before_run: str | None = None) -> dict[str, Any]:
        """The feed's newest committed checkpoint (empty at first).

        `before_run` gives the one that run set out from: neither its own nor any that was committed after it had begun.
        """
        newest: tuple[Any, dict[str, Any]] | None = None
        rows = list(self._audit_rows(feed))
        began = min((row["started_at"] or row["ended_at"] for row, _ in rows if row["run_id"] == before_run), default=None)
        for row, content in rows:
            if content is None or row["run_id"] == before_run or (began is not None and row["ended_at"] > began):
                continue
            if newest is None or row["ended_at"] >= newest[0]:
                newest = (row["ended_at"], json.loads(content))
        return newest[1] if newest else {}

    def is_finished(self, feed: str, run_id: str) -> bool:
        """Whether a run's visit to the feed came to its end."""
        path = self.batch_path("audit", feed, run_id)
        return path.exists() and pq.read_table(path, columns=["status"]).to_pylist()[0]["status"] == "loaded"

    def parts(self, feed: str, run_id: str) -> list[int]:
        """Numbers of a run's committed parts, in order."""
        return sorted(int(path.name.split(".")[-2]) for path in (self.root / "audit" / feed).glob(f"{run_id}.*.parquet"))

    def accepted_by_kind(self, feed: str, run_id: str) -> Counter[str]:
        """Rows accepted per kind in a run's parts so far."""
        numbers = self.parts(feed, run_id)
        if not numbers:
            return Counter()
        row = pq.read_table(self.batch_path("audit", feed, run_id, part=numbers[-1])).to_pylist()[0]
        return Counter(json.loads(row["accepted_by_kind"] or "{}"))

    def drop_uncommitted(self, feed: str, run_id: str) -> None:
        """Removes what a run wrote of parts that it did not commit: their numbers are about to be used again."""
        known = set(self.parts(feed, run_id))
        for folder in [*(self.root / "records").glob(f"*/{feed}"), self.root / "quarantine" / feed]:
            for path in folder.glob(f"{run_id}.*.parquet"):
                if int(path.name.split(".")[-2]) not in known:
                    path.unlink(missing_ok=True)

    def committed(self, files: list[Path]) -> list[Path]:
        """Those batches that are committed: a numbered part only if its audit row is there."""
        audited: dict[str, set[str]] = {}
        kept = []
        for path in files:
            is_part = path.name.count(".") > 1
            if is_part and path.parent.name not in audited:
                audited[path.parent.name] = {audit.name for audit in (self.root / "audit" / path.parent.name).glob("*.*.parquet")}
            if not is_part or path.name in audited[path.parent.name]:
                kept.append(path)
        return kept

    def record_files(self, kind: str, feed: str | None = None, without_run: str | None = None) -> list[Path]:
        """The committed batches of a kind (of one feed), oldest name first; `without_run` leaves a run's own out."""
        pattern = f"{feed}/*.parquet" if feed else "*/*.parquet"
        files = sorted((self.root / "records" / kind).glob(pattern))
        return self.committed([path for path in files if path.name.partition(".")[0] != without_run])

    def visits_sql(self, files: list[Path]) -> str:
        """SQL for the visits that audit batches tell of: one row per run and feed, its parts added up.

        A walk without its end is a failed visit; `accepted_by_kind` grows from part to part, so the last one's counts.
        """
        if not files:
            return f"SELECT * FROM ({_empty(AUDIT_SCHEMA)})"
        sums = ", ".join(f"CAST(sum(coalesce({name}, 0)) AS BIGINT) AS {name}" for name in _SUMMED)
        return f"""
            SELECT run_id, feed, max(source) AS source, max(family) AS family,
                CASE WHEN bool_or(status = 'loaded') THEN 'loaded' ELSE 'failed' END AS status,
                CASE WHEN NOT bool_or(status = 'loaded') THEN coalesce(max(error), 'broke off; the next visit goes on') END AS error,
                {sums}, max_by(accepted_by_kind, ended_at) AS accepted_by_kind, CAST(sum(coalesce(pages, 0)) AS BIGINT) AS pages,
                max_by(watermark, ended_at) AS watermark, min(started_at) AS started_at, max(ended_at) AS ended_at
            FROM read_parquet({files_sql(files)}, union_by_name = true)
            GROUP BY run_id, feed"""

    def layer_files(self, layer: str) -> list[Path]:
        """The committed batches of `quarantine` or `audit`."""
        return sorted((self.root / layer).glob("*/*.parquet"))

    def _audit_rows(self, feed: str) -> Iterator[tuple[dict[str, Any], bytes | None]]:
        """The audit rows that may hold the newest checkpoint, with it: of each run its end, its first and its last part."""
        runs: dict[str, list[Path]] = {}
        for path in sorted((self.root / "audit" / feed).glob("*.parquet")):
            runs.setdefault(path.name.partition(".")[0], []).append(path)
        for paths in runs.values():
            parts = [path for path in paths if path.name.count(".") > 1]
            for path in {*parts[:1], *parts[-1:], *(path for path in paths if path not in parts)}:
                file = pq.ParquetFile(path)
                yield file.read().to_pylist()[0], (file.schema_arrow.metadata or {}).get(_CHECKPOINT)

    def state_sql(self, kind: str, *, feed: str | None = None, without_run: str | None = None) -> str:
        """SQL for the state of a kind: the newest accepted row per (feed, record_id), deletions hidden.

        Expiry and as-of are the engine's business (it knows the night). An empty lake gives the empty relation.
        """
        return _newest_rows(kind, self.record_files(kind, feed, without_run), keep_deleted=False)

    def versions_sql(self, kind: str, *, feed: str, without_run: str | None = None) -> str:
        """Like `state_sql`, deletions included: what the loader compares new rows with."""
        return _newest_rows(kind, self.record_files(kind, feed, without_run), keep_deleted=True)

    def enriched_folder(self, run_id: str) -> Path:
        """The folder of a run's enriched tables."""
        return self.root / "enriched" / run_id

    def landing_folder(self, feed: str, run_id: str, *, is_kept: bool = False) -> Path:
        """The folder for what a feed received in a run, emptied of an earlier try unless that is gone on with."""
        folder = self.root / "landing" / feed / run_id
        if not is_kept:
            shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def files_sql(files: list[Path]) -> str:
    """A DuckDB list literal of files, quotes escaped."""
    return "[" + ", ".join("'" + str(path).replace("'", "''") + "'" for path in files) + "]"


def _newest_rows(kind: str, files: list[Path], *, keep_deleted: bool) -> str:
    columns = records.KINDS[kind].columns
    if not files:
        nulls = ", ".join(f'CAST(NULL AS {records.TYPES[c.type][1]}) AS "{c.name}"' for c in columns)
        return f"SELECT {nulls} WHERE false"
    names = ", ".join(f'"{c.name}"' for c in columns)
    kept = "" if keep_deleted else "WHERE NOT is_deleted"
    return f"""
        SELECT {names} FROM (
            SELECT * FROM read_parquet({files_sql(files)}, union_by_name = true, filename = 'batch_file')
            -- within a run, a later part is a later version
            QUALIFY row_number() OVER (PARTITION BY feed, record_id ORDER BY modified_at DESC, run_id DESC, batch_file DESC) = 1
        ) {kept}"""


def _empty(schema: pa.Schema) -> str:
    words = {"string": "VARCHAR", "int64": "BIGINT", "timestamp[us, tz=UTC]": "TIMESTAMPTZ"}
    return "SELECT " + ", ".join(f"CAST(NULL AS {words[str(field.type)]}) AS {field.name}" for field in schema) + " WHERE false"
