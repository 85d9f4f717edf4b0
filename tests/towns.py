"""Running the command line, and asking a town's published file."""

import json
import os
import sys
import tempfile
from pathlib import Path

import duckdb

import processes

COMMAND = str(Path(sys.executable).with_name("commonground"))


def commonground(*arguments: object) -> tuple[int, dict, str]:
    """Runs the command line in a process of its own; returns its status, the JSON of its last line, and everything it said."""
    with tempfile.TemporaryDirectory() as said:
        process = processes.start(processes.run_command, [*map(str, arguments)], str(Path.cwd()), dict(os.environ), said)
        process.join(500)
        if process.is_alive():
            process.kill()
            raise AssertionError("the command does not end")
        out, err = (Path(said, name).read_text() for name in ("out", "err"))
    lines = out.strip().splitlines()
    try:
        answer = json.loads(lines[-1]) if lines else {}
    except ValueError:
        answer = {}
    return process.exitcode, answer, out + err


def query(town: Path, sql: str, *values: object) -> list[tuple]:
    """Rows of a query over a town's published file."""
    with duckdb.connect(town / "data" / "commonground.duckdb", read_only=True) as con:
        return con.execute(sql, list(values)).fetchall()
