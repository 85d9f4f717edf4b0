"""One saved JSON answer of any length → bodies of the same shape that fit in memory, each with how many rows came before it.

The first look finds the lists that are long and keeps the rest; the second hands out each long list a few megabytes at a time, in the
envelope it stood in. Short lists go with the first body alone, so that nothing is read twice.
"""

from collections.abc import Callable, Iterator
from typing import Any

from commonground.errors import UnreadableError
from commonground.sources.drop_json import DEEPEST, LARGEST_ITEM_BYTES, is_deeper
from commonground.sources.drops import ByteStream
from commonground.sources.json_window import JsonWindow

LONG_LIST = 2 * 2**20  # signs; a longer list is handed out in parts of about this length
LARGEST_REST = 32 * 2**20  # signs beside the long lists; in memory they take some ten times as much
_ENVELOPES = 2  # lists stand at the top, under a name, or under a name in a named object (`D.Results`)

Path = tuple[str, ...]
Found = tuple[Path, bool, Any, int]  # where, whether an element of the list there, the value, its length


def parts(open_stream: Callable[[], ByteStream], name: str) -> Iterator[tuple[int, Any]]:
    """The bodies of a document.

    Args:
        open_stream: Opens it anew; called twice.
        name: What messages call it.

    Raises:
        UnreadableError: it is no JSON, is nested too deep, has an element over 16 MiB or too much beside its lists.
    """
    with open_stream() as stream:
        rest, long = _first_look(_values(JsonWindow(stream, name, LARGEST_ITEM_BYTES), name), name)
    if not long:
        yield 0, _body([(path, value) for path, value, _ in rest])
        return
    with open_stream() as stream:
        is_first = True
        for path, before, batch in _batches(_values(JsonWindow(stream, name, LARGEST_ITEM_BYTES), name), long):
            body = _body(
                [(path, batch) if at == path else (at, value) for at, value, is_list in rest if at == path or is_first or not is_list]
            )
            yield before, body
            is_first = False


def _first_look(found: Iterator[Found], name: str) -> tuple[list[tuple[Path, Any, bool]], set[Path]]:
    """What is not in a long list, in its order (an empty list stands for a long one), and where the long lists are."""
    values: dict[Path, Any] = {}
    lists: dict[Path, int] = {}
    rest = 0
    for path, is_item, value, length in found:
        if not is_item:
            # a list that comes a second time under its name goes on
            values[path] = values.get(path, []) if isinstance(value, list) else value
            if isinstance(value, list):
                lists.setdefault(path, 0)
            rest += length
        elif lists[path] + length > LONG_LIST:
            rest -= lists[path] if lists[path] <= LONG_LIST else 0
            lists[path] = LONG_LIST + 1
            values[path] = []
        else:
            lists[path] += length
            rest += length
            values[path].append(value)
        if rest > LARGEST_REST:
            raise UnreadableError(f"{name}: over {LARGEST_REST} signs beside its longest lists; split it into several files")
    long = {path for path, length in lists.items() if length > LONG_LIST}
    return [(path, value, path in lists) for path, value in values.items() if path not in long or not value], long


def _batches(found: Iterator[Found], long: set[Path]) -> Iterator[tuple[Path, int, list[Any]]]:
    batch: list[Any] = []
    counts = dict.fromkeys(long, 0)
    here: Path = ()
    length = 0
    for path, is_item, value, size in found:
        if not is_item or path not in long:
            continue
        if batch and (path != here or length > LONG_LIST):
            yield here, counts[here], batch
            counts[here] += len(batch)
            batch, length = [], 0
        here = path
        batch.append(value)
        length += size
    if batch:
        yield here, counts[here], batch


def _body(values: list[tuple[Path, Any]]) -> Any:
    """The document with these values at their places."""
    if len(values) == 1 and not values[0][0]:
        return values[0][1]
    body: dict[str, Any] = {}
    for path, value in values:
        inside = body
        for key in path[:-1]:
            if not isinstance(inside.get(key), dict):
                inside[key] = {}
            inside = inside[key]
        inside[path[-1]] = value
    return body


def _values(window: JsonWindow, name: str) -> Iterator[Found]:
    yield from _value(window, name, ())
    window.end()


def _value(window: JsonWindow, name: str, path: Path) -> Iterator[Found]:
    sign = window.peek()
    if sign == "[":
        yield path, False, [], 1
        yield from _items(window, name, path)
    elif sign == "{" and len(path) < _ENVELOPES:
        yield from _members(window, name, path)
    else:
        yield path, False, *_whole(window, name)


def _items(window: JsonWindow, name: str, path: Path) -> Iterator[Found]:
    window.take("[")
    if window.peek() == "]":
        window.take("]")
        return
    sign = ","
    while sign == ",":
        yield path, True, *_whole(window, name)
        sign = window.take(",", "]")


def _members(window: JsonWindow, name: str, path: Path) -> Iterator[Found]:
    window.take("{")
    if window.peek() == "}":
        window.take("}")
        if path:
            yield path, False, {}, 1
        return
    sign = ","
    while sign == ",":
        if window.peek() != '"':
            window.take('"')
        key = window.value()
        window.take(":")
        yield from _value(window, name, (*path, key))
        sign = window.take(",", "}")


def _whole(window: JsonWindow, name: str) -> tuple[Any, int]:
    window.peek()
    begin = window.position
    value = window.value()
    if window.brackets > DEEPEST - _ENVELOPES and is_deeper(value, DEEPEST - _ENVELOPES):
        raise UnreadableError(f"{name}: JSON nested deeper than {DEEPEST}")
    return value, window.position - begin
