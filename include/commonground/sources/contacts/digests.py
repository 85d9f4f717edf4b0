"""What a file of contacts must remember to its end, however many they are → a number of 64 bits each, in a table of 12 to 24 bytes.

A text is known by its digest. That two of ten million texts share one is to be expected in one file of some hundred thousand.
"""

from array import array
from hashlib import blake2b

_FEWEST_PLACES = 16


def digest_of(text: str) -> int:
    """A text as a number of 64 bits that is never zero."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little") or 1


def number_of(content: bytes) -> int:
    """Bytes as a number of 64 bits that is never zero."""
    return int.from_bytes(blake2b(content, digest_size=8).digest(), "little") or 1


class Digests:
    """A set of digests: a table in which each stands at the first free place from its own on."""

    def __init__(self) -> None:
        self._places = array("Q", bytes(8 * _FEWEST_PLACES))  # as many as a power of two; 0 is a free one
        self._count = 0

    def __contains__(self, digest: int) -> bool:
        return self._places[self._place(digest)] == digest

    def add(self, digest: int) -> bool:
        """Whether it is new here."""
        at, places = self._place(digest), self._places
        if places[at]:
            return False
        places[at] = digest
        self._count += 1
        if 3 * self._count > 2 * len(places):
            held, self._places = places, array("Q", bytes(16 * len(places)))
            for one in held:
                if one:
                    self._places[self._place(one)] = one
        return True

    def take_over(self, other: "Digests") -> None:
        """Adds those of another set, which is not used after that."""
        if not self._count:
            self._places, self._count = other._places, other._count
            return
        for digest in other._places:
            if digest:
                self.add(digest)

    def _place(self, digest: int) -> int:
        places = self._places
        last = len(places) - 1
        at = digest & last
        while places[at] and places[at] != digest:
            at = (at + 1) & last
        return at


class Ids:
    """The ids of the contacts of a file or a drop, none of them given twice: `ann`, `ann-2`, `ann-3`."""

    def __init__(self) -> None:
        self._given = Digests()

    def __contains__(self, wanted: str) -> bool:
        return digest_of(wanted) in self._given

    def own(self, wanted: str) -> str:
        """The id that a contact gets who wants this one."""
        if self._given.add(digest_of(wanted)):
            return wanted
        # what follows `ann-2`, `ann-3`, ... is found by doubling, then by halving
        taken, free = 1, 2
        while f"{wanted}-{free}" in self:
            taken, free = free, 2 * free
        while free - taken > 1:
            middle = (taken + free) // 2
            taken, free = (middle, free) if f"{wanted}-{middle}" in self else (taken, middle)
        self._given.add(digest_of(f"{wanted}-{free}"))
        return f"{wanted}-{free}"
