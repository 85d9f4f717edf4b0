"""Upkeep of the lake: forget what must be forgotten, and fold many small batches into one.

`expire` runs every night before anything is enriched; `compact` weekly. Both write a batch beside its name and rename, so a reader
of the lake sees the old file or the new one.
"""

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from commonground import records
from commonground.engine import Engine, connect
from commonground.lake import Lake

LANDING_DAYS = 30  # long enough to look into last month's night, short enough to stay small
ENRICHED_RUNS_KEPT = 7  # as many as published builds


def expire_stage(engine: Engine) -> dict[str, Any]:
    """The stage: what the sources' terms say must go by now leaves the lake."""
    return expire(engine.night.lake, engine.night.started_at)


def expire(lake: Lake, now: dt.datetime) -> dict[str, Any]:
    """Takes expired rows out of records and quarantine; returns {"expired_rows": n}."""
    count = 0
    for path in sorted([*(lake.root / "records").rglob("*.parquet"), *(lake.root / "quarantine").rglob("*.parquet")]):
        table = pq.read_table(path)
        is_over = pc.fill_null(pc.less_equal(table["expires_at"], now), False)
        over = pc.sum(is_over).as_py() or 0
        if over:
            count += over
            lake.commit(path, table.filter(pc.invert(is_over)))
    return {"expired_rows": count}


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
    """Removes landing files and enriched runs that are old; returns how many folders went."""
    old = now - dt.timedelta(days=LANDING_DAYS)
    gone = [folder for folder in (lake.root / "landing").glob("*/*") if _changed(folder) < old]
    runs = sorted((lake.root / "enriched").glob("*"), key=_changed)
    gone += runs[:-ENRICHED_RUNS_KEPT]
    for folder in gone:
        shutil.rmtree(folder, ignore_errors=True)
    return {"folders_removed": len(gone)}


def _changed(path: Path) -> dt.datetime:
    return dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
