"""What the lake has of one feed, while the feed is being visited: new rows → those that say something new.

A digest of each kind (key, version, a hash of the content) is read once a visit and kept up with every commit of it, so a page
costs what is on the page, however large the feed is.
"""

import datetime as dt
from collections.abc import Collection, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from commonground import records
from commonground.engine import connect
from commonground.lake import Lake, files_sql
from commonground.sources.base import Known


class Stored:
    """The digests of one feed. Use as a context manager.

    Args:
        lake: the lake.
        feed: name of the feed.
        without_run: a run whose own batches count for nothing, since they are about to be written again.
        columns: per kind, columns to have in the digest beside key, version and hash.
    """

    def __init__(self, lake: Lake, feed: str, without_run: str | None = None, columns: Mapping[str, tuple[str, ...]] | None = None) -> None:
        self.lake, self.feed, self.without_run, self.columns = lake, feed, without_run, columns or {}
        self.con = connect()
        self._read: set[str] = set()

    def __enter__(self) -> "Stored":
        return self

    def __exit__(self, *_: object) -> None:
        self.con.close()

    def table(self, kind: str) -> str:
        """Name of the digest's relation in `con`."""
        name = f"stored_{kind}"
        if kind not in self._read:
            versions = self.lake.versions_sql(kind, feed=self.feed, without_run=self.without_run)
            self.con.execute(f'CREATE TEMP TABLE "{name}" AS {self._digest(kind, f"({versions})")}')
            self._read.add(kind)
        return name

    def parted(self, kind: str, table: pa.Table, now: dt.datetime) -> tuple[pa.Table, pa.Table]:
        """The rows that say what is stored already, word for word, and the rest; rows of one key stay together in the rest."""
        stored = self.table(kind)
        numbers = pa.array(range(table.num_rows), pa.int64())
        self.con.execute("SET VARIABLE now = $now", {"now": now})
        self.con.register("incoming", table.append_column("row_number", numbers))
        try:
            known = self.con.sql(f"""
                SELECT row_number
                FROM (SELECT *, hash({_content(kind)}) AS content, count(*) OVER (PARTITION BY record_id) AS times FROM incoming) AS new
                JOIN "{stored}" AS stored USING (record_id)
                WHERE new.times = 1 AND new.content = stored.content
                  AND new.modified_at <= getvariable('now')""").to_arrow_table()["row_number"]
        finally:
            self.con.unregister("incoming")
        is_known = pc.is_in(numbers, known)
        return table.filter(is_known), table.filter(pc.invert(is_known))

    def news(self, kind: str, table: pa.Table, now: dt.datetime) -> pa.Table:
        """The rows that say something new, one per key, newest first."""
        stored = self.table(kind)
        self.con.execute("SET VARIABLE now = $now", {"now": now})
        self.con.register("incoming", table)
        try:
            news = self.con.sql(f"""
                WITH latest AS (
                    SELECT *, hash({_content(kind)}) AS content FROM incoming
                    QUALIFY row_number() OVER (PARTITION BY record_id ORDER BY modified_at DESC, content) = 1)
                SELECT latest.* EXCLUDE (content)
                FROM latest LEFT JOIN "{stored}" AS stored USING (record_id)
                WHERE stored.record_id IS NULL
                   OR (latest.content <> stored.content AND latest.modified_at >= stored.modified_at)
                   -- content that must be forgotten is renewed once half of its time is over
                   OR latest.expires_at - getvariable('now') > 2 * (stored.expires_at - getvariable('now'))
                   -- and content that was loaded before the terms said so begins to count
                   OR (latest.expires_at IS NOT NULL AND stored.expires_at IS NULL)
                ORDER BY record_id""").to_arrow_table()
        finally:
            self.con.unregister("incoming")
        return news.cast(records.schema(kind))

    def live_count(self, kind: str) -> int:
        """How many records of a kind stand."""
        return int(self.con.execute(f'SELECT count(*) FROM "{self.table(kind)}" WHERE NOT is_deleted').fetchall()[0][0])

    def gone(self, kind: str, table: pa.Table, run_id: str, spared: Collection[str] = ()) -> pa.Table:
        """Deletions of the stored records that `table`, which names all there are, does not have; none of the ids `spared`.

        A person is not gone yet while a record new in this visit has their name, mail or phone: the book may have changed what
        its records are known by, and who they are passes from the old one to the new one while both are there. The next visit
        decides. A deletion keeps the version of what it deletes, so that the record may come back as it was.
        """
        versions = self.lake.versions_sql(kind, feed=self.feed, without_run=self.without_run)
        self.con.register("incoming", table)
        self.con.register("spared", pa.table({"record_id": pa.array(sorted(spared), pa.string())}))
        try:
            gone = self.con.sql(f"""
                SELECT * REPLACE (true AS is_deleted)
                FROM ({versions})
                WHERE NOT is_deleted
                  AND record_id NOT IN (SELECT record_id FROM incoming UNION ALL SELECT record_id FROM spared)
                  {self._without_successor(versions) if kind == "person" else ""}
                ORDER BY record_id""").to_arrow_table()
        finally:
            self.con.unregister("incoming")
            self.con.unregister("spared")
        index = gone.schema.get_field_index("run_id")
        return gone.set_column(index, "run_id", pa.array([run_id] * gone.num_rows, pa.string())).cast(records.schema(kind))

    def opted_out(self) -> set[str]:
        """People of the feed who said no to being contacted."""
        versions = self.lake.versions_sql("consent", feed=self.feed, without_run=self.without_run)
        found = self.con.execute(f"SELECT DISTINCT person_ref FROM ({versions}) WHERE NOT is_deleted AND state = 'revoked'").fetchall()
        return {person for (person,) in found if person is not None}

    def _without_successor(self, versions: str) -> str:
        """SQL: a stored person whom nothing that this visit brought for the first time is known by the same as."""
        known_by = """
            SELECT record_id, LOWER(TRIM(UNNEST(list_concat(
                [full_name], COALESCE(emails, []),
                list_transform(COALESCE(phones, []), lambda phone: RIGHT(regexp_replace(phone, '[^0-9]', '', 'g'), 10)))))) AS sign"""
        return f"""AND record_id NOT IN (
                SELECT old.record_id
                FROM ({known_by} FROM ({versions}) WHERE NOT is_deleted) AS old
                JOIN ({known_by} FROM incoming
                      WHERE record_id NOT IN (SELECT record_id FROM "{self.table("person")}" WHERE NOT is_deleted)) AS new
                    ON new.sign = old.sign AND new.sign <> '')"""

    def note(self, kind: str, news: pa.Table) -> None:
        """Takes rows that were just committed into the digest."""
        stored = self.table(kind)
        self.con.register("incoming", news)
        try:
            self.con.execute(f'DELETE FROM "{stored}" WHERE record_id IN (SELECT record_id FROM incoming)')
            self.con.execute(f'INSERT INTO "{stored}" {self._digest(kind, "incoming")}')
        finally:
            self.con.unregister("incoming")

    def known(self, kind: str) -> Known:
        """Keys and versions that stand, and the keys that lie in quarantine."""
        mark = next((f'"{name}"' for name in self.columns.get(kind, ())), "NULL")
        state = f"CASE WHEN NOT is_deleted THEN 'live' WHEN {mark} IS NOT NULL THEN 'told' ELSE 'gone' END"
        rows = self.con.execute(f'SELECT record_id, modified_at, {state} FROM "{self.table(kind)}"').fetchall()
        files = self.lake.committed(sorted((self.lake.root / "quarantine" / self.feed).glob("*.parquet")))
        refused: list[tuple[str]] = []
        if files:
            refused = self.con.execute(
                f"SELECT DISTINCT record_id FROM read_parquet({files_sql(files)}) WHERE kind = ? AND record_id IS NOT NULL", [kind]
            ).fetchall()
        live, told, gone = ({key: at for key, at, is_what in rows if is_what == wanted} for wanted in ("live", "told", "gone"))
        return Known(live, told, gone, frozenset(key for (key,) in refused))

    def _digest(self, kind: str, relation: str) -> str:
        more = "".join(f', "{name}"' for name in self.columns.get(kind, ()))
        return f"SELECT record_id, modified_at, expires_at, is_deleted, hash({_content(kind)}) AS content{more} FROM {relation}"


def _content(kind: str) -> str:
    return ", ".join(f'"{name}"' for name in records.KINDS[kind].column_names if name not in records.NOT_CONTENT)
