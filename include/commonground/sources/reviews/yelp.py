"""Yelp's Places API (or saved JSON answers, of v2 and GraphQL, too) → businesses as places, and the few reviews Yelp shows of each.

Yelp allows 24 hours of keeping: every record expires by itself, ids of businesses alone are remembered between visits. Review
times are local to the business and carry no zone: they are read in the market's time zone. Reviewers are display names and are
never used to decide who somebody is.

Credentials: `password` is the API key. Options: `business_ids`, and `search: {term, location}` (or a list of searches);
`own_business_ids` are the team's own listings, whose reviews are about the team.

`read` also takes the files of the Yelp Open Dataset (see `yelp_dataset`), for those whom its academic licence covers.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from commonground.errors import ConfigError, CredentialsError, UnreadableError
from commonground.sources.base import Item, Page, Record, Refusal, Source, Visit
from commonground.sources.drop_json import payload_of
from commonground.sources.http import AnswerError, HttpClient, RefusedError
from commonground.sources.reviews import older, yelp_dataset
from commonground.sources.reviews.rows import BAD_ROW
from commonground.sources.text import clean_text, local_moment

TTL_HOURS = 24.0  # the terms: nothing but business ids may be kept for longer
PAGE_SIZE = 50
DEEPEST_OFFSET = 240  # offset + limit beyond this is refused on the smallest plan
PER_SECOND = 4  # the vendor publishes no number; five a second draws TOO_MANY_REQUESTS_PER_SECOND
# answers about one business that say nothing about the key or the rest
_ABOUT_ONE = frozenset({"BUSINESS_UNAVAILABLE", "BUSINESS_NOT_FOUND", "BUSINESS_MIGRATED", "NOT_FOUND"})


class Yelp(Source):
    """Local businesses and the team's own listing on Yelp."""

    name = "yelp"
    family = "reviews"
    is_api = True

    def fetch(self, visit: Visit) -> Iterator[Page]:
        """Each business and its reviews; a business that Yelp does not show comes as an `unavailable` page.

        Raises:
            ConfigError: the options name nothing to look up.
            CredentialsError, UnreadableError, SourceUnavailableError: as `HttpClient.get`; a spent daily quota is the last.
        """
        options = visit.feed.options
        ids = list(dict.fromkeys([*_ids(options, "business_ids", visit), *_ids(options, "own_business_ids", visit)]))
        searches = options.get("search") or []
        searches = [searches] if isinstance(searches, dict) else searches
        if not ids and not searches:
            raise ConfigError(f"feeds.yaml: feed {visit.feed.name!r}: Yelp wants options.business_ids or options.search")
        with _client(visit) as client:
            has_reviews = True
            found: dict[str, str] = {}  # the id Yelp itself uses → the id or alias we asked with
            for asked_as in ids:
                for page in self._about(client, "business", asked_as):
                    if page.resource == "business":
                        found[str(page.body.get("id") or asked_as)] = asked_as
                    yield page
            for search in searches:
                for page in _search(client, search):
                    ids = [str(one["id"]) for one in page.body["businesses"] if isinstance(one, dict) and one.get("id")]
                    found = {**dict(zip(ids, ids, strict=True)), **found}
                    yield page
            for business_id, asked_as in found.items():
                if not has_reviews:
                    break
                for page in self._about(client, "reviews", business_id, asked_as):
                    # a plan without reviews says so for the first business as for all
                    has_reviews = page.resource != "unavailable" or page.body["code"] in _ABOUT_ONE
                    yield page
        visit.next_checkpoint["business_ids"] = list(found)
        visit.next_checkpoint["watermark"] = visit.now.isoformat()

    def _about(self, client: HttpClient, resource: str, business_id: str, asked_as: str | None = None) -> Iterator[Page]:
        try:
            answer = client.get(f"businesses/{business_id}" + ("/reviews" if resource == "reviews" else ""))
        except (AnswerError, RefusedError) as error:
            code = _code(error.body)
            is_plan = resource == "reviews" and error.status in (403, 404)
            if code not in _ABOUT_ONE and not is_plan:
                raise
            yield Page("unavailable", f"yelp:{business_id}", {"id": business_id, "what": resource, "code": code, "message": str(error)})
            return
        if not isinstance(answer.body, dict):
            raise AnswerError(f"{answer.url}: expected an object, got {type(answer.body).__name__}", answer.status)
        if resource == "reviews" and not isinstance(answer.body.get("reviews") or [], list):
            raise AnswerError(f"{answer.url}: expected a list under 'reviews'", answer.status)
        body = {**answer.body, "business_id": business_id, "asked_as": asked_as} if resource == "reviews" else answer.body
        yield Page(resource, answer.url, body)

    def todays(self, body: Any) -> Any:
        """Answers of the vendor's older APIs, too."""
        return older.yelp(body)

    def resource_of(self, body: Any, path: Path) -> str:
        """`business`, `search`, `reviews` (of the business that `business_id` or the file's name tells), or rows of the dataset."""
        first = body[0] if isinstance(body, list) and body else body
        if yelp_dataset.file_kind(first):
            return "dataset"
        if isinstance(body, dict):
            if isinstance(body.get("businesses"), list):
                return "search"
            if isinstance(body.get("id"), str) and "name" in body and ("location" in body or "coordinates" in body):
                return "business"
            reviews = body.get("reviews")
            if isinstance(reviews, list) and (not reviews or any(isinstance(one, dict) and "id" in one for one in reviews)):
                # a saved answer does not say whose reviews they are; its address, and so its name, did
                body.setdefault("business_id", path.stem.removesuffix("_reviews").removesuffix("-reviews").removesuffix(".reviews"))
                return "reviews"
            if isinstance(body.get("error"), dict):
                raise UnreadableError(f"{path.name}: an error answer of Yelp: {_code(body)}")
        raise UnreadableError(f"{path.name}: no answer of Yelp; expected a business, 'businesses' or 'reviews'")

    def conform(self, page: Page, visit: Visit) -> Iterator[Item]:
        """Places and reviews, each with the hour it must be forgotten."""
        expires_at = visit.now + dt.timedelta(hours=min(visit.feed.ttl_hours or TTL_HOURS, TTL_HOURS))
        stamp = {"expires_at": expires_at, "modified_at": visit.now, "source_file": None if "://" in page.url else page.url}
        body = page.body
        if page.resource == "dataset":
            zone = ZoneInfo(visit.market.time_zone)
            for row in body if isinstance(body, list) else [body]:
                yield from _of_dataset(row, stamp, zone)
        elif page.resource == "unavailable":
            yield Refusal("business_unavailable", body["message"], body["id"], record_id=body["id"])
        elif page.resource == "reviews":
            yield from _reviews(body, str(body["business_id"]), stamp, visit)
        else:
            for business in body["businesses"] if page.resource == "search" else [body]:
                try:
                    yield Record("place", {**_place(business), **stamp})
                except BAD_ROW as error:
                    yield _refusal("place", business, error)
                if isinstance(business, dict) and isinstance(business.get("reviews"), list):
                    yield from _reviews(business, str(business.get("id")), stamp, visit)


def _reviews(body: dict[str, Any], business_id: str, stamp: dict[str, Any], visit: Visit) -> Iterator[Item]:
    own, zone = set(_ids(visit.feed.options, "own_business_ids", visit)), ZoneInfo(visit.market.time_zone)
    is_own = bool({business_id, body.get("asked_as")} & own)
    for review in body.get("reviews") or []:
        try:
            yield Record("review", {**_review(review, business_id, zone, is_own=is_own), **stamp})
        except BAD_ROW as error:
            yield _refusal("review", review, error)


def _of_dataset(row: Any, stamp: dict[str, Any], zone: ZoneInfo) -> list[Item]:
    kind = yelp_dataset.file_kind(row)
    try:
        if kind is None:
            raise ValueError("is of none of the dataset's files")
        found = list(yelp_dataset.items(kind, row, zone))
    except BAD_ROW as error:
        words = str(error) if isinstance(error, ValueError) else f"not in the dataset's form ({type(error).__name__})"
        return [Refusal("unreadable_row", f"{kind or 'row'}: {words}", payload_of(row), source_file=stamp["source_file"])]
    return [
        Record(item.kind, {**item.values, **stamp}) if isinstance(item, Record) else replace(item, source_file=stamp["source_file"])
        for item in found
    ]


def _refusal(kind: str, thing: Any, error: Exception) -> Refusal:
    record_id = str(thing["id"]) if isinstance(thing, dict) and thing.get("id") else None
    return Refusal(f"unreadable_{kind}", f"Yelp {kind} {record_id}: {error}", payload_of(thing), kind, record_id)


def _id(thing: dict[str, Any]) -> str:
    found = thing.get("id")
    if not isinstance(found, str) or not found.strip():
        raise ValueError(f"has no id (it says {found!r})")
    return found


def _place(business: dict[str, Any]) -> dict[str, Any]:
    location, coordinates = business.get("location") or {}, business.get("coordinates") or {}
    streets = (clean_text(location.get(f"address{number}")) for number in (1, 2, 3))
    return {
        "record_id": _id(business),
        "name": clean_text(business.get("name")),
        "categories": [clean_text(one.get("title") or one.get("alias")) for one in business.get("categories") or []],
        "street": " ".join(filter(None, streets)),
        "city": clean_text(location.get("city")),
        "state": clean_text(location.get("state")),
        "postal_code": clean_text(location.get("zip_code")),
        "latitude": coordinates.get("latitude"),
        "longitude": coordinates.get("longitude"),
        "rating": business.get("rating"),
        "review_count": business.get("review_count"),
        "source_url": _public_url(business.get("url")),
        "is_deleted": business.get("is_closed") is True,
    }


def _review(review: dict[str, Any], business_id: str, zone: ZoneInfo, *, is_own: bool) -> dict[str, Any]:
    user = review.get("user") or {}
    name = clean_text(user.get("name"))
    return {
        "record_id": _id(review),
        "subject_type": "team" if is_own else "place",
        "place_ref": business_id,
        "reviewer_name": name,
        "is_anonymous": not name,
        "rating": review.get("rating"),
        "text": clean_text(review.get("text")),
        "occurred_at": local_moment(str(review.get("time_created") or ""), zone),
        "source_url": _public_url(review.get("url")),
    }


def _public_url(url: object) -> str | None:
    """The page's address without its query, which names our API key's owner."""
    return url.partition("?")[0] if isinstance(url, str) and url.startswith("http") else None


def _ids(options: dict[str, Any], key: str, visit: Visit) -> list[str]:
    given = options.get(key) or []
    ids = [given] if isinstance(given, str) else given
    if not isinstance(ids, list) or any(not isinstance(one, str) or not one or set(one) & set("/?#%. ") for one in ids):
        raise ConfigError(f"feeds.yaml: feed {visit.feed.name!r}: options.{key} wants a list of Yelp business ids or aliases")
    return ids


def _search(client: HttpClient, search: dict[str, Any]) -> Iterator[Page]:
    """Pages of one search, until it is done, the plan's depth is reached, or `most` (an option of the search) are found."""
    wanted = int(search.get("most") or DEEPEST_OFFSET)
    terms = {name: value for name, value in search.items() if name != "most"}
    offset = 0
    while offset < min(wanted, DEEPEST_OFFSET):
        limit = min(PAGE_SIZE, wanted - offset, DEEPEST_OFFSET - offset)
        answer = client.get("businesses/search", {**terms, "limit": limit, "offset": offset})
        businesses = answer.body.get("businesses") if isinstance(answer.body, dict) else None
        if not isinstance(businesses, list):
            raise AnswerError(f"{answer.url}: expected a list under 'businesses'", answer.status)
        yield Page("search", answer.url, answer.body)
        offset += limit
        if not businesses or offset >= int(answer.body.get("total") or 0):
            return


def _code(body: Any) -> str:
    error = body.get("error") if isinstance(body, dict) else None
    return str(error.get("code") or "") if isinstance(error, dict) else ""


def _client(visit: Visit) -> HttpClient:
    key = visit.credentials.password or visit.credentials.login
    if not key:
        raise CredentialsError(f"feed {visit.feed.name!r}: Yelp wants the API key as the connection's password")
    return HttpClient(
        visit.base_url("https://api.yelp.com/v3/"),
        auth=key,
        per_second=PER_SECOND,
        limit_wait_seconds=2.0,  # what draws a 429 is a second's limit; the day's is told apart by its code
        is_spent=lambda body: _code(body) == "ACCESS_LIMIT_REACHED",
    )
