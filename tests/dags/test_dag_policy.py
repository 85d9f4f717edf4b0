"""Policies that hold for every Dag, tried on the real DagBag."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DAGS = {
    "nightly_load", "ingest_contacts", "ingest_mls", "ingest_social", "ingest_reviews", "enrich_contacts",
    "erase_contact", "judge_match", "suppress_contact", "maintain_lake",
}  # fmt: skip


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory):
    os.environ["AIRFLOW_HOME"] = str(tmp_path_factory.mktemp("airflow"))
    os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
    os.environ["AIRFLOW__CORE__DAGS_FOLDER"] = str(ROOT / "dags")
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(str(ROOT / "dags"))


def test_every_dag_is_there_and_imports(bag):
    assert bag.import_errors == {}
    assert set(bag.dags) == DAGS


def test_every_dag_says_what_it_does_and_what_to_do_when_it_fails(bag):
    for dag in bag.dags.values():
        assert dag.description, dag.dag_id
        assert dag.dag_display_name != dag.dag_id
        assert "**When it fails" in dag.doc_md, dag.dag_id
        assert "**Reads" in dag.doc_md or "**Writes" in dag.doc_md, dag.dag_id


def test_tags_are_of_the_closed_set(bag):
    from commonground_airflow.wiring import Tag

    for dag in bag.dags.values():
        assert dag.tags, dag.dag_id
        assert set(dag.tags) <= set(Tag), dag.dag_id


def test_every_field_of_a_form_has_a_title_and_a_description(bag):
    for dag in bag.dags.values():
        for name, param in dag.params.items():
            schema = dag.params.get_param(name).schema
            assert schema.get("title"), f"{dag.dag_id}.{name}"
            assert dag.params.get_param(name).description, f"{dag.dag_id}.{name}: {param}"


def test_no_dag_but_the_one_that_asks_people_runs_twice_at_once_nor_catches_up(bag):
    for dag in bag.dags.values():
        assert dag.max_active_runs == (8 if dag.dag_id == "judge_match" else 1), (
            dag.dag_id
        )  # a question waits for a person, a verdict does not
        assert dag.catchup is False, dag.dag_id


def test_every_task_has_an_owner_and_retries_by_kind_of_error(bag):
    from commonground_airflow.wiring import RETRIES

    for dag in bag.dags.values():
        for task in dag.tasks:
            assert task.owner == "common-ground", task
            assert task.retry_policy is RETRIES or task.retries == 0, task


def test_only_publishing_and_what_touches_the_file_take_the_pool(bag):
    pooled = {(dag.dag_id, task.task_id) for dag in bag.dags.values() for task in dag.tasks if task.pool == "duckdb"}
    assert pooled == {("enrich_contacts", "publish"), ("erase_contact", "erase"), ("maintain_lake", "maintain")}


def test_enrichment_tasks_are_the_stage_table_in_its_order(bag):
    from commonground.stages import ENRICHMENT

    dag = bag.dags["enrich_contacts"]
    order = [task.task_id for task in dag.topological_sort() if task.task_id not in ("looks_right", "approve")]
    assert order == [stage.name for stage in ENRICHMENT]


def test_the_night_starts_at_two_in_the_market(bag):
    timetable = bag.dags["nightly_load"].timetable
    assert (timetable.expression, str(timetable.timezone)) == ("0 2 * * *", "America/Los_Angeles")


def test_a_refused_token_is_not_tried_again_and_a_busy_source_is():
    from airflow.sdk import RetryAction

    from commonground.errors import ConfigError, CredentialsError, SourceUnavailableError, UnreadableError
    from commonground_airflow.wiring import RETRIES

    def action(error: Exception) -> RetryAction:
        return RETRIES.evaluate(error, 1, 2, {}).action

    for error in (CredentialsError("401"), ConfigError("no key"), UnreadableError("html")):
        assert action(error) is RetryAction.FAIL
    assert action(SourceUnavailableError("503")) is RetryAction.RETRY
    assert action(RuntimeError("bug")) is RetryAction.DEFAULT


def test_parsing_a_dag_file_imports_nothing_heavy():
    code = (
        "import sys, runpy; sys.path.insert(0, 'include'); runpy.run_path('dags/enrich_contacts.py'); "
        "runpy.run_path('dags/nightly_load.py'); runpy.run_path('dags/ingest_mls.py'); "
        "print([m for m in ('great_expectations', 'splink', 'pandas', 'ahocorasick_rs') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_the_library_imports_no_airflow():
    for file in (ROOT / "include" / "commonground").rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        assert "import airflow" not in text, file
        assert "from airflow" not in text, file
