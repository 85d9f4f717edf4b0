"""Yelp against a server with its limits and error bodies, and the real answers it once gave."""

import datetime as dt
import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonground import records
from commonground.config import Agent, Credentials, Feed, Market
from commonground.errors import ConfigError, CredentialsError, SourceUnavailableError, UnreadableError
from commonground.sources import SOURCES
from commonground.sources.base import Page, Record, Refusal, Visit
from vendor_server import Asked, Reply, serving

YELP = SOURCES["yelp"]
NOW = dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC)
FIXTURES = Path(__file__).resolve().parents[4].parent / "shared" / "fixtures" / "yelp"
needs_fixtures = pytest.mark.skipif(not FIXTURES.is_dir(), reason="real answers of Yelp are not beside the repository")


def visit(url: str | None = None, ttl_hours: float | None = None, **options) -> Visit:
    area = {"latitude": 38.4, "longitude": -122.7, "radius_km": 40}
    market = Market(name="Town", time_zone="America/Los_Angeles", state="CA", service_area=area, agents=[Agent(agent_id="ana", name="Ana")])
    feed = Feed(name="yelp", source="yelp", connection="yelp", ttl_hours=ttl_hours, options=options)
    return Visit(feed, market, NOW, credentials=Credentials(host=url, password="yelp-key-77"))


def business(key: str, **fields) -> dict:
    location = {"address1": "1 Main St", "address2": None, "address3": "", "city": "Cotati", "state": "CA", "zip_code": "94931"}
    return {
        "id": key, "alias": f"{key}-alias", "name": f"Shop {key}", "location": location,
        "coordinates": {"latitude": 38.3, "longitude": -122.7}, "categories": [{"alias": "coffee", "title": "Coffee & Tea"}],
        "rating": 4.5, "review_count": 12, "is_closed": False,
        "url": f"https://www.yelp.example/biz/{key}?adjust_creative=tracking", **fields,
    }  # fmt: skip


def review(key: str, **fields) -> dict:
    return {"id": key, "text": "Nice...", "rating": 4, "time_created": "2026-07-03 23:04:46", "user": {"name": "Sophia C."}, **fields}


def vendor(asked: Asked) -> Reply:
    """Businesses a, b, c; searches find c and d."""
    path = asked.path.removeprefix("/v1/businesses/")
    if path == "search":
        offset = int(asked.query["offset"])
        return Reply({"businesses": [business("c"), business("d")] if offset == 0 else [], "total": 2, "region": {}})
    key = path.removesuffix("/reviews").removesuffix("-alias")
    if path.endswith("/reviews"):
        return Reply({"reviews": [review(f"r{key}{number}") for number in range(3)], "total": 90, "possible_languages": ["en"]})
    return Reply(business(key))


def load(one: Visit) -> list:
    return [item for page in YELP.fetch(one) for item in YELP.conform(page, one)]


def of_kind(items: list, kind: str) -> list[dict]:
    return [records.coerce(kind, item.values) for item in items if isinstance(item, Record) and item.kind == kind]


def error(code: str) -> dict:
    return {"error": {"code": code, "description": f"about {code}"}}


def test_businesses_and_their_reviews_by_id_alias_and_search():
    with serving(vendor) as server:
        one = visit(
            server.url, business_ids=["a", "b-alias"], search={"term": "coffee", "location": "Cotati"}, own_business_ids=["b-alias"]
        )
        items = load(one)
    assert {row["record_id"] for row in of_kind(items, "place")} == {"a", "b", "c", "d"}
    about = {(row["place_ref"], row["subject_type"]) for row in of_kind(items, "review")}
    assert about == {("a", "place"), ("b", "team"), ("c", "place"), ("d", "place")}
    assert len(of_kind(items, "review")) == 12
    assert server.asked[0].headers["Authorization"] == "Bearer yelp-key-77"
    assert sorted(one.next_checkpoint["business_ids"]) == ["a", "b", "c", "d"]


def test_everything_is_forgotten_after_a_day_or_sooner():
    with serving(vendor) as server:
        for ttl_hours, hours in ((None, 24), (6, 6), (72, 24)):
            items = load(visit(server.url, ttl_hours=ttl_hours, business_ids=["a"]))
            assert {item.values["expires_at"] for item in items} == {NOW + dt.timedelta(hours=hours)}


def test_times_are_read_in_the_zone_of_the_market_and_addresses_lose_their_tracking():
    with serving(vendor) as server:
        items = load(visit(server.url, business_ids=["a"]))
    assert of_kind(items, "review")[0]["occurred_at"] == dt.datetime(2026, 7, 4, 6, 4, 46, tzinfo=dt.UTC)
    (place,) = of_kind(items, "place")
    assert place["source_url"] == "https://www.yelp.example/biz/a"
    assert (place["street"], place["city"], place["categories"]) == ("1 Main St", "Cotati", ["Coffee & Tea"])


def test_a_search_goes_on_to_the_depth_the_plan_allows():
    def answer(asked: Asked) -> Reply:
        offset, limit = int(asked.query["offset"]), int(asked.query["limit"])
        assert offset + limit <= 240
        return Reply({"businesses": [business(f"k{number}") for number in range(offset, offset + limit)], "total": 5000})

    with serving(answer) as server:
        one = visit(server.url, search={"term": "coffee", "location": "Cotati"})
        walk = YELP.fetch(one)
        pages = list(itertools.islice(walk, 5))
        walk.close()
    assert [len(page.body["businesses"]) for page in pages] == [50, 50, 50, 50, 40]


def test_too_many_in_a_second_waits_and_a_spent_day_stops():
    left = [Reply(error("TOO_MANY_REQUESTS_PER_SECOND"), 429, {"Retry-After": "0"})]
    with serving(lambda asked: left.pop() if left else vendor(asked)) as server:
        assert load(visit(server.url, business_ids=["a"]))
    spent = Reply(error("ACCESS_LIMIT_REACHED"), 429, {"RateLimit-ResetTime": "2026-11-24T00:00:00+00:00"})
    with serving(lambda asked: spent) as server:
        with pytest.raises(SourceUnavailableError, match=r"ACCESS_LIMIT_REACHED.*resets 2026-11-24"):
            load(visit(server.url, business_ids=["a"]))
        assert len(server.asked) == 1


def test_a_business_yelp_does_not_show_is_refused_and_the_rest_is_read():
    def answer(asked: Asked) -> Reply:
        if asked.path.startswith("/v1/businesses/gone"):
            return Reply(error("BUSINESS_NOT_FOUND"), 404)
        if asked.path.startswith("/v1/businesses/hidden"):
            return Reply(error("BUSINESS_UNAVAILABLE"), 403)
        return vendor(asked)

    with serving(answer) as server:
        items = load(visit(server.url, business_ids=["gone", "hidden", "a"]))
    assert [(item.rule, item.record_id) for item in items if isinstance(item, Refusal)] == [
        ("business_unavailable", "gone"), ("business_unavailable", "hidden")
    ]  # fmt: skip
    assert len(of_kind(items, "review")) == 3


def test_a_plan_without_reviews_brings_places_and_says_so_once():
    def answer(asked: Asked) -> Reply:
        return Reply(error("NOT_AUTHORIZED"), 403) if asked.path.endswith("/reviews") else vendor(asked)

    with serving(answer) as server:
        items = load(visit(server.url, business_ids=["a", "b", "c"]))
    assert len(of_kind(items, "place")) == 3
    assert len([item for item in items if isinstance(item, Refusal)]) == 1


def test_a_bad_key_is_a_matter_of_credentials():
    with serving(lambda asked: Reply(error("TOKEN_INVALID"), 401)) as server, pytest.raises(CredentialsError, match="TOKEN_INVALID"):
        load(visit(server.url, business_ids=["a"]))
    one = visit("http://127.0.0.1:1", business_ids=["a"])
    one.credentials = Credentials(host="http://127.0.0.1:1")
    with pytest.raises(CredentialsError, match="API key"):
        load(one)


def test_options_are_checked():
    for options in ({}, {"business_ids": ["../evil"]}, {"business_ids": [1]}):
        with pytest.raises(ConfigError, match="yelp"):
            load(visit("http://127.0.0.1:1", **options))


def test_what_is_no_business_and_no_review_is_refused():
    one = visit(business_ids=["a"])
    page = Page(
        "reviews", "https://x.example", {"business_id": "a", "reviews": [review("r", time_created="yesterday"), "x", {"text": "y"}]}
    )
    assert [item.rule for item in YELP.conform(page, one)] == ["unreadable_review"] * 3
    assert [item.rule for item in YELP.conform(Page("search", "https://x.example", {"businesses": [{"name": "x"}, 3]}), one)] == [
        "unreadable_place"
    ] * 2


def test_saved_answers_know_their_business_by_the_name_of_the_file(tmp_path):
    (tmp_path / "abc_reviews.json").write_text(json.dumps({"reviews": [review("r1")], "total": 1}))
    (tmp_path / "search.json").write_text(json.dumps({"businesses": [business("abc")]}))
    items = list(YELP.read(tmp_path, visit()))
    assert of_kind(items, "review")[0]["place_ref"] == of_kind(items, "place")[0]["record_id"] == "abc"
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(UnreadableError, match="no answer of Yelp"):
        list(YELP.read(tmp_path / "other.json", visit()))


@needs_fixtures
def test_a_real_business_is_a_place():
    (place,) = of_kind(list(YELP.read(FIXTURES / "business_lookup_yelp_san_francisco.json", visit())), "place")
    assert (place["record_id"], place["name"], place["categories"]) == ("4kMBvIEWPxWkWKFN__8SxQ", "Yelp", ["Mass Media"])
    assert (place["street"], place["city"], place["postal_code"], place["rating"]) == (
        "140 New Montgomery St",
        "San Francisco",
        "94105",
        2.0,
    )


@needs_fixtures
def test_every_real_error_body_becomes_the_right_error():
    expected = {
        400: UnreadableError, 401: CredentialsError, 429: SourceUnavailableError, 500: SourceUnavailableError
    }  # fmt: skip
    for code, answer in json.loads((FIXTURES / "error_responses.json").read_text()).items():
        reply = Reply(answer["json"], answer["status"], {"Retry-After": "0"})
        with serving(lambda asked, reply=reply: reply) as server:
            if code in ("BUSINESS_UNAVAILABLE", "BUSINESS_NOT_FOUND"):
                assert [item.rule for item in load(visit(server.url, business_ids=["x"]))] == ["business_unavailable"]
                continue
            with pytest.raises(expected[answer["status"]], match=code):
                load(visit(server.url, business_ids=["x"]))


LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
JSON = st.recursive(LEAVES, lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=8), x, max_size=3), max_leaves=6)


@given(
    st.dictionaries(st.sampled_from(["id", "name", "location", "coordinates", "categories", "user", "time_created", "text", "url"]), JSON)
)
def test_nothing_that_an_answer_may_hold_raises(item):
    one = visit()
    found = [
        *YELP.conform(Page("business", "https://x.example", item), one),
        *YELP.conform(Page("reviews", "https://x.example", {"business_id": "a", "reviews": [item]}), one),
    ]
    assert all(isinstance(one, (Record, Refusal)) for one in found)
