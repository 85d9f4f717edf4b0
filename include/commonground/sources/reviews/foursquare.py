"""Foursquare's Places API of 2025 (or saved JSON answers, of v2 and v3, too) → places, and the tips left at them as reviews.

A tip names nobody and has no stars: it says something of the place only. Foursquare's stars run to ten, ours to five.

Credentials: `password` is the service key. Options: `place_ids`; `search`, Foursquare's parameters of a search, a text, or a list
of them, with `most`; `with_tips: false`; `fields`, what to ask of a place (stars and counts are charged as premium).
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from commonground.errors import ConfigError, CredentialsError, SourceUnavailableError, UnreadableError
from commonground.sources.base import Item, Page, Refusal, Source, Visit
from commonground.sources.http import Answer, AnswerError, HttpClient
from commonground.sources.reviews import older
from commonground.sources.reviews.rows import rows, searches_of, stamp, texts_of
from commonground.sources.text import clean_text, epoch_seconds, iso_moment

API_VERSION = "2025-06-17"
TTL_HOURS = 24.0  # the developer terms, unless a contract says more: then the feed's ttl_hours
PAGE_SIZE = 50  # the vendor's largest
TIPS = 50  # the vendor's largest
DEEPEST = 500  # each page is charged: what a search may bring unless `most` says otherwise
PER_SECOND = 9  # nine tenths of the vendor's default
FIELDS = ("fsq_place_id", "name", "latitude", "longitude", "location", "categories", "date_closed")
_ID = r"[A-Za-z0-9]+"


class Foursquare(Source):
    """Local places as Foursquare knows them."""

    name = "foursquare"
    family = "reviews"
    is_api = True

    def fetch(self, visit: Visit) -> Iterator[Page]:
        """Places that are named and found, then their tips; one that Foursquare does not know comes as `unavailable`.

        Raises:
            ConfigError: the options name nothing to look up.
            CredentialsError, UnreadableError, SourceUnavailableError: as `HttpClient.get`; spent credits are the last.
        """
        ids, searches = texts_of(visit, "place_ids", _ID, "Foursquare place ids"), searches_of(visit, "query")
        if not ids and not searches:
            raise ConfigError(f"feeds.yaml: feed {visit.feed.name!r}: Foursquare wants options.place_ids or options.search")
        fields = ",".join(texts_of(visit, "fields", r"[a-z_]+", "fields of a place") or FIELDS)
        found: dict[str, None] = {}
        with _client(visit) as client:
            for place_id in ids:
                page = _about(client, "place", place_id, {"fields": fields})
                if page.resource == "place":
                    found[str(page.body.get("fsq_place_id") or place_id)] = None
                yield page
            for search in searches:
                for page in _search(client, search, fields):
                    found |= {str(one[_KEY]): None for one in page.body["results"] if isinstance(one, dict) and one.get(_KEY)}
                    yield page
            for place_id in found if visit.feed.options.get("with_tips", True) else ():
                yield _about(client, "tips", place_id, {"limit": TIPS, "sort": "NEWEST"})
        visit.next_checkpoint |= {"place_ids": list(found), "watermark": visit.now.isoformat()}

    def todays(self, body: Any) -> Any:
        """Answers of the vendor's older APIs, too."""
        return older.foursquare(body)

    def resource_of(self, body: Any, path: Path) -> str:
        """`results` of a search, `place`, or `tips` (a bare list; whose they are is in the file's name)."""
        if isinstance(body, list) and any(isinstance(one, dict) and "text" in one and _KEY not in one for one in body):
            return "tips"
        if isinstance(body, dict):
            results = body.get("results")
            if isinstance(results, list) and (not results or any(isinstance(one, dict) and _KEY in one for one in results)):
                return "results"
            if isinstance(body.get("tips"), list) and "name" not in body:
                return "tips"
            if isinstance(body.get(_KEY), str):
                return "place"
            if isinstance(body.get("message"), str):
                raise UnreadableError(f"{path.name}: an error answer of Foursquare: {body['message'][:200]!r}")
        raise UnreadableError(f"{path.name}: no answer of Foursquare's Places API; expected 'results', a place with {_KEY}, or tips")

    def conform(self, page: Page, visit: Visit) -> Iterator[Item]:
        """Places and tips, each with the hour it must be forgotten."""
        body, fixed = page.body, stamp(page, visit, visit.feed.ttl_hours or TTL_HOURS)
        if page.resource == "unavailable":
            yield Refusal("place_unavailable", body["message"], body[_KEY], "place", body[_KEY])
        elif page.resource == "tips":
            tips = body if isinstance(body, list) else body["tips"]
            place_id = (body.get(_KEY) if isinstance(body, dict) else None) or re.sub(r"[_.-]?tips$", "", Path(page.url).stem)
            yield from rows(tips, "review", _tip, key="fsq_tip_id", page=page, fixed={**fixed, "place_ref": place_id})
        else:
            for place in body["results"] if page.resource == "results" else [body]:
                yield from rows([place], "place", _place, key=_KEY, page=page, fixed=fixed)
                tips = place.get("tips") if isinstance(place, dict) and place.get(_KEY) else None
                if isinstance(tips, list):
                    about = {**fixed, "place_ref": str(place[_KEY])}
                    yield from rows(tips, "review", _tip, key="fsq_tip_id", page=page, fixed=about)


_KEY = "fsq_place_id"


def _place(place: Mapping[str, Any]) -> dict[str, Any]:
    place_id = place.get(_KEY)
    if not isinstance(place_id, str) or not place_id.strip():
        raise ValueError(f"has no {_KEY} (it says {str(place_id)[:80]!r})")
    location, stats, rating = place.get("location") or {}, place.get("stats") or {}, place.get("rating")
    return {
        "record_id": place_id,
        "name": clean_text(place.get("name")),
        "categories": [clean_text(one.get("name")) for one in place.get("categories") or []],
        "street": clean_text(location.get("address")),
        "city": clean_text(location.get("locality") or location.get("post_town")),
        "state": clean_text(location.get("region")),
        "postal_code": clean_text(location.get("postcode")),
        "latitude": place.get("latitude"),
        "longitude": place.get("longitude"),
        "rating": None if rating is None else float(rating) / 2,
        "review_count": stats.get("total_ratings"),
        "source_url": f"https://foursquare.com/v/{place_id}" if re.fullmatch(_ID, place_id) else None,
        "is_deleted": bool(place.get("date_closed")),
    }


def _tip(tip: Mapping[str, Any]) -> dict[str, Any]:
    tip_id = tip.get("fsq_tip_id") or tip.get("id")
    if not isinstance(tip_id, str) or not tip_id.strip():
        raise ValueError(f"has no fsq_tip_id (it says {str(tip_id)[:80]!r})")
    user = tip.get("user") or {}
    name = " ".join(filter(None, (clean_text(user.get(part)) for part in ("firstName", "lastName"))))  # of older answers
    return {
        "record_id": tip_id,
        "subject_type": "place",
        "reviewer_name": name or None,
        "is_anonymous": not name,
        "text": clean_text(tip.get("text")),
        "occurred_at": created_at(tip.get("created_at")),
        "source_url": url if isinstance(url := tip.get("url"), str) and url.startswith("https://") else None,
    }


def created_at(value: object) -> Any:
    """A tip's time: ISO 8601 as the API writes it, or seconds since 1970 as its prose says; raises `ValueError` for others."""
    if isinstance(value, str) and not re.fullmatch(r"\s*\d+(\.\d+)?\s*", value):
        return iso_moment(value)
    return epoch_seconds(value)


def _about(client: HttpClient, resource: str, place_id: str, params: Mapping[str, Any]) -> Page:
    try:
        answer = _asked(client, f"places/{place_id}" + ("/tips" if resource == "tips" else ""), params)
    except AnswerError as error:
        if error.status not in (400, 404, 410):
            raise
        return Page("unavailable", f"foursquare:{place_id}", {_KEY: place_id, "message": str(error)})
    wanted: type = list if resource == "tips" else dict
    if not isinstance(answer.body, wanted):
        raise AnswerError(f"{answer.url}: expected {'a list' if wanted is list else 'an object'} of {resource}", answer.status)
    # a list of tips does not say whose they are
    return Page(resource, answer.url, {_KEY: place_id, "tips": answer.body} if resource == "tips" else answer.body)


def _search(client: HttpClient, search: Mapping[str, Any], fields: str) -> Iterator[Page]:
    """Pages of one search by their `Link` headers, until there is none or `most` are found."""
    left = int(search.get("most") or DEEPEST)
    terms = {name: value for name, value in search.items() if name != "most"}
    answer = _asked(client, "places/search", {**terms, "fields": fields, "limit": min(PAGE_SIZE, left)})
    links = set[str]()
    while True:
        results = answer.body.get("results") if isinstance(answer.body, dict) else None
        if not isinstance(results, list):
            raise AnswerError(f"{answer.url}: expected a list under 'results'", answer.status)
        yield Page("results", answer.url, {"results": results[:left]})
        left -= len(results)
        link = answer.next_link
        if not link or not results or left <= 0:
            return
        if link in links:
            raise AnswerError(f"{answer.url}: the next page's link leads in circles", answer.status)
        links.add(link)
        answer = _asked(client, link)


def _asked(client: HttpClient, path_or_url: str, params: Mapping[str, Any] | None = None) -> Answer:
    """402 is the vendor's word for spent credits: nothing is wrong with the question, and asking on is useless."""
    try:
        return client.get(path_or_url, params)
    except AnswerError as error:
        if error.status != 402:
            raise
        raise SourceUnavailableError(str(error)) from None


def _client(visit: Visit) -> HttpClient:
    key = visit.credentials.password or visit.credentials.login
    if not key:
        raise CredentialsError(f"feed {visit.feed.name!r}: Foursquare wants the service key as the connection's password")
    return HttpClient(
        visit.base_url("https://places-api.foursquare.com/"),
        headers={"X-Places-Api-Version": API_VERSION},
        auth=key,
        per_second=PER_SECOND,
        is_spent=lambda body: "credit" in str(body.get("message") if isinstance(body, dict) else body).lower(),
    )
