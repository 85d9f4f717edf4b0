"""The room's SQL files: one statement each, and one that Spark can be given."""

from pathlib import Path

import pytest
import sqlglot

import commonground.signals.stage as stage
from commonground.config import read_yaml


@pytest.mark.parametrize("file", sorted(stage.ROOM.glob("*.sql")), ids=lambda file: file.stem)
def test_every_file_is_one_statement_that_translates_to_spark(file: Path):
    sql = file.read_text(encoding="utf-8")
    statements = sqlglot.transpile(sql, read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE)
    assert len(statements) == 1
    sqlglot.parse_one(statements[0], read="spark")


def test_every_file_is_run():
    assert {file.stem for file in stage.ROOM.glob("*.sql")} == set(stage.FILES)


def test_every_weight_has_a_reason_and_stays_a_share():
    words = read_yaml(stage.ROOM / "words.yaml")
    for entry in words["weights"]:
        assert 0 < entry["weight"] < 1
        assert entry["half_life_days"] > 0
        assert len(entry["reason"]) > 10


def test_every_phrase_is_written_as_stages_are_compared():
    words = read_yaml(stage.ROOM / "words.yaml")
    phrases = [str(phrase) for table in ("stages", "deals") for entry in words[table] for phrase in entry["phrases"]]
    assert all(phrase == " ".join(phrase.lower().split()) and phrase.replace(" ", "").isalnum() for phrase in phrases)
