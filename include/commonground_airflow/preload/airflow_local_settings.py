"""Imported by Airflow, by this name, in each of its processes at the start; says nothing about policies.

Under the LocalExecutor a task is a fork of the scheduler's process, so what the scheduler has imported no task imports again. Great
Expectations takes seven seconds, and every feed needs it: a night of fifteen feeds on two cores is a minute and a half shorter for this.
Our own library is left out, so that a change to it is seen without a restart.
"""

import sys

__all__: list[str] = []

if "scheduler" in sys.argv[1:2]:
    import great_expectations  # noqa: F401
