"""What is the same in every Dag: tags, defaults, retries by kind of error, assets, and the fields that forms share."""

import datetime as dt
from enum import StrEnum
from typing import Any

from airflow.sdk import DAG, Asset, ExceptionRetryPolicy, Param, RetryAction, RetryRule

from commonground.config import FAMILIES

PUBLISHER_POOL = "duckdb"  # one slot: two publishers at once would lose one another's history


class Tag(StrEnum):
    """The closed set of tags."""

    NIGHTLY = "nightly"
    INGEST = "ingest"
    ENRICH = "enrich"
    PRIVACY = "privacy"
    UPKEEP = "upkeep"


_FAIL, _RETRY = RetryAction.FAIL, RetryAction.RETRY
RETRIES = ExceptionRetryPolicy(
    rules=[
        RetryRule("commonground.errors.CredentialsError", _FAIL, reason="a refused token stays refused: mend the connection"),
        RetryRule("commonground.errors.ConfigError", _FAIL, reason="settings do not mend themselves"),
        RetryRule("commonground.errors.UnreadableError", _FAIL, reason="the same file reads the same way"),
        RetryRule("commonground.errors.SourceUnavailableError", _RETRY, dt.timedelta(seconds=30), "the source may be back in a moment"),
    ]
)
DEFAULTS: dict[str, Any] = {"owner": "common-ground", "retries": 2, "retry_delay": dt.timedelta(seconds=20), "retry_policy": RETRIES}

LAKE = {family: Asset(name=f"lake_{family}", uri=f"commonground://lake/{family}", group="lake") for family in FAMILIES}
ENRICHED = Asset(name="enriched_tables", uri="commonground://enriched", group="enriched")
PUBLISHED = Asset(name="commonground_duckdb", uri="commonground://published", group="published")


def as_of_field() -> Param:
    """The day a run counts as."""
    return Param(
        None, type=["null", "string"], format="date", title="As of",
        description="The day the run counts as. Empty: today in the market's time zone.",
    )  # fmt: skip


def full_refresh_field() -> Param:
    """Whether APIs are read from the beginning."""
    return Param(
        False, type="boolean", title="Full refresh",
        description="Read every API from the beginning instead of from where the last load stopped. Slow, and counts against rate limits.",
    )  # fmt: skip


def run_field() -> Param:
    """The run that a Dag works for; set by nightly_load."""
    return Param(
        None, type=["null", "string"], title="Run", pattern="^[A-Za-z0-9_-]+$",
        description="The nightly run this is part of. nightly_load fills it in; leave it empty when you start this by hand.",
    )  # fmt: skip


def families_field() -> Param:
    """Which families of sources to load."""
    return Param(
        list(FAMILIES), type="array", title="Families", examples=list(FAMILIES), items={"type": "string", "enum": list(FAMILIES)},
        description="Which families of sources to load before enriching.",
    )  # fmt: skip


def by_hand_dag(dag_id: str, title: str, description: str, doc_md: str, params: dict[str, Param], *, runs_at_once: int = 1) -> DAG:
    """A Dag that a person starts with a form: `runs_at_once` runs at a time, nothing tried again on its own."""
    return DAG(
        dag_id,
        dag_display_name=title,
        description=description,
        doc_md=doc_md,
        schedule=None,
        catchup=False,
        max_active_runs=runs_at_once,
        is_paused_upon_creation=False,
        default_args=DEFAULTS | {"retries": 0},
        tags=[Tag.PRIVACY],
        params=params,
    )
