"""What is true of the town → truth/*.parquet, for measuring; the pipeline never reads it."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from commonground.sandbox import names, phrases
from commonground.sandbox.model import Person, Town

NOTED = ("note", "tag", "google_note", "google_label")  # carriers in which an agent writes about the person
TEXT, FLAG, WHOLE = pa.string(), pa.bool_(), pa.int64()
PERSONS = pa.schema(
    [
        *((name, TEXT) for name in ("person_id", "segment")),
        ("transacts_within_days", WHOLE),
        ("in_service_area", FLAG),
        *((name, TEXT) for name in ("household_id", "given_name", "family_name", "city", "state", "postal_code", "agent_id")),
        *((name, FLAG) for name in ("is_agent", "is_organization", "is_past_client", "has_relationship", "opted_out")),
        ("need", TEXT),
        ("need_since", pa.date32()),
        ("denied_statements", WHOLE),
    ]
)


def write_truth(town: Town, folder: Path) -> dict[str, int]:
    """Writes persons, records, interests, ties, statements and listings. Returns the rows of each.

    `segment` is null for the team and for businesses; `interests` and `statements` hold only what an export carries;
    `ties` holds both directions of every acquaintance, the agents' included.
    """
    folder.mkdir(parents=True, exist_ok=True)
    denied: dict[str, int] = {}
    for word in town.words:
        if word.feed and word.nature == "denied":
            denied[word.person_id] = denied.get(word.person_id, 0) + 1
    for agent in town.agents:
        town.record("team", agent.agent_id, agent.agent_id)
    told = [word for word in town.words if word.feed]
    interests = {
        (w.person_id, w.topic.kind, w.topic.label, w.carrier not in ("note", "tag", "google_note", "google_label")) for w in told if w.topic
    }
    interests |= {(a.agent_id, topic.kind, topic.label, True) for a in town.agents for topic in _topics(a.topics)}
    tables: dict[str, tuple[pa.Schema, Sequence[tuple[object, ...]]]] = {
        "persons": (PERSONS, [_person(p, denied.get(p.person_id, 0)) for p in town.persons] + _agents(town) + _organizations()),
        "records": (_texts("feed", "record_id", "person_id"), sorted(set(town.record_rows))),
        "interests": (
            pa.schema([("person_id", TEXT), ("kind", TEXT), ("label", TEXT), ("is_self_stated", FLAG)]),
            _best(interests),
        ),
        "ties": (_texts("src", "dst"), _ties(town)),
        "statements": (
            _texts("person_id", "feed", "nature", "text"),
            [(word.person_id, str(word.feed), word.nature, word.text) for word in told if word.nature != "small_talk"],
        ),
        "listings": (_texts("ListingKey", "person_id", "situation"), town.listing_rows),
    }
    for name, (schema, rows) in tables.items():
        arrays = [pa.array([row[at] for row in rows], type=field.type) for at, field in enumerate(schema)]
        pq.write_table(pa.Table.from_arrays(arrays, schema=schema), folder / f"{name}.parquet", compression="zstd")
    return {name: len(rows) for name, (_, rows) in tables.items()}


def _texts(*columns: str) -> pa.Schema:
    return pa.schema([(column, TEXT) for column in columns])


def _topics(labels: list[str]) -> list[phrases.Topic]:
    return [phrases.topic(label) for label in labels]


def _best(interests: set[tuple[str, str, str, bool]]) -> list[tuple[str, str, str, bool]]:
    """One row per person and interest: self-stated if it ever was."""
    stated: dict[tuple[str, str, str], bool] = {}
    for person_id, kind, label, is_self_stated in interests:
        stated[person_id, kind, label] = stated.get((person_id, kind, label), False) or is_self_stated
    return [(*key, stated[key]) for key in sorted(stated)]


def _person(person: Person, denied: int) -> tuple[object, ...]:
    need, place = person.need, person.place
    where = (person.is_local, person.household_id, person.given, person.family, place.city, place.state, place.postal_code)
    bonds = (person.is_past_client, person.has_relationship, person.opted_out)
    why = (need.how if need else None, need.since if need else None)
    return (person.person_id, person.segment, person.transacts_within_days, *where, person.agent, False, False, *bonds, *why, denied)


def _agents(town: Town) -> list[tuple[object, ...]]:
    where = ("Santa Rosa", "CA", "95404")
    return [
        (one.agent_id, None, None, True, None, one.given, one.family, *where, one.agent_id, True, False, False, True, False, None, None, 0)
        for one in town.agents
    ]


def _organizations() -> list[tuple[object, ...]]:
    nothing = (None,) * 5
    return [
        (f"o{index:03d}", *nothing, name, *nothing[:4], False, True, False, False, False, None, None, 0)
        for index, name in enumerate([names.NEWSPAPER, *(name for name, _ in names.BUSINESSES)])
    ]


def _ties(town: Town) -> list[tuple[str, str]]:
    pairs = {(person.person_id, friend) for person in town.persons for friend in person.friends}
    for person in town.persons:
        if person.has_relationship:
            pairs.add((person.person_id, person.agent))
    pairs |= {(one.agent_id, other.agent_id) for one in town.agents for other in town.agents if one != other}
    return sorted(pairs | {(dst, src) for src, dst in pairs})
