"""Two kinds of check: invariants, which must hold or nothing is published, and looks, which ask a person.

`check` (a stage) writes `check_results`: whether tonight's volumes or quarantine share look wrong against policy.yaml, and makes
the run's Data Docs. `failed_invariants` tries `checks/*.sql` on the built file.
Each file in `checks/` is one SELECT of the rows that break the rule; its first line is the rule in words.
"""

from pathlib import Path
from typing import Any

import pyarrow as pa

from commonground.contracts import data_docs
from commonground.engine import Engine, connect
from commonground.lake import files_sql

CHECKS = Path(__file__).parent / "checks"
SCHEMA = pa.schema([("name", pa.string()), ("is_fine", pa.bool_()), ("detail", pa.string())])


def check(engine: Engine) -> dict[str, Any]:
    """Looks at the night before it is published; returns {"needs_approval": bool, "why": [sentences]}."""
    data_docs.build(engine.night.data / "validation" / engine.night.run_id, engine.night.data / "data_docs" / engine.night.run_id)
    why = _nothing_loaded(engine) + _volumes(engine) + _quarantine_share(engine)
    rows = [{"name": "volumes_and_quarantine", "is_fine": not why, "detail": "; ".join(why)}]
    engine.write("check_results", pa.Table.from_pylist(rows, schema=SCHEMA))
    return {"needs_approval": bool(why), "why": why}


def failed_invariants(built: Path) -> list[str]:
    """The rules that a built file breaks, in words with the number of rows that break them."""
    broken = []
    con = connect()
    try:
        con.execute(f"ATTACH '{built}' AS built (READ_ONLY)")
        con.execute("USE built")
        for file in sorted(CHECKS.glob("*.sql")):
            rule, _, sql = file.read_text(encoding="utf-8").partition("\n")
            count = con.execute(f"SELECT count(*) FROM ({sql.strip().rstrip(';')})").fetchall()[0][0]
            if count:
                broken.append(f"{rule.removeprefix('--').strip()} ({file.stem}: {count} rows do not)")
    finally:
        con.close()
    return broken


def _nothing_loaded(engine: Engine) -> list[str]:
    """A night in which every feed failed is no night, though the lake still has yesterday's records."""
    audits = [path for path in engine.night.lake.layer_files("audit") if path.name.partition(".")[0] == engine.night.run_id]
    if not audits:
        return []
    loaded, failed = engine.con.execute(f"""
        SELECT count(*) FILTER (WHERE status = 'loaded' AND source <> 'team'), count(*) FILTER (WHERE status = 'failed')
        FROM read_parquet({files_sql(audits)}, union_by_name = true)""").fetchall()[0]
    return [f"none of {failed} feeds loaded"] if failed and not loaded else []


def _volumes(engine: Engine) -> list[str]:
    """Contacts must not shrink by more than policy.yaml allows from one night to the next."""
    if not engine.has("previous_contacts"):
        return []
    rows = engine.con.execute("""
        SELECT (SELECT count(*) FROM previous_contacts), (SELECT count(*) FROM contacts), review_volume_drop FROM segment_policy
    """).fetchall()
    before, now, allowed = rows[0]
    if before and now < before * (1 - allowed):
        return [f"contacts fell from {before} to {now}, more than the {allowed:.0%} that policy.yaml lets pass"]
    return []


def _quarantine_share(engine: Engine) -> list[str]:
    """A feed's refused rows must stay under the share policy.yaml allows (feeds of under 20 rows are not judged)."""
    limit = engine.night.settings.policy.segments.review_quarantine_share
    lake, run_id = engine.night.lake, engine.night.run_id
    audits, refusals = (
        [path for path in lake.committed(lake.layer_files(layer)) if path.name.partition(".")[0] == run_id]
        for layer in ("audit", "quarantine")
    )
    if not audits or not refusals:
        return []
    rows = engine.con.execute(f"""
        SELECT a.feed, a.rows_read, count(*) AS refused
        FROM ({lake.visits_sql(audits)}) AS a JOIN read_parquet({files_sql(refusals)}) AS q ON q.feed = a.feed
        WHERE q.severity = 'critical' AND a.rows_read >= 20
        GROUP BY ALL HAVING count(*) > {limit} * a.rows_read ORDER BY a.feed""").fetchall()
    return [
        f"feed {feed}: {refused} of {read} rows refused, more than the {limit:.0%} that policy.yaml lets pass"
        for feed, read, refused in rows
    ]
