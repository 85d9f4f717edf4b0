import datetime as dt
import os
import shutil
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonground import maintain, records
from commonground.engine import connect
from commonground.lake import QUARANTINE_SCHEMA, Lake

NOW = dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC)
Row = dict[str, object]


def hours(number: float) -> dt.datetime:
    return NOW + dt.timedelta(hours=number)


def commit(lake: Lake, run: str, rows: list[Row], feed: str = "f", kind: str = "review") -> Path:
    stamp = {"feed": feed, "source": "yelp", "run_id": run, "subject_type": "team", "is_anonymous": False, "is_deleted": False}
    path = lake.batch_path("records", feed, run, kind)
    lake.commit(path, pa.Table.from_pylist([{**stamp, **row} for row in rows], schema=records.schema(kind)))
    return path


def state(lake: Lake, kind: str = "review") -> list[tuple]:
    with connect() as con:
        return con.execute(f"SELECT * FROM ({lake.state_sql(kind)}) ORDER BY ALL").fetchall()


def texts(lake: Lake) -> list[str]:
    with connect() as con:
        return [row[0] for row in con.execute(f"SELECT text FROM ({lake.state_sql('review')}) ORDER BY ALL").fetchall()]


def all_bytes(lake: Lake) -> bytes:
    return b"".join(path.read_bytes() for path in lake.root.rglob("*") if path.is_file())


version = st.fixed_dictionaries({"modified_at": st.integers(0, 5).map(hours), "is_deleted": st.booleans(), "text": st.sampled_from("abc")})
batch = st.dictionaries(st.sampled_from(["1", "2", "3", "4"]), version, max_size=4)
feeds = st.sampled_from(["f", "g"])


@settings(max_examples=25, deadline=None)
@given(batches=st.lists(st.tuples(feeds, batch), min_size=1, max_size=6), late=st.lists(st.tuples(feeds, batch), max_size=3))
def test_folding_changes_no_state_now_or_after_late_rows_killed_or_not(tmp_path_factory: pytest.TempPathFactory, batches, late):
    folder = tmp_path_factory.mktemp("lakes")
    plain, folded, killed = (Lake(folder / name) for name in ("plain", "folded", "killed"))
    for lake in (plain, folded, killed):
        for number, (feed, rows) in enumerate(batches):
            commit(lake, f"run{number}", [{"record_id": key, **values} for key, values in rows.items()], feed)
    before = state(plain)
    copies = shutil.copytree(killed.root, folder / "before")
    maintain.compact(folded, "run90")
    maintain.compact(killed, "run90")
    shutil.copytree(copies, killed.root, dirs_exist_ok=True)  # the old batches still stand beside the fold
    assert state(folded) == state(killed) == before
    for number, (feed, rows) in enumerate(late):
        for lake in (plain, folded, killed):
            commit(lake, f"run{number}5", [{"record_id": key, **values} for key, values in rows.items()], feed)
    assert state(folded) == state(killed) == state(plain)
    maintain.compact(killed, "run99")
    assert state(killed) == state(plain)
    assert all(len(killed.record_files("review", feed)) <= 1 for feed in ("f", "g"))


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from("123"),
            st.tuples(st.integers(0, 3), st.one_of(st.none(), st.integers(-3, 3))),
            max_size=3,
        ),
        min_size=1,
        max_size=4,
    )
)
def test_what_expires_leaves_the_lake_and_brings_nothing_older_back(tmp_path_factory: pytest.TempPathFactory, batches):
    lake = Lake(tmp_path_factory.mktemp("lake"))
    for number, rows in enumerate(batches):
        commit(
            lake,
            f"run{number}",
            [
                {"record_id": key, "modified_at": hours(at - 9), "expires_at": None if end is None else hours(end - 0.5), "text": "x"}
                for key, (at, end) in rows.items()
            ],
        )
    with connect() as con:
        visible = f"SELECT * FROM ({lake.state_sql('review')}) WHERE expires_at IS NULL OR expires_at > $now ORDER BY ALL"
        before = con.execute(visible, {"now": NOW}).fetchall()
    maintain.expire(lake, NOW)
    after = state(lake)
    assert after == before
    assert maintain.expire(lake, NOW) == {"expired_rows": 0}


def test_expired_words_are_in_no_byte_of_the_lake(tmp_path: Path):
    lake = Lake(tmp_path)
    commit(lake, "run1", [{"record_id": "1", "modified_at": hours(-30), "text": "wordsbeforeterms"}])
    commit(lake, "run2", [{"record_id": "1", "modified_at": hours(-20), "expires_at": hours(-1), "text": "wordsoverdue"}])
    commit(lake, "run3", [{"record_id": "2", "modified_at": hours(-20), "expires_at": hours(1), "text": "wordskept"}])
    refused = {"feed": "f", "payload": "wordsrefused", "expires_at": hours(-1), "run_id": "run1"}
    lake.commit(lake.batch_path("quarantine", "f", "run1"), pa.Table.from_pylist([refused], schema=QUARANTINE_SCHEMA))
    assert b"wordsrefused" in all_bytes(lake)
    assert maintain.expire(lake, NOW) == {"expired_rows": 3}
    assert texts(lake) == ["wordskept"]
    for word in (b"wordsbeforeterms", b"wordsoverdue", b"wordsrefused"):
        assert word not in all_bytes(lake)


def test_a_night_killed_while_rows_expire_is_finished_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    lake = Lake(tmp_path)
    commit(lake, "run1", [{"record_id": "1", "modified_at": hours(-30), "text": "old"}])
    commit(lake, "run2", [{"record_id": "1", "modified_at": hours(-20), "expires_at": hours(-1), "text": "new"}])
    monkeypatch.setattr(maintain, "_forget_expired", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        maintain.expire(lake, NOW)
    monkeypatch.undo()
    maintain.expire(lake, NOW)
    assert texts(lake) == []


def test_a_version_that_came_after_what_expired_stays(tmp_path: Path):
    lake = Lake(tmp_path)
    commit(lake, "run1", [{"record_id": "1", "modified_at": hours(-30), "expires_at": hours(-1), "text": "old"}])
    commit(lake, "run2", [{"record_id": "1", "modified_at": hours(-20), "expires_at": hours(9), "text": "new"}])
    assert maintain.expire(lake, NOW) == {"expired_rows": 1}
    assert texts(lake) == ["new"]


def aged(path: Path, days: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix:
        path.write_text("x")
    else:
        path.mkdir(exist_ok=True)
    at = (NOW - dt.timedelta(days=days)).timestamp()
    os.utime(path, (at, at))
    return path


def test_only_what_is_old_is_swept(tmp_path: Path):
    lake = Lake(tmp_path)
    old_landing, new_landing = aged(tmp_path / "landing" / "f" / "run1", 31), aged(tmp_path / "landing" / "f" / "run2", 29)
    runs = [aged(tmp_path / "enriched" / f"run{number}", 20 - number) for number in range(9)]
    old_scratch, new_scratch = (aged(tmp_path / "records" / "tie" / "f" / f".{days}.parquet.1.tmp", days) for days in (2, 0.5))
    batch_path = aged(tmp_path / "records" / "tie" / "f" / "run1.parquet", 400)
    assert maintain.sweep(lake, NOW) == {"folders_removed": 3, "scratch_removed": 1}
    assert not any(path.exists() for path in (old_landing, old_scratch, *runs[:2]))
    assert all(path.exists() for path in (new_landing, new_scratch, batch_path, *runs[2:]))
    assert maintain.sweep(lake, NOW) == {"folders_removed": 0, "scratch_removed": 0}
