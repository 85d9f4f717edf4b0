"""RESO pages and Common Format files → records."""

import datetime as dt
import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonground import records
from commonground.config import Feed, Market
from commonground.contracts.validate import validate
from commonground.errors import ConfigError, UnreadableError
from commonground.sources.base import Item, Page, Record, Refusal, Visit
from commonground.sources.mls.reso import Reso
from commonground.sources.mls.spark import Spark

FIXTURES = Path(__file__).parents[4] / "shared" / "fixtures" / "mls"
NOW = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)
MARKET = Market.model_validate(
    {
        "name": "Testville",
        "time_zone": "America/Chicago",
        "state": "IL",
        "service_area": {"latitude": 41.9, "longitude": -87.6, "radius_km": 40},
        "agents": [{"agent_id": "ann", "name": "Ann Agent"}],
    }
)
HOME = {"ListingKey": "K1", "StandardStatus": "Active", "ListPrice": 425000, "ModificationTimestamp": "2026-06-01T12:00:00.123Z"}
needs_fixtures = pytest.mark.skipif(not FIXTURES.is_dir(), reason="the shared fixtures are not here")


def visit(**options: Any) -> Visit:
    return Visit(Feed(name="mls", source="reso", path="mls", options=options), MARKET, NOW)


def conform(resource: str, *rows: Any, **options: Any) -> list[Item]:
    return list(Reso().conform(Page(resource, "page.json", {"value": list(rows)}), visit(**options)))


def listing(**fields: Any) -> dict[str, Any]:
    """The typed listing of a row."""
    (item,) = (item for item in conform("Property", HOME | fields) if not (isinstance(item, Record) and item.kind == "listing_event"))
    assert isinstance(item, Record), item
    return records.coerce("listing", item.values)


def refusal(**fields: Any) -> Refusal:
    (item,) = conform("Property", HOME | fields)
    assert isinstance(item, Refusal)
    return item


def events(**fields: Any) -> list[dict[str, Any]]:
    items = conform("Property", HOME | fields)
    return [records.coerce("listing_event", item.values) for item in items if isinstance(item, Record) and item.kind == "listing_event"]


def read(source: Reso, path: Path) -> list[Item]:
    return list(source.read(path, visit()))


def test_numbers_and_lists_come_out_typed_whatever_their_dress() -> None:
    row = listing(
        ListPrice="50,000.0",
        BedroomsTotal="3.0",
        Latitude="48.7",
        SpecialListingConditions="ShortSale,Auction",
        ListingId=[1, 2],
        PostalCode=601,
    )
    assert (row["ListPrice"], row["BedroomsTotal"], row["Latitude"]) == (50000.0, 3, 48.7)
    assert row["SpecialListingConditions"] == ["Short Sale", "Auction"]
    assert (row["ListingId"], row["PostalCode"]) == ("1, 2", "00601")


def test_a_count_that_is_no_count_stays_as_it_came() -> None:
    row = listing(BathroomsTotalInteger=1.1, YearBuilt="unknown")
    assert (row["BathroomsTotalInteger"], row["YearBuilt"]) == (None, None)
    assert json.loads(row["local_fields"]) == {"BathroomsTotalInteger": 1.1, "YearBuilt": "unknown"}


def test_fields_without_a_column_are_kept_and_photos_are_counted() -> None:
    media = [{"MediaURL": f"https://media.test/{n}.jpg"} for n in range(3)]
    row = listing(ABC_Zone="R-1", Rooms=[{"RoomType": "Den"}], Media=media, UnitTypes=[], Empty=None, **{"@odata.etag": "x"})
    assert json.loads(row["local_fields"]) == {"ABC_Zone": "R-1", "Rooms": [{"RoomType": "Den"}], "Media@odata.count": 3}


def test_a_timestamp_without_zone_is_utc_and_flagged() -> None:
    row = listing(StatusChangeTimestamp="2026-06-01T10:00:00")
    assert row["StatusChangeTimestamp"] == dt.datetime(2026, 6, 1, 10, tzinfo=dt.UTC)
    assert json.loads(row["local_fields"])["@assumed_utc"] == ["StatusChangeTimestamp"]


@pytest.mark.parametrize(
    ("fields", "rule", "words"),
    [
        ({"CloseDate": "TBD"}, "bad_date", "CloseDate is 'TBD'"),
        ({"ListPrice": "call agent"}, "bad_number", "ListPrice is 'call agent'"),
        ({"StandardStatus": "Sold-ish"}, "unknown_status", "StandardStatus is 'Sold-ish'"),
        ({"ModificationTimestamp": "2021-08-21T00:01:01.01.007Z"}, "bad_date", "ModificationTimestamp"),
        ({"ListingKey": None}, "missing_key", "ListingKey is missing"),
        ({"ListingKey": {"a": 1}}, "missing_key", "ListingKey"),
    ],
)
def test_a_value_that_decides_something_and_cannot_be_read_refuses_the_row(fields: dict[str, Any], rule: str, words: str) -> None:
    item = refusal(**fields)
    assert item.rule == rule
    assert words in item.reason
    assert (item.kind, item.source_file, item.source_line) == ("listing", "page.json", 1)
    assert json.loads(item.payload)["ListPrice"] == fields.get("ListPrice", 425000)


def test_a_row_that_is_no_object_is_refused_and_its_neighbours_are_read() -> None:
    items = conform("Property", "oops", HOME, None, 7)
    assert [item.rule if isinstance(item, Refusal) else item.kind for item in items] == [
        "not_an_object",
        "listing",
        "not_an_object",
        "not_an_object",
    ]


def test_a_withdrawn_permission_is_a_deletion_with_nothing_but_the_key() -> None:
    for withdrawn in (False, "false"):
        row = listing(MlgCanView=withdrawn)
        assert row["is_deleted"]
        assert row["ListPrice"] is None
        assert row["modified_at"] == dt.datetime(2026, 6, 1, 12, 0, 0, 123000, tzinfo=dt.UTC)
    assert not listing(MlgCanView=True)["is_deleted"]
    assert listing(StandardStatus="Delete")["is_deleted"]


def test_the_numeric_key_stands_in_for_a_missing_one() -> None:
    assert listing(ListingKey=None, ListingKeyNumeric=42.0)["ListingKey"] == "42"


def test_the_address_is_put_together_only_where_it_is_missing() -> None:
    parts = {"StreetNumber": "123", "StreetDirPrefix": "W", "StreetName": "Example", "StreetSuffix": "St", "UnitNumber": "4"}
    row = listing(**parts, City="Testville", StateOrProvince="IL", PostalCode="60000")
    assert row["UnparsedAddress"] == "123 W Example St Unit 4, Testville, IL 60000"
    assert listing(**parts, UnparsedAddress="as given")["UnparsedAddress"] == "as given"
    assert listing(City="Testville")["UnparsedAddress"] is None


def test_the_row_tells_its_events() -> None:
    found = events(
        OriginalEntryTimestamp="2026-05-01T09:30:00Z",
        StatusChangeTimestamp="2026-05-20T00:00:00Z",
        PriceChangeTimestamp="2026-05-25T08:00:00.5Z",
        OriginalListPrice=450000,
    )
    assert [(event["record_id"], event["PreviousValue"], event["NewValue"]) for event in found] == [
        ("K1:new_listing:2026-05-01T09:30:00.000Z", None, None),
        ("K1:status_change:2026-05-20T00:00:00.000Z", None, "Active"),
        ("K1:price_change:2026-05-25T08:00:00.500Z", "450000", "425000"),
    ]
    assert {event["ListingKey"] for event in found} == {"K1"}


def test_a_price_that_did_not_change_or_not_on_a_known_day_is_no_event() -> None:
    assert events(OriginalListPrice=450000) == []
    assert events(PriceChangeTimestamp="2026-05-25T08:00:00Z") == []
    assert events(PriceChangeTimestamp="2026-05-25T08:00:00Z", PreviousListPrice=425000, OriginalListPrice=500000) == []


def test_the_major_change_dates_what_has_no_date_of_its_own() -> None:
    major = {"MajorChangeTimestamp": "2026-05-25T08:00:00Z"}
    assert [e["event_type"] for e in events(**major, MajorChangeType="Price Change", PreviousListPrice=430000)] == ["price_change"]
    assert [e["event_type"] for e in events(**major, MajorChangeType="BackOnMarket")] == ["back_on_market"]


def test_an_open_house_is_an_event_in_the_markets_time() -> None:
    row = {"OpenHouseKey": "O1", "ListingKey": "K1", "OpenHouseDate": "2026-06-07", "ModificationTimestamp": "2026-06-01T00:00:00Z"}
    items = conform(
        "OpenHouse",
        row | {"OpenHouseStartTime": "13:00:00", "OpenHouseEndTime": "2026-06-07T20:00:00Z"},
        row | {"OpenHouseKey": "O2", "OpenHouseStatus": "Canceled"},
        row | {"OpenHouseKey": "O3", "OpenHouseDate": "soon"},
        row | {"OpenHouseKey": None},
    )
    first, canceled = (records.coerce("listing_event", item.values) for item in items if isinstance(item, Record))
    assert (first["occurred_at"], first["ends_at"]) == (
        dt.datetime(2026, 6, 7, 18, tzinfo=dt.UTC),
        dt.datetime(2026, 6, 7, 20, tzinfo=dt.UTC),
    )
    assert (canceled["is_deleted"], canceled["occurred_at"]) == (True, dt.datetime(2026, 6, 7, 5, tzinfo=dt.UTC))
    assert [item.rule for item in items if isinstance(item, Refusal)] == ["bad_date", "missing_key"]


def test_members_and_offices_keep_apart() -> None:
    (member,) = conform("Member", {"MemberKey": 7, "MemberFirstName": "Ann", "MemberLastName": "Agent", "OfficeKey": "9"})
    (office,) = conform("Office", {"OfficeKey": "7", "OfficeName": "Best Realty"})
    assert isinstance(member, Record)
    assert isinstance(office, Record)
    assert (member.values["record_id"], member.values["MemberFullName"], member.values["OfficeKey"]) == ("Member:7", "Ann Agent", "9")
    assert (office.values["record_id"], office.values["OfficeName"]) == ("Office:7", "Best Realty")


def test_a_status_map_with_a_status_that_is_none_names_the_option() -> None:
    with pytest.raises(ConfigError, match=r"feed 'mls': options\.status_map: A: On Sale is no StandardStatus"):
        conform("Property", HOME, status_map={"A": "On Sale"})
    with pytest.raises(ConfigError, match=r"options\.colour: no such option"):
        conform("Property", HOME, colour="red")
    with pytest.raises(ConfigError, match=r"options\.originating_system: mlsgrid wants"):
        conform("Property", HOME, profile="mlsgrid")


@pytest.mark.parametrize(
    ("content", "kinds"),
    [
        ({"@reso.context": "urn:reso:metadata:1.7:resource:property", "value": [HOME, HOME]}, ["listing", "listing"]),
        ({"@reso.context": "urn:reso:metadata:2.0:resource:property", **HOME}, ["listing"]),
        ({"@odata.context": "https://api.test/$metadata#Property(ListingKey)/$entity", **HOME}, ["listing"]),
        ({"@odata.context": "https://api.test/$metadata#Member", "value": []}, []),
        (HOME, ["listing"]),
        ([HOME], ["listing"]),
        ([{"OfficeKey": "1"}], ["membership"]),
        ([{"MemberKey": "1", "OfficeKey": "1"}], ["membership"]),
        (
            [HOME, {"MemberKey": "1"}, {"OpenHouseKey": "1", "ListingKey": "K1", "OpenHouseDate": "2026-06-05"}],
            ["listing", "membership", "listing_event"],
        ),
    ],
)
def test_a_file_says_what_it_is_by_context_or_by_its_fields(tmp_path: Path, content: Any, kinds: list[str]) -> None:
    (tmp_path / "a.json").write_text(json.dumps(content))
    assert [item.kind for item in read(Reso(), tmp_path / "a.json")] == kinds


@pytest.mark.parametrize("is_zipped", [False, True])
@pytest.mark.parametrize("front", ["", "\ufeff", "\n\r\n"])
def test_one_answer_to_a_line_is_read_whatever_the_file_is_called(tmp_path: Path, front: str, is_zipped: bool) -> None:
    content = (front + "\n\n".join([json.dumps(HOME)] * 3)).encode()
    (tmp_path / "a.json").write_bytes(gzip.compress(content) if is_zipped else content)
    assert [item.kind for item in read(Reso(), tmp_path / "a.json")] == ["listing"] * 3


@pytest.mark.parametrize("content", [{"@odata.context": "x#Media", "value": []}, {"hello": 1}, [1, 2], "text", {"D": {"Results": []}}])
def test_a_file_of_something_else_is_unreadable(tmp_path: Path, content: Any) -> None:
    (tmp_path / "a.json").write_text(json.dumps(content))
    with pytest.raises(UnreadableError, match=r"a\.json"):
        read(Reso(), tmp_path / "a.json")


def test_a_broken_file_among_good_ones_is_refused_alone(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(HOME))
    (tmp_path / "b.json").write_text('{"value": [{"ListingKey"')
    assert [item.rule if isinstance(item, Refusal) else item.kind for item in read(Reso(), tmp_path)] == ["listing", "unreadable_file"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["Active", "TBD", "1.1", "2026-01-01", "A,B"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)
FIELDS = [*records.KINDS["listing"].column_names, "Media", "MlgCanView", "ModificationTimestamp", "DaysOnMarket", "CumulativeDaysOnMarket"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=8), min_size=1, max_size=3))
def test_whatever_the_row_holds_it_becomes_records_of_its_kind_or_a_refusal(rows: list[dict[str, Any]]) -> None:
    items = conform("Property", *rows)
    assert sum(isinstance(item, Refusal) or item.kind == "listing" for item in items) == len(rows)
    for item in items:
        if isinstance(item, Record):
            typed = records.coerce(item.kind, item.values)
            pa.Table.from_pylist([typed], schema=records.schema(item.kind))


@settings(max_examples=4, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=8), min_size=1, max_size=20))
def test_the_contract_judges_whatever_came_through(rows: list[dict[str, Any]]) -> None:
    found = [item for item in conform("Property", *(HOME | row for row in rows)) if isinstance(item, Record) and item.kind == "listing"]
    stamp = {"feed": "mls", "source": "reso", "run_id": "r"}
    typed = [records.coerce("listing", item.values) | stamp for item in found]
    for row in typed:
        row["modified_at"] = row["modified_at"] or NOW
    verdict = validate("listing", pa.Table.from_pylist(typed, schema=records.schema("listing")), feed="mls", run_id="r", now=NOW)
    assert verdict.failures == []
    assert verdict.accepted.num_rows + len(verdict.refused) == len(typed)


@needs_fixtures
def test_the_mred_record_is_accepted_with_its_lies() -> None:
    items = read(Reso(), FIXTURES / "mred" / "mlsgrid_mred_record_anonymised_subset.json")
    assert not [item for item in items if isinstance(item, Refusal)]
    row = records.coerce("listing", next(item.values for item in items if isinstance(item, Record) and item.kind == "listing"))
    row |= {"feed": "mls", "source": "reso", "run_id": "r"}
    verdict = validate("listing", pa.Table.from_pylist([row], schema=records.schema("listing")), feed="mls", run_id="r", now=NOW)
    assert (verdict.accepted.num_rows, verdict.refused) == (1, [])
    assert row["BathroomsTotalInteger"] is None
    assert json.loads(row["local_fields"])["BathroomsTotalInteger"] == 1.1


@needs_fixtures
def test_sparks_envelopes_are_read() -> None:
    items = read(Spark(), FIXTURES / "spark")
    assert [item.rule for item in items if isinstance(item, Refusal)] == ["malformed_email"]  # of a contact that is kept
    kinds = [item.kind for item in items if isinstance(item, Record)]
    assert {kind: kinds.count(kind) for kind in sorted(set(map(str, kinds)))} == {
        "interaction": 1,
        "listing": 2,
        "membership": 2,
        "person": 3,
    }
    home = records.coerce("listing", next(item.values for item in items if isinstance(item, Record) and item.kind == "listing"))
    assert (home["BedroomsTotal"], home["LivingArea"], home["ListPrice"]) == (3, 924.0, 50000.0)


def _spark(number: int) -> dict[str, Any]:
    fields = {"ListingKey": f"{number}", "StandardStatus": "Active", "ModificationTimestamp": "2026-06-01T12:00:00Z", "ListPrice": 5.0}
    return {"Id": f"{number}", "StandardFields": fields}


@pytest.mark.parametrize(
    ("content", "kinds"),
    [
        ([_spark(1), _spark(2)], ["listing", "listing"]),
        (_spark(1), ["listing"]),
        ({"Results": [_spark(1)]}, ["listing"]),
        ({"D": {"Success": True, "Results": _spark(1)}}, ["listing"]),
        ({"D": {"Success": True, "Results": []}}, []),
        ([{"D": {"Results": [_spark(1)]}}, {"D": {"Results": []}}, {"D": {"Success": False, "Code": 1550}}], ["listing", "missing_key"]),
    ],
)
def test_sparks_results_are_read_in_any_envelope_or_none(tmp_path: Path, content: Any, kinds: list[str]) -> None:
    (tmp_path / "a.json").write_text(json.dumps(content, indent=1))
    assert [item.rule if isinstance(item, Refusal) else item.kind for item in read(Spark(), tmp_path / "a.json")] == kinds


def test_a_spark_contact_has_an_address_and_is_kept_without_a_broken_mail(tmp_path: Path) -> None:
    ann = {"Id": "1", "DisplayName": "Ann Lee", "PrimaryEmail": "a@x.org", "HomeStreetAddress": "1 Elm St", "HomeLocality": "Metairie"}
    bo = {"Id": "2", "DisplayName": "Bo Ray", "PrimaryEmail": "bo.x.org", "MobilePhoneNumber": "555 0101"}
    (tmp_path / "a.json").write_text(json.dumps({"D": {"Results": [ann, bo]}}))
    first, refused, second = read(Spark(), tmp_path / "a.json")
    assert isinstance(first, Record) and isinstance(second, Record) and isinstance(refused, Refusal)
    assert (first.values["street"], first.values["city"], first.values["emails"]) == ("1 Elm St", "Metairie", ["a@x.org"])
    assert (second.values["full_name"], second.values["phones"], refused.rule) == ("Bo Ray", ["555 0101"], "malformed_email")


def test_sparks_open_houses_are_events_of_their_listing(tmp_path: Path) -> None:
    address = "/v1/listings/7/openhouses/1"
    rows = [
        {"ResourceUri": address, "Id": "1", "Date": "10/01/2010", "StartTime": "9:00 am", "EndTime": "12:00 pm"},
        {"ResourceUri": address, "Id": "2", "Date": "10/08/2010", "StartTime": "09:00-07:00", "EndTime": "12:00-07:00"},
        {"ResourceUri": address, "Id": "3", "StartTime": "9:00 am"},
    ]
    (tmp_path / "a.json").write_text(json.dumps({"D": {"Results": rows}}))
    first, second, refused = read(Spark(), tmp_path / "a.json")
    assert isinstance(first, Record) and isinstance(second, Record) and isinstance(refused, Refusal)
    assert (first.values["ListingKey"], first.values["ends_at"] - first.values["occurred_at"]) == ("7", dt.timedelta(hours=3))
    assert second.values["occurred_at"] == dt.datetime(2010, 10, 8, 16, tzinfo=dt.UTC)
    assert refused.rule == "bad_date"


def test_sparks_masked_values_are_nothing_and_its_status_may_stand_in_mls_status(tmp_path: Path) -> None:
    row = {"Id": "1", "StandardFields": {"StandardStatus": "********", "MlsStatus": "Closed", "ListPrice": "********", "BathsTotal": "2.0"}}
    (tmp_path / "a.json").write_text(json.dumps({"D": {"Results": [row, {"StandardFields": {}}]}}))
    first, second = read(Spark(), tmp_path / "a.json")
    assert isinstance(first, Record)
    home = records.coerce("listing", first.values)
    assert (home["ListingKey"], home["StandardStatus"], home["ListPrice"], home["BathroomsTotalInteger"]) == ("1", "Closed", None, 2)
    assert isinstance(second, Refusal)
    assert second.rule == "missing_key"
