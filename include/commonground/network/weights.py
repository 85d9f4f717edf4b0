"""`weights.yaml` → checked constants, and the same as relations that the SQL of this room reads.

Out: `tie_formula` (one row), `tie_type_weight` (a row per kind of stated tie), `exchange_weight` (a row per kind of
exchange), `endorsement_formula` (one row).
"""

from functools import cache
from pathlib import Path
from typing import Annotated

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from commonground.config import read_yaml
from commonground.engine import Engine
from commonground.errors import ConfigError

FILE = Path(__file__).with_name("weights.yaml")
Part = Annotated[float, Field(ge=0, le=10)]
Share = Annotated[float, Field(ge=0, le=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Formula(_Strict):
    """The parts of a tie's strength; see the head of `weights.yaml`."""

    floor: Share
    span: Share
    recency: Part
    recency_days: Annotated[float, Field(gt=0)]
    volume: Part
    reciprocity: Part
    unanswered: Share
    one_sided_cap: Part
    talked_seconds: Annotated[int, Field(ge=0)]
    circles: Part
    circle_cap: Part
    circle_size: Annotated[int, Field(ge=2, le=500)]
    employer_size: Annotated[int, Field(ge=2, le=500)]
    place_size: Annotated[int, Field(ge=2, le=500)]
    chain_spots: Annotated[int, Field(ge=2, le=500)]
    faint_circle: Share
    household_size: Annotated[int, Field(ge=2, le=500)]
    common_ground: Part
    common_ground_cap: Part
    reach_tie: Share
    reach_strength: Share
    weak_tie: Share

    @model_validator(mode="after")
    def _stays_a_probability(self) -> "Formula":
        if self.floor + self.span > 1:
            raise ValueError("floor + span wants to be at most 1")
        if self.reciprocity < self.recency * self.unanswered:
            raise ValueError("reciprocity wants to be at least recency * unanswered, or an answer could weaken a tie")
        return self


class TieType(_Strict):
    """What a stated tie of a kind is worth, and its words."""

    outward: Part
    inward: Part
    phrase: str
    is_endorsement: bool = False


class Exchange(_Strict):
    """What an exchange of a kind is worth, whether it takes two, and its words."""

    weight: Annotated[float, Field(gt=0, le=10)]
    is_mutual: bool
    one: str
    many: str


class Endorsements(_Strict):
    """What reviews weigh with a prospect."""

    connected_written: Share
    connected_rating: Share
    connected_floor: Share
    closeness: Share
    recognised_tie: Share
    blind: Share
    blind_rating: Share
    least_rating: Annotated[float, Field(ge=0, le=5)]
    team_share: Share
    blind_kept: Annotated[int, Field(ge=0, le=50)]
    excerpt_letters: Annotated[int, Field(ge=1, le=200)]

    @model_validator(mode="after")
    def _connected_outranks_blind(self) -> "Endorsements":
        least_connected = min(self.connected_written, self.connected_rating) * self.connected_floor * self.team_share
        if least_connected <= max(self.blind, self.blind_rating):
            raise ValueError("the least connected endorsement wants to outweigh the best blind one")
        return self


class Weights(_Strict):
    """`weights.yaml`."""

    formula: Formula
    tie_types: dict[str, TieType]
    exchanges: dict[str, Exchange]
    endorsements: Endorsements


@cache
def load_weights(path: Path = FILE) -> Weights:
    """Reads and checks the constants.

    Raises:
        ConfigError: the file is missing or a key is not what it must be.
    """
    try:
        return Weights.model_validate(read_yaml(path))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ConfigError(f"{path}: {key}: {first['msg'].removeprefix('Value error, ')}") from None


def register_weights(engine: Engine, weights: Weights | None = None) -> None:
    """Makes the constants known to the SQL of this session."""
    weights = weights or load_weights()
    engine.table("tie_formula", [weights.formula.model_dump()], _numbers(weights.formula))
    engine.table("endorsement_formula", [weights.endorsements.model_dump()], _numbers(weights.endorsements))
    engine.table(
        "tie_type_weight",
        [{"tie_type": name, **entry.model_dump()} for name, entry in weights.tie_types.items()],
        pa.schema(
            [
                ("tie_type", pa.string()),
                ("outward", pa.float64()),
                ("inward", pa.float64()),
                ("phrase", pa.string()),
                ("is_endorsement", pa.bool_()),
            ]
        ),
    )
    engine.table(
        "exchange_weight",
        [{"medium": name, **entry.model_dump()} for name, entry in weights.exchanges.items()],
        pa.schema(
            [("medium", pa.string()), ("weight", pa.float64()), ("is_mutual", pa.bool_()), ("one", pa.string()), ("many", pa.string())]
        ),
    )


def _numbers(model: BaseModel) -> pa.Schema:
    return pa.schema(
        [(name, pa.int64() if isinstance(value, int) else pa.float64()) for name, value in model.model_dump().items()],
    )
