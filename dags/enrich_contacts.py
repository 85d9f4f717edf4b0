"""Everything in the lake → who is who, common ground, ties, needs, the three groups, paths, and the published DuckDB file.

**Reads** the state of the lake; **writes** `enriched/<run>/` and, last, `data/commonground.duckdb` in one rename. One task per stage of
`commonground.stages`; a stage rewrites its own tables only, so clearing a task and what follows is always safe.

**When it fails.** Yesterday's file stays in place and readers notice nothing. The task says in one line what is wrong. A night whose
volumes or quarantine share look wrong waits for a person: open *Required Actions*, look at the quarantine, approve or reject. Nobody
answering within eight hours counts as a no.
"""

import datetime as dt
from itertools import pairwise
from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import DAG, get_current_context, task

from commonground.stages import ENRICHMENT, Stage
from commonground_airflow.nights import night_of
from commonground_airflow.wiring import DEFAULTS, ENRICHED, LAKE, PUBLISHED, PUBLISHER_POOL, Tag, as_of_field, run_field


def run(stage_name: str) -> dict[str, Any]:
    """Runs one stage for the night of this Dag run."""
    from commonground.stages import run_stage

    stage = next(stage for stage in ENRICHMENT if stage.name == stage_name)
    report = run_stage(night_of(get_current_context()), stage)
    print(report)
    return report


def task_of(stage: Stage) -> Any:
    """The task of a stage. The publisher has the pool and the asset that readers can wait for."""
    options: dict[str, Any] = {"task_id": stage.name, "task_display_name": stage.title}
    if stage.name == "publish":
        options |= {"pool": PUBLISHER_POOL, "outlets": [PUBLISHED], "trigger_rule": "none_failed_min_one_success"}
    if stage.name == "brief":
        options |= {"outlets": [ENRICHED]}
    if stage == ENRICHMENT[0]:
        options |= {"inlets": list(LAKE.values())}
    return task(**options)(run)(stage.name)


with DAG(
    "enrich_contacts",
    dag_display_name="Enrich contacts and publish",
    description="Resolve, tag, weigh ties, signals, segments, paths, presence, check, publish",
    doc_md=__doc__,
    schedule=None,
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    default_args=DEFAULTS,
    tags=[Tag.ENRICH],
    params={"as_of": as_of_field(), "run": run_field()},
) as dag:
    tasks = {stage.name: task_of(stage) for stage in ENRICHMENT}

    @task.branch(task_id="looks_right", task_display_name="Does the night look right?")
    def looks_right(report: dict[str, Any]) -> str:
        """On to publishing, or to a person."""
        return "approve" if report["needs_approval"] else "publish"

    approve = ApprovalOperator(
        task_id="approve",
        task_display_name="A person's approval",
        subject="Tonight's load looks wrong: publish it all the same?",
        body="{{ ti.xcom_pull(task_ids='check')['why'] | join('\n\n') }}",
        defaults=["Reject"],
        response_timeout=dt.timedelta(hours=8),
        fail_on_reject=True,
        retries=0,
    )
    names = [stage.name for stage in ENRICHMENT]
    for earlier, later in pairwise(names):
        if later != "publish":
            tasks[earlier] >> tasks[later]
    decision = looks_right(tasks["check"])
    decision >> approve >> tasks["publish"]
    decision >> tasks["publish"]
