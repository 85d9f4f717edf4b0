"""The whole night: the four ingests side by side, then the enrichment, whatever failed on the way.

**Reads** nothing itself: it starts `ingest_contacts`, `ingest_mls`, `ingest_social`, `ingest_reviews`, waits, and starts `enrich_contacts`.
**Writes** through them the lake and `data/commonground.duckdb`.

**When it fails.** Open the red task: it links to the run it started, and that run's red task says why in one line. A failed ingest does
not stop the night: its feeds are marked stale (`from feeds`), and the tables are built from what the lake has. If the enrichment fails,
yesterday's file stays. Starting this Dag again by hand is always safe.
"""

import datetime as dt

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, CronTriggerTimetable, get_current_context, task

from commonground.config import FAMILIES
from commonground_airflow.nights import config_folder, night_of
from commonground_airflow.wiring import DEFAULTS, Tag, as_of_field, families_field, full_refresh_field


def time_zone() -> str:
    """The market's time zone; UTC while market.yaml cannot be read (the tasks then say what is wrong with it)."""
    from commonground.config import read_yaml
    from commonground.errors import ConfigError

    try:
        market = read_yaml(config_folder() / "market.yaml")
        return str(market["time_zone"])
    except (ConfigError, KeyError, TypeError):
        return "UTC"


def started(dag_id: str, conf: dict[str, str], **options: object) -> TriggerDagRunOperator:
    """A task that starts a Dag for this night and waits for it without holding a worker."""
    return TriggerDagRunOperator(
        task_id=dag_id,
        trigger_dag_id=dag_id,
        trigger_run_id=dag_id + "__{{ ti.xcom_pull(task_ids='begin')['run'] }}__{{ ti.try_number }}",
        conf=conf,
        wait_for_completion=True,
        deferrable=True,
        poke_interval=2,
        execution_timeout=dt.timedelta(hours=6),
        retries=0,
        **options,
    )


with DAG(
    "nightly_load",
    dag_display_name="Nightly load",
    description="Every source, then who is who, who needs us, who would vouch; published by breakfast",
    doc_md=__doc__,
    schedule=CronTriggerTimetable("0 2 * * *", timezone=time_zone(), run_immediately=dt.timedelta(0)),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    default_args=DEFAULTS,
    tags=[Tag.NIGHTLY],
    render_template_as_native_obj=True,
    params={"as_of": as_of_field(), "families": families_field(), "full_refresh": full_refresh_field()},
) as dag:

    @task(task_display_name="Begin", retries=0)
    def begin() -> dict[str, str]:
        """Names the run and fixes its day, so that every part of it counts as the same night."""
        night = night_of(get_current_context())
        return {"run": night.run_id, "as_of": night.as_of.isoformat()}

    shared = {"run": "{{ ti.xcom_pull(task_ids='begin')['run'] }}", "as_of": "{{ ti.xcom_pull(task_ids='begin')['as_of'] }}"}
    for_ingest = shared | {"families": "{{ params.families }}", "full_refresh": "{{ params.full_refresh }}"}
    first = begin()
    ingests = [started(f"ingest_{family}", for_ingest) for family in FAMILIES]
    enrich = started("enrich_contacts", shared, trigger_rule="all_done")
    first >> ingests >> enrich
