"""`python -m benchmarks.quality [--people N] [--seed S] [--noise heavy]`: a town's published file against its truth.

Prints pairwise precision, recall and F1 of identity over all records of the truth, F1 of each group and their macro mean over now, later
and evangelist (each person counted by the group of the contact that holds most of their records), and the size of each step.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb

from commonground.sandbox.noise import LEVELS

GROUPS = ("now", "later", "evangelist")


def identity_quality(published: Path, truth: Path) -> dict[str, float]:
    """Pairwise quality of clusters over the records that the truth knows; a record that we lost is a cluster of its own."""
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{published}' AS town (READ_ONLY)")
        pairs = """
            SELECT coalesce(sum(n * (n - 1) / 2), 0) FROM (SELECT count(*) AS n FROM labelled GROUP BY {})"""
        con.execute(f"""
            CREATE TEMP TABLE labelled AS
            SELECT t.person_id, coalesce(i.contact_id, 'lost:' || t.feed || ':' || t.record_id) AS contact_id
            FROM '{truth}/records.parquet' AS t LEFT JOIN town.contact_identities AS i USING (feed, record_id)""")
        right = con.execute(pairs.format("person_id, contact_id")).fetchall()[0][0]
        found = con.execute(pairs.format("contact_id")).fetchall()[0][0]
        wanted = con.execute(pairs.format("person_id")).fetchall()[0][0]
        lost = con.execute("SELECT count(*) FROM labelled WHERE contact_id LIKE 'lost:%'").fetchall()[0][0]
    return {"precision": right / found, "recall": right / wanted, "f1": 2 * right / (found + wanted), "records_lost": lost}


def segment_quality(published: Path, truth: Path) -> dict[str, Any]:
    """F1 of each group, and their macro mean; persons without any record in a feed are out of reach and left out."""
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{published}' AS town (READ_ONLY)")
        rows = con.execute(f"""
            WITH held AS (
                SELECT t.person_id, i.contact_id, count(*) AS n
                FROM '{truth}/records.parquet' AS t JOIN town.contact_identities AS i USING (feed, record_id)
                GROUP BY ALL),
            whose AS (
                SELECT person_id, contact_id FROM held
                QUALIFY row_number() OVER (PARTITION BY person_id ORDER BY n DESC, contact_id) = 1)
            SELECT p.segment, coalesce(s.segment, 'lost') AS found, count(*)
            FROM '{truth}/persons.parquet' AS p JOIN whose AS w USING (person_id) LEFT JOIN town.segments AS s USING (contact_id)
            WHERE p.segment IN ('now', 'later', 'evangelist', 'unplaced')
            GROUP BY ALL""").fetchall()
    table = {(wanted, found): n for wanted, found, n in rows}
    scores = {}
    for group in GROUPS:
        right = table.get((group, group), 0)
        found = sum(n for (_, f), n in table.items() if f == group)
        wanted = sum(n for (w, _), n in table.items() if w == group)
        scores[group] = 2 * right / (found + wanted) if found + wanted else 0.0
    confusion = {f"{wanted}->{found}": n for (wanted, found), n in sorted(table.items())}
    return {"macro_f1": sum(scores.values()) / len(GROUPS), **scores, "confusion": confusion}


def main() -> int:
    """Builds a town, loads it, prints the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=4711)
    parser.add_argument("--noise", choices=LEVELS, default="usual")
    arguments = parser.parse_args()
    command = str(Path(sys.executable).with_name("commonground"))
    with tempfile.TemporaryDirectory() as folder:
        town = Path(folder) / "town"
        built = time.monotonic()
        build = [command, "sandbox", "build", "--people", str(arguments.people), "--seed", str(arguments.seed), "--out", str(town)]
        build += ["--noise", arguments.noise]
        subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
        loaded = time.monotonic()
        subprocess.run([command, "nightly", "--town", str(town)], check=True, stdout=subprocess.DEVNULL)
        ended = time.monotonic()
        published = town / "data" / "commonground.duckdb"
        figures = {
            "people": arguments.people, "seed": arguments.seed, "noise": arguments.noise,
            "build_seconds": round(loaded - built, 1), "nightly_seconds": round(ended - loaded, 1),
            "identity": identity_quality(published, town / "truth"), "segments": segment_quality(published, town / "truth"),
        }  # fmt: skip
    print(json.dumps(figures, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
