"""Records → the pairs worth comparing: those that agree on something telling, never all that share something common.

In: `comparable_person`. Out: the temp tables `block_member` (place, block, key) and `candidate_pair` (l, r: places). Each block is a way
to agree. A value shared by very many records is left out where its pairs would cost more than the block's budget: the rarest values are
taken first, and finer blocks still bring together what belongs together there.
"""

import duckdb

from commonground.identity.yardsticks.measure import measure

# one agreement of these is enough to look at a pair
STRONG = (
    ("first_mail",),
    ("first_number",),
    ("given", "family"),
    ("least(given, family)", "greatest(given, family)", "coalesce(city_key, postal5, birth_key)"),
    ("given", "family", "district"),
    ("given", "family", "city_key"),
    ("given", "family", "substr(birth_key, 1, 4)"),
    ("given", "birth_key"),
    ("surname", "birth_key"),
    ("birth_key", "city_key"),
    ("birth_key", "postal5"),
    ("street_key", "family"),
    ("street_key", "birth_key"),
    ("street_key", "postal5"),
    ("street_key", "substr(given, 1, 1)"),
    ("surname", "employer_key"),
    ("given", "city_key", "employer_key"),
    ("given", "city_key", "substr(birth_key, 1, 4)"),
    ("given", "city_key", "substr(surname, 1, 1)"),
    ("root", "birth_key"),
    ("surname", "city_key"),
)
# one is enough while the records are few; where they are many it brings together strangers, and two are wanted
BROAD = (
    ("surname", "birthday"),
    ("substr(surname, 1, 4)", "substr(birth_key, 1, 7)"),
    ("substr(given, 1, 3)", "substr(surname, 1, 4)"),
    ("root", "substr(surname, 1, 3)"),
    ("postal5", "substr(given, 1, 2)"),
    ("postal5", "substr(surname, 1, 3)"),
    ("surname", "district"),
    ("city_key", "birthday"),
    ("district", "substr(birth_key, 1, 7)"),
    ("root", "district"),
    ("district", "substr(given, 1, 1)", "substr(surname, 1, 1)"),
    ("city_key", "substr(given, 1, 1)", "substr(surname, 1, 2)"),
)
COUNT = len(STRONG) + len(BROAD)
# over the blocks in which two records agree, a bit each: one of the strong ones is enough, of the broad ones there must be two
ENOUGH = f"(bit_or(1::BIGINT << block) & {2 ** len(STRONG) - 1} > 0 OR bit_count(bit_or(1::BIGINT << block)) > 1)"
# pairs that one block may bring: this many a record, and for small inputs as many as cost nothing
PAIRS_PER_RECORD = 8
BROAD_PAIRS_PER_RECORD = 3
PAIRS_AT_LEAST = 1_000_000
# up to this many records one broad agreement is enough: the pairs can be afforded, and some are all that a badly typed record has
SMALL = 100_000
# so many records' pairs are counted at a time, which bounds the memory
PART = 250_000


def gather_keys(con: duckdb.DuckDBPyConnection, count: int) -> None:
    """Makes `block_member` (place, block, key) of all keys but the yardstick `common_key`.

    Args:
        con: the session, with `comparable_person`.
        count: records of the whole base, of which those may be a few.
    """
    measure(con, "common_key", "SELECT 0::TINYINT AS block, 0::UBIGINT AS key WHERE false")
    con.execute("CREATE OR REPLACE TEMP TABLE block_member (place INTEGER, block TINYINT, key UBIGINT)")
    for number, block in enumerate((*STRONG, *BROAD)):
        budget = max(PAIRS_AT_LEAST, count * (PAIRS_PER_RECORD if number < len(STRONG) else BROAD_PAIRS_PER_RECORD))
        con.execute(f"CREATE OR REPLACE TEMP TABLE block_key AS {_keys(number, block)}")
        con.execute(f"""
            INSERT INTO common_key
            SELECT {number}, key
            FROM (SELECT key, count(*) AS size FROM block_key GROUP BY key HAVING count(*) > 1)
            QUALIFY sum(size * (size - 1) / 2) OVER (ORDER BY size, key) > {budget}""")
        con.execute("INSERT INTO block_member SELECT * FROM block_key ANTI JOIN common_key USING (block, key)")
    con.execute("DROP TABLE block_key")


def pair_up(con: duckdb.DuckDBPyConnection, count: int) -> None:
    """`block_member` → `candidate_pair`; `count` as in `gather_keys`."""
    con.execute("CREATE OR REPLACE TEMP TABLE candidate_pair (l INTEGER, r INTEGER)")
    for part in range(0, count, PART):
        con.execute(f"""
            INSERT INTO candidate_pair
            SELECT l, r
            FROM (
                SELECT a.place AS l, b.place AS r, a.block
                FROM (SELECT * FROM block_member WHERE place > {part} AND place <= {part + PART}) AS a
                JOIN block_member AS b ON a.key = b.key AND a.block = b.block AND a.place < b.place)
            GROUP BY l, r
            {f"HAVING {ENOUGH}" if count > SMALL else ""}""")


def _keys(number: int, block: tuple[str, ...]) -> str:
    """SQL for the keys that the records have in one block; a number stands for the text."""
    source = "(SELECT *, unnest(roots) AS root FROM comparable_person)" if "root" in block else "comparable_person"
    present = " AND ".join(f"{part} IS NOT NULL AND {part} <> ''" for part in block)
    return f"SELECT place, {number}::TINYINT AS block, hash({number}, {', '.join(block)}) AS key FROM {source} WHERE {present}"
