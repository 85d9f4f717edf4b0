"""What a name alone is worth: rare ones join, with slips and swaps read; common ones, rivals and contradictions do not."""

import pytest
from tests.unit.identity.conftest import as_table

from commonground.engine import connect
from commonground.identity import blocks
from commonground.identity.link import link_people

GIVEN = ("Bruno", "Carla", "Dario", "Elena", "Fabio", "Gina", "Hugo", "Irma", "Jorge", "Karin")
FAMILY = ("Abbott", "Chavez", "Dunn", "Egan", "Frost", "Gray", "Hale", "Ibarra", "Jarvis", "Kemp")
# a book in which every given name and every family name is seen ten times
BOOK = [
    {"record_id": f"{given}{family}", "source": "crm", "given_name": given, "family_name": family, "email": f"{given}.{family}@x.example"}
    for given in GIVEN
    for family in FAMILY
]


@pytest.mark.parametrize(
    ("given", "family", "known"),
    [
        ("Elnea", "Chavez", "ElenaChavez"),
        ("Ibarra", "Fabio", "FabioIbarra"),
        ("Ibarra", "Fbaio", "FabioIbarra"),
        ("Fabio", "Kepm", "FabioKemp"),
        ("Hugo", "Chvez", "HugoChavez"),
    ],
)
def test_a_friend_whose_name_has_a_slip_is_the_one_who_can_be_meant(who, given, family, known):
    assert known in who([*BOOK, {"record_id": "f", "source": "fb", "given_name": given, "family_name": family}])["f"]


@pytest.mark.parametrize(("given", "is_she"), [("Zelda", True), ("Otto", False)])
@pytest.mark.parametrize("address", [{"url": "https://www.linkedin.com/in/zelda-quist-4f21a"}, {"email": "quistzelda7@y.example"}])
def test_a_family_name_in_ones_own_address_is_a_name_one_goes_by(who, given, is_she, address):
    known = {"record_id": "known", "source": "crm", "given_name": "Zelda", "family_name": "Quist", "phone": "707 555 0142"}
    other = {"record_id": "other", "source": "linkedin", "given_name": given, "family_name": "Ames", **address}
    assert ("known" in who([*BOOK, known, other])["other"]) is is_she


def test_a_name_that_two_of_a_book_bear_is_neither_of_them(who):
    twin = {"record_id": "twin", "source": "crm", "given_name": "Elena", "family_name": "Chavez", "email": "another@y.example"}
    friend = {"record_id": "f", "source": "fb", "given_name": "Elena", "family_name": "Chavez"}
    assert who([*BOOK, twin, friend])["f"] == {"f"}


def test_a_value_that_everybody_shares_brings_no_pairs(monkeypatch):
    monkeypatch.setattr(blocks, "PAIRS_AT_LEAST", 0)
    monkeypatch.setattr(blocks, "PAIRS_PER_RECORD", 2)
    monkeypatch.setattr(blocks, "BROAD_PAIRS_PER_RECORD", 2)
    rows = [row | {"record_id": f"{number}", "city": "Petaluma"} for number, row in enumerate(BOOK * 3)]
    people = as_table(rows).rename_columns({"record_id": "key"}).drop_columns(["email"])
    with connect() as con:
        link_people(people, con=con)
        pairs, most = con.execute("SELECT count(*), (SELECT count(*) FROM comparable_person) FROM candidate_pair").fetchall()[0]
    assert 0 < pairs <= 2 * most * (len(blocks.STRONG) + len(blocks.BROAD))
