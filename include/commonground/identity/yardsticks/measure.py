"""What is measured over all records and then laid on each: how common a name is, which numbers are shared, how often sources differ.

In: the session's records. Out: a temp table per yardstick. A night that only places what is new among what is known (see `night_after`)
has a database `remembered` attached and takes its yardsticks from there, so that a few records are weighed as all of them would be.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Yardstick:
    """A table of measures; its query is in the file of its name, unless the one who measures brings it.

    Attributes:
        name: of the table.
        memorable: which of its rows may be remembered: a name that hardly anybody bears might tell who somebody is.
        unseen: what tonight's records add to what is remembered, by the columns `key`.
        key: columns, separated by commas.
    """

    name: str
    memorable: str = "true"
    unseen: str = ""
    key: str = ""


_GIVEN = "SELECT given, bool_or(is_known_given) AS is_known, 1 AS seen FROM whole_name GROUP BY given"
_FAMILY = "SELECT DISTINCT family, 1 AS seen FROM whole_name"
YARDSTICKS = {
    yardstick.name: yardstick
    for yardstick in (
        Yardstick("shared_channel", unseen="SELECT DISTINCT channel, address FROM written_channel WHERE is_role", key="channel, address"),
        Yardstick("common_key"),
        Yardstick("value_rarity"),
        Yardstick("home"),
        Yardstick("given_seen", "seen > 2 OR is_known", _GIVEN, "given"),
        Yardstick("given_root"),
        Yardstick("family_seen", "seen > 2", _FAMILY, "family"),
        Yardstick("name_count", "bearers > 2"),
        Yardstick("namesake_factor"),
        Yardstick("people_known"),
        Yardstick("town_share"),
        Yardstick("work_share", "bearers > 2"),
        Yardstick("owner_fit"),
    )
}


def is_remembered(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether the session places a few records among remembered ones."""
    return bool(con.execute("SELECT count(*) FROM duckdb_databases() WHERE database_name = 'remembered'").fetchall()[0][0])


def measure(con: duckdb.DuckDBPyConnection, name: str, query: str | None = None) -> None:
    """Makes the temp table of a yardstick: measured in the session's records, or as remembered.

    Args:
        con: the session.
        name: one of `YARDSTICKS`.
        query: what measures it, where no file does.
    """
    yardstick = YARDSTICKS[name]
    if not is_remembered(con):
        query = query or (_HERE / f"{name}.sql").read_text(encoding="utf-8")
        con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}")
        return
    con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM remembered.{name}")
    if yardstick.unseen:
        con.execute(f"INSERT INTO {name} BY NAME SELECT * FROM ({yardstick.unseen}) ANTI JOIN remembered.{name} USING ({yardstick.key})")
