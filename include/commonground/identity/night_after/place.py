"""The night after: what is new or changed is placed among what earlier nights worked out, at a cost in proportion to it.

A large base is worked out whole now and then, and remembered in one DuckDB file: of each record hashes of its key, its content and its
block keys, its cluster and why it is in it; the model and the yardsticks (see `yardsticks`); hashes of the doubtful pairs and of the
verdicts. Nothing in it names a person. A night after takes the records that are new, and those of the clusters that lost a record, had
one changed or were judged; looks up whom they might be by their keys; and works out these and the clusters they meet alone, with
the remembered yardsticks. What it does not meet stays as it was, and so does that two clusters are two, until the next whole night.
"""

import hashlib
import json
import logging
import os
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from commonground.engine import connect
from commonground.identity import blocks, link, model, normalise, uncertain, verdicts
from commonground.identity.yardsticks.measure import YARDSTICKS

# smaller bases are worked out whole each night: it takes a second or two, and everything known is weighed anew
LARGE = 20_000
# when so many of the records have come or gone since the last whole night, it is time for another
CHANGED_SHARE = 0.1
# a name that so many clusters bear tells nobody whom to look at
BEARERS = 25

_LOG = logging.getLogger(__name__)
_HERE = Path(__file__).parent
_NAME_BLOCK = 40
Decided = Sequence[tuple[str, str, str]]


def link_night(people: pa.Table, decided: Decided, memory: Path) -> tuple[pa.Table, pa.Table]:
    """Who is who tonight, and what a person should judge.

    Args:
        people: person records (`normalise.PEOPLE`), each with a `key` of its own.
        decided: human verdicts, oldest first: key, key, `same` or `different`.
        memory: folder of what is remembered; it may be empty, and deleting it leads to a whole night.

    Returns:
        What `link.link_people` returns, and what `uncertain.uncertain_pairs` returns.
    """
    path, people = memory / "known.duckdb", link.completed(people)
    try:
        with connect() as con:
            if _recall(con, path, people, decided):
                return _place(con, decided)
    except duckdb.Error as error:
        _LOG.warning("%s cannot be used, so all is worked out anew: %s", path.name, str(error).splitlines()[0])
    with connect() as con:
        link.number_rows(con, people)
        learned = link.work_out(con, list(decided))
        linked, doubted = link.told(con), uncertain.uncertain_pairs(con, decided)
        if len(people) >= LARGE:
            _remember(con, path, people, decided, doubted, learned)
        else:
            path.unlink(missing_ok=True)
        return linked, doubted


def version() -> str:
    """Changes with whatever tells who is who, besides the records."""
    rules = [duckdb.__version__]
    for path in sorted(_HERE.parent.rglob("*")):
        if path.suffix in (".py", ".sql", ".yaml"):
            rules += [path.name, path.read_text(encoding="utf-8")]
    return hashlib.sha256("\n".join(rules).encode()).hexdigest()[:16]


def _run(con: duckdb.DuckDBPyConnection, name: str) -> None:
    normalise.run(con, name, _HERE)


def _know_tonight(con: duckdb.DuckDBPyConnection, people: pa.Table, decided: Decided) -> None:
    """`tonight` (id, content, the columns of `PEOPLE`) and `verdict` (l, r, decision): hashes for keys and contents."""
    columns = ", ".join(people.column_names)
    con.register("_people", people)
    con.execute(f"CREATE OR REPLACE TEMP TABLE tonight AS SELECT hash(key) AS id, hash({columns}) AS content, * FROM _people")
    con.unregister("_people")
    con.register("_judged", verdicts.newest(decided))
    con.execute("CREATE OR REPLACE TEMP TABLE verdict AS SELECT hash(one) AS l, hash(other) AS r, decision FROM _judged")
    con.unregister("_judged")


def _recall(con: duckdb.DuckDBPyConnection, path: Path, people: pa.Table, decided: Decided) -> bool:
    """Attaches the memory as `remembered` and finds what is new (`arrived`, `gone`, `reopened`); False: a whole night is due."""
    if len(people) < LARGE or not path.exists():
        return False
    con.execute(f"ATTACH '{_quoted(path)}' AS remembered")
    known, changed = con.execute("SELECT version, changed FROM remembered.learned").fetchall()[0]
    if known != version():
        return False
    _know_tonight(con, people, decided)
    for name in ("unchanged", "arrived", "gone", "reopened"):
        _run(con, name)
    keys, new, gone = con.execute("""
        SELECT (SELECT count(DISTINCT id) FROM tonight), (SELECT count(*) FROM arrived), (SELECT count(*) FROM gone)""").fetchall()[0]
    return bool(keys == len(people) and changed + new + gone <= CHANGED_SHARE * keys)


def _place(con: duckdb.DuckDBPyConnection, decided: Decided) -> tuple[pa.Table, pa.Table]:
    """Works out what is new and what it meets; remembers; returns all."""
    settings, count = con.execute("SELECT settings, base FROM remembered.learned").fetchall()[0]
    learned = model.Learned(json.loads(settings), count)
    _look_around(con, learned)
    names = ", ".join(normalise.PEOPLE.names)
    link.number_rows(con, con.sql(f"SELECT {names} FROM tonight SEMI JOIN region USING (id)").to_arrow_table())
    _run(con, "settled")
    groups = [rids for (rids,) in con.execute("SELECT list(rid ORDER BY rid) FROM settled GROUP BY cluster ORDER BY min(rid)").fetchall()]
    link.work_out(con, list(decided), learned, groups)
    doubted = uncertain.uncertain_pairs(con, decided)
    con.execute("BEGIN")
    _run(con, "placed")
    con.execute("""
        DELETE FROM remembered.record WHERE number IN (SELECT number FROM gone UNION SELECT number FROM placed);
        INSERT INTO remembered.record BY NAME SELECT * FROM placed;
        DELETE FROM remembered.block_key WHERE number IN (SELECT number FROM gone);
        INSERT INTO remembered.block_key SELECT a.number, k.block, k.key FROM arrived_key AS k JOIN arrived AS a ON a.id = k.id;
        UPDATE remembered.learned SET changed = changed + (SELECT count(*) FROM arrived) + (SELECT count(*) FROM gone);
        DELETE FROM remembered.verdict;
        INSERT INTO remembered.verdict SELECT * FROM verdict""")
    doubted = _merge_doubts(con, doubted)
    con.execute("COMMIT")
    con.execute(f"CREATE OR REPLACE TEMP TABLE explained AS {(_HERE / 'known.sql').read_text(encoding='utf-8')}")
    con.execute("DETACH remembered")
    return link.told(con), doubted


def _look_around(con: duckdb.DuckDBPyConnection, learned: model.Learned) -> None:
    """`region`: the ids of what is new and of the clusters that it may concern."""
    names = ", ".join(normalise.PEOPLE.names)
    link.number_rows(con, con.sql(f"SELECT {names} FROM tonight SEMI JOIN arrived USING (id)").to_arrow_table())
    normalise.build_features(con, "numbered_person")
    model.make_comparable(con)
    blocks.gather_keys(con, learned.count)
    link.read_names(con)
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE arrived_key AS
        SELECT hash(f.key) AS id, k.block, k.key FROM ({_keys()}) AS k JOIN person_feature AS f ON f.rid = k.rid""")
    _run(con, "asked")
    enough = f"bool_or(block >= {blocks.COUNT}) OR {blocks.ENOUGH}"
    query = (_HERE / "met.sql").read_text(encoding="utf-8")
    con.execute(f"CREATE OR REPLACE TEMP TABLE met AS {query.format(names=_NAME_BLOCK, bearers=BEARERS, enough=enough)}")
    _run(con, "region")


def _keys() -> str:
    """SQL for all keys by which the records of the session can be found: rid, block, key."""
    single = (("mails", "mails"), ("numbers", "numbers"), ("handles", "handles"), ("agent_id", "[agent_id]"))
    own = " UNION ALL ".join(
        f"SELECT rid, {blocks.COUNT + number} AS block, hash({blocks.COUNT + number}, unnest({values})) AS key "
        f"FROM person_feature WHERE {column} IS NOT NULL"
        for number, (column, values) in enumerate(single)
    )
    return f"""
        SELECT c.rid, m.block, m.key FROM block_member AS m JOIN comparable_person AS c ON c.place = m.place
        UNION ALL {own}
        UNION ALL SELECT rid, {_NAME_BLOCK} AS block, hash(root, family) AS key FROM name_bearer WHERE cost <= 3"""


def _remember(
    con: duckdb.DuckDBPyConnection, path: Path, people: pa.Table, decided: Decided, doubted: pa.Table, learned: model.Learned
) -> None:
    """Writes the memory anew, whole or not at all."""
    _know_tonight(con, people, decided)
    if con.execute("SELECT count(DISTINCT id) FROM tonight").fetchall()[0][0] < len(people):
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        con.execute(f"ATTACH '{_quoted(scratch)}' AS made")
        con.execute("CREATE TABLE made.learned AS SELECT ?::VARCHAR AS version, ?::VARCHAR AS settings, ?::INTEGER AS base, 0 AS changed",
                    [version(), json.dumps(learned.settings), learned.count])  # fmt: skip
        for name, yardstick in YARDSTICKS.items():
            con.execute(f"CREATE TABLE made.{name} AS SELECT * FROM {name} WHERE {yardstick.memorable}")
        con.execute(f"CREATE TABLE made.record AS {(_HERE / 'first_known.sql').read_text(encoding='utf-8')}")
        con.execute(f"CREATE TABLE made.block_key AS SELECT rid AS number, CAST(block AS TINYINT) AS block, key FROM ({_keys()})")
        con.execute("CREATE TABLE made.verdict AS SELECT * FROM verdict")
        con.register("_doubted", doubted)
        con.execute(f"CREATE TABLE made.doubt AS SELECT {_HASHED} FROM _doubted")
        con.execute("DETACH made")
        with scratch.open("rb+") as file:
            os.fsync(file.fileno())
        path.with_name(path.name + ".wal").unlink(missing_ok=True)
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


_HASHED = "* REPLACE (hash(left_key) AS left_key, hash(right_key) AS right_key)"


def _merge_doubts(con: duckdb.DuckDBPyConnection, doubted: pa.Table) -> pa.Table:
    """The doubts about what was worked out tonight, and those remembered about the rest; remembers them."""
    con.register("_doubted", doubted)
    query = (_HERE / "doubted.sql").read_text(encoding="utf-8")
    con.execute(f"CREATE OR REPLACE TEMP TABLE doubted AS {query} LIMIT {uncertain.KEPT}")
    con.unregister("_doubted")
    con.execute(f"DELETE FROM remembered.doubt; INSERT INTO remembered.doubt SELECT {_HASHED} FROM doubted")
    return con.sql("SELECT * FROM doubted ORDER BY doubt DESC, left_key, right_key").to_arrow_table().cast(doubted.schema)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
