"""`python -m benchmarks.parsers [--megabytes N] [SOURCE ...]`: how fast each export is read, and in how much memory.

Writes an invented export of about that size per source, reads it in a process of its own, and prints records and megabytes per second
of processor time (one core), the records and the peak memory of the process. A parser is fast enough with 20 MB/s or 50,000 records/s.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import parsers_data
from benchmarks.parsers_answers import ANSWERS
from benchmarks.parsers_listings import LISTINGS

ENOUGH_MB, ENOUGH_RECORDS = 20.0, 50_000.0

WRITERS: dict[str, Callable[[Path, int], None]] = {
    "linkedin": parsers_data.linkedin,
    "facebook": parsers_data.facebook,
    "instagram": parsers_data.instagram,
    "x": parsers_data.x,
    "swarm": parsers_data.swarm,
    "checkins": parsers_data.checkins,
    "feed": parsers_data.feed,
    "google-contacts": parsers_data.google_contacts,
    "outlook": parsers_data.outlook,
    "crm-csv": parsers_data.crm_csv,
    "vcard": parsers_data.vcard,
    "yelp": parsers_data.yelp,
    **ANSWERS,
    **LISTINGS,
}


def measure(source_name: str, path: Path) -> dict[str, Any]:
    """Reads an export in this process."""
    import datetime as dt

    from commonground.config import Feed, Market
    from commonground.sources import SOURCES
    from commonground.sources.base import Refusal, Visit

    agent = {"agent_id": "owner", "name": "Owner Name"}
    area = {"latitude": 38.4, "longitude": -122.7, "radius_km": 40}
    market = Market.model_validate({"name": "Town", "time_zone": "UTC", "state": "CA", "service_area": area, "agents": [agent]})
    source = SOURCES[source_name.partition(" ")[0]]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, records, refusals = time.process_time(), 0, 0
    for item in source.read(path, Visit(Feed(name="mine", source=source.name, path="x", owner="owner"), market, dt.datetime.now(dt.UTC))):
        if isinstance(item, Refusal):
            refusals += 1
        else:
            records += 1
    seconds = time.process_time() - began
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file()) / 1e6
    figures = {"megabytes": size, "records": records, "refusals": refusals, "seconds": seconds}
    figures |= {"records_per_second": records / seconds, "megabytes_per_second": size / seconds}
    figures |= {"peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000, "idle_megabytes": before / 1000}
    return {key: round(value, 1) for key, value in figures.items()}


def run(sources: list[str], megabytes: float) -> dict[str, dict[str, Any]]:
    """Writes and reads each export, one process each."""
    found: dict[str, dict[str, Any]] = {}
    for source in sources or WRITERS:
        with tempfile.TemporaryDirectory() as folder:
            export = Path(folder) / "export"
            export.mkdir()
            WRITERS[source](export, int(megabytes * 1e6))
            command = [sys.executable, "-m", "benchmarks.parsers", "--measure", source, str(export)]
            figures = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        is_enough = figures["megabytes_per_second"] >= ENOUGH_MB or figures["records_per_second"] >= ENOUGH_RECORDS
        found[source] = {**figures, "is_fast_enough": is_enough}
    return found


def main(arguments: list[str] | None = None) -> int:
    """Prints the figures as JSON; 1 if a parser is too slow."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--megabytes", type=float, default=20)
    parser.add_argument("--measure", nargs=2, metavar=("SOURCE", "PATH"), help=argparse.SUPPRESS)
    parser.add_argument("sources", nargs="*", choices=[*WRITERS, []])
    given = parser.parse_args(arguments)
    if given.measure:
        print(json.dumps(measure(given.measure[0], Path(given.measure[1]))))
        return 0
    found = run(given.sources, given.megabytes)
    print(json.dumps(found, indent=2))
    return 0 if all(figures["is_fast_enough"] for figures in found.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
