"""A contact id → everything its card shows."""

import re
from dataclasses import dataclass
from typing import Any

from commonground_airflow.pages.store import Reader, Row, sql_named

_SECTIONS = ("household", "signals", "interests", "common_ground", "closest", "introduces", "endorsements", "records", "changes")
_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")


@dataclass(frozen=True, slots=True)
class Step:
    """One tie of a way in."""

    name: str
    contact_id: str | None
    evidence: str


@dataclass(frozen=True, slots=True)
class WayIn:
    """A path from a team member: whom to ask, one step per tie; the last step is the contact."""

    agent: str
    steps: list[Step]
    strength: float
    weakest_tie: str | None


def card_of(contact_id: str, reader: Reader) -> dict[str, Any] | None:
    """The contact and the sections of its card; None when nobody has that id."""
    contact = reader.row(sql_named("person"), {"contact_id": contact_id}) if _ID.fullmatch(contact_id) else None
    if contact is None:
        return None
    sections: dict[str, Any] = {name: reader.rows(sql_named(f"person_{name}"), {"contact_id": contact_id}) for name in _SECTIONS}
    return {"contact": contact, "ways_in": _ways_in(contact, reader), **sections}


def survivor_of(contact_id: str, reader: Reader) -> str | None:
    """The contact into which this one was merged, if it was."""
    found = reader.row(sql_named("survivor"), {"contact_id": contact_id}) if _ID.fullmatch(contact_id) else None
    return str(found["contact_id"]) if found else None


def past_of(contact_id: str, reader: Reader) -> list[Row]:
    """What is remembered of an id that is no contact any more."""
    return reader.rows(sql_named("past"), {"contact_id": contact_id}) if _ID.fullmatch(contact_id) else []


def is_on_the_team(contact_id: str, reader: Reader) -> bool:
    """Whether the id is a team member's."""
    return any(row["agent_id"] == contact_id for row in reader.rows(sql_named("owners")))


def _ways_in(contact: Row, reader: Reader) -> list[WayIn]:
    paths = reader.rows(sql_named("person_paths"), {"contact_id": contact["contact_id"]})
    wanted = sorted({person for path in paths for person in path["via"] or []})
    known = {row["contact_id"]: row for row in reader.rows(sql_named("names"), {"ids": wanted})} if wanted else {}
    return [_way_in(path, contact, known) for path in paths]


def _way_in(path: Row, contact: Row, known: dict[str, Row]) -> WayIn:
    via, evidence = path["via"] or [], path["evidence"] or []
    names = [(known.get(person, {}).get("name") or person, person if not known.get(person, {}).get("is_agent") else None) for person in via]
    names.append((contact["full_name"] or contact["contact_id"], None))
    steps = [Step(name, link, evidence[place] if place < len(evidence) else "") for place, (name, link) in enumerate(names)]
    return WayIn(path["agent"], steps, path["strength"], path["weakest_tie"] if path["hops"] > 1 else None)
