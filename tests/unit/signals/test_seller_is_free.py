"""When an expired or canceled listing means that its owner needs an agent, and when not."""

import datetime as dt

import pytest

from unit.signals.small_town import Town, ago, day


@pytest.fixture
def town(tmp_path):
    town = Town(tmp_path)
    town.contact("sue")
    return town


def expired(town, key="L1", days=20, home="sue", **values):
    began = dt.date.fromisoformat(ago(days + 180))
    town.listing(key, "Expired", home, ListingContractDate=began, StatusChangeTimestamp=day(ago(days)), **values)


def test_an_expired_listing_with_nothing_newer_is_a_signal_with_its_fact_and_date(town):
    expired(town)
    (signal,) = town.signals().of("signals", "sue")
    assert (signal["signal_type"], signal["side"], signal["ListingKey"]) == ("listing_expired", "sell", "L1")
    assert signal["observed_at"].isoformat() == ago(20)
    assert "1 Oak St expired on " + ago(20) in signal["evidence_text"]
    assert signal["concerns_service_area"]
    assert (signal["evidence_feed"], signal["evidence_record_id"]) == ("mls", "L1")


def test_a_canceled_listing_falls_back_on_its_cancellation_date(town):
    town.listing("L1", "Canceled", "sue", CancellationDate=dt.date.fromisoformat(ago(9)), ListingContractDate=dt.date(2026, 5, 1))
    (signal,) = town.signals().of("signals", "sue")
    assert (signal["signal_type"], signal["observed_at"].isoformat()) == ("listing_canceled", ago(9))


def test_no_other_status_is_a_seller_who_is_free(tmp_path):
    town, day_ten = Town(tmp_path), dt.date.fromisoformat(ago(10))
    statuses = ["Withdrawn", "Hold", "Active", "Pending", "Incomplete", "Closed", "Delete"]
    for status in [*statuses, "Active Under Contract", "Coming Soon"]:
        name = status.replace(" ", "_")
        town.contact(name)
        town.listing(name, status, name, StatusChangeTimestamp=day(ago(10)), WithdrawnDate=day_ten, ExpirationDate=dt.date(2026, 11, 1))
    result = town.signals()
    assert result.tables["signals"] == result.tables["need_evidence"] == []


def test_an_expired_listing_that_was_relisted_is_no_signal(tmp_path):
    town = Town(tmp_path)
    for status in ("Active", "Active Under Contract", "Coming Soon", "Pending", "Withdrawn", "Hold", "Closed"):
        name = status.replace(" ", "_")
        town.contact(name)
        expired(town, f"{name}1", home=name)
        again = {"ListingContractDate": dt.date.fromisoformat(ago(10)), "CloseDate": dt.date.fromisoformat(ago(2))}
        town.listing(f"{name}2", status, name, **again, StatusChangeTimestamp=day(ago(2)))
    result = town.signals()
    assert result.tables["signals"] == []
    assert {(row["ListingKey"][-1], row["valid_until"].isoformat()) for row in result.tables["need_evidence"]} == {("1", ago(10))}
    assert len(result.tables["need_evidence"]) == 7


def test_until_it_was_relisted_it_was_a_signal(town):
    expired(town, days=45)
    town.listing("L2", "Active", "sue", ListingContractDate=dt.date.fromisoformat(ago(10)))
    result = town.signals()
    assert result.score("sue") == 0.0
    assert result.score("sue", days_ago=30) > 0.5


def test_a_relisting_is_found_by_parcel_when_the_address_is_written_otherwise(town):
    expired(town, ParcelNumber="007-123-004")
    town.listing(
        "L2", "Active", None, ParcelNumber="007123004", UnparsedAddress="One Oak Street", ListingContractDate=dt.date.fromisoformat(ago(3))
    )
    assert town.signals().signal_types("sue") == set()


def test_a_relisting_is_found_by_universal_property_id(town):
    expired(town, UniversalPropertyId="US-06097-N-7123-R-N")
    town.listing("L2", "Pending", None, UniversalPropertyId="us-06097-n-7123-r-n ", ListingContractDate=dt.date.fromisoformat(ago(3)))
    assert town.signals().signal_types("sue") == set()


def test_a_filler_in_the_parcel_number_joins_no_two_homes(tmp_path):
    town = Town(tmp_path)
    fillers = ("000-000-000", "TBD", "0", "N/A", "UNKNOWN", "99999")
    for number, parcel in enumerate(fillers):
        town.contact(f"p{number}")
        expired(town, f"{number}a", home=f"p{number}", ParcelNumber=parcel)
        town.listing(f"{number}b", "Active", None, ParcelNumber=parcel, ListingContractDate=dt.date.fromisoformat(ago(3)))
    assert len(town.signals().tables["signals"]) == len(fillers)


def test_another_flat_on_the_same_parcel_is_another_home(town):
    expired(town, ParcelNumber="007-123-004", UnitNumber="Apt 2")
    town.listing("L2", "Active", None, ParcelNumber="007-123-004", UnitNumber="3", ListingContractDate=dt.date.fromisoformat(ago(3)))
    assert town.signals().signal_types("sue") == {"listing_expired"}


def test_a_home_sold_under_an_overlapping_listing_is_no_signal(town):
    expired(town, days=20)
    town.listing("L2", "Closed", "sue", ListingContractDate=dt.date.fromisoformat(ago(100)), CloseDate=dt.date.fromisoformat(ago(30)))
    assert town.signals().signal_types("sue") == set()


def test_an_older_sale_of_the_home_does_not_hide_that_it_expired_now(town):
    expired(town)
    town.listing("L0", "Closed", "sue", ListingContractDate=dt.date(2012, 1, 1), CloseDate=dt.date(2012, 5, 1))
    assert town.signals().signal_types("sue") == {"listing_expired"}


def test_an_older_withdrawn_listing_does_not_hide_that_it_expired_now(town):
    expired(town)
    town.listing("L0", "Withdrawn", "sue", ListingContractDate=dt.date(2023, 1, 1), StatusChangeTimestamp=day("2023-05-01"))
    assert town.signals().signal_types("sue") == {"listing_expired"}


def test_whoever_bought_after_the_previous_owner_failed_needs_nothing(town):
    expired(town, days=60)
    town.listing("L2", "Closed", "sue", ListingContractDate=dt.date.fromisoformat(ago(50)), CloseDate=dt.date.fromisoformat(ago(8)))
    assert town.signals().signal_types("sue") == set()


def test_a_lease_listing_is_no_seller_signal(town):
    town.contact("ida")
    expired(town, "L1", PropertyType="Residential Lease")
    expired(town, "L2", home="ida", PropertyType="Commercial Lease")
    assert town.signals().tables["need_evidence"] == []


def test_one_home_that_failed_twice_is_one_signal(town):
    expired(town, "L1", days=60)
    town.listing("L2", "Canceled", "sue", ListingContractDate=dt.date.fromisoformat(ago(50)), StatusChangeTimestamp=day(ago(5)))
    assert town.signals().signal_types("sue") == {"listing_canceled"}


def test_one_home_in_two_mlss_is_one_signal(town):
    expired(town, "L1")
    expired(town, "L2")
    assert len(town.signals().of("signals", "sue")) == 1


def test_a_listing_that_went_back_on_the_market_under_its_key_was_a_signal_in_between(town):
    town.listing("L1", "Active", "sue", ListingContractDate=dt.date(2026, 3, 1), StatusChangeTimestamp=day(ago(40)))
    change = {"ListingKey": "L1", "event_type": "status_change", "FieldName": "StandardStatus"}
    town.record("listing_event", "e1", "mls", **change, PreviousValue="Active", NewValue="Expired", occurred_at=day(ago(70)))
    town.record("listing_event", "e2", "mls", **change, PreviousValue="Expired", NewValue="Active", occurred_at=day(ago(40)))
    result = town.signals()
    assert result.score("sue") == 0.0
    assert result.score("sue", days_ago=60) > 0.5


def test_a_couple_shares_the_need_of_their_home(town):
    town.contact("sam", address_key=None, household_id="h")
    town.rows["contact_profiles"][-2]["household_id"] = "h"
    expired(town)
    result = town.signals()
    assert result.signal_types("sam") == {"listing_expired"}
    assert [row["ListingKey"] for row in result.of("signals", "sam")] == ["L1"]


def test_a_door_behind_which_a_crowd_lives_is_nobodys_home(tmp_path):
    town = Town(tmp_path)
    for number in range(12):
        town.contact(f"p{number}", address_key="p0 home||95404")
    expired(town, home="p0")
    assert town.signals().tables["need_evidence"] == []


OWNERS = [
    ("Lee", "LEE SUSAN & TOM", True),
    ("Peña", "PENA FAMILY TRUST", True),
    ("Lee", "GARCIA MARIA", False),
    (None, "GARCIA MARIA", True),
    ("Lee", "Owner of Record", True),
    ("Lee", "Withheld", True),
    ("Lee", None, True),
]


def test_a_home_that_the_mls_says_is_somebody_elses_is_not_theirs_to_sell(tmp_path):
    town = Town(tmp_path)
    for number, (family_name, owner, _) in enumerate(OWNERS):
        town.contact(f"p{number}", family_name=family_name)
        expired(town, f"L{number}", home=f"p{number}", OwnerName=owner)
    result = town.signals()
    assert [bool(result.signal_types(f"p{number}")) for number in range(len(OWNERS))] == [expected for *_, expected in OWNERS]


def test_a_home_under_a_maiden_name_is_still_theirs(tmp_path):
    town = Town(tmp_path)
    town.contact("laura", given_name="Laura", family_name="Archer")
    expired(town, home="laura", OwnerName="JARVIS LAURA")
    assert town.signals().signal_types("laura") == {"listing_expired"}


def test_a_home_in_the_partners_name_is_theirs(tmp_path):
    town = Town(tmp_path)
    town.contact("sue", family_name="Lee", household_id="h")
    town.contact("tom", family_name="Garcia", household_id="h", address_key=None)
    expired(town, OwnerName="GARCIA TOM")
    assert town.signals().signal_types("sue") == {"listing_expired"}
