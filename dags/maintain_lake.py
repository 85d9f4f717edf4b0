"""Weekly upkeep of the lake: compare keys with every MLS, forget what is expired, fold small batches, sweep what is old.

**Reads and writes** the lake, never the published file; each MLS feed is visited once more, and every key it has is compared with
ours, so that listings that vanished there vanish here. **When it fails**, nothing is lost: each batch is replaced in one rename. Clear
the task; loads can run meanwhile, since a fold leaves the state of every record as it was. A comparison that finds too much gone
deletes nothing and says how much: look at the feed's licence first, then at `options.largest_drop`.
"""

import datetime as dt
from typing import Any

from airflow.sdk import DAG, CronTriggerTimetable, get_current_context, task

from commonground_airflow.nights import credentials_from_airflow, night_of
from commonground_airflow.wiring import DEFAULTS, PUBLISHER_POOL, Tag

with DAG(
    "maintain_lake",
    dag_display_name="Maintain the lake",
    description="Compare MLS keys, expire, compact, sweep",
    doc_md=__doc__,
    schedule=CronTriggerTimetable("0 12 * * 0", timezone="UTC", run_immediately=dt.timedelta(0)),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    default_args=DEFAULTS,
    tags=[Tag.UPKEEP],
) as dag:

    @task(retries=0)
    def list_mls_feeds() -> list[str]:
        """The MLS feeds that are asked over HTTP."""
        from commonground.reconcile import feeds_to_compare

        return [feed.name for feed in feeds_to_compare(night_of(get_current_context()))]

    @task(map_index_template="{{ feed_name }}")
    def compare_keys(feed: str) -> dict[str, Any]:
        """One feed's keys beside ours; what is gone there is deleted here, unless it is too much."""
        from commonground.reconcile import compare_keys

        context = get_current_context()
        context["feed_name"] = feed  # type: ignore[typeddict-unknown-key]
        night = night_of(context)
        return compare_keys(night, night.settings.feed(feed), credentials_from_airflow)

    @task(pool=PUBLISHER_POOL, trigger_rule="all_done")
    def maintain() -> dict[str, Any]:
        """Expire, compact, sweep, in this order."""
        from commonground.maintain import compact, expire, sweep

        night = night_of(get_current_context())
        return expire(night.lake, night.started_at) | compact(night.lake, night.run_id) | sweep(night.lake, night.started_at)

    compare_keys.expand(feed=list_mls_feeds()) >> maintain()
