"""A Dag run and its form → the library's `Night`; Airflow Connections → the library's `Credentials`."""

import datetime as dt
import os
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from commonground.config import DEFAULT_CONFIG, Credentials, load_settings
from commonground.engine import Night, new_run_id
from commonground.errors import ConfigError, CredentialsError

ROOT = Path(__file__).resolve().parents[2]


def data_folder() -> Path:
    """`COMMONGROUND_DATA`, or `data/` in the project."""
    return Path(os.environ.get("COMMONGROUND_DATA") or ROOT / "data")


def config_folder() -> Path:
    """`COMMONGROUND_CONFIG`, or `include/config/` in the project."""
    return Path(os.environ.get("COMMONGROUND_CONFIG") or DEFAULT_CONFIG)


def night_of(context: Any) -> Night:
    """The night a running task belongs to: the run and day that `nightly_load` handed down, or this Dag run's own.

    Raises:
        ConfigError: the settings, or the day in the form, cannot be read.
    """
    settings = load_settings(config_folder())
    params, run = context["params"], context["dag_run"]
    run_id = params.get("run") or new_run_id(run.run_id, run.run_after)
    as_of = params.get("as_of")
    try:
        day = dt.date.fromisoformat(as_of) if as_of else None
    except ValueError:
        raise ConfigError(f"as_of {as_of!r} is not a date; expected YYYY-MM-DD") from None
    return Night(data_folder(), settings, run_id, day or run.run_after.astimezone(ZoneInfo(settings.market.time_zone)).date())


def credentials_from_airflow(connection: str) -> Credentials:
    """Credentials of an Airflow Connection.

    Raises:
        CredentialsError: there is no such connection.
    """
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        found = Connection.get(connection)
    except AirflowNotFoundException:
        raise CredentialsError(f"Airflow has no connection {connection!r}: add it under Admin, Connections") from None
    host = found.host
    if host and "://" not in host:
        host = f"{found.schema or 'https'}://{host}"
    if host and found.port:
        host = f"{host}:{found.port}"
    return Credentials(host=host, login=found.login, password=found.password, extra=found.extra_dejson)
