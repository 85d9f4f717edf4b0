"""RESO resources beside the listings: history, showings, the member's own contacts and what they did; events by comparing."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from commonground import records
from commonground.config import Feed, Market
from commonground.errors import UnreadableError
from commonground.lake import Lake
from commonground.sources.base import PASSED_OVER, Item, Page, Record, Refusal, Visit
from commonground.sources.mls import changes
from commonground.sources.mls.reso import Reso
from commonground.sources.mls.spark import Spark
from commonground.stored import Stored

NOW = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)
AT = "2026-11-20T10:00:00Z"
MARKET = Market.model_validate(
    {
        "name": "Testville", "time_zone": "America/Chicago", "state": "IL",
        "service_area": {"latitude": 41.9, "longitude": -87.6, "radius_km": 40},
        "agents": [{"agent_id": "ann", "name": "Ann Agent", "mls_ids": ["M1"]}],
    }
)  # fmt: skip


def read(resource: str, *rows: dict[str, Any]) -> list[Item]:
    visit = Visit(Feed(name="mls", source="reso", url="https://mls.example/"), MARKET, NOW)
    return list(Reso().conform(Page(resource, "page.json", {"value": list(rows)}), visit))


def only(resource: str, **row: Any) -> Any:
    (item,) = read(resource, row)
    return item if isinstance(item, Refusal) else item.values


@pytest.mark.parametrize(
    ("row", "event"),
    [
        (
            {"FieldName": "StandardStatus", "PreviousValue": "Active", "NewValue": "ActiveUnderContract"},
            ("status_change", "Active", "Active Under Contract"),
        ),
        ({"FieldName": "ListPrice", "PreviousValue": "500000.00", "NewValue": "475000"}, ("price_change", "500000", "475000")),
        ({"ChangeType": "New Listing"}, ("new_listing", None, None)),
        ({"ChangeType": "BackOnMarket"}, ("back_on_market", None, None)),
        ({"ChangeType": "Deleted"}, ("status_change", None, "Delete")),
        ({"ChangeType": "Expired"}, ("status_change", None, "Expired")),
    ],
)
def test_history_tells_status_price_and_entry(row: dict[str, Any], event: tuple[str, str | None, str | None]) -> None:
    common = {"HistoryTransactionalKey": "H1", "ResourceName": "Property", "ResourceRecordKey": "K1", "ModificationTimestamp": AT}
    values = only("HistoryTransactional", **common, **row)
    assert (values["event_type"], values.get("PreviousValue"), values.get("NewValue")) == event
    assert (values["record_id"], values["ListingKey"]) == ("history:H1", "K1")


@pytest.mark.parametrize(
    ("row", "rule"), [({"ResourceName": "Member"}, "other_resource"), ({"FieldName": "PublicRemarks"}, "other_field"), ({}, "other_field")]
)
def test_other_changes_are_passed_over_without_alarm(row: dict[str, Any], rule: str) -> None:
    found = only("HistoryTransactional", HistoryTransactionalKey="H1", ResourceRecordKey="K1", ModificationTimestamp=AT, **row)
    assert found.rule == rule and rule in PASSED_OVER


def test_a_showing_is_an_event_of_the_listing() -> None:
    values = only(
        "Showing",
        ShowingKey="S1",
        ListingKey="K1",
        ShowingStartTimestamp="2026-12-01T15:00:00Z",
        ShowingStatus="Confirmed",
        ModificationTimestamp=AT,
    )
    assert (values["record_id"], values["event_type"], values["NewValue"]) == ("Showing:S1", "showing", "Confirmed")
    assert values["occurred_at"] == dt.datetime(2026, 12, 1, 15, tzinfo=dt.UTC)


def test_a_contact_is_a_person_with_its_agent_and_without_its_secrets() -> None:
    person, note = read(
        "Contacts",
        {
            "ContactKey": "C1", "FirstName": "Bo", "LastName": "Bell", "Email": "bo@x.org", "Email2": "b@y.org", "MobilePhone": "+13125550101",
            "HomeAddress1": "1 Elm St", "HomeCity": "Evanston", "HomePostalCode": "60201", "ContactType": ["Buyer", "ReadyToBuy"],
            "ContactPassword": "hunter2", "OwnerMemberMlsId": "M1", "Birthdate": "1980-02-03", "Children": "Lee", "Notes": "wants a yard",
            "ContactStatus": "OnVacation", "ModificationTimestamp": AT,
        },
    )  # fmt: skip
    values = person.values
    assert (values["record_id"], values["given_name"], values["emails"], values["owner_agent_id"]) == (
        "C1",
        "Bo",
        ["bo@x.org", "b@y.org"],
        "ann",
    )
    assert (values["street"], values["city"], values["tags"], values["stage"]) == (
        "1 Elm St",
        "Evanston",
        ["Buyer", "Ready To Buy"],
        "On Vacation",
    )
    assert (note.values["author_ref"], note.values["utterance_type"], note.values["is_self_stated"]) == ("C1", "note", False)
    assert "hunter2" not in str((person, note)) and "Lee" not in str((person, note))


def test_a_deleted_contact_is_a_deletion() -> None:
    assert only("Contacts", ContactKey="C1", ContactStatus="Deleted", Notes="x", ModificationTimestamp=AT)["is_deleted"] is True


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ({"ContactListingPreference": "Favorite"}, "property_save"),
        ({"ContactListingPreference": "Discard"}, "property_view"),
        ({"ListingViewedYN": True}, "property_view"),
    ],
)
def test_what_a_contact_did_with_a_listing(row: dict[str, Any], kind: str) -> None:
    values = only(
        "ContactListings",
        ContactListingsKey="L1",
        ContactKey="C1",
        ListingKey="K1",
        PortalLastVisitedTimestamp="2026-11-19T10:00:00Z",
        ModificationTimestamp=AT,
        **row,
    )
    assert (values["interaction_type"], values["person_ref"], values["listing_id"]) == (kind, "C1", "K1")
    assert values["occurred_at"] == dt.datetime(2026, 11, 19, 10, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("resource", "row", "rule"),
    [
        ("ContactListings", {"ContactListingsKey": "L1", "ContactKey": "C1", "ListingKey": "K1"}, "not_looked_at"),
        ("SavedSearch", {"SavedSearchKey": "S1", "MemberKey": "M1"}, "search_of_nobody"),
        ("InternetTracking", {"EventKey": "E1", "ActorType": "Bot", "ActorEmail": "b@x.org"}, "actor_is_bot"),
        ("InternetTracking", {"EventKey": "E1", "ActorType": "Agent", "ActorEmail": "b@x.org"}, "actor_is_agent"),
        ("InternetTracking", {"EventKey": "E1", "ActorType": "Consumer", "EventTimestamp": AT}, "nobody_known"),
    ],
)
def test_what_says_nothing_of_a_person_is_passed_over(resource: str, row: dict[str, Any], rule: str) -> None:
    found = only(resource, **row, ModificationTimestamp=AT)
    assert isinstance(found, Refusal) and found.rule == rule and rule in PASSED_OVER


def test_a_subscription_is_the_contact_s_own_if_they_look_at_it() -> None:
    row = {"ProspectingKey": "P1", "ContactKey": "C1", "ModificationTimestamp": AT, "ActiveYN": True}
    assert only("Prospecting", **row)["direction"] == "out"
    values = only("Prospecting", **row, LastViewedTimestamp="2026-11-18T10:00:00Z")
    assert (values["direction"], values["interaction_type"], values["occurred_at"].day) == ("in", "property_search", 18)


@pytest.mark.parametrize(
    ("did", "kind"),
    [
        ("Detailed View", "property_view"),
        ("Favorited", "property_save"),
        ("Search", "property_search"),
        ("SubmissionofLeadForm", "inquiry"),
        ("Dwell", "website_visit"),
    ],
)
def test_a_visitor_who_can_be_known_is_a_person_who_did_something(did: str, kind: str) -> None:
    person, done = read(
        "InternetTracking",
        {
            "EventKey": "E1",
            "EventTimestamp": AT,
            "EventType": did,
            "ActorEmail": "bo@x.org",
            "ActorID": "7",
            "ActorType": "Consumer",
            "ObjectKey": "K1",
        },
    )
    assert (person.values["record_id"], person.values["emails"]) == ("actor:7", ["bo@x.org"])
    assert (done.values["interaction_type"], done.values["person_ref"], done.values["listing_id"]) == (kind, "actor:7", "K1")


# -- events by comparing with the stored listing


def listing(key: str, status: str, price: float, at: str, **more: Any) -> dict[str, Any]:
    stamps = {"feed": "mls", "source": "reso", "run_id": "r"}
    return records.coerce(
        "listing", {"record_id": key, "ListingKey": key, "StandardStatus": status, "ListPrice": price, "modified_at": at, **stamps, **more}
    )


def events_of(
    tmp_path: Path, before: list[dict[str, Any]], now: list[dict[str, Any]], told: list[dict[str, Any]] | None = None
) -> list[tuple[Any, ...]]:
    lake = Lake(tmp_path)
    schema = records.schema("listing")
    lake.commit(lake.batch_path("records", "mls", "run1", "listing"), pa.Table.from_pylist(before, schema=schema))
    tables = {"listing": pa.Table.from_pylist(now, schema=schema)}
    if told:
        rows = [records.coerce("listing_event", row) | {"feed": "mls"} for row in told]
        tables["listing_event"] = pa.Table.from_pylist(rows, schema=records.schema("listing_event"))
    with Stored(lake, "mls", columns=changes.COMPARED) as stored:
        found = changes.with_changes(tables, stored).get("listing_event")
    rows = found.to_pylist() if found is not None else []
    return [(row["record_id"], row["event_type"], row["PreviousValue"], row["NewValue"]) for row in rows]


def test_another_status_and_price_are_events(tmp_path: Path) -> None:
    before = [
        listing("A", "Active", 500_000, "2026-11-01T00:00:00Z"),
        listing("B", "Pending", 1, "2026-11-01T00:00:00Z"),
        listing("C", "Active", 1, AT),
    ]
    now = [
        listing("A", "Pending", 475_000.5, "2026-11-02T00:00:00.123Z"),
        listing("B", "Active", 1, "2026-11-03T00:00:00Z", StatusChangeTimestamp="2026-11-02T12:00:00Z"),
        listing("C", "Expired", 1, "2026-11-01T00:00:00Z"),
        listing("D", "Active", 1, AT),
    ]
    assert events_of(tmp_path, before, now) == [
        ("A:price_change:2026-11-02T00:00:00.123Z", "price_change", "500000", "475000.5"),
        ("A:status_change:2026-11-02T00:00:00.123Z", "status_change", "Active", "Pending"),
        ("B:back_on_market:2026-11-02T12:00:00.000Z", "back_on_market", "Pending", "Active"),
        ("B:status_change:2026-11-02T12:00:00.000Z", "status_change", "Pending", "Active"),
    ]


def test_an_event_that_the_row_tells_itself_is_one_event_with_what_was_before(tmp_path: Path) -> None:
    stamp = "2026-11-02T12:00:00Z"
    told = {
        "record_id": "A:status_change:2026-11-02T12:00:00.000Z",
        "ListingKey": "A",
        "event_type": "status_change",
        "NewValue": "Pending",
        "occurred_at": stamp,
        "modified_at": AT,
    }
    before, now = [listing("A", "Active", 1, "2026-11-01T00:00:00Z")], [listing("A", "Pending", 1, AT, StatusChangeTimestamp=stamp)]
    assert events_of(tmp_path, before, now, [told]) == [(told["record_id"], "status_change", "Active", "Pending")]


# -- Spark's own errors


@pytest.mark.parametrize(("code", "words"), [(1550, "too many requests"), (1021, "another host"), (1515, "for a while"), (9999, "sorry")])
def test_a_saved_spark_error_is_one_line_with_its_code(tmp_path: Path, code: int, words: str) -> None:
    path = tmp_path / "answer.json"
    path.write_text(json.dumps({"D": {"Success": False, "Code": code, "Message": "sorry"}}))
    with pytest.raises(UnreadableError, match=rf"{code}.*{words}"):
        list(Spark().read(path, Visit(Feed(name="s", source="spark", path="x"), MARKET, NOW)))


def test_records_of_every_resource_are_known_by_their_fields(tmp_path: Path) -> None:
    for number, row in enumerate(
        [
            {"HistoryTransactionalKey": "1"},
            {"ShowingKey": "1", "ListingKey": "2"},
            {"ContactListingsKey": "1", "ContactKey": "2", "ListingKey": "3"},
            {"ContactKey": "1"},
        ]
    ):
        assert Reso().resource_of({"value": [row]}, tmp_path) == ("HistoryTransactional", "Showing", "ContactListings", "Contacts")[number]


def test_every_item_is_a_record_of_its_kind() -> None:
    items = read("Showing", {"ShowingKey": "S1", "ListingKey": "K1", "ModificationTimestamp": AT, "ShowingRequestedTimestamp": AT})
    assert all(isinstance(item, Record) and records.coerce(item.kind, item.values) for item in items)
