"""Who must never come back, and who must not be contacted: salted hashes of what identifies them, nothing else.

In: what a load has read. Out: the same without the rows of erased people, and without their address, number and full name in
other people's words. The list lies in `DIR/privacy/`: a salt that never leaves the machine, and one Parquet file of
(hash, reason). It fails closed: an unreadable list stops the load.
"""

import datetime as dt
import hashlib
import json
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from commonground.engine import Engine
from commonground.errors import CommonGroundError
from commonground.identity.channels import mail
from commonground.privacy.traces import Traces, words_of
from commonground.privacy.wording import channels_in, names_in
from commonground.records import KINDS
from commonground.sources.base import Item, Refusal

SCHEMA = pa.schema([("hash", pa.string()), ("reason", pa.string()), ("noted_at", pa.timestamp("us", tz="UTC"))])
SUPPRESSED = pa.schema([("contact_id", pa.string()), ("reason", pa.string())])
ERASED, DO_NOT_CONTACT = "erased", "do_not_contact"
# which columns of a kind name people of the same feed, so that the row is about them
PEOPLE_COLUMNS = {
    "tie": ("src_ref", "dst_ref"), "utterance": ("author_ref", "target_ref"), "interaction": ("person_ref",), "consent": ("person_ref",),
}  # fmt: skip


@dataclass(frozen=True)
class Suppression:
    """The list as of now."""

    folder: Path
    salt: bytes
    erased: frozenset[str]
    do_not_contact: frozenset[str]

    @classmethod
    def load(cls, data: Path) -> "Suppression":
        """Reads the list; raises `CommonGroundError` when it exists and cannot be read."""
        folder = data / "privacy"
        list_file, salt_file = folder / "suppressed.parquet", folder / "salt"
        if not list_file.exists():
            return cls(folder, b"", frozenset(), frozenset())
        salt = salt_file.read_bytes() if salt_file.exists() else b""
        if not salt:
            raise CommonGroundError(f"{salt_file} is missing beside {list_file.name}: nobody could be recognised, so nothing is loaded")
        try:
            rows = pq.read_table(list_file).to_pylist()
        except (OSError, pa.ArrowException) as error:
            raise CommonGroundError(f"{list_file}: not readable ({error}); nothing is loaded until it is") from None
        by_reason: dict[str, set[str]] = {ERASED: set(), DO_NOT_CONTACT: set()}
        for row in rows:
            by_reason.setdefault(row["reason"], set()).add(row["hash"])
        return cls(folder, salt, frozenset(by_reason[ERASED]), frozenset(by_reason[DO_NOT_CONTACT]))

    def add(self, identifiers: Iterable[str], reason: str, at: dt.datetime) -> "Suppression":
        """The list with these identifiers (see `email_key`, `phone_key`, `record_key`, `name_key`) noted for good."""
        self.folder.mkdir(parents=True, exist_ok=True)
        list_file = self.folder / "suppressed.parquet"
        salt = self._salt(is_new=not list_file.exists())
        rows: dict[tuple[str, str], dict[str, Any]] = {}
        if list_file.exists():
            rows = {(row["hash"], row["reason"]): row for row in pq.read_table(list_file).to_pylist()}
        for identifier in identifiers:
            digest = _hash(salt, identifier)
            rows.setdefault((digest, reason), {"hash": digest, "reason": reason, "noted_at": at})
        scratch = list_file.with_suffix(f".{os.getpid()}.tmp")
        pq.write_table(pa.Table.from_pylist([rows[key] for key in sorted(rows)], schema=SCHEMA), scratch)
        _commit(scratch, list_file)
        return Suppression.load(self.folder.parent)

    def hash(self, identifier: str) -> str:
        """The salted hash of an identifier."""
        return _hash(self.salt, identifier)

    def is_erased(self, identifier: str) -> bool:
        """Whether somebody erased was known by it."""
        return bool(self.erased) and _hash(self.salt, identifier) in self.erased

    def apply(self, tables: dict[str, pa.Table], feed: str) -> tuple[dict[str, pa.Table], int]:
        """Tables without the rows of, or about, erased people and with their traces masked, and how many rows were left out."""
        if not self.erased:
            return tables, 0
        gone = self._erased_refs(tables, feed)
        kept: dict[str, pa.Table] = {}
        dropped = 0
        for kind, table in tables.items():
            mask, known = self._mask(kind, table, feed, gone)
            rows = table.filter(pc.invert(mask))
            dropped += table.num_rows - rows.num_rows
            if rows.num_rows:
                kept[kind] = without_partners(rows, known) if kind == "person" else rows
        traces = self.traces_in(texts_of(kept.values()))
        return {kind: traces.masked(table, required_columns(kind)) for kind, table in kept.items()}, dropped

    def without_erased(self, refused: list[Refusal], feed: str) -> tuple[list[Refusal], int]:
        """Refused rows but those of, about or naming erased people, and how many were left out: quarantine keeps rows as they came."""
        if not self.erased or not refused:
            return refused, 0
        traces = self.traces_in(pa.array([f"{row.payload} {row.reason}" for row in refused], pa.string()))
        kept = [row for row in refused if not (traces.found_in(f"{row.payload} {row.reason}") or self._is_about(row, feed))]
        return kept, len(refused) - len(kept)

    def is_in_page(self, body: bytes, items: Iterable[Item], feed: str) -> bool:
        """Whether an API's answer shows somebody erased, so that it must not be kept as received."""
        if not self.erased:
            return False
        for item in items:
            if not isinstance(item, Refusal) and any(self.is_erased(record_key(feed, ref)) for ref in _refs(item.kind, item.values)):
                return True
        return bool(self.traces_in(pa.array([plain(body)], pa.string())))

    def traces_in(self, texts: pa.Array) -> Traces:
        """The addresses, numbers and names of erased people that stand in texts."""
        if not self.erased or not len(texts):
            return Traces()
        mails, numbers = channels_in(texts)
        return Traces(
            emails=frozenset(text for text in mails if self.is_erased(email_key(text))),
            phones=frozenset(text for text in numbers if self.is_erased(phone_key(text))),
            names=frozenset(names_in(texts, self.salt, self.erased)),
        )

    def _salt(self, *, is_new: bool) -> bytes:
        salt_file = self.folder / "salt"
        if is_new and not (salt_file.exists() and salt_file.read_bytes()):
            scratch = salt_file.with_suffix(f".{os.getpid()}.tmp")
            scratch.unlink(missing_ok=True)
            scratch.touch(mode=0o600)
            scratch.write_bytes(secrets.token_bytes(32))
            _commit(scratch, salt_file)
        return salt_file.read_bytes()

    def _erased_refs(self, tables: dict[str, pa.Table], feed: str) -> set[str]:
        people = tables.get("person")
        if people is None:
            return set()
        gone = set()
        for row in people.select(["record_id", "emails", "phones"]).to_pylist():
            keys = [record_key(feed, row["record_id"]), *map(email_key, row["emails"] or ()), *map(phone_key, row["phones"] or ())]
            if any(map(self.is_erased, keys)):
                gone.add(row["record_id"])
        return gone

    def _mask(self, kind: str, table: pa.Table, feed: str, gone: set[str]) -> tuple[pa.Array, set[str]]:
        """True for the rows that go, and the references of erased people that were met."""
        columns = ("record_id", "partner_ref") if kind == "person" else PEOPLE_COLUMNS.get(kind, ())
        mask = pa.array([False] * table.num_rows, pa.bool_())
        met = set(gone)
        for column in columns:
            refs = table[column].combine_chunks()
            met |= {ref for ref in pc.unique(refs).to_pylist() if ref and self.is_erased(record_key(feed, ref))}
            if column != "partner_ref":
                mask = pc.or_(mask, pc.fill_null(pc.is_in(refs, pa.array(sorted(met), pa.string())), False))
        if kind == "consent":
            hits = [any(map(self.is_erased, _channels(row))) for row in table.select(["email", "phone"]).to_pylist()]
            mask = pc.or_(mask, pa.array(hits, pa.bool_()))
        return mask, met

    def _is_about(self, row: Refusal, feed: str) -> bool:
        return any(self.is_erased(record_key(feed, ref)) for ref in refused_refs(row.kind, row.record_id, row.payload))


def register_suppressed(engine: Engine) -> None:
    """Makes `suppressed_contact`(contact_id, reason) known: tonight's contacts whose address or number is on the list.

    Somebody erased who slipped through (a load that had begun before) counts too, until they are erased again.
    """
    listed = Suppression.load(engine.night.data)
    rows: list[dict[str, Any]] = []
    if listed.do_not_contact or listed.erased:
        channels = engine.con.execute("""
            SELECT DISTINCT 'email' AS channel, unnest(emails) AS value FROM contact_profiles
            UNION ALL SELECT DISTINCT 'phone', unnest(phones) FROM contact_profiles""").fetchall()
        keys = {(channel, value): listed.hash(email_key(value) if channel == "email" else phone_key(value)) for channel, value in channels}
        rows = [
            {"channel": channel, "value": value, "reason": None if digest in listed.do_not_contact else "erased"}
            for (channel, value), digest in sorted(keys.items())
            if digest in listed.do_not_contact or digest in listed.erased
        ]
    text = pa.string()
    engine.table("suppressed_channel", rows, pa.schema([("channel", text), ("value", text), ("reason", text)]))
    engine.con.execute("""
        CREATE OR REPLACE TEMP VIEW suppressed_contact AS
        WITH reached AS (
            SELECT contact_id, 'email' AS channel, unnest(emails) AS value FROM contact_profiles WHERE NOT coalesce(is_agent, false)
            UNION ALL SELECT contact_id, 'phone', unnest(phones) FROM contact_profiles WHERE NOT coalesce(is_agent, false))
        SELECT r.contact_id, min(s.reason) AS reason
        FROM reached AS r JOIN suppressed_channel AS s ON s.channel = r.channel AND s.value = r.value
        GROUP BY r.contact_id""")


def email_key(email: str) -> str:
    """What an address is hashed as: as identity compares it, so that other spellings of one mailbox are one."""
    found = mail(email)
    return f"email:{found.key if found else email.strip().casefold()}"


def phone_key(phone: str) -> str:
    """What a number is hashed as: its last ten digits, so that +1, punctuation and an extension do not matter."""
    return f"phone:{phone_digits(phone)}"


def phone_digits(phone: str) -> str:
    """The last ten digits of a number, its extension left out."""
    return re.sub(r"[^0-9]", "", re.sub(r"(?i)\s*(?:#|ext\.?|extension|x)\s*\d{1,6}\s*$", "", phone))[-10:]


def record_key(feed: str, record_id: str) -> str:
    """What a record's key is hashed as."""
    return f"record:{feed}:{record_id}"


def name_key(name: str) -> str:
    """What a full name is hashed as."""
    return f"name:{words_of(name)}"


def required_columns(kind: str) -> frozenset[str]:
    """The columns of a kind that must not be empty."""
    return frozenset(column.name for column in KINDS[kind].columns if column.is_required) if kind in KINDS else frozenset()


def texts_of(tables: Iterable[pa.Table]) -> pa.Array:
    """Every distinct text of the tables, those of lists too."""
    parts: list[pa.Array] = []
    for table in tables:
        for field in table.schema:
            column = table[field.name].combine_chunks()
            if pa.types.is_list(field.type):
                column = column.flatten()
            if pa.types.is_string(column.type) and field.name not in ("feed", "source", "run_id"):
                parts.append(pc.unique(column).drop_null())
    return pa.concat_arrays(parts) if parts else pa.array([], pa.string())


def without_partners(people: pa.Table, refs: set[str]) -> pa.Table:
    """Person rows that no longer name those people as partner."""
    if not refs:
        return people
    hits = pc.fill_null(pc.is_in(people["partner_ref"], pa.array(sorted(refs), pa.string())), False)
    for name in ("partner_ref", "partner_name"):
        index = people.schema.get_field_index(name)
        column = pc.if_else(hits, pa.scalar(None, pa.string()), people[name])
        people = people.set_column(index, people.schema.field(index), column)
    return people


def refused_refs(kind: str | None, record_id: str | None, payload: str | None) -> Iterator[str]:
    """The people a refused row is about, as far as it says so."""
    if kind == "person" and record_id:
        yield record_id
    columns = PEOPLE_COLUMNS.get(kind or "", ())
    if columns and payload and payload.startswith("{"):
        try:
            values = json.loads(payload)
        except ValueError:
            return
        yield from (str(values[column]) for column in columns if values.get(column))


def plain(body: bytes) -> str:
    """An answer as text; JSON without its escapes."""
    try:
        return json.dumps(json.loads(body), ensure_ascii=False)
    except (ValueError, RecursionError):
        return body.decode("utf-8", "replace")


def _refs(kind: str, values: Any) -> Iterator[str]:
    for column in ("record_id",) if kind == "person" else PEOPLE_COLUMNS.get(kind, ()):
        if values.get(column):
            yield str(values[column])


def _channels(row: dict[str, str | None]) -> list[str]:
    keys = []
    if row["email"]:
        keys.append(email_key(row["email"]))
    if row["phone"]:
        keys.append(phone_key(row["phone"]))
    return keys


def _commit(scratch: Path, target: Path) -> None:
    with scratch.open("rb+") as file:
        os.fsync(file.fileno())
    scratch.replace(target)


def _hash(salt: bytes, identifier: str) -> str:
    return hashlib.sha256(f"{salt.hex()}{identifier}".encode()).hexdigest()  # as `wording.names_in` makes it
