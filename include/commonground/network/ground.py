"""What the names of employers and places say they are about → `circle_ground`: open, or protected.

Groups and events were judged as texts. An employer, and a place that somebody checked in at with words of their own, were not: a
church or a base is not to be a tie by its payroll either. Only names that two people of a small circle share are looked at.
"""

import pyarrow as pa

from commonground.engine import Engine
from commonground.interests.batches import tag_batch
from commonground.interests.tagger import Tagger

_SCHEMA = pa.schema(
    [("circle_type", pa.string()), ("circle_name", pa.string()), ("is_open", pa.bool_()), ("is_protected", pa.bool_())],
)
# a bare noun is enough in either
_READ_AS = {"employer": "group", "place": "checkin"}


def judge_names(engine: Engine) -> None:
    """Writes `circle_ground`: one row per type and name in `small_circles` that has one."""
    names = engine.con.execute(
        "SELECT DISTINCT circle_type, circle_name FROM small_circles WHERE circle_name IS NOT NULL ORDER BY ALL"
    ).fetchall()
    if not names:
        engine.table("circle_ground", [], _SCHEMA)
        return
    kinds = pa.array([_READ_AS[kind] for kind, _ in names], pa.string())
    rows, tags = tag_batch(Tagger(engine.night.settings), pa.array([name for _, name in names], pa.string()), kinds)
    is_open, is_protected = [False] * len(names), [False] * len(names)
    for row, denied, policy_class in zip(rows, tags["denied"].to_pylist(), tags["policy_class"].to_pylist(), strict=True):
        is_open[row] |= policy_class == "open"
        is_protected[row] |= bool(denied) or policy_class not in ("open", None)
    types, named = zip(*names, strict=True)
    engine.con.register("circle_ground_arrow", pa.table([types, named, is_open, is_protected], schema=_SCHEMA))
    engine.con.execute("CREATE OR REPLACE TEMP TABLE circle_ground AS SELECT * FROM circle_ground_arrow")
    engine.con.unregister("circle_ground_arrow")
