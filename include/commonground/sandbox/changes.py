"""Things that happen in a town after it was built: edits of its API state on disk, which a running server shows at once."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from commonground.errors import CommonGroundError
from commonground.sandbox.build import save_state

Row = dict[str, Any]


def expire_listing(town: Path, listing_key: str, at: dt.datetime | None = None) -> Row:
    """Lets one listing expire and returns its row.

    Args:
        town: folder of the town.
        listing_key: its ListingKey.
        at: when (default: a minute after the newest change the MLS knows).

    Raises:
        CommonGroundError: no such listing.
    """
    state = json.loads((town / "api" / "reso.json").read_text(encoding="utf-8"))
    rows: list[Row] = state["Property"]
    row = next((one for one in rows if one["ListingKey"] == listing_key), None)
    if row is None:
        raise CommonGroundError(f"{town}: no listing {listing_key!r} in its MLS")
    newest = max(dt.datetime.fromisoformat(one["ModificationTimestamp"]) for one in rows)
    moment = at.astimezone(dt.UTC) if at else newest + dt.timedelta(minutes=1)
    stamp = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
    row.update(
        StandardStatus="Expired", MlsStatus="EXP", MajorChangeType="Expired", StatusChangeTimestamp=stamp, ModificationTimestamp=stamp
    )
    row.update(OffMarketDate=stamp[:10], ExpirationDate=stamp[:10])
    save_state(town, "reso", state)
    return row


def expire_one_listing(town: Path) -> Row:
    """Lets an Active listing of somebody who is `later` expire: by tomorrow they are `now`.

    Returns:
        `ListingKey`, `person_id` (the owner), `household` (person_ids of the home), `records` ([{feed, record_id}] of the owner).

    Raises:
        CommonGroundError: every such listing has expired already, or the town is too small to have one.
    """
    active = {
        row["ListingKey"]
        for row in json.loads((town / "api" / "reso.json").read_text(encoding="utf-8"))["Property"]
        if row["StandardStatus"] == "Active"
    }
    persons = {row["person_id"]: row for row in pq.read_table(town / "truth" / "persons.parquet").to_pylist()}
    records = pq.read_table(town / "truth" / "records.parquet").to_pylist()
    for listing in pq.read_table(town / "truth" / "listings.parquet").to_pylist():
        owner = persons.get(listing["person_id"])
        if listing["situation"] == "active" and listing["ListingKey"] in active and owner and not owner["opted_out"]:
            expire_listing(town, listing["ListingKey"])
            return {
                "ListingKey": listing["ListingKey"],
                "person_id": owner["person_id"],
                "household": sorted(one["person_id"] for one in persons.values() if one["household_id"] == owner["household_id"]),
                "records": [
                    {"feed": row["feed"], "record_id": row["record_id"]} for row in records if row["person_id"] == owner["person_id"]
                ],
            }
    raise CommonGroundError(f"{town}: nobody who is later has a listing that is Active")
