"""Who knows whom, and how well: what sources state, what passed between people, the circles they share → `ties`, `reach`.

The formula and every number in it stand in `weights.yaml`. Restricted and denied interests count in nothing here, and no
words anybody wrote are quoted: a tie's evidence counts and dates, it never repeats.
"""

from pathlib import Path

import pyarrow as pa

from commonground.engine import Engine
from commonground.identity import channels
from commonground.identity.normalise import look_up
from commonground.network.ground import judge_names
from commonground.network.weights import Weights, register_weights

HERE = Path(__file__).parent
STEPS = ("people_records", "exchanges", "pair_exchanges", "stated_ties", "circle_members", "small_circles")


def weigh(engine: Engine, weights: Weights | None = None) -> None:
    """Writes `ties` (directed, strength 0 to 1) and `reach` (whom out-of-area people know in the area).

    Reads the kinds `person`, `tie`, `utterance`, `interaction`, `consent`, and `contact_identities`, `contact_profiles`,
    `common_ground`, `interest_evidence`. `weights` other than the file's are for trying things out.
    """
    register_weights(engine, weights)
    look_up(engine.con, "employer_form", "person", "employer", channels.employer, [("employer_key", pa.string())])
    for name in STEPS:
        scratch(engine, HERE / f"{name}.sql")
    judge_names(engine)
    scratch(engine, HERE / "shared_circles.sql")
    engine.run(HERE / "ties.sql")
    engine.run(HERE / "reach.sql")


def scratch(engine: Engine, sql_file: Path) -> None:
    """Runs one SQL file into a relation of this session alone, named after the file."""
    statement = sql_file.read_text(encoding="utf-8").strip().rstrip(";")
    engine.con.execute(f'CREATE OR REPLACE TEMP TABLE "{sql_file.stem}" AS {statement}')
