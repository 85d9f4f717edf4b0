"""Which pairs of records a person is asked about: the doubtful ones, once each, until a verdict settles them."""

from typing import Any

import pyarrow as pa
import pytest

from commonground.engine import Engine, connect
from commonground.identity import verdicts
from commonground.identity.asking import pair_id
from commonground.identity.link import link_people
from commonground.identity.resolve import resolve
from commonground.identity.uncertain import SURE, uncertain_pairs

# one name, and nothing else known of the one: nobody can tell from the records
BOOK = {"key": "crm|1", "source": "crm", "full_name": "Marisol Quintero", "emails": ["marisol.q@home.example"], "phones": ["707 546 1234"]}
PAGE = {"key": "blog|9", "source": "blog", "full_name": "Marisol Quintero"}
FRIEND = {"key": "fb|7", "source": "fb", "owner": "dana", "full_name": "Marisol Quintero"}
KNOWN = BOOK | {"owner": "team"}
# so many bear one of her names that another of both is likely
GIVEN, FAMILY = ("Bruno", "Carla", "Dario", "Elena", "Fabio", "Gina"), ("Abbott", "Chavez", "Dunn", "Egan", "Frost", "Gray")
CROWD = [
    {"key": f"crm|{name}", "source": "crm", "owner": "team", "full_name": name, "emails": [f"{name.replace(' ', '.')}@mail.example"]}
    for name in (*(f"Marisol {family}" for family in FAMILY), *(f"{given} Quintero" for given in GIVEN))
]


def doubts(*people: dict[str, Any], decided: tuple[tuple[str, str, str], ...] = ()) -> list[dict[str, Any]]:
    """The uncertain pairs among records."""
    with connect() as con:
        link_people(pa.Table.from_pylist([{"emails": [], "phones": []} | person for person in people]), decided, con=con)
        return uncertain_pairs(con, decided).to_pylist()


def test_two_records_with_a_name_alone_in_common_are_a_question():
    (pair,) = doubts(BOOK, PAGE)
    assert (pair["left_key"], pair["right_key"], pair["is_joined"]) == ("blog|9", "crm|1", False)
    assert pair["agreed"] == ["given name: same", "family name: same"]
    assert pair["doubt"] == pair["probability"] > 0.2


def test_a_sure_match_is_no_question():
    assert doubts(BOOK, BOOK | {"key": "google|1", "source": "google"}) == []


def test_two_given_names_at_one_address_are_no_question():
    home = {"street": "9 Elm St", "postal_code": "95404", "phones": ["707 546 1234"]}
    assert doubts(BOOK | home, BOOK | home | {"key": "crm|2", "full_name": "Rafael Quintero", "emails": []}) == []


def test_what_was_joined_by_a_name_alone_is_as_doubtful_as_it_is_unsure():
    (pair,) = doubts(KNOWN, FRIEND, *CROWD)
    assert (pair["is_joined"], pair["rule"]) == (True, "name_unique")
    assert pair["probability"] < SURE
    assert pair["doubt"] == pytest.approx(1 - pair["probability"], abs=1e-6)


@pytest.mark.parametrize("decision", ["same", "different"])
def test_a_verdict_settles_a_pair(decision: str):
    assert doubts(BOOK, PAGE, decided=(("crm|1", "blog|9", decision),)) == []
    assert doubts(KNOWN, FRIEND, *CROWD, decided=(("fb|7", "crm|1", decision),)) == []


def test_a_verdict_on_two_contacts_settles_all_their_records():
    twin = BOOK | {"key": "google|1", "source": "google"}
    assert len(doubts(BOOK, twin, PAGE)) == 1
    assert doubts(BOOK, twin, PAGE, decided=(("google|1", "blog|9", "different"),)) == []


def test_two_contacts_are_asked_about_once_however_many_records_they_have():
    twins = [BOOK | {"key": f"crm|{number}"} for number in range(5)]
    assert len(doubts(*twins, PAGE)) == 1


def test_of_what_is_surely_one_person_only_one_pair_is_asked_about():
    twin = KNOWN | {"key": "google|1", "source": "google"}
    (pair,) = doubts(KNOWN, twin, FRIEND, *CROWD)
    assert pair["is_joined"]
    assert "fb|7" in (pair["left_key"], pair["right_key"])


def test_the_stage_tells_both_sides_and_forgets_what_was_judged(town):
    town.write("person", "crm", {"record_id": "1", "full_name": "Marisol Quintero", "emails": ["m@home.example"], "city": "Windsor"})
    town.write("person", "mls", {"record_id": "9", "full_name": "Marisol Quintero", "employer": "Acme"})
    town.write("person", "fb", {"record_id": "p", "person_type": "placeholder", "full_name": "Marisol Quintero"})

    def pairs() -> list[dict[str, Any]]:
        town.nights += 1
        with Engine(town.night(f"n{town.nights}")) as engine:
            resolve(engine)
            return engine.arrow("SELECT * FROM uncertain_pairs").to_pylist()

    (pair,) = pairs()
    assert (pair["left_line"], pair["right_line"]) == ("Marisol Quintero · m@home.example · Windsor", "Marisol Quintero · Acme")
    assert pair["left_contact_id"] != pair["right_contact_id"]
    assert pair["pair_id"] == pair_id(("mls", "9"), ("crm", "1"))
    verdicts.record(town.data, ("crm", "1"), ("mls", "9"), "different", "dana")
    assert pairs() == []
