"""RESO HistoryTransactional and Showing rows → `listing_event` records.

A showing of the MLS names a listing, its agents and a time, never the visitor, so it says something of the listing and nothing of a
contact. Of the history only what decides is kept: status, price, entry, return to the market.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from commonground.contracts.rules import STANDARD_STATUSES
from commonground.sources.base import Item, Record, Refusal
from commonground.sources.mls import normalise
from commonground.sources.mls.properties import BadRowError, is_gone, key_of, read, refusal

_TYPES = {"newlisting": "new_listing", "backonmarket": "back_on_market", "pricechange": "price_change"}
_PRICE_FIELDS = ("listprice", "currentprice")


def history(row: Mapping[str, Any], status_map: Mapping[str, str], stamp: Mapping[str, Any]) -> Iterator[Item]:
    """The event of one HistoryTransactional row."""
    key_name = "HistoryTransactionalKey"
    try:
        key = key_of(row, key_name)
        subject = text_or_none(row.get("ResourceName"))
        if subject is not None and normalise.fold(subject) != "property":
            yield passed_over("other_resource", f"ResourceName is {subject!r}, expected Property", row, stamp, "listing_event", key_name)
            return
        values = _change(row, status_map)
        if values is None:
            said = text_or_none(row.get("FieldName")) or text_or_none(row.get("ChangeType"))
            yield passed_over("other_field", f"{said!r} changed, expected status or price", row, stamp, "listing_event", key_name)
            return
        at = read(row, "ModificationTimestamp", normalise.moment, "bad_date")
        common = {"record_id": f"history:{key}", "ListingKey": key_of(row, "ResourceRecordKey"), "modified_at": at, "occurred_at": at}
        yield Record("listing_event", {**common, **values, "is_deleted": is_gone(row), **stamp})
    except BadRowError as error:
        yield refusal(error, "listing_event", row, stamp, key_name)


def showing(row: Mapping[str, Any], stamp: Mapping[str, Any]) -> Iterator[Item]:
    """The event of one Showing row."""
    try:
        key = key_of(row, "ShowingKey")
        values: dict[str, Any] = {"record_id": f"Showing:{key}", "event_type": "showing", "is_deleted": is_gone(row)}
        values["modified_at"] = read(row, "ModificationTimestamp", normalise.moment, "bad_date")
        if not values["is_deleted"]:
            values["ListingKey"] = key_of(row, "ListingKey")
            values["occurred_at"] = read(row, "ShowingStartTimestamp", normalise.moment, "bad_date") or read(
                row, "ShowingRequestedTimestamp", normalise.moment, "bad_date"
            )
            values["ends_at"] = read(row, "ShowingEndTimestamp", normalise.moment, "bad_date")
            values["NewValue"] = normalise.enumeration(text_or_none(row.get("ShowingStatus")))
        yield Record("listing_event", {**values, **stamp})
    except BadRowError as error:
        yield refusal(error, "listing_event", row, stamp, "ShowingKey")


def text_or_none(value: object) -> str | None:
    """The value as text, or None if it is no text."""
    try:
        return normalise.text(value)
    except ValueError:
        return None


def passed_over(rule: str, reason: str, row: Mapping[str, Any], stamp: Mapping[str, Any], kind: str, key: str) -> Refusal:
    """The refusal of a row that was understood and holds nothing to keep."""
    return refusal(BadRowError(rule, reason), kind, row, stamp, key)


def _change(row: Mapping[str, Any], status_map: Mapping[str, str]) -> dict[str, Any] | None:
    """What changed, from what to what; None if it is nothing we keep."""
    field = text_or_none(row.get("FieldName"))
    change = text_or_none(row.get("ChangeType")) or ""
    before, after = (text_or_none(row.get(name)) for name in ("PreviousValue", "NewValue"))
    folded = normalise.fold(field or "")
    if folded == "standardstatus":
        previous, new = _status(before, status_map), _status(after, status_map)
        return {"event_type": "status_change", "FieldName": "StandardStatus", "PreviousValue": previous, "NewValue": new}
    if folded in _PRICE_FIELDS:
        return {"event_type": "price_change", "FieldName": "ListPrice", "PreviousValue": _amount(before), "NewValue": _amount(after)}
    if field is not None:
        return None
    if event_type := _TYPES.get(normalise.fold(change)):
        return {"event_type": event_type, "PreviousValue": before, "NewValue": after}
    status = _status("Delete" if normalise.fold(change) == "deleted" else change, status_map)
    known = normalise.fold(status or "") in {normalise.fold(one) for one in STANDARD_STATUSES}
    return {"event_type": "status_change", "FieldName": "StandardStatus", "NewValue": status} if known else None


def _status(words: str | None, status_map: Mapping[str, str]) -> str | None:
    try:
        return normalise.standard_status(words, status_map)
    except ValueError:
        return words


def _amount(words: str | None) -> str | None:
    try:
        price = normalise.number(words)
    except ValueError:
        return words
    return None if price is None else str(int(price)) if price.is_integer() else str(price)
