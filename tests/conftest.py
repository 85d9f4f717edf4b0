"""What several folders of tests share: how they are dealt out, and one running Airflow over a served town that has had its first night."""

from collections.abc import Iterator

import pytest
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

from running_airflow import NIGHT_SECONDS, Running

PEOPLE, SEED = 120, 3
settings.register_profile("patient", deadline=None)  # how long an example takes says more of the machine than of the code
settings.load_profile("patient")

# Files that share what is dear to set up stay with one worker; the longest come first.
SHARED = {
    "airflow": ("tests/integration/test_in_airflow.py", "tests/ui/"),
    "town": ("tests/integration/test_first_night.py", "tests/integration/test_more_nights.py", "tests/integration/test_rules.py"),
}
ONE_BY_ONE = "tests/integration/test_replication.py"


def unit_of(nodeid: str) -> str:
    """The unit of work that a test belongs to: a file, a few files, or itself."""
    for name, beginnings in SHARED.items():
        if nodeid.startswith(beginnings):
            return name
    return nodeid if nodeid.startswith(ONE_BY_ONE) else nodeid.partition("::")[0]


class Dealer(LoadFileScheduling):
    """Deals units of work out to workers."""

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Dealer:
    return Dealer(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    units = [*SHARED, ONE_BY_ONE]
    order = {name: number for number, name in enumerate(units)}
    items.sort(key=lambda item: order.get(unit_of(item.nodeid).partition("::")[0], len(units)))


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
