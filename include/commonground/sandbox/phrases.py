"""`phrases.yaml` (interests) and `talk.yaml` (everything else people say) → topics and stocks of sentences."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml


@dataclass(frozen=True)
class Topic:
    """One interest: its kind, its name in the truth, and how people speak of it."""

    kind: str
    label: str
    tag: str
    says: tuple[str, ...]
    notes: tuple[str, ...]
    is_rare: bool


@cache
def topics() -> tuple[Topic, ...]:
    """All interests of the town, in the order of the file."""
    raw = yaml.safe_load((Path(__file__).parent / "phrases.yaml").read_text(encoding="utf-8"))
    return tuple(
        Topic(one["kind"], one["label"], one["tag"], tuple(one["says"]), tuple(one["notes"]), one.get("rare", False)) for one in raw
    )


def topic(label: str) -> Topic:
    """The interest of that name."""
    return next(one for one in topics() if one.label == label)


TALK: dict[str, list[str]] = yaml.safe_load((Path(__file__).parent / "talk.yaml").read_text(encoding="utf-8"))
