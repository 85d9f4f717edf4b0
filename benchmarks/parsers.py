"""`python -m benchmarks.parsers [--megabytes N] [--large-export N [--zip]] [SOURCE ...]`: how fast each export is read, in how much memory.

Writes an invented export of about that size per source, reads it in a process of its own, and prints records and megabytes per second
of processor time (one core), the records and the peak memory of the process. A parser is fast enough with 20 MB/s or 50,000 records/s.
With --large-export the sources (facebook, if none is named) are read by `commonground read --out` from an export of so many megabytes,
half of it in one file where the source has such files, or with --zip from a zip of it; that is judging and writing, too, and may take
1 GiB however large it is.
"""

import argparse
import json
import os
import resource
import shutil
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
MOST_PEAK_MB = 1073.7  # 1 GiB

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
    visit = Visit(Feed(name="mine", source=source.name, path="x", owner="owner"), market, dt.datetime.now(dt.UTC))
    next(iter(source.read(path, visit)))  # what is imported when it is first needed is no part of reading
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, records, refusals = time.process_time(), 0, 0
    for item in source.read(path, visit):
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


def read_large(source: str, megabytes: float, *, is_zipped: bool) -> dict[str, Any]:
    """Writes a large export and reads it by the command, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        export, size = Path(folder) / "export", int(megabytes * 1e6)
        export.mkdir()
        (parsers_data.large_facebook if source == "facebook" else WRITERS[source])(export, size)
        written = sum(file.stat().st_size for file in export.rglob("*") if file.is_file()) / 1e6
        if is_zipped:
            packed = shutil.make_archive(str(export), "zip", export)
            shutil.rmtree(export)
            export = Path(packed)
        options = ["read", source.partition(" ")[0], str(export), "--out", str(Path(folder) / "out")]
        child = subprocess.Popen([sys.executable, "-m", "commonground.cli", *options], stdout=subprocess.PIPE, text=True)
        answer = child.stdout.read() if child.stdout else ""
        _, status, used = os.wait4(child.pid, 0)  # of this child alone
    if status:
        raise SystemExit(f"commonground {' '.join(options)}: failed")
    seconds, peak = used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e6
    figures = {"megabytes": written, "peak_megabytes": peak, "seconds": seconds, "megabytes_per_second": written / seconds}
    return {key: round(value, 1) for key, value in figures.items()} | {
        "rows": json.loads(answer)["read"],
        "is_small_enough": peak <= MOST_PEAK_MB,
    }


def main(arguments: list[str] | None = None) -> int:
    """Prints the figures as JSON; 1 if a parser is too slow."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--megabytes", type=float, default=20)
    parser.add_argument("--large-export", type=float, metavar="MEGABYTES")
    parser.add_argument("--zip", action="store_true", help="the large export as one zip")
    parser.add_argument("--measure", nargs=2, metavar=("SOURCE", "PATH"), help=argparse.SUPPRESS)
    parser.add_argument("sources", nargs="*", choices=[*WRITERS, []])
    given = parser.parse_args(arguments)
    if given.measure:
        print(json.dumps(measure(given.measure[0], Path(given.measure[1]))))
        return 0
    if given.large_export:
        large = {source: read_large(source, given.large_export, is_zipped=given.zip) for source in given.sources or ["facebook"]}
        print(json.dumps(large, indent=2))
        return 0 if all(figures["is_small_enough"] for figures in large.values()) else 1
    found = run(given.sources, given.megabytes)
    print(json.dumps(found, indent=2))
    return 0 if all(figures["is_fast_enough"] for figures in found.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
