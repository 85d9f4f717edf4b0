"""The nightly stage: stable contact ids, the log of merges and splits, verdicts, profiles, households."""

from typing import Any

import pyarrow as pa
import pytest

from commonground.identity import verdicts
from commonground.identity.night_after import place

ANN = {"record_id": "1", "given_name": "Ann", "family_name": "Lee", "emails": ["ann.lee@gmail.com"], "phones": ["707 546 1234"]}


@pytest.fixture(params=["small", "large"])
def base(request, monkeypatch) -> str:
    """A base that is worked out whole each night, or one in which what is new is placed among what is known."""
    if request.param == "large":
        monkeypatch.setattr(place, "LARGE", 1)
        monkeypatch.setattr(place, "CHANGED_SHARE", 9.0)
    return str(request.param)


def ids(tables: dict[str, pa.Table]) -> dict[tuple[str, str], str]:
    rows = tables["contact_identities"].to_pylist()
    return {(row["feed"], row["record_id"]): row["contact_id"] for row in rows}


def profile(tables: dict[str, pa.Table], contact_id: str) -> dict[str, Any]:
    return next(row for row in tables["contact_profiles"].to_pylist() if row["contact_id"] == contact_id)


def test_every_record_but_placeholders_stands_exactly_once(town):
    town.write("person", "crm", ANN, {"record_id": "2", "person_type": "placeholder", "full_name": "Facebook user"})
    town.write("person", "google", {"record_id": "g", "full_name": "Annie Lee", "emails": ["annlee@gmail.com"]})
    tables = town.resolve()
    assert set(ids(tables)) == {("crm", "1"), ("google", "g")}
    assert len(set(ids(tables).values())) == 1
    assert tables["contact_profiles"].num_rows == 1


def test_a_contact_keeps_its_id_when_records_come_and_go(town):
    town.write("person", "crm", ANN)
    first = town.resolve()
    town.write("person", "google", {"record_id": "0", "full_name": "Annie Lee", "emails": ["annlee@gmail.com"]})
    town.write("person", "crm", {"record_id": "0", "given_name": "Zoe", "family_name": "Park", "emails": ["z@park.example"]}, run_id="r1")
    second = town.resolve(first["contact_identities"])
    assert ids(second)["crm", "1"] == ids(first)["crm", "1"] == ids(second)["google", "0"]
    assert second["contact_merges"].num_rows == 0
    assert ids(town.resolve(second["contact_identities"])) == ids(second)


def test_two_contacts_found_to_be_one_are_logged_as_merged(town, base):
    town.write("person", "crm", ANN)
    town.write("person", "google", {"record_id": "g", "full_name": "Annie Lee", "emails": ["annie@work.example"]})
    first = town.resolve()
    assert len(set(ids(first).values())) == 2
    town.write("person", "google", {"record_id": "g", "full_name": "Annie Lee", "emails": ["ann.lee@gmail.com"]}, run_id="r1")
    second = town.resolve(first["contact_identities"])
    (event,) = second["contact_merges"].to_pylist()
    assert event["event"] == "merge"
    assert {event["contact_id"], event["other_contact_id"]} == set(ids(first).values())
    assert set(ids(second).values()) == {event["contact_id"]}


def test_a_verdict_splits_a_contact_and_the_split_is_logged(town):
    town.write("person", "crm", ANN)
    town.write("person", "google", {"record_id": "g", "full_name": "Annie Lee", "emails": ["annlee@gmail.com"]})
    first = town.resolve()
    verdicts.record(town.data, ("crm", "1"), ("google", "g"), "different", "dana")
    second = town.resolve(first["contact_identities"])
    (event,) = second["contact_merges"].to_pylist()
    assert event["event"] == "split"
    assert len(set(ids(second).values())) == 2
    assert event["other_contact_id"] in ids(first).values()
    assert event["contact_id"] not in ids(first).values()


def test_a_verdict_joins_what_has_nothing_in_common(town):
    town.write("person", "crm", ANN)
    town.write("person", "fb", {"record_id": "f", "full_name": "Lady Bug"})
    verdicts.record(town.data, ("fb", "f"), ("crm", "1"), "same", "dana")
    rows = town.resolve()["contact_identities"].to_pylist()
    assert len({row["contact_id"] for row in rows}) == 1
    assert {row["match_rule"] for row in rows} == {"verdict"}


def test_an_agents_own_profiles_are_the_agent(town):
    town.write("person", "team", {"record_id": "dana", "agent_id": "dana", "full_name": "Dana Reyes", "emails": ["dana@reyes.example"]})
    town.write("person", "fb", {"record_id": "o", "agent_id": "dana", "full_name": "Dana R"}, {"record_id": "x", "full_name": "Dana Reyes"})
    town.write("person", "crm", {"record_id": "9", "full_name": "Dana Reyes", "emails": ["dana@reyes.example"]})
    tables = town.resolve()
    assert ids(tables)["team", "dana"] == ids(tables)["fb", "o"] == ids(tables)["crm", "9"] == "dana"
    assert profile(tables, "dana")["agent_id"] == "dana"


def test_profiles_take_the_best_of_every_source(town):
    town.write(
        "person", "crm", ANN | {"street": "12 W. Oak Street, Apt 4", "city": "Santa Rosa", "state": "CA", "postal_code": "95401-1234"}
    )
    town.write("person", "li", {"record_id": "l", "full_name": "Annie Lee", "emails": ["ann.lee@gmail.com"], "employer": "Acme"})
    tables = town.resolve()
    row = profile(tables, ids(tables)["crm", "1"])
    assert (row["full_name"], row["nicknames"], row["employer"]) == ("Ann Lee", ["Annie"], "Acme")
    assert row["phones"] == ["+17075461234"]
    assert row["address_key"] == "12 w oak st|4|95401"
    assert row["location_source"] == "postal_code"
    assert row["in_service_area"] is True
    assert 0 < row["distance_km"] < 10
    assert row["feeds"] == ["crm", "li"]


def test_where_nothing_is_known_the_service_area_is_unknown(town):
    town.write("person", "fb", {"record_id": "f", "full_name": "Mia Olsen"})
    town.write("person", "crm", {"record_id": "b", "full_name": "Bo Chen", "city": "Boston", "state": "Massachusetts"})
    town.write("person", "google", {"record_id": "p", "full_name": "Ida Berg", "phones": ["(212) 736-5000"]})
    tables = town.resolve()
    by_name = {row["full_name"]: row for row in tables["contact_profiles"].to_pylist()}
    assert by_name["Mia Olsen"]["in_service_area"] is None
    assert by_name["Bo Chen"]["in_service_area"] is False
    assert (by_name["Ida Berg"]["location_source"], by_name["Ida Berg"]["in_service_area"]) == ("phone", False)


def test_a_couple_is_two_people_and_one_household(town):
    home = {"street": "5 Elm Ave", "postal_code": "95401", "city": "Santa Rosa", "phones": ["707 546 9999"]}
    town.write(
        "person",
        "crm",
        {"record_id": "1", "given_name": "John", "family_name": "Park", **home},
        {"record_id": "2", "given_name": "Joan", "family_name": "Park", **home},
        {"record_id": "3", "given_name": "Max", "family_name": "Roe", "partner_name": "Tess Hill"},
        {"record_id": "4", "given_name": "Tess", "family_name": "Hill"},
    )
    tables = town.resolve()
    rows = {row["given_name"]: row for row in tables["contact_profiles"].to_pylist()}
    assert len(rows) == 4
    assert rows["John"]["household_id"] == rows["Joan"]["household_id"]
    assert rows["Max"]["household_id"] == rows["Tess"]["household_id"] != rows["John"]["household_id"]


def test_listings_and_people_share_the_key_of_a_door(town):
    town.write("person", "crm", ANN | {"street": "12 West Oak Street", "postal_code": "95401"})
    town.write(
        "listing",
        "mls",
        {
            "record_id": "k", "ListingKey": "k", "StreetNumber": "12", "StreetDirPrefix": "W", "StreetName": "Oak", "StreetSuffix": "St",
            "PostalCode": "95401", "UnparsedAddress": "12 W Oak St, Santa Rosa, CA 95401",
        },
    )  # fmt: skip
    tables = town.resolve()
    assert tables["listing_addresses"]["address_key"].to_pylist() == tables["contact_profiles"]["address_key"].to_pylist()


def test_an_empty_lake_gives_empty_tables(town):
    assert all(table.num_rows == 0 for table in town.resolve().values())
