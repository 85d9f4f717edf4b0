"""Large deployments run the same SQL on Spark."""

from pathlib import Path

import pytest
import sqlglot

import commonground.identity

FILES = sorted(Path(commonground.identity.__file__).parent.glob("*.sql"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_query_is_one_statement_that_spark_can_read(file):
    statements = sqlglot.transpile(
        file.read_text(encoding="utf-8"), read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE
    )
    assert len(statements) == 1
    sqlglot.parse_one(statements[0], read="spark")
