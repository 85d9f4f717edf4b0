"""A person's verdict on whether two records are one person: it overrides the model for good, from the next load on.

**An empty form** asks about the worst pairs of `uncertain_matches`, one question each, worst first, with both records side by side: answer
them under *Required Actions*. **A form with a pair**, or with feed and record id of two records (`contact_identities` has them), notes one
verdict at once.

**Writes** the verdict beside the data, with the name of whoever gave it. *Not sure* writes nothing, and neither does a question that
nobody answers within two days: its task is skipped. Airflow keeps the questions it has shown until the run is deleted.

**When it fails** it says in one line what is wrong with the form, and nothing was noted.
"""

import datetime as dt

from airflow.sdk import Param, get_current_context, task

from commonground_airflow.judging import AskAboutPair
from commonground_airflow.nights import night_of
from commonground_airflow.wiring import by_hand_dag

RECORDS = ("left_feed", "left_record_id", "right_feed", "right_record_id")


def record_field(which: str, part: str) -> Param:
    """A field of the form for one half of a record's key."""
    description = f"{part} of the {which.lower()} record, as in contact_identities. All four, or none."
    return Param(None, type=["null", "string"], minLength=1, title=f"{which} record: {part}", description=description)


with by_hand_dag(
    "judge_match",
    "Same person or not",
    "Ask people about the most uncertain matches, or record a verdict on two records",
    __doc__,
    {
        "questions": Param(
            10, type="integer", minimum=1, maximum=50, title="How many questions",
            description="With nothing else filled in: how many of the most uncertain pairs to ask about.",
        ),
        "skip_first": Param(
            0, type="integer", minimum=0, maximum=300, title="Leave out the first",
            description="How many of the worst to pass over, if nobody can say.",
        ),
        "pair": Param(
            None, type=["null", "string"], pattern="^m[0-9a-f]{12}$", title="Pair",
            description="Judge this pair at once: its id, from the page Matches or the table uncertain_matches.",
        ),
        "left_feed": record_field("First", "feed"),
        "left_record_id": record_field("First", "record_id"),
        "right_feed": record_field("Second", "feed"),
        "right_record_id": record_field("Second", "record_id"),
        "decision": Param(
            "same", type="string", enum=["same", "different"], title="Verdict",
            description="Are they one person? Counts only for a pair or two records that are filled in.",
        ),
        "by": Param(
            None, type=["null", "string"], minLength=1, title="Your name",
            description="Who says so; kept with the verdict. Empty: your login.",
        ),
    },
    runs_at_once=8,  # questions wait for people for days; a verdict by hand must not wait for them
) as dag:  # fmt: skip

    @task(task_display_name="What the form says")
    def judge() -> list[dict[str, str]]:
        """Appends the form's verdict and returns no pair; for an empty form, the pairs to ask about."""
        from commonground.errors import CommonGroundError
        from commonground.identity.asking import refs_of, worst_pairs
        from commonground.identity.verdicts import record

        context = get_current_context()
        params, night = context["params"], night_of(context)
        given = [params[name] for name in RECORDS]
        if not params["pair"] and not any(given):
            return worst_pairs(night.data, params["questions"], skipped=params["skip_first"])
        if params["pair"]:
            left, right = refs_of(night.data, params["pair"])
        elif all(given):
            left, right = (given[0], given[1]), (given[2], given[3])
        else:
            missing = ", ".join(name for name, value in zip(RECORDS, given, strict=True) if not value)
            raise CommonGroundError(f"the form names half of a pair: {missing} is empty; expected all four, or none")
        by = params["by"] or context["dag_run"].triggering_user_name
        if not by:
            raise CommonGroundError("by: nobody is named and nobody is logged in; expected who says so")
        record(night.data, left, right, params["decision"], by, dt.datetime.now(dt.UTC))
        print(f"noted: {params['decision']}")
        return []

    AskAboutPair.partial(task_id="ask", task_display_name="Same person?", map_index_template="{{ task.pair['pair_id'] }}").expand(
        pair=judge()
    )
