"""The Yelp Open Dataset (academic licence only): a row of one of its five files → places, reviews, nameless people and their ties.

The files are a JSON object to a line, and differ from their documentation: `friends`, `elite` and `categories` are comma
strings, "None" or null where lists are documented, attributes are Python literals in strings (not read), times are local to
the business without a zone. Users go by a first name: they are placeholders, whom nothing may match.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from commonground.sources.base import Item, Record, Refusal
from commonground.sources.text import clean_text, local_moment, stable_id


def file_kind(row: Any) -> str | None:
    """Which of the five files a row is of, by its keys: `business`, `review`, `user`, `tip` or `checkin`; None if of none."""
    if not isinstance(row, dict) or not ("business_id" in row or "user_id" in row) or "reviews" in row or "error" in row:
        return None
    if "review_id" in row:
        return "review"
    if "business_id" not in row:
        return "user"
    if "user_id" in row:
        return "tip" if "text" in row else None
    if "name" in row:
        return "business"
    return "checkin" if "date" in row else None


def items(kind: str, row: Mapping[str, Any], zone: ZoneInfo) -> Iterator[Item]:
    """What a row says; raises `ValueError` (or what a wrong form brings) for one that cannot be read."""
    if kind == "business":
        yield Record("place", _place(row))
    elif kind == "review":
        yield Record("review", {**_opinion(row, zone), "record_id": _id(row, "review_id"), "rating": row.get("stars")})
    elif kind == "tip":
        opinion = _opinion(row, zone)
        key = stable_id(row.get("user_id"), row.get("business_id"), row.get("date"), opinion["text"])
        yield Record("review", {**opinion, "record_id": key})
    elif kind == "user":
        yield from _user(row, zone)
    else:
        # counts of visits by nobody in particular: there is no kind of record that they would be
        yield Refusal("names_nobody", f"check-ins at {_id(row, 'business_id')} name nobody", str(row.get("date"))[:200], None)


def listed(value: object) -> list[str]:
    """A list as the documentation has it, or as the files do: words with commas between them, "None" or null for none."""
    if isinstance(value, list):
        return [clean_text(one) for one in value if clean_text(one)]
    text = clean_text(value)
    return [] if text in ("", "None") else [word for part in text.split(",") if (word := part.strip())]


def _id(row: Mapping[str, Any], key: str) -> str:
    found = row.get(key)
    if not isinstance(found, str) or not found.strip():
        raise ValueError(f"has no {key} (it says {str(found)[:80]!r})")
    return found


def _place(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "record_id": _id(row, "business_id"),
        "name": clean_text(row.get("name")),
        "categories": listed(row.get("categories")),
        "street": clean_text(row.get("address")),
        "city": clean_text(row.get("city")),
        "state": clean_text(row.get("state")),
        "postal_code": clean_text(row.get("postal_code")),
        "latitude": row.get("latitude"),
        "longitude": row.get("longitude"),
        "rating": row.get("stars"),
        "review_count": row.get("review_count"),
        "is_deleted": row.get("is_open") in (0, False, "0"),
    }


def _opinion(row: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    return {
        "subject_type": "place",
        "place_ref": _id(row, "business_id"),
        "is_anonymous": True,
        "text": clean_text(row.get("text")),
        "occurred_at": local_moment(clean_text(row.get("date")), zone),
    }


def _user(row: Mapping[str, Any], zone: ZoneInfo) -> Iterator[Item]:
    user = _id(row, "user_id")
    yield Record(
        "person",
        {
            "record_id": user,
            "person_type": "placeholder",
            "given_name": clean_text(row.get("name")),
            "full_name": clean_text(row.get("name")),
            "created_at": local_moment(clean_text(row.get("yelping_since")), zone),
        },
    )
    for friend in dict.fromkeys(listed(row.get("friends"))):
        # both of them name it: one record either way
        first, second = sorted((user, friend))
        if first != second:
            values = {"record_id": f"{first}|{second}", "src_ref": first, "dst_ref": second, "tie_type": "friend", "is_directed": False}
            yield Record("tie", values)
