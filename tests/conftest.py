"""What several folders of tests share: one running Airflow, with the pages, over a served town that has had its first night."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from running_airflow import NIGHT_SECONDS, Running

PEOPLE, SEED = 120, 3
settings.register_profile("patient", deadline=None)  # how long an example takes says more of the machine than of the code
settings.load_profile("patient")


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One Airflow for all tests that need a real one."""
    from commonground import sandbox
    from commonground_airflow.standalone import StandaloneAirflow

    folder = tmp_path_factory.mktemp("airflow")
    town = folder / "town"
    sandbox.build(PEOPLE, SEED, town)
    as_of = sandbox.as_of_day(town).isoformat()
    with sandbox.serve(town) as base_url, StandaloneAirflow(folder / "home", town / "data", town / "config") as airflow:
        connections = sandbox.connections_for(town, base_url)
        airflow.connect(connections)
        run_id = airflow.trigger("nightly_load", {"as_of": as_of})
        state = airflow.wait_for("nightly_load", run_id, NIGHT_SECONDS)
        yield Running(airflow, town, as_of, connections, run_id, state)
