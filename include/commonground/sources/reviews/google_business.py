"""Google Business Profile, the team's own listings (API, or saved JSON answers) → reviews of the team or of an agent, and a place each.

Credentials: `extra` holds `client_id`, `client_secret` and `refresh_token` of the OAuth consent (scope business.manage), or
`password` an access token. Options: `account` and `location` (ids, or together `location: accounts/1/locations/2`), or a list of
`locations`; `account` alone reads every location of the account. `agent_id` if the listing is one team member's rather than the
team's. `information_url` where locations are listed, if not at Google.

Every visit walks all reviews. One that the last visit saw and this one does not is asked for by its name: only what the
vendor then says is not there is deleted, since pages shift while they are walked.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from commonground.errors import ConfigError, CredentialsError, UnreadableError
from commonground.sources.base import Item, Page, Record, Refusal, Source, Visit
from commonground.sources.drop_json import payload_of
from commonground.sources.http import AnswerError, HttpClient, RefusedError
from commonground.sources.reviews import older
from commonground.sources.reviews.google_listings import INFORMATION_URL, READ_MASK, listing_of, place_of
from commonground.sources.reviews.rows import file_of, rows
from commonground.sources.text import clean_text

PAGE_SIZE = 50  # the vendor's largest
LOCATIONS_PAGE_SIZE = 100  # the vendor's largest
PER_MINUTE = 270  # nine tenths of the 300 queries a minute a project has
TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105 (an address)
_STARS = {"ONE": 1, "TWO": 2, "THREE": 3, "FOUR": 4, "FIVE": 5}
_TRANSLATED = re.compile(r"^\s*\(Translated by Google\)\s*", re.IGNORECASE)
_ORIGINAL = re.compile(r"\s*\(Original\)\s*", re.IGNORECASE)
_TRANSLATION_BELOW = re.compile(r"\n\s*\(Translated by Google\)\s*", re.IGNORECASE)
_LOCATION = re.compile(r"accounts/[^/\s?#]+/locations/[^/\s?#]+")


class GoogleBusiness(Source):
    """Reviews of the team's own Google listing: its own customers, and storable."""

    name = "google-business"
    family = "reviews"
    is_api = True
    first_resources = ("locations",)

    def fetch(self, visit: Visit) -> Iterator[Page]:
        """All reviews of every location, latest change first. Raises as `HttpClient.get`, and `ConfigError` without a location.

        One of several locations that cannot be read comes as an `unavailable` page.
        """
        known: dict[str, list[str]] = dict(visit.checkpoint.get("reviews") or {})
        gone = set(visit.checkpoint.get("gone") or ())
        visit.next_checkpoint["watermark"] = visit.checkpoint.get("watermark")
        with _client(visit) as client:
            locations = _named_locations(visit)
            for page in _listings(visit, tuple(locations)):
                yield page
                if not visit.feed.options.get("location") and not visit.feed.options.get("locations"):
                    locations += _listed(visit, page.body)
            if not locations:
                raise ConfigError(f"feeds.yaml: feed {visit.feed.name!r}: account {visit.feed.options.get('account')!r} has no location")
            last_error: Exception | None = None
            for location in locations:
                walk = _Walk(client, location)
                try:
                    yield from walk.pages()
                except (AnswerError, RefusedError) as error:
                    if walk.seen or error.status not in (403, 404):
                        raise
                    last_error = error
                    yield Page("unavailable", location, {"location": location, "message": str(error)})
                    continue
                # without a checkpoint (a full refresh) the lake knows, if it is of one location
                is_all = visit.known and not known and len(locations) == 1
                before = list(visit.known("review").live) if is_all and visit.known else known.get(location, [])
                yield from walk.missing(before)
                known[location] = sorted(walk.seen)
                gone = (gone | walk.gone) - walk.seen
                marks = [visit.next_checkpoint["watermark"] or "", *walk.changed]
                visit.next_checkpoint["watermark"] = max(marks) or None
            if last_error is not None and not any(location in known for location in locations):
                raise last_error
        visit.next_checkpoint |= {"reviews": known, "gone": sorted(gone)}

    def todays(self, body: Any) -> Any:
        """Answers of the vendor's older APIs, too."""
        return older.google_business(body)

    def resource_of(self, body: Any, path: Path) -> str:
        """`reviews` (also of a listing without any), `review` for a single one, or `locations`."""
        if isinstance(body, dict):
            reviews, locations = body.get("reviews"), body.get("locations")
            if _has(reviews, lambda one: "reviewId" in one or "starRating" in one):
                return "reviews"
            if reviews is None and "totalReviewCount" in body:
                return "reviews"
            if "reviewId" in body and "starRating" in body:
                return "review"
            if _has(locations, lambda one: "locations/" in str(one.get("name"))):
                return "locations"
            if "locations/" in str(body.get("name")) and body.keys() & {"title", "storefrontAddress", "locationName"}:
                return "locations"
            if isinstance(body.get("error"), dict):
                raise UnreadableError(f"{path.name}: an error answer of Google: {str(body['error'].get('message'))[:200]!r}")
        raise UnreadableError(f"{path.name}: no page of Google Business Profile; expected a list 'reviews' of objects with reviewId")

    def conform(self, page: Page, visit: Visit) -> Iterator[Item]:
        """A review each, and on a location's first page its place with the vendor's mean and count."""
        body = page.body
        if page.resource == "locations":
            for location in body["locations"] if isinstance(body.get("locations"), list) else [body]:
                yield from _note_listing(location, page, visit)
        elif page.resource == "unavailable":
            yield Refusal("location_unavailable", body["message"], body["location"], record_id=body["location"])
        elif page.resource == "gone":
            yield Record("review", {"record_id": body["reviewId"], "is_deleted": True, "modified_at": visit.now})
        else:
            reviews = [body] if page.resource == "review" else body.get("reviews") or []
            location = _location_of(page, reviews, visit)
            if page.resource == "reviews" and location:
                yield from place_of(location, body, page, visit)
            returned = set(visit.checkpoint.get("gone") or ())
            read = partial(_review, location=location, is_asked="://" in page.url, visit=visit, returned=returned)
            yield from rows(reviews, "review", read, key="reviewId", page=page, fixed={"source_file": file_of(page)})


def _has(listed: Any, is_one: Callable[[dict[str, Any]], bool]) -> bool:
    """Whether it is a list of such things: an empty one, or one with such a thing in it."""
    return isinstance(listed, list) and (not listed or any(isinstance(one, dict) and is_one(one) for one in listed))


class _Walk:
    """One location's reviews: `seen` are their ids, `gone` those that the vendor no longer has, `changed` when each last changed."""

    def __init__(self, client: HttpClient, location: str) -> None:
        self.client, self.path = client, f"{location}/reviews"
        self.seen: set[str] = set()
        self.gone: set[str] = set()
        self.changed: list[str] = []

    def pages(self) -> Iterator[Page]:
        """Pages to the end."""
        token, tokens = None, set[str]()
        while True:
            answer = self.client.get(self.path, {"pageSize": PAGE_SIZE, "orderBy": "updateTime desc", "pageToken": token})
            body = answer.body if isinstance(answer.body, dict) else {}
            reviews = body.get("reviews", [])
            if not isinstance(reviews, list):
                raise AnswerError(f"{answer.url}: expected a list under 'reviews'", answer.status)
            self._note(reviews)
            yield Page("reviews", answer.url, body)
            token = body.get("nextPageToken")
            if not token:
                return
            if token in tokens:
                raise AnswerError(f"{answer.url}: nextPageToken repeats itself", answer.status)
            tokens.add(token)

    def missing(self, known: list[str]) -> Iterator[Page]:
        """What the last visit saw and this one did not: asked for one by one, `gone` if the vendor says so."""
        for review_id in sorted(set(known) - self.seen):
            try:
                answer = self.client.get(f"{self.path}/{review_id}")
            except AnswerError as error:
                if error.status not in (404, 410):
                    raise
                self.gone.add(review_id)
                yield Page("gone", f"{self.path}/{review_id}", {"reviewId": review_id})
                continue
            if not isinstance(answer.body, dict):
                raise AnswerError(f"{answer.url}: expected a review", answer.status)
            self._note([answer.body])
            self.seen.add(review_id)
            yield Page("review", answer.url, answer.body)

    def _note(self, reviews: list[Any]) -> None:
        for review in reviews:
            if isinstance(review, dict):
                if review_id := _review_id(review):
                    self.seen.add(review_id)
                self.changed.append(str(review.get("updateTime") or ""))


def _review_id(review: Mapping[str, Any]) -> str:
    return clean_text(review.get("reviewId")) or str(review.get("name") or "").rpartition("/")[2]


def _review(review: Mapping[str, Any], *, location: str | None, is_asked: bool, visit: Visit, returned: set[str]) -> dict[str, Any]:
    record_id = _review_id(review)
    if not record_id:
        raise ValueError("has neither reviewId nor name")
    agent_id = visit.feed.options.get("agent_id")
    reviewer, reply = review.get("reviewer") or {}, review.get("reviewReply") or {}
    shown = clean_text(reviewer.get("displayName"))
    is_anonymous = bool(reviewer.get("isAnonymous")) or not shown
    changed = review.get("updateTime") or review.get("createTime")
    own = None if is_asked else _LOCATION.search(str(review.get("name")))  # a saved answer may hold those of several locations
    location = own[0] if own else location
    return {
        "record_id": record_id,
        # what was deleted and is there again must be newer than its deletion
        "modified_at": visit.now if record_id in returned else changed,
        "subject_type": "agent" if agent_id else "team",
        "subject_agent_id": agent_id,
        "place_ref": location.rpartition("/")[2] if location else None,
        "reviewer_name": None if is_anonymous else shown,
        "is_anonymous": is_anonymous,
        "rating": stars(review.get("starRating")),
        "text": original_text(clean_text(review.get("comment"))),
        "occurred_at": review.get("createTime"),
        "reply_text": original_text(clean_text(reply.get("comment"))),
    }


def stars(word: object) -> int | None:
    """`ONE` to `FIVE` as a number, None if the vendor does not say; raises `ValueError` for anything else."""
    if word in (None, "STAR_RATING_UNSPECIFIED"):
        return None
    if isinstance(word, str) and word.upper() in _STARS:
        return _STARS[word.upper()]
    raise ValueError(f"starRating {str(word)[:80]!r} is none of {', '.join(_STARS)}")


def original_text(text: str) -> str:
    """The words as written: Google puts its translation above (`(Translated by Google) ... (Original) ...`) or below them."""
    if _TRANSLATED.match(text):
        parts = _ORIGINAL.split(text, maxsplit=1)
        return parts[1].strip() if len(parts) == 2 else _TRANSLATED.sub("", text).strip()
    original = _TRANSLATION_BELOW.split(text, maxsplit=1)[0]
    return _ORIGINAL.sub("", original, count=1).strip() if _ORIGINAL.match(original) else original.strip()


def _location_of(page: Page, reviews: list[Any], visit: Visit) -> str | None:
    """Whose reviews a page holds: its address says, or a review's name, or the feed if it has one location only."""
    names = (str(review.get("name")) for review in reviews if isinstance(review, dict))
    for text in (page.url, *names):
        if found := _LOCATION.search(text):
            return found[0]
    try:
        named = _named_locations(visit)
    except ConfigError:
        return None
    return named[0] if len(named) == 1 else None


def _note_listing(location: Any, page: Page, visit: Visit) -> Iterator[Item]:
    """Keeps what a listing is called and where it is, for the place that comes with its reviews."""
    try:
        key, listing = listing_of(location)
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        yield Refusal("unreadable_place", f"location: {error}", payload_of(location), "place", source_file=file_of(page))
        return
    visit.notes.setdefault("listings", {})[key] = listing


def _listings(visit: Visit, locations: tuple[str, ...]) -> Iterator[Page]:
    """Pages of `locations`: every one of the account, or those that are named; nothing if that API is not to be had."""
    address, account = _information_url(visit), visit.feed.options.get("account")
    if address is None:
        if not locations:
            raise ConfigError(f"feeds.yaml: feed {visit.feed.name!r}: options wants location, or information_url to list them")
        return
    account_ids = list(dict.fromkeys([one.split("/")[1] for one in locations] or [str(account).removeprefix("accounts/")]))
    with _client(visit, address) as information:
        for account_id in account_ids:
            token, tokens = None, set[str]()
            while True:
                asked = {"readMask": READ_MASK, "pageSize": LOCATIONS_PAGE_SIZE, "pageToken": token}
                try:
                    answer = information.get(f"accounts/{account_id}/locations", asked)
                except (AnswerError, RefusedError) as error:
                    if not locations or error.status not in (403, 404):
                        raise
                    return  # the reviews can be had without it
                body = answer.body if isinstance(answer.body, dict) else {}
                if not isinstance(body.get("locations", []), list):
                    raise AnswerError(f"{answer.url}: expected a list under 'locations'", answer.status)
                yield Page("locations", answer.url, {"locations": [], **body})
                token = body.get("nextPageToken")
                if not token or token in tokens:
                    break
                tokens.add(token)


def _information_url(visit: Visit) -> str | None:
    given, host = visit.feed.options.get("information_url"), visit.credentials.host
    if given:
        return urljoin(f"{host}/" if host else "", str(given)).rstrip("/") + "/"
    return None if host or visit.feed.url else INFORMATION_URL


def _listed(visit: Visit, body: Mapping[str, Any]) -> list[str]:
    account = str(visit.feed.options.get("account")).removeprefix("accounts/")
    names = [str(one.get("name") or "") for one in body["locations"] if isinstance(one, dict)]
    return [f"accounts/{account}/locations/{name.rpartition('locations/')[2]}" for name in names if "locations/" in name]


def _named_locations(visit: Visit) -> list[str]:
    """The locations of the options; none if there is an account alone. Raises `ConfigError`."""
    options = visit.feed.options
    given = options.get("locations") or options.get("location") or []
    locations = [str(one) for one in (given if isinstance(given, list) else [given])]
    account = str(options.get("account") or "").removeprefix("accounts/")
    if account:
        locations = [f"accounts/{account}/locations/{one.removeprefix('locations/')}" if one.count("/") < 3 else one for one in locations]
    wrong = [one for one in locations if not _LOCATION.fullmatch(one)]
    if wrong or not (locations or re.fullmatch(r"[^/\s?#]+", account)):
        said = f" (it says {wrong[0]!r})" if wrong else ""
        raise ConfigError(
            f"feeds.yaml: feed {visit.feed.name!r}: options wants account and location, or location accounts/<id>/locations/<id>{said}"
        )
    return list(dict.fromkeys(locations))


def _client(visit: Visit, base_url: str | None = None) -> HttpClient:
    credentials = visit.credentials
    extra = credentials.extra
    refresh = extra.get("refresh_token")
    token = credentials.password or extra.get("access_token")
    if not refresh and not token:
        raise CredentialsError(
            f"feed {visit.feed.name!r}: Google wants refresh_token, client_id and client_secret in the connection's extra"
        )
    secrets = [extra.get("client_secret"), refresh, token]

    def renew() -> str:
        form = {"grant_type": "refresh_token", "client_id": str(extra.get("client_id") or credentials.login or "")}
        form |= {"client_secret": str(extra.get("client_secret") or ""), "refresh_token": str(refresh)}
        answer = client.post_form(str(extra.get("token_url") or TOKEN_URL), form)
        fresh = answer.body.get("access_token") if isinstance(answer.body, dict) else None
        if not fresh:
            raise CredentialsError(f"feed {visit.feed.name!r}: {answer.url} gave no access_token")
        return str(fresh)

    client = HttpClient(
        base_url or visit.base_url("https://mybusiness.googleapis.com/v4/"),
        auth=token,
        renew=renew if refresh else None,
        per_minute=PER_MINUTE,
        secrets=[str(secret) for secret in secrets if secret],
    )
    return client
