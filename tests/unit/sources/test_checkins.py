"""Check-ins of services that are gone: a table anybody can write, Gowalla's old answers, the SNAP data set."""

import datetime as dt
import gzip
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonground.errors import UnreadableError
from commonground.sources.social.checkins import Checkins
from commonground.sources.text import stable_id
from exports import Found, fixture, read, write_files, write_zip

HEADER = "person,service,venue,item,date,note\n"


def table(tmp_path, text, name="checkins.csv") -> Found:
    return read(Checkins(), write_files(tmp_path / "drop", {name: text}))


def test_the_real_answers_of_gowalla_are_a_check_in_and_twenty_spots():
    found = read(Checkins(), fixture("gowalla"))
    # the owner and user 2385; a category is neither check-in nor person nor spot
    assert found.counts == {"person": 2, "utterance": 1, "place": 20}
    assert found.rules == {"unreadable_file": 1}
    said = found.one("utterance")
    assert (said["text"], said["place_name"], said["author_ref"]) == ("coffee test", "Juan Pelota Cafe", "2385")
    assert said["occurred_at"] == dt.datetime(2011, 8, 28, 3, 32, 9, tzinfo=dt.UTC)
    assert found.one("person", record_id="2385")["urls"] == ["https://gowalla.com/users/2385"]
    spot = found.one("place", record_id="196121")
    assert (spot["name"], spot["categories"], spot["city"], spot["state"]) == ("Trail Dust", ["Steakhouse"], "Little Elm", "TX")
    assert (spot["latitude"], spot["longitude"]) == (33.2227359833, -96.9687114)


def test_a_table_of_a_service_that_is_gone(tmp_path):
    rows = 'Jo Doe,Foodspotting,Café Azul,"Mole, black",2012-03-04,Best in town\n,Gowalla,Creek Trail,,2011-08-28T03:32:09Z,\n'
    found = table(tmp_path, HEADER + rows)
    assert found.counts == {"person": 2, "utterance": 2}
    dish = found.one("utterance", author_ref=stable_id("Jo Doe"))
    assert (dish["text"], dish["place_name"]) == ("Mole, black at Café Azul\nBest in town", "Café Azul")
    assert dish["occurred_at"] == dt.datetime(2012, 3, 4, tzinfo=dt.UTC)
    own = found.one("utterance", author_ref="owner")
    assert (own["text"], own["occurred_at"]) == ("At Creek Trail", dt.datetime(2011, 8, 28, 3, 32, 9, tzinfo=dt.UTC))


def test_other_column_names_in_any_order_with_company_and_place(tmp_path):
    text = "When;Restaurant;Dish;With;Lat;Lon;City;Who\n2012-03-04;Azul;Mole;Ann Lee and Bo Ek;38.44;-122.71;Santa Rosa;Jo Doe\n"
    found = table(tmp_path, text)
    said = found.one("utterance")
    assert (said["latitude"], said["longitude"], said["place_name"]) == (38.44, -122.71, "Azul, Santa Rosa")
    refs = {stable_id(name) for name in ("Jo Doe", "Ann Lee", "Bo Ek")}
    assert {row["src_ref"] for row in found.of("tie")} | {row["dst_ref"] for row in found.of("tie")} == refs
    assert {row["evidence_text"] for row in found.of("tie", tie_type="event")} == {"Together at Azul on 04 Mar 2012"}


@pytest.mark.parametrize("date", ["3/4/2012", "yesterday", "2012-13-40", "1330819200"])
def test_a_date_that_can_be_read_in_two_ways_or_none_is_refused_not_guessed(tmp_path, date):
    found = table(tmp_path, HEADER + f"Jo Doe,Foodspotting,Azul,Mole,{date},\n")
    assert found.rules == {"bad_date": 1} and found.of("utterance") == []


@pytest.mark.parametrize(
    ("dates", "months"),
    [
        (["28.08.2011", "04.03.2012"], [8, 3]),
        (["8/28/2011", "3/4/2012"], [8, 3]),
        (["28/8/2011", "4/3/2012"], [8, 3]),
        (["28 Aug 2011", "March 4, 2012"], [8, 3]),
        (["8/28/2011 9:30 PM", "3/4/12, 10:00"], [8, 3]),
        (["2011/08/28", "2012-03-04T10:00:00Z"], [8, 3]),
    ],
)
def test_day_and_month_are_told_apart_by_the_other_rows_of_the_file(tmp_path, dates, months):
    found = table(tmp_path, HEADER + "".join(f'Jo Doe,Foodspotting,Azul,Mole,"{date}",x\n' for date in dates))
    assert found.rules == {}
    assert [row["occurred_at"].month for row in found.of("utterance")] == months


def test_a_file_whose_rows_contradict_each_other_decides_nothing(tmp_path):
    dates = ["8/28/2011", "28/8/2011", "3/4/2012"]
    found = table(tmp_path, HEADER + "".join(f"Jo Doe,Foodspotting,Azul,Mole,{date},x\n" for date in dates))
    assert found.rules == {"bad_date": 1} and len(found.of("utterance")) == 2


def test_rows_that_say_nothing_or_break_are_refused(tmp_path):
    found = table(tmp_path, HEADER + "Jo Doe,Foodspotting,,,2012-03-04,\nx,y\n")
    assert found.rules == {"missing_text": 1, "bad_row": 1}


def test_a_wrong_header_says_which_columns_are_known(tmp_path):
    with pytest.raises(UnreadableError, match="known columns: person, service, venue"):
        table(tmp_path, "a,b\n1,2\n")


def test_answers_of_gowalla_in_lists(tmp_path):
    friends = {
        "users": [{"first_name": "Jo", "last_name": "Doe", "url": "/users/jodoe", "is_friend": True, "hometown": "Austin", "bio": "Tacos"}]
    }
    stamps = {"activity": [{"created_at": "2011-08-28T03:32:09Z", "spot": {"name": "BART", "url": "/spots/1", "lat": 37.7, "lng": -122.4}, "user": {"url": "/users/jodoe"}, "url": "/checkins/9"}, 42]}  # fmt: skip
    found = read(Checkins(), write_files(tmp_path / "drop", {"a_friends.json": friends, "b_activity.json": stamps}))
    assert found.one("tie")["tie_type"] == "friend"
    said = found.one("utterance", utterance_type="checkin")
    assert (said["record_id"], said["author_ref"], said["latitude"]) == ("gowalla:9", "jodoe", 37.7)
    assert found.one("utterance", utterance_type="bio")["text"] == "Tacos"
    assert found.rules == {"not_an_object": 1}


EDGES = "0\t1\n1\t0\n2\t2\nnonsense\n"
VISITS = "0\t2010-10-19T23:55:27Z\t30.2359091167\t-97.7951395833\t22847\n0\t2010-10-18T22:17:43Z\t0.0\t0.0\t420315\n"


def test_the_snap_files_are_placeholders_that_are_friends(tmp_path):
    files = {"loc-gowalla_edges.txt": EDGES, "loc-gowalla_totalCheckins.txt.gz": gzip.compress(VISITS.encode())}
    found = read(Checkins(), write_files(tmp_path / "drop", files))
    assert {row["record_id"] for row in found.of("tie")} == {"friend:snap:0:snap:1"}  # both directions, one tie
    assert {row["person_type"] for row in found.of("person") if row["record_id"] != "owner"} == {"placeholder"}
    first, second = found.of("utterance")
    assert (first["occurred_at"], first["latitude"]) == (dt.datetime(2010, 10, 19, 23, 55, 27, tzinfo=dt.UTC), 30.2359091167)
    assert "latitude" not in second  # 0, 0 is no place
    assert found.rules == {"tie_to_self": 1, "bad_row": 1}


def test_a_packed_bomb_is_refused(tmp_path, monkeypatch):
    from commonground.sources import drops

    bomb = gzip.compress(b"0\t1\n" * 1000)
    limits = drops.Limits(member_bytes=1000)
    with drops.Drop(
        write_files(tmp_path / "drop", {"edges.txt.gz": bomb, "a.csv": HEADER + ",Gowalla,Trail,,2011-01-01,\n"}), limits
    ) as drop:
        monkeypatch.setattr("commonground.sources.social.checkins.Drop", lambda _: drop)
        found = Found(Checkins().read(tmp_path / "drop", __import__("exports").visit_of("checkins")))
    assert found.rules == {"unreadable_file": 1}
    assert "larger than the 1000 bytes" in found.refusals[0].reason


def test_a_zip_and_several_files(tmp_path):
    found = read(Checkins(), write_zip(tmp_path / "a.zip", {"one.csv": HEADER + ",Gowalla,Trail,,2011-01-01,\n", "two.json": {"x": 1}}))
    assert found.rules == {"unreadable_file": 1} and len(found.of("utterance")) == 1


QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
CELL = st.text(alphabet=st.characters(exclude_characters='"\r\n\x00', exclude_categories=("Cs",)), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["spot", "user", "url", "name", "first_name", "created_at", "lat", "lng", "users", "categories"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@QUICK
@given(rows=st.lists(st.tuples(*[CELL] * 4, st.sampled_from(["2012-01-01", "x", ""]), CELL), max_size=5))
def test_no_row_vanishes_whatever_its_cells_say(tmp_path, rows):
    text = HEADER + "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in rows)
    found = table(tmp_path, text)
    lines = {item.source_line for item in found.refusals} | {record.values.get("source_line") for record in found.records}
    assert set(range(2, len(rows) + 2)) <= lines


@QUICK
@given(document=JSON, content=st.binary(max_size=100), name=st.sampled_from(["a.json", "b.csv", "c.txt", "d.txt.gz", "e.zip"]))
def test_any_file_is_read_or_unreadable(tmp_path, document, content, name):
    folder = write_files(tmp_path / "any", {name: json.dumps(document) if name == "a.json" else content})
    try:
        read(Checkins(), folder / name)
    except UnreadableError as error:
        assert "\n" not in str(error)


def gowalla(tmp_path, body):
    (tmp_path / "answer.json").write_text(json.dumps(body))
    return read(Checkins(), tmp_path / "answer.json")


def test_gowallas_lists_say_once_whose_they_are(tmp_path):
    visit = {
        "type": "checkin",
        "url": "/checkins/7",
        "created_at": "2010-09-24T23:19:18Z",
        "message": "Hi",
        "spot": {"name": "Jamba", "url": "/spots/4"},
    }
    said = gowalla(tmp_path, {"activity": [visit], "url": "/users/1707"}).one("utterance")
    assert (said["author_ref"], said["place_name"], said["text"]) == ("1707", "Jamba", "Hi")
    there = {
        "url": "/checkins/8",
        "created_at": "2010-03-05T22:17:56+00:00",
        "message": "",
        "user": {"first_name": "Rob", "url": "/users/3"},
    }
    said = gowalla(tmp_path, {"activity": [there], "url": "/spots/18568"}).one("utterance")
    assert (said["author_ref"], said["place_name"], said["text"]) == ("3", "spot 18568", "At spot 18568")
    stamp = {"spot": {"name": "Ginger Man", "url": "/spots/9"}, "checkins_count": 4, "last_checkin_at": "2010-02-28T01:33:41+00:00"}
    said = gowalla(tmp_path, {"stamps": [stamp], "url": "/users/1707/stamps"}).one("utterance")
    assert (said["author_ref"], said["text"], said["occurred_at"].day) == ("1707", "At Ginger Man", 28)


def test_gowallas_answers_of_2009(tmp_path):
    visit = {
        "comment": "Breakfast",
        "created_at": "2010/01/26 18:57:46 +0000",
        "spot": {"name": "Jamba"},
        "user": {"name": "Erik Dungan", "url": "/users/9"},
    }
    found = gowalla(tmp_path, [{"name": "Recent Activity", "events": [visit]}])
    assert (found.one("utterance")["text"], found.one("utterance")["occurred_at"].hour, found.rules) == ("Breakfast", 18, {})
    me = {
        "first_name": "Wynn",
        "url": "/users/1",
        "twitter_username": "wynn",
        "recently_visited_spots": [],
        "last_visit": {**visit, "user": None},
    }
    found = gowalla(tmp_path, me)
    assert (found.one("utterance")["author_ref"], found.one("person", record_id="1")["urls"][-1]) == ("1", "https://x.com/wynn")


def test_nobody_in_an_answer_is_no_error(tmp_path):
    assert gowalla(tmp_path, {"friends": []}).of("utterance") == []
