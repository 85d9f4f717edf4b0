"""Verdicts are appended, read back in order, refused when they make no sense, and can be forgotten."""

import datetime as dt

import pytest

from commonground.errors import CommonGroundError, UnreadableError
from commonground.identity import verdicts

ONE, TWO, THREE = ("crm", "1"), ("google", "g"), ("fb", "f")
EARLY, LATE = (dt.datetime(2026, 11, day, tzinfo=dt.UTC) for day in (1, 2))


def test_verdicts_are_read_back_oldest_first(tmp_path):
    verdicts.record(tmp_path, ONE, TWO, "different", "dana", LATE)
    verdicts.record(tmp_path, ONE, TWO, "same", "ben", EARLY)
    rows = verdicts.read(tmp_path)
    assert rows["decision"].to_pylist() == ["same", "different"]
    assert rows["decided_by"].to_pylist() == ["ben", "dana"]
    assert rows.schema == verdicts.VERDICTS


def test_no_file_is_no_verdicts(tmp_path):
    assert verdicts.read(tmp_path).num_rows == 0
    assert verdicts.forget(tmp_path, [ONE]) == 0


def test_what_is_no_verdict_is_refused(tmp_path):
    with pytest.raises(CommonGroundError, match="maybe"):
        verdicts.record(tmp_path, ONE, TWO, "maybe", "dana")
    with pytest.raises(CommonGroundError, match="two records"):
        verdicts.record(tmp_path, ONE, ONE, "same", "dana")
    verdicts.record(tmp_path, ONE, TWO, "same", "dana")
    with verdicts.verdicts_file(tmp_path).open("a") as file:
        file.write("{}\n")
    with pytest.raises(UnreadableError, match="line 2"):
        verdicts.read(tmp_path)


def test_forgetting_a_record_leaves_no_byte_of_it(tmp_path):
    verdicts.record(tmp_path, ONE, TWO, "same", "dana")
    verdicts.record(tmp_path, TWO, THREE, "different", "dana")
    assert verdicts.forget(tmp_path, [ONE]) == 1
    assert verdicts.read(tmp_path)["left_record_id"].to_pylist() == ["g"]
    assert b"crm" not in verdicts.verdicts_file(tmp_path).read_bytes()
