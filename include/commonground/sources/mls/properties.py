"""One RESO Property row → a `listing` record, and the `listing_event`s that the row itself tells of.

A value that decides something (a date, a moment, a price, the status) and cannot be read refuses the row. One that only
describes the home (rooms, area, year) is set aside: it stays, as it came, in `local_fields` with everything that has no
column of its own. Photos are counted, not kept.
"""

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from commonground import records
from commonground.sources.base import Item, Record, Refusal
from commonground.sources.mls import normalise
from commonground.sources.text import clean_text

# Longest expansion (rooms, units) that is worth keeping in a column of JSON; beyond it only the count stays.
LONGEST_EXPANSION = 4_000
ASSUMED_UTC = "@assumed_utc"  # key in local_fields: the timestamps that came without a zone

_COMMON = {column.name for column in records.COMMON}
_COLUMNS = {column.name: column.type for column in records.KINDS["listing"].columns if column.name not in _COMMON}
_OF_TYPE: dict[str, Callable[[Any], Any]] = {
    "text": normalise.text,
    "texts": normalise.enumerations,
    "integer": normalise.integer,
    "number": normalise.number,
    "date": normalise.day,
    "moment": normalise.moment,
}
_OWN: dict[str, Callable[[Any], Any]] = {
    "PropertyType": normalise.property_type,
    "PropertySubType": normalise.enumeration,
    "MajorChangeType": normalise.enumeration,
    "PostalCode": normalise.postal_code,
}
# Read before the others, since they decide what the row is; and our own column, which no field of a row can be.
_READ_FIRST = frozenset({"ListingKey", "StandardStatus", "ModificationTimestamp", "local_fields"})
_READERS = {name: _OWN.get(name) or _OF_TYPE[type_] for name, type_ in _COLUMNS.items() if name not in _READ_FIRST}
_MOMENTS = frozenset(name for name, type_ in _COLUMNS.items() if type_ == "moment")
_ESSENTIAL = frozenset(name for name, type_ in _COLUMNS.items() if type_ in ("date", "moment") or name.endswith("Price"))
_RULE_OF_TYPE = {"date": "bad_date", "moment": "bad_date", "number": "bad_number"}
_cleaned = lru_cache(maxsize=4096)(clean_text)  # names of fields are the same in every row
_AS_JSON = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode


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
    local: dict[str, Any] = {}
    assumed_utc = []
    for name, raw in row.items():
        if raw is None or name in _READ_FIRST:
            continue
        reader = _READERS.get(name)
        if reader is None:
            if raw != "" and raw != [] and name[:1] != "@":
                _keep(local, name, raw)
            continue
        try:
            values[name] = found = reader(raw)
        except ValueError as error:
            if name in _ESSENTIAL:
                raise BadRowError(_RULE_OF_TYPE[_COLUMNS[name]], f"{name} is {_shown(raw)}, expected {error}") from None
            local[name] = normalise.plain(raw)
            continue
        if name in _MOMENTS and found is not None and not normalise.has_zone(raw):
            assumed_utc.append(name)
    if assumed_utc:
        local[ASSUMED_UTC] = [name for name in _COLUMNS if name in assumed_utc]
    values["UnparsedAddress"] = values.get("UnparsedAddress") or _address(row, values)
    values["local_fields"] = _AS_JSON(local) if local else None
    return values


def _keep(local: dict[str, Any], name: str, value: Any) -> None:
    """Keeps a field that has no column of its own; of a long expansion, only how much there is."""
    is_nested = isinstance(value, dict) or (isinstance(value, list) and any(isinstance(item, dict) for item in value))
    if is_nested and (name == "Media" or len(json.dumps(value, default=str)) > LONGEST_EXPANSION):
        local[f"{_cleaned(name)}@odata.count"] = len(value) if isinstance(value, list) else 1
    else:
        local[_cleaned(name)] = normalise.plain(value)


def _address(row: Mapping[str, Any], values: Mapping[str, Any]) -> str | None:
    """The address line out of its parts, where there is at least a street."""

    def part(name: str) -> str | None:
        try:
            return normalise.text(row.get(name))
        except ValueError:
            return None

    street_name = values.get("StreetName")
    if not street_name:
        return None
    number = values.get("StreetNumber") or part("StreetNumberNumeric")
    unit = values.get("UnitNumber")
    names = (values.get("StreetDirPrefix"), street_name, values.get("StreetSuffix"), part("StreetDirSuffix"))
    street = " ".join(piece for piece in (number, *names, f"Unit {unit}" if unit else None) if piece)
    region = " ".join(piece for piece in (values.get("StateOrProvince"), values.get("PostalCode")) if piece)
    return ", ".join(piece for piece in (street, values.get("City"), region) if piece)


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
