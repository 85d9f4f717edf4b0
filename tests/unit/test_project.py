"""The project's own promises: versions in step, the compose file sound, SQL that Spark's dialect can say, no file too long."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import sqlglot
import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "docker-compose.yaml"
SQL_FILES = sorted((ROOT / "include" / "commonground").rglob("*.sql"))


def locked(name: str) -> str:
    return re.search(rf"^{name}==(\S+)", (ROOT / "requirements.txt").read_text(), re.M)[1]


def test_the_image_is_of_the_airflow_that_the_lock_names():
    assert f"FROM apache/airflow:{locked('apache-airflow')}-python3" in (ROOT / "Dockerfile").read_text()
    assert f"apache-airflow/{locked('apache-airflow')}/" in COMPOSE.read_text()


def test_the_compose_file_keeps_to_its_schema():
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE)]
    done = subprocess.run(check, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_compose_file_holds_no_secret_and_listens_on_loopback():
    text = COMPOSE.read_text()
    services = yaml.safe_load(text)["services"]
    assert {"postgres", "airflow-apiserver", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer"} <= set(services)
    for variable in ("FERNET_KEY", "JWT_SECRET", "POSTGRES_PASSWORD", "ADMIN_PASSWORD"):
        assert re.search(rf"\$\{{{variable}:\?", text), f"{variable} must be refused when it is missing"
    for service in services.values():
        assert all(str(port).startswith("127.0.0.1:") for port in service.get("ports", []))
        assert ":latest" not in service.get("image", "")


@pytest.mark.parametrize("file", SQL_FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_every_sql_file_is_one_statement_that_translates_to_spark(file: Path):
    statements = sqlglot.transpile(file.read_text(encoding="utf-8"), read="duckdb", write="spark")
    assert len(statements) == 1


def test_no_file_of_the_library_is_too_long():
    long = {
        str(file.relative_to(ROOT)): lines
        for folder in ("include/commonground", "include/commonground_airflow", "dags", "plugins")
        for file in (ROOT / folder).rglob("*")
        if file.suffix in (".py", ".sql") and (lines := len(file.read_text(encoding="utf-8").splitlines())) > 450
    }
    assert long == {}


def test_nothing_but_the_tests_reads_the_towns_truth():
    for file in (ROOT / "include").rglob("*"):
        if file.suffix in (".py", ".sql") and "sandbox" not in file.parts:
            assert "truth/" not in file.read_text(encoding="utf-8"), file
