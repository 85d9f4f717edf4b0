"""The Dag of one family: list its feeds, then one mapped task per feed. A feed that fails does not stop the others."""

from typing import Any

from airflow.sdk import DAG, get_current_context, task

from commonground.config import Family
from commonground_airflow.nights import credentials_from_airflow, night_of
from commonground_airflow.wiring import DEFAULTS, LAKE, Tag, as_of_field, families_field, full_refresh_field, run_field


def ingest_dag(family: Family, title: str, doc_md: str) -> DAG:
    """The `ingest_<family>` Dag."""
    with DAG(
        f"ingest_{family}",
        dag_display_name=title,
        description=doc_md.strip().splitlines()[0],
        doc_md=doc_md,
        schedule=None,
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=False,
        default_args=DEFAULTS,
        tags=[Tag.INGEST],
        params={"as_of": as_of_field(), "full_refresh": full_refresh_field(), "families": families_field(), "run": run_field()},
    ) as dag:

        @task(retries=0)
        def list_feeds() -> list[str]:
            """The enabled feeds of this family; settings that cannot be used are marked in the audit."""
            from commonground.stages import feeds_of, refuse_broken_feeds

            context = get_current_context()
            if family not in context["params"]["families"]:
                return []
            night = night_of(context)
            if family == "contacts":  # broken entries have no family; the first one speaks for them
                for report in refuse_broken_feeds(night):
                    print(report.error)
            return [feed.name for feed in feeds_of(night, [family])]

        @task(map_index_template="{{ feed_name }}", outlets=[LAKE[family]])
        def load(feed: str) -> dict[str, Any]:
            """Fetch or read, conform, validate, commit; returns the counts of the audit."""
            from commonground.load import load_feed
            from commonground.stages import told

            context = get_current_context()
            context["feed_name"] = feed  # type: ignore[typeddict-unknown-key]
            night = night_of(context)
            report = load_feed(
                night, night.settings.feed(feed), credentials_from_airflow, is_full_refresh=context["params"]["full_refresh"]
            )
            print(told(report))
            return {"feed": feed, "read": report.rows_read, "accepted": report.rows_accepted, "quarantined": report.rows_quarantined}

        load.expand(feed=list_feeds())
    return dag
