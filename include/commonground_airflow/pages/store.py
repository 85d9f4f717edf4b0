"""The published DuckDB file → rows for a page, always of the newest build.

A long-lived reader must not open the file by its path: DuckDB would go on serving the build that is open already. So each build gets
a private in-memory database that attaches it read-only; when the file is another one (device, inode or time of change), a new one is made
and the old one is closed as soon as nobody reads from it.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

SQL = Path(__file__).parent / "sql"
THREADS = 2  # the pages share a machine with the load
MEMORY_LIMIT = "512MB"
Row = dict[str, Any]
_Stamp = tuple[int, int, int]


class NotPublishedError(Exception):
    """There is no published file yet."""


class UnreadableFileError(Exception):
    """The published file is there, and cannot be read as one of ours; says why in one line."""


@cache
def sql_named(name: str) -> str:
    """The text of `sql/<name>.sql`."""
    return (SQL / f"{name}.sql").read_text(encoding="utf-8").strip()


class Build:
    """One build of the file, attached to a database of its own."""

    def __init__(self, path: Path, stamp: _Stamp, time_zone: str) -> None:
        self.stamp = stamp
        self._time_zone = time_zone
        self.readers = 0
        self.is_replaced = False
        self._root = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
        try:
            self._root.execute(f"SET threads = {THREADS}; SET memory_limit = '{MEMORY_LIMIT}'")
            quoted = str(path).replace("'", "''")
            self._root.execute(f"ATTACH '{quoted}' AS published (READ_ONLY)")
        except duckdb.Error as error:
            self._root.close()
            raise UnreadableFileError(str(error).splitlines()[0]) from None

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection for one reader."""
        cursor = self._root.cursor()
        cursor.execute("USE published")
        cursor.execute("SET TimeZone = ?", [self._time_zone])
        return cursor

    def close(self) -> None:
        """Lets go of the file."""
        self._root.close()


@dataclass(frozen=True, slots=True)
class Reader:
    """Asks one build; all answers of one page come from the same night."""

    _cursor: duckdb.DuckDBPyConnection

    def rows(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Row]:
        """All rows of a query.

        Raises:
            UnreadableFileError: a table or column of the contract is not there.
        """
        try:
            answer = self._cursor.execute(sql, values)
            names = [column[0] for column in answer.description or ()]
            return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
        except duckdb.Error as error:
            raise UnreadableFileError(str(error).splitlines()[0]) from None

    def row(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> Row | None:
        """The first row of a query, or None."""
        found = self.rows(sql, values)
        return found[0] if found else None


class Store:
    """Readers of the newest build; may be used from many threads at once.

    Args:
        path: says where the published file is.
        time_zone: names the zone in whose calendar the dates are told; asked once per build.
    """

    def __init__(self, path: Callable[[], Path], time_zone: Callable[[], str] = lambda: "UTC") -> None:
        self._path, self._time_zone = path, time_zone
        self._lock = threading.Lock()
        self._build: Build | None = None

    @property
    def folder(self) -> Path:
        """The data folder, in which the published file stands."""
        return self._path().parent

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """A reader of the newest build, while the block runs.

        Raises:
            NotPublishedError: there is no file yet.
            UnreadableFileError: there is one that DuckDB cannot open.
        """
        build = self._acquire()
        cursor = None
        try:
            cursor = build.cursor()
            yield Reader(cursor)
        finally:
            if cursor is not None:
                cursor.close()
            self._release(build)

    def close(self) -> None:
        """Lets go of the file."""
        with self._lock:
            self._retire()

    def _acquire(self) -> Build:
        path = self._path()
        with self._lock:
            try:
                status = path.stat()
            except OSError:
                self._retire()
                raise NotPublishedError from None
            stamp = (status.st_dev, status.st_ino, status.st_mtime_ns)
            if self._build is None or self._build.stamp != stamp:
                self._retire()
                self._build = Build(path, stamp, self._time_zone())
            self._build.readers += 1
            return self._build

    def _release(self, build: Build) -> None:
        with self._lock:
            build.readers -= 1
            if build.is_replaced and build.readers == 0:
                build.close()

    def _retire(self) -> None:
        if self._build is None:
            return
        self._build.is_replaced = True
        if self._build.readers == 0:
            self._build.close()
        self._build = None
