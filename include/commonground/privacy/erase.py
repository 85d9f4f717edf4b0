"""Erasing a person: out of every layer, with only salted hashes left, so that tomorrow's load cannot bring them back.

In: a mail address, a phone number or a contact_id. Out: what was (or would be) removed. Lake batches are rewritten without the
person's rows, and with their address, number and full name masked in other people's words; landing files, enriched folders,
caches and old builds, which can all be made again, are removed; then the file is published anew. What lies in the team's
own exports (`drops`) is named, not touched: the exports are the team's files, and the hashes keep the person out. Cut short at
any point, the next erasure finishes it.
"""

import datetime as dt
import gzip
import json
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, cast

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from commonground.config import Settings
from commonground.engine import Night, connect, new_run_id
from commonground.errors import CommonGroundError
from commonground.identity.verdicts import verdicts_file
from commonground.privacy.subject import Subject, find, forget_unfinished, note_unfinished, unfinished
from commonground.privacy.suppression import (
    ERASED,
    PEOPLE_COLUMNS,
    Suppression,
    email_key,
    phone_key,
    plain,
    refused_refs,
    required_columns,
    without_partners,
)

HISTORY = ("segment_changes", "contact_history", "runs", "segments", "contact_identities", "contacts", "_meta")
_MEDIA = (".jpg", ".jpeg", ".png", ".gif", ".mp4", ".mov", ".webp", ".heic", ".mp3", ".aac", ".wav")
_CHUNK = 4_000_000  # bytes of an export in memory at a time
_OVERLAP = 400  # longer than any address or name


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
        CommonGroundError: nobody is known by that address, number or id, or it is a team member, or more than one contact.
    """
    pending = unfinished(data)
    if pending is not None and pending.is_asked_for(email, phone, contact):
        return _erase(data, settings, pending, is_dry_run)
    if pending is not None and not is_dry_run:
        _erase(data, settings, pending, is_dry_run)
    night = Night(data, settings, "", _as_of(data))
    return _erase(data, settings, find(night, email=email, phone=phone, contact=contact), is_dry_run)


def _erase(data: Path, settings: Settings, subject: Subject, is_dry_run: bool) -> dict[str, Any]:
    now = dt.datetime.now(dt.UTC)
    night = Night(data, settings, new_run_id("erase", now), _as_of(data), now)
    if not is_dry_run:
        note_unfinished(data, subject)
        Suppression.load(data).add(subject.identifiers, ERASED, now)
        _remove_scratch(data)
    counts = {"lake": sum(_rewrite(path, subject, is_dry_run) for path in _lake_files(night))}
    counts["lake"] += _forget_verdicts(data, subject, is_dry_run)
    counts["landing"] = _remove_holding(data / "lake" / "landing", subject, is_dry_run)
    counts["derived"] = sum(_remove_folder(data / "lake" / name, is_dry_run) for name in ("enriched", "derived"))
    counts["derived"] += sum(_remove_holding(data / name, subject, is_dry_run) for name in ("validation", "data_docs"))
    counts["builds"] = _remove_folder(data / "builds", is_dry_run)
    published = False
    if not is_dry_run and night.published.exists():
        _publish_without(night, subject)
        published = True
    if not is_dry_run:
        forget_unfinished(data)
    return {
        "erased": not is_dry_run, "contact_ids": sorted(subject.contact_ids), "records": len(subject.records),
        "files": counts, "still_in": _drops_holding(data, settings, subject), "published": published,
    }  # fmt: skip


def _as_of(data: Path) -> dt.date:
    """The day of the published file, so that erasing moves nobody between groups."""
    published = data / "commonground.duckdb"
    if not published.exists():
        return dt.datetime.now(dt.UTC).date()
    con = connect()
    try:
        con.execute(f"ATTACH '{_quoted(published)}' AS published (READ_ONLY)")
        day = con.execute("SELECT as_of FROM published.main._meta").fetchall()[0][0]
        return day if isinstance(day, dt.date) else dt.datetime.now(dt.UTC).date()
    finally:
        con.close()


def _remove_scratch(data: Path) -> None:
    """What processes that were killed left half written; it may hold anybody."""
    for path in [*(data / "lake").rglob("*.tmp"), *data.glob(".*.tmp"), *data.glob(".*.tmp.wal")]:
        path.unlink(missing_ok=True)


def _lake_files(night: Night) -> list[Path]:
    root = night.lake.root
    return sorted([*(root / "records").rglob("*.parquet"), *(root / "quarantine").rglob("*.parquet")])


def _rewrite(path: Path, subject: Subject, is_dry_run: bool) -> int:
    """Takes the person's rows out of a batch, and what gives them away out of other people's words; 1 if it changed."""
    table = pq.read_table(path)
    feed = path.parent.name
    if path.parent.parent.name == "quarantine":
        changed = _without_refused(table, subject, feed)
    else:
        kind = path.parent.parent.name
        changed = _without_rows(table, kind, subject, feed)
        if kind == "person":
            changed = without_partners(changed, subject.refs(feed))
        changed = subject.traces.masked(changed, required_columns(kind))
    if changed.equals(table):
        return 0
    if not is_dry_run:
        scratch = path.with_name(f".{path.name}.tmp")
        pq.write_table(changed, scratch, compression="zstd")
        scratch.replace(path)
    return 1


def _without_rows(table: pa.Table, kind: str, subject: Subject, feed: str) -> pa.Table:
    """The rows that are not the person's, and do not name them as one side."""
    mask = pa.array([False] * table.num_rows, pa.bool_())
    refs = pa.array(sorted(subject.refs(feed)), pa.string())
    for column in ("record_id",) if kind == "person" else PEOPLE_COLUMNS.get(kind, ()):
        mask = pc.or_(mask, pc.fill_null(pc.is_in(table[column], refs), False))
    if kind == "consent":
        mails, numbers = {email_key(text) for text in subject.traces.emails}, {phone_key(text) for text in subject.traces.phones}
        rows = table.select(["email", "phone"]).to_pylist()
        hits = [email_key(row["email"] or "") in mails or phone_key(row["phone"] or "") in numbers for row in rows]
        mask = pc.or_(mask, pa.array(hits, pa.bool_()))
    return table.filter(pc.invert(mask))


def _without_refused(table: pa.Table, subject: Subject, feed: str) -> pa.Table:
    refs = subject.refs(feed)
    keep = [
        not subject.traces.found_in(f"{row['payload']} {row['reason']}")
        and not refs.intersection(refused_refs(row["kind"], row["record_id"], row["payload"]))
        for row in table.to_pylist()
    ]
    return table.filter(pa.array(keep, pa.bool_()))


def _forget_verdicts(data: Path, subject: Subject, is_dry_run: bool) -> int:
    """Takes human verdicts on the person's records out; 1 if there were any."""
    path = verdicts_file(data)
    if not path.exists():
        return 0
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not _is_on(line, subject)]
    if len(kept) == len(lines):
        return 0
    if not is_dry_run:
        scratch = path.with_suffix(".tmp")
        scratch.write_text("".join(kept), encoding="utf-8")
        scratch.replace(path)
    return 1


def _is_on(line: str, subject: Subject) -> bool:
    """Whether a verdict is on one of the person's records."""
    try:
        verdict = json.loads(line)
    except ValueError:
        return False
    return any((verdict.get(f"{side}_feed"), verdict.get(f"{side}_record_id")) in subject.records for side in ("left", "right"))


def _remove_holding(folder: Path, subject: Subject, is_dry_run: bool) -> int:
    """Removes the files that hold the person, and in landing all of the feeds they are in (they can be fetched again)."""
    feeds = {feed for feed, _ in subject.records} if folder.name == "landing" else set()
    count = 0
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        is_theirs = path.relative_to(folder).parts[0] in feeds
        if is_theirs or subject.traces.found_in(plain(gzip.decompress(content) if path.suffix == ".gz" else content)):
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
    """Builds the file anew from the lake as it is now; its history comes from the old file, without the person."""
    from commonground.stages import ENRICHMENT, run_stage

    earlier = night.published.with_name(f".{night.published.stem}.earlier.tmp")
    try:
        _write_history(night, subject, earlier)
        for stage in ENRICHMENT:
            run_stage(replace(night, earlier=earlier), stage)
    finally:
        earlier.unlink(missing_ok=True)


def _write_history(night: Night, subject: Subject, target: Path) -> None:
    """Copies what the next file carries over, without the person: old pages of a DuckDB file keep deleted bytes, a copy does not."""
    target.unlink(missing_ok=True)
    con = connect()
    try:
        con.execute(f"ATTACH '{_quoted(night.published)}' AS old (READ_ONLY)")
        con.execute(f"ATTACH '{_quoted(target)}' AS new (STORAGE_VERSION '{night.settings.policy.storage_version}')")
        known = {row[0] for row in con.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'old'").fetchall()}
        for name in HISTORY:
            if name not in known:
                continue
            columns = [row[0] for row in con.execute(f'DESCRIBE old.main."{name}"').fetchall()]
            people = [column for column in ("contact_id", "other_contact_id") if column in columns]
            wanted = " AND ".join(f"NOT coalesce(list_contains($ids::VARCHAR[], {column}), false)" for column in people) or "true"
            values = {"ids": sorted(subject.contact_ids)} if people else {}
            rows = con.sql(f'SELECT * FROM old.main."{name}" WHERE {wanted}', params=values).to_arrow_table()
            con.register("kept", subject.traces.masked(rows, columns))
            con.execute(f'CREATE TABLE new.main."{name}" AS SELECT * FROM kept')
            con.unregister("kept")
        con.execute("CHECKPOINT new")
    except duckdb.Error as error:
        raise CommonGroundError(f"{night.published.name}: {str(error).splitlines()[0]}") from None
    finally:
        con.close()


def _drops_holding(data: Path, settings: Settings, subject: Subject) -> list[str]:
    """Exports of the team in which the person still stands: those of their feeds, and any whose text gives them away."""
    feeds = {feed for feed, _ in subject.records}
    found = set()
    for feed in settings.feeds:
        if feed.path is None:
            continue
        root = data / feed.path
        files = [root] if root.is_file() else sorted(path for path in root.rglob("*") if path.is_file())
        if feed.name in feeds or any(_holds(path, subject) for path in files):
            found.add(feed.path)
    return sorted(found)


def _holds(path: Path, subject: Subject) -> bool:
    if path.suffix.lower() in _MEDIA:
        return False
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            return _holds_text(file, subject)
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if not member.is_dir() and not member.filename.lower().endswith(_MEDIA):
                try:
                    with archive.open(member) as file:
                        if _holds_text(cast(BinaryIO, file), subject):
                            return True
                except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError):
                    return True  # what cannot be read is for the team to look into
    return False


def _holds_text(file: BinaryIO, subject: Subject) -> bool:
    rest = b""
    while chunk := file.read(_CHUNK):
        if subject.traces.found_in((rest + chunk).decode("utf-8", "replace")):
            return True
        rest = chunk[-_OVERLAP:]
    return False


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
