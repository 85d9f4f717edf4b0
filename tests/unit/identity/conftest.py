"""A night over person records given in a test, and `link` over plain rows."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from benchmarks import linking_data

from commonground import records
from commonground.config import Settings
from commonground.engine import Engine, Night
from commonground.identity.link import link
from commonground.identity.resolve import resolve

STARTED = dt.datetime(2026, 11, 20, 3, 0, tzinfo=dt.UTC)
SOURCES = {"crm": "followupboss", "google": "google-contacts", "li": "linkedin", "fb": "facebook", "team": "team", "mls": "reso"}
Rows = list[dict[str, Any]]


@pytest.fixture
def who() -> Callable[..., dict[str, set[str]]]:
    """`who(rows)` → record_id → the record_ids of the same contact."""

    def group(rows: Rows, **options: Any) -> dict[str, set[str]]:
        linked = link(as_table(rows), **options)
        homes: dict[str, set[str]] = {}
        for record_id, home in zip(linked["record_id"].to_pylist(), linked["contact_id"].to_pylist(), strict=True):
            homes.setdefault(home, set()).add(record_id)
        return {record_id: home for home in homes.values() for record_id in home}

    return group


def book(count: int = 400) -> Rows:
    """Invented person records, as `link_people` takes them (in lists)."""
    rows = linking_data.people(count).drop_columns(["person_id"]).to_pylist()
    return [{**row, "key": row.pop("record_id"), "emails": [row.pop("email")], "phones": [row.pop("phone")]} for row in rows]


def as_table(rows: Rows) -> pa.Table:
    names = ["record_id", *sorted({name for row in rows for name in row} - {"record_id"})]
    return pa.table({name: pa.array([row.get(name) for row in rows], pa.string()) for name in names})


class Town:
    """A data folder whose records a test writes, and nights over it."""

    def __init__(self, folder: Path) -> None:
        self.data = folder
        self.settings = Settings.model_validate(
            {
                "folder": folder,
                "market": {
                    "name": "Sonoma County",
                    "time_zone": "America/Los_Angeles",
                    "state": "CA",
                    "service_area": {"latitude": 38.44, "longitude": -122.71, "radius_km": 45, "cities": ["Santa Rosa", "Petaluma"]},
                    "agents": [{"agent_id": "dana", "name": "Dana Reyes", "emails": ["dana@reyes.example"]}],
                },
                "feeds": [
                    {"name": name, "source": source, **({} if source == "team" else {"path": "x"})} for name, source in SOURCES.items()
                ],
                "policy": {},
            }
        )
        self.nights = 0

    def write(self, kind: str, feed: str, *rows: dict[str, Any], run_id: str = "r0") -> None:
        lake = self.night("r").lake
        stamp = {"feed": feed, "source": SOURCES[feed], "run_id": run_id, "modified_at": STARTED, "is_deleted": False}
        if kind == "person":
            stamp["person_type"] = "person"
        table = pa.Table.from_pylist([records.coerce(kind, stamp | row) for row in rows], schema=records.schema(kind))
        lake.commit(lake.batch_path("records", feed, run_id, kind), table)

    def night(self, run_id: str) -> Night:
        return Night(self.data, self.settings, run_id, STARTED.date(), STARTED)

    def resolve(self, previous: pa.Table | None = None) -> dict[str, pa.Table]:
        self.nights += 1
        with Engine(self.night(f"n{self.nights}")) as engine:
            if previous is not None:
                engine.con.register("previous_contact_identities", previous)
            resolve(engine)
            names = ("contact_identities", "contact_profiles", "contact_merges", "listing_addresses")
            return {name: engine.arrow(f"SELECT * FROM {name}") for name in names}


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)
