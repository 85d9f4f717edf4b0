"""`make demo` and `make up`: a real Airflow on this machine.

`demo` builds a sandbox town, serves its APIs, starts Airflow with the town's settings and connections, runs `nightly_load`,
and prints the three groups. It keeps the UI up until Ctrl-C; with `CI=true` it ends by itself and its status tells. `up` starts
Airflow with your own settings and data.
"""

import argparse
import os
import shutil
import sys
import time
from pathlib import Path

from commonground.errors import CommonGroundError
from commonground_airflow.nights import ROOT, config_folder, data_folder
from commonground_airflow.standalone import StandaloneAirflow

DEMO = ROOT / ".demo"
PREFERRED_PORT = 8080
GROUPS = {
    "now": ("Needs the team now", "SELECT full_name, round(score, 2), why FROM segment_now ORDER BY rank LIMIT 5"),
    "later": ("Local, one day", "SELECT full_name, round(score, 2), why FROM segment_later ORDER BY rank LIMIT 5"),
    "evangelist": ("Far away, sends friends", "SELECT full_name, round(score, 2), why FROM segment_evangelist ORDER BY rank LIMIT 5"),
}


def main() -> int:
    """Runs the demo or keeps Airflow up; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["demo", "up"])
    parser.add_argument("--people", type=int, default=600)
    parser.add_argument("--seed", type=int, default=20)
    arguments = parser.parse_args()
    try:
        return demo(arguments.people, arguments.seed) if arguments.what == "demo" else up()
    except CommonGroundError as error:
        print(f"commonground: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


def demo(people: int, seed: int) -> int:
    """The whole demo; 0 when the load succeeded."""
    from commonground import sandbox

    started = time.monotonic()

    def tell(line: str) -> None:
        print(f"[{time.monotonic() - started:4.0f} s] {line}", flush=True)

    town = DEMO / "town"
    tell(f"building a sandbox town of {people} people")
    shutil.rmtree(DEMO, ignore_errors=True)
    sandbox.build(people, seed, town)
    with sandbox.serve(town) as base_url:
        tell(f"the town's APIs are served at {base_url}")
        airflow = StandaloneAirflow(DEMO / "airflow", town / "data", town / "config", port=PREFERRED_PORT)
        try:
            airflow.start(tell)
            airflow.connect(sandbox.connections_for(town, base_url))
            tell("running nightly_load")
            day = sandbox.as_of_day(town)
            run_id = airflow.trigger("nightly_load", {"as_of": day.isoformat()} if day else {})
            state = airflow.wait_for("nightly_load", run_id, 1500, tell)
            tell(f"nightly_load: {state}")
            is_good = state == "success" and show(town / "data" / "commonground.duckdb", run_id)
            if os.environ.get("CI") != "true":
                keep_up(airflow)
            return 0 if is_good else 1
        finally:
            tell("stopping Airflow")
            airflow.stop()


def up() -> int:
    """Airflow with the project's own settings and data, until Ctrl-C."""
    airflow = StandaloneAirflow(ROOT / ".airflow", data_folder(), config_folder(), port=PREFERRED_PORT)
    try:
        airflow.start(lambda line: print(line, flush=True))
        keep_up(airflow)
    finally:
        airflow.stop()
    return 0


def show(published: Path, run_id: str) -> bool:
    """Prints the groups and how to query them; whether there is something in each."""
    import duckdb

    if not published.exists():
        print(f"nothing was published at {published}")
        return False
    with duckdb.connect(published, read_only=True) as con:
        counts = dict(con.execute("SELECT segment, count(*) FROM segments GROUP BY segment").fetchall())
        failed = con.execute("SELECT feed, last_error FROM feeds WHERE is_enabled AND last_status IS DISTINCT FROM 'loaded'").fetchall()
        for segment, (title, sql) in GROUPS.items():
            print(f"\n{segment}: {title} ({counts.get(segment, 0)} people)")
            for name, score, why in con.execute(sql).fetchall():
                print(f"  {score:4.2f}  {name}: {(why or '')[:150]}")
    print(f"\nunplaced: {counts.get('unplaced', 0)} people, each with the reason in segments.reasons")
    for feed, error in failed:
        print(f"feed {feed} did not load: {error}")
    print(f"\nQuery them (the run was {run_id}):")
    print(f"  .venv/bin/python -c \"import duckdb; print(duckdb.connect('{published}', read_only=True).sql('from today'))\"")
    print(f"  duckdb -readonly {published}      then: from today; from groups; from _queries;")
    return all(counts.get(segment) for segment in GROUPS) and not failed


def keep_up(airflow: StandaloneAirflow) -> None:
    """Says where to look, and waits for Ctrl-C."""
    print(f"\nAirflow is up at {airflow.url}  (user {airflow.user}, password {airflow.password}).")
    print("Common Ground is in the bar on the left. Ctrl-C stops it.", flush=True)
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    sys.exit(main())
