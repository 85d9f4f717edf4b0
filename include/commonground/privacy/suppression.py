"""Who must never come back, and who must not be contacted: salted hashes of what identifies them, nothing else.

In: record tables of a load. Out: the same without the rows of erased people. The list lies in `DIR/privacy/`: a salt that
never leaves the machine, and one Parquet file of (hash, reason). It fails closed: an unreadable list stops the load.
"""

import datetime as dt
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from commonground.errors import CommonGroundError

SCHEMA = pa.schema([("hash", pa.string()), ("reason", pa.string()), ("noted_at", pa.timestamp("us", tz="UTC"))])
ERASED, DO_NOT_CONTACT = "erased", "do_not_contact"
# which columns of a kind name people of the same feed
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
        if list_file.exists() and not salt_file.exists():
            raise CommonGroundError(f"{salt_file} is missing beside {list_file.name}: nobody could be recognised, so nothing is loaded")
        if not salt_file.exists():
            return cls(folder, b"", frozenset(), frozenset())
        try:
            rows = pq.read_table(list_file).to_pylist() if list_file.exists() else []
        except (OSError, pa.ArrowException) as error:
            raise CommonGroundError(f"{list_file}: not readable ({error}); nothing is loaded until it is") from None
        by_reason: dict[str, set[str]] = {ERASED: set(), DO_NOT_CONTACT: set()}
        for row in rows:
            by_reason.setdefault(row["reason"], set()).add(row["hash"])
        return cls(folder, salt_file.read_bytes(), frozenset(by_reason[ERASED]), frozenset(by_reason[DO_NOT_CONTACT]))

    def add(self, identifiers: Iterable[str], reason: str, at: dt.datetime) -> "Suppression":
        """The list with these identifiers (see `email_key`, `phone_key`, `record_key`) noted for good."""
        self.folder.mkdir(parents=True, exist_ok=True)
        salt_file = self.folder / "salt"
        if not salt_file.exists():
            salt_file.touch(mode=0o600)
            salt_file.write_bytes(secrets.token_bytes(32))
        salt = salt_file.read_bytes()
        list_file = self.folder / "suppressed.parquet"
        rows: dict[tuple[str, str], dict[str, Any]] = {}
        if list_file.exists():
            rows = {(row["hash"], row["reason"]): row for row in pq.read_table(list_file).to_pylist()}
        for identifier in identifiers:
            digest = _hash(salt, identifier)
            rows.setdefault((digest, reason), {"hash": digest, "reason": reason, "noted_at": at})
        scratch = list_file.with_suffix(".tmp")
        pq.write_table(pa.Table.from_pylist([rows[key] for key in sorted(rows)], schema=SCHEMA), scratch)
        os.replace(scratch, list_file)  # noqa: PTH105
        return Suppression.load(self.folder.parent)

    def hash(self, identifier: str) -> str:
        """The salted hash of an identifier."""
        return _hash(self.salt, identifier)

    def apply(self, tables: dict[str, pa.Table], feed: str) -> tuple[dict[str, pa.Table], int]:
        """Tables without the rows of, or about, erased people, and how many rows were left out."""
        if not self.erased:
            return tables, 0
        gone = self._erased_refs(tables, feed)
        kept: dict[str, pa.Table] = {}
        dropped = 0
        for kind, table in tables.items():
            mask = self._mask(kind, table, feed, gone)
            kept[kind] = table.filter(pc.invert(mask))
            dropped += table.num_rows - kept[kind].num_rows
        return {kind: table for kind, table in kept.items() if table.num_rows}, dropped

    def _erased_refs(self, tables: dict[str, pa.Table], feed: str) -> set[str]:
        people = tables.get("person")
        if people is None:
            return set()
        gone = set()
        for row in people.select(["record_id", "emails", "phones"]).to_pylist():
            keys = [record_key(feed, row["record_id"]), *map(email_key, row["emails"] or ()), *map(phone_key, row["phones"] or ())]
            if any(_hash(self.salt, key) in self.erased for key in keys):
                gone.add(row["record_id"])
        return gone

    def _mask(self, kind: str, table: pa.Table, feed: str, gone: set[str]) -> pa.Array:
        columns = ("record_id",) if kind == "person" else PEOPLE_COLUMNS.get(kind, ())
        mask = pa.array([False] * table.num_rows)
        for column in columns:
            refs = table[column].combine_chunks()
            known = gone | {ref for ref in pc.unique(refs).to_pylist() if ref and _hash(self.salt, record_key(feed, ref)) in self.erased}
            mask = pc.or_(mask, pc.fill_null(pc.is_in(refs, pa.array(sorted(known), pa.string())), False))
        if kind == "consent":
            hits = [
                any(_hash(self.salt, key) in self.erased for key in _channels(row)) for row in table.select(["email", "phone"]).to_pylist()
            ]
            mask = pc.or_(mask, pa.array(hits, pa.bool_()))
        return mask


def email_key(email: str) -> str:
    """What an address is hashed as."""
    return f"email:{email.strip().casefold()}"


def phone_key(phone: str) -> str:
    """What a number is hashed as: its last ten digits, so that +1 and punctuation do not matter."""
    return f"phone:{re.sub(r'[^0-9]', '', phone)[-10:]}"


def record_key(feed: str, record_id: str) -> str:
    """What a record's key is hashed as."""
    return f"record:{feed}:{record_id}"


def _channels(row: dict[str, str | None]) -> list[str]:
    keys = []
    if row["email"]:
        keys.append(email_key(row["email"]))
    if row["phone"]:
        keys.append(phone_key(row["phone"]))
    return keys


def _hash(salt: bytes, identifier: str) -> str:
    return hmac.new(salt, identifier.encode(), hashlib.sha256).hexdigest()
