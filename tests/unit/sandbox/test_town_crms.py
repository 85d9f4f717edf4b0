"""The town's other CRMs: what the sources make of HubSpot and Salesforce as the town speaks them."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from commonground.config import Credentials, Feed, load_settings
from commonground.sandbox import build, connections_for, serve
from commonground.sources import SOURCES
from commonground.sources.base import Visit
from exports import Found


@pytest.fixture(scope="module")
def town(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("town")
    build(people=150, seed=11, out=folder, as_of=dt.date(2026, 11, 23))
    return folder


def load(town: Path, name: str, base_url: str, checkpoint: dict[str, Any] | None = None) -> tuple[Found, Visit]:
    feeds = yaml.safe_load((town / "config" / "feeds.yaml").read_text())["feeds"]
    feed = Feed.model_validate(next(one for one in feeds if one["name"] == name))
    fields = connections_for(town, base_url)[feed.connection or ""]
    credentials = Credentials(host=fields["host"], login=fields["login"], password=fields["password"], extra=fields["extra"])
    market = load_settings(town / "config").market
    visit = Visit(feed, market, dt.datetime.now(dt.UTC), credentials=credentials, checkpoint=checkpoint or {})
    source = SOURCES[feed.source]
    return Found(item for page in source.fetch(visit) for item in source.conform(page, visit)), visit


def state(town: Path, name: str) -> Any:
    return json.loads((town / "api" / f"{name}.json").read_text())


def test_the_other_crms_are_written_down_but_not_visited(town):
    feeds = {one["name"]: one for one in yaml.safe_load((town / "config" / "feeds.yaml").read_text())["feeds"]}
    assert (feeds["hubspot_ben"]["is_enabled"], feeds["salesforce_cleo"]["is_enabled"]) == (False, False)


@pytest.mark.parametrize("faults", [None, "503:0.1,429:0.1,truncate:0.1,seed:3"])
def test_hubspot_first_and_again(town, faults, monkeypatch):
    monkeypatch.setattr("commonground.sources.http.BACKOFF_SECONDS", 0.01)
    contacts = state(town, "hubspot")["contacts"]
    with serve(town, faults=faults) as base_url:
        first, _ = load(town, "hubspot_ben", base_url)
        again, _ = load(town, "hubspot_ben", base_url, {"watermark": "2026-10-01T00:00:00+00:00", "agents": {}})
    live = {one["id"] for one in contacts if not one["archived"]}
    assert {one["record_id"] for one in first.of("person")} == live
    assert {one["owner_agent_id"] for one in first.of("person")} == {"ben"}
    recent = {one["id"] for one in contacts if not one["archived"] and one["updatedAt"] >= "2026-10-01"}
    assert recent <= {one["record_id"] for one in again.of("person") if not one.get("is_deleted")} < live
    assert {one["record_id"] for one in again.of("person", is_deleted=True)} == {one["id"] for one in contacts if one["archived"]}


@pytest.mark.parametrize("faults", [None, "503:0.1,429:0.1,truncate:0.1,seed:3"])
def test_salesforce_first_and_again(town, faults, monkeypatch):
    monkeypatch.setattr("commonground.sandbox.server.salesforce.PAGE_SIZE", 7)
    monkeypatch.setattr("commonground.sources.http.BACKOFF_SECONDS", 0.01)
    rows = state(town, "salesforce")
    with serve(town, faults=faults) as base_url:
        first, visit = load(town, "salesforce_cleo", base_url)
        again, _ = load(town, "salesforce_cleo", base_url, visit.next_checkpoint)
    assert {one["record_id"] for one in first.of("person")} == {one["Id"] for one in [*rows["Contact"], *rows["Lead"]]}
    assert {one["record_id"] for one in first.of("person", is_deleted=True)} == {one["Id"] for one in rows["Contact"] if one["IsDeleted"]}
    done = {one["Id"] for one in rows["Task"] if one["IsClosed"]} | {one["Id"] for one in rows["Event"]}
    assert {one["record_id"] for one in first.of("interaction")} == done
    assert {one["agent_id"] for one in first.of("interaction")} == {"cleo"}
    assert 0 < len(again.items) < len(first.items) / 2
