"""Nights whose relations a test fills by hand."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from unit.network.handmade import TestNight, make_night


@pytest.fixture
def night_with(tmp_path: Path) -> Iterator[Callable[..., TestNight]]:
    """Makes nights: `night_with(agents=("ana", "bo"))`."""
    made: list[TestNight] = []

    def make(**what: Any) -> TestNight:
        made.append(make_night(tmp_path / str(len(made)), **what))
        return made[-1]

    yield make
    for night in made:
        night.engine.con.close()
