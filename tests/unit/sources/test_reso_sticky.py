"""A walk behind one link that gives each row once, at a server that breaks off: a real server on this machine."""

import datetime as dt
import functools
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest

from commonground.config import Credentials, Feed, Market
from commonground.sources.base import Page, Visit
from commonground.sources.http import HttpClient
from commonground.sources.mls import replicate
from commonground.sources.mls.reso import Reso
from vendor_server import Asked, Reply, serving

NOW = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)
AREA = {"latitude": 41.9, "longitude": -87.6, "radius_km": 40}
MARKET = Market.model_validate(
    {"name": "Testville", "time_zone": "UTC", "state": "IL", "service_area": AREA, "agents": [{"agent_id": "ann", "name": "Ann Agent"}]}
)
HOMES = 90
SHARED = 15  # of one moment: more than a page holds
KEYS = {f"K{n:04d}" for n in range(HOMES)}
LAST = f"2026-06-01T{10 + (HOMES - SHARED - 1) // 60}:{(HOMES - SHARED - 1) % 60:02}:00.000Z"


class Forgetful:
    """Homes in no order, four to a page; every eighth answer breaks off."""

    def __init__(self) -> None:
        minutes = [max(0, n - SHARED) for n in range(HOMES)]
        at = [f"2026-06-01T{10 + minute // 60}:{minute % 60:02}:00.000Z" for minute in minutes]
        self.homes = [{"ListingKey": f"K{n:04d}", "ModificationTimestamp": at[n * 7 % HOMES]} for n in range(HOMES)]
        self.left: list[dict[str, Any]] = []
        self.count = 0

    def answer(self, asked: Asked) -> Reply:
        self.count += 1
        if "id" not in asked.query:
            self.left = [home for home in self.homes if self._is_asked_for(home, asked.query.get("$filter", ""))]
        page, self.left = self.left[:4], self.left[4:]
        link = f"http://{asked.headers['Host']}/v1/Property?id=1"
        return Reply(status=503) if self.count % 8 == 0 else Reply({"value": page, "@odata.nextLink": link})

    @staticmethod
    def _is_asked_for(home: dict[str, Any], condition: str) -> bool:
        parts = [part.split() for part in condition.split(" and ") if part]
        return all(home[name] >= value if operator == "ge" else home[name] <= value for name, operator, value in parts)


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(replicate, "HttpClient", functools.partial(HttpClient, backoff_seconds=0.001))
    with serving(Forgetful().answer) as server:
        yield server.url


def visit_of(url: str, checkpoint: dict[str, Any] | None = None) -> Visit:
    options = {"resources": ["Property"], "per_second": 0, "next_style": "sticky", "is_sorted": False, "delete_style": "flag"}
    feed = Feed(name="mls", source="reso", url=url, connection="mls_api", options=options)
    return Visit(feed, MARKET, NOW, credentials=Credentials(password="token"), checkpoint=checkpoint or {})


def keys(pages: list[Page]) -> set[str]:
    return {row["ListingKey"] for page in pages for row in page.body["value"]}


def test_a_walk_longer_than_the_server_ever_bears_comes_to_its_end(url: str) -> None:
    visit = visit_of(url)
    assert keys(list(Reso().fetch(visit))) == KEYS
    assert visit.next_checkpoint["watermark"]["Property"] == LAST


def test_a_walk_that_is_always_broken_off_gets_on_from_visit_to_visit(url: str) -> None:
    found: set[str] = set()
    visit = visit_of(url)
    for _ in range(60):
        pages = list(islice(Reso().fetch(visit), 12))
        found |= keys(pages)
        if visit.next_checkpoint:
            break
        visit = visit_of(url, dict(pages[-1].checkpoint or {}))
    assert visit.next_checkpoint["watermark"]["Property"] == LAST
    assert found == KEYS
