"""What several folders of tests share: one running Airflow, with the pages, over a served town that has had its first night."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from commonground_airflow.standalone import StandaloneAirflow

PEOPLE, SEED = 120, 3
NIGHT_SECONDS = 420  # a night takes one to two minutes on two cores; others may be using them


@dataclass(frozen=True)
class Running:
    """A running Airflow and its town.

    Attributes:
        first_run: the nightly_load of the first night, which succeeded or not as `first_state` says.
        connections: as Airflow has them.
    """

    airflow: "StandaloneAirflow"
    town: Path
    as_of: str
    connections: dict[str, dict[str, Any]]
    first_run: str
    first_state: str

    def night(self) -> tuple[str, str]:
        """Runs nightly_load; returns its run id and state."""
        run_id = self.airflow.trigger("nightly_load", {"as_of": self.as_of})
        return run_id, self.airflow.wait_for("nightly_load", run_id, NIGHT_SECONDS)

    def run(self, dag_id: str, conf: dict[str, Any]) -> str:
        """Runs a Dag; returns its state."""
        return self.airflow.wait_for(dag_id, self.airflow.trigger(dag_id, conf), 180)

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """The task instances of a run."""
        return list(self.airflow.get(f"dags/{dag_id}/dagRuns/{run_id}/taskInstances?limit=200")["task_instances"])

    def child(self, dag_id: str, run_id: str) -> str:
        """The run of a Dag that a run of nightly_load started."""
        begun = self.airflow.get(f"dags/nightly_load/dagRuns/{run_id}/taskInstances/begin/xcomEntries/return_value?deserialize=true")
        return f"{dag_id}__{begun['value']['run']}__1"


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
