"""The API state of a town on disk → rows in memory, read again whenever a file changed."""

import json
import threading
from pathlib import Path
from typing import Any

from commonground.errors import UnreadableError


class TownState:
    """Reads `api/<name>.json` of a town; a change on disk shows at the next request."""

    def __init__(self, town: Path) -> None:
        if not (town / "api").is_dir():
            raise UnreadableError(f"{town}: no town here (no api folder); build one with `commonground sandbox build --out {town}`")
        self.town = town
        self._cache: dict[str, tuple[tuple[int, int], Any]] = {}
        self._lock = threading.Lock()

    def get(self, name: str) -> Any:
        """The state of one API; not to be changed by the caller."""
        path = self.town / "api" / f"{name}.json"
        with self._lock:
            found = path.stat()
            stamp = (found.st_mtime_ns, found.st_size)
            if name not in self._cache or self._cache[name][0] != stamp:
                self._cache[name] = (stamp, json.loads(path.read_text(encoding="utf-8")))
            return self._cache[name][1]
