"""What a collection that is walked in full said at the last visit → what is no longer said: hard deletions, tags taken off, fields cleared.

The CRM does not tell what is gone, so the keys of all records are remembered between visits, packed into the checkpoint.
"""

import base64
import binascii
import zlib
from collections.abc import Iterable
from typing import Any

Key = tuple[str, str]
# opt-outs stay closed until somebody opens them
_FOR_GOOD = frozenset({"consent"})
# more than this share at once is a key that may see less than yesterday's, not a cleaning-up
LARGEST_SHARE_GONE = 0.2
SMALLEST_ALARM = 25


def pack(keys: Iterable[Key]) -> str:
    """Keys as one compressed text."""
    lines = "\n".join(sorted(f"{kind}\t{record_id}" for kind, record_id in keys))
    return base64.b85encode(zlib.compress(lines.encode("utf-8", "replace"), 9)).decode()


def unpack(text: Any) -> set[Key]:
    """The keys of `pack`; none of a text that cannot be read."""
    try:
        lines = zlib.decompress(base64.b85decode(text)).decode().splitlines() if isinstance(text, str) else []
    except (ValueError, zlib.error, binascii.Error):
        return set()
    return {(kind, record_id) for line in lines for kind, tab, record_id in [line.partition("\t")] if tab}


def gone(before: set[Key], now: set[Key]) -> list[Key]:
    """What was said before and is not now."""
    return sorted(key for key in before - now if key[0] not in _FOR_GOOD)


def is_believable(lost: list[Key], before: set[Key]) -> bool:
    """Whether so much can have been deleted since the last visit; counted in people where there are any, else in records."""
    for kind in ("person", "tie", "interaction"):
        had = sum(1 for key in before if key[0] == kind)
        if had:
            count = sum(1 for key in lost if key[0] == kind)
            return count <= max(SMALLEST_ALARM, LARGEST_SHARE_GONE * had)
    return True
