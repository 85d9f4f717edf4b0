"""Rubbish in every export: paths that lead out, bombs, NUL bytes, texts without end. One line each, and the rest is read."""

import gzip
import io
import json
import random
import resource
import time
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


# how a file of each source is called; the rest read saved answers of an API
NAMES = {name: path.rpartition("/")[2] for name, (path, _) in RIGHT.items()} | {
    "feed": "feed.xml", "vcard": "a.vcf", "google-contacts": "contacts.csv", "outlook": "contacts.csv", "crm-csv": "contacts.csv",
}  # fmt: skip
EVERY = sorted(SOURCES.keys() - {"team"})


def packed(*members: tuple[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return held.getvalue()


def rubbish(name: str) -> dict[str, bytes]:
    """Files that are none, by name."""
    extension = name.rpartition(".")[2]
    noise, zeros, right = random.Random(7), b"0" * 8_000_000, packed((name, b'{"a": 1}' * 1000))
    bomb = packed((f"deep/{name}", zeros))
    return {
        "outside.zip": packed((f"../../{name}", b"{}"), (f"/etc/{name}", b"{}")),
        "flat_bomb.zip": packed((name, zeros)),
        "nested_bomb.zip": packed(*((f"{number}.zip", bomb) for number in range(3))),
        "empty.zip": packed(),
        "truncated.zip": right[: len(right) // 2],
        "damaged.zip": right[:40] + bytes([right[40] ^ 255]) + right[41:],
        "no_zip.zip": b"PK\x03\x04" + noise.randbytes(500),
        f"truncated.{extension}.gz": gzip.compress(noise.randbytes(4000))[:1500],
        f"bomb.{extension}.gz": gzip.compress(zeros),
        f"noise.{extension}": noise.randbytes(20_000),
        name: noise.randbytes(3000),
        f"zeros.{extension}": b"\0" * 200_000,
        "zeros.csv": (b"\0" * 100 + b"\n") * 1000,
        f"empty.{extension}": b"",
        "page.html": b"<html><body>Your friends</body></html>",
        f"mark.{extension}": b"\xff\xfe",
        f"long.{extension}": b"a" * 2_000_000,
        f"open_quote.{extension}": b'"' + b"a" * 2_000_000,
        f"deep.{extension}": b'{"a":' * 50_000,
        f"number.{extension}": b"[" + b"9" * 100_000 + b"]",
    }


@pytest.mark.parametrize("source", EVERY)
def test_rubbish_alone_is_an_error_in_one_line_for_every_source(tmp_path, source):
    begun = time.process_time()
    for name, content in rubbish(NAMES.get(source, "answer.json")).items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UnreadableError) as caught:
            read(SOURCES[source], tmp_path / name)
        assert "\n" not in str(caught.value) and str(caught.value).isprintable() and len(str(caught.value)) < 700, (name, caught.value)
        assert name in str(caught.value) or NAMES.get(source, "answer.json") in str(caught.value)
    for folder in ("nothing", "others"):
        (tmp_path / folder).mkdir()
        (tmp_path / "others" / "a.jpg").write_bytes(b"\xff\xd8") if folder == "others" else None
        with pytest.raises(UnreadableError, match=rf"{folder}|a\.jpg"):
            read(SOURCES[source], tmp_path / folder)
    assert time.process_time() - begun < 10
    assert sorted(path.name for path in tmp_path.parent.iterdir() if path.suffix == ".json") == []  # nothing got out


@pytest.mark.parametrize("source", ["facebook", "instagram", "x", "swarm"])
def test_a_text_of_any_length_costs_no_more_memory_than_the_largest_element(tmp_path, source):
    """80 MB of one text; it would be the same with 3 GB, since reading stops at 16 MiB."""
    name, text = RIGHT[source]
    path = tmp_path / name.rpartition("/")[2]
    with path.open("wb") as file:
        file.write(text.rstrip("]}").encode() + b', {"name": "')
        for _ in range(80):
            file.write(b"x" * 2**20)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert read_whatever(SOURCES[source], path).refusals[-1].rule == "unreadable_file"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kB


EXTERNAL = (
    b'<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/hostname">]><rss version="2.0"><channel><item><title>&x;</title></item></channel></rss>'
)
QUADRATIC = (
    b'<!DOCTYPE rss [<!ENTITY a "'
    + b"a" * 50_000
    + b'">]><rss><channel><item><title>'
    + b"&a;" * 50_000
    + b"</title></item></channel></rss>"
)
PARAMETER = (
    b'<!DOCTYPE rss [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;]><rss><channel><item><title>x</title></item></channel></rss>'
)


@pytest.mark.parametrize("content", [EXTERNAL, QUADRATIC, PARAMETER], ids=["external", "quadratic", "parameter"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_feed_with_entities_of_its_own_is_refused_before_they_unfold(tmp_path, content, encoding):
    (tmp_path / "feed.xml").write_bytes(content.decode().encode(encoding))
    begun = time.process_time()
    with pytest.raises(UnreadableError, match="entities"):
        read(SOURCES["feed"], tmp_path / "feed.xml")
    assert time.process_time() - begun < 2


def test_a_document_type_elsewhere_is_never_fetched(tmp_path):
    content = b'<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/rss.dtd"><rss version="0.91"><channel><title>T</title><item><title>Zydeco</title></item></channel></rss>'
    (tmp_path / "feed.xml").write_bytes(content)
    assert read(SOURCES["feed"], tmp_path / "feed.xml").one("utterance")["text"] == "Zydeco"


def test_a_long_script_is_read_as_a_stream(tmp_path, monkeypatch):
    rows = [{"like": {"tweetId": str(number), "fullText": f"Zydeco {number}"}} for number in range(500)]
    files = {"data/like.js": f"window.YTD.like.part0 = {json.dumps(rows)}"}
    whole = read(SOURCES["x"], write_files(tmp_path / "a", files), visit_of("x"))
    monkeypatch.setattr(drop_json, "SMALL_BYTES", 10)
    streamed = read(SOURCES["x"], tmp_path / "a", visit_of("x"))
    assert len(whole.of("utterance")) == 500 and whole.records == streamed.records
