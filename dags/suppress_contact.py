"""Notes that a person must not be contacted: they keep their group and leave every table that is read to act on.

**Writes** a salted hash of the address and number; the next load applies it. **When it fails**, nothing was
noted: mend what the line says and clear the task.
"""

import datetime as dt

from airflow.sdk import Param, get_current_context, task

from commonground_airflow.nights import night_of
from commonground_airflow.wiring import by_hand_dag

with by_hand_dag(
    "suppress_contact",
    "Do not contact",
    "Keep a person out of every list that is read to act on",
    __doc__,
    {
        "email": Param(None, type=["null", "string"], format="email", title="Mail address", description="Of the person, if known."),
        "phone": Param(None, type=["null", "string"], minLength=7, title="Phone", description="Of the person, if known."),
    },
) as dag:

    @task
    def suppress() -> int:
        """Returns how many identifiers were noted."""
        from commonground.errors import ConfigError
        from commonground.privacy.suppression import DO_NOT_CONTACT, Suppression, email_key, phone_key

        context = get_current_context()
        params, night = context["params"], night_of(context)
        keys = [email_key(params["email"])] if params["email"] else []
        keys += [phone_key(params["phone"])] if params["phone"] else []
        if not keys:
            raise ConfigError("the form is empty: expected a mail address or a phone number")
        Suppression.load(night.data).add(keys, DO_NOT_CONTACT, dt.datetime.now(dt.UTC))
        return len(keys)

    suppress()
