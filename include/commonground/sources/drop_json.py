"""A JSON member of a drop → its elements one at a time, with their key, however large the file.

`json_items` yields `("", element)` for a top-level list, `(key, element)` for every element of a list in a top-level
object, and `(key, value)` for the object's other values. Small files are read at once, large ones as a stream that stops
at an element, a text or a nesting no honest export has.
"""

import io
import json
from collections.abc import Iterator
from typing import Any

from commonground.errors import UnreadableError
from commonground.sources.drops import ByteStream, Member
from commonground.sources.json_window import JsonWindow

SMALL_BYTES = 8 * 2**20
# One post or message with everything in it; the largest real ones are some hundred kB.
LARGEST_ITEM_BYTES = 16 * 2**20
DEEPEST = 100
PAYLOAD_CHARS = 20_000
# `window.YTD.direct_messages_group.part12 = ` and its like are far shorter.
LONGEST_ASSIGNMENT = 500


def json_items(member: Member, *, is_script: bool = False) -> Iterator[tuple[str, Any]]:
    """The elements of a JSON member, with the top-level key they stand under.

    Args:
        member: The file.
        is_script: It is JavaScript that assigns one value (`window.YTD.follower.part0 = [...]`): read from its first bracket.

    Raises:
        UnreadableError: from the place where it is no JSON, nested deeper than 100 or has an element over 16 MiB.
    """
    with _assigned(member) if is_script else member.open() as stream:
        if member.size <= SMALL_BYTES:
            yield from _small(member, stream)
        else:
            yield from _large(member, stream)


def payload_of(value: Any) -> str:
    """A JSON value as the payload of a refusal, cut where it gets too long to look at."""
    try:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):
        text = f"{type(value).__name__}, nested too deeply to show"
    return text if len(text) <= PAYLOAD_CHARS else f"{text[:PAYLOAD_CHARS]}... ({len(text)} characters)"


class _Rest(io.BufferedIOBase):
    """A stream that begins with a byte already taken from it."""

    def __init__(self, first: bytes, rest: ByteStream) -> None:
        self._first, self._rest = first, rest

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = -1 if size is None else size
        if not self._first or wanted == 0:
            return self._rest.read(wanted)
        first, self._first = self._first, b""
        return first if wanted == 1 else first + self._rest.read(wanted - 1 if wanted > 0 else -1)

    def close(self) -> None:
        self._rest.close()


def _assigned(member: Member) -> ByteStream:
    """The list or object that a script assigns, from its bracket on."""
    stream = member.open()
    for _ in range(LONGEST_ASSIGNMENT):
        byte = stream.read(1)
        if byte in (b"[", b"{"):
            return ByteStream(_Rest(byte, stream), member.source_file, member.limits.member_bytes)
        if not byte:
            break
    stream.close()
    raise UnreadableError(f"{member.source_file}: no list or object in its first {LONGEST_ASSIGNMENT} bytes; expected `window.YTD... = [`")


def json_document(member: Member) -> Any:
    """A JSON member as a whole, for answers of APIs, which come in pages.

    Raises:
        UnreadableError: it is no JSON, nested deeper than 100 or larger than 16 MiB.
    """
    with member.open() as stream:
        content = stream.read(LARGEST_ITEM_BYTES + 1)
    if len(content) > LARGEST_ITEM_BYTES:
        raise UnreadableError(f"{member.source_file}: more than {LARGEST_ITEM_BYTES} bytes; expected one answer of an API")
    return _parsed(content, member)


def _parsed(content: bytes, member: Member) -> Any:
    try:
        document = json.loads(content)
        if is_deeper(document, DEEPEST):
            raise UnreadableError(f"{member.source_file}: JSON nested deeper than {DEEPEST}")
    except RecursionError:
        raise UnreadableError(f"{member.source_file}: JSON nested deeper than {DEEPEST}") from None
    except ValueError as error:
        raise UnreadableError(f"{member.source_file}: not JSON ({' '.join(str(error).split())[:120]})") from None
    return document


def _small(member: Member, stream: ByteStream) -> Iterator[tuple[str, Any]]:
    content = stream.read(SMALL_BYTES + 1)
    if len(content) > SMALL_BYTES:
        raise UnreadableError(f"{member.source_file}: longer than it says; expected {member.size} bytes")
    document = _parsed(content, member)
    if isinstance(document, dict):
        for key, value in document.items():
            if isinstance(value, list):
                for item in value:
                    yield key, item
            else:
                yield key, value
    else:
        for item in document if isinstance(document, list) else [document]:
            yield "", item


def is_deeper(value: Any, depth: int) -> bool:
    """Whether a JSON value is nested deeper than `depth`, level by level, so that the stack does not grow."""
    level = [value]
    for _ in range(depth):
        below: list[Any] = []
        for item in level:
            if type(item) is dict:
                below += [inner for inner in item.values() if type(inner) is dict or type(inner) is list]
            elif type(item) is list:
                below += [inner for inner in item if type(inner) is dict or type(inner) is list]
        if not below:
            return False
        level = below
    return True


def _large(member: Member, stream: ByteStream) -> Iterator[tuple[str, Any]]:
    window = JsonWindow(stream, member.source_file, LARGEST_ITEM_BYTES)
    first = window.peek()
    if first == "[":
        yield from _elements(window, member, "")
    elif first == "{":
        window.take("{")
        while window.peek() != "}":
            key = window.value()
            if not isinstance(key, str):
                raise UnreadableError(f"{member.source_file}: not JSON ({str(key)[:40]!r} where a key was expected)")
            window.take(":")
            if window.peek() == "[":
                yield from _elements(window, member, key)
            else:
                yield key, _shallow(window, member)
            if window.peek() != "}":
                window.take(",")
                if window.peek() == "}":
                    window.take("a key")
        window.take("}")
    else:
        yield "", window.value()
    window.end()


def _elements(window: JsonWindow, member: Member, key: str) -> Iterator[tuple[str, Any]]:
    window.take("[")
    if window.peek() == "]":
        window.take("]")
        return
    sign = ","
    while sign == ",":
        yield key, _shallow(window, member)
        sign = window.take(",", "]")


def _shallow(window: JsonWindow, member: Member) -> Any:
    value = window.value()
    if window.brackets >= DEEPEST and is_deeper(value, DEEPEST - 1):
        raise UnreadableError(f"{member.source_file}: JSON nested deeper than {DEEPEST}")
    return value
