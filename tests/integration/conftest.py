"""A town, built and loaded once for all tests that only look; those that change something take a copy."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from towns import commonground, query

PEOPLE, SEED = 300, 78
AS_OF = "2026-11-20"


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A town of 300 people after its first night."""
    folder = tmp_path_factory.mktemp("sandbox") / "town"
    code, _, said = commonground("sandbox", "build", "--people", PEOPLE, "--seed", SEED, "--as-of", AS_OF, "--out", folder)
    assert code == 0, said
    code, answer, said = commonground("nightly", "--town", folder)
    assert code == 0, said
    assert answer["status"] == "complete", said
    return folder


@pytest.fixture
def own_town(town: Path, tmp_path: Path) -> Path:
    """A copy of the town to change."""
    return Path(shutil.copytree(town, tmp_path / "town"))


@pytest.fixture
def ask(town: Path) -> Callable[..., list[tuple]]:
    """Asks the town's published file."""
    return lambda sql, *values: query(town, sql, *values)
