"""What tests of exports share: a visit of Pedro Fuentes's own export, ways to write one, and to look at what was read."""

import datetime as dt
import json
import zipfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from commonground import records
from commonground.config import Feed, Market
from commonground.errors import UnreadableError
from commonground.sources.base import Item, Record, Refusal, Source, Visit

FIXTURES = Path(__file__).resolve().parents[2] / "shared" / "fixtures"
NOW = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


def fixture(name: str) -> Path:
    """A folder of real files by other hands; skips the test where they are not."""
    folder = FIXTURES / name
    if not folder.exists():
        pytest.skip(f"no fixtures at {folder}")
    return folder


def visit_of(source: str, owner: str | None = "pedro", name: str = "Pedro Fuentes", urls: tuple[str, ...] = (), **options: Any) -> Visit:
    """A visit to an export of a team member."""
    agent = {"agent_id": owner or "pedro", "name": name, "urls": list(urls)}
    area = {"latitude": 38.4, "longitude": -122.7, "radius_km": 40}
    market = Market.model_validate({"name": "Town", "time_zone": "UTC", "state": "CA", "service_area": area, "agents": [agent]})
    return Visit(Feed(name="mine", source=source, path="x", owner=owner, options=options), market, NOW)


class Found:
    """Everything a source yielded; every record must fit its kind."""

    def __init__(self, items: Iterable[Item]) -> None:
        self.items = list(items)
        self.records = [item for item in self.items if isinstance(item, Record)]
        self.refusals = [item for item in self.items if isinstance(item, Refusal)]
        for record in self.records:
            row = records.coerce(record.kind, record.values)
            json.dumps(row, default=str, ensure_ascii=False).encode("utf-8")
            absent = [c.name for c in records.KINDS[record.kind].columns if c.is_required and row[c.name] in (None, "")]
            assert set(absent) <= {"feed", "source", "modified_at", "run_id"}, (record, absent)
        for refusal in self.refusals:
            assert "\n" not in refusal.reason
            refusal.payload.encode("utf-8")

    @property
    def counts(self) -> dict[str, int]:
        return dict(Counter(record.kind for record in self.records))

    @property
    def rules(self) -> dict[str, int]:
        return dict(Counter(refusal.rule for refusal in self.refusals))

    def of(self, kind: str, **having: Any) -> list[dict[str, Any]]:
        """Values of the records of a kind that have certain values."""
        found = [dict(record.values) for record in self.records if record.kind == kind]
        return [values for values in found if all(values.get(name) == value for name, value in having.items())]

    def one(self, kind: str, **having: Any) -> dict[str, Any]:
        """The one record of a kind that has certain values."""
        found = self.of(kind, **having)
        assert len(found) == 1, found
        return found[0]


def read(source: Source, path: Path, visit: Visit | None = None) -> Found:
    """What a source makes of an export."""
    return Found(source.read(path, visit or visit_of(source.name)))


def read_whatever(source: Source, path: Path) -> Found:
    """What a source makes of an export that may be foreign to it: all that comes before it says so."""
    items: list[Item] = []
    try:
        items.extend(source.read(path, visit_of(source.name)))  # what came before an error stays in it
    except UnreadableError as error:
        assert "\n" not in str(error)
        assert any(isinstance(item, Refusal) for item in items)
    return Found(items)


def write_files(folder: Path, files: dict[str, Any]) -> Path:
    """Writes an export folder; what is no text or bytes is written as JSON."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_bytes(content))
    return folder


def write_zip(path: Path, files: dict[str, Any]) -> Path:
    """Writes an export as a zip."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, _bytes(content))
    return path


def _bytes(content: Any) -> bytes:
    if isinstance(content, bytes):
        return content
    return content.encode() if isinstance(content, str) else json.dumps(content).encode()
