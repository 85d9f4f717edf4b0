"""What a person reads over breakfast: segments, paths, common ground → `segment_now`, `segment_later`, `segment_evangelist`, `today`.

Nothing here decides who stands in which group; it chooses words, the order to read in, and the households of the day.
"""

from typing import Any

from commonground.engine import Engine
from commonground.segments.stage import ROOM
from commonground.signals.stage import register_words

FILES = (
    "shared_topics", "introductions", "best_vouchers", "known_here", "cards",
    "segment_now", "segment_later", "segment_evangelist", "today",
)  # fmt: skip


def brief(engine: Engine) -> dict[str, Any]:
    """Writes `segment_now`, `segment_later`, `segment_evangelist`, `today` and the steps before them (see `FILES`)."""
    register_words(engine)
    for name in FILES:
        engine.run(ROOM / f"{name}.sql")
    return {}
