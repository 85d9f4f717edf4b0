"""The question of `judge_match`: a pair's id → a person's answer under *Required Actions* → a verdict with their name, or none."""

import datetime as dt
from typing import Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk.exceptions import AirflowSkipException

from commonground_airflow.nights import data_folder

PATIENCE = dt.timedelta(hours=48)  # a working day and a half; who asks on Friday evening asks again on Monday


class AskAboutPair(HITLOperator):
    """Shows two records side by side and notes what somebody says of them. Nobody's time-out, and no doubt, is ever a verdict.

    What is shown is read when the question is put, so that it stands neither in the rendered fields nor in any log.
    """

    def __init__(self, *, pair: dict[str, str], **options: Any) -> None:
        from commonground.identity.asking import ANSWERS, NOT_SURE

        given = {"subject": "Same person?", "options": list(ANSWERS), "defaults": [NOT_SURE], "response_timeout": PATIENCE}
        super().__init__(**(given | options))
        self.pair = pair  # as `worst_pairs` names it; its records are judged even if another night has been published meanwhile

    def execute(self, context: Any) -> Any:
        """Puts the question; skips what was judged meanwhile."""
        from commonground.identity.asking import question

        asked = question(data_folder(), self.pair["pair_id"])
        if asked is None:
            raise AirflowSkipException(
                f"pair {self.pair['pair_id']} is settled, or not in the published file any more; nobody needs to be asked"
            )
        self.subject, self.body = asked.subject, asked.body
        return super().execute(context)

    def execute_complete(self, context: Any, event: dict[str, Any]) -> str:
        """Records the answer under the name of whoever gave it; returns it."""
        from commonground.identity.asking import ANSWERS, answer

        given = super().execute_complete(context, event)
        who = given["responded_by_user"]
        if who is None:
            raise AirflowSkipException(f"nobody answered within {self.response_timeout}; nothing was recorded")
        (said,) = given["chosen_options"]
        decision = ANSWERS[said]
        if decision is not None:
            left, right = ((self.pair[f"{side}_feed"], self.pair[f"{side}_record_id"]) for side in ("left", "right"))
            if not answer(data_folder(), left, right, decision, who["name"] or who["id"]):
                raise AirflowSkipException(f"a record of pair {self.pair['pair_id']} is gone; nothing was recorded")
        return said
