"""Erasing a person: out of every layer, with only salted hashes left, so that tomorrow's load cannot bring them back.

In: a mail address, a phone number or a contact_id. Out: what was (or would be) removed. Lake batches that hold the person are
rewritten without their rows; landing files, enriched folders and old builds, which can all be made again, are removed where
they hold the person; then the file is published anew. What lies in the team's own exports (`drops`) is named, not touched:
the exports are the team's files, and the hashes keep them from loading the person again.
"""

import datetime as dt
import gzip
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from commonground.config import Settings
from commonground.engine import Night, connect, new_run_id
from commonground.errors import CommonGroundError
from commonground.privacy.suppression import ERASED, PEOPLE_COLUMNS, Suppression, email_key, phone_key, record_key


@dataclass(frozen=True)
class Subject:
    """Who is to be erased: their contact ids, record keys, and what they are reached by."""

    contact_ids: frozenset[str]
    records: frozenset[tuple[str, str]]
    emails: frozenset[str]
    phones: frozenset[str]
    names: frozenset[str]

    @property
    def identifiers(self) -> set[str]:
        """What is hashed into the suppression list."""
        return {
            *map(email_key, self.emails), *map(phone_key, self.phones), *(record_key(feed, record) for feed, record in self.records),
        }  # fmt: skip


def erase(
    data: Path,
    settings: Settings,
    *,
    email: str | None = None,
    phone: str | None = None,
    contact: str | None = None,
    is_dry_run: bool = False,
) -> dict[str, Any]:
    """Erases one person; returns {"erased", "contact_ids", "records", "files": {layer: n}, "still_in": [...], "published"}.

    Raises:
        CommonGroundError: nobody is known by that address, number or id, or it is a team member.
    """
    now = dt.datetime.now(dt.UTC)
    night = Night(data, settings, new_run_id("erase", now), _as_of(data))
    subject = find(night, email=email, phone=phone, contact=contact)
    counts = {"lake": 0, "landing": 0, "derived": 0, "builds": 0}
    if not is_dry_run:
        Suppression.load(data).add(subject.identifiers, ERASED, now)
    for path in _lake_files(night):
        counts["lake"] += _rewrite(path, subject, is_dry_run)
    counts["landing"] = _remove_holding(data / "lake" / "landing", subject, is_dry_run)
    for name in ("lake/enriched", "lake/derived", "validation", "data_docs"):
        counts["derived"] += _remove_folder(data / name, is_dry_run)
    counts["builds"] = _remove_folder(data / "builds", is_dry_run)
    published = False
    if not is_dry_run and night.published.exists():
        _publish_without(night, subject)
        published = True
    return {
        "erased": not is_dry_run, "contact_ids": sorted(subject.contact_ids), "records": len(subject.records),
        "files": counts, "still_in": _drops_holding(data, settings, subject), "published": published,
    }  # fmt: skip


def find(night: Night, *, email: str | None, phone: str | None, contact: str | None) -> Subject:
    """Everything that is known of one person; raises `CommonGroundError` when that is nobody, or one of the team."""
    con = connect()
    try:
        con.execute(f"CREATE TEMP VIEW person AS {night.lake.state_sql('person')}")
        if night.published.exists():
            con.execute(f"ATTACH '{night.published}' AS published (READ_ONLY)")
            con.execute("CREATE TEMP VIEW identity AS SELECT contact_id, feed, record_id FROM published.main.contact_identities")
        else:
            con.execute(
                "CREATE TEMP VIEW identity AS SELECT NULL::VARCHAR contact_id, NULL::VARCHAR feed, NULL::VARCHAR record_id WHERE false"
            )
        digits = re.sub(r"[^0-9]", "", phone or "")[-10:]
        if phone is not None and len(digits) < 7:
            raise CommonGroundError(f"{phone!r} is no phone number; expected at least 7 digits")
        seeds = con.execute(
            """
            SELECT p.feed, p.record_id, i.contact_id FROM person AS p LEFT JOIN identity AS i USING (feed, record_id)
            WHERE ($email IS NOT NULL AND list_contains(list_transform(p.emails, lambda e: lower(trim(e))), $email))
               OR ($digits <> '' AND list_contains(list_transform(p.phones, lambda t: right(regexp_replace(t, '[^0-9]', '', 'g'), 10)), $digits))
               OR ($contact IS NOT NULL AND i.contact_id = $contact)""",
            {"email": email.strip().lower() if email else None, "digits": digits, "contact": contact},
        ).fetchall()
        if not seeds:
            raise CommonGroundError(f"nobody is known by {email or phone or contact!r}")
        ids = {row[2] for row in seeds if row[2]}
        team = ids & {agent.agent_id for agent in night.settings.market.agents}
        if team:
            raise CommonGroundError(f"{', '.join(sorted(team))} is a team member: take them out of market.yaml instead")
        con.execute("CREATE TEMP TABLE seed (feed VARCHAR, record_id VARCHAR)")
        con.executemany("INSERT INTO seed VALUES (?, ?)", [row[:2] for row in seeds])
        rows = con.execute(
            """
            SELECT p.feed, p.record_id, p.emails, p.phones, p.full_name FROM person AS p
            WHERE (p.feed, p.record_id) IN (SELECT (feed, record_id) FROM seed)
               OR (p.feed, p.record_id) IN (SELECT (feed, record_id) FROM identity WHERE list_contains($ids, contact_id))""",
            {"ids": sorted(ids)},
        ).fetchall()
    finally:
        con.close()
    return Subject(
        contact_ids=frozenset(ids),
        records=frozenset((row[0], row[1]) for row in rows),
        emails=frozenset(mail.strip().lower() for row in rows for mail in row[2] or ()),
        phones=frozenset(number for row in rows for number in row[3] or ()),
        names=frozenset(row[4] for row in rows if row[4]),
    )


def _as_of(data: Path) -> dt.date:
    """The day of the published file, so that erasing moves nobody between groups."""
    published = data / "commonground.duckdb"
    if not published.exists():
        return dt.datetime.now(dt.UTC).date()
    con = connect()
    try:
        con.execute(f"ATTACH '{published}' AS published (READ_ONLY)")
        day = con.execute("SELECT as_of FROM published.main._meta").fetchall()[0][0]
        return day if isinstance(day, dt.date) else dt.datetime.now(dt.UTC).date()
    finally:
        con.close()


def _lake_files(night: Night) -> list[Path]:
    root = night.lake.root
    return sorted([*(root / "records").rglob("*.parquet"), *(root / "quarantine").rglob("*.parquet")])


def _needles(subject: Subject) -> list[str]:
    """Texts that give the person away wherever they stand."""
    return sorted({text for text in (*subject.emails, *subject.phones) if len(text) >= 6})


def _rewrite(path: Path, subject: Subject, is_dry_run: bool) -> int:
    """Takes the person's rows out of a batch, and their address or number out of other people's texts; 1 if it changed."""
    table = pq.read_table(path)
    kept = table.filter(pc.invert(_about(table, path, subject)))
    masked = _masked(kept, _needles(subject))
    if masked.equals(table):
        return 0
    if not is_dry_run:
        scratch = path.with_name(f".{path.name}.tmp")
        pq.write_table(masked, scratch, compression="zstd")
        scratch.replace(path)
    return 1


def _about(table: pa.Table, path: Path, subject: Subject) -> pa.Array:
    """True for the rows that are the person's, or name them as one side."""
    mask = pa.array([False] * table.num_rows)
    kind = path.parent.parent.name
    by_feed: dict[str, list[str]] = {}
    for feed, record in subject.records:
        by_feed.setdefault(feed, []).append(record)
    columns = ("record_id",) if kind == "person" else PEOPLE_COLUMNS.get(kind, ())
    if path.parent.parent.name == "quarantine":
        columns = ("record_id",)
    for feed, refs in by_feed.items():
        in_feed = pc.equal(table["feed"], feed)
        for column in columns:
            hits = pc.and_(in_feed, pc.is_in(table[column], pa.array(refs, table.schema.field(column).type)))
            mask = pc.or_(mask, pc.fill_null(hits, False))
    if "payload" in table.column_names:
        for text in [*_needles(subject), *subject.names]:
            mask = pc.or_(mask, pc.fill_null(pc.match_substring(table["payload"], text, ignore_case=True), False))
    return mask


def _masked(table: pa.Table, needles: list[str]) -> pa.Table:
    for index, field in enumerate(table.schema):
        if not pa.types.is_string(field.type) or not needles:
            continue
        pattern = "(?i)" + "|".join(re.escape(text) for text in needles)
        if pc.any(pc.match_substring_regex(table[field.name], pattern)).as_py():
            column = pc.replace_substring_regex(table[field.name], pattern, "[erased]")
            table = table.set_column(index, field, column)
    return table


def _remove_holding(folder: Path, subject: Subject, is_dry_run: bool) -> int:
    """Removes the landing files that hold the person (they can be fetched again)."""
    texts = [text.lower().encode() for text in (*_needles(subject), *subject.names)]
    count = 0
    for path in sorted(folder.rglob("*.gz")):
        content = gzip.decompress(path.read_bytes()).lower()
        if any(text in content for text in texts):
            count += 1
            if not is_dry_run:
                path.unlink()
    return count


def _remove_folder(folder: Path, is_dry_run: bool) -> int:
    count = sum(1 for path in folder.rglob("*") if path.is_file())
    if not is_dry_run:
        shutil.rmtree(folder, ignore_errors=True)
    return count


def _publish_without(night: Night, subject: Subject) -> None:
    """Builds the file anew from the lake as it is now, with the person out of the history tables too."""
    from commonground.stages import ENRICHMENT, run_stage

    _forget_history(night, subject)
    for stage in ENRICHMENT:
        run_stage(night, stage)
    shutil.rmtree(night.data / "builds", ignore_errors=True)


def _forget_history(night: Night, subject: Subject) -> None:
    """Rewrites the published file without the person: old pages of a DuckDB file keep deleted bytes, a copy does not."""
    scratch = night.published.with_name(f".{night.published.stem}.erase.tmp")
    scratch.unlink(missing_ok=True)
    con = connect()
    try:
        con.execute(f"ATTACH '{night.published}' AS old (READ_ONLY)")
        con.execute(f"ATTACH '{scratch}' AS new (STORAGE_VERSION '{night.settings.policy.storage_version}')")
        ids = sorted(subject.contact_ids)
        for name in ("segment_changes", "contact_history", "runs", "segments", "contact_identities", "contacts", "_meta"):
            columns = {row[0] for row in con.execute(f'DESCRIBE old.main."{name}"').fetchall()}
            people = [column for column in ("contact_id", "other_contact_id") if column in columns]
            wanted = " AND ".join(f"NOT coalesce(list_contains($ids, {column}), false)" for column in people) or "true"
            con.execute(f'CREATE TABLE new.main."{name}" AS SELECT * FROM old.main."{name}" WHERE {wanted}', {"ids": ids} if people else {})
        con.execute("CHECKPOINT new")
    except duckdb.Error as error:
        raise CommonGroundError(f"{night.published.name}: {str(error).splitlines()[0]}") from None
    finally:
        con.close()
    scratch.replace(night.published)


def _drops_holding(data: Path, settings: Settings, subject: Subject) -> list[str]:
    """Exports of the team in which the person still stands (plain files are searched; zips are named for the team to look)."""
    texts = [text.lower().encode() for text in _needles(subject)]
    feeds = {feed for feed, _ in subject.records}
    found = set()
    for feed in settings.feeds:
        if feed.path is None:
            continue
        root = data / feed.path
        files = [root] if root.is_file() else [path for path in root.rglob("*") if path.is_file()]
        if feed.name in feeds or any(text in path.read_bytes().lower() for path in files for text in texts):
            found.add(feed.path)
    return sorted(found)
