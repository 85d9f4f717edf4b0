"""The invented town on disk: repeatable, messy in the ways life is, and honest about its own truth."""

import datetime as dt
import filecmp
import json
import os
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path

import phonenumbers
import pyarrow.parquet as pq
import pytest
import zipcodes

from commonground import sandbox
from commonground.config import load_settings
from commonground.sandbox import gazetteer, phrases
from commonground.sources import SOURCES

AS_OF = dt.date(2026, 11, 23)
KINDS = set(
    "food pets music sports fitness outdoors place school military film_tv books games crafts arts dance garden travel volunteer "
    "collecting cars tech fashion".split()
)


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    out = tmp_path_factory.mktemp("town")
    sandbox.build(400, 5, out, AS_OF)
    return out


def truth(town, table):
    return pq.read_table(town / "truth" / f"{table}.parquet").to_pylist()


def state(town, name):
    return json.loads((town / "api" / f"{name}.json").read_text(encoding="utf-8"))


def files(folder):
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())


def test_the_same_seed_gives_the_same_bytes_whatever_the_hash_seed(tmp_path):
    script = "import sys, datetime, pathlib; from commonground import sandbox; sandbox.build(60, 3, pathlib.Path(sys.argv[1]), datetime.date(2026, 11, 23))"
    sandbox.build(60, 3, tmp_path / "1", AS_OF)
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "2")], check=True, env=os.environ | {"PYTHONHASHSEED": "12345"})
    assert files(tmp_path / "1") == files(tmp_path / "2")
    assert all(filecmp.cmp(tmp_path / "1" / name, tmp_path / "2" / name, shallow=False) for name in files(tmp_path / "1"))


def test_another_seed_gives_another_town(town, tmp_path):
    sandbox.build(60, 4, tmp_path, AS_OF)
    assert truth(town, "persons")[:20] != truth(tmp_path, "persons")[:20]


def test_building_again_removes_what_an_earlier_town_left(tmp_path):
    sandbox.build(60, 3, tmp_path, AS_OF)
    (tmp_path / "data" / "lake").mkdir()
    sandbox.build(60, 3, tmp_path, AS_OF)
    assert not (tmp_path / "data" / "lake").exists()


def test_the_settings_load_and_name_known_drops(town):
    settings = load_settings(town / "config")
    assert len(settings.market.agents) == 3
    assert all((town / "data" / feed.path).exists() for feed in settings.feeds if feed.path)
    connections = json.loads((town / "config" / "connections.json").read_text(encoding="utf-8"))
    assert {feed.connection for feed in settings.feeds if feed.connection} == set(connections)
    assert sandbox.as_of_day(town) == AS_OF


def test_a_night_reads_each_family_over_http_and_exports_too(town):
    enabled = [feed for feed in load_settings(town / "config").feeds if feed.is_enabled]
    by_http = {SOURCES[feed.source].family for feed in enabled if feed.url}
    by_export = {SOURCES[feed.source].family for feed in enabled if feed.path is not None}
    assert by_http == {"contacts", "mls", "social", "reviews"}
    assert by_export == {"contacts", "social"}


def test_segments_have_the_shares_of_the_story(town):
    counts = Counter(person["segment"] for person in truth(town, "persons"))
    assert counts["now"] == 32 and counts["later"] == 128 and counts["evangelist"] == 200 and counts["unplaced"] == 40


def test_every_record_id_is_one_persons_and_every_person_is_seen(town):
    records = truth(town, "records")
    assert max(Counter((row["feed"], row["record_id"]) for row in records).values()) == 1
    people = {row["person_id"]: row for row in truth(town, "persons")}
    feeds = {person_id: {row["feed"] for row in records if row["person_id"] == person_id} for person_id in people}
    residents = [person_id for person_id, row in people.items() if not row["is_agent"] and not row["is_organization"]]
    assert all(1 <= len(feeds[person_id]) <= 4 for person_id in residents)
    assert 0.55 < sum("followupboss" in feeds[person_id] for person_id in residents) / len(residents) < 0.75


def test_someone_far_away_shares_zydeco_with_an_agent(town):
    lovers = {row["person_id"] for row in truth(town, "interests") if row["label"] == "zydeco"}
    far = {row["person_id"] for row in truth(town, "persons") if row["segment"] == "evangelist"}
    assert "cleo" in lovers and lovers & far


def test_the_phrases_cover_every_kind_and_kinds_nobody_made_up(town):
    assert {topic.kind for topic in phrases.topics()} == KINDS
    assert {row["kind"] for row in truth(town, "interests")} <= KINDS


def test_two_johns_are_two_people_in_the_same_books(town):
    johns = [row["person_id"] for row in truth(town, "persons") if (row["given_name"], row["family_name"]) == ("John", "Keller")]
    assert len(johns) == 2
    records = truth(town, "records")
    assert all({"facebook_cleo", "google_cleo"} <= {row["feed"] for row in records if row["person_id"] == john} for john in johns)


def test_facebook_garbles_names_as_facebook_does(town):
    text = (town / "data/drops/cleo_facebook/connections/friends/your_friends.json").read_text(encoding="ascii")
    shown = {friend["name"] for friend in json.loads(text)["friends_v2"]}
    garbled = {name for name in shown if not name.isascii()}
    assert garbled and "\\u00c3" in text
    assert all(name.encode("latin-1").decode("utf-8") != name for name in garbled)


def test_linkedin_comes_as_a_zip_and_as_a_folder_with_the_preamble(town):
    with zipfile.ZipFile(town / "data/drops/ana_linkedin.zip") as archive:
        assert archive.read("Connections.csv").startswith(b"Notes:")
    folder = town / "data/drops/ben_linkedin"
    assert (folder / "Connections.csv").read_bytes().startswith(b"\xef\xbb\xbfNotes:")
    assert "2-gone" in (folder / "messages.csv").read_text(encoding="utf-8")


def test_one_phone_book_has_the_old_header_and_one_the_new(town):
    assert (town / "data/drops/google_ben.csv").read_text(encoding="utf-8").startswith("Name,Given Name,")
    assert (town / "data/drops/google_cleo.csv").read_text(encoding="utf-8").startswith("First Name,Middle Name,")


def test_postal_codes_are_real_and_phones_are_distinct_numbers(town):
    assert all(zipcodes.is_real(code) for code in (*gazetteer.LOCAL, *gazetteer.AWAY))
    people = state(town, "followupboss")["people"]
    mobiles = {phone["value"] for person in people for phone in person["phones"] if phone["type"] == "mobile"}
    parsed = {phonenumbers.format_number(phonenumbers.parse(value, "US"), phonenumbers.PhoneNumberFormat.E164) for value in mobiles}
    assert all(phonenumbers.is_possible_number(phonenumbers.parse(number)) for number in parsed)
    assert len(parsed) > 0.95 * len(mobiles)


def test_a_failed_listing_of_somebody_who_needs_us_has_nothing_newer_on_its_parcel(town):
    rows = {row["ListingKey"]: row for row in state(town, "reso")["Property"]}
    failed = [rows[row["ListingKey"]] for row in truth(town, "listings") if row["situation"] == "failed"]
    assert failed and {row["StandardStatus"] for row in failed} <= {"Expired", "Canceled"}
    for row in failed:
        others = [one for one in rows.values() if one["UnparsedAddress"] == row["UnparsedAddress"] and one is not row]
        assert all(one["StatusChangeTimestamp"] < row["StatusChangeTimestamp"] for one in others)


def test_the_traps_are_there(town):
    situations = Counter(row["situation"] for row in truth(town, "listings"))
    assert all(situations[name] for name in ("withdrawn", "relisted", "active", "nonsense"))
    natures = Counter(row["nature"] for row in truth(town, "statements"))
    assert all(natures[name] for name in ("negated", "family", "denied", "referral"))
    assert any(event["type"] == "Unsubscribed" for event in state(town, "followupboss")["events"])


def test_ties_hold_both_ways_and_reach_from_far_friends_into_town(town):
    ties = {(row["src"], row["dst"]) for row in truth(town, "ties")}
    assert all((dst, src) in ties for src, dst in ties)
    segment = {row["person_id"]: row["segment"] for row in truth(town, "persons")}
    assert any(segment[src] == "evangelist" and segment[dst] == "now" for src, dst in ties)


def test_nothing_happens_after_the_towns_today(town):
    end = f"{AS_OF + dt.timedelta(days=1)}T"
    crm = state(town, "followupboss")
    assert all(row["created"] < end for rows in crm.values() for row in rows)
    assert all(row["ModificationTimestamp"] < end for rows in state(town, "reso").values() for row in rows)


def test_an_expiring_listing_is_found_with_its_owner(tmp_path):
    sandbox.build(400, 5, tmp_path, AS_OF)
    before = max(row["ModificationTimestamp"] for row in state(tmp_path, "reso")["Property"])
    change = sandbox.changes.expire_one_listing(tmp_path)
    row = next(one for one in state(tmp_path, "reso")["Property"] if one["ListingKey"] == change["ListingKey"])
    assert row["StandardStatus"] == "Expired" and row["ModificationTimestamp"] > before
    owner = next(one for one in truth(tmp_path, "persons") if one["person_id"] == change["person_id"])
    assert owner["segment"] == "later" and change["records"] and change["person_id"] in change["household"]


def test_a_town_without_its_day_says_so(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "town.yaml").write_text("as_of: soon\n", encoding="utf-8")
    with pytest.raises(Exception, match="as_of: wants a date"):
        sandbox.as_of_day(Path(tmp_path))
