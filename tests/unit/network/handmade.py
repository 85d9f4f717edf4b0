"""A night with hand-made relations: kinds and earlier stages' tables, given as rows."""

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa

from commonground import records
from commonground.config import Feed, Market, Policy, ServiceArea, Settings, SourceTerms
from commonground.engine import Engine, Night

AS_OF = dt.date(2026, 11, 23)
TEXT, FLAG, NUMBER, TEXTS = pa.string(), pa.bool_(), pa.float64(), pa.list_(pa.string())
MOMENT = pa.timestamp("us", tz="UTC")
STAGE_TABLES = {
    "contact_identities": [("contact_id", TEXT), ("feed", TEXT), ("record_id", TEXT), ("source", TEXT), ("is_agent", FLAG)],
    "contact_profiles": [
        ("contact_id", TEXT), ("agent_id", TEXT), ("is_agent", FLAG), ("is_organization", FLAG), ("full_name", TEXT), ("emails", TEXTS),
        ("phones", TEXTS), ("city", TEXT), ("in_service_area", FLAG), ("household_id", TEXT),
    ],
    "common_ground": [("agent_id", TEXT), ("contact_id", TEXT), ("interest", TEXT), ("policy_class", TEXT), ("rarity", NUMBER)],
    "interest_evidence": [
        ("contact_id", TEXT), ("interest", TEXT), ("label", TEXT), ("policy_class", TEXT), ("subject", TEXT), ("is_self_stated", FLAG),
        ("feed", TEXT), ("record_id", TEXT), ("utterance_type", TEXT), ("occurred_at", MOMENT), ("evidence_text", TEXT), ("source", TEXT),
        ("source_url", TEXT),
    ],
    "segments": [("contact_id", TEXT), ("segment", TEXT), ("score", NUMBER), ("do_not_contact", FLAG)],
    "ties": [
        ("src", TEXT), ("dst", TEXT), ("strength", NUMBER), ("strength_without_interests", NUMBER),
        ("tie_types", TEXTS), ("evidence_text", TEXT),
    ],
}  # fmt: skip


def days_ago(days: int) -> dt.datetime:
    """Noon so many days before the night."""
    return dt.datetime.combine(AS_OF, dt.time(12), dt.UTC) - dt.timedelta(days=days)


class TestNight:
    """An engine whose relations are filled with rows; what is not given is empty."""

    __test__ = False

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        for name in STAGE_TABLES:
            self.fill(name, [])

    def fill(self, name: str, rows: list[dict[str, Any]]) -> None:
        """Makes the relation hold exactly these rows; columns left out are null."""
        if name not in records.KINDS:
            self.engine.write(name, pa.Table.from_pylist(rows, schema=pa.schema(STAGE_TABLES[name])))
            return
        stamps = {"feed": "book", "source": "followupboss", "run_id": "r", "modified_at": days_ago(0), "is_deleted": False}
        rows = [{**stamps, "record_id": f"{name}{number}", **row} for number, row in enumerate(rows)]
        if self.rows(f"SELECT 1 FROM duckdb_views() WHERE view_name = '{name}'"):
            self.engine.con.execute(f'DROP VIEW "{name}"')
        self.engine.table(name, rows, records.schema(name))

    def people(self, *names: str, feed: str = "book", source: str = "followupboss", **profile: Any) -> None:
        """Contacts that are each one record of the feed, the record_id being the contact_id (agents included)."""
        agents = {agent.agent_id for agent in self.engine.night.settings.market.agents}
        self.fill("contact_identities", [
            {"contact_id": name, "feed": feed, "record_id": name, "source": source, "is_agent": name in agents} for name in names
        ])  # fmt: skip
        self.fill("contact_profiles", [
            {"contact_id": name, "is_agent": name in agents, "agent_id": name if name in agents else None, "is_organization": False,
             "full_name": name.title(), "emails": [], "phones": [], **profile.get(name, {})}
            for name in names
        ])  # fmt: skip

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the query answers."""
        return self.engine.con.execute(query).fetchall()


def make_night(
    folder: Path,
    agents: tuple[str, ...] = ("ana",),
    purposes: dict[str, list[str]] | None = None,
    owner: str | None = None,
) -> TestNight:
    """A night of a small market in that folder. Feeds: book (a CRM), linkedin, facebook, feed, yelp; all of `owner`."""
    market = Market(
        name="Sonoma County", time_zone="America/Los_Angeles", state="CA",
        service_area=ServiceArea(latitude=38.44, longitude=-122.71, radius_km=45, cities=["Petaluma"]),
        agents=[{"agent_id": agent, "name": agent.title()} for agent in agents],
    )  # fmt: skip
    policy = Policy(sources={source: SourceTerms(purposes=terms) for source, terms in (purposes or {}).items()})
    feeds = [Feed(name="team", source="team"), Feed(name="book", source="followupboss", path="x", owner=owner)]
    feeds += [Feed(name=name, source=name, path="x", owner=owner) for name in ("linkedin", "facebook", "feed", "yelp")]
    settings = Settings(folder=folder, market=market, feeds=feeds, policy=policy)
    return TestNight(Engine(Night(folder / "data", settings, "20261123T020000_test", AS_OF, days_ago(0))))
