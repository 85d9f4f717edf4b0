"""The Yelp Open Dataset as its files are, which is not as they are documented."""

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonground import records
from commonground.config import Agent, Feed, Market
from commonground.sources import SOURCES
from commonground.sources.base import PASSED_OVER, Page, Record, Refusal, Visit
from commonground.sources.reviews.yelp_dataset import file_kind, listed

YELP = SOURCES["yelp"]
BUSINESS = {
    "business_id": "b1", "name": "Oskar Blues", "address": "921 Pearl St", "city": "Boulder", "state": "CO", "postal_code": "80302",
    "latitude": 40.01, "longitude": -105.28, "stars": 4.0, "review_count": 86, "is_open": 1,
    "attributes": {"WiFi": "u'free'", "Alcohol": "'beer_and_wine'", "BusinessParking": "{'garage': False, 'street': True}"},
    "categories": "Gastropubs, Food, Bars", "hours": None,
}  # fmt: skip
REVIEW = {"review_id": "r1", "user_id": "u1", "business_id": "b1", "stars": 4.0, "useful": 0, "date": "2018-01-09 20:56:38", "text": "Ok."}
TIP = {"user_id": "u1", "business_id": "b1", "text": "Get the mac.", "date": "2012-05-18 02:17:21", "compliment_count": 0}
CHECKIN = {"business_id": "b1", "date": "2020-03-13 21:10:56, 2020-06-02 22:18:06"}
USER = {
    "user_id": "u1", "name": "Walker", "review_count": 585, "yelping_since": "2007-01-25 16:47:26", "elite": "2007,20,20",
    "friends": "u2, u3, u2", "fans": 267, "average_stars": 3.91,
}  # fmt: skip


def visit() -> Visit:
    area = {"latitude": 38.4, "longitude": -122.7, "radius_km": 40}
    market = Market(name="Town", time_zone="America/Los_Angeles", state="CA", service_area=area, agents=[Agent(agent_id="ana", name="Ana")])
    return Visit(Feed(name="yelp", source="yelp", path="x"), market, dt.datetime(2026, 11, 23, tzinfo=dt.UTC))


def write(path, *rows) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def of_kind(items: list, kind: str) -> list[dict]:
    return [records.coerce(kind, item.values) for item in items if isinstance(item, Record) and item.kind == kind]


def test_the_five_files_of_a_folder(tmp_path):
    write(tmp_path / "yelp_academic_dataset_business.json", BUSINESS, {**BUSINESS, "business_id": "b2", "categories": None, "is_open": 0})
    write(tmp_path / "yelp_academic_dataset_review.json", REVIEW, {**REVIEW, "review_id": "r2"})
    write(tmp_path / "yelp_academic_dataset_tip.json", TIP, {**TIP, "text": "Sit outside."})
    write(tmp_path / "yelp_academic_dataset_user.json", USER, {**USER, "user_id": "u2", "friends": "None"})
    write(tmp_path / "yelp_academic_dataset_checkin.json", CHECKIN, {**CHECKIN, "business_id": "b2"})
    items = list(YELP.read(tmp_path, visit()))
    open_place, closed = of_kind(items, "place")
    assert (open_place["categories"], open_place["rating"], open_place["review_count"]) == (["Gastropubs", "Food", "Bars"], 4.0, 86)
    assert (open_place["is_deleted"], closed["is_deleted"], closed["categories"]) == (False, True, [])
    reviews = of_kind(items, "review")
    assert [row["text"] for row in reviews] == ["Ok.", "Ok.", "Get the mac.", "Sit outside."]
    assert reviews[0]["occurred_at"] == dt.datetime(2018, 1, 10, 4, 56, 38, tzinfo=dt.UTC)
    assert len({row["record_id"] for row in reviews}) == 4 and {row["place_ref"] for row in reviews} == {"b1"}
    assert {row["person_type"] for row in of_kind(items, "person")} == {"placeholder"}
    assert [(row["src_ref"], row["dst_ref"]) for row in of_kind(items, "tie")] == [("u1", "u2"), ("u1", "u3")]
    refused = [item for item in items if isinstance(item, Refusal)]
    assert [(item.rule, item.source_line) for item in refused] == [("names_nobody", 1), ("names_nobody", 2)]
    assert {item.rule for item in refused} <= PASSED_OVER


def test_a_row_that_cannot_be_read_is_refused_with_its_line(tmp_path):
    write(
        tmp_path / "review.json", REVIEW, {**REVIEW, "date": "yesterday"}, {**REVIEW, "review_id": None}, [1], {**REVIEW, "review_id": "z"}
    )
    items = list(YELP.read(tmp_path / "review.json", visit()))
    assert [(item.values["record_id"], item.values["source_line"]) for item in items if isinstance(item, Record)] == [("r1", 1), ("z", 5)]
    refused = [(item.rule, item.source_file, item.source_line) for item in items if isinstance(item, Refusal)]
    assert refused == [("unreadable_row", "review.json", line) for line in (2, 3, 4)]


def test_the_documented_form_is_read_too(tmp_path):
    user = {**USER, "friends": ["u2", "u3"], "elite": [2012, 2013]}
    (tmp_path / "user.json").write_text(json.dumps(user, indent=4))
    (tmp_path / "business.json").write_text(json.dumps([{**BUSINESS, "categories": ["Mexican", "Burgers"]}], indent=4))
    items = list(YELP.read(tmp_path, visit()))
    assert len(of_kind(items, "tie")) == 2 and of_kind(items, "place")[0]["categories"] == ["Mexican", "Burgers"]


@pytest.mark.parametrize(
    ("written", "words"),
    [("None", []), ("", []), (None, []), ("a", ["a"]), ("a, b,c", ["a", "b", "c"]), (["a", "", None, "b"], ["a", "b"])],
)
def test_lists_are_comma_strings(written, words):
    assert listed(written) == words


def test_saved_answers_of_the_api_are_not_taken_for_the_dataset():
    for body in (
        {"businesses": []},
        {"reviews": [], "business_id": "b1"},
        {"error": {}, "user_id": 1},
        {"id": "b1", "name": "x"},
        [],
        None,
    ):
        assert file_kind(body) is None


LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
JSON = st.recursive(LEAVES, lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=8), x, max_size=3), max_leaves=6)
FIELDS = ["business_id", "user_id", "review_id", "name", "text", "date", "friends", "categories", "yelping_since", "stars", "is_open"]


@given(st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_nothing_that_a_row_may_hold_raises(row):
    found = list(YELP.conform(Page("dataset", "review.json", row), visit()))
    assert all(isinstance(item, (Record, Refusal)) for item in found) and found
