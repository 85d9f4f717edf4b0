"""The verdicts beside the published file → what was said of each pair since, for the page of matches."""

from pathlib import Path

from commonground.errors import CommonGroundError
from commonground.identity.asking import said_since


def decisions_of(data: Path) -> dict[str, str]:
    """pair_id → "same, says Ana"; empty where nothing was said, or the file of verdicts cannot be read (the night will say so)."""
    try:
        return said_since(data)
    except CommonGroundError:
        return {}
