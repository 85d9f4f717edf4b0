"""Swarm: the export's texts and the API's seconds, who came along, who liked it."""

import datetime as dt
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonground.config import Credentials
from commonground.errors import CredentialsError, UnreadableError
from commonground.sources.base import Visit
from commonground.sources.social.swarm import Swarm
from exports import Found, fixture, read, read_whatever, visit_of, write_files, write_zip
from vendor_server import Asked, Reply, serving


def checkin(number="a1", *, venue="Juan Pelota Cafe", created="2023-11-14 22:18:20.000000", **more):
    return {"id": number, "createdAt": created, "type": "checkin", "timeZoneOffset": -480, "venue": {"id": "v1", "name": venue}, **more}


def export(tmp_path, files) -> Found:
    return read(Swarm(), write_files(tmp_path / "export", files))


def items(*rows):
    return {"count": len(rows), "items": list(rows)}


def test_the_real_answer_has_who_came_along_and_who_liked_it():
    found = read(Swarm(), fixture("swarm"))
    # the owner, Natalie, three who liked it; the check-in and three likes; Natalie is a friend
    assert found.counts == {"person": 5, "utterance": 4, "tie": 1}
    assert found.refusals == []
    visit = found.one("utterance", utterance_type="checkin")
    assert visit["text"] == "7th wedding anniversary — with Natalie"
    # 1496001790 seconds: the offset of -420 minutes tells local time and moves nothing
    assert visit["occurred_at"] == dt.datetime(2017, 5, 28, 20, 3, 10, tzinfo=dt.UTC)
    assert (visit["place_name"], visit["latitude"], visit["longitude"], visit["target_ref"]) == ("Restaurant Name", 38.456, -122.345, "900")
    assert found.one("tie")["tie_type"] == "friend"
    assert {row["author_ref"] for row in found.of("utterance", utterance_type="reaction")} == {"314", "323", "778"}
    assert found.one("person", record_id="900")["urls"] == ["https://foursquare.com/user/900"]


def test_the_export_writes_times_as_text_in_utc(tmp_path):
    found = export(tmp_path, {"checkins1.json": items(checkin(shout="Best pie", lat=38.4, lng=-122.7), checkin("a2"))})
    said = found.one("utterance", record_id="a1")
    assert said["occurred_at"] == dt.datetime(2023, 11, 14, 22, 18, 20, tzinfo=dt.UTC)
    assert (said["text"], said["place_name"], said["latitude"]) == ("Best pie", "Juan Pelota Cafe", 38.4)
    assert found.one("utterance", record_id="a2")["text"] == "At Juan Pelota Cafe"


def test_an_export_of_many_files(tmp_path):
    person = {"id": 900, "firstName": "Natalie", "lastName": "Downe", "canonicalUrl": "https://foursquare.com/natbat"}
    files = {
        "users.json": {
            "id": "15", "firstName": "Pedro", "lastName": "Fuentes", "homeCity": "Santa Rosa, CA", "contact": {"email": "p@example.org"},
            "friends": items(person), "followers": items({"id": 901, "firstName": "J"}), "following": items({"id": 902, "firstName": "K"}),
        },
        "checkins1.json": items(checkin("a1"), checkin("a2", venue=None) | {"venue": None}),
        "checkins2.json": items(checkin("a3")),
        "tips.json": {"items": [{"id": "t1", "createdAt": "2023-11-14 22:18:20.000000", "text": "Try the pie", "canonicalUrl": "https://foursquare.com/item/t1", "venue": {"id": "v", "name": "Cafe"}}]},
        "venueRatings.json": {"venueLikes": [{"id": "v1", "name": "SFJAZZ"}], "venueOkays": [{"id": "v2", "name": "Mall"}], "venueDislikes": [{"id": "v3", "name": "Pit"}]},
        "comments.json": {"items": [{"time": "2023-11-14 22:18:20.000000", "userId": "900", "comment": "Save me a slice"}]},
        "lists.json": {"items": [{"id": "l1", "name": "Pie places", "listItems": {"items": [{"venue": {"name": "Cafe"}}]}}]},
        "visits.json": {"items": [{"id": "x"}]},
    }  # fmt: skip
    found = export(tmp_path, files)
    assert found.one("person", agent_id="pedro")["record_id"] == "15"
    assert found.counts == {"person": 4, "tie": 3, "utterance": 7}  # home town, two check-ins, tip, liked venue, comment, list
    assert {(row["tie_type"], row["src_ref"], row["dst_ref"]) for row in found.of("tie")} == {
        ("friend", "15", "900"), ("follows", "901", "15"), ("follows", "15", "902"),
    }  # fmt: skip
    assert found.one("utterance", utterance_type="comment")["author_ref"] == "900"
    assert found.one("utterance", utterance_type="like")["text"] == "SFJAZZ"
    assert found.rules == {"missing_text": 1, "declined": 2}
    assert found.one("person", record_id="900")["urls"] == ["https://foursquare.com/user/900", "https://foursquare.com/natbat"]


def test_people_at_one_check_in_are_tied_to_each_other(tmp_path):
    company = [{"id": "7", "firstName": "Jo"}, {"id": "8", "firstName": "Ann"}]
    found = export(
        tmp_path,
        {"checkins1.json": items(checkin("a1", **{"with": company}), checkin("a2", created="2023-12-01 00:00:00", **{"with": company}))},
    )
    ties = {(row["src_ref"], row["dst_ref"]): row["evidence_text"] for row in found.of("tie", tie_type="event")}
    assert set(ties) == {("7", "8"), ("7", "owner"), ("8", "owner")}
    assert ties["7", "8"] == "Checked in together 2 times, the last at Juan Pelota Cafe on 01 Dec 2023"
    assert found.one("utterance", record_id="a1")["target_ref"] is None


@pytest.mark.parametrize("created", [1_496_001_790_000, "soon", True])
def test_a_time_of_neither_kind_is_refused(tmp_path, created):
    assert export(tmp_path, {"checkins1.json": items(checkin(created=created))}).rules == {"bad_date": 1}


def test_answers_of_the_api_are_read_however_they_are_wrapped(tmp_path):
    one = checkin(created=1_496_001_790)
    for number, body in enumerate(({"meta": {"code": 200}, "response": {"checkins": items(one)}}, {"checkins": items(one)}, [one], one)):
        found = export(tmp_path / str(number), {"answer.json": body})
        assert found.one("utterance")["record_id"] == "a1"


def test_a_zip_and_what_is_no_export(tmp_path):
    assert read(Swarm(), write_zip(tmp_path / "a.zip", {"data/checkins1.json": items(checkin())})).one("utterance")["record_id"] == "a1"
    with pytest.raises(UnreadableError, match="no Swarm export"):
        read(Swarm(), write_files(tmp_path / "b", {"a.csv": "x"}))
    with pytest.raises(UnreadableError, match="no check-ins"):
        read(Swarm(), write_files(tmp_path / "c", {"a.json": {"x": 1}}) / "a.json")


def api_visit(url: str, token: str | None = "secret-token", **checkpoint) -> Visit:
    visit = visit_of("swarm")
    return Visit(visit.feed, visit.market, visit.now, credentials=Credentials(host=url, password=token), checkpoint=checkpoint)


def test_the_api_is_walked_by_offset_and_asked_for_what_is_new():
    rows = [checkin(f"c{n}", created=1_700_000_000 - n * 60) for n in range(300)]

    def answer(asked: Asked) -> Reply:
        assert asked.query["oauth_token"] == "secret-token"
        start = int(asked.query["offset"])
        return Reply({"meta": {"code": 200}, "response": {"checkins": {"count": 300, "items": rows[start : start + 250]}}})

    with serving(answer) as server:
        visit = api_visit(server.url)
        pages = list(Swarm().fetch(visit))
        found = Found(item for page in pages for item in Swarm().conform(page, visit))
        assert len(found.of("utterance")) == 300
        assert "secret" not in json.dumps([page.url for page in pages])
        assert visit.next_checkpoint["after"] == 1_700_000_000
        list(Swarm().fetch(api_visit(server.url, **visit.next_checkpoint)))
        assert server.asked[-1].query["afterTimestamp"] == str(1_700_000_000 - 14 * 86400)
    with pytest.raises(CredentialsError, match="OAuth token"):
        list(Swarm().fetch(api_visit("http://127.0.0.1:9/", None)))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["id", "createdAt", "venue", "name", "items", "with", "likes", "groups", "text", "comment", "userId", "friends", "firstName", "lat", "lng"]),
        inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUICK
@given(name=st.sampled_from(["checkins1", "tips", "lists", "comments", "friends"]), rows=st.lists(JSON, max_size=4))
def test_no_element_vanishes_and_none_raises(tmp_path, name, rows):
    for path in (tmp_path / "export").glob("*"):
        path.unlink()
    found = read_whatever(Swarm(), write_files(tmp_path / "export", {f"{name}.json": {"items": rows}}))
    lines = {item.source_line for item in found.refusals} | {record.values.get("source_line") for record in found.records}
    assert set(range(1, len(rows) + 1)) <= lines


@QUICK
@given(document=JSON, name=st.sampled_from(["users.json", "venueRatings.json", "answer.json"]))
def test_any_document_is_read_or_unreadable(tmp_path, document, name):
    folder = write_files(tmp_path / "any", {name: json.dumps(document)})
    try:
        read(Swarm(), folder / name)
    except UnreadableError as error:
        assert "\n" not in str(error)


@QUICK
@given(content=st.binary(max_size=120), name=st.sampled_from(["checkins1.json", "users.json", "a.zip"]))
def test_any_bytes_are_read_or_unreadable(tmp_path, content, name):
    folder = write_files(tmp_path / "bytes", {name: content})
    try:
        read(Swarm(), folder / name)
    except UnreadableError as error:
        assert "\n" not in str(error)
