"""Who needs an agent: listings, interactions and CRM stages → dated evidence, what is alive tonight, closings, scores of past nights.

The rules stand in the SQL files, the weights and the CRM's words with their reasons in `words.yaml`.
"""

from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from commonground.config import read_yaml
from commonground.engine import Engine

ROOM = Path(__file__).parent
FILES = (
    "place_areas", "listing_lives", "listing_homes", "contact_interactions", "household_members", "contact_homes", "transactions",
    "listing_signals", "inquiry_signals", "showing_signals", "deal_signals", "stage_signals",
    "need_evidence", "signals", "evaluation_nights", "need_scores",
)  # fmt: skip
WEIGHT_SCHEMA = pa.schema(
    [
        ("signal_type", pa.string()),
        ("weight", pa.float64()),
        ("half_life_days", pa.float64()),
        ("is_renewed", pa.bool_()),
        ("reason", pa.string()),
    ]
)
WORD_SCHEMA = pa.schema([("phrase", pa.string()), ("meaning", pa.string())])


def find_signals(engine: Engine) -> dict[str, Any]:
    """Writes `need_evidence`, `signals`, `transactions`, `need_scores` and the steps before them (see `FILES`)."""
    register_words(engine)
    for name in FILES:
        engine.run(ROOM / f"{name}.sql")
    return {}


def register_words(engine: Engine) -> None:
    """Makes `words.yaml` known as `signal_weight`, `stage_word` and `deal_word`."""
    words = _words()
    engine.table("signal_weight", words["weights"], WEIGHT_SCHEMA)
    engine.table("stage_word", _phrases(words["stages"]), WORD_SCHEMA)
    engine.table("deal_word", _phrases(words["deals"]), WORD_SCHEMA)


@cache
def _words() -> dict[str, Any]:
    words: dict[str, Any] = read_yaml(ROOM / "words.yaml")
    return words


def _phrases(entries: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [{"phrase": phrase, "meaning": entry["meaning"]} for entry in entries for phrase in entry["phrases"]]
