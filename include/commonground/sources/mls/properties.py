"""One RESO Property row → a `listing` record, and the `listing_event`s that the row itself tells of.

A value that decides something (a date, a moment, a price, the status) and cannot be read refuses the row. One that only
describes the home (rooms, area, year) is set aside: it stays, as it came, in `local_fields` with everything that has no
column of its own. Photos are counted, not kept.
"""

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from commonground import records
from commonground.sources.base import Item, Record, Refusal
from commonground.sources.mls import normalise

# Longest expansion (rooms, units) that is worth keeping in a column of JSON; beyond it only the count stays.
LONGEST_EXPANSION = 4_000
ASSUMED_UTC = "@assumed_utc"  # key in local_fields: the timestamps that came without a zone

_COMMON = {column.name for column in records.COMMON}
_COLUMNS = {column.name: column.type for column in records.KINDS["listing"].columns if column.name not in _COMMON}
_READERS: dict[str, Callable[[Any], Any]] = {
    "text": normalise.text,
    "texts": normalise.enumerations,
    "integer": normalise.integer,
    "number": normalise.number,
    "date": normalise.day,
    "moment": normalise.moment,
}
_OWN_READERS: dict[str, Callable[[Any], Any]] = {
    "PropertyType": normalise.property_type,
    "PropertySubType": normalise.enumeration,
    "MajorChangeType": normalise.enumeration,
    "PostalCode": normalise.postal_code,
}
_ESSENTIAL = {name for name, type_ in _COLUMNS.items() if type_ in ("date", "moment") or name.endswith("Price")}
_RULE_OF_TYPE = {"date": "bad_date", "moment": "bad_date", "number": "bad_number"}


class BadRowError(ValueError):
    """The row cannot be used: `rule` is the refusal's, the message its reason."""

    def __init__(self, rule: str, reason: str) -> None:
        super().__init__(reason)
        self.rule = rule


def key_of(row: Mapping[str, Any], name: str) -> str:
    """The row's key: `name`, or its numeric twin where an MLS has only that.

    Raises:
        BadRowError: it has neither.
    """
    for candidate in (name, f"{name}Numeric"):
        try:
            found = normalise.text(row.get(candidate))
        except ValueError:
            found = None
        if found:
            return found
    raise BadRowError("missing_key", f"{name} is {_shown(row.get(name))}, expected the key of the record")


def read(row: Mapping[str, Any], name: str, reader: Callable[[Any], Any], rule: str) -> Any:
    """The row's value by that reader; raises `BadRowError` under that rule if it cannot be read."""
    try:
        return reader(row.get(name))
    except ValueError as error:
        raise BadRowError(rule, f"{name} is {_shown(row.get(name))}, expected {error}") from None


def is_gone(row: Mapping[str, Any]) -> bool:
    """Whether the source says that we may no longer show the record."""
    try:
        return normalise.flag(row.get("MlgCanView")) is False or "@removed" in row
    except ValueError:
        return False


def listing(
    row: Mapping[str, Any], status_map: Mapping[str, str], stamp: Mapping[str, Any], *, has_history: bool = False
) -> Iterator[Item]:
    """The records of one Property row; `stamp` are the common columns that say where it stood.

    Where the feed `has_history` the row's own account of its last changes is left to that.
    """
    try:
        values = _listing_values(row, status_map)
    except BadRowError as error:
        yield refusal(error, "listing", row, stamp, "ListingKey")
        return
    yield Record("listing", {**values, **stamp})
    if not values["is_deleted"]:
        for event in _events(row, values):
            if has_history and event["event_type"] != "new_listing":
                continue
            yield Record("listing_event", {**event, "ListingKey": values["ListingKey"], "modified_at": values["modified_at"], **stamp})


def refusal(error: BadRowError, kind: str, row: Mapping[str, Any], stamp: Mapping[str, Any], key: str) -> Refusal:
    """The refusal of a row, photos left out of its payload."""
    kept = {name: value for name, value in row.items() if name != "Media"}
    record_id = row.get(key)
    return Refusal(
        error.rule,
        str(error),
        json.dumps(normalise.plain(kept), ensure_ascii=False, default=str),
        kind,
        str(record_id) if isinstance(record_id, (str, int)) else None,
        stamp.get("source_file"),
        stamp.get("source_line"),
    )


def _listing_values(row: Mapping[str, Any], status_map: Mapping[str, str]) -> dict[str, Any]:
    key = key_of(row, "ListingKey")
    values: dict[str, Any] = {"record_id": key, "ListingKey": key}
    values["modified_at"] = read(row, "ModificationTimestamp", normalise.moment, "bad_date")
    values["is_deleted"] = is_gone(row)
    if values["is_deleted"]:
        return values
    values["StandardStatus"] = read(row, "StandardStatus", lambda raw: normalise.standard_status(raw, status_map), "unknown_status")
    values["is_deleted"] = values["StandardStatus"] == "Delete"
    aside: dict[str, Any] = {}
    assumed_utc = []
    for name, type_ in _COLUMNS.items():
        raw = row.get(name)
        if raw is None or name in values or name == "local_fields":
            continue
        try:
            values[name] = _OWN_READERS.get(name, _READERS[type_])(raw)
        except ValueError as error:
            if name in _ESSENTIAL:
                raise BadRowError(_RULE_OF_TYPE[type_], f"{name} is {_shown(raw)}, expected {error}") from None
            aside[name] = raw
        if type_ == "moment" and values[name] is not None and not normalise.has_zone(raw):
            assumed_utc.append(name)
    values["UnparsedAddress"] = values.get("UnparsedAddress") or _address(row)
    values["local_fields"] = _local_fields(row, aside, assumed_utc)
    return values


def _local_fields(row: Mapping[str, Any], aside: dict[str, Any], assumed_utc: list[str]) -> str | None:
    fields = dict(aside)
    for name, value in row.items():
        if name in _COLUMNS or name == "ModificationTimestamp" or value is None or value in ("", []) or name.startswith("@"):
            continue
        is_expansion = isinstance(value, dict) or (isinstance(value, list) and any(isinstance(item, dict) for item in value))
        if is_expansion and (name == "Media" or len(json.dumps(value, default=str)) > LONGEST_EXPANSION):
            fields[f"{name}@odata.count"] = len(value) if isinstance(value, list) else 1
        else:
            fields[name] = value
    if assumed_utc:
        fields[ASSUMED_UTC] = assumed_utc
    return json.dumps(normalise.plain(fields), ensure_ascii=False, sort_keys=True) if fields else None


def _address(row: Mapping[str, Any]) -> str | None:
    """The address line out of its parts, where there is at least a street."""

    def part(name: str) -> str | None:
        try:
            return normalise.postal_code(row.get(name)) if name == "PostalCode" else normalise.text(row.get(name))
        except ValueError:
            return None

    if not part("StreetName"):
        return None
    number = part("StreetNumber") or part("StreetNumberNumeric")
    names = (part(name) for name in ("StreetDirPrefix", "StreetName", "StreetSuffix", "StreetDirSuffix"))
    unit = part("UnitNumber")
    street = " ".join(piece for piece in (number, *names, f"Unit {unit}" if unit else None) if piece)
    region = " ".join(piece for piece in (part("StateOrProvince"), part("PostalCode")) if piece)
    return ", ".join(piece for piece in (street, part("City"), region) if piece)


def _events(row: Mapping[str, Any], values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What the row says happened: entry, last change of status, last change of price, return to the market.

    An event's id is made of listing, type and moment, so the same one is the same record every night, and older ones stay.
    """
    major = values.get("MajorChangeType")
    major_at = _moment_or_none(row, "MajorChangeTimestamp")
    entered = values.get("OriginalEntryTimestamp") or _midnight(values.get("OnMarketDate"))
    if entered:
        yield _event(values, "new_listing", entered)
    if changed := values.get("StatusChangeTimestamp"):
        yield _event(values, "status_change", changed, "StandardStatus", None, values.get("StandardStatus"))
    before, now = values.get("PreviousListPrice") or values.get("OriginalListPrice"), values.get("ListPrice")
    repriced = values.get("PriceChangeTimestamp") or (major_at if major == "Price Change" else None)
    if repriced and before and now and before != now:
        yield _event(values, "price_change", repriced, "ListPrice", _amount(before), _amount(now))
    returned = _moment_or_none(row, "BackOnMarketTimestamp") or _midnight(_day_or_none(row, "BackOnMarketDate"))
    if not returned and major == "Back On Market":
        returned = major_at or values.get("StatusChangeTimestamp")
    if returned:
        yield _event(values, "back_on_market", returned, "StandardStatus", None, values.get("StandardStatus"))


def _event(
    values: Mapping[str, Any], type_: str, at: dt.datetime, field: str | None = None, before: str | None = None, after: str | None = None
) -> dict[str, Any]:
    return {
        "record_id": f"{values['ListingKey']}:{type_}:{normalise.literal(at)}",
        "event_type": type_,
        "occurred_at": at,
        "FieldName": field,
        "PreviousValue": before,
        "NewValue": after,
    }


def _amount(price: float) -> str:
    return str(int(price)) if price.is_integer() else str(price)


def _midnight(day: dt.date | None) -> dt.datetime | None:
    return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC) if day else None


def _moment_or_none(row: Mapping[str, Any], name: str) -> dt.datetime | None:
    try:
        return normalise.moment(row.get(name))
    except ValueError:
        return None


def _day_or_none(row: Mapping[str, Any], name: str) -> dt.date | None:
    try:
        return normalise.day(row.get(name))
    except ValueError:
        return None


def _shown(value: Any) -> str:
    return "missing" if value is None else repr(str(value)[:80])
