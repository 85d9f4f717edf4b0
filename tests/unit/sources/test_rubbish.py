"""Rubbish in every export: paths that lead out, bombs, NUL bytes, texts without end. One line each, and the rest is read."""

import json
import zipfile

import pytest

from commonground.errors import UnreadableError
from commonground.sources import SOURCES, drop_json
from commonground.sources.base import Refusal
from exports import read, read_whatever, visit_of, write_files

HEADER = "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n"
IN = "https://www.linkedin.com/in/jo"
FOLLOWER = {"string_list_data": [{"href": "https://www.instagram.com/jo", "value": "jo", "timestamp": 1_672_531_200}]}
# source -> a right file of it, and its name
RIGHT = {
    "linkedin": ("Connections.csv", HEADER + f"Jo,Doe,{IN},,,,01 Jan 2020\n"),
    "facebook": ("friends/your_friends.json", json.dumps({"friends_v2": [{"name": "Jo Doe", "timestamp": 1_672_531_200}]})),
    "instagram": ("followers_1.json", json.dumps([FOLLOWER])),
    "x": ("data/follower.js", 'window.YTD.follower.part0 = [{"follower": {"accountId": "7"}}]'),
    "swarm": ("friends.json", json.dumps({"items": [{"id": "7", "firstName": "Jo"}]})),
    "checkins": ("checkins.csv", "person,service,venue,item,date,note\nJo Doe,Gowalla,Trail,,2011-01-01,\n"),
}


@pytest.mark.parametrize("source", sorted(RIGHT))
def test_a_zip_with_a_way_out_and_a_bomb_is_read_for_the_rest(tmp_path, source):
    name, text = RIGHT[source]
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
        archive.writestr(f"../../{name}", text)
        archive.writestr(f"/etc/{name}", text)
        archive.writestr(f"big/{name}", b"\0" * 5_000_000)
    found = read(SOURCES[source], tmp_path / "a.zip")
    assert found.rules == {"unsafe_path": 2, "zip_bomb": 1}
    assert [row for row in found.of("person") if not row.get("agent_id")]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip"]


@pytest.mark.parametrize("source", sorted(RIGHT))
@pytest.mark.parametrize(
    "content", [b"", b"\0" * 5000, b"\xff\xfe" * 40, b"[" * 50_000, b'{"a":' * 5000, b"PK\x03\x04 no zip", b'["' + b"x" * 5000]
)
def test_a_file_of_rubbish_is_one_line_and_never_a_traceback(tmp_path, source, content):
    name, _ = RIGHT[source]
    folder = write_files(tmp_path / "export", {name: content})
    try:
        found = read(SOURCES[source], folder)
    except UnreadableError as error:
        assert "\n" not in str(error) and len(str(error)) < 1000
    else:
        assert not [row for row in found.of("person") if not row.get("agent_id")]
        assert content in (b"", b"\0" * 5000) or found.refusals


@pytest.mark.parametrize("source", ["facebook", "instagram", "x"])
def test_a_text_without_end_is_refused_in_the_middle(tmp_path, source, monkeypatch):
    monkeypatch.setattr(drop_json, "SMALL_BYTES", 100)
    monkeypatch.setattr(drop_json, "LARGEST_ITEM_BYTES", 200_000)
    name, text = RIGHT[source]
    folder = write_files(tmp_path / "export", {name: text.rstrip("]}") + ' "' + "x" * 2_000_000})
    (refusal,) = read_whatever(SOURCES[source], folder).refusals[-1:]
    assert isinstance(refusal, Refusal) and refusal.rule == "unreadable_file" and len(refusal.payload) <= 20_100


def test_a_long_script_is_read_as_a_stream(tmp_path, monkeypatch):
    rows = [{"like": {"tweetId": str(number), "fullText": f"Zydeco {number}"}} for number in range(500)]
    files = {"data/like.js": f"window.YTD.like.part0 = {json.dumps(rows)}"}
    whole = read(SOURCES["x"], write_files(tmp_path / "a", files), visit_of("x"))
    monkeypatch.setattr(drop_json, "SMALL_BYTES", 10)
    streamed = read(SOURCES["x"], tmp_path / "a", visit_of("x"))
    assert len(whole.of("utterance")) == 500 and whole.records == streamed.records
