"""Running the command line, and asking a town's published file."""

import json
import subprocess
import sys
from pathlib import Path

import duckdb

COMMAND = str(Path(sys.executable).with_name("commonground"))


def commonground(*arguments: object, stdin: str | None = None) -> tuple[int, dict, str]:
    """Runs the command line; returns its status, the JSON of its last line, and everything it said."""
    done = subprocess.run([COMMAND, *map(str, arguments)], input=stdin, capture_output=True, text=True, timeout=500)
    lines = done.stdout.strip().splitlines()
    try:
        answer = json.loads(lines[-1]) if lines else {}
    except ValueError:
        answer = {}
    return done.returncode, answer, done.stdout + done.stderr


def query(town: Path, sql: str, *values: object) -> list[tuple]:
    """Rows of a query over a town's published file."""
    with duckdb.connect(town / "data" / "commonground.duckdb", read_only=True) as con:
        return con.execute(sql, list(values)).fetchall()
