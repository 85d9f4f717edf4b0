"""The room's SQL files: one statement each, and one that Spark can be given."""

from pathlib import Path

import pytest
import sqlglot

import commonground.segments.brief as brief
import commonground.segments.stage as stage


@pytest.mark.parametrize("file", sorted(stage.ROOM.glob("*.sql")), ids=lambda file: file.stem)
def test_every_file_is_one_statement_that_translates_to_spark(file: Path):
    sql = file.read_text(encoding="utf-8")
    statements = sqlglot.transpile(sql, read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE)
    assert len(statements) == 1
    sqlglot.parse_one(statements[0], read="spark")


def test_every_file_is_run():
    assert {file.stem for file in stage.ROOM.glob("*.sql")} == {*stage.FILES, *brief.FILES}
