"""Erases one person from every layer, for good: lake, caches, old builds, and the published file, which is built anew.

**Reads** the lake and the published file; **writes** both, and a salted hash that keeps tomorrow's load from bringing the person back.

**When it fails** it says in one line why (nobody known by that address, a team member). Clearing the task is safe: what is erased stays
erased. The task's result names the exports of the team in which the person still stands; those are the team's files to clean.
"""

from typing import Any

from airflow.sdk import Param, get_current_context, task

from commonground_airflow.nights import night_of
from commonground_airflow.wiring import PUBLISHER_POOL, by_hand_dag

with by_hand_dag(
    "erase_contact",
    "Erase a contact",
    "Forget a person everywhere, for good",
    __doc__,
    {
        "by": Param(
            "contact", type="string", enum=["contact", "email", "phone"], title="Known by", description="What the next field holds."
        ),
        "value": Param(type="string", minLength=3, title="Contact id, mail address or phone", description="For example c0123456789ab."),
        "dry_run": Param(
            True, type="boolean", title="Only say what would go", description="Untick to erase for good: there is no way back."
        ),
    },
) as dag:

    @task(pool=PUBLISHER_POOL)
    def erase() -> dict[str, Any]:
        """Erases, or says what would be erased; the result holds counts, never the address."""
        from commonground.privacy.erase import erase as erase_person

        context = get_current_context()
        params, night = context["params"], night_of(context)
        return erase_person(night.data, night.settings, is_dry_run=params["dry_run"], **{params["by"]: params["value"]})

    erase()
