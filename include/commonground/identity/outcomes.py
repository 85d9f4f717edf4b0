"""Candidate pairs → how each compares, one small number a pair.

In: `candidate_pair` (l, r) and `comparable_person` (place, the compared columns). Out: the temp table `compared_pair` (l, r, outcome).
An outcome packs the outcomes of all comparisons, three bits each; it depends on the two records and on the rules alone.
"""

import duckdb

from commonground.identity.comparisons import COLUMNS, COMPARISONS

BITS = 3  # of one comparison: missing, at most six levels, different
_MASK = 2**BITS - 1


def outcome_of(number: int) -> str:
    """SQL for the outcome of one comparison, by its place in `COMPARISONS`."""
    return f"((outcome >> {BITS * number}) & {_MASK})"


def compare_pairs(con: duckdb.DuckDBPyConnection) -> None:
    """Makes `compared_pair` out of `candidate_pair`."""
    columns = ", ".join(f"a.{name} AS {name}_l, b.{name} AS {name}_r" for name in COLUMNS)
    packed = " + ".join(f"(({comparison.outcome_sql()}) << {BITS * number})" for number, comparison in enumerate(COMPARISONS))
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE compared_pair AS
        SELECT l, r, CAST({packed} AS INTEGER) AS outcome
        FROM (SELECT p.l, p.r, {columns} FROM candidate_pair AS p
              JOIN comparable_person AS a ON a.place = p.l JOIN comparable_person AS b ON b.place = p.r)""")
