"""The items of a drop → the same items; if none of them is of the system the drop was said to be of, an error that says so.

A parser refuses a file or a row it does not know and goes on to the next. When it is through and has met nothing but such, the drop is
somebody else's: that is a wrong path in the settings, not a bad night, and must be said as such.
"""

from collections.abc import Iterator
from pathlib import Path

from commonground.errors import UnreadableError
from commonground.sources.base import Item, Record, Refusal

# rules of what is not of the system at all; whatever else a row is refused for shows that it was known
_FOREIGN = frozenset(
    {"unreadable_file", "unreadable_row", "unknown_shape", "not_an_object", "unsafe_path", "zip_bomb", "duplicate_archive"}
)


def refuse_foreign(items: Iterator[Item], path: Path, expected: str) -> Iterator[Item]:
    """Passes everything on.

    Args:
        items: What a parser made of the drop; a team member's record that only the settings give shows nothing.
        path: The drop, for the error.
        expected: What it should have held.

    Raises:
        UnreadableError: at the end, if there was something and all of it was foreign.
    """
    first: Refusal | None = None
    is_known = False
    for item in items:
        if isinstance(item, Record):
            is_known = is_known or not item.values.get("agent_id") or bool(item.values.get("source_file"))
        elif item.rule in _FOREIGN:
            first = first or item
        else:
            is_known = True
        yield item
        if is_known:
            yield from items
    if first and not is_known:
        raise UnreadableError(f"{path}: nothing of {expected} in it ({first.reason})")
