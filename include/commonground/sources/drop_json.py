"""A JSON member of a drop → its elements one at a time, with their key, however large the file.

`json_items` yields `("", element)` for a top-level list, `(key, element)` for every element of a list in a top-level
object, and `(key, value)` for the object's other values. Small files are read at once, large ones as a stream that stops
at an element, a text or a nesting no honest export has.
"""

import io
import json
from collections.abc import Iterator
from typing import Any

import ijson
from ijson.common import ObjectBuilder

from commonground.errors import UnreadableError
from commonground.sources.drops import ByteStream, Member

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
        is_script: It is JavaScript that assigns one list (`window.YTD.follower.part0 = [...]`): read from its first bracket.

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
    """The list that a script assigns, from its bracket on."""
    stream = member.open()
    for _ in range(LONGEST_ASSIGNMENT):
        byte = stream.read(1)
        if byte == b"[":
            return ByteStream(_Rest(byte, stream), member.source_file, member.limits.member_bytes)
        if not byte:
            break
    stream.close()
    raise UnreadableError(f"{member.source_file}: no list in its first {LONGEST_ASSIGNMENT} bytes; expected `window.YTD... = [`")


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


class _Watched:
    """Feeds the parser and stops it inside an element that does not end."""

    def __init__(self, stream: ByteStream, member: Member) -> None:
        self._stream, self._member, self.mark = stream, member, 0

    def read(self, size: int = -1) -> bytes:
        if self._stream.position - self.mark > LARGEST_ITEM_BYTES:
            where = f"{self._member.source_file}: after byte {self.mark}"
            raise UnreadableError(f"{where} an element of more than {LARGEST_ITEM_BYTES} bytes; expected a post or message")
        return self._stream.read(size)

    def item_ended(self) -> None:
        self.mark = self._stream.position


def _large(member: Member, stream: ByteStream) -> Iterator[tuple[str, Any]]:
    watched = _Watched(stream, member)
    try:
        for found in _walk(ijson.basic_parse(watched, use_float=True), member):
            watched.item_ended()
            yield found
    except ijson.JSONError as error:
        raise UnreadableError(f"{member.source_file}: not JSON ({' '.join(str(error).split())[:120]})") from None
    except (ValueError, OverflowError) as error:
        raise UnreadableError(
            f"{member.source_file}: a number or text that cannot be read ({' '.join(str(error).split())[:120]})"
        ) from None


_STEPS = {"start_map": 1, "start_array": 1, "end_map": -1, "end_array": -1}


def _walk(events: Iterator[tuple[str, Any]], member: Member) -> Iterator[tuple[str, Any]]:
    """Builds each element from the parser's events; `base` is the depth at which elements of the current list stand."""
    depth, base, key, is_object = 0, 1, "", False
    builder: ObjectBuilder | None = None
    for event, value in events:
        step = _STEPS.get(event, 0)
        depth += step
        if depth > DEEPEST:
            raise UnreadableError(f"{member.source_file}: JSON nested deeper than {DEEPEST}")
        if builder is not None:
            builder.event(event, value)
        elif event == "map_key":
            key = value
        elif step == 0:
            yield key, value
        elif step < 0:
            base = 1
        elif depth == 1:
            is_object = event == "start_map"
        elif depth == 2 and is_object and event == "start_array":
            base = 2
        else:
            builder = ObjectBuilder()
            builder.event(event, value)
        if builder is not None and step < 0 and depth == base:
            yield key, builder.value
            builder = None
