"""Drops: every way an export may lie there, and every way it may try to hurt."""

import json
import os
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonground.errors import UnreadableError
from commonground.sources import drop_csv, drop_json
from commonground.sources.base import Refusal
from commonground.sources.drop_csv import Row, csv_table
from commonground.sources.drop_json import json_items
from commonground.sources.drops import Drop, Limits
from commonground.sources.mending import mended
from exports import write_files, write_zip


def names(drop: Drop) -> list[str]:
    return [member.name for member in drop.members]


def table(path: Path, *columns: str):
    with Drop(path) as drop:
        found = csv_table(drop.members[0], lambda cells: all(column in cells for column in columns), " and ".join(columns))
        return found.header, list(found.rows)


def test_a_folder_a_zip_and_a_file_have_the_same_members(tmp_path):
    files = {"export/a.json": [1], "export/b/c.csv": "x"}
    with Drop(write_files(tmp_path / "folder", files)) as folder, Drop(write_zip(tmp_path / "a.zip", files)) as archive:
        assert names(folder) == names(archive) == ["export/a.json", "export/b/c.csv"]
    with Drop(tmp_path / "folder" / "export" / "a.json") as single:
        assert names(single) == ["a.json"]


def test_an_export_split_over_several_zips_is_one(tmp_path):
    write_zip(tmp_path / "part1.zip", {"m/message_1.json": [1]})
    write_zip(tmp_path / "part2.zip", {"m/message_2.json": [2], "m/message_10.json": [3]})
    with Drop(tmp_path) as drop:
        assert names(drop) == ["m/message_1.json", "m/message_2.json", "m/message_10.json"]
        assert [list(json_items(member)) for member in drop.members] == [[("", 1)], [("", 2)], [("", 3)]]


def test_the_same_zip_dropped_twice_is_read_once(tmp_path):
    write_zip(tmp_path / "export.zip", {"a.json": [1]})
    (tmp_path / "export (1).zip").write_bytes((tmp_path / "export.zip").read_bytes())
    with Drop(tmp_path) as drop:
        assert names(drop) == ["a.json"]
        assert [refusal.rule for refusal in drop.refusals] == ["duplicate_archive"]


@pytest.mark.parametrize("name", ["../evil.csv", "/etc/passwd.csv", "a/../../evil.csv", "C:\\evil.csv", "..\\evil.csv"])
def test_a_member_that_points_outside_is_refused_and_the_rest_read(tmp_path, name):
    with Drop(write_zip(tmp_path / "a.zip", {name: "x", "good.csv": "y"})) as drop:
        assert names(drop) == ["good.csv"]
        assert [refusal.rule for refusal in drop.refusals] == ["unsafe_path"]
    with pytest.raises(UnreadableError, match="points outside"):
        Drop(write_zip(tmp_path / "b.zip", {name: "x"}))


def test_a_link_inside_an_archive_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        link = zipfile.ZipInfo("link.csv")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(UnreadableError, match="link"):
        Drop(tmp_path / "a.zip")


def test_a_link_out_of_a_folder_is_refused(tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_text("x")
    folder = write_files(tmp_path / "drop", {"good.csv": "y"})
    (folder / "evil.csv").symlink_to(secret)
    (folder / "inside.csv").symlink_to(folder / "good.csv")
    with Drop(folder) as drop:
        assert names(drop) == ["good.csv", "inside.csv"]
        assert [refusal.rule for refusal in drop.refusals] == ["unsafe_path"]


def test_a_zip_bomb_is_refused_by_ratio_and_by_size(tmp_path):
    bomb = write_zip(tmp_path / "bomb.zip", {"zeros.csv": b"0" * (8 * 2**20), "good.csv": "x"})
    with Drop(bomb) as drop:
        assert names(drop) == ["good.csv"]
        assert [refusal.rule for refusal in drop.refusals] == ["zip_bomb"]
    with pytest.raises(UnreadableError, match="limit"):
        Drop(bomb, Limits(ratio=10_000, total_bytes=2**20))
    with pytest.raises(UnreadableError, match="files"):
        Drop(bomb, Limits(members=1))


def test_a_damaged_or_locked_archive_is_one_line(tmp_path):
    whole = write_zip(tmp_path / "a.zip", {"a.csv": "x" * 1000}).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnreadableError) as caught:
        Drop(tmp_path / "cut.zip")
    assert "\n" not in str(caught.value)
    write_zip(tmp_path / "b.zip", {"b.csv": "x"})
    with Drop(tmp_path) as drop:  # the others are read
        assert "b.csv" in names(drop)
        assert [refusal.rule for refusal in drop.refusals] == ["unreadable_file"]
    with pytest.raises(UnreadableError, match="no such"):
        Drop(tmp_path / "absent")


def test_an_archive_in_an_archive_is_said_and_one_somebody_sent_is_let_be(tmp_path):
    inner = write_zip(tmp_path / "inner.zip", {"a.csv": "x"}).read_bytes()
    with Drop(write_zip(tmp_path / "a.zip", {"inner.zip": inner, "b.csv": "x", "messages/files/sent.zip": inner})) as drop:
        assert names(drop) == ["b.csv", "messages/files/sent.zip"]
        assert [(refusal.rule, refusal.source_file) for refusal in drop.refusals] == [("unreadable_file", "inner.zip")]


def test_two_files_of_one_name_in_an_archive_are_both_read(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.csv", "1")
        archive.writestr("a.csv", "2")
    with Drop(tmp_path / "a.zip") as drop:
        assert [member.head() for member in drop.members] == [b"1", b"2"]


def test_what_is_no_file_or_may_not_be_read_is_one_line(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnreadableError, match="neither a file nor a folder"):
        Drop(tmp_path / "pipe")
    locked = tmp_path / "locked.csv"
    locked.write_text("x")
    locked.chmod(0)
    if os.access(locked, os.R_OK):
        pytest.skip("nothing is locked for the superuser")
    with pytest.raises(UnreadableError, match="Permission denied"), Drop(locked) as drop:
        drop.members[0].head()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.integers(0, 400), st.integers(0, 255))
def test_a_zip_with_any_byte_changed_never_raises_anything_else(tmp_path, place, value):
    content = bytearray(write_zip(tmp_path / "a.zip", {"a.json": [1, 2, 3], "b.csv": "a,b\n1,2\n" * 20}).read_bytes())
    content[place % len(content)] = value
    (tmp_path / "changed.zip").write_bytes(content)
    try:
        with Drop(tmp_path / "changed.zip") as drop:
            for member in drop.members:
                member.unreadable(UnreadableError("x"))
                with member.open() as stream:
                    stream.read()
    except UnreadableError as error:
        assert "\n" not in str(error)


# -- CSV ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "utf-32-le", "utf-32-be", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_encoding_and_line_end(tmp_path, encoding, end):
    if encoding.startswith(("utf-16", "utf-32")) and end == "\r":
        pytest.skip("old Macintosh line ends went out of use before UTF-16 came in")
    lines = ["Notes:", '"Some words, about it"', "", "Name,City", "José,Zürich", "Zoë,Köln", ""]
    lines += ["Łukasz,Łódź", ""] if encoding != "cp1252" else []
    path = tmp_path / "a.csv"
    path.write_bytes(end.join(lines).encode(encoding))
    header, rows = table(path, "Name", "City")
    assert header == ["Name", "City"]
    assert rows == [Row(5, ["José", "Zürich"]), Row(6, ["Zoë", "Köln"]), Row(8, ["Łukasz", "Łódź"])][: 3 if len(lines) > 7 else 2]


def test_nul_bytes_are_left_out_and_semicolons_and_tabs_work(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"Na\x00me;City\nJo\x00;Bonn\n")
    assert table(path, "Name")[1] == [Row(2, ["Jo", "Bonn"])]
    path.write_bytes(b"Name\tCity\nJo\tBonn\n")
    assert table(path, "Name")[1] == [Row(2, ["Jo", "Bonn"])]


def test_rows_that_do_not_fit_are_refused_with_their_line(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('A,B\n1,2\n\nBAD\n"two\nlines",3\n4,5,\n6,7,8\n')
    rows = table(path, "A", "B")[1]
    assert [row.cells if isinstance(row, Row) else (row.rule, row.source_line) for row in rows] == [
        ["1", "2"], ("bad_row", 4), ["two\nlines", "3"], ["4", "5"], ("bad_row", 8),
    ]  # fmt: skip


def test_a_quote_never_closed_costs_its_own_row_only(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('A,B\n1,"oops\n' + "".join(f"{number},fine\n" for number in range(20)))
    rows = table(path, "A", "B")[1]
    assert [row.source_line for row in rows if isinstance(row, Refusal)] == [2]
    assert [row.cells[0] for row in rows if isinstance(row, Row)] == [str(number) for number in range(20)]


def test_a_long_cell_is_read_and_an_endless_line_refused(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_text("A,B\n" + "x" * 500_000 + ",y\n")
    assert len(table(path, "A", "B")[1][0].cells[0]) == 500_000
    monkeypatch.setattr(drop_csv, "LARGEST_LINE_BYTES", 100_000)
    with pytest.raises(UnreadableError, match="line of more than"):
        table(path, "A", "B")


WORDS = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00\r\n"))
# what looks garbled is mended on the way: test_mending.py
CELLS = st.lists(st.lists(WORDS.filter(lambda text: mended(text) == text), min_size=2, max_size=2), max_size=8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=CELLS)
def test_what_csv_writes_is_read_back(tmp_path, rows):
    import csv
    import io

    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([["A", "B"], *rows])
    (tmp_path / "a.csv").write_bytes(out.getvalue().encode("utf-8"))
    assert [row.cells for row in table(tmp_path / "a.csv", "A", "B")[1]] == rows


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=st.binary(max_size=300), chunk=st.integers(1, 20))
def test_any_bytes_after_a_header_are_rows_or_refusals(tmp_path, content, chunk):
    (tmp_path / "a.csv").write_bytes(b"A,B\n" + content)
    before, drop_csv._CHUNK = drop_csv._CHUNK, max(chunk, 4)
    try:
        for row in table(tmp_path / "a.csv", "A", "B")[1]:
            assert isinstance(row, (Row, Refusal))
    except UnreadableError:
        pass
    finally:
        drop_csv._CHUNK = before


# -- JSON ---------------------------------------------------------------------------------------------------------------


def items(path: Path):
    with Drop(path) as drop:
        return list(json_items(drop.members[0]))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(alphabet=st.characters(codec="utf-8"), max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(alphabet="abc", max_size=3), inner, max_size=4),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(document=JSON)
def test_a_streamed_file_gives_the_same_elements_as_a_small_one(tmp_path, document):
    (tmp_path / "a.json").write_text(json.dumps(document))
    whole = items(tmp_path / "a.json")
    before, drop_json.SMALL_BYTES = drop_json.SMALL_BYTES, -1
    try:
        assert items(tmp_path / "a.json") == whole
    finally:
        drop_json.SMALL_BYTES = before


@pytest.mark.parametrize("is_streamed", [False, True])
@pytest.mark.parametrize(
    "content", [b"[" * 200_000, b'{"a":' * 200_000, b'[[["' + b"x" * 10, b"[1,", b"\xff\xfe", b"", b"nul", b"[" + b"9" * 6000 + b"]"]
)
def test_json_that_is_none_or_too_deep_is_one_line(tmp_path, monkeypatch, is_streamed, content):
    (tmp_path / "a.json").write_bytes(content)
    if is_streamed:
        monkeypatch.setattr(drop_json, "SMALL_BYTES", -1)
    with pytest.raises(UnreadableError) as caught:
        items(tmp_path / "a.json")
    assert "\n" not in str(caught.value)


def test_a_text_of_gigabytes_is_refused_after_the_first_megabytes(tmp_path, monkeypatch):
    monkeypatch.setattr(drop_json, "SMALL_BYTES", 1000)
    monkeypatch.setattr(drop_json, "LARGEST_ITEM_BYTES", 2**20)
    path = tmp_path / "a.json"
    with path.open("wb") as file:
        file.write(b'{"messages": [1, 2, "')
        file.truncate(3 * 2**30)  # a sparse file: three gigabytes of zeros
    with pytest.raises(UnreadableError):
        items(path)
    with path.open("r+b") as file:
        file.seek(21)
        file.write(b"x" * (4 * 2**20))
    with pytest.raises(UnreadableError, match="element of more than"):
        items(path)
