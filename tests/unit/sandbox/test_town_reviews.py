"""The review sources of the town, read by the real sources over HTTP."""

import datetime as dt
import json

import pytest
import requests

from commonground import records, sandbox
from commonground.config import Credentials, load_settings
from commonground.sandbox.build import save_state
from commonground.sources import SOURCES
from commonground.sources.base import Record, Refusal, Visit

FEEDS = ("google_business", "yelp", "google_places", "foursquare", "zillow")


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    out = tmp_path_factory.mktemp("town")
    sandbox.build(300, 7, out, dt.date(2026, 11, 23))
    return out


@pytest.fixture(scope="module")
def url(town):
    with sandbox.serve(town) as base_url:
        yield base_url


def load(town, url, name, checkpoint=None) -> tuple[list[dict], list[Refusal], dict]:
    settings = load_settings(town / "config")
    feed = settings.feed(name)
    connection = sandbox.connections_for(town, url)[feed.connection]
    credentials = Credentials(
        host=connection["host"], login=connection["login"], password=connection["password"], extra=connection["extra"]
    )
    visit = Visit(feed, settings.market, dt.datetime.now(dt.UTC), credentials=credentials, checkpoint=checkpoint or {})
    source = SOURCES[feed.source]
    items = [item for page in source.fetch(visit) for item in source.conform(page, visit)]
    rows = [records.coerce(item.kind, item.values) | {"kind": item.kind} for item in items if isinstance(item, Record)]
    return rows, [item for item in items if isinstance(item, Refusal)], json.loads(json.dumps(visit.next_checkpoint))


@pytest.mark.parametrize("name", FEEDS)
def test_every_review_source_is_spoken_and_read_without_a_refusal(town, url, name):
    rows, refused, checkpoint = load(town, url, name)
    assert refused == [] and checkpoint["watermark"]
    kinds = {row["kind"] for row in rows}
    assert kinds == ({"review"} if name == "zillow" else {"place", "review"})
    assert len({(row["kind"], row["record_id"]) for row in rows}) == len(rows)


def test_only_two_of_them_are_read_each_night(town):
    feeds = {feed.name: feed.is_enabled for feed in load_settings(town / "config").feeds}
    assert [name for name in FEEDS if feeds[name]] == ["google_business", "yelp"]


def test_the_teams_own_yelp_listing_is_the_teams(town, url):
    rows, _, _ = load(town, url, "yelp")
    office = next(row["record_id"] for row in rows if row["kind"] == "place" and "Realty" in row["name"])
    assert {row["place_ref"] for row in rows if row.get("subject_type") == "team"} == {office}
    assert {row["subject_type"] for row in rows if row["kind"] == "review"} == {"team", "place"}


def test_agents_are_found_on_zillow_and_a_namesake_is_not(town, url):
    rows, _, _ = load(town, url, "zillow")
    agents = {agent.agent_id for agent in load_settings(town / "config").market.agents}
    assert {row["subject_agent_id"] for row in rows} == agents
    assert not any("elsewhere" in (row["source_url"] or "") for row in rows)


def test_a_google_review_that_its_writer_takes_back_is_deleted(town, url):
    _, _, checkpoint = load(town, url, "google_business")
    state = json.loads((town / "api" / "google_business.json").read_text())
    try:
        save_state(town, "google_business", state[1:])
        after, _, _ = load(town, url, "google_business", checkpoint)
    finally:
        save_state(town, "google_business", state)
    assert [row["record_id"] for row in after if row["is_deleted"]] == [state[0]["reviewId"]]
    (place,) = [row for row in after if row["kind"] == "place"]
    assert (place["name"], place["review_count"]) == ("Whitlock Team Realty", len(state) - 1)


def test_they_refuse_what_their_vendors_refuse(url):
    places = f"{url}/gplaces/v1/places/x"
    assert requests.get(f"{places}?key=AIza-sandbox-key", timeout=10).status_code == 400
    key = {"X-Goog-Api-Key": "AIza-sandbox-key"}
    assert "FieldMask" in requests.get(places, headers=key, timeout=10).json()["error"]["message"]
    assert requests.get(places, headers=key | {"X-Goog-FieldMask": "id"}, timeout=10).json()["error"]["status"] == "NOT_FOUND"
    bearer = {"Authorization": "Bearer fsq-sandbox-key"}
    assert requests.get(f"{url}/foursquare/places/search", headers=bearer, timeout=10).status_code == 400
    version = bearer | {"X-Places-Api-Version": "2025-06-17"}
    page = requests.get(f"{url}/foursquare/places/search?limit=2", headers=version, timeout=10)
    assert len(page.json()["results"]) == 2 and 'rel="next"' in page.headers["Link"] and "rating" not in page.json()["results"][0]
    bridge = {"Authorization": "Bearer zillow-sandbox-token"}
    answer = requests.get(f"{url}/zillow/reviews/Reviews?$top=1", headers=bridge, timeout=10)
    assert len(answer.json()["value"]) == 1 and answer.json()["@odata.nextLink"] and "Application-RateLimit-Remaining" in answer.headers
    assert requests.get(f"{url}/zillow/reviews/Reviews?access_token=zillow-sandbox-token", timeout=10).status_code == 401
