"""RESO Member and Office rows → `membership` records; OpenHouse rows → `listing_event` records."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from commonground import records
from commonground.sources.base import Item, Record
from commonground.sources.mls import normalise
from commonground.sources.mls.properties import BadRowError, is_gone, key_of, read, refusal

_COMMON = {column.name for column in records.COMMON}
_MEMBERSHIP = [name for name in records.KINDS["membership"].column_names if name not in _COMMON and name != "ResourceName"]
_CANCELED = {"canceled", "cancelled"}


def membership(resource: str, row: Mapping[str, Any], stamp: Mapping[str, Any]) -> Iterator[Item]:
    """The record of one Member or Office row (`resource` says which)."""
    key_name = f"{resource}Key"
    try:
        key = key_of(row, key_name)
        values = {"record_id": f"{resource}:{key}", "ResourceName": resource, key_name: key, "is_deleted": is_gone(row)}
        values["modified_at"] = read(row, "ModificationTimestamp", normalise.moment, "bad_date")
    except BadRowError as error:
        yield refusal(error, "membership", row, stamp, key_name)
        return
    if not values["is_deleted"]:
        values |= {name: _text_or_none(row.get(name)) for name in _MEMBERSHIP if name != key_name}
        if resource == "Member" and not values["MemberFullName"]:
            names = (_text_or_none(row.get(name)) for name in ("MemberFirstName", "MemberLastName"))
            values["MemberFullName"] = " ".join(name for name in names if name) or None
    yield Record("membership", {**values, **stamp})


def open_house(row: Mapping[str, Any], zone: ZoneInfo, stamp: Mapping[str, Any]) -> Iterator[Item]:
    """The event of one OpenHouse row; times of day are of `zone`, the market's. A canceled one is a deletion."""
    try:
        yield Record("listing_event", {**_open_house_values(row, zone), **stamp})
    except BadRowError as error:
        yield refusal(error, "listing_event", row, stamp, "OpenHouseKey")


def _open_house_values(row: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    key = key_of(row, "OpenHouseKey")
    values = {
        "record_id": f"OpenHouse:{key}",
        "OpenHouseKey": key,
        "event_type": "open_house",
        "modified_at": read(row, "ModificationTimestamp", normalise.moment, "bad_date"),
    }
    status = (_text_or_none(row.get("OpenHouseStatus")) or "").casefold()
    if is_gone(row):
        return {**values, "is_deleted": True, "ListingKey": _text_or_none(row.get("ListingKey"))}
    day = read(row, "OpenHouseDate", normalise.day, "bad_date")
    starts = read(row, "OpenHouseStartTime", lambda raw: _time_on(raw, day, zone), "bad_date") or _time_on("00:00", day, zone)
    if starts is None:
        raise BadRowError("bad_date", "OpenHouseDate is missing, expected the day of the open house")
    values |= {
        "ListingKey": key_of(row, "ListingKey"),
        "occurred_at": starts,
        "ends_at": read(row, "OpenHouseEndTime", lambda raw: _time_on(raw, day, zone), "bad_date"),
        "NewValue": _text_or_none(row.get("OpenHouseStatus")),
        "is_deleted": status in _CANCELED,
    }
    return values


def _time_on(value: object, day: dt.date | None, zone: ZoneInfo) -> dt.datetime | None:
    """A timestamp, or a time of day on that day in that zone."""
    words = normalise.text(value)
    if words is None:
        return None
    if "-" in words[:5] and normalise.has_zone(words):
        return normalise.moment(words)
    try:
        clock = dt.datetime.fromisoformat(words).time() if "-" in words[:5] else dt.time.fromisoformat(words)
        date = dt.datetime.fromisoformat(words).date() if "-" in words[:5] else day
    except ValueError:
        raise ValueError("a moment (ISO 8601) or a time of day (HH:MM)") from None
    if date is None:
        return None
    return dt.datetime.combine(date, clock.replace(tzinfo=clock.tzinfo or zone)).astimezone(dt.UTC)


def _text_or_none(value: object) -> str | None:
    try:
        return normalise.text(value)
    except ValueError:
        return None
