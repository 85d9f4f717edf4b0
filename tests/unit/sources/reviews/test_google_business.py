"""Google Business Profile against a server with its paging and its tokens."""

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonground import records
from commonground.config import Agent, Credentials, Feed, Market
from commonground.errors import ConfigError, CredentialsError, UnreadableError
from commonground.sources import SOURCES
from commonground.sources.base import Page, Record, Refusal, Visit
from commonground.sources.reviews.google_business import original_text, stars
from vendor_server import Asked, Reply, serving

GOOGLE = SOURCES["google-business"]
PLACE = {"account": "104", "location": "55"}


def visit(url: str | None = None, options: dict | None = None, **credentials) -> Visit:
    area = {"latitude": 38.4, "longitude": -122.7, "radius_km": 40}
    market = Market(name="Town", time_zone="America/Los_Angeles", state="CA", service_area=area, agents=[Agent(agent_id="ana", name="Ana")])
    feed = Feed(name="google", source="google-business", connection="google", options=PLACE if options is None else options)
    given_credentials = Credentials(host=url, **(credentials or {"password": "ya29.token"}))
    return Visit(feed, market, dt.datetime(2026, 11, 23, tzinfo=dt.UTC), credentials=given_credentials)


def review(number: int, **fields) -> dict:
    return {
        "name": f"accounts/104/locations/55/reviews/R{number}",
        "reviewId": f"R{number}",
        "reviewer": {"displayName": f"Writer {number}"},
        "starRating": "FIVE",
        "createTime": "2026-01-02T03:04:05Z",
        "updateTime": f"2026-02-{number % 28 + 1:02}T00:00:00.123456789Z"[:26] + "Z",
        **fields,
    }


def conform(*reviews, options: dict | None = None) -> list:
    return list(GOOGLE.conform(Page("reviews", "https://x.example/v4", {"reviews": list(reviews)}), visit(options=options)))


def rows(items: list) -> list[dict]:
    return [records.coerce(item.kind, item.values) for item in items if isinstance(item, Record)]


def test_pages_are_walked_to_the_end_with_the_token_at_home():
    def answer(asked: Asked) -> Reply:
        start = int(asked.query.get("pageToken", 0))
        shown = [review(number) for number in range(start, min(start + 50, 120))]
        more = {"nextPageToken": str(start + 50)} if start + 50 < 120 else {}
        return Reply({"reviews": shown, "averageRating": 5, "totalReviewCount": 120, **more})

    with serving(answer) as server:
        one = visit(server.url)
        found = rows([item for page in GOOGLE.fetch(one) for item in GOOGLE.conform(page, one)])
    assert len({row["record_id"] for row in found}) == 120
    assert server.asked[0].path == "/v1/accounts/104/locations/55/reviews"
    assert server.asked[0].query == {"pageSize": "50", "orderBy": "updateTime desc"}
    assert server.asked[0].headers["Authorization"] == "Bearer ya29.token"
    assert one.next_checkpoint["watermark"].startswith("2026-02-28")


def test_an_expired_token_is_refreshed():
    def answer(asked: Asked) -> Reply:
        if asked.path == "/v1/token":
            assert b"refresh_token=1//refresh" in asked.body or b"refresh_token=1%2F%2Frefresh" in asked.body
            return Reply({"access_token": "ya29.fresh"})
        is_fresh = asked.headers["Authorization"] == "Bearer ya29.fresh"
        return Reply({"reviews": [review(1)]}) if is_fresh else Reply({"error": {"code": 401, "status": "UNAUTHENTICATED"}}, 401)

    with serving(answer) as server:
        extra = {"refresh_token": "1//refresh", "client_id": "id", "client_secret": "secret-9", "token_url": server.url + "token"}
        assert len(list(GOOGLE.fetch(visit(server.url, password="ya29.stale", extra=extra)))) == 1
        assert len(list(GOOGLE.fetch(visit(server.url, extra=extra)))) == 1


def test_a_listing_without_reviews_is_no_error():
    with serving(lambda asked: Reply({})) as server:
        one = visit(server.url)
        assert [item for page in GOOGLE.fetch(one) for item in GOOGLE.conform(page, one)] == []


def test_errors_name_what_is_missing():
    with pytest.raises(ConfigError, match="wants account and location"):
        list(GOOGLE.fetch(visit("http://127.0.0.1:1", options={})))
    with pytest.raises(ConfigError, match="'nonsense'"):
        list(GOOGLE.fetch(visit("http://127.0.0.1:1", options={"location": "nonsense"})))
    with pytest.raises(CredentialsError, match="refresh_token"):
        list(GOOGLE.fetch(visit("http://127.0.0.1:1", login="x")))
    denied = Reply({"error": {"code": 403, "message": "Not allowed to see this location.", "status": "PERMISSION_DENIED"}}, 403)
    with serving(lambda asked: denied) as server, pytest.raises(CredentialsError, match=r"PERMISSION_DENIED: Not allowed") as caught:
        list(GOOGLE.fetch(visit(server.url)))
    assert "ya29" not in str(caught.value)


def test_a_token_of_the_next_page_that_repeats_is_an_error():
    with serving(lambda asked: Reply({"reviews": [], "nextPageToken": "x"})) as server, pytest.raises(UnreadableError, match="repeats"):
        list(GOOGLE.fetch(visit(server.url)))


def test_a_review_in_full():
    reply = {"comment": "Thank you!", "updateTime": "2026-02-03T00:00:00Z"}
    (row,) = rows(conform(review(1, starRating="FOUR", comment="Great.\nReally.", reviewReply=reply)))
    assert (row["record_id"], row["rating"], row["text"], row["reply_text"]) == ("R1", 4, "Great.\nReally.", "Thank you!")
    assert (row["subject_type"], row["subject_agent_id"], row["reviewer_name"]) == ("team", None, "Writer 1")
    assert row["occurred_at"] == dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)


def test_a_listing_of_one_agent_is_about_that_agent():
    (row,) = rows(conform(review(1), options={**PLACE, "agent_id": "ana"}))
    assert (row["subject_type"], row["subject_agent_id"]) == ("agent", "ana")


def test_the_anonymous_keep_no_name():
    hidden = {"displayName": "A Google user", "isAnonymous": True}
    for row in rows(conform(review(1, reviewer=hidden), review(2, reviewer={}), review(3, reviewer=None))):
        assert (row["is_anonymous"], row["reviewer_name"]) == (True, None)


@pytest.mark.parametrize(
    ("written", "original"),
    [
        ("(Translated by Google) Excellent.\n\n(Original)\nExcelente.", "Excelente."),
        ("Excelente.\n\n(Translated by Google)\nExcellent.", "Excelente."),
        ("(Translated by Google) Excellent.", "Excellent."),
        ("(Original)\nExcelente.\n\n(Translated by Google)\nExcellent.", "Excelente."),
        ("Nothing to translate (Original) here", "Nothing to translate (Original) here"),
        ("", ""),
    ],
)
def test_the_words_are_the_ones_that_were_written(written, original):
    assert original_text(written) == original


def test_stars_are_words():
    assert [stars(word) for word in ("ONE", "TWO", "THREE", "FOUR", "FIVE", None)] == [1, 2, 3, 4, 5, None]
    with pytest.raises(ValueError, match="'SIX' is none of ONE"):
        stars("SIX")


def test_what_is_no_review_is_refused():
    found = conform(review(1, starRating="SIX"), {"comment": "x"}, "text", review(2))
    assert [item.rule for item in found if isinstance(item, Refusal)] == ["unreadable_review"] * 3
    assert len(rows(found)) == 1


def test_saved_answers(tmp_path):
    path = tmp_path / "reviews.json"
    path.write_text(json.dumps({"reviews": [review(1)], "totalReviewCount": 1}))
    (row,) = rows(list(GOOGLE.read(path, visit())))
    assert row["source_file"] == "reviews.json"
    path.write_text(json.dumps({"reviews": [{"id": "yelp", "rating": 4}]}))
    with pytest.raises(UnreadableError, match="no page of Google Business Profile"):
        list(GOOGLE.read(path, visit()))


LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
JSON = st.recursive(LEAVES, lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=8), x, max_size=3), max_leaves=6)


@given(st.dictionaries(st.sampled_from(["reviewId", "name", "reviewer", "starRating", "comment", "createTime", "reviewReply"]), JSON))
def test_nothing_that_an_answer_may_hold_raises(item):
    for one in conform(item):
        assert isinstance(one, (Record, Refusal))
