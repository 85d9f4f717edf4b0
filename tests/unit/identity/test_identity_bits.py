"""What a match weighs: the bits of its comparisons, which add up as Splink would add them."""

import json
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from tests.unit.identity.conftest import as_table, book

from commonground.engine import connect
from commonground.identity import model
from commonground.identity.comparisons import COMPARISONS
from commonground.identity.link import link_people


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

    def seen(con: duckdb.DuckDBPyConnection, learned: model.Learned) -> None:
        used.update(learned.settings)
        weigh(con, learned)

    monkeypatch.setattr(model, "_weigh", seen)
    with connect() as con:
        link_people(pa.Table.from_pylist(book()), con=con)
        con.execute("CREATE TEMP TABLE taught_person AS SELECT * FROM comparable_person")
        linker = model._linker(con, model._settings(0.1, with_frequencies=True) | used)
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
