"""`python -m benchmarks.paths [--people N] [--ties M] [--agents K]`: best referral paths beside igraph, scipy, networkx.

A skewed random network (few people with very many ties, as real ones have). Everybody starts from the same Parquet file, and every figure
includes building what the method needs; "reading" is the time that reading and grouping the ties alone takes, which nobody can save.
Best paths of at most three ties are ours alone: Dijkstra has no such bound, so the others answer the easier question of any length.
"""

import argparse
import json
import math
import os
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np

from commonground.network.search import best_paths

LARGEST_FOR_NETWORKX = 1_000_000  # ties; beyond it networkx needs minutes and many gigabytes


def main() -> int:
    """Prints the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=200_000)
    parser.add_argument("--ties", type=int, default=4_000_000)
    parser.add_argument("--agents", type=int, default=1)
    arguments = parser.parse_args()
    print(json.dumps(measure(arguments.people, arguments.ties, arguments.agents), indent=2))
    return 0


def measure(people: int, ties: int, agents: int) -> dict[str, object]:
    """Seconds of each method, ours first, and ratios to ours."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write_network(folder, people, ties, agents)
        ours = _seconds(lambda: best_paths(folder / "ties", folder / "agents", folder / "prospects", folder / "out", 3))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        reading = _seconds(lambda: _reading(folder / "ties"))
        src, dst, cost = _arrays(folder / "ties")
        others = {
            "igraph, any length": lambda: _igraph(people, agents, src, dst, cost),
            "scipy, any length": lambda: _scipy(people, agents, src, dst, cost),
        }
        if ties <= LARGEST_FOR_NETWORKX:
            others["networkx, any length"] = lambda: _networkx(agents, src, dst, cost)
        seconds = {method: _seconds(run) for method, run in others.items()}
    return {
        "people": people, "ties": ties, "agents": agents,
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "ours, three ties, Parquet to Parquet": round(ours, 2), "of which reading": round(reading, 2), "peak MiB": round(peak),
        **{method: {"seconds": round(value, 2), "times ours": round(value / ours, 1)} for method, value in seconds.items()},
    }  # fmt: skip


def _write_network(folder: Path, people: int, ties: int, agents: int) -> None:
    con = duckdb.connect()
    con.execute("SELECT setseed(0.42)")
    con.execute(f"""
        COPY (SELECT 'p' || CAST(floor(pow(random(), 2) * {people}) AS BIGINT) AS src,
                     'p' || CAST(floor(random() * {people}) AS BIGINT) AS dst, 0.05 + 0.9 * random() AS strength
              FROM range({ties})) TO '{folder}/ties' (FORMAT parquet)""")
    con.execute(f"COPY (SELECT 'p' || i AS contact_id FROM range({agents}) AS t(i)) TO '{folder}/agents' (FORMAT parquet)")
    con.execute(f"COPY (SELECT 'p' || (i * 97 % {people}) AS contact_id FROM range(1000) AS t(i)) TO '{folder}/prospects' (FORMAT parquet)")


def _reading(ties: Path) -> None:
    duckdb.connect().execute(f"CREATE TABLE t AS SELECT src, dst, max(strength) AS s FROM read_parquet('{ties}') GROUP BY ALL")


def _arrays(ties: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ids as numbers and costs as -ln(strength): given to the others for free."""
    sql = f"""
        SELECT CAST(substr(src, 2) AS INTEGER) AS s, CAST(substr(dst, 2) AS INTEGER) AS d, -ln(max(strength)) AS c
        FROM read_parquet('{ties}') GROUP BY ALL"""
    found = duckdb.connect().execute(sql).fetchnumpy()
    return found["s"], found["d"], found["c"]


def _igraph(people: int, agents: int, src: np.ndarray, dst: np.ndarray, cost: np.ndarray) -> None:
    import igraph

    graph = igraph.Graph(n=people, edges=np.column_stack([src, dst]), directed=True)
    graph.distances(source=range(agents), weights=cost)


def _scipy(people: int, agents: int, src: np.ndarray, dst: np.ndarray, cost: np.ndarray) -> None:
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    dijkstra(csr_array((cost, (src, dst)), shape=(people, people)), indices=range(agents), return_predecessors=True)


def _networkx(agents: int, src: np.ndarray, dst: np.ndarray, cost: np.ndarray) -> None:
    import networkx

    graph = networkx.DiGraph()
    graph.add_weighted_edges_from(zip(src.tolist(), dst.tolist(), cost.tolist(), strict=True))
    for agent in range(agents):
        networkx.single_source_dijkstra_path_length(graph, agent)


def _seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    try:
        run()
    except ImportError:
        return math.nan
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
