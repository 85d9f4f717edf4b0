"""Pairs held to be one person → clusters, without ever putting together what must stay apart.

Agreeing pairs are taken from the surest down, and a pair is skipped when joining its two clusters would put two people
judged different, two team members, or two given names of one household into one. What is only likely is decided last,
cluster against cluster, so that a chain of likely pairs cannot string strangers together.
This is the one step that has an order and so cannot be a query; it costs one union per pair.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

# a pair at least this sure joins two clusters by itself: of less sure ones, too many wrong ones would chain
STRONG = 0.99
# pairs below this say nothing
WEAK = 0.1
# likely pairs join two clusters when the mean over all pairs across (absent ones count 0) reaches this ...
MEAN_ACROSS = 0.15
# ... and the surest of them is well above even: two records alone are joined on this
BEST_ACROSS = 0.8


@dataclass(frozen=True, slots=True)
class Edge:
    """Two records held to be one person; `is_firm`: their given names (or birth dates) agree, and are not just missing."""

    left: int
    right: int
    rule: str
    probability: float
    is_firm: bool = True


@dataclass(slots=True)
class Person:
    """What a cluster knows of the person it stands for, as far as it decides who may join."""

    members: list[int]
    roots: frozenset[str] = frozenset()
    generations: frozenset[str] = frozenset()
    agents: frozenset[str] = frozenset()
    is_settled: bool = False  # found earlier, and as it was


@dataclass
class Clusters:
    """A partition of records that only ever grows together, and refuses what is forbidden."""

    people: dict[int, Person]
    apart: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    home: dict[int, int] = field(init=False)

    def __post_init__(self) -> None:
        self.home = {rid: rid for rid in self.people}

    def keep_apart(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Records that a human judged to be different people."""
        for left, right in pairs:
            self.apart[left].add(right)
            self.apart[right].add(left)

    def may_join(self, left: int, right: int, *, is_firm: bool = True) -> bool:
        """Whether two clusters may become one."""
        one, two = self.people[left], self.people[right]
        if len(one.agents | two.agents) > 1 or len(one.generations | two.generations) > 1:
            return False
        if not is_firm and one.roots and two.roots and not one.roots & two.roots:
            return False
        small, large = (left, right) if len(one.members) <= len(two.members) else (right, left)
        return not any(self.home[other] == large for rid in self.people[small].members for other in self.apart.get(rid, ()))

    def join(self, left: int, right: int, *, is_firm: bool = True) -> bool:
        """Joins the clusters of two records if they may; says whether they are one now."""
        one, two = self.home[left], self.home[right]
        if one == two:
            return True
        if not self.may_join(one, two, is_firm=is_firm):
            return False
        self._merge(one, two)
        return True

    def hold(self, groups: Iterable[list[int]]) -> None:
        """Records that were found to be one person earlier."""
        for first, *others in groups:
            self.people[first].is_settled = True
            for rid in others:
                self.people[rid].is_settled = True
                self._merge(self.home[first], rid)

    def is_settled(self, left: int, right: int) -> bool:
        """Whether it was decided earlier that two clusters are two."""
        return self.people[self.home[left]].is_settled and self.people[self.home[right]].is_settled

    def _merge(self, one: int, two: int) -> None:
        small, large = sorted((one, two), key=lambda home: (len(self.people[home].members), -home))
        gone, kept = self.people.pop(small), self.people[large]
        for rid in gone.members:
            self.home[rid] = large
        kept.members += gone.members
        kept.roots |= gone.roots
        kept.generations |= gone.generations
        kept.agents |= gone.agents
        kept.is_settled &= gone.is_settled


def cluster(clusters: Clusters, edges: list[Edge]) -> None:
    """Joins along `edges` (surest first, ties by record): strong ones one by one, likely ones cluster against cluster."""
    likely = []
    for edge in edges:
        if edge.probability >= STRONG:
            clusters.join(edge.left, edge.right, is_firm=edge.is_firm)
        elif edge.probability >= WEAK:
            likely.append(edge)
    while likely:
        joined = False
        taken: set[int] = set()
        for left, right, is_firm in _likely_joins(clusters, likely):
            if left not in taken and right not in taken and clusters.join(left, right, is_firm=is_firm):
                taken |= {left, right}
                joined = True
        likely = [edge for edge in likely if clusters.home[edge.left] != clusters.home[edge.right]] if joined else []


def _likely_joins(clusters: Clusters, edges: list[Edge]) -> Iterator[tuple[int, int, bool]]:
    """Pairs of clusters worth joining, the likeliest first."""
    across: dict[tuple[int, int], list[Edge]] = defaultdict(list)
    for edge in edges:
        one, two = clusters.home[edge.left], clusters.home[edge.right]
        if one != two:
            across[min(one, two), max(one, two)].append(edge)
    ranked = []
    for (one, two), between in across.items():
        mean = sum(edge.probability for edge in between) / (len(clusters.people[one].members) * len(clusters.people[two].members))
        best = max(edge.probability for edge in between)
        if mean >= MEAN_ACROSS and best >= BEST_ACROSS:
            ranked.append((-mean, one, two, any(edge.is_firm for edge in between)))
    for _, one, two, is_firm in sorted(ranked):
        yield one, two, is_firm
