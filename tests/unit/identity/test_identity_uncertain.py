"""Which pairs of records a person is asked about: the doubtful ones, once each, until a verdict settles them."""

from collections.abc import Sequence
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from commonground.engine import Engine, connect
from commonground.identity import verdicts
from commonground.identity.asking import pair_id
from commonground.identity.link import link_people
from commonground.identity.resolve import resolve
from commonground.identity.uncertain import SURE, uncertain_pairs

Rows = Sequence[tuple[Any, ...]]
# one name, and nothing else known of the second: nobody can tell from the records
BOOK = {"key": "crm|1", "source": "crm", "full_name": "Marisol Quintero", "emails": ["marisol.q@home.example"], "phones": ["707 546 1234"]}
BARE = {"key": "crm|9", "source": "crm", "full_name": "Marisol Quintero"}


def doubts(*people: dict[str, Any], decided: tuple[tuple[str, str, str], ...] = ()) -> list[dict[str, Any]]:
    """The uncertain pairs among records."""
    with connect() as con:
        link_people(pa.Table.from_pylist([{"emails": [], "phones": []} | person for person in people]), decided, con=con)
        return uncertain_pairs(con, decided).to_pylist()


def test_two_records_with_a_name_alone_in_common_are_a_question():
    (pair,) = doubts(BOOK, BARE)
    assert (pair["left_key"], pair["right_key"], pair["is_joined"]) == ("crm|1", "crm|9", False)
    assert pair["agreed"] == ["given name: same", "family name: same"]
    assert pair["doubt"] == pair["probability"] > 0.2


def test_a_sure_match_is_no_question():
    assert doubts(BOOK, BOOK | {"key": "google|1", "source": "google"}) == []


def test_two_given_names_at_one_address_are_no_question():
    home = {"street": "9 Elm St", "postal_code": "95404", "phones": ["707 546 1234"]}
    assert doubts(BOOK | home, BOOK | home | {"key": "crm|2", "full_name": "Rafael Quintero", "emails": []}) == []


@pytest.mark.parametrize("decision", ["same", "different"])
def test_a_verdict_settles_a_pair(decision: str):
    assert doubts(BOOK, BARE, decided=(("crm|1", "crm|9", decision),)) == []


def test_a_verdict_on_two_contacts_settles_all_their_records():
    twin = BOOK | {"key": "google|1", "source": "google"}
    assert len(doubts(BOOK, twin, BARE)) == 1
    assert doubts(BOOK, twin, BARE, decided=(("google|1", "crm|9", "different"),)) == []


def test_two_contacts_are_asked_about_once_however_many_records_they_have():
    twins = [BOOK | {"key": f"crm|{number}"} for number in range(5)]
    assert len(doubts(*twins, BARE)) == 1


def linked(
    con: duckdb.DuckDBPyConnection, clusters: Rows, edges: Rows = (), named: Rows = (), scored: Rows = (), decided: Rows = ()
) -> list[tuple[str, str, bool, float]]:
    """The uncertain pairs of a session as `link_people` leaves it, by hand: key, key, joined, doubt."""
    tables = {
        "cluster_of (rid INTEGER, cluster BIGINT)": clusters,
        "edge (l INTEGER, r INTEGER, rule VARCHAR, probability DOUBLE)": edges,
        "given_reason (rid INTEGER, rule VARCHAR, probability DOUBLE)": named,
        "scored_pair (l INTEGER, r INTEGER, weight DOUBLE, probability DOUBLE, detail VARCHAR, bits VARCHAR)": [
            (*row, "{}", "{}") for row in scored
        ],
        "pair_fact (l INTEGER, r INTEGER, objection VARCHAR)": [(row[0], row[1], None) for row in scored],
        "person_feature (rid INTEGER, key VARCHAR, agent_id VARCHAR)": [(rid, f"k{rid}", None) for rid, _ in clusters],
    }
    for spec, rows in tables.items():
        con.execute(f"CREATE OR REPLACE TEMP TABLE {spec}")
        for row in rows:
            con.execute(f"INSERT INTO {spec.split()[0]} VALUES ({', '.join('?' * len(row))})", list(row))
    found = uncertain_pairs(con, decided).to_pylist()
    return [(row["left_key"], row["right_key"], row["is_joined"], row["doubt"]) for row in found]


ONE = [(1, 0), (2, 0), (3, 0), (4, 0)]  # four records of one contact
TWINS = [(1, 2, "exact_email", 0.9999), (3, 4, "exact_email", 0.9999)]  # in two sure halves


def test_what_was_joined_by_a_name_alone_is_as_doubtful_as_it_is_unsure():
    with connect() as con:
        named = [(3, "name_unique", 0.8)]
        assert linked(con, ONE[:3], TWINS[:1], named) == [("k1", "k3", True, 0.2)]
        assert linked(con, ONE[:3], TWINS[:1], named, scored=[(2, 3, 4.0, 0.9)]) == [("k2", "k3", True, 0.2)]
        assert linked(con, ONE[:3], TWINS[:1], [(3, "name_unique", 0.97)]) == []
        assert linked(con, ONE[:3], TWINS[:1], named, decided=[("k3", "k2", "same")]) == []


def test_a_weak_bridge_between_two_sure_halves_is_one_question():
    with connect() as con:
        bridge = [(2, 3, "splink", 0.7), (1, 4, "splink", 0.6)]
        assert linked(con, ONE, [*TWINS, *bridge]) == [("k2", "k3", True, 0.3)]
        assert linked(con, ONE, [*TWINS, *bridge, (1, 3, "splink", SURE)]) == []
        assert linked(con, ONE, [*TWINS, *bridge], decided=[("k1", "k4", "same")]) == []


def test_an_unsure_pair_inside_a_sure_core_is_no_question():
    with connect() as con:
        assert linked(con, ONE[:2], [TWINS[0]], scored=[(1, 2, 0.0, 0.5)]) == []


def test_the_stage_tells_both_sides_and_forgets_what_was_judged(town):
    known = {"record_id": "1", "full_name": "Marisol Quintero", "emails": ["m@home.example"], "city": "Windsor"}
    town.write("person", "crm", known, {"record_id": "9", "full_name": "Marisol Quintero", "employer": "Acme"})
    town.write("person", "fb", {"record_id": "p", "person_type": "placeholder", "full_name": "Marisol Quintero"})

    def pairs() -> list[dict[str, Any]]:
        town.nights += 1
        with Engine(town.night(f"n{town.nights}")) as engine:
            resolve(engine)
            return engine.arrow("SELECT * FROM uncertain_pairs").to_pylist()

    (pair,) = pairs()
    assert (pair["left_line"], pair["right_line"]) == ("Marisol Quintero · m@home.example · Windsor", "Marisol Quintero · Acme")
    assert pair["left_contact_id"] != pair["right_contact_id"]
    assert pair["pair_id"] == pair_id(("crm", "9"), ("crm", "1"))
    verdicts.record(town.data, ("crm", "1"), ("crm", "9"), "different", "dana")
    assert pairs() == []
