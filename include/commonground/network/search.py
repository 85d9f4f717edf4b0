"""The exact best path from every agent to every prospect: ties, agents, prospects (Parquet) → paths (Parquet).

A path's strength is the product of its ties, multiplied from the agent on. Rounds of relaxation: round h keeps, for every
person whose best strength rose in round h, that strength and who came before. Since strengths are at most 1, no best path
visits anybody twice, and a path whose last tie is its h-th runs over a person whose best rose in round h - 1. Of equally
strong paths the one with fewer ties wins, then the one whose introducers come first in order.
"""

from pathlib import Path

import duckdb

from commonground.engine import connect
from commonground.errors import CommonGroundError, UnreadableError

# people reached are kept per agent: this many agents at once bounds memory by that many times the people of the network
AGENTS_AT_ONCE = 8
MOST_HOPS = 20  # beyond it a mistake, not a question


def best_paths(ties: Path, agents: Path, prospects: Path, out: Path, max_hops: int = 3) -> int:
    """Writes the strongest path of at most `max_hops` ties for every agent and every prospect that can be reached.

    Args:
        ties: Parquet of `src, dst, strength` (0 to 1, directed). Of repeated ties the strongest counts; a tie of
            strength 0, or of a person to themselves, is none.
        agents: Parquet of `contact_id`.
        prospects: Parquet of `contact_id`. An agent is no prospect of their own.
        out: Parquet to write: `agent_id, prospect_id, rank` (1), `hops, via` (introducers in order), `strength`.
        max_hops: most ties a path may have.

    Returns:
        Rows written.

    Raises:
        UnreadableError: a file is missing or no Parquet.
        CommonGroundError: a column is missing, a strength is no number from 0 to 1, an id is missing, or `max_hops` is off.
    """
    if not 1 <= max_hops <= MOST_HOPS:
        raise CommonGroundError(f"max-hops {max_hops} is not a whole number from 1 to {MOST_HOPS}")
    con = connect()
    try:
        _open(con, ties, agents, prospects)
        _check(con, ties)
        search(con, max_hops)
        scratch = out.with_name(f".{out.name}.tmp")
        out.parent.mkdir(parents=True, exist_ok=True)
        con.execute(f"""
            COPY (SELECT CAST(agent AS VARCHAR) AS agent_id, CAST(node AS VARCHAR) AS prospect_id, CAST(1 AS BIGINT) AS rank, hops,
                         CAST(via AS VARCHAR[]) AS via, strength
                  FROM found ORDER BY agent, node)
            TO {_literal(scratch)} (FORMAT parquet, COMPRESSION zstd)""")
        scratch.replace(out)
        return _count(con, "found")
    finally:
        con.close()


def search(con: duckdb.DuckDBPyConnection, max_hops: int) -> None:
    """Fills the table `found` (agent, node, hops, via, strength) from the relations `tie`, `start` (agent) and `goal` (node)."""
    agents = con.execute("SELECT DISTINCT agent FROM start ORDER BY agent").fetchall()
    con.execute(
        "CREATE OR REPLACE TEMP TABLE found AS SELECT src AS agent, src AS node, 0::BIGINT AS hops, [src] AS via, strength FROM tie LIMIT 0"
    )
    for first in range(0, len(agents), AGENTS_AT_ONCE):
        con.execute("CREATE OR REPLACE TEMP TABLE batch AS SELECT DISTINCT agent FROM start WHERE false")
        con.executemany("INSERT INTO batch VALUES (?)", agents[first : first + AGENTS_AT_ONCE])
        rounds = _spread(con, max_hops)
        for hops in range(1, rounds + 1):
            con.execute(f"INSERT INTO found {_paths_of(hops, rounds)}")


def _spread(con: duckdb.DuckDBPyConnection, max_hops: int) -> int:
    """Runs the rounds for the agents in `batch`; leaves `label_0`, `label_1`, ... and returns the last round that raised anybody."""
    con.execute("""
        CREATE OR REPLACE TEMP TABLE label_0 AS
        SELECT agent, agent AS node, 1.0::DOUBLE AS strength, 0::BIGINT AS before, row_number() OVER (ORDER BY agent) AS place
        FROM batch""")
    con.execute("CREATE OR REPLACE TEMP TABLE reached AS SELECT agent, node, strength FROM label_0")
    for hops in range(1, max_hops + 1):
        is_last = hops == max_hops
        con.execute(_round(hops, is_last))
        if not _count(con, f"label_{hops}"):
            return hops - 1
        if not is_last:
            con.execute(f"""
                CREATE OR REPLACE TEMP TABLE reached AS
                SELECT agent, node, max(strength) AS strength
                FROM (FROM reached UNION ALL SELECT agent, node, strength FROM label_{hops}) GROUP BY agent, node""")
    return max_hops


def _round(hops: int, is_last: bool) -> str:
    """One more tie: who is reached more strongly than ever before. `place` orders people by their path, for the next round's ties."""
    only_goals = "AND tie.dst IN (SELECT node FROM goal)" if is_last else ""
    return f"""
        CREATE OR REPLACE TEMP TABLE label_{hops} AS
        WITH candidate AS (
            SELECT label.agent, tie.dst AS node,
                   max({{'strength': label.strength * tie.strength, 'earlier': -label.place}}) AS best
            FROM tie JOIN label_{hops - 1} AS label ON label.node = tie.src
            WHERE tie.strength > 0 {only_goals}
            GROUP BY label.agent, tie.dst
        )
        SELECT candidate.agent, candidate.node, candidate.best.strength AS strength, -candidate.best.earlier AS before,
               row_number() OVER (ORDER BY candidate.agent, -candidate.best.earlier, candidate.node) AS place
        FROM candidate LEFT JOIN reached ON reached.agent = candidate.agent AND reached.node = candidate.node
        WHERE candidate.best.strength > coalesce(reached.strength, 0)"""


def _paths_of(hops: int, rounds: int) -> str:
    """The prospects whose best path has exactly so many ties, followed back to the agent."""
    steps = "".join(f" JOIN label_{step} ON label_{step}.place = label_{step + 1}.before" for step in range(hops - 1, 0, -1))
    via = ", ".join(f"label_{step}.node" for step in range(1, hops))
    later = " ".join(
        f"ANTI JOIN label_{step} AS better_{step} ON better_{step}.agent = label_{hops}.agent AND better_{step}.node = label_{hops}.node"
        for step in range(hops + 1, rounds + 1)
    )
    return f"""
        SELECT label_{hops}.agent, label_{hops}.node, {hops}::BIGINT, [{via}], label_{hops}.strength
        FROM label_{hops} {later} {steps}
        WHERE label_{hops}.node IN (SELECT node FROM goal) AND label_{hops}.node <> label_{hops}.agent"""


def _open(con: duckdb.DuckDBPyConnection, ties: Path, agents: Path, prospects: Path) -> None:
    """Makes the three files known as `tie`, `start` and `goal`, ids of one type."""
    types = _columns(con, ties, ("src", "dst", "strength"))
    kinds = {types["src"], types["dst"]}
    kinds |= {_columns(con, path, ("contact_id",))["contact_id"] for path in (agents, prospects)}
    id_type = kinds.pop() if len(kinds) == 1 else "VARCHAR"
    con.execute(f"""
        CREATE OR REPLACE TEMP VIEW tie AS
        SELECT CAST(src AS {id_type}) AS src, CAST(dst AS {id_type}) AS dst, CAST(strength AS DOUBLE) AS strength
        FROM read_parquet({_literal(ties)})""")
    for name, column, path in (("start", "agent", agents), ("goal", "node", prospects)):
        con.execute(f"""
            CREATE OR REPLACE TEMP TABLE {name} AS
            SELECT DISTINCT CAST(contact_id AS {id_type}) AS {column} FROM read_parquet({_literal(path)})""")
        if con.execute(f"SELECT 1 FROM {name} WHERE {column} IS NULL").fetchall():
            raise CommonGroundError(f"{path}: contact_id is missing in a row; every row wants one")


def _columns(con: duckdb.DuckDBPyConnection, path: Path, wanted: tuple[str, ...]) -> dict[str, str]:
    if not path.is_file():
        raise UnreadableError(f"{path}: no such file; expected Parquet with {', '.join(wanted)}")
    try:
        found = {row[0]: str(row[1]) for row in con.execute(f"DESCRIBE SELECT * FROM read_parquet({_literal(path)})").fetchall()}
    except duckdb.Error:
        raise UnreadableError(f"{path}: not readable as Parquet; expected {', '.join(wanted)}") from None
    missing = [name for name in wanted if name not in found]
    if missing:
        raise CommonGroundError(f"{path}: no column {', '.join(missing)}; expected {', '.join(wanted)}, found {', '.join(found)}")
    return found


def _check(con: duckdb.DuckDBPyConnection, ties: Path) -> None:
    try:
        wrong = con.execute("""
            SELECT src, dst, strength FROM tie
            WHERE src IS NULL OR dst IS NULL OR strength IS NULL OR isnan(strength) OR strength < 0 OR strength > 1
            ORDER BY ALL LIMIT 1""").fetchall()
    except duckdb.ConversionException as error:
        raise CommonGroundError(f"{ties}: strength is not a number from 0 to 1 ({str(error).splitlines()[0][:120]})") from None
    for src, dst, strength in wrong:
        if src is None or dst is None:
            raise CommonGroundError(f"{ties}: a tie from {src!r} to {dst!r}; expected src and dst in every row")
        raise CommonGroundError(f"{ties}: strength {strength!r} of the tie from {src!r} to {dst!r} is not a number from 0 to 1")


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])


def _literal(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
