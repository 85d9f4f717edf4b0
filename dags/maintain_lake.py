"""Weekly upkeep of the lake: forget what is expired, fold small batches, sweep old landing files and enriched runs.

**Reads and writes** the lake, never the published file. **When it fails**, nothing is lost: each batch is replaced in one rename. Clear the
task; loads can run meanwhile, since a fold leaves the state of every record as it was.
"""

import datetime as dt
from typing import Any

from airflow.sdk import DAG, CronTriggerTimetable, get_current_context, task

from commonground_airflow.nights import night_of
from commonground_airflow.wiring import DEFAULTS, PUBLISHER_POOL, Tag

with DAG(
    "maintain_lake",
    dag_display_name="Maintain the lake",
    description="Compact, expire, sweep",
    doc_md=__doc__,
    schedule=CronTriggerTimetable("0 12 * * 0", timezone="UTC", run_immediately=dt.timedelta(0)),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    default_args=DEFAULTS,
    tags=[Tag.UPKEEP],
) as dag:

    @task(pool=PUBLISHER_POOL)
    def maintain() -> dict[str, Any]:
        """Expire, compact, sweep, in this order."""
        from commonground.maintain import compact, expire, sweep

        night = night_of(get_current_context())
        return expire(night.lake, night.started_at) | compact(night.lake, night.run_id) | sweep(night.lake, night.started_at)

    maintain()
