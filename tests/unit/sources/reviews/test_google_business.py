"""Google Business Profile against a server with its paging and its tokens."""

import datetime as dt
import json
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonground import records
from commonground.config import Agent, Credentials, Feed, Market
from commonground.errors import ConfigError, CredentialsError, UnreadableError
from commonground.sources import SOURCES
from commonground.sources.base import Known, Page, Record, Refusal, Visit
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


def rows(items: list, kind: str = "review") -> list[dict]:
    return [records.coerce(kind, item.values) for item in items if isinstance(item, Record) and item.kind == kind]


def load(one: Visit) -> list:
    return [item for page in GOOGLE.fetch(one) for item in GOOGLE.conform(page, one)]


def test_pages_are_walked_to_the_end_with_the_token_at_home():
    def answer(asked: Asked) -> Reply:
        start = int(asked.query.get("pageToken", 0))
        shown = [review(number) for number in range(start, min(start + 50, 120))]
        more = {"nextPageToken": str(start + 50)} if start + 50 < 120 else {}
        return Reply({"reviews": shown, "averageRating": 5, "totalReviewCount": 120, **more})

    with serving(answer) as server:
        one = visit(server.url)
        items = load(one)
    found = rows(items)
    assert [(row["record_id"], row["rating"], row["review_count"]) for row in rows(items, "place")] == [("55", 5, 120)]
    assert {row["place_ref"] for row in found} == {"55"}
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
    items = list(GOOGLE.read(path, visit()))
    (row,) = rows(items)
    assert [(row["record_id"], row["review_count"]) for row in rows(items, "place")] == [("55", 1)]
    assert row["source_file"] == "reviews.json"
    path.write_text(json.dumps({"reviews": [{"id": "yelp", "rating": 4}]}))
    with pytest.raises(UnreadableError, match="no page of Google Business Profile"):
        list(GOOGLE.read(path, visit()))


def listing(number: int, **fields) -> dict:
    address = {"addressLines": ["9 Main St", "Suite 2"], "locality": "Cotati", "administrativeArea": "CA", "postalCode": "94931"}
    categories = {"primaryCategory": {"name": "categories/gcid:real_estate_agency", "displayName": "Real estate agency"}}
    return {
        "name": f"locations/{number}", "title": f"Office {number}", "storefrontAddress": address, "categories": categories,
        "latlng": {"latitude": 38.3, "longitude": -122.7}, "metadata": {"placeId": "ChIJx", "mapsUri": f"https://maps.example/?cid={number}"},
        **fields,
    }  # fmt: skip


def test_an_account_alone_reads_every_location_and_its_place():
    def answer(asked: Asked) -> Reply:
        if asked.path == "/v1/info/accounts/104/locations":
            assert "storefrontAddress" in asked.query["readMask"]
            first = "pageToken" not in asked.query
            return Reply({"locations": [listing(55 if first else 66)], **({"nextPageToken": "b"} if first else {})})
        number = asked.path.split("/")[5]
        return Reply({"reviews": [review(int(number))], "averageRating": 4.5, "totalReviewCount": 1})

    with serving(answer) as server:
        one = visit(server.url, {"account": "104", "information_url": "info/"})
        one.credentials = Credentials(host=server.url.rstrip("/"), password="ya29.token")
        items = load(one)
    assert {row["record_id"]: row["place_ref"] for row in rows(items)} == {"R55": "55", "R66": "66"}
    place = next(row for row in rows(items, "place") if row["record_id"] == "66")
    assert (place["name"], place["street"], place["city"], place["rating"]) == ("Office 66", "9 Main St Suite 2", "Cotati", 4.5)
    assert (place["categories"], place["source_url"]) == (["Real estate agency"], "https://maps.example/?cid=66")


def test_a_review_that_is_gone_is_deleted_and_one_that_the_pages_passed_over_is_not():
    there = {1, 2, 3, 4}
    shown = {1, 2, 3, 4}

    def answer(asked: Asked) -> Reply:
        if asked.path.endswith("/reviews"):
            return Reply({"reviews": [review(number) for number in sorted(shown)], "totalReviewCount": len(there)})
        number = int(asked.path.rpartition("/R")[2])
        missing = {"error": {"code": 404, "message": "Requested entity was not found.", "status": "NOT_FOUND"}}
        return Reply(review(number)) if number in there else Reply(missing, 404)

    with serving(answer) as server:
        first = visit(server.url)
        load(first)
        there, shown = {1, 3, 4}, {1, 3}  # 2 is deleted, 4 slipped to a page that was read already
        second = visit(server.url)
        second.checkpoint = json.loads(json.dumps(first.next_checkpoint))
        found = {row["record_id"]: row["is_deleted"] for row in rows(load(second))}
        assert found == {"R1": False, "R2": True, "R3": False, "R4": False}
        there = shown = {1, 2, 3, 4}  # Google showed it again after all
        third = visit(server.url)
        third.checkpoint = json.loads(json.dumps(second.next_checkpoint))
        back = {row["record_id"]: row for row in rows(load(third))}
    assert not back["R2"]["is_deleted"] and back["R2"]["modified_at"] == third.now > back["R1"]["modified_at"]
    assert third.next_checkpoint["gone"] == []


def test_a_full_refresh_compares_with_what_the_lake_has():
    def answer(asked: Asked) -> Reply:
        missing = {"error": {"code": 404, "message": "Requested entity was not found.", "status": "NOT_FOUND"}}
        return Reply({"reviews": [review(1)]}) if asked.path.endswith("/reviews") else Reply(missing, 404)

    with serving(answer) as server:
        one = visit(server.url)
        one.known = lambda kind: Known({"R1": one.now, "R2": one.now} if kind == "review" else {})
        assert {row["record_id"]: row["is_deleted"] for row in rows(load(one))} == {"R1": False, "R2": True}


def test_an_updated_review_is_a_newer_version():
    (old,) = rows(conform(review(1, comment="Fine.")))
    (new,) = rows(conform(review(1, comment="Fine, then not.", starRating="TWO", updateTime="2026-03-01T10:00:00.123456789Z")))
    assert (new["record_id"], new["occurred_at"]) == (old["record_id"], old["occurred_at"])
    assert new["modified_at"] > old["modified_at"] and new["rating"] == 2


def test_pictures_in_a_review_are_left_out():
    (row,) = rows(conform(review(1, reviewMediaItems=[{"thumbnailUrl": "https://lh3.example/p"}], comment="")))
    assert "lh3" not in json.dumps(row, default=str) and row["rating"] == 5


def test_one_of_several_locations_that_cannot_be_read_is_told_and_the_rest_is_read():
    denied = Reply({"error": {"code": 403, "message": "The caller does not have permission", "status": "PERMISSION_DENIED"}}, 403)
    options = {"account": "104", "locations": ["55", "66"]}
    with serving(lambda asked: denied if "/66/" in asked.path else Reply({"reviews": [review(1)]})) as server:
        items = load(visit(server.url, options))
    assert [item.rule for item in items if isinstance(item, Refusal)] == ["location_unavailable"]
    assert len(rows(items)) == 1
    with serving(lambda asked: denied) as server, pytest.raises(CredentialsError, match="PERMISSION_DENIED"):
        load(visit(server.url, options))


def test_a_zip_of_saved_answers_reads_the_listing_first_whatever_it_is_called(tmp_path):
    with zipfile.ZipFile(tmp_path / "answers.zip", "w") as archive:
        archive.writestr("a/reviews_1.json", json.dumps({"reviews": [review(1)], "averageRating": 4.9, "totalReviewCount": 2}))
        archive.writestr("a/reviews_2.json", json.dumps({"reviews": [review(2)], "averageRating": 4.9, "totalReviewCount": 2}))
        archive.writestr("z/listings.json", json.dumps({"locations": [listing(55)]}))
        archive.writestr("z/error.json", json.dumps({"error": {"code": 403, "message": "no"}}))
        archive.writestr("z/picture.jpg", b"\xff\xd8")
    items = list(GOOGLE.read(tmp_path / "answers.zip", visit()))
    assert [(row["name"], row["rating"]) for row in rows(items, "place")] == [("Office 55", 4.9)]
    assert [row["record_id"] for row in rows(items)] == ["R1", "R2"]
    assert [(item.rule, item.source_file) for item in items if isinstance(item, Refusal)] == [("unreadable_file", "z/error.json")]


LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
JSON = st.recursive(LEAVES, lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=8), x, max_size=3), max_leaves=6)


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "reviewId",
                "name",
                "reviewer",
                "starRating",
                "comment",
                "createTime",
                "reviewReply",
                "latlng",
                "categories",
                "storefrontAddress",
                "metadata",
            ]
        ),
        JSON,
    )
)
def test_nothing_that_an_answer_may_hold_raises(item):
    for one in [*conform(item), *GOOGLE.conform(Page("locations", "x.json", {"locations": [item]}), visit())]:
        assert isinstance(one, (Record, Refusal))
