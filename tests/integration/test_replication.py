"""Every vendor's dialect, a server that fails and changes while it is read, a process killed at random points: the copy is exact."""

import contextlib
import os
import random
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

import processes
import replicating
from commonground.errors import CommonGroundError
from commonground.sources.http import HttpClient
from replicating import VENDORS, SmallMls, audits, stored

KILLS = int(os.environ.get("COMMONGROUND_KILLS", "30"))  # per vendor; set it higher for a longer siege
HOMES = 100
FAULTS = "503:0.04,500:0.02,429:0.03,truncate:0.03,reset:0.03,token_expires:9,seed:5"
# many homes go here at once, when no visit in between comes to its end
OPTIONS = {"largest_drop": 1}


@contextlib.contextmanager
def serving(folder: Path, faults: str | None) -> Iterator[str]:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        port = line.getsockname()[1]
    server = processes.start(replicating.serve, str(folder), port, faults, daemon=True)
    try:
        url, deadline = f"http://127.0.0.1:{port}", time.monotonic() + 60
        while True:
            try:
                requests.get(f"{url}/_control/health", timeout=5)
                break
            except requests.ConnectionError:
                assert time.monotonic() < deadline, "the server did not start"
                time.sleep(0.05)
        yield url
    finally:
        server.kill()
        server.join()


def assert_accounts_are_exact(folder: Path) -> None:
    for row in audits(folder):
        parts = row["rows_accepted"] + row["rows_quarantined"] + row["rows_unchanged"] + row["rows_suppressed"]
        assert (row["rows_read"], row["rows_accepted"]) == (parts, row["in_lake"]), row


@pytest.mark.parametrize("vendor", VENDORS)
def test_killed_anywhere_the_copy_ends_equal_to_the_server(tmp_path: Path, vendor: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(HttpClient.__init__.__kwdefaults__, "sleep", time.sleep)  # the last visits are made here, in a hurry
    mls, dice, data = SmallMls(tmp_path / "town", HOMES), random.Random(vendor), tmp_path / "home"
    replicating.night(data, "look")
    killed = run = 0
    with serving(mls.folder, FAULTS) as url:
        while killed < KILLS:
            run += 1
            # sometimes the same run is tried again, as Airflow does
            run_id = f"run{run - (dice.random() < 0.3):04d}"
            kill_at = dice.randint(1, 40)
            child = processes.start(replicating.visit, str(data), run_id, vendor, url, kill_at, OPTIONS)
            while child.is_alive():
                child.join(dice.uniform(0.02, 0.2))
                mls.change(removals=int(dice.random() < 0.5))
            killed += child.exitcode == -9
            assert run < 6 * KILLS, "too few children were killed: points are out of reach"
        finished = False
        for last in range(5):  # on a bad day a visit may find the server down
            with contextlib.suppress(CommonGroundError):
                finished = replicating.visit(str(data), f"run{run + 1 + last:04d}", vendor, url, options=OPTIONS).status == "loaded"
            if finished:
                break
        assert finished
    assert stored(data) == mls.rows()
    assert_accounts_are_exact(data)
