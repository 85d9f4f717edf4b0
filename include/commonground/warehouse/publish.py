"""Enriched tables → `commonground.duckdb`: built under another name in the same folder, checked, synced, renamed.

A reader never blocks the load and never sees half of one. The last builds are kept, dated, in `builds/`. History tables
take their old rows from the file that is being replaced.
"""

import datetime as dt
import os
import shutil
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from commonground.engine import Engine
from commonground.errors import CommonGroundError
from commonground.warehouse import dictionary
from commonground.warehouse.checks import failed_invariants

TABLES = Path(__file__).parent / "tables"


def publish(engine: Engine) -> dict[str, Any]:
    """Publishes the night's tables; returns {"published", "tables", "row_count"}.

    Raises:
        CommonGroundError: a table lacks a column of the contract, or an invariant does not hold; yesterday's file stays.
    """
    night = engine.night
    night.published.parent.mkdir(parents=True, exist_ok=True)
    scratch = night.published.with_name(f".{night.published.stem}.{night.run_id}.tmp")
    _remove(scratch)
    try:
        _derive(engine)
        storage = night.settings.policy.storage_version
        engine.con.execute(f"ATTACH '{scratch}' AS build (STORAGE_VERSION '{storage}')")
        rows = _fill(engine)
        _describe(engine, rows)
        engine.con.execute("CHECKPOINT build")
        engine.con.execute("DETACH build")
        broken = failed_invariants(scratch)
        if broken:
            raise CommonGroundError("not published, yesterday's file stays: " + "; ".join(broken))
        if scratch.with_name(scratch.name + ".wal").exists():
            raise CommonGroundError(f"{scratch.name}: a write-ahead log is left over; not published")
        _swap(scratch, night.published, night.as_of, night.run_id, night.settings.policy.builds_kept)
    finally:
        _remove(scratch)
    return {"published": night.published.name, "tables": len(rows), "row_count": sum(rows.values())}


def _derive(engine: Engine) -> None:
    """The tables that are made only for publishing, each from its SQL file; history adds to the previous file's rows."""
    _previous_or_empty(engine, ("segment_changes", "contact_history", "runs", "segments", "contact_identities"))
    lake = engine.night.lake
    _register_layer(engine, "quarantine_rows", lake.committed(lake.layer_files("quarantine")), _quarantine_columns())
    engine.con.execute(f"CREATE OR REPLACE TEMP VIEW audit_rows AS {lake.visits_sql(lake.layer_files('audit'))}")
    for file in sorted(TABLES.glob("*.sql")):
        engine.run(file)
    meta = {
        "run_id": engine.night.run_id, "as_of": engine.night.as_of, "built_at": dt.datetime.now(dt.UTC),
        "schema_version": dictionary.SCHEMA_VERSION, "project_version": version("commonground"), "duckdb_version": duckdb.__version__,
        "storage_version": engine.night.settings.policy.storage_version, "market": engine.night.settings.market.name,
    }  # fmt: skip
    engine.write("_meta", pa.Table.from_pylist([meta]))
    questions = [{"name": q.name, "question": q.question, "sql": q.sql} for q in dictionary.questions()]
    engine.write("_queries", pa.Table.from_pylist(questions))


def _previous_or_empty(engine: Engine, names: Iterable[str]) -> None:
    """Makes `previous_<table>` known where there is no previous file, or an older one without that table or column."""
    for name in names:
        columns = dictionary.tables()[name].columns
        known: set[str] = set()
        if engine.has(f"previous_{name}"):
            known = {row[0] for row in engine.con.execute(f'DESCRIBE "previous_{name}"').fetchall()}
        if known >= {column.name for column in columns}:
            continue
        chosen = ", ".join(
            f'"{c.name}"' if c.name in known else f'CAST(NULL AS {c.type}) AS "{c.name}"' for c in columns
        )  # fmt: skip
        origin = f'FROM previous.main."{name}"' if known else "WHERE false"
        engine.con.execute(f'CREATE OR REPLACE TEMP VIEW "previous_{name}" AS SELECT {chosen} {origin}')


def _register_layer(engine: Engine, name: str, files: list[Path], columns: dict[str, str]) -> None:
    from commonground.lake import files_sql

    if files:
        source = f"SELECT * FROM read_parquet({files_sql(files)}, union_by_name = true)"
    else:
        source = "SELECT " + ", ".join(f"CAST(NULL AS {type_}) AS {column}" for column, type_ in columns.items()) + " WHERE false"
    engine.con.execute(f'CREATE OR REPLACE TEMP VIEW "{name}" AS {source}')


def _duckdb_columns(schema: pa.Schema) -> dict[str, str]:
    words = {"string": "VARCHAR", "int64": "BIGINT", "timestamp[us, tz=UTC]": "TIMESTAMPTZ"}
    return {field.name: words[str(field.type)] for field in schema}


def _quarantine_columns() -> dict[str, str]:
    from commonground.lake import QUARANTINE_SCHEMA

    return _duckdb_columns(QUARANTINE_SCHEMA)


# what the enriched table is called where it is not what the published one is called
_ENRICHED_NAMES = {"_today": "today"}
_MADE_LAST = ("_tables", "_columns")


def _fill(engine: Engine) -> dict[str, int]:
    """Creates and fills every table of the dictionary; returns rows per table."""
    rows: dict[str, int] = {}
    for table in dictionary.tables().values():
        spec = ", ".join(f'"{column.name}" {column.type}' for column in table.columns)
        engine.con.execute(f'CREATE TABLE build.main."{table.name}" ({spec})')
        if table.name in _MADE_LAST:
            continue
        origin = _ENRICHED_NAMES.get(table.name, table.name)
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        order = ", ".join(f'"{column}"' for column in table.key)
        try:
            engine.con.execute(f'INSERT INTO build.main."{table.name}" ({names}) SELECT {names} FROM "{origin}" ORDER BY {order}')
        except duckdb.Error as error:
            raise CommonGroundError(f"table {table.name} does not keep its contract: {str(error).splitlines()[0]}") from None
        rows[table.name] = engine.con.execute(f'SELECT count(*) FROM build.main."{table.name}"').fetchall()[0][0]
    return rows


def _describe(engine: Engine, rows: dict[str, int]) -> None:
    """Views, comments, and the dictionary as tables."""
    con = engine.con
    con.execute("USE build")
    try:
        for name, (grain, sql) in dictionary.views().items():
            con.execute(f'CREATE VIEW build.main."{name}" AS {sql}')
            con.execute(f"COMMENT ON VIEW build.main.\"{name}\" IS '{_escaped(grain)}'")
    finally:
        con.execute("USE memory")
    for table in dictionary.tables().values():
        con.execute(f"COMMENT ON TABLE build.main.\"{table.name}\" IS '{_escaped(table.grain)}'")
        for column in table.columns:
            con.execute(f'COMMENT ON COLUMN build.main."{table.name}"."{column.name}" IS \'{_escaped(column.meaning)}\'')
            con.execute(
                'INSERT INTO build.main."_columns" VALUES (?, ?, ?, ?, ?)',
                [table.name, column.name, column.type, column.meaning, column.is_personal],
            )
        con.execute(
            'INSERT INTO build.main."_tables" VALUES (?, ?, ?, ?)', [table.name, table.grain, ", ".join(table.key), rows.get(table.name)]
        )
    for name, (grain, _) in dictionary.views().items():
        con.execute('INSERT INTO build.main."_tables" VALUES (?, ?, NULL, NULL)', [name, grain])


def _swap(scratch: Path, live: Path, as_of: dt.date, run_id: str, kept: int) -> None:
    """Syncs the new file, keeps a dated copy of it, and renames it over the old one."""
    with scratch.open("rb+") as file:
        os.fsync(file.fileno())
    builds = live.with_name("builds")
    builds.mkdir(exist_ok=True)
    dated = builds / f"commonground-{as_of:%Y-%m-%d}-{run_id}.duckdb"
    shutil.copyfile(scratch, dated)  # a copy, not a link: whoever writes over one of them must not change the other
    scratch.replace(live)
    folder = os.open(live.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    old = sorted(builds.glob("commonground-*.duckdb"), key=lambda path: path.stat().st_mtime_ns)
    for path in old[:-kept]:
        path.unlink()


def _remove(scratch: Path) -> None:
    scratch.unlink(missing_ok=True)
    scratch.with_name(scratch.name + ".wal").unlink(missing_ok=True)


def _escaped(text: str) -> str:
    return text.replace("'", "''")
