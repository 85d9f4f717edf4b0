"""Records → the pairs worth comparing: those that agree on something telling, never all that share something common.

In: `comparable_person`. Out: the temp table `candidate_pair` (match_key, join_key_l, join_key_r: Splink's own names).
Each block is a way to agree. A value shared by very many records is left out where its pairs would cost more than the
block's budget: the rarest values are taken first, and finer blocks still bring together what belongs together there.
"""

import duckdb

# one agreement of these is enough to look at a pair
STRONG = (
    ("first_mail",),
    ("first_number",),
    ("given", "family"),
    ("given", "family", "district"),
    ("given", "family", "city_key"),
    ("given", "family", "substr(birth_key, 1, 4)"),
    ("given", "birth_key"),
    ("surname", "birth_key"),
    ("surname", "birthday"),
    ("birth_key", "city_key"),
    ("birth_key", "postal5"),
    ("street_key", "substr(given, 1, 1)"),
    ("surname", "employer_key"),
    ("given", "city_key", "employer_key"),
    ("given", "city_key", "substr(birth_key, 1, 4)"),
    ("given", "city_key", "substr(surname, 1, 1)"),
    ("substr(surname, 1, 4)", "substr(birth_key, 1, 7)"),
    ("substr(given, 1, 3)", "substr(surname, 1, 4)"),
    ("root", "substr(surname, 1, 3)"),
    ("root", "birth_key"),
    ("postal5", "substr(given, 1, 2)"),
    ("postal5", "substr(surname, 1, 3)"),
    ("surname", "city_key"),
    ("surname", "district"),
    ("city_key", "birthday"),
    ("district", "substr(birth_key, 1, 7)"),
)
# two of these are wanted where there are many records: alone they bring together strangers
WEAK = (
    ("root", "district"),
    ("district", "substr(given, 1, 1)", "substr(surname, 1, 1)"),
    ("city_key", "substr(given, 1, 1)", "substr(surname, 1, 2)"),
)
# pairs that one block may bring: this many a record, and for small inputs as many as cost nothing
PAIRS_PER_RECORD = 8
PAIRS_AT_LEAST = 1_000_000
# up to this many records one weak agreement is enough: the pairs can be afforded, and some are all that a badly typed record has
SMALL = 100_000


def pair_up(con: duckdb.DuckDBPyConnection, fresh: str | None = None) -> None:
    """Makes `candidate_pair` out of `comparable_person`.

    Args:
        con: the session.
        fresh: a relation with `unique_id`: only pairs with one of these are wanted.
    """
    keys = " UNION ALL ".join(_keys(number, block) for number, block in enumerate((*STRONG, *WEAK)))
    con.execute(f"CREATE OR REPLACE TEMP TABLE block_key AS {keys}")
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE usable_key AS
        SELECT block, key
        FROM (SELECT block, key, count(*) AS size FROM block_key GROUP BY block, key HAVING count(*) > 1)
        QUALIFY sum(size * (size - 1) / 2) OVER (PARTITION BY block ORDER BY size, key)
            <= greatest({PAIRS_AT_LEAST}, {PAIRS_PER_RECORD} * (SELECT count(*) FROM comparable_person))""")
    con.execute("CREATE OR REPLACE TEMP TABLE block_member AS SELECT k.* FROM block_key AS k JOIN usable_key AS u USING (block, key)")
    met = """
        SELECT a.unique_id AS l, b.unique_id AS r, a.block
        FROM block_member AS a JOIN block_member AS b ON a.block = b.block AND a.key = b.key AND a.unique_id < b.unique_id"""
    if fresh:
        met = f"""
            SELECT DISTINCT least(a.unique_id, b.unique_id) AS l, greatest(a.unique_id, b.unique_id) AS r, a.block
            FROM (SELECT * FROM block_member WHERE unique_id IN (SELECT unique_id FROM {fresh})) AS a
            JOIN block_member AS b ON a.block = b.block AND a.key = b.key AND a.unique_id <> b.unique_id"""
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE candidate_pair AS
        SELECT '0' AS match_key, l AS join_key_l, r AS join_key_r
        FROM ({met})
        GROUP BY l, r
        HAVING min(block) < {len(STRONG)} OR count(DISTINCT block) > 1 OR (SELECT count(*) FROM comparable_person) <= {SMALL}""")
    for table in ("block_key", "usable_key", "block_member"):
        con.execute(f"DROP TABLE {table}")


def _keys(number: int, block: tuple[str, ...]) -> str:
    """SQL for the keys that the records have in one block; a number stands for the text."""
    source = "(SELECT *, unnest(roots) AS root FROM comparable_person)" if "root" in block else "comparable_person"
    present = " AND ".join(f"{part} IS NOT NULL AND {part} <> ''" for part in block)
    return f"SELECT unique_id, {number}::TINYINT AS block, hash({', '.join(block)}) AS key FROM {source} WHERE {present}"
