"""A small published file made by hand, with exactly the tables of the dictionary."""

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from commonground.warehouse import dictionary

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
NIGHT = {"run_id": "20261123T100000_test", "as_of": dt.date(2026, 11, 23), "market": "Sonoma County"}


def write_published(path: Path, rows: Rows, built_at: dt.datetime | None = None) -> Path:
    """Writes the file under another name and renames it, as the publisher does. Columns that a row leaves out are null."""
    scratch = path.with_name(f".{path.name}.tmp")
    scratch.unlink(missing_ok=True)
    meta = NIGHT | {"built_at": built_at or dt.datetime.now(dt.UTC)}
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{scratch}' AS build (STORAGE_VERSION 'v1.0.0')")
        con.execute("USE build")
        for table in dictionary.tables().values():
            con.execute(f'CREATE TABLE "{table.name}" (' + ", ".join(f'"{c.name}" {c.type}' for c in table.columns) + ")")
            for row in [meta] if table.name == "_meta" else rows.get(table.name, []):
                names = ", ".join(f'"{name}"' for name in row)
                con.execute(f'INSERT INTO "{table.name}" ({names}) VALUES ({", ".join("?" * len(row))})', list(row.values()))
        con.execute("CHECKPOINT build")
        con.execute("USE memory")
        con.execute("DETACH build")
    scratch.replace(path)
    return path
