"""Repeatable dice: a seed and the name of a room → the same throws on every machine, whatever other rooms throw."""

import datetime as dt
import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Throws of one room. Rooms do not share throws, so a change in one leaves the others as they were."""

    def __init__(self, seed: int, room: str) -> None:
        self.seed, self.room = seed, room
        self._random = random.Random(f"{seed}:{room}")

    def fork(self, room: str) -> "Dice":
        """Dice of a smaller room inside this one."""
        return Dice(self.seed, f"{self.room}/{room}")

    def chance(self, share: float) -> bool:
        """True in that share of throws (0 to 1)."""
        return self._random.random() < share

    def pick(self, things: Sequence[T]) -> T:
        """One of the things, all alike."""
        return things[self._random.randrange(len(things))]

    def weigh(self, things: dict[T, float]) -> T:
        """One of the keys, by the weights."""
        return self._random.choices(list(things), weights=list(things.values()))[0]

    def some(self, things: Sequence[T], count: int) -> list[T]:
        """`count` different ones (all of them if there are fewer), in random order."""
        return self._random.sample(list(things), min(count, len(things)))

    def number(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return self._random.randint(low, high)

    def real(self, low: float, high: float) -> float:
        """A real number between the two."""
        return self._random.uniform(low, high)

    def moment(self, day: dt.date) -> dt.datetime:
        """A waking moment of that day (UTC; 16:00 to 03:59 of the next, so daytime in California)."""
        start = dt.datetime.combine(day, dt.time(16), tzinfo=dt.UTC)
        return start + dt.timedelta(seconds=self._random.randrange(12 * 3600))
