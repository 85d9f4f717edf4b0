"""`commonground read`: an export of any length, piece by piece, to Parquet and counts."""

import datetime as dt
import json

import pyarrow.parquet as pq
import pytest

from commonground import load
from commonground.errors import UnreadableError
from commonground.load import read_export
from commonground.sources.base import Record, Refusal

NOW = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)


def comments(path, count: int) -> None:
    rows = [{"timestamp": 1_600_000_000 + n, "data": [{"comment": {"comment": f"words {n}", "author": "A B"}}]} for n in range(count)]
    path.write_text(json.dumps({"comments_v2": [*rows, {"timestamp": 1, "data": []}]}))


def test_an_export_read_in_pieces_gives_what_it_gives_at_once(tmp_path, monkeypatch):
    comments(tmp_path / "comments.json", 40)
    whole = read_export("facebook", tmp_path / "comments.json", tmp_path / "whole", NOW)
    monkeypatch.setattr(load, "READ_ROWS", 7)
    assert read_export("facebook", tmp_path / "comments.json", tmp_path / "pieces", NOW) == whole
    assert whole["read"] == sum(whole["accepted"].values()) + whole["quarantined"]
    names = sorted(file.name for file in (tmp_path / "whole").iterdir())
    assert names == sorted(file.name for file in (tmp_path / "pieces").iterdir())
    assert names == ["person.parquet", "quarantine.parquet", "utterance.parquet"]
    for name in names:
        assert pq.read_table(tmp_path / "pieces" / name).equals(pq.read_table(tmp_path / "whole" / name)), name


def test_long_rows_make_short_pieces(monkeypatch):
    monkeypatch.setattr(load, "READ_SIGNS", 1000)
    items = iter([Record("utterance", {"text": "x" * 400}), Refusal("bad", "", "x" * 700), *[Record("utterance", {"text": "x"})] * 3])
    assert [len(list(load._next_rows(items))) for _ in range(3)] == [2, 3, 0]


def test_an_export_that_turns_out_to_be_another_leaves_the_folder_as_it_was(tmp_path):
    out = tmp_path / "out"
    comments(tmp_path / "comments.json", 3)
    read_export("facebook", tmp_path / "comments.json", out, NOW)
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    (tmp_path / "other.json").write_text('[{"what": "is this"}]')
    with pytest.raises(UnreadableError):
        read_export("facebook", tmp_path / "other.json", out, NOW)
    assert {file.name: file.read_bytes() for file in out.iterdir()} == before
