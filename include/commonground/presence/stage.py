"""The team's own activity and the town's talk: `utterance`, `review`, `interest_evidence` → `community_presence`, `local_topics`."""

from pathlib import Path

from commonground.engine import Engine

HERE = Path(__file__).parent


def measure(engine: Engine) -> None:
    """Writes `community_presence` (agent × channel × month) and `local_topics` (town × topic × month, months in the market's time)."""
    engine.run(HERE / "community_presence.sql")
    engine.run(HERE / "local_topics.sql")
