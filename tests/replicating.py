"""A small MLS behind the town's server, that changes while it is read, and visits to it that are killed in the middle.

What children run lives here, so that a fork server can have it loaded before it is asked for a child.
"""

import datetime as dt
import json
import os
import random
import signal
import threading
import time
from pathlib import Path
from typing import Any

import duckdb

import commonground.contracts.validate as contracts
import commonground.sandbox.server  # noqa: F401 (for the fork server: loaded once)
from commonground import lake as lake_module
from commonground import load
from commonground.config import Credentials, Feed, load_settings
from commonground.engine import Night
from commonground.sandbox.build import save_state
from commonground.sandbox.serving import serve_until_stopped
from commonground.sandbox.writers.settings import TOKENS
from commonground.sources import http
from nights import write_config

LONG_AGO = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
STATUSES = ("Active", "Active Under Contract", "Pending", "Hold", "Expired", "Canceled", "Withdrawn", "Coming Soon")
SYSTEM = "Sonoma Coast MLS"

# vendor → (address under the server, options, whether it asks for client credentials)
VENDORS: dict[str, tuple[str, dict[str, Any], bool]] = {
    "plain": ("reso/odata/", {"profile": "plain", "token_url": "reso/oauth/token"}, True),
    "plain-2.0": ("reso20/odata/", {"profile": "plain-2.0"}, False),
    "mlsgrid": ("mlsgrid/v2/", {"profile": "mlsgrid", "originating_system": SYSTEM}, False),
    "bridge": ("bridge/api/v2/OData/town/", {"profile": "bridge"}, False),
    "trestle": ("trestle/odata/", {"profile": "trestle", "token_url": "trestle/odata/oidc/connect/token"}, True),
    "trestle-replication": (
        "trestle/odata/",
        {"profile": "trestle", "next_style": "sticky", "path_suffix": "/replication", "is_order_asked": False, "is_sorted": False},
        False,
    ),
    "spark": ("spark/Version/3/Reso/OData/", {"profile": "spark"}, False),
}


class SmallMls:
    """The rows behind the server; every change is on disk before the method returns."""

    def __init__(self, folder: Path, homes: int) -> None:
        self.folder, self.dice = folder, random.Random(7)
        (folder / "api").mkdir(parents=True)
        # a third of the homes share one moment: more than any page of the tests holds
        self.homes = [self._home(number, LONG_AGO + dt.timedelta(seconds=max(0, number - homes // 3))) for number in range(homes)]
        self.members = [
            {"MemberKey": f"M{n}", "MemberMlsId": f"{n}", "MemberFullName": f"Agent {n}", "ModificationTimestamp": _stamp(LONG_AGO)}
            for n in range(7)
        ]
        self.clock = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
        self.save()

    def _home(self, number: int, at: dt.datetime) -> dict[str, Any]:
        return {
            "ListingKey": f"K{number:05d}", "ListingId": f"{number}", "OriginatingSystemName": SYSTEM, "StandardStatus": "Active",
            "ListPrice": 100_000.0 + number, "City": "Santa Rosa", "ModificationTimestamp": _stamp(at), "MlgCanView": True,
        }  # fmt: skip

    def save(self) -> None:
        save_state(self.folder, "reso", {"Property": self.homes, "Member": self.members, "Office": [], "OpenHouse": []})

    def tick(self) -> str:
        self.clock = max(self.clock + dt.timedelta(milliseconds=1), dt.datetime.now(dt.UTC) - dt.timedelta(hours=1))
        return _stamp(self.clock)

    def change(self, updates: int = 3, removals: int = 1, arrivals: int = 1) -> None:
        """Some homes get another price or status, some are taken back, some arrive."""
        alive = [home for home in self.homes if home["MlgCanView"]]
        for home in self.dice.sample(alive, updates):
            home["StandardStatus"] = self.dice.choice(STATUSES)
            home["ListPrice"] = round(home["ListPrice"] * self.dice.uniform(0.9, 1.1), 2)
            home["ModificationTimestamp"] = self.tick()
        for home in self.dice.sample(alive, removals) if len(alive) > 60 else []:
            home["MlgCanView"], home["ModificationTimestamp"] = False, self.tick()
        for _ in range(arrivals):
            home = self._home(len(self.homes), LONG_AGO)
            home["ModificationTimestamp"] = self.tick()
            self.homes.append(home)
        self.save()

    def rows(self) -> dict[str, tuple[Any, ...]]:
        """What a faithful copy holds: key → price, status, when it changed."""
        return {
            home["ListingKey"]: (home["ListPrice"], home["StandardStatus"], dt.datetime.fromisoformat(home["ModificationTimestamp"]))
            for home in self.homes
            if home["MlgCanView"]
        }


def _stamp(at: dt.datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def serve(folder: str, port: int, faults: str | None) -> None:
    """The server, for a process of its own."""
    serve_until_stopped(Path(folder), port, faults, tell=lambda _: None)


def night(folder: Path, run_id: str) -> Night:
    """A night over the data of a test."""
    config = folder / "config"
    if not config.exists():
        write_config(config)
    return Night(folder / "data", load_settings(config), run_id, dt.date(2026, 11, 23))


def feed_of(vendor: str, base_url: str, **options: Any) -> tuple[Feed, Credentials]:
    """The feed of a vendor, with small pages, and how it is let in."""
    path, own, is_client = VENDORS[vendor]
    own = {name: f"{base_url}/{value}" if name == "token_url" else value for name, value in own.items()}
    limits = dict.fromkeys(("per_second", "per_minute", "per_hour", "per_day", "bytes_per_hour"), 0)
    chosen = {"resources": ["Property", "Member"], "page_size": 25, "key_page_size": 1000, **limits, **own, **options}
    given = {"login": TOKENS["reso_client"], "password": TOKENS["reso_secret"]} if is_client else {"password": TOKENS["reso"]}
    return Feed(name="mls", source="reso", url=f"{base_url}/{path}", connection="mls", options=chosen), Credentials(**given)


def visit(
    folder: str, run_id: str, vendor: str, base_url: str, kill_at: int | None = None, options: dict[str, Any] | None = None
) -> load.LoadReport:
    """One load. With `kill_at` it kills itself at that point of its work: each request, each file written, each rename is one."""
    _hurry()
    if kill_at is not None:
        _be_mortal(kill_at)
        contracts.validate = _accepting  # the contract is not what is tried here, and costs more than all the rest
        load.COMMIT_SECONDS, load.COMMIT_ROWS = 0.0, 1
    feed, credentials = feed_of(vendor, base_url, **(options or {}))
    return load.load_feed(night(Path(folder), run_id), feed, lambda _: credentials)


def _hurry() -> None:
    """Waits are kept short."""
    http.HttpClient.__init__.__kwdefaults__["sleep"] = lambda seconds: time.sleep(min(seconds, 0.01))


def _accepting(kind: str, table: Any, **_: Any) -> contracts.Validation:
    return contracts.Validation(kind, table)


def _be_mortal(kill_at: int) -> None:
    lock, count = threading.Lock(), 0

    def point() -> None:
        nonlocal count
        with lock:
            count += 1
            if count == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    def around(owner: Any, name: str) -> None:
        original = getattr(owner, name)

        def watched(*arguments: Any, **named: Any) -> Any:
            point()
            result = original(*arguments, **named)
            point()
            return result

        setattr(owner, name, watched)

    around(lake_module.pq, "write_table")
    around(Path, "replace")
    around(http.HttpClient, "_once")


def stored(folder: Path) -> dict[str, tuple[Any, ...]]:
    """What the lake holds of the listings: key → price, status, when it changed."""
    lake = night(folder, "look").lake
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        rows = con.execute(
            f'SELECT record_id, "ListPrice", "StandardStatus", epoch_us(modified_at) FROM ({lake.state_sql("listing", feed="mls")})'
        ).fetchall()
    epoch = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return {key: (price, status, epoch + dt.timedelta(microseconds=at)) for key, price, status, at in rows}


def audits(folder: Path) -> list[dict[str, Any]]:
    """The accounting: a row per run, with what lies in the lake of it as `in_lake`."""
    lake = night(folder, "look").lake
    files = [file for kind in ("listing", "membership", "listing_event") for file in lake.record_files(kind, "mls")]
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        counted = dict(
            con.execute(
                f"SELECT run_id, count(*) FROM read_parquet({lake_module.files_sql(files)}, union_by_name = true) GROUP BY run_id"
            ).fetchall()
        )
        relation = con.sql(f"SELECT * EXCLUDE (started_at, ended_at) FROM ({lake.visits_sql(lake.layer_files('audit'))})")
        return [dict(zip(relation.columns, row, strict=True)) | {"in_lake": counted.get(row[0], 0)} for row in relation.fetchall()]


def checkpoint(folder: Path) -> dict[str, Any]:
    """The newest committed checkpoint."""
    return json.loads(json.dumps(night(folder, "look").lake.checkpoint("mls")))
