"""The town's APIs answer as their vendors would, and fail as a plan says."""

import datetime as dt
import itertools

import pytest
import requests

from commonground import sandbox
from commonground.errors import ConfigError, UnreadableError
from commonground.sandbox.server.faults import FaultPlan
from commonground.sandbox.server.odata import Filter, ODataError

MLS = {"Authorization": "Bearer reso-sandbox-token"}
CRM = ("fka_sandbox_0aTown", "")
BLOGS = ("/blog/feed", "/blog/comments/feed", "/neighbors/atom.xml", "/town/feed.json")


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    out = tmp_path_factory.mktemp("town")
    sandbox.build(300, 7, out, dt.date(2026, 11, 23))
    return out


@pytest.fixture(scope="module")
def url(town):
    with sandbox.serve(town) as base_url:
        yield base_url


def test_the_crm_pages_to_the_end_newest_first_with_a_doubled_ampersand(url):
    link, ids = f"{url}/followupboss/v1/events?limit=100", []
    while link:
        body = requests.get(link, auth=CRM, timeout=10).json()
        assert body["_metadata"]["collection"] == "events"
        ids += [row["id"] for row in body["events"]]
        link = body["_metadata"]["nextLink"]
        assert link is None or "&&next=" in link
    assert ids == sorted(set(ids), reverse=True) and len(ids) == body["_metadata"]["total"]


def test_the_crm_gives_ten_rows_unless_asked_and_custom_fields_only_when_asked(url):
    plain = requests.get(f"{url}/followupboss/v1/people", auth=CRM, timeout=10)
    assert len(plain.json()["people"]) == 10 and plain.headers["X-RateLimit-Window"] == "10"
    assert "customBirthday" not in plain.json()["people"][0]
    full = requests.get(f"{url}/followupboss/v1/people?fields=allFields", auth=CRM, timeout=10).json()
    assert "customBirthday" in full["people"][0]


def test_the_crm_refuses_strangers_deep_offsets_and_unknown_things(url):
    assert requests.get(f"{url}/followupboss/v1/people", auth=("other", ""), timeout=10).status_code == 401
    assert "errorMessage" in requests.get(f"{url}/followupboss/v1/people?offset=5000", auth=CRM, timeout=10).json()
    assert requests.get(f"{url}/followupboss/v1/dragons", auth=CRM, timeout=10).status_code == 404


def test_a_strict_crm_limits_the_window(town):
    with sandbox.serve(town, faults="strict") as url:
        answers = [requests.get(f"{url}/followupboss/v1/events", auth=CRM, timeout=10) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert int(answers[-1].headers["Retry-After"]) >= 1


def test_the_mls_pages_to_the_end_by_next_link(url):
    link = f"{url}/reso/odata/Property?$orderby=ModificationTimestamp asc,ListingKey asc&$count=true"
    rows, pages = [], 0
    while link:
        answer = requests.get(link, headers=MLS | {"Prefer": "odata.maxpagesize=40"}, timeout=10)
        assert answer.headers["Preference-Applied"] == "odata.maxpagesize=40" and answer.headers["OData-Version"] == "4.0"
        body = answer.json()
        rows, pages, link = rows + body["value"], pages + 1, body.get("@odata.nextLink")
    assert pages > 1 and len({row["ListingKey"] for row in rows}) == len(rows) == body["@odata.count"]
    assert [row["ModificationTimestamp"] for row in rows] == sorted(row["ModificationTimestamp"] for row in rows)


def test_top_is_a_total_so_a_short_one_has_no_next_link(url):
    body = requests.get(f"{url}/reso/odata/Property?$top=1&$select=ListingKey", headers=MLS, timeout=10).json()
    assert "@odata.nextLink" not in body and [list(row) for row in body["value"]] == [["ListingKey"]]


def test_the_mls_speaks_odata_about_mistakes(url):
    assert requests.get(f"{url}/reso/odata/Property", timeout=10).status_code == 401
    bad = requests.get(f"{url}/reso/odata/Property?$filter=Colour eq 'red'", headers=MLS, timeout=10)
    assert bad.status_code == 400 and {"code", "message", "target", "details"} == set(bad.json()["error"])
    zoneless = requests.get(f"{url}/reso/odata/Property?$filter=ModificationTimestamp ge 2026-01-01T00:00:00", headers=MLS, timeout=10)
    assert zoneless.status_code == 400
    assert requests.get(f"{url}/reso/odata/Property('nope')", headers=MLS, timeout=10).status_code == 404


def test_the_mls_describes_itself(url):
    names = {one["name"] for one in requests.get(f"{url}/reso/odata/", headers=MLS, timeout=10).json()["value"]}
    assert names == {"Property", "Member", "Office", "OpenHouse"}
    assert (
        'Name="ModificationTimestamp" Type="Edm.DateTimeOffset"'
        in requests.get(f"{url}/reso/odata/$metadata", headers=MLS, timeout=10).text
    )


def test_client_credentials_buy_a_token_that_wears_out(town):
    with sandbox.serve(town, faults="token_expires:2") as url:
        form = {"grant_type": "client_credentials", "client_id": "sandbox-client", "client_secret": "sandbox-client-secret"}
        token = requests.post(f"{url}/reso/oauth/token", data=form, timeout=10).json()["access_token"]
        header = {"Authorization": f"Bearer {token}"}
        answers = [requests.get(f"{url}/reso/odata/Office", headers=header, timeout=10).status_code for _ in range(3)]
    assert answers == [200, 200, 401]


@pytest.mark.parametrize(
    ("text", "passing"),
    [
        ("Price gt 5 and (City eq 'A' or City eq 'B')", [1, 2]),
        ("not (City eq 'A') and At ge 2026-01-02T00:00:00.000Z", [2, 3]),
        ("Closed ne null", [3]),
        ("City eq 'O''Hara'", []),
        ("At lt 2026-01-01T18:00:00-05:00 or Price eq 3", [1, 3]),
    ],
)
def test_filters_mean_what_they_say(text, passing):
    rows = [
        {"id": 1, "Price": 9, "City": "A", "At": "2026-01-01T00:00:00.000Z", "Closed": None},
        {"id": 2, "Price": 6.5, "City": "B", "At": "2026-01-02T00:00:00.000Z", "Closed": None},
        {"id": 3, "Price": 3, "City": "C", "At": "2026-01-03T00:00:00.000Z", "Closed": "2026-01-01"},
    ]
    predicate = Filter(text, frozenset(rows[0])).predicate()
    assert [row["id"] for row in rows if predicate(row)] == passing


@pytest.mark.parametrize("text", ["City eq", "City 'A'", "(City eq 'A'", "City eq 'A' City", "City in ('A')", "City eq ;"])
def test_broken_filters_are_refused(text):
    with pytest.raises(ODataError):
        Filter(text, frozenset({"City"})).predicate()


def test_google_pages_reviews_with_words_for_stars(url):
    base, header = f"{url}/gbp/v4/accounts/104820/locations/5519/reviews", {"Authorization": "Bearer ya29.sandbox"}
    rows, token = [], None
    while True:
        body = requests.get(base, params={"pageSize": 5} | ({"pageToken": token} if token else {}), headers=header, timeout=10).json()
        rows, token = rows + body["reviews"], body.get("nextPageToken")
        if not token:
            break
    assert len(rows) == body["totalReviewCount"] > 5 and {row["starRating"] for row in rows} <= {"THREE", "FOUR", "FIVE"}
    assert any(row["reviewer"]["isAnonymous"] for row in rows)
    assert requests.get(base, timeout=10).status_code == 401


def test_yelp_shows_three_excerpts_and_its_own_errors(url):
    header = {"Authorization": "Bearer yelp-sandbox-key"}
    found = requests.get(f"{url}/yelp/v3/businesses/search?location=Santa Rosa&term=coffee", headers=header, timeout=10).json()
    business = found["businesses"][0]
    answer = requests.get(f"{url}/yelp/v3/businesses/{business['id']}/reviews", headers=header, timeout=10)
    assert len(answer.json()["reviews"]) == 3 and "RateLimit-Remaining" in answer.headers
    missing = requests.get(f"{url}/yelp/v3/businesses/nowhere", headers=header, timeout=10)
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "BUSINESS_NOT_FOUND")
    invalid = requests.get(f"{url}/yelp/v3/businesses/search", headers=header, timeout=10).json()["error"]
    assert invalid["code"] == "VALIDATION_ERROR" and invalid["field"] == "location"
    assert requests.get(f"{url}/yelp/v3/businesses/nowhere", timeout=10).json()["error"]["code"] == "TOKEN_INVALID"


@pytest.mark.parametrize("path", BLOGS)
def test_blogs_answer_304_to_who_has_seen_them(url, path):
    first = requests.get(url + path, timeout=10)
    assert first.status_code == 200
    assert requests.get(url + path, headers={"If-None-Match": first.headers["ETag"]}, timeout=10).status_code == 304
    assert requests.get(url + path, headers={"If-Modified-Since": first.headers["Last-Modified"]}, timeout=10).status_code == 304
    assert requests.get(url + path, headers={"If-None-Match": '"other"'}, timeout=10).status_code == 200


def test_a_listing_can_expire_while_the_town_runs(tmp_path):
    sandbox.build(400, 5, tmp_path, dt.date(2026, 11, 23))
    with sandbox.serve(tmp_path) as url:
        change = requests.post(f"{url}/_control/expire_listing", timeout=10).json()
        row = requests.get(f"{url}/reso/odata/Property('{change['ListingKey']}')", headers=MLS, timeout=10).json()
        assert row["StandardStatus"] == "Expired"
        assert requests.post(f"{url}/_control/expire_listing", json={"ListingKey": "nope"}, timeout=10).status_code == 404


def test_connections_point_at_the_served_town(town, url):
    connections = sandbox.connections_for(town, url)
    assert {one["host"] for one in connections.values()} == {url}


def test_mishaps_come_by_counting_so_a_second_try_gets_through(town):
    plan = FaultPlan.parse("503:0.05,429:0.02,seed:3")
    fates = [plan.next() for _ in range(200)]
    assert fates.count("503") == 10 and 3 <= fates.count("429") <= 4
    assert all(not (one and two) or one != two for one, two in itertools.pairwise(fates))
    with sandbox.serve(town, faults="truncate:0.25,reset:0.2") as url:
        seen = []
        for _ in range(20):
            try:
                seen.append(requests.get(f"{url}/reso/odata/Property", headers=MLS, timeout=10).status_code)
            except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
                seen.append(0)
    assert 5 <= seen.count(0) <= 9 and set(seen) == {0, 200}


@pytest.mark.parametrize("spec", ["503", "503:2", "dragons:0.1", "token_expires:0", "slow:x"])
def test_a_plan_that_cannot_be_read_names_its_part(spec):
    with pytest.raises(ConfigError, match="faults: "):
        FaultPlan.parse(spec)


def test_no_town_no_server(tmp_path):
    with pytest.raises(UnreadableError, match="sandbox build"), sandbox.serve(tmp_path):
        pass
