"""Listings that come in, beside those we had → the events that their differences tell of.

A row's own events (its last change of status, of price) say what it is now, not what it was before; where the stored row knows, that
is filled in, and stays when the same row comes again.
"""

from pathlib import Path

import pyarrow as pa

from commonground import records
from commonground.sources.base import StoredRows

COMPARED = {
    "listing": ("StandardStatus", "ListPrice", "StatusChangeTimestamp", "PriceChangeTimestamp"),
    "listing_event": ("occurred_at", "PreviousValue"),
}
_SQL = Path(__file__).with_name("listing_changes.sql")


def with_changes(tables: dict[str, pa.Table], stored: StoredRows) -> dict[str, pa.Table]:
    """The tables with one `listing_event` more for every change that no row told of."""
    listings = tables.get("listing")
    if listings is None:
        return tables
    schema = records.schema("listing_event")
    told = tables.get("listing_event", schema.empty_table())
    con = stored.con
    stored.table("listing")
    known = stored.table("listing_event")
    names = ", ".join(f'"{name}"' for name in schema.names)
    con.register("incoming_listing", listings)
    con.register("told_event", told)
    try:
        con.execute(f"CREATE OR REPLACE TEMP TABLE found_change AS {_SQL.read_text(encoding='utf-8')}")
        events = con.sql(f"""
            WITH completed AS (
                SELECT told.* REPLACE (coalesce(told."PreviousValue", found."PreviousValue", known."PreviousValue") AS "PreviousValue")
                FROM told_event AS told
                LEFT JOIN found_change AS found ON found.record_id = told.record_id
                LEFT JOIN "{known}" AS known ON known.record_id = told.record_id)
            SELECT {names} FROM completed
            UNION ALL BY NAME
            SELECT * FROM found_change WHERE record_id NOT IN (SELECT record_id FROM told_event)
            ORDER BY record_id""").to_arrow_table()
    finally:
        con.unregister("incoming_listing")
        con.unregister("told_event")
    if not events.num_rows:
        return tables
    filled = [events[name] if name in events.column_names else pa.nulls(events.num_rows) for name in schema.names]
    return {**tables, "listing_event": pa.Table.from_arrays(filled, names=schema.names).cast(schema)}
