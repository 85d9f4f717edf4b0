"""What several tests need: a small config folder, a night, a source made of given records."""

import datetime as dt
from collections.abc import Iterable, Iterator
from pathlib import Path

from commonground.config import Feed, Settings, load_settings
from commonground.engine import Night
from commonground.sources.base import Item, Page, Source, Visit

AS_OF = dt.date(2026, 11, 23)
MARKET = """
name: Testville
time_zone: America/Los_Angeles
state: CA
service_area: {latitude: 38.44, longitude: -122.71, radius_km: 45, cities: [Santa Rosa], postal_codes: ["95404"]}
agents:
  - {agent_id: ana, name: Ana Lopez, emails: [ana@team.example], about: ["I play accordion."]}
"""


def write_config(folder: Path, feeds: str = "feeds: []", market: str = MARKET) -> Path:
    """A config folder with a small market."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "market.yaml").write_text(market)
    (folder / "feeds.yaml").write_text(feeds)
    return folder


def a_night(tmp_path: Path, run_id: str = "run1", feeds: str = "feeds: []") -> Night:
    """A night in an empty data folder."""
    settings: Settings = load_settings(write_config(tmp_path / "config", feeds))
    return Night(tmp_path / "data", settings, run_id, AS_OF)


class GivenSource(Source):
    """A source that yields what it was given: for tests of the loader."""

    name = "given"
    family = "contacts"
    is_api = True

    def __init__(self, items: Iterable[Item] = (), checkpoint: dict[str, object] | None = None) -> None:
        self.items, self.checkpoint = list(items), checkpoint or {}
        self.seen_checkpoint: object = None

    def fetch(self, visit: Visit) -> Iterator[Page]:
        self.seen_checkpoint = dict(visit.checkpoint)
        yield Page("things", "http://given.example/things", {"n": len(self.items)})
        visit.next_checkpoint.update(self.checkpoint)

    def conform(self, page: Page, visit: Visit) -> Iterator[Item]:
        yield from self.items


GIVEN_FEED = Feed(name="given", source="given", url="http://given.example/")
