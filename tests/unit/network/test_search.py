"""The exact best path under a limit of ties, against brute force and networkx."""

import itertools
import math
from pathlib import Path
from typing import Any

import duckdb
import networkx as nx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonground.errors import CommonGroundError, UnreadableError
from commonground.network.search import best_paths, search

Tie = tuple[str, str, float]
Found = dict[tuple[str, str], tuple[int, list[str], float]]


def run(folder: Path, ties: list[Tie], agents: list[str], prospects: list[str], max_hops: int = 3) -> Found:
    files = [folder / name for name in ("ties.parquet", "agents.parquet", "prospects.parquet", "out.parquet")]
    text = pa.string()
    schema = pa.schema([("src", text), ("dst", text), ("strength", pa.float64())])
    pq.write_table(pa.Table.from_pylist([dict(zip(schema.names, tie, strict=True)) for tie in ties], schema=schema), files[0])
    for path, ids in zip(files[1:], (agents, prospects), strict=False):
        pq.write_table(pa.table({"contact_id": pa.array(ids, text)}), path)
    rows = best_paths(*files, max_hops)
    table = pq.read_table(files[3]).to_pylist()
    assert rows == len(table)
    assert all(row["rank"] == 1 for row in table)
    assert [(r["agent_id"], r["prospect_id"]) for r in table] == sorted((r["agent_id"], r["prospect_id"]) for r in table)
    return {(row["agent_id"], row["prospect_id"]): (row["hops"], row["via"], row["strength"]) for row in table}


def searched(con: duckdb.DuckDBPyConnection, ties: list[Tie], agents: list[str], prospects: list[str], max_hops: int) -> Found:
    con.execute("CREATE OR REPLACE TABLE tie (src VARCHAR, dst VARCHAR, strength DOUBLE)")
    con.execute("CREATE OR REPLACE TABLE start (agent VARCHAR); CREATE OR REPLACE TABLE goal (node VARCHAR)")
    for table, rows in (("tie", ties), ("start", [(a,) for a in agents]), ("goal", [(p,) for p in prospects])):
        if rows:
            con.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
    search(con, max_hops)
    return {(agent, node): (hops, via, strength) for agent, node, hops, via, strength in con.execute("FROM found").fetchall()}


def by_hand(ties: list[Tie], agents: list[str], prospects: list[str], max_hops: int) -> Found:
    """Every simple path there is; the strongest, then shortest, then first in order."""
    strongest: dict[tuple[str, str], float] = {}
    for src, dst, strength in ties:
        strongest[src, dst] = max(strength, strongest.get((src, dst), 0.0))
    onward: dict[str, list[str]] = {}
    for (src, dst), strength in strongest.items():
        if strength > 0 and src != dst:
            onward.setdefault(src, []).append(dst)
    found: dict[tuple[str, str], Any] = {}

    def walk(path: list[str], strength: float) -> None:
        agent, node = path[0], path[-1]
        if len(path) > 1 and node in prospects:
            key = (-strength, len(path) - 1, path[1:-1])
            found[agent, node] = min(found.get((agent, node), key), key)
        if len(path) <= max_hops:
            for dst in onward.get(node, []):
                if dst not in path:
                    walk([*path, dst], strength * strongest[node, dst])

    for agent in agents:
        walk([agent], 1.0)
    return {pair: (hops, via, -negative) for pair, (negative, hops, via) in found.items()}


# powers of two multiply exactly, so that equally strong paths are truly equal and the order of ties is put to the test
node = st.sampled_from("abcdefg")
exact_tie = st.tuples(node, node, st.sampled_from([1.0, 0.5, 0.25, 0.125, 0.0]))
any_tie = st.tuples(node, node, st.floats(0.01, 1.0))


@settings(max_examples=60, deadline=None)
@given(
    ties=st.lists(exact_tie, max_size=22), agents=st.sets(node, min_size=1, max_size=3), prospects=st.sets(node), max_hops=st.integers(1, 6)
)
def test_the_best_path_with_its_introducers_is_what_trying_all_paths_gives(ties, agents, prospects, max_hops) -> None:
    con = duckdb.connect()
    assert searched(con, ties, sorted(agents), sorted(prospects), max_hops) == by_hand(ties, sorted(agents), sorted(prospects), max_hops)
    con.close()


@settings(max_examples=40, deadline=None)
@given(
    ties=st.lists(any_tie, max_size=22), agents=st.sets(node, min_size=1, max_size=2), prospects=st.sets(node), max_hops=st.integers(1, 6)
)
def test_the_strength_is_exact_for_any_strengths(ties, agents, prospects, max_hops) -> None:
    con = duckdb.connect()
    found = searched(con, ties, sorted(agents), sorted(prospects), max_hops)
    expected = by_hand(ties, sorted(agents), sorted(prospects), max_hops)
    con.close()
    assert {pair: strength for pair, (_, _, strength) in found.items()} == {pair: strength for pair, (_, _, strength) in expected.items()}


def weighted(graph: nx.Graph) -> list[Tie]:
    """A known network with made-up strengths that differ by direction."""
    names = {name: str(name) for name in graph}
    pairs = [pair for one, other in graph.edges for pair in ((one, other), (other, one))]
    return [(names[a], names[b], 0.05 + 0.9 * ((7 * len(names[a]) + 13 * i) % 97) / 97) for i, (a, b) in enumerate(pairs)]


@pytest.mark.parametrize("network", [nx.karate_club_graph, nx.les_miserables_graph, nx.davis_southern_women_graph])
@pytest.mark.parametrize("max_hops", [1, 2, 3, 6])
def test_known_networks_agree_with_shortest_paths_over_logarithms(network, max_hops: int, tmp_path: Path) -> None:
    ties = weighted(network())
    graph = nx.DiGraph()
    graph.add_weighted_edges_from([(src, dst, -math.log(strength)) for src, dst, strength in ties])
    nodes = sorted(graph)
    agents, prospects = nodes[:2], nodes[2::2]
    found = run(tmp_path, ties, agents, prospects, max_hops)
    for agent, prospect in itertools.product(agents, prospects):
        layers = {agent: 0.0}
        best = dict(layers)
        for _ in range(max_hops):
            nearer: dict[str, float] = {}
            for at, length in layers.items():
                for _, onward, data in graph.out_edges(at, data=True):
                    nearer[onward] = min(nearer.get(onward, math.inf), length + data["weight"])
            layers = nearer
            best = {n: min(best.get(n, math.inf), nearer.get(n, math.inf)) for n in {*best, *nearer}}
        if prospect in best:
            hops, via, strength = found[agent, prospect]
            assert strength == pytest.approx(math.exp(-best[prospect]))
            assert len(via) + 1 == hops <= max_hops
            assert strength == pytest.approx(math.exp(-nx.path_weight(graph, [agent, *via, prospect], "weight")))
        else:
            assert (agent, prospect) not in found
    if max_hops == 6:
        free = nx.single_source_dijkstra_path_length(graph, agents[0])
        for prospect in prospects:
            if found[agents[0], prospect][0] < 6:
                assert found[agents[0], prospect][2] == pytest.approx(math.exp(-free[prospect]), rel=0.5)


def test_of_equal_paths_fewer_ties_win_then_the_first_introducers(tmp_path: Path) -> None:
    ties = [("a", "x", 1.0), ("x", "p", 0.5), ("a", "p", 0.5), ("a", "d", 0.5), ("a", "c", 0.5), ("c", "q", 0.5), ("d", "q", 0.5)]
    found = run(tmp_path, ties, ["a"], ["p", "q"])
    assert found["a", "p"] == (1, [], 0.5)
    assert found["a", "q"] == (2, ["c"], 0.25)


def test_the_limit_counts_ties(tmp_path: Path) -> None:
    chain = [(f"n{i}", f"n{i + 1}", 0.5) for i in range(7)]
    for limit in range(1, 7):
        found = run(tmp_path, chain, ["n0"], [f"n{i}" for i in range(8)], limit)
        assert {pair[1] for pair in found} == {f"n{i}" for i in range(1, limit + 1)}


def test_a_long_strong_way_gives_way_to_a_short_weak_one_within_the_limit(tmp_path: Path) -> None:
    ties = [("a", "b", 0.9), ("b", "c", 0.9), ("c", "p", 0.9), ("a", "p", 0.1)]
    assert run(tmp_path, ties, ["a"], ["p"], 2)["a", "p"] == (1, [], 0.1)
    assert run(tmp_path, ties, ["a"], ["p"], 3)["a", "p"][1] == ["b", "c"]


def test_repeats_cycles_and_ties_to_oneself_do_no_harm(tmp_path: Path) -> None:
    ties = [("a", "b", 0.2), ("a", "b", 0.6), ("a", "b", 0.3), ("b", "a", 1.0), ("b", "b", 1.0), ("a", "a", 1.0), ("b", "p", 0.5)]
    assert run(tmp_path, ties, ["a", "a"], ["p", "p", "a"], 6) == {("a", "p"): (2, ["b"], 0.3)}


def test_more_agents_than_fit_at_once_are_all_served(tmp_path: Path) -> None:
    agents = [f"agent{i:02}" for i in range(20)]
    found = run(tmp_path, [(agent, "b", 0.5) for agent in agents] + [("b", "p", 0.5)], agents, ["p"])
    assert sorted(found) == [(agent, "p") for agent in agents]


def test_nobody_to_find_or_to_ask_gives_an_empty_table(tmp_path: Path) -> None:
    assert run(tmp_path, [("a", "b", 0.5)], [], ["b"]) == {}
    assert run(tmp_path, [("a", "b", 0.5)], ["a"], []) == {}
    assert run(tmp_path, [], ["a"], ["b"]) == {}
    assert run(tmp_path, [("a", "b", 0.0)], ["a"], ["b"]) == {}


@pytest.mark.parametrize(("strength", "named"), [(-0.1, "-0.1"), (1.5, "1.5"), (math.nan, "nan"), (None, "None"), (math.inf, "inf")])
def test_a_strength_that_is_none_is_refused_by_its_value(strength: float | None, named: str, tmp_path: Path) -> None:
    with pytest.raises(CommonGroundError, match=rf"strength {named} of the tie from 'a' to 'b'"):
        run(tmp_path, [("a", "c", 0.5)] * 500 + [("a", "b", strength)], ["a"], ["b"])  # type: ignore[list-item]


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommonGroundError, match="expected src and dst"):
        run(tmp_path, [("a", None, 0.5)], ["a"], ["b"])  # type: ignore[list-item]
    with pytest.raises(CommonGroundError, match="contact_id is missing"):
        run(tmp_path, [("a", "b", 0.5)], ["a", None], ["b"])  # type: ignore[list-item]
    files = [tmp_path / name for name in ("ties.parquet", "agents.parquet", "prospects.parquet", "out2.parquet")]
    pq.write_table(pa.table({"contact": ["a"]}), files[1])
    with pytest.raises(CommonGroundError, match="no column contact_id"):
        best_paths(*files)
    files[0].unlink()
    with pytest.raises(UnreadableError, match="no such file"):
        best_paths(*files)
    files[0].write_text("src,dst,strength")
    with pytest.raises(UnreadableError, match="not readable as Parquet"):
        best_paths(*files)
    with pytest.raises(CommonGroundError, match="max-hops 0"):
        best_paths(*files, 0)
    assert not files[3].exists()


def test_ids_that_are_numbers_come_out_as_text(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("ties.parquet", "agents.parquet", "prospects.parquet", "out.parquet")]
    pq.write_table(pa.table({"src": [1, 2], "dst": [2, 3], "strength": pa.array([0.5, 0.5], pa.float32())}), files[0])
    pq.write_table(pa.table({"contact_id": [1]}), files[1])
    pq.write_table(pa.table({"contact_id": ["3"]}), files[2])
    assert best_paths(*files) == 1
    assert pq.read_table(files[3]).to_pylist() == [
        {"agent_id": "1", "prospect_id": "3", "rank": 1, "hops": 2, "via": ["2"], "strength": 0.25}
    ]
