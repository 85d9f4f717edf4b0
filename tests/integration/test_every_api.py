"""Every API that a source can ask is spoken by the town, and loads whole on a day when some requests fail."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from commonground import sandbox
from commonground.config import Credentials, Feed, load_settings
from commonground.engine import Night
from commonground.load import LoadReport, load_feed
from commonground.sources import SOURCES
from commonground.sources.http import HttpClient

AS_OF = dt.date(2026, 11, 23)
FAULTS = "503:0.04,429:0.03,truncate:0.03,reset:0.02,token_expires:2,seed:3"
PASSED_OVER = {"withheld"}
# what the town's MLS got wrong on purpose, in every dialect
FLAWS = {"closed_without_date", "active_but_closed", "range:ListPrice"}


@dataclass(frozen=True)
class Loaded:
    feeds: list[Feed]
    reports: dict[str, LoadReport]
    mishaps: dict[str, int]


def quick(feed: Feed) -> dict[str, int]:
    """The town's MLS may be asked faster than the usual twice a second."""
    return {"per_second": 50} if "mls" in feed.name else {}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """One visit to each of the town's API feeds, those too that its nights leave out."""
    town: Path = tmp_path_factory.mktemp("town")
    sandbox.build(60, 3, town, AS_OF)
    settings = load_settings(town / "config")
    feeds = [
        feed.model_copy(update={"is_enabled": True, "options": feed.options | quick(feed)}) for feed in settings.feeds if not feed.path
    ]
    night = Night(town / "data", settings, "20261123T020000_apis", AS_OF)
    with pytest.MonkeyPatch.context() as patch, sandbox.serve(town, faults=FAULTS) as url:
        patch.setitem(HttpClient.__init__.__kwdefaults__, "sleep", lambda seconds: None)  # a second try is not waited for
        connections = sandbox.connections_for(town, url)

        def resolve(name: str) -> Credentials:
            return Credentials(**{key: value for key, value in connections[name].items() if key != "conn_type"})

        reports = {feed.name: load_feed(night, feed, resolve) for feed in feeds}
        mishaps = requests.get(f"{url}/_control/health", timeout=5).json()["mishaps"]
    return Loaded(feeds, reports, mishaps)


def test_the_town_speaks_every_api_and_every_dialect_of_an_mls(loaded: Loaded) -> None:
    assert {feed.source for feed in loaded.feeds} == {name for name, source in SOURCES.items() if source.is_api}
    profiles = {feed.options.get("profile", "spark" if feed.source == "spark" else "plain") for feed in loaded.feeds if "mls" in feed.name}
    assert profiles == {"plain", "plain-2.0", "mlsgrid", "bridge", "trestle", "spark"}


def test_every_api_feed_brings_records_through_faults_and_accounts_for_every_row(loaded: Loaded) -> None:
    assert {"503", "429", "truncate", "reset"} == set(loaded.mishaps)
    for name, report in loaded.reports.items():
        assert report.status == "loaded" and report.rows_accepted > 0 and report.pages > 0, name
        ends = report.rows_accepted + report.rows_quarantined + report.rows_unchanged + report.rows_suppressed
        assert report.rows_read == ends, name
        assert set(report.reasons) <= PASSED_OVER | (FLAWS if "mls" in name else set()), name


def test_an_mls_says_the_same_in_every_dialect(loaded: Loaded) -> None:
    said = {name: dict(report.accepted_by_kind) for name, report in loaded.reports.items() if "mls" in name}
    assert len(said) == 6 and all(one == said["mls"] for one in said.values()), said
