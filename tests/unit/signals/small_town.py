"""A night over hand-made tables: rows in → an `Engine` whose relations are those rows, with every column of the real ones."""

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa

from commonground import records
from commonground.config import Feed, Market, Policy, Settings
from commonground.engine import Engine, Night
from commonground.segments.brief import brief
from commonground.segments.stage import place
from commonground.signals.stage import find_signals

AS_OF = dt.date(2026, 11, 22)
TEXT, LIST, DATE, NUMBER, WHOLE, FLAG = pa.string(), pa.list_(pa.string()), pa.date32(), pa.float64(), pa.int64(), pa.bool_()
MOMENT = pa.timestamp("us", tz="UTC")
TYPES = {"t": TEXT, "l": LIST, "d": DATE, "n": NUMBER, "i": WHOLE, "f": FLAG, "m": MOMENT}


def _schema(spec: str) -> pa.Schema:
    return pa.schema([(name, TYPES[type_]) for name, type_ in (word.rsplit(":", 1) for word in spec.split())])


UPSTREAM = {
    "contact_identities": _schema("contact_id:t feed:t record_id:t source:t match_probability:n match_rule:t match_detail:t is_agent:f"),
    "contact_profiles": _schema(
        "contact_id:t agent_id:t is_agent:f is_organization:f full_name:t given_name:t family_name:t nicknames:l emails:l phones:l urls:l "
        "street:t city:t state:t postal_code:t address_key:t latitude:n longitude:n location_source:t in_service_area:f distance_km:n "
        "employer:t job_title:t stage:t lead_source:t owner_agent_id:t household_id:t feeds:l created_at:m last_activity_at:m"
    ),
    "listing_addresses": _schema("feed:t ListingKey:t address_key:t"),
    "ties": _schema(
        "src:t dst:t strength:n strength_without_interests:n tie_types:l interaction_count:i last_at:m is_reciprocal:f evidence_text:t evidence_source:t parts:t"
    ),
    "reach": _schema("contact_id:t prospect_count:i best_prospect_id:t best_strength:n"),
    "common_ground": _schema(
        "agent_id:t contact_id:t interest:t kind:t label:t policy_class:t rarity:n rank:i agent_evidence_text:t "
        "agent_evidence_source:t agent_evidence_at:m agent_evidence_url:t agent_evidence_feed:t agent_evidence_record_id:t "
        "contact_evidence_text:t "
        "contact_evidence_source:t contact_evidence_at:m contact_evidence_url:t contact_evidence_feed:t contact_evidence_record_id:t"
    ),
    "interest_evidence": _schema("contact_id:t interest:t kind:t label:t policy_class:t rarity:n evidence_text:t"),
    "person_interests": _schema("contact_id:t interest:t kind:t label:t policy_class:t rarity:n evidence_text:t"),
    "referral_paths": _schema(
        "agent_id:t prospect_id:t rank:i hops:i via:l strength:n weakest_tie_strength:n weakest_tie:t evidence:l via_segments:l"
    ),
    "endorsements": _schema(
        "agent_id:t prospect_id:t review_feed:t review_id:t endorsement_type:t reviewer_contact_id:t reviewer_name:t closeness:n weight:n "
        "rating:n excerpt:t source:t source_url:t occurred_at:m"
    ),
}


def day(text: str) -> dt.datetime:
    """Noon in the market on that date."""
    return dt.datetime.fromisoformat(text + "T20:00:00+00:00")


def ago(days: int) -> str:
    """The date that many days before the night."""
    return (AS_OF - dt.timedelta(days=days)).isoformat()


def night(data: Path, as_of: dt.date = AS_OF, **policy: Any) -> Night:
    """A night of a team of two in Santa Rosa, California."""
    market = Market.model_validate(
        {
            "name": "Sonoma County",
            "time_zone": "America/Los_Angeles",
            "state": "CA",
            "service_area": {
                "latitude": 38.44,
                "longitude": -122.71,
                "radius_km": 45,
                "cities": ["Santa Rosa", "Petaluma"],
                "postal_codes": ["95404"],
            },
            "agents": [{"agent_id": "ana", "name": "Ana Ruiz", "mls_ids": ["M1"]}, {"agent_id": "ben", "name": "Ben Ito"}],
        }
    )
    feeds = [Feed(name=name, source=source, path="x") for name, source in (("crm", "followupboss"), ("mls", "reso"), ("book", "vcard"))]
    settings = Settings(folder=data, market=market, feeds=feeds, policy=Policy.model_validate({"segments": policy}))
    return Night(data, settings, "20261122T100000_test", as_of, dt.datetime.combine(as_of, dt.time(20), dt.UTC))


class Town:
    """Rows by table; `contact(...)`, `listing(...)`, ... add some with the usual values filled in."""

    def __init__(self, data: Path, as_of: dt.date = AS_OF, **policy: Any) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {name: [] for name in (*UPSTREAM, *records.KINDS)}
        self.night = night(data, as_of, **policy)
        for agent in self.night.settings.market.agents:
            self.rows["contact_profiles"].append(
                {
                    "contact_id": agent.agent_id,
                    "agent_id": agent.agent_id,
                    "is_agent": True,
                    "full_name": agent.name,
                    "in_service_area": True,
                }
            )

    def contact(
        self, contact_id: str, *, stage: str | None = None, tags: list[str] | None = None, active: str | None = None, **values: Any
    ) -> None:
        """A contact of the CRM who lives in Santa Rosa, with one record whose id is the contact's."""
        home = {"street": "1 Oak St", "city": "Santa Rosa", "state": "CA", "postal_code": "95404", "location_source": "address"}
        row = {
            "contact_id": contact_id,
            "is_agent": False,
            "is_organization": False,
            "full_name": contact_id.title(),
            "emails": [f"{contact_id}@x.org"],
            "phones": ["+17075550100"],
            "in_service_area": True,
            "distance_km": 3.0,
            "owner_agent_id": "ana",
            "stage": stage,
            "feeds": ["crm"],
            "created_at": day("2015-01-01"),
            **home,
            "address_key": f"{contact_id} home||95404",
            **values,
        }
        self.rows["contact_profiles"].append(row)
        identity = {"contact_id": contact_id, "feed": "crm", "record_id": contact_id, "source": "followupboss", "match_probability": 1.0}
        self.rows["contact_identities"].append({**identity, "is_agent": row["is_agent"]})
        self.record("person", contact_id, "crm", person_type="person", stage=stage, tags=tags, last_activity_at=day(active or ago(5)))

    def far_contact(self, contact_id: str, strength: float | None = None, **values: Any) -> None:
        """A contact in Portland, with a tie of that strength to Ana."""
        home = {"city": "Portland", "state": "OR", "postal_code": "97201", "in_service_area": False, "distance_km": 850.0}
        self.contact(contact_id, **{**home, **values})
        if strength is not None:
            self.rows["ties"].append(
                {"src": "ana", "dst": contact_id, "strength": strength, "interaction_count": 4, "last_at": day("2026-05-01")}
            )

    def listing(self, key: str, status: str, home: str | None = None, **values: Any) -> None:
        """A listing in Santa Rosa; `home` is the contact whose address it has."""
        usual = {
            "PropertyType": "Residential",
            "City": "Santa Rosa",
            "StateOrProvince": "CA",
            "PostalCode": "95404",
            "UnparsedAddress": "1 Oak St",
        }
        self.record("listing", key, "mls", ListingKey=key, ListingId=f"N{key}", StandardStatus=status, **{**usual, **values})
        if home:
            self.rows["listing_addresses"].append({"feed": "mls", "ListingKey": key, "address_key": f"{home} home||95404"})

    def act(self, contact_id: str, interaction_type: str, on: str, **values: Any) -> None:
        """An interaction of that contact on that date."""
        number = f"i{len(self.rows['interaction'])}"
        self.record("interaction", number, "crm", person_ref=contact_id, interaction_type=interaction_type, occurred_at=day(on), **values)

    def record(self, kind: str, record_id: str, feed: str, **values: Any) -> None:
        """A row of a record kind."""
        source = {"crm": "followupboss", "mls": "reso", "book": "vcard"}[feed]
        common = {
            "feed": feed,
            "record_id": record_id,
            "source": source,
            "modified_at": day("2026-11-20"),
            "run_id": "r",
            "is_deleted": False,
        }
        self.rows[kind].append({**common, **values})

    def add(self, table: str, **values: Any) -> None:
        """A row of any table as it is."""
        self.rows[table].append(values)

    def engine(self) -> Engine:
        """The session over these rows."""
        engine = Engine(self.night)
        for tie in self.rows["ties"]:
            tie.setdefault("strength_without_interests", tie["strength"])
        for name, rows in self.rows.items():
            if name in records.KINDS:
                engine.con.execute(f'DROP VIEW IF EXISTS "{name}"')
            schema = records.schema(name) if name in records.KINDS else UPSTREAM.get(name) or pa.Table.from_pylist(rows).schema
            engine.table(name, rows, schema)
        return engine

    def signals(self) -> "Result":
        """The night up to the signals."""
        with self.engine() as engine:
            find_signals(engine)
            return Result(engine)

    def whole(self) -> "Result":
        """The night up to the brief."""
        with self.engine() as engine:
            find_signals(engine)
            place(engine)
            brief(engine)
            return Result(engine)


class Result:
    """The tables a night wrote, as lists of rows."""

    def __init__(self, engine: Engine) -> None:
        self.tables = {
            path.stem: engine.arrow(f'SELECT * FROM "{path.stem}"').to_pylist() for path in sorted(engine.folder.glob("*.parquet"))
        }

    def of(self, table: str, contact_id: str) -> list[dict[str, Any]]:
        """Rows of that contact."""
        return [row for row in self.tables[table] if row["contact_id"] == contact_id]

    def one(self, table: str, contact_id: str) -> dict[str, Any]:
        """The one row of that contact."""
        (row,) = self.of(table, contact_id)
        return row

    def signal_types(self, contact_id: str) -> set[str]:
        """What is alive tonight."""
        return {row["signal_type"] for row in self.of("signals", contact_id)}

    def score(self, contact_id: str, days_ago: int = 0) -> float:
        """The need score of that night."""
        on = AS_OF - dt.timedelta(days=days_ago)
        return next((row["score"] for row in self.of("need_scores", contact_id) if row["evaluated_on"] == on), 0.0)

    def segment(self, contact_id: str) -> str:
        """The group."""
        return str(self.one("segments", contact_id)["segment"])
