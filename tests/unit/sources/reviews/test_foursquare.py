"""Foursquare's Places API against a server with its version header, its Link header and its credits."""

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
from commonground.sources.reviews.foursquare import created_at
from vendor_server import Asked, Reply, serving

FOURSQUARE = SOURCES["foursquare"]
NOW = dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC)


def visit(url: str | None = None, ttl_hours: float | None = None, **options) -> Visit:
    area = {"latitude": 38.4, "longitude": -122.7, "radius_km": 40}
    market = Market(name="Town", time_zone="America/Los_Angeles", state="CA", service_area=area, agents=[Agent(agent_id="ana", name="Ana")])
    feed = Feed(name="fsq", source="foursquare", connection="fsq", ttl_hours=ttl_hours, options=options)
    return Visit(feed, market, NOW, credentials=Credentials(host=url, password="fsq-service-key"))


def place(key: str, **fields) -> dict:
    location = {"address": "1 Main St", "locality": "Cotati", "region": "CA", "postcode": "94931", "country": "US"}
    return {
        "fsq_place_id": key, "name": f"Shop {key}", "latitude": 38.3, "longitude": -122.7, "location": location, "distance": 12,
        "categories": [{"fsq_category_id": "4bf58dd8", "name": "Coffee Shop"}], **fields,
    }  # fmt: skip


def tip(key: str, **fields) -> dict:
    return {"fsq_tip_id": key, "created_at": "2024-05-14T21:22:13.000Z", "text": "Ask for the corner table.", **fields}


def load(one: Visit) -> list:
    return [item for page in FOURSQUARE.fetch(one) for item in FOURSQUARE.conform(page, one)]


def of_kind(items: list, kind: str) -> list[dict]:
    return [records.coerce(kind, item.values) for item in items if isinstance(item, Record) and item.kind == kind]


def vendor(asked: Asked) -> Reply:
    path = asked.path.removeprefix("/v1/places/")
    if asked.headers["X-Places-Api-Version"] != "2025-06-17" or asked.headers["Authorization"] != "Bearer fsq-service-key":
        return Reply({"message": "Invalid request token."}, 401)
    if path == "search":
        at = int(asked.query.get("cursor", 0))
        link = {"Link": f'</v1/places/search?cursor={at + 2}&limit=50>; rel="next"'} if at < 4 else {}
        return Reply({"results": [place(f"s{at}"), place(f"s{at + 1}")], "context": {"geo_bounds": {}}}, headers=link)
    if path.endswith("/tips"):
        return Reply([tip(f"t{path.partition('/')[0]}{number}") for number in range(2)])
    return Reply(place(path))


def test_places_by_id_and_search_and_their_tips():
    with serving(vendor) as server:
        one = visit(server.url, place_ids=["a1"], search={"query": "coffee", "near": "Cotati, CA"})
        items = load(one)
        assert server.asked[1].query | {"fields": ""} == {"query": "coffee", "near": "Cotati, CA", "limit": "50", "fields": ""}
    assert [row["record_id"] for row in of_kind(items, "place")] == ["a1", "s0", "s1", "s2", "s3", "s4", "s5"]
    tips = of_kind(items, "review")
    assert len(tips) == 14 and {(row["subject_type"], row["rating"], row["reviewer_name"]) for row in tips} == {("place", None, None)}
    assert {row["place_ref"] for row in tips} == {row["record_id"] for row in of_kind(items, "place")}
    assert tips[0]["occurred_at"] == dt.datetime(2024, 5, 14, 21, 22, 13, tzinfo=dt.UTC)
    assert one.next_checkpoint["place_ids"] == ["a1", "s0", "s1", "s2", "s3", "s4", "s5"]
    row = of_kind(items, "place")[0]
    assert (row["street"], row["city"], row["state"], row["postal_code"]) == ("1 Main St", "Cotati", "CA", "94931")


def test_a_search_stops_where_enough_are_found():
    with serving(vendor) as server:
        items = load(visit(server.url, search={"query": "coffee", "most": 3}, with_tips=False))
        assert len(server.asked) == 2
    assert len(of_kind(items, "place")) == 3 and not of_kind(items, "review")


def test_a_link_to_another_host_is_not_followed():
    link = {"Link": '<http://127.0.0.2:9/places/search?cursor=2>; rel="next"'}
    with (
        serving(lambda asked: Reply({"results": [place("a")]}, headers=link)) as server,
        pytest.raises(UnreadableError, match="leads away"),
    ):
        load(visit(server.url, search="coffee"))
    circle = {"Link": '</v1/places/search?cursor=2>; rel="next"'}
    with serving(lambda asked: Reply({"results": [place("a")]}, headers=circle)) as server, pytest.raises(UnreadableError, match="circles"):
        load(visit(server.url, search="coffee"))


def test_ten_stars_become_five():
    items = list(FOURSQUARE.conform(Page("place", "x", place("a", rating=9.1, stats={"total_ratings": 77, "total_tips": 3})), visit()))
    (row,) = of_kind(items, "place")
    assert (row["rating"], row["review_count"]) == (4.55, 77)


def test_a_closed_place_is_deleted_and_tips_inside_a_place_are_read():
    items = list(FOURSQUARE.conform(Page("place", "x", place("a", date_closed="2025-01-01", tips=[tip("t1")])), visit()))
    assert of_kind(items, "place")[0]["is_deleted"] and of_kind(items, "review")[0]["place_ref"] == "a"


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2024-05-14T21:22:13.000Z", dt.datetime(2024, 5, 14, 21, 22, 13, tzinfo=dt.UTC)),
        ("2024-05-14T14:22:13-07:00", dt.datetime(2024, 5, 14, 21, 22, 13, tzinfo=dt.UTC)),
        (1715721733, dt.datetime(2024, 5, 14, 21, 22, 13, tzinfo=dt.UTC)),
        ("1715721733", dt.datetime(2024, 5, 14, 21, 22, 13, tzinfo=dt.UTC)),
        (None, None),
        ("", None),
    ],
)
def test_times_are_iso_or_epoch(written, moment):
    assert created_at(written) == moment


@pytest.mark.parametrize("written", [1715721733000, "1715721733000", "yesterday", "2024-05-14T21:22:13", True, [1]])
def test_a_time_that_is_neither_is_refused(written):
    found = list(FOURSQUARE.conform(Page("tips", "x_tips.json", [tip("t", created_at=written)]), visit()))
    assert [item.rule for item in found] == ["unreadable_review"]


def test_credits_that_are_gone_end_the_visit():
    for reply in (Reply({"message": "Payment Required"}, 402), Reply({"message": "You have run out of credits."}, 429)):
        with serving(lambda asked, reply=reply: reply) as server:
            with pytest.raises(SourceUnavailableError):
                load(visit(server.url, place_ids=["a1"]))
            assert len(server.asked) == 1
    left = [Reply({"message": "Rate limit exceeded"}, 429, {"Retry-After": "0"})]
    with serving(lambda asked: left.pop() if left else vendor(asked)) as server:
        assert load(visit(server.url, place_ids=["a1"]))


def test_a_place_foursquare_does_not_know_is_told_and_the_rest_is_read():
    with serving(lambda asked: Reply({"message": "Not found"}, 404) if "gone" in asked.path else vendor(asked)) as server:
        items = load(visit(server.url, place_ids=["gone", "a1"]))
    assert [(item.rule, item.record_id) for item in items if isinstance(item, Refusal)] == [("place_unavailable", "gone")]
    assert len(of_kind(items, "place")) == 1


def test_a_wrong_key_is_a_matter_of_credentials():
    refused = Reply({"message": "Invalid request token."}, 401)
    with serving(lambda asked: refused) as server, pytest.raises(CredentialsError, match="Invalid request token") as caught:
        load(visit(server.url, place_ids=["a1"]))
    assert "fsq-service-key" not in str(caught.value)


def test_content_expires_in_a_day_unless_the_contract_says_otherwise():
    for ttl_hours, hours in ((None, 24), (6, 6), (720, 720)):
        (item,) = FOURSQUARE.conform(Page("place", "x", place("a")), visit(ttl_hours=ttl_hours))
        assert item.values["expires_at"] == NOW + dt.timedelta(hours=hours)


def test_options_are_checked():
    for options in ({}, {"place_ids": ["a/b"]}, {"search": {"most": "many"}}, {"place_ids": ["a"], "fields": [1]}):
        with pytest.raises(ConfigError, match="fsq"):
            load(visit("http://127.0.0.1:1", **options))


def test_saved_tips_know_their_place_by_the_name_of_the_file(tmp_path):
    (tmp_path / "abc_tips.json").write_text(json.dumps(["rubbish"]))
    (tmp_path / "search.json").write_text(json.dumps({"results": [place("abc")]}))
    items = list(FOURSQUARE.read(tmp_path, visit()))
    assert of_kind(items, "place")[0]["record_id"] == "abc"
    assert [item.rule for item in items if isinstance(item, Refusal)] == ["unreadable_file"]
    (tmp_path / "abc_tips.json").write_text(json.dumps([tip("t1"), {"text": "no id"}, "rubbish"]))
    items = list(FOURSQUARE.read(tmp_path, visit()))
    assert [row["place_ref"] for row in of_kind(items, "review")] == ["abc"]
    assert [(item.rule, item.source_file) for item in items if isinstance(item, Refusal)] == [("unreadable_review", "abc_tips.json")] * 2


LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
JSON = st.recursive(LEAVES, lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=8), x, max_size=3), max_leaves=6)
FIELDS = ["fsq_place_id", "fsq_tip_id", "name", "location", "categories", "stats", "rating", "tips", "text", "created_at", "url"]


@given(st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_nothing_that_an_answer_may_hold_raises(item):
    one = visit()
    found = [
        *FOURSQUARE.conform(Page("results", "https://x.example", {"results": [item]}), one),
        *FOURSQUARE.conform(Page("tips", "a_tips.json", [item]), one),
    ]
    assert all(isinstance(each, (Record, Refusal)) for each in found) and found
