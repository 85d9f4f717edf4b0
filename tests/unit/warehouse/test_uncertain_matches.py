"""Which uncertain pairs are published, and in what order."""

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from commonground.warehouse.publish import TABLES

QUERY = (TABLES / "uncertain_matches.sql").read_text(encoding="utf-8")
PLACES = {"n": ("now", 0.9), "l": ("later", 0.5), "e": ("evangelist", 0.5), "u": ("unplaced", 0.0), "shy": ("now", 1.0)}


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute("CREATE TABLE agent AS SELECT 'ana' AS agent_id UNION ALL SELECT 'ben'")
        con.execute("CREATE TABLE contacts (contact_id VARCHAR, do_not_contact BOOLEAN)")
        con.execute("CREATE TABLE segments (contact_id VARCHAR, segment VARCHAR, score DOUBLE, do_not_contact BOOLEAN)")
        for name, (segment, score) in PLACES.items():
            con.execute("INSERT INTO contacts VALUES (?, ?)", [name, name == "shy"])
            con.execute("INSERT INTO segments VALUES (?, ?, ?, ?)", [name, segment, score, name == "shy"])
        yield con


def published(con: duckdb.DuckDBPyConnection, *pairs: tuple[str, str, float], is_joined: bool = False) -> list[dict[str, Any]]:
    """The published rows of pairs (left contact, right contact, doubt)."""
    con.execute("""
        CREATE OR REPLACE TABLE uncertain_pairs (pair_id VARCHAR, is_joined BOOLEAN, rule VARCHAR, probability DOUBLE, weight DOUBLE,
            doubt DOUBLE, agreed VARCHAR[], differed VARCHAR[], detail VARCHAR, left_feed VARCHAR, left_record_id VARCHAR,
            left_contact_id VARCHAR, left_is_agent BOOLEAN, left_line VARCHAR, right_feed VARCHAR, right_record_id VARCHAR,
            right_contact_id VARCHAR, right_is_agent BOOLEAN, right_line VARCHAR)""")
    rows = [
        (f"m{number:05}", is_joined, doubt, left, left in ("ana", "ben"), right, right in ("ana", "ben"))
        for number, (left, right, doubt) in enumerate(pairs)
    ]
    con.executemany(
        "INSERT INTO uncertain_pairs (pair_id, is_joined, doubt, left_contact_id, left_is_agent, right_contact_id, right_is_agent) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
    return con.sql(f"SELECT * FROM ({QUERY}) ORDER BY rank").to_arrow_table().to_pylist()


def test_the_worst_comes_first_doubt_times_what_hangs_on_it(con: duckdb.DuckDBPyConnection):
    rows = published(con, ("u", "u", 0.9), ("l", "u", 0.6), ("n", "u", 0.6), ("ana", "u", 0.6))
    assert [row["at_stake"] for row in rows] == ["team and unplaced", "now and unplaced", "later and unplaced", "unplaced"]
    assert [row["rank"] for row in rows] == [1, 2, 3, 4]


def test_of_two_alike_the_more_doubtful_comes_first(con: duckdb.DuckDBPyConnection):
    rows = published(con, ("n", "e", 0.3), ("n", "e", 0.7), ("n", "e", 0.5))
    assert [row["doubt"] for row in rows] == [0.7, 0.5, 0.3]


def test_whoever_asks_not_to_be_contacted_is_nobodys_question_on_either_side(con: duckdb.DuckDBPyConnection):
    assert published(con, ("shy", "n", 0.9), ("n", "shy", 0.9), ("shy", "shy", 0.5)) == []


def test_whoever_is_no_contact_any_more_is_no_question(con: duckdb.DuckDBPyConnection):
    assert published(con, ("erased", "n", 0.9)) == []


def test_a_team_members_own_records_are_asked_about_but_two_team_members_are_two(con: duckdb.DuckDBPyConnection):
    (row,) = published(con, ("ana", "ben", 0.9), ("ana", "u", 0.5))
    assert (row["right_contact_id"], row["stakes"]) == ("u", 1.0)
    (row,) = published(con, ("ana", "ana", 0.4), is_joined=True)
    assert row["at_stake"] == "team"


def test_there_are_no_more_than_a_person_can_read(con: duckdb.DuckDBPyConnection):
    rows = published(con, *[("n", "u", 0.2 + number / 1000) for number in range(500)])
    assert len(rows) == 300
    assert rows[0]["doubt"] == pytest.approx(0.699)
