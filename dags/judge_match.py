"""A person's verdict on whether two records are one person: it overrides the model for good, from the next load on.

**Writes** the verdict beside the data. Feed and record id stand in `contact_identities`. **When it fails**, nothing was noted.
"""

import datetime as dt

from airflow.sdk import Param, get_current_context, task

from commonground_airflow.nights import night_of
from commonground_airflow.wiring import by_hand_dag


def record_field(which: str, part: str) -> Param:
    """A field of the form for one half of a record's key."""
    return Param(type="string", minLength=1, title=f"{which} record: {part}", description=f"`{part}` of the {which.lower()} record.")


with by_hand_dag(
    "judge_match",
    "Same person or not",
    "Record a human verdict on two records",
    __doc__,
    {
        "left_feed": record_field("First", "feed"),
        "left_record_id": record_field("First", "record_id"),
        "right_feed": record_field("Second", "feed"),
        "right_record_id": record_field("Second", "record_id"),
        "decision": Param("same", type="string", enum=["same", "different"], title="Verdict", description="Are they one person?"),
        "by": Param(type="string", minLength=1, title="Your name", description="Who says so; kept with the verdict."),
    },
) as dag:

    @task
    def judge() -> str:
        """Appends the verdict; returns it."""
        from commonground.identity.verdicts import record

        context = get_current_context()
        params, night = context["params"], night_of(context)
        left = (params["left_feed"], params["left_record_id"])
        right = (params["right_feed"], params["right_record_id"])
        record(night.data, left, right, params["decision"], params["by"], dt.datetime.now(dt.UTC))
        return str(params["decision"])

    judge()
