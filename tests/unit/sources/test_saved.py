"""Saved answers in every wrapping: a file, a folder, a zip, gzip, an answer to a line; and what is none."""

import datetime as dt
import gzip
import io
import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonground.config import Agent, Feed, Market
from commonground.errors import UnreadableError
from commonground.sources import saved, saved_parts
from commonground.sources.base import Item, Page, Record, Refusal, Source, Visit
from commonground.sources.drops import ByteStream


class Shelf(Source):
    """A system whose answers are {"rows": [...]}; {"names": [...]} must be known before."""

    name = "shelf"
    family = "reviews"
    is_api = True
    first_resources = ("names",)

    def resource_of(self, body, path):
        for resource in ("rows", "names"):
            if isinstance(body, dict) and resource in body:
                return resource
        raise UnreadableError(f"{path.name}: no answer of the shelf")

    def conform(self, page: Page, visit: Visit):
        if page.resource == "names":
            visit.notes["names"] = page.body["names"]
            return
        for row in page.body["rows"]:
            name = visit.notes.get("names", {}).get(row)
            yield Record("place", {"record_id": row, "name": name}) if row != "bad" else Refusal("bad", "bad", "bad")


def read(path: Path) -> list[Item]:
    area = {"latitude": 1, "longitude": 1, "radius_km": 1}
    market = Market(name="T", time_zone="UTC", state="", service_area=area, agents=[Agent(agent_id="a", name="A")])
    return list(Shelf().read(path, Visit(Feed(name="f", source="shelf", path="x"), market, dt.datetime.now(dt.UTC))))


def ids(items: list[Item]) -> list[str]:
    return [item.values["record_id"] for item in items if isinstance(item, Record)]


def rules(items: list[Item]) -> list[tuple[str, str | None, int | None]]:
    return [(item.rule, item.source_file, item.source_line) for item in items if isinstance(item, Refusal)]


def answer(*rows: str) -> bytes:
    return json.dumps({"rows": rows}).encode()


def test_a_file_a_folder_and_a_zip_say_the_same(tmp_path):
    folder = tmp_path / "answers"
    (folder / "deep").mkdir(parents=True)
    (folder / "1.json").write_bytes(answer("a"))
    (folder / "deep" / "2.json").write_bytes(b"\xef\xbb\xbf" + answer("b"))
    (folder / "rows.000003.gz").write_bytes(gzip.compress(answer("c")))
    (folder / "notes.txt").write_text("not an answer")
    assert ids(read(folder)) == ["a", "b", "c"]
    with zipfile.ZipFile(tmp_path / "answers.zip", "w") as archive:
        for file in sorted(folder.rglob("*.*")):
            archive.write(file, file.relative_to(folder).as_posix())
    assert sorted(ids(read(tmp_path / "answers.zip"))) == ["a", "b", "c"]
    plain = tmp_path / "answer_as_it_came"
    plain.write_bytes(answer("a"))
    assert ids(read(plain)) == ["a"]


def test_an_answer_to_a_line_keeps_its_line_whatever_the_file_is_called(tmp_path):
    content = b"\n".join([answer("a"), b"", b'{"rows": ["b"', answer("bad"), b'{"other": 1}', answer("c")])
    for name in ("x.ndjson", "x.jsonl", "x.json", "x.ndjson.gz"):
        (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        items = read(tmp_path / name)
        assert [(item.values["record_id"], item.values["source_line"]) for item in items if isinstance(item, Record)] == [
            ("a", 1),
            ("c", 6),
        ]
        assert rules(items) == [("unreadable_row", name, 3), ("bad", None, 4), ("unreadable_row", name, 5)]
        (tmp_path / name).unlink()


def test_what_the_others_need_is_read_first(tmp_path):
    (tmp_path / "a.json").write_bytes(answer("k"))
    (tmp_path / "z.json").write_text(json.dumps({"names": {"k": "Kiosk"}}))
    (tmp_path / "m.json").write_text("{")
    items = read(tmp_path)
    assert [item.values["name"] for item in items if isinstance(item, Record)] == ["Kiosk"]
    assert rules(items) == [("unreadable_file", "m.json", None)]


def test_one_file_that_is_none_of_it_is_an_error_and_one_among_others_is_refused(tmp_path):
    (tmp_path / "x.json").write_text('{"other": 1}')
    with pytest.raises(UnreadableError, match="no answer of the shelf"):
        read(tmp_path / "x.json")
    (tmp_path / "y.json").write_bytes(answer("a"))
    items = read(tmp_path)
    assert (ids(items), rules(items)) == (["a"], [("unreadable_file", "x.json", None)])


def test_a_path_without_answers_is_an_error(tmp_path):
    with pytest.raises(UnreadableError, match="no such file"):
        read(tmp_path / "nowhere")
    with pytest.raises(UnreadableError):
        read(tmp_path)
    (tmp_path / "picture.jpg").write_bytes(b"\xff\xd8")
    with pytest.raises(UnreadableError, match=r"no \.json file"):
        read(tmp_path)


def test_what_is_damaged_too_deep_or_too_large_is_one_line_each(tmp_path, monkeypatch):
    monkeypatch.setattr(saved, "LARGEST_WHOLE_BYTES", 20_000)
    monkeypatch.setattr(saved_parts, "LARGEST_ITEM_BYTES", 25_000)
    monkeypatch.setattr(saved, "LARGEST_LINE_BYTES", 5_000)
    (tmp_path / "a.json").write_bytes(answer("a"))
    (tmp_path / "deep.json").write_text("[" * 5_000 + "]" * 5_000)
    (tmp_path / "large.json").write_text('{"rows": ["' + "x" * 1_500_000 + '"]}')
    (tmp_path / "bomb.json.gz").write_bytes(gzip.compress(b'{"rows": ["' + b"x" * 3_000_000 + b'"]}'))
    (tmp_path / "cut.json.gz").write_bytes(gzip.compress(answer("z"))[:-9])
    (tmp_path / "no.json.gz").write_bytes(b"not gzip at all")
    (tmp_path / "lines.ndjson").write_bytes(answer("b") + b"\n" + answer("y" * 6_000) + b"\n")
    (tmp_path / "nul.json").write_bytes(b"\x00" * 500)
    (tmp_path / "empty.json").write_bytes(b"")
    items = read(tmp_path)
    assert ids(items) == ["a", "b"]
    assert sorted(item.source_file for item in items if isinstance(item, Refusal)) == [
        "bomb.json.gz", "cut.json.gz", "deep.json", "empty.json", "large.json", "lines.ndjson", "no.json.gz", "nul.json",
    ]  # fmt: skip
    assert all(len(item.reason) < 400 and "\n" not in item.reason for item in items if isinstance(item, Refusal))


def test_an_archive_that_writes_outside_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as archive:
        archive.writestr("../up.json", answer("evil"))
        archive.writestr("in.json", answer("a"))
    items = read(tmp_path / "evil.zip")
    assert (ids(items), rules(items)) == (["a"], [("unsafe_path", "../up.json", None)])


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_but_an_unreadable_error(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("rubbish")
    for name in ("a.json", "b.ndjson", "c.gz"):
        (folder / name).write_bytes(content)
    try:
        assert all(isinstance(item, (Record, Refusal)) for item in read(folder))
    except UnreadableError as error:
        assert "\n" not in str(error)


def test_a_large_answer_in_parts_says_what_it_says_whole(tmp_path, monkeypatch):
    rows = [f"row {number} \u00e9" for number in range(500)]
    file = tmp_path / "rows.json"
    file.write_text(json.dumps({"page": {"of": 1, "more": ["x"]}, "rows": rows, "last": True}))
    whole = read(file)
    bodies: list[tuple[int, dict]] = []
    conform = Shelf.conform
    monkeypatch.setattr(saved, "LARGEST_WHOLE_BYTES", 1_000)
    monkeypatch.setattr(saved_parts, "LONG_LIST", 1_000)
    monkeypatch.setattr(Shelf, "conform", lambda self, page, visit: bodies.append(page.body) or conform(self, page, visit))
    assert read(file) == whole
    assert len(bodies) > 5
    assert bodies[0]["page"] == {"of": 1, "more": ["x"]} and bodies[1]["page"] == {"of": 1}, "short lists go with the first part alone"
    assert all(body["last"] is True for body in bodies), "what stands behind the list is known before it"
    packed = tmp_path / "rows.json.gz"
    packed.write_bytes(gzip.compress(file.read_bytes()))
    assert read(packed) == whole


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=2), inner, max_size=4),
    max_leaves=30,
)


@given(JSON, st.integers(1, 40))
def test_the_parts_of_any_document_have_every_row_once_and_in_order(document, long):
    content = json.dumps(document).encode()

    def opened() -> ByteStream:
        return ByteStream(io.BytesIO(content), "x.json", 2**20)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(saved_parts, "LONG_LIST", long)
        found = list(saved_parts.parts(opened, "x.json"))
    assert joined([body for _, body in found]) == document
    for before, body in found:
        assert before == 0 or lists(body), "only a list goes on"


def joined(bodies: list, envelopes: int = 2) -> object:
    """The parts put together: lists go on, what stands deeper than the envelopes is said again."""
    whole, *others = bodies
    for other in others:
        if isinstance(whole, list):
            whole = whole + other
        else:
            whole = {key: whole.get(key) for key in {**whole, **other}} | {
                key: joined([whole[key], value], envelopes - 1) if is_part(value, envelopes) and key in whole else value
                for key, value in other.items()
            }
    return whole


def is_part(value: object, envelopes: int) -> bool:
    return isinstance(value, list) or (isinstance(value, dict) and envelopes > 1)


def lists(body: object) -> list:
    values = body.values() if isinstance(body, dict) else [body]
    return [value for value in values if isinstance(value, list)] or [
        inner for value in values if isinstance(value, dict) for inner in lists(value)
    ]


def test_an_answer_with_too_much_beside_its_lists_says_to_split_it(tmp_path, monkeypatch):
    monkeypatch.setattr(saved, "LARGEST_WHOLE_BYTES", 1_000)
    monkeypatch.setattr(saved_parts, "LARGEST_REST", 1_000)
    (tmp_path / "rows.json").write_text(json.dumps({**{f"key {n}": "x" * 10 for n in range(200)}, "rows": ["a"]}))
    (tmp_path / "more.json").write_bytes(answer("b"))
    items = read(tmp_path)
    assert ids(items) == ["b"]
    assert "split it into several files" in next(item.reason for item in items if isinstance(item, Refusal))
