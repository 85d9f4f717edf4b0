"""Nights after the first: nothing new, something new, readers beside ten loads, a process killed while it publishes."""

import datetime as dt
import multiprocessing
import os
import shutil
import signal
import time
from pathlib import Path

import duckdb

from commonground.config import load_settings
from commonground.engine import Night
from commonground.sandbox import changes
from commonground.stages import ENRICHMENT, run_stage
from towns import commonground, query

MAY_CHANGE = {"runs", "feeds", "load_audit", "_meta", "_tables"}


def content(town: Path) -> dict[str, list[tuple]]:
    tables = [row[0] for row in query(town, "SELECT table_name FROM duckdb_tables()")]
    return {table: query(town, f'SELECT * FROM "{table}" ORDER BY ALL') for table in tables if table not in MAY_CHANGE}


def test_a_second_run_on_the_same_input_changes_nothing_but_the_accounts(own_town: Path):
    before = content(own_town)
    code, answer, said = commonground("nightly", "--town", own_town)
    assert code == 0, said
    after = content(own_town)
    assert {table: rows for table, rows in after.items() if rows != before[table]} == {}
    assert all(feed["accepted"] == 0 for feed in answer["feeds"].values()), answer["feeds"]
    assert query(own_town, "SELECT count(*) FROM runs") == [(2,)]


def test_a_listing_that_expires_moves_its_owner_to_now(own_town: Path):
    change = changes.expire_one_listing(own_town)
    record = change["records"][0]
    contact = query(
        own_town, "SELECT contact_id FROM contact_identities WHERE feed = ? AND record_id = ?", record["feed"], record["record_id"]
    )[0][0]
    assert query(own_town, "SELECT segment FROM segments WHERE contact_id = ?", contact) == [("later",)]
    code, _, said = commonground("nightly", "--town", own_town)
    assert code == 0, said
    assert query(own_town, "SELECT segment FROM segments WHERE contact_id = ?", contact) == [("now",)]
    moves = query(own_town, "SELECT from_segment, to_segment FROM segment_changes WHERE contact_id = ? ORDER BY run_id", contact)
    assert moves == [(None, "later"), ("later", "now")]
    assert query(own_town, "SELECT count(*) FROM signals WHERE contact_id = ? AND ListingKey = ?", contact, change["ListingKey"])[0][0] >= 1


def publishing_night(town: Path, run_id: str) -> Night:
    """A night whose enriched tables are those of the last one, ready to publish again."""
    night = Night(town / "data", load_settings(town / "config"), run_id, dt.date(2026, 11, 20))
    folder = night.lake.enriched_folder(run_id)
    if not folder.exists():
        shutil.copytree(max(night.lake.enriched_folder("x").parent.iterdir()), folder)
    return night


PUBLISH = next(stage for stage in ENRICHMENT if stage.name == "publish")


def _read_in_a_loop(path: str, stop, results) -> None:
    reads, problems = 0, []
    while not stop.is_set():
        try:
            con = duckdb.connect(path, read_only=True)
            meta = con.execute("SELECT run_id FROM _meta").fetchall()[0][0]
            newest = con.execute("SELECT max(run_id) FROM runs").fetchall()[0][0]
            people = con.execute("SELECT (SELECT count(*) FROM contacts) = (SELECT count(*) FROM segments)").fetchall()[0][0]
            con.close()
            if meta != newest or not people:
                problems.append(f"mixed: {meta} {newest}")
            reads += 1
        except Exception as error:
            problems.append(repr(error))
    results.put((reads, problems))


def test_a_reader_beside_ten_publishing_loads_never_fails_nor_sees_a_mix(own_town: Path):
    context = multiprocessing.get_context("spawn")
    stop, results = context.Event(), context.Queue()
    reader = context.Process(target=_read_in_a_loop, args=(str(own_town / "data" / "commonground.duckdb"), stop, results))
    reader.start()
    for number in range(10):
        run_stage(publishing_night(own_town, f"30000101T00000{number}_again"), PUBLISH)
    stop.set()
    reads, problems = results.get(timeout=60)
    reader.join()
    assert problems == []
    assert reads > 10
    assert len(list((own_town / "data" / "builds").glob("*.duckdb"))) == 7


def _publish(town: str, run_id: str) -> None:
    run_stage(publishing_night(Path(town), run_id), PUBLISH)


def test_a_process_killed_while_it_publishes_leaves_yesterdays_file_whole(own_town: Path):
    published = own_town / "data" / "commonground.duckdb"
    before = published.read_bytes()
    run_id = "30000101T000000_killed"
    publishing_night(own_town, run_id)
    context = multiprocessing.get_context("spawn")
    killed = 0
    for pause in (0.0, 0.1, 0.2, 0.4):
        process = context.Process(target=_publish, args=(str(own_town), run_id))
        process.start()
        while process.is_alive() and not list(published.parent.glob(".commonground.*.tmp")):
            time.sleep(0.005)
        time.sleep(pause)
        if process.is_alive():
            os.kill(process.pid, signal.SIGKILL)
            killed += 1
        process.join()
        if published.read_bytes() == before:
            assert query(own_town, "SELECT count(*) FROM runs") == [(1,)]
    assert killed > 0
    _publish(str(own_town), run_id)
    assert query(own_town, "SELECT run_id FROM _meta") == [(run_id,)]
    assert not list(published.parent.glob("*.tmp*"))
