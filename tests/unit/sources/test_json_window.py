"""A window over a JSON text: whatever its size, the values are the ones that a whole reading gives."""

import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonground.errors import UnreadableError
from commonground.sources import json_window
from commonground.sources.drops import ByteStream
from commonground.sources.json_window import JsonWindow

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=15,
)


def window(content: bytes, chunk: int = 2**20, largest: int = 2**20) -> JsonWindow:
    json_window._CHUNK = chunk
    return JsonWindow(ByteStream(io.BytesIO(content), "a.json", 2**30), "a.json", largest)


@pytest.fixture(autouse=True)
def _chunks_as_they_were(monkeypatch):
    monkeypatch.setattr(json_window, "_CHUNK", json_window._CHUNK)


@settings(deadline=None)
@given(values=st.lists(JSON, min_size=1, max_size=4), chunk=st.integers(1, 40), indent=st.sampled_from([None, 2]), is_ascii=st.booleans())
def test_values_are_the_same_through_any_window(values, chunk, indent, is_ascii):
    texts = [json.dumps(value, indent=indent, ensure_ascii=is_ascii) for value in values]
    content = (" \n".join(f"{text} ," for text in texts)).encode("utf-8", "surrogatepass")
    seen = window(content, chunk)
    found = []
    for _ in values:
        found.append(seen.value())
        seen.take(",")
    seen.end()
    assert found == values


@settings(deadline=None)
@given(content=st.binary(max_size=60), chunk=st.integers(1, 20))
def test_any_bytes_give_a_value_or_one_line(content, chunk):
    seen = window(content, chunk)
    try:
        seen.value()
        seen.end()
    except UnreadableError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize("content", [b'["a" "b"]', b'{"a" 1}', b"[1 2]", b"nulx ", b'["\\q"]', b'["a\nb"]'])
def test_a_fault_is_told_where_it_is_not_after_megabytes(content):
    stream = io.BytesIO(content + b" " * 5_000_000)
    seen = JsonWindow(ByteStream(stream, "a.json", 2**30), "a.json", 2**20)
    with pytest.raises(UnreadableError, match="not JSON"):
        seen.value()
        seen.end()
    assert stream.tell() <= 2**20


def test_a_value_longer_than_allowed_is_refused():
    with pytest.raises(UnreadableError, match="element of more than 1000"):
        window(b'["' + b"x" * 5000 + b'"]', 100, 1000).value()
