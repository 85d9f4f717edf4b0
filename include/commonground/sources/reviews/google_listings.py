"""What Google says of a listing itself (Business Information API, or the older v4 form) → the place of the team's own business."""

from collections.abc import Iterator, Mapping
from typing import Any

from commonground.sources.base import Item, Page, Record, Visit
from commonground.sources.reviews.rows import file_of
from commonground.sources.text import clean_text

INFORMATION_URL = "https://mybusinessbusinessinformation.googleapis.com/v1/"
READ_MASK = "name,title,storefrontAddress,latlng,categories,metadata"


def listing_of(location: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """A location's id, and the columns of its place; raises `ValueError` if it has no name of the form `locations/<id>`."""
    key = str(location.get("name") or "").rpartition("locations/")[2]
    if not key:
        raise ValueError(f"its name {str(location.get('name'))[:80]!r} is not of the form locations/<id>")
    address = location.get("storefrontAddress") or location.get("address") or {}
    point, categories = location.get("latlng") or {}, location.get("categories") or {}
    kinds = [categories.get("primaryCategory") or location.get("primaryCategory"), *(categories.get("additionalCategories") or [])]
    maps = (location.get("metadata") or {}).get("mapsUri") or (location.get("metadata") or {}).get("mapsUrl")
    return key, {
        "name": clean_text(location.get("title") or location.get("locationName")),
        "categories": [clean_text(one.get("displayName")) for one in kinds if one],
        "street": " ".join(filter(None, map(clean_text, address.get("addressLines") or []))),
        "city": clean_text(address.get("locality")),
        "state": clean_text(address.get("administrativeArea")),
        "postal_code": clean_text(address.get("postalCode")),
        "latitude": point.get("latitude"),
        "longitude": point.get("longitude"),
        "source_url": maps if isinstance(maps, str) and maps.startswith("http") else None,
    }


def place_of(location: str, body: Mapping[str, Any], page: Page, visit: Visit) -> Iterator[Item]:
    """The place of a location, once a visit: the vendor repeats mean and count on every page. None if nothing is said of it."""
    key = location.rpartition("/")[2]
    placed: set[str] = visit.notes.setdefault("placed", set())
    listing = visit.notes.get("listings", {}).get(key, {})
    if key in placed or not (listing or "averageRating" in body or "totalReviewCount" in body):
        return
    placed.add(key)
    yield Record(
        "place",
        {
            **listing,
            "record_id": key,
            "name": listing.get("name") or f"Google listing {key}",
            "rating": body.get("averageRating"),
            "review_count": body.get("totalReviewCount"),
            "modified_at": visit.now,
            "source_file": file_of(page),
        },
    )
