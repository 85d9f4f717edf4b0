"""Linked records and verdicts → the pairs a person should judge: what was joined on thin evidence, or kept apart in spite of some.

Reads the session in which `link_people` has worked. One pair stands for one question: of two contacts kept apart the likeliest pair,
of one contact the pair that holds two sure cores of it together. What a verdict has settled is no question any more.
"""

from collections.abc import Iterable
from pathlib import Path

import duckdb
import pyarrow as pa

from commonground.identity.clusters import Clusters, Person
from commonground.identity.comparisons import COMPARISONS
from commonground.identity.verdicts import newest

_HERE = Path(__file__).parent
# a pair this sure needs nobody's eye: the records it holds together are one core
SURE = 0.95
# the stage keeps this many, the most doubtful first; the published table takes its few hundred from them once it knows what hangs on each
KEPT = 5000
_WORDS = {"given": "given name", "family": "family name"}
_WITH_BITS = """CASE WHEN bits IS NULL THEN detail ELSE left(detail, length(detail) - 1) || ',"bits":' || bits || '}' END"""


def uncertain_pairs(con: duckdb.DuckDBPyConnection, decided: Iterable[tuple[str, str, str]]) -> pa.Table:
    """The uncertain pairs of a session in which `link_people(..., con=con)` has run.

    Args:
        con: the session; gets the temp tables `judged_pair` and `core_of`.
        decided: human verdicts, oldest first: key, key, `same` or `different`.

    Returns:
        At most `KEPT` rows: left_key, right_key, is_joined, rule (what joined them, or what kept them apart), probability (0 to 1),
        weight (bits; null where the model did not compare them), doubt (0 to 1: how likely the decision is wrong), agreed and differed
        (lists of texts), detail (JSON).
    """
    _register_verdicts(con, decided)
    _register_cores(con)
    query = (_HERE / "uncertain_pair.sql").read_text(encoding="utf-8")
    return con.sql(f"""
        SELECT left_key, right_key, is_joined, rule, probability, weight, doubt,
               {_told("<> 'different'")} AS agreed, {_told("= 'different'")} AS differed, {_WITH_BITS} AS detail
        FROM ({query}) ORDER BY doubt DESC, left_key, right_key LIMIT {KEPT}""").to_arrow_table()


def _told(condition: str) -> str:
    """SQL for a list of "birth date: same", of the comparisons whose outcome meets the condition."""
    levels = [(comparison.name, f"json_extract_string(detail, '$.{comparison.name}')") for comparison in COMPARISONS]
    cases = (f"CASE WHEN {level} {condition} THEN '{_WORDS.get(name, name.replace('_', ' '))}: ' || {level} END" for name, level in levels)
    return f"list_filter([{', '.join(cases)}], lambda text: text IS NOT NULL)"


def _register_verdicts(con: duckdb.DuckDBPyConnection, decided: Iterable[tuple[str, str, str]]) -> None:
    """`judged_pair` (l, r, decision): the newest verdict on each pair of records that are here."""
    con.register("_judged", newest(decided))
    con.execute("""
        CREATE OR REPLACE TEMP TABLE judged_pair AS
        WITH known AS (SELECT key, min(rid) AS rid FROM person_feature WHERE key IS NOT NULL GROUP BY key)
        SELECT a.rid AS l, b.rid AS r, j.decision
        FROM _judged AS j JOIN known AS a ON a.key = j.one JOIN known AS b ON b.key = j.other""")
    con.unregister("_judged")


def _register_cores(con: duckdb.DuckDBPyConnection) -> None:
    """`core_of` (rid, core): within clusters that something unsure holds together, the records that what is sure holds together."""
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE open_record AS
        WITH unsure AS (
            SELECT l, r FROM edge WHERE probability < {SURE}
            UNION ALL SELECT rid AS l, rid AS r FROM given_reason WHERE rule = 'name_unique'
        ),
        open_cluster AS (
            SELECT DISTINCT a.cluster FROM unsure AS u JOIN cluster_of AS a ON a.rid = u.l JOIN cluster_of AS b ON b.rid = u.r
            WHERE a.cluster = b.cluster
        )
        SELECT c.rid, c.cluster, f.agent_id
        FROM cluster_of AS c JOIN open_cluster AS o ON o.cluster = c.cluster JOIN person_feature AS f ON f.rid = c.rid""")
    sure = con.execute(f"""
        SELECT e.l, e.r FROM edge AS e JOIN open_record AS a ON a.rid = e.l JOIN open_record AS b ON b.rid = e.r AND b.cluster = a.cluster
        WHERE e.probability >= {SURE}
        UNION SELECT l, r FROM judged_pair WHERE decision = 'same'
        UNION SELECT rid, min(rid) OVER (PARTITION BY agent_id) FROM open_record WHERE agent_id IS NOT NULL
        ORDER BY 1, 2""").fetchall()
    rids = [rid for (rid,) in con.execute("SELECT rid FROM open_record ORDER BY rid").fetchall()]
    cores = Clusters({rid: Person([rid]) for rid in rids})
    for left, right in sure:
        if left in cores.home and right in cores.home:
            cores.join(left, right)
    rows = pa.table({"rid": pa.array(cores.home.keys(), pa.int32()), "core": pa.array(cores.home.values(), pa.int64())})
    con.register("_cores", rows)
    con.execute("CREATE OR REPLACE TEMP TABLE core_of AS SELECT rid, core FROM _cores")
    con.unregister("_cores")
