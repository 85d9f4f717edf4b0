"""Utterances and who wrote them → `interest_evidence`, `person_interests`, `common_ground`, `denied_statements`.

A text is tagged once per version of the rules: the answers lie in `derived/tags/<version>/` of the lake, one file a run,
by feed, record and hash of the text. They hold positions, never words: what leaves the lake leaves the evidence.
"""

import shutil
from pathlib import Path

import pyarrow as pa

from commonground.engine import Engine
from commonground.interests.batches import BATCH, COLUMNS, tag_batch
from commonground.interests.tagger import Tagger
from commonground.lake import files_sql

HERE = Path(__file__).parent
FILES_KEPT = 40  # more files of tags than this are merged into one
TAGS = pa.schema([*((name, pa.string()) for name in ("feed", "record_id", "text_hash")), *COLUMNS])


def tag(engine: Engine) -> None:
    """Tags what is new and writes the four tables of interests."""
    tagger = Tagger(engine.night.settings)
    folder = engine.night.lake.root / "derived" / "tags" / tagger.version
    _forget_other_versions(folder)
    _register(engine, folder)
    _tag_new(engine, tagger, folder)
    _register(engine, folder)
    for name in ("interest_evidence", "person_interests", "common_ground", "denied_statements"):
        engine.run(HERE / f"{name}.sql")


def _forget_other_versions(folder: Path) -> None:
    for other in folder.parent.glob("*"):
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)


def _register(engine: Engine, folder: Path) -> None:
    """Makes the tags of tonight's texts known as `utterance_tag` (a text without any has one row, without interest)."""
    files = sorted(folder.glob("*.parquet"))
    if not files:
        engine.table("utterance_tag", [], TAGS)
        return
    engine.con.execute(f"""
        CREATE OR REPLACE TEMP TABLE utterance_tag AS
        SELECT DISTINCT t.* FROM read_parquet({files_sql(files)}) t
        JOIN utterance u ON u.feed = t.feed AND u.record_id = t.record_id AND {_HASH} = t.text_hash""")


_HASH = "sha256(u.utterance_type || chr(31) || u.text)"


def _tag_new(engine: Engine, tagger: Tagger, folder: Path) -> None:
    new = f"""
        SELECT u.feed, u.record_id, u.utterance_type, u.text, {_HASH} AS text_hash
        FROM utterance u
        JOIN feed_setting f ON f.feed = u.feed AND (f.purposes IS NULL OR list_contains(f.purposes, 'interests'))
        ANTI JOIN utterance_tag t ON t.feed = u.feed AND t.record_id = u.record_id
        ORDER BY u.feed, u.record_id"""
    tables = []
    for batch in engine.con.sql(new).to_arrow_reader(BATCH):
        rows, tags = tag_batch(tagger, batch["text"], batch["utterance_type"])
        keys = pa.Table.from_batches([batch]).select(["feed", "record_id", "text_hash"]).take(pa.array(rows))
        tables.append(
            pa.table({**dict(zip(keys.column_names, keys.columns, strict=True)), **dict(zip(tags.column_names, tags.columns, strict=True))})
        )
    if not tables:
        return
    lake = engine.night.lake
    name = f"{engine.night.run_id}.parquet"
    earlier = sorted(folder.glob("*.parquet"))
    if len(earlier) >= FILES_KEPT or (folder / name).exists():
        tables.append(engine.arrow(f"SELECT * FROM read_parquet({files_sql(earlier)})").cast(TAGS))
    else:
        earlier = []
    lake.commit(folder / name, pa.concat_tables([table.cast(TAGS) for table in tables]))
    for path in earlier:
        if path.name != name:
            path.unlink(missing_ok=True)
