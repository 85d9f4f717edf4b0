"""Days on the market: RESO's increment as told (RCP-51), else counted from the statuses we know."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot

from commonground import records

SQL = (Path(__file__).parents[3] / "include" / "commonground" / "warehouse" / "tables" / "days_on_market.sql").read_text()
ZONE = "America/Chicago"


def counted(now: str, listing: dict[str, Any], *events: tuple[str, str | None, str]) -> int | None:
    moment = dt.datetime.fromisoformat(now)
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        con.execute(
            "CREATE TABLE night AS SELECT ? AS started_at, CAST(? AT TIME ZONE ? AS DATE) AS as_of, ? AS time_zone",
            [moment, moment, ZONE, ZONE],
        )
        rows = {
            "listing": [{"record_id": "K1", "ListingKey": "K1", **listing}],
            "listing_event": [
                {
                    "record_id": at,
                    "ListingKey": "K1",
                    "event_type": "status_change",
                    "occurred_at": at,
                    "PreviousValue": before,
                    "NewValue": after,
                }
                for at, before, after in events
            ],
        }
        import pyarrow as pa

        for kind, values in rows.items():
            filled = [records.coerce(kind, row) | {"feed": "mls"} for row in values]
            con.register(kind, pa.Table.from_pylist(filled, schema=records.schema(kind)))
        return con.execute(SQL).fetchall()[0][2]


def increment(is_running: bool, base: int, since: str | None = None, **more: str) -> dict[str, Any]:
    fields = {"DaysOnMarketIncrementYN": is_running, "DaysOnMarketIncrementBase": base, "DaysOnMarketIncrementTimestamp": since, **more}
    return {"local_fields": json.dumps({name: value for name, value in fields.items() if value is not None}), "StandardStatus": "Active"}


@pytest.mark.parametrize(
    ("now", "days"),
    [
        ("2025-01-01T07:00:00Z", 1),
        ("2025-01-02T05:00:00Z", 1),
        ("2025-01-02T07:00:00Z", 2),
        ("2025-01-06T07:00:00Z", 6),
        ("2025-01-31T07:00:00Z", 31),
        ("2025-02-01T07:00:00Z", 32),
        ("2025-02-01T19:11:36Z", 32),
    ],
)
def test_a_running_increment_counts_whole_days_since_its_timestamp(now: str, days: int) -> None:
    assert counted(now, increment(True, 1, "2025-01-01T06:00:00Z")) == days


def test_an_increment_resumes_from_its_base_and_one_that_stands_is_its_base() -> None:
    assert counted("2025-05-08T19:11:36Z", increment(True, 17, "2025-04-21T06:00:00Z")) == 34
    assert counted("2025-04-22T05:00:00Z", increment(True, 17, "2025-04-21T06:00:00Z")) == 17
    assert counted("2025-05-08T19:11:36Z", increment(False, 300)) == 300


def test_an_increment_across_the_change_of_the_clocks_counts_by_the_property_s_clock() -> None:
    running = increment(True, 0, "2025-03-08T18:00:00Z", PropertyTimeZoneName=ZONE)  # noon; next noon is 23 hours later
    assert counted("2025-03-09T17:00:00Z", running) == 1


def test_without_history_an_active_listing_counts_from_its_first_day() -> None:
    assert counted("2026-06-11T18:00:00Z", {"StandardStatus": "Active", "OnMarketDate": "2026-06-01"}) == 10


@pytest.mark.parametrize(
    ("listing", "days"),
    [
        ({"StandardStatus": "Pending", "OnMarketDate": "2026-06-01", "PendingTimestamp": "2026-06-05T18:00:00Z"}, 4),
        ({"StandardStatus": "Closed", "OnMarketDate": "2026-06-01", "PurchaseContractDate": "2026-06-05", "CloseDate": "2026-07-05"}, 4),
        ({"StandardStatus": "Closed", "OnMarketDate": "2026-06-01", "CloseDate": "2026-07-01"}, 30),
        ({"StandardStatus": "Expired", "ListingContractDate": "2026-06-01", "ExpirationDate": "2026-06-21"}, 20),
        ({"StandardStatus": "Withdrawn", "OnMarketDate": "2026-06-01", "StatusChangeTimestamp": "2026-06-08T18:00:00Z"}, 7),
        ({"StandardStatus": "Coming Soon", "ListingContractDate": "2026-06-01"}, 0),
        ({"StandardStatus": "Active"}, None),
    ],
)
def test_what_ends_marketing_stops_the_clock(listing: dict[str, Any], days: int | None) -> None:
    assert counted("2026-08-01T18:00:00Z", listing) == days


def test_pending_stops_the_clock_and_back_on_market_runs_it_on() -> None:
    listing = {"StandardStatus": "Active", "OnMarketDate": "2026-06-01", "StatusChangeTimestamp": "2026-06-21T18:00:00Z"}
    events = [("2026-06-11T18:00:00Z", "Active", "Pending"), ("2026-06-21T18:00:00Z", "Pending", "Active")]
    assert counted("2026-06-26T18:00:00Z", listing, *events) == 15


def test_the_same_change_told_twice_counts_once() -> None:
    listing = {"StandardStatus": "Pending", "OnMarketDate": "2026-06-01", "StatusChangeTimestamp": "2026-06-11T18:00:00Z"}
    assert (
        counted("2026-06-26T18:00:00Z", listing, ("2026-06-11T18:00:00Z", None, "Pending"), ("2026-06-11T18:00:00.5Z", "Active", "Pending"))
        == 10
    )


@pytest.mark.parametrize(
    "name", ["warehouse/tables/days_on_market.sql", "warehouse/tables/listings.sql", "sources/mls/listing_changes.sql"]
)
def test_the_query_is_one_statement_that_spark_can_read(name: str) -> None:
    text = (Path(records.__file__).parent / name).read_text()
    statements = sqlglot.transpile(text, read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE)
    assert len(statements) == 1
    sqlglot.parse_one(statements[0], read="spark")
