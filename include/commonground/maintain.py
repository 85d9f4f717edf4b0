"""Upkeep of the lake: forget what must be forgotten, and fold many small batches into one.

`expire` runs every night before anything is enriched; `compact` weekly. Both write a batch beside its name and rename, so a reader
of the lake sees the old file or the new one.
"""

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from commonground import records
from commonground.engine import Engine, connect
from commonground.lake import Lake

LANDING_DAYS = 30  # long enough to look into last month's night, short enough to stay small
SCRATCH_HOURS = 24  # no process writes one file for that long
ENRICHED_RUNS_KEPT = 7  # as many as published builds


def expire_stage(engine: Engine) -> dict[str, Any]:
    """The stage: what the sources' terms say must go by now leaves the lake."""
    return expire(engine.night.lake, engine.night.started_at)


def expire(lake: Lake, now: dt.datetime) -> dict[str, Any]:
    """Takes expired rows out of records and quarantine; returns {"expired_rows": n}.

    A row takes the older versions of its record along, or they would come back in its place. They go first: killed in between, the
    expired row still stands, and the next night knows what to do.
    """
    count = 0
    for folder in sorted({path.parent for path in (lake.root / "records").rglob("*.parquet")}):
        files = sorted(folder.glob("*.parquet"))
        over = _expired(files, now)
        if over is None:
            continue
        for path in files:
            table = pq.read_table(path)
            count += _keep(lake, path, table, pc.or_(_is_over(table, now), pc.invert(_is_older(table, over))))
        for path in files:
            count += _forget_expired(lake, path, now)
    for path in lake.layer_files("quarantine"):
        count += _forget_expired(lake, path, now)
    return {"expired_rows": count}


def _expired(files: list[Path], now: dt.datetime) -> pa.Table | None:
    """(record_id, modified_at, run_id) of the newest expired version of each record; None when nothing is expired."""
    parts = []
    for path in files:
        if _may_hold_expired(path, now):
            rows = pq.read_table(path, columns=["record_id", "modified_at", "run_id", "expires_at"])
            parts.append(rows.filter(_is_over(rows, now)).drop_columns("expires_at"))
    if not parts or not sum(part.num_rows for part in parts):
        return None
    rows = pa.concat_tables(parts).sort_by([("modified_at", "descending"), ("run_id", "descending")])
    newest = rows.group_by("record_id", use_threads=False).aggregate([("modified_at", "first"), ("run_id", "first")])
    return newest.rename_columns({"modified_at_first": "modified_at", "run_id_first": "run_id"})


def _may_hold_expired(path: Path, now: dt.datetime) -> bool:
    """What the footer says: most batches never expire, and need not be read."""
    metadata = pq.ParquetFile(path).metadata
    index = metadata.schema.names.index("expires_at") if "expires_at" in metadata.schema.names else None
    for group in range(metadata.num_row_groups):
        statistics = metadata.row_group(group).column(index).statistics if index is not None else None
        if statistics is None or not statistics.has_min_max:
            if statistics is None or statistics.null_count != metadata.row_group(group).num_rows:
                return index is not None
        elif statistics.min <= now:
            return True
    return False


def _is_over(table: pa.Table, now: dt.datetime) -> pa.Array:
    return pc.fill_null(pc.less_equal(table["expires_at"], now), False).combine_chunks()


def _is_older(table: pa.Table, over: pa.Table) -> pa.Array:
    """True for the versions that are older than their record's expired one, as the lake orders versions."""
    places = pc.index_in(table["record_id"], over["record_id"].combine_chunks())
    gone_at, gone_run = (pc.take(over[name].combine_chunks(), places) for name in ("modified_at", "run_id"))
    is_earlier_run = pc.and_(pc.equal(table["modified_at"], gone_at), pc.less(table["run_id"], gone_run))
    return pc.fill_null(pc.or_(pc.less(table["modified_at"], gone_at), is_earlier_run), False).combine_chunks()


def _forget_expired(lake: Lake, path: Path, now: dt.datetime) -> int:
    if not path.exists() or not _may_hold_expired(path, now):
        return 0
    table = pq.read_table(path)
    return _keep(lake, path, table, pc.invert(_is_over(table, now)))


def _keep(lake: Lake, path: Path, table: pa.Table, wanted: pa.Array) -> int:
    """Leaves only the wanted rows of a batch, and nothing of it when none is left; returns how many went."""
    kept = table.filter(wanted)
    gone = table.num_rows - kept.num_rows
    if gone and kept.num_rows:
        lake.commit(path, kept)
    elif gone:
        path.unlink()
    return int(gone)


def compact(lake: Lake, run_id: str) -> dict[str, Any]:
    """Folds the batches of each (kind, feed) into one that holds the newest row per key; returns {"batches_folded": n}.

    Deletions are kept, so that a late older row cannot bring a record back. The fold is committed before the old batches go:
    killed in between, both stand, and the state is the same.
    """
    folded = 0
    for kind in records.KINDS:
        feeds = {path.parent.name for path in lake.record_files(kind)}
        for feed in sorted(feeds):
            files = lake.record_files(kind, feed)
            if len(files) < 2:
                continue
            con = connect()
            try:
                table = con.sql(f"SELECT * FROM ({lake.versions_sql(kind, feed=feed)}) ORDER BY record_id").to_arrow_table()
            finally:
                con.close()
            target = lake.batch_path("records", feed, run_id, kind)
            lake.commit(target, table.cast(records.schema(kind)))
            for path in files:
                if path != target:
                    path.unlink()
            folded += len(files)
    return {"batches_folded": folded}


def sweep(lake: Lake, now: dt.datetime) -> dict[str, Any]:
    """Removes landing files and enriched runs that are old, and what killed processes left half written; returns how many of each went."""
    old = now - dt.timedelta(days=LANDING_DAYS)
    gone = [folder for folder in (lake.root / "landing").glob("*/*") if _changed(folder) < old]
    runs = sorted((lake.root / "enriched").glob("*"), key=_changed)
    gone += runs[:-ENRICHED_RUNS_KEPT]
    for folder in gone:
        shutil.rmtree(folder, ignore_errors=True)
    left = [path for path in lake.root.rglob("*.tmp") if _changed(path) < now - dt.timedelta(hours=SCRATCH_HOURS)]
    for path in left:
        path.unlink(missing_ok=True)
    return {"folders_removed": len(gone), "scratch_removed": len(left)}


def _changed(path: Path) -> dt.datetime:
    return dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
