"""One night's DuckDB session: the lake's kinds, the settings and earlier stages' tables, all as named relations.

SQL files name their inputs as tables: a record kind (`person`, `listing`, ...: its state tonight), a table of settings
(`night`, `agent`, `service_area`, `service_city`, `service_postal_code`, `segment_policy`, `feed_setting`), a table an
earlier stage wrote, or `previous_<table>` (last night's published table). Each file is one SELECT; its name is its table.
"""

import datetime as dt
import json
import os
import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from commonground import records
from commonground.config import Feed, Settings
from commonground.lake import Lake
from commonground.privacy.purposes import allowed

ROOT = Path(__file__).parent
MEMORY_LIMIT = "6GB"  # well under the 24 GiB of a small server, so that Airflow and readers fit beside it


@dataclass(frozen=True)
class Night:
    """One night's run: where the data lies, who we are, which run it is, and what day it counts as."""

    data: Path
    settings: Settings
    run_id: str
    as_of: dt.date
    started_at: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))
    earlier: Path | None = None  # the file history is carried over from, if that is not the published one

    @property
    def lake(self) -> Lake:
        """The lake of this data folder."""
        return Lake(self.data / "lake")

    @property
    def published(self) -> Path:
        """The published DuckDB file."""
        return self.data / "commonground.duckdb"


def new_run_id(label: str = "cli", at: dt.datetime | None = None) -> str:
    """A run id that sorts by time and is safe in file names: `20261123T020000_cli`."""
    at = at or dt.datetime.now(dt.UTC)
    return f"{at:%Y%m%dT%H%M%S}_{re.sub(r'[^A-Za-z0-9_-]+', '-', label)[:80]}"


def connect() -> duckdb.DuckDBPyConnection:
    """A private in-memory DuckDB that never reaches for the network."""
    con = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
    con.execute(f"SET TimeZone = 'UTC'; SET memory_limit = '{MEMORY_LIMIT}'; SET preserve_insertion_order = false")
    con.execute("SET enable_progress_bar = false")
    con.execute("SET temp_directory = ?", [str(Path(tempfile.gettempdir()) / f"commonground-{os.getpid()}")])  # not the folder we stand in
    return con


class Engine:
    """The session of one stage. Use as a context manager."""

    def __init__(self, night: Night, stage: str | None = None) -> None:
        self.night = night
        self.stage = stage  # decides which feeds' records it may see (privacy.purposes)
        self.folder = night.lake.enriched_folder(night.run_id)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.con = connect()
        self._register_settings()
        self._register_kinds()
        self._register_previous()
        for path in sorted(self.folder.glob("*.parquet")):
            self._register_parquet(path.stem, path)

    def __enter__(self) -> "Engine":
        return self

    def __exit__(self, *_: object) -> None:
        self.con.close()

    def run(self, sql_file: Path, name: str | None = None) -> int:
        """Runs one SQL file and writes its result as the enriched table of that name. Returns its rows."""
        return self.write(name or sql_file.stem, sql_file.read_text(encoding="utf-8"))

    def write(self, name: str, query: str | pa.Table) -> int:
        """Writes a query's result (or an Arrow table) as the enriched table `name` and makes it known. Returns its rows."""
        path = self.folder / f"{name}.parquet"
        scratch = path.with_name(f".{name}.tmp")
        if isinstance(query, str):
            statement = query.strip().rstrip(";")
            self.con.execute(f"COPY ({statement}\n) TO '{_quoted(scratch)}' (FORMAT parquet, COMPRESSION zstd)")
        else:
            pq.write_table(query, scratch, compression="zstd")
        scratch.replace(path)
        self._register_parquet(name, path)
        return int(pq.ParquetFile(path).metadata.num_rows)

    def table(self, name: str, rows: list[dict[str, Any]], schema: pa.Schema) -> None:
        """Makes rows known as a relation for this session."""
        self.con.register(f"_{name}", pa.Table.from_pylist(rows, schema=schema))
        self.con.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS SELECT * FROM "_{name}"')
        self.con.unregister(f"_{name}")

    def arrow(self, query: str) -> pa.Table:
        """A query's result as an Arrow table."""
        return self.con.sql(query).to_arrow_table()

    def has(self, name: str) -> bool:
        """Whether a relation of that name is known."""
        found = self.con.execute(
            "SELECT count(*) FROM (SELECT view_name AS n FROM duckdb_views() UNION ALL SELECT table_name FROM duckdb_tables()) WHERE n = ?",
            [name],
        ).fetchall()
        return bool(found[0][0])

    def _register_parquet(self, name: str, path: Path) -> None:
        self.con.execute(f"CREATE OR REPLACE TEMP VIEW \"{name}\" AS SELECT * FROM read_parquet('{_quoted(path)}')")

    def _register_kinds(self) -> None:
        for kind in records.KINDS:
            state = self.night.lake.state_sql(kind)
            self.con.execute(f"""
                CREATE OR REPLACE TEMP VIEW "{kind}" AS
                SELECT * FROM ({state})
                WHERE (expires_at IS NULL OR expires_at > (SELECT started_at FROM night))
                  AND feed IN (SELECT feed FROM feed_setting)
                  AND {allowed(self.stage, kind)}""")

    def _register_previous(self) -> None:
        earlier = self.night.earlier or self.night.published
        if not earlier.exists():
            return
        self.con.execute(f"ATTACH '{_quoted(earlier)}' AS previous (READ_ONLY)")
        names = self.con.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'previous'").fetchall()
        for (name,) in names:
            self.con.execute(f'CREATE OR REPLACE TEMP VIEW "previous_{name}" AS SELECT * FROM previous.main."{name}"')

    def _register_settings(self) -> None:
        night, settings = self.night, self.night.settings
        text = pa.string()
        self.table(
            "night",
            [{"run_id": night.run_id, "as_of": night.as_of, "started_at": night.started_at, "time_zone": settings.market.time_zone}],
            pa.schema([("run_id", text), ("as_of", pa.date32()), ("started_at", pa.timestamp("us", tz="UTC")), ("time_zone", text)]),
        )
        self.table(
            "agent",
            [agent.model_dump() for agent in settings.market.agents],
            pa.schema(
                [("agent_id", text), ("name", text), *((key, pa.list_(text)) for key in ("emails", "phones", "urls", "mls_ids", "about"))]
            ),
        )
        area = settings.market.service_area
        self.table(
            "service_area",
            [{"latitude": area.latitude, "longitude": area.longitude, "radius_km": area.radius_km, "state": settings.market.state}],
            pa.schema([("latitude", pa.float64()), ("longitude", pa.float64()), ("radius_km", pa.float64()), ("state", text)]),
        )
        self.table("service_city", [{"city": city} for city in area.cities], pa.schema([("city", text)]))
        self.table("service_postal_code", [{"postal_code": code} for code in area.postal_codes], pa.schema([("postal_code", text)]))
        policy = settings.policy.segments
        cadence = pa.struct([(key, pa.int64()) for key in sorted(policy.cadence_days)])
        self.table(
            "segment_policy",
            [policy.model_dump()],
            pa.schema(
                [
                    ("now_score", pa.float64()),
                    ("evangelist_tie_strength", pa.float64()),
                    ("today_rows", pa.int64()),
                    ("cadence_days", cadence),
                    ("review_quarantine_share", pa.float64()),
                    ("review_volume_drop", pa.float64()),
                ]
            ),
        )
        known: dict[str, Feed | None] = dict.fromkeys(settings.broken_feeds) | {feed.name: feed for feed in settings.feeds}
        self.table(
            "feed_setting",
            [_feed_row(name, feed, settings) for name, feed in known.items()],
            pa.schema([
                ("feed", text), ("source", text), ("owner_agent_id", text), ("is_enabled", pa.bool_()), ("family", text),
                ("purposes", pa.list_(text)), ("options", text),
            ]),
        )  # fmt: skip


def _feed_row(name: str, feed: Feed | None, settings: Settings) -> dict[str, Any]:
    """A feed as the SQL sees it; of an entry that cannot be read only the name, so that what it brought earlier still counts."""
    from commonground.sources import SOURCES

    if feed is None:
        return {"feed": name, "is_enabled": True, "options": "{}"}
    terms = settings.policy.sources.get(feed.source)
    return {
        "feed": name, "source": feed.source, "owner_agent_id": feed.owner, "is_enabled": feed.is_enabled,
        "family": SOURCES[feed.source].family if feed.source in SOURCES else None,
        "purposes": list(terms.purposes) if terms else None, "options": json.dumps(feed.options),
    }  # fmt: skip


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
