"""A running Airflow over a served town, as the tests talk to it."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from commonground_airflow.standalone import StandaloneAirflow

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
