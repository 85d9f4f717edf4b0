"""Candidate pairs → how each compares, one small number a pair, remembered from night to night.

In: `candidate_pair` (l, r) and `comparable_person` (place, feature, the compared columns). Out: the temp table `compared_pair`
(l, r, outcome). An outcome packs the outcomes of all comparisons, three bits each. It depends on the two records and on the rules
alone, not on what the model has learned, so a remembered one is as good as a new one, and forgetting them all changes nothing.
What is remembered are hashes of what two records have in the compared columns, and the outcome: no name, address or id.
"""

import hashlib
import os
from pathlib import Path

import duckdb

from commonground.identity.comparisons import COLUMNS, COMPARISONS

BITS = 3  # of one comparison: missing, at most six levels, different
_MASK = 2**BITS - 1


def outcome_of(number: int) -> str:
    """SQL for the outcome of one comparison, by its place in `COMPARISONS`."""
    return f"((outcome >> {BITS * number}) & {_MASK})"


def compare_pairs(con: duckdb.DuckDBPyConnection, memory: Path | None = None) -> None:
    """Makes `compared_pair` out of `candidate_pair`.

    Args:
        con: the session.
        memory: folder of remembered outcomes; pairs in it are not compared again, and it then holds tonight's pairs and no others.
    """
    if memory is None:
        con.execute(f"CREATE OR REPLACE TEMP TABLE compared_pair AS {_comparing('candidate_pair')}")
        return
    path = memory / version() / "outcomes.parquet"
    known = _recall(con, path)
    con.execute("""
        CREATE OR REPLACE TEMP TABLE asked_pair AS
        SELECT p.l, p.r, a.feature AS one, b.feature AS two
        FROM candidate_pair AS p JOIN comparable_person AS a ON a.place = p.l JOIN comparable_person AS b ON b.place = p.r""")
    con.execute("""
        CREATE OR REPLACE TEMP TABLE new_pair AS
        SELECT min(p.l) AS l, min(p.r) AS r, p.one, p.two
        FROM asked_pair AS p ANTI JOIN known_outcome AS k ON k.one = p.one AND k.two = p.two GROUP BY p.one, p.two""")
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE tonight_outcome AS
        SELECT n.one, n.two, c.outcome FROM new_pair AS n JOIN ({_comparing("new_pair")}) AS c ON c.l = n.l AND c.r = n.r
        UNION ALL
        SELECT k.* FROM known_outcome AS k SEMI JOIN asked_pair AS p ON p.one = k.one AND p.two = k.two""")
    con.execute("""
        CREATE OR REPLACE TEMP TABLE compared_pair AS
        SELECT p.l, p.r, o.outcome FROM asked_pair AS p JOIN tonight_outcome AS o ON o.one = p.one AND o.two = p.two""")
    new, tonight = con.execute("SELECT (SELECT count(*) FROM new_pair), (SELECT count(*) FROM tonight_outcome)").fetchall()[0]
    if new or tonight != known or not path.exists():
        _remember(con, path)
    for table in ("asked_pair", "new_pair", "known_outcome", "tonight_outcome"):
        con.execute(f"DROP TABLE {table}")


def version() -> str:
    """Changes with whatever an outcome or a hash depends on besides the records."""
    rules = [duckdb.__version__, *COLUMNS, *(f"{comparison.name} {comparison.outcome_sql()}" for comparison in COMPARISONS)]
    return hashlib.sha256("\n".join(rules).encode()).hexdigest()[:16]


def _comparing(pairs: str) -> str:
    columns = ", ".join(f"a.{name} AS {name}_l, b.{name} AS {name}_r" for name in COLUMNS)
    packed = " + ".join(f"(({comparison.outcome_sql()}) << {BITS * number})" for number, comparison in enumerate(COMPARISONS))
    return f"""
        SELECT l, r, CAST({packed} AS INTEGER) AS outcome
        FROM (SELECT p.l, p.r, {columns} FROM {pairs} AS p
              JOIN comparable_person AS a ON a.place = p.l JOIN comparable_person AS b ON b.place = p.r)"""


def _recall(con: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Makes `known_outcome` (one, two, outcome) and returns its rows; a file that cannot be read is as good as none."""
    made = "CREATE OR REPLACE TEMP TABLE known_outcome AS "
    try:
        con.execute(made + "SELECT DISTINCT ON (one, two) one::UBIGINT AS one, two::UBIGINT AS two, outcome::INTEGER AS outcome "
                    "FROM read_parquet(?)", [str(path)])  # fmt: skip
    except duckdb.Error:
        con.execute(made + "SELECT 0::UBIGINT AS one, 0::UBIGINT AS two, 0::INTEGER AS outcome WHERE false")
    return int(con.execute("SELECT count(*) FROM known_outcome").fetchall()[0][0])


def _remember(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Replaces the file whole, and removes what other versions of the rules left."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        con.execute(f"COPY tonight_outcome TO '{str(scratch).replace(chr(39), 2 * chr(39))}' (FORMAT parquet, COMPRESSION zstd)")
        with scratch.open("rb+") as file:
            os.fsync(file.fileno())
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)
    for other in path.parent.parent.glob("*/*"):
        if other != path:
            other.unlink(missing_ok=True)
    for folder in path.parent.parent.glob("*"):
        if folder != path.parent and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
