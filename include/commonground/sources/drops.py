"""An export as it was dropped (a file, a folder, a zip, or a folder of zips) → its members, each a stream of bytes.

Nothing is ever unpacked to disk. Members that point outside (zip-slip, links), that swell beyond reason (zip bombs) or
cannot be opened become `Refusal`s in `Drop.refusals`, one line each, and the others are read. Only a drop with nothing in
it that can be read raises `UnreadableError`. `drop_csv` and `drop_json` read what is inside a member.
"""

import hashlib
import io
import lzma
import os
import re
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any

from commonground.errors import UnreadableError
from commonground.sources.base import Refusal
from commonground.sources.text import clean_text


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one drop may ask of us; sizes in bytes, unpacked."""

    # A large account's export without its pictures is a few GB.
    total_bytes: int = 32 * 2**30
    member_bytes: int = 8 * 2**30
    # Repetitive JSON packs 20 to 60 times, zeros 1000 times.
    ratio: int = 200
    ratio_from_bytes: int = 2**20
    members: int = 500_000


LIMITS = Limits()
# Left behind by file managers, never part of an export.
_JUNK = re.compile(r"(?:^|/)(?:__MACOSX/|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)
# What zipfile and its codecs raise for damaged bytes.
_BROKEN = (
    OSError,
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    NotImplementedError,
    RuntimeError,
    ValueError,
    LookupError,
)


class ByteStream(io.RawIOBase):
    """Bytes of one member: whatever goes wrong below becomes one `UnreadableError`, and it ends at a size limit."""

    def __init__(self, raw: io.BufferedIOBase, name: str, limit: int) -> None:
        super().__init__()
        self._raw, self._name, self._limit, self.position = raw, name, limit, 0

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes (all, if negative); raises `UnreadableError` where the member is damaged or endless."""
        try:
            chunk = self._raw.read(size if size >= 0 else self._limit + 1)
        except _BROKEN as error:
            raise UnreadableError(f"{self._name}: damaged after {self.position} bytes ({_words(error)})") from None
        self.position += len(chunk)
        if self.position > self._limit:
            raise UnreadableError(f"{self._name}: larger than the {self._limit} bytes a file of an export may have")
        return chunk

    def readinto(self, buffer: Any) -> int:
        """Fills a buffer, for readers of lines."""
        chunk = self.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        """Closes the member."""
        self._raw.close()
        super().close()


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a drop. `name` is its path in the export, `source_file` how errors and records call it."""

    name: str
    source_file: str
    size: int
    container: Path
    entry: zipfile.ZipInfo | None = None
    archive: zipfile.ZipFile | None = None
    limits: Limits = LIMITS

    @property
    def base(self) -> str:
        """Its file name alone, in lower case."""
        return self.name.rpartition("/")[2].lower()

    def open(self) -> ByteStream:
        """Its bytes; raises `UnreadableError` if it cannot be opened (password, unknown compression, gone)."""
        try:
            if self.archive is not None and self.entry is not None:
                raw: io.BufferedIOBase = self.archive.open(self.entry)  # type: ignore[assignment]
            else:
                raw = self.container.open("rb")
        except _BROKEN as error:
            raise UnreadableError(f"{self.source_file}: cannot be opened ({_words(error)})") from None
        return ByteStream(raw, self.source_file, self.limits.member_bytes)

    def head(self, size: int = 4096) -> bytes:
        """Its first bytes."""
        with self.open() as stream:
            return stream.read(size)

    def refusal(self, rule: str, reason: str, payload: str = "", line: int | None = None) -> Refusal:
        """A refusal that names this file."""
        return Refusal(rule, clean_text(reason), clean_text(payload), source_file=self.source_file, source_line=line)

    def unreadable(self, error: Exception) -> Refusal:
        """The refusal of this file as a whole."""
        try:
            payload = self.head(500).decode("utf-8", "replace")
        except UnreadableError:
            payload = self.name
        return self.refusal("unreadable_file", " ".join(str(error).split()), payload)


class Drop:
    """The members of a drop, in natural order of their names. Use as a context manager: it holds archives open."""

    def __init__(self, path: Path, limits: Limits = LIMITS) -> None:
        """Opens and checks the drop.

        Raises:
            UnreadableError: it does not exist, is an archive that cannot be read, or holds nothing readable.
        """
        self.path, self.limits = path, limits
        self.members: list[Member] = []
        self.refusals: list[Refusal] = []
        self._archives: list[zipfile.ZipFile] = []
        self._digests: dict[tuple[int, str], str] = {}
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Drop":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the archives."""
        for archive in self._archives:
            archive.close()
        self._archives.clear()

    def named(self, stem: str, extension: str) -> list[Member]:
        """Members called like `stem`, any case, with a prefix (`mine_Connections.csv`) or a number behind it (`posts_2`, `posts (1)`)."""
        pattern = re.compile(rf"(?:.*[^a-z])?{re.escape(stem.lower())}[ _()\d-]*\.{extension}")
        return [member for member in self.members if pattern.fullmatch(member.base)]

    def _open(self) -> None:
        path = self.path
        try:
            if path.is_dir():
                self._add_folder(path)
            elif path.is_file():
                self._add_file(path, path.name, is_alone=True)
            elif path.exists():
                raise UnreadableError(f"{path}: neither a file nor a folder; expected an export (file, folder or zip)")
            else:
                raise UnreadableError(f"{path}: no such file or folder; expected an export (file, folder or zip)")
        except (OSError, ValueError) as error:
            raise UnreadableError(f"{str(path)!r}: cannot be opened ({_words(error)})") from None
        self.members.sort(key=lambda member: (natural_key(member.name), member.source_file))
        self._check_sizes()
        if not self.members:
            first = f" ({self.refusals[0].reason})" if self.refusals else ""
            raise UnreadableError(f"{path}: nothing in it that can be read{first}")

    def _check_sizes(self) -> None:
        total = sum(member.size for member in self.members if member.archive is not None and is_text(member.name))
        if total > self.limits.total_bytes:
            raise UnreadableError(f"{self.path}: would unpack to {total} bytes of text, the limit is {self.limits.total_bytes}")

    def _add_folder(self, folder: Path) -> None:
        root = folder.resolve()
        for where, folders, files in os.walk(folder, onerror=self._refuse_folder):
            for name in [*sorted(folders), *sorted(files)]:
                file = Path(where) / name
                inside = file.relative_to(folder).as_posix()
                if file.is_symlink() and not file.resolve().is_relative_to(root):
                    self._refuse("unsafe_path", inside, "is a link that leads out of the export's folder")
                elif file.is_file() and not _JUNK.search(inside):
                    self._add_file(file, inside)

    def _refuse_folder(self, error: OSError) -> None:
        self._refuse("unreadable_file", Path(str(error.filename)).name, _words(error))

    def _add_file(self, file: Path, inside: str, *, is_alone: bool = False) -> None:
        if len(self.members) >= self.limits.members:
            raise UnreadableError(f"{self.path}: more than {self.limits.members} files; that is no export of one person")
        if file.suffix.lower() == ".zip" or (is_alone and _is_zip(file)):
            try:
                self._add_archive(file, "" if is_alone else inside + "/")
            except UnreadableError as error:
                if is_alone:
                    raise
                self._refuse("unreadable_file", inside, str(error))
        else:
            self.members.append(Member(inside, _shown(inside), file.stat().st_size, file, limits=self.limits))

    def _add_archive(self, file: Path, prefix: str) -> None:
        if prefix and (twin := self._twin(file)):
            return self._refuse("duplicate_archive", prefix[:-1], f"has the same bytes as {twin}; it is read once")
        try:
            archive = zipfile.ZipFile(file)
        except _BROKEN as error:
            raise UnreadableError(f"{file.name}: not a zip archive that can be opened ({_words(error)})") from None
        self._archives.append(archive)
        entries = [entry for entry in archive.infolist() if not entry.filename.endswith("/")]
        if len(entries) + len(self.members) > self.limits.members:
            raise UnreadableError(f"{file.name}: more than {self.limits.members} files; that is no export of one person")
        for entry in entries:
            name = entry.filename.replace("\\", "/")
            if _JUNK.search(name):
                continue
            complaint = self._complaint(entry, name)
            if not complaint and name.lower().endswith(".zip") and "/" not in name:  # deeper ones are what somebody once sent
                complaint = "unreadable_file", "is an archive inside an archive; expected it unpacked, or beside the others in a folder"
            if complaint:
                rule, reason = complaint
                self._refuse(rule, prefix + name, reason)
            else:
                shown = _shown(prefix + name)
                self.members.append(Member(name, shown, entry.file_size, file, entry, archive, self.limits))
        return None

    def _complaint(self, entry: zipfile.ZipInfo, name: str) -> tuple[str, str] | None:
        path = PurePosixPath(name)
        if not name:
            return "unsafe_path", "has no name"
        if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", name):
            return "unsafe_path", "points outside the archive"
        if stat.S_ISLNK(entry.external_attr >> 16):
            return "unsafe_path", "is a link inside an archive"
        if entry.flag_bits & 1:
            return "unreadable_file", "needs a password; expected an archive without one"
        if entry.file_size > self.limits.member_bytes and is_text(name):
            return "zip_bomb", f"would unpack to {entry.file_size} bytes, the limit is {self.limits.member_bytes}"
        if entry.file_size >= self.limits.ratio_from_bytes and entry.file_size > self.limits.ratio * max(entry.compress_size, 1):
            return (
                "zip_bomb",
                f"would unpack {entry.compress_size} bytes to {entry.file_size}; at most {self.limits.ratio} times is believed",
            )
        return None

    def _twin(self, file: Path) -> str | None:
        digest = hashlib.sha256()
        with file.open("rb") as stream:
            while chunk := stream.read(2**20):
                digest.update(chunk)
        key = (file.stat().st_size, digest.hexdigest())
        twin = self._digests.get(key)
        self._digests.setdefault(key, file.name)
        return twin

    def _refuse(self, rule: str, name: str, reason: str) -> None:
        shown = _shown(name)
        self.refusals.append(Refusal(rule, f"{shown}: {clean_text(reason)}", shown, source_file=shown))


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Sorts `message_2` before `message_10`, any case."""
    parts = re.findall(r"\d+|\D+", name.casefold())
    return tuple((0, int(part[:18]), part) if part.isdecimal() else (1, 0, part) for part in parts)


def is_text(name: str) -> bool:
    """Whether a member is one that sources read, not a picture or film."""
    return name.lower().endswith((".json", ".csv", ".js", ".xml", ".rss", ".atom", ".txt", ".html", ".vcf", ".ndjson", ".jsonl", ".tsv"))


def _is_zip(file: Path) -> bool:
    with file.open("rb") as stream:
        return stream.read(4) in (b"PK\x03\x04", b"PK\x05\x06")


def _shown(name: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in name)[:300]


def _words(error: BaseException) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(text.split())[:200] or type(error).__name__
