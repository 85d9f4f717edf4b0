"""Now, later, evangelist: profiles, ties, reach and need scores → `contacts`, `segments`, `backtest`."""

from pathlib import Path
from typing import Any

import pyarrow as pa

from commonground.config import SegmentPolicy, read_yaml
from commonground.engine import Engine
from commonground.privacy.suppression import register_suppressed

ROOM = Path(__file__).parent
FILES = ("opt_outs", "last_touches", "contacts", "closest_agents", "local_property", "segments", "backtest")
_TEXT = pa.string()
# what a first night does not have yet
ABSENT = {
    "previous_segments": pa.schema([("contact_id", _TEXT), ("segment", _TEXT), ("since", pa.date32())]),
}


def place(engine: Engine) -> dict[str, Any]:
    """Writes `contacts`, `segments`, `backtest` and the steps before them (see `FILES`)."""
    register_rules(engine)
    if not engine.has("suppressed_contact"):
        register_suppressed(engine)
    for name, schema in ABSENT.items():
        if not engine.has(name):
            engine.table(name, [], schema)
    for name in FILES:
        engine.run(ROOM / f"{name}.sql")
    return {}


def register_rules(engine: Engine) -> None:
    """Makes the opt-out words known as `opt_out_word`, and days between touches as `segment_cadence`."""
    words = read_yaml(ROOM / "opt_out_words.yaml")
    phrases = [{"phrase": phrase, "is_whole": kind == "whole"} for kind in ("within", "whole") for phrase in words[kind]]
    engine.table("opt_out_word", phrases, pa.schema([("phrase", _TEXT), ("is_whole", pa.bool_())]))
    # a policy.yaml that names only some groups keeps the usual days for the others
    cadence = {**SegmentPolicy().cadence_days, **engine.night.settings.policy.segments.cadence_days}
    schema = pa.schema([("segment", _TEXT), ("cadence_days", pa.int64())])
    engine.table("segment_cadence", [{"segment": segment, "cadence_days": days} for segment, days in sorted(cadence.items())], schema)
