"""Google Places API (New), or saved JSON answers (of the older one, too) → places with Google's mean and count, and the few reviews shown.

Google lets nothing but place ids be kept: every record carries the hour it must be forgotten, and ids alone stay in the
checkpoint. Reviewers are display names and never decide who somebody is. The key goes in a header, never in an address.

Credentials: `password` is the API key. Options: `place_ids`; `own_place_ids` (the team's own listings, whose reviews are of the
team); `search`, a text, Google's parameters of a text search, or a list of them, with `most`; `with_reviews: false` asks for
places alone, at a lower price; `language`.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from commonground.errors import ConfigError, CredentialsError, UnreadableError
from commonground.sources.base import Item, Page, Refusal, Source, Visit
from commonground.sources.contacts.addresses import formatted_address
from commonground.sources.http import Answer, AnswerError, HttpClient, RefusedError
from commonground.sources.reviews import older
from commonground.sources.reviews.rows import rows, searches_of, stamp, texts_of
from commonground.sources.text import clean_text, iso_moment, stable_id

TTL_HOURS = 24.0  # the terms allow no keeping at all: no longer than one night's tables need
PAGE_SIZE = 20  # the vendor's largest
DEEPEST = 60  # a text search never shows more
PER_MINUTE = 540  # nine tenths of the vendor's 600 a minute and method
FIELDS = (
    "id", "name", "displayName", "formattedAddress", "addressComponents", "location", "primaryTypeDisplayName", "types",
    "rating", "userRatingCount", "businessStatus", "googleMapsUri",
)  # fmt: skip
_ABOUT_ONE = frozenset({"NOT_FOUND", "INVALID_ARGUMENT"})
_NAMELESS = frozenset({"a google user", "google user"})


class GooglePlaces(Source):
    """Local businesses on Google Maps."""

    name = "google-places"
    family = "reviews"
    is_api = True

    def fetch(self, visit: Visit) -> Iterator[Page]:
        """Each place that is named, then what the searches find; a place that Google does not know comes as `unavailable`.

        Raises:
            ConfigError: the options name nothing to look up.
            CredentialsError, UnreadableError, SourceUnavailableError: as `HttpClient.get`; a spent daily quota is the last.
        """
        ids = [*texts_of(visit, "own_place_ids", _ID, "place ids"), *texts_of(visit, "place_ids", _ID, "place ids")]
        searches = searches_of(visit, "textQuery")
        if not ids and not searches:
            raise ConfigError(f"feeds.yaml: feed {visit.feed.name!r}: Google Places wants options.place_ids or options.search")
        fields = [*FIELDS, *(["reviews"] if visit.feed.options.get("with_reviews", True) else [])]
        language = visit.feed.options.get("language")
        found: dict[str, None] = {}
        with _client(visit) as client:
            for place_id in dict.fromkeys(ids):
                page = _details(client, place_id, fields, language)
                found[str(page.body.get("id") or place_id)] = None
                yield page
            for search in searches:
                for page in _search(client, {**({"languageCode": language} if language else {}), **search}, fields):
                    found |= {str(one["id"]): None for one in page.body["places"] if isinstance(one, dict) and one.get("id")}
                    yield page
        visit.next_checkpoint |= {"place_ids": list(found), "watermark": visit.now.isoformat()}

    def todays(self, body: Any) -> Any:
        """Answers of the vendor's older APIs, too."""
        return older.google_places(body)

    def resource_of(self, body: Any, path: Path) -> str:
        """`places` (a search) or `place`."""
        if isinstance(body, dict):
            if isinstance(body.get("places"), list):
                return "places"
            if isinstance(body.get("id"), str) and any(name in body for name in ("displayName", "rating", "reviews", "formattedAddress")):
                return "place"
            if isinstance(body.get("error"), dict):
                raise UnreadableError(f"{path.name}: an error answer of Google: {str(body['error'].get('message'))[:200]!r}")
        raise UnreadableError(f"{path.name}: no answer of Google Places (New); expected a place with id and displayName, or 'places'")

    def conform(self, page: Page, visit: Visit) -> Iterator[Item]:
        """Places and their reviews, each with the hour it must be forgotten."""
        body = page.body
        if page.resource == "unavailable":
            yield Refusal("place_unavailable", body["message"], body["asked_as"], "place", body["asked_as"])
            return
        fixed = stamp(page, visit, TTL_HOURS)
        own = set(texts_of(visit, "own_place_ids", _ID, "place ids"))
        places = body["places"] if page.resource == "places" else [body]
        for place in places:
            yield from rows([place], "place", _place, key="id", page=page, fixed=fixed)
            reviews = place.get("reviews") if isinstance(place, dict) else None
            if isinstance(place, dict) and isinstance(reviews, list) and isinstance(place.get("id"), str):
                subject = "team" if {place["id"], body.get("asked_as")} & own else "place"
                about = {**fixed, "place_ref": place["id"], "subject_type": subject}
                yield from rows(reviews, "review", _review, key="name", page=page, fixed=about)


_ID = r"[A-Za-z0-9_-]+"


def _place(place: Mapping[str, Any]) -> dict[str, Any]:
    place_id = place.get("id")
    if not isinstance(place_id, str) or not place_id.strip():
        raise ValueError(f"has no id (it says {str(place_id)[:80]!r})")
    location, kind = place.get("location") or {}, place.get("primaryTypeDisplayName") or {}
    address = _address(place.get("addressComponents") or [])
    # an answer may have the whole address alone
    whole = {} if address else formatted_address(clean_text(place.get("formattedAddress")))
    types = [str(word).replace("_", " ") for word in place.get("types") or []]
    return {
        "record_id": place_id,
        "name": clean_text((place.get("displayName") or {}).get("text")),
        "categories": list(dict.fromkeys(filter(None, [clean_text(kind.get("text")), *types]))),
        "street": " ".join(filter(None, (address.get("street_number"), address.get("route")))) or whole.get("street"),
        "city": address.get("locality") or address.get("postal_town") or address.get("sublocality") or whole.get("city"),
        "state": address.get("administrative_area_level_1") or whole.get("state"),
        "postal_code": address.get("postal_code") or whole.get("postal_code"),
        "latitude": location.get("latitude"),
        "longitude": location.get("longitude"),
        "rating": place.get("rating"),
        "review_count": place.get("userRatingCount"),
        "source_url": _link(place.get("googleMapsUri")),
        "is_deleted": place.get("businessStatus") == "CLOSED_PERMANENTLY",
    }


def _address(components: list[Mapping[str, Any]]) -> dict[str, str]:
    """The parts of an address by the vendor's word for them; the state is its short name, the others are the long one."""
    parts: dict[str, str] = {}
    for component in components:
        for word in component.get("types") or []:
            is_state = word == "administrative_area_level_1"
            text = clean_text(component.get("shortText" if is_state else "longText") or component.get("longText"))
            parts.setdefault(str(word), text)
    return parts


def _review(review: Mapping[str, Any]) -> dict[str, Any]:
    author = review.get("authorAttribution") or {}
    shown, written_at = clean_text(author.get("displayName")), iso_moment(review.get("publishTime") or "")
    is_anonymous = not shown or shown.casefold() in _NAMELESS
    text = review.get("originalText") or review.get("text") or {}
    name = str(review.get("name") or "").rpartition("/")[2]
    if not name and not (shown and written_at):
        raise ValueError("has no name, and no author and time to know it by")
    return {
        "record_id": name or stable_id(shown, written_at),
        "reviewer_name": None if is_anonymous else shown,
        "is_anonymous": is_anonymous,
        "rating": review.get("rating"),
        "text": clean_text(text if isinstance(text, str) else text.get("text")),
        "occurred_at": written_at,
        "source_url": _link(review.get("googleMapsUri")),
    }


def _link(url: object) -> str | None:
    return url if isinstance(url, str) and url.startswith("https://") else None


def _details(client: HttpClient, place_id: str, fields: list[str], language: object) -> Page:
    mask = {"X-Goog-FieldMask": ",".join(fields)}
    try:
        answer = _asked(lambda: client.get(f"places/{place_id}", {"languageCode": language}, mask))
    except AnswerError as error:
        if _status(error.body) not in _ABOUT_ONE:
            raise
        return Page("unavailable", f"google-places:{place_id}", {"asked_as": place_id, "message": str(error)})
    if not isinstance(answer.body, dict):
        raise AnswerError(f"{answer.url}: expected an object, got {type(answer.body).__name__}", answer.status)
    # an id that Google has replaced answers under its new one
    return Page("place", answer.url, {**answer.body, "asked_as": place_id})


def _search(client: HttpClient, search: Mapping[str, Any], fields: list[str]) -> Iterator[Page]:
    """Pages of one text search, until it is done or `most` are found."""
    left = min(int(search.get("most") or DEEPEST), DEEPEST)
    question: dict[str, Any] = {name: value for name, value in search.items() if name != "most"}
    mask = {"X-Goog-FieldMask": ",".join([*(f"places.{name}" for name in fields), "nextPageToken"])}
    tokens = set[str]()
    while True:
        asked = {**question, "pageSize": min(PAGE_SIZE, left)}
        # without the dot the colon would make it a scheme
        answer = _asked(lambda asked=asked: client.post_json("./places:searchText", asked, mask))  # type: ignore[misc]
        body = answer.body if isinstance(answer.body, dict) else {}
        places = body.get("places", [])  # a search that finds nothing answers {}
        if not isinstance(places, list):
            raise AnswerError(f"{answer.url}: expected a list under 'places'", answer.status)
        yield Page("places", answer.url, {"places": places})
        left -= len(places)
        token = body.get("nextPageToken")
        if not token or not places or left <= 0:
            return
        if token in tokens:
            raise AnswerError(f"{answer.url}: nextPageToken repeats itself", answer.status)
        tokens.add(token)
        question["pageToken"] = token


def _asked(ask: Callable[[], Answer]) -> Answer:
    """Google says 400 to a wrong key: that is a matter of credentials, not of the question."""
    try:
        return ask()
    except AnswerError as error:
        if "API_KEY_INVALID" in _reasons(error.body):
            raise RefusedError(str(error), error.status, error.body) from None
        raise


def _error(body: Any) -> Mapping[str, Any]:
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def _status(body: Any) -> str:
    return str(_error(body).get("status") or "")


def _reasons(body: Any) -> set[str]:
    details = _error(body).get("details")
    return {str(one.get("reason")) for one in details if isinstance(one, dict)} if isinstance(details, list) else set()


def _is_day_spent(body: Any) -> bool:
    """A quota of a day is not worth waiting for; one of a minute is."""
    details = _error(body).get("details")
    metadata = [one.get("metadata") for one in details if isinstance(one, dict)] if isinstance(details, list) else []
    return any(str(one.get("quota_unit") or "").startswith("1/d") for one in metadata if isinstance(one, dict))


def _client(visit: Visit) -> HttpClient:
    key = visit.credentials.password or visit.credentials.login
    if not key:
        raise CredentialsError(f"feed {visit.feed.name!r}: Google Places wants the API key as the connection's password")
    return HttpClient(
        visit.base_url("https://places.googleapis.com/v1/"),
        headers={"X-Goog-Api-Key": key},
        per_minute=PER_MINUTE,
        secrets=[key],
        is_spent=_is_day_spent,
    )
