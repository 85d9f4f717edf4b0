import datetime as dt
import multiprocessing
import os
import signal
from pathlib import Path

import duckdb
import pyarrow as pa

from commonground import records
from commonground.lake import AUDIT_SCHEMA, Lake

MONDAY = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)


def batch(*rows: dict[str, object]) -> pa.Table:
    filled = [
        records.coerce("person", {"feed": "f", "source": "s", "run_id": "r", "modified_at": MONDAY, "person_type": "person", **row})
        for row in rows
    ]
    return pa.Table.from_pylist(filled, schema=records.schema("person"))


def names(lake: Lake) -> list[tuple[str, str]]:
    return sorted(duckdb.sql(f"SELECT record_id, full_name FROM ({lake.state_sql('person')})").fetchall())


def commit(lake: Lake, run: str, *rows: dict[str, object]) -> None:
    lake.commit(lake.batch_path("records", "f", run, "person"), batch(*({"run_id": run} | row for row in rows)))


def test_an_empty_lake_is_an_empty_relation(tmp_path: Path):
    assert names(Lake(tmp_path)) == []


def test_the_newest_version_of_a_record_counts(tmp_path: Path):
    lake = Lake(tmp_path)
    commit(lake, "run1", {"record_id": "1", "full_name": "Bo"}, {"record_id": "2", "full_name": "Cy"})
    commit(lake, "run2", {"record_id": "1", "full_name": "Bob", "modified_at": MONDAY + dt.timedelta(1)})
    commit(lake, "run3", {"record_id": "1", "full_name": "late news", "modified_at": MONDAY - dt.timedelta(1)})
    assert names(lake) == [("1", "Bob"), ("2", "Cy")]


def test_a_deletion_hides_the_record(tmp_path: Path):
    lake = Lake(tmp_path)
    commit(lake, "run1", {"record_id": "1", "full_name": "Bo"})
    commit(lake, "run2", {"record_id": "1", "is_deleted": True, "modified_at": MONDAY + dt.timedelta(1)})
    assert names(lake) == []


def test_a_rerun_rewrites_its_own_batch_and_nothing_else(tmp_path: Path):
    lake = Lake(tmp_path)
    commit(lake, "run1", {"record_id": "1", "full_name": "Bo"})
    commit(lake, "run2", {"record_id": "2", "full_name": "Cy"})
    before = lake.batch_path("records", "f", "run1", "person").read_bytes()
    commit(lake, "run2", {"record_id": "3", "full_name": "Di"})
    assert lake.batch_path("records", "f", "run1", "person").read_bytes() == before
    assert names(lake) == [("1", "Bo"), ("3", "Di")]


def audit(lake: Lake, run: str, ended: dt.datetime, checkpoint: dict[str, object] | None) -> None:
    row = {"run_id": run, "feed": "f", "ended_at": ended}
    lake.commit(lake.batch_path("audit", "f", run), pa.Table.from_pylist([row], schema=AUDIT_SCHEMA), checkpoint)


def test_the_checkpoint_is_the_newest_one_committed(tmp_path: Path):
    lake = Lake(tmp_path)
    assert lake.checkpoint("f") == {}
    audit(lake, "run2", MONDAY, {"watermark": "b"})
    audit(lake, "run1", MONDAY - dt.timedelta(1), {"watermark": "a"})
    audit(lake, "run3", MONDAY + dt.timedelta(1), None)
    assert lake.checkpoint("f") == {"watermark": "b"}
    assert lake.checkpoint("f", before_run="run2") == {"watermark": "a"}


def _write_for_ever(root: str) -> None:
    table = batch(*({"record_id": str(number), "full_name": "x" * 50} for number in range(20_000)))
    lake = Lake(Path(root))
    while True:
        lake.commit(lake.batch_path("records", "f", "run2", "person"), table)


def test_a_writer_killed_anywhere_leaves_a_lake_that_reads(tmp_path: Path):
    lake = Lake(tmp_path)
    commit(lake, "run1", {"record_id": "a", "full_name": "Bo"})
    for pause in (0.05, 0.11, 0.17, 0.23):
        writer = multiprocessing.get_context("spawn").Process(target=_write_for_ever, args=(str(tmp_path),))
        writer.start()
        writer.join(1.0 + pause)
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()
        count = duckdb.sql(f"SELECT count(*) FROM ({lake.state_sql('person')})").fetchall()[0][0]
        assert count in (1, 20_001)
