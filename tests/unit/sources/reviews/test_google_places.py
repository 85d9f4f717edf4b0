"""Google Places (New) against a server with its field masks, its paging and its words for errors."""

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonground import records
from commonground.config import Agent, Credentials, Feed, Market
from commonground.errors import ConfigError, CredentialsError, SourceUnavailableError, UnreadableError
from commonground.sources import SOURCES
from commonground.sources.base import Page, Record, Refusal, Visit
from vendor_server import Asked, Reply, serving

PLACES = SOURCES["google-places"]
NOW = dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC)
KEY = "AIza-places-key-5"


def visit(url: str | None = None, ttl_hours: float | None = None, **options) -> Visit:
    area = {"latitude": 38.4, "longitude": -122.7, "radius_km": 40}
    market = Market(name="Town", time_zone="America/Los_Angeles", state="CA", service_area=area, agents=[Agent(agent_id="ana", name="Ana")])
    feed = Feed(name="places", source="google-places", connection="places", ttl_hours=ttl_hours, options=options)
    return Visit(feed, market, NOW, credentials=Credentials(host=url, password=KEY))


def review(key: str, **fields) -> dict:
    return {
        "name": f"places/P/reviews/{key}", "rating": 4, "publishTime": "2026-03-01T10:00:00.123456789Z",
        "relativePublishTimeDescription": "8 months ago", "text": {"text": "Very good bread.", "languageCode": "en"},
        "originalText": {"text": "Muy buen pan.", "languageCode": "es"},
        "authorAttribution": {"displayName": "Luz P", "uri": "https://www.google.com/maps/contrib/1"}, **fields,
    }  # fmt: skip


def place(key: str, **fields) -> dict:
    parts = [("street_number", "1"), ("route", "Main Street"), ("locality", "Cotati"), ("postal_code", "94931")]
    components = [{"longText": text, "shortText": text, "types": [word]} for word, text in parts]
    components.append({"longText": "California", "shortText": "CA", "types": ["administrative_area_level_1", "political"]})
    return {
        "name": f"places/{key}", "id": key, "displayName": {"text": f"Shop {key}", "languageCode": "en"}, "types": ["bakery", "food_store"],
        "primaryTypeDisplayName": {"text": "Bakery"}, "addressComponents": components, "location": {"latitude": 38.3, "longitude": -122.7},
        "rating": 4.6, "userRatingCount": 210, "businessStatus": "OPERATIONAL", "googleMapsUri": f"https://maps.google.com/?cid={key}",
        "reviews": [review(f"{key}{number}") for number in range(5)], **fields,
    }  # fmt: skip


def error(code: int, status: str, message: str, **detail) -> Reply:
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", **detail}] if detail else []
    return Reply({"error": {"code": code, "message": message, "status": status, "details": details}}, code)


def load(one: Visit) -> list:
    return [item for page in PLACES.fetch(one) for item in PLACES.conform(page, one)]


def of_kind(items: list, kind: str) -> list[dict]:
    return [records.coerce(kind, item.values) for item in items if isinstance(item, Record) and item.kind == kind]


def test_details_are_asked_with_a_mask_and_the_key_in_a_header_alone():
    def answer(asked: Asked) -> Reply:
        if asked.headers["X-Goog-Api-Key"] != KEY or not asked.headers["X-Goog-FieldMask"]:
            return error(403, "PERMISSION_DENIED", "The request is missing a valid API key.")
        return Reply(place(asked.path.rpartition("/")[2]))

    with serving(answer) as server:
        one = visit(server.url, place_ids=["A1"], own_place_ids=["B2"])
        items = load(one)
        with_mask = server.asked[0].headers["X-Goog-FieldMask"].split(",")
        load(visit(server.url, place_ids=["A1"], with_reviews=False))
        assert "reviews" in with_mask and "reviews" not in server.asked[-1].headers["X-Goog-FieldMask"].split(",")
        assert not any(KEY in asked.target or "Authorization" in asked.headers for asked in server.asked)
    assert {row["record_id"] for row in of_kind(items, "place")} == {"A1", "B2"}
    assert {(row["place_ref"], row["subject_type"]) for row in of_kind(items, "review")} == {("A1", "place"), ("B2", "team")}
    assert len(of_kind(items, "review")) == 10
    assert one.next_checkpoint["place_ids"] == ["B2", "A1"] and "Shop" not in json.dumps(one.next_checkpoint)
    row = of_kind(items, "place")[0]
    assert (row["street"], row["city"], row["state"], row["postal_code"]) == ("1 Main Street", "Cotati", "CA", "94931")
    assert (row["rating"], row["review_count"], row["categories"]) == (4.6, 210, ["Bakery", "bakery", "food store"])


def test_nothing_stays_longer_than_a_day():
    with serving(lambda asked: Reply(place("A1"))) as server:
        for ttl_hours, hours in ((None, 24), (6, 6), (72, 24)):
            items = load(visit(server.url, ttl_hours=ttl_hours, place_ids=["A1"]))
            assert {item.values["expires_at"] for item in items} == {NOW + dt.timedelta(hours=hours)}


def test_a_text_search_pages_by_token_until_enough_are_found():
    def answer(asked: Asked) -> Reply:
        question = json.loads(asked.body)
        assert (asked.method, asked.path) == ("POST", "/v1/places:searchText")
        assert question["textQuery"] == "bakery in Cotati" and question["regionCode"] == "US"
        assert "places.id" in asked.headers["X-Goog-FieldMask"].split(",")
        at = int(question.get("pageToken", 0))
        shown = [place(f"S{number}", reviews=[]) for number in range(at, at + question["pageSize"])]
        return Reply({"places": shown, "nextPageToken": str(at + len(shown))})

    with serving(answer) as server:
        items = load(visit(server.url, search={"textQuery": "bakery in Cotati", "regionCode": "US", "most": 30}))
        assert [json.loads(asked.body)["pageSize"] for asked in server.asked] == [20, 10]
    assert len({row["record_id"] for row in of_kind(items, "place")}) == 30
    with serving(lambda asked: Reply({})) as server:
        assert load(visit(server.url, search="nothing like it")) == []
    with (
        serving(lambda asked: Reply({"places": [place("A")], "nextPageToken": "x"})) as server,
        pytest.raises(UnreadableError, match="rep"),
    ):
        load(visit(server.url, search="round and round"))


def test_a_review_keeps_the_words_as_they_were_written():
    items = list(PLACES.conform(Page("place", "https://x.example", place("A1", reviews=[review("r")])), visit()))
    (row,) = of_kind(items, "review")
    assert (row["record_id"], row["text"], row["rating"], row["reviewer_name"]) == ("r", "Muy buen pan.", 4, "Luz P")
    assert row["occurred_at"] == dt.datetime(2026, 3, 1, 10, 0, 0, 123456, tzinfo=dt.UTC)
    hidden = review("r", authorAttribution={"displayName": "A Google User"}, originalText=None)
    (row,) = of_kind(list(PLACES.conform(Page("place", "x.json", place("A1", reviews=[hidden])), visit())), "review")
    assert (row["is_anonymous"], row["reviewer_name"], row["text"], row["source_file"]) == (True, None, "Very good bread.", "x.json")


def test_a_place_that_closed_for_good_is_deleted():
    for status, is_deleted in (("CLOSED_PERMANENTLY", True), ("CLOSED_TEMPORARILY", False), (None, False)):
        items = list(PLACES.conform(Page("place", "x", place("A1", businessStatus=status)), visit()))
        assert of_kind(items, "place")[0]["is_deleted"] is is_deleted


def test_a_place_google_does_not_know_is_told_and_the_rest_is_read():
    def answer(asked: Asked) -> Reply:
        if asked.path.endswith("/gone"):
            return error(404, "NOT_FOUND", "The Place ID is no longer valid.")
        return error(400, "INVALID_ARGUMENT", "Not a valid Place ID: bad") if asked.path.endswith("/bad") else Reply(place("A1"))

    with serving(answer) as server:
        items = load(visit(server.url, place_ids=["gone", "bad", "A1"]))
    told = [(item.rule, item.record_id) for item in items if isinstance(item, Refusal)]
    assert told == [("place_unavailable", "gone"), ("place_unavailable", "bad")]
    assert len(of_kind(items, "place")) == 1


def test_an_id_that_was_replaced_keeps_its_meaning():
    with serving(lambda asked: Reply(place("NEW"))) as server:
        one = visit(server.url, own_place_ids=["OLD"])
        items = load(one)
    assert {row["subject_type"] for row in of_kind(items, "review")} == {"team"}
    assert one.next_checkpoint["place_ids"] == ["NEW"]


@pytest.mark.parametrize(
    ("reply", "expected", "words"),
    [
        (error(400, "INVALID_ARGUMENT", "API key not valid.", reason="API_KEY_INVALID"), CredentialsError, "API key not valid"),
        (
            error(403, "PERMISSION_DENIED", "Places API (New) has not been used.", reason="SERVICE_DISABLED"),
            CredentialsError,
            "has not been",
        ),
        (
            error(429, "RESOURCE_EXHAUSTED", "Quota.", metadata={"quota_unit": "1/d/{project}"}),
            SourceUnavailableError,
            "RESOURCE_EXHAUSTED",
        ),
    ],
)
def test_errors_are_what_they_mean(reply, expected, words):
    with serving(lambda asked: reply) as server:
        for options in ({"place_ids": ["A1"]}, {"search": "bread"}):
            with pytest.raises(expected, match=words) as caught:
                load(visit(server.url, **options))
            assert KEY not in str(caught.value)
        assert len(server.asked) == 2


def test_a_minute_that_is_spent_is_waited_for():
    left = [error(429, "RESOURCE_EXHAUSTED", "Quota.", metadata={"quota_unit": "1/min/{project}"})]
    left[0].headers["Retry-After"] = "0"
    with serving(lambda asked: left.pop() if left else Reply(place("A1"))) as server:
        assert load(visit(server.url, place_ids=["A1"]))


def test_options_are_checked():
    for options in ({}, {"place_ids": ["../evil"]}, {"search": [7]}, {"search": {"textQuery": "x", "most": 0}}):
        with pytest.raises(ConfigError, match="places"):
            load(visit("http://127.0.0.1:1", **options))
    one = visit("http://127.0.0.1:1", place_ids=["A1"])
    one.credentials = Credentials(host="http://127.0.0.1:1")
    with pytest.raises(CredentialsError, match="API key"):
        load(one)


def test_saved_answers(tmp_path):
    (tmp_path / "search.json").write_text(json.dumps({"places": [place("A1"), place("A2", reviews=None), {"displayName": {}}, 7]}))
    (tmp_path / "one.json").write_text(json.dumps(place("A3")))
    (tmp_path / "error.json").write_text(json.dumps(error(403, "PERMISSION_DENIED", "no").body))
    items = list(PLACES.read(tmp_path, visit()))
    assert {row["record_id"] for row in of_kind(items, "place")} == {"A1", "A2", "A3"}
    assert sorted(item.rule for item in items if isinstance(item, Refusal)) == ["unreadable_file", "unreadable_place", "unreadable_place"]


LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
JSON = st.recursive(LEAVES, lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=8), x, max_size=3), max_leaves=6)
FIELDS = ["id", "name", "displayName", "addressComponents", "location", "types", "reviews", "originalText", "text", "authorAttribution"]


@given(st.dictionaries(st.sampled_from([*FIELDS, "publishTime", "primaryTypeDisplayName"]), JSON))
def test_nothing_that_an_answer_may_hold_raises(item):
    one = visit()
    found = [
        *PLACES.conform(Page("places", "https://x.example", {"places": [item]}), one),
        *PLACES.conform(Page("place", "https://x.example", {"id": "A", "reviews": [item]}), one),
    ]
    assert all(isinstance(each, (Record, Refusal)) for each in found) and found
