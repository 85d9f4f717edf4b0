"""Person records of any origin → who is who: keys that people own alone, a Splink model for the rest, verdicts over all.

`link` is for a plain table of texts (the command line); `link_people` is what it and the nightly stage share.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from commonground.engine import connect
from commonground.errors import UnreadableError
from commonground.identity import model
from commonground.identity.clusters import Clusters, Edge, Person, cluster
from commonground.identity.normalise import PEOPLE, build_features, register, run
from commonground.identity.verdicts import newest
from commonground.identity.yardsticks.measure import measure

_HERE = Path(__file__).parent
Groups = Iterable[list[int]]
LINKED = pa.schema(
    [
        ("key", pa.string()),
        ("cluster", pa.int64()),
        ("match_probability", pa.float64()),
        ("match_rule", pa.string()),
        ("match_detail", pa.string()),
    ]
)
_BLANK = pa.array(["", "nan", "NaN", "None", "NULL"])
_PLURALS = {"email": "emails", "phone": "phones", "url": "urls"}
NAME_ROUNDS = 6  # a person of seven clusters is rare enough
ROUND_WORTH = 10_000  # another round costs as much as the last one: worth it while that one joined more than one record in so many


def link(people: pa.Table, *, verdicts: pa.Table | None = None) -> pa.Table:
    """Finds the records that are one person.

    Args:
        people: `record_id` and any of source, given_name, family_name, email, phone, street, city, state, postal_code, birth_date,
            employer, url (all text, any of them empty).
        verdicts: what humans decided: left_record_id, right_record_id, decision (`same` or `different`).

    Returns:
        One row per input row, by record_id: record_id, contact_id, match_probability (0 to 1), match_rule, match_detail (JSON).

    Raises:
        UnreadableError: `record_id` is missing.
    """
    if "record_id" not in people.column_names:
        raise UnreadableError(f"person records want a column record_id; there are: {', '.join(people.column_names) or 'none'}")
    rows = as_people(people)
    decided: list[tuple[str, str, str]] = []
    if verdicts is not None:
        columns = (verdicts["left_record_id"].to_pylist(), verdicts["right_record_id"].to_pylist(), verdicts["decision"].to_pylist())
        decided = [(str(left), str(right), str(decision)) for left, right, decision in zip(*columns, strict=True)]
    linked = link_people(rows, decided)
    smallest: dict[int, str] = {}
    for key, home in zip(linked["key"].to_pylist(), linked["cluster"].to_pylist(), strict=True):
        smallest[home] = min(key or "", smallest.get(home, key or ""))
    ids = [contact_id(smallest[home]) if smallest[home] else f"c{home:012x}" for home in linked["cluster"].to_pylist()]
    return pa.table(
        {
            "record_id": linked["key"],
            "contact_id": pa.array(ids, pa.string()),
            **{name: linked[name] for name in ("match_probability", "match_rule", "match_detail")},
        }
    )


def contact_id(seed: str, taken: Iterable[str] = ()) -> str:
    """`c` and twelve hex digits made of `seed`; another one if that is taken."""
    used = set(taken)
    number = 0
    while True:
        text = seed if not number else f"{seed}#{number}"
        made = "c" + hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()[:12]
        if made not in used:
            return made
        number += 1


def link_people(
    people: pa.Table, decided: Iterable[tuple[str, str, str]] = (), *, con: duckdb.DuckDBPyConnection | None = None
) -> pa.Table:
    """Clusters person records (see `normalise.PEOPLE`; missing columns are empty).

    Args:
        people: one row per record; `key` names it.
        decided: human verdicts, oldest first: key, key, `same` or `different`.
        con: session to work in; its temp tables of this module are replaced. A private one if none is given.

    Returns:
        One row per record in the order of `key` (`LINKED`); `cluster` is a number that is the same for records of one person.
    """
    own = con is None
    con = con or connect()
    try:
        number_rows(con, people)
        work_out(con, list(decided))
        return told(con)
    finally:
        if own:
            con.close()


def work_out(
    con: duckdb.DuckDBPyConnection, decided: list[tuple[str, str, str]], learned: model.Learned | None = None, settled: Groups = ()
) -> model.Learned:
    """`numbered_person` → `explained`: every record's cluster and the reason for it; drops `numbered_person`.

    Args:
        con: the session.
        decided: as in `link_people`.
        learned: the model of the base that the records are a few of; with it, yardsticks are remembered ones.
        settled: records (rids) that are known to be one person, in groups: no two of them are asked about again.

    Returns:
        The model used.
    """
    build_features(con, "numbered_person")
    con.execute("DROP TABLE numbered_person")
    run(con, "exact_pair")
    learned = model.score_pairs(con, learned)
    run(con, "compared_fact")
    measure(con, "home")
    run(con, "pair_fact")
    run(con, "edge")
    clusters = _start(con)
    clusters.hold(settled)
    because = _decide(con, clusters, decided)
    because |= _join_agents(con, clusters)
    cluster(clusters, _edges(con, clusters))
    because |= _join_names(con, clusters)
    _explain(con, clusters, because)
    return learned


def told(con: duckdb.DuckDBPyConnection) -> pa.Table:
    """What `work_out` found, as `LINKED`, in the order of `key`."""
    told_with = """'{"with":' || coalesce(CAST(to_json(other_key) AS VARCHAR), 'null') || ',' || substr(CAST(detail AS VARCHAR), 2)"""
    found = con.sql(f"""
        SELECT key, min(place) OVER (PARTITION BY cluster) AS cluster, match_probability, match_rule, {told_with} AS match_detail
        FROM (SELECT *, row_number() OVER (ORDER BY key, rid) AS place FROM explained) ORDER BY place""")
    return found.to_arrow_table().cast(LINKED)


def as_people(people: pa.Table) -> pa.Table:
    """The public columns → the columns of `PEOPLE`: texts become lists where a person may have several."""
    columns: dict[str, pa.Array] = {"key": _texts(people["record_id"]), "owner": pa.array(["team"] * len(people), pa.string())}
    for name in people.column_names:
        if name in _PLURALS:
            columns[_PLURALS[name]] = _as_lists(_texts(people[name]))
        elif name in PEOPLE.names and name not in ("key", "owner") and name not in _PLURALS.values():
            columns[name] = _texts(people[name])
    return pa.table(columns)


def _texts(column: pa.ChunkedArray) -> pa.Array:
    """A column as text, blank values empty (null)."""
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type) or pa.types.is_null(column.type)):
        column = pa.chunked_array([pa.array([None if value is None else str(value) for value in column.to_pylist()], pa.string())])
    texts = pc.utf8_trim_whitespace(column.cast(pa.string()).combine_chunks())
    return pc.if_else(pc.is_in(texts, _BLANK), pa.scalar(None, pa.string()), texts)


def _as_lists(texts: pa.Array) -> pa.Array:
    """Each text as a list of one, none as an empty list."""
    ends = pc.cumulative_sum(pc.cast(pc.is_valid(texts), pa.int32()))
    return pa.ListArray.from_arrays(pa.concat_arrays([pa.array([0], pa.int32()), ends]), texts.drop_null())


def completed(people: pa.Table) -> pa.Table:
    """The rows with all columns of `PEOPLE` and no others."""
    for field in PEOPLE:
        if field.name not in people.column_names:
            people = people.append_column(field, pa.nulls(len(people), field.type))
    return people.select(PEOPLE.names).cast(PEOPLE)


def number_rows(con: duckdb.DuckDBPyConnection, people: pa.Table) -> None:
    """Temp table `numbered_person`: all columns of `PEOPLE`, and `rid`, which depends on the rows' content and not on their order."""
    con.register("_people", completed(people))
    order = ", ".join(PEOPLE.names)
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE numbered_person AS
        SELECT CAST(row_number() OVER (ORDER BY {order}) AS INTEGER) AS rid, * FROM _people""")
    con.unregister("_people")


def _start(con: duckdb.DuckDBPyConnection) -> Clusters:
    """Every record by itself. What many records have in common is one object: a million sets would be a gigabyte."""
    con.execute("""
        CREATE OR REPLACE TEMP TABLE told_apart AS
        SELECT rid, CASE WHEN length(given) > 1 THEN roots ELSE [] END AS roots, generation, agent_id FROM person_feature""")
    kinds = con.execute("""
        SELECT roots, generation, agent_id, list(rid) FROM told_apart GROUP BY roots, generation, agent_id ORDER BY min(rid)""").fetchall()
    con.execute("DROP TABLE told_apart")
    people: dict[int, Person] = {}
    for roots, generation, agent, rids in kinds:
        shared = (frozenset(roots), frozenset([generation] if generation else ()), frozenset([agent] if agent else ()))
        people |= {rid: Person([rid], *shared) for rid in rids}
    return Clusters(people)


def _decide(con: duckdb.DuckDBPyConnection, clusters: Clusters, decided: list[tuple[str, str, str]]) -> dict[int, tuple[str, float]]:
    """Applies the verdicts: the newest per pair counts; `different` holds against everything, chains of `same` included."""
    if not decided:
        return {}
    rids: dict[str, int] = dict(con.execute("SELECT key, min(rid) FROM person_feature WHERE key IS NOT NULL GROUP BY key").fetchall())
    judged = zip(*newest(decided).to_pydict().values(), strict=True)
    pairs = [(sorted((rids[one], rids[other])), decision) for one, other, decision in judged if one in rids and other in rids]
    clusters.keep_apart((left, right) for (left, right), decision in pairs if decision == "different")
    because: dict[int, tuple[str, float]] = {}
    for (left, right), decision in sorted(pairs):
        if decision == "same" and clusters.join(left, right):
            because |= {left: ("verdict", 1.0), right: ("verdict", 1.0)}
    return because


def _join_agents(con: duckdb.DuckDBPyConnection, clusters: Clusters) -> dict[int, tuple[str, float]]:
    """All records that *are* a team member are that team member."""
    rows = con.execute(
        "SELECT rid, min(rid) OVER (PARTITION BY agent_id) FROM person_feature WHERE agent_id IS NOT NULL ORDER BY rid"
    ).fetchall()
    for rid, first in rows:
        clusters.join(rid, first)
    return {rid: ("agent", 1.0) for rid, _ in rows}


def _edges(con: duckdb.DuckDBPyConnection, clusters: Clusters) -> list[Edge]:
    rows = con.execute("SELECT l, r, rule, probability, is_firm FROM edge ORDER BY probability DESC, l, r").fetchall()
    return [Edge(*row) for row in rows if not clusters.is_settled(row[0], row[1])]


def _join_names(con: duckdb.DuckDBPyConnection, clusters: Clusters) -> dict[int, tuple[str, float]]:
    """Clusters that share little more than a name are joined where a namesake is unlikely; each round sees what the last one joined."""
    because: dict[int, tuple[str, float]] = {}
    taken: list[tuple[int, int, float]] = []
    read_names(con)
    touched: set[int] | None = None
    for number in range(NAME_ROUNDS):
        _register_clusters(con, clusters)
        _know_clusters(con, touched)
        if not number:
            _measure_names(con)
        run(con, "name_pair")
        run(con, "name_join")
        joined, touched = len(taken), set()
        for left, right, probability in con.execute("SELECT thin, target, probability FROM name_join").fetchall():
            if clusters.is_settled(left, right):
                continue
            small = min(left, right, key=lambda home: (len(clusters.people[clusters.home[home]].members), home))
            members = list(clusters.people[clusters.home[small]].members)
            if clusters.join(left, right):
                taken.append((left, right, probability))
                touched |= {left, right}
                because |= dict.fromkeys(members, ("name_unique", probability))
        if (len(taken) - joined) * ROUND_WORTH <= len(clusters.home):
            break
    lists = list(zip(*taken, strict=True)) or [(), (), ()]
    types = (pa.int64(), pa.int64(), pa.float64())
    columns = [pa.array(items, kind) for items, kind in zip(lists, types, strict=True)]
    register(con, "name_join", pa.table(columns, names=["thin", "target", "probability"]))
    return because


def read_names(con: duckdb.DuckDBPyConnection) -> None:
    """`person_feature` → `name_bearer`."""
    run(con, "whole_name")
    for name in ("given_seen", "given_root", "family_seen"):
        measure(con, name)
    run(con, "name_bearer")
    con.execute("DROP TABLE whole_name")


def _measure_names(con: duckdb.DuckDBPyConnection) -> None:
    """`name_odds` and what else `name_pair` reads."""
    measure(con, "name_count")
    run(con, "expected_namesakes")
    for name in ("namesake_factor", "people_known", "town_share", "work_share", "owner_fit"):
        measure(con, name)
    run(con, "name_odds")


def _know_clusters(con: duckdb.DuckDBPyConnection, touched: set[int] | None) -> None:
    """`known_cluster`: of all clusters, or anew for those that joins have `touched` since it was made."""
    query = (_HERE / "known_cluster.sql").read_text(encoding="utf-8")
    if touched is None:
        con.execute("CREATE OR REPLACE TEMP VIEW looked_at AS SELECT * FROM cluster_of")
        con.execute(f"CREATE OR REPLACE TEMP TABLE known_cluster AS {query}")
        return
    register(con, "touched", pa.table({"cluster": pa.array(sorted(touched), pa.int64())}))
    con.execute("CREATE OR REPLACE TEMP VIEW looked_at AS SELECT * FROM cluster_of WHERE cluster IN (SELECT cluster FROM touched)")
    con.execute("DELETE FROM known_cluster WHERE cluster IN (SELECT cluster FROM touched)")
    con.execute(f"INSERT INTO known_cluster {query}")


def _register_clusters(con: duckdb.DuckDBPyConnection, clusters: Clusters) -> None:
    rows = pa.table({"rid": pa.array(clusters.home.keys(), pa.int32()), "cluster": pa.array(clusters.home.values(), pa.int64())})
    con.register("_clusters", rows)
    con.execute("CREATE OR REPLACE TEMP TABLE cluster_of AS SELECT rid, cluster FROM _clusters ORDER BY rid")
    con.unregister("_clusters")


def _explain(con: duckdb.DuckDBPyConnection, clusters: Clusters, because: Mapping[int, tuple[str, float]]) -> None:
    """`explained`: each record with the best reason for being in its cluster."""
    _register_clusters(con, clusters)
    reasons = pa.table(
        {
            "rid": pa.array(because.keys(), pa.int32()),
            "rule": pa.array([rule for rule, _ in because.values()], pa.string()),
            "probability": pa.array([probability for _, probability in because.values()], pa.float64()),
        }
    )
    con.register("_reasons", reasons)
    con.execute("CREATE OR REPLACE TEMP TABLE given_reason AS SELECT * FROM _reasons")
    con.unregister("_reasons")
    run(con, "explained")


def detail_of(text: str | None) -> dict[str, Any]:
    """`match_detail` read back."""
    return dict(json.loads(text)) if text else {}
