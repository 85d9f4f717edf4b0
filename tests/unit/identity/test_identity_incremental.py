"""The night after: what was compared is not compared again, nothing else changes, and nobody is remembered who is gone."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from benchmarks import linking_data
from tests.unit.identity.conftest import as_table

from commonground.engine import connect
from commonground.identity import model, outcomes
from commonground.identity.comparisons import COMPARISONS
from commonground.identity.link import link_people


def book(count: int = 400) -> list[dict[str, Any]]:
    rows = linking_data.people(count).drop_columns(["person_id"]).to_pylist()
    return [{**row, "key": row.pop("record_id"), "emails": [row.pop("email")], "phones": [row.pop("phone")]} for row in rows]


def linked(rows: list[dict[str, Any]], memory: Path | None = None) -> list[dict[str, Any]]:
    with connect() as con:
        found: list[dict[str, Any]] = link_people(pa.Table.from_pylist(rows), con=con, memory=memory).to_pylist()
    return found


@pytest.fixture
def compared(monkeypatch) -> list[int]:
    """How many pairs each call has compared."""
    counts: list[int] = []
    remember = outcomes._remember

    def counted(con: duckdb.DuckDBPyConnection, path: Path) -> None:
        counts.append(con.execute("SELECT count(*) FROM new_pair").fetchall()[0][0])
        remember(con, path)

    monkeypatch.setattr(outcomes, "_remember", counted)
    return counts


def test_a_night_with_new_changed_and_gone_records_finds_what_a_first_night_finds(tmp_path, compared):
    rows = book()
    linked(rows[:-6], tmp_path)
    moved = rows[0] | {"city": "Elsewhere", "street": "9 Long Road"}
    tonight = [moved, *rows[6:]]
    assert linked(tonight, tmp_path) == linked(tonight)
    assert 0 < compared[1] < compared[0] / 10
    linked(tonight, tmp_path)
    assert len(compared) == 2


def outcomes_in(memory: Path) -> list[tuple[Any, ...]]:
    (file,) = memory.rglob("*.parquet")
    return duckdb.sql(f"SELECT * FROM '{file}' ORDER BY ALL").fetchall()


def test_who_is_gone_is_not_remembered_and_nobody_is_by_name(tmp_path):
    rows = [row | {"city": "Petaluma"} for row in book(40)]
    linked(rows, tmp_path / "all")
    linked(rows[:-1], tmp_path / "all")
    linked(rows[:-1], tmp_path / "without")
    assert outcomes_in(tmp_path / "all") == outcomes_in(tmp_path / "without")
    (file,) = (tmp_path / "all").rglob("*.parquet")
    content = file.read_bytes().lower()
    assert not any(word.lower().encode() in content for row in rows for word in (row["family_name"], row["key"], row["emails"][0]) if word)


@pytest.mark.parametrize("content", [b"", b"no parquet", None])
def test_a_memory_that_cannot_be_read_is_none(tmp_path, content):
    rows = book(40)
    expected = linked(rows, tmp_path)
    (file,) = tmp_path.rglob("*.parquet")
    if content is None:
        duckdb.sql("SELECT 1 AS other").write_parquet(str(file))
    else:
        file.write_bytes(content)
    (tmp_path / "older").mkdir()
    (tmp_path / "older" / "outcomes.parquet").write_bytes(b"of other rules")
    assert linked(rows, tmp_path) == expected
    assert outcomes_in(tmp_path)


def test_a_record_that_is_deleted_is_not_remembered_even_if_nothing_is_left_to_compare(town):
    person = {"record_id": "1", "given_name": "Ann", "family_name": "Lee", "emails": ["ann.lee@gmail.com"]}
    town.write("person", "crm", person, {**person, "record_id": "2", "given_name": "Annie"})
    town.resolve()
    memory = town.night("r").lake.root / "derived" / "matches"
    assert len(outcomes_in(memory)) == 1
    later = {"run_id": "r1", "modified_at": dt.datetime(2026, 11, 21, tzinfo=dt.UTC), "is_deleted": True}
    town.write("person", "crm", {**person, "record_id": "2", **later}, run_id="r1")
    town.resolve()
    assert outcomes_in(memory) == []


def test_the_bits_of_a_match_add_up_to_its_weight():
    rows = [
        {"record_id": "1", "given_name": "Ann", "family_name": "Lee", "email": "ann.lee@gmail.com", "city": "Petaluma"},
        {"record_id": "2", "given_name": "Annie", "family_name": "Lee", "email": "ann.lee@gmail.com", "city": "Windsor"},
    ]
    with connect() as con:
        found = link_people(as_table_of_people(rows), con=con).to_pylist()
    detail = json.loads(found[0]["match_detail"])
    names = {comparison.name for comparison in COMPARISONS}
    assert detail["compared"]["given"] == "nickname"
    assert set(detail["compared"]) == names
    assert set(detail["bits"]) == {"prior", *names}
    assert sum(detail["bits"].values()) == pytest.approx(detail["weight"], abs=1e-6)
    assert detail["bits"]["mail"] > 5 > 0 > detail["bits"]["city"]
    assert detail["bits"]["phone"] == 0


def as_table_of_people(rows: list[dict[str, Any]]) -> pa.Table:
    table = as_table(rows).rename_columns({"record_id": "key"})
    mails = pa.array([[mail] for mail in table["email"].to_pylist()])
    return table.drop_columns(["email"]).append_column("emails", mails)


def test_the_sum_is_the_one_that_splink_would_make(monkeypatch):
    monkeypatch.setattr(model, "LEARNABLE_RECORDS", 100)
    used: dict[str, Any] = {}
    weigh = model._weigh

    def seen(con: duckdb.DuckDBPyConnection, settings: dict[str, Any], *, is_taught: bool) -> None:
        used.update(settings)
        weigh(con, settings, is_taught=is_taught)

    monkeypatch.setattr(model, "_weigh", seen)
    with connect() as con:
        link_people(pa.Table.from_pylist(book()), con=con)
        con.execute("CREATE TEMP TABLE taught_person AS SELECT * FROM comparable_person")
        linker = model._linker(con, used)
        con.execute("CREATE TEMP TABLE asked AS SELECT '0' AS match_key, l AS join_key_l, r AS join_key_r FROM candidate_pair")
        linker.table_management.register_blocked_pairs_for_predict(linker._db_api.register("asked"))
        theirs = linker.inference.predict(threshold_match_probability=model.FLOOR)
        count, both, apart = con.execute(f"""
            SELECT count(*), count(s.l), max(abs(s.weight - t.match_weight)) FROM {theirs.physical_name} AS t
            JOIN comparable_person AS a ON a.place = t.place_l JOIN comparable_person AS b ON b.place = t.place_r
            LEFT JOIN scored_pair AS s ON s.l = least(a.rid, b.rid) AND s.r = greatest(a.rid, b.rid)""").fetchall()[0]
        ours = con.execute("SELECT count(*) FROM scored_pair").fetchall()[0][0]
    assert count == both == ours > 100
    assert apart < 0.01
