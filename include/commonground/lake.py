"""The lake: the one place that knows where Parquet lies and how a batch is committed.

A batch is one immutable file per (kind, feed, run[, part]), written beside its final name and renamed: the rename is the
commit. The footer carries run, feed, and the feed's checkpoint. The audit row of a load is the batch written last, so a
checkpoint counts only once everything it stands for is committed. A rerun of a run rewrites its own batches alone.

    records/<kind>/<feed>/<run>[.<part>].parquet      accepted rows         quarantine/<feed>/<run>.parquet   refused rows
    audit/<feed>/<run>.parquet                         one row, the checkpoint in its footer
    landing/<feed>/<run>/...                           as received           enriched/<run>/<table>.parquet    one folder a run
"""

import json
import os
import shutil
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
        """The feed's newest committed checkpoint (empty at first); `before_run` leaves that run's own out."""
        newest: tuple[Any, dict[str, Any]] | None = None
        for path in sorted((self.root / "audit" / feed).glob("*.parquet")):
            file = pq.ParquetFile(path)
            row = file.read().to_pylist()[0]
            content = (file.schema_arrow.metadata or {}).get(_CHECKPOINT)
            if content is None or row["run_id"] == before_run:
                continue
            if newest is None or row["ended_at"] >= newest[0]:
                newest = (row["ended_at"], json.loads(content))
        return newest[1] if newest else {}

    def record_files(self, kind: str, feed: str | None = None, without_run: str | None = None) -> list[Path]:
        """The committed batches of a kind (of one feed), oldest name first; `without_run` leaves a run's own out."""
        pattern = f"{feed}/*.parquet" if feed else "*/*.parquet"
        files = sorted((self.root / "records" / kind).glob(pattern))
        return [path for path in files if path.name.partition(".")[0] != without_run]

    def layer_files(self, layer: str) -> list[Path]:
        """The committed batches of `quarantine` or `audit`."""
        return sorted((self.root / layer).glob("*/*.parquet"))

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

    def landing_folder(self, feed: str, run_id: str) -> Path:
        """The folder for what a feed received in a run, emptied of an earlier try."""
        folder = self.root / "landing" / feed / run_id
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
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
            SELECT * FROM read_parquet({files_sql(files)}, union_by_name = true)
            QUALIFY row_number() OVER (PARTITION BY feed, record_id ORDER BY modified_at DESC, run_id DESC) = 1
        ) {kept}"""
