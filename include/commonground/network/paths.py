"""Who can introduce the team to whom, and whose review speaks to whom: `ties`, `segments`, `review` → `referral_paths`, `endorsements`.

The path of rank 1 is the exact best of at most three ties (agent → evangelist → prospect is two) over everybody who may be
asked; rank 2 is the exact best once the person asked first is taken away, rank 3 once both are.
"""

from pathlib import Path

from commonground.engine import Engine
from commonground.network.search import best_paths
from commonground.network.weigh import scratch
from commonground.network.weights import Weights, register_weights

__all__ = ["best_paths", "find_paths"]

HERE = Path(__file__).parent
STEPS = ("walkable_ties", "path_prospects", "path_candidates")


def find_paths(engine: Engine, weights: Weights | None = None) -> None:
    """Writes `referral_paths` and `endorsements`.

    Reads the kind `review`, and `ties`, `segments`, `contact_profiles`. Whoever asked to be left alone is neither prospect
    nor introducer nor recognised as a reviewer; whoever has no row in `segments` counts as having asked.
    """
    register_weights(engine, weights)
    for name in STEPS:
        scratch(engine, HERE / f"{name}.sql")
    engine.run(HERE / "referral_paths.sql")
    engine.run(HERE / "endorsements.sql")
