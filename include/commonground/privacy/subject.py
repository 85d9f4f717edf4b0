"""A mail address, a phone number or a contact_id → who that is: their records in every feed, and what gives them away.

What another contact is reached by too (a couple's landline), and a name that somebody else bears, is not theirs alone: it is
neither noted nor masked, since that would take the other one along.
"""

import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from commonground.config import Agent
from commonground.engine import Night, connect
from commonground.errors import CommonGroundError
from commonground.lake import files_sql
from commonground.privacy.suppression import email_key, name_key, phone_digits, phone_key, record_key
from commonground.privacy.traces import Traces, is_full, words_of


@dataclass(frozen=True)
class Subject:
    """Who is to be erased: their contact ids, record keys, and what is theirs alone."""

    contact_ids: frozenset[str]
    records: frozenset[tuple[str, str]]
    traces: Traces

    @property
    def identifiers(self) -> set[str]:
        """What is hashed into the suppression list."""
        return {
            *map(email_key, self.traces.emails), *map(phone_key, self.traces.phones), *map(name_key, self.traces.names),
            *(record_key(feed, record) for feed, record in self.records),
        }  # fmt: skip

    def refs(self, feed: str) -> set[str]:
        """Their record ids in a feed."""
        return {record for name, record in self.records if name == feed}

    def is_asked_for(self, email: str | None, phone: str | None, contact: str | None) -> bool:
        """Whether this is whom somebody asks for."""
        return bool(
            (email is not None and email_key(email) in map(email_key, self.traces.emails))
            or (phone is not None and phone_digits(phone) in self.traces.phones)
            or (contact is not None and contact in self.contact_ids)
        )


def find(night: Night, *, email: str | None, phone: str | None, contact: str | None) -> Subject:
    """Everything that is known of one person.

    Raises:
        CommonGroundError: that is nobody, one of the team, or more than one contact.
    """
    asked = email or phone or contact or ""
    if phone is not None and len(phone_digits(phone)) < 7:
        raise CommonGroundError(f"{phone!r} is no phone number; expected at least 7 digits")
    agents = night.settings.market.agents
    _refuse_team(night, email, phone, contact)
    con = connect()
    try:
        _register(con, night)
        mails, numbers = _values(con, "emails", email_key), _values(con, "phones", phone_key)
        met = _met(con, mails.get(email_key(email), []) if email else [], numbers.get(phone_key(phone), []) if phone else [], contact)
        if not met:
            raise CommonGroundError(f"nobody is known by {asked!r}")
        if any(agent_id for _, _, _, agent_id in met):
            raise CommonGroundError(f"{asked!r} is a team member: take them out of market.yaml instead")
        ids = sorted({contact_id for _, _, contact_id, _ in met if contact_id})
        if len(ids) > 1:
            raise CommonGroundError(f"{asked!r} belongs to {len(ids)} contacts ({', '.join(ids)}): say which with --contact")
        _gather(con, ids, [(feed, record) for feed, record, contact_id, _ in met if feed and not contact_id])
        traces = _traces(con, mails, numbers, agents)
        records = con.execute("SELECT feed, record_id FROM own WHERE feed IS NOT NULL").fetchall()
    finally:
        con.close()
    return Subject(frozenset(ids), frozenset((feed, record) for feed, record in records), traces)


def _refuse_team(night: Night, email: str | None, phone: str | None, contact: str | None) -> None:
    for agent in night.settings.market.agents:
        if (
            contact == agent.agent_id
            or (email and email_key(email) in map(email_key, agent.emails))
            or (phone and phone_key(phone) in map(phone_key, agent.phones))
        ):
            raise CommonGroundError(f"{agent.agent_id} is a team member: take them out of market.yaml instead")


def _register(con: duckdb.DuckDBPyConnection, night: Night) -> None:
    """`sighting`: every version of every person record in the lake and every published contact, with the contact it is of."""
    files = night.lake.record_files("person")
    empty = night.lake.state_sql("person") if not files else f"SELECT * FROM read_parquet({files_sql(files)}, union_by_name = true)"
    con.execute("CREATE TEMP TABLE identity (contact_id VARCHAR, feed VARCHAR, record_id VARCHAR)")
    contacts = "SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL WHERE false"
    if night.published.exists():
        con.execute(f"ATTACH '{str(night.published).replace(chr(39), chr(39) * 2)}' AS published (READ_ONLY)")
        con.execute("INSERT INTO identity SELECT contact_id, feed, record_id FROM published.main.contact_identities")
        contacts = """
            SELECT NULL, NULL, contact_id, NULL, 'person', true, emails, phones, full_name, concat_ws(' ', given_name, family_name)
            FROM published.main.contacts"""
    con.execute(f"""
        CREATE TEMP TABLE sighting AS
        WITH versions AS (
            SELECT
                *,
                NOT is_deleted AND row_number() OVER (PARTITION BY feed, record_id ORDER BY modified_at DESC, run_id DESC) = 1 AS is_current
            FROM ({empty}))
        SELECT
            v.feed, v.record_id, i.contact_id, v.agent_id, v.person_type, v.is_current, v.emails, v.phones,
            v.full_name, concat_ws(' ', v.given_name, v.family_name) AS short_name
        FROM versions AS v LEFT JOIN identity AS i ON i.feed = v.feed AND i.record_id = v.record_id
        UNION ALL {contacts}""")


def _values(con: duckdb.DuckDBPyConnection, column: str, key: Callable[[str], str]) -> dict[str, list[str]]:
    """How each address or number is written, by its key."""
    found: dict[str, list[str]] = {}
    for (value,) in con.execute(f"SELECT DISTINCT unnest({column}) FROM sighting").fetchall():
        found.setdefault(key(value), []).append(value)
    return found


def _met(con: duckdb.DuckDBPyConnection, mails: list[str], numbers: list[str], contact: str | None) -> list[tuple[Any, ...]]:
    """(feed, record_id, contact_id, agent_id) of the sightings asked for: those of tonight, or else those of earlier."""
    rows = con.execute(
        """
        SELECT DISTINCT feed, record_id, contact_id, agent_id, is_current FROM sighting
        WHERE list_has_any(emails, $mails::VARCHAR[]) OR list_has_any(phones, $numbers::VARCHAR[]) OR contact_id = $contact
        ORDER BY ALL""",
        {"mails": mails, "numbers": numbers, "contact": contact},
    ).fetchall()
    current = [row[:4] for row in rows if row[4]]
    return current or [row[:4] for row in rows]


def _gather(con: duckdb.DuckDBPyConnection, ids: list[str], loose: list[tuple[str, str]]) -> None:
    """`own`: the keys of the person's records; with them what is no contact yet and has one of their addresses."""
    con.execute("CREATE TEMP TABLE own (feed VARCHAR, record_id VARCHAR)")
    if loose:
        con.executemany("INSERT INTO own VALUES (?, ?)", loose)
    con.execute("INSERT INTO own SELECT feed, record_id FROM identity WHERE list_contains($ids::VARCHAR[], contact_id)", {"ids": ids})
    con.execute("CREATE TEMP TABLE mine (contact_id VARCHAR)")
    if ids:
        con.executemany("INSERT INTO mine VALUES (?)", [[name] for name in ids])
    con.execute("""
        CREATE TEMP VIEW marked AS
        SELECT *, contact_id IN (FROM mine) OR (feed, record_id) IN (SELECT (feed, record_id) FROM own) AS is_own
        FROM sighting""")
    con.execute("""
        INSERT INTO own SELECT DISTINCT feed, record_id FROM marked
        WHERE NOT coalesce(is_own, false) AND contact_id IS NULL AND feed IS NOT NULL AND agent_id IS NULL
          AND list_has_any(
            list_transform(emails, lambda e: lower(trim(e))),
            (SELECT list(DISTINCT lower(trim(mail))) FROM (SELECT unnest(emails) AS mail FROM marked WHERE is_own)))""")


def _traces(con: duckdb.DuckDBPyConnection, mails: dict[str, list[str]], numbers: dict[str, list[str]], agents: Iterable[Agent]) -> Traces:
    """What is the person's alone."""
    team_mails = {email_key(mail) for agent in agents for mail in agent.emails}
    team_numbers = {phone_key(number) for agent in agents for number in agent.phones}
    own_mails = _own(con, "emails", mails, email_key) - team_mails
    own_numbers = _own(con, "phones", numbers, phone_key) - team_numbers
    return Traces(
        emails=frozenset(mail.strip().lower() for key in own_mails for mail in mails[key] if "@" in mail),
        phones=frozenset(digits for key in own_numbers if len(digits := key.removeprefix("phone:")) >= 7),
        names=_names(con, {words_of(agent.name) for agent in agents}),
    )


def _own(con: duckdb.DuckDBPyConnection, column: str, values: dict[str, list[str]], key: Callable[[str], str]) -> set[str]:
    """Keys of the addresses (numbers) that nobody else is reached by."""
    mine = {key(value) for (value,) in con.execute(f"SELECT DISTINCT unnest({column}) FROM marked WHERE is_own").fetchall()}
    written = [value for name in mine for value in values[name]]
    shared = con.execute(
        f"""
        SELECT DISTINCT unnest({column}) FROM marked
        WHERE is_current AND NOT coalesce(is_own, false) AND coalesce(person_type, '') <> 'placeholder'
          AND list_has_any({column}, $written::VARCHAR[])""",
        {"written": written},
    ).fetchall()
    return mine - {key(value) for (value,) in shared}


def _names(con: duckdb.DuckDBPyConnection, team: set[str]) -> frozenset[str]:
    """Full names that nobody else bears; those of two words also the other way round."""
    rows = con.execute("SELECT DISTINCT full_name, short_name FROM marked WHERE is_own").fetchall()
    mine = {name for row in rows for text in row if text and is_full(name := words_of(text))} - team
    last_words = sorted({word for name in mine for word in name.split()[-1:]})
    others = con.execute(
        """
        SELECT DISTINCT full_name, short_name FROM marked
        WHERE is_current AND NOT coalesce(is_own, false)
          AND len(list_filter($words::VARCHAR[], lambda word: contains(lower(concat_ws(' ', full_name, short_name)), word))) > 0""",
        {"words": last_words},
    ).fetchall()
    mine -= {words_of(text) for row in others for text in row if text}
    return frozenset(mine | {" ".join(reversed(name.split())) for name in mine if len(name.split()) == 2})


def note_unfinished(data: Path, subject: Subject) -> None:
    """Writes down whom we are about to erase, so that an erasure that is cut short can be finished; only the owner may read it."""
    path = _unfinished(data)
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(".tmp")
    scratch.unlink(missing_ok=True)
    scratch.touch(mode=0o600)
    traces = {name: sorted(getattr(subject.traces, name)) for name in ("emails", "phones", "names")}
    scratch.write_text(json.dumps({"contact_ids": sorted(subject.contact_ids), "records": sorted(subject.records), **traces}))
    with scratch.open("rb+") as file:
        os.fsync(file.fileno())
    scratch.replace(path)


def unfinished(data: Path) -> Subject | None:
    """Whose erasure was cut short, if anybody's."""
    path = _unfinished(data)
    if not path.exists():
        return None
    try:
        noted = json.loads(path.read_text())
        traces = Traces(*(frozenset(noted[name]) for name in ("emails", "phones", "names")))
        return Subject(frozenset(noted["contact_ids"]), frozenset((feed, record) for feed, record in noted["records"]), traces)
    except (ValueError, KeyError, TypeError):
        raise CommonGroundError(f"{path}: not readable; it names whom the last erasure was of. Erase them again, then remove it") from None


def forget_unfinished(data: Path) -> None:
    """The erasure is complete: nothing is left to say whose it was."""
    _unfinished(data).unlink(missing_ok=True)


def _unfinished(data: Path) -> Path:
    return data / "privacy" / "erasing.json"
