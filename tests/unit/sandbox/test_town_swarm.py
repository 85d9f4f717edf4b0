"""A team member's check-ins: what the source makes of Foursquare's user API as the town speaks it."""

import datetime as dt
import json

import pyarrow.parquet as pq
import pytest
import requests

from commonground import sandbox
from commonground.config import Credentials, load_settings
from commonground.sources import SOURCES
from commonground.sources.base import Visit
from exports import Found

TOKEN = {"oauth_token": "SWARM0SANDBOX0TOKEN", "v": "20250601"}


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    out = tmp_path_factory.mktemp("town")
    sandbox.build(300, 7, out, dt.date(2026, 11, 23))
    return out


def load(town, url, checkpoint=None) -> tuple[Found, Visit]:
    settings = load_settings(town / "config")
    feed = settings.feed("swarm_ben")
    fields = sandbox.connections_for(town, url)[feed.connection]
    visit = Visit(feed, settings.market, dt.datetime.now(dt.UTC), credentials=Credentials(host=fields["host"], password=fields["password"]))
    visit.checkpoint = checkpoint or {}
    source = SOURCES["swarm"]
    return Found(item for page in source.fetch(visit) for item in source.conform(page, visit)), visit


def test_all_checkins_come_page_by_page_and_then_only_the_new_ones(town, monkeypatch):
    monkeypatch.setattr("commonground.sources.social.swarm.PAGE_SIZE", 7)
    rows = json.loads((town / "api" / "swarm.json").read_text())["checkins"]
    with sandbox.serve(town) as url:
        first, visit = load(town, url)
        again, _ = load(town, url, visit.next_checkpoint)
    assert {one["record_id"] for one in first.of("utterance", utterance_type="checkin")} == {row["id"] for row in rows}
    newest = max(row["createdAt"] for row in rows)
    recent = {row["id"] for row in rows if row["createdAt"] >= newest - 14 * 86400}
    assert {one["record_id"] for one in again.of("utterance", utterance_type="checkin")} == recent < {row["id"] for row in rows}


def test_who_came_along_is_in_the_truth_and_tied(town):
    with sandbox.serve(town) as url:
        found, _ = load(town, url)
    truth = {row["record_id"] for row in pq.read_table(town / "truth" / "records.parquet").to_pylist() if row["feed"] == "swarm_ben"}
    rows = json.loads((town / "api" / "swarm.json").read_text())["checkins"]
    friends = {one["id"] for row in rows for one in row.get("with", ())}
    assert friends and friends <= {one["record_id"] for one in found.of("person")} - {"owner"} <= truth
    assert {one["dst_ref"] for one in found.of("tie")} | {one["src_ref"] for one in found.of("tie")} >= friends


@pytest.mark.parametrize(
    ("asked", "status", "kind"),
    [
        ({"v": "20250601"}, 401, "invalid_auth"),
        ({"oauth_token": "other", "v": "20250601"}, 401, "invalid_auth"),
        ({"oauth_token": TOKEN["oauth_token"]}, 400, "param_error"),
        (TOKEN | {"offset": "later"}, 400, "param_error"),
    ],
)
def test_it_refuses_what_foursquare_refuses(town, asked, status, kind):
    with sandbox.serve(town) as url:
        answer = requests.get(f"{url}/swarm/v2/users/self/checkins", params=asked, timeout=10)
    assert (answer.status_code, answer.json()["meta"]["errorType"]) == (status, kind)


def test_a_strict_day_has_the_vendors_hourly_quota(town, monkeypatch):
    monkeypatch.setattr("commonground.sandbox.server.swarm.REQUESTS_PER_HOUR", 3)
    with sandbox.serve(town, faults="strict") as url:
        answers = [requests.get(f"{url}/swarm/v2/users/self/checkins", params=TOKEN, timeout=10) for _ in range(4)]
    assert [one.status_code for one in answers] == [200] * 3 + [429]
    assert answers[0].headers["X-RateLimit-Remaining"] == "2" and len(answers[0].json()["response"]["checkins"]["items"]) == 20
    assert int(answers[3].headers["X-RateLimit-Reset"]) > dt.datetime.now(dt.UTC).timestamp()


def test_a_later_visit_says_nothing_new_of_who_came_along(town):
    with sandbox.serve(town) as url:
        first, visit = load(town, url)
        again, _ = load(town, url, visit.next_checkpoint)
    ties = {one["record_id"]: one["evidence_text"] for one in first.of("tie")}
    assert all(ties[one["record_id"]] == one["evidence_text"] for one in again.of("tie"))
