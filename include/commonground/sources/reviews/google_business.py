"""Google Business Profile, the team's own listing: its reviews (API, or saved JSON answers) → reviews of the team or of an agent.

Credentials: `extra` holds `client_id`, `client_secret` and `refresh_token` of the OAuth consent (scope business.manage), or
`password` an access token. Options: `account` and `location` (ids, or together `location: accounts/1/locations/2`), or a list of
`locations`; `agent_id` if the listing is one team member's rather than the team's.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from commonground.errors import ConfigError, CredentialsError, UnreadableError
from commonground.sources.base import Item, Page, Record, Refusal, Source, Visit
from commonground.sources.http import AnswerError, HttpClient
from commonground.sources.text import clean_text

PAGE_SIZE = 50  # the vendor's largest
PER_MINUTE = 270  # nine tenths of the 300 queries a minute a project has
TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105 (an address)
_STARS = {"ONE": 1, "TWO": 2, "THREE": 3, "FOUR": 4, "FIVE": 5}
_TRANSLATED = re.compile(r"^\s*\(Translated by Google\)\s*", re.IGNORECASE)
_ORIGINAL = re.compile(r"\s*\(Original\)\s*", re.IGNORECASE)
_TRANSLATION_BELOW = re.compile(r"\n\s*\(Translated by Google\)\s*", re.IGNORECASE)
_LOCATION = re.compile(r"accounts/[^/]+/locations/[^/]+")


class GoogleBusiness(Source):
    """Reviews of the team's own Google listing: its own customers, and storable."""

    name = "google-business"
    family = "reviews"
    is_api = True

    def fetch(self, visit: Visit) -> Iterator[Page]:
        """All reviews of every location, latest change first. Raises as `HttpClient.get`, and `ConfigError` without a location."""
        locations = _locations(visit)
        newest = str(visit.checkpoint.get("watermark") or "")
        with _client(visit) as client:
            for location in locations:
                path, token = f"{location}/reviews", None
                seen: set[str] = set()
                while True:
                    answer = client.get(path, {"pageSize": PAGE_SIZE, "orderBy": "updateTime desc", "pageToken": token})
                    body = answer.body if isinstance(answer.body, dict) else {}
                    reviews = body.get("reviews", [])
                    if not isinstance(reviews, list):
                        raise AnswerError(f"{answer.url}: expected a list under 'reviews'", answer.status)
                    changed = (str(one.get("updateTime") or "") for one in reviews if isinstance(one, dict))
                    newest = max([newest, *changed])
                    yield Page("reviews", answer.url, body)
                    token = body.get("nextPageToken")
                    if not token:
                        break
                    if token in seen:
                        raise AnswerError(f"{answer.url}: nextPageToken repeats itself", answer.status)
                    seen.add(token)
        visit.next_checkpoint["watermark"] = newest or None

    def resource_of(self, body: Any, path: Path) -> str:
        """`reviews`, also for a listing without any."""
        if isinstance(body, dict):
            reviews = body.get("reviews")
            if isinstance(reviews, list) and all(isinstance(one, dict) and ("reviewId" in one or "starRating" in one) for one in reviews):
                return "reviews"
            if reviews is None and "totalReviewCount" in body:
                return "reviews"
        raise UnreadableError(f"{path.name}: no page of Google Business Profile; expected a list 'reviews' of objects with reviewId")

    def conform(self, page: Page, visit: Visit) -> Iterator[Item]:
        """A review each."""
        agent_id = visit.feed.options.get("agent_id")
        for review in page.body.get("reviews") or []:
            try:
                yield _review(review, agent_id, page.url)
            except (ValueError, TypeError, AttributeError) as error:
                record_id = str(review["reviewId"]) if isinstance(review, dict) and review.get("reviewId") else None
                reason = f"review {record_id}: {error}"
                yield Refusal("unreadable_review", reason, json.dumps(review, default=str)[:4000], "review", record_id)


def _review(review: Mapping[str, Any], agent_id: str | None, url: str) -> Record:
    name = str(review.get("name") or "")
    record_id = clean_text(review.get("reviewId")) or name.rpartition("/")[2]
    if not record_id:
        raise ValueError("has neither reviewId nor name")
    reviewer = review.get("reviewer") or {}
    shown = clean_text(reviewer.get("displayName"))
    is_anonymous = bool(reviewer.get("isAnonymous")) or not shown
    reply = review.get("reviewReply") or {}
    values = {
        "record_id": record_id,
        "modified_at": review.get("updateTime") or review.get("createTime"),
        "subject_type": "agent" if agent_id else "team",
        "subject_agent_id": agent_id,
        "reviewer_name": None if is_anonymous else shown,
        "is_anonymous": is_anonymous,
        "rating": stars(review.get("starRating")),
        "text": original_text(clean_text(review.get("comment"))),
        "occurred_at": review.get("createTime"),
        "reply_text": original_text(clean_text(reply.get("comment"))),
        "source_file": None if "://" in url else url,
    }
    return Record("review", values)


def stars(word: object) -> int | None:
    """`ONE` to `FIVE` as a number, None if the vendor does not say; raises `ValueError` for anything else."""
    if word in (None, "STAR_RATING_UNSPECIFIED"):
        return None
    if isinstance(word, str) and word.upper() in _STARS:
        return _STARS[word.upper()]
    raise ValueError(f"starRating {word!r} is none of {', '.join(_STARS)}")


def original_text(text: str) -> str:
    """The words as written: Google puts its translation above (`(Translated by Google) ... (Original) ...`) or below them."""
    if _TRANSLATED.match(text):
        parts = _ORIGINAL.split(text, maxsplit=1)
        return parts[1].strip() if len(parts) == 2 else _TRANSLATED.sub("", text).strip()
    original = _TRANSLATION_BELOW.split(text, maxsplit=1)[0]
    return _ORIGINAL.sub("", original, count=1).strip() if _ORIGINAL.match(original) else original.strip()


def _locations(visit: Visit) -> list[str]:
    options = visit.feed.options
    given = options.get("locations") or options.get("location") or []
    locations = [str(one) for one in (given if isinstance(given, list) else [given])]
    if account := options.get("account"):
        account = str(account).removeprefix("accounts/")
        locations = [f"accounts/{account}/locations/{one.removeprefix('locations/')}" if one.count("/") < 3 else one for one in locations]
    wrong = [str(one) for one in locations if not _LOCATION.fullmatch(str(one))]
    if wrong or not locations:
        said = f" (it says {wrong[0]!r})" if wrong else ""
        raise ConfigError(
            f"feeds.yaml: feed {visit.feed.name!r}: options wants account and location, or location accounts/<id>/locations/<id>{said}"
        )
    return locations


def _client(visit: Visit) -> HttpClient:
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
        visit.base_url("https://mybusiness.googleapis.com/v4/"),
        auth=token,
        renew=renew if refresh else None,
        per_minute=PER_MINUTE,
        secrets=[str(secret) for secret in secrets if secret],
    )
    return client
